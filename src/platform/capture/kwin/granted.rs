//! Whether a desktop file allows a program KWin's interface, found as KWin does: by the program that `Exec` names.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

const KEY: &str = "X-KDE-DBUS-Restricted-Interfaces";

/// The program that takes the pictures: beside this one, or this one.
pub fn nervad() -> Option<PathBuf> {
    std::env::current_exe().ok()?.with_file_name("nervad").canonicalize().ok()
}

/// The desktop file that allows it, in the folders that these variables name.
pub fn by(program: &Path, variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let folder = |name: &str| variable(name).map(PathBuf::from);
    let own = folder("XDG_DATA_HOME").or_else(|| Some(folder("HOME")?.join(".local/share")));
    let shared = variable("XDG_DATA_DIRS").unwrap_or_else(|| "/usr/local/share:/usr/share".into());
    let shared: Vec<PathBuf> = std::env::split_paths(&shared).collect();
    let folders = own.into_iter().chain(shared).map(|folder| folder.join("applications"));
    let files = folders.filter_map(|folder| std::fs::read_dir(folder).ok()).flatten();
    files.filter_map(|entry| Some(entry.ok()?.path())).find(|file| allows(file, program))
}

fn allows(file: &Path, program: &Path) -> bool {
    if file.extension().is_none_or(|extension| extension != "desktop") {
        return false;
    }
    let text = std::fs::read_to_string(file).unwrap_or_default();
    // What follows are its actions.
    let mut lines = text.lines().skip_while(|line| line.trim() != "[Desktop Entry]").skip(1);
    let entry: Vec<&str> = lines.by_ref().take_while(|line| !line.starts_with('[')).collect();
    let value = |key: &str| {
        let mut pairs = entry.iter().filter_map(|line| line.split_once('='));
        pairs.find(|(name, _)| name.trim() == key).map(|(_, value)| value.trim()).unwrap_or_default()
    };
    let named = value(KEY).split([',', ';']).any(|name| name.trim() == super::NAME);
    let first = value("Exec").split_whitespace().next().unwrap_or_default().trim_matches('"');
    named && Path::new(first).canonicalize().is_ok_and(|found| found == program)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_names_the_program_and_the_interface() {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("nervad");
        std::fs::write(&program, "").unwrap();
        let program = program.canonicalize().unwrap();
        let applications = folder.path().join("applications");
        std::fs::create_dir(&applications).unwrap();
        let file = applications.join("nervad.desktop");
        let data = folder.path().as_os_str().to_owned();
        let found = || by(&program, |name| (name == "XDG_DATA_DIRS").then(|| data.clone()));
        assert_eq!(found(), None);
        let shipped = include_str!("../../../../assets/nervad.desktop");
        std::fs::write(&file, shipped).unwrap();
        assert_eq!(found(), None, "it names the program of a package");
        let ours = shipped.replace("/usr/bin/nervad", &program.display().to_string());
        std::fs::write(&file, &ours).unwrap();
        assert_eq!(found(), Some(file.clone()));
        std::fs::write(&file, ours.replace(KEY, "X-Other")).unwrap();
        assert_eq!(found(), None);
        std::fs::write(
            &file,
            format!("[Desktop Entry]\nExec=x\n[Desktop Action y]\n{ours}").replace("[Desktop Entry]\nType", "Type"),
        )
        .unwrap();
        assert_eq!(found(), None, "an action is not the program");
    }
}
