//! Reads the configuration: what is right is taken, each wrong value keeps its last good one and is reported.

use std::io::ErrorKind;
use std::path::Path;

use serde::Deserialize as _;
use toml::de::{DeTable, DeValue};

use super::problem::{Problem, line_of, nearest};
use super::schema::Config;

/// What came of reading the configuration.
#[derive(Debug, Clone, PartialEq)]
pub struct Loaded {
    /// Always usable.
    pub config: Config,
    /// What could not be taken.
    pub problems: Vec<Problem>,
}

/// Reads the file; one that is not there is the default.
pub fn load(path: &Path) -> Loaded {
    load_keeping(path, None)
}

/// Reads the file again; what is wrong keeps its value of `previous`.
pub fn load_keeping(path: &Path, previous: Option<&Config>) -> Loaded {
    let whole = |message: String| Loaded {
        config: good(previous),
        problems: vec![Problem::whole(path, message, "a readable file in TOML")],
    };
    match std::fs::read(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Loaded { config: Config::default(), problems: Vec::new() },
        Err(error) => whole(format!("it can't be read: {error}")),
        Ok(bytes) => match String::from_utf8(bytes) {
            Ok(text) => parse_keeping(&text, path, previous),
            Err(error) => whole(format!("byte {} is not UTF-8", error.utf8_error().valid_up_to())),
        },
    }
}

/// Reads a text as if it stood in `file`.
pub fn parse(text: &str, file: &Path) -> Loaded {
    parse_keeping(text, file, None)
}

/// What counts where nothing can be taken. Nobody knows then whether remote hosts may be asked: they may not.
fn good(previous: Option<&Config>) -> Config {
    previous.cloned().unwrap_or_else(|| {
        let mut config = Config::default();
        config.model.local_only = true;
        config
    })
}

fn parse_keeping(text: &str, file: &Path, previous: Option<&Config>) -> Loaded {
    let table = match DeTable::parse(text) {
        Ok(table) => table.into_inner(),
        Err(error) => {
            let line = error.span().map(|span| line_of(text, span.start));
            let message = format!("this is not TOML: {}", error.message().lines().next().unwrap_or_default());
            let problem = Problem { line, ..Problem::whole(file, message, "") };
            return Loaded { config: good(previous), problems: vec![problem] };
        }
    };
    let mut problems = Vec::new();
    let mut wrong = Vec::new();
    let mut left = table.clone();
    // Every round removes a key, so that it ends.
    let mut config = loop {
        let whole = toml::Spanned::new(0..text.len(), left.clone());
        match Config::deserialize(toml::de::Deserializer::from(whole)) {
            Ok(config) => break config,
            Err(error) => {
                let path = error.span().and_then(|span| locate(&left, span.start)).unwrap_or_default();
                let line = error.span().map(|span| line_of(text, span.start));
                problems.push(describe(file, line, &path, error.message()));
                if path.is_empty() {
                    return Loaded { config: good(previous), problems };
                }
                remove(&mut left, &path);
                wrong.push(path);
            }
        }
    };
    for (key, value, range) in ranges(&config) {
        if !range.contains(&value) {
            let path: Vec<String> = key.split('.').map(String::from).collect();
            problems.push(Problem {
                file: file.to_owned(),
                line: line_of_key(&table, &path).map(|offset| line_of(text, offset)),
                key: key.into(),
                message: format!("{value} is out of range"),
                allowed: range.words(),
            });
            wrong.push(path);
        }
    }
    let good = previous.cloned().unwrap_or_default();
    for path in &wrong {
        config = keep(&config, &good, path).unwrap_or(config);
    }
    config.model.local_only |= problems.iter().any(Problem::is_about_local_only);
    problems.sort_by_key(|problem| problem.line);
    Loaded { config, problems }
}

/// Takes one value of `good` into `config`.
fn keep(config: &Config, good: &Config, path: &[String]) -> Option<Config> {
    let mut into = toml::Table::try_from(config).ok()?;
    let from = toml::Table::try_from(good).ok()?;
    let (last, sections) = path.split_last()?;
    let mut target = &mut into;
    let mut source = Some(&from);
    for section in sections {
        target = target.entry(section.clone()).or_insert_with(|| toml::Table::new().into()).as_table_mut()?;
        source = source.and_then(|table| table.get(section)).and_then(toml::Value::as_table);
    }
    match source.and_then(|table| table.get(last)) {
        Some(value) => drop(target.insert(last.clone(), value.clone())),
        None => drop(target.remove(last)),
    }
    into.try_into().ok()
}

/// The keys that lead to the innermost entry around a byte offset.
fn locate(table: &DeTable<'_>, offset: usize) -> Option<Vec<String>> {
    for (key, value) in table {
        let name = key.get_ref().to_string();
        if key.span().contains(&offset) {
            return Some(vec![name]);
        }
        if let DeValue::Table(inner) = value.get_ref()
            && let Some(mut path) = locate(inner, offset)
        {
            path.insert(0, name);
            return Some(path);
        }
        if value.span().contains(&offset) {
            return Some(vec![name]);
        }
    }
    None
}

fn remove(table: &mut DeTable<'_>, path: &[String]) {
    let Some((first, rest)) = path.split_first() else { return };
    if rest.is_empty() {
        table.remove(first.as_str());
        return;
    }
    for (key, value) in table.iter_mut() {
        if key.get_ref() == first
            && let DeValue::Table(inner) = value.get_mut()
        {
            remove(inner, rest);
        }
    }
}

fn line_of_key(table: &DeTable<'_>, path: &[String]) -> Option<usize> {
    let (first, rest) = path.split_first()?;
    let (key, value) = table.iter().find(|(key, _)| key.get_ref() == first)?;
    match value.get_ref() {
        DeValue::Table(inner) if !rest.is_empty() => line_of_key(inner, rest),
        _ => Some(key.span().start),
    }
}

fn describe(file: &Path, line: Option<usize>, path: &[String], message: &str) -> Problem {
    let message = message.lines().next().unwrap_or_default();
    let (what, allowed) = message.split_once(", expected ").unwrap_or((message, ""));
    let known = || allowed.split('`').skip(1).step_by(2);
    let mut what = what.replace("unknown field", "unknown key").replace("unknown variant", "unknown value");
    if let Some(word) = what.split('`').nth(1)
        && let Some(meant) = nearest(word, known())
    {
        what = format!("{what}; did you mean `{meant}`?");
    }
    let key = path.join(".");
    let allowed = match ranges(&Config::default()).into_iter().find(|(name, _, _)| *name == key) {
        Some((_, _, range)) => range.words(),
        None => allowed.trim_start_matches("one of ").to_owned(),
    };
    Problem { file: file.to_owned(), line, key, message: what, allowed }
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

    fn words(&self) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(text: &str) -> Vec<String> {
        parse(text, Path::new("c.toml")).problems.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn each_wrong_value_is_named_with_its_line_and_what_is_allowed() {
        for (text, expected) in [
            (
                "[overlay]\nwidth = \"wide\"",
                "c.toml:2: overlay.width: invalid type: string \"wide\". Allowed: a number from 400 to 1600",
            ),
            (
                "[overlay]\nwidth = 20",
                "c.toml:2: overlay.width: 20 is out of range. Allowed: a number from 400 to 1600",
            ),
            ("[overlay]\n\nwidht = 700", "c.toml:3: overlay.widht: unknown key `widht`; did you mean `width`?"),
            ("[theme]\nmode = \"drak\"", "c.toml:2: theme.mode: unknown value `drak`; did you mean `dark`?"),
            ("[overlai]\nwidth = 700", "c.toml:1: overlai: unknown key `overlai`; did you mean `overlay`?"),
            ("[providers.x]\nurl = \"http://a\"", "c.toml:1: providers.x: missing field `wire`"),
            ("overlay = 3", "c.toml:1: overlay: invalid type: integer `3`"),
            ("a = = 1", "c.toml:1: this is not TOML"),
        ] {
            let found = problems(text);
            assert_eq!(found.len(), 1, "{text}: {found:?}");
            assert!(found[0].starts_with(expected), "{text}\n found {}\n expected {expected}", found[0]);
        }
    }

    #[test]
    fn what_is_right_is_taken_and_what_is_wrong_keeps_its_last_good_value() {
        let before = parse("[overlay]\nwidth = 900\nrows = 5", Path::new("c.toml")).config;
        let text = "[overlay]\nwidth = \"wide\"\nrows = 99\nposition = 0.3\n[theme]\ndark = \"nord\"\nwrong = 1";
        let after = parse_keeping(text, Path::new("c.toml"), Some(&before));
        assert_eq!(after.problems.len(), 3, "{:?}", after.problems);
        assert_eq!(after.config.overlay.width, 900.0);
        assert_eq!(after.config.overlay.rows, 5);
        assert_eq!(after.config.overlay.position, 0.3);
        assert_eq!(after.config.theme.dark, "nord");
    }

    #[test]
    fn a_file_that_is_not_there_is_the_default_and_one_that_is_no_text_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        assert_eq!(load(&path), Loaded { config: Config::default(), problems: Vec::new() });
        std::fs::write(&path, [b'a', 0xff]).unwrap();
        assert!(load(&path).problems[0].message.contains("byte 1 is not UTF-8"));
        assert!(load(folder.path()).problems[0].message.contains("can't be read"));
    }

    #[test]
    fn where_nobody_knows_whether_remote_hosts_may_be_asked_they_may_not() {
        let before = parse("[overlay]\nrows = 5", Path::new("c.toml")).config;
        for text in [
            "a = = 1",
            "model = 3",
            "[model]\nlocal_only = \"yes\"",
            "[model]\nlocal_onyl = true",
            "[modle]\nlocal_only = true",
        ] {
            assert!(parse(text, Path::new("c.toml")).config.model.local_only, "at the start: {text}");
            let kept = parse_keeping(text, Path::new("c.toml"), Some(&before)).config.model.local_only;
            assert_eq!(kept, text != "a = = 1", "a file that was good before: {text}");
        }
        for text in ["", "[overlay]\nrows = \"five\"", "[model]\nmax_tokens = 1", "[modles]\n[capture]\nnever = 3"] {
            let loaded = parse(text, Path::new("c.toml"));
            let meant = loaded.problems.iter().any(Problem::is_about_local_only);
            assert_eq!(loaded.config.model.local_only, meant, "{text}");
        }
        let never = |text| parse(text, Path::new("c.toml")).problems.iter().any(Problem::is_about_never);
        assert!(
            never("a = = 1")
                && never("[capture]\nnever = [1]")
                && never("[capture]\nnevre = []")
                && never("capture = 1")
        );
        assert!(!never("[capture]\nkeep_minutes = \"x\"") && !never("[overlay]\nrows = 99"));
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "[a-z\\[\\]=.\"\n 0-9{}]{0,80}") {
            let _ = parse(&text, Path::new("c.toml"));
        }
    }
}
