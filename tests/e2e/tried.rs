//! `scripts/try`, as a newcomer runs it: what is there after it, and that it does not say "done" of what failed.

use std::path::Path;
use std::process::{Command, Output};

use crate::support::servers::Server;

/// Runs it with programs that are built already, in a home of its own, without what this machine may have.
fn tried(home: &Path, question: &str) -> Output {
    let programs = Path::new(env!("CARGO_BIN_EXE_nervad")).parent().expect("a folder");
    let keys = [
        "ANTHROPIC_API_KEY",
        "OPENAI_API_KEY",
        "GEMINI_API_KEY",
        "GOOGLE_API_KEY",
        "OPENROUTER_API_KEY",
        "WAYLAND_DISPLAY",
    ];
    let mut command = Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/try"));
    for key in keys {
        command.env_remove(key);
    }
    command
        .arg(question)
        .env("NERVA_TRY_PROGRAMS", programs)
        .env("NERVA_TRY_OUT", home.join("out"))
        .env("HOME", home)
        .env("XDG_CONFIG_HOME", home.join("config"))
        .env("OLLAMA_HOST", "127.0.0.1:1")
        .output()
        .expect("scripts/try")
}

#[test]
fn it_shows_a_whole_answer_and_leaves_its_pictures() {
    let home = tempfile::tempdir().expect("a folder");
    let model = Server::llama(Some(200.0));
    let config = home.path().join("config/nerva");
    std::fs::create_dir_all(&config).expect("a folder");
    std::fs::write(config.join("config.toml"), model.config("nerva-tiny")).expect("a configuration");
    let ran = tried(home.path(), "what is nerva");
    let said = String::from_utf8_lossy(&ran.stdout).into_owned();
    assert!(ran.status.success(), "{said}\n{}", String::from_utf8_lossy(&ran.stderr));
    assert!(said.contains("Model: your configuration") && said.contains("what is nerva"), "{said}");
    for name in ["1-bar", "2-question", "3-streaming", "4-answer", "5-again"] {
        let picture = home.path().join("out").join(format!("{name}.png"));
        assert!(image::open(&picture).is_ok_and(|picture| picture.width() > 600), "{}", picture.display());
    }
}

#[test]
fn an_answer_that_fails_is_no_success() {
    let home = tempfile::tempdir().expect("a folder");
    let model = Server::raw();
    let config = home.path().join("config/nerva");
    std::fs::create_dir_all(&config).expect("a folder");
    std::fs::write(config.join("config.toml"), model.config("by-word")).expect("a configuration");
    let ran = tried(home.path(), "cut off please");
    let said = String::from_utf8_lossy(&ran.stdout).into_owned();
    assert!(!ran.status.success() && said.contains("did not end well") && said.contains("incomplete"), "{said}");
}
