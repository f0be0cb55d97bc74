//! Whether an action may run, must be asked about, or may not: one pure function of the action and the rules.

mod commands;
mod divide;
mod input;
mod programs;
mod protected;
#[cfg(test)]
mod tests;

pub use divide::{Single, divided};
pub use protected::{Places, Protection, Surroundings, variables};

use std::borrow::Cow;

use crate::model::{Action, BusPattern, Deed, Grant, Nearby, Outside, Remembered, Risk, Rule, Timestamp};

/// How much is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// Everything that changes something is asked about.
    #[default]
    Ask,
    /// What changes something is refused.
    ReadOnly,
    /// As `Ask`, but tools that are listed run without asking.
    Auto,
}

/// Everything that decides about actions. It comes from the configuration and from what was pressed on cards; nothing
/// that a model, a file or a result of a tool says gets here.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Policy {
    /// How much is asked.
    pub mode: Mode,
    /// Tools that run without asking in [`Mode::Auto`].
    pub auto: Vec<String>,
    /// What is never done.
    pub deny: Vec<Rule>,
    /// What is always asked about.
    pub ask: Vec<Rule>,
    /// What is done without asking.
    pub allow: Vec<Rule>,
    /// What was allowed on a card for some time.
    pub remembered: Vec<Remembered>,
    /// Calls on the buses that may be made, once they are asked about.
    pub bus: Vec<BusPattern>,
    /// Commands that may run outside the sandbox, each asked about.
    pub outside: Vec<Outside>,
    /// Where things are that need more care.
    pub places: Places,
}

/// What is decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It may run.
    Allow(Grant),
    /// A person has to be asked.
    Ask {
        /// What they should mind.
        warnings: Vec<String>,
        /// Whether it can be allowed for some time.
        can_stay: bool,
    },
    /// It does not run.
    Deny(String),
}

/// Decides. The first line that applies counts, in every mode:
///
/// 1. A *deny* rule that fits, also for any command within a command, and for looking at a name on a bus whose calls are
///    denied: **deny**.
/// 2. Nerva's own configuration, rules, history and audit: **deny**. A command in a folder that holds such places: **deny**.
///    Pointer and keyboard in Nerva's own windows, in ones that ask for a password or lock the session: **deny**.
///    A call on a bus that no pattern of the configuration lets be made, or one to Nerva itself: **deny**. A command outside
///    the sandbox that the configuration does not let be asked about: **deny**.
/// 3. Mode *read-only* and the action changes something: **deny**.
/// 4. A place that is protected, a character that hides, a command that runs another, among its words one that a rule is
///    against, what is grave by itself (switching off, units of the system and those that hold the session, programs that
///    are fetched, commands and plugins outside the sandbox); pointer and keyboard in a terminal or in no known window, and what a model's provider warns of: **ask**,
///    whatever else is allowed.
/// 5. An *ask* rule that fits, also for any command within a command: **ask**.
/// 6. An *allow* rule that fits: **allow**; a command that asks for the network only by one that says so.
/// 7. A rule that was made on a card, fits and has not ended: **allow**; for the network as before.
/// 8. Mode *auto* and the tool is listed, and no network is asked for: **allow**.
/// 9. It only looks, at what was opened for looking: **allow**.
/// 10. Anything else: **ask**.
pub fn decide(policy: &Policy, action: &Action, now: Timestamp) -> Verdict {
    let commands = action.words().map(commands::within).unwrap_or_default();
    let fits = |rule: &&Rule| {
        let rule = &as_meant(rule, action);
        let within = commands.all.iter().any(|words| fits_words(rule, action, words));
        within || fits(rule, action) || matches!(action, Action::Input(input) if input::fits_any(rule, input))
    };
    if let Some(rule) = policy.deny.iter().find(|rule| fits(rule) || denies_name(rule, action)) {
        return Verdict::Deny(format!("the configuration denies {}", rule.recorded()));
    }
    if let Action::Input(input) = action
        && let Some(why) = input::forbids(input)
    {
        return Verdict::Deny(why);
    }
    let protection = policy.places.protection(action);
    if let Some(Protection::Own(what)) = protection {
        return Verdict::Deny(format!("{what} can't be touched by tools"));
    }
    if let Some(why) = beyond(policy, action) {
        return Verdict::Deny(why);
    }
    if policy.mode == Mode::ReadOnly && !action.risk().only_looks() {
        return Verdict::Deny("tools may only look: `agent.mode` is read-only".into());
    }
    let mut warnings = Vec::new();
    warnings.extend(action.grave().map(str::to_owned));
    if let Some(Protection::Guarded(what)) = protection {
        warnings.push(format!("It touches {what}."));
    }
    if let Action::Input(input) = action {
        warnings.extend(input::cautions(input));
    }
    if hides(action) {
        warnings.push("It contains characters that are not seen; they are shown by their numbers.".into());
    }
    if commands.all.len() > 1 {
        warnings.push(format!("Counting those that run others, it runs {} commands.", commands.all.len()));
    }
    if let Some(rule) = named(policy, action) {
        warnings.push(format!("Among its words is what a rule is against: {}.", rule.words()));
    }
    if commands.unclear {
        warnings.push("It may run more than can be told beforehand.".into());
    }
    let minded = !warnings.is_empty();
    if action.network(true) {
        let said = "With network: it can send away what is in the folder, fetch anything, and reach what listens on this machine.";
        warnings.insert(0, said.into());
    }
    if minded {
        return Verdict::Ask { warnings, can_stay: false };
    }
    if policy.ask.iter().any(|rule| fits(&rule)) {
        return Verdict::Ask { warnings, can_stay: false };
    }
    if let Some(rule) = policy.allow.iter().find(|rule| covers(rule, action)) {
        return Verdict::Allow(Grant::Rule { rule: rule.recorded() });
    }
    let alive = |kept: &&Remembered| kept.since <= now && now < kept.until && covers(&kept.rule, action);
    if let Some(kept) = policy.remembered.iter().find(alive) {
        return Verdict::Allow(Grant::Rule { rule: kept.rule.recorded() });
    }
    let listed = policy.auto.iter().any(|tool| tool == action.tool());
    if policy.mode == Mode::Auto && listed && !action.network(true) {
        return Verdict::Allow(Grant::Rule { rule: format!("{} in agent.auto", action.tool()) });
    }
    if action.risk() == Risk::Look {
        return Verdict::Allow(Grant::Look);
    }
    Verdict::Ask { warnings, can_stay: Rule::of(action).is_some() }
}

impl Policy {
    /// The same, where more is guarded: what was found near the one thing that is decided about.
    pub fn knowing(&self, nearby: &[Nearby]) -> Cow<'_, Self> {
        if nearby.is_empty() {
            return Cow::Borrowed(self);
        }
        let mut policy = self.clone();
        policy.places.know(nearby);
        Cow::Owned(policy)
    }

    /// Whether what is at a path may be told by a search of a folder above it. Not where searching or reading it by itself
    /// would be denied, or asked about for another reason than the search was.
    pub fn lets_find(&self, search: &Action, path: &str) -> bool {
        let path = path.to_owned();
        let (there, read) = match search {
            Action::FilesSearch { text, .. } => {
                (Action::FilesSearch { path: path.clone(), text: text.clone() }, Action::FilesRead { path })
            }
            Action::Deed(Deed::NotesSearch { text, .. }) => {
                let there = Deed::NotesSearch { path: path.clone(), text: text.clone() };
                (Action::Deed(there), Action::Deed(Deed::NoteRead { path }))
            }
            _ => return false,
        };
        let is_there = |rule: &&Rule| fits(rule, &there) || fits(rule, &read);
        let protection = self.places.protection(&there);
        !self.deny.iter().any(|rule| is_there(&rule))
            && !self.ask.iter().any(|rule| is_there(&rule) && !fits(rule, search))
            && (protection.is_none() || protection == self.places.protection(search))
    }
}

/// A rule against a command that stands somewhere among the words, where it may be data or be run.
fn named<'a>(policy: &'a Policy, action: &Action) -> Option<&'a Rule> {
    let rules = || policy.deny.iter().chain(&policy.ask).filter(|rule| !rule.words.is_empty());
    let longest = rules().map(|rule| rule.words.len()).max()?;
    let possible = commands::possible(action.words()?, longest);
    rules().find(|rule| possible.iter().any(|words| fits_words(&as_meant(rule, action), action, words)))
}

/// A rule against commands in the sandbox is one against commands outside it as well.
fn as_meant<'a>(rule: &'a Rule, action: &Action) -> Cow<'a, Rule> {
    match action {
        Action::Deed(Deed::RunOutside { .. }) if rule.tool == "shell" => {
            Cow::Owned(Rule { tool: Deed::OUTSIDE.to_owned(), ..rule.clone() })
        }
        _ => Cow::Borrowed(rule),
    }
}

/// Why a call on a bus can't be made here at all, or a command not outside the sandbox.
fn beyond(policy: &Policy, action: &Action) -> Option<String> {
    if let Action::Deed(Deed::RunOutside { words, .. }) = action {
        let listed = policy.outside.iter().any(|command| command.lets(words));
        let line = || super::tools::reveal::reveal(&Outside::line(words), false).text();
        return (!listed).then(|| {
            format!(
                "this command may not be asked about outside the sandbox; `shell` runs it inside, and the user lets it be asked about by `{}` under [agent]",
                line()
            )
        });
    }
    let Action::Deed(Deed::BusCall(call)) = action else { return None };
    if call.name.starts_with("org.nerva.") || call.interface.starts_with("org.nerva.") {
        return Some("what belongs to Nerva itself can't be called by tools".into());
    }
    let listed = policy.bus.iter().any(|pattern| pattern.lets(call, matches));
    (!listed)
        .then(|| format!("this call is not on the list; the user lets it be made by `{}` under [agent]", call.line()))
}

/// Whether a rule that allows covers an action: what reaches the network because it was asked for, only if it says so.
fn covers(rule: &Rule, action: &Action) -> bool {
    (rule.network || !action.network(true)) && fits(rule, action)
}

/// Whether a rule against all calls of a name is one against looking at what it offers.
fn denies_name(rule: &Rule, action: &Action) -> bool {
    let looks = matches!(action, Action::Deed(Deed::BusIntrospect { .. }));
    let calls = rule.tool == "dbus_call" && !rule.bus.is_empty();
    looks && calls && fits(&Rule { tool: action.tool().to_owned(), ..rule.clone() }, action)
}

/// Whether a rule fits an action. A field that the action does not have fits nothing.
fn fits(rule: &Rule, action: &Action) -> bool {
    match (action.words(), action) {
        (Some(words), _) => fits_words(rule, action, words),
        (None, Action::Deed(Deed::BusCall(call))) if !rule.words.is_empty() => fits_words(rule, action, &call.words()),
        (None, _) => rule.words.is_empty() && fits_but_words(rule, action),
    }
}

fn fits_words(rule: &Rule, action: &Action, words: &[String]) -> bool {
    let begins = if rule.whole { words == rule.words.as_slice() } else { words.starts_with(&rule.words) };
    begins && fits_but_words(rule, action)
}

fn fits_but_words(rule: &Rule, action: &Action) -> bool {
    let tool = rule.tool == "*" || rule.tool == action.tool();
    let path = match (rule.path.as_str(), action.path()) {
        ("", _) => true,
        (_, None) => false,
        (at, Some(path)) if rule.whole => at == path,
        (at, Some(path)) => is_within(path, at),
    };
    let named =
        |pattern: &str, name: Option<&str>| pattern.is_empty() || name.is_some_and(|name| matches(pattern, name));
    let origin = rule.origin.is_empty()
        || matches!(action, Action::OpenUrl { url } if crate::model::origin(url).is_some_and(|origin| {
            origin.trim_end_matches('/').eq_ignore_ascii_case(rule.origin.trim_end_matches('/'))
        }));
    let network = !rule.network || action.network(false);
    let bus = rule.bus.is_empty()
        || matches!(action, Action::Deed(deed) if deed.bus().is_some_and(|(bus, name)| rule.names(bus, name)));
    tool && path && named(&rule.app, action.app()) && named(&rule.unit, action.unit()) && origin && network && bus
}

/// Whether a path is `folder` or below it; both absolute, without links or dots.
pub(crate) fn is_within(path: &str, folder: &str) -> bool {
    let folder = folder.trim_end_matches('/');
    path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether a name fits a pattern in which `*` stands for any characters.
fn matches(pattern: &str, name: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else { return pattern == name };
    let Some(name) = name.strip_prefix(first) else { return false };
    let starts = name.char_indices().map(|(at, _)| at).chain([name.len()]);
    rest.is_empty() || starts.into_iter().any(|at| matches(rest, &name[at..]))
}

fn hides(action: &Action) -> bool {
    // Showing a plan is all that it does, and what hides in it is shown there.
    if let Action::Deed(Deed::Plan(_)) = action {
        return false;
    }
    action.fields().iter().any(|(name, values)| {
        let many = matches!(*name, "content" | "text" | "body" | "title");
        if *name == "steps" {
            return values.iter().any(|value| match serde_json::from_str(value) {
                // Its line breaks are Enter.
                Ok(crate::model::Step::Type { text }) => super::tools::reveal::reveal(&text, true).hides(),
                _ => super::tools::reveal::reveal(value, false).hides(),
            });
        }
        values.iter().any(|value| super::tools::reveal::reveal(value, many).hides())
    })
}
