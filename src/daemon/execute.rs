//! Effects are carried out: what has to be kept is written in order, requests become streams, timers are armed.

use std::time::Duration;

use futures::StreamExt as _;
use tokio::sync::{mpsc, oneshot};

use super::asking::message_id;
use super::driver::{Driver, now};
use super::inner::Inner;
use super::models::Asked;
use super::session::{AbortOnDrop, SessionId};
use crate::agent::{Effect, Event, Timer};
use crate::history::History;
use crate::model::{
    AskEvent, Conversation, ConversationId, Delta, Fault, FaultKind, Request, RequestId, Save, Severity,
};
use crate::providers::Client;

impl Driver {
    /// Tells a machine a fact and does what it wants done.
    pub(super) fn tell(&mut self, id: SessionId, event: Event) {
        let streamed = matches!(event, Event::Streamed { .. } | Event::Fired { .. } | Event::Printed { .. });
        let Some(session) = self.sessions.get_mut(id) else { return };
        let was_answering = session.machine.is_answering();
        let effects = session.machine.handle(event);
        let answering = session.machine.is_answering();
        self.execute(id, effects);
        if was_answering && !answering {
            self.answered(id);
        }
        if self.sessions.shown() == Some(id) {
            self.view.conversation = self.sessions.shown_conversation().cloned().map(Into::into);
        }
        if streamed && answering == was_answering {
            self.publish_soon();
        } else {
            self.publish();
        }
        self.sessions.sweep();
    }

    fn answered(&mut self, id: SessionId) {
        if let Some(session) = self.sessions.get_mut(id) {
            (session.stream, session.over) = (None, None);
            if let (Some(ended), Some(sink)) = (session.ended(), session.sink.take()) {
                // The reader may be gone, or slow; the driver waits for neither.
                tokio::spawn(async move {
                    let _ = sink.send(ended).await;
                });
            }
        }
        self.announce_end(id);
        self.prune_daily();
        self.refresh_history();
    }

    fn execute(&mut self, id: SessionId, effects: Vec<Effect>) {
        let mut saves = Vec::new();
        for effect in effects {
            match effect {
                Effect::Save(save) => saves.push(save),
                Effect::Stream { request, body } => {
                    let saved = self.saver.save_and_tell(std::mem::take(&mut saves));
                    self.stream(id, request, body, saved);
                }
                Effect::Abort { .. } => {
                    if let Some(session) = self.sessions.get_mut(id) {
                        session.stream = None;
                    }
                }
                Effect::Arm { timer, after } => self.arm(id, timer, after),
                tools @ (Effect::Prepare { .. }
                | Effect::Ask { .. }
                | Effect::Run { .. }
                | Effect::Record(_)
                | Effect::Cancel { .. }) => self.act(id, tools),
            }
        }
        self.saver.save(saves);
    }

    fn arm(&mut self, id: SessionId, timer: Timer, after: Duration) {
        let inner = self.inner.clone();
        let waits = tokio::spawn(async move {
            tokio::time::sleep(after).await;
            // The driver is gone only when the process ends.
            let _ = inner.send(Inner::Agent(id, Event::Fired { at: now(), timer })).await;
        });
        // One may be hours away, the other is over in a moment.
        if let (Timer::Over { .. }, Some(session)) = (timer, self.sessions.get_mut(id)) {
            session.over = Some(AbortOnDrop(waits));
        }
    }

    fn stream(&mut self, id: SessionId, request: RequestId, body: Request, saved: oneshot::Receiver<()>) {
        let asked = self.asked(&body);
        let client = self.client.clone();
        let inner = self.inner.clone();
        let sink = self.sessions.get(id).and_then(|session| session.sink.clone());
        let task = async move {
            // The question is on disk before it leaves; when it can't be written a card says so, and it is asked.
            let _ = saved.await;
            let stream = forward(id, request, asked, body, client, &inner, sink.as_ref());
            match &sink {
                None => stream.await,
                Some(sink) => tokio::select! {
                    () = stream => {}
                    () = sink.closed() => {
                        let _ = inner.send(Inner::Agent(id, Event::Stopped { at: now() })).await;
                    }
                },
            }
        };
        let handle = spawn_caught(task, id, request, self.inner.clone());
        if let Some(session) = self.sessions.get_mut(id) {
            session.stream = Some(handle);
        }
    }
}

/// A panic in the task becomes an error that the user sees.
fn spawn_caught(
    task: impl Future<Output = ()> + Send + 'static,
    id: SessionId,
    request: RequestId,
    inner: mpsc::Sender<Inner>,
) -> AbortOnDrop {
    use futures::FutureExt as _;
    AbortOnDrop(tokio::spawn(async move {
        if std::panic::AssertUnwindSafe(task).catch_unwind().await.is_err() {
            tracing::error!("the task of a stream panicked");
            let fault = Fault::new(
                FaultKind::Internal,
                "Nerva failed while it read the answer",
                "What had arrived is kept. Try again; if it happens again, report it with its log: \
                 `journalctl --user -u nervad`, or nervad.log in ~/.local/state/nerva.",
            );
            let _ = inner.send(Inner::Agent(id, Event::Failed { at: now(), request, fault })).await;
        }
    }))
}

async fn forward(
    id: SessionId,
    request: RequestId,
    asked: Asked,
    body: Request,
    client: Client,
    inner: &mpsc::Sender<Inner>,
    sink: Option<&mpsc::Sender<AskEvent>>,
) {
    let (limits, other) = (asked.limits(), asked.other());
    let targets = match asked.targets().await {
        Ok(targets) => targets,
        Err(fault) => {
            let fault = fault.or_other(other);
            let _ = inner.send(Inner::Agent(id, Event::Failed { at: now(), request, fault })).await;
            return;
        }
    };
    let mut missing = targets.missing;
    let mut stream = std::pin::pin!(client.stream(targets.all, body.prompt, limits));
    while let Some(item) = stream.next().await {
        let event = match item {
            Ok(delta) => {
                if !matches!(delta, Delta::Began { .. }) {
                    missing = None;
                }
                if let Some(sink) = sink
                    && sink.send(AskEvent::Delta { delta: delta.clone() }).await.is_err()
                {
                    // Whoever asked is gone; `closed` above ends the answer. To return here could be quicker than it,
                    // and the answer would never end.
                    return std::future::pending().await;
                }
                Event::Streamed { at: now(), request, delta }
            }
            Err(fault) => {
                let fault = missing.take().unwrap_or(fault).or_other(other.clone());
                Event::Failed { at: now(), request, fault }
            }
        };
        let ended = matches!(event, Event::Failed { .. });
        if inner.send(Inner::Agent(id, event)).await.is_err() || ended {
            return;
        }
    }
    let _ =
        inner.send(Inner::Agent(id, Event::Finished { at: now(), request, next: (message_id(), message_id()) })).await;
}

/// Writes to the history in the order given, off the driver's task.
#[derive(Debug, Clone)]
pub(super) struct Saver {
    queue: mpsc::UnboundedSender<(Vec<Save>, Option<oneshot::Sender<()>>)>,
}

impl Saver {
    pub(super) fn start(history: History, inner: mpsc::Sender<Inner>) -> Self {
        let (queue, mut waiting) = mpsc::unbounded_channel::<(Vec<Save>, Option<oneshot::Sender<()>>)>();
        tokio::spawn(async move {
            while let Some((saves, done)) = waiting.recv().await {
                if !saves.is_empty()
                    && let Err(fault) = history.save(saves).await
                {
                    let _ = inner.send(Inner::Raise(Severity::Error, fault)).await;
                }
                if let Some(done) = done {
                    let _ = done.send(());
                }
            }
        });
        Self { queue }
    }

    pub(super) fn save(&self, saves: Vec<Save>) {
        if !saves.is_empty() {
            // The task ends only with the process.
            let _ = self.queue.send((saves, None));
        }
    }

    /// Ends when these, and all before them, are written or have failed.
    pub(super) fn save_and_tell(&self, saves: Vec<Save>) -> oneshot::Receiver<()> {
        let (done, told) = oneshot::channel();
        let _ = self.queue.send((saves, Some(done)));
        told
    }

    /// Reads a conversation, once all that waits to be written is.
    pub(super) async fn load(
        &self,
        history: &History,
        conversation: ConversationId,
    ) -> Result<Option<Conversation>, Fault> {
        let _ = self.save_and_tell(Vec::new()).await;
        history.load(conversation).await
    }

    pub(super) async fn finish(&self) {
        let _ = self.save_and_tell(Vec::new()).await;
    }
}
