//! Providers, files and settings that misbehave: a clear message, nothing lost, nothing crashed.

use std::os::unix::fs::PermissionsExt;

use crate::support::desktop::{Desktop, Plan};
use crate::support::keyboard::key;
use crate::support::servers::Server;
use crate::support::talking::text_of;

/// Asks in the overlay; the fault that the answer ends with.
fn fault_of(desktop: &Desktop, question: &str) -> serde_json::Value {
    desktop.ask(question);
    let answer = desktop.newest_answer();
    assert_eq!(answer["state"]["state"], "failed", "{answer}");
    answer["state"]["fault"].clone()
}

#[test]
fn every_failure_of_a_provider_is_named_and_the_overlay_lives_on() {
    let model = Server::raw();
    let desktop = Plan::new("failures", &model.config("by-word")).with_nerva();
    let host = model.url().trim_start_matches("http://").to_owned();
    for (case, kind, what, next) in [
        ("401", "missing_key", "needs a key", "Set `key` in [providers.test]"),
        ("404", "unknown_model", "does not know the model by-word", "Choose another model; `nerva models` lists them."),
        ("429", "rate_limited", "takes no more requests now", "Wait a little, check the quota"),
        ("500", "server_error", "answered 500", "Ask again, or choose another model."),
        ("html", "garbage", "gave no usable answer", "Check the provider's `url` and `wire`"),
        ("badutf8", "garbage", "gave no usable answer", "Check the provider's `url` and `wire`"),
        ("longline", "garbage", "gave no usable answer", "Check the provider's `url` and `wire`"),
        ("badjson", "garbage", "gave no usable answer", "Check the provider's `url` and `wire`"),
        ("cut", "incomplete", "ended the answer early", "Ask again."),
        ("rst", "incomplete", "ended the answer early", "Ask again."),
        ("error", "server_error", "", "Ask again, or choose another model."),
    ] {
        assert_eq!(desktop.nerva(&["new"]).status, 0);
        desktop.open_if_hidden();
        // That the question is kept as it was typed is a part of asking.
        let fault = fault_of(&desktop, &format!("{case} please"));
        assert_eq!(fault["kind"], kind, "{case}: {fault}");
        let title = fault["title"].as_str().expect("a title");
        assert!(title.starts_with(&format!("Test ({host}) ")) && title.contains(what), "{case}: {fault}");
        assert!(fault["detail"].as_str().is_some_and(|detail| detail.contains(next)), "{case}: {fault}");
        assert!(fault["remedies"].as_array().is_some_and(|remedies| !remedies.is_empty()), "{case}: {fault}");
    }
    assert_eq!(desktop.nerva(&["new"]).status, 0);
    desktop.ask("plain please");
    assert_eq!(desktop.newest_answer()["state"]["state"], "complete", "it still answers");
    desktop.picture("after-all-failures");
}

#[test]
fn a_mid_stream_error_keeps_the_text_that_came() {
    let model = Server::raw();
    let desktop = Plan::new("midstream", &model.config("by-word")).with_nerva();
    desktop.open();
    let fault = fault_of(&desktop, "error now");
    let kept = text_of(&desktop.newest_answer());
    assert!(kept.starts_with("H\u{e9}llo ") && !kept.contains("done"), "{kept}");
    assert_eq!(fault["remedies"][0]["remedy"], "retry", "{fault}");
    // The first button has the focus; the question is sent as it was.
    let asked = |model: &Server| model.requests().len();
    let before = asked(&model);
    desktop.press(key::ENTER);
    desktop.until("a second request", |_| asked(&model) == before + 1);
    desktop.until("its failure", |desktop| desktop.newest_answer()["state"]["state"] == "failed");
    let question = |at: usize| model.requests()[at]["body"]["messages"].clone();
    assert_eq!(question(before), question(before - 1));
}

#[test]
fn a_provider_that_is_down_is_named_with_its_host() {
    let mut model = Server::raw();
    let config = model.config("plain");
    model.kill();
    let desktop = Plan::new("down", &config).with_nerva();
    desktop.open();
    let fault = fault_of(&desktop, "anyone there");
    let url = model.url();
    let host = url.trim_start_matches("http://");
    assert_eq!(fault["title"], format!("Test ({host}) does not answer"));
    assert!(fault["detail"].as_str().is_some_and(|detail| detail.contains("Start the server, or")), "{fault}");
    desktop.press(key::ESCAPE);
    desktop.wait("hidden");
    assert_eq!(desktop.nerva(&["new"]).status, 0);
    desktop.open();
    desktop.query("zep");
    desktop.until_status("Zephyr", |status| status["results"][0] == "Zephyr");
}

#[test]
fn without_any_provider_it_says_what_to_do_and_still_launches() {
    let desktop = Plan::new("no-provider", "").with_nerva();
    desktop.open();
    desktop.query("zep");
    desktop.until_status("Zephyr", |status| status["results"][0] == "Zephyr");
    let asked = desktop.nerva(&["ask", "hello"]);
    assert_eq!(asked.status, 1, "{asked:?}");
    assert!(asked.stderr.contains("There is no language model yet. Start Ollama or a llama.cpp server"), "{asked:?}");
    assert_eq!(desktop.status()["query"], "zep", "what is typed in the overlay is still there");
    // Asked in the overlay, the question is kept, and what to do is on a card.
    desktop.press(key::TAB);
    desktop.until("a card", |desktop| {
        let said = desktop.newest_answer()["state"]["fault"].to_string() + &desktop.status()["notices"].to_string();
        said.contains("There is no language model yet") || said.contains("no language model")
    });
    desktop.picture("no-provider");
    assert!(
        desktop.status()["query"] == "zep" || desktop.sessions()[0]["messages"][0].to_string().contains("zep"),
        "{}",
        desktop.status()
    );
}

#[test]
fn a_key_that_is_refused_is_named() {
    let model = Server::raw();
    let keyed = model.config("by-word").replace("key = { none = true }", "key = { env = \"TEST_KEY\" }");
    let desktop = Plan::new("wrong-key", &keyed).env("TEST_KEY", "sk-wrong-0123456789").with_nerva();
    desktop.open();
    let fault = fault_of(&desktop, "401 please");
    assert_eq!(fault["kind"], "wrong_key", "{fault}");
    assert!(fault["title"].as_str().is_some_and(|title| title.contains("refused the key")), "{fault}");
    assert!(!fault.to_string().contains("sk-wrong"), "{fault}");
}

#[test]
fn a_broken_setting_is_shown_and_the_last_good_one_kept() {
    let model = Server::raw();
    let good = model.config("plain");
    let desktop = Plan::new("config", &good).with_nerva();
    desktop.open();
    desktop.write_config(&format!("{good}\n[overlay]\nwidth = \"wide\"\n"));
    desktop.until_status("a card", |status| status["notices"].to_string().contains("overlay.width"));
    desktop.picture("broken-config");
    let line = good.lines().count() + 3;
    assert_eq!(desktop.status()["notices"][0], format!("config.toml, line {line}: overlay.width"));
    let log = desktop.log();
    let sentence = "Allowed: a number from 400 to 1600. The last good value is kept.";
    assert!(log.contains(sentence), "{log}");
    let checked = desktop.nerva(&["config", "check"]);
    assert_eq!(checked.status, 1, "{checked:?}");
    let said = [checked.stdout, checked.stderr].concat();
    assert!(
        said.contains(&format!("config.toml:{line}: overlay.width: ")) && said.contains("from 400 to 1600"),
        "{said}"
    );
    desktop.query("zep");
    desktop.until_status("Zephyr", |status| status["results"][0] == "Zephyr");
    desktop.write_config(&good);
    desktop.until_status("no card", |status| status["notices"].as_array().is_some_and(Vec::is_empty));
    assert_eq!(desktop.status()["query"], "zep", "what was typed is still there");
}

#[test]
fn broken_desktop_files_and_a_missing_icon_theme_are_named_and_the_rest_is_found() {
    let plan = Plan::new("broken-files", "[theme]\nicon_theme = \"Papyrus\"\n");
    let applications = plan.folder().join("home/.local/share/applications");
    let bad = applications.join("bad.desktop");
    std::fs::write(&bad, "[Desktop Entry]\nName=Bad\n").expect("a file");
    std::os::unix::fs::symlink("nowhere", applications.join("dangling.desktop")).expect("a link");
    let desktop = plan.with_nerva();
    let card = |status: &serde_json::Value| status["notices"].to_string().contains("“Papyrus” is not installed");
    desktop.until_status("a card about the theme", card);
    let log = desktop.log();
    assert!(
        log.contains("Icons of hicolor are shown instead") && log.contains("Install it, or set theme.icon_theme to"),
        "{log}"
    );
    assert_eq!(desktop.status()["notices"].as_array().map(Vec::len), Some(1), "none about a program's file");
    let named = format!(
        "The desktop file bad.desktop can't be used. It has no Exec. It is passed over; correct or remove {}",
        bad.display()
    );
    assert_eq!(log.matches(&named).count(), 1, "{log}");
    let doctor = desktop.nerva(&["doctor"]).stdout;
    for line in [
        format!("✗ bad.desktop: It has no Exec\n      → It is passed over; correct or remove {}", bad.display()),
        "✗ dangling.desktop: It can't be read (No such file".into(),
        "✗ icon theme: Papyrus is not installed. Icons of hicolor".into(),
    ] {
        assert!(doctor.contains(&line), "{line}: {doctor}");
    }
    desktop.open();
    desktop.query("zep");
    desktop.until_status("Zephyr", |status| status["results"][0] == "Zephyr");
    // Another setting leaves it there, the right one takes it away.
    desktop.write_config("[overlay]\nrows = 5\n[theme]\nicon_theme = \"Papyrus\"\n");
    desktop.until("the new configuration", |desktop| desktop.log().contains("the configuration has changed"));
    desktop.until_status("the card", card);
    // Once it is installed nothing has to be done, and where it goes that is said.
    let theme = desktop.home().join(".local/share/icons/Papyrus");
    std::fs::create_dir_all(&theme).expect("a folder");
    std::fs::write(theme.join("index.theme"), "[Icon Theme]\nName=Papyrus\nDirectories=\n").expect("a theme");
    desktop.until_status("no card", |status| status["notices"].as_array().is_some_and(Vec::is_empty));
    std::fs::remove_dir_all(&theme).expect("the theme");
    desktop.until_status("the card", card);
    desktop.write_config("[theme]\nicon_theme = \"hicolor\"\n");
    desktop.until_status("no card", |status| status["notices"].as_array().is_some_and(Vec::is_empty));
    assert_eq!(desktop.status()["query"], "zep", "what was typed is still there");
}

#[test]
fn a_corrupt_history_is_set_aside_and_said_so() {
    let model = Server::raw();
    let plan = Plan::new("corrupt", &model.config("plain"));
    let data = plan.folder().join("home/.local/share/nerva");
    std::fs::create_dir_all(&data).expect("a folder");
    std::fs::write(data.join("history.db"), "SQLite format 3\0 and then rubbish ".repeat(400)).expect("rubbish");
    let desktop = plan.with_nerva();
    let file = desktop.history().display().to_string();
    desktop.until_status("a card", |status| status["notices"][0] == format!("{file} was damaged"));
    let log = desktop.log();
    assert!(log.contains("It was set aside as history.db.corrupt-") && log.contains("a new history begun"), "{log}");
    desktop.open();
    desktop.ask("hello");
    assert_eq!(desktop.newest_answer()["state"]["state"], "complete");
    let kept = std::fs::read_dir(&data).expect("the data folder").filter_map(Result::ok).any(|entry| {
        let name = entry.file_name();
        name != "history.db" && std::fs::read(entry.path()).is_ok_and(|bytes| bytes.windows(7).any(|w| w == b"rubbish"))
    });
    assert!(kept, "the old file is still there");
}

#[test]
fn a_data_folder_that_can_not_be_written_is_said_and_answers_still_come() {
    let model = Server::raw();
    let plan = Plan::new("read-only", &model.config("plain"));
    let data = plan.folder().join("home/.local/share/nerva");
    // A file where the folder should be: root's writes would pass a folder without the permission.
    std::fs::write(&data, "in the way").expect("a file");
    std::fs::set_permissions(&data, std::fs::Permissions::from_mode(0o444)).expect("its mode");
    let desktop = plan.with_nerva();
    let file = desktop.history().display().to_string();
    desktop.until_status("a card", |status| status["notices"].to_string().contains(&file));
    let log = desktop.log();
    assert!(log.contains("then start Nerva again.") && log.contains("conversations are kept in memory only"), "{log}");
    let asked = desktop.nerva(&["ask", "hello"]);
    assert_eq!(asked.status, 0, "{asked:?}");
    assert!(asked.stdout.contains("漢字"), "{asked:?}");
    desktop.open();
    desktop.query("zep");
    desktop.until_status("Zephyr", |status| status["results"][0] == "Zephyr");
}

#[test]
fn the_exit_status_of_a_question_tells_how_it_ended() {
    let model = Server::raw();
    let desktop = Plan::new("status", &model.config("by-word")).with_nerva();
    assert_eq!(desktop.nerva(&["ask", "plain words"]).status, 0);
    assert_eq!(desktop.nerva(&["ask", "cut off"]).status, 1);
    assert_eq!(desktop.nerva(&["ask", "--nonsense"]).status, 2);
    let interrupted = desktop.shell(
        "nerva ask 'tokens 5000 at 50' >$XDG_RUNTIME_DIR/said & asking=$!; \
         until test -s $XDG_RUNTIME_DIR/said; do kill -0 $asking || break; sleep 0.01; done; kill -INT $asking; wait $asking",
    );
    assert_eq!(interrupted.status, 130, "{interrupted:?}");
    let answer = desktop.newest_answer();
    assert_eq!((answer["state"]["state"].as_str(), text_of(&answer).is_empty()), (Some("stopped"), false), "{answer}");
    assert_eq!(desktop.status()["activity"], "idle", "nothing streams on for nobody");
}

impl Desktop {
    fn open_if_hidden(&self) {
        if self.status()["visible"] != true {
            self.open();
        }
        self.until_status("an empty prompt", |status| status["query"] == "");
    }
}

#[test]
fn an_error_card_is_closed_with_the_keyboard() {
    let model = Server::raw();
    let desktop = Plan::new("card", &model.config("by-word")).with_nerva();
    desktop.open();
    let fault = fault_of(&desktop, "401 please");
    desktop.press(key::ESCAPE);
    desktop.wait("hidden");
    // Closed, not forgotten: the question and why it was not answered are there when it opens again.
    desktop.open();
    desktop.until_status("the conversation", |status| status["screen"] == "conversation");
    assert_eq!(desktop.newest_answer()["state"]["fault"], fault);
}

#[test]
fn a_question_that_is_refused_is_in_the_prompt_again() {
    let model = Server::raw();
    let desktop = Plan::new("refused", &model.config("plain")).with_nerva();
    assert_eq!(desktop.nerva(&["pause"]).status, 0);
    desktop.open();
    desktop.query("why me");
    desktop.press(key::TAB);
    desktop.until_status("a card", |status| status["notices"].to_string().contains("paused"));
    desktop.until_status("the question", |status| status["query"] == "why me");
    assert_eq!(desktop.nerva(&["resume"]).status, 0);
    desktop.press(key::TAB);
    desktop.until("the answer", |desktop| desktop.newest_answer()["state"]["state"] == "complete");
}
