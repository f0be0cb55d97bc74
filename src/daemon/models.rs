//! Which models there are, which is asked, and with what key.

use std::collections::{BTreeMap, HashMap};

use futures::future::join_all;

use super::asking::Again;
use super::driver::Driver;
use super::inner::Inner;
use crate::config::{Config, Provider, Wire};
use crate::model::{Fault, FaultKind, ModelChoice, ModelRef, ModelState, Remedy, Reply, Request};
use crate::platform::secrets;
use crate::providers::{self, Client, Limits, Target};

/// What is known about models.
#[derive(Debug, Default)]
pub(super) struct Models {
    /// Chosen by the user since the start.
    chosen: Option<ModelRef>,
    /// Chosen before the start.
    remembered: Option<ModelRef>,
    /// Providers found without configuration.
    discovered: BTreeMap<String, Provider>,
    /// Those that would be found if they were there: they can be asked, and then say themselves what is wrong.
    well_known: BTreeMap<String, Provider>,
    choices: Vec<ModelChoice>,
    /// Ask for this anew when the search ends.
    then: Option<Again>,
    /// A search is under way.
    searching: bool,
    /// Begin another search when it ends: the configuration changed meanwhile.
    again: bool,
}

/// What a search found.
#[derive(Debug)]
pub(super) struct Found {
    discovered: BTreeMap<String, Provider>,
    choices: Vec<ModelChoice>,
}

impl Models {
    pub(super) fn new(remembered: Option<String>) -> Self {
        Self {
            remembered: remembered.and_then(|model| model.parse().ok()),
            well_known: providers::well_known(&environment()),
            ..Self::default()
        }
    }
}

fn environment() -> HashMap<String, String> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}

/// Where a request goes.
#[derive(Debug)]
pub(super) struct Targets {
    /// In order, with their keys.
    pub(super) all: Vec<Target>,
    /// The model that was to be asked has no provider; it is said when no fallback answers.
    pub(super) missing: Option<Fault>,
}

/// All that is needed to find out where a request goes, off the driver's task.
#[derive(Debug)]
pub(super) struct Asked {
    /// In order: the model that was asked for, then the fallbacks.
    order: Vec<Asking>,
    /// What is offered when all of them fail.
    other: Option<ModelRef>,
    limits: Limits,
}

/// A model in the order in which they are asked.
#[derive(Debug)]
struct Asking {
    model: ModelRef,
    /// Its provider, if that is known.
    provider: Option<Provider>,
    /// Whether it sees pictures, if that is known.
    sees: Option<bool>,
}

impl Asked {
    pub(super) fn limits(&self) -> Limits {
        self.limits
    }

    /// The model to offer when the answer fails.
    pub(super) fn other(&self) -> Option<ModelRef> {
        self.other.clone()
    }

    /// Where it goes. Fallbacks that are not configured are left out.
    ///
    /// # Errors
    /// Nobody can be asked.
    pub(super) async fn targets(self) -> Result<Targets, Fault> {
        let mut targets = Targets { all: Vec::new(), missing: None };
        for (position, Asking { model, provider, sees }) in self.order.into_iter().enumerate() {
            match provider {
                Some(provider) => targets.all.push(Target { sees, ..target(model, provider).await }),
                None if position == 0 => targets.missing = Some(unknown_provider(&model)),
                None => tracing::warn!("the fallback {model} names a provider that is not configured"),
            }
        }
        match targets.missing {
            Some(missing) if targets.all.is_empty() => Err(missing),
            _ => Ok(targets),
        }
    }
}

/// A model that can be asked now, best of a provider that was not asked yet.
fn another(choices: &[ModelChoice], asked: &[ModelRef]) -> Option<ModelRef> {
    let mut ready = choices.iter().filter(|choice| choice.state == ModelState::Ready).map(|choice| &choice.model);
    let elsewhere = |model: &&ModelRef| asked.iter().all(|asked| asked.provider != model.provider);
    ready.clone().find(elsewhere).or_else(|| ready.find(|model| !asked.contains(model))).cloned()
}

async fn target(model: ModelRef, provider: Provider) -> Target {
    let defaults = providers::of(&model.provider, &provider);
    let key = secrets::resolve(&model.provider, &provider, defaults.key_env, defaults.key_required).await;
    Target { model, provider, key, sees: None }
}

fn unknown_provider(model: &ModelRef) -> Fault {
    if model.provider == NOBODY {
        return Fault::new(
            FaultKind::NoProvider,
            "There is no language model yet",
            "Start Ollama or a llama.cpp server on this machine, set a key such as ANTHROPIC_API_KEY, or add a \
             provider to the configuration. Your question is kept.",
        )
        .or(Remedy::OpenConfig)
        .or(Remedy::Retry);
    }
    Fault::new(
        FaultKind::NoProvider,
        format!("No provider is named “{}”", model.provider),
        "Add a section for it to the configuration, or choose another model. Your question is kept.",
    )
    .or(Remedy::ChooseModel)
    .or(Remedy::OpenConfig)
}

/// Stands where a model should while none is known; no provider can be named so, as names come from TOML keys or us.
const NOBODY: &str = "(none)";

/// The model of a question that nobody can answer yet.
pub(super) fn nobody() -> ModelRef {
    ModelRef { provider: NOBODY.into(), model: NOBODY.into() }
}

impl Driver {
    /// The model that would be asked: chosen just now, configured, chosen before, else the first that is ready. One that was
    /// chosen is not replaced because it is away: another may be in a cloud.
    pub(super) fn current_model(&self) -> Option<ModelRef> {
        let configured = || self.config.model.default.parse::<ModelRef>().ok();
        let ready = || {
            self.models
                .choices
                .iter()
                .find(|choice| choice.state == ModelState::Ready)
                .map(|choice| choice.model.clone())
        };
        self.models.chosen.clone().or_else(configured).or_else(|| self.models.remembered.clone()).or_else(ready)
    }

    pub(super) fn provider(&self, name: &str) -> Option<&Provider> {
        let found = || self.models.discovered.get(name).or_else(|| self.models.well_known.get(name));
        self.config.providers.get(name).or_else(found)
    }

    pub(super) fn price(&self, model: &ModelRef) -> Option<(f64, f64)> {
        let price = self.provider(&model.provider)?.prices.get(&model.model)?;
        Some((price.input, price.output))
    }

    /// Whether a model sees pictures, where its provider says so.
    pub(super) fn sees(&self, model: &ModelRef) -> Option<bool> {
        self.models.choices.iter().find(|choice| choice.model == *model)?.sees
    }

    /// Makes this the current model, now and after the next start.
    pub(super) fn select_model(&mut self, model: ModelRef) -> Reply {
        // Some are found later than others, or when their server runs.
        if self.provider(&model.provider).is_none() {
            return Reply::Refused { why: unknown_provider(&model).to_string() };
        }
        let history = self.history.clone();
        let inner = self.inner.clone();
        let text = model.to_string();
        tokio::spawn(async move {
            if let Err(fault) = history.set_setting("model", &text).await {
                let _ = inner.send(Inner::Raise(crate::model::Severity::Warning, fault)).await;
            }
        });
        (self.models.chosen, self.meant) = (Some(model), None);
        self.notices.clear(FaultKind::NoSight);
        self.view.screen = self.home();
        self.publish();
        Reply::Done
    }

    /// Where a request goes: its model, then the configured fallbacks.
    pub(super) fn asked(&self, request: &Request) -> Asked {
        let fallback = self.config.model.fallback.iter().filter_map(|model| model.parse::<ModelRef>().ok());
        let mut order = vec![request.model.clone()];
        order.extend(fallback.filter(|model| *model != request.model));
        Asked {
            other: another(&self.view.models, &order),
            order: order
                .into_iter()
                .map(|model| Asking {
                    provider: self.provider(&model.provider).cloned(),
                    sees: self.sees(&model),
                    model,
                })
                .collect(),
            limits: Limits {
                max_tokens: self.config.model.max_tokens,
                thinking_tokens: self.config.model.thinking_tokens,
            },
        }
    }

    /// Looks for providers and asks each for its models, in the background.
    pub(super) fn refresh_models(&mut self) {
        if self.models.searching {
            self.models.again = true;
            return;
        }
        self.models.searching = true;
        let client = self.client.clone();
        let config = self.config.clone();
        let inner = self.inner.clone();
        tokio::spawn(async move {
            let found = find(&client, &config).await;
            let _ = inner.send(Inner::Models(found)).await;
        });
    }

    /// The same, and then asks for this answer anew.
    pub(super) fn refresh_models_and(&mut self, again: Again) {
        self.models.then = Some(again);
        self.refresh_models();
    }

    pub(super) fn found_models(&mut self, found: Found) {
        self.models.searching = false;
        self.models.discovered = found.discovered;
        self.models.choices = found.choices;
        self.view.models = self.models.choices.clone().into();
        if std::mem::take(&mut self.models.again) {
            self.refresh_models();
        } else if let Some(again) = self.models.then.take() {
            self.again(&again);
        }
        self.publish();
    }
}

async fn find(client: &Client, config: &Config) -> Found {
    let discovered: BTreeMap<String, Provider> = providers::discover(client, &environment())
        .await
        .into_iter()
        .filter(|(name, _)| !config.providers.contains_key(name))
        .collect();
    let all = config.providers.iter().chain(&discovered);
    let lists = join_all(all.map(|(name, provider)| choices(client, name, provider, config))).await;
    Found { choices: lists.into_iter().flatten().collect(), discovered }
}

async fn choices(client: &Client, name: &str, provider: &Provider, config: &Config) -> Vec<ModelChoice> {
    let asked = ModelRef { provider: name.into(), model: provider.models.first().cloned().unwrap_or_default() };
    let target = target(asked, provider.clone()).await;
    let (listed, state) = match client.models(&target).await {
        Ok(models) => (client.with_sight(&target, models).await, ModelState::Ready),
        Err(fault) => {
            tracing::debug!("{fault}");
            (Vec::new(), ModelState::Unready { why: reason(fault.kind).into() })
        }
    };
    let defaults = providers::of(name, provider);
    let local = providers::is_local(provider.url.as_deref().unwrap_or(defaults.url));
    let label = if defaults.label.is_empty() { name } else { defaults.label };
    let mut names = provider.models.clone();
    let sees: HashMap<String, bool> =
        listed.iter().filter_map(|listed| Some((listed.name.clone(), listed.sees?))).collect();
    names.extend(preferred_first(provider.wire, listed.into_iter().map(|listed| listed.name).collect()));
    // What is configured as default or fallback is offered even when the provider does not list it.
    let mentioned = std::iter::once(&config.model.default).chain(&config.model.fallback);
    names.extend(
        mentioned.filter_map(|model| model.parse::<ModelRef>().ok()).filter(|m| m.provider == name).map(|m| m.model),
    );
    let mut seen = std::collections::HashSet::new();
    names.retain(|model| seen.insert(model.clone()));
    names
        .into_iter()
        .map(|model| ModelChoice {
            price: provider.prices.get(&model).map(|price| (price.input, price.output)),
            // Ollama's own list has the tag that may be left out.
            sees: sees.get(&model).or_else(|| sees.get(&format!("{model}:latest"))).copied(),
            model: ModelRef { provider: name.into(), model },
            provider: provider.label.clone().unwrap_or_else(|| label.to_owned()),
            state: state.clone(),
            local,
        })
        .collect()
}

fn reason(kind: FaultKind) -> &'static str {
    match kind {
        FaultKind::MissingKey => "no key",
        FaultKind::WrongKey => "key refused",
        FaultKind::Unreachable => "does not answer",
        FaultKind::Timeout => "too slow",
        FaultKind::NoSight => "text only",
        FaultKind::NotLocal => "not on this machine",
        FaultKind::Tls => "TLS failed",
        FaultKind::RateLimited => "rate limited",
        FaultKind::NoProvider
        | FaultKind::UnknownModel
        | FaultKind::ServerError
        | FaultKind::BadRequest
        | FaultKind::TooLong
        | FaultKind::Garbage
        | FaultKind::Incomplete
        | FaultKind::Config
        | FaultKind::Storage
        | FaultKind::Launch
        | FaultKind::Desktop
        | FaultKind::Given
        | FaultKind::Internal => "error",
    }
}

/// Vendors list everything they ever made; the families that people chat with come first.
fn preferred_first(wire: Wire, mut models: Vec<String>) -> Vec<String> {
    let families: &[&str] = match wire {
        Wire::Anthropic => &["claude-sonnet", "claude-opus", "claude"],
        Wire::OpenaiChat | Wire::OpenaiResponses => &["gpt-5", "gpt"],
        Wire::Gemini => &["gemini-3", "gemini-2.5", "gemini"],
        Wire::Ollama => &[],
    };
    models.sort_by_key(|model| families.iter().position(|family| model.starts_with(family)).unwrap_or(families.len()));
    models
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chat_families_come_first_and_the_rest_keeps_its_order() {
        let models = ["whisper-1", "gpt-4o", "dall-e", "gpt-5.4"].map(String::from).to_vec();
        assert_eq!(preferred_first(Wire::OpenaiChat, models.clone()), ["gpt-5.4", "gpt-4o", "whisper-1", "dall-e"]);
        assert_eq!(preferred_first(Wire::Ollama, models.clone()), models);
    }

    #[test]
    fn another_model_is_one_that_can_be_asked_best_of_another_provider() {
        let choice = |name: &str, state: ModelState| ModelChoice {
            model: name.parse().unwrap(),
            provider: String::new(),
            state,
            local: false,
            sees: None,
            price: None,
        };
        let away = || ModelState::Unready { why: "no key".into() };
        let (a, b, c) =
            (choice("a/1", ModelState::Ready), choice("a/2", ModelState::Ready), choice("c/1", ModelState::Ready));
        let asked = [a.model.clone()];
        assert_eq!(another(&[a.clone(), b.clone(), c.clone()], &asked), Some(c.model.clone()));
        assert_eq!(another(&[a.clone(), choice("c/1", away()), b.clone()], &asked), Some(b.model));
        assert_eq!(another(&[a, choice("c/1", away())], &asked), None);
    }

    #[tokio::test]
    async fn a_question_for_nobody_says_how_to_get_a_model() {
        let asked = Asked {
            order: vec![Asking { model: nobody(), provider: None, sees: None }],
            other: None,
            limits: Limits { max_tokens: 1, thinking_tokens: 0 },
        };
        let fault = asked.targets().await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::NoProvider);
        assert!(fault.detail.contains("Ollama") && fault.detail.contains("kept"), "{fault}");
    }
}
