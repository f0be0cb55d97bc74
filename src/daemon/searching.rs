//! What is typed becomes results, and a chosen result is done.

use std::time::Duration;

use futures::{FutureExt as _, StreamExt as _};
use tokio::sync::mpsc;

use super::driver::{Driver, now};
use super::inner::Inner;
use super::session::AbortOnDrop;
use crate::launcher::{About, Launcher};
use crate::model::{Ask, Given, HitId, HitKind, Query, Reply, Results, Run, Screen, Severity};

/// Past conversations that are listed below the programs.
const CONVERSATIONS: u32 = 4;
/// How long after a letter they are looked for.
const PAUSE: Duration = Duration::from_millis(40);

impl Driver {
    /// Takes what is typed. On the search line it is searched for; elsewhere it is only known.
    pub(super) fn typed(&mut self, query: Query) {
        if self.view.screen == Screen::Conversation {
            self.search = None;
            let results =
                Results { generation: query.generation, query: query.text, complete: true, ..Results::default() };
            self.results(results);
            return;
        }
        self.search(query);
    }

    /// The desktop entries and icons were read again: what is typed may be found now.
    pub(super) fn rescanned(&mut self) {
        self.say_icon_theme();
        let Results { generation, query, hits, .. } = self.view.results.as_ref();
        let (is_wanted, text) = (!query.is_empty() || !hits.is_empty(), query.clone());
        let query = Query { generation: *generation, text };
        if self.view.screen == Screen::Launcher && is_wanted {
            self.search(query);
        }
    }

    /// Says that the icon theme which is set is not installed, once; takes that back when it is.
    pub(super) fn say_icon_theme(&mut self) {
        let wrong = self.launcher.wrong_icon_theme();
        if wrong == self.wrong_icon_theme {
            return;
        }
        if let Some(before) = std::mem::replace(&mut self.wrong_icon_theme, wrong.clone()) {
            self.notices.withdraw(&before.title);
        }
        if let Some(fault) = wrong {
            self.notices.raise(Severity::Warning, fault);
        }
        self.publish();
    }

    /// What is attached changed, or the search line is shown again: other things can be done with what is typed.
    pub(super) fn search_again(&mut self) {
        let Results { generation, query, hits, .. } = self.view.results.as_ref();
        let is_about = hits.iter().any(|hit| hit.kind == HitKind::Ready);
        if self.view.screen == Screen::Launcher && (is_about || !self.view.attached.is_empty()) {
            self.search(Query { generation: *generation, text: query.clone() });
        }
    }

    fn search(&mut self, query: Query) {
        self.search = None;
        if !self.view.attached.is_empty() {
            let is_picture = |given: &Given| matches!(given, Given::Picture { .. });
            let picture = self.view.attached.iter().rposition(is_picture);
            let reading = self.view.reading.as_ref().filter(|reading| Some(reading.index) == picture);
            let about = About { picture, reads: self.reads, text: reading.and_then(|reading| reading.text.clone()) };
            let results = self.launcher.about(&about, &query, self.current_model().as_ref());
            return self.results(results);
        }
        let history = self.history.clone();
        let wanted = self.config.launcher.conversations;
        let words = query.text.trim().to_owned();
        let conversations = async move {
            // One letter would list everything.
            if !wanted || words.chars().count() < 3 {
                return Vec::new();
            }
            // Not while the programs that were found are drawn, nor for each letter of a word.
            tokio::time::sleep(PAUSE).await;
            history.search(&words, CONVERSATIONS).await.unwrap_or_default()
        };
        let model = self.current_model();
        let mut stream = Box::pin(self.launcher.search(&query, model.as_ref(), conversations));
        // The fast sources answer on the first poll, so that their results are in the very next frame.
        let first = stream.next().now_or_never().flatten();
        let complete = first.as_ref().is_some_and(|results| results.complete);
        match first {
            Some(results) => self.results(results),
            None => self.results(Results { generation: query.generation, query: query.text, ..Results::default() }),
        }
        if complete {
            return;
        }
        let inner = self.inner.clone();
        self.search = Some(AbortOnDrop(tokio::spawn(async move {
            while let Some(results) = stream.next().await {
                if inner.send(Inner::Results(results)).await.is_err() {
                    return;
                }
            }
        })));
    }

    pub(super) fn results(&mut self, results: Results) {
        if results.generation >= self.view.results.generation {
            self.view.results = results.into();
            self.publish();
        }
    }

    pub(super) fn activate(&mut self, id: &HitId, action: Option<usize>, token: Option<String>) -> Reply {
        let results = self.view.results.clone();
        let Some(hit) = results.hits.iter().find(|hit| hit.id == *id) else {
            return Reply::Refused { why: format!("`{}` is not among the results; search again", id.0) };
        };
        let run = match action {
            None => &hit.run,
            Some(index) => match hit.actions.get(index) {
                Some(action) => &action.run,
                None => return Reply::Refused { why: format!("`{}` has no action {index}", hit.title) },
            },
        };
        if self.paused && matches!(run, Run::Launch { .. } | Run::Ask { .. }) {
            return self.refuse_paused();
        }
        self.launcher.used(&hit.id, &results.query, now());
        match run.clone() {
            Run::Launch { entry, action } => self.launch(&entry, action.as_deref(), token),
            Run::Copy { text } => {
                self.copy(text);
                self.hide();
            }
            Run::Open { conversation } => self.open_conversation(conversation),
            Run::Ask { text } => {
                return self.ask(Ask { text, model: None, images: Vec::new(), conversation: None });
            }
            Run::Command { command } => return self.command(*command),
        }
        Reply::Done
    }

    fn launch(&mut self, entry: &str, action: Option<&str>, token: Option<String>) {
        let inner = self.inner.clone();
        match self.launcher.launch_spec(entry, action) {
            Ok(spec) => {
                self.clear_results();
                self.hide();
                tokio::spawn(async move {
                    let launched = crate::platform::launch::start(spec, token).await;
                    let _ = inner.send(Inner::Launched(launched)).await;
                });
            }
            Err(fault) => self.raise(Severity::Error, fault),
        }
    }

    /// After something was chosen the next opening begins empty.
    pub(super) fn clear_results(&mut self) {
        self.search = None;
        let generation = self.view.results.generation;
        self.view.results = Results { generation, complete: true, ..Results::default() }.into();
    }
}

/// Scans the desktop entries now, after every change on disk, and for another icon theme. What is wrong is logged once.
pub(super) fn spawn_rescans(launcher: Launcher, inner: mpsc::Sender<Inner>) -> AbortOnDrop {
    AbortOnDrop(tokio::spawn(async move {
        let mut changes = std::pin::pin!(launcher.watch());
        let mut said = Vec::new();
        loop {
            let scanner = launcher.clone();
            if tokio::task::spawn_blocking(move || scanner.rescan()).await.is_err() {
                tracing::error!("the scan of the desktop entries panicked");
            }
            let problems = launcher.problems();
            for fault in problems.iter().filter(|fault| !said.contains(*fault)) {
                tracing::warn!("{fault}");
            }
            said = problems;
            if inner.send(Inner::Rescanned).await.is_err() || changes.next().await.is_none() {
                return;
            }
        }
    }))
}
