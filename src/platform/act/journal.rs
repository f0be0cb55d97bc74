//! The journal, read by journalctl: the systemd library is not linked in.

use std::process::Stdio;
use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{Timestamp, civil};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::Command;

use super::bounded;
use crate::model::{JournalQuery, Manager};

const PATIENCE: Duration = Duration::from_secs(20);
const NOTHING: &str = "there are no lines";
const UNSEEN: &str = "This user may not read all of the system's journal; members of the group systemd-journal may: `sudo usermod -aG systemd-journal $USER` (on NixOS `users.users.NAME.extraGroups = [ \"systemd-journal\" ];`), then log in again";

/// The two times as they are kept, or what is wrong with them; empty where none is given.
///
/// # Errors
/// In words for a model: what is no time, or no range.
pub fn range(since: &str, until: &str) -> Result<(String, String), String> {
    let (from, to) = (moment("since", since)?, moment("until", until)?);
    if from.is_some_and(|from| from > Timestamp::now()) {
        return Err(format!("since, {since}, is in the future"));
    }
    if let (Some(from), Some(to)) = (from, to)
        && from >= to
    {
        return Err(format!("since, {since}, is not before until, {until}"));
    }
    Ok((from.map(local).unwrap_or_default(), to.map(local).unwrap_or_default()))
}

fn moment(name: &str, text: &str) -> Result<Option<Timestamp>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let here = || text.parse::<civil::DateTime>().ok()?.to_zoned_datetime(TimeZone::system()).ok();
    let at = text.parse::<Timestamp>().ok().or_else(|| Some(here()?.timestamp()));
    at.map(Some).ok_or_else(|| {
        format!(
            "{name}, {text:?}, is no time; write it as 2026-01-31T08:00:00+01:00, or as 2026-01-31 08:00 for the user's own time"
        )
    })
}

/// As the clocks here show it.
fn local(at: Timestamp) -> String {
    at.to_zoned_datetime(TimeZone::system()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

/// The newest lines, the newest last, and whether others are hidden from this user.
///
/// # Errors
/// In words: journalctl is not there, or says no.
pub async fn read(query: &JournalQuery) -> Result<String, String> {
    match (lines(query).await, query.manager) {
        (Ok(lines), Manager::System) if hides().await => Ok(format!("{lines}\n({UNSEEN})")),
        (Err(why), _) if why.contains("insufficient permissions") => Err(format!("{why} {UNSEEN}")),
        (told, _) => told,
    }
}

/// Whether the system's journal has lines that this user may not read.
async fn hides() -> bool {
    let mut command = Command::new("journalctl");
    command.args(["--system", "--no-pager", "--lines=0"]).env("LC_ALL", "C").stdin(Stdio::null()).kill_on_drop(true);
    let asked = tokio::time::timeout(PATIENCE, command.output()).await;
    asked.is_ok_and(|output| {
        output.is_ok_and(|output| String::from_utf8_lossy(&output.stderr).contains("not seeing messages"))
    })
}

async fn lines(query: &JournalQuery) -> Result<String, String> {
    let mut command = Command::new("journalctl");
    command.args([format!("--{}", query.manager.word()), "--no-pager".into(), "--quiet".into()]);
    match moment("since", &query.since)? {
        Some(at) => command.arg(format!("--since=@{}", at.as_second())),
        None => command.arg(format!("--since=-{}min", query.minutes)),
    };
    if let Some(at) = moment("until", &query.until)? {
        command.arg(format!("--until=@{}", at.as_second()));
    }
    if let Some(least) = query.priority {
        command.arg(format!("--priority={}", least.word()));
    }
    if !query.unit.is_empty() {
        command.arg(format!("--unit={}", query.unit));
    }
    command.stdin(Stdio::null()).stderr(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
    if !query.text.is_empty() {
        return found(command, &query.text, query.lines as usize).await;
    }
    command.args(["--output=short-iso".into(), format!("--lines={}", query.lines)]);
    let output = match tokio::time::timeout(PATIENCE, command.output()).await {
        Ok(Ok(output)) => output,
        Ok(Err(error)) => return Err(format!("journalctl can't be started: {error}")),
        Err(_) => return Err(format!("journalctl did not answer within {} s", PATIENCE.as_secs())),
    };
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).trim().to_owned());
    }
    let text = String::from_utf8_lossy(&output.stdout);
    Ok(if text.trim().is_empty() { NOTHING.into() } else { bounded(&text) })
}

/// Those whose message contains a text. It is compared here: journalctl knows patterns only, and not everywhere.
async fn found(mut command: Command, text: &str, most: usize) -> Result<String, String> {
    command.args(["--output=json", "--all", "--reverse"]);
    command.arg("--output-fields=MESSAGE,SYSLOG_IDENTIFIER,_COMM,_PID");
    let mut child = command.spawn().map_err(|error| format!("journalctl can't be started: {error}"))?;
    let stdout = child.stdout.take().ok_or("its pipe is not there")?;
    let wanted = text.to_lowercase();
    let mut lines = Vec::new();
    let looking = async {
        let mut entries = BufReader::new(stdout).split(b'\n');
        while let Ok(Some(entry)) = entries.next_segment().await {
            let Ok(entry) = serde_json::from_slice::<Value>(&entry) else { continue };
            let said = message(&entry["MESSAGE"]);
            if said.to_lowercase().contains(&wanted) {
                lines.push(told(&entry, &said));
                if lines.len() >= most {
                    return true;
                }
            }
        }
        false
    };
    let Ok(enough) = tokio::time::timeout(PATIENCE, looking).await else {
        let far =
            format!("not everything was looked at within {} s; ask for a shorter time or a unit", PATIENCE.as_secs());
        return Ok(bounded(
            &lines.iter().rev().map(String::as_str).chain([far.as_str()]).collect::<Vec<_>>().join("\n"),
        ));
    };
    if !enough {
        let output = child.wait_with_output().await.map_err(|error| format!("journalctl: {error}"))?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).trim().to_owned());
        }
    }
    lines.reverse();
    Ok(if lines.is_empty() { NOTHING.into() } else { bounded(&lines.join("\n")) })
}

/// A message; what is no text comes as its bytes.
fn message(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(bytes) => {
            let bytes: Vec<u8> = bytes.iter().filter_map(|byte| u8::try_from(byte.as_u64()?).ok()).collect();
            String::from_utf8_lossy(&bytes).into_owned()
        }
        _ => String::new(),
    }
}

fn told(entry: &Value, said: &str) -> String {
    let field = |name: &str| entry[name].as_str().unwrap_or_default();
    let micros = field("__REALTIME_TIMESTAMP").parse().ok();
    let at = micros.and_then(|micros| Timestamp::from_microsecond(micros).ok()).map(local).unwrap_or_default();
    let who = if entry["SYSLOG_IDENTIFIER"].is_string() { field("SYSLOG_IDENTIFIER") } else { field("_COMM") };
    format!("{at} {who}[{}]: {said}", field("_PID"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_and_bad_ranges_are_said() {
        let (since, until) = range("2024-01-31T08:00:00+01:00", "2024-01-31T07:30:00Z").unwrap();
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        assert_eq!((at(&since), at(&until)), (at("2024-01-31T07:00:00Z"), at("2024-01-31T07:30:00Z")));
        let (here, none) = range("2024-01-31 08:00", "").unwrap();
        assert!(here.starts_with("2024-01-31T08:00:00") && none.is_empty(), "{here}");
        assert_eq!(range(&here, "").unwrap().0, here, "what was prepared is prepared as it is");
        assert_eq!(range("", "").unwrap(), (String::new(), String::new()));
        for (since, until, said) in [
            ("yesterday", "", "since, \"yesterday\", is no time"),
            ("2024-02-30 08:00", "", "is no time"),
            ("-5min", "", "is no time"),
            ("2024-01-31 08:00", "@1", "until, \"@1\", is no time"),
            ("2024-01-31 08:00", "2024-01-31 07:00", "not before until"),
            ("2024-01-31 08:00", "2024-01-31 08:00", "not before until"),
            ("2999-01-01 00:00", "", "in the future"),
        ] {
            let told = range(since, until).unwrap_err();
            assert!(told.contains(said), "{since} {until}: {told}");
        }
    }

    /// A program in journalctl's place: what it is told, and entries as it writes them, the newest first.
    #[tokio::test]
    async fn a_text_is_looked_for_in_messages_only_and_is_no_pattern() {
        let entries = [
            r#"{"__REALTIME_TIMESTAMP":"1769842800000003","SYSLOG_IDENTIFIER":"shop","_PID":"7","MESSAGE":"A.B last"}"#,
            r#"{"__REALTIME_TIMESTAMP":"1769842800000002","SYSLOG_IDENTIFIER":"a.b","_PID":"7","MESSAGE":"axb"}"#,
            r#"{"__REALTIME_TIMESTAMP":"1769842800000001","_COMM":"sh","_PID":"8","MESSAGE":[97,46,98,255]}"#,
            r#"{"__REALTIME_TIMESTAMP":"1769842800000000","SYSLOG_IDENTIFIER":"shop","_PID":"7","MESSAGE":"first a.b\nand more"}"#,
            r#"{"__REALTIME_TIMESTAMP":"1769842800000000","MESSAGE":null}"#,
        ];
        let printed = |entries: &[&str]| {
            let mut command = Command::new("sh");
            command.args(["-c", "printf '%s\\n' \"$ENTRIES\"; exit $CODE", "sh"]).env("ENTRIES", entries.join("\n"));
            command.env("CODE", "0").stdout(Stdio::piped()).stderr(Stdio::piped());
            command
        };
        let all = found(printed(&entries), "a.B", 9).await.unwrap();
        let told: Vec<&str> = all.lines().collect();
        assert!(told.len() == 4 && told[0].ends_with("shop[7]: first a.b") && told[1] == "and more", "{all}");
        assert!(told[2].contains("sh[8]: a.b") && told[3].ends_with("shop[7]: A.B last"), "{all}");
        let newest = found(printed(&entries), "a.b", 1).await.unwrap();
        assert!(newest.ends_with("A.B last") && newest.lines().count() == 1, "{newest}");
        assert_eq!(found(printed(&entries), "none", 9).await.unwrap(), NOTHING);
        let mut failing = printed(&[]);
        failing.env("CODE", "3");
        assert!(found(failing, "x", 9).await.is_err());
    }
}
