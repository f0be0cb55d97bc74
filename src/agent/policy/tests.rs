//! The order of precedence as a table, and what must hold whatever the rules say.

mod divided;
mod lines;
mod moved;
mod outside;
mod reach;
mod tricks;

use proptest::prelude::*;

use super::*;
use crate::model::{Bus, BusCall, PluginCall, PowerVerb, UnitVerb};

const NOW: Timestamp = Timestamp(1_000);

fn places() -> Places {
    around(&Surroundings::default())
}

fn around(around: &Surroundings) -> Places {
    let own = ["/home/me/.config/nerva", "/home/me/.local/share/nerva", "/home/me/.local/state/nerva"];
    Places::new("/home/me".into(), own.map(str::to_owned).into(), around)
}

fn policy() -> Policy {
    Policy { places: places(), ..Policy::default() }
}

fn rule(tool: &str) -> Rule {
    Rule { tool: tool.into(), ..Rule::default() }
}

fn write(path: &str) -> Action {
    Action::FilesWrite { path: path.into(), content: "x".into(), before: None }
}

fn shell(line: &str) -> Action {
    Action::Shell { words: shlex::split(line).unwrap(), folder: "/home/me/project".into(), network: false }
}

fn word(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Allow(_) => "allow",
        Verdict::Ask { .. } => "ask",
        Verdict::Deny(_) => "deny",
    }
}

fn decided(policy: &Policy, action: &Action) -> &'static str {
    word(&decide(policy, action, NOW))
}

fn kept(rule: Rule, until: i64) -> Remembered {
    Remembered { id: 1, rule, since: Timestamp(0), until: Timestamp(until) }
}

#[test]
fn by_itself_looking_is_allowed_and_everything_else_asked_about() {
    let policy = policy();
    for (action, expected) in [
        (Action::FilesRead { path: "/home/me/notes/a.md".into() }, "allow"),
        (Action::WindowsList, "allow"),
        (Action::ClipboardRead, "ask"),
        (write("/home/me/notes/a.md"), "ask"),
        (shell("ls"), "ask"),
        (Action::OpenUrl { url: "https://nixos.org/".into() }, "ask"),
    ] {
        assert_eq!(decided(&policy, &action), expected, "{action:?}");
    }
}

#[test]
fn deny_goes_before_ask_and_ask_before_allow_in_every_mode() {
    let action = shell("git push");
    for mode in [Mode::Ask, Mode::Auto] {
        let mut policy = Policy { mode, auto: vec!["shell".into()], allow: vec![rule("*")], ..policy() };
        policy.remembered = vec![kept(Rule::of(&action).unwrap(), 2_000)];
        assert_eq!(decided(&policy, &action), "allow");
        policy.ask = vec![Rule { words: vec!["git".into(), "push".into()], ..rule("shell") }];
        assert_eq!(decided(&policy, &action), "ask");
        policy.deny = vec![Rule { words: vec!["git".into()], ..rule("*") }];
        assert_eq!(decided(&policy, &action), "deny");
    }
    let policy = Policy { mode: Mode::ReadOnly, allow: vec![rule("*")], ..policy() };
    assert_eq!(decided(&policy, &action), "deny");
    assert_eq!(decided(&policy, &Action::WindowsList), "allow");
}

#[test]
fn a_deny_rule_finds_the_command_within_another() {
    let policy = Policy {
        deny: vec![Rule { words: vec!["rm".into()], ..rule("shell") }],
        allow: vec![rule("shell")],
        ..policy()
    };
    for line in ["rm x", "/usr/bin/rm x", "sh -c 'ls && rm x'", "env -i rm x", "find . -exec rm {} +", "timeout 3 rm x"]
    {
        assert_eq!(decided(&policy, &shell(line)), "deny", "{line}");
    }
    assert_eq!(decided(&policy, &shell("ls rm")), "ask", "it may be a name of a file, or be run");
    assert_eq!(decided(&policy, &shell("ls form")), "allow");
    let asks = Policy { ask: policy.deny.clone(), deny: Vec::new(), ..policy.clone() };
    assert_eq!(decided(&asks, &shell("ls rm")), "ask");
    assert_eq!(decided(&policy, &shell("sh -c '$X'")), "ask", "what can't be told is asked about");
}

fn call(bus: Bus, name: &str, member: &str) -> Action {
    Action::Deed(Deed::BusCall(BusCall {
        bus,
        name: name.into(),
        path: "/a".into(),
        interface: name.into(),
        member: member.into(),
        signature: String::new(),
        arguments: "[]".into(),
    }))
}

#[test]
fn only_calls_on_the_list_can_be_made_and_they_are_asked_about() {
    let pattern: BusPattern = toml::from_str("name = \"org.a.*\"\nmember = \"Get*\"").unwrap();
    let policy = Policy { bus: vec![pattern], mode: Mode::Auto, auto: vec!["dbus_call".into()], ..policy() };
    let asking = Policy { mode: Mode::Ask, ..policy.clone() };
    assert_eq!(decided(&asking, &call(Bus::Session, "org.a.b", "GetAll")), "ask");
    assert_eq!(decided(&policy, &call(Bus::Session, "org.a.b", "GetAll")), "allow");
    for refused in [
        call(Bus::System, "org.a.b", "GetAll"),
        call(Bus::Session, "org.b.a", "GetAll"),
        call(Bus::Session, "org.a.b", "Set"),
    ] {
        let Verdict::Deny(why) = decide(&policy, &refused, NOW) else { panic!("{refused:?}") };
        let line = why.split('`').nth(1).unwrap();
        let named: std::collections::BTreeMap<String, Vec<BusPattern>> = toml::from_str(line).unwrap();
        let policy = Policy { bus: named["dbus"].clone(), ..asking.clone() };
        assert_eq!(decided(&policy, &refused), "ask", "the line that is told lets it be made: {line}");
    }
    let all = vec![toml::from_str("name = \"*\"").unwrap()];
    let all = Policy { bus: all, ..policy };
    assert_eq!(decided(&all, &call(Bus::Session, "org.nerva.Nerva", "Call")), "deny");
    // The object answers to the connection's number and to any name that it has beside.
    for (name, interface) in [("org.nerva.Nerva", "org.a.b"), ("org.a.b", "org.nerva.Nerva1")] {
        let Action::Deed(Deed::BusCall(one)) = call(Bus::Session, name, "Call") else { unreachable!() };
        let own = Action::Deed(Deed::BusCall(BusCall { interface: interface.into(), ..one }));
        assert_eq!(decided(&all, &own), "deny", "{name} {interface}");
    }
}

#[test]
fn what_is_grave_is_asked_about_whatever_the_rules_say() {
    let tools = ["power", "system_unit", "nix_run", "plugin_x"].map(str::to_owned);
    let policy = Policy { mode: Mode::Auto, auto: tools.into(), allow: vec![rule("*")], ..policy() };
    let plugin = |sandboxed| {
        let (tool, program, digest) = ("plugin_x".into(), "/p/run".into(), crate::model::Digest::of(b"x"));
        let arguments = "{}".into();
        Action::Deed(Deed::Plugin(PluginCall {
            tool,
            program,
            digest,
            arguments,
            risk: Risk::Look,
            sandboxed,
            network: false,
        }))
    };
    for grave in [
        Action::Deed(Deed::Power { verb: PowerVerb::Reboot }),
        Action::Deed(Deed::SystemUnit { verb: UnitVerb::Restart, unit: "a.service".into() }),
        Action::Deed(Deed::NixRun {
            package: "jq".into(),
            words: vec!["jq".into()],
            folder: "/home/me/project".into(),
        }),
        plugin(false),
    ] {
        let Verdict::Ask { can_stay, .. } = decide(&policy, &grave, NOW) else { panic!("{grave:?}") };
        assert!(!can_stay);
    }
    assert_eq!(decided(&policy, &plugin(true)), "allow");
    let edit = |path: &str| {
        Action::Deed(Deed::FilesEdit { path: path.into(), old: "a".into(), new: "b".into(), before: None })
    };
    assert_eq!(decided(&policy, &edit("/home/me/notes/a.md")), "allow");
    assert_eq!(decided(&policy, &edit("/home/me/.bashrc")), "ask");
    assert_eq!(decided(&policy, &edit("/home/me/.config/nerva/config.toml")), "deny");
}

#[test]
fn a_rule_allows_what_fits_it_and_nothing_else() {
    let one = |rule: Rule| Policy { allow: vec![rule], ..policy() };
    let words = |line: &str| Rule { words: shlex::split(line).unwrap(), ..rule("shell") };
    let folder = Rule { path: "/home/me/p".into(), ..rule("files_write") };
    for (rule, action, expected) in [
        (rule("notify"), write("/home/me/p/a"), "ask"),
        (rule("files_write"), write("/home/me/p/a"), "allow"),
        (folder.clone(), write("/home/me/p/a"), "allow"),
        (folder.clone(), write("/home/me/pp/a"), "ask"),
        (folder, shell("ls"), "ask"),
        (words("cargo test"), shell("cargo test --locked"), "allow"),
        (words("cargo test"), shell("cargo build"), "ask"),
        (words("cargo test"), shell("xcargo cargo test"), "ask"),
        (Rule { path: "/home/me/p".into(), ..rule("*") }, Action::ClipboardRead, "ask"),
    ] {
        assert_eq!(decided(&one(rule.clone()), &action), expected, "{rule:?} {action:?}");
    }
    let auto = Policy { mode: Mode::Auto, auto: vec!["files_write".into()], ..policy() };
    assert_eq!(decided(&auto, &write("/home/me/p/a")), "allow");
    assert_eq!(decided(&auto, &shell("ls")), "ask", "it is not on the list");
}

#[test]
fn what_is_remembered_is_narrow_and_ends() {
    let mut policy = policy();
    policy.remembered = vec![kept(Rule::of(&shell("cargo test")).unwrap(), 2_000)];
    assert_eq!(decided(&policy, &shell("cargo test")), "allow");
    assert_eq!(decided(&policy, &shell("cargo test x")), "ask");
    let elsewhere = Action::Shell {
        words: vec!["cargo".into(), "test".into()],
        folder: "/home/me/project/sub".into(),
        network: false,
    };
    assert_eq!(decided(&policy, &elsewhere), "ask");
    assert_eq!(word(&decide(&policy, &shell("cargo test"), Timestamp(2_000))), "ask", "it has ended");
    assert_eq!(word(&decide(&policy, &shell("cargo test"), Timestamp(-1))), "ask", "the clock went back");
    let url = |url: &str| Action::OpenUrl { url: url.into() };
    policy.remembered = vec![kept(Rule::of(&url("https://a.example/x")).unwrap(), 2_000)];
    assert_eq!(decided(&policy, &url("https://a.example/y")), "allow");
    for other in ["http://a.example/", "https://a.example.evil/", "https://a.example@evil/", "https://b/a.example/"] {
        assert_eq!(decided(&policy, &url(other)), "ask", "{other}");
    }
}

#[test]
fn protected_places_are_asked_about_and_what_is_nervas_own_is_denied() {
    let policy = Policy {
        mode: Mode::Auto,
        auto: vec!["files_write".into(), "shell".into()],
        allow: vec![rule("*")],
        ..policy()
    };
    for (path, expected) in [
        ("/home/me/notes/a.md", "allow"),
        ("/home/me/.ssh/authorized_keys", "ask"),
        ("/home/me/.sshx", "allow"),
        ("/home/me/.bashrc", "ask"),
        ("/home/me/.config/autostart/x.desktop", "ask"),
        ("/home/me/.config/systemd/user/x.service", "ask"),
        ("/home/me/project/.git/hooks/pre-commit", "ask"),
        ("/home/me/project/.GIT/hooks/pre-commit", "ask"),
        ("/home/me/dots/flake.nix", "ask"),
        ("/etc/nixos/configuration.nix", "ask"),
        ("/etc/passwd", "ask"),
        ("/tmp/x", "allow"),
        ("/home/me/.config/nerva/config.toml", "deny"),
        ("/home/me/.local/state/nerva/rules.json", "deny"),
        ("/home/me/.local/share/nerva/audit/log.jsonl", "deny"),
        ("/home/me/.config/nervax", "allow"),
    ] {
        assert_eq!(decided(&policy, &write(path)), expected, "{path}");
    }
    for (folder, expected) in [
        ("/home/me/project", "allow"),
        ("/home/me", "deny"),
        ("/home", "deny"),
        ("/", "deny"),
        ("/home/me/.config", "deny"),
        ("/home/me/.ssh", "deny"),
        ("/home/me/.local/state/nerva", "deny"),
    ] {
        let action = Action::Shell { words: vec!["ls".into()], folder: folder.into(), network: false };
        assert_eq!(decided(&policy, &action), expected, "{folder}");
    }
}

#[test]
fn files_with_secrets_are_not_read_by_themselves() {
    for path in [
        ".git-credentials",
        ".config/gh/hosts.yml",
        ".config/glab-cli/config.yml",
        ".npmrc",
        ".yarnrc.yml",
        ".pypirc",
        ".cargo/credentials.toml",
        ".cargo/credentials",
        ".gem/credentials",
        ".m2/settings.xml",
        ".gradle/gradle.properties",
        ".config/rclone/rclone.conf",
        ".config/containers/auth.json",
        ".terraform.d/credentials.tfrc.json",
        ".config/sops/age/keys.txt",
        ".vault-token",
        ".pgpass",
        ".my.cnf",
        ".msmtprc",
        ".mbsyncrc",
        ".thunderbird/x.default/logins.json",
        ".librewolf/x/key4.db",
        ".config/mozilla/firefox/x/key4.db",
        ".config/BraveSoftware/Brave-Browser/Default/Cookies",
        ".config/microsoft-edge/Default/Cookies",
        ".config/vivaldi/Default/Cookies",
        ".config/opera/Cookies",
        ".config/google-chrome-beta/Default/Cookies",
        ".var/app/org.mozilla.firefox/x",
        "snap/firefox/common/x",
        ".config/Signal/config.json",
        ".config/Bitwarden/data.json",
        ".config/1Password/x",
        ".config/keepassxc/keepassxc.ini",
        ".local/share/evolution/x",
    ] {
        let action = Action::FilesRead { path: format!("/home/me/{path}") };
        assert_eq!(decided(&policy(), &action), "ask", "{path}");
    }
    for path in [".config/ghostty/config", ".npmrcx", ".cargo/config.toml", ".config/rclone2", "git-credentials"] {
        let action = Action::FilesRead { path: format!("/home/me/{path}") };
        assert_eq!(decided(&policy(), &action), "allow", "{path}");
    }
}

#[test]
fn units_that_end_the_session_are_asked_about_whatever_the_rules_say() {
    let policy = Policy {
        mode: Mode::Auto,
        auto: ["unit_start", "unit_stop", "unit_restart"].map(str::to_owned).into(),
        allow: vec![rule("*")],
        ..policy()
    };
    use UnitVerb::{Restart, Start, Stop};
    for (verb, unit, expected) in [
        (Start, "exit.target", "ask"),
        (Start, "poweroff.target", "ask"),
        (Start, "shutdown.target", "ask"),
        (Start, "systemd-exit.service", "ask"),
        (Stop, "graphical-session.target", "ask"),
        (Stop, "default.target", "ask"),
        (Restart, "session.slice", "ask"),
        (Stop, "app-firefox-1.scope", "ask"),
        (Restart, "dbus.service", "ask"),
        (Restart, "dbus-broker.service", "ask"),
        (Stop, "dbus.socket", "ask"),
        (Stop, "nervad.service", "ask"),
        (Stop, "niri.service", "ask"),
        (Restart, "plasma-kwin_wayland.service", "ask"),
        (Stop, "org.gnome.Shell@wayland.service", "ask"),
        (Stop, "wayland-wm@hyprland.desktop.service", "ask"),
        (Start, "shop.service", "allow"),
        (Restart, "waybar.service", "allow"),
        (Stop, "backup.timer", "allow"),
    ] {
        assert_eq!(decided(&policy, &Action::UnitControl { verb, unit: unit.into() }), expected, "{unit}");
    }
}

#[test]
fn what_hides_is_never_automatic() {
    let policy = Policy { allow: vec![rule("*")], ..policy() };
    for line in ["rm a\u{202e}b", "rm a\u{200b}", "rm \u{e0041}", "rm a\u{7}"] {
        assert_eq!(decided(&policy, &shell(line)), "ask", "{line:?}");
    }
    let Verdict::Ask { can_stay, warnings } = decide(&policy, &shell("rm \u{202e}"), NOW) else { panic!() };
    assert!(!can_stay && warnings.len() == 1, "{warnings:?}");
}

#[test]
fn stars_stand_for_anything() {
    for (pattern, name, expected) in [
        ("a*", "abc", true),
        ("*.service", "x.service", true),
        ("*.service", "x.service.d", false),
        ("a", "ab", false),
        ("*", "", true),
        ("a*c*", "abc", true),
    ] {
        assert_eq!(matches(pattern, name), expected, "{pattern} {name}");
    }
}

fn any_rule() -> impl Strategy<Value = Rule> {
    let tool = prop_oneof![Just("*"), Just("shell"), Just(Deed::OUTSIDE), Just("files_write"), Just("unit_restart")];
    let words = prop::collection::vec(prop_oneof![Just("rm"), Just("sh"), Just("-c"), Just("ls")], 0..3);
    let path = prop_oneof![Just(""), Just("/"), Just("/home/me"), Just("/home/me/.ssh"), Just("/home/me/project")];
    (tool, words, any::<bool>(), path).prop_map(|(tool, words, whole, path)| Rule {
        tool: tool.into(),
        words: words.into_iter().map(str::to_owned).collect(),
        whole,
        path: path.into(),
        ..Rule::default()
    })
}

fn any_action() -> impl Strategy<Value = Action> {
    let path = prop_oneof![
        Just("/home/me/.ssh/id".to_owned()),
        Just("/home/me/.bashrc".to_owned()),
        Just("/etc/nixos/a.nix".to_owned()),
        Just("/home/me/.config/nerva/config.toml".to_owned()),
        Just("/home/me/project/a".to_owned()),
        "/[a-z./]{0,20}",
    ];
    let text =
        prop_oneof!["\\PC{0,12}", Just("\u{202e}".to_owned()), Just("allow everything; agent.mode = auto".to_owned())];
    prop_oneof![
        (path, text.clone()).prop_map(|(path, content)| Action::FilesWrite { path, content, before: None }),
        (prop::collection::vec(
            prop_oneof![Just("rm".to_owned()), Just("sh".to_owned()), Just("-c".to_owned()), text.clone()],
            0..4
        ))
        .prop_flat_map(|words| {
            let folder = "/home/me/project".to_owned();
            let outside = Action::Deed(Deed::RunOutside { words: words.clone(), folder: folder.clone() });
            prop_oneof![Just(Action::Shell { words, folder, network: false }), Just(outside)]
        }),
        text.prop_map(|unit| Action::UnitControl { verb: UnitVerb::Restart, unit }),
    ]
}

fn any_policy() -> impl Strategy<Value = Policy> {
    let rules = || prop::collection::vec(any_rule(), 0..4);
    let mode = prop_oneof![Just(Mode::Ask), Just(Mode::ReadOnly), Just(Mode::Auto)];
    let auto = prop_oneof![Just("shell"), Just(Deed::OUTSIDE), Just("files_write")].prop_map(str::to_owned);
    let auto = prop::collection::vec(auto, 0..3);
    (mode, auto, rules(), rules(), rules(), rules()).prop_map(|(mode, auto, deny, ask, allow, remembered)| Policy {
        mode,
        auto,
        deny,
        ask,
        allow,
        remembered: remembered.into_iter().map(|rule| kept(rule, 2_000)).collect(),
        bus: Vec::new(),
        outside: vec![Outside { words: vec!["rm".into()], whole: false }],
        places: places(),
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_protected_denied_or_hidden_ever_runs_by_itself(policy in any_policy(), action in any_action()) {
        let verdict = decide(&policy, &action, NOW);
        let allowed = matches!(verdict, Verdict::Allow(_));
        if policy.places.protection(&action).is_some() || hides(&action) {
            prop_assert!(!allowed, "{verdict:?}");
        }
        if let Action::Deed(Deed::RunOutside { words, .. }) = &action {
            prop_assert!(!allowed, "{verdict:?}");
            let denied = matches!(verdict, Verdict::Deny(_));
            prop_assert!(denied || words.first().is_some_and(|word| word == "rm"), "{verdict:?}");
        }
        if policy.deny.iter().any(|rule| fits(rule, &action)) {
            prop_assert!(matches!(verdict, Verdict::Deny(_)), "{verdict:?}");
        }
        if policy.ask.iter().any(|rule| fits(rule, &action)) || policy.mode == Mode::ReadOnly {
            prop_assert!(!allowed, "{verdict:?}");
        }
        // Without a rule, a mode or a card that says so, what changes something does not run.
        if policy.allow.is_empty() && policy.remembered.is_empty() && policy.mode == Mode::Ask {
            prop_assert!(!allowed, "{verdict:?}");
        }
    }

    /// Adding to deny or ask never allows more; taking from allow never does.
    #[test]
    fn stricter_rules_are_stricter(policy in any_policy(), extra in any_rule(), action in any_action()) {
        let before = matches!(decide(&policy, &action, NOW), Verdict::Allow(_));
        let mut stricter = policy.clone();
        stricter.deny.push(extra.clone());
        prop_assert!(before || !matches!(decide(&stricter, &action, NOW), Verdict::Allow(_)));
        let mut stricter = policy.clone();
        stricter.ask.push(extra);
        prop_assert!(before || !matches!(decide(&stricter, &action, NOW), Verdict::Allow(_)));
        let mut stricter = policy;
        stricter.allow.clear();
        prop_assert!(before || !matches!(decide(&stricter, &action, NOW), Verdict::Allow(_)));
    }
}
