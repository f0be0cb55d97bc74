//! A desktop with a window to drag from and the overlay, and what a hand does there.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard};

use super::desktop::{Desktop, Plan};
use super::pointer::Pointer;

/// The middle of the window that is dragged from or to: left of the overlay.
pub const WINDOW: (f64, f64) = (110.0, 540.0);
/// A place on the overlay's bar.
pub const OVERLAY: (f64, f64) = (640.0, 160.0);

/// Windows of the drag sources and targets lie left of the overlay.
const PLACE: &str =
    "for_window [app_id=\"nerva\\..*\"] floating enable, resize set 200 160, move absolute position 10 460";

/// A desktop with a pointer.
pub struct Dragging {
    pub desktop: Desktop,
    pointer: Mutex<Pointer>,
}

impl Dragging {
    /// Starts it, the pointer before the programs, so that they learn of it.
    pub fn start(plan: Plan) -> Self {
        let desktop = plan.sway(PLACE).start();
        let pointer = Mutex::new(Pointer::connect(&desktop.socket(), (1280, 720)));
        desktop.start_nervad();
        Self { desktop, pointer }
    }

    /// The pointer.
    pub fn pointer(&self) -> MutexGuard<'_, Pointer> {
        self.pointer.lock().expect("the pointer")
    }

    /// Writes a file for the drag source; returns its path.
    pub fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.desktop.home().join(name);
        std::fs::write(&path, bytes).expect("a file");
        path
    }

    /// Starts the GTK drag source, which offers these files as these types.
    pub fn source(&self, offers: &[(&str, &Path)]) {
        let offers: Vec<String> = offers.iter().map(|(media, path)| format!("{media}={}", path.display())).collect();
        let mut words = vec!["/usr/bin/python3", "tests/rig/desktop/drag_source.py"];
        words.extend(offers.iter().map(String::as_str));
        self.desktop.spawn("source", &words);
        self.until_said("source", "shown");
        self.desktop.until("its window", |desktop| desktop.has_window("nerva.source"));
    }

    /// Starts the GTK drop target, which saves what comes in this folder.
    pub fn target(&self, media: &str) -> PathBuf {
        let folder = self.desktop.folder().join("target");
        std::fs::create_dir_all(&folder).expect("a folder");
        let script = "tests/rig/desktop/drop_target.py";
        self.desktop.spawn("target", &["/usr/bin/python3", script, media, &folder.to_string_lossy()]);
        self.until_said("target", "shown");
        self.desktop.until("its window", |desktop| desktop.has_window("nerva.target"));
        folder
    }

    /// Whether a program said these words.
    pub fn said(&self, program: &str, words: &str) -> bool {
        let log = std::fs::read_to_string(self.desktop.folder().join(format!("{program}.log"))).unwrap_or_default();
        log.lines().any(|line| line.starts_with(words))
    }

    /// Waits until a program says these words.
    pub fn until_said(&self, program: &str, words: &str) {
        self.desktop.until(&format!("{program} to say {words:?}"), |_| self.said(program, words));
    }

    /// Presses on the window and pulls until `begun`; a window that was just made may not see the first press.
    pub fn pull(&self, begun: impl Fn() -> bool) {
        let (x, y) = WINDOW;
        self.desktop.until("the drag to begin", |_| {
            let mut pointer = self.pointer();
            pointer.go(WINDOW);
            pointer.wiggle();
            pointer.press();
            pointer.move_to((x + 40.0, y - 30.0));
            pointer.pull_until(&begun)
        });
    }

    /// Pulls what the source offers over the open overlay, and waits until the overlay says that it was seen.
    pub fn hover(&self, begun: impl Fn() -> bool) {
        self.pull(begun);
        self.pointer().move_to(OVERLAY);
        self.desktop.until("the overlay to see it", |desktop| {
            self.pointer().wiggle();
            desktop.status()["hover"].is_string()
        });
    }

    /// The same with the GTK source, and waits until the overlay says this.
    pub fn hover_gtk(&self, words: &str) {
        self.hover(|| self.said("source", "begun"));
        self.desktop.until_status(words, |status| status["hover"] == words);
    }

    /// Waits until these are the attachments.
    pub fn until_attached(&self, names: &[&str]) {
        self.desktop.until_status("the attachments", |status| {
            status["attached"].as_array().is_some_and(|all| all.iter().eq(names))
        });
    }
}
