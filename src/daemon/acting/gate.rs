//! The one gate: an action runs only with an [`Approval`], and only this file makes one.
//!
//! There are two ways to it. A person pressed Allow on the card of this very action, which was the front one on the screen
//! for long enough, and no rule denies it by now; or the rules, asked anew here, allow it. Either is for one action, by its
//! digest, once, for a moment.
//! While halted there is none.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use crate::agent::policy::{Policy, Verdict, decide};
use crate::daemon::session::SessionId;
use crate::model::{Action, Answer, CallId, Card, Consent, ConsentId, Digest, Grant, Rule, Timestamp};

/// How long a card has to have been on the screen before any key or click counts.
pub(in crate::daemon) const DEAD: Duration = Duration::from_millis(350);

/// How long an approval lasts. It is used at once; longer means that something is wrong.
const LASTS: Duration = Duration::from_secs(30);

/// Leave to do one thing once. It can't be copied, and nobody else can make one.
#[derive(Debug)]
pub(in crate::daemon) struct Approval {
    digest: Digest,
    until: Instant,
}

impl Approval {
    /// Uses it up for this action.
    pub(super) fn redeem(self, action: &Action, now: Instant) -> Result<(), &'static str> {
        if self.digest != action.digest() {
            return Err("what was approved is not what was about to run");
        }
        if now >= self.until {
            return Err("the approval has expired");
        }
        Ok(())
    }
}

/// Which call of which conversation.
type Place = (SessionId, CallId);

/// A card that waits for an answer.
#[derive(Debug)]
struct Open {
    id: ConsentId,
    place: Place,
    action: Action,
    card: Card,
    /// Since when it has been in front, on the screen.
    seen: Option<Instant>,
    armed: bool,
}

/// An answer, for the machine that asked.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Answered {
    pub(super) place: Place,
    pub(super) digest: Digest,
    pub(super) answer: Answer,
    /// What is to be allowed from now on.
    pub(super) always: Option<Rule>,
}

/// The gate.
#[derive(Debug, Default)]
pub(super) struct Gate {
    open: Vec<Open>,
    /// What a person allowed that was not begun yet.
    tickets: HashMap<Place, (Digest, Instant)>,
    last: u64,
    halted: bool,
}

impl Gate {
    /// Puts a card behind those that are open.
    pub(super) fn ask(&mut self, place: Place, action: Action, card: Card) {
        self.last += 1;
        self.open.push(Open { id: ConsentId(self.last), place, action, card, seen: None, armed: false });
    }

    /// The card in front.
    pub(super) fn front(&self) -> Option<Consent> {
        let front = self.open.first()?;
        Some(Consent {
            id: front.id,
            digest: front.action.digest(),
            card: front.card.clone(),
            behind: self.open.len() - 1,
            armed: front.armed,
        })
    }

    /// Whether the overlay, and so the front card, is on the screen. Off the screen it begins anew.
    pub(super) fn seen(&mut self, visible: bool, now: Instant) {
        let Some(front) = self.open.first_mut() else { return };
        if visible {
            front.seen.get_or_insert(now);
        } else {
            (front.seen, front.armed) = (None, false);
        }
    }

    /// A person said something on a card. `Err` says why it does not count.
    pub(super) fn answer(
        &mut self,
        id: ConsentId,
        digest: Digest,
        answer: Answer,
        now: Instant,
    ) -> Result<Option<Answered>, &'static str> {
        let front = self.open.first_mut().filter(|front| front.id == id).ok_or("this card is not in front")?;
        if front.action.digest() != digest {
            return Err("this card asks about something else");
        }
        if front.seen.is_none_or(|seen| now.duration_since(seen) < DEAD) {
            return Err("the card was not on the screen for long enough");
        }
        let always = match &answer {
            Answer::Armed => {
                front.armed = true;
                return Ok(None);
            }
            Answer::Deny => None,
            _ if !front.armed => return Err("not all of the card has been in sight"),
            _ if self.halted => return Err("everything is halted"),
            Answer::Always => match front.card.always.as_ref().and_then(|_| Rule::of(&front.action)) {
                Some(rule) => Some(rule),
                None => return Err("this can't be allowed for good"),
            },
            Answer::Allow | Answer::Edit(_) => None,
        };
        let Open { place, .. } = self.open.remove(0);
        if matches!(answer, Answer::Allow | Answer::Always) {
            self.tickets.insert(place, (digest, now));
        }
        Ok(Some(Answered { place, digest, answer, always }))
    }

    /// Leave to do this, if there is any.
    pub(super) fn approve(
        &mut self,
        place: Place,
        action: &Action,
        grant: &Grant,
        policy: &Policy,
        (now, at): (Instant, Timestamp),
    ) -> Result<Approval, String> {
        let ticket = self.tickets.remove(&place);
        if self.halted {
            return Err("everything is halted".into());
        }
        let digest = action.digest();
        match grant {
            Grant::Person => {
                let (allowed, since) = ticket.ok_or("nobody allowed this")?;
                if allowed != digest {
                    return Err("what was allowed is something else".into());
                }
                if now.duration_since(since) >= LASTS {
                    return Err("it was allowed too long ago".into());
                }
                // The rules may be others since the card was drawn.
                if let Verdict::Deny(why) = decide(policy, action, at) {
                    return Err(why);
                }
            }
            Grant::Undo => return Err("no call takes back what was done; only a person does".into()),
            Grant::Rule { .. } | Grant::Look => match decide(policy, action, at) {
                Verdict::Allow(by) if by == *grant => {}
                Verdict::Allow(_) | Verdict::Ask { .. } | Verdict::Deny(_) => return Err("no rule allows this".into()),
            },
        }
        Ok(Approval { digest, until: now + LASTS })
    }

    /// Leave to take back what was done, which a person asked for by its number.
    pub(super) fn approve_undoing(&self, action: &Action, now: Instant) -> Result<Approval, String> {
        if self.halted {
            return Err("everything is halted; `nerva resume` lifts it".into());
        }
        Ok(Approval { digest: action.digest(), until: now + LASTS })
    }

    /// Forgets what was asked or allowed for a call.
    pub(super) fn cancel(&mut self, place: Place) {
        self.open.retain(|open| open.place != place);
        self.tickets.remove(&place);
    }

    /// Forgets all calls but those that are alive.
    pub(super) fn keep(&mut self, alive: impl Fn(&Place) -> bool) {
        self.open.retain(|open| alive(&open.place));
        self.tickets.retain(|place, _| alive(place));
    }

    /// Closes every card, takes back every leave, and gives none until [`Gate::resume`].
    pub(super) fn halt(&mut self) {
        self.open.clear();
        self.tickets.clear();
        self.halted = true;
    }

    /// Lifts the halt.
    pub(super) fn resume(&mut self) {
        self.halted = false;
    }

    pub(super) fn is_halted(&self) -> bool {
        self.halted
    }
}
#[cfg(test)]
mod tests;
