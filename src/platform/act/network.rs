//! How this machine is connected: as NetworkManager tells it, else from the kernel.

use std::collections::HashMap;
use std::path::Path;

use zbus::Connection;
use zbus::fdo::PropertiesProxy;
use zbus::names::InterfaceName;
use zbus::zvariant::{OwnedObjectPath, OwnedValue};

const NAME: &str = "org.freedesktop.NetworkManager";
const MANAGER: InterfaceName<'static> = InterfaceName::from_static_str_unchecked("org.freedesktop.NetworkManager");
const ACTIVE: InterfaceName<'static> =
    InterfaceName::from_static_str_unchecked("org.freedesktop.NetworkManager.Connection.Active");

async fn all(
    connection: &Connection,
    path: OwnedObjectPath,
    interface: InterfaceName<'static>,
) -> zbus::Result<HashMap<String, OwnedValue>> {
    let properties = PropertiesProxy::builder(connection).destination(NAME)?.path(path)?.build().await?;
    Ok(properties.get_all(interface).await?)
}

/// How it is connected, in lines.
///
/// # Errors
/// In words: neither NetworkManager nor the kernel tells.
pub async fn status(connection: Option<&Connection>, kernel: &Path) -> Result<String, String> {
    if let Some(connection) = connection
        && let Ok(told) = by_manager(connection).await
    {
        return Ok(told);
    }
    by_kernel(kernel)
}

async fn by_manager(connection: &Connection) -> zbus::Result<String> {
    let root = OwnedObjectPath::try_from("/org/freedesktop/NetworkManager").map_err(zbus::Error::from)?;
    let about = all(connection, root, MANAGER).await?;
    let number = |key: &str| about.get(key).and_then(|value| value.downcast_ref::<u32>().ok()).unwrap_or(0);
    let state = match number("State") {
        70 => "connected",
        60 => "connected to this site only",
        50 => "connected to this machine's network only",
        40 => "connecting",
        30 => "disconnecting",
        20 => "not connected",
        10 => "networking is off",
        _ => "unknown",
    };
    let reach = match number("Connectivity") {
        4 => ", the internet is reached",
        3 => ", the internet is not reached",
        2 => ", a sign-in page is in the way",
        1 => ", nothing is reached",
        _ => "",
    };
    let mut lines = vec![format!("{state}{reach}")];
    let active = about.get("ActiveConnections").and_then(|value| value.try_clone().ok());
    let active: Vec<OwnedObjectPath> = active.and_then(|value| value.try_into().ok()).unwrap_or_default();
    for path in active {
        // One that ended meanwhile is left out.
        let Ok(about) = all(connection, path, ACTIVE).await else { continue };
        let text = |key: &str| about.get(key).and_then(|value| value.downcast_ref::<String>().ok()).unwrap_or_default();
        let yes = |key: &str| about.get(key).is_some_and(|value| value.downcast_ref::<bool>() == Ok(true));
        let vpn = if yes("Vpn") { ", a VPN" } else { "" };
        let default = if yes("Default") { ", the default way" } else { "" };
        lines.push(format!("{} ({}{vpn}{default})", text("Id"), text("Type")));
    }
    Ok(lines.join("\n"))
}

/// `folder` is `/sys/class/net`.
fn by_kernel(folder: &Path) -> Result<String, String> {
    let entries = std::fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut lines = Vec::new();
    for entry in entries.filter_map(Result::ok) {
        let name = entry.file_name().to_string_lossy().into_owned();
        let read = |file: &str| std::fs::read_to_string(entry.path().join(file)).unwrap_or_default().trim().to_owned();
        if name == "lo" {
            continue;
        }
        let kind = if entry.path().join("wireless").is_dir() { "wireless" } else { "not wireless" };
        lines.push(format!("{name}: {} ({kind})", read("operstate")));
    }
    lines.sort();
    Ok(if lines.is_empty() { "there is no network interface".into() } else { lines.join("\n") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernel_tells_of_interfaces() {
        let folder = tempfile::tempdir().unwrap();
        for (name, state) in [("lo", "unknown"), ("wlan0", "up"), ("eth0", "down")] {
            std::fs::create_dir(folder.path().join(name)).unwrap();
            std::fs::write(folder.path().join(name).join("operstate"), format!("{state}\n")).unwrap();
        }
        std::fs::create_dir(folder.path().join("wlan0/wireless")).unwrap();
        assert_eq!(by_kernel(folder.path()).unwrap(), "eth0: down (not wireless)\nwlan0: up (wireless)");
        assert!(by_kernel(&folder.path().join("none")).is_err());
    }
}
