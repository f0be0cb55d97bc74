//! The rules about tools: taken from the configuration and from cards, listed, revoked.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use super::misconfigured;
use crate::agent::policy::{self, Mode, Places, Policy, Surroundings};
use crate::agent::{Equipment, Limits, tools};
use crate::audit::{Audit, Place};
use crate::config::AgentMode;
use crate::daemon::driver::{Driver, now};
use crate::daemon::session::SessionId;
use crate::model::{Fault, Happened, ModelRef, Outside, Reply, Rule, Severity};
use crate::platform::act::{around, paths, zsh};

impl Driver {
    /// Takes the settings and rules as they are now. A setting that is wrong turns the tools off: a rule that denies and
    /// can't be read must not count as none.
    pub(in crate::daemon) fn equip(&mut self, mistaken: bool) {
        self.acting.mistaken = mistaken;
        match self.equipment() {
            Ok(equipment) => self.acting.equipment = equipment.map(Arc::new),
            Err(fault) => {
                self.acting.equipment = None;
                self.notices.raise(Severity::Error, fault);
            }
        }
        for id in self.sessions.ids() {
            // What is at work goes on under the new rules; what it calls next is decided by them.
            if self.sessions.get(id).is_some_and(|session| session.machine.is_answering()) {
                self.equip_session(id);
            }
        }
    }

    fn equipment(&mut self) -> Result<Option<Equipment>, Fault> {
        let settings = &self.config.agent;
        if !settings.enabled || self.view.headless.is_some() {
            return Ok(None);
        }
        if self.acting.mistaken {
            return Err(misconfigured("a setting there is wrong"));
        }
        let toolbox = self.toolbox();
        let own = toolbox.plugins.iter().map(tools::plugin::Plugin::tool);
        let names: Vec<String> = tools::offered().into_iter().map(|tool| tool.name).chain(own).collect();
        let settings = &self.config.agent;
        let rules = settings.deny.iter().chain(&settings.ask).chain(&settings.allow);
        if let Some(wrong) = rules.clone().find_map(Rule::misnames) {
            return Err(misconfigured(&wrong));
        }
        if settings.unsandboxed.iter().any(Outside::is_empty) {
            return Err(misconfigured("an entry of `unsandboxed` has no words: it has to name a program"));
        }
        let named = rules
            .map(|rule| rule.tool.as_str())
            .filter(|tool| *tool != "*")
            .chain(settings.auto.iter().map(String::as_str));
        if let Some(unknown) = named.into_iter().find(|tool| names.iter().all(|name| name != tool)) {
            return Err(misconfigured(&format!("there is no tool {unknown:?}; there are {}", names.join(", "))));
        }
        let home = self.acting.home.clone();
        let roots = paths::roots(&settings.roots, &home);
        let settled = |rules: &[Rule]| {
            rules
                .iter()
                .cloned()
                .map(|mut rule| {
                    if !rule.path.is_empty() {
                        let path = paths::expand(&rule.path, &home);
                        rule.path = paths::real(&path).unwrap_or_else(|_| path.display().to_string());
                    }
                    rule
                })
                .collect::<Vec<_>>()
        };
        let places = self.places();
        let policy = Policy {
            mode: match settings.mode {
                AgentMode::Ask => Mode::Ask,
                AgentMode::ReadOnly => Mode::ReadOnly,
                AgentMode::Auto => Mode::Auto,
            },
            auto: settings.auto.clone(),
            deny: settled(&settings.deny),
            ask: settled(&settings.ask),
            allow: settled(&settings.allow),
            remembered: self.acting.kept.alive(now()),
            bus: settings.dbus.clone(),
            outside: settings.unsandboxed.clone(),
            places,
        };
        let limits = Limits { steps: settings.steps, seconds: settings.seconds, dollars: settings.dollars };
        let priced = self.config.providers.iter().flat_map(|(name, provider)| {
            provider.prices.iter().map(move |(model, price)| {
                (ModelRef { provider: name.clone(), model: model.clone() }, (price.input, price.output))
            })
        });
        let prices: HashMap<_, _> = priced.collect();
        if self.acting.audit.is_none() {
            self.acting.audit =
                Some(Audit::open(&Place::new(&self.options.paths.data_dir, &self.options.paths.state_dir))?);
        }
        let equipment = Equipment::with(policy, limits, prices, &roots, toolbox);
        self.acting.roots = roots;
        Ok(Some(equipment))
    }

    /// What is Nerva's own, and what is guarded, where it is now.
    fn places(&self) -> Places {
        let (home, own) = (&self.acting.home, &self.options.paths);
        let own = [&own.config_file, &own.themes_dir, &own.data_dir, &own.state_dir];
        let folder = own[0].parent().filter(|folder| folder.ends_with("nerva"));
        let own = own.into_iter().map(PathBuf::as_path).chain(folder);
        let own = own.flat_map(|path| [Some(path.display().to_string()), paths::real(path).ok()]).flatten().collect();
        let mut variables = around::variables(policy::variables());
        let git = around::git(home, &variables);
        variables.extend(zsh::folders(home, &variables).into_iter().map(|folder| (zsh::VARIABLE.to_owned(), folder)));
        let around = Surroundings { variables, hooks: git.hooks, settings: git.files };
        Places::new(home.display().to_string(), own, &around).with_links(around::real)
    }

    /// Keeps a rule that was made on a card.
    pub(super) fn keep_rule(&mut self, session: Option<SessionId>, rule: Rule) {
        let words = rule.recorded();
        match self.acting.kept.add(rule, now()) {
            Ok(()) => {
                self.put_on_record(session, Happened::RuleMade { rule: words });
                self.equip(self.acting.mistaken);
            }
            Err(fault) => self.raise(Severity::Warning, fault),
        }
    }

    /// The overlay was closed, or everything halted: what was allowed until then ends.
    pub(in crate::daemon) fn end_brief_rules(&mut self) {
        let ended = self.acting.kept.end_brief(now());
        if ended.is_empty() {
            return;
        }
        self.equip(self.acting.mistaken);
        for rule in ended {
            self.put_on_record(None, Happened::RuleRevoked { rule: rule.recorded() });
        }
    }

    pub(in crate::daemon) fn rules(&self) -> Reply {
        Reply::Rules { rules: self.acting.kept.alive(now()) }
    }

    pub(in crate::daemon) fn revoke_rule(&mut self, id: u64) -> Reply {
        let revoked = self.acting.kept.revoke(id);
        self.equip(self.acting.mistaken);
        match revoked {
            Ok(Some(rule)) => {
                self.put_on_record(None, Happened::RuleRevoked { rule: rule.recorded() });
                Reply::Done
            }
            Ok(None) => Reply::Refused { why: format!("there is no rule {id}; `nerva rules list` shows them") },
            Err(fault) => Reply::Refused { why: fault.to_string() },
        }
    }
}
