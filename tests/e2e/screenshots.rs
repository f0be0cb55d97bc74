//! Screenshots of other programs: offered one by one while that is turned on, and never Nerva's own.

use serde_json::json;

use crate::support::desktop::{Desktop, Plan};
use crate::support::keyboard::key;
use crate::support::servers::Server;

fn switch(desktop: &Desktop, state: &str) {
    let switched = desktop.nerva(&["screenshots", state]);
    assert_eq!(switched.status, 0, "{switched:?}");
    assert_eq!(desktop.status()["screenshots"], state == "on");
}

fn until_attached(desktop: &Desktop, names: &[&str]) {
    desktop.until_status(&format!("{names:?}"), |status| status["attached"] == json!(names));
}

#[test]
fn a_screenshot_of_another_program_is_offered_and_asked_about() {
    let model = Server::raw();
    let shots = "$HOME/shots";
    let desktop = Plan::new("screenshots", "").start();
    let folder = desktop.home().join("shots");
    std::fs::create_dir(&folder).expect("a folder");
    desktop.write_config(&format!("{}[capture]\nscreenshots = {folder:?}\n", model.config("plain")));
    desktop.start_nervad();
    assert_eq!(desktop.status()["screenshots"], false, "off until it is turned on");
    let grim = |name: &str| assert_eq!(desktop.shell(&format!("grim {shots}/{name}")).status, 0);
    grim("before.png");
    switch(&desktop, "on");
    assert!(desktop.nerva(&["status"]).stdout.contains("for screenshots"));
    grim("first.png");
    until_attached(&desktop, &["first.png"]);
    desktop.wait("visible");
    desktop.picture("screenshot-offered");
    desktop.query("what is this");
    desktop.press(key::ENTER);
    desktop.until("an answer", |desktop| desktop.newest_answer()["state"]["state"] == "complete");
    let taken = image::open(folder.join("first.png")).expect("a picture").to_rgb8();
    assert!(model.pictures() == [taken]);
    // Its own is not offered, the next one of another program is: events come in order.
    assert_eq!(desktop.nerva(&["hide"]).status, 0);
    desktop.wait("hidden");
    assert_eq!(desktop.shell(&format!("cp {shots}/first.png {shots}/Nerva\\ 1.png")).status, 0);
    grim("second.png");
    until_attached(&desktop, &["second.png"]);
    desktop.wait("visible");
    assert_eq!(desktop.status()["screen"], "launcher", "what can be asked about it is there");
    switch(&desktop, "off");
    grim("third.png");
    // Turned on again it knows the third; the fourth would come after it.
    switch(&desktop, "on");
    grim("fourth.png");
    until_attached(&desktop, &["second.png", "fourth.png"]);
}

#[test]
fn a_missing_folder_is_said_and_nothing_is_waited_for() {
    let desktop = Plan::new("screenshots-nowhere", "[capture]\nscreenshots = \"/nowhere/shots\"\n").with_nerva();
    let refused = desktop.nerva(&["screenshots", "on"]);
    assert!(refused.status == 1 && refused.stderr.contains("/nowhere/shots"), "{refused:?}");
    assert_eq!(desktop.status()["screenshots"], false);
}
