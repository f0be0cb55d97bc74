//! Commands that only ask for something: status, models, conversations.

use tokio::sync::oneshot;

use super::driver::Driver;
use super::watching::Wanted;
use crate::model::{Command, Reply, SessionQuery};

impl Driver {
    /// Answers a question; gives back the command when it is one that changes something.
    pub(super) fn query(
        &mut self,
        command: Command,
        sender: oneshot::Sender<Reply>,
    ) -> Option<(Command, oneshot::Sender<Reply>)> {
        match command {
            Command::Status => {
                // The asker may have given up waiting.
                let mut status = self.view.status();
                status.live = self.live_status(status.live.take());
                let _ = sender.send(Reply::Status { status });
            }
            Command::Models => {
                let _ = sender.send(Reply::Models { models: self.view.models.to_vec() });
            }
            Command::Capture { what, output, delay, to } => {
                self.capture((what, output, delay, to), Some(sender));
            }
            Command::Watch { what, output, rate } => {
                self.watch(Wanted { what, output, rate, asker: Some(sender) });
            }
            Command::Delete { conversation } => self.delete(conversation, Some(sender)),
            Command::Sessions { query } => self.sessions_query(query, sender),
            Command::Undo { query } => self.undo_query(&query, sender),
            other => return Some((other, sender)),
        }
        None
    }

    fn sessions_query(&self, query: SessionQuery, sender: oneshot::Sender<Reply>) {
        let history = self.history.clone();
        let saved = self.saver.save_and_tell(Vec::new());
        tokio::spawn(async move {
            // What was said before the question is in the answer.
            let _ = saved.await;
            let reply = match query {
                SessionQuery::List { limit } => history.list(limit).await.map(|sessions| Reply::Sessions { sessions }),
                SessionQuery::Search { text, limit } => {
                    history.search(&text, limit).await.map(|sessions| Reply::Sessions { sessions })
                }
                SessionQuery::Show { conversation } => history.load(conversation).await.map(|found| match found {
                    Some(session) => Reply::Session { session: Box::new(session) },
                    None => Reply::Refused {
                        why: format!("there is no conversation {conversation}; `nerva sessions list` shows them"),
                    },
                }),
                SessionQuery::Export { conversation, format } => {
                    history.export(conversation, format).await.map(|document| match document {
                        Some(document) => Reply::Exported { document },
                        None => Reply::Refused {
                            why: "there is no such conversation; `nerva sessions list` shows them".into(),
                        },
                    })
                }
            };
            let _ = sender.send(reply.unwrap_or_else(|fault| Reply::Refused { why: fault.to_string() }));
        });
    }
}
