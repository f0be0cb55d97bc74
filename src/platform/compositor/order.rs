//! Orders to a compositor, each in its own words. What goes into one was checked by whoever made the name: letters, digits
//! and a few signs, none of which can end the order.

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};

use super::wire::{self, LONGEST};
use super::{Compositor, Kind, Workspace, kwin};
use crate::model::{Fault, FaultKind};

impl Compositor {
    /// Gives the window with this identifier the keyboard. An overlay that holds it gives it back when it is hidden.
    ///
    /// # Errors
    /// Where the compositor does not answer or says no.
    pub async fn focus(&self, id: &str) -> Result<(), Fault> {
        self.is_window(id)?;
        match self.kind {
            Kind::Sway => self.sway(&format!("[con_id={id}] focus")).await,
            Kind::Hyprland => {
                let old = format!("focuswindow address:{id}");
                self.hyprland(&old, &format!("hl.dsp.focus({{ window = \"address:{id}\" }})")).await
            }
            Kind::Niri => self.niri(&json!({"FocusWindow": {"id": number(id)}})).await,
            Kind::Kwin => kwin::obey(&self.socket, &json!({"verb": "focus", "window": id})).await,
        }
    }

    /// Asks a window to close.
    ///
    /// # Errors
    /// Where the compositor does not answer or says no.
    pub async fn close(&self, id: &str) -> Result<(), Fault> {
        self.is_window(id)?;
        match self.kind {
            Kind::Sway => self.sway(&format!("[con_id={id}] kill")).await,
            Kind::Hyprland => {
                let old = format!("closewindow address:{id}");
                self.hyprland(&old, &format!("hl.dsp.window.close({{ window = \"address:{id}\" }})")).await
            }
            Kind::Niri => self.niri(&json!({"CloseWindow": {"id": number(id)}})).await,
            Kind::Kwin => kwin::obey(&self.socket, &json!({"verb": "close", "window": id})).await,
        }
    }

    /// Moves a window to the workspace with this identifier, without following it.
    ///
    /// # Errors
    /// Where the compositor does not answer or says no.
    pub async fn move_to_workspace(&self, id: &str, workspace: &str) -> Result<(), Fault> {
        self.is_window(id)?;
        self.is_name(workspace)?;
        match self.kind {
            Kind::Sway => self.sway_moves(&format!("[con_id={id}] move container to workspace \"{workspace}\"")).await,
            Kind::Hyprland => {
                let place = selector(workspace);
                let old = format!("movetoworkspacesilent {place},address:{id}");
                let window = format!("workspace = \"{place}\", follow = false, window = \"address:{id}\"");
                self.hyprland(&old, &format!("hl.dsp.window.move({{ {window} }})")).await
            }
            Kind::Niri => {
                let reference = json!({"Id": number(workspace)});
                let order = json!({"window_id": number(id), "reference": reference, "focus": false});
                self.niri(&json!({"MoveWindowToWorkspace": order})).await
            }
            Kind::Kwin => {
                let order = json!({"verb": "to-desktop", "window": id, "desktop": workspace});
                kwin::obey(&self.socket, &order).await
            }
        }
    }

    /// Moves a window to an output, onto the workspace that is shown there.
    ///
    /// # Errors
    /// Where the compositor does not answer, says no, or there is no such output.
    pub async fn move_to_output(&self, id: &str, output: &str) -> Result<(), Fault> {
        self.is_window(id)?;
        self.is_name(output)?;
        match self.kind {
            Kind::Sway => self.sway_moves(&format!("[con_id={id}] move container to output \"{output}\"")).await,
            Kind::Hyprland => {
                // Its own order for that moves only the window that has the focus.
                let workspaces = self.workspaces().await?;
                let there = workspaces.into_iter().find(|each| each.shown && each.output.as_deref() == Some(output));
                let there = there.ok_or_else(|| self.refused(&format!("no workspace is shown on {output}")))?;
                self.move_to_workspace(id, &there.id).await
            }
            Kind::Niri => self.niri(&json!({"MoveWindowToMonitor": {"id": number(id), "output": output}})).await,
            Kind::Kwin => {
                let order = json!({"verb": "to-output", "window": id, "output": output});
                kwin::obey(&self.socket, &order).await
            }
        }
    }

    /// Shows the workspace with this identifier.
    ///
    /// # Errors
    /// Where the compositor does not answer or says no.
    pub async fn switch(&self, workspace: &str) -> Result<(), Fault> {
        self.is_name(workspace)?;
        match self.kind {
            Kind::Sway => self.sway(&format!("workspace \"{workspace}\"")).await,
            Kind::Hyprland => {
                let place = selector(workspace);
                let new = format!("hl.dsp.focus({{ workspace = \"{place}\" }})");
                self.hyprland(&format!("workspace {place}"), &new).await
            }
            Kind::Niri => {
                let reference = json!({"Id": number(workspace)});
                self.niri(&json!({"FocusWorkspace": {"reference": reference}})).await
            }
            Kind::Kwin => kwin::obey(&self.socket, &json!({"verb": "show", "desktop": workspace})).await,
        }
    }

    fn is_window(&self, id: &str) -> Result<(), Fault> {
        let plain = !id.is_empty() && id.chars().all(|letter| letter.is_ascii_alphanumeric());
        if plain { Ok(()) } else { Err(self.refused("this is no identifier of a window")) }
    }

    fn is_name(&self, name: &str) -> Result<(), Fault> {
        let plain = |letter: char| letter.is_alphanumeric() || " ._-:/".contains(letter);
        let good = !name.is_empty() && name.chars().all(plain);
        if good { Ok(()) } else { Err(self.refused("this is no name of a workspace or an output")) }
    }

    /// Moves a window without following it. Where it has the focus and a layer surface the keyboard, as the overlay does, sway
    /// follows it all the same; then what was shown is shown again.
    async fn sway_moves(&self, command: &str) -> Result<(), Fault> {
        let before = self.workspaces().await?;
        self.sway(command).await?;
        let after = self.workspaces().await?;
        let now = |each: &Workspace| after.iter().find(|now| now.id == each.id);
        let (focused, others): (Vec<_>, Vec<_>) =
            before.iter().filter(|each| each.shown).partition(|each| each.focused);
        let hidden = others.into_iter().filter(|each| now(each).is_none_or(|now| !now.shown)).collect::<Vec<_>>();
        let unfocused = focused.iter().any(|each| now(each).is_none_or(|now| !now.focused));
        let back = if unfocused || !hidden.is_empty() { focused } else { Vec::new() };
        for workspace in hidden.iter().chain(&back).filter(|each| self.is_name(&each.id).is_ok()) {
            self.switch(&workspace.id).await?;
        }
        Ok(())
    }

    async fn sway(&self, command: &str) -> Result<(), Fault> {
        let answer = wire::ask(self.kind, &self.socket, |mut stream| async move {
            let length = u32::try_from(command.len()).unwrap_or(u32::MAX);
            let mut request = b"i3-ipc".to_vec();
            request.extend(length.to_ne_bytes());
            request.extend(0_u32.to_ne_bytes());
            request.extend(command.as_bytes());
            stream.write_all(&request).await?;
            let mut header = [0; 14];
            stream.read_exact(&mut header).await?;
            let length = header[6..].first_chunk::<4>().map_or(0, |length| u32::from_ne_bytes(*length) as usize);
            if length > LONGEST {
                return Err(std::io::Error::other("this is no i3 IPC"));
            }
            let mut answer = vec![0; length];
            stream.read_exact(&mut answer).await?;
            Ok(answer)
        });
        let answer = answer.await?;
        if answer[0]["success"] == true { Ok(()) } else { Err(self.refused(&told(&answer[0]["error"], &answer))) }
    }

    /// Where it is set up in Lua, its orders are Lua as well; those of the other kind are errors there and do nothing.
    async fn hyprland(&self, old: &str, new: &str) -> Result<(), Fault> {
        let first = self.dispatch(old).await?;
        if first == "ok" {
            return Ok(());
        }
        match self.dispatch(new).await? {
            answer if answer == "ok" => Ok(()),
            answer if first.contains("lua") => Err(self.refused(&answer)),
            _ => Err(self.refused(&first)),
        }
    }

    async fn dispatch(&self, order: &str) -> Result<String, Fault> {
        let answer = wire::ask(self.kind, &self.socket, |mut stream| async move {
            stream.write_all(format!("dispatch {order}").as_bytes()).await?;
            let answer = wire::to_end(stream).await?;
            Ok(serde_json::to_vec(String::from_utf8_lossy(&answer).trim())?)
        });
        Ok(answer.await?.as_str().unwrap_or_default().to_owned())
    }

    async fn niri(&self, action: &Value) -> Result<(), Fault> {
        let request = format!("{}\n", json!({"Action": action}));
        let answer = wire::ask(self.kind, &self.socket, |mut stream| async move {
            stream.write_all(request.as_bytes()).await?;
            let mut line = Vec::new();
            BufReader::new(stream.take(LONGEST as u64)).read_until(b'\n', &mut line).await?;
            Ok(line)
        });
        let answer = answer.await?;
        if answer["Ok"].is_null() { Err(self.refused(&told(&answer["Err"], &answer))) } else { Ok(()) }
    }

    fn refused(&self, why: &str) -> Fault {
        Fault::new(FaultKind::Desktop, format!("{} did not do it", self.kind.name()), why.to_owned())
    }
}

/// What Hyprland calls a workspace: by number, else by name.
fn selector(workspace: &str) -> String {
    let plain = workspace.parse::<u32>().is_ok() || workspace.starts_with("special");
    if plain { workspace.to_owned() } else { format!("name:{workspace}") }
}

/// An identifier that is a number stays one.
fn number(id: &str) -> Value {
    id.parse::<u64>().map_or_else(|_| id.into(), Value::from)
}

fn told(said: &Value, whole: &Value) -> String {
    said.as_str().map_or_else(|| whole.to_string(), str::to_owned)
}
