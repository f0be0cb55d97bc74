//! Shows the overlay with scripted views, for looking at it: `gallery STATE [gpu|software] [layer|window]`.

#![allow(clippy::print_stdout, reason = "what it measures is for whoever runs it")]

use std::sync::Arc;

use nerva::model::{Command, Envelope, Overlay, Results, Screen, View};
use nerva::ui::{Renderer, Startup, SurfaceKind};
use tokio::sync::{mpsc, watch};

#[path = "../tests/ui/fixture.rs"]
mod fixture;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let has = |word: &str| words.iter().any(|known| known == word);
    let renderer = if has("software") { Renderer::Software } else { Renderer::Gpu };
    let surface = if has("window") { SurfaceKind::Window } else { SurfaceKind::Layer };
    let view = match words.first().map_or("bar", String::as_str) {
        "results" => fixture::found(),
        "streaming" => fixture::streaming(),
        "finished" => fixture::finished(),
        "failed" => fixture::failed(),
        "interrupted" => fixture::interrupted(),
        "noticed" => fixture::noticed(),
        "history" => fixture::history(),
        "models" => fixture::picker(),
        "planned" => fixture::planned(),
        "activity" => fixture::activity(),
        _ => fixture::bar(),
    };
    let mut view = if has("light") { fixture::in_light(view) } else { view };
    view.overlay.wanted = !has("hidden");
    let (commands, mut received) = mpsc::unbounded_channel::<Envelope>();
    let (views, watched) = watch::channel(Arc::new(view));
    let opens: u32 = words.iter().find_map(|word| word.strip_prefix("opens=")?.parse().ok()).unwrap_or(0);
    let core = std::thread::spawn(move || {
        let begun = std::time::Instant::now();
        let mut asked = begun;
        let mut left = opens;
        while let Some(Envelope { command, .. }) = received.blocking_recv() {
            println!("{:8.1} ms {command:?}", begun.elapsed().as_secs_f64() * 1e3);
            let mut view = View::clone(&views.borrow());
            match command {
                Command::Type { query } => {
                    let none = query.text.is_empty();
                    let results = fixture::results(query.generation, &query.text);
                    let empty = Results { hits: Arc::from(Vec::new()), ..results.clone() };
                    view.results = Arc::new(if none { empty } else { results });
                }
                Command::Go { screen } => view.screen = screen,
                Command::Ask { .. } => {
                    view.screen = Screen::Conversation;
                    view.conversation = fixture::streaming().conversation;
                }
                Command::Hide | Command::Activate { .. } if opens == 0 => break,
                Command::Hide => view.overlay = Overlay::default(),
                Command::Mapped { visible, .. } => {
                    view.overlay.mapped = visible;
                    if opens > 0 {
                        if visible {
                            println!("open took {:.1} ms", asked.elapsed().as_secs_f64() * 1e3);
                            std::thread::sleep(std::time::Duration::from_millis(150));
                            view.overlay.wanted = false;
                        } else if left == 0 {
                            break;
                        } else {
                            std::thread::sleep(std::time::Duration::from_millis(150));
                            left -= 1;
                            asked = std::time::Instant::now();
                            view.overlay.wanted = true;
                        }
                    }
                }
                _ => {}
            }
            let _ = views.send(Arc::new(view));
        }
    });
    let display = nerva::platform::wayland::connect()?;
    nerva::ui::run(commands, watched, display, Startup { renderer, surface, clipboard: true })?;
    let _ = core.join();
    Ok(())
}
