//! Windows of a desktop, as sway tells of them.

use serde_json::Value;

use super::desktop::Desktop;

impl Desktop {
    /// `swaymsg` with these words, as JSON.
    pub fn sway(&self, words: &[&str]) -> Value {
        let mut all = vec!["swaymsg", "-r"];
        all.extend(words);
        self.run(&all).json()
    }

    /// The app id of the window that has the keyboard focus, as sway tells it.
    pub fn focused(&self) -> Option<String> {
        fn find(node: &Value) -> Option<String> {
            if node["focused"] == true {
                return node["app_id"].as_str().map(str::to_owned);
            }
            ["nodes", "floating_nodes"]
                .iter()
                .flat_map(|list| node[*list].as_array().into_iter().flatten())
                .find_map(find)
        }
        find(&self.sway(&["-t", "get_tree"]))
    }

    /// Whether a window with this app id is on the desktop.
    pub fn has_window(&self, app_id: &str) -> bool {
        self.sway(&["-t", "get_tree"]).to_string().contains(&format!("\"app_id\":\"{app_id}\""))
    }

    /// Opens a terminal with this app id and waits until it has the focus.
    pub fn open_terminal(&self, app_id: &str) {
        self.spawn(app_id, &["foot", "-a", app_id, "sh", "-c", &format!("cat >$XDG_RUNTIME_DIR/{app_id}.typed")]);
        self.until("the terminal", |desktop| desktop.focused().as_deref() == Some(app_id));
    }
}
