//! `dbus_call`: calls a method on a bus.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::model::{Action, Bus, BusCall, Deed};

pub(super) const NAME: &str = "dbus_call";
pub(super) const ABOUT: &str = "Call a method on D-Bus. Only calls that the user put on a list can be made; the answer to any other says so. Look with dbus_introspect first.";

/// What it is told.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// Which bus: session or system.
    #[serde(default)]
    bus: Bus,
    /// A well-known name, such as org.freedesktop.Notifications.
    name: String,
    /// The object's path.
    path: String,
    /// The interface.
    interface: String,
    /// The method.
    member: String,
    /// Its arguments in order, as a list in JSON of the types that dbus_introspect tells: ["a", 3, {"key": true}]. A variant
    /// is {"type": "s", "value": "x"}. Left out: none.
    #[serde(default = "none")]
    arguments: String,
}

pub(super) fn action(input: Input) -> Result<Action, String> {
    super::bus_names(&input.name, &input.path)?;
    let plain = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let dotted = |letter: char| plain(letter) || letter == '.';
    if !input.interface.contains('.') || !input.interface.chars().all(dotted) {
        return Err(format!("{:?} is no name of an interface", input.interface));
    }
    if input.member.is_empty() || !input.member.chars().all(plain) {
        return Err(format!("{:?} is no name of a method", input.member));
    }
    let Input { bus, name, path, interface, member, arguments } = input;
    let read: Result<Vec<serde_json::Value>, _> = serde_json::from_str(&arguments);
    let read = read.map_err(|error| format!("the arguments are no list in JSON: {error}"))?;
    let arguments = serde_json::Value::from(read).to_string();
    let signature = String::new();
    Ok(Action::Deed(Deed::BusCall(BusCall { bus, name, path, interface, member, signature, arguments })))
}

fn none() -> String {
    "[]".into()
}
