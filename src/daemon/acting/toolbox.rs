//! Which tools there are here: those that can work, and the user's own.

use std::collections::BTreeMap;

use crate::agent::Toolbox;
use crate::agent::tools;
use crate::agent::tools::plugin::{Manifest, Plugin, skeleton};
use crate::config::PluginRights;
use crate::daemon::driver::Driver;
use crate::daemon::inner::Inner;
use crate::daemon::session::AbortOnDrop;
use crate::model::{Availability, Deed, Need, Reply, Risk, ToolState};
use crate::platform::act::plugins;
use crate::platform::act::presence::{self, Survey};

/// The plugins that can be used, and why others can't.
pub(super) struct Found {
    pub(super) plugins: Vec<Plugin>,
    faults: Vec<(String, String)>,
}

impl Driver {
    /// What a conversation's tools are, beyond those that are always there.
    pub(super) fn toolbox(&self) -> Toolbox {
        let withheld = self.withheld();
        Toolbox { plugins: self.plugins().plugins, withheld }
    }

    fn withheld(&self) -> Vec<Need> {
        presence::withheld(self.acting.survey.as_ref(), &self.config.notes.path, &self.acting.home)
    }

    /// Finds out what those tools need that others have to be asked about, in the background.
    pub(in crate::daemon) fn survey(&mut self) {
        let busy = self.acting.surveying.as_ref().is_some_and(|task| !task.0.is_finished());
        if busy || self.view.headless.is_some() || !self.config.agent.enabled {
            return;
        }
        let inner = self.inner.clone();
        self.acting.surveying = Some(AbortOnDrop(tokio::spawn(async move {
            let survey = Survey::here().await;
            let _ = inner.send(Inner::Surveyed(Box::new(survey))).await;
        })));
    }

    /// What was lacking may be there by now.
    pub(in crate::daemon) fn survey_again(&mut self) {
        if self.acting.survey.as_ref().is_some_and(Survey::lacks) {
            self.survey();
        }
    }

    /// What others say is known: from now on the tools are those that can work.
    pub(in crate::daemon) fn surveyed(&mut self, survey: Survey) {
        let survey = Some(survey);
        // What a model is told changes only where this does.
        if self.acting.survey != survey {
            self.acting.survey = survey;
            self.equip(self.acting.mistaken);
        }
    }

    fn plugins(&self) -> Found {
        let folder = self.options.paths.config_file.parent().map(|folder| folder.join("plugins")).unwrap_or_default();
        let mut found = Found { plugins: Vec::new(), faults: Vec::new() };
        let built_in: Vec<String> = tools::offered().into_iter().map(|tool| tool.name).collect();
        for (name, text) in plugins::find(&folder) {
            let read = text.and_then(|text| read(&folder.join(&name), &name, &text, &self.config.agent.plugins));
            let read = read.and_then(|plugin| {
                let looks = skeleton(&plugin.manifest.name);
                let others = found.plugins.iter().map(|other| other.manifest.name.as_str());
                match built_in.iter().map(String::as_str).chain(others).find(|other| skeleton(other) == looks) {
                    Some(other) => Err(format!("its name could be taken for {other}")),
                    None => Ok(plugin),
                }
            });
            match read {
                Ok(plugin) => found.plugins.push(plugin),
                Err(why) => {
                    tracing::warn!("the plugin {name:?} can't be used: {why}");
                    found.faults.push((name, why));
                }
            }
        }
        found
    }

    /// All tools with their state.
    pub(in crate::daemon) fn tools(&self) -> Reply {
        let off = match (&self.view.headless, self.config.agent.enabled, self.acting.mistaken) {
            (Some(why), _, _) => Some(format!("there is no overlay that could ask: {why}")),
            (None, false, _) => Some("tools are off: `[agent] enabled = true` turns them on".into()),
            (None, true, true) => Some("a setting of [agent] is wrong; `nerva config check` names it".into()),
            (None, true, false) => None,
        };
        let withheld = self.withheld();
        let outside = (self.config.agent.unsandboxed.is_empty()).then(|| {
            let step = "name some under [agent]: `unsandboxed = [{ words = [\"git\", \"push\"] }]`";
            Availability::unusable("no command may be asked about outside the sandbox", step)
        });
        let lacking =
            |tool: &str| withheld.iter().find(|need| need.tools.contains(&tool)).map(|need| need.availability.clone());
        let found = self.plugins();
        let state = |missing: Option<Availability>, by: &str| match (missing, &off) {
            (Some(missing), _) => missing,
            (None, Some(why)) => Availability::unusable(why, ""),
            (None, None) => Availability::usable(by),
        };
        let mut tools: Vec<ToolState> = Vec::new();
        for tool in tools::offered() {
            let outside = outside.clone().filter(|_| tool.name == Deed::OUTSIDE);
            let availability = state(lacking(&tool.name).or(outside), "built in");
            tools.push(ToolState { name: tool.name, about: tool.description, availability });
        }
        for plugin in &found.plugins {
            let spec = plugin.spec();
            let by = format!("a plugin, {}", if plugin.sandboxed { "in the sandbox" } else { "outside the sandbox" });
            tools.push(ToolState {
                name: spec.name,
                about: spec.description,
                availability: state(lacking(plugin.needs()), &by),
            });
        }
        for (name, why) in found.faults {
            let availability = Availability::unusable(why, "mend its folder beside the configuration");
            tools.push(ToolState { name: format!("plugin {name:?}"), about: String::new(), availability });
        }
        Reply::Tools { tools }
    }
}

fn read(
    folder: &std::path::Path,
    name: &str,
    text: &str,
    rights: &BTreeMap<String, PluginRights>,
) -> Result<Plugin, String> {
    let manifest: Manifest =
        toml::from_str(text).map_err(|error| format!("{}: {}", plugins::MANIFEST, error.message()))?;
    if let Some(fault) = manifest.fault(name) {
        return Err(fault);
    }
    let (program, digest) = plugins::program(folder, &manifest.program)?;
    let rights = rights.get(name).copied().unwrap_or_default();
    // What a plugin says of itself may make it count as worse, never as better than what changes something: the user does that.
    let risk = match rights.risk {
        Some(believed) => believed.max(manifest.risk),
        None => Risk::Change.max(manifest.risk),
    };
    let network = manifest.network && rights.network;
    if manifest.network && !rights.network && rights.sandbox {
        return Err(format!("it needs the network; the user lets it by `[agent.plugins.{name}] network = true`"));
    }
    Ok(Plugin { manifest, program, digest, risk, sandboxed: rights.sandbox, network })
}
