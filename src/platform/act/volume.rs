//! The volume of the sound, by `wpctl` of WirePlumber: PipeWire's own interface tells streams, not which of them is meant.

use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;

use crate::model::Availability;

const PROGRAM: &str = "wpctl";
const SINK: &str = "@DEFAULT_AUDIO_SINK@";
const PATIENCE: Duration = Duration::from_secs(5);

async fn wpctl(words: &[&str]) -> Result<String, String> {
    let output = Command::new(PROGRAM).args(words).stdin(Stdio::null()).kill_on_drop(true).output();
    match tokio::time::timeout(PATIENCE, output).await {
        // Where there is nothing to play on it says so, and that all is well.
        Ok(Ok(output)) if output.status.success() && (output.stderr.is_empty() || !output.stdout.is_empty()) => {
            Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
        }
        Ok(Ok(output)) => {
            let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            Err(format!("wpctl says no: {said}. Is PipeWire running, and is there something to play on?"))
        }
        Ok(Err(error)) => Err(format!("wpctl can't be started: {error}")),
        Err(_) => Err("PipeWire does not answer".into()),
    }
}

/// How loud it is, in words.
///
/// # Errors
/// In words: there is no PipeWire, or nothing to play on.
pub async fn get() -> Result<String, String> {
    told(&wpctl(&["get-volume", SINK]).await?)
}

/// `Volume: 0.40 [MUTED]`
fn told(line: &str) -> Result<String, String> {
    let mut words = line.strip_prefix("Volume:").unwrap_or_default().split_whitespace();
    let share = words.next().and_then(|share| share.parse::<f64>().ok());
    let share = share.ok_or_else(|| format!("wpctl says what Nerva does not understand: {line:?}"))?;
    let muted = if words.any(|word| word == "[MUTED]") { ", muted" } else { "" };
    Ok(format!("{:.0} %{muted}", share * 100.0))
}

/// Sets the volume in per cent, mutes, or both; gives what it is then.
///
/// # Errors
/// In words.
pub async fn set(percent: Option<u32>, muted: Option<bool>) -> Result<String, String> {
    if let Some(percent) = percent {
        wpctl(&["set-volume", SINK, &format!("{:.2}", f64::from(percent) / 100.0)]).await?;
    }
    if let Some(muted) = muted {
        wpctl(&["set-mute", SINK, if muted { "1" } else { "0" }]).await?;
    }
    get().await
}

/// Whether the volume can be set here; asks for it.
pub async fn is_available() -> Availability {
    match get().await {
        Ok(volume) => Availability::usable(format!("wpctl, {volume}")),
        Err(why) => {
            Availability::unusable(why, "install WirePlumber and start PipeWire; the volume is left alone until then")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_wpctl_says_is_read() {
        assert_eq!(told("Volume: 0.40"), Ok("40 %".into()));
        assert_eq!(told("Volume: 1.00 [MUTED]"), Ok("100 %, muted".into()));
        assert!(told("Volume:").is_err() && told("").is_err());
    }
}
