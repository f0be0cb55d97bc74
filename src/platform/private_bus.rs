//! A session bus of a test's own.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;
use zbus::Connection;

/// Its daemon ends with this.
pub struct PrivateBus {
    daemon: Child,
    /// Where it listens.
    pub address: String,
    _folder: TempDir,
}

impl PrivateBus {
    /// Starts one.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("bus.conf");
        let text = format!(
            "<busconfig><type>session</type><listen>unix:dir={}</listen><policy context=\"default\">\
             <allow send_destination=\"*\"/><allow receive_sender=\"*\"/><allow own=\"*\"/><allow user=\"*\"/>\
             </policy></busconfig>",
            folder.path().display()
        );
        std::fs::write(&config, text).unwrap();
        let mut daemon = Command::new("dbus-daemon")
            .arg(format!("--config-file={}", config.display()))
            .args(["--nofork", "--print-address=1"])
            .stdout(Stdio::piped())
            .spawn()
            .expect("dbus-daemon is installed");
        let mut address = String::new();
        BufReader::new(daemon.stdout.take().unwrap()).read_line(&mut address).unwrap();
        Self { daemon, address: address.trim().to_owned(), _folder: folder }
    }

    /// Serves `object` as `name` until the connection is dropped.
    pub async fn serve<I: zbus::object_server::Interface>(&self, name: &str, path: &str, object: I) -> Connection {
        let builder = zbus::connection::Builder::address(self.address.as_str()).unwrap();
        builder.name(name.to_owned()).unwrap().serve_at(path.to_owned(), object).unwrap().build().await.unwrap()
    }
}

impl Drop for PrivateBus {
    fn drop(&mut self) {
        let _ = self.daemon.kill();
        let _ = self.daemon.wait();
    }
}
