//! Asks a compositor to focus a window: each in its own words.

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};

use super::wire::{self, LONGEST};
use super::{Compositor, Kind};
use crate::model::{Fault, FaultKind};

impl Compositor {
    /// Gives the window with this identifier the keyboard. An overlay that holds it gives it back when it is hidden.
    pub async fn focus(&self, id: &str) -> Result<(), Fault> {
        // Identifiers are letters and digits: nothing in them can end the command.
        if id.is_empty() || !id.chars().all(|letter| letter.is_ascii_alphanumeric()) {
            return Err(refused(self.kind, "this is no identifier of a window"));
        }
        match self.kind {
            Kind::Sway => self.sway(id).await,
            Kind::Hyprland => self.hyprland(id).await,
            Kind::Niri => self.niri(id).await,
        }
    }

    async fn sway(&self, id: &str) -> Result<(), Fault> {
        let command = format!("[con_id={id}] focus");
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
        if answer[0]["success"] == true { Ok(()) } else { Err(refused(self.kind, &answer.to_string())) }
    }

    async fn hyprland(&self, id: &str) -> Result<(), Fault> {
        let command = format!("dispatch focuswindow address:{id}");
        let answer = wire::ask(self.kind, &self.socket, |mut stream| async move {
            stream.write_all(command.as_bytes()).await?;
            let answer = wire::to_end(stream).await?;
            Ok(serde_json::to_vec(&String::from_utf8_lossy(&answer))?)
        });
        let answer = answer.await?;
        if answer == "ok" { Ok(()) } else { Err(refused(self.kind, &answer.to_string())) }
    }

    async fn niri(&self, id: &str) -> Result<(), Fault> {
        let request = format!("{{\"Action\":{{\"FocusWindow\":{{\"id\":{id}}}}}}}\n");
        let answer = wire::ask(self.kind, &self.socket, |mut stream| async move {
            stream.write_all(request.as_bytes()).await?;
            let mut line = Vec::new();
            BufReader::new(stream.take(LONGEST as u64)).read_until(b'\n', &mut line).await?;
            Ok(line)
        });
        let answer = answer.await?;
        if answer["Ok"].is_null() { Err(refused(self.kind, &answer.to_string())) } else { Ok(()) }
    }
}

fn refused(kind: Kind, why: &str) -> Fault {
    Fault::new(FaultKind::Desktop, format!("{} did not focus the window", kind.name()), why.to_owned())
}
