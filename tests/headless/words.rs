//! What is typed in a shell: pictures and stdin of a question, stopping, showing, completions, themes.

use std::io::Write as _;
use std::process::Stdio;

use super::model_server::{Answer, ModelServer};
use super::nerva::{Bus, Nerva};

const PIXEL: &[u8] = include_bytes!("../wire/requests/pixel.png");

#[test]
fn a_question_takes_a_picture_along_and_names_one_that_can_not_be_read() {
    let server = ModelServer::start(|request| {
        let text = request.to_string();
        Answer::words(&[if text.contains("data:image/") { "seen" } else { "not seen" }])
    });
    let nerva = Nerva::start(&server.config());
    let file = nerva.folder().join("pixel.png");
    std::fs::write(&file, PIXEL).expect("a picture");
    let asked = nerva.run(&["ask", "--image", &file.display().to_string(), "what is this"]);
    assert_eq!((asked.status, asked.stdout.trim_end()), (Some(0), "seen"), "{asked:?}");
    let asked = nerva.run(&["ask", "--image", "/nowhere/gone.png", "what is this"]);
    assert!(asked.status == Some(1) && asked.stderr.contains("/nowhere/gone.png"), "{asked:?}");
    assert_eq!(server.heads().len(), 1, "without its picture nothing is asked");
}

#[test]
fn a_question_is_read_from_stdin() {
    let server = ModelServer::start(|request| {
        let messages = request["messages"].as_array().expect("messages");
        Answer::words(&[&messages.last().expect("a question")["content"].to_string()])
    });
    let nerva = Nerva::start(&server.config());
    let ask = |text: &str| {
        let mut command = nerva.command(env!("CARGO_BIN_EXE_nerva"));
        command.args(["ask", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("nerva");
        child.stdin.take().expect("its input").write_all(text.as_bytes()).expect("the question");
        child.wait_with_output().expect("its end")
    };
    let asked = ask("two\nlines");
    assert!(String::from_utf8_lossy(&asked.stdout).contains("two\\nlines"), "{asked:?}");
    let asked = ask(" \n");
    assert_eq!(asked.status.code(), Some(2), "{asked:?}");
    assert!(String::from_utf8_lossy(&asked.stderr).contains("no question on stdin"), "{asked:?}");
}

#[test]
fn a_conversation_is_shown_by_its_id() {
    let server = ModelServer::start(|_| Answer::words(&["an answer"]));
    let nerva = Nerva::start(&server.config());
    assert_eq!(nerva.run(&["ask", "a question"]).status, Some(0));
    let id = nerva.sessions()[0]["id"].as_str().expect("an id").to_owned();
    let shown = nerva.run(&["sessions", "show", &id]);
    assert!(shown.stdout.contains("a question") && shown.stdout.contains("an answer"), "{shown:?}");
    let shown = nerva.run(&["sessions", "show", "00000000-0000-0000-0000-000000000000"]);
    assert!(shown.status == Some(1) && shown.stderr.contains("nerva sessions list"), "{shown:?}");
    assert_eq!(nerva.run(&["stop"]).status, Some(0), "nothing to stop is no error");
}

#[test]
fn the_bus_starts_nervad_where_a_package_lets_it() {
    let server = ModelServer::start(|_| Answer::words(&["started"]));
    let bus = Bus::start();
    let config = bus.folder().join("config/nerva");
    std::fs::create_dir_all(&config).expect("a folder");
    std::fs::write(config.join("config.toml"), server.config()).expect("the configuration");
    bus.activatable();
    assert!(!bus.names().contains("org.nerva.Nerva"), "it does not run yet");
    // Without PATH the program could not be started by the command line itself.
    let mut command = bus.command(env!("CARGO_BIN_EXE_nerva"));
    let asked = command.args(["ask", "anyone"]).env("PATH", "/nowhere").output().expect("nerva");
    assert_eq!(String::from_utf8_lossy(&asked.stdout).trim_end(), "started", "{asked:?}");
    let mut command = bus.command(env!("CARGO_BIN_EXE_nerva"));
    let status = command.args(["status", "--json"]).output().expect("nerva");
    let status: serde_json::Value = serde_json::from_slice(&status.stdout).expect("a status");
    let pid = status["pid"].to_string();
    let parent = std::fs::read_to_string(format!("/proc/{pid}/environ")).expect("its environment");
    assert!(parent.contains("DBUS_STARTER"), "the bus started it");
    let ended = std::process::Command::new("kill").arg(&pid).status().expect("kill");
    assert!(ended.success());
}

#[test]
fn completions_are_those_of_the_shell() {
    let nerva = Nerva::start("");
    for (shell, words) in [("bash", "complete -F _nerva"), ("zsh", "#compdef nerva"), ("fish", "complete -c nerva")] {
        let made = nerva.run(&["completions", shell]);
        assert!(made.status == Some(0) && made.stdout.contains(words), "{shell}: {made:?}");
    }
    assert_eq!(nerva.run(&["completions", "nonsense"]).status, Some(2));
}

#[test]
fn a_theme_is_imported_listed_and_set() {
    let nerva = Nerva::start("# mine\n[overlay]\nrows = 5\n");
    let scheme = nerva.folder().join("scheme.yaml");
    let colours: String =
        (0..16).map(|n| format!("base0{n:X}: \"{:02x}{:02x}{:02x}\"\n", n * 16, n * 16, n * 16)).collect();
    std::fs::write(&scheme, format!("scheme: \"Greys\"\n{colours}")).expect("a scheme");
    let imported = nerva.run(&["theme", "import-base16", &scheme.display().to_string(), "greys"]);
    assert!(imported.status == Some(0) && imported.stdout.contains("nerva theme set greys"), "{imported:?}");
    let set = nerva.run(&["theme", "set", "greys"]);
    assert_eq!(set.status, Some(0), "{set:?}");
    let listed = nerva.run(&["theme", "list"]).stdout;
    assert!(listed.lines().any(|line| line.starts_with("● greys")), "{listed}");
    let config = std::fs::read_to_string(nerva.folder().join("config/nerva/config.toml")).expect("the configuration");
    assert!(config.starts_with("# mine\n[overlay]\nrows = 5\n") && config.contains("\"greys\""), "{config}");
    let set = nerva.run(&["theme", "set", "grays"]);
    assert!(set.status == Some(1) && set.stderr.contains("`nerva theme list` names them"), "{set:?}");
}
