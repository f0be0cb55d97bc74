//! A drag that a model asks for in its vendor's form, through all of Nerva: on the pixels that were meant, and let go after.

use serde_json::{Value, json};

use crate::support::desktop::{Desktop, Plan};
use crate::support::history::told;
use crate::support::keyboard::{Modifier, key};
use crate::support::oracle::{Happened, Oracle, held};
use crate::support::pointer::Pointer;
use crate::support::scripted::{Scripted, Turn};
use crate::support::servers::Server;

const MODEL: &str = "claude-sonnet-4-6";
const MODE: (u32, u32) = (1920, 1080);
const SCALE: f64 = 1.5;
/// Where the window begins, in logical pixels.
const WINDOW: (f64, f64) = (300.0, 400.0);

/// Asks, and allows the card that comes of it; gives that card.
fn allowed(desktop: &Desktop, model: &Server, question: &str, title: &str) -> Value {
    let before = model.requests().len();
    desktop.execute(&json!({ "command": "ask", "text": format!("obey {question}") }));
    desktop.until_status(title, |status| status["consent"]["title"] == title);
    // It shows both ends of a drag, which is more than fits: all of it has to be seen first.
    let card = desktop.long_card();
    desktop.picture("drag-card");
    desktop.keyboard().chord(&[Modifier::Control], key::ENTER);
    // What it did is told to the model before the overlay is back.
    desktop.until("the answer at the end", |desktop| {
        model.requests().len() == before + 2 && desktop.newest_answer()["state"]["state"] == "complete"
    });
    desktop.wait("visible");
    card
}

/// The size of the pictures that the vendor's tool was offered with.
fn offered(request: &Value) -> (u32, u32) {
    let tools = request["body"]["tools"].as_array().expect("tools");
    let computer = tools.iter().find(|tool| tool["type"] == "computer_20251124").expect("the vendor's tool");
    let size = |key: &str| computer[key].as_u64().and_then(|size| u32::try_from(size).ok()).expect(key);
    (size("display_width_px"), size("display_height_px"))
}

#[test]
fn a_drag_is_done_from_pixel_to_pixel_and_nothing_stays_pressed() {
    let model = Server::raw();
    let config = format!(
        "[model]\ndefault = \"test/{MODEL}\"\n[network]\nretries = 0\n[agent]\nenabled = true\n[providers.test]\n\
         wire = \"anthropic\"\nurl = \"{}\"\nkey = {{ none = true }}\nmodels = [\"{MODEL}\"]\n",
        model.url()
    );
    let place = format!("floating enable, border none, move absolute position {} {}", WINDOW.0, WINDOW.1);
    let desktop = Plan::new("drag-tool", &config)
        .sway(&format!("output HEADLESS-1 resolution {}x{} scale {SCALE}", MODE.0, MODE.1))
        .sway(&format!("for_window [app_id=oracle] {place}"))
        .with_nerva();
    // Programs learn of a seat's pointer when there is one; a real seat has a mouse.
    let _mouse = Pointer::connect(&desktop.socket(), (1280, 720));
    let mut oracle = Oracle::window(&desktop.socket());
    desktop.open();
    allowed(&desktop, &model, "«screen_look {}»", "Nerva wants to look at the screen");
    let (width, height) = offered(model.requests().last().expect("a question"));
    assert!(width < MODE.0, "the model sees a smaller picture: {width} × {height}");
    let seen = |x: f64, y: f64| {
        let on = |at: f64, all: u32, most: u32| (at * SCALE * f64::from(all) / f64::from(most)).floor() as u32;
        (on(WINDOW.0 + x, width, MODE.0), on(WINDOW.1 + y, height, MODE.1))
    };
    let (from, to) = (seen(31.0, 27.0), seen(252.0, 160.0));
    oracle.take();
    let call = json!({"action": "left_click_drag", "start_coordinate": [from.0, from.1], "coordinate": [to.0, to.1]});
    let card = allowed(&desktop, &model, &format!("«computer {call}»"), "Nerva wants to drag");
    let happened = oracle.take();
    assert_eq!(held(&happened), Vec::<String>::new(), "{happened:?}");
    let buttons: Vec<_> = happened.iter().filter(|each| matches!(each, Happened::Button(..))).collect();
    assert_eq!(buttons, [&Happened::Button(0x110, true), &Happened::Button(0x110, false)]);
    // The way, as pixels of the screen: from the place that was pressed to the one that was let go.
    let begun = happened.iter().position(|each| matches!(each, Happened::Button(_, true))).expect("a press");
    let ended = happened.iter().position(|each| matches!(each, Happened::Button(_, false))).expect("its end");
    let way = happened[begun - 1..ended].iter().filter_map(|each| match each {
        Happened::At(_, x, y) => Some((((WINDOW.0 + x) * SCALE) as u32, ((WINDOW.1 + y) * SCALE) as u32)),
        _ => None,
    });
    // The middle of a pixel of the model's picture.
    let on_screen = |(x, y): (u32, u32)| {
        let on = |at: u32, all: u32, most: u32| ((f64::from(at) + 0.5) * f64::from(most) / f64::from(all)) as u32;
        (on(x, width, MODE.0), on(y, height, MODE.1))
    };
    let (from, to) = (on_screen(from), on_screen(to));
    let twelfth = |step: u32| (from.0 + (to.0 - from.0) * step / 12, from.1 + (to.1 - from.1) * step / 12);
    assert_eq!(way.collect::<Vec<_>>(), (0..=12).map(twelfth).collect::<Vec<_>>());
    let records = desktop.audit();
    let input = records.iter().find(|entry| entry["tool"] == "input").expect("a record");
    assert_eq!(input["digest"], card["digest"], "what was done is what was on the card");
    assert!(told(&desktop).contains("it is done"), "{}", told(&desktop));
}

#[test]
fn what_one_call_presses_and_another_lets_go_is_one_drag_on_one_card() {
    let at = |action: &str, x: u32, y: u32| Turn::Call("computer", json!({"action": action, "coordinate": [x, y]}));
    let model = Scripted::saying([
        Turn::Call("screen_look", json!({})),
        at("left_mouse_down", 330, 430),
        at("mouse_move", 400, 450),
        at("left_mouse_up", 500, 500),
        Turn::Say("all done".into()),
    ]);
    let place = format!("floating enable, border none, move absolute position {} {}", WINDOW.0, WINDOW.1);
    let desktop = Plan::new("drag-held", &format!("{}[agent]\nenabled = true\n", model.config()))
        .sway(&format!("for_window [app_id=oracle] {place}"))
        .with_nerva();
    let _mouse = Pointer::connect(&desktop.socket(), (1280, 720));
    let mut oracle = Oracle::window(&desktop.socket());
    desktop.begin("drag it");
    desktop.card_titled("Nerva wants to look at the screen");
    desktop.allow();
    desktop.until_status("the card", |status| status["consent"]["title"] == "Nerva wants to drag");
    let results = told(&desktop);
    assert!(results.contains("nothing pressed yet") && results.contains("a part of the way"), "{results}");
    let buttons = |happened: &[Happened]| -> Vec<Happened> {
        happened.iter().filter(|each| matches!(each, Happened::Button(..))).cloned().collect()
    };
    assert!(buttons(&oracle.take()).is_empty(), "nothing is pressed while a card is shown");
    desktop.long_card();
    desktop.allow();
    desktop.finished();
    desktop.wait("visible");
    let happened = oracle.take();
    assert_eq!(held(&happened), Vec::<String>::new(), "{happened:?}");
    assert_eq!(buttons(&happened), [Happened::Button(0x110, true), Happened::Button(0x110, false)]);
    let begun = happened.iter().position(|each| matches!(each, Happened::Button(_, true))).expect("a press");
    let ended = happened.iter().position(|each| matches!(each, Happened::Button(_, false))).expect("its end");
    let way = happened[begun - 1..ended].iter().filter_map(|each| match each {
        Happened::At(_, x, y) => Some(((WINDOW.0 + x) as u32, (WINDOW.1 + y) as u32)),
        _ => None,
    });
    let way: Vec<(u32, u32)> = way.collect();
    assert_eq!((way.first(), way.last()), (Some(&(330, 430)), Some(&(500, 500))), "{way:?}");
    assert!(way.contains(&(400, 450)), "{way:?}");
    let records = desktop.audit();
    let tools: Vec<&str> = records.iter().filter_map(|entry| entry["tool"].as_str()).collect();
    assert_eq!(tools, ["screen_look", "input"], "one of them is done");
}
