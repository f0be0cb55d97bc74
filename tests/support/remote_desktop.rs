//! The RemoteDesktop portal of a test: its dialog is answered as it is told to, and the socket is that of an input server of
//! the test or of the real KWin.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use zbus::message::Header;
use zbus::zvariant::{OwnedFd, OwnedObjectPath, Value};
use zbus::{Connection, fdo};

use super::eis::Server;
use super::headless::portal::{NAME, Options, PATH, begin_session, respond, word};

/// Who has the devices.
#[derive(Clone)]
pub enum Behind {
    /// A server of the test.
    Server(Server),
    /// KWin on this bus, asked as its own portal asks it.
    Kwin(Connection),
}

impl Behind {
    async fn socket(&self) -> fdo::Result<OwnedFd> {
        let bus = match self {
            Self::Server(server) => return Ok(server.socket().into()),
            Self::Kwin(bus) => bus,
        };
        let (name, path) = ("org.kde.KWin", "/org/kde/KWin/EIS/RemoteDesktop");
        let interface = "org.kde.KWin.EIS.RemoteDesktop";
        // A keyboard and a pointer.
        let reply = bus.call_method(Some(name), path, Some(interface), "connectToEIS", &3_i32).await?;
        let (socket, _cookie): (OwnedFd, i32) = reply.body().deserialize()?;
        Ok(socket)
    }
}

/// The portal: what its dialog is answered with, and the tokens that it was given.
pub struct RemoteDesktop {
    behind: Behind,
    response: Arc<Mutex<u32>>,
    tokens: Arc<Mutex<Vec<Option<String>>>>,
}

impl RemoteDesktop {
    /// The portal on this bus, for as long as the connection lives: what its dialog is answered with (0 is yes), and the
    /// tokens that it was given.
    pub async fn serve(
        bus: &Connection,
        behind: Behind,
        response: &Arc<Mutex<u32>>,
        tokens: &Arc<Mutex<Vec<Option<String>>>>,
    ) {
        let portal = Self { behind, response: Arc::clone(response), tokens: Arc::clone(tokens) };
        bus.object_server().at(PATH, portal).await.expect("the portal");
        bus.request_name(NAME).await.expect("its name");
    }
}

#[zbus::interface(name = "org.freedesktop.portal.RemoteDesktop")]
impl RemoteDesktop {
    async fn create_session(
        &self,
        options: Options,
        #[zbus(header)] header: Header<'_>,
        #[zbus(connection)] connection: &Connection,
    ) -> OwnedObjectPath {
        begin_session(connection, &header, &options).await
    }

    async fn select_devices(
        &self,
        _session: OwnedObjectPath,
        options: Options,
        #[zbus(header)] header: Header<'_>,
        #[zbus(connection)] connection: &Connection,
    ) -> OwnedObjectPath {
        assert_eq!((word::<u32>(&options, "types"), word::<u32>(&options, "persist_mode")), (Some(3), Some(2)));
        self.tokens.lock().expect("tokens").push(word(&options, "restore_token"));
        respond(connection, &header, &options, Some(0), HashMap::new()).await
    }

    async fn start(
        &self,
        _session: OwnedObjectPath,
        _parent: String,
        options: Options,
        #[zbus(header)] header: Header<'_>,
        #[zbus(connection)] connection: &Connection,
    ) -> OwnedObjectPath {
        let response = *self.response.lock().expect("the response");
        let token = format!("token-{}", self.tokens.lock().expect("tokens").len());
        let results: HashMap<&str, Value<'_>> =
            HashMap::from([("devices", 3_u32.into()), ("restore_token", token.into())]);
        respond(connection, &header, &options, Some(response), results).await
    }

    #[zbus(name = "ConnectToEIS")]
    async fn connect_to_eis(&self, _session: OwnedObjectPath, _options: Options) -> fdo::Result<OwnedFd> {
        self.behind.socket().await
    }

    #[zbus(property)]
    fn available_device_types(&self) -> u32 {
        7
    }

    #[zbus(property, name = "version")]
    fn version(&self) -> u32 {
        2
    }
}
