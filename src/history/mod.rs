//! Conversations in SQLite, written as they stream, with full-text search.
//!
//! [`History`] is a handle to one thread that owns the database. Calls are answered in the order in which they were
//! made, so that what was saved before a question is seen by it.

mod copied;
mod export;
mod fault;
mod open;
mod read;
mod schema;
mod search;
mod write;

use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::sync::mpsc;

use rusqlite::Connection;
use tokio::sync::oneshot;

use crate::model::{Conversation, ConversationId, Export, Fault, FaultKind, Save, Summary, Timestamp};

use fault::Error;

/// A handle to the history; clones share one database.
#[derive(Debug, Clone)]
pub struct History {
    jobs: mpsc::Sender<Job>,
}

enum Job {
    Run(Box<dyn FnOnce(&mut Store) + Send>),
    Close(oneshot::Sender<Result<(), Fault>>),
}

/// What the history's thread owns.
struct Store {
    connection: Connection,
    /// The file's path, for messages; also when the database is in memory because that file can't be used.
    path: PathBuf,
    /// Writes that failed for a reason that may pass (disk full), to be repeated before the next ones.
    backlog: Vec<Save>,
}

impl History {
    /// Opens the history at `path`, creating file (mode 0600) and folder (0700) where they are missing.
    ///
    /// A damaged file is set aside as `<name>.corrupt-<date>` and a new one begun. When the file can't be used, the
    /// history lives in memory, with a copy of what can be read of it. Both are told in the [`Fault`] that comes beside the handle. Answers that a
    /// killed process left unfinished are marked interrupted.
    ///
    /// Reads and checks the file: call it where blocking is allowed.
    ///
    /// # Errors
    /// Only when not even a history in memory can be had.
    pub fn open(path: &Path) -> Result<(Self, Option<Fault>), Fault> {
        let (connection, fault) = open::open(path)?;
        let store = Store { connection, path: path.to_owned(), backlog: Vec::new() };
        let (jobs, work) = mpsc::channel();
        std::thread::Builder::new().name("history".into()).spawn(move || serve(store, &work)).map_err(|error| {
            Fault::new(
                FaultKind::Storage,
                "The history's thread can't be started",
                format!("{error}. End other programs or raise the limit of threads, then start Nerva again."),
            )
        })?;
        Ok((Self { jobs }, fault))
    }

    /// Writes these in order, all or none. When it returns `Ok`, they survive the death of the process.
    ///
    /// # Errors
    /// [`FaultKind::Storage`]. Writes that failed for a reason that may pass (full disk, file locked) are kept in memory
    /// and repeated with the next call.
    pub async fn save(&self, saves: Vec<Save>) -> Result<(), Fault> {
        self.run(move |store| store.save(saves)).await
    }

    /// The newest conversations, newest first.
    ///
    /// # Errors
    /// [`FaultKind::Storage`].
    pub async fn list(&self, limit: u32) -> Result<Vec<Summary>, Fault> {
        self.read(move |connection| read::list(connection, limit)).await
    }

    /// Conversations in which all these words occur, the last as a prefix; one line per conversation, best first.
    /// An empty text lists the newest.
    ///
    /// # Errors
    /// [`FaultKind::Storage`].
    pub async fn search(&self, text: &str, limit: u32) -> Result<Vec<Summary>, Fault> {
        let text = text.to_owned();
        self.read(move |connection| search::search(connection, &text, limit)).await
    }

    /// One conversation with its messages; `None` when there is none of that id.
    ///
    /// # Errors
    /// [`FaultKind::Storage`].
    pub async fn load(&self, id: ConversationId) -> Result<Option<Conversation>, Fault> {
        self.read(move |connection| read::load(connection, id)).await
    }

    /// Deletes a conversation for good: its words are overwritten in the file. Whether there was one.
    ///
    /// # Errors
    /// [`FaultKind::Storage`].
    pub async fn delete(&self, id: ConversationId) -> Result<bool, Fault> {
        self.run(move |store| store.delete(id)).await
    }

    /// One conversation, or all of them oldest first, as a document. `None` when there is none of that id.
    ///
    /// # Errors
    /// [`FaultKind::Storage`].
    pub async fn export(&self, id: Option<ConversationId>, format: Export) -> Result<Option<String>, Fault> {
        self.read(move |connection| export::export(connection, id, format)).await
    }

    /// The conversation that was last written to.
    ///
    /// # Errors
    /// [`FaultKind::Storage`].
    pub async fn newest(&self) -> Result<Option<ConversationId>, Fault> {
        let newest = self.list(1).await?;
        Ok(newest.first().map(|summary| summary.id))
    }

    /// Deletes every conversation last written to before this time; how many those were.
    ///
    /// # Errors
    /// [`FaultKind::Storage`].
    pub async fn prune(&self, older_than: Timestamp) -> Result<u64, Fault> {
        self.run(move |store| store.prune(older_than)).await
    }

    /// A value kept over restarts, by name.
    ///
    /// # Errors
    /// [`FaultKind::Storage`].
    pub async fn setting(&self, key: &str) -> Result<Option<String>, Fault> {
        let key = key.to_owned();
        self.read(move |connection| read::setting(connection, &key)).await
    }

    /// Keeps a value over restarts.
    ///
    /// # Errors
    /// [`FaultKind::Storage`].
    pub async fn set_setting(&self, key: &str, value: &str) -> Result<(), Fault> {
        let (key, value) = (key.to_owned(), value.to_owned());
        self.run(move |store| store.set_setting(&key, &value)).await
    }

    /// Writes what is still waiting to be written and closes the file. Later calls fail.
    ///
    /// # Errors
    /// [`FaultKind::Storage`] when something could not be written.
    pub async fn close(&self) -> Result<(), Fault> {
        let (reply, answer) = oneshot::channel();
        self.jobs.send(Job::Close(reply)).map_err(|_| closed())?;
        answer.await.map_err(|_| closed())?
    }

    async fn read<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Connection) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Fault> {
        self.run(move |store| job(&mut store.connection).map_err(|error| error.into_fault(&store.path))).await
    }

    async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Store) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Fault> {
        let (reply, answer) = oneshot::channel();
        let job = move |store: &mut Store| {
            // Nobody listens any more when the caller gave up; the work is done all the same.
            drop(reply.send(job(store)));
        };
        self.jobs.send(Job::Run(Box::new(job))).map_err(|_| closed())?;
        answer.await.map_err(|_| closed())?
    }
}

/// Works until the last handle is gone or one of them closes.
fn serve(mut store: Store, work: &mpsc::Receiver<Job>) {
    while let Ok(job) = work.recv() {
        match job {
            Job::Run(job) => {
                if std::panic::catch_unwind(AssertUnwindSafe(|| job(&mut store))).is_err() {
                    tracing::error!("a request to the history panicked; the history goes on");
                }
            }
            Job::Close(reply) => {
                let closed = store.close();
                // Whoever waits may move the file: SQLite's own files beside it have to be gone by then.
                drop(store);
                drop(reply.send(closed));
                return;
            }
        }
    }
    if let Err(fault) = store.close() {
        tracing::warn!("{fault}");
    }
}

fn closed() -> Fault {
    Fault::new(FaultKind::Storage, "The history is closed", "Nerva is ending; start it again to see the history.")
}

#[cfg(test)]
mod tests;
