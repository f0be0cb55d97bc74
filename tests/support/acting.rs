//! Tools on a desktop: models that call them, cards that are answered with keys, and what is on record.

use std::cell::Cell;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::desktop::{Desktop, Plan};
use super::keyboard::{Modifier, key};
use super::servers::Server;

/// A real model that calls this tool, and a desktop on which `~/notes` is open to tools, with these further settings.
pub fn calling(name: &str, tool: &str, arguments: &str, settings: &str) -> (Server, Plan) {
    let model = Server::llama_calling(tool, arguments);
    let roots = if settings.contains("roots") { "" } else { "roots = [\"~/notes\"]\n" };
    let plan = Plan::new(name, &format!("{}[agent]\nenabled = true\n{roots}{settings}", model.config("nerva-tiny")));
    std::fs::create_dir_all(plan.folder().join("home/notes")).expect("a folder");
    (model, plan)
}

/// A model of aimock that calls tools as its fixtures say, and the configuration in which it is the only one.
pub fn acting() -> (Server, String) {
    let server = Server::aimock();
    let config = format!(
        "[model]\ndefault = \"test/m\"\n[network]\nretries = 0\n[providers.test]\nwire = \"anthropic\"\nurl = \"{}\"\n\
         key = {{ none = true }}\nmodels = [\"m\"]\n[agent]\nenabled = true\n",
        server.url()
    );
    (server, config)
}

impl Desktop {
    /// The card, once it can be answered.
    pub fn card(&self) -> Value {
        self.until_status("a card that can be answered", |status| status["consent"]["armed"] == true);
        self.status()["consent"].clone()
    }

    /// A card that may be longer than it can be shown at once, when its end was in sight and it can be answered. A key that
    /// comes before it is on the screen is no key for it, so that it is pressed again; each puts off what it waits for.
    pub fn long_card(&self) -> Value {
        let pressed = Cell::new(None::<Instant>);
        self.until("a card that was read to its end", |desktop| {
            let status = desktop.status();
            let card = &status["consent"];
            let due = pressed.get().is_none_or(|at| at.elapsed() > Duration::from_secs(2));
            if !card.is_null() && card["armed"] == false && due {
                desktop.press(key::END);
                pressed.set(Some(Instant::now()));
            }
            card["armed"] == true
        });
        self.status()["consent"].clone()
    }

    /// The card with this title, once it can be answered.
    pub fn card_titled(&self, title: &str) -> Value {
        self.until_status(title, |status| status["consent"]["armed"] == true && status["consent"]["title"] == title);
        self.status()["consent"].clone()
    }

    /// Presses what allows the card that is shown.
    pub fn allow(&self) {
        self.keyboard().chord(&[Modifier::Control], key::ENTER);
    }

    /// Allows a card after the other: the next that counts, wants this, and is another than the one before.
    pub fn allow_each(&self, wanted: impl IntoIterator<Item = String>) {
        let mut last = Value::Null;
        for wanted in wanted {
            let title = format!("Nerva wants to {wanted}");
            self.until_status(&title, |status| {
                let card = &status["consent"];
                card["armed"] == true && card["title"] == title.as_str() && card["digest"] != last
            });
            last = self.status()["consent"]["digest"].clone();
            self.allow();
        }
    }

    /// Waits for the answer with which models of the tests end, and nothing is asked any more.
    pub fn finished(&self) {
        self.until("the answer at the end", |desktop| desktop.answer_text().contains("all done"));
        assert_eq!(self.status()["consent"], Value::Null);
    }

    /// Leaves the audit beside the pictures, as `nerva audit export` tells it and verified, and beside it what of it is the
    /// same in each run: without times, conversations and the hashes of these.
    pub fn keep_audit(&self, name: &str) {
        let passing = ["at", "prev", "conversation"];
        let steady = |record: &Value| {
            let all = record.as_object().expect("a record");
            assert!(passing.iter().all(|name| all.contains_key(*name)), "{record}");
            let kept = all.iter().filter(|(name, _)| !passing.contains(&name.as_str()));
            Value::Object(kept.map(|(name, value)| (name.clone(), value.clone())).collect()).to_string()
        };
        let records = self.audit();
        let told = format!("{}\n", self.nerva(&["audit", "export"]).stdout.trim_end());
        let lines = records.iter().map(|record| steady(record) + "\n").collect::<String>();
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/e2e");
        std::fs::create_dir_all(&folder).expect("target/e2e");
        for (ending, text) in [("audit.ndjson", told), ("steady.ndjson", lines)] {
            std::fs::write(folder.join(format!("{name}.{ending}")), text).expect("a file");
        }
    }

    /// The events of the audit, oldest first; it has to verify.
    pub fn audit(&self) -> Vec<Value> {
        let verified = self.nerva(&["audit", "verify"]);
        assert_eq!(verified.status, 0, "{verified:?}");
        let lines = self.nerva(&["audit", "export"]).stdout;
        lines.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }
}
