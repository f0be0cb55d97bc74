//! A real GTK program with a form on the desktop of a test: `tests/rig/desktop/form.py`.

use std::path::PathBuf;

use serde_json::Value;

use super::desktop::Desktop;

/// Its window.
pub struct Form {
    /// Its process inside.
    pub process: u32,
    file: PathBuf,
}

impl Form {
    /// Opens it and waits until it has the keyboard.
    pub fn open(desktop: &Desktop, title: &str, options: &[&str]) -> Self {
        let file = desktop.home().join("sent.json");
        let at = file.to_string_lossy().into_owned();
        // The desktop keeps other programs from starting the accessibility bus.
        let mut words =
            vec!["env", "-u", "NO_AT_BRIDGE", "-u", "GTK_A11Y", "/usr/bin/python3", "tests/rig/desktop/form.py"];
        words.extend(["--title", title]);
        words.extend(options);
        words.push(&at);
        let process = desktop.spawn("form", &words);
        desktop.until("the form", |desktop| {
            let log = std::fs::read_to_string(desktop.folder().join("form.log")).unwrap_or_default();
            log.contains("shown") && desktop.focused().as_deref() == Some("nerva.form")
        });
        Self { process, file }
    }

    /// What its button wrote; `Null` before.
    pub fn sent(&self) -> Value {
        let text = std::fs::read(&self.file).unwrap_or_default();
        serde_json::from_slice(&text).unwrap_or_default()
    }
}

/// Left, upper, right and lower edge of its button in pixels of the first output; `None` while it is not there.
pub fn button_on_screen(desktop: &Desktop) -> Option<[f64; 4]> {
    const RED: u32 = 0x00c0_1c28;
    let frame = desktop.frame();
    let red = frame.samples.iter().enumerate().filter(|(_, colour)| **colour == RED);
    let places: Vec<(usize, usize)> = red.map(|(at, _)| (at % frame.width, at / frame.width)).collect();
    let (left, right) = (places.iter().map(|at| at.0).min()?, places.iter().map(|at| at.0).max()?);
    let (top, bottom) = (places.iter().map(|at| at.1).min()?, places.iter().map(|at| at.1).max()?);
    // Every second pixel of every second row is there.
    Some([left * 2, top * 2, right * 2 + 2, bottom * 2 + 2].map(|edge| edge as f64))
}
