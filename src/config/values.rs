//! What values may be where their type says too little: numbers, names of models, the log level.

use tracing_subscriber::EnvFilter;

use super::schema::Config;
use crate::model::ModelRef;

/// A value that is of the right type and wrong all the same.
pub(super) struct Mistake {
    /// Its section and itself, dotted.
    pub(super) key: &'static str,
    pub(super) message: String,
    pub(super) allowed: String,
}

/// Everything that is wrong and that the types let pass.
pub(super) fn mistakes(config: &Config) -> Vec<Mistake> {
    let mut found: Vec<Mistake> = ranges(config)
        .into_iter()
        .filter(|(_, value, range)| !range.contains(value))
        .map(|(key, value, range)| Mistake { key, message: format!("{value} is out of range"), allowed: range.words() })
        .collect();
    let is_model = |text: &str| text.parse::<ModelRef>().is_ok();
    let model = |key, text: &str| Mistake {
        key,
        message: format!("`{text}` is not a model"),
        allowed: "\"provider/model\", as `nerva models` lists them".into(),
    };
    let default = &config.model.default;
    if !default.is_empty() && !is_model(default) {
        found.push(model("model.default", default));
    }
    if let Some(fallback) = config.model.fallback.iter().find(|text| !is_model(text)) {
        found.push(model("model.fallback", fallback));
    }
    if let Err(message) = log_filter(&config.log.level) {
        let allowed = "`error`, `warn`, `info`, `debug`, or a filter such as `nerva::providers=debug`".into();
        found.push(Mistake { key: "log.level", message, allowed });
    }
    found
}

/// Whether this is a filter for the log. A name alone would be one, of everything that the module so named says: whoever
/// wrote it most likely meant a level.
fn log_filter(text: &str) -> Result<(), String> {
    const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];
    let is_meant = |part: &str| {
        part.contains(['=', '[']) || part.contains("::") || LEVELS.iter().any(|level| level.eq_ignore_ascii_case(part))
    };
    let mut parts = text.split(',').map(str::trim).filter(|part| !part.is_empty()).peekable();
    if parts.peek().is_none() {
        return Err("it says no level".into());
    }
    if let Some(other) = parts.find(|part| !is_meant(part)) {
        return Err(match super::nearest(other, LEVELS) {
            Some(level) => format!("`{other}` is not a level; did you mean `{level}`?"),
            None => format!("`{other}` is not a level"),
        });
    }
    EnvFilter::try_new(text).map(drop).map_err(|error| format!("`{text}` is not a filter: {error}"))
}

/// What a number may be.
pub(super) struct Range {
    pub(super) least: f64,
    pub(super) most: f64,
    /// A value outside that stands for something else.
    pub(super) also: Option<f64>,
}

impl Range {
    pub(super) fn contains(&self, value: &f64) -> bool {
        (self.least..=self.most).contains(value) || self.also.is_some_and(|also| also == *value)
    }

    pub(super) fn words(&self) -> String {
        match self.also {
            Some(also) => format!("a number from {} to {}, or {also}", self.least, self.most),
            None => format!("a number from {} to {}", self.least, self.most),
        }
    }
}

/// Every number that is checked, by the names of its section and itself.
pub(super) fn ranges(config: &Config) -> Vec<(&'static str, f64, Range)> {
    let range = |least: f64, most: f64| Range { least, most, also: None };
    let or = |least: f64, most: f64, also: f64| Range { least, most, also: Some(also) };
    let whole = f64::from;
    vec![
        ("overlay.width", whole(config.overlay.width), range(400.0, 1600.0)),
        ("overlay.max_height", whole(config.overlay.max_height), range(300.0, 2000.0)),
        ("overlay.position", whole(config.overlay.position), range(0.0, 0.8)),
        ("overlay.rows", f64::from(config.overlay.rows), range(3.0, 20.0)),
        ("theme.font_size", whole(config.theme.font_size), or(10.0, 28.0, 0.0)),
        ("theme.radius", whole(config.theme.radius), or(0.0, 32.0, -1.0)),
        ("theme.opacity", whole(config.theme.opacity), or(0.5, 1.0, 0.0)),
        ("launcher.limit", f64::from(config.launcher.limit), range(1.0, 500.0)),
        ("model.max_tokens", f64::from(config.model.max_tokens), range(16.0, 1_000_000.0)),
        ("network.connect_timeout", f64::from(config.network.connect_timeout), range(1.0, 600.0)),
        ("network.first_byte_timeout", f64::from(config.network.first_byte_timeout), range(1.0, 3600.0)),
        ("network.idle_timeout", f64::from(config.network.idle_timeout), range(1.0, 3600.0)),
        ("capture.live_rate", f64::from(config.capture.live_rate), range(1.0, 30.0)),
        ("agent.steps", f64::from(config.agent.steps), range(1.0, 100.0)),
        ("agent.seconds", f64::from(config.agent.seconds), range(1.0, 86_400.0)),
        ("agent.dollars", config.agent.dollars, range(0.0, 10_000.0)),
        ("capture.keep_minutes", config.capture.keep_minutes, or(0.01, 10_080.0, 0.0)),
        ("network.retries", f64::from(config.network.retries), range(0.0, 10.0)),
    ]
}
