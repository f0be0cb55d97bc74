//! Notifications about conversations: one for each, replaced in place, which opens it when it is clicked.

use std::collections::HashMap;

use futures::StreamExt as _;
use tokio::sync::mpsc;
use zbus::zvariant::Value;

use super::act::notify::{self, NotificationsProxy};
use crate::model::{Command, Commands, ConversationId};

/// What is said of a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announcement {
    /// Which.
    pub conversation: ConversationId,
    /// Its title.
    pub title: String,
    /// Its text.
    pub body: String,
    /// Whether it stays until it is dealt with.
    pub stays: bool,
}

#[derive(Debug)]
enum Order {
    Show(Announcement),
    Withdraw(ConversationId),
}

/// A handle to the task that shows them; it ends with this.
#[derive(Debug)]
pub struct Announcer {
    orders: mpsc::UnboundedSender<Order>,
}

impl Announcer {
    /// Begins without asking anybody: the bus is met with the first announcement.
    pub fn start(commands: Commands) -> Self {
        let (orders, inbox) = mpsc::unbounded_channel();
        tokio::spawn(run(commands, inbox));
        Self { orders }
    }

    /// Shows it in the place of what was said of the same conversation.
    pub fn show(&self, announcement: Announcement) {
        // The task ends only with this.
        let _ = self.orders.send(Order::Show(announcement));
    }

    /// Takes away what was said of a conversation.
    pub fn withdraw(&self, conversation: ConversationId) {
        let _ = self.orders.send(Order::Withdraw(conversation));
    }
}

/// Who shows notifications, and what is heard of them.
struct Server {
    proxy: NotificationsProxy<'static>,
    invoked: notify::ActionInvokedStream,
    closed: notify::NotificationClosedStream,
}

enum Heard {
    Invoked(u32),
    Closed(u32),
    /// The bus is gone.
    Lost,
}

impl Server {
    async fn connect() -> zbus::Result<Self> {
        let proxy = NotificationsProxy::new(&zbus::Connection::session().await?).await?;
        let (invoked, closed) = (proxy.receive_action_invoked().await?, proxy.receive_notification_closed().await?);
        Ok(Self { proxy, invoked, closed })
    }

    async fn hear(&mut self) -> Heard {
        let heard = tokio::select! {
            invoked = self.invoked.next() => invoked.map(|signal| signal.args().map(|args| Heard::Invoked(args.id))),
            closed = self.closed.next() => closed.map(|signal| signal.args().map(|args| Heard::Closed(args.id))),
        };
        // A signal of other types is of no notification of ours.
        heard.map_or(Heard::Lost, |heard| heard.unwrap_or(Heard::Closed(0)))
    }

    async fn show(&self, announcement: &Announcement, before: u32) -> zbus::Result<u32> {
        let hints = HashMap::from([("desktop-entry", Value::from("org.nerva.Nerva"))]);
        let (title, body) = (&announcement.title, notify::plain(&announcement.body));
        let lasts = if announcement.stays { 0 } else { -1 };
        let actions = ["default", "Open"];
        self.proxy.notify("Nerva", before, "org.nerva.Nerva", title, &body, &actions, hints, lasts).await
    }
}

async fn run(commands: Commands, mut orders: mpsc::UnboundedReceiver<Order>) {
    let mut server: Option<Server> = None;
    let mut shown: HashMap<ConversationId, u32> = HashMap::new();
    loop {
        let hear = async {
            match &mut server {
                Some(server) => server.hear().await,
                None => std::future::pending().await,
            }
        };
        let order = tokio::select! {
            order = orders.recv() => order,
            heard = hear => {
                match heard {
                    Heard::Invoked(id) => {
                        if let Some((conversation, _)) = shown.iter().find(|(_, known)| **known == id) {
                            // The core is gone only when the process ends.
                            let _ = commands.send(Command::Open { conversation: *conversation }.into());
                        }
                    }
                    Heard::Closed(id) => shown.retain(|_, known| *known != id),
                    Heard::Lost => (server, shown) = (None, HashMap::new()),
                }
                continue;
            }
        };
        let Some(order) = order else { return };
        if server.is_none() {
            server = match Server::connect().await {
                Ok(met) => Some(met),
                Err(error) => {
                    tracing::debug!("there is no bus to notify by: {error}");
                    continue;
                }
            };
        }
        let Some(server) = &server else { continue };
        let done = match order {
            Order::Show(announcement) => {
                let before = shown.get(&announcement.conversation).copied().unwrap_or(0);
                let done = server.show(&announcement, before).await;
                done.map(|id| {
                    shown.insert(announcement.conversation, id);
                })
            }
            Order::Withdraw(conversation) => match shown.remove(&conversation) {
                Some(id) => server.proxy.close_notification(id).await,
                None => Ok(()),
            },
        };
        if let Err(error) = done {
            tracing::debug!("nobody shows notifications here: {error}");
        }
    }
}
