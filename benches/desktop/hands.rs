//! Pointer and keyboard: how many texts arrive as they were typed, beside `wtype` and `ydotool`, and how soon a halt is the end.

use std::time::Instant;

use nerva::model::{Fingerprint, Inputs, Step};
use nerva::platform::input::{At, Way};
use serde_json::{Value, json};

use crate::stats::{milliseconds, quantile};
use crate::support::desktop::{Desktop, Plan};
use crate::support::oracle::{Happened, Oracle};
use crate::support::servers::Server;
use crate::support::typed::{LAYOUTS, TEXTS, name};

/// A text longer than one keymap, in which every letter is another.
fn long() -> String {
    ('一'..='丟').chain('가'..='갏').chain(' '..='~').collect()
}

/// Who types.
#[derive(Clone, Copy)]
enum Typist {
    Nerva,
    Wtype,
    Ydotool,
}

impl Typist {
    const ALL: [(Self, &'static str); 3] = [(Self::Nerva, "Nerva"), (Self::Wtype, "wtype"), (Self::Ydotool, "ydotool")];

    /// Why it can't be measured here.
    fn missing(self, desktop: &Desktop) -> Option<&'static str> {
        let has = |program: &str| desktop.shell(&format!("command -v {program}")).status == 0;
        match self {
            Self::Nerva => None,
            Self::Wtype => (!has("wtype")).then_some("it is not installed"),
            Self::Ydotool if !has("ydotool") => Some("it is not installed"),
            // Its daemon's device has to be one of the seat's; a headless compositor reads none of the kernel's.
            Self::Ydotool => (!desktop.sway(&["-t", "get_inputs"]).to_string().contains("ydotool"))
                .then_some("the compositor does not read the kernel's devices; in the VM it does"),
        }
    }

    async fn types(self, desktop: &Desktop, text: &str) -> bool {
        match self {
            Self::Nerva => {
                let at = At { socket: Some(desktop.socket()), way: Some(Way::Wlr), ..At::default() };
                let inputs = Inputs { steps: vec![Step::Type { text: text.into() }], layout: Fingerprint(0) };
                at.perform(&inputs).await.is_ok()
            }
            Self::Wtype => desktop.run(&["wtype", "--", text]).status == 0,
            Self::Ydotool => desktop.run(&["ydotool", "type", "--", text]).status == 0,
        }
    }
}

fn typing(runtime: &tokio::runtime::Runtime) -> Value {
    let mut told = serde_json::Map::new();
    let long = long();
    let mut texts: Vec<(&str, &str)> = TEXTS.to_vec();
    texts.push(("long", &long));
    println!("\ntyping: texts that arrive as they were typed, of {} under each layout", texts.len());
    for (typist, who) in Typist::ALL {
        let (mut right, mut all, mut wrong, mut line) = (0, 0, Vec::new(), String::new());
        let mut missing = None;
        for (layout, variant) in LAYOUTS {
            let lines = format!("input * xkb_layout {layout}\ninput * xkb_variant '{variant}'");
            let layout = name(layout, variant);
            let desktop = Plan::new(&format!("bench-typing-{layout}"), "").sway(&lines).start();
            missing = typist.missing(&desktop);
            if missing.is_some() {
                break;
            }
            let mut oracle = Oracle::cover(&desktop.socket());
            let mut here = 0;
            for (kind, text) in &texts {
                let said = runtime.block_on(typist.types(&desktop, text));
                let arrived = said && oracle.text() == *text;
                oracle.text();
                all += 1;
                here += usize::from(arrived);
                if !arrived {
                    wrong.push(format!("{layout}: {kind}"));
                }
            }
            right += here;
            line.push_str(&format!("  {layout} {here}"));
        }
        if let Some(why) = missing {
            println!("  {who:<8} not run: {why}");
            told.insert(who.into(), json!({ "not_run": why }));
            continue;
        }
        println!(
            "  {who:<8} {right} of {all} ({:.0} %){line}",
            100.0 * f64::from(right as u32) / f64::from(all as u32)
        );
        told.insert(who.into(), json!({ "right": right, "of": all, "wrong": wrong }));
    }
    Value::Object(told)
}

/// From the request on the bus to its reply, before which the last key is let go (`tests/e2e/letting_go.rs`).
fn halting(runtime: &tokio::runtime::Runtime, times: usize) -> Value {
    let steps: Vec<String> = (0..20).map(|_| r#"{"action":"press","keys":"x","times":100}"#.to_owned()).collect();
    let arguments = format!(r#"{{"steps":[{}],"look":false}}"#, steps.join(","));
    let model = Server::raw();
    let config = format!(
        "{}[agent]\nenabled = true\nallow = [{{ tool = \"input\", app = \"oracle\" }}]\n",
        model.config("obey")
    );
    let desktop = Plan::new("bench-halt", &config).with_nerva();
    let mut oracle = Oracle::window(&desktop.socket());
    let bus = runtime.block_on(desktop.bus());
    let call = |command: &str| {
        let (name, path, interface) = ("org.nerva.Nerva", "/org/nerva/Nerva", "org.nerva.Nerva1");
        let body = (command,);
        runtime.block_on(bus.call_method(Some(name), path, Some(interface), "Execute", &body)).expect("nervad");
    };
    let (mut took, mut late) = (Vec::new(), 0);
    for _ in 0..times {
        call(r#"{"command":"new"}"#);
        oracle.take();
        call(&json!({ "command": "ask", "text": format!("«input {arguments}»") }).to_string());
        let keys = |oracle: &Oracle| oracle.happened().iter().filter(|one| matches!(one, Happened::Key(..))).count();
        oracle.until(|oracle| keys(oracle) > 20);
        let asked = Instant::now();
        call(r#"{"command":"halt"}"#);
        took.push(milliseconds(asked.elapsed()));
        oracle.settle();
        assert_eq!(oracle.held(), Vec::<String>::new());
        let then = oracle.happened().len();
        assert_eq!(desktop.nerva(&["resume"]).status, 0);
        late += oracle.take().len() - then;
    }
    let (median, most) = (quantile(&took, 0.5), quantile(&took, 1.0));
    println!(
        "\nhalt while keys are pressed, request to reply: median {median:.1} ms, at most {most:.1} ms; {late} events after"
    );
    json!({ "median_ms": median, "most_ms": most, "times": times, "events_after": late })
}

/// Both.
pub fn measure(times: usize) -> Value {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    json!({ "typing": typing(&runtime), "halt": halting(&runtime, times) })
}
