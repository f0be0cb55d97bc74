//! Windows and workspaces: listed, focused, moved, closed, by the compositor's own socket, else by Wayland's protocols.

use crate::model::{Destination, Window};
use crate::platform::compositor::toplevels::{self, Doing};
use crate::platform::compositor::{Compositor, Workspace, spaces};
use crate::platform::wayland;

fn words(fault: &crate::model::Fault) -> String {
    format!("{}: {}", fault.title, fault.detail)
}

/// All windows; see [`Compositor::windows`].
///
/// # Errors
/// In words: the compositor tells of none.
pub async fn all() -> Result<Vec<Window>, String> {
    match Compositor::here() {
        Ok(compositor) => compositor.windows().await.map_err(|fault| words(&fault)),
        Err(_) => toplevels::windows(display()?).await,
    }
}

fn display() -> Result<wayland_client::Connection, String> {
    wayland::connect().map_err(|fault| words(&fault))
}

/// The compositor's socket, for what no protocol of Wayland can do.
fn socket() -> Result<Compositor, String> {
    Compositor::here().map_err(|_| "only sway, Hyprland, niri and KWin can be told to do this".into())
}

/// The window with this identifier.
///
/// # Errors
/// In words: it is gone, or the compositor tells of none.
pub async fn find(id: &str) -> Result<Window, String> {
    let found = all().await?.into_iter().find(|window| window.id == id);
    found.ok_or_else(|| format!("there is no window {id}; windows_list tells them"))
}

/// The window that has the keyboard, or gets it back when the overlay goes.
///
/// # Errors
/// In words: none has it, or the compositor tells of none.
pub async fn with_keyboard() -> Result<Window, String> {
    let none = || "no window has the keyboard; name one, windows_list tells them".to_owned();
    match Compositor::here() {
        Ok(compositor) => {
            let id = compositor.keyboard().await.map_err(|fault| words(&fault))?.ok_or_else(none)?;
            find(&id).await
        }
        Err(_) => all().await?.into_iter().find(|window| window.focused).ok_or_else(none),
    }
}

/// The topmost window of a program.
///
/// # Errors
/// In words: it has none, or the compositor tells of none.
pub async fn of_app(app: &str) -> Result<Window, String> {
    let found = all().await?.into_iter().find(|window| window.app == app);
    found.ok_or_else(|| format!("there is no window of {app:?}; windows_list tells them"))
}

/// The process that a window belongs to, where the compositor tells it.
pub async fn process_of(id: &str) -> Option<u32> {
    Compositor::here().ok()?.process_of(id).await.ok()?
}

/// The window, if it is still that of the program that was shown.
async fn same(id: &str, app: &str) -> Result<Window, String> {
    let window = find(id).await?;
    if window.app == app { Ok(window) } else { Err("this window belongs to another program now".into()) }
}

/// All windows, a line each.
///
/// # Errors
/// In words: the compositor tells of none.
pub async fn list() -> Result<String, String> {
    let windows = all().await?;
    let line = |window: &Window| {
        let focused = if window.focused { ", has the keyboard" } else { "" };
        format!("{}: {} — {}{focused}", window.id, window.app, window.title)
    };
    Ok(if windows.is_empty() {
        "there are no windows".into()
    } else {
        windows.iter().map(line).collect::<Vec<_>>().join("\n")
    })
}

/// Focuses the window, if it is still the one that was shown.
///
/// # Errors
/// In words.
pub async fn focus(id: &str, app: &str, title: &str) -> Result<(), String> {
    same(id, app).await?;
    match Compositor::here() {
        Ok(compositor) => compositor.focus(id).await.map_err(|fault| words(&fault))?,
        Err(_) => toplevels::tell(display()?, id, Doing::Activate).await?,
    }
    tracing::debug!(app, title = title.len(), "a window was focused");
    Ok(())
}

/// Asks the window to close, if it is still the one that was shown.
///
/// # Errors
/// In words.
pub async fn close(id: &str, app: &str, title: &str) -> Result<(), String> {
    let now = same(id, app).await?;
    // A browser's window shows another page under the same identifier.
    if now.title != title {
        return Err("this window shows something else now; look again".into());
    }
    match Compositor::here() {
        Ok(compositor) => compositor.close(id).await.map_err(|fault| words(&fault)),
        Err(_) => toplevels::tell(display()?, id, Doing::Close).await,
    }
}

/// The workspace that a window is on; empty where that is not told.
///
/// # Errors
/// In words.
pub async fn workspace_of(id: &str) -> Result<String, String> {
    socket()?.workspace_of(id).await.map_err(|fault| words(&fault))
}

/// Moves the window, if it is still that of the program that was shown.
///
/// # Errors
/// In words.
pub async fn move_to(id: &str, app: &str, to: &Destination) -> Result<(), String> {
    same(id, app).await?;
    let compositor = socket()?;
    let moved = match to {
        Destination::Workspace(workspace) => compositor.move_to_workspace(id, workspace).await,
        Destination::Output(output) => {
            let layout = compositor.layout().await.map_err(|fault| words(&fault))?;
            if layout.outputs.iter().all(|known| known.name != *output) {
                let names: Vec<_> = layout.outputs.into_iter().map(|output| output.name).collect();
                return Err(format!("there is no output {output}; there are {}", names.join(", ")));
            }
            compositor.move_to_output(id, output).await
        }
    };
    moved.map_err(|fault| words(&fault))
}

async fn all_workspaces() -> Result<Vec<Workspace>, String> {
    match Compositor::here() {
        Ok(compositor) => compositor.workspaces().await.map_err(|fault| words(&fault)),
        Err(_) => spaces::workspaces(display()?).await,
    }
}

/// The identifier of the workspace with the focus; empty where there is none, or it is not told.
///
/// # Errors
/// In words.
pub async fn shown() -> Result<String, String> {
    let workspaces = all_workspaces().await?;
    Ok(workspaces.into_iter().find(|workspace| workspace.focused).map(|workspace| workspace.id).unwrap_or_default())
}

/// All workspaces, a line each.
///
/// # Errors
/// In words.
pub async fn workspaces() -> Result<String, String> {
    let workspaces = all_workspaces().await?;
    let line = |workspace: &Workspace| {
        let name = if workspace.name == workspace.id { String::new() } else { format!(" ({})", workspace.name) };
        let on = workspace.output.as_ref().map(|output| format!(" on {output}")).unwrap_or_default();
        let state = match (workspace.focused, workspace.shown) {
            (true, _) => ", has the focus",
            (false, true) => ", shown",
            (false, false) => "",
        };
        format!("{}{name}{on}{state}", workspace.id)
    };
    Ok(workspaces.iter().map(line).collect::<Vec<_>>().join("\n"))
}

/// Shows a workspace.
///
/// # Errors
/// In words.
pub async fn switch(workspace: &str) -> Result<(), String> {
    match Compositor::here() {
        Ok(compositor) => compositor.switch(workspace).await.map_err(|fault| words(&fault)),
        Err(_) => spaces::switch(display()?, workspace).await,
    }
}
