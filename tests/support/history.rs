//! What stands in the history of a desktop.

use super::desktop::Desktop;

/// What each tool answered in the newest conversation, in order.
pub fn results(desktop: &Desktop) -> Vec<String> {
    let sessions = desktop.sessions();
    let messages = sessions[0]["messages"].as_array().cloned().unwrap_or_default();
    let parts = messages
        .iter()
        .filter(|message| message["role"] == "tool")
        .flat_map(|message| message["parts"].as_array().cloned().unwrap_or_default());
    parts.map(|part| part["content"].as_str().unwrap_or_default().to_owned()).collect()
}

/// The same as one text, a line for each.
pub fn told(desktop: &Desktop) -> String {
    results(desktop).join("\n")
}
