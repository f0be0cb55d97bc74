//! Gives a window the keyboard, by the compositor's own socket.

use crate::model::Window;
use crate::platform::compositor::{self, Compositor};

/// The window with this identifier.
///
/// # Errors
/// In words: it is gone, or the compositor tells of none.
pub async fn find(id: &str) -> Result<Window, String> {
    let windows = compositor::windows().await.map_err(|fault| fault.to_string())?;
    windows
        .into_iter()
        .find(|window| window.id == id)
        .ok_or_else(|| format!("there is no window {id}; windows_list tells them"))
}

/// All windows, a line each.
///
/// # Errors
/// In words: the compositor tells of none.
pub async fn list() -> Result<String, String> {
    let windows = compositor::windows().await.map_err(|fault| fault.to_string())?;
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
    let window = find(id).await?;
    if window.app != app {
        return Err("this window belongs to another program now".into());
    }
    let compositor = Compositor::here().map_err(|fault| fault.to_string())?;
    compositor.focus(id).await.map_err(|fault| fault.to_string())?;
    tracing::debug!(app, title = title.len(), "a window was focused");
    Ok(())
}
