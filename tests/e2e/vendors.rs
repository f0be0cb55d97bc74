//! Computer use in the forms of OpenAI and Gemini, over their wires and through all of Nerva: what is called by a vendor's name
//! is on a card first, lands on the pixel that was meant, and is answered in the vendor's form.

use nerva::model::Digest;
use serde_json::{Value, json};

use crate::support::desktop::{Desktop, Plan};
use crate::support::history::told;
use crate::support::keyboard::key;
use crate::support::oracle::{Happened, Oracle, held};
use crate::support::pointer::Pointer;
use crate::support::servers::Server;

/// Where the window begins.
const WINDOW: (f64, f64) = (300.0, 400.0);

const LOOK: &str = "Nerva wants to look at the screen";
const CLICK: &str = "Nerva wants to click";

struct Rig {
    model: Server,
    desktop: Desktop,
    oracle: Oracle,
    _mouse: Pointer,
}

/// A desktop with a window to click into, and a model of this name that calls what it is asked to; it has looked.
fn looked(name: &str, wire: &str, id: &str) -> Rig {
    let model = Server::raw();
    let path = if wire == "gemini" { "" } else { "/v1" };
    let config = format!(
        "[model]\ndefault = \"test/{id}\"\n[network]\nretries = 0\n[agent]\nenabled = true\n[providers.test]\n\
         wire = \"{wire}\"\nurl = \"{}{path}\"\nkey = {{ none = true }}\nmodels = [\"{id}\"]\n",
        model.url()
    );
    let place = format!("floating enable, border none, move absolute position {} {}", WINDOW.0, WINDOW.1);
    let desktop = Plan::new(name, &config).sway(&format!("for_window [app_id=oracle] {place}")).with_nerva();
    let mouse = Pointer::connect(&desktop.socket(), (1280, 720));
    let oracle = Oracle::window(&desktop.socket());
    desktop.open();
    let mut rig = Rig { model, desktop, oracle, _mouse: mouse };
    rig.allowed("screen_look", &json!({}), LOOK);
    assert!(told(&rig.desktop).contains("1280 × 720 pixels"), "{}", told(&rig.desktop));
    rig.oracle.take();
    rig
}

impl Rig {
    /// Asks for this call and allows the card that comes of it; gives its digest.
    fn allowed(&mut self, tool: &str, arguments: &Value, title: &str) -> Value {
        self.answered(tool, arguments, title, Desktop::allow)
    }

    /// The same and denies it, with Enter.
    fn denied(&mut self, tool: &str, arguments: &Value, title: &str) {
        self.answered(tool, arguments, title, |desktop| desktop.press(key::ENTER));
        let clicked = self.oracle.take().iter().any(|each| matches!(each, Happened::Button(..)));
        assert!(!clicked, "what was denied is not done");
    }

    fn answered(&mut self, tool: &str, arguments: &Value, title: &str, answer: impl Fn(&Desktop)) -> Value {
        let Self { model, desktop, oracle, .. } = self;
        let before = model.requests().len();
        desktop.execute(&json!({ "command": "ask", "text": format!("obey «{tool} {arguments}»") }));
        desktop.until_status(title, |status| status["consent"]["title"] == title);
        let clicked = oracle.take().iter().any(|each| matches!(each, Happened::Button(..)));
        assert!(!clicked, "nothing is clicked while a card is shown");
        let digest = desktop.long_card()["digest"].clone();
        answer(desktop);
        // What it did is told to the model before the overlay is back.
        desktop.until("the answer at the end", |desktop| {
            model.requests().len() == before + 2 && desktop.newest_answer()["state"]["state"] == "complete"
        });
        desktop.wait("visible");
        digest
    }

    /// One click with the left button came at this place of the screen, and it is on record as it was on the card.
    fn is_clicked(&mut self, at: (f64, f64), digest: &Value) {
        let happened = self.oracle.take();
        assert_eq!(held(&happened), Vec::<String>::new(), "{happened:?}");
        let buttons: Vec<_> = happened.iter().filter(|each| matches!(each, Happened::Button(..))).collect();
        let click = [&Happened::Button(0x110, true), &Happened::Button(0x110, false)];
        assert_eq!(buttons, click, "{}", told(&self.desktop));
        let begun = happened.iter().position(|each| matches!(each, Happened::Button(..))).expect("a press");
        let place = happened[..begun].iter().rev().find_map(|each| match each {
            Happened::At(_, x, y) => Some(((WINDOW.0 + x).floor(), (WINDOW.1 + y).floor())),
            _ => None,
        });
        assert_eq!(place, Some(at));
        let records = self.desktop.audit();
        let input = records.iter().rfind(|entry| entry["tool"] == "input").expect("a record");
        assert_eq!((&input["digest"], &input["grant"]["by"]), (digest, &"person".into()));
    }

    /// The body of the newest request.
    fn last(&self) -> Value {
        self.model.requests().pop().expect("a request")["body"].clone()
    }
}

fn find(list: &Value, holds: impl Fn(&Value) -> bool) -> &Value {
    let found = list.as_array().into_iter().flatten().rfind(|each| holds(each));
    found.unwrap_or_else(|| panic!("not in {list}"))
}

#[test]
fn openais_computer_clicks_where_it_points_and_hears_of_it_in_its_form() {
    for (name, id, kind) in
        [("vendor-openai", "gpt-5.4", "computer"), ("vendor-preview", "computer-use-preview", "computer_use_preview")]
    {
        let mut rig = looked(name, "openai-responses", id);
        let tool = find(&rig.last()["tools"], |tool| tool["type"] == kind).clone();
        if kind == "computer_use_preview" {
            assert_eq!((&tool["display_width"], &tool["display_height"]), (&1280.into(), &720.into()), "{tool}");
        }
        let check = json!({"id": "check_1", "code": "malicious_instructions", "message": "Mind this page."});
        let click = json!({"type": "click", "x": 410, "y": 470, "button": "left"});
        let call = json!({"actions": [click], "pending_safety_checks": [check]});
        let digest = rig.allowed("computer", &call, CLICK);
        rig.is_clicked((410.0, 470.0), &digest);
        let input = rig.last()["input"].clone();
        let called = find(&input, |item| item["type"] == "computer_call");
        let answered = find(&input, |item| item["type"] == "computer_call_output");
        assert_eq!((&called["id"], &called["call_id"]), (&"cu_0".into(), &answered["call_id"]), "{called}");
        assert_eq!(answered["acknowledged_safety_checks"], json!([check]));
        let picture = answered["output"]["image_url"].as_str().unwrap_or_default();
        assert!(picture.starts_with("data:image/"), "it sees what came of it");
        rig.desktop.picture(name);
        // What was denied was not acknowledged either.
        let other = json!({"id": "check_2", "code": "odd", "message": "Mind this one."});
        let click = json!({"type": "click", "x": 500, "y": 550, "button": "left"});
        rig.denied("computer", &json!({"actions": [click], "pending_safety_checks": [other]}), CLICK);
        let input = rig.last()["input"].as_array().cloned().unwrap_or_default();
        let acknowledged: Vec<_> = input.iter().filter_map(|item| item.get("acknowledged_safety_checks")).collect();
        assert_eq!(acknowledged, [&json!([check])]);
    }
}

#[test]
fn geminis_computer_use_clicks_by_its_later_and_its_earlier_names() {
    let mut rig = looked("vendor-gemini", "gemini", "gemini-3.5-flash");
    find(&rig.last()["tools"], |tool| tool["computerUse"]["environment"] == "ENVIRONMENT_DESKTOP");
    // Thousandths of the picture: the middle of one is 0.64 pixels to the right and 0.36 below its edge.
    let pixel = |x: f64, y: f64| (((x + 0.5) * 1.28).floor(), ((y + 0.5) * 0.72).floor());
    let mut digests: Vec<Digest> = Vec::new();
    // Not where the pointer is in the picture: what it looks like is up to the program below it.
    for (function, x, y) in [("click", 320, 650), ("click_at", 440, 780)] {
        let decision = json!({"decision": "require_confirmation", "explanation": "It buys."});
        let call = json!({"x": x, "y": y, "safety_decision": decision});
        let digest = rig.allowed(function, &call, CLICK);
        rig.is_clicked(pixel(f64::from(x), f64::from(y)), &digest);
        digests.push(serde_json::from_value(digest).expect("a digest"));
        let contents = rig.last()["contents"].clone();
        let newest = contents.as_array().and_then(|list| list.last()).cloned().unwrap_or_default();
        let answered = find(&newest["parts"], |part| part["functionResponse"].is_object())["functionResponse"].clone();
        assert_eq!(answered["name"], function);
        assert_eq!(answered["response"]["safety_acknowledgement"], true, "{}", answered["response"]);
        assert!(answered["parts"][0]["inlineData"]["data"].is_string(), "it sees what came of it");
    }
    assert_ne!(digests[0], digests[1]);
    let call = json!({"x": 360, "y": 600, "text": "Hi there", "press_enter": true, "clear_before_typing": true});
    rig.allowed("type_text_at", &call, "Nerva wants to use pointer and keyboard");
    assert_eq!(rig.oracle.text(), "\u{1}\u{8}Hi there\r", "control and a, backspace, the text, enter");
    assert_eq!(rig.oracle.held(), Vec::<String>::new());
    rig.oracle.take();
    let decision = json!({"decision": "require_confirmation", "explanation": "It buys more."});
    rig.denied("click_at", &json!({"x": 320, "y": 700, "safety_decision": decision}), CLICK);
    let contents = rig.last()["contents"].clone();
    let newest = contents.as_array().and_then(|list| list.last()).cloned().unwrap_or_default();
    assert!(!newest.to_string().contains("safety_acknowledgement"), "what was denied was not acknowledged: {newest}");
}
