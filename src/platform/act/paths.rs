//! Paths as they really are: without links and dots, within the folders that were opened.

use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};

/// The folders that were opened, as they really are. Those that are not there are left out.
pub fn roots(named: &[String], home: &Path) -> Vec<String> {
    named.iter().filter_map(|path| real(&expand(path, home)).ok()).collect()
}

/// `~` becomes home.
pub fn expand(path: &str, home: &Path) -> PathBuf {
    match path.strip_prefix('~') {
        Some("") => home.to_owned(),
        Some(rest) if rest.starts_with('/') => home.join(rest.trim_start_matches('/')),
        _ => PathBuf::from(path),
    }
}

/// The path without links and dots. The last part may be missing, for a file that is to be made.
///
/// # Errors
/// In words for a model: what is wrong with the path.
pub fn resolve(path: &str, roots: &[String], home: &Path) -> Result<String, String> {
    let wanted = expand(path, home);
    if roots.is_empty() {
        return Err("no folders are open to tools; the user opens some with `agent.roots` in the configuration".into());
    }
    let found = real(&wanted).or_else(|_| {
        let (Some(folder), Some(Component::Normal(name))) = (wanted.parent(), wanted.components().next_back()) else {
            return Err(format!("{path} is not there"));
        };
        if wanted.symlink_metadata().is_ok() {
            return Err(format!("{path} is a link that leads nowhere"));
        }
        let folder = real(folder).map_err(|_| format!("the folder of {path} is not there"))?;
        let name = name.to_str().ok_or("the name of the file is no text")?;
        Ok(format!("{}/{name}", folder.trim_end_matches('/')))
    })?;
    let within = |root: &String| Path::new(&found).starts_with(root);
    if !roots.iter().any(within) {
        return Err(format!("{path} is not in a folder that is open to tools; those are {}", roots.join(", ")));
    }
    Ok(found)
}

/// The path of a file below a folder, without links and dots. Folders on the way to it may be missing, for whoever writes it
/// to make.
///
/// # Errors
/// In words for a model: what is wrong with the path.
pub fn below(name: &str, folder: &str) -> Result<String, String> {
    let wanted = Path::new(folder).join(name);
    let mut missing = Vec::new();
    let mut there = wanted.as_path();
    while let Err(error) = there.symlink_metadata() {
        if !matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) {
            return Err(format!("{}: {error}", wanted.display()));
        }
        let (Some(above), Some(Component::Normal(last))) = (there.parent(), there.components().next_back()) else {
            return Err(format!("{} is not there", wanted.display()));
        };
        missing.push(last.to_str().ok_or("the name of the file is no text")?);
        there = above;
    }
    let found = resolve(&there.display().to_string(), &[folder.to_owned()], Path::new("/"))?;
    if !missing.is_empty() && !Path::new(&found).is_dir() {
        return Err(format!("{found} is no folder"));
    }
    missing.push(&found);
    missing.reverse();
    Ok(missing.join("/"))
}

/// The real path of something that is there.
pub fn real(path: &Path) -> Result<String, String> {
    let real = path.canonicalize().map_err(|error| format!("{}: {error}", path.display()))?;
    real.into_os_string().into_string().map_err(|_| "the path is no text".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_and_dots_lead_where_they_lead() {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().canonicalize().unwrap();
        let at = |path: &str| home.join(path).to_str().unwrap().to_owned();
        std::fs::create_dir_all(home.join("notes/deep")).unwrap();
        std::fs::create_dir_all(home.join("secret")).unwrap();
        std::fs::write(home.join("notes/a"), "x").unwrap();
        std::os::unix::fs::symlink(home.join("secret"), home.join("notes/out")).unwrap();
        std::os::unix::fs::symlink("/nowhere", home.join("notes/dangling")).unwrap();
        let roots = roots(&["~/notes".into(), "~/missing".into()], &home);
        assert_eq!(roots, [at("notes")]);
        for (path, expected) in [
            ("~/notes/a", Some("notes/a")),
            ("~/notes/../notes/deep/./../a", Some("notes/a")),
            ("~/notes/new", Some("notes/new")),
            ("~/notes", Some("notes")),
            ("~/notes/out/x", None),
            ("~/notes/out", None),
            ("~/notes/dangling", None),
            ("~/notes/../secret/x", None),
            ("~/notes/none/x", None),
            ("~/notes/..", None),
            ("~/notesx", None),
            ("/etc/passwd", None),
        ] {
            let found = resolve(path, &roots, &home).ok();
            assert_eq!(found, expected.map(at), "{path}");
        }
        assert!(resolve("~/notes/a", &[], &home).is_err());
        for (name, expected) in [
            ("a", Some("notes/a")),
            ("new", Some("notes/new")),
            ("deep/new", Some("notes/deep/new")),
            ("2026/11/29.md", Some("notes/2026/11/29.md")),
            ("deep/2026/29.md", Some("notes/deep/2026/29.md")),
            ("a/29.md", None),
            ("out/29.md", None),
            ("out/2026/29.md", None),
            ("dangling/29.md", None),
            ("none/../../secret/x", None),
            ("../secret/none/x", None),
        ] {
            assert_eq!(below(name, &at("notes")).ok(), expected.map(at), "{name}");
        }
    }
}
