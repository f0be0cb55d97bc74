//! What leaves the sandbox or opens in the user's programs: commands outside it, and files.

use super::*;

fn outside(line: &str) -> Action {
    Action::Deed(Deed::RunOutside { words: shlex::split(line).unwrap(), folder: "/home/me/project".into() })
}

#[test]
fn outside_the_sandbox_only_what_is_let_is_asked_about_and_nothing_is_automatic() {
    let everything = Policy {
        mode: Mode::Auto,
        auto: vec!["shell".into(), Deed::OUTSIDE.into()],
        allow: vec![rule("*"), rule(Deed::OUTSIDE), Rule { network: true, ..rule(Deed::OUTSIDE) }],
        ..policy()
    };
    let Verdict::Deny(why) = decide(&everything, &outside("git push"), NOW) else { panic!() };
    assert!(why.contains(r#"unsandboxed = [{ words = ["git", "push"], whole = true }]"#), "{why}");
    let git = Outside { words: vec!["git".into(), "push".into()], whole: false };
    let policy = Policy { outside: vec![git], ..everything };
    for (line, expected) in [
        ("git push", "ask"),
        ("git push --force", "ask"),
        ("git pull", "deny"),
        ("sh -c 'git push'", "deny"),
        ("env git push", "deny"),
        ("./git push", "deny"),
    ] {
        assert_eq!(decided(&policy, &outside(line)), expected, "{line}");
    }
    let Verdict::Ask { warnings, can_stay: false } = decide(&policy, &outside("git push"), NOW) else { panic!() };
    assert!(warnings[0].contains("outside the sandbox"), "{warnings:?}");
    assert_eq!(Rule::of(&outside("git push")), None);
    let remembered = vec![kept(Rule { words: vec!["git".into()], ..rule(Deed::OUTSIDE) }, 2_000)];
    assert_eq!(decided(&Policy { remembered, ..policy.clone() }, &outside("git push")), "ask");
    assert_eq!(decided(&Policy { mode: Mode::ReadOnly, ..policy.clone() }, &outside("git push")), "deny");
    // What is against a command is so outside the sandbox too.
    for against in ["shell", "*", Deed::OUTSIDE] {
        let deny = vec![Rule { words: vec!["git".into()], ..rule(against) }];
        assert_eq!(decided(&Policy { deny, ..policy.clone() }, &outside("git push")), "deny", "{against}");
    }
    let deny = vec![Rule { words: vec!["rm".into()], ..rule("shell") }];
    let Verdict::Ask { warnings, .. } = decide(&Policy { deny, ..policy.clone() }, &outside("git push rm"), NOW) else {
        panic!()
    };
    assert!(warnings.iter().any(|warning| warning.contains("Among its words")), "{warnings:?}");
    assert_eq!(
        decided(&Policy { deny: vec![Rule { network: true, ..rule("*") }], ..policy.clone() }, &outside("git push")),
        "deny"
    );
    let at_home = Deed::RunOutside { words: vec!["git".into(), "push".into()], folder: "/home/me".into() };
    assert_eq!(decided(&policy, &Action::Deed(at_home)), "deny", "the folder holds what is protected");
}

#[test]
fn a_rule_for_addresses_opens_no_file_and_pages_are_always_asked_about() {
    let opened = |path: &str, kind: &str| Action::Deed(Deed::OpenFile { path: path.into(), kind: kind.into() });
    let pdf = opened("/home/me/notes/a.pdf", "application/pdf");
    assert_eq!(decided(&policy(), &pdf), "ask");
    let policy = Policy { mode: Mode::Auto, auto: vec!["open".into()], allow: vec![rule("open")], ..policy() };
    assert_eq!(decided(&policy, &Action::OpenUrl { url: "https://nixos.org/".into() }), "allow");
    assert_eq!(decided(&policy, &pdf), "ask");
    let mut policy = Policy { remembered: vec![kept(Rule::of(&pdf).unwrap(), 2_000)], ..policy };
    assert_eq!(decided(&policy, &pdf), "allow");
    assert_eq!(decided(&policy, &opened("/home/me/notes/b.pdf", "application/pdf")), "ask");
    policy.allow = vec![rule("*")];
    for (path, kind, expected) in [
        ("/home/me/notes/b.pdf", "application/pdf", "allow"),
        ("/home/me/notes/b.html", "text/html", "ask"),
        ("/home/me/notes/b.svg", "image/svg+xml", "ask"),
        ("/home/me/.ssh/config", "text/plain", "ask"),
        ("/home/me/.config/nerva/config.toml", "application/toml", "deny"),
    ] {
        assert_eq!(decided(&policy, &opened(path, kind)), expected, "{path}");
    }
}
