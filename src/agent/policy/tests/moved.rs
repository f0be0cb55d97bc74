//! What is guarded stays guarded where the user has moved it, and where links lead.

use super::*;

fn set(variable: &str, value: &str) -> Surroundings {
    let variables =
        vec![(variable.to_owned(), value.to_owned()), ("XDG_CONFIG_HOME".to_owned(), "/data/conf".to_owned())];
    Surroundings { variables, ..Surroundings::default() }
}

/// Everything is allowed that can be.
fn lax(places: Places) -> Policy {
    let auto = ["files_write", "files_read", "shell"].map(str::to_owned).into();
    Policy { mode: Mode::Auto, auto, allow: vec![rule("*")], places, ..Policy::default() }
}

fn read(path: &str) -> Action {
    Action::FilesRead { path: path.into() }
}

fn in_folder(folder: &str) -> Action {
    Action::Shell { words: vec!["ls".into()], folder: folder.into(), network: false }
}

/// A variable, its value, a place that it moves, and whether reading, changing and a command right above it go on unasked.
const MOVED: &[(&str, &str, &str, [&str; 3])] = &[
    ("XDG_CONFIG_HOME", "/data/conf", "/data/conf/systemd/user/a.service.d/x.conf", ["ask", "ask", "deny"]),
    ("XDG_CONFIG_HOME", "/data/conf", "/data/conf/environment.d/x.conf", ["ask", "ask", "deny"]),
    ("XDG_CONFIG_HOME", "/data/conf", "/data/conf/fish/conf.d/x.fish", ["ask", "ask", "deny"]),
    ("XDG_CONFIG_HOME", "/data/conf", "/data/conf/nushell/env.nu", ["ask", "ask", "deny"]),
    ("XDG_CONFIG_HOME", "/data/conf", "/data/conf/xonsh/rc.xsh", ["ask", "ask", "deny"]),
    ("XDG_CONFIG_HOME", "/data/conf", "/data/conf/direnv/direnvrc", ["ask", "ask", "deny"]),
    ("XDG_CONFIG_HOME", "/data/conf", "/data/conf/git/config", ["ask", "ask", "deny"]),
    ("XDG_CONFIG_HOME", "/data/conf", "/data/conf/nvim/init.lua", ["allow", "ask", "deny"]),
    ("XDG_DATA_HOME", "/data/share", "/data/share/keyrings/a", ["ask", "ask", "deny"]),
    ("XDG_DATA_HOME", "/data/share", "/data/share/applications/a.desktop", ["ask", "ask", "deny"]),
    ("XDG_DATA_HOME", "/data/share", "/data/share/flatpak/overrides/global", ["ask", "ask", "deny"]),
    ("XDG_STATE_HOME", "/data/state", "/data/state/nix/profile", ["allow", "ask", "deny"]),
    ("XDG_CONFIG_DIRS", "/data/one:/data/two", "/data/two/autostart/a.desktop", ["allow", "ask", "deny"]),
    ("XDG_DATA_DIRS", "/usr/share:/data/two", "/data/two/systemd/user/a", ["allow", "ask", "deny"]),
    ("ZDOTDIR", "/home/me/zsh", "/home/me/zsh/functions/a", ["ask", "ask", "deny"]),
    ("ZDOTDIR", "$HOME/zsh", "/home/me/zsh/.zshrc", ["ask", "ask", "deny"]),
    ("ZDOTDIR", "${XDG_CONFIG_HOME}/z", "/data/conf/z/a", ["ask", "ask", "deny"]),
    ("BASH_ENV", "~/env.sh", "/home/me/env.sh", ["ask", "ask", "deny"]),
    ("ENV", "$HOME/shrc", "/home/me/shrc", ["ask", "ask", "deny"]),
    ("INPUTRC", "/home/me/inputs", "/home/me/inputs", ["ask", "ask", "deny"]),
    ("GNUPGHOME", "/data/gpg/", "/data/gpg/private-keys-v1.d/a.key", ["ask", "ask", "deny"]),
    ("PASSWORD_STORE_DIR", "/data/pass", "/data/pass/a.gpg", ["ask", "ask", "deny"]),
    ("KUBECONFIG", "/data/a:/data/b", "/data/b", ["ask", "ask", "deny"]),
    ("CARGO_HOME", "/data/cargo", "/data/cargo/config.toml", ["allow", "ask", "deny"]),
    ("CARGO_HOME", "/data/cargo", "/data/cargo/bin/cargo-x", ["allow", "ask", "deny"]),
    ("CARGO_HOME", "/data/cargo", "/data/cargo/credentials.toml", ["ask", "ask", "deny"]),
    ("GIT_CONFIG_GLOBAL", "/data/gitrc", "/data/gitrc", ["ask", "ask", "deny"]),
    ("GIT_TEMPLATE_DIR", "/data/template", "/data/template/hooks/pre-commit", ["allow", "ask", "deny"]),
    ("PATH", "/usr/bin:/home/me/tools/bin", "/home/me/tools/bin/git", ["allow", "ask", "deny"]),
    ("PATH", "/usr/bin:/tmp/tools/bin", "/tmp/tools/bin/git", ["allow", "ask", "deny"]),
    ("GOPATH", "/data/gopath", "/data/gopath/bin/a", ["allow", "ask", "deny"]),
    ("PYTHONPATH", "/data/lib/python", "/data/lib/python/a.py", ["allow", "ask", "ask"]),
    ("LD_LIBRARY_PATH", "/data/lib/so:", "/data/lib/so/a.so", ["allow", "ask", "ask"]),
];

#[test]
fn what_a_variable_moves_is_guarded_there() {
    for (variable, value, path, expected) in MOVED {
        let policy = lax(around(&set(variable, value)));
        let base = if variable.ends_with("_DIRS") || matches!(*variable, "PATH" | "KUBECONFIG") { ":" } else { "\n" };
        let place = value.rsplit(base).next().unwrap_or_default().trim_matches([':', '/']);
        let place =
            place.replace('~', "home/me").replace("${XDG_CONFIG_HOME}", "data/conf").replace("$HOME", "home/me");
        let above = format!("/{}", place.rsplit_once('/').map_or("", |(above, _)| above));
        let found = [read(path), write(path), in_folder(&above)].map(|action| decided(&policy, &action));
        assert_eq!(found, *expected, "{variable}={value}: {path}, {above}");
        // Without the variable nothing is known of it.
        let free = lax(around(&Surroundings::default()));
        assert_eq!(decided(&free, &read(path)), "allow", "{path}");
        assert!(path.ends_with(".zshrc") || decided(&free, &write(path)) == "allow", "{path}");
    }
}

#[test]
fn what_stands_by_default_stays_guarded_beside_what_is_moved() {
    let policy = lax(around(&set("CARGO_HOME", "/data/cargo")));
    for path in
        [".config/systemd/user/a", ".cargo/config.toml", ".cargo/bin/a", ".local/bin/a", ".config/nvim/init.lua"]
    {
        assert_eq!(decided(&policy, &write(&format!("/home/me/{path}"))), "ask", "{path}");
    }
}

#[test]
fn a_value_that_names_all_of_home_or_nothing_guards_nothing_more() {
    for (variable, value) in [
        ("PATH", "/home/me:/usr/bin"),
        ("PATH", "/:/home"),
        ("PATH", ".:bin::"),
        ("ZDOTDIR", "/home/me"),
        ("ENV", "$NOTHING"),
    ] {
        let policy = lax(around(&set(variable, value)));
        assert_eq!(decided(&policy, &write("/home/me/notes/a")), "allow", "{variable}={value}");
        assert_eq!(decided(&policy, &in_folder("/home/me/project")), "allow", "{variable}={value}");
    }
}

#[test]
fn what_git_runs_is_guarded_where_its_settings_have_it() {
    let hooks = ["/home/me/hooks/", "tools/git"].map(str::to_owned).into();
    let policy =
        lax(around(&Surroundings { hooks, settings: vec!["/home/me/more.conf".into()], variables: Vec::new() }));
    for (path, expected) in [
        ("/home/me/hooks/pre-commit", "ask"),
        ("/home/me/project/tools/git/pre-commit", "ask"),
        ("/home/me/project/.husky/pre-commit", "ask"),
        ("/home/me/project/.githooks/pre-commit", "ask"),
        ("/home/me/more.conf", "ask"),
        ("/home/me/project/tools/github", "allow"),
        ("/home/me/hooks2/a", "allow"),
    ] {
        assert_eq!(decided(&policy, &write(path)), expected, "{path}");
    }
    assert_eq!(decided(&policy, &read("/home/me/more.conf")), "ask");
}

#[test]
fn what_is_found_near_one_thing_is_guarded_for_changing_it() {
    let nearby = [Nearby { path: "/home/me/it/tools/hooks".into(), what: "what git runs" }];
    let policy = lax(around(&Surroundings::default()));
    let knowing = policy.knowing(&nearby);
    for (path, expected) in [
        ("/home/me/it/tools/hooks/pre-commit", "ask"),
        ("/home/me/it/tools/hooks", "ask"),
        ("/home/me/it/tools/hooks2", "allow"),
        ("/home/me/it/a", "allow"),
    ] {
        assert_eq!(decided(&knowing, &write(path)), expected, "{path}");
        assert_eq!(decided(&policy, &write(path)), "allow", "nothing of it stays: {path}");
    }
    assert_eq!(decided(&knowing, &read("/home/me/it/tools/hooks/pre-commit")), "allow");
    for folder in ["/home/me/it", "/home/me/it/tools/hooks"] {
        assert_eq!(decided(&knowing, &in_folder(folder)), "allow", "the sandbox holds it: {folder}");
    }
    let denied = Policy { deny: vec![rule("files_write")], ..policy.clone() };
    assert_eq!(decided(&denied.knowing(&nearby), &write("/home/me/it/tools/hooks/a")), "deny");
}

#[test]
fn of_a_variable_with_more_than_one_value_each_is_guarded() {
    let variables = ["/home/me/zsh", "/srv/zsh"].map(|value| ("ZDOTDIR".to_owned(), value.to_owned())).into();
    let policy = lax(around(&Surroundings { variables, ..Surroundings::default() }));
    for path in ["/home/me/zsh/functions/a", "/srv/zsh/functions/a"] {
        assert_eq!(decided(&policy, &write(path)), "ask", "{path}");
    }
}

#[test]
fn where_links_lead_is_guarded_as_well() {
    let links = [
        ("/home/me/.ssh", "/data/keys"),
        ("/home/me/.bashrc", "/home/me/dots/rc"),
        ("/home/me/.config/systemd", "/home/me/dots/systemd"),
        ("/home/me/.vim", "/home/me"),
    ];
    let real = |path: &str| {
        let link = links.iter().find(|(link, _)| is_within(path, link));
        Some(link.map_or_else(|| path.to_owned(), |(link, to)| path.replacen(link, to, 1)))
    };
    let policy = lax(places().with_links(real));
    for (path, expected) in [
        ("/data/keys/id_ed25519", ["ask", "ask"]),
        ("/home/me/dots/rc", ["ask", "ask"]),
        ("/home/me/dots/systemd/user/a.service", ["ask", "ask"]),
        ("/home/me/.ssh/id_ed25519", ["ask", "ask"]),
        ("/home/me/dots/other", ["allow", "allow"]),
    ] {
        assert_eq!([read(path), write(path)].map(|action| decided(&policy, &action)), expected, "{path}");
    }
    assert_eq!(decided(&policy, &in_folder("/home/me/dots")), "deny", "a command could write what a shell reads");
    assert_eq!(decided(&policy, &in_folder("/data/keys")), "deny");
}

#[test]
fn start_up_files_are_asked_about_in_any_folder_and_may_be_read() {
    let policy = lax(places());
    for name in [".bashrc", ".zshenv", ".gitconfig", ".profile", ".xprofile", ".cargo/config.toml", ".direnvrc"] {
        let path = format!("/home/me/dots/{name}");
        assert_eq!(decided(&policy, &write(&path)), "ask", "{name}");
        assert_eq!(decided(&policy, &read(&path)), "allow", "{name}");
    }
}
