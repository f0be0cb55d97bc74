//! Notes: files of Markdown in one folder.

use std::path::Path;

use super::paths;

/// The name that stands for the daily note.
const TODAY: &str = "today";

/// The file of a note, in the folder of the notes, as it really is. Folders below are made where they are missing by
/// whoever writes; here nothing is changed.
///
/// # Errors
/// In words for a model.
pub fn file(note: &str, folder: &str, daily: &str) -> Result<String, String> {
    let name = if note == TODAY { today(daily)? } else { note.to_owned() };
    let name = if name.ends_with(".md") { name } else { format!("{name}.md") };
    paths::below(&name, folder)
}

/// The name of today's note.
fn today(pattern: &str) -> Result<String, String> {
    let name = jiff::fmt::strtime::format(pattern, &jiff::ZonedDateTime::now())
        .map_err(|error| format!("`notes.daily` is no pattern of a date: {error}"))?;
    let part = |part: &str| !part.is_empty() && !part.starts_with('.');
    if name.split('/').all(part) {
        Ok(name)
    } else {
        Err(format!("`notes.daily` makes {name:?}, which is no name of a note"))
    }
}

/// The folder of the notes as it really is.
///
/// # Errors
/// In words for a model: it is not set, or not there.
pub fn folder(path: &str, home: &Path) -> Result<String, String> {
    if path.is_empty() {
        return Err("there is no folder of notes; the user names it with `notes.path` in the configuration".into());
    }
    paths::real(&paths::expand(path, home)).map_err(|why| format!("the folder of the notes is not there: {why}"))
}

/// The notes, a line each, newest first; only those that `lets` lets.
///
/// # Errors
/// In words.
pub fn list(folder: &str, lets: impl Fn(&str) -> bool) -> Result<String, String> {
    let (mut found, mut left_out) = (Vec::new(), 0);
    let mut open = vec![(folder.to_owned(), 0)];
    while let Some((at, depth)) = open.pop() {
        let entries = std::fs::read_dir(&at).map_err(|error| format!("{at}: {error}"))?;
        for entry in entries.filter_map(Result::ok) {
            let (Ok(name), Ok(kind)) = (entry.file_name().into_string(), entry.file_type()) else { continue };
            if name.starts_with('.') {
                continue;
            }
            let path = format!("{at}/{name}");
            let is_note = kind.is_file() && name.ends_with(".md");
            if (kind.is_dir() || is_note) && !lets(&path) {
                left_out += 1;
            } else if kind.is_dir() && depth < 8 {
                open.push((path, depth + 1));
            } else if is_note {
                let changed = entry.metadata().and_then(|about| about.modified()).ok();
                found.push((changed, path));
            }
        }
    }
    found.sort_by(|one, other| other.cmp(one));
    let all = found.len();
    let short = |path: &str| path.strip_prefix(folder).unwrap_or(path).trim_start_matches('/').to_owned();
    let mut lines: Vec<String> = found.iter().take(200).map(|(_, path)| short(path)).collect();
    if all > lines.len() {
        lines.push(format!("… and {} more", all - lines.len()));
    }
    if lines.is_empty() {
        lines.push("there are no notes".into());
    }
    lines.extend(super::files::left(left_out));
    Ok(lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_stays_in_its_folder() {
        let place = tempfile::tempdir().unwrap();
        let home = place.path().canonicalize().unwrap();
        std::fs::create_dir_all(home.join("notes/work")).unwrap();
        std::fs::write(home.join("secret.md"), "x").unwrap();
        std::os::unix::fs::symlink(home.join("secret.md"), home.join("notes/link.md")).unwrap();
        let folder = folder("~/notes", &home).unwrap();
        assert_eq!(file("a", &folder, "").unwrap(), format!("{folder}/a.md"));
        assert_eq!(file("work/b.md", &folder, "").unwrap(), format!("{folder}/work/b.md"));
        let day = jiff::ZonedDateTime::now().strftime("%Y-%m-%d").to_string();
        assert!(file("today", &folder, "%Y-%m-%d").unwrap().contains(&day[..7]));
        assert_eq!(file("none/x", &folder, "").unwrap(), format!("{folder}/none/x.md"), "it can be made there");
        assert!(file("today", &folder, "%Y/%m/%d").unwrap().starts_with(&format!("{folder}/{}/", &day[..4])));
        for wrong in ["link", "../secret", "a\0b"] {
            assert!(file(wrong, &folder, "").is_err(), "{wrong}");
        }
        assert!(file("today", &folder, "../%Y").is_err());
        assert!(super::folder("", &home).unwrap_err().contains("notes.path"));
    }

    #[test]
    fn notes_are_listed() {
        let place = tempfile::tempdir().unwrap();
        std::fs::create_dir(place.path().join("work")).unwrap();
        for name in ["a.md", "work/b.md", "c.txt", ".d.md"] {
            std::fs::write(place.path().join(name), "x").unwrap();
        }
        let listed = list(place.path().to_str().unwrap(), |_| true).unwrap();
        let mut lines: Vec<&str> = listed.lines().collect();
        lines.sort_unstable();
        assert_eq!(lines, ["a.md", "work/b.md"]);
        let listed = list(place.path().to_str().unwrap(), |path| !path.ends_with("/work")).unwrap();
        assert!(listed.starts_with("a.md\n… left out: 1 ") && !listed.contains("work"), "{listed}");
    }
}
