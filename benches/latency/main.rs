//! What is felt: how long after the hotkey a launcher is complete on the screen, how long after a key its results are,
//! and how many letters get lost when one types at once. Every launcher is measured in the same way in one run.
//!
//! `latency CANDIDATES.json [--opens N] [--keys N] [--typing] [--out FILE]`; `scripts/bench` writes the candidates.

mod keyboard;
mod screen;

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use screen::{Frame, Screen};

/// Far longer than any launcher takes; only there so that a broken one fails instead of hanging.
const PATIENCE: Duration = Duration::from_secs(5);

/// A launcher.
#[derive(Debug, Deserialize)]
struct Candidate {
    name: String,
    /// What the hotkey runs.
    open: Vec<String>,
    /// The same in a mode that prints what was typed when Return is pressed; empty when `typed` tells.
    #[serde(default)]
    echo: Vec<String>,
    /// Prints what stands in the search line.
    #[serde(default)]
    typed: Vec<String>,
    /// Whether keys and typing are measured.
    #[serde(default)]
    keys: bool,
}

#[derive(Debug, Default, Serialize)]
struct Measured {
    name: String,
    /// Milliseconds to the first frame that shows anything, and to the first that shows everything.
    open_first: Option<Spread>,
    open_complete: Option<Spread>,
    /// Milliseconds from a key to its results.
    key: Option<Spread>,
    lost: Vec<Lost>,
    /// Opens or keys that showed nothing.
    missed: usize,
}

#[derive(Debug, Clone, Copy, Serialize)]
struct Spread {
    count: usize,
    p50: f64,
    p90: f64,
    worst: f64,
}

#[derive(Debug, Serialize)]
struct Lost {
    delay_ms: u64,
    gap_ms: u64,
    typed: usize,
    lost: usize,
}

impl Spread {
    fn of(mut values: Vec<f64>) -> Option<Self> {
        values.sort_by(f64::total_cmp);
        let at = |part: f64| values[((values.len() - 1) as f64 * part).round() as usize];
        let worst = *values.last()?;
        Some(Self { count: values.len(), p50: at(0.5), p90: at(0.9), worst })
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    // `cargo bench` runs every bench without arguments; this one only makes sense on a desktop.
    let Some(file) = arguments.first() else { return Ok(()) };
    let option = |name: &str| arguments.iter().position(|word| word == name).and_then(|at| arguments.get(at + 1));
    let count = |name: &str, default: usize| option(name).and_then(|word| word.parse().ok()).unwrap_or(default);
    let candidates: Vec<Candidate> = serde_json::from_str(&std::fs::read_to_string(file)?)?;
    let mut screen = Screen::connect()?;
    keyboard::plug_in(&screen)?;
    let mut all = Vec::new();
    for candidate in &candidates {
        let mut measured = Measured { name: candidate.name.clone(), ..Measured::default() };
        opens(&mut screen, candidate, count("--opens", 50), &mut measured)?;
        if candidate.keys {
            keys(&mut screen, candidate, count("--keys", 150), &mut measured)?;
            if arguments.iter().any(|word| word == "--typing") {
                typing(&mut screen, candidate, &mut measured)?;
            }
        }
        println!("{}", serde_json::to_string(&measured)?);
        all.push(measured);
    }
    if let Some(out) = option("--out") {
        std::fs::write(out, serde_json::to_string_pretty(&all)?)?;
    }
    Ok(())
}

fn opens(
    screen: &mut Screen,
    candidate: &Candidate,
    count: usize,
    measured: &mut Measured,
) -> Result<(), Box<dyn std::error::Error>> {
    let (mut first, mut complete) = (Vec::new(), Vec::new());
    // The first two warm caches that a person's second use of the day finds warm.
    for round in 0..count + 2 {
        let desktop = settle(screen)?;
        let start = Instant::now();
        let child = run(&candidate.open, Stdio::null())?;
        match screen.watch(start, PATIENCE)? {
            Some(appeared) if round >= 2 => {
                first.push(appeared.first.as_secs_f64() * 1000.0);
                complete.push(appeared.complete.as_secs_f64() * 1000.0);
            }
            Some(_) => {}
            None => {
                measured.missed += 1;
                if measured.missed > 3 {
                    return Err(format!("{} shows nothing", candidate.name).into());
                }
            }
        }
        close(screen, child, &desktop)?;
    }
    measured.open_first = Spread::of(first);
    measured.open_complete = Spread::of(complete);
    Ok(())
}

fn keys(
    screen: &mut Screen,
    candidate: &Candidate,
    count: usize,
    measured: &mut Measured,
) -> Result<(), Box<dyn std::error::Error>> {
    let mut times = Vec::new();
    let words = ["edit", "view", "game", "mail"];
    'all: for word in words.iter().cycle() {
        let desktop = settle(screen)?;
        let start = Instant::now();
        let child = run(&candidate.open, Stdio::null())?;
        screen.watch(start, PATIENCE)?;
        for letter in word.chars() {
            let start = keyboard::press(screen, &letter.to_string())?;
            match screen.watch(start, Duration::from_secs(1))? {
                Some(appeared) => times.push(appeared.complete.as_secs_f64() * 1000.0),
                None => measured.missed += 1,
            }
        }
        for _ in word.chars() {
            keyboard::press(screen, "BackSpace")?;
        }
        settle(screen)?;
        close(screen, child, &desktop)?;
        if times.len() + measured.missed >= count {
            break 'all;
        }
    }
    measured.key = Spread::of(times);
    Ok(())
}

/// Types while the launcher is still opening.
fn typing(
    screen: &mut Screen,
    candidate: &Candidate,
    measured: &mut Measured,
) -> Result<(), Box<dyn std::error::Error>> {
    const WORD: &str = "quickly";
    const ROUNDS: usize = 5;
    for (delay_ms, gap_ms) in [(30, 20), (30, 30), (30, 60), (30, 120), (0, 20), (0, 60), (0, 120)] {
        let mut lost = 0;
        for _ in 0..ROUNDS {
            let desktop = settle(screen)?;
            let command = if candidate.echo.is_empty() { &candidate.open } else { &candidate.echo };
            let mut child = run(command, Stdio::piped())?;
            std::thread::sleep(Duration::from_millis(delay_ms));
            for letter in WORD.chars() {
                keyboard::press(screen, &letter.to_string())?;
                std::thread::sleep(Duration::from_millis(gap_ms));
            }
            settle(screen)?;
            let arrived = if candidate.typed.is_empty() {
                keyboard::press(screen, "Return")?;
                let mut text = String::new();
                if let Some(mut stdout) = child.stdout.take() {
                    std::io::Read::read_to_string(&mut stdout, &mut text)?;
                }
                text
            } else {
                String::from_utf8_lossy(&run_to_end(&candidate.typed)?).into_owned()
            };
            lost += WORD.len().saturating_sub(arrived.trim().chars().count());
            for _ in WORD.chars() {
                keyboard::press(screen, "BackSpace")?;
            }
            close(screen, child, &desktop)?;
        }
        measured.lost.push(Lost { delay_ms, gap_ms, typed: WORD.len() * ROUNDS, lost });
    }
    Ok(())
}

/// Waits until nothing changes; gives back what is there then.
fn settle(screen: &mut Screen) -> Result<Frame, Box<dyn std::error::Error>> {
    while screen.watch(Instant::now(), Duration::from_millis(250))?.is_some() {}
    screen.last().cloned().ok_or_else(|| "the screen was never seen".into())
}

/// Presses Escape until the desktop is as it was.
fn close(screen: &mut Screen, mut child: Child, desktop: &Frame) -> Result<(), Box<dyn std::error::Error>> {
    for _ in 0..6 {
        if screen.last().is_some_and(|last| last.shows_same(desktop)) {
            child.wait()?;
            return Ok(());
        }
        let start = keyboard::press(screen, "Escape")?;
        screen.watch(start, Duration::from_millis(600))?;
    }
    Err("a launcher did not close on Escape".into())
}

fn run(command: &[String], stdout: Stdio) -> Result<Child, Box<dyn std::error::Error>> {
    let (program, arguments) = command.split_first().ok_or("a candidate has no command")?;
    Ok(Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(stdout)
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| format!("{program}: {error}"))?)
}

fn run_to_end(command: &[String]) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
    let child = run(command, Stdio::piped())?;
    Ok(child.wait_with_output()?.stdout)
}
