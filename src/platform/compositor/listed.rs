//! Windows of compositors that let no program act on them, by ext-foreign-toplevel-list: their titles and apps, and no more.

use std::collections::BTreeMap;

use wayland_client::globals::{GlobalListContents, registry_queue_init};
use wayland_client::protocol::wl_registry::{self, WlRegistry};
use wayland_client::{Connection, Dispatch, Proxy as _, QueueHandle, event_created_child};
use wayland_protocols::ext::foreign_toplevel_list::v1::client::ext_foreign_toplevel_handle_v1 as handle;
use wayland_protocols::ext::foreign_toplevel_list::v1::client::ext_foreign_toplevel_list_v1 as list;

use crate::model::Window;

#[derive(Default)]
struct Toplevel {
    identifier: String,
    app: String,
    title: String,
    closed: bool,
}

#[derive(Default)]
struct Known(BTreeMap<u32, Toplevel>);

impl Dispatch<WlRegistry, GlobalListContents> for Known {
    fn event(
        _: &mut Self,
        _: &WlRegistry,
        _: wl_registry::Event,
        _: &GlobalListContents,
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
    }
}

impl Dispatch<list::ExtForeignToplevelListV1, ()> for Known {
    fn event(
        known: &mut Self,
        _: &list::ExtForeignToplevelListV1,
        event: list::Event,
        (): &(),
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        if let list::Event::Toplevel { toplevel } = event {
            known.0.insert(toplevel.id().protocol_id(), Toplevel::default());
        }
    }

    event_created_child!(Self, list::ExtForeignToplevelListV1, [
        list::EVT_TOPLEVEL_OPCODE => (handle::ExtForeignToplevelHandleV1, ()),
    ]);
}

impl Dispatch<handle::ExtForeignToplevelHandleV1, ()> for Known {
    fn event(
        known: &mut Self,
        toplevel: &handle::ExtForeignToplevelHandleV1,
        event: handle::Event,
        (): &(),
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        let entry = known.0.entry(toplevel.id().protocol_id()).or_default();
        match event {
            handle::Event::Identifier { identifier } => entry.identifier = identifier,
            handle::Event::Title { title } => entry.title = title,
            handle::Event::AppId { app_id } => entry.app = app_id,
            handle::Event::Closed => entry.closed = true,
            _ => {}
        }
    }
}

/// All windows. Where they are, and which has the keyboard, is not told.
pub(super) fn look(connection: &Connection) -> Result<Vec<Window>, String> {
    let (globals, mut queue) = registry_queue_init::<Known>(connection).map_err(|error| error.to_string())?;
    globals
        .bind::<list::ExtForeignToplevelListV1, _, _>(&queue.handle(), 1..=1, ())
        .map_err(|_| "this compositor tells no program of its windows".to_owned())?;
    let mut known = Known::default();
    // The first brings the windows, the second what was said of each.
    for _ in 0..2 {
        queue.roundtrip(&mut known).map_err(|error| error.to_string())?;
    }
    let window = |toplevel: Toplevel| Window {
        id: toplevel.identifier,
        title: toplevel.title,
        app: toplevel.app,
        area: None,
        focused: false,
        visible: true,
        output: None,
    };
    let open = known.0.into_values().filter(|toplevel| !toplevel.closed && !toplevel.identifier.is_empty());
    Ok(open.map(window).collect())
}
