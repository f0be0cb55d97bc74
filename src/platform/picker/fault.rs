//! What can go wrong with the picker, in words.

use std::fmt::Display;

use crate::model::{Fault, FaultKind};

const AGAIN: &str = "Take the picture again";

/// There is no compositor, or no longer.
pub fn gone(why: &str) -> Fault {
    Fault::new(
        FaultKind::Desktop,
        "The region can't be picked without the compositor",
        format!("The Wayland connection failed: {why}. {AGAIN} when the session is back."),
    )
}

/// The compositor lacks something.
pub fn lacking(what: &str) -> Fault {
    Fault::new(
        FaultKind::Desktop,
        format!("This compositor can't show the region picker: it has no {what}"),
        "Take a whole screen or a window instead.",
    )
}

/// An output is not what its frame was taken of.
pub fn changed(output: &str) -> Fault {
    Fault::new(
        FaultKind::Desktop,
        format!("The screen {output} changed while the region was picked"),
        format!("What was frozen no longer fits. {AGAIN}."),
    )
}

/// An output of a frame is not there.
pub fn unplugged(output: &str) -> Fault {
    Fault::new(
        FaultKind::Desktop,
        format!("The screen {output} is gone"),
        format!("It was unplugged or switched off before a region was picked. {AGAIN}."),
    )
}

/// The compositor does not show the picker.
pub fn silent(seconds: u64) -> Fault {
    Fault::new(
        FaultKind::Timeout,
        "The compositor does not show the region picker",
        format!("It gave no answer for {seconds} seconds. {AGAIN}."),
    )
}

/// There is no frame to show, or one of another size than its output.
pub fn no_frame(what: &str) -> Fault {
    Fault::new(
        FaultKind::Internal,
        format!("There is nothing to pick a region from: {what}"),
        format!("{AGAIN}; if it happens again, report it with the log of nervad."),
    )
}

/// The picker itself failed.
pub fn internal(why: &impl Display) -> Fault {
    Fault::new(
        FaultKind::Internal,
        "The region picker failed",
        format!("{why}. {AGAIN}; if it happens again, report it with the log of nervad."),
    )
}
