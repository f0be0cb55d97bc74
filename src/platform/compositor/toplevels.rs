//! Windows of compositors without a socket that is understood, by wlr-foreign-toplevel-management: they can be listed,
//! given the focus and closed. Where they are, and which is covered, it does not tell. Where that is lacking, they are listed
//! by ext-foreign-toplevel-list.

use std::collections::BTreeMap;
use std::time::Duration;

use wayland_client::backend::ObjectId;
use wayland_client::globals::{GlobalListContents, registry_queue_init};
use wayland_client::protocol::wl_registry::WlRegistry;
use wayland_client::protocol::wl_seat::WlSeat;
use wayland_client::{Connection, Dispatch, EventQueue, Proxy as _, QueueHandle, delegate_noop, event_created_child};
use wayland_protocols_wlr::foreign_toplevel::v1::client::zwlr_foreign_toplevel_handle_v1 as handle;
use wayland_protocols_wlr::foreign_toplevel::v1::client::zwlr_foreign_toplevel_manager_v1 as manager;

use super::listed;
use crate::model::{Digest, Window};

/// A compositor that does not answer for so long is none.
const PATIENCE: Duration = Duration::from_secs(5);

/// What is done to a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doing {
    /// Give it the focus.
    Activate,
    /// Ask it to close.
    Close,
}

#[derive(Default)]
struct Toplevel {
    handle: Option<handle::ZwlrForeignToplevelHandleV1>,
    app: String,
    title: String,
    focused: bool,
    closed: bool,
}

#[derive(Default)]
struct Known(BTreeMap<u32, Toplevel>);

impl Known {
    fn of(&mut self, id: &ObjectId) -> &mut Toplevel {
        self.0.entry(id.protocol_id()).or_default()
    }

    /// The windows with their identifiers. The protocol has none, so that one is made of app and title, and of the place
    /// among those that share them: a window that changed its title since has another.
    fn windows(&self) -> Vec<(Window, &Toplevel)> {
        let mut found: Vec<(Window, &Toplevel)> = Vec::new();
        for toplevel in self.0.values().filter(|toplevel| !toplevel.closed) {
            let digest = Digest::of(format!("{}\0{}", toplevel.app, toplevel.title).as_bytes()).to_string();
            let same = found.iter().filter(|(window, _)| window.id.starts_with(&digest[..12])).count();
            let window = Window {
                id: format!("{}x{same}", &digest[..12]),
                title: toplevel.title.clone(),
                app: toplevel.app.clone(),
                area: None,
                focused: toplevel.focused,
                visible: true,
                output: None,
            };
            found.push((window, toplevel));
        }
        found
    }
}

impl Dispatch<WlRegistry, GlobalListContents> for Known {
    fn event(
        _: &mut Self,
        _: &WlRegistry,
        _: <WlRegistry as wayland_client::Proxy>::Event,
        _: &GlobalListContents,
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
    }
}

impl Dispatch<manager::ZwlrForeignToplevelManagerV1, ()> for Known {
    fn event(
        known: &mut Self,
        _: &manager::ZwlrForeignToplevelManagerV1,
        event: manager::Event,
        (): &(),
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        if let manager::Event::Toplevel { toplevel } = event {
            let id = toplevel.id();
            known.of(&id).handle = Some(toplevel);
        }
    }

    event_created_child!(Self, manager::ZwlrForeignToplevelManagerV1, [
        manager::EVT_TOPLEVEL_OPCODE => (handle::ZwlrForeignToplevelHandleV1, ()),
    ]);
}

impl Dispatch<handle::ZwlrForeignToplevelHandleV1, ()> for Known {
    fn event(
        known: &mut Self,
        toplevel: &handle::ZwlrForeignToplevelHandleV1,
        event: handle::Event,
        (): &(),
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        let entry = known.of(&toplevel.id());
        match event {
            handle::Event::Title { title } => entry.title = title,
            handle::Event::AppId { app_id } => entry.app = app_id,
            handle::Event::State { state } => {
                let activated = u32::from(handle::State::Activated).to_ne_bytes();
                entry.focused = state.chunks_exact(4).any(|number| number == activated);
            }
            handle::Event::Closed => entry.closed = true,
            _ => {}
        }
    }
}

delegate_noop!(Known: ignore WlSeat);

/// What is there, on a connection of its own.
struct Here {
    queue: EventQueue<Known>,
    known: Known,
    seat: Option<WlSeat>,
}

/// What is there; `None` where the compositor lets no program act on windows.
fn look(connection: &Connection) -> Result<Option<Here>, String> {
    let (globals, mut queue) = registry_queue_init::<Known>(connection).map_err(|error| error.to_string())?;
    let handle = queue.handle();
    if globals.bind::<manager::ZwlrForeignToplevelManagerV1, _, _>(&handle, 1..=3, ()).is_err() {
        return Ok(None);
    }
    let seat = globals.bind::<WlSeat, _, _>(&handle, 1..=5, ()).ok();
    let mut known = Known::default();
    // The first brings the windows, the second what was said of each.
    for _ in 0..2 {
        queue.roundtrip(&mut known).map_err(|error| error.to_string())?;
    }
    Ok(Some(Here { queue, known, seat }))
}

/// A compositor that hangs can't be waited for but on a thread of its own.
pub(super) async fn apart<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, String> + Send + 'static,
) -> Result<T, String> {
    let done = tokio::time::timeout(PATIENCE, tokio::task::spawn_blocking(work)).await;
    match done {
        Ok(Ok(done)) => done,
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err("the compositor does not answer".into()),
    }
}

/// All windows.
///
/// # Errors
/// In words: the compositor tells of none.
pub async fn windows(connection: Connection) -> Result<Vec<Window>, String> {
    apart(move || match look(&connection)? {
        Some(here) => Ok(here.known.windows().into_iter().map(|(window, _)| window).collect()),
        None => listed::look(&connection),
    })
    .await
}

/// All windows as they are listed for programs that can't act on them. Their identifiers are other ones.
///
/// # Errors
/// In words: the compositor tells of none.
pub async fn only_listed(connection: Connection) -> Result<Vec<Window>, String> {
    apart(move || listed::look(&connection)).await
}

/// Does something to the window with this identifier.
///
/// # Errors
/// In words: it is gone, or called otherwise now.
pub async fn tell(connection: Connection, id: &str, doing: Doing) -> Result<(), String> {
    let id = id.to_owned();
    apart(move || {
        let lacking =
            "this compositor lets no program switch to or close windows: it has no zwlr_foreign_toplevel_manager_v1";
        let mut here = look(&connection)?.ok_or(lacking)?;
        let windows = here.known.windows();
        let found = windows.into_iter().find(|(window, _)| window.id == id);
        let handle = found.and_then(|(_, toplevel)| toplevel.handle.clone());
        let handle = handle.ok_or_else(|| format!("there is no window {id}; windows_list tells them"))?;
        match (doing, &here.seat) {
            (Doing::Activate, Some(seat)) => handle.activate(seat),
            (Doing::Activate, None) => return Err("there is no seat whose keyboard it could get".into()),
            (Doing::Close, _) => handle.close(),
        }
        here.queue.roundtrip(&mut here.known).map(drop).map_err(|error| error.to_string())
    })
    .await
}
