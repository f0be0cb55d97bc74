//! The resident process: the core on a tokio runtime, the overlay on the main thread.

use std::process::ExitCode;

use clap::Parser;
use nerva::config::{Paths, Renderer};
use nerva::daemon::{self, Options};
use nerva::platform::{log, renderer, wayland};
use nerva::ui::{self, Startup};

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
    log::init(&config.log.level);
    let surface = if arguments.headless { Err("started with --headless".into()) } else { wayland::surface() };
    let renderer = renderer::choose(config.overlay.renderer);
    renderer::prepare(renderer);
    match run(paths, surface, renderer) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(
    paths: Paths,
    surface: Result<ui::SurfaceKind, String>,
    renderer: Renderer,
) -> Result<(), Box<dyn std::error::Error>> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let options = Options { paths, headless: surface.as_ref().err().cloned(), translucent: renderer == Renderer::Gpu };
    let running = runtime.block_on(daemon::start(options))?;
    let shown = match surface {
        Ok(surface) => ui::run(running.commands.clone(), running.view, Startup { renderer, surface }),
        Err(_) => Ok(()),
    };
    if shown.is_err() {
        // The core may have ended already.
        let _ = running.commands.send(nerva::model::Command::Quit.into());
    }
    runtime.block_on(running.ended)?;
    Ok(shown?)
}
