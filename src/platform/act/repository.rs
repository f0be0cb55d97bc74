//! What the settings of a single repository name: where git takes hooks from, and which files it reads besides.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::{around, paths};
use crate::model::Nearby;

/// More files of settings than this are not followed.
const MOST: usize = 64;
/// More hooks than this are not looked at one by one.
const MOST_HOOKS: usize = 1000;

const RUNS: &str = "what git runs";
const SETTINGS: &str = "git's configuration";
const UNREAD: &str = "a repository whose settings can't be read";

/// What the settings of a repository name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Named {
    /// Git's own folder, and the one that it shares with other work trees.
    folders: Vec<PathBuf>,
    /// Folders of hooks; relative to the repository's files, or absolute.
    pub(super) hooks: Vec<PathBuf>,
    /// Further files of settings, absolute.
    pub(super) files: Vec<PathBuf>,
    /// Not all of them could be read.
    unread: bool,
}

/// What the settings of the repository name that has its own folder at `own`, or the file that leads to it.
pub(super) fn named(own: &Path, home: &Path) -> Named {
    let mut named = Named::default();
    let folder = if own.is_dir() {
        own.to_owned()
    } else {
        let led = std::fs::read_to_string(own).ok();
        match led.as_deref().and_then(|text| Some(own.parent()?.join(text.strip_prefix("gitdir:")?.trim()))) {
            Some(folder) if folder.is_dir() => folder,
            _ => return Named { unread: true, ..named },
        }
    };
    let shared = folder.join("commondir");
    let common = std::fs::read_to_string(&shared).ok().map(|to| folder.join(to.trim()));
    named.unread = common.as_ref().map_or(shared.symlink_metadata().is_ok(), |common| !common.is_dir());
    let mut open = vec![folder.join("config"), folder.join("config.worktree")];
    open.extend(common.iter().map(|common| common.join("config")));
    named.folders = std::iter::once(folder).chain(common).collect();
    let mut seen = BTreeSet::new();
    while let Some(file) = open.pop() {
        if !seen.insert(file.clone()) {
            continue;
        }
        let Some(settings) = around::settings(&file).filter(|_| seen.len() <= MOST) else {
            named.unread = true;
            continue;
        };
        for (key, value) in settings.into_iter().filter(|(_, value)| !value.is_empty()) {
            let path = paths::expand(&value, home);
            match key.as_str() {
                "path" => {
                    let included = file.parent().map_or_else(|| path.clone(), |folder| folder.join(&path));
                    named.files.push(included.clone());
                    open.push(included);
                }
                "hookspath" => named.hooks.push(path),
                _ => {}
            }
        }
    }
    named
}

/// What is guarded for changing what is at a path, because of the repositories that it is in. Of one whose settings can't be
/// read it is all that is in it.
pub fn nearby(path: &Path, home: &Path) -> Vec<Nearby> {
    let mut found = Vec::new();
    let mut guard = |path: &Path, what: &'static str| {
        let real = path.to_str().and_then(around::real);
        found.extend(real.map(|path| Nearby { path, what }));
    };
    for top in path.ancestors().skip(1) {
        let own = top.join(".git");
        if let Err(error) = own.symlink_metadata() {
            if error.kind() != std::io::ErrorKind::NotFound {
                guard(top, UNREAD);
            }
            if is_git_folder(top) {
                guard(top, RUNS);
            }
            continue;
        }
        let named = named(&own, home);
        if named.unread {
            guard(top, UNREAD);
        }
        for folder in &named.folders {
            // Each may be a link to what lies among the repository's files.
            guard(folder, RUNS);
            guard(&folder.join("config"), SETTINGS);
            guard(&folder.join("config.worktree"), SETTINGS);
        }
        named.files.iter().for_each(|file| guard(file, SETTINGS));
        let hooks = named.folders.iter().map(|folder| folder.join("hooks"));
        for hooks in named.hooks.iter().map(|hooks| top.join(hooks)).chain(hooks) {
            guard(&hooks, RUNS);
            let links = std::fs::read_dir(&hooks).into_iter().flatten().take(MOST_HOOKS).filter_map(Result::ok);
            links.filter(|hook| hook.path().is_symlink()).for_each(|hook| guard(&hook.path(), RUNS));
        }
    }
    found
}

/// Whether a folder is git's own by what is in it, as that of a repository without files.
fn is_git_folder(folder: &Path) -> bool {
    ["HEAD", "objects", "refs"].iter().all(|name| folder.join(name).exists())
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    /// A folder to which these files are written.
    fn folder(files: &[(&str, &str)]) -> (tempfile::TempDir, PathBuf) {
        let kept = tempfile::tempdir().unwrap();
        let home = kept.path().canonicalize().unwrap();
        for (file, text) in files {
            std::fs::create_dir_all(home.join(file).parent().unwrap()).unwrap();
            std::fs::write(home.join(file), text).unwrap();
        }
        (kept, home)
    }

    /// What guards a path, in words.
    fn guards(home: &Path, path: &str) -> Vec<&'static str> {
        let path = home.join(path);
        let found = nearby(&path, home).into_iter().filter(|at| path.starts_with(&at.path));
        found.map(|at| at.what).collect()
    }

    #[test]
    fn the_real_git_reads_the_same() {
        let (_kept, at) = folder(&[]);
        for line in [
            "[core]\n\thooksPath = a b # c\n",
            "[core]hookspath=\"a#b\"\n",
            "[CORE]\nHOOKSPATH = x\\\ny\n",
            "[core]\nhookspath = \"a\" b\n",
        ] {
            std::fs::write(at.join("config"), line).unwrap();
            let told = std::process::Command::new("git")
                .args(["config", "-f"])
                .arg(at.join("config"))
                .args(["--get", "core.hookspath"])
                .output();
            let told = String::from_utf8(told.unwrap().stdout).unwrap();
            assert_eq!(named(&at, &at).hooks, [PathBuf::from(told.trim_end())], "{line}");
        }
    }

    /// Settings, a path, and what guards it.
    const PLACES: &[(&str, &str, &[&str])] = &[
        ("[core]\nhooksPath = tools/hooks", "it/tools/hooks/pre-commit", &[RUNS]),
        ("[core]\nhooksPath = tools/hooks", "it/tools/hooks/deep/er", &[RUNS]),
        ("[core]\nhooksPath = tools/hooks", "it/tools/other", &[]),
        ("[core]\nhooksPath = tools/hooks", "it/tools/hooks2/a", &[]),
        ("[core]\nhooksPath = tools/hooks", "beside", &[]),
        ("[core]\nhooksPath = tools/x/../hooks/", "it/tools/hooks/a", &[RUNS]),
        ("[core]\nhooksPath = ~/it/mine", "it/mine/a", &[RUNS]),
        ("[core]\nhooksPath = linked", "it/led/a", &[RUNS]),
        ("[core]\nhooksPath = .", "it/pre-commit", &[RUNS]),
        ("[core]\nhooksPath =", "it/pre-commit", &[]),
        ("[core]\nhooksPath = /dev/null", "it/pre-commit", &[]),
        ("[include]\npath = ../shared.conf", "it/shared.conf", &[SETTINGS]),
        ("[include]\npath = ../shared.conf", "it/more/hooks/a", &[RUNS]),
        ("[includeIf \"onbranch:x\"]\npath = ../shared.conf", "it/more/hooks/a", &[RUNS]),
        ("[include]\npath = ../missing.conf", "it/missing.conf", &[SETTINGS]),
        ("[include]\npath = ../folder", "it/a", &[UNREAD]),
        ("", "it/a", &[]),
        ("", "it/scripts/check", &[RUNS]),
        ("", "it/scripts/other", &[]),
    ];

    #[test]
    fn what_the_settings_of_a_repository_name_is_found() {
        for (settings, path, expected) in PLACES {
            let shared = ("it/shared.conf", "[core]\nhooksPath = more/hooks\n");
            let files = [("it/.git/config", *settings), ("it/folder/a", ""), ("it/scripts/check", ""), shared];
            let (_kept, home) = folder(&files);
            std::fs::create_dir_all(home.join("it/.git/hooks")).unwrap();
            symlink("../../scripts/check", home.join("it/.git/hooks/pre-push")).unwrap();
            symlink("led", home.join("it/linked")).unwrap();
            assert_eq!(guards(&home, path), *expected, "{settings:?}: {path}");
        }
    }

    #[test]
    fn so_it_is_in_work_trees_submodules_and_where_a_folder_is_elsewhere() {
        let (_kept, home) = folder(&[
            ("it/.git/config", "[core]\nhooksPath = tools/hooks\n"),
            ("it/.git/worktrees/tree/commondir", "../..\n"),
            ("it/.git/worktrees/tree/config.worktree", "[core]\nhooksPath = own\n"),
            ("tree/.git", "gitdir: ../it/.git/worktrees/tree\n"),
            ("it/.git/modules/sub/config", "[core]\nhooksPath = more\n"),
            ("it/sub/.git", "gitdir: ../.git/modules/sub\n"),
            ("apart/data/config", ""),
            ("apart/.git", "gitdir: data\n"),
            ("bare/HEAD", "ref: refs/heads/main"),
            ("bare/objects/a", ""),
            ("bare/refs/a", ""),
        ]);
        let table: [(&str, &[&str]); 8] = [
            ("tree/tools/hooks/a", &[RUNS]),
            ("tree/own/a", &[RUNS]),
            ("tree/more/a", &[]),
            ("it/sub/more/a", &[RUNS]),
            ("it/sub/tools/hooks/a", &[]),
            ("apart/data/config", &[RUNS, SETTINGS]),
            ("apart/a", &[]),
            ("bare/hooks/update", &[RUNS]),
        ];
        for (path, expected) in table {
            assert_eq!(guards(&home, path), expected, "{path}");
        }
    }

    #[test]
    fn what_cant_be_read_guards_the_whole_repository() {
        let large = "x".repeat((1 << 20) + 1);
        for (file, text) in [
            ("it/.git", "gitdir: nowhere\n"),
            ("it/.git", "nothing that leads anywhere"),
            ("it/.git/config", &large),
            ("it/.git/config/folder", ""),
            ("it/.git/commondir", "nowhere\n"),
            ("it/.git/commondir/folder", ""),
        ] {
            let (_kept, home) = folder(&[(file, text)]);
            assert_eq!(guards(&home, "it/deep/a"), [UNREAD], "{file}");
            assert_eq!(guards(&home, "beside"), [""; 0], "{file}");
        }
        let (_kept, home) = folder(&[("it/.git/config", "")]);
        std::fs::set_permissions(home.join("it/.git/config"), Permissions::from_mode(0o000)).unwrap();
        // Whoever may read everything reads it.
        let closed = std::fs::read(home.join("it/.git/config")).is_err();
        assert_eq!(guards(&home, "it/a").is_empty(), !closed);
    }
}
