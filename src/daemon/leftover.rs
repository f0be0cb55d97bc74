//! A conversation as it is read from the history, with what the audit knows of calls that a killed process left in it.

use std::time::UNIX_EPOCH;

use super::driver::Driver;
use super::session::{Session, SessionId};
use crate::agent::{Event, Machine};
use crate::audit::{self, Entry, Place};
use crate::model::{Conversation, ConversationId, MessageState, Role, Timestamp};

/// A conversation of the history.
#[derive(Debug)]
pub(super) struct Loaded {
    pub(super) conversation: Conversation,
    /// Of the calls that it ends with and that have no result, none was begun.
    nothing_began: bool,
}

impl Loaded {
    /// Looks it up.
    pub(super) async fn new(conversation: Conversation, place: Place) -> Self {
        let left = conversation.messages.last().filter(|last| {
            last.role == Role::Tool && (last.state.is_live() || last.state == MessageState::Interrupted)
        });
        let nothing_began = match left.map(|left| left.at) {
            None => false,
            Some(since) => {
                let id = conversation.id;
                let looked = tokio::task::spawn_blocking(move || is_on_record(&place, id, since)).await;
                // What can't be told counts as begun.
                looked.is_ok_and(|begun| begun == Some(false))
            }
        };
        Self { conversation, nothing_began }
    }
}

impl Driver {
    /// Begins to work on it.
    pub(super) fn add_loaded(&mut self, loaded: Loaded) -> SessionId {
        let machine = Machine::open(loaded.conversation, self.config.model.system.clone());
        let session = Session::new(machine);
        let _held = session.hold();
        let id = self.sessions.add(session);
        if loaded.nothing_began {
            self.tell(id, Event::NothingBegan);
        }
        id
    }

    /// Where the audit lies.
    pub(super) fn audit_place(&self) -> Place {
        Place::new(&self.options.paths.data_dir, &self.options.paths.state_dir)
    }
}

/// Whether the audit has that something was begun in a conversation since then; `None` where it can't be told.
fn is_on_record(place: &Place, id: ConversationId, since: Timestamp) -> Option<bool> {
    let made = std::fs::metadata(place.log()).and_then(|about| about.modified()).ok()?;
    let made = i64::try_from(made.duration_since(UNIX_EPOCH).ok()?.as_millis()).ok()?;
    let (entries, report) = audit::read(place).ok()?;
    if report.problem.is_some() {
        return None;
    }
    // One that was begun later has nothing of it; the file of one without records is as old as it is.
    let first = entries.first().map_or(Timestamp(made), |first| first.at);
    (first <= since).then(|| began(&entries, id, since))
}

/// The same of these records. Where the newest has no end it counts whenever it was: a clock may have been set back.
fn began(entries: &[Entry], id: ConversationId, since: Timestamp) -> bool {
    let mut ended = Vec::new();
    for entry in entries.iter().rev().filter(|entry| entry.conversation == Some(id)) {
        match &entry.event {
            audit::Event::Ended { digest, .. } => ended.push(*digest),
            audit::Event::Started { digest, .. } => return entry.at >= since || !ended.contains(digest),
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::Audit;
    use crate::model::{Action, Ended, Grant, Happened, Record};

    const SINCE: Timestamp = Timestamp(100);

    fn id(number: u128) -> ConversationId {
        ConversationId(uuid::Uuid::from_u128(number))
    }

    fn started(at: i64, conversation: u128) -> Record {
        let what = Happened::Started { action: Action::WindowsList, grant: Grant::Look };
        Record { at: Timestamp(at), conversation: Some(id(conversation)), what }
    }

    fn ended(at: i64, conversation: u128) -> Record {
        let what = Happened::Ended { digest: Action::WindowsList.digest(), ended: Ended::Well };
        Record { what, ..started(at, conversation) }
    }

    fn halted(at: i64) -> Record {
        Record { at: Timestamp(at), conversation: None, what: Happened::Halted }
    }

    async fn told(records: Vec<Record>) -> Option<bool> {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::new(&folder.path().join("data"), &folder.path().join("state"));
        let audit = Audit::open(&place).unwrap();
        for record in records {
            audit.record(record).await.unwrap();
        }
        is_on_record(&place, id(1), SINCE)
    }

    #[tokio::test]
    async fn what_was_begun_is_known_by_the_record() {
        for (what, records, expected) in [
            ("nothing since", vec![halted(1)], Some(false)),
            ("something before", vec![started(1, 1), ended(2, 1)], Some(false)),
            ("something elsewhere", vec![halted(1), started(101, 2)], Some(false)),
            ("it has no end", vec![halted(1), started(101, 1)], Some(true)),
            ("it has its end", vec![halted(1), started(101, 1), ended(102, 1)], Some(true)),
            ("at the same time", vec![halted(1), started(100, 1), ended(100, 1)], Some(true)),
            ("the clock was set back", vec![halted(1), started(50, 1)], Some(true)),
            ("and another has ended", vec![halted(1), started(50, 1), ended(60, 2)], Some(true)),
            ("the audit was begun since", vec![halted(101)], None),
        ] {
            assert_eq!(told(records).await, expected, "{what}");
        }
    }

    #[tokio::test]
    async fn where_there_is_no_record_or_a_wrong_one_nothing_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::new(&folder.path().join("data"), &folder.path().join("state"));
        let now = crate::daemon::driver::now();
        let later = Timestamp(now.0 + 60_000);
        assert_eq!(is_on_record(&place, id(1), later), None, "there is none");
        let audit = Audit::open(&place).unwrap();
        assert_eq!(is_on_record(&place, id(1), later), Some(false), "it is empty");
        assert_eq!(is_on_record(&place, id(1), Timestamp(now.0 - 60_000)), None, "it was not there then");
        audit.record(halted(1)).await.unwrap();
        assert_eq!(is_on_record(&place, id(1), SINCE), Some(false));
        audit.record(halted(2)).await.unwrap();
        let text = std::fs::read_to_string(place.log()).unwrap();
        let (first, second) = text.split_once('\n').unwrap();
        std::fs::write(place.log(), format!("{first}\n{}", second.replace("halted", "resumed"))).unwrap();
        assert_eq!(is_on_record(&place, id(1), SINCE), None, "it was changed");
    }

    #[test]
    fn opening_an_empty_audit_again_does_not_make_it_younger() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::new(&folder.path().join("data"), &folder.path().join("state"));
        drop(Audit::open(&place).unwrap());
        let then = UNIX_EPOCH + std::time::Duration::from_secs(1_000_000);
        std::fs::File::options().append(true).open(place.log()).unwrap().set_modified(then).unwrap();
        drop(Audit::open(&place).unwrap());
        assert_eq!(std::fs::metadata(place.log()).unwrap().modified().unwrap(), then);
    }
}
