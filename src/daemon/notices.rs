//! The cards on the overlay: raised, merged when the same thing happens again, dismissed.

use std::sync::Arc;

use crate::model::{Fault, FaultKind, Notice, NoticeId, Severity};

/// More cards than this would cover the answer; the oldest go.
const MOST: usize = 4;

/// The cards that are shown.
#[derive(Debug, Default)]
pub(super) struct Notices {
    /// Made anew only where it changes, which is how the overlay knows that it did.
    shown: Arc<[Arc<Notice>]>,
    last: u64,
}

impl Notices {
    /// Shows a card; one with the same title is replaced, so that a fault that repeats stays one card.
    pub(super) fn raise(&mut self, severity: Severity, fault: Fault) {
        log(severity, &fault);
        self.show(severity, fault);
    }

    /// Shows a card about something that the card names and the log does not: it may be of an answer.
    pub(super) fn raise_about(&mut self, about: &str, severity: Severity, fault: Fault) {
        log(severity, &fault);
        self.show(severity, Fault { detail: format!("{about}: {}", fault.detail), ..fault });
    }

    fn show(&mut self, severity: Severity, fault: Fault) {
        self.last += 1;
        let mut shown: Vec<_> = self.others(|notice| notice.fault.title == fault.title);
        shown.push(Arc::new(Notice { id: NoticeId(self.last), severity, fault }));
        if shown.len() > MOST {
            shown.remove(0);
        }
        self.shown = shown.into();
    }

    pub(super) fn dismiss(&mut self, id: NoticeId) {
        self.remove(|notice| notice.id == id);
    }

    pub(super) fn get(&self, id: NoticeId) -> Option<&Notice> {
        self.shown.iter().find(|notice| notice.id == id).map(Arc::as_ref)
    }

    /// Removes the cards of a kind: what they said is being looked at anew.
    pub(super) fn clear(&mut self, kind: FaultKind) {
        self.remove(|notice| notice.fault.kind == kind);
    }

    /// Removes the card with this title: what it said is not so any more.
    pub(super) fn withdraw(&mut self, title: &str) {
        self.remove(|notice| notice.fault.title == title);
    }

    fn remove(&mut self, which: impl Fn(&Notice) -> bool) {
        if self.shown.iter().any(|notice| which(notice)) {
            self.shown = self.others(which).into();
        }
    }

    fn others(&self, which: impl Fn(&Notice) -> bool) -> Vec<Arc<Notice>> {
        self.shown.iter().filter(|notice| !which(notice)).cloned().collect()
    }

    pub(super) fn list(&self) -> Arc<[Arc<Notice>]> {
        Arc::clone(&self.shown)
    }

    /// Whether one of them is an error.
    pub(super) fn any_error(&self) -> bool {
        self.shown.iter().any(|notice| notice.severity == Severity::Error)
    }
}

fn log(severity: Severity, fault: &Fault) {
    match severity {
        Severity::Info => tracing::info!("{fault}"),
        Severity::Warning | Severity::Error => tracing::warn!("{fault}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(title: &str) -> Fault {
        Fault::new(FaultKind::Config, title, "Do this")
    }

    #[test]
    fn the_same_fault_stays_one_card() {
        let mut notices = Notices::default();
        notices.raise(Severity::Error, fault("a"));
        notices.raise(Severity::Warning, fault("b"));
        notices.raise(Severity::Error, fault("a"));
        let titles: Vec<_> = notices.list().iter().map(|notice| notice.fault.title.clone()).collect();
        assert_eq!(titles, ["b", "a"]);
        assert!(notices.any_error());
        notices.withdraw("b");
        assert_eq!(notices.list().len(), 1);
        notices.clear(FaultKind::Config);
        assert!(notices.list().is_empty());
    }

    #[test]
    fn the_list_is_the_same_until_something_changes() {
        let mut notices = Notices::default();
        notices.raise(Severity::Error, fault("a"));
        let before = notices.list();
        notices.dismiss(NoticeId(7));
        notices.clear(FaultKind::Desktop);
        assert!(Arc::ptr_eq(&before, &notices.list()));
        notices.dismiss(NoticeId(1));
        assert!(notices.list().is_empty());
    }

    #[test]
    fn what_the_log_does_not_name_is_on_the_card() {
        let mut notices = Notices::default();
        notices.raise_about("https://example.org", Severity::Error, fault("The address could not be opened"));
        assert_eq!(notices.list()[0].fault.detail, "https://example.org: Do this");
    }

    #[test]
    fn the_oldest_card_goes_when_there_are_too_many() {
        let mut notices = Notices::default();
        for number in 0..6 {
            notices.raise(Severity::Info, fault(&number.to_string()));
        }
        assert_eq!(notices.list().len(), MOST);
        let newest = notices.list().last().map(|notice| notice.id);
        assert_eq!(newest, Some(NoticeId(6)));
        if let Some(id) = newest {
            notices.dismiss(id);
        }
        assert!(notices.get(NoticeId(6)).is_none());
    }
}
