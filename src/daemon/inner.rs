//! What tasks report to the driver.

use std::sync::Arc;

use super::leftover::Loaded;
use super::session::SessionId;
use crate::agent::Event;
use crate::model::{Enlarged, Fault, Given, Handout, Results, Severity, Summary, Trail, Undoing};
use crate::platform::act::presence::Survey;
use crate::platform::dnd::Fact;
use crate::platform::scheme::Appearance;

/// One report.
#[derive(Debug)]
pub(super) enum Inner {
    /// A fact for a conversation's machine.
    Agent(SessionId, Event),
    /// Results of a search.
    Results(Results),
    /// The desktop entries were read again.
    Rescanned,
    /// Which models there are.
    Models(super::models::Found),
    /// Lines for the history screen, for this filter.
    History(String, Vec<Summary>),
    /// What tools need that others had to be asked about.
    Surveyed(Box<Survey>),
    /// Something was put on record.
    Recorded,
    /// What tools did was read.
    Trail(Trail),
    /// What undoing does is known, or what came of it.
    Undoing(Undoing),
    /// A conversation was read from the history, to be shown.
    Opened(Box<Loaded>),
    /// A conversation is gone from the history.
    Deleted,
    /// The desktop's colour scheme.
    Appearance(Appearance),
    /// The configuration file changed.
    ConfigChanged,
    /// A theme file changed.
    ThemesChanged,
    /// Pictures of a question were read; ask it.
    Ask(super::asking::Ready),
    /// What an answer lacked is there: ask for it anew.
    Again(super::asking::Again),
    /// They could not be read; it is not asked.
    Unasked(Box<super::asking::Unasked>),
    /// A program was started, or not.
    Launched(Result<(), Fault>),
    /// What is dragged over the overlay.
    Drag(Fact),
    /// A picture that is being dragged out is encoded.
    DragOut(Handout),
    /// Something was read, to be attached.
    Given(Vec<Given>),
    /// What is on the clipboard was read, with the files that were copied.
    Pasted(Vec<Result<Given, Fault>>),
    /// A picture of the screen that was to wait is to be taken now.
    CaptureDue,
    /// A picture of the screen was taken, or not.
    Captured(Box<super::capturing::Taken>),
    /// The picture of this look is there at the size at which it is looked at.
    Enlarged(u64, Arc<Enlarged>),
    /// An attached picture was changed.
    Changed(Box<super::retouching::Changed>),
    /// The text of an attached picture was read, or not.
    Read(Box<super::retouching::Read>),
    /// The text of pictures is there that a model would not see.
    Texts(super::sight::Texts),
    /// Attached pictures of the screen may have become too old.
    Forget,
    /// There is a new screenshot, or one that can't be taken.
    Screenshot(Result<Given, Fault>),
    /// What comes of the stream with this number.
    Live(u64, super::capturing::Report),
    /// No picture came for the question that was held as this one.
    NoPicture(u64),
    /// A tool of this conversation does not need the overlay away any more.
    Back(SessionId),
    /// An address could not be opened.
    NotOpened(String, Fault),
    /// Something to tell the user.
    Raise(Severity, Fault),
}
