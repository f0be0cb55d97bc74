//! What of an action is not kept: typed text is kept as its length and digest, secrets in commands and addresses not at all.

use crate::model::hiding::{GONE, hide, is_named, looks_like_a_key, summary};
use crate::model::{Action, Chord, Key, Modifier, Named, Step};

/// The fields of an action as they are kept.
pub(super) fn redacted(action: &Action) -> Vec<(&'static str, Vec<String>)> {
    let mut fields = action.fields();
    for (name, values) in &mut fields {
        match *name {
            "content" | "text" | "body" | "title" => values.iter_mut().for_each(|value| *value = summary(value)),
            // Window, app and title of each step.
            "aims" => {
                for aim in values.chunks_exact_mut(3).filter(|aim| !aim[2].is_empty()) {
                    aim[2] = summary(&aim[2]);
                }
            }
            "words" => hide(values),
            "steps" => values.iter_mut().for_each(|value| *value = step(value)),
            "url" => values.iter_mut().for_each(|value| *value = url(value)),
            _ => {}
        }
    }
    fields
}

/// A step without what it types: a text as its length, and keys that write something as nothing but that.
fn step(json: &str) -> String {
    let Ok(step) = serde_json::from_str::<Step>(json) else { return summary(json) };
    let step = match step {
        Step::Type { text } => Step::Type { text: summary(&text) },
        Step::Press { chord, times } => Step::Press { chord: unwritten(chord), times },
        Step::Hold { chord, millis } => Step::Hold { chord: unwritten(chord), millis },
        other => other,
    };
    serde_json::to_string(&step).unwrap_or_default()
}

/// A password may be pressed key by key.
fn unwritten(chord: Chord) -> Chord {
    let writes = chord.modifiers.iter().all(|modifier| *modifier == Modifier::Shift);
    match chord.key {
        Some(Key::Char(_) | Key::Named(Named::Space)) if writes => {
            Chord { modifiers: Vec::new(), key: Some(Key::Char('•')) }
        }
        _ => chord,
    }
}

/// What stands behind the place in an address: its parameters, which may be in the fragment too.
fn url(url: &str) -> String {
    let marks = ['?', '#', '&', ';'];
    let end = url.find(marks).unwrap_or(url.len());
    let mut kept = without_password(&url[..end]);
    for part in url[end..].split_inclusive(marks) {
        let (said, mark) = part.strip_suffix(marks).map_or((part, ""), |said| (said, &part[said.len()..]));
        match said.split_once('=') {
            Some((name, value)) if is_named(name) || looks_like_a_key(value) => kept.extend([name, "=", GONE, mark]),
            _ => kept.push_str(part),
        }
    }
    kept
}

/// The place of an address without what stands between a user's name and `@`.
fn without_password(place: &str) -> String {
    let parts = || {
        let (scheme, rest) = place.split_once("://")?;
        let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let (user, host) = host.rsplit_once('@')?;
        let (name, _) = user.split_once(':')?;
        Some(format!("{scheme}://{name}:{GONE}@{host}{path}"))
    };
    parts().unwrap_or_else(|| place.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_not_kept() {
        for (line, kept) in [
            ("ls -l", "ls -l"),
            ("curl --token abcdef https://x", "curl --token ••• https://x"),
            ("curl --password=hunter2", "curl --password=•••"),
            ("env API_KEY=x ls", "env API_KEY=••• ls"),
            ("echo sk-ant-REDACTED", "echo •••"),
            ("mysql -p hunter2", "mysql -p •••"),
        ] {
            let action = Action::Shell { words: shlex::split(line).unwrap(), folder: "/p".into(), network: false };
            assert_eq!(redacted(&action)[0].1.join(" "), kept, "{line}");
        }
        let header = Action::Shell {
            words: ["curl", "-H", "Authorization: Bearer abc"].map(str::to_owned).into(),
            folder: String::new(),
            network: false,
        };
        assert!(!format!("{:?}", redacted(&header)).contains("abc"));
    }

    #[test]
    fn what_is_typed_or_pressed_key_by_key_is_not_kept() {
        use crate::model::{Fingerprint, InputAction, Inputs, Places};
        let press = |keys: &str| Step::Press { chord: Chord::parse(keys).unwrap(), times: 1 };
        let text = Step::Type { text: "hunter2 and more".into() };
        let steps = vec![text, press("q"), press("shift+w"), press("ctrl+s"), press("Return")];
        let inputs = Inputs { steps, layout: Fingerprint(1) };
        let (aims, checks) = (Vec::new(), Vec::new());
        let action =
            Action::Input(InputAction { inputs, places: Places::Screen, picture: None, aims, look: false, checks });
        let steps = &redacted(&action)[0];
        assert_eq!(steps.0, "steps");
        assert!(steps.1[0].contains("16 bytes") && !steps.1[0].contains("hunter2"), "{steps:?}");
        assert!(steps.1[1..3].iter().all(|step| step.contains('•')), "{steps:?}");
        assert!(!steps.1.concat().contains(['q', 'w', 'W']), "{steps:?}");
        assert!(
            steps.1[3].contains("control") && steps.1[3].contains('s') && steps.1[4].contains("enter"),
            "{steps:?}"
        );
    }

    #[test]
    fn the_title_of_a_window_is_not_kept_with_what_is_done_there() {
        use crate::model::{Aim, Fingerprint, InputAction, Inputs, Places};
        let inputs = Inputs { steps: vec![Step::Wait { millis: 1 }; 2], layout: Fingerprint(1) };
        let aim = Aim { window: "4".into(), app: "firefox".into(), title: "My illness".into() };
        let (picture, checks, aims) = (None, Vec::new(), vec![None, Some(aim)]);
        let action = Action::Input(InputAction { inputs, places: Places::Screen, picture, aims, look: false, checks });
        let kept = redacted(&action).into_iter().find(|(name, _)| *name == "aims").unwrap().1;
        assert_eq!(kept, ["", "", "", "4", "firefox", &summary("My illness")]);
    }

    #[test]
    fn typed_text_is_kept_as_its_length() {
        let action = Action::FilesWrite { path: "/p/a".into(), content: "my diary".into(), before: None };
        let kept = format!("{:?}", redacted(&action));
        assert!(kept.contains("8 bytes") && !kept.contains("diary"), "{kept}");
        let action = Action::OpenUrl { url: "https://a/?token=x&page=2".into() };
        assert_eq!(redacted(&action)[0].1, ["https://a/?token=•••&page=2"]);
        for (url, kept) in [
            ("https://x/#access_token=abc&state=1", "https://x/#access_token=•••&state=1"),
            ("https://x/a=b?page=2#id_token=eyJhbGciOiJIUzI1NiJ9", "https://x/a=b?page=2#id_token=•••"),
            ("https://x/?q=1#/login?password=hunter2", "https://x/?q=1#/login?password=•••"),
            ("https://x/?a=1;auth=b;c=2", "https://x/?a=1;auth=•••;c=2"),
            ("https://x/?token=a=b#top", "https://x/?token=•••#top"),
            ("https://me:hunter2@x/y?z=a@b", "https://me:•••@x/y?z=a@b"),
            ("https://x:8443/a:b@c#top", "https://x:8443/a:b@c#top"),
        ] {
            assert_eq!(redacted(&Action::OpenUrl { url: url.into() })[0].1, [kept], "{url}");
        }
    }
}
