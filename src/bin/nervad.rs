//! The resident process: the core on a tokio runtime, the overlay on the main thread.

use std::error::Error;
use std::process::ExitCode;

use clap::Parser;
use nerva::config::{Paths, Renderer};
use nerva::daemon::{self, Options};
use nerva::model::{Availability, Command, Commands};
use nerva::platform::wayland::{self, Late};
use nerva::platform::{clipboard, log, renderer};
use nerva::ui::{self, Startup, SurfaceKind};

/// The resident process of Nerva. `nerva-ui` and `nerva` start it when it is needed.
#[derive(Debug, Parser)]
#[command(name = "nervad", version)]
struct Arguments {
    /// Serve the command line and the bus without an overlay.
    #[arg(long)]
    headless: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let paths = Paths::from_env();
    let config = nerva::config::load(&paths.config_file).config;
    log::init(&config.log.level, &paths.log_file);
    let drawn = renderer::choose(config.overlay.renderer);
    let Found { surface, clipboard, late } = if arguments.headless { Found::headless() } else { Found::here() };
    let ran = renderer::ensure_environment(drawn);
    let ran = ran.map_err(Into::into).and_then(|()| run(paths, &surface, drawn, clipboard, late));
    match ran {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::warn!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// What there is for the overlay.
struct Found {
    /// A layer surface where the compositor has them, else a window, else the reason why there is no overlay.
    surface: Result<SurfaceKind, String>,
    /// Whether the core can read and write the clipboard.
    clipboard: bool,
    /// The compositor, where it has not answered yet.
    late: Option<Late>,
}

impl Found {
    fn headless() -> Self {
        Self { surface: Err("it was started with --headless".into()), clipboard: false, late: None }
    }

    fn here() -> Self {
        let (probe, late) = wayland::probe();
        let surface = match probe.window() {
            Availability::Unusable { why, .. } => Err(why),
            Availability::Usable { .. } if probe.layer_shell().is_usable() => Ok(SurfaceKind::Layer),
            Availability::Usable { .. } => Ok(SurfaceKind::Window),
        };
        Self { surface, clipboard: clipboard::is_available(&probe).is_usable(), late }
    }
}

/// Ends this process when the compositor answers after all: the next start has an overlay.
fn end_when_it_answers(late: Late, commands: Commands) {
    std::thread::spawn(move || {
        if late.answers() {
            tracing::info!("the Wayland display answers now; nervad ends, and has an overlay when it is started again");
            // The core may have ended already.
            let _ = commands.send(Command::Quit.into());
        }
    });
}

fn run(
    paths: Paths,
    surface: &Result<SurfaceKind, String>,
    drawn: Renderer,
    clipboard: bool,
    late: Option<Late>,
) -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let headless = surface.as_ref().err().cloned();
    let translucent = drawn == Renderer::Gpu;
    let layered = matches!(surface, Ok(SurfaceKind::Layer));
    // One connection for both: drag and drop concerns the surfaces of the overlay.
    let display = if headless.is_none() { Some(wayland::connect()?) } else { None };
    let options = Options { paths, headless, translucent, layered, display: display.clone() };
    let running = runtime.block_on(daemon::start(options))?;
    if let Some(late) = late {
        end_when_it_answers(late, running.commands.clone());
    }
    let renderer = if translucent { ui::Renderer::Gpu } else { ui::Renderer::Software };
    let shown = match (surface, display) {
        (Ok(surface), Some(display)) => {
            let _inside = runtime.enter();
            let startup = Startup { renderer, surface: *surface, clipboard };
            ui::run(running.commands.clone(), running.view, display, startup)
        }
        (Err(_), _) | (_, None) => Ok(()),
    };
    if shown.is_err() {
        // The core may have ended already.
        let _ = running.commands.send(Command::Quit.into());
    }
    runtime.block_on(running.ended)?;
    Ok(shown?)
}
