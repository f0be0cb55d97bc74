//! Tools of the user's own: what `tool.toml` says of them, and how a call of one is read.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::model::{Action, Deed, Digest, PluginCall, Risk, ToolSpec};

/// What all their names begin with, so that none can be that of a built-in tool.
pub const PREFIX: &str = "plugin_";
/// The longest texts that a plugin says about itself, in bytes.
const LONGEST_ABOUT: usize = 2000;

/// What `tool.toml` says.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Its name, as that of its folder: small letters, digits and `_`.
    pub name: String,
    /// What it is for; a model reads this.
    pub about: String,
    /// The program, in the same folder.
    pub program: String,
    /// What it may do: `look`, `pry`, `change` or `run`. Below `change` it counts only where the configuration says so too.
    #[serde(default = "change")]
    pub risk: Risk,
    /// Whether it needs the network.
    #[serde(default)]
    pub network: bool,
    /// Its arguments, in the order in which they are told to a model.
    #[serde(default)]
    pub arguments: Vec<Argument>,
}

fn change() -> Risk {
    Risk::Change
}

/// An argument of a plugin.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Argument {
    /// Its name.
    pub name: String,
    /// What it is; a model reads this.
    pub about: String,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// Whether it may be left out.
    #[serde(default)]
    pub optional: bool,
    /// The values that a text may have; none for any.
    #[serde(default)]
    pub choices: Vec<String>,
}

/// The type of an argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A text.
    Text,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// Yes or no.
    Boolean,
    /// A list of texts.
    Texts,
}

/// A plugin that can be used: what it says, and what the user lets it do.
#[derive(Debug, Clone, PartialEq)]
pub struct Plugin {
    /// What it says.
    pub manifest: Manifest,
    /// Its program, an absolute path without links.
    pub program: String,
    /// Of the program's bytes.
    pub digest: Digest,
    /// What it counts as.
    pub risk: Risk,
    /// Whether it runs in the sandbox.
    pub sandboxed: bool,
    /// Whether it reaches the network.
    pub network: bool,
}

impl Plugin {
    /// Its name for a model and for rules.
    pub fn tool(&self) -> String {
        format!("{PREFIX}{}", self.manifest.name)
    }

    /// The built-in tool that needs what it needs; empty where it needs nothing.
    pub fn needs(&self) -> &'static str {
        if self.sandboxed { "shell" } else { "" }
    }

    /// It as a model hears of it.
    pub fn spec(&self) -> ToolSpec {
        let properties: Map<String, Value> =
            self.manifest.arguments.iter().map(|argument| (argument.name.clone(), schema(argument))).collect();
        let needed: Vec<&str> = self
            .manifest
            .arguments
            .iter()
            .filter(|argument| !argument.optional)
            .map(|argument| argument.name.as_str())
            .collect();
        ToolSpec {
            name: self.tool(),
            description: self.manifest.about.clone(),
            schema: json!({"type": "object", "properties": properties, "required": needed, "additionalProperties": false}),
        }
    }

    /// The action that a call asks for, or what is to be said to the model about it.
    ///
    /// # Errors
    /// In words.
    pub fn action(&self, arguments: &str) -> Result<Action, String> {
        let wrong = |why: String| format!("the arguments do not fit the tool's schema: {why}");
        let arguments = if arguments.trim().is_empty() { "{}" } else { arguments };
        let Unique(given) = serde_json::from_str(arguments).map_err(|error| wrong(error.to_string()))?;
        for argument in &self.manifest.arguments {
            match given.get(&argument.name) {
                None if argument.optional => {}
                None => return Err(wrong(format!("{} is missing", argument.name))),
                Some(value) if fits(argument, value) => {}
                Some(value) => return Err(wrong(format!("{} can't be {value}", argument.name))),
            }
        }
        let known = |name: &String| self.manifest.arguments.iter().any(|argument| argument.name == *name);
        if let Some(unknown) = given.keys().find(|name| !known(name)) {
            return Err(wrong(format!("there is no argument {unknown:?}")));
        }
        Ok(Action::Deed(Deed::Plugin(PluginCall {
            tool: self.tool(),
            program: self.program.clone(),
            digest: self.digest,
            arguments: Value::Object(given).to_string(),
            risk: self.risk,
            sandboxed: self.sandboxed,
            network: self.network,
        })))
    }
}

/// An object in which no name is given twice.
struct Unique(Map<String, Value>);

impl<'de> Deserialize<'de> for Unique {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Unique;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut entries: A) -> Result<Unique, A::Error> {
                let mut map = Map::new();
                while let Some((name, value)) = entries.next_entry::<String, Value>()? {
                    if map.insert(name.clone(), value).is_some() {
                        return Err(serde::de::Error::custom(format!("duplicate field {name:?}")));
                    }
                }
                Ok(Unique(map))
            }
        }
        deserializer.deserialize_map(Visitor)
    }
}

fn schema(argument: &Argument) -> Value {
    let mut schema = match argument.kind {
        Kind::Text if argument.choices.is_empty() => json!({"type": "string"}),
        Kind::Text => json!({"type": "string", "enum": argument.choices}),
        Kind::Integer => json!({"type": "integer"}),
        Kind::Number => json!({"type": "number"}),
        Kind::Boolean => json!({"type": "boolean"}),
        Kind::Texts => json!({"type": "array", "items": {"type": "string"}}),
    };
    schema["description"] = argument.about.clone().into();
    schema
}

fn fits(argument: &Argument, value: &Value) -> bool {
    match argument.kind {
        Kind::Text => value
            .as_str()
            .is_some_and(|text| argument.choices.is_empty() || argument.choices.iter().any(|choice| choice == text)),
        Kind::Integer => value.is_i64() || value.is_u64(),
        Kind::Number => value.is_number(),
        Kind::Boolean => value.is_boolean(),
        Kind::Texts => value.as_array().is_some_and(|list| list.iter().all(Value::is_string)),
    }
}

impl Manifest {
    /// Why it can't be used, if it can't. `folder` is the name of its folder.
    pub fn fault(&self, folder: &str) -> Option<String> {
        let plain = |name: &str| {
            name.len() <= 40
                && name.starts_with(|letter: char| letter.is_ascii_lowercase())
                && name.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_')
        };
        if self.name != folder {
            return Some(format!("its name is {:?}, and that of its folder {folder:?}", self.name));
        }
        if !plain(&self.name) {
            return Some("its name has to be small letters, digits and _, a letter first, at most 40".into());
        }
        if self.about.trim().is_empty() || self.about.len() > LONGEST_ABOUT {
            return Some(format!("`about` has to say what it is for, in at most {LONGEST_ABOUT} bytes"));
        }
        if self.program.is_empty() || self.program.starts_with('.') || self.program.contains('/') {
            return Some("`program` has to be a file of the same folder".into());
        }
        for (at, argument) in self.arguments.iter().enumerate() {
            if !plain(&argument.name) || self.arguments[..at].iter().any(|other| other.name == argument.name) {
                return Some(format!("the argument {:?} is named twice, or not in small letters", argument.name));
            }
            if argument.about.len() > LONGEST_ABOUT || (!argument.choices.is_empty() && argument.kind != Kind::Text) {
                return Some(format!(
                    "the argument {:?} says too much, or has choices without being a text",
                    argument.name
                ));
            }
        }
        None
    }
}

/// What a name looks like: names that are the same here could be taken for each other.
pub fn skeleton(name: &str) -> String {
    let name = name.strip_prefix(PREFIX).unwrap_or(name);
    let mut plain: String = name
        .to_lowercase()
        .chars()
        .filter(|letter| !matches!(letter, '_' | '-' | '.'))
        .map(|letter| match letter {
            '0' => 'o',
            '1' | 'i' | '|' => 'l',
            '5' => 's',
            '2' => 'z',
            '8' => 'b',
            letter => letter,
        })
        .collect();
    for (pair, one) in [("rn", "m"), ("vv", "w"), ("cl", "d")] {
        plain = plain.replace(pair, one);
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plugin() -> Plugin {
        let argument = |name: &str, kind, optional, choices: &[&str]| Argument {
            name: name.into(),
            about: "x".into(),
            kind,
            optional,
            choices: choices.iter().map(|&choice| choice.to_owned()).collect(),
        };
        let arguments = vec![
            argument("city", Kind::Text, false, &[]),
            argument("unit", Kind::Text, true, &["c", "f"]),
            argument("days", Kind::Integer, true, &[]),
            argument("tags", Kind::Texts, true, &[]),
        ];
        let manifest = Manifest {
            name: "weather".into(),
            about: "Say the weather.".into(),
            program: "run".into(),
            risk: Risk::Look,
            network: false,
            arguments,
        };
        let (program, digest) = ("/p/run".into(), Digest::of(b"x"));
        Plugin { manifest, program, digest, risk: Risk::Change, sandboxed: true, network: false }
    }

    #[test]
    fn arguments_have_to_fit() {
        let plugin = plugin();
        assert_eq!(plugin.manifest.fault("weather"), None);
        let Ok(Action::Deed(Deed::Plugin(call))) = plugin.action(r#"{ "city": "Ulm", "days": 3 }"#) else {
            panic!("it fits")
        };
        assert_eq!((call.arguments.as_str(), call.tool.as_str()), (r#"{"city":"Ulm","days":3}"#, "plugin_weather"));
        for (arguments, said) in [
            ("{}", "city is missing"),
            (r#"{"city":3}"#, "can't be 3"),
            (r#"{"city":"Ulm","unit":"k"}"#, "can't be"),
            (r#"{"city":"Ulm","days":1.5}"#, "can't be"),
            (r#"{"city":"Ulm","tags":[1]}"#, "can't be"),
            (r#"{"city":"Ulm","Days":1}"#, "no argument"),
            (r#"{"city":"Ulm","city":"Bonn"}"#, "duplicate"),
            ("[]", "object"),
            ("{", "schema"),
        ] {
            assert!(plugin.action(arguments).unwrap_err().contains(said), "{arguments}");
        }
        let schema = plugin.spec().schema;
        assert_eq!(schema["required"], json!(["city"]));
        assert_eq!(schema["properties"]["unit"]["enum"], json!(["c", "f"]));
    }

    #[test]
    fn names_that_look_alike_have_one_skeleton() {
        for (one, other) in [("shell", "she1l"), ("shell", "Shell"), ("plugin_open", "0pen"), ("note_new", "notenew")] {
            assert_eq!(skeleton(one), skeleton(other), "{one} {other}");
        }
        assert_ne!(skeleton("note_new"), skeleton("note_read"));
    }

    #[test]
    fn what_a_manifest_may_not_say() {
        let base = plugin().manifest;
        type Change = fn(&mut Manifest);
        let cases: [(Change, &str); 4] = [
            (|m| m.name = "Weather".into(), "that of its folder"),
            (|m| m.program = "../sh".into(), "same folder"),
            (|m| m.about = " ".into(), "about"),
            (|m| m.arguments[1].name = "city".into(), "twice"),
        ];
        for (change, said) in cases {
            let mut manifest = base.clone();
            change(&mut manifest);
            assert!(manifest.fault("weather").is_some_and(|fault| fault.contains(said)), "{said}");
        }
        let shouting = Manifest { name: "ШELL".into(), ..base };
        assert!(shouting.fault("ШELL").is_some_and(|fault| fault.contains("small letters")));
    }
}
