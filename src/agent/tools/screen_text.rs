//! `screen_text`: the text on the screen, read on this machine.

use crate::model::{Action, ScreenAction};

pub(super) const NAME: &str = "screen_text";
pub(super) const ABOUT: &str = "Read the text on the screen, without a picture. Without arguments it is the screen with the pointer; name an output, or a window by its identifier from windows_list, or ask for all screens.";

pub(super) use super::screen_look::Input;

pub(super) fn action(input: Input) -> Result<Action, String> {
    Ok(Action::Screen(ScreenAction::Text { scope: input.scope()? }))
}
