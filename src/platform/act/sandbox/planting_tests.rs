//! What a command in the sandbox leaves behind for the programs outside: real repositories, which the real git looks at
//! afterwards.

use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::symlink;

use super::*;

/// A folder with a repository `it` in it: one commit, a submodule `sub`, and a work tree `tree` beside it.
struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        let place = Self { folder: tempfile::tempdir().unwrap() };
        place.git("init -q -b main origin");
        place.git("-C origin commit -q --allow-empty -m first");
        place.git("init -q -b main it");
        place.git("-C it -c protocol.file.allow=always submodule --quiet add ../origin sub");
        for at in ["it", "it/sub"] {
            place.git(&format!("-C {at} config user.name a"));
            place.git(&format!("-C {at} config user.email a@localhost"));
        }
        place.git("-C it commit -q -m first");
        place.git("-C it worktree add -q ../tree");
        place
    }

    fn at(&self, below: &str) -> PathBuf {
        self.folder.path().canonicalize().unwrap().join(below)
    }

    /// What git outside says. Whoever is asked has the settings of these repositories only.
    fn git(&self, words: &str) -> String {
        let output = std::process::Command::new("git")
            .args(words.split(' '))
            .current_dir(self.folder.path())
            .env_clear()
            .envs([("PATH", PATH), ("HOME", "/nonexistent")])
            .envs(["AUTHOR", "COMMITTER"].map(|who| (format!("GIT_{who}_NAME"), "a")))
            .envs(["AUTHOR", "COMMITTER"].map(|who| (format!("GIT_{who}_EMAIL"), "a@localhost")))
            .output()
            .unwrap();
        assert!(output.status.success(), "git {words}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Looks at everything as a user does, and tells whether something ran that was planted.
    fn something_ran(&self) -> bool {
        for at in ["it", "it/sub", "tree"] {
            for words in ["status --short", "log -1", "diff HEAD", "submodule status"] {
                let _said = self.git(&format!("-C {at} {words}"));
            }
        }
        self.at("RAN").exists()
    }

    /// A git folder that has a program run, at `evil` in the folder.
    fn evil(&self, folder: &str) -> String {
        let ran = self.at("RAN");
        format!(
            "mkdir -p {folder}/evil/hooks; printf '[core]\\n\\trepositoryformatversion = 0\\n\\tfsmonitor = \"touch {ran}; false\"\\n\
             [extensions]\\n\\tworktreeConfig = true\\n' > {folder}/evil/config; ",
            ran = ran.display()
        )
    }
}

async fn sh(script: &str, folder: &Path) -> Ran {
    let words = ["sh", "-c", script].map(str::to_owned);
    run(&words, folder.to_str().unwrap(), false, Duration::from_secs(60), |_| ()).await.unwrap()
}

#[tokio::test]
async fn git_works_inside_and_nothing_is_left_of_what_held_it() {
    let place = Place::new();
    let names = |at: &str| {
        let mut names: Vec<_> =
            std::fs::read_dir(place.at(at)).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    };
    let before = ["it/.git/modules/sub", "it/.git/worktrees/tree"].map(names);
    let script = "set -e; git status --short; echo x > new; git add new; git commit -q -m second; git checkout -q -b other; \
                  cd sub; echo y > deep; git add deep; git commit -q -m third; cd ..; git add sub; git commit -q -m fourth; \
                  git tag here; git stash list; git status --short; git log --oneline | wc -l";
    let ran = sh(script, &place.at("it")).await;
    assert!(ran.good && ran.output == "3\n", "{ran:?}");
    assert_eq!(place.git("-C it status --short"), "");
    assert_eq!(place.git("-C it log --format=%s other"), "fourth\nsecond\nfirst\n");
    assert_eq!(place.git("-C it/sub log --format=%s -1"), "third\n");
    assert_eq!(place.git("-C tree status --short"), "");
    for (at, before) in ["it/.git/modules/sub", "it/.git/worktrees/tree"].into_iter().zip(before) {
        let new: Vec<_> = names(at).into_iter().filter(|name| !before.contains(name)).collect();
        assert!(new.is_empty() || new == ["COMMIT_EDITMSG"], "{at}: {new:?}");
    }
    for gone in ["commondir", "config.worktree"] {
        assert!(!place.at("it/.git").join(gone).exists(), "{gone}");
    }
}

#[tokio::test]
async fn nothing_planted_in_a_repository_runs_outside() {
    let place = Place::new();
    std::fs::remove_dir_all(place.at("it/.git/modules/sub/hooks")).unwrap();
    let evil = place.evil("it");
    let plants = [
        // Another common folder: its settings count instead of the real ones.
        "echo ../evil > it/.git/commondir",
        "echo ../evil > it/.git/x; mv -f it/.git/x it/.git/commondir; ln -sf /x it/.git/commondir",
        "rm -f it/.git/commondir; mv it/.git/commondir it/.git/x; mount -o bind it/evil/config it/.git/commondir",
        "echo ../../../../evil > it/.git/modules/sub/commondir; cp it/evil/config it/.git/modules/sub/config",
        "echo ../../../evil > it/.git/worktrees/tree/commondir",
        // The settings of one work tree.
        "cp it/evil/config it/.git/config.worktree; cp it/evil/config it/.git/worktrees/tree/config.worktree; \
         cp it/evil/config it/.git/modules/sub/config.worktree",
        // What is held is not moved away, nor what it is in.
        "mv it/.git/modules it/.git/old; mkdir -p it/.git/modules/sub; cp it/evil/config it/.git/modules/sub/config",
        "mv it/.git/worktrees it/.git/old; mv it/.git/modules/sub it/.git/modules/old; mv it/.git it/old",
        "mv it/.git/config it/old; cp it/evil/config it/.git/config; rm it/.git/config; ln it/.git/config it/hard",
        "mkdir -p it/.git/modules/sub/hooks; cp it/evil/config it/.git/modules/sub/hooks/post-checkout",
        "cd it; git config core.fsmonitor x; git -C sub config core.fsmonitor x; git config --worktree core.fsmonitor x",
    ];
    for plant in plants {
        let ran = sh(&format!("{evil}{{ {plant}; }} 2>&1"), &place.at("")).await;
        assert!(!place.something_ran(), "{plant}: {ran:?}");
        for gone in ["commondir", "config.worktree", "old"] {
            assert!(!place.at("it/.git").join(gone).exists(), "{plant}: {gone}: {ran:?}");
        }
        assert!(!place.at("it/.git/modules/sub/hooks/post-checkout").exists(), "{plant}: {ran:?}");
    }
}

/// Hooks that settings have elsewhere: in a folder that is there, in one that is not there yet, in that of a work tree, and
/// in a folder that is itself within the repository.
#[tokio::test]
async fn hooks_that_are_elsewhere_are_held_there() {
    let place = Place::new();
    place.git("-C it config core.hooksPath tools/hooks");
    place.git("-C it/sub config core.hooksPath more/hooks");
    let hook = format!("printf '#!/bin/sh\\ntouch {}\\n' > hook; chmod +x hook; ", place.at("RAN").display());
    for (folder, hooks) in [
        ("", "it/tools/hooks"),
        ("", "it/sub/more/hooks"),
        ("", "tree/tools/hooks"),
        ("tree", "tools/hooks"),
        ("it/tools", "hooks"),
    ] {
        std::fs::create_dir_all(place.at(folder)).unwrap();
        let above = Path::new(hooks).parent().unwrap().display().to_string();
        for plant in [
            format!("mkdir -p {hooks}; cp hook {hooks}/post-index-change; cp hook {hooks}/pre-commit"),
            format!("mv {hooks} x; mkdir {hooks}; cp hook {hooks}/pre-commit"),
            format!("mv {above} y; mkdir -p {hooks}; cp hook {hooks}/pre-commit"),
        ] {
            let ran = sh(&format!("{hook}{{ {plant}; }} 2>&1"), &place.at(folder)).await;
            let there = place.at(folder).join(hooks).join("pre-commit");
            assert!(!there.exists() && !place.something_ran(), "{folder} {hooks}: {plant}: {ran:?}");
        }
    }
    let ran = sh("echo x > tools/beside && git add tools/beside && git commit -q -m more", &place.at("it")).await;
    assert!(ran.good, "what is beside the hooks is writable, and git works: {ran:?}");
}

/// Settings of a repository may name more files of settings, among what a command may change.
#[tokio::test]
async fn settings_that_are_elsewhere_are_held_there() {
    let place = Place::new();
    place.git("-C it config include.path ../shared.conf");
    place.git("-C it config --add include.path ../local.conf");
    std::fs::write(place.at("it/shared.conf"), "[core]\n\thooksPath = tools/hooks\n").unwrap();
    let more = format!("printf '[core]\\n\\tfsmonitor = \"touch {}; false\"\\n' > more; ", place.at("RAN").display());
    let hook = format!("printf '#!/bin/sh\\ntouch {}\\n' > hook; chmod +x hook; ", place.at("RAN").display());
    for (folder, it) in [("", "it/"), ("it", "")] {
        for plant in [
            format!("cp more {it}shared.conf"),
            format!("mv {it}shared.conf old; cp more {it}shared.conf"),
            format!("cp more {it}local.conf; ln -s more {it}local.conf"),
            format!("mkdir -p {it}tools/hooks; cp hook {it}tools/hooks/post-index-change"),
        ] {
            let ran = sh(&format!("{more}{hook}{{ {plant}; }} 2>&1"), &place.at(folder)).await;
            assert!(!place.something_ran(), "{folder}: {plant}: {ran:?}");
            assert!(!place.at("it/local.conf").exists(), "{folder}: {plant}: what was made to hold it stays: {ran:?}");
        }
    }
    let deep = place.at("it/tools/hooks/deep");
    std::fs::create_dir_all(&deep).unwrap();
    let told = run(&["true".to_owned()], deep.to_str().unwrap(), false, Duration::from_secs(30), |_| ()).await;
    assert!(told.unwrap_err().contains("git takes what it runs from around it"));
    assert!(sh("echo x > beside && git add beside && git commit -q -m more", &place.at("it")).await.good);
}

/// One command makes that the next one is held by less.
#[tokio::test]
async fn nothing_is_planted_by_two_commands() {
    let place = Place::new();
    place.git("clone -q --bare origin bare");
    std::fs::remove_dir_all(place.at("bare/hooks")).unwrap();
    let evil = place.evil("it");
    let put =
        |at: &str| format!("cp it/evil/config {at}/config; mkdir -p {at}/hooks; cp it/evil/config {at}/hooks/update");
    let deep = "a/b/c/d/e/f/g/h/i";
    for (first, second, third) in [
        ("rm it/.git/modules/sub/HEAD", "it/.git/modules/sub", "echo ref: refs/heads/main > it/.git/modules/sub/HEAD"),
        ("mv it/.git/modules/sub/objects it/x", "it/.git/modules/sub", "mv it/x it/.git/modules/sub/objects"),
        ("rm bare/HEAD; mv bare/refs bare/objects it", "bare", "mv it/refs it/objects bare"),
        ("mkdir -p a/b/c/d/e/f/g/h; mv it a/b/c/d/e/f/g/h/i", &format!("{deep}/.git"), "mv a/b/c/d/e/f/g/h/i it"),
        ("mv it \"$(printf 'it\\377')\"", "$(printf 'it\\377')/.git", "mv \"$(printf 'it\\377')\" it"),
        ("mkdir many; cd many; seq 50500 | xargs touch; mv ../it it", "many/it/.git", "mv many/it it; rm -r many"),
    ] {
        for script in [format!("{evil}{first}"), put(second).replace("it/evil", "evil"), third.to_owned()] {
            let evil = place.evil(".");
            let _ran = sh(&format!("{evil}{{ {script}; }} 2>&1"), &place.at("")).await;
        }
        let again = place.at("").join(OsStr::from_bytes(b"it\xff"));
        assert!(place.at("it/.git").exists() && !again.exists(), "{first}");
        for at in ["bare", "it/.git", "it/.git/modules/sub"] {
            let (config, hook) = (place.at(at).join("config"), place.at(at).join("hooks/update"));
            assert!(!std::fs::read_to_string(config).unwrap().contains("fsmonitor"), "{first}: {at}");
            assert!(!hook.exists(), "{first}: {at}");
        }
    }
}

/// Neither in the moment in which a command has ended, nor in that in which it is ended.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_planted_by_what_a_command_leaves_running() {
    let place = Place::new();
    let planted = || std::fs::read_to_string(place.at("it/.git/commondir"));
    let busy = "for n in 1 2 3; do (while :; do echo ../evil > .git/commondir; done) 2>/dev/null & done; ";
    for _ in 0..5 {
        let ran = sh(&format!("{busy} echo over"), &place.at("it")).await;
        assert!(ran.good && planted().is_err(), "{ran:?}: {:?}", planted());
        let (folder, words) = (place.at("it"), ["sh".into(), "-c".into(), format!("{busy} touch begun; wait")]);
        let task = tokio::spawn(async move {
            run(&words, folder.to_str().unwrap(), false, Duration::from_secs(600), |_| ()).await
        });
        while !place.at("it/begun").exists() {
            tokio::task::yield_now().await;
        }
        task.abort();
        while let Ok(text) = planted() {
            assert_eq!(text, ".\n");
            tokio::task::yield_now().await;
        }
        std::fs::remove_file(place.at("it/begun")).unwrap();
    }
}

#[tokio::test]
async fn what_can_not_be_held_is_refused() {
    for (link, to) in
        [(".envrc", "x"), ("deep/.vscode", "../x"), ("a.nix", "b"), (".git", "x"), ("it/.git/hooks", "../x")]
    {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path().canonicalize().unwrap();
        std::fs::create_dir_all(at.join(link).parent().unwrap()).unwrap();
        symlink(to, at.join(link)).unwrap();
        let words = ["touch", "ran"].map(str::to_owned);
        let why = run(&words, at.to_str().unwrap(), false, Duration::from_secs(30), |_| ()).await.unwrap_err();
        assert!(why.contains(link) && why.contains("is a link") && why.ends_with("Nothing was run"), "{why}");
        assert!(!at.join("ran").exists());
    }
}

#[test]
fn more_than_can_be_looked_through_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(folder.path().join("a/b/c")).unwrap();
    assert!(Seals::of(folder.path(), 3).is_ok());
    let why = Seals::of(folder.path(), 2).unwrap_err();
    assert!(why.contains("too many files") && why.ends_with("Nothing was run"), "{why}");
}

#[tokio::test]
async fn a_new_repository_is_told() {
    let place = Place::new();
    let ran = sh("git init -q made; git init -q 'it/two words'", &place.at("")).await;
    for made in ["made/.git", "it/two words/.git"] {
        assert!(ran.output.contains(place.at(made).to_str().unwrap()), "{ran:?}");
    }
    assert_eq!(sh("echo again", &place.at("")).await.output, "again\n", "they were there before");
}

/// A folder that was approved, and became a link since: one above it, or itself.
#[tokio::test]
async fn a_link_that_came_since_is_not_followed() {
    for (link, approved) in [("sub", "sub"), ("up", "up/sub")] {
        let (place, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let at = place.path().canonicalize().unwrap();
        std::fs::create_dir(outside.path().join("sub")).unwrap();
        symlink(outside.path(), at.join(link)).unwrap();
        let words = ["sh", "-c", "echo x > planted; echo x > sub/planted"].map(str::to_owned);
        let approved = at.join(approved);
        let why = run(&words, approved.to_str().unwrap(), false, Duration::from_secs(30), |_| ()).await.unwrap_err();
        assert!(why.contains(approved.to_str().unwrap()) && why.ends_with("Nothing was run"), "{why}");
        assert!(!outside.path().join("planted").exists() && !outside.path().join("sub/planted").exists());
    }
}

/// What waits for the command is a shell, and takes none of its words for its own.
#[tokio::test]
async fn only_programs_are_run() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().canonicalize().unwrap();
    for words in [
        &["eval", "touch ran"][..],
        &["-a", "x", "touch", "ran"],
        &["cd", "/"],
        &[".", "./x"],
        &["x=1", "touch", "ran"],
    ] {
        std::fs::write(at.join("x"), "touch ran").unwrap();
        let words: Vec<String> = words.iter().map(|&word| word.to_owned()).collect();
        let ran = run(&words, at.to_str().unwrap(), false, Duration::from_secs(30), |_| ()).await;
        assert!(ran.is_err() || ran.is_ok_and(|ran| !ran.good), "{words:?}");
        assert!(!at.join("ran").exists(), "{words:?}");
    }
    let words = ["printf", "%s|", "a b", "$HOME", "*", ""].map(str::to_owned);
    let ran = run(&words, at.to_str().unwrap(), false, Duration::from_secs(30), |_| ()).await.unwrap();
    assert_eq!((ran.output.as_str(), ran.good), ("a b|$HOME|*||", true));
}

/// Who runs in a folder can't change what another command there was approved for.
#[tokio::test(flavor = "multi_thread")]
async fn commands_in_one_folder_run_one_after_the_other() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().canonicalize().unwrap();
    for below in ["sub", "other"] {
        std::fs::create_dir(at.join(below)).unwrap();
    }
    let start = |below: &str, script: &'static str| {
        let folder = at.join(below);
        tokio::spawn(async move { sh(script, &folder).await })
    };
    let first = start("sub", "touch begun; while ! test -e go; do :; done; touch over");
    while !at.join("sub/begun").exists() {
        tokio::task::yield_now().await;
    }
    let above = start("", "test -e sub/over && echo after");
    let same = start("sub", "test -e over && echo after");
    let beside = start("other", "echo beside").await.unwrap();
    assert_eq!(beside.output, "beside\n");
    std::fs::write(at.join("sub/go"), "").unwrap();
    assert!(first.await.unwrap().good);
    assert_eq!((above.await.unwrap().output, same.await.unwrap().output), ("after\n".into(), "after\n".into()));
}
