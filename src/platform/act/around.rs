//! Where the user has moved things: variables of the environment, what git's settings name, and where links lead.

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};

use super::paths;

/// More files of git's settings than this are not followed, nor more links.
const MOST: usize = 64;
/// Settings are no larger.
const LARGEST: u64 = 1 << 20;

/// The variables that say where git's settings are.
pub(super) const OF_GIT: &[&str] = &["XDG_CONFIG_HOME", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"];

/// What git's settings of the user name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Git {
    /// Folders from which it takes what it runs.
    pub hooks: Vec<String>,
    /// Files that it reads settings from.
    pub files: Vec<String>,
}

/// Those of these variables that are set.
pub fn variables<'a>(names: impl Iterator<Item = &'a str>) -> Vec<(String, String)> {
    let names: BTreeSet<&str> = names.collect();
    names.into_iter().filter_map(|name| Some((name.to_owned(), std::env::var(name).ok()?))).collect()
}

/// What git's settings of the user name, as far as they can be read. Files that are included count whatever their condition.
pub fn git(home: &Path, variables: &[(String, String)]) -> Git {
    let variable =
        |name: &str| variables.iter().find(|(known, _)| known == name).map(|(_, value)| PathBuf::from(value));
    let config = variable("XDG_CONFIG_HOME").unwrap_or_else(|| home.join(".config"));
    let mut open = match variable("GIT_CONFIG_GLOBAL") {
        Some(file) => vec![file],
        None => vec![home.join(".gitconfig"), config.join("git/config")],
    };
    open.push(variable("GIT_CONFIG_SYSTEM").unwrap_or_else(|| "/etc/gitconfig".into()));
    let (mut found, mut seen) = (Git::default(), BTreeSet::new());
    while let Some(file) = open.pop() {
        if seen.len() >= MOST || !seen.insert(file.clone()) {
            continue;
        }
        for (key, value) in settings(&file).unwrap_or_default() {
            let path = paths::expand(&value, home);
            let text = |path: &Path| path.to_str().map(str::to_owned);
            match key.as_str() {
                "path" => {
                    let included = file.parent().map_or_else(|| path.clone(), |folder| folder.join(&path));
                    found.files.extend(text(&included));
                    open.push(included);
                }
                // Where it is relative, within every repository.
                _ => found.hooks.extend(text(&path)),
            }
        }
    }
    found
}

/// The settings in a file that name what runs or further files, in small letters, with their values: none where there is no
/// such file, and `None` where it can't be read.
pub(super) fn settings(file: &Path) -> Option<Vec<(String, String)>> {
    match file.metadata() {
        Err(error) if error.kind() == ErrorKind::NotFound => Some(Vec::new()),
        Ok(about) if about.is_file() && about.len() <= LARGEST => {
            std::fs::read(file).ok().map(|text| named(&String::from_utf8_lossy(&text)))
        }
        _ => None,
    }
}

fn named(text: &str) -> Vec<(String, String)> {
    let (mut section, mut found) = (String::new(), Vec::new());
    for line in text.replace("\\\n", "").lines() {
        let mut line = line.trim();
        if let Some(rest) = line.strip_prefix('[') {
            let Some((head, rest)) = rest.split_once(']') else { continue };
            section = head.split([' ', '\t', '"', '.']).next().unwrap_or_default().to_ascii_lowercase();
            line = rest.trim();
        }
        let Some((key, value)) = line.split_once('=') else { continue };
        let key = key.trim().to_ascii_lowercase();
        let counts = matches!(
            (section.as_str(), key.as_str()),
            ("core", "hookspath") | ("init", "templatedir") | ("include" | "includeif", "path")
        );
        if counts {
            found.push((key, value_of(value)));
        }
    }
    found
}

/// Without the quotation marks and the comment after it.
fn value_of(text: &str) -> String {
    let (mut value, mut quoted, mut escaped) = (String::new(), false, false);
    for sign in text.trim().chars() {
        match sign {
            _ if escaped => {
                value.push(sign);
                escaped = false;
            }
            '\\' => escaped = true,
            '"' => quoted = !quoted,
            '#' | ';' if !quoted => break,
            _ => value.push(sign),
        }
    }
    value.trim().to_owned()
}

/// The path without links of what is at a path, or would be if it were made; `None` where links go round.
pub fn real(path: &str) -> Option<String> {
    let (mut open, mut found, mut links) = (PathBuf::from(path), PathBuf::from("/"), 0);
    'again: loop {
        let parts: Vec<PathBuf> = open.components().map(|part| PathBuf::from(part.as_os_str())).collect();
        found.clear();
        for (at, part) in parts.iter().enumerate() {
            match part.components().next()? {
                Component::ParentDir => drop(found.pop()),
                Component::CurDir => {}
                _ => found.push(part),
            }
            if let Ok(to) = found.read_link() {
                links += 1;
                if links > MOST {
                    return None;
                }
                let folder = found.parent().map(Path::to_path_buf)?;
                open = parts[at + 1..].iter().fold(folder.join(to), |path, part| path.join(part));
                continue 'again;
            }
        }
        return found.into_os_string().into_string().ok();
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn links_are_followed_to_what_is_not_there_yet() {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path().canonicalize().unwrap();
        let text = |below: &str| at.join(below).to_str().unwrap().to_owned();
        std::fs::create_dir_all(at.join("dots/ssh")).unwrap();
        for (to, link) in [
            ("dots/ssh", ".ssh"),
            ("dots/missing", ".bashrc"),
            (&text("dots/../dots"), ".config"),
            ("two", "one"),
            ("one", "two"),
            (".config", "twice"),
        ] {
            symlink(to, at.join(link)).unwrap();
        }
        for (path, expected) in [
            (".ssh/authorized_keys", Some("dots/ssh/authorized_keys")),
            (".bashrc", Some("dots/missing")),
            (".config/systemd/user", Some("dots/systemd/user")),
            ("twice/./a", Some("dots/a")),
            ("plain", Some("plain")),
            ("one", None),
            ("one/more", None),
        ] {
            assert_eq!(real(&text(path)), expected.map(text), "{path}");
        }
    }

    #[test]
    fn what_gits_settings_name_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path();
        let text = |below: &str| home.join(below).to_str().unwrap().to_owned();
        std::fs::create_dir_all(home.join(".config/git")).unwrap();
        let own = "[user]\n\tname = x\n[Core] hooksPath = \"~/my hooks\" ; mine\n[include]\n path = more\n\
                   [includeIf \"gitdir:~/work/\"]\n\tpath = ~/work.conf\n[alias]\n path = nothing\n";
        std::fs::write(home.join(".gitconfig"), own).unwrap();
        std::fs::write(home.join("more"), "[init]\n\ttemplateDir = ~/tem\\\nplate\n[core]\nhookspath = .githooks\n")
            .unwrap();
        std::fs::write(home.join("work.conf"), "[include]\npath = .gitconfig\n[core]\nhookspath = /srv/hooks").unwrap();
        let nothing = ("GIT_CONFIG_SYSTEM".to_owned(), "/dev/null".to_owned());
        let mut found = git(home, std::slice::from_ref(&nothing));
        found.hooks.sort();
        found.files.sort();
        let mut hooks = vec!["/srv/hooks".to_owned(), ".githooks".to_owned(), text("my hooks"), text("template")];
        hooks.sort();
        assert_eq!(found, Git { hooks, files: vec![text(".gitconfig"), text("more"), text("work.conf")] });
        let elsewhere = ("GIT_CONFIG_GLOBAL".to_owned(), text("work.conf"));
        assert!(git(home, &[nothing, elsewhere]).hooks.contains(&"/srv/hooks".to_owned()));
    }
}
