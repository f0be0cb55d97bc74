//! A systemd scope for each started program, so that it outlives Nerva and its memory is counted as its own
//! (Desktop Environment section of systemd's documentation: `app-<launcher>-<application>-<number>.scope`).

use std::fmt::Write;
use std::path::Path;
use std::time::Duration;

use tokio::time::timeout;
use zbus::Connection;
use zbus::zvariant::Value;

use super::Bus;
use crate::model::{Availability, LaunchSpec};

const SYSTEMD: &str = "org.freedesktop.systemd1";
/// systemd answers at once or not at all.
const ANSWER: Duration = Duration::from_secs(3);
/// Unit names have at most 255 bytes.
const LONGEST_ID: usize = 200;

/// Moves a process into a scope of its own; the reason when it stays where it is.
pub async fn adopt(bus: &Bus, spec: &LaunchSpec, pid: u32) -> Result<(), String> {
    let adopting = async {
        let connection = bus.connect().await?;
        if !has_owner(&connection).await? {
            return Err(zbus::Error::Failure("there is no systemd user manager on the session bus".into()));
        }
        let unit = unit_name(&spec.id, pid);
        let properties: Vec<(&str, Value<'_>)> = vec![
            ("PIDs", Value::from(vec![pid])),
            ("Slice", Value::from("app.slice")),
            ("Description", Value::from(spec.name.as_str())),
            // A program that failed leaves no unit behind.
            ("CollectMode", Value::from("inactive-or-failed")),
        ];
        let auxiliary: Vec<(&str, Vec<(&str, Value<'_>)>)> = Vec::new();
        let body = (unit.as_str(), "fail", properties, auxiliary);
        let manager = Some("org.freedesktop.systemd1.Manager");
        connection
            .call_method(Some(SYSTEMD), "/org/freedesktop/systemd1", manager, "StartTransientUnit", &body)
            .await
            .map(|_| ())
    };
    match timeout(ANSWER, adopting).await {
        Ok(adopted) => adopted.map_err(|error| error.to_string()),
        Err(_) => Err("systemd does not answer".into()),
    }
}

/// Whether there is a systemd user manager.
pub fn is_available() -> Availability {
    let next_step = "Programs are started as plain processes instead and end with nervad.service if it kills its group";
    match std::env::var_os("XDG_RUNTIME_DIR") {
        None => Availability::unusable("XDG_RUNTIME_DIR is not set", next_step),
        Some(dir) => {
            let socket = Path::new(&dir).join("systemd/private");
            if socket.exists() {
                Availability::usable(format!("the systemd user manager at {}", socket.display()))
            } else {
                Availability::unusable("no systemd user manager runs", next_step)
            }
        }
    }
}

async fn has_owner(connection: &Connection) -> zbus::Result<bool> {
    // Asked first, because a call would make the bus try to start systemd.
    let bus = "org.freedesktop.DBus";
    let reply =
        connection.call_method(Some(bus), "/org/freedesktop/DBus", Some(bus), "NameHasOwner", &(SYSTEMD,)).await?;
    reply.body().deserialize()
}

fn unit_name(id: &str, pid: u32) -> String {
    format!("app-nerva-{}-{pid}.scope", escape(id))
}

/// As `systemd-escape` does; `-` as well, because it divides the parts of the name.
fn escape(id: &str) -> String {
    let mut escaped = String::new();
    for (at, byte) in id.bytes().enumerate() {
        if escaped.len() >= LONGEST_ID {
            break;
        }
        match byte {
            b'.' if at == 0 => escaped.push_str("\\x2e"),
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b':' | b'_' | b'.' => escaped.push(char::from(byte)),
            // Writing to a string does not fail.
            other => drop(write!(escaped, "\\x{other:02x}")),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unit_names_are_escaped() {
        let table = [
            ("org.mozilla.firefox", "app-nerva-org.mozilla.firefox-7.scope"),
            ("gnome-calculator", "app-nerva-gnome\\x2dcalculator-7.scope"),
            (".a b/é", "app-nerva-\\x2ea\\x20b\\x2f\\xc3\\xa9-7.scope"),
        ];
        for (id, expected) in table {
            assert_eq!(unit_name(id, 7), expected);
        }
        assert!(unit_name(&"é".repeat(500), u32::MAX).len() <= 255);
    }
}
