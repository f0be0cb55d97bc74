//! `screen_tree`: what is in a window, as its program tells it to those who do not see it.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::model::{Action, Scope, ScreenAction};

pub(super) const NAME: &str = "screen_tree";
pub(super) const ABOUT: &str = "Read what is in a window as its program tells it (the accessibility tree): buttons, fields, texts, their states, and where they are. Exact where a picture is not, and enough to point: coordinates are those of later steps. Without arguments it is the window with the keyboard; name an app id, or a window by its identifier from windows_list. Not every program tells something.";

/// What it is told.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// The identifier of a window.
    #[serde(default)]
    window: String,
    /// The app id of a program, such as org.gnome.gedit; its topmost window is meant.
    #[serde(default)]
    app: String,
}

pub(super) fn action(Input { window, app }: Input) -> Result<Action, String> {
    match (window.is_empty(), app.is_empty()) {
        (false, false) => return Err("name a window, or an app; not both".into()),
        (false, true) => drop(super::window(window.clone())?),
        _ => {}
    }
    Ok(Action::Screen(ScreenAction::Tree { scope: Scope::Window { window, app, title: String::new() } }))
}
