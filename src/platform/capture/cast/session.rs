//! A session of the ScreenCast portal: what is shared is chosen in its dialog, or was chosen before.

use std::os::fd::OwnedFd;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use ashpd::desktop::screencast::{CursorMode, OpenPipeWireRemoteOptions, Screencast, SelectSourcesOptions, SourceType};
use ashpd::desktop::{PersistMode, Session as PortalSession};
use futures::StreamExt as _;
use tokio::sync::{Mutex, oneshot};
use tokio::task::AbortHandle;

use super::token;
use crate::platform::capture::fault::CaptureError;
use crate::platform::capture::portal::{Portal, SCREENCAST, by_person, soon};

/// What can be shared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sources {
    /// Screens, as many as the person likes. What was chosen counts until it is taken back.
    Screens,
    /// One window, chosen anew each time.
    Window,
}

/// A stream that the portal hands out.
#[derive(Debug, Clone, PartialEq)]
pub struct Shared {
    /// Its number in PipeWire.
    pub node: u32,
    /// Where it is on the desktop, where that is told.
    pub position: Option<(i32, i32)>,
    /// How large it is there, where that is told.
    pub size: Option<(i32, i32)>,
    /// Whether it is one window and not a screen.
    pub window: bool,
}

/// A running session. It ends, and with it every stream, when this is dropped.
#[derive(Debug)]
pub struct Session {
    screencast: Screencast,
    session: Arc<PortalSession<Screencast>>,
    closed: Mutex<oneshot::Receiver<()>>,
    watcher: AbortHandle,
    /// Time between two frames of its streams.
    frame: Duration,
}

impl Drop for Session {
    fn drop(&mut self) {
        // With the last holder of the connection the portal's session ends. Nobody takes its stream any more; the backend of
        // wlroots still counts the time to its next frame, and where the session ends before that, it crashes (0.8.4).
        let (watcher, frame) = (self.watcher.clone(), self.frame);
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn(async move {
                tokio::time::sleep(frame + SETTLE).await;
                watcher.abort();
            })),
            Err(_) => watcher.abort(),
        }
    }
}

/// How long a stream that nobody takes any more may need to come to rest.
const SETTLE: Duration = Duration::from_millis(50);

/// A token is good for one use, so that two sessions may not begin with the same one.
static TOKEN: Mutex<()> = Mutex::const_new(());

impl Session {
    /// Begins a session and waits until the person has chosen. What was chosen before is taken from `token`, and what is
    /// good for the next time is stored there. Its streams send a frame each `frame` at most.
    pub async fn begin(
        bus: Option<&str>,
        sources: Sources,
        token: Option<&Path>,
        frame: Duration,
    ) -> Result<(Self, Vec<Shared>), CaptureError> {
        let portal = Portal::open(bus).await?;
        let screencast = soon(SCREENCAST, Screencast::with_connection(portal.connection())).await?;
        let session = soon(SCREENCAST, screencast.create_session(Default::default())).await?;
        let session = Arc::new(session);
        let (listening, listens) = oneshot::channel();
        let (said, closed) = oneshot::channel();
        let watched = Arc::clone(&session);
        let watch = async move {
            if let Ok(closed) = watched.receive_closed().await {
                // Nobody may wait, for this or for that.
                let _ = listening.send(());
                std::pin::pin!(closed).next().await;
            }
            let _ = said.send(());
        };
        let watcher = tokio::spawn(watch).abort_handle();
        // Where it can't be listened to, the session is over by that.
        let _ = listens.await;
        let begun = Self { screencast, session, closed: Mutex::new(closed), watcher, frame };
        let _alone = TOKEN.lock().await;
        let streams = begun.choose(sources, token).await?;
        if streams.is_empty() {
            return Err(CaptureError::PortalFailed { portal: SCREENCAST, why: "it shares nothing".into() });
        }
        Ok((begun, streams))
    }

    async fn choose(&self, sources: Sources, token: Option<&Path>) -> Result<Vec<Shared>, CaptureError> {
        let Self { screencast, session, .. } = self;
        let version = screencast.version();
        let (kind, several) = match sources {
            Sources::Screens => (SourceType::Monitor, true),
            Sources::Window => (SourceType::Window, false),
        };
        let offered = soon(SCREENCAST, screencast.available_source_types()).await?;
        if !offered.contains(kind) {
            let what = if several { "screens" } else { "windows" };
            let why = format!("no backend of xdg-desktop-portal can share {what}");
            return Err(CaptureError::PortalMissing { portal: SCREENCAST, why });
        }
        let mut options = SelectSourcesOptions::default().set_sources(Some(kind.into())).set_multiple(several);
        if version >= 2 && soon(SCREENCAST, screencast.available_cursor_modes()).await?.contains(CursorMode::Hidden) {
            options = options.set_cursor_mode(CursorMode::Hidden);
        }
        // Which window is meant differs from time to time.
        let token = token.filter(|_| version >= 4 && sources == Sources::Screens);
        if let Some(file) = token {
            options = options.set_persist_mode(PersistMode::ExplicitlyRevoked);
            if let Some(token) = token::read(file) {
                options = options.set_restore_token(token.as_str());
            }
        }
        soon(SCREENCAST, async { screencast.select_sources(session, options).await?.response() }).await?;
        let started =
            by_person(SCREENCAST, async { screencast.start(session, None, Default::default()).await?.response() });
        let started = started.await;
        if let Some(file) = token {
            token::store(file, started.as_ref().ok().and_then(|started| started.restore_token()));
        }
        let shared = |stream: &ashpd::desktop::screencast::Stream| Shared {
            node: stream.pipe_wire_node_id(),
            position: stream.position(),
            size: stream.size(),
            window: stream.source_type().map_or(sources == Sources::Window, |kind| kind == SourceType::Window),
        };
        Ok(started?.streams().iter().map(shared).collect())
    }

    /// A connection to PipeWire that reaches the session's streams and nothing else.
    pub async fn remote(&self) -> Result<OwnedFd, CaptureError> {
        let opened = self.screencast.open_pipe_wire_remote(&self.session, OpenPipeWireRemoteOptions::default());
        match soon(SCREENCAST, opened).await {
            Err(CaptureError::PortalFailed { why, .. }) => Err(CaptureError::NoPipeWire(why)),
            other => other,
        }
    }

    /// Waits until the portal ends the session, as when a person stops the sharing.
    pub async fn closed(&self) -> CaptureError {
        let mut closed = self.closed.lock().await;
        // Said once; who asks again waits for the stream, which has ended as well.
        if closed.is_terminated() {
            std::future::pending::<()>().await;
        }
        let _ = (&mut *closed).await;
        CaptureError::CastEnded("sharing was stopped, or the portal ended".into())
    }
}
