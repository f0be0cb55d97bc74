//! Media players (MPRIS): what each plays, and the few things that all of them can be told.

use std::collections::HashMap;
use std::time::Duration;

use zbus::Connection;
use zbus::fdo::{DBusProxy, PropertiesProxy};
use zbus::names::InterfaceName;
use zbus::zvariant::{OwnedObjectPath, OwnedValue, Value};

use crate::model::MediaVerb;

const PREFIX: &str = "org.mpris.MediaPlayer2.";
const PATH: &str = "/org/mpris/MediaPlayer2";
const PLAYER: InterfaceName<'static> = InterfaceName::from_static_str_unchecked("org.mpris.MediaPlayer2.Player");
/// A player that is silent for so long is passed over.
const PATIENCE: Duration = Duration::from_secs(3);

type All = HashMap<String, OwnedValue>;

/// A player, and what it said of itself.
struct Player {
    name: String,
    all: All,
}

fn wrong(error: &zbus::Error) -> String {
    format!("the session bus says no: {error}")
}

async fn of(connection: &Connection, name: &str) -> zbus::Result<All> {
    let properties =
        PropertiesProxy::builder(connection).destination(format!("{PREFIX}{name}"))?.path(PATH)?.build().await?;
    Ok(properties.get_all(PLAYER).await?)
}

async fn players(connection: &Connection) -> Result<Vec<Player>, String> {
    let names = async { DBusProxy::new(connection).await?.list_names().await.map_err(zbus::Error::from) };
    let names = names.await.map_err(|error| wrong(&error))?;
    let mut found = Vec::new();
    for name in names.iter().filter_map(|name| name.strip_prefix(PREFIX)) {
        // One that hangs must not hide the others.
        if let Ok(Ok(all)) = tokio::time::timeout(PATIENCE, of(connection, name)).await {
            found.push(Player { name: name.to_owned(), all });
        }
    }
    found.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(found)
}

fn text(value: &Value<'_>) -> Option<String> {
    match value {
        Value::Str(text) => Some(text.to_string()),
        Value::Array(list) => {
            let all: Vec<String> = list.iter().filter_map(text).collect();
            (!all.is_empty()).then(|| all.join(", "))
        }
        Value::Value(inner) => text(inner),
        _ => None,
    }
    .filter(|text| !text.is_empty())
}

fn micros(value: &Value<'_>) -> Option<i64> {
    match value {
        Value::I64(number) => Some(*number),
        // Some players say it so.
        Value::U64(number) => i64::try_from(*number).ok(),
        Value::Value(inner) => micros(inner),
        _ => None,
    }
}

fn clock(micros: i64) -> String {
    let seconds = micros / 1_000_000;
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

impl Player {
    fn metadata(&self) -> HashMap<String, OwnedValue> {
        let value = self.all.get("Metadata").and_then(|value| value.try_clone().ok());
        value.and_then(|value| HashMap::try_from(value).ok()).unwrap_or_default()
    }

    fn status(&self) -> String {
        self.all.get("PlaybackStatus").and_then(|value| text(value)).unwrap_or_else(|| "unknown".into()).to_lowercase()
    }

    fn can(&self, what: &str) -> bool {
        // What a player does not say it is believed to be able to.
        self.all.get(what).and_then(|value| value.downcast_ref::<bool>().ok()).unwrap_or(true)
    }

    fn line(&self) -> String {
        let metadata = self.metadata();
        let field = |key: &str| metadata.get(key).and_then(|value| text(value));
        let mut line = format!("{}: {}", self.name, self.status());
        if let Some(title) = field("xesam:title") {
            line.push_str(&format!(", {title}"));
        }
        for (word, key) in [("by", "xesam:artist"), ("from", "xesam:album")] {
            if let Some(value) = field(key) {
                line.push_str(&format!(" {word} {value}"));
            }
        }
        let length = metadata.get("mpris:length").and_then(|value| micros(value));
        match (self.all.get("Position").and_then(|value| micros(value)), length) {
            (Some(at), Some(length)) => line.push_str(&format!(", at {} of {}", clock(at), clock(length))),
            (Some(at), None) => line.push_str(&format!(", at {}", clock(at))),
            (None, _) => {}
        }
        line
    }
}

/// All players, a line each.
///
/// # Errors
/// In words: the bus does not answer.
pub async fn list(connection: &Connection) -> Result<String, String> {
    let players = players(connection).await?;
    Ok(if players.is_empty() {
        "no media player is there".into()
    } else {
        players.iter().map(Player::line).collect::<Vec<_>>().join("\n")
    })
}

/// The player that is meant: by its name, else the one that plays, else the only one.
///
/// # Errors
/// In words: there is none, or it can't be told which.
pub async fn choose(connection: &Connection, wanted: &str) -> Result<String, String> {
    let players = players(connection).await?;
    let names = || players.iter().map(|player| player.name.clone()).collect::<Vec<_>>().join(", ");
    if players.is_empty() {
        return Err("no media player is there".into());
    }
    if !wanted.is_empty() {
        let exact = players.iter().find(|player| player.name == wanted);
        return exact
            .map(|player| player.name.clone())
            .ok_or_else(|| format!("there is no player {wanted}; there are {}", names()));
    }
    let mut playing = players.iter().filter(|player| player.status() == "playing");
    match (playing.next(), playing.next(), players.as_slice()) {
        (Some(one), None, _) | (None, _, [one]) => Ok(one.name.clone()),
        _ => Err(format!("there are several players, name one: {}", names())),
    }
}

/// Tells a player something.
///
/// # Errors
/// In words: it is gone, can't do this, or says no.
pub async fn control(connection: &Connection, name: &str, verb: MediaVerb, seconds: u32) -> Result<String, String> {
    let all = of(connection, name).await.map_err(|error| format!("{name} does not answer: {error}"))?;
    let player = Player { name: name.to_owned(), all };
    let (method, needs) = match verb {
        MediaVerb::Play => ("Play", "CanPlay"),
        MediaVerb::Pause => ("Pause", "CanPause"),
        MediaVerb::Toggle => ("PlayPause", "CanPause"),
        MediaVerb::Stop => ("Stop", "CanControl"),
        MediaVerb::Next => ("Next", "CanGoNext"),
        MediaVerb::Previous => ("Previous", "CanGoPrevious"),
        MediaVerb::Position => ("SetPosition", "CanSeek"),
    };
    if !player.can(needs) || !player.can("CanControl") {
        return Err(format!("{name} can't do that now"));
    }
    let call = async {
        let proxy = zbus::Proxy::new(connection, format!("{PREFIX}{name}"), PATH, PLAYER).await?;
        if verb == MediaVerb::Position {
            let metadata = player.metadata();
            let track = metadata.get("mpris:trackid").and_then(|value| value.try_clone().ok());
            let track: Option<OwnedObjectPath> = track.and_then(|value| {
                let named = value.downcast_ref::<String>().ok().and_then(|path| OwnedObjectPath::try_from(path).ok());
                named.or_else(|| OwnedObjectPath::try_from(value).ok())
            });
            let track = track.ok_or_else(|| zbus::Error::Failure("it does not say which piece it plays".into()))?;
            return proxy.call_method(method, &(track, i64::from(seconds) * 1_000_000)).await.map(drop);
        }
        proxy.call_method(method, &()).await.map(drop)
    };
    match tokio::time::timeout(PATIENCE, call).await {
        Ok(Ok(())) => Ok(format!("{name} was told: {}", verb.word())),
        Ok(Err(error)) => Err(format!("{name} says no: {error}")),
        Err(_) => Err(format!("{name} does not answer")),
    }
}
