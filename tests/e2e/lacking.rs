//! A tool that can't work here: the model is told so before it tries, and a call of it asks nobody.

use serde_json::json;

use crate::support::desktop::Plan;
use crate::support::lacking::{is_told, lacks};
use crate::support::scripted::{Scripted, Turn};

#[test]
fn without_systemd_a_model_hears_that_it_can_restart_nothing() {
    let model = Scripted::saying([Turn::Call("unit_restart", json!({"unit": "shop"})), Turn::Say("all done".into())]);
    let desktop = Plan::new("lacking", &format!("{}[agent]\nenabled = true\n", model.config())).with_nerva();
    let line = lacks(&desktop, "unit_restart");
    assert!(line.contains("no user manager answers"), "{line}");
    let doctor = desktop.nerva(&["doctor"]).stdout;
    let of = |what: &str| doctor.lines().find(|line| line.contains(what)).map(str::to_owned).expect("a line");
    let why = |line: &str| line.split_once("no user manager").expect("the reason").1.to_owned();
    assert_eq!(why(&of("systemd user manager")), why(&of("(unit_start, unit_stop, unit_restart)")));
    desktop.begin("restart my shop");
    is_told(&desktop, &model, "unit_restart", "no user manager answers");
}
