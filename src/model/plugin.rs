//! A call of a plugin: a program that the user put beside the configuration.

use serde::{Deserialize, Serialize};

use super::{Digest, Risk};

/// A call of a plugin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PluginCall {
    /// The tool's whole name, `plugin_…`.
    pub tool: String,
    /// The program.
    pub program: String,
    /// Of the program's bytes when the plugin was read; only these run.
    pub digest: Digest,
    /// The arguments: an object in JSON, without spaces.
    pub arguments: String,
    /// What it may do, as far as it says and the user believes.
    pub risk: Risk,
    /// Whether it runs in the sandbox.
    pub sandboxed: bool,
    /// Whether it reaches the network.
    pub network: bool,
}

impl PluginCall {
    /// Everything that decides what happens, by name.
    pub fn fields(&self) -> Vec<(&'static str, Vec<String>)> {
        let one = |name, value: &str| (name, vec![value.to_owned()]);
        vec![
            one("program", &self.program),
            one("digest", &self.digest.to_string()),
            one("text", &self.arguments),
            one("sandboxed", &self.sandboxed.to_string()),
            one("network", &self.network.to_string()),
        ]
    }
}
