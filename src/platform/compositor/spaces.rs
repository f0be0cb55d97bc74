//! Workspaces of compositors without a socket that is understood, by ext-workspace: they can be listed and shown.

use std::collections::BTreeMap;

use wayland_client::backend::ObjectId;
use wayland_client::globals::{GlobalListContents, registry_queue_init};
use wayland_client::protocol::wl_output::{self, WlOutput};
use wayland_client::protocol::wl_registry::{self, WlRegistry};
use wayland_client::{Connection, Dispatch, EventQueue, Proxy as _, QueueHandle, WEnum, event_created_child};
use wayland_protocols::ext::workspace::v1::client::ext_workspace_group_handle_v1 as group;
use wayland_protocols::ext::workspace::v1::client::ext_workspace_handle_v1 as handle;
use wayland_protocols::ext::workspace::v1::client::ext_workspace_manager_v1 as manager;

use super::Workspace;
use super::toplevels::apart;

#[derive(Default)]
struct Space {
    handle: Option<handle::ExtWorkspaceHandleV1>,
    id: String,
    name: String,
    active: bool,
    hidden: bool,
    can_activate: bool,
    removed: bool,
}

#[derive(Default)]
struct Group {
    outputs: Vec<ObjectId>,
    spaces: Vec<ObjectId>,
}

#[derive(Default)]
struct Known {
    /// In the order in which they were told.
    spaces: Vec<(ObjectId, Space)>,
    groups: BTreeMap<u32, Group>,
    outputs: BTreeMap<u32, String>,
}

impl Known {
    fn space(&mut self, id: &ObjectId) -> &mut Space {
        let at = self.spaces.iter().position(|(known, _)| known == id).unwrap_or_else(|| {
            self.spaces.push((id.clone(), Space::default()));
            self.spaces.len() - 1
        });
        &mut self.spaces[at].1
    }

    fn group(&mut self, id: &ObjectId) -> &mut Group {
        self.groups.entry(id.protocol_id()).or_default()
    }

    fn output_of(&self, space: &ObjectId) -> Option<String> {
        let group = self.groups.values().find(|group| group.spaces.contains(space))?;
        // One on several outputs is on none of them alone.
        let [output] = group.outputs.as_slice() else { return None };
        self.outputs.get(&output.protocol_id()).cloned()
    }

    /// All that are not hidden, with what they are called in orders: by their own identifier, else by their name; those that
    /// share one are numbered.
    fn workspaces(&self) -> Vec<(Workspace, &Space)> {
        let mut found: Vec<(Workspace, &Space)> = Vec::new();
        let there = || self.spaces.iter().filter(|(_, space)| !space.removed && !space.hidden);
        let active = there().filter(|(_, space)| space.active).count();
        for (object, space) in there() {
            let base = if space.id.is_empty() { &space.name } else { &space.id };
            let same =
                found.iter().filter(|(_, other)| base == if other.id.is_empty() { &other.name } else { &other.id });
            let id = match same.count() {
                0 => base.clone(),
                more => format!("{base} ({})", more + 1),
            };
            let workspace = Workspace {
                id,
                name: space.name.clone(),
                output: self.output_of(object),
                shown: space.active,
                // Which of several has the keyboard is not told.
                focused: space.active && active == 1,
            };
            found.push((workspace, space));
        }
        found
    }
}

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

impl Dispatch<WlOutput, ()> for Known {
    fn event(
        known: &mut Self,
        output: &WlOutput,
        event: wl_output::Event,
        (): &(),
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        if let wl_output::Event::Name { name } = event {
            known.outputs.insert(output.id().protocol_id(), name);
        }
    }
}

impl Dispatch<manager::ExtWorkspaceManagerV1, ()> for Known {
    fn event(
        known: &mut Self,
        _: &manager::ExtWorkspaceManagerV1,
        event: manager::Event,
        (): &(),
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        if let manager::Event::Workspace { workspace } = event {
            let id = workspace.id();
            known.space(&id).handle = Some(workspace);
        }
    }

    event_created_child!(Self, manager::ExtWorkspaceManagerV1, [
        manager::EVT_WORKSPACE_GROUP_OPCODE => (group::ExtWorkspaceGroupHandleV1, ()),
        manager::EVT_WORKSPACE_OPCODE => (handle::ExtWorkspaceHandleV1, ()),
    ]);
}

impl Dispatch<group::ExtWorkspaceGroupHandleV1, ()> for Known {
    fn event(
        known: &mut Self,
        about: &group::ExtWorkspaceGroupHandleV1,
        event: group::Event,
        (): &(),
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        let entry = known.group(&about.id());
        match event {
            group::Event::OutputEnter { output } => entry.outputs.push(output.id()),
            group::Event::OutputLeave { output } => entry.outputs.retain(|known| *known != output.id()),
            group::Event::WorkspaceEnter { workspace } => entry.spaces.push(workspace.id()),
            group::Event::WorkspaceLeave { workspace } => entry.spaces.retain(|known| *known != workspace.id()),
            _ => {}
        }
    }
}

impl Dispatch<handle::ExtWorkspaceHandleV1, ()> for Known {
    fn event(
        known: &mut Self,
        workspace: &handle::ExtWorkspaceHandleV1,
        event: handle::Event,
        (): &(),
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        let space = known.space(&workspace.id());
        match event {
            handle::Event::Id { id } => space.id = id,
            handle::Event::Name { name } => space.name = name,
            handle::Event::State { state: WEnum::Value(state) } => {
                space.active = state.contains(handle::State::Active);
                space.hidden = state.contains(handle::State::Hidden);
            }
            handle::Event::Capabilities { capabilities: WEnum::Value(can) } => {
                space.can_activate = can.contains(handle::WorkspaceCapabilities::Activate);
            }
            handle::Event::Removed => space.removed = true,
            _ => {}
        }
    }
}

/// What is there, on a connection of its own.
struct Here {
    queue: EventQueue<Known>,
    known: Known,
    manager: manager::ExtWorkspaceManagerV1,
}

fn look(connection: &Connection) -> Result<Here, String> {
    let (globals, mut queue) = registry_queue_init::<Known>(connection).map_err(|error| error.to_string())?;
    let handle = queue.handle();
    // Before the workspaces, so that it is told on which they are.
    for global in globals.contents().clone_list() {
        if global.interface == WlOutput::interface().name {
            globals.registry().bind::<WlOutput, _, _>(global.name, global.version.min(4), &handle, ());
        }
    }
    let manager = globals.bind::<manager::ExtWorkspaceManagerV1, _, _>(&handle, 1..=1, ()).map_err(|_| {
        "this compositor tells no program of its workspaces: it has no ext_workspace_manager_v1".to_owned()
    })?;
    let mut known = Known::default();
    // The first brings the workspaces, the second what was said of each.
    for _ in 0..2 {
        queue.roundtrip(&mut known).map_err(|error| error.to_string())?;
    }
    Ok(Here { queue, known, manager })
}

/// All workspaces.
///
/// # Errors
/// In words: the compositor tells of none.
pub async fn workspaces(connection: Connection) -> Result<Vec<Workspace>, String> {
    apart(move || Ok(look(&connection)?.known.workspaces().into_iter().map(|(workspace, _)| workspace).collect())).await
}

/// Shows the workspace with this identifier.
///
/// # Errors
/// In words: there is none, or the compositor lets no program show it.
pub async fn switch(connection: Connection, id: &str) -> Result<(), String> {
    let id = id.to_owned();
    apart(move || {
        let mut here = look(&connection)?;
        let found = here.known.workspaces().into_iter().find(|(workspace, _)| workspace.id == id);
        let found = found.map(|(_, space)| (space.handle.clone(), space.can_activate));
        let Some((Some(handle), can_activate)) = found else {
            return Err(format!("there is no workspace {id}; workspaces_list tells them"));
        };
        if !can_activate {
            return Err(format!("the compositor lets no program show workspace {id}"));
        }
        handle.activate();
        here.manager.commit();
        here.queue.roundtrip(&mut here.known).map(drop).map_err(|error| error.to_string())
    })
    .await
}
