//! A desktop portal on the private bus that answers as it is told to, and remembers what it was asked.

use std::collections::HashMap;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use tokio::sync::mpsc;
use zbus::message::Header;
use zbus::zvariant::{OwnedFd, OwnedObjectPath, OwnedValue, Value};
use zbus::{Connection, fdo};

use super::nerva::Bus;

/// The name of portals on the bus.
pub const NAME: &str = "org.freedesktop.portal.Desktop";

/// Where they are.
pub const PATH: &str = "/org/freedesktop/portal/desktop";

/// Named values.
pub type Options = HashMap<String, OwnedValue>;
type Pair = (i32, i32);

/// What the portal does.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// What the dialog is answered with: 0 yes, 1 cancelled, 2 refused; nothing is never answered.
    pub response: Option<u32>,
    /// The file that is a screenshot.
    pub file: PathBuf,
    /// The socket of PipeWire.
    pub socket: PathBuf,
    /// The streams that are shared: number, place, size.
    pub streams: Vec<(u32, Pair, Pair)>,
}

/// What was asked of the portal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    Screenshot { interactive: Option<bool> },
    Sources { types: u32, cursor: Option<u32>, persist: Option<u32>, token: Option<String> },
    Start { session: String },
    Remote,
}

/// The portal, for as long as this lives.
pub struct Portal {
    connection: Connection,
    plan: Arc<Mutex<Plan>>,
    asked: mpsc::UnboundedReceiver<(String, Asked)>,
}

impl Portal {
    /// Owns the portal's name on this bus.
    pub async fn start(bus: &Bus, plan: Plan) -> Self {
        let connection = bus.connect().await;
        let plan = Arc::new(Mutex::new(plan));
        let (said, asked) = mpsc::unbounded_channel();
        let screenshot = Screenshot { plan: Arc::clone(&plan), said: said.clone() };
        let screencast = ScreenCast { plan: Arc::clone(&plan), said, tokens: 0 };
        let server = connection.object_server();
        server.at(PATH, screenshot).await.expect("the Screenshot portal");
        server.at(PATH, screencast).await.expect("the ScreenCast portal");
        connection.request_name(NAME).await.expect("its name");
        Self { connection, plan, asked }
    }

    /// Changes what it does.
    pub fn change(&self, change: impl FnOnce(&mut Plan)) {
        change(&mut self.plan.lock().expect("the plan"));
    }

    /// The next question, with the name of who asks.
    pub async fn next(&mut self) -> (String, Asked) {
        self.asked.recv().await.expect("a question")
    }

    /// Whether every question was looked at.
    pub fn is_asked_no_more(&self) -> bool {
        self.asked.is_empty()
    }

    /// Takes away the interface for one kind of pictures.
    pub async fn without<I: zbus::object_server::Interface>(&self) {
        self.connection.object_server().remove::<I, _>(PATH).await.expect("it was there");
    }

    /// Ends a session, as a person does who stops the sharing.
    pub async fn close(&self, session: &str) {
        let nothing: HashMap<&str, Value<'_>> = HashMap::new();
        self.connection
            .emit_signal(None::<&str>, session, "org.freedesktop.portal.Session", "Closed", &(nothing,))
            .await
            .expect("a signal");
    }
}

/// The value of this name, if it is there.
pub fn word<T: TryFrom<OwnedValue>>(options: &Options, key: &str) -> Option<T> {
    options.get(key).and_then(|value| T::try_from(value.clone()).ok())
}

/// The object of a request or session.
fn path_of(header: &Header<'_>, kind: &str, token: &str) -> OwnedObjectPath {
    let sender = header.sender().expect("a sender").trim_start_matches(':').replace('.', "_");
    OwnedObjectPath::try_from(format!("{PATH}/{kind}/{sender}/{token}")).expect("a path")
}

/// Answers a request, or does not.
pub async fn respond(
    connection: &Connection,
    header: &Header<'_>,
    options: &Options,
    response: Option<u32>,
    results: HashMap<&str, Value<'_>>,
) -> OwnedObjectPath {
    let token: String = word(options, "handle_token").expect("a token");
    let path = path_of(header, "request", &token);
    if let Some(response) = response {
        let interface = "org.freedesktop.portal.Request";
        let sender = header.sender().map(|sender| sender.to_owned());
        connection.emit_signal(sender, &path, interface, "Response", &(response, results)).await.expect("a signal");
    }
    path
}

/// Answers the request for a session with one.
pub async fn begin_session(connection: &Connection, header: &Header<'_>, options: &Options) -> OwnedObjectPath {
    let token: String = word(options, "session_handle_token").expect("a token");
    let session = path_of(header, "session", &token).to_string();
    respond(connection, header, options, Some(0), HashMap::from([("session_handle", session.into())])).await
}

/// The Screenshot portal.
pub struct Screenshot {
    plan: Arc<Mutex<Plan>>,
    said: mpsc::UnboundedSender<(String, Asked)>,
}

#[zbus::interface(name = "org.freedesktop.portal.Screenshot")]
impl Screenshot {
    async fn screenshot(
        &self,
        _parent: String,
        options: Options,
        #[zbus(header)] header: Header<'_>,
        #[zbus(connection)] connection: &Connection,
    ) -> OwnedObjectPath {
        let plan = self.plan.lock().expect("the plan").clone();
        let uri = format!("file://{}", plan.file.display());
        let path = respond(connection, &header, &options, plan.response, HashMap::from([("uri", uri.into())])).await;
        let sender = header.sender().expect("a sender").to_string();
        let _ = self.said.send((sender, Asked::Screenshot { interactive: word(&options, "interactive") }));
        path
    }

    #[zbus(property, name = "version")]
    fn version(&self) -> u32 {
        2
    }
}

/// The ScreenCast portal.
pub struct ScreenCast {
    plan: Arc<Mutex<Plan>>,
    said: mpsc::UnboundedSender<(String, Asked)>,
    tokens: u32,
}

impl ScreenCast {
    fn say(&self, header: &Header<'_>, asked: Asked) {
        let _ = self.said.send((header.sender().expect("a sender").to_string(), asked));
    }
}

#[zbus::interface(name = "org.freedesktop.portal.ScreenCast")]
impl ScreenCast {
    async fn create_session(
        &self,
        options: Options,
        #[zbus(header)] header: Header<'_>,
        #[zbus(connection)] connection: &Connection,
    ) -> OwnedObjectPath {
        begin_session(connection, &header, &options).await
    }

    async fn select_sources(
        &self,
        _session: OwnedObjectPath,
        options: Options,
        #[zbus(header)] header: Header<'_>,
        #[zbus(connection)] connection: &Connection,
    ) -> OwnedObjectPath {
        self.say(
            &header,
            Asked::Sources {
                types: word(&options, "types").expect("types"),
                cursor: word(&options, "cursor_mode"),
                persist: word(&options, "persist_mode"),
                token: word(&options, "restore_token"),
            },
        );
        respond(connection, &header, &options, Some(0), HashMap::new()).await
    }

    async fn start(
        &mut self,
        session: OwnedObjectPath,
        _parent: String,
        options: Options,
        #[zbus(header)] header: Header<'_>,
        #[zbus(connection)] connection: &Connection,
    ) -> OwnedObjectPath {
        let plan = self.plan.lock().expect("the plan").clone();
        self.tokens += 1;
        let streams: Vec<(u32, HashMap<&str, Value<'_>>)> = plan
            .streams
            .iter()
            .map(|(node, position, size)| {
                let kind = Value::from(1_u32);
                (
                    *node,
                    HashMap::from([("position", (*position).into()), ("size", (*size).into()), ("source_type", kind)]),
                )
            })
            .collect();
        let token = format!("token-{}", self.tokens);
        let results = HashMap::from([("streams", streams.into()), ("restore_token", token.into())]);
        let path = respond(connection, &header, &options, plan.response, results).await;
        self.say(&header, Asked::Start { session: session.to_string() });
        path
    }

    #[allow(clippy::needless_pass_by_value, reason = "the macro hands it over")]
    fn open_pipe_wire_remote(
        &self,
        _session: OwnedObjectPath,
        _options: Options,
        #[zbus(header)] header: Header<'_>,
    ) -> fdo::Result<OwnedFd> {
        self.say(&header, Asked::Remote);
        let socket = self.plan.lock().expect("the plan").socket.clone();
        let stream = UnixStream::connect(socket).map_err(|error| fdo::Error::Failed(error.to_string()))?;
        Ok(std::os::fd::OwnedFd::from(stream).into())
    }

    #[zbus(property)]
    fn available_source_types(&self) -> u32 {
        1 | 2
    }

    #[zbus(property)]
    fn available_cursor_modes(&self) -> u32 {
        1 | 2
    }

    #[zbus(property, name = "version")]
    fn version(&self) -> u32 {
        4
    }
}
