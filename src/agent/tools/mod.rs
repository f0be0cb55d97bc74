//! The tools that a model may call, one file each: a name, what it is for, its typed input. Descriptions only; what
//! they become is an [`Action`], and nothing here does anything.
//!
//! To add one: a file with `NAME`, `ABOUT`, `Input` and `action`, its name in the list below, a variant of [`Action`];
//! the compiler then names the other places.

pub mod card;
mod crop;
mod deed_card;
mod diff;
pub(crate) mod hand;
pub mod plugin;
pub(crate) mod pointer;
pub mod reveal;
mod steps;
mod vendor;
pub(crate) mod why;

use schemars::JsonSchema;
use serde::de::DeserializeOwned;

use self::hand::Hand;
use crate::model::{Action, ToolSpec};

/// The longest arguments that are read, in bytes; a card has to show all of it.
pub const LONGEST: usize = 128 * 1024;

pub(crate) use hand::noted;
pub use plan::newest as newest_plan;
pub(crate) use vendor::asks_for_the_pointer;

macro_rules! tools {
    ($($file:ident),* $(,)?) => {
        $(mod $file;)*

        /// All tools, as they are described to a model.
        pub fn offered() -> Vec<ToolSpec> {
            vec![$(described::<$file::Input>($file::NAME, $file::ABOUT)),*]
        }

        /// The action that a call asks for, or what is to be said to the model about it.
        pub fn parse(name: &str, arguments: &str) -> Result<Action, String> {
            parse_at(name, arguments, Hand::default)
        }

        /// The same where it may be meant for the place at which the pointer is, or with what is held.
        pub(crate) fn parse_at(
            name: &str,
            arguments: &str,
            hand: impl Fn() -> Hand,
        ) -> Result<Action, String> {
            if arguments.len() > LONGEST {
                let (most, long) = (LONGEST / 1024, arguments.len() / 1024);
                return Err(format!("the arguments have {long} KB; at most {most} KB are read, divide them"));
            }
            match name {
                $($file::NAME => $file::action(read::<$file::Input>(arguments)?),)*
                _ => {
                    if let Some(action) = vendor::parse(name, arguments, &hand) {
                        return action;
                    }
                    let names = [$($file::NAME),*].join(", ");
                    Err(format!("there is no tool of this name; there are {names}"))
                }
            }
        }
    };
}

tools! {
    files_list,
    files_read,
    files_search,
    files_write,
    shell,
    shell_unsandboxed,
    windows_list,
    window_focus,
    launch,
    open,
    open_file,
    notification,
    clipboard_read,
    clipboard_write,
    unit_list,
    unit_status,
    unit_start,
    unit_stop,
    unit_restart,
    journal,
    screen_look,
    screen_zoom,
    screen_text,
    screen_tree,
    input,
    window_move,
    window_close,
    workspaces_list,
    workspace_switch,
    media_list,
    media_control,
    volume_get,
    volume_set,
    power,
    network_status,
    battery_status,
    dbus_introspect,
    dbus_call,
    system_unit,
    files_edit,
    notes_search,
    note_read,
    note_new,
    note_append,
    nix_search,
    nix_run,
    plan,
}

fn described<T: JsonSchema>(name: &str, about: &str) -> ToolSpec {
    let mut schema = schemars::schema_for!(T).to_value();
    if let Some(object) = schema.as_object_mut() {
        // Names of types and of the schema's own dialect tell a model nothing, and some servers refuse them.
        object.remove("$schema");
        object.remove("title");
        object.remove("description");
        object.entry("properties").or_insert_with(|| serde_json::json!({}));
    }
    ToolSpec { name: name.into(), description: about.into(), schema }
}

fn read<T: DeserializeOwned>(arguments: &str) -> Result<T, String> {
    // Some models send nothing where there is nothing to say.
    let arguments = if arguments.trim().is_empty() { "{}" } else { arguments };
    serde_json::from_str(arguments).map_err(|error| format!("the arguments do not fit the tool's schema: {error}"))
}

/// A name of a unit as systemd has them.
fn unit(name: String) -> Result<String, String> {
    const SUFFIXES: [&str; 8] = [".service", ".timer", ".socket", ".target", ".path", ".mount", ".scope", ".slice"];
    let plain = |letter: char| letter.is_ascii_alphanumeric() || ":-_.\\@".contains(letter);
    if name.is_empty() || name.len() > 255 || !name.chars().all(plain) || name.starts_with('-') {
        return Err(format!("{name:?} is no name of a unit"));
    }
    let has_suffix = SUFFIXES.iter().any(|suffix| name.ends_with(suffix));
    Ok(if has_suffix { name } else { format!("{name}.service") })
}

/// An identifier of a window, as compositors make them.
fn window(window: String) -> Result<String, String> {
    if window.is_empty() || window.len() > 32 || !window.chars().all(|letter| letter.is_ascii_alphanumeric()) {
        return Err(format!("{window:?} is no identifier of a window; windows_list tells them"));
    }
    Ok(window)
}

/// A name of a workspace or an output: nothing in it can end a compositor's command or be one of its words.
fn place(name: String) -> Result<String, String> {
    const WORDS: [&str; 9] = [
        "next",
        "prev",
        "next_on_output",
        "prev_on_output",
        "back_and_forth",
        "current",
        "number",
        "previous",
        "empty",
    ];
    let plain = |letter: char| letter.is_alphanumeric() || " ._-:/".contains(letter);
    let bare = name.trim() == name && !name.is_empty() && name.len() <= 100 && !name.starts_with(['-', '+']);
    if !bare || !name.chars().all(plain) || WORDS.contains(&name.as_str()) {
        return Err(format!("{name:?} can't be meant; workspaces_list tells workspaces and outputs"));
    }
    Ok(name)
}

/// A well-known name and a path of D-Bus.
fn bus_names(name: &str, path: &str) -> Result<(), String> {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let named = |letter: char| plain(letter) || letter == '.' || letter == '-';
    // A name such as :1.7 would pass by whatever is said about the name of the same program.
    if !name.contains('.') || name.len() > 255 || name.starts_with(['.', ':']) || !name.chars().all(named) {
        return Err(format!("{name:?} is no well-known name on a bus"));
    }
    let parts = |rest: &str| rest.is_empty() || rest.split('/').all(|part| !part.is_empty() && part.chars().all(plain));
    if !path.strip_prefix('/').is_some_and(parts) {
        return Err(format!("{path:?} is no path of an object"));
    }
    Ok(())
}

/// A name of a note, below their folder.
fn note(name: String) -> Result<String, String> {
    let part = |part: &str| !part.is_empty() && !part.starts_with('.') && part.trim() == part;
    if name.len() > 200 || name.contains(['\0', '\n', '\\']) || !name.split('/').all(part) {
        return Err(format!("{name:?} is no name of a note"));
    }
    Ok(name)
}

/// A command that can be run: it names a program, and no word of it ends early.
fn command(words: Vec<String>) -> Result<Vec<String>, String> {
    if words.first().is_none_or(|program| program.trim().is_empty()) {
        return Err("there is no command; the first of its words names the program".into());
    }
    if words.iter().any(|word| word.contains('\0')) {
        return Err("a word of a command can't contain the character 0; leave it out".into());
    }
    Ok(words)
}

/// A path that says where it begins.
fn path(path: String) -> Result<String, String> {
    let rooted = path.starts_with('/') || path == "~" || path.starts_with("~/");
    if !rooted || path.contains('\0') {
        return Err(format!("{path:?} is no absolute path; begin it with / or ~/"));
    }
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_are_those_of_the_actions() {
        let offered = offered();
        for (index, tool) in offered.iter().enumerate() {
            assert!(offered[..index].iter().all(|other| other.name != tool.name), "{}", tool.name);
            assert!(!tool.description.is_empty());
            assert_eq!(tool.schema["type"], "object", "{}: {}", tool.name, tool.schema);
            assert_eq!(tool.schema["additionalProperties"], false, "{}", tool.name);
        }
        for (name, arguments) in [
            ("files_list", r#"{"path":"/a"}"#),
            ("files_read", r#"{"path":"~/a"}"#),
            ("files_search", r#"{"path":"/a","text":"x"}"#),
            ("files_write", r#"{"path":"/a","content":"x"}"#),
            ("shell", r#"{"words":["ls"]}"#),
            ("shell_unsandboxed", r#"{"words":["git","push"]}"#),
            ("windows_list", ""),
            ("window_focus", r#"{"window":"4"}"#),
            ("launch", r#"{"entry":"firefox"}"#),
            ("open", r#"{"url":"https://nixos.org"}"#),
            ("open_file", r#"{"path":"~/a.pdf"}"#),
            ("notify", r#"{"title":"x"}"#),
            ("clipboard_read", "{}"),
            ("clipboard_write", r#"{"text":"x"}"#),
            ("unit_list", "{}"),
            ("unit_status", r#"{"unit":"a"}"#),
            ("unit_start", r#"{"unit":"a.timer"}"#),
            ("unit_stop", r#"{"unit":"a"}"#),
            ("unit_restart", r#"{"unit":"a"}"#),
            ("journal", "{}"),
            ("journal", r#"{"since":"2026-01-31 08:00","until":"2026-01-31 09:00","text":"x","priority":"err"}"#),
            ("screen_look", "{}"),
            ("screen_look", r#"{"window":"4"}"#),
            ("screen_zoom", r#"{"x":1,"y":1,"width":5,"height":5}"#),
            ("screen_text", r#"{"all":true}"#),
            ("screen_tree", r#"{"app":"org.gnome.gedit"}"#),
            ("input", r#"{"steps":[{"action":"wait"}]}"#),
            ("window_move", r#"{"window":"4","workspace":"2: web"}"#),
            ("window_close", r#"{"window":"4"}"#),
            ("workspaces_list", ""),
            ("workspace_switch", r#"{"workspace":"web"}"#),
            ("media_list", ""),
            ("media_control", r#"{"verb":"position","seconds":3}"#),
            ("volume_get", ""),
            ("volume_set", r#"{"percent":30}"#),
            ("power", r#"{"verb":"power_off"}"#),
            ("network_status", ""),
            ("battery_status", ""),
            ("dbus_introspect", r#"{"name":"org.a"}"#),
            ("dbus_call", r#"{"name":"org.a","path":"/","interface":"org.a","member":"B","arguments":"[1]"}"#),
            ("system_unit", r#"{"verb":"stop","unit":"a"}"#),
            ("files_edit", r#"{"path":"/a","old":"x","new":""}"#),
            ("notes_search", "{}"),
            ("note_read", r#"{"note":"work/a"}"#),
            ("note_new", r#"{"note":"a","text":"x"}"#),
            ("note_append", r#"{"note":"today","text":"x"}"#),
            ("nix_search", r#"{"within":"packages","text":"jq"}"#),
            ("nix_run", r#"{"package":"jq","words":["jq","--version"]}"#),
            ("plan", r#"{"steps":[{"text":"x","state":"todo"}]}"#),
        ] {
            assert!(offered.iter().any(|tool| tool.name == name), "{name}");
            assert_eq!(parse(name, arguments).unwrap().tool(), name);
        }
    }

    #[test]
    fn what_does_not_fit_is_said() {
        let long = format!(r#"{{"path":"/a","content":"{}"}}"#, "x".repeat(LONGEST));
        for (name, arguments, said) in [
            ("shel\u{4bb}", "{}", "no tool of this name"),
            ("shell\u{200b}", "{}", "no tool of this name"),
            ("Shell", "{}", "no tool of this name"),
            ("", "{}", "no tool of this name"),
            ("shell", "{", "schema"),
            ("shell", "[]", "schema"),
            ("shell", r#"{"words":"ls"}"#, "schema"),
            ("shell", r#"{"words":[]}"#, "no command"),
            ("shell", r#"{"words":["ls"],"allow":true}"#, "unknown field"),
            ("shell_unsandboxed", r#"{"words":[""]}"#, "no command"),
            ("files_read", r#"{"path":"a"}"#, "absolute"),
            ("files_read", r#"{"path":"/a","path":"/b"}"#, "duplicate field"),
            ("files_write", &long, "divide"),
            ("unit_stop", r#"{"unit":"a b"}"#, "no name of a unit"),
            ("screen_look", r#"{"window":"4] kill"}"#, "no identifier"),
            ("screen_look", r#"{"window":"4","all":true}"#, "not several"),
            ("screen_tree", r#"{"window":"4] kill"}"#, "no identifier"),
            ("screen_tree", r#"{"window":"4","app":"a"}"#, "not both"),
            ("open", r#"{"url":"file:///etc/passwd"}"#, "http"),
            ("open", r#"{"url":"https://good.example@evil/"}"#, "host"),
            ("open_file", r#"{"path":"https://nixos.org"}"#, "absolute"),
            ("open_file", r#"{"path":"-a"}"#, "absolute"),
            ("window_move", r#"{"window":"4"}"#, "either"),
            ("window_move", r#"{"window":"4","workspace":"a","output":"b"}"#, "either"),
            ("window_close", r#"{"window":"4] kill"}"#, "no identifier"),
            ("workspace_switch", r#"{"workspace":"a\"; exec x"}"#, "can't be meant"),
            ("workspace_switch", r#"{"workspace":"back_and_forth"}"#, "can't be meant"),
            ("media_control", r#"{"verb":"position"}"#, "needs seconds"),
            ("volume_set", r#"{"percent":200}"#, "0 to 100"),
            ("dbus_call", r#"{"name":":1.7","path":"/","interface":"org.a","member":"B"}"#, "well-known"),
            ("dbus_call", r#"{"name":"org.a","path":"/a/","interface":"org.a","member":"B"}"#, "no path"),
            ("dbus_call", r#"{"name":"org.a","path":"/","interface":"org.a","member":"B","arguments":"1"}"#, "no list"),
            ("files_edit", r#"{"path":"/a","old":"","new":"x"}"#, "empty"),
            ("note_read", r#"{"note":"../a"}"#, "no name of a note"),
            ("note_read", r#"{"note":"/etc/passwd"}"#, "no name of a note"),
            ("nix_run", r#"{"package":"-f x","words":["x"]}"#, "no attribute"),
            ("nix_run", r#"{"package":"jq","words":[]}"#, "no command"),
            ("journal", r#"{"since":"2026-01-31 08:00","minutes":5}"#, "either minutes or since"),
            ("journal", r#"{"until":"2026-01-31 08:00"}"#, "until needs since"),
            ("journal", r#"{"priority":"bad"}"#, "schema"),
            ("files_remove", r#"{"path":"/a"}"#, "no tool of this name"),
        ] {
            let error = parse(name, arguments).unwrap_err();
            assert!(error.contains(said), "{name} {}: {error}", &arguments[..arguments.len().min(60)]);
        }
    }
}
