//! Every failure of a provider as a sentence that names the provider, its host and the next step.

use std::error::Error;
use std::io;

use reqwest::StatusCode;
use serde_json::Value;

use super::Target;
use super::place::{base_url, defaults, host, is_local};
use crate::config::Wire;
use crate::model::{Fault, FaultKind, ModelRef, Remedy, Secret};

/// Who is asked, for the words of a fault and to keep the key out of them.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) wire: Wire,
    name: String,
    model: ModelRef,
    host: String,
    local: bool,
    key: Option<Secret>,
}

impl Place {
    pub(super) fn of(target: &Target) -> Self {
        let url = base_url(target);
        Self {
            wire: target.provider.wire,
            name: target.provider.label.clone().unwrap_or_else(|| target.model.provider.clone()),
            model: target.model.clone(),
            host: host(&url),
            local: is_local(&url),
            key: target.key.as_ref().ok().cloned().flatten(),
        }
    }

    pub(super) fn bare(wire: Wire, model: &ModelRef) -> Self {
        let url = defaults(wire, &model.provider).url;
        Self {
            wire,
            name: model.provider.clone(),
            model: model.clone(),
            host: host(url),
            local: is_local(url),
            key: None,
        }
    }

    /// A server's words: short, on one line, without the key.
    fn quote(&self, text: &str) -> String {
        let text = self.key.as_ref().map_or_else(|| text.to_owned(), |key| key.redact(text));
        let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let mut short: String = line.chars().take(300).collect();
        if short.len() < line.len() {
            short.push('…');
        }
        short
    }

    fn said(&self, text: &str) -> String {
        let quote = self.quote(text);
        if quote.is_empty() { String::new() } else { format!("It said: “{quote}”. ") }
    }

    fn fault(&self, kind: FaultKind, what: &str, detail: impl Into<String>) -> Fault {
        Fault::new(kind, self.quote(&format!("{} ({}) {what}", self.name, self.host)), detail)
    }

    pub(super) fn garbage(&self, why: &str, quote: &str) -> Fault {
        let detail = format!("{}Check the provider's `url` and `wire` in the configuration.", self.said(quote));
        self.fault(FaultKind::Garbage, &format!("gave no usable answer: {why}"), detail)
            .or(Remedy::Retry)
            .or(Remedy::OpenConfig)
            .or(Remedy::CopyDetails)
    }

    pub(super) fn incomplete(&self) -> Fault {
        let detail = "The connection closed before the answer was complete; what had arrived is kept. Ask again.";
        self.fault(FaultKind::Incomplete, "ended the answer early", detail).or(Remedy::Retry).or(Remedy::ChooseModel)
    }

    pub(super) fn missing_key(&self) -> Fault {
        let vendor = defaults(self.wire, &self.model.provider);
        let section = format!("Set `key` in [providers.{}]", self.model.provider);
        let detail = match vendor.key_env {
            // A server of somebody else's gets no vendor's key.
            Some(variable) if self.host == host(vendor.url) => format!("{section}, or {variable} for nervad."),
            _ => format!("{section}; it says where the key is, for example in a file."),
        };
        self.fault(FaultKind::MissingKey, "needs a key", detail).or(Remedy::OpenConfig).or(Remedy::ChooseModel)
    }

    pub(super) fn not_local(&self) -> Fault {
        let detail = "`local_only` is on and this host is not this machine. Choose a local model or turn it off.";
        self.fault(FaultKind::NotLocal, "is not asked", detail).or(Remedy::ChooseModel).or(Remedy::OpenConfig)
    }

    pub(super) fn sees_nothing(&self) -> Fault {
        let model = &self.model.model;
        let detail = format!(
            "{} says that {model} takes text only. Choose a model that sees pictures, or attach the picture again and \
             send the text in it.",
            self.name
        );
        Fault::new(FaultKind::NoSight, self.quote(&format!("{model} does not see pictures")), detail)
            .or(Remedy::ChooseModel)
    }

    /// The server sent Nerva elsewhere, and it did not go; `to` as the redirect policy says it.
    fn elsewhere(&self, to: &str) -> Fault {
        let detail = format!(
            "It leads {}. The conversation and the key are not carried elsewhere. If that is the provider, write it \
             into `url` of [providers.{}].",
            self.quote(to),
            self.model.provider
        );
        self.fault(FaultKind::Config, "leads elsewhere instead of answering", detail)
            .or(Remedy::OpenConfig)
            .or(Remedy::ChooseModel)
    }

    pub(super) fn bad_setting(&self, why: &str) -> Fault {
        let detail = format!("{} Correct [providers.{}].", self.quote(why), self.model.provider);
        self.fault(FaultKind::Config, "can't be asked: a setting is wrong", detail).or(Remedy::OpenConfig)
    }

    pub(super) fn timeout(&self, what: &str) -> Fault {
        let detail = "It may be overloaded, or loading the model. Ask again, or raise the timeouts in [network].";
        self.fault(FaultKind::Timeout, what, detail).or(Remedy::Retry).or(Remedy::ChooseModel)
    }

    /// A failure below HTTP; `begun` once the answer's body had begun.
    pub(super) fn transport(&self, error: &reqwest::Error, begun: bool) -> Fault {
        let causes = std::iter::successors(Error::source(error), |cause| (*cause).source());
        let chain = causes.last().map(ToString::to_string).unwrap_or_default();
        if !begun && is_tls(error) {
            let detail = format!("{}Check `url` (http or https) and `ca_file` in [network].", self.said(&chain));
            return self
                .fault(FaultKind::Tls, "could not be reached securely", detail)
                .or(Remedy::OpenConfig)
                .or(Remedy::Retry);
        }
        if error.is_timeout() {
            return self.timeout("does not accept a connection in time");
        }
        if error.is_redirect() {
            return self.elsewhere(&chain);
        }
        if begun {
            return self.incomplete();
        }
        if error.is_builder() {
            return self.bad_setting("The URL or a header is not valid.");
        }
        let (detail, unit) = match (self.local, self.wire) {
            (true, Wire::Ollama) => ("Start Ollama, or choose another model.".to_owned(), true),
            (true, _) => ("Start the server, or choose another model.".to_owned(), false),
            (false, _) => ("Check the network connection and `url`.".to_owned(), false),
        };
        let mut fault = self.fault(FaultKind::Unreachable, "does not answer", format!("{}{detail}", self.said(&chain)));
        if unit {
            fault = fault.or(Remedy::StartUnit { unit: "ollama.service".into() });
        }
        fault.or(Remedy::Retry).or(Remedy::ChooseModel)
    }

    /// An answer with a status that is not success.
    pub(super) fn status(&self, status: StatusCode, body: &str) -> Fault {
        let json: Option<Value> = serde_json::from_str(body).ok();
        let (word, said) = json.as_ref().map(words).unwrap_or_default();
        let said = if said.is_empty() && !body.trim_start().starts_with('<') { body } else { &said };
        self.classified(status.as_u16(), &word, said)
    }

    /// An error that the vendor put into the body or the stream.
    pub(super) fn vendor(&self, json: &Value) -> Fault {
        let (word, said) = words(json);
        let code = json["error"]["code"].as_u64().or(json["code"].as_u64()).unwrap_or(0);
        self.classified(u16::try_from(code).unwrap_or(0), &word, &said)
    }

    fn classified(&self, status: u16, word: &str, said: &str) -> Fault {
        let lower = format!("{word} {said}").to_lowercase();
        let has = |needles: &[&str]| needles.iter().any(|needle| lower.contains(needle));
        let quoted = self.said(said);
        let key_wrong = has(&["authentication_error", "invalid_api_key", "api_key_invalid", "api key not valid"]);
        if matches!(status, 401 | 403) || key_wrong {
            if self.key.is_none() {
                return self.missing_key();
            }
            return self
                .fault(FaultKind::WrongKey, "refused the key", format!("{quoted}Check the key and its permissions."))
                .or(Remedy::OpenConfig)
                .or(Remedy::ChooseModel);
        }
        if status == 429 || has(&["rate_limit", "resource_exhausted", "insufficient_quota"]) {
            let detail = format!("{quoted}Wait a little, check the quota, or choose another model.");
            return self
                .fault(FaultKind::RateLimited, "takes no more requests now", detail)
                .or(Remedy::Retry)
                .or(Remedy::ChooseModel);
        }
        let too_long = ["context_length", "context length", "prompt is too long", "context size", "maximum context"];
        if status == 413 || has(&too_long) {
            return self
                .fault(FaultKind::TooLong, "can't take so long a conversation", format!("{quoted}Begin a new chat."))
                .or(Remedy::NewChat)
                .or(Remedy::ChooseModel);
        }
        if has(&["model_not_found", "not_found_error"]) || (status == 404 && has(&["model"])) {
            return self
                .fault(
                    FaultKind::UnknownModel,
                    &format!("does not know the model {}", self.model.model),
                    format!("{quoted}Choose another model; `nerva models` lists them."),
                )
                .or(Remedy::ChooseModel)
                .or(Remedy::OpenConfig);
        }
        if status >= 500 || matches!(status, 0 | 408) || has(&["overloaded", "server_error", "api_error"]) {
            let what = if status == 0 { "has an error of its own".into() } else { format!("answered {status}") };
            return self
                .fault(FaultKind::ServerError, &what, format!("{quoted}Ask again, or choose another model."))
                .or(Remedy::Retry)
                .or(Remedy::ChooseModel);
        }
        let detail = format!("{quoted}Check `url`, `wire` and the model in the configuration.");
        self.fault(FaultKind::BadRequest, &format!("did not accept the request ({status})"), detail)
            .or(Remedy::ChooseModel)
            .or(Remedy::OpenConfig)
            .or(Remedy::CopyDetails)
    }
}

/// Whether a request failed in TLS: rustls says so, or the server hung up on the handshake.
fn is_tls(error: &reqwest::Error) -> bool {
    fn any(error: &(dyn Error + 'static), is: &dyn Fn(&(dyn Error + 'static)) -> bool) -> bool {
        // The source of an io::Error is not what it wraps, but the source of that.
        let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        is(error) || wrapped.is_some_and(|error| any(error, is)) || error.source().is_some_and(|error| any(error, is))
    }
    let hung_up = |error: &(dyn Error + 'static)| {
        error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::UnexpectedEof)
    };
    let secure = error.url().is_some_and(|url| url.scheme() == "https");
    any(error, &|error| error.is::<rustls::Error>()) || secure && error.is_connect() && any(error, &hung_up)
}

/// The error in a body; Gemini's bodies are lists where they are not event streams.
pub(super) fn error_in(json: &Value) -> Option<&Value> {
    match json {
        Value::Array(items) => items.iter().find_map(error_in),
        _ => json.get("error").filter(|error| !error.is_null()).map(|_| json),
    }
}

/// The vendor's word for an error and its sentence, in each of the five formats.
fn words(json: &Value) -> (String, String) {
    let error = error_in(json).map_or(json, |json| &json["error"]);
    if let Some(text) = error.as_str() {
        return (String::new(), text.to_owned());
    }
    let text = |key: &str| error[key].as_str().unwrap_or_default();
    let word = format!("{} {} {}", text("type"), text("code"), text("status"));
    (word, text("message").to_owned())
}
