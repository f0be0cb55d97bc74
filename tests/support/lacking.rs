//! Tools that can't work on a desktop: what is to be seen of that, by a person and by a model.

use serde_json::Value;

use super::desktop::Desktop;
use super::scripted::Scripted;

/// Waits until it is known that this tool can't work here; why.
pub fn lacks(desktop: &Desktop, tool: &str) -> String {
    let line = |desktop: &Desktop| {
        let tools = desktop.nerva(&["tools"]).stdout;
        tools.lines().find(|line| line.starts_with(&format!("- {tool} "))).map(str::to_owned)
    };
    desktop.until(tool, |desktop| line(desktop).is_some());
    line(desktop).expect("its line")
}

/// A model that calls this tool and ends, and what has to be known then: nobody was asked, and it heard why.
pub fn is_told(desktop: &Desktop, model: &Scripted, tool: &str, why: &str) {
    desktop.until("the answer at the end", |desktop| desktop.answer_text().contains("all done"));
    assert_eq!(desktop.status()["consent"], Value::Null);
    let records = desktop.audit();
    assert!(records.iter().all(|entry| entry["tool"] != tool), "it is neither asked about nor begun: {records:?}");
    let asked = model.asked();
    let first = asked.first().expect("a request").to_string();
    assert!(first.contains("Not possible here") && first.contains(why), "{first}");
    assert!(!first.contains(&format!("\"name\":\"{tool}\"")), "{first}");
    let last = asked.last().expect("a request").to_string();
    assert!(last.contains(&format!("{tool} can't work here")) && last.contains("Nothing was asked or done"), "{last}");
}
