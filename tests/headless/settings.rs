//! Settings that become wrong while nervad runs: what counts then, what is said, and that it goes when they are right.

use std::os::unix::fs::symlink;
use std::path::PathBuf;

use super::model_server::{Answer, ModelServer};
use super::nerva::{Bus, Nerva};

/// A provider elsewhere; nobody answers to that name (RFC 2606).
const FAR: &str = "[providers.far]\nwire = \"openai-chat\"\nurl = \"http://model.invalid/v1\"\nkey = { none = true }\n";

fn config_file(bus: &Bus) -> PathBuf {
    bus.folder().join("config/nerva/config.toml")
}

/// Waits for a card whose title has these words; what it says, as it is logged.
fn card(nerva: &Nerva, title: &str) -> String {
    nerva.until(title, |nerva| nerva.status()["notices"].to_string().contains(title));
    nerva.log().lines().rfind(|line| line.contains(title)).unwrap_or_default().to_owned()
}

/// Waits for a card with these words in its title that says all of these.
fn until_card(nerva: &Nerva, title: &str, words: &[&str]) {
    let said = card(nerva, title);
    for words in words {
        assert!(said.contains(words), "{words} is not in: {said}");
    }
}

fn until_no_card(nerva: &Nerva) {
    nerva.until("the cards to go", |nerva| nerva.status()["notices"].as_array().is_some_and(Vec::is_empty));
}

/// Puts a link there at once, as whatever manages the file does.
fn link(nerva: &Nerva, target: &str) {
    let new = config_file(nerva).with_extension("link");
    symlink(target, &new).expect("a link");
    std::fs::rename(new, config_file(nerva)).expect("the configuration");
}

fn is_kept_here(nerva: &Nerva) -> bool {
    let asked = nerva.run(&["ask", "--model", "far/m", "hello"]);
    assert_eq!(asked.status, Some(1), "{asked:?}");
    asked.stderr.contains("local_only")
}

#[test]
fn a_configuration_that_can_not_be_read_does_not_open_the_way_to_remote_hosts() {
    let config = format!("[model]\nlocal_only = true\n[network]\nretries = 0\n{FAR}");
    let dangling = "is a link to /nowhere/config.toml, which is not there";
    let mut nerva = Nerva::start(&config);
    assert!(is_kept_here(&nerva));
    link(&nerva, "/nowhere/config.toml");
    until_card(&nerva, "config.toml can't be used", &[dangling, "The last good value is kept."]);
    assert!(is_kept_here(&nerva), "the last good value counts");
    let checked = nerva.run(&["config", "check"]);
    assert!(checked.status == Some(1) && checked.stderr.contains(dangling), "{checked:?}");
    let edited = nerva.run(&["config", "edit"]);
    assert_eq!(edited.status, Some(0), "{edited:?}");
    until_card(&nerva, "config.toml can't be written", &[dangling, "remove the link"]);
    assert_eq!(nerva.terminate(), Some(0));
    nerva.restart();
    until_card(&nerva, "config.toml can't be used", &[dangling, "only this machine is asked"]);
    nerva.write_config(&config);
    until_no_card(&nerva);
    let new = config_file(&nerva).with_extension("new");
    std::fs::write(&new, [0xff]).expect("bytes");
    std::fs::rename(new, config_file(&nerva)).expect("the configuration");
    until_card(&nerva, "config.toml can't be used", &["byte 0 is not UTF-8", "The last good value is kept."]);
    assert!(is_kept_here(&nerva), "the last good value counts");
    nerva.write_config(&config.replace("true", "false"));
    until_no_card(&nerva);
    assert!(!is_kept_here(&nerva), "what is said counts again");
    std::fs::remove_file(config_file(&nerva)).expect("the configuration");
    let gone = "config.toml is gone; all settings have their defaults";
    nerva.until("a line in the log", |nerva| nerva.log().contains(gone));
    until_no_card(&nerva);
    link(&nerva, "/nowhere/config.toml");
    until_card(&nerva, "config.toml can't be used", &[dangling]);
}

#[test]
fn a_model_that_can_not_be_meant_is_said_and_no_other_is_asked_in_its_place() {
    let server = ModelServer::start(|_| Answer::words(&["from here"]));
    let config = format!("{}{FAR}", server.config());
    let wrong = config.replace("default = \"test/tiny\"", "default = \"tiny\"");
    assert_ne!(config, wrong, "{config}");
    let mut nerva = Nerva::start(&config);
    nerva.write_config(&format!("{wrong}[log]\nlevel = \"debgu\"\n"));
    let model = ["`tiny` is not a model. Allowed: \"provider/model\"", "The last good value is kept."];
    until_card(&nerva, "config.toml, line 2: model.default", &model);
    until_card(&nerva, "log.level", &["`debgu` is not a level; did you mean `debug`? Allowed: `error`"]);
    assert_eq!(nerva.status()["model"]["model"], "tiny");
    assert!(!nerva.log().contains("logs at"), "{}", nerva.log());
    let checked = nerva.run(&["config", "check"]);
    assert_eq!(checked.status, Some(1), "{checked:?}");
    for line in ["config.toml:2: model.default: `tiny` is not a model", "log.level: `debgu` is not a level"] {
        assert!(checked.stderr.contains(line), "{line}: {checked:?}");
    }
    assert!(!is_kept_here(&nerva), "the last good model is asked, wherever it is");
    assert_eq!(nerva.terminate(), Some(0));
    nerva.restart();
    until_card(&nerva, "config.toml, line 2: model.default", &["Until it is right, only this machine is asked."]);
    assert!(is_kept_here(&nerva), "which model is meant, nobody knows");
    nerva.write_config(&config);
    until_no_card(&nerva);
    assert!(!is_kept_here(&nerva));
}

#[test]
fn a_theme_that_becomes_wrong_leaves_the_look_as_it_was_until_it_is_mended() {
    let bus = Bus::start();
    let theme = |bus: &Bus, name: &str, text: &str| {
        let folder = bus.folder().join("config/nerva/themes");
        std::fs::create_dir_all(&folder).expect("a folder");
        let new = folder.join("new");
        std::fs::write(&new, text).expect("a theme");
        std::fs::rename(new, folder.join(name)).expect("a theme");
    };
    let right = "scheme = \"dark\"\n[colors]\naccent = \"#ff0000\"\n";
    let wrong = "scheme = \"dark\"\n[colors]\naccent = \"red\"\n";
    theme(&bus, "mine.toml", wrong);
    let config = |dark: &str| format!("[theme]\nmode = \"dark\"\ndark = \"{dark}\"\n");
    let nerva = bus.nervad(&config("mine"));
    let line = "mine.toml, line 3: colors.accent";
    until_card(&nerva, line, &["What is right of it is shown, and the rest as in `nerva-dark`."]);
    theme(&nerva, "mine.toml", right);
    until_no_card(&nerva);
    theme(&nerva, "mine.toml", wrong);
    until_card(&nerva, line, &["The last good look is kept, which is that of `mine`."]);
    theme(&nerva, "mine.toml", right);
    until_no_card(&nerva);
    nerva.write_config(&config("norf"));
    let unknown = ["there is no theme `norf`; did you mean `nord`?", "which is that of `mine`."];
    until_card(&nerva, "norf.toml can't be used", &unknown);
    let checked = nerva.run(&["config", "check"]);
    let said = "config.toml:3: theme.dark: there is no theme";
    assert!(checked.status == Some(1) && checked.stderr.contains(said), "{checked:?}");
    theme(&nerva, "norf.toml", right);
    until_no_card(&nerva);
    assert_eq!(nerva.run(&["config", "check"]).status, Some(0));
}
