//! What tools do to the world: one file per way of doing it. Whoever calls these has passed the gate.

pub mod around;
pub mod battery;
pub mod bus;
mod bus_value;
pub mod files;
pub mod journal;
pub mod media;
pub mod network;
pub mod nix;
pub mod notes;
pub mod notify;
pub mod opening;
mod output;
pub mod outside;
pub mod paths;
pub mod plugins;
pub mod power;
pub mod presence;
pub mod repository;
pub mod sandbox;
pub mod units;
pub mod volume;
pub mod windows;
pub mod zsh;

/// The most that a tool gives back, in bytes; what is longer keeps its beginning and its end.
pub const LONGEST: usize = 48 * 1024;

/// A text that is not longer than a tool may give back.
pub fn bounded(text: &str) -> String {
    if text.len() <= LONGEST {
        return text.to_owned();
    }
    let half = LONGEST / 2;
    let begin = (0..=half).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
    let end = (text.len() - half..text.len()).find(|&at| text.is_char_boundary(at)).unwrap_or(text.len());
    format!("{}\n[… {} bytes left out …]\n{}", &text[..begin], end - begin, &text[end..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_keep_both_ends() {
        let text = format!("begin{}end", "ü".repeat(LONGEST));
        let short = bounded(&text);
        assert!(short.starts_with("begin") && short.ends_with("end") && short.len() < LONGEST + 100, "{}", short.len());
        assert_eq!(bounded("short"), "short");
    }
}
