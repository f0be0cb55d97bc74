//! How full the batteries are: as UPower tells it, else from the kernel.

use std::collections::HashMap;
use std::path::Path;

use zbus::Connection;
use zbus::fdo::PropertiesProxy;
use zbus::names::InterfaceName;
use zbus::zvariant::{OwnedObjectPath, OwnedValue};

const NAME: &str = "org.freedesktop.UPower";
const DEVICE: InterfaceName<'static> = InterfaceName::from_static_str_unchecked("org.freedesktop.UPower.Device");

/// How full they are, in lines.
///
/// # Errors
/// In words: neither UPower nor the kernel tells.
pub async fn status(connection: Option<&Connection>, kernel: &Path) -> Result<String, String> {
    if let Some(connection) = connection
        && let Ok(told) = by_upower(connection).await
    {
        return Ok(told);
    }
    by_kernel(kernel)
}

async fn by_upower(connection: &Connection) -> zbus::Result<String> {
    let upower = zbus::Proxy::new(connection, NAME, "/org/freedesktop/UPower", NAME).await?;
    let devices: Vec<OwnedObjectPath> = upower.call("EnumerateDevices", &()).await?;
    let mut lines = Vec::new();
    for path in devices {
        let properties = PropertiesProxy::builder(connection).destination(NAME)?.path(path)?.build().await?;
        lines.extend(line(&properties.get_all(DEVICE).await?));
    }
    Ok(if lines.is_empty() { "there is no battery".into() } else { lines.join("\n") })
}

fn line(about: &HashMap<String, OwnedValue>) -> Option<String> {
    let number = |key: &str| about.get(key).and_then(|value| value.downcast_ref::<u32>().ok());
    let seconds =
        |key: &str| about.get(key).and_then(|value| value.downcast_ref::<i64>().ok()).filter(|time| *time > 0);
    let text = |key: &str| about.get(key).and_then(|value| value.downcast_ref::<String>().ok()).unwrap_or_default();
    // 1 is the mains, which is never full.
    let kind = match number("Type")? {
        1 => return None,
        2 => "battery".into(),
        5 => "mouse".into(),
        6 => "keyboard".into(),
        8 => "phone".into(),
        _ => "device".to_owned(),
    };
    let percent = about.get("Percentage").and_then(|value| value.downcast_ref::<f64>().ok())?;
    let state = match number("State") {
        Some(1) => "charging",
        Some(2) => "discharging",
        Some(3) => "empty",
        Some(4) => "full",
        _ => "neither charging nor discharging",
    };
    let left = match (seconds("TimeToFull"), seconds("TimeToEmpty")) {
        (Some(time), _) => format!(", full in {}", clock(time)),
        (None, Some(time)) => format!(", empty in {}", clock(time)),
        (None, None) => String::new(),
    };
    let model = text("Model");
    let name = if model.is_empty() { kind } else { format!("{kind} {model}") };
    Some(format!("{name}: {percent:.0} %, {state}{left}"))
}

fn clock(seconds: i64) -> String {
    format!("{}:{:02} h", seconds / 3600, seconds % 3600 / 60)
}

/// `folder` is `/sys/class/power_supply`.
fn by_kernel(folder: &Path) -> Result<String, String> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok("there is no battery".into()),
        Err(error) => return Err(format!("{}: {error}", folder.display())),
    };
    let mut lines = Vec::new();
    for entry in entries.filter_map(Result::ok) {
        let read = |file: &str| std::fs::read_to_string(entry.path().join(file)).unwrap_or_default().trim().to_owned();
        if read("type") == "Battery" {
            let name = entry.file_name().to_string_lossy().into_owned();
            lines.push(format!("{name}: {} %, {}", read("capacity"), read("status").to_lowercase()));
        }
    }
    lines.sort();
    Ok(if lines.is_empty() { "there is no battery".into() } else { lines.join("\n") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernel_tells_of_batteries() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(by_kernel(folder.path()).unwrap(), "there is no battery");
        for (name, kind) in [("AC", "Mains"), ("BAT0", "Battery")] {
            let place = folder.path().join(name);
            std::fs::create_dir(&place).unwrap();
            for (file, content) in [("type", kind), ("capacity", "81"), ("status", "Discharging")] {
                std::fs::write(place.join(file), format!("{content}\n")).unwrap();
            }
        }
        assert_eq!(by_kernel(folder.path()).unwrap(), "BAT0: 81 %, discharging");
    }
}
