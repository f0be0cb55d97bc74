//! One snapshot of everything the overlay, the tray and the bus may show.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{
    Activity, Asked, Consent, Conversation, ConversationId, Enlarged, Fault, Given, Hit, Hover, Insertion, Live,
    LiveStatus, Look, ModelRef, NoticeId, Planned, Reading, Status, Summary, Trail, Undoing, WaitFor, Work,
};

/// The snapshot, swapped whole. Unchanged parts are the same `Arc`.
#[derive(Debug, Clone)]
pub struct View {
    /// Whether and where the overlay should be.
    pub overlay: Overlay,
    /// What it shows.
    pub screen: Screen,
    /// Results of the newest query.
    pub results: Arc<Results>,
    /// The confirmation that is asked for.
    pub consent: Option<Arc<Consent>>,
    /// The open conversation.
    pub conversation: Option<Arc<Conversation>>,
    /// Its newest plan.
    pub plan: Option<Arc<Planned>>,
    /// The conversations that are at work, shown or not.
    pub work: Arc<[Work]>,
    /// What goes along with the next question: pictures and documents.
    pub attached: Arc<[Given]>,
    /// Whether new screenshots are offered.
    pub screenshots: bool,
    /// The picture that is shown large.
    pub enlarged: Option<Arc<Enlarged>>,
    /// The text of an attached picture.
    pub reading: Option<Arc<Reading>>,
    /// What is watched. It rests while the overlay is not wanted.
    pub live: Option<Arc<Live>>,
    /// What hangs over the overlay.
    pub hover: Option<Hover>,
    /// The newest words for the prompt.
    pub insertion: Option<Arc<Insertion>>,
    /// How many pastes are done; what came of the last one is in this view.
    pub pasted: u64,
    /// Lines of the history screen, and the newest ones for the tray.
    pub history: Arc<[Summary]>,
    /// The words that these contain, empty for the newest; `None` before any were read.
    pub searched: Option<Arc<str>>,
    /// What tools did; kept up only while it is looked at.
    pub trail: Arc<Trail>,
    /// What is about to be undone on the activity screen.
    pub undoing: Option<Arc<Undoing>>,
    /// Lines of the model picker.
    pub models: Arc<[ModelChoice]>,
    /// The model that would be asked.
    pub model: Option<ModelRef>,
    /// Price of the current model, dollars per million input and output tokens.
    pub price: Option<(f64, f64)>,
    /// Cards, newest last.
    pub notices: Arc<[Arc<Notice>]>,
    /// What Nerva is doing.
    pub activity: Activity,
    /// Colours, sizes, fonts.
    pub look: Arc<Look>,
    /// Why there is no overlay, if there is none.
    pub headless: Option<String>,
}

impl View {
    /// The summary that `nerva status` prints.
    pub fn status(&self) -> Status {
        Status {
            version: env!("CARGO_PKG_VERSION").into(),
            pid: std::process::id(),
            visible: self.overlay.mapped,
            headless: self.headless.clone(),
            activity: self.activity,
            screen: self.screen,
            query: self.results.query.clone(),
            results: self.results.hits.iter().map(|hit| hit.title.clone()).collect(),
            model: self.model.clone(),
            conversation: self.conversation.as_ref().map(|conversation| conversation.id),
            plan: self.plan.as_ref().map(|planned| planned.plan()),
            work: self.work.to_vec(),
            consent: self.consent.as_ref().map(|consent| Asked {
                title: consent.card.title.clone(),
                digest: consent.digest,
                armed: consent.armed,
                behind: consent.behind,
            }),
            notices: self.notices.iter().map(|notice| notice.fault.title.clone()).collect(),
            attached: self.attached.iter().map(|given| given.name().to_owned()).collect(),
            screenshots: self.screenshots,
            enlarged: self.enlarged.as_ref().map(|enlarged| enlarged.name.clone()),
            hover: self.hover.as_ref().map(Hover::words),
            live: self.live.as_ref().map(|live| LiveStatus {
                source: live.source.words(),
                rate: live.rate,
                resting: !self.overlay.wanted,
                frames: live.frames,
                copies: 0,
            }),
        }
    }

    /// What the command has printed so far that runs in the open conversation; nothing where none does.
    pub fn printed(&self) -> &str {
        self.printed_in(self.conversation.as_ref().map(|conversation| conversation.id))
    }

    /// The same of any conversation.
    pub fn printed_in(&self, conversation: Option<ConversationId>) -> &str {
        let work = self.work.iter().find(|work| Some(work.conversation) == conversation);
        work.map_or("", |work| &work.printed)
    }

    /// Whether what `--wait` waits for holds.
    pub fn satisfies(&self, wait: WaitFor) -> bool {
        match wait {
            WaitFor::Visible => self.overlay.mapped,
            WaitFor::Hidden => self.overlay.is_off(),
            WaitFor::Idle => self.activity != Activity::Answering,
            WaitFor::Answering => self.activity == Activity::Answering,
            WaitFor::NeedsYou => self.activity == Activity::NeedsYou,
        }
    }
}

/// Whether the overlay should be on the screen, and whether it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Overlay {
    /// It should be.
    pub wanted: bool,
    /// It is: mapped, first frame drawn.
    pub mapped: bool,
    /// How often it has been wanted.
    pub turn: u64,
    /// The turn of which it told last whether it is on the screen.
    pub told: u64,
}

impl Overlay {
    /// Whether it is certain that nothing of it is on the screen: it is not wanted, and whatever was wanted before has been told
    /// to be gone. One that was wanted a moment ago may be about to come.
    pub fn is_off(self) -> bool {
        !self.wanted && !self.mapped && self.told == self.turn
    }
}

/// What the overlay shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Screen {
    /// The search line and its results.
    #[default]
    Launcher,
    /// The open conversation; what is typed is a follow-up.
    Conversation,
    /// Past conversations.
    History,
    /// The model picker.
    Models,
    /// What tools did and do.
    Activity,
}

/// Search results.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Results {
    /// Of which query.
    pub generation: u64,
    /// Its text.
    pub query: String,
    /// Best first. Results that arrive late are appended, never inserted.
    pub hits: Arc<[Hit]>,
    /// Whether every source has answered.
    pub complete: bool,
}

/// A model that can be chosen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelChoice {
    /// Which.
    pub model: ModelRef,
    /// The provider's name for people ("Anthropic").
    pub provider: String,
    /// Whether it can be asked now.
    pub state: ModelState,
    /// Whether its host is this machine.
    pub local: bool,
    /// Whether it sees pictures, where its provider says so.
    #[serde(default)]
    pub sees: Option<bool>,
    /// Dollars per million input and output tokens, where configured.
    pub price: Option<(f64, f64)>,
}

/// Whether a model can be asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum ModelState {
    /// Its provider answered, or has a key.
    Ready,
    /// It can't, with the reason in a few words ("no key", "does not answer").
    Unready {
        /// The reason.
        why: String,
    },
}

/// A card that is not part of a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Its id.
    pub id: NoticeId,
    /// How bad.
    pub severity: Severity,
    /// What it says.
    pub fault: Fault,
}

/// How bad a notice is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Good to know.
    Info,
    /// Works, but not as configured.
    Warning,
    /// Did not work.
    Error,
}
