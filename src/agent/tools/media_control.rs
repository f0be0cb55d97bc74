//! `media_control`: tells a media player something.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::model::{Action, Deed, MediaVerb};

pub(super) const NAME: &str = "media_control";
pub(super) const ABOUT: &str = "Control a media player: play, pause, toggle, stop, next, previous, or go to a position.";

/// What it is told.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// Its name from media_list. Left out: the one that plays, or the only one.
    #[serde(default)]
    player: String,
    /// What it does.
    verb: MediaVerb,
    /// For position: seconds from the beginning of the piece.
    #[serde(default)]
    seconds: Option<u32>,
}

pub(super) fn action(input: Input) -> Result<Action, String> {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
    if input.player.len() > 200 || !input.player.chars().all(plain) {
        return Err(format!("{:?} is no name of a player; media_list tells them", input.player));
    }
    let seconds = match (input.verb, input.seconds) {
        (MediaVerb::Position, Some(seconds)) => seconds,
        (MediaVerb::Position, None) => return Err("a position needs seconds".into()),
        (_, None) => 0,
        (_, Some(_)) => return Err("seconds are for position only".into()),
    };
    Ok(Action::Deed(Deed::MediaControl { player: input.player, verb: input.verb, seconds }))
}
