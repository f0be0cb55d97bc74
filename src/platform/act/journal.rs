//! The journal, read by journalctl: the systemd library is not linked in.

use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;

use super::bounded;
use crate::model::Manager;

const PATIENCE: Duration = Duration::from_secs(20);

/// The newest lines.
///
/// # Errors
/// In words: journalctl is not there, or says no.
pub async fn read(manager: Manager, unit: &str, minutes: u32, lines: u32) -> Result<String, String> {
    let mut command = Command::new("journalctl");
    command.args([format!("--{}", manager.word()), "--no-pager".into(), "--quiet".into(), "--output=short-iso".into()]);
    command.args([format!("--since=-{minutes}min"), format!("--lines={lines}")]);
    if !unit.is_empty() {
        command.arg(format!("--unit={unit}"));
    }
    command.stdin(Stdio::null()).kill_on_drop(true);
    let output = match tokio::time::timeout(PATIENCE, command.output()).await {
        Ok(Ok(output)) => output,
        Ok(Err(error)) => return Err(format!("journalctl can't be started: {error}")),
        Err(_) => return Err(format!("journalctl did not answer within {} s", PATIENCE.as_secs())),
    };
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).trim().to_owned());
    }
    let text = String::from_utf8_lossy(&output.stdout);
    Ok(if text.trim().is_empty() { "there are no lines".into() } else { bounded(&text) })
}
