//! Calls that are answered at once: of what can't work here, and of where the pointer is.

use super::*;

/// A machine on a desktop without anything for pointer, keyboard and sandbox.
fn lacking() -> Machine {
    let need = |name, tools, why: &str| crate::model::Need {
        name,
        tools,
        availability: crate::model::Availability::unusable(why, "get one"),
    };
    let withheld = vec![
        need("pointer and keyboard", &["input"][..], "first: no protocol;\n second: no device"),
        need("commands in the sandbox", &["shell", "nix_run"], "there is no bwrap"),
    ];
    let plugin = |name: &str, sandboxed| crate::agent::tools::plugin::Plugin {
        manifest: toml::from_str(&format!("name = \"{name}\"\nabout = \"x\"\nprogram = \"p\"")).unwrap(),
        program: "/p".into(),
        digest: Digest::of(b"p"),
        risk: crate::model::Risk::Look,
        sandboxed,
        network: false,
    };
    let plugins = vec![plugin("shut", true), plugin("open", false)];
    // Everything is allowed by a rule: what is withheld is so before any rule is asked.
    let policy = Policy { allow: vec![Rule { tool: "*".into(), ..Rule::default() }], ..Policy::default() };
    let toolbox = crate::agent::Toolbox { plugins, withheld };
    let equipment = Equipment::with(policy, far(), HashMap::new(), &[], toolbox);
    let mut machine = machine();
    feed(&mut machine, [Event::Equipped { equipment: Some(Arc::new(equipment)) }, asked(1, "q")]);
    machine
}

#[test]
fn what_is_not_possible_here_is_told_and_neither_asked_nor_done() {
    let shell = r#"{"words":["ls"]}"#;
    let click = r#"{"action":"left_click","coordinate":[1,1]}"#;
    for (name, arguments, why) in [
        ("input", r#"{"steps":[{"action":"wait"}]}"#, "first: no protocol"),
        ("input", "nonsense", "first: no protocol"),
        ("computer", click, "first: no protocol"),
        ("computer", r#"{"action":"cursor_position"}"#, "first: no protocol"),
        ("computer", r#"{"actions":[{"type":"click","x":1,"y":1}]}"#, "first: no protocol"),
        ("click", r#"{"x":1,"y":1}"#, "first: no protocol"),
        ("shell", shell, "there is no bwrap (get one)"),
        ("nix_run", "{}", "there is no bwrap (get one)"),
        ("plugin_shut", "{}", "there is no bwrap (get one)"),
    ] {
        let mut machine = lacking();
        let effects = feed(&mut machine, calls(1, &[(name, arguments)]));
        assert!(
            effects.iter().all(|effect| !["prepare", "ask", "run"].iter().any(|word| effect.starts_with(word))),
            "{name}: {effects:?}"
        );
        assert_eq!(effects.last().map(String::as_str), Some("stream 2"), "{name}: the model goes on");
        let told = results(&machine).concat();
        assert!(told.starts_with(&format!("c0 true {name} can't work here: {why}")), "{told}");
        assert!(told.contains("get one") && told.contains("Nothing was asked or done"), "{told}");
    }
    for (name, arguments) in [("plugin_open", "{}"), ("computer", r#"{"action":"screenshot"}"#), ("windows_list", "{}")]
    {
        let effects = feed(&mut lacking(), calls(1, &[(name, arguments)]));
        assert!(effects.last().is_some_and(|effect| effect.starts_with("prepare 1 ")), "{name}: {effects:?}");
    }
}

#[test]
fn the_instructions_say_what_is_not_possible_and_stay_the_same() {
    let mut machine = lacking();
    let mut said = Vec::new();
    for request in 1..=2 {
        let mut effects = Vec::new();
        for event in calls(request, &[("shell", "{}")]) {
            effects.extend(machine.handle(event));
        }
        let Some(Effect::Stream { body, .. }) = effects.pop() else { panic!("{effects:?}") };
        let names: Vec<String> = body.prompt.tools.iter().map(|tool| tool.name.clone()).collect();
        for gone in ["input", "shell", "nix_run", "plugin_shut"] {
            assert!(!names.iter().any(|name| name == gone), "{names:?}");
        }
        assert!(names.iter().any(|name| name == "plugin_open"), "{names:?}");
        said.push((body.prompt.system.clone(), names));
    }
    let system = &said[0].0;
    let list = "Not possible here:\n- pointer and keyboard (input), because first: no protocol; second: no device\n\
                - commands in the sandbox (shell, nix_run), because there is no bwrap\nWhere that";
    assert!(system.contains(list), "{system}");
    assert_eq!(said[0], said[1]);
    // Where nothing is lacking, nothing is said.
    let full = Equipment::new(Policy::default(), far(), HashMap::new(), &[]).system("");
    assert!(!full.contains("Not possible"), "{full}");
}

#[test]
fn a_model_hears_where_its_own_call_left_the_pointer() {
    let asks = [("computer", r#"{"action":"cursor_position"}"#)];
    let mut machine = machine();
    feed(&mut machine, [equipped(Policy::default(), far()), asked(1, "q")]);
    let effects = feed(&mut machine, calls(1, &asks));
    assert!(effects.iter().all(|effect| !effect.starts_with("prepare")), "{effects:?}");
    assert!(results(&machine)[0].starts_with("c0 true where the pointer is, is not known"), "{:?}", results(&machine));
    let moves = [("computer", r#"{"action":"mouse_move","coordinate":[30,40]}"#), asks[0]];
    assert_eq!(feed(&mut machine, calls(2, &moves)).last().map(String::as_str), Some("prepare 1 input"));
    let Ok(action) = crate::agent::tools::parse(moves[0].0, moves[0].1) else { panic!("an action") };
    let digest = action.digest();
    feed(&mut machine, [prepared(1, action), answered(1, digest, Answer::Allow), done(1, "moved")]);
    assert!(results(&machine)[2].starts_with("c1 false X=30,Y=40 in pixels"), "{:?}", results(&machine));
    // A click without a place is meant for there, and is asked about with it.
    let mut clicked = Vec::new();
    for event in calls(3, &[("computer", r#"{"action":"left_click"}"#)]) {
        clicked.extend(machine.handle(event));
    }
    let Some(Effect::Prepare { action: Action::Input(input), .. }) = clicked.last() else { panic!("{clicked:?}") };
    let spots: Vec<(u32, u32)> = input.inputs.steps[0].spots().iter().map(|spot| (spot.x, spot.y)).collect();
    assert_eq!(spots, [(30, 40)]);
}
