//! Which programs and icons there are to find, and what is wrong with the rest: lines of `nerva doctor`.

use super::{Dirs, entries, icons};
use crate::model::{Availability, Backend};

/// Reads all desktop files and looks for the icon theme that is set (empty: the desktop's). Blocks on the disk.
pub fn backends(icon_theme: &str, dirs: &Dirs) -> Vec<Backend> {
    let line =
        |name: &str, availability| Backend { need: "programs and icons".into(), name: name.into(), availability };
    let scan = entries::scan(dirs);
    let found = match scan.entries.len() {
        0 => Availability::unusable(
            "none has a program to show",
            "check XDG_DATA_DIRS; programs install them in `applications` there",
        ),
        count => Availability::usable(format!("{count} to show")),
    };
    let mut lines = vec![line("desktop files", found)];
    for broken in &scan.broken {
        let name = broken.path.file_name().unwrap_or_default().to_string_lossy();
        lines.push(line(&name, Availability::unusable(broken.why.clone(), broken.next_step())));
    }
    let icons = icons::Icons::new(icon_theme, dirs);
    let theme = match icons.missing() {
        Some(missing) => {
            let why = format!("{} is not installed. {}", missing.theme, missing.instead);
            Availability::unusable(why, missing.next_step())
        }
        None if icons.themes().is_empty() => Availability::unusable(
            "none is installed; programs have a letter instead of an icon",
            "install one, such as hicolor-icon-theme",
        ),
        None => Availability::usable(icons.themes().join(", then ")),
    };
    lines.push(line("icon theme", theme));
    lines
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn what_is_broken_is_named_with_the_next_step() {
        let root = tempfile::tempdir().unwrap();
        let dirs = Dirs { data: vec![root.path().into()], ..Dirs::default() };
        let states = |theme: &str| {
            let lines = backends(theme, &dirs);
            lines.into_iter().map(|line| (line.name, line.availability)).collect::<Vec<_>>()
        };
        let bare = states("");
        assert_eq!(bare.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["desktop files", "icon theme"]);
        assert!(bare.iter().all(|(_, availability)| !availability.is_usable()), "{bare:?}");
        let folder = root.path().join("applications");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("good.desktop"), "[Desktop Entry]\nName=Good\nExec=good\n").unwrap();
        fs::write(folder.join("bad.desktop"), "[Desktop Entry]\nName=Bad\n").unwrap();
        let said = states("Papyrus");
        assert_eq!(said[0], ("desktop files".into(), Availability::usable("1 to show")));
        let next = format!("It is passed over; correct or remove {}", folder.join("bad.desktop").display());
        assert_eq!(said[1], ("bad.desktop".into(), Availability::unusable("It has no Exec", next)));
        let Availability::Unusable { why, next_step } = &said[2].1 else { panic!("{said:?}") };
        assert!(why.starts_with("Papyrus is not installed. ") && next_step.contains("theme.icon_theme"), "{said:?}");
    }
}
