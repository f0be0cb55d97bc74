//! A call of a method on a bus, and the patterns that let it be made at all.

use serde::{Deserialize, Serialize};

use super::Bus;

/// A call of a method.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BusCall {
    /// Which bus.
    pub bus: Bus,
    /// Who is called, by a well-known name.
    pub name: String,
    /// The object.
    pub path: String,
    /// The interface.
    pub interface: String,
    /// The method.
    pub member: String,
    /// The arguments' types, as the object tells them when the action is prepared.
    pub signature: String,
    /// The arguments: a list in JSON, without spaces.
    pub arguments: String,
}

/// Calls that may be made, each still asked about. A part that is not given may be anything; `*` stands for any characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BusPattern {
    /// Which bus: `session` or `system`.
    #[serde(default)]
    pub bus: Bus,
    /// Who is called, by a well-known name.
    pub name: String,
    /// The object.
    #[serde(default = "any")]
    pub path: String,
    /// The interface.
    #[serde(default = "any")]
    pub interface: String,
    /// The method.
    #[serde(default = "any")]
    pub member: String,
}

fn any() -> String {
    "*".into()
}

impl BusCall {
    /// Everything that decides what happens, by name.
    pub fn fields(&self) -> Vec<(&'static str, Vec<String>)> {
        let one = |name, value: &str| (name, vec![value.to_owned()]);
        vec![
            one("bus", self.bus.word()),
            one("name", &self.name),
            one("object", &self.path),
            one("interface", &self.interface),
            one("member", &self.member),
            one("signature", &self.signature),
            one("text", &self.arguments),
        ]
    }

    /// The method, the object and the arguments, for rules.
    pub fn words(&self) -> [String; 3] {
        [format!("{}.{}", self.interface, self.member), self.path.clone(), self.arguments.clone()]
    }

    /// The line of the configuration that lets this call, and no other, be made.
    pub fn line(&self) -> String {
        let bus = if self.bus == Bus::System { "bus = \"system\", " } else { "" };
        format!(
            "dbus = [{{ {bus}name = \"{}\", path = \"{}\", interface = \"{}\", member = \"{}\" }}]",
            self.name, self.path, self.interface, self.member
        )
    }
}

impl BusPattern {
    /// Whether it lets this call be made; `matches` compares a pattern with a text.
    pub fn lets(&self, call: &BusCall, matches: impl Fn(&str, &str) -> bool) -> bool {
        self.bus == call.bus
            && [
                (&self.name, &call.name),
                (&self.path, &call.path),
                (&self.interface, &call.interface),
                (&self.member, &call.member),
            ]
            .into_iter()
            .all(|(pattern, text)| matches(pattern, text))
    }
}
