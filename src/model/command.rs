//! Everything that can be asked of Nerva, by whichever way: overlay, command line, bus, tray.

use serde::{Deserialize, Serialize};

use super::{
    Answer, CaptureTo, ConsentId, ConversationId, Digest, Given, HitId, MessageId, ModelChoice, ModelRef, NoticeId,
    Picked, PixelRect, Query, Remedy, Remembered, Screen, Status, Summary, ToolState, UndoQuery, Undoable, Watched,
    What,
};

/// A command. The overlay, the tray and the bus all send this type over one channel; the command line builds it.
///
/// On the bus it is JSON: `{"command":"toggle"}`. New variants and fields may be added; none is removed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case")]
pub enum Command {
    /// Show the overlay; nothing if it is shown.
    Show,
    /// Hide it; nothing if it is hidden. What is typed is kept.
    Hide,
    /// Show or hide it.
    Toggle,
    /// Show this screen (and the overlay).
    Go {
        /// Which.
        screen: Screen,
    },
    /// The prompt changed.
    Type {
        /// What is in it now.
        query: Query,
    },
    /// Do what a result (or one of its further actions) does.
    Activate {
        /// The result, among those of the newest query.
        hit: HitId,
        /// Index into the hit's `actions`; `None` for its main action.
        action: Option<usize>,
        /// An xdg-activation token of the overlay's surface, to hand to the program.
        token: Option<String>,
    },
    /// Ask in the overlay's conversation, beginning one if there is none.
    Ask {
        /// The question.
        #[serde(flatten)]
        ask: Ask,
    },
    /// Stop the answer that streams in the overlay's conversation.
    Stop,
    /// Ask the last question again: after an error, an incomplete answer, or for another answer.
    Regenerate {
        /// Ask this model instead of the current one.
        model: Option<ModelRef>,
    },
    /// Replace a question by another text, dropping everything after it, and ask.
    EditAndResend {
        /// The question.
        message: MessageId,
        /// Its new text.
        text: String,
    },
    /// Begin a new conversation; the old one stays in the history.
    New,
    /// Open a conversation of the history in the overlay.
    Open {
        /// Which.
        conversation: ConversationId,
    },
    /// Delete a conversation for good.
    Delete {
        /// Which.
        conversation: ConversationId,
    },
    /// Filter the history screen; an empty text lists the newest.
    SearchHistory {
        /// Words; all have to occur, the last as a prefix.
        text: String,
    },
    /// Make this the current model (kept over restarts).
    SelectModel {
        /// Which.
        model: ModelRef,
    },
    /// Ask the providers again which models they have.
    RefreshModels,
    /// Put text on the clipboard.
    Copy {
        /// The text.
        text: String,
    },
    /// Give something to the next question: pictures and files become attachments, words go into the prompt.
    Attach {
        /// What is given.
        given: Vec<Given>,
    },
    /// Take an attachment back.
    Detach {
        /// Its place among the attachments, from 0.
        index: usize,
    },
    /// Give what is on the clipboard to the next question: words go into the prompt, a picture or copied files along with
    /// it. [`View::pasted`](super::View::pasted) counts when it is done.
    Paste {
        /// Words that the prompt found on the clipboard itself and held back because they look like the names of files;
        /// inserted when no files were copied.
        #[serde(default)]
        text: Option<String>,
        /// Only words are wanted: what is typed there is no question.
        #[serde(default)]
        words: bool,
    },
    /// Take a picture of the screen, without the overlay, which is hidden for that moment.
    Capture {
        /// Of what.
        what: What,
        /// The output's name, for [`What::Screen`]; `None` for the one with the pointer or the focus.
        #[serde(default)]
        output: Option<String>,
        /// Seconds to wait before.
        #[serde(default)]
        delay: f64,
        /// Where it goes.
        #[serde(flatten)]
        to: CaptureTo,
    },
    /// Offer each new picture in the folders for screenshots: the overlay is shown with it attached. Off at the start.
    WatchScreenshots {
        /// Whether to.
        on: bool,
    },
    /// Watch a screen or the window with the focus: a moving preview stands in the overlay, and each question that is
    /// asked there takes the newest picture along. What was watched before is not watched any more.
    Watch {
        /// What.
        what: Watched,
        /// The output's name, for [`Watched::Screen`]; `None` for the one with the pointer or the focus.
        #[serde(default)]
        output: Option<String>,
        /// Pictures a second at most; `None` for the configured number.
        #[serde(default)]
        rate: Option<u32>,
    },
    /// Watch nothing any more.
    Unwatch,
    /// Keep a picture as a file in the folder for screenshots.
    SavePicture {
        /// Which.
        picture: Picked,
    },
    /// Put a picture on the clipboard, as a picture and as a file.
    CopyPicture {
        /// Which.
        picture: Picked,
    },
    /// Show a picture large, or no longer.
    Enlarge {
        /// Which; `None` for none.
        picture: Option<Picked>,
    },
    /// Keep only a part of an attached picture.
    Crop {
        /// The picture's place among the attachments, from 0.
        index: usize,
        /// The part, in pixels of the original.
        part: PixelRect,
    },
    /// Make a part of an attached picture black for good: neither a model nor a file gets to see it.
    Redact {
        /// The picture's place among the attachments, from 0.
        index: usize,
        /// The part, in pixels of the original.
        part: PixelRect,
    },
    /// Take back the last change of an attached picture.
    Restore {
        /// Its place among the attachments, from 0.
        index: usize,
    },
    /// Take an attached picture of the screen again.
    Retake {
        /// Its place among the attachments, from 0.
        index: usize,
    },
    /// Find the text in an attached picture, on this machine.
    ReadText {
        /// Its place among the attachments, from 0.
        index: usize,
    },
    /// Attach the text that was read instead of its picture.
    SendText,
    /// Begin to drag a picture out of the overlay; the pointer's button has to be pressed on the overlay.
    Drag {
        /// Which.
        picture: Picked,
    },
    /// Press a button of an error card.
    Remedy {
        /// The card; `None` for a fault shown inside the conversation.
        notice: Option<NoticeId>,
        /// The button.
        remedy: Remedy,
    },
    /// Close a card.
    Dismiss {
        /// Which.
        notice: NoticeId,
    },
    /// Open the configuration file in the user's editor, writing the commented default first if there is none.
    OpenConfig,
    /// Open an `http` or `https` address in the user's browser.
    OpenUrl {
        /// The address.
        url: String,
    },
    /// Stop taking questions and launches, or take them again.
    Pause {
        /// Whether to pause.
        on: bool,
    },
    /// The overlay reports that its surface was mapped and its first frame drawn, or that it is gone. It has no form on the
    /// bus: a confirmation counts only while the overlay is on the screen.
    #[serde(skip)]
    Mapped {
        /// Whether it is on the screen.
        visible: bool,
        /// The name of the output it is on, where that is known by now.
        #[serde(default)]
        output: Option<String>,
        /// The newest turn of [`Overlay`](crate::model::Overlay) that it knows of.
        turn: u64,
    },
    /// What a person said on a confirmation. It has no form on the bus: only the overlay of this process can send it.
    #[serde(skip)]
    Consent {
        /// Which.
        consent: ConsentId,
        /// Of what was on it.
        digest: Digest,
        /// What they said.
        answer: Answer,
    },
    /// End everything that streams or acts, and let nothing begin until resumed, also after a restart.
    Halt,
    /// Ask for [`Reply::Rules`].
    Rules,
    /// Take back a rule that was made on a confirmation.
    RevokeRule {
        /// Its number.
        id: u64,
    },
    /// Ask for [`Reply::Tools`].
    Tools,
    /// Ask what can be undone of what tools did, or undo it.
    Undo {
        /// What about it.
        query: UndoQuery,
    },
    /// End the process.
    Quit,
    /// Ask for a [`Reply::Status`].
    Status,
    /// Ask for a [`Reply::Models`].
    Models,
    /// Ask for a [`Reply::Sessions`], [`Reply::Session`] or [`Reply::Exported`].
    Sessions {
        /// What about them.
        query: SessionQuery,
    },
}

/// A question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ask {
    /// The text.
    pub text: String,
    /// Ask this model instead of the current one.
    #[serde(default)]
    pub model: Option<ModelRef>,
    /// Files of pictures to send along, absolute paths.
    #[serde(default)]
    pub images: Vec<std::path::PathBuf>,
    /// Continue this conversation instead of beginning one (`nerva ask --continue`); the overlay leaves it empty.
    #[serde(default)]
    pub conversation: Option<ConversationId>,
}

/// Questions about the history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "query", rename_all = "snake_case")]
pub enum SessionQuery {
    /// The newest conversations.
    List {
        /// At most so many.
        limit: u32,
    },
    /// Full-text search.
    Search {
        /// Words.
        text: String,
        /// At most so many.
        limit: u32,
    },
    /// One conversation with its messages.
    Show {
        /// Which.
        conversation: ConversationId,
    },
    /// Conversations as one document.
    Export {
        /// Which; `None` for all.
        conversation: Option<ConversationId>,
        /// In which form.
        format: Export,
    },
}

/// Forms of export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Export {
    /// For reading.
    Markdown,
    /// Everything, one JSON array of conversations.
    Json,
}

/// What a command gives back over the bus, as JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "reply", rename_all = "snake_case")]
pub enum Reply {
    /// Taken; what comes of it is seen in the view.
    Done,
    /// A picture was taken.
    Captured {
        /// What it shows, in words.
        what: String,
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
        /// How many windows were blacked out.
        hidden: usize,
    },
    /// Something is watched.
    Watching {
        /// What, in words.
        what: String,
        /// Pictures a second at most.
        rate: u32,
    },
    /// Not taken, with a sentence for the user.
    Refused {
        /// What is wrong and what to do.
        why: String,
    },
    /// The state of things.
    Status {
        /// The summary.
        status: Status,
    },
    /// Models that can be asked.
    Models {
        /// All that are known.
        models: Vec<ModelChoice>,
    },
    /// Conversations.
    Sessions {
        /// Newest or best first.
        sessions: Vec<Summary>,
    },
    /// One conversation.
    Session {
        /// With its messages.
        session: Box<super::Conversation>,
    },
    /// Rules that were made on confirmations.
    Rules {
        /// In the order in which they were made.
        rules: Vec<Remembered>,
    },
    /// What can be undone.
    Undoable {
        /// Newest first.
        entries: Vec<Undoable>,
    },
    /// The tools.
    Tools {
        /// All of them.
        tools: Vec<ToolState>,
    },
    /// A document.
    Exported {
        /// Its text.
        document: String,
    },
}

/// What `nerva status --wait` waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum WaitFor {
    /// The overlay is mapped and its first frame drawn.
    Visible,
    /// The overlay is not mapped.
    Hidden,
    /// No answer streams.
    Idle,
    /// An answer streams.
    Answering,
    /// A card waits for you.
    NeedsYou,
}
