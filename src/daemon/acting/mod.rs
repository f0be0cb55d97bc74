//! Tools at work: what a machine wants done is prepared, asked about, put on record and performed, all of it through the
//! gate; and everything can be halted.

mod aside;
#[cfg(test)]
mod bare;
mod deeds;
mod eyes;
mod gate;
mod halt;
mod hands;
mod perform;
mod prepare;
mod printing;
#[cfg(test)]
mod proof;
mod remembered;
mod rules;
mod toolbox;
mod trail;
mod tree;
mod undo;
mod undoing;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use self::aside::Away;
use self::eyes::Memory;
use self::gate::Gate;
use self::perform::{Reach, perform};
use self::prepare::{Surroundings, prepare};
use self::printing::Printing;
use self::remembered::Kept;
use self::undo::Undo;
use super::Options;
use super::driver::{Driver, now};
use super::inner::Inner;
use super::session::{AbortOnDrop, SessionId};
use crate::agent::{Effect, Equipment, Event, Outcome};
use crate::audit::Audit;
use crate::model::{
    Action, Answer, CallId, Card, Consent, ConsentId, Digest, Ended, Fault, FaultKind, Grant, Happened, Record, Reply,
    Severity,
};
use crate::platform::act::presence::Survey;

/// Everything about tools that lasts.
#[derive(Debug)]
pub(super) struct Acting {
    gate: Gate,
    /// The front card, as the view has it.
    front: Option<Arc<Consent>>,
    /// What is prepared or runs; dropping it ends it.
    busy: HashMap<(SessionId, CallId), Busy>,
    /// What is being undone; dropping it ends it.
    undoing: Option<(Digest, AbortOnDrop)>,
    audit: Option<Audit>,
    kept: Kept,
    undo: Undo,
    equipment: Option<Arc<Equipment>>,
    home: PathBuf,
    roots: Vec<String>,
    /// What tools need that others were asked about; `None` until they have answered.
    survey: Option<Survey>,
    surveying: Option<AbortOnDrop>,
    /// A setting about tools is wrong: there are none until it is right.
    mistaken: bool,
    /// What conversations saw of the screen.
    memory: Memory,
    /// The overlay is away for a tool.
    away: Option<Away>,
}

#[derive(Debug)]
struct Busy {
    /// The digest, once it runs.
    runs: Option<Digest>,
    _task: AbortOnDrop,
}

impl Acting {
    pub(super) fn open(options: &Options) -> (Self, Option<Fault>) {
        let (kept, fault) = Kept::open(&options.paths.state_dir);
        let home = std::env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
        let mut gate = Gate::default();
        if halt::is_latched(&options.paths.state_dir) {
            gate.halt();
        }
        let acting = Self {
            gate,
            front: None,
            busy: HashMap::new(),
            undoing: None,
            audit: None,
            kept,
            undo: Undo::open(&options.paths.state_dir),
            equipment: None,
            home: home.canonicalize().unwrap_or(home),
            roots: Vec::new(),
            survey: None,
            surveying: None,
            mistaken: false,
            memory: Memory::default(),
            away: None,
        };
        (acting, fault)
    }

    pub(super) fn is_halted(&self) -> bool {
        self.gate.is_halted()
    }

    /// The front card, for the view; `visible` is whether the overlay is on the screen.
    pub(super) fn front(&mut self, visible: bool) -> Option<Arc<Consent>> {
        self.gate.seen(visible, Instant::now());
        let front = self.gate.front();
        if self.front.as_deref() != front.as_ref() {
            self.front = front.map(Arc::new);
        }
        self.front.clone()
    }
}

impl Driver {
    /// Carries out what a machine wants done about tools.
    pub(super) fn act(&mut self, id: SessionId, effect: Effect) {
        match effect {
            Effect::Prepare { call, action } => self.prepare(id, call, action),
            Effect::Ask { call, action, card } => self.ask_person(id, call, action, *card),
            Effect::Run { call, action, grant } => self.run_tool(id, call, action, grant),
            Effect::Record(what) => self.put_on_record(Some(id), what),
            Effect::Cancel { call } => self.cancel(id, call),
            Effect::Save(_) | Effect::Stream { .. } | Effect::Abort { .. } | Effect::Arm { .. } => {}
        }
    }

    /// Tells a conversation of the overlay what it may use. Those of the command line have no tools: there is nobody to
    /// show a card to.
    pub(super) fn equip_session(&mut self, id: SessionId) {
        let apart = self.sessions.get(id).is_none_or(|session| session.sink.is_some());
        let able = !apart && self.view.headless.is_none();
        let equipment = self.acting.equipment.clone().filter(|_| able);
        self.tell(id, Event::Equipped { equipment });
    }

    fn prepare(&mut self, id: SessionId, call: CallId, action: Action) {
        let around = Surroundings {
            home: self.acting.home.clone(),
            roots: self.acting.roots.clone(),
            launcher: self.launcher.clone(),
            eyes: self.eyes(id),
            notes: self.config.notes.clone(),
        };
        let inner = self.inner.clone();
        let task = tokio::spawn(async move {
            let found = caught(prepare(action, around)).await;
            let _ = inner.send(Inner::Agent(id, Event::Prepared { at: now(), call, found })).await;
        });
        self.acting.busy.insert((id, call), Busy { runs: None, _task: AbortOnDrop(task) });
    }

    fn ask_person(&mut self, id: SessionId, call: CallId, action: Action, card: Card) {
        self.acting.busy.remove(&(id, call));
        self.announce_card(id, &card.title);
        self.acting.gate.ask((id, call), action, card);
        self.publish();
    }

    /// A person said something on a card.
    pub(super) fn consent(&mut self, id: ConsentId, digest: Digest, answer: Answer) -> Reply {
        match self.acting.gate.answer(id, digest, answer, Instant::now()) {
            Err(why) => Reply::Refused { why: why.into() },
            Ok(None) => {
                self.publish();
                Reply::Done
            }
            Ok(Some(answered)) => {
                let (session, call) = answered.place;
                if let Some(rule) = answered.always {
                    self.keep_rule(Some(session), rule);
                }
                let (digest, answer) = (answered.digest, answered.answer);
                self.tell(session, Event::Consented { at: now(), call, digest, answer });
                Reply::Done
            }
        }
    }

    fn run_tool(&mut self, id: SessionId, call: CallId, action: Action, grant: Grant) {
        self.acting.busy.remove(&(id, call));
        let inner = self.inner.clone();
        let at = now();
        let leave = match (&self.acting.equipment, &self.acting.audit) {
            (Some(equipment), Some(audit)) => {
                let times = (Instant::now(), at);
                let approval = self.acting.gate.approve((id, call), &action, &grant, &equipment.policy, times);
                approval.map(|approval| (approval, audit.clone()))
            }
            _ => Err("the tools were turned off".into()),
        };
        let (approval, audit) = match leave {
            Ok(leave) => leave,
            Err(why) => {
                self.put_on_record(Some(id), Happened::Denied { action, why: why.clone() });
                let outcome = Outcome::failed(format!("this is not allowed: {why}"));
                tokio::spawn(async move {
                    let _ = inner.send(Inner::Agent(id, Event::ToolDone { at, call, outcome })).await;
                });
                return;
            }
        };
        let conversation = self.sessions.get(id).map(|session| session.machine.conversation().id);
        let digest = action.digest();
        let printing = Printing::default();
        let reach = Reach { printing: printing.clone(), ..self.reach(Some(self.eyes(id))) };
        let mut aside = aside::needs(&action).then(|| self.step_aside(id, &action));
        let task = tokio::spawn(async move {
            let record = |what| Record { at: now(), conversation, what };
            let started = Happened::Started { action: action.clone(), grant };
            let outcome = match audit.started(record(started)).await {
                // No record, no act.
                Err(fault) => {
                    let outcome = Outcome::failed("nothing was done: it could not be put on record");
                    let _ = inner.send(Inner::Raise(Severity::Error, fault)).await;
                    outcome
                }
                Ok(receipt) => {
                    let done = caught(async {
                        if let Some(aside) = &mut aside {
                            aside.gone().await?;
                        }
                        let telling = printing.tell(inner.clone(), id, call);
                        tokio::select! {
                            biased;
                            done = perform(action, approval, receipt, reach) => Ok(done),
                            never = telling => match never {},
                        }
                    });
                    let _ = inner.send(Inner::Recorded).await;
                    let done = done.await;
                    let outcome = done.unwrap_or_else(Outcome::failed);
                    let ended = if outcome.is_error { Ended::Badly } else { Ended::Well };
                    if let Err(fault) = audit.record(record(Happened::Ended { digest, ended })).await {
                        let _ = inner.send(Inner::Raise(Severity::Error, fault)).await;
                    }
                    outcome
                }
            };
            if let Some(aside) = aside {
                aside.back().await;
            }
            let _ = inner.send(Inner::Recorded).await;
            let _ = inner.send(Inner::Agent(id, Event::ToolDone { at: now(), call, outcome })).await;
        });
        self.acting.busy.insert((id, call), Busy { runs: Some(digest), _task: AbortOnDrop(task) });
    }

    fn cancel(&mut self, id: SessionId, call: CallId) {
        self.acting.gate.cancel((id, call));
        if let Some(Busy { runs: Some(digest), .. }) = self.acting.busy.remove(&(id, call)) {
            self.put_on_record(Some(id), Happened::Ended { digest, ended: Ended::Stopped });
        }
    }

    /// Writes to the audit what is no action; where it can't, a card says so.
    fn put_on_record(&self, id: Option<SessionId>, what: Happened) {
        let Some(audit) = self.acting.audit.clone() else { return };
        let conversation = id.and_then(|id| self.sessions.get(id)).map(|session| session.machine.conversation().id);
        let record = Record { at: now(), conversation, what };
        let inner = self.inner.clone();
        self.background(async move {
            audit.record(record).await?;
            let _ = inner.send(Inner::Recorded).await;
            Ok(())
        });
    }

    /// Calls that are done with, or whose conversation is gone: their cards close, and what was kept for them goes.
    pub(super) fn sweep_tools(&mut self) {
        let sessions = &self.sessions;
        let alive = |(id, call): &(SessionId, CallId)| {
            sessions.get(*id).is_some_and(|session| session.machine.acting() == Some(*call))
        };
        self.acting.busy.retain(|place, _| alive(place));
        self.acting.gate.keep(alive);
        self.acting.memory.keep(|id| sessions.get(id).is_some());
    }
}

/// A panic becomes an error that the model and the audit hear of.
async fn caught<T: Send + 'static>(work: impl Future<Output = Result<T, String>> + Send) -> Result<T, String> {
    use futures::FutureExt as _;
    match std::panic::AssertUnwindSafe(work).catch_unwind().await {
        Ok(done) => done,
        Err(_) => {
            tracing::error!("a tool panicked");
            Err("Nerva failed while it did this; what was done by then is done".into())
        }
    }
}

/// The tools can't be used as they are configured.
fn misconfigured(why: &str) -> Fault {
    Fault::new(
        FaultKind::Config,
        "The settings of [agent] can't be used",
        format!("{why}. Tools are off until it is right."),
    )
    .or(crate::model::Remedy::OpenConfig)
}
