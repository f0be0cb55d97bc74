//! What everyone can be measured at: from the hotkey to the first complete frame, from a key to its results, letters lost.

use std::time::Duration;

use serde_json::{Value, json};

use crate::Effort;
use crate::resident::FAST;
use crate::stats::{quantile, until_complete};
use crate::support::desktop::{Desktop, Kind, Plan};
use crate::support::fixtures;
use crate::support::keyboard::{Modifier, key, key_of};
use crate::support::screen::{Frame, Screen};

/// Programs on the desktop.
pub const ENTRIES: usize = 300;
/// Frames in a second at which a key is measured, and where the times are in the results. After a frame the compositor
/// waits for the time of the next: at 240 Hz up to 4 ms, within which most of what is to be compared is hidden.
const KEY_RATES: [(u32, &str); 2] = [(240, "key_ms"), (1000, "key_at_1000_hz_ms")];
const WORDS: [&str; 6] = ["amber", "cobalt", "ember", "juniper", "raven", "quartz"];
const TYPED: &str = "successfully";

struct Launcher {
    name: &'static str,
    /// The key that opens it, together with Super.
    hotkey: char,
    /// What the key runs.
    open: &'static str,
    /// The key for its mode in which it prints what was typed, and what that runs.
    dmenu: Option<(char, &'static str)>,
}

const LAUNCHERS: [Launcher; 6] = [
    Launcher { name: "control", hotkey: 'c', open: "echo >$XDG_RUNTIME_DIR/control", dmenu: None },
    Launcher { name: "nerva", hotkey: 'n', open: "nerva-ui", dmenu: None },
    Launcher { name: "fuzzel", hotkey: 'f', open: "fuzzel", dmenu: Some(('g', "fuzzel --dmenu")) },
    Launcher { name: "wofi", hotkey: 'w', open: "wofi --show drun", dmenu: Some(('e', "wofi --dmenu")) },
    Launcher { name: "bemenu", hotkey: 'b', open: "bemenu <$XDG_RUNTIME_DIR/names", dmenu: Some(('v', "bemenu")) },
    Launcher { name: "tofi", hotkey: 't', open: "tofi-drun", dmenu: Some(('r', "tofi --require-match=false")) },
];

fn desktop(nerva: bool, kind: Kind) -> Desktop {
    let mut plan =
        Plan::new("bench", "[overlay]\nanimations = false\n").on(kind).sway(FAST).env("CARGO_TERM_COLOR", "never");
    let applications = plan.folder().join("home/.local/share/applications");
    std::fs::remove_dir_all(&applications).expect("the fixture programs");
    fixtures::many(&applications, ENTRIES);
    for launcher in &LAUNCHERS {
        plan = plan.sway(&format!("bindsym Mod4+{} exec {}", launcher.hotkey, launcher.open));
        if let Some((key, command)) = launcher.dmenu {
            let line = format!("{command} <$XDG_RUNTIME_DIR/names >$XDG_RUNTIME_DIR/chosen");
            plan = plan.sway(&format!("bindsym Mod4+{key} exec {line}"));
        }
    }
    let names: String = (0..ENTRIES).map(|number| format!("Entry {number}\n")).collect();
    std::fs::write(plan.folder().join("names"), names).expect("the names");
    let desktop = if nerva { plan.with_nerva() } else { plan.start() };
    desktop.shell("mkfifo $XDG_RUNTIME_DIR/control");
    let myself = std::env::current_exe().expect("this program");
    desktop.spawn("control", &[&myself.to_string_lossy(), "control"]);
    desktop
}

struct Bench {
    desktop: Desktop,
    screen: Screen,
    empty: Frame,
}

fn hotkey(desktop: &Desktop, letter: char) -> Duration {
    desktop.keyboard().chord(&[Modifier::Super], key_of(letter).expect("a key").0)
}

impl Bench {
    /// From the hotkey to the first complete frame.
    fn open(&mut self, launcher: &Launcher) -> Option<f64> {
        let Self { desktop, screen, empty } = self;
        let times = [Duration::from_millis(200), Duration::from_secs(5)];
        until_complete(screen, empty, times, 0.02, || hotkey(desktop, launcher.hotkey))
    }

    /// The desktop with this many frames in a second.
    fn refresh(&mut self, hertz: u32) {
        // swaymsg would take `--custom` for an option of its own.
        let answer =
            self.desktop.sway(&["--", "output", "HEADLESS-1", "mode", "--custom", &format!("1280x720@{hertz}Hz")]);
        assert_eq!(answer[0]["success"], true, "{answer}");
        self.screen.changes(Duration::from_millis(500), Duration::from_secs(5));
    }

    /// The times of so many opens of each, beside fuzzel's and the control's.
    fn opens(&mut self, there: &[&Launcher], (count, hertz): (usize, u32)) -> Vec<Value> {
        println!("\nhotkey to first complete frame, {count} opens, {ENTRIES} entries, {hertz} Hz (ms)");
        let mut opens: Vec<Vec<f64>> = vec![Vec::new(); there.len()];
        // Once unmeasured for caches; then in turns, so that everyone meets the same weather.
        for round in 0..=count {
            for (launcher, times) in there.iter().zip(&mut opens) {
                let time = self.open(launcher);
                self.close();
                if round > 0 {
                    times.extend(time);
                }
            }
        }
        let median = |name: &str| {
            let index = there.iter().position(|launcher| launcher.name == name);
            index.map_or(0.0, |index| quantile(&opens[index], 0.5))
        };
        let (control, fuzzel) = (median("control"), median("fuzzel"));
        println!("  {:<9} {:>8} {:>8} {:>11} {:>11}", "", "median", "p90", "of fuzzel", "of control");
        let figures = there.iter().zip(&opens).map(|(launcher, times)| {
            let (p50, p90) = (quantile(times, 0.5), quantile(times, 0.9));
            let (of_fuzzel, of_control) = (p50 / fuzzel, p50 / control);
            println!("  {:<9} {p50:>8.1} {p90:>8.1} {of_fuzzel:>11.2} {of_control:>11.2}", launcher.name);
            json!({ "p50": p50, "p90": p90, "count": times.len(), "of_fuzzel": of_fuzzel, "of_control": of_control })
        });
        figures.collect()
    }

    /// Escape until the desktop is empty again.
    fn close(&mut self) {
        for _ in 0..8 {
            self.desktop.press(key::ESCAPE);
            self.screen.changes(Duration::from_millis(80), Duration::from_millis(400));
            if self.screen.now().difference(&self.empty) < 0.0005 {
                return;
            }
        }
        self.desktop.picture("bench-not-closed");
        panic!("something does not close: target/e2e/bench-not-closed.png");
    }

    /// From a letter to its results.
    fn keystroke(&mut self, letter: char) -> Option<f64> {
        let before = self.screen.now();
        let code = key_of(letter).expect("a key").0;
        let press = || self.desktop.keyboard().press(code);
        until_complete(&mut self.screen, &before, [Duration::from_millis(60), Duration::from_secs(1)], 0.05, press)
    }

    /// From each letter of words to its results; each word takes the place of the one before.
    fn keystrokes(&mut self, launcher: &Launcher, count: usize) -> Vec<f64> {
        let mut times = Vec::new();
        self.open(launcher);
        for word in WORDS.iter().cycle() {
            let before = times.len();
            for letter in word.chars() {
                times.extend(self.keystroke(letter));
                if times.len() >= count {
                    self.close();
                    return times;
                }
            }
            for _ in 0..word.len() {
                self.desktop.press(key::BACKSPACE);
            }
            self.screen.changes(Duration::from_millis(150), Duration::from_secs(2));
            if times.len() == before {
                println!("  {} hears nothing and is opened again", launcher.name);
                self.close();
                self.open(launcher);
            }
        }
        times
    }

    /// From the first letter after opening to its results.
    fn first_keys(&mut self, launcher: &Launcher, count: usize) -> Vec<f64> {
        let mut times = Vec::new();
        for word in WORDS.iter().cycle().take(count) {
            self.open(launcher);
            times.extend(word.chars().next().and_then(|letter| self.keystroke(letter)));
            self.close();
        }
        times
    }

    /// Letters that are missing, of all that were typed this long after the hotkey with these gaps.
    fn lost(&mut self, launcher: &Launcher, after: u64, gap: u64, words: usize) -> Option<usize> {
        let (hotkey, is_nerva) = match launcher.dmenu {
            Some((hotkey, _)) => (hotkey, false),
            None if launcher.name == "nerva" => (launcher.hotkey, true),
            None => return None,
        };
        let chosen = self.desktop.folder().join("chosen");
        let mut lost = 0;
        for _ in 0..words {
            // It may not be there yet.
            let _ = std::fs::remove_file(&chosen);
            self::hotkey(&self.desktop, hotkey);
            std::thread::sleep(Duration::from_millis(after));
            self.desktop.keyboard().write_with_gaps(TYPED, Duration::from_millis(gap));
            self.screen.changes(Duration::from_millis(250), Duration::from_secs(3));
            let arrived = if is_nerva {
                self.desktop.status()["query"].as_str().unwrap_or_default().to_owned()
            } else {
                self.desktop.press(key::ENTER);
                self.screen.changes(Duration::from_millis(250), Duration::from_secs(3));
                std::fs::read_to_string(&chosen).unwrap_or_default().trim().to_owned()
            };
            if is_nerva && arrived.is_empty() {
                println!("  a whole word is lost: {}", self.desktop.status());
            }
            lost += TYPED.len().saturating_sub(arrived.len());
            if self.screen.now().difference(&self.empty) >= 0.0005 {
                self.close();
            }
        }
        Some(lost)
    }
}

impl Bench {
    /// A desktop with all that is installed, with Nerva or without.
    fn start(nerva: bool, kind: Kind) -> Self {
        let desktop = desktop(nerva, kind);
        let mut screen = desktop.screen();
        screen.changes(Duration::from_millis(500), Duration::from_secs(5));
        let empty = screen.now();
        Self { desktop, screen, empty }
    }

    fn there(&self, nerva: bool) -> Vec<&'static Launcher> {
        let wanted = |launcher: &&Launcher| (nerva || launcher.name != "nerva") && is_there(&self.desktop, launcher);
        LAUNCHERS.iter().filter(wanted).collect()
    }

    /// From a key to its results, of each but the control, beside fuzzel's.
    fn keys(&mut self, there: &[&Launcher], effort: &Effort, hertz: u32) -> Vec<(&'static str, Value)> {
        println!("\nkey to results on the screen, {} keys, {hertz} Hz (ms)", effort.keystrokes);
        println!("  {:<9} {:>8} {:>8} {:>16}", "", "median", "p90", "after opening");
        let mut figures = Vec::new();
        for launcher in there.iter().filter(|launcher| launcher.name != "control") {
            let times = self.keystrokes(launcher, effort.keystrokes);
            let first = quantile(&self.first_keys(launcher, effort.opens), 0.5);
            let (p50, p90) = (quantile(&times, 0.5), quantile(&times, 0.9));
            println!("  {:<9} {p50:>8.2} {p90:>8.2} {first:>16.2}", launcher.name);
            let key = json!({ "p50": p50, "p90": p90, "after_opening_p50": first, "count": times.len() });
            figures.push((launcher.name, key));
        }
        let p90 = |name| figures.iter().find(|(of, _)| *of == name).and_then(|(_, key)| key["p90"].as_f64());
        if let (Some(ours), Some(theirs)) = (p90("nerva"), p90("fuzzel"))
            && let Some((_, key)) = figures.iter_mut().find(|(name, _)| *name == "nerva")
        {
            key["p90_of_fuzzel"] = json!(ours / theirs);
        }
        figures
    }
}

/// Only from a key to its results, printed as it comes; on the newer sway from the hotkey to the first frame as well.
pub fn keys(effort: &Effort, newer: bool) {
    let mut bench = Bench::start(true, if newer { Kind::Newer } else { Kind::Session });
    let there = bench.there(true);
    if newer {
        bench.refresh(240);
        bench.opens(&there, (effort.opens, 240));
    }
    for (hertz, _) in KEY_RATES {
        bench.refresh(hertz);
        bench.keys(&there, effort, hertz);
    }
}

/// All of it, printed as it comes.
pub fn measure(effort: &Effort, nerva: bool) -> Value {
    let mut bench = Bench::start(nerva, Kind::Session);
    let there = bench.there(nerva);
    let mut results: serde_json::Map<String, Value> =
        there.iter().map(|launcher| (launcher.name.to_owned(), json!({}))).collect();
    for (hertz, at) in [(240, "open_ms"), (60, "open_at_60_hz_ms")] {
        bench.refresh(hertz);
        let figures = bench.opens(&there, (effort.opens, hertz));
        for (launcher, figures) in there.iter().zip(figures) {
            results[launcher.name][at] = figures;
        }
    }
    for (hertz, at) in KEY_RATES {
        bench.refresh(hertz);
        for (name, figures) in bench.keys(&there, effort, hertz) {
            results[name][at] = figures;
        }
    }
    bench.refresh(240);

    println!("\nletters lost of {} words of {} letters", effort.words, TYPED.len());
    for launcher in &there {
        for after in [0, 30] {
            let mut most: Option<f64> = None;
            for gap in [20, 30, 60, 120] {
                if let Some(lost) = bench.lost(launcher, after, gap, effort.words) {
                    println!("  {:<9} {after:>2} ms after the hotkey, gaps of {gap:>3} ms: {lost}", launcher.name);
                    results[launcher.name]["letters_lost"][format!("after_{after}_gap_{gap}")] = json!(lost);
                    let a_word = lost as f64 / effort.words as f64;
                    most = Some(most.map_or(a_word, |most| most.max(a_word)));
                }
            }
            if let Some(most) = most {
                results[launcher.name]["letters_lost"][format!("after_{after}_a_word")] = json!(most);
            }
        }
    }
    json!({ "launchers": results })
}

fn is_there(desktop: &Desktop, launcher: &Launcher) -> bool {
    let program = launcher.open.split(' ').next().unwrap_or_default();
    program == "echo" || desktop.shell(&format!("command -v {program}")).status == 0
}
