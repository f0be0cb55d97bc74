//! Which parts of a picture stay black: the windows that are never captured.

use crate::model::{Area, Window};

/// What has to be black in every picture.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Blackout {
    /// Rectangles of the desktop, logical pixels.
    pub areas: Vec<Area>,
    /// Outputs that are black as a whole: a window that matches is somewhere on them.
    pub outputs: Vec<String>,
    /// Nothing may be taken at all: a window that matches may be anywhere.
    pub refuse: bool,
    /// How many windows match.
    pub windows: usize,
}

/// What has to be black for these windows. A rule is compared with title and app id, as a whole, in any case; `*` stands
/// for any characters, also none.
///
/// Decided so that a mistake hides too much: a window that matches is blacked out although another one may cover it.
/// Where its place is not known but its output is, the whole output is blacked out; where neither is known, the picture
/// has to be refused. Only windows whose workspace is not shown are left out. Windows move: who takes a picture asks for
/// the windows before and after, and blacks out what either says.
pub fn never_captured(windows: &[Window], rules: &[String]) -> Blackout {
    let mut found = Blackout::default();
    let is_never = |window: &&Window| window.visible && is_never_captured(&window.title, &window.app, rules);
    for window in windows.iter().filter(is_never) {
        found.windows += 1;
        match (window.area, &window.output) {
            (Some(area), _) => found.areas.push(area),
            (None, Some(output)) if !found.outputs.contains(output) => found.outputs.push(output.clone()),
            (None, Some(_)) => {}
            (None, None) => found.refuse = true,
        }
    }
    found
}

/// Whether a window with this title and app id is never captured; see [`never_captured`].
pub fn is_never_captured(title: &str, app: &str, rules: &[String]) -> bool {
    let (title, app) = (title.to_lowercase(), app.to_lowercase());
    rules.iter().map(|rule| rule.to_lowercase()).any(|rule| matches(&rule, &title) || matches(&rule, &app))
}

/// Whether the pattern stands for the whole of `name`. An empty pattern stands for nothing: it is a slip, and would
/// black out every window without a title.
fn matches(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = name.strip_prefix(first) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() && !pattern.is_empty() };
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::config::schema::Capture;

    const PLACE: Area = Area { x: 1.0, y: 2.0, width: 3.0, height: 4.0 };

    fn window(title: &str, app: &str) -> Window {
        Window {
            id: "1".into(),
            title: title.into(),
            app: app.into(),
            area: Some(PLACE),
            focused: false,
            visible: true,
            output: Some("DP-1".into()),
        }
    }

    fn hides(title: &str, app: &str, rules: &[&str]) -> bool {
        let rules: Vec<String> = rules.iter().map(|rule| (*rule).to_owned()).collect();
        !never_captured(&[window(title, app)], &rules).areas.is_empty()
    }

    #[test]
    fn rules_are_compared_as_a_whole_in_any_case() {
        assert!(hides("x", "KeePassXC", &["keepassxc"]));
        assert!(!hides("x", "keepassxc", &["keepass"]));
        assert!(hides("x", "org.keepassxc.KeePassXC", &["*KEEPASS*"]));
        assert!(hides("My Vault — Bitwarden", "firefox", &["*bitwarden*"]));
        assert!(hides("Ünïcode Ä", "", &["ü*ä"]));
        assert!(hides("abcabc", "", &["a*c*c", "nothing"]));
        assert!(!hides("ab", "", &["ab*b"]), "no character counts twice");
        assert!(!hides("", "", &[""]) && hides("", "", &["*"]));
        assert!(!hides("anything", "any", &[]));
    }

    #[test]
    fn the_defaults_name_password_managers_and_those_who_ask_for_passwords() {
        let rules = Capture::default().never;
        for (title, app) in [
            ("Passwords.kdbx [Locked] - KeePassXC", "org.keepassxc.KeePassXC"),
            ("Bitwarden", "com.bitwarden.desktop"),
            ("My vault | Bitwarden Web vault — Mozilla Firefox", "firefox"),
            ("1Password", "1Password"),
            ("Secrets", "org.gnome.World.Secrets"),
            ("Passwords and Keys", "org.gnome.seahorse.Application"),
            ("Proton Pass", "Proton Pass"),
            ("pinentry", "org.gnupg.pinentry-qt"),
            ("", "gcr-prompter"),
            ("Authentication Required", "polkit-gnome-authentication-agent-1"),
            ("Authentication Required — PolicyKit1 KDE Agent", "org.kde.polkit-kde-authentication-agent-1"),
            ("Authentication Required", "hyprpolkitagent"),
            ("KDE Wallet Service", "org.kde.kwalletd6"),
        ] {
            let found = never_captured(&[window(title, app)], &rules);
            assert_eq!(found.areas, [PLACE], "{title} of {app}");
        }
        for (title, app) in [("secrets.rs - nerva - Helix", "foot"), ("Inbox — Proton Mail", "firefox"), ("", "")] {
            assert_eq!(never_captured(&[window(title, app)], &rules), Blackout::default(), "{title} of {app}");
        }
    }

    #[test]
    fn what_is_not_known_hides_more() {
        let rules = ["secret".to_owned()];
        let without_area = Window { area: None, ..window("secret", "") };
        let nowhere = Window { area: None, output: None, ..window("secret", "") };
        let found = never_captured(&[without_area.clone(), without_area, window("", "secret")], &rules);
        let wanted = Blackout { areas: vec![PLACE], outputs: vec!["DP-1".into()], refuse: false, windows: 3 };
        assert_eq!(found, wanted);
        assert!(never_captured(&[nowhere], &rules).refuse);
        let away = Window { visible: false, ..window("secret", "") };
        assert_eq!(never_captured(&[away], &rules), Blackout::default());
    }

    proptest! {
        #[test]
        fn a_star_stands_for_whatever_was_cut_out(name in "[a-c]{0,8}", from in 0_usize..8, length in 0_usize..8) {
            let from = from.min(name.len());
            let to = (from + length).min(name.len());
            let pattern = format!("{}*{}", &name[..from], &name[to..]);
            prop_assert!(matches(&pattern, &name), "{} is {}", pattern, name);
        }

        #[test]
        fn without_a_star_only_the_same_matches(pattern in "[a-c]{1,3}", name in "[a-c]{0,3}") {
            prop_assert_eq!(matches(&pattern, &name), pattern == name);
        }
    }
}
