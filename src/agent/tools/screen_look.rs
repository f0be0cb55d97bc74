//! `screen_look`: a picture of the screen, into which may be pointed afterwards.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::model::{Action, Scope, ScreenAction};

pub(super) const NAME: &str = "screen_look";
pub(super) const ABOUT: &str = "Take a picture of the screen and see it. Without arguments it is the screen with the pointer; name an output, or a window by its identifier from windows_list, or ask for all screens. Coordinates of later steps are pixels of this picture, until you look again.";

/// What it is told.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// The name of an output, such as DP-1.
    #[serde(default)]
    output: String,
    /// The identifier of a window.
    #[serde(default)]
    window: String,
    /// All screens.
    #[serde(default)]
    all: bool,
}

impl Input {
    pub(super) fn scope(self) -> Result<Scope, String> {
        match (self.output, self.window, self.all) {
            (output, window, false) if window.is_empty() => Ok(Scope::Screen { output }),
            (output, window, true) if window.is_empty() && output.is_empty() => Ok(Scope::All),
            (output, window, false) if output.is_empty() => {
                if window.len() > 32 || !window.chars().all(|letter| letter.is_ascii_alphanumeric()) {
                    return Err(format!("{window:?} is no identifier of a window; windows_list tells them"));
                }
                Ok(Scope::Window { window, app: String::new(), title: String::new() })
            }
            _ => Err("name an output, or a window, or all; not several of them".into()),
        }
    }
}

pub(super) fn action(input: Input) -> Result<Action, String> {
    Ok(Action::Screen(ScreenAction::Look { scope: input.scope()? }))
}
