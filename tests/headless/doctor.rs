//! `nerva doctor` in words, also where a portal hangs.

use super::model_server::{Answer, ModelServer};
use super::nerva::{Bus, Nerva};
use super::portal::NAME;

#[tokio::test]
async fn a_portal_that_never_answers_keeps_nobody_waiting_for_ever() {
    let server = ModelServer::start(|_| Answer::words(&["hi"]));
    let bus = Bus::start();
    // Nobody takes the calls that come to it.
    let hanging = bus.connect().await;
    hanging.request_name(NAME).await.expect("the portal's name");
    let nerva = bus.nervad(&server.config());
    assert_eq!(nerva.run(&["ask", "hello"]).stdout.trim_end(), "hi");
    let told = nerva.run(&["doctor"]);
    assert_eq!(told.status, Some(0), "{told:?}");
    for line in [
        "settings portal: the settings portal does not answer",
        "Screenshot portal: xdg-desktop-portal does not answer",
        "ScreenCast portal: xdg-desktop-portal does not answer",
        "RemoteDesktop portal: xdg-desktop-portal does not answer",
        "test: answers",
    ] {
        assert!(told.stdout.contains(line), "{line}: {}", told.stdout);
    }
}

#[test]
fn each_need_is_named_once() {
    let told = Nerva::start("").run(&["doctor"]).stdout;
    let headings: Vec<&str> = told.lines().filter(|line| !line.starts_with(' ')).collect();
    assert!(headings.contains(&"pictures of the screen"), "{told}");
    let once = |heading: &&str| headings.iter().filter(|other| *other == heading).count() == 1;
    assert!(headings.iter().all(once), "{told}");
}
