//! What a person could know of: which card has been in sight since when, what they pressed on it, and what they allowed for
//! good. It knows nothing of rules but what a person is told of them.

use std::collections::HashMap;
use std::time::Instant;

use crate::model::{Action, CallId, ConsentId, Deed, Digest, Rule, Timestamp};

const MINUTE: i64 = 60_000;

#[derive(Debug, Default)]
pub(super) struct Person {
    pub(super) front: Option<(ConsentId, Digest)>,
    pub(super) since: Option<Instant>,
    pub(super) armed: bool,
    /// By call: the bytes that were on the card, and when Allow was pressed.
    pub(super) allowed: HashMap<CallId, (Vec<u8>, Instant)>,
    /// What was on a card when Always was pressed, and when; less what ended or was revoked.
    always: Vec<(Action, Timestamp)>,
}

impl Person {
    /// Always was pressed on the card of this.
    pub(super) fn allow_always(&mut self, shown: Action, at: Timestamp) {
        self.always.push((shown, at));
    }

    /// This rule was revoked.
    pub(super) fn revoke(&mut self, rule: &Rule) {
        self.always.retain(|(shown, _)| Rule::of(shown).as_ref() != Some(rule));
    }

    /// The overlay was closed, or everything halted.
    pub(super) fn close(&mut self) {
        self.always.retain(|(shown, _)| !matches!(shown, Action::Input(_)));
    }

    /// Whether this is what was allowed for good, as the card said it, and it has not ended.
    pub(super) fn allows(&self, action: &Action, at: Timestamp) -> bool {
        self.always.iter().any(|(shown, since)| {
            let lasts = if matches!(shown, Action::Input(_)) { 10 * MINUTE } else { 30 * 24 * 60 * MINUTE };
            *since <= at && at.0 < since.0 + lasts && is_meant(shown, action)
        })
    }
}

/// Whether what was allowed for good on the card of one action is meant for another as well.
fn is_meant(shown: &Action, action: &Action) -> bool {
    match (shown, action) {
        (Action::Shell { .. }, Action::Shell { .. }) => shown == action,
        (Action::FilesWrite { path, .. }, Action::FilesWrite { path: other, .. }) => path == other,
        (Action::UnitControl { verb, unit }, Action::UnitControl { verb: to, unit: other }) => {
            (verb, unit) == (to, other)
        }
        (Action::Notify { .. }, Action::Notify { .. }) => true,
        // Each step goes to a window of the one app that all steps went to.
        (Action::Input(shown), Action::Input(input)) => {
            let apps = |aims: &[Option<crate::model::Aim>]| {
                aims.iter().map(|aim| aim.as_ref().map(|aim| aim.app.clone())).collect::<Vec<_>>()
            };
            let (meant, apps) = (apps(&shown.aims), apps(&input.aims));
            apps.iter().all(|app| app.is_some() && Some(app) == meant.first())
        }
        (Action::Deed(Deed::NoteAppend { path, .. }), Action::Deed(Deed::NoteAppend { path: other, .. })) => {
            path == other
        }
        (Action::Deed(Deed::BusCall(call)), Action::Deed(Deed::BusCall(other))) => call == other,
        (Action::Deed(Deed::Plugin(call)), Action::Deed(Deed::Plugin(other))) => call.tool == other.tool,
        _ => false,
    }
}
