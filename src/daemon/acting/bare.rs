//! For tests: a driver whose files are in a folder, without a desktop around it.

use std::path::Path;

use tokio::sync::mpsc;

use crate::config::Paths;
use crate::daemon::Options;
use crate::daemon::driver::Driver;
use crate::model::{Ask, Reply};

pub(super) fn options(folder: &Path) -> Options {
    let at = |name: &str| folder.join(name);
    let paths = Paths {
        config_file: at("config.toml"),
        themes_dir: at("themes"),
        data_dir: at("data"),
        state_dir: at("state"),
        log_file: at("log"),
        history_db: at("history"),
    };
    Options { paths, headless: None, translucent: false, layered: false, display: None }
}

/// A driver with tools; what it asks of others is not waited for.
pub(super) async fn driver(folder: &Path) -> Driver {
    let config = "[agent]\nenabled = true\n[tray]\nenabled = false\n";
    std::fs::write(folder.join("config.toml"), config).unwrap();
    let (commands, _) = mpsc::unbounded_channel();
    Driver::open(options(folder), commands).await.unwrap().0
}

/// Asks something in the overlay's conversation.
pub(super) fn ask(driver: &mut Driver) {
    let ask = Ask { text: "q".into(), model: None, images: Vec::new(), conversation: None };
    assert_eq!(driver.ask(ask), Reply::Done);
    assert!(driver.sessions.any_answering());
}
