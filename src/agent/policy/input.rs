//! What is special about pointer and keyboard: windows that are never touched, and those that never stop asking.

use crate::model::{Aim, Chord, InputAction, Key, Modifier, Rule, Step};

/// App ids of Nerva itself.
const OWN: &[&str] = &["org.nerva.nerva", "nerva", "nervad"];

/// Parts of app ids of programs that ask for a password or hold the session locked.
const ASKERS: &[&str] = &[
    "pinentry",
    "polkit",
    "policykit",
    "gcr-prompter",
    "askpass",
    "kwallet",
    "lxqt-sudo",
    "gksu",
    "kdesu",
    "swaylock",
    "hyprlock",
    "gtklock",
    "waylock",
    "kscreenlocker",
    "screenlock",
    "greeter",
];

/// Titles of windows that ask for one.
const ASKING: &[&str] = &["authentication required", "authenticate", "unlock keyring", "unlock login keyring"];

/// Parts of app ids of programs in which typing is running: terminals, and editors that have one.
const RUNNERS: &[&str] = &[
    "foot",
    "kitty",
    "alacritty",
    "wezterm",
    "ghostty",
    "term",
    "konsole",
    "ptyxis",
    "kgx",
    "org.gnome.console",
    "tilix",
    "urxvt",
    "rxvt",
    "contour",
    "warp",
    "hyper",
    "tabby",
    "blackbox",
    "guake",
    "yakuake",
    "tilda",
    "sakura",
    "rio",
    "emacs",
    "code",
    "codium",
    "cursor",
    "zed",
    "jetbrains",
    "neovide",
    "nvim",
    "virt-manager",
    "virt-viewer",
    "remmina",
    "krdc",
    "rofi",
    "wofi",
    "fuzzel",
    "krunner",
    "ulauncher",
    "albert",
    "bemenu",
    "tofi",
    "anyrun",
    "walker",
];

/// App ids of terminals that are too short to be looked for within others.
const RUNNERS_WHOLE: &[&str] = &["st", "st-256color"];

/// Parts of app ids of programs that keep secrets.
const KEEPERS: &[&str] =
    &["keepass", "bitwarden", "1password", "secrets", "seahorse", "proton pass", "enpass", "kleopatra"];

/// Why these steps are never done, if they are not.
pub(super) fn forbids(input: &InputAction) -> Option<String> {
    input.aims.iter().flatten().find_map(|aim| {
        let (app, title) = (aim.app.to_lowercase(), aim.title.to_lowercase());
        if OWN.contains(&app.as_str()) {
            return Some("tools never use Nerva's own windows".to_owned());
        }
        let asks = ASKERS.iter().any(|part| app.contains(part)) || ASKING.contains(&title.as_str());
        asks.then(|| "tools never use windows that ask for a password or lock the session".to_owned())
    })
}

/// What a person has to mind about these steps, so that they are asked about whatever else is allowed.
pub(super) fn cautions(input: &InputAction) -> Vec<String> {
    let mut found: Vec<String> =
        input.checks.iter().map(|said| format!("The model's provider warns: {said}")).collect();
    let aims = || input.aims.iter().flatten();
    if aims().any(runs) {
        found.push("What is typed there is run as a command.".into());
    }
    if aims().any(|aim| KEEPERS.iter().any(|part| aim.app.to_lowercase().contains(part))) {
        found.push("That program keeps secrets.".into());
    }
    let lost = |(index, step): (usize, &Step)| {
        !matches!(step, Step::Wait { .. }) && input.aims.get(index).is_none_or(Option::is_none)
    };
    if input.inputs.steps.iter().enumerate().any(lost) {
        found.push("Which window gets it is not known.".into());
    }
    if input.inputs.steps.iter().any(leaves) {
        found.push("It presses keys that the desktop itself may take.".into());
    }
    found
}

fn runs(aim: &Aim) -> bool {
    let app = aim.app.to_lowercase();
    RUNNERS_WHOLE.contains(&app.as_str()) || RUNNERS.iter().any(|part| app.contains(part))
}

/// Whether a step has keys that do not, or not only, go to a window.
fn leaves(step: &Step) -> bool {
    let beyond = |held: &[Modifier]| {
        held.contains(&Modifier::Super) || held.contains(&Modifier::Control) && held.contains(&Modifier::Alt)
    };
    match step {
        Step::Press { chord: Chord { modifiers, key }, .. } | Step::Hold { chord: Chord { modifiers, key }, .. } => {
            let alone = matches!(key, Some(Key::Named(named)) if is_the_desktops(*named));
            // Alt with Tab or F4 is a window manager's.
            let alt = modifiers.contains(&Modifier::Alt) && matches!(key, Some(Key::Named(_)));
            beyond(modifiers) || alone || alt
        }
        Step::Click { held, .. } | Step::Drag { held, .. } | Step::Scroll { held, .. } => {
            beyond(held) || held.contains(&Modifier::Alt)
        }
        Step::Move { .. } | Step::Down { .. } | Step::Up { .. } | Step::Type { .. } | Step::Wait { .. } => false,
    }
}

fn is_the_desktops(named: crate::model::Named) -> bool {
    use crate::model::Named;
    matches!(
        named,
        Named::PrintScreen
            | Named::VolumeUp
            | Named::VolumeDown
            | Named::Mute
            | Named::MediaPlay
            | Named::MediaStop
            | Named::MediaNext
            | Named::MediaPrevious
            | Named::BrightnessUp
            | Named::BrightnessDown
    )
}

/// Whether a rule against something fits any of these steps, also where they go to several apps.
pub(super) fn fits_any(rule: &Rule, input: &InputAction) -> bool {
    let looks = input.look && rule.tool == "screen_look";
    let tool = rule.tool == "*" || rule.tool == InputAction::TOOL || looks;
    let rest = rule.words.is_empty() && rule.path.is_empty() && rule.unit.is_empty() && rule.origin.is_empty();
    let app = rule.app.is_empty() || input.aims.iter().flatten().any(|aim| super::matches(&rule.app, &aim.app));
    tool && rest && app
}

#[cfg(test)]
mod tests {
    use super::super::{Mode, Policy, Verdict, decide};
    use crate::model::{
        Action, Aim, Button, Chord, Fingerprint, InputAction, Inputs, Modifier, Places, Remembered, Rule, Spot, Step,
        Timestamp,
    };

    fn aim(app: &str, title: &str) -> Option<Aim> {
        Some(Aim { window: "4".into(), app: app.into(), title: title.into() })
    }

    fn input(aims: Vec<Option<Aim>>) -> InputAction {
        let at = Spot { output: "DP-1".into(), x: 1, y: 1 };
        let click = Step::Click { at, button: Button::Left, times: 1, held: Vec::new() };
        let inputs = Inputs { steps: vec![click; aims.len()], layout: Fingerprint(1) };
        InputAction { inputs, places: Places::Screen, picture: None, aims, look: true, checks: Vec::new() }
    }

    fn decided(policy: &Policy, input: &InputAction) -> &'static str {
        match decide(policy, &Action::Input(input.clone()), Timestamp(5)) {
            Verdict::Allow(_) => "allow",
            Verdict::Ask { can_stay: true, .. } => "ask, may stay",
            Verdict::Ask { can_stay: false, .. } => "ask",
            Verdict::Deny(_) => "deny",
        }
    }

    /// Everything that could let it pass does.
    fn lenient(input: &InputAction) -> Policy {
        let rule = |app: &str| Rule { tool: "input".into(), app: app.into(), ..Rule::default() };
        let kept = Rule::of(&Action::Input(input.clone())).map(|rule| Remembered {
            id: 1,
            rule,
            since: Timestamp(0),
            until: Timestamp(9),
        });
        Policy {
            mode: Mode::Auto,
            auto: vec!["input".into()],
            allow: vec![rule(""), rule("*")],
            remembered: kept.into_iter().collect(),
            ..Policy::default()
        }
    }

    #[test]
    fn it_is_asked_about_by_itself_and_may_be_allowed_for_one_app() {
        let firefox = input(vec![aim("firefox", "Shop")]);
        assert_eq!(decided(&Policy::default(), &firefox), "ask, may stay");
        let rule = Rule::of(&Action::Input(firefox.clone())).unwrap();
        assert_eq!((rule.app.as_str(), rule.lasts()), ("firefox", 600_000));
        let remembered = vec![Remembered { id: 1, rule, since: Timestamp(0), until: Timestamp(9) }];
        let policy = Policy { remembered, ..Policy::default() };
        assert_eq!(decided(&policy, &firefox), "allow");
        assert_eq!(decided(&policy, &input(vec![aim("thunderbird", "Shop")])), "ask, may stay");
        let both = input(vec![aim("firefox", "Shop"), aim("thunderbird", "Inbox")]);
        assert_eq!(decided(&policy, &both), "ask", "one step of it is for another app");
        assert_eq!(decided(&policy, &input(vec![aim("firefox", ""), None])), "ask", "or for nobody knows whom");
    }

    #[test]
    fn some_windows_are_never_touched_and_some_never_stop_asking() {
        for (app, title, expected) in [
            ("org.nerva.Nerva", "Nerva", "deny"),
            ("org.gnupg.pinentry-qt", "", "deny"),
            ("org.kde.polkit-kde-authentication-agent-1", "", "deny"),
            ("gcr-prompter", "", "deny"),
            ("lxqt-policykit-agent", "", "deny"),
            ("lxpolkit", "", "deny"),
            ("org.kde.krunner", "", "ask"),
            ("krunner", "", "ask"),
            ("ulauncher", "", "ask"),
            ("firefox", "Authentication Required", "deny"),
            ("swaylock", "", "deny"),
            ("foot", "~", "ask"),
            ("org.gnome.Terminal", "", "ask"),
            ("st", "", "ask"),
            ("org.keepassxc.KeePassXC", "", "ask"),
            ("firefox", "Shop", "allow"),
            ("gimp", "st", "allow"),
        ] {
            let input = input(vec![aim(app, title)]);
            assert_eq!(decided(&lenient(&input), &input), expected, "{app} {title}");
        }
        let mut warned = input(vec![aim("firefox", "")]);
        warned.checks.push("It buys something.".into());
        assert_eq!(decided(&lenient(&warned), &warned), "ask");
        let does = |step: Step| {
            let mut input = input(vec![aim("firefox", "")]);
            input.inputs.steps[0] = step;
            decided(&lenient(&input), &input)
        };
        for keys in ["super+l", "ctrl+alt+F2", "ctrl+alt+t", "alt+Tab", "XF86AudioMute"] {
            assert_eq!(does(Step::Press { chord: Chord::parse(keys).unwrap(), times: 1 }), "ask", "{keys}");
        }
        for (held, expected) in [(Modifier::Alt, "ask"), (Modifier::Super, "ask"), (Modifier::Shift, "allow")] {
            let at = Spot { output: "DP-1".into(), x: 1, y: 1 };
            let click = Step::Click { at, button: Button::Left, times: 1, held: vec![held] };
            assert_eq!(does(click), expected, "{held}");
        }
        for (text, expected) in [("plain\ntext", "allow"), ("pl\u{202e}ain", "ask"), ("pl\u{200b}ain", "ask")] {
            assert_eq!(does(Step::Type { text: text.into() }), expected, "{text:?}");
        }
        // Each window counts, not only the first; and what goes nowhere in particular.
        for (second, expected) in [(aim("swaylock", ""), "deny"), (aim("foot", ""), "ask"), (None, "ask")] {
            let both = input(vec![aim("firefox", ""), second]);
            assert_eq!(decided(&lenient(&both), &both), expected, "{both:?}");
        }
    }

    #[test]
    fn a_rule_against_one_app_holds_for_all_steps() {
        let both = input(vec![aim("gimp", ""), aim("firefox", "")]);
        let against = |tool: &str, app: &str| Rule { tool: tool.into(), app: app.into(), ..Rule::default() };
        for (rule, expected) in [
            (against("input", "firefox"), "deny"),
            (against("input", "fire*"), "deny"),
            (against("*", "firefox"), "deny"),
            (against("screen_look", ""), "deny"),
            (against("input", "thunderbird"), "ask"),
            (against("shell", "firefox"), "ask"),
        ] {
            let policy = Policy { deny: vec![rule.clone()], ..Policy::default() };
            assert_eq!(decided(&policy, &both), expected, "{rule:?}");
        }
        let policy = Policy { ask: vec![against("input", "firefox")], ..lenient(&both) };
        assert_eq!(decided(&policy, &both), "ask");
        let policy = Policy { mode: Mode::ReadOnly, ..lenient(&both) };
        assert_eq!(decided(&policy, &both), "deny");
    }
}
