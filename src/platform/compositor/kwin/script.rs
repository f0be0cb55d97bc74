//! One script in KWin: written to a file that only this user reads, loaded, run, and taken away; its answer comes as a call
//! that carries a token which only that script knows, and is taken from nobody but KWin.

use std::io::{Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::mpsc;
use zbus::message::Header;
use zbus::{Connection, connection, fdo, interface};

use super::super::Kind;
use super::super::wire::garbage;
use crate::model::{Fault, FaultKind};

const KWIN: &str = "org.kde.KWin";
const SCRIPTING: &str = "org.kde.kwin.Scripting";
const TEXT: &str = include_str!("script.js");

/// Where answers go.
const PATH: &str = "/org/nerva/KWin";
const INTERFACE: &str = "org.nerva.KWin";

/// A script that says nothing for so long has failed: it takes some milliseconds.
const PATIENCE: Duration = Duration::from_secs(5);

/// Takes the answer.
struct Ear {
    kwin: String,
    token: String,
    heard: mpsc::Sender<String>,
}

#[interface(name = "org.nerva.KWin")]
impl Ear {
    #[allow(clippy::needless_pass_by_value, reason = "the bus hands over what it decoded")]
    fn answer(&self, #[zbus(header)] header: Header<'_>, token: &str, answer: String) -> fdo::Result<()> {
        let is_kwin = header.sender().is_some_and(|sender| sender.as_str() == self.kwin);
        if !is_kwin || token != self.token {
            return Err(fdo::Error::AccessDenied("this is not for you to answer".into()));
        }
        // A second answer is none.
        let _ = self.heard.try_send(answer);
        Ok(())
    }
}

/// The file of a script; it is gone with this.
struct File(PathBuf);

impl File {
    fn write(token: &str, text: &str) -> std::io::Result<Self> {
        let folder = std::env::var_os("XDG_RUNTIME_DIR").map_or_else(std::env::temp_dir, PathBuf::from);
        let file = Self(folder.join(format!("nerva-{token}.js")));
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create_new(true).mode(0o600).open(&file.0)?.write_all(text.as_bytes())?;
        Ok(file)
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Asks KWin on this bus; gives what it told.
pub(super) async fn ask(bus: &Path, order: &Value) -> Result<Value, Fault> {
    let answer = match tokio::time::timeout(PATIENCE, run(bus, order)).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(error)) => {
            let detail = format!("{error}. Where KWin was started anew since, restart nervad inside the new session.");
            return Err(Fault::new(FaultKind::Desktop, "KWin does not run a script", detail));
        }
        Err(_) => {
            let detail = format!("It gave no answer for {} seconds; try again.", PATIENCE.as_secs());
            return Err(Fault::new(FaultKind::Timeout, "KWin is silent", detail));
        }
    };
    let mut answer: Value = serde_json::from_str(&answer).map_err(|error| garbage(Kind::Kwin, &error.to_string()))?;
    match answer["error"].as_str() {
        Some(why) => Err(Fault::new(FaultKind::Desktop, "KWin did not do it", why.to_owned())),
        None => Ok(answer["ok"].take()),
    }
}

async fn run(bus: &Path, order: &Value) -> Result<String, zbus::Error> {
    let address = bus.to_str().ok_or_else(|| zbus::Error::Address("it is no text".into()))?;
    let connection = connection::Builder::address(address)?.build().await?;
    let owner = fdo::DBusProxy::new(&connection).await?.get_name_owner(KWIN.try_into()?).await?;
    let token = token().map_err(|error| zbus::Error::InputOutput(error.into()))?;
    let (heard, mut answers) = mpsc::channel(1);
    connection.object_server().at(PATH, Ear { kwin: owner.to_string(), token: token.clone(), heard }).await?;
    let own = connection.unique_name().map(ToString::to_string).unwrap_or_default();
    let reply = json!({"owner": own, "path": PATH, "interface": INTERFACE, "token": token});
    let text = format!("var order = {};\nvar reply = {};\n{TEXT}", literal(order), literal(&reply));
    let file = File::write(&token, &text).map_err(|error| zbus::Error::InputOutput(error.into()))?;
    let name = format!("nerva-{token}");
    let loaded = Loaded { connection: connection.clone(), name: Some(name.clone()) };
    let path = file.0.to_string_lossy().into_owned();
    let number: i32 =
        call(&connection, "/Scripting", SCRIPTING, "loadScript", &(path, &name)).await?.body().deserialize()?;
    let script = format!("/Scripting/Script{number}");
    call(&connection, &script, "org.kde.kwin.Script", "run", &()).await?;
    let answer = answers.recv().await.ok_or_else(|| zbus::Error::Failure("it said nothing".into()));
    loaded.unload().await;
    answer
}

/// A script that is in KWin; it is taken out also where nobody waits for it any more.
struct Loaded {
    connection: Connection,
    name: Option<String>,
}

impl Loaded {
    async fn unload(mut self) {
        if let Some(name) = self.name.take() {
            // Whatever it says: it has answered, and does nothing any more.
            let _ = call(&self.connection, "/Scripting", SCRIPTING, "unloadScript", &name).await;
        }
    }
}

impl Drop for Loaded {
    fn drop(&mut self) {
        let (Some(name), Ok(runtime)) = (self.name.take(), tokio::runtime::Handle::try_current()) else { return };
        let connection = self.connection.clone();
        runtime.spawn(async move {
            let _ = call(&connection, "/Scripting", SCRIPTING, "unloadScript", &name).await;
        });
    }
}

async fn call<B>(
    connection: &Connection,
    path: &str,
    interface: &str,
    method: &str,
    body: &B,
) -> zbus::Result<zbus::Message>
where
    B: serde::Serialize + zbus::zvariant::DynamicType + Sync,
{
    connection.call_method(Some(KWIN), path, Some(interface), method, body).await
}

/// JSON as a script reads it: two characters that may stand in JSON end a line there.
fn literal(value: &Value) -> String {
    value.to_string().replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029")
}

/// 128 bits that nobody guesses.
fn token() -> std::io::Result<String> {
    let mut bytes = [0; 16];
    std::fs::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
