//! `dbus_introspect`: what an object on a bus offers.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::model::{Action, Bus, Deed};

pub(super) const NAME: &str = "dbus_introspect";
pub(super) const ABOUT: &str = "Say which interfaces, methods with their arguments, properties and children an object on D-Bus has. Nothing is started for it.";

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
    #[serde(default = "root")]
    path: String,
}

pub(super) fn action(input: Input) -> Result<Action, String> {
    super::bus_names(&input.name, &input.path)?;
    Ok(Action::Deed(Deed::BusIntrospect { bus: input.bus, name: input.name, path: input.path }))
}

fn root() -> String {
    "/".into()
}
