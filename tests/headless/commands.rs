//! Commands that print or open something, run as a shell runs them.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::model_server::{Answer, ModelServer};
use super::nerva::{Bus, Nerva};

/// Has what is opened written into a file of this bus instead.
pub fn with_opener(bus: Bus) -> Bus {
    let folder = bus.folder().join("programs");
    std::fs::create_dir_all(&folder).expect("a folder");
    let program = folder.join("xdg-open");
    std::fs::write(&program, "#!/bin/sh\nprintf '%s\\n' \"$@\" >\"$HOME/new\" && mv \"$HOME/new\" \"$HOME/opened\"\n")
        .expect("a program");
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).expect("a program");
    let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap_or_default());
    bus.env("PATH", &path)
}

/// Waits until something was opened, and forgets it.
pub fn opened(bus: &Bus) -> String {
    let file = bus.folder().join("home/opened");
    bus.wait_for_file(&file);
    let text = std::fs::read_to_string(&file).expect("what was opened");
    std::fs::remove_file(file).expect("what was opened");
    text.trim_end().to_owned()
}

fn config_file(nerva: &Nerva) -> PathBuf {
    nerva.folder().join("config/nerva/config.toml")
}

fn text(file: &Path) -> String {
    std::fs::read_to_string(file).expect("a text")
}

#[test]
fn the_configuration_is_written_shown_described_and_found() {
    let nerva = Nerva::start("[overlay]\nrows = 5\n");
    let file = config_file(&nerva);
    let path = nerva.run(&["config", "path"]);
    assert_eq!((path.status, path.stdout.trim_end()), (Some(0), file.to_str().expect("a path")));
    let shown = nerva.run(&["config", "show"]);
    let parsed: toml::Table = shown.stdout.parse().expect("TOML");
    assert_eq!(parsed["overlay"]["rows"].as_integer(), Some(5), "{shown:?}");
    let schema = nerva.run(&["config", "schema"]);
    assert_eq!(schema.stdout.trim_end(), nerva::config::schema_json().trim_end());
    let refused = nerva.run(&["config", "init"]);
    assert!(refused.status == Some(1) && refused.stderr.contains("--force"), "{refused:?}");
    assert_eq!(text(&file), "[overlay]\nrows = 5\n");
    let forced = nerva.run(&["config", "init", "--force"]);
    assert_eq!(forced.status, Some(0), "{forced:?}");
    assert_eq!(text(&file), nerva::config::DEFAULT_FILE);
    assert_eq!(text(&file.with_extension("toml.old")), "[overlay]\nrows = 5\n");
    let checked = nerva.run(&["config", "check"]);
    assert!(checked.status == Some(0) && checked.stdout.contains("is right"), "{checked:?}");
    std::fs::remove_file(&file).expect("the configuration");
    let checked = nerva.run(&["config", "check"]);
    assert!(checked.status == Some(0) && checked.stdout.contains("have their defaults"), "{checked:?}");
    let checked = nerva.run(&["config", "check", "/no/such/file"]);
    assert!(checked.status == Some(1) && checked.stderr.contains("/no/such/file is not there"), "{checked:?}");
    assert_eq!(nerva.run(&["config", "init"]).status, Some(0));
    assert_eq!(text(&file), nerva::config::DEFAULT_FILE);
}

#[test]
fn editing_the_configuration_opens_it_and_writes_one_where_there_is_none() {
    let nerva = with_opener(Bus::start()).nervad("[overlay]\nrows = 5\n");
    let file = config_file(&nerva);
    assert_eq!(nerva.run(&["config", "edit"]).status, Some(0));
    assert_eq!(opened(&nerva), file.display().to_string());
    assert_eq!(text(&file), "[overlay]\nrows = 5\n", "what is there stays");
    std::fs::remove_file(&file).expect("the configuration");
    assert_eq!(nerva.run(&["config", "edit"]).status, Some(0));
    assert_eq!(opened(&nerva), file.display().to_string());
    assert_eq!(text(&file), nerva::config::DEFAULT_FILE);
}

#[test]
fn what_programs_read_is_json_with_what_people_are_told() {
    let server = ModelServer::start(|_| Answer::words(&["Use `du`."]));
    let nerva = Nerva::start(&server.config());
    let json = |arguments: &[&str]| -> Value {
        let output = nerva.run(arguments);
        assert_eq!(output.status, Some(0), "{output:?}");
        serde_json::from_str(&output.stdout).expect(&output.stdout)
    };
    assert_eq!(nerva.run(&["ask", "what fills my disk"]).status, Some(0));
    assert_eq!(nerva.run(&["ask", "who are you"]).status, Some(0));
    nerva.until("the models", |nerva| nerva.run(&["models"]).stdout.contains("tiny"));
    let models = json(&["models", "--json"]);
    let tiny = models.as_array().and_then(|models| models.iter().find(|model| model["model"]["model"] == "tiny"));
    assert_eq!(tiny.map(|model| (&model["model"]["provider"], &model["local"])), Some((&"test".into(), &true.into())));
    let listed = json(&["sessions", "list", "--json"]);
    let titles: Vec<&str> = listed.as_array().expect("a list").iter().filter_map(|one| one["title"].as_str()).collect();
    assert_eq!(titles, ["who are you", "what fills my disk"], "{listed}");
    let found = json(&["sessions", "search", "disk", "--json"]);
    assert_eq!(found.as_array().map(Vec::len), Some(1), "{found}");
    assert_eq!(found[0]["title"], "what fills my disk");
}

#[test]
fn the_version_is_that_of_the_package_and_themes_are_checked_by_name_and_file() {
    let nerva = Nerva::start("");
    let version = nerva.run(&["--version"]);
    assert_eq!(version.stdout.trim_end(), concat!("nerva ", env!("CARGO_PKG_VERSION")), "{version:?}");
    assert_eq!(nerva.run(&["theme", "check", "nord"]).status, Some(0));
    let file = nerva.folder().join("t.toml");
    std::fs::write(&file, "scheme = \"dark\"\n[colors]\ntext = \"red\"\n").expect("a theme");
    let checked = nerva.run(&["theme", "check", file.to_str().expect("a path")]);
    assert!(checked.status == Some(1) && checked.stderr.contains("t.toml:3: colors.text: not a colour"), "{checked:?}");
    let unknown = nerva.run(&["theme", "check", "norf"]);
    assert!(unknown.status == Some(1) && unknown.stderr.contains("nerva theme list"), "{unknown:?}");
}
