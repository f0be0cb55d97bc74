//! `[agent]`: whether a model may use tools, which, and how it is asked about.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::{BusPattern, Outside, Risk, Rule};

/// `[agent]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Agent {
    /// Offer tools to the model, in conversations of the overlay.
    pub enabled: bool,
    /// How much is asked.
    pub mode: AgentMode,
    /// Tools that run without asking in mode `auto`. Protected places and what the rules say still count.
    pub auto: Vec<String>,
    /// Folders in which files are read and searched without asking (what is read goes to the model), and written when you
    /// allow it; commands start there.
    pub roots: Vec<String>,
    /// Calls of tools for one question, 1–100.
    pub steps: u32,
    /// Seconds from the question on, 1–86400; what is at work then is ended. What you allow on a card has as long again.
    pub seconds: u32,
    /// Dollars for one question, as far as prices are configured; where a provider counts no tokens, by an estimate. `0`: no
    /// limit.
    pub dollars: f64,
    /// What is never done. Goes before everything else.
    pub deny: Vec<Rule>,
    /// What is always asked about. Goes before `allow`.
    pub ask: Vec<Rule>,
    /// What is done without asking.
    pub allow: Vec<Rule>,
    /// Calls on the session's and the system's bus that may be made; each is still asked about. All others are refused.
    pub dbus: Vec<BusPattern>,
    /// Commands that may run outside the sandbox (`shell_unsandboxed`); each is still asked about. All others are refused.
    pub unsandboxed: Vec<Outside>,
    /// What plugins may do, by their names.
    pub plugins: BTreeMap<String, PluginRights>,
}

/// `[agent.plugins.NAME]`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PluginRights {
    /// Run it in the sandbox. Outside it is always asked about.
    pub sandbox: bool,
    /// Let it reach the network, if it says that it needs it.
    pub network: bool,
    /// Believe it that it only looks (`look` is done without asking), if it says so; left out, it counts as `change` at least.
    pub risk: Option<Risk>,
}

impl Default for PluginRights {
    fn default() -> Self {
        Self { sandbox: true, network: false, risk: None }
    }
}

impl Default for Agent {
    fn default() -> Self {
        Self {
            enabled: false,
            mode: AgentMode::Ask,
            auto: Vec::new(),
            roots: Vec::new(),
            steps: 20,
            seconds: 900,
            dollars: 1.0,
            deny: Vec::new(),
            ask: Vec::new(),
            allow: Vec::new(),
            dbus: Vec::new(),
            unsandboxed: Vec::new(),
            plugins: BTreeMap::new(),
        }
    }
}

/// How much is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AgentMode {
    /// Everything that changes something is asked about.
    #[default]
    Ask,
    /// What changes something is refused.
    ReadOnly,
    /// As `ask`, but the tools in `auto` run without asking.
    Auto,
}
