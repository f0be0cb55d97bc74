//! What a conversation may use: the tools, the rules about them, and how far it may go by itself.

use std::collections::HashMap;

use crate::model::{Action, Message, MessageState, ModelRef, Part, Role, Timestamp, ToolSpec};

use super::policy::Policy;
use super::tools;
use super::tools::plugin::Plugin;

/// What is said to a model that has tools.
const NOTE: &str = include_str!("prompt/tools.md");

/// The tools of a conversation, and the rules about them.
#[derive(Debug, Clone, PartialEq)]
pub struct Equipment {
    /// What decides about them.
    pub policy: Policy,
    /// How far it may go between two questions.
    pub limits: Limits,
    /// Dollars per million tokens in and out, where known.
    pub prices: HashMap<ModelRef, (f64, f64)>,
    specs: Vec<ToolSpec>,
    note: String,
    toolbox: Toolbox,
}

/// Which tools there are, beyond those that are always there.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Toolbox {
    /// The user's own.
    pub plugins: Vec<Plugin>,
    /// Those that can't work here, and why.
    pub withheld: Vec<(&'static str, String)>,
}

/// How far a model may go by itself.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Calls of tools, however many of them an answer has.
    pub steps: u32,
    /// Seconds since they began.
    pub seconds: u32,
    /// Dollars since then, as far as prices are known; 0 for no limit.
    pub dollars: f64,
}

impl Equipment {
    /// All tools under this policy. `roots` are the folders that are open to them.
    pub fn new(policy: Policy, limits: Limits, prices: HashMap<ModelRef, (f64, f64)>, roots: &[String]) -> Self {
        Self::with(policy, limits, prices, roots, Toolbox::default())
    }

    /// The same with plugins, and without what can't work here.
    pub fn with(
        policy: Policy,
        limits: Limits,
        prices: HashMap<ModelRef, (f64, f64)>,
        roots: &[String],
        toolbox: Toolbox,
    ) -> Self {
        let open = match roots {
            [] => "No folders are open to the tools for files and commands.".to_owned(),
            roots => format!("The folders open to the tools for files and commands are: {}", roots.join(", ")),
        };
        let withheld = |name: &str| toolbox.withheld.iter().any(|(tool, _)| *tool == name);
        let mut specs = tools::offered();
        specs.retain(|spec| !withheld(&spec.name));
        specs.extend(toolbox.plugins.iter().map(Plugin::spec));
        Self { policy, limits, prices, specs, note: format!("{}\n{open}", NOTE.trim_end()), toolbox }
    }

    /// The action that a call asks for, or what is to be said to the model about it.
    pub(crate) fn parse(&self, name: &str, arguments: &str) -> Result<Action, String> {
        if let Some((_, why)) = self.toolbox.withheld.iter().find(|(tool, _)| *tool == name) {
            return Err(format!("{name} can't work here: {why}"));
        }
        match self.toolbox.plugins.iter().find(|plugin| plugin.tool() == name) {
            Some(_) if arguments.len() > tools::LONGEST => tools::parse(name, arguments),
            Some(plugin) => plugin.action(arguments),
            None => tools::parse(name, arguments),
        }
    }

    /// The tools as a model hears of them.
    pub fn specs(&self) -> &[ToolSpec] {
        &self.specs
    }

    /// The instructions of a conversation that has these tools.
    pub fn system(&self, system: &str) -> String {
        format!("{system}\n\n{}", self.note).trim_start().to_owned()
    }

    /// Why the model may not go on by itself, if it may not. `messages` end with the results of its newest calls, as far
    /// as there are any yet. What counts is what came since the question, or since a person let it go on.
    pub fn limit<'a>(&self, messages: impl DoubleEndedIterator<Item = &'a Message>, now: Timestamp) -> Option<String> {
        let (mut steps, mut spent, mut asked) = (0_usize, 0.0, now);
        for message in messages.rev() {
            match message.role {
                Role::Tool if matches!(message.state, MessageState::Failed { .. }) => break,
                Role::User => {
                    asked = message.at;
                    break;
                }
                Role::Assistant => {
                    asked = message.at;
                    let price = message.model.as_ref().and_then(|model| self.prices.get(model));
                    let tokens = |count: Option<u64>| count.unwrap_or(0) as f64 / 1e6;
                    spent += price.map_or(0.0, |(input, output)| {
                        tokens(message.usage.input) * input + tokens(message.usage.output) * output
                    });
                }
                Role::Tool => {
                    steps += message.parts.iter().filter(|part| matches!(part, Part::ToolResult { .. })).count();
                }
            }
        }
        let Limits { steps: most, seconds, dollars } = self.limits;
        if steps >= usize::try_from(most).unwrap_or(usize::MAX) {
            return Some(format!("It took {most} steps, as many as `agent.steps` allows."));
        }
        if now.since(asked) >= u64::from(seconds) * 1000 {
            return Some(format!("It took more than {seconds} seconds, as long as `agent.seconds` allows."));
        }
        (dollars > 0.0 && spent >= dollars)
            .then(|| format!("It cost ${spent:.2}; `agent.dollars` allows ${dollars:.2}."))
    }
}
