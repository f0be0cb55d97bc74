//! What reaches beyond: commands with the network, and names on the buses.

use super::*;

fn asking(line: &str, network: bool) -> Action {
    Action::Shell { words: shlex::split(line).unwrap(), folder: "/home/me/project".into(), network }
}

#[test]
fn no_rule_that_does_not_say_network_covers_it() {
    let old: Vec<Rule> = ["{\"tool\":\"*\"}", "{\"tool\":\"shell\"}", "{\"tool\":\"shell\",\"words\":[\"ls\"]}"]
        .map(|json| serde_json::from_str(json).unwrap())
        .into();
    let always = Rule::of(&asking("ls", false)).unwrap();
    let remembered = old.iter().chain([&always]).map(|rule| kept(rule.clone(), 2_000)).collect();
    for policy in [
        Policy { allow: old.clone(), ..policy() },
        Policy { remembered, ..policy() },
        Policy { mode: Mode::Auto, auto: vec!["shell".into()], ..policy() },
    ] {
        assert_eq!(decided(&policy, &asking("ls", false)), "allow");
        let Verdict::Ask { warnings, can_stay } = decide(&policy, &asking("ls", true), NOW) else {
            panic!("{policy:?}")
        };
        assert!(warnings[0].starts_with("With network") && can_stay, "{warnings:?}");
    }
    let with = |rule| Policy { allow: vec![Rule { network: true, ..rule }], ..policy() };
    assert_eq!(decided(&with(rule("shell")), &asking("ls", true)), "allow");
    assert_eq!(decided(&with(rule("shell")), &asking("ls", false)), "ask", "all that is set has to fit");
    let always = Policy { remembered: vec![kept(Rule::of(&asking("ls", true)).unwrap(), 2_000)], ..policy() };
    for (line, network, expected) in [("ls", true, "allow"), ("ls", false, "ask"), ("ls -l", true, "ask")] {
        assert_eq!(decided(&always, &asking(line, network)), expected, "{line} {network}");
    }
}

#[test]
fn rules_against_it_count_with_the_network_too_and_may_be_for_it_only() {
    let against = |rule: Rule| Policy { deny: vec![rule], allow: vec![rule_with_network()], ..policy() };
    let words = Rule { words: vec!["ls".into()], ..rule("shell") };
    assert_eq!(decided(&against(words), &asking("ls", true)), "deny");
    let network = Rule { network: true, ..rule("*") };
    assert_eq!(decided(&against(network.clone()), &asking("ls", true)), "deny");
    assert_eq!(decided(&against(network.clone()), &asking("sh -c ls", true)), "deny");
    assert_eq!(decided(&against(network), &asking("ls", false)), "ask");
    let unclear = Policy { allow: vec![rule_with_network()], ..policy() };
    let Verdict::Ask { warnings, can_stay } = decide(&unclear, &asking("python3 x", true), NOW) else { panic!() };
    assert!(!can_stay && warnings.len() == 2, "{warnings:?}");
}

fn rule_with_network() -> Rule {
    Rule { network: true, ..rule("shell") }
}

fn look(bus: Bus, name: &str) -> Action {
    Action::Deed(Deed::BusIntrospect { bus, name: name.into(), path: "/".into() })
}

fn open() -> Policy {
    let anything = ["name = \"*\"", "name = \"*\"\nbus = \"system\""].map(|line| toml::from_str(line).unwrap());
    Policy { bus: anything.into(), ..policy() }
}

fn on(tool: &str, bus: &str) -> Rule {
    Rule { bus: bus.into(), ..rule(tool) }
}

#[test]
fn rules_about_names_on_a_bus_fit_those_names_and_nothing_else() {
    use Bus::{Session, System};
    for (rule, action, fits) in [
        (on("dbus_call", "org.a.b"), call(Session, "org.a.b", "Do"), true),
        (on("*", "org.a.*"), call(System, "org.a.b", "Do"), true),
        (on("*", "org.a.*"), look(Session, "org.a.b"), true),
        (on("*", "session:org.a.b"), call(System, "org.a.b", "Do"), false),
        (on("*", "org.a"), call(Session, "org.a.b", "Do"), false),
        (on("dbus_introspect", "org.a.b"), call(Session, "org.a.b", "Do"), false),
        (on("*", "org.a.b"), call(Session, ":1.5", "Do"), false),
        (on("*", "org.a.b"), look(Session, ":1.5"), false),
        (on("*", "org.a.b"), shell("ls"), false),
        (on("*", "org.a.b"), write("/home/me/p/a"), false),
        (Rule { words: vec!["org.a.b.Do".into()], ..on("dbus_call", "org.a.b") }, call(Session, "org.a.b", "Do"), true),
        (
            Rule { words: vec!["org.a.b.No".into()], ..on("dbus_call", "org.a.b") },
            call(Session, "org.a.b", "Do"),
            false,
        ),
        (Rule { words: vec!["org.a.b.D".into()], ..on("dbus_call", "org.a.b") }, call(Session, "org.a.b", "Do"), false),
    ] {
        let denied = decided(&Policy { deny: vec![rule.clone()], ..open() }, &action);
        assert_eq!(denied == "deny", fits, "{rule:?} {action:?}");
        let allowed = decided(&Policy { mode: Mode::Ask, allow: vec![rule.clone()], ..open() }, &action);
        let by_itself = matches!(action, Action::Deed(Deed::BusIntrospect { .. }));
        assert_eq!(allowed == "allow", fits || by_itself, "{rule:?} {action:?}");
    }
}

#[test]
fn a_name_whose_calls_are_denied_is_not_looked_at() {
    let denied = Policy { deny: vec![on("dbus_call", "org.a.*")], allow: vec![rule("*")], ..open() };
    assert_eq!(decided(&denied, &look(Bus::Session, "org.a.b")), "deny");
    assert_eq!(decided(&denied, &look(Bus::Session, "org.b")), "allow");
    let one = Rule { words: vec!["org.a.b.Do".into()], ..on("dbus_call", "org.a.b") };
    let method = Policy { deny: vec![one], ..open() };
    assert_eq!(decided(&method, &look(Bus::Session, "org.a.b")), "allow", "only one of its methods is denied");
    let all = Policy { deny: vec![rule("dbus_call")], ..open() };
    assert_eq!(decided(&all, &look(Bus::Session, "org.a.b")), "allow", "no name is");
}

#[test]
fn always_is_for_this_very_call() {
    let done = call(Bus::Session, "org.a.b", "Do");
    let Verdict::Ask { can_stay: true, .. } = decide(&open(), &done, NOW) else { panic!() };
    let rule = Rule::of(&done).unwrap();
    assert_eq!(rule.misnames(), None);
    assert_eq!(rule.words(), "dbus_call `org.a.b.Do /a []` on session:org.a.b");
    let policy = Policy { remembered: vec![kept(rule, 2_000)], ..open() };
    assert_eq!(decided(&policy, &done), "allow");
    let Action::Deed(Deed::BusCall(one)) = done else { unreachable!() };
    for other in [
        BusCall { bus: Bus::System, ..one.clone() },
        BusCall { name: "org.a.c".into(), ..one.clone() },
        BusCall { path: "/b".into(), ..one.clone() },
        BusCall { interface: "org.a.c".into(), ..one.clone() },
        BusCall { member: "Undo".into(), ..one.clone() },
        BusCall { arguments: "[1]".into(), ..one },
    ] {
        assert_eq!(decided(&policy, &Action::Deed(Deed::BusCall(other.clone()))), "ask", "{other:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever the rules, a denied name is neither called nor looked at, and a connection's number fits none by name.
    #[test]
    fn no_rule_gets_round_a_denied_name(
        name in "org\\.[ab](\\.[ab])?", pattern in "(session:|system:|)org\\.([ab](\\.[ab])?|\\*)", system in any::<bool>(),
    ) {
        let bus = if system { Bus::System } else { Bus::Session };
        let rule = on("*", &pattern);
        let policy = Policy { deny: vec![rule.clone()], allow: vec![super::rule("*")], ..open() };
        for action in [call(bus, &name, "Do"), look(bus, &name)] {
            let expected = if rule.names(bus, &name) { "deny" } else { "allow" };
            prop_assert_eq!(decided(&policy, &action), expected);
        }
        let policy = Policy { allow: vec![rule], ..open() };
        prop_assert_eq!(decided(&policy, &call(bus, ":1.5", "Do")), "ask");
    }
}

#[test]
fn a_rule_for_a_unit_is_for_no_other() {
    let rule = Rule { unit: "shop*.service".into(), ..rule("unit_restart") };
    let restart = |unit: &str| Action::UnitControl { verb: UnitVerb::Restart, unit: unit.into() };
    for (unit, fits) in [("shop.service", true), ("shop-web.service", true), ("mail.service", false)] {
        let (allow, deny) = (vec![rule.clone()], vec![rule.clone()]);
        assert_eq!(
            decided(&Policy { allow, ..policy() }, &restart(unit)),
            if fits { "allow" } else { "ask" },
            "{unit}"
        );
        assert_eq!(decided(&Policy { deny, ..policy() }, &restart(unit)), if fits { "deny" } else { "ask" }, "{unit}");
    }
}
