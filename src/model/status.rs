//! What `nerva status` prints.

use serde::{Deserialize, Serialize};

use super::{ConversationId, Digest, LiveStatus, ModelRef, Plan, Screen, Work};

/// What Nerva is doing; the tray icon shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Activity {
    /// Nothing.
    Idle,
    /// An answer is streaming.
    Answering,
    /// A card waits for the user (an error, later a confirmation).
    NeedsYou,
    /// Paused by the user: nothing is asked or launched until resumed.
    Paused,
    /// Halted by the user: everything was ended, and nothing begins until resumed.
    Halted,
}

/// A confirmation, as far as others may know of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// What is asked.
    pub title: String,
    /// Of the bytes that would run.
    pub digest: Digest,
    /// Whether it can be answered on the overlay.
    pub armed: bool,
    /// How many more wait.
    pub behind: usize,
}

/// A summary of the running process. New fields may be added; none is removed or changes its meaning.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Status {
    /// `CARGO_PKG_VERSION`.
    pub version: String,
    /// Process id.
    pub pid: u32,
    /// Whether the overlay is on the screen: mapped, first frame drawn.
    pub visible: bool,
    /// Whether it runs without an overlay, and why.
    pub headless: Option<String>,
    /// What it does.
    pub activity: Activity,
    /// What the overlay shows, or would show.
    pub screen: Screen,
    /// What is typed in the prompt.
    pub query: String,
    /// Titles of the results for `query`, best first.
    pub results: Vec<String>,
    /// The model that would be asked.
    pub model: Option<ModelRef>,
    /// The open conversation.
    pub conversation: Option<ConversationId>,
    /// The newest plan of the open conversation; what hides in it is named.
    #[serde(default)]
    pub plan: Option<Plan>,
    /// The conversations that are at work, shown or not.
    #[serde(default)]
    pub work: Vec<Work>,
    /// The confirmation that is asked for.
    #[serde(default)]
    pub consent: Option<Asked>,
    /// Titles of the cards that are shown.
    pub notices: Vec<String>,
    /// Names of what goes along with the next question.
    #[serde(default)]
    pub attached: Vec<String>,
    /// Whether new screenshots are offered.
    #[serde(default)]
    pub screenshots: bool,
    /// What the picture is called that is shown large.
    #[serde(default)]
    pub enlarged: Option<String>,
    /// What would happen to what hangs over the overlay.
    #[serde(default)]
    pub hover: Option<String>,
    /// What is watched.
    #[serde(default)]
    pub live: Option<LiveStatus>,
}
