//! Reads the configuration: what is right is taken, each wrong value keeps its last good one and is reported.

use std::io::ErrorKind;
use std::path::Path;

use serde::Deserialize as _;
use toml::de::{DeTable, DeValue};

use super::problem::{Problem, line_of, nearest};
use super::schema::Config;
use super::values::{self, ranges};
use super::way;

/// What came of reading the configuration.
#[derive(Debug, Clone, PartialEq)]
pub struct Loaded {
    /// Always usable.
    pub config: Config,
    /// What could not be taken.
    pub problems: Vec<Problem>,
}

/// Reads the file; one that is not there is the default. One that a link leads to must be there.
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
        Err(error) if error.kind() == ErrorKind::NotFound => match way::dangling(path) {
            Some(link) => whole(link.to_string()),
            None => {
                let config = Config::default();
                if previous.is_some_and(|previous| *previous != config) {
                    tracing::warn!("{} is gone; all settings have their defaults", path.display());
                }
                Loaded { config, problems: Vec::new() }
            }
        },
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
    let good = previous.cloned().unwrap_or_default();
    for values::Mistake { key, message, allowed } in values::mistakes(&config) {
        let path: Vec<String> = key.split('.').map(String::from).collect();
        problems.push(Problem {
            file: file.to_owned(),
            line: offset_of(&table, &path).map(|offset| line_of(text, offset)),
            key: key.into(),
            message,
            allowed,
            counts: None,
        });
        wrong.push(path);
    }
    for path in &wrong {
        config = keep(&config, &good, path).unwrap_or(config);
    }
    config.model.local_only |= problems.iter().any(Problem::is_about_local_only);
    // The first model that is found could be one in a cloud, which nobody meant.
    if good.model.default.is_empty() {
        for problem in problems.iter_mut().filter(|problem| problem.is_about_default_model()) {
            problem.counts = Some("Until it is right, only this machine is asked.".into());
            config.model.local_only = true;
        }
    }
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

/// The line, from 1, of a key in a text, by the names of its sections and itself; of the section where it has no such key.
pub fn line_of_key<S: AsRef<str>>(text: &str, path: &[S]) -> Option<usize> {
    let table = DeTable::parse(text).ok()?.into_inner();
    offset_of(&table, path).map(|offset| line_of(text, offset))
}

fn offset_of<S: AsRef<str>>(table: &DeTable<'_>, path: &[S]) -> Option<usize> {
    let (first, rest) = path.split_first()?;
    let (key, value) = table.iter().find(|(key, _)| key.get_ref() == first.as_ref())?;
    let deeper = match value.get_ref() {
        DeValue::Table(inner) => offset_of(inner, rest),
        _ => None,
    };
    deeper.or(Some(key.span().start))
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
    Problem { file: file.to_owned(), line, key, message: what, allowed, counts: None }
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
    fn what_can_not_be_read_keeps_the_last_good_values_and_only_a_file_that_is_gone_is_the_default() {
        use std::os::unix::fs::symlink;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        let before = parse("[model]\nlocal_only = true\n[overlay]\nrows = 5", &path).config;
        type Make = fn(&Path);
        let ways: [(&str, Make, &str); 5] = [
            ("a link to nothing", |path| symlink("/nowhere/config.toml", path).unwrap(), "is a link to /nowhere"),
            ("a link to itself", |path| symlink(path, path).unwrap(), "can't be read"),
            ("a folder", |path| std::fs::create_dir(path).unwrap(), "can't be read"),
            ("no text", |path| std::fs::write(path, [0xff]).unwrap(), "byte 0 is not UTF-8"),
            ("no TOML", |path| std::fs::write(path, "[model").unwrap(), "this is not TOML"),
        ];
        for (way, make, why) in ways {
            make(&path);
            let (first, again) = (load(&path), load_keeping(&path, Some(&before)));
            assert!(first.config.model.local_only, "{way}: nobody knows whether remote hosts may be asked");
            assert_eq!(again.config, before, "{way}");
            for loaded in [first, again] {
                assert_eq!(loaded.problems.len(), 1, "{way}");
                assert!(loaded.problems[0].message.contains(why), "{way}: {}", loaded.problems[0]);
            }
            if path.is_dir() { std::fs::remove_dir(&path).unwrap() } else { std::fs::remove_file(&path).unwrap() }
        }
        assert_eq!(load_keeping(&path, Some(&before)), Loaded { config: Config::default(), problems: Vec::new() });
    }

    #[test]
    fn a_name_that_is_no_model_keeps_the_last_good_one_and_where_there_is_none_only_this_machine_is_asked() {
        let file = Path::new("c.toml");
        let before = parse("[model]\ndefault = \"a/b\"\nfallback = [\"c/d\"]\n[log]\nlevel = \"debug\"", file).config;
        let model = "Allowed: \"provider/model\", as `nerva models` lists them";
        let level = "Allowed: `error`, `warn`, `info`, `debug`, or a filter such as `nerva::providers=debug`";
        for (text, said) in [
            ("[model]\ndefault = \"llama\"", format!("c.toml:2: model.default: `llama` is not a model. {model}")),
            ("[model]\ndefault = \"/x\"", format!("c.toml:2: model.default: `/x` is not a model. {model}")),
            ("[model]\ndefault = \"x/\"", format!("c.toml:2: model.default: `x/` is not a model. {model}")),
            (
                "[model]\n\nfallback = [\"a/b\", \"c\"]",
                format!("c.toml:3: model.fallback: `c` is not a model. {model}"),
            ),
            ("[model]\nfallback = [\"\"]", format!("c.toml:2: model.fallback: `` is not a model. {model}")),
            (
                "log.level = \"debgu\"",
                format!("c.toml:1: log.level: `debgu` is not a level; did you mean `debug`? {level}"),
            ),
            ("[log]\nlevel = \"\"", format!("c.toml:2: log.level: it says no level. {level}")),
            ("[log]\nlevel = \"nerva=loud\"", "c.toml:2: log.level: `nerva=loud` is not a filter: ".to_owned()),
        ] {
            let again = parse_keeping(text, file, Some(&before));
            let found: Vec<String> = again.problems.iter().map(ToString::to_string).collect();
            assert!(found.len() == 1 && found[0].starts_with(&said), "{text}\n found {found:?}\n expected {said}");
            let key = again.problems[0].key.as_str();
            match key {
                "model.default" => assert_eq!(again.config.model.default, "a/b", "{text}"),
                "model.fallback" => assert_eq!(again.config.model.fallback, ["c/d"], "{text}"),
                _ => assert_eq!(again.config.log.level, "debug", "{text}"),
            }
            assert!(!again.config.model.local_only, "{text}");
            let first = parse(text, file);
            assert_eq!(first.config.model.local_only, key == "model.default", "at the start: {text}");
            assert_eq!(first.problems[0].counts.is_some(), key == "model.default", "{text}");
            let later = parse_keeping(text, file, Some(&first.config));
            assert_eq!(later.config.model.local_only, key == "model.default", "read once more: {text}");
        }
        for text in [
            "model.default = \"\"",
            "[model]\ndefault = \"a/b/c:d\"",
            "log.level = \"WARN\"",
            "log.level = \"warn,nerva::providers=debug,hyper=trace\"",
        ] {
            assert!(parse(text, file).problems.is_empty(), "{text}");
        }
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
