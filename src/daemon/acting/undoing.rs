//! Undoing what a tool did: a person asks for it, by the command line or in the overlay; it is on record as any action.

use std::sync::Arc;

use tokio::sync::oneshot;

use super::eyes::Eyes;
use super::perform::{Reach, perform};
use super::printing::Printing;
use super::undo::Undo;
use crate::agent::tools::card::card;
use crate::audit::{Audit, Place};
use crate::daemon::driver::{Driver, now};
use crate::daemon::inner::Inner;
use crate::daemon::session::AbortOnDrop;
use crate::model::{
    CardPart, Ended, Fate, Grant, Happened, Prepared, Record, Reply, Screen, Severity, Shown, UndoQuery, UndoState,
    Undoing,
};
use crate::platform::act::files;

impl Driver {
    /// Answers what is asked about undoing, or undoes.
    pub(in crate::daemon) fn undo_query(&mut self, query: &UndoQuery, sender: oneshot::Sender<Reply>) {
        let undo = self.acting.undo.clone();
        match *query {
            UndoQuery::List => {
                // The asker may have given up waiting.
                let _ = sender.send(Reply::Undoable { entries: undo.list() });
            }
            UndoQuery::Show { id } => {
                tokio::task::spawn_blocking(move || {
                    let shown = parts(&undo, id).map(|parts| parts.iter().map(lines).collect::<Vec<_>>().join("\n"));
                    let _ = sender.send(reply(shown.map(|document| Reply::Exported { document })));
                });
            }
            UndoQuery::Do { id } => self.undo(id, sender),
        }
    }

    fn undo(&mut self, id: u64, sender: oneshot::Sender<Reply>) {
        if self.acting.audit.is_none() {
            // What tools did is on record, and so is what is undone of it, also where tools are off by now.
            let paths = &self.options.paths;
            match Audit::open(&Place::new(&paths.data_dir, &paths.state_dir)) {
                Ok(audit) => self.acting.audit = Some(audit),
                Err(fault) => return drop(sender.send(Reply::Refused { why: fault.to_string() })),
            }
        }
        if self.is_undoing() {
            let why = "something else is being undone; wait for its end".to_owned();
            return drop(sender.send(Reply::Refused { why }));
        }
        let (Some(audit), undo) = (self.acting.audit.clone(), self.acting.undo.clone()) else { return };
        let leave = undo.action(id).and_then(|action| {
            let approval = self.acting.gate.approve_undoing(&action, std::time::Instant::now())?;
            Ok((action, approval))
        });
        let (action, approval) = match leave {
            Ok(leave) => leave,
            Err(why) => return drop(sender.send(Reply::Refused { why })),
        };
        let reach = self.reach(None);
        let inner = self.inner.clone();
        let digest = action.digest();
        let (tell, told) = oneshot::channel();
        let task = tokio::spawn(async move {
            let record = |what| Record { at: now(), conversation: None, what };
            let started = Happened::Started { action: action.clone(), grant: Grant::Undo };
            let outcome = match audit.started(record(started)).await {
                Err(fault) => Err(fault.to_string()),
                Ok(receipt) => {
                    let outcome = perform(action, approval, receipt, reach).await;
                    let ended = if outcome.is_error { Ended::Badly } else { Ended::Well };
                    if let Err(fault) = audit.record(record(Happened::Ended { digest, ended })).await {
                        let _ = inner.send(Inner::Raise(Severity::Error, fault)).await;
                    }
                    if outcome.is_error { Err(outcome.content) } else { Ok(()) }
                }
            };
            if outcome.is_ok() {
                undo.undone(id);
            }
            let _ = inner.send(Inner::Recorded).await;
            let _ = tell.send(outcome);
        });
        tokio::spawn(async move {
            let stopped = || Err("it was stopped; what was undone by then is undone".to_owned());
            let outcome = told.await.unwrap_or_else(|_| stopped());
            let _ = sender.send(reply(outcome.map(|()| Reply::Done)));
        });
        self.acting.undoing = Some((digest, AbortOnDrop(task)));
    }

    fn is_undoing(&self) -> bool {
        self.acting.undoing.as_ref().is_some_and(|(_, task)| !task.0.is_finished())
    }

    /// Ends what is being undone; what was done of it by now stays done.
    pub(super) fn stop_undoing(&mut self) {
        if !self.is_undoing() {
            return;
        }
        if let Some((digest, _)) = self.acting.undoing.take() {
            self.put_on_record(None, Happened::Ended { digest, ended: Ended::Stopped });
        }
    }
}

impl Driver {
    /// The same for the overlay, which looks at the view instead of a reply. Undone is only what was shown there.
    pub(in crate::daemon) fn undo_in_view(&mut self, query: &UndoQuery) -> Reply {
        let inner = self.inner.clone();
        match *query {
            UndoQuery::List => return Reply::Refused { why: "this command needs somebody to reply to".into() },
            UndoQuery::Show { id } => {
                let undo = self.acting.undo.clone();
                tokio::task::spawn_blocking(move || {
                    let undoing = match parts(&undo, id) {
                        Ok(parts) => Undoing { id, parts, state: UndoState::Shown },
                        Err(why) => Undoing { id, parts: Vec::new(), state: UndoState::Refused { why } },
                    };
                    // The driver is gone only when the process ends.
                    let _ = inner.blocking_send(Inner::Undoing(undoing));
                });
            }
            UndoQuery::Do { id } => {
                let shown = self.view.undoing.clone().filter(|undoing| undoing.id == id);
                let Some(undoing) = shown.filter(|undoing| undoing.state == UndoState::Shown) else {
                    return Reply::Refused { why: "what it does has to be shown first".into() };
                };
                let undoing = Undoing { state: UndoState::Runs, ..(*undoing).clone() };
                self.undoing(undoing.clone());
                let (sender, receiver) = oneshot::channel();
                self.undo(id, sender);
                tokio::spawn(async move {
                    let state = match receiver.await {
                        Ok(Reply::Refused { why }) => UndoState::Refused { why },
                        Ok(_) => UndoState::Done,
                        Err(_) => UndoState::Refused { why: "nobody said what came of it".into() },
                    };
                    let _ = inner.send(Inner::Undoing(Undoing { state, ..undoing })).await;
                });
            }
        }
        Reply::Done
    }

    /// What undoing does is known, or what came of it; shown where it was asked for.
    pub(in crate::daemon) fn undoing(&mut self, undoing: Undoing) {
        if self.view.screen == Screen::Activity {
            self.view.undoing = Some(Arc::new(undoing));
            self.publish();
        }
    }
}

/// What undoing it does, whole.
fn parts(undo: &Undo, id: u64) -> Result<Vec<CardPart>, String> {
    let action = undo.action(id)?;
    let before = action.path().map(files::text).transpose()?.flatten();
    Ok(card(&Prepared { before, ..Prepared::new(action) }, Vec::new(), false).parts)
}

fn reply(result: Result<Reply, String>) -> Reply {
    result.unwrap_or_else(|why| Reply::Refused { why })
}

fn lines(part: &CardPart) -> String {
    match part {
        CardPart::Alarm(words) => (*words).to_owned(),
        CardPart::Field { name, value } => format!("{name}: {}", value.text()),
        CardPart::Words(words) => words.iter().map(|word| word.text()).collect::<Vec<_>>().join(" "),
        CardPart::Commands(commands) => CardPart::told(commands),
        CardPart::Text(text) => text.text(),
        CardPart::Steps(steps) => steps.iter().map(Shown::text).collect::<Vec<_>>().join("\n"),
        CardPart::Picture(_) => String::new(),
        CardPart::Diff(lines) => {
            let line = |line: &crate::model::DiffLine| {
                let sign = match line.fate {
                    Fate::Stays => ' ',
                    Fate::Goes => '-',
                    Fate::Comes => '+',
                    Fate::Between => '@',
                };
                format!("{sign} {}", line.text.text())
            };
            lines.iter().map(line).collect::<Vec<_>>().join("\n")
        }
    }
}

impl Driver {
    /// What performing needs; the screen only for a conversation.
    pub(super) fn reach(&self, eyes: Option<Eyes>) -> Reach {
        Reach {
            launcher: self.launcher.clone(),
            undo: self.acting.undo.clone(),
            eyes,
            equipment: self.acting.equipment.clone(),
            printing: Printing::default(),
        }
    }
}
