//! Which terminal runs programs that need one, and how it is told what to run.

use super::{Dirs, exec};

/// Terminals in the order in which they are tried, with what stands before the command.
const KNOWN: [(&str, &[&str]); 15] = [
    ("xdg-terminal-exec", &[]),
    ("foot", &[]),
    ("footclient", &[]),
    ("kitty", &[]),
    ("alacritty", &["-e"]),
    ("ghostty", &["-e"]),
    ("wezterm", &["start", "--"]),
    ("ptyxis", &["--"]),
    ("kgx", &["-e"]),
    ("gnome-terminal", &["--"]),
    ("konsole", &["-e"]),
    ("xfce4-terminal", &["-x"]),
    ("terminator", &["-x"]),
    ("urxvt", &["-e"]),
    ("xterm", &["-e"]),
];

/// The words to put before a command: the configured ones as they are, else those of `$TERMINAL`, else those of the
/// first terminal that is installed. `None` when there is none.
pub fn words(configured: &[String], dirs: &Dirs) -> Option<Vec<String>> {
    if !configured.is_empty() {
        return Some(configured.to_vec());
    }
    let chosen = dirs.terminal.as_deref().and_then(|terminal| exec::words(terminal).ok());
    if let Some(mut words) = chosen.filter(|words| dirs.executable(&words[0]).is_some()) {
        let name = words[0].rsplit('/').next().unwrap_or_default();
        let flags = KNOWN.iter().find(|(known, _)| *known == name).map_or(&["-e"][..], |(_, flags)| flags);
        words.extend(flags.iter().map(|flag| (*flag).to_owned()));
        return Some(words);
    }
    let installed = KNOWN.iter().find(|(name, _)| dirs.executable(name).is_some());
    installed.map(|(name, flags)| std::iter::once(name).chain(*flags).map(|word| (*word).to_owned()).collect())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn the_configured_then_the_chosen_then_the_first_installed_is_used() {
        let bin = tempfile::tempdir().unwrap();
        let mut dirs = Dirs { path: vec![bin.path().to_owned()], ..Dirs::default() };
        assert_eq!(words(&[], &dirs), None);
        for name in ["alacritty", "xterm", "wezterm", "strange"] {
            symlink("/bin/sh", bin.path().join(name)).unwrap();
        }
        let found = |dirs: &Dirs| words(&[], dirs).unwrap().join(" ");
        assert_eq!(found(&dirs), "alacritty -e");
        for (chosen, expected) in [
            ("wezterm", "wezterm start --"),
            ("strange --big", "strange --big -e"),
            ("absent", "alacritty -e"),
            ("'", "alacritty -e"),
        ] {
            dirs.terminal = Some(chosen.into());
            assert_eq!(found(&dirs), expected);
        }
        assert_eq!(words(&["my".into(), "term".into()], &dirs).unwrap(), ["my", "term"]);
    }
}
