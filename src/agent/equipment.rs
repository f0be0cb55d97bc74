//! What a conversation may use: the tools, the rules about them, and how far it may go by itself.

use std::collections::HashMap;
use std::sync::Arc;

use crate::model::{
    Action, Availability, Deed, InputAction, Message, MessageId, ModelRef, Need, Part, Role, ToolCall, ToolSpec,
};

use super::Outcome;
use super::policy::Policy;
use super::tools;
use super::tools::hand::Hand;
use super::tools::plugin::Plugin;

/// What is said to a model that has tools.
const NOTE: &str = include_str!("prompt/tools.md");

/// The longest reason that stands in the instructions, in characters.
const LONGEST_REASON: usize = 300;

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
    /// What some would need and is not there.
    pub withheld: Vec<Need>,
}

impl Toolbox {
    /// Why this tool can't work here and what a person can do about it, if it can't.
    fn lacking(&self, tool: &str) -> Option<String> {
        self.withheld.iter().filter(|need| need.tools.contains(&tool)).find_map(|need| match &need.availability {
            Availability::Usable { .. } => None,
            Availability::Unusable { why, next_step } if next_step.is_empty() => Some(why.clone()),
            Availability::Unusable { why, next_step } => Some(format!("{why} ({next_step})")),
        })
    }

    /// The end of the instructions: what is not possible, and why. The same as long as the same is lacking.
    fn not_possible(&self) -> String {
        let lines = self.withheld.iter().filter_map(|need| match &need.availability {
            Availability::Usable { .. } => None,
            Availability::Unusable { why, .. } => {
                Some(format!("- {} ({}), because {}", need.name, need.tools.join(", "), in_a_line(why)))
            }
        });
        let lines = lines.collect::<Vec<_>>().join("\n");
        if lines.is_empty() {
            return String::new();
        }
        format!(
            "\nNot possible here:\n{lines}\nWhere that is needed, say so with the reason; `nerva doctor` tells the user what to do."
        )
    }
}

/// What is said to a model that calls what can't work.
fn refusal(tool: &str, why: &str) -> String {
    format!("{tool} can't work here: {why}. Nothing was asked or done; tell the user why")
}

/// The reason in one line of bounded length: some of it may be what another program said.
fn in_a_line(why: &str) -> String {
    let words = why.split(|letter: char| letter.is_whitespace() || letter.is_control());
    let line = words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LONGEST_REASON) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// How far a model may go by itself.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Calls of tools, however many of them an answer has.
    pub steps: u32,
    /// Seconds since they began.
    pub seconds: u32,
    /// Dollars since then, as far as prices are known, and by an estimate where nobody counts tokens; 0 for no limit.
    pub dollars: f64,
}

impl Limits {
    /// Said when the time is over.
    pub(super) fn too_long(&self) -> String {
        format!("It took more than {} seconds, as long as `agent.seconds` allows.", self.seconds)
    }
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
        let mut specs = tools::offered();
        // Where no command may be asked about, a call of it is refused with what would let it.
        let offered = |tool: &str| tool != Deed::OUTSIDE || !policy.outside.is_empty();
        specs.retain(|spec| toolbox.lacking(&spec.name).is_none() && offered(&spec.name));
        specs.extend(
            toolbox.plugins.iter().filter(|plugin| toolbox.lacking(plugin.needs()).is_none()).map(Plugin::spec),
        );
        let note = format!("{}\n{open}{}", NOTE.trim_end(), toolbox.not_possible());
        Self { policy, limits, prices, specs, note, toolbox }
    }

    /// The action that a call asks for, or what is given back for it at once. `before` is the conversation up to there.
    pub(crate) fn read(&self, call: &ToolCall, before: &[Arc<Message>]) -> Result<Action, Outcome> {
        if let Some(why) = self.toolbox.lacking(&call.name) {
            return Err(Outcome::failed(refusal(&call.name, &why)));
        }
        let hand = || Hand::of(before);
        call.arguments.with(|arguments| {
            if tools::asks_for_the_pointer(&call.name, arguments) {
                return Err(match self.toolbox.lacking(InputAction::TOOL) {
                    Some(why) => Outcome::failed(refusal(&call.name, &why)),
                    None => hand().pointer.words().map_or_else(Outcome::failed, Outcome::well),
                });
            }
            if let Some(note) = tools::noted(&call.name, arguments, &hand) {
                return Err(match self.toolbox.lacking(InputAction::TOOL) {
                    Some(why) => Outcome::failed(refusal(&call.name, &why)),
                    None => note.map_or_else(Outcome::failed, |note| Outcome::well(note.words())),
                });
            }
            let action = match self.toolbox.plugins.iter().find(|plugin| plugin.tool() == call.name) {
                Some(_) if arguments.len() > tools::LONGEST => tools::parse(&call.name, arguments),
                Some(plugin) => match self.toolbox.lacking(plugin.needs()) {
                    Some(why) => Err(refusal(&call.name, &why)),
                    None => plugin.action(arguments),
                },
                None => tools::parse_at(&call.name, arguments, hand),
            };
            let action = action.map_err(Outcome::failed)?;
            // A vendor's name for it is another one.
            match self.toolbox.lacking(action.tool()) {
                Some(why) => Err(Outcome::failed(refusal(&call.name, &why))),
                None => Ok(action),
            }
        })
    }

    /// The tools as a model hears of them.
    pub fn specs(&self) -> &[ToolSpec] {
        &self.specs
    }

    /// The instructions of a conversation that has these tools.
    pub fn system(&self, system: &str) -> String {
        format!("{system}\n\n{}", self.note).trim_start().to_owned()
    }

    /// Why the model may not go on by itself, if it may not. `messages` are what came since the question, or since a person
    /// let it go on, which was so many `millis` ago; `size` is about how many tokens were sent for an answer.
    pub fn limit<'a>(
        &self,
        messages: impl Iterator<Item = &'a Message>,
        size: impl Fn(MessageId) -> Option<u64>,
        millis: u64,
    ) -> Option<String> {
        let (mut steps, mut spent, mut about) = (0_usize, 0.0, "");
        for message in messages {
            match message.role {
                Role::User => {}
                Role::Assistant => {
                    let price = message.model.as_ref().and_then(|model| self.prices.get(model));
                    let Some((input, output)) = price else { continue };
                    let answer = message.tokens();
                    let counted = message.usage.input.is_some() && answer.is_some_and(|answer| !answer.estimated);
                    let asked = message.usage.input.or_else(|| size(message.id)).unwrap_or(0);
                    let answered = answer.map_or(0, |answer| answer.count);
                    let cost = (asked as f64 * input + answered as f64 * output) / 1e6;
                    about = if counted || cost == 0.0 { about } else { "about " };
                    spent += cost;
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
        if millis >= u64::from(seconds) * 1000 {
            return Some(self.limits.too_long());
        }
        (dollars > 0.0 && spent >= dollars)
            .then(|| format!("It cost {about}${spent:.2}; `agent.dollars` allows ${dollars:.2}."))
    }
}
