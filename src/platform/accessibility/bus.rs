//! The accessibility bus: who is on it, and the questions that are asked of an element.

use std::time::{Duration, Instant};

use zbus::zvariant::{DynamicType, OwnedObjectPath, OwnedValue, Type};
use zbus::{Connection, connection};

use crate::model::Area;

/// A program that answers later than this hangs.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long all of it may take.
const WHOLE: Duration = Duration::from_secs(8);

/// As many children are asked for in one question; of more, the first ones one by one.
pub(super) const CHILDREN: usize = 200;

/// The role whose text is never read.
const PASSWORD: u32 = 40;

/// An element: whose it is, and its object.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Reference {
    /// The unique name of a connection.
    pub(super) owner: String,
    path: OwnedObjectPath,
}

impl From<(String, OwnedObjectPath)> for Reference {
    fn from((owner, path): (String, OwnedObjectPath)) -> Self {
        Self { owner, path }
    }
}

impl Reference {
    /// Whether it stands for no element.
    pub(super) fn is_null(&self) -> bool {
        self.owner.is_empty() || self.path.as_str() == "/org/a11y/atspi/null"
    }
}

/// The bus, for one reading.
pub(super) struct Bus {
    connection: Connection,
    ends: Instant,
}

/// What an element is.
pub(super) struct Kind {
    /// In words.
    pub(super) role: String,
    /// Its text is never read.
    pub(super) is_password: bool,
    /// Bits by the numbers of states.
    pub(super) states: u64,
    interfaces: Vec<String>,
}

impl Kind {
    pub(super) fn has(&self, state: u32) -> bool {
        self.states & (1 << state) != 0
    }

    pub(super) fn offers(&self, interface: &str) -> bool {
        self.interfaces.iter().any(|known| known.strip_prefix("org.a11y.atspi.") == Some(interface))
    }
}

impl Bus {
    /// The bus that the session bus names; it starts when it is asked for.
    pub(super) async fn connect() -> Result<Self, String> {
        let connected = async {
            let address = match std::env::var("AT_SPI_BUS_ADDRESS") {
                Ok(address) if !address.is_empty() => address,
                _ => {
                    let session = Connection::session().await?;
                    let at = "/org/a11y/bus";
                    let answer = session.call_method(Some("org.a11y.Bus"), at, Some("org.a11y.Bus"), "GetAddress", &());
                    answer.await?.body().deserialize::<String>()?
                }
            };
            connection::Builder::address(address.as_str())?.method_timeout(PATIENCE).build().await
        };
        match tokio::time::timeout(PATIENCE, connected).await {
            Ok(Ok(connection)) => Ok(Self { connection, ends: Instant::now() + WHOLE }),
            Ok(Err(error)) => {
                Err(format!("the accessibility bus is not there: {error}; `nerva doctor` says what to do"))
            }
            Err(_) => Err("the accessibility bus does not answer; log in again, or use screen_look instead".into()),
        }
    }

    /// Over a connection that is there.
    #[cfg(test)]
    pub(super) fn over(connection: Connection) -> Self {
        Self { connection, ends: Instant::now() + WHOLE }
    }

    /// Whether the time for the whole reading is over.
    pub(super) fn is_over(&self) -> bool {
        Instant::now() >= self.ends
    }

    /// The programs that tell of themselves.
    pub(super) async fn programs(&self) -> Result<Vec<Reference>, String> {
        let path = OwnedObjectPath::try_from("/org/a11y/atspi/accessible/root").map_err(|error| error.to_string())?;
        let root = Reference { owner: "org.a11y.atspi.Registry".into(), path };
        self.children(&root).await.ok_or_else(|| {
            "the registry of the accessibility bus does not answer; log in again, or use screen_look instead".into()
        })
    }

    /// The process of a program, as the bus knows it.
    pub(super) async fn process(&self, of: &Reference) -> Option<u32> {
        let bus = zbus::fdo::DBusProxy::new(&self.connection).await.ok()?;
        let name = zbus::names::BusName::try_from(of.owner.as_str()).ok()?;
        bus.get_connection_unix_process_id(name).await.ok()
    }

    /// What it is; `None` where it does not answer, as one that is gone.
    pub(super) async fn kind(&self, of: &Reference) -> Option<Kind> {
        let (role, number, states, interfaces) = tokio::join!(
            self.call::<_, String>(of, "Accessible", "GetRoleName", &()),
            self.call::<_, u32>(of, "Accessible", "GetRole", &()),
            self.call::<_, Vec<u32>>(of, "Accessible", "GetState", &()),
            self.call::<_, Vec<String>>(of, "Accessible", "GetInterfaces", &()),
        );
        let (role, number) = (role.unwrap_or_default(), number?);
        let states = states?;
        let part = |at: usize| u64::from(states.get(at).copied().unwrap_or_default());
        Some(Kind {
            is_password: number == PASSWORD || role.to_lowercase().contains("password"),
            role,
            states: part(0) | part(1) << 32,
            interfaces: interfaces.unwrap_or_default(),
        })
    }

    /// What it is called.
    pub(super) async fn name(&self, of: &Reference) -> Option<String> {
        String::try_from(self.property(of, "Accessible", "Name").await?).ok()
    }

    /// Its number, as a slider has one.
    pub(super) async fn value(&self, of: &Reference) -> Option<f64> {
        f64::try_from(self.property(of, "Value", "CurrentValue").await?).ok()
    }

    /// The beginning of its text, and how many characters there are.
    pub(super) async fn text(&self, of: &Reference, most: i32) -> Option<(String, i32)> {
        let count = i32::try_from(self.property(of, "Text", "CharacterCount").await?).ok()?;
        let text = self.call(of, "Text", "GetText", &(0_i32, count.min(most))).await?;
        Some((text, count))
    }

    /// Where it is in its window, in logical pixels.
    pub(super) async fn area(&self, of: &Reference) -> Option<Area> {
        const IN_WINDOW: u32 = 1;
        let ((x, y, width, height),): ((i32, i32, i32, i32),) =
            self.call(of, "Component", "GetExtents", &(IN_WINDOW,)).await?;
        let [x, y, width, height] = [x, y, width, height].map(f64::from);
        (width > 0.0 && height > 0.0).then_some(Area { x, y, width, height })
    }

    /// Its children. Of very many only the first; see [`Self::count`].
    pub(super) async fn children(&self, of: &Reference) -> Option<Vec<Reference>> {
        let count = self.count(of).await?;
        let found: Vec<(String, OwnedObjectPath)> = if count <= CHILDREN {
            self.call(of, "Accessible", "GetChildren", &()).await?
        } else {
            let each = (0..CHILDREN as i32)
                .map(|at| async move { self.call(of, "Accessible", "GetChildAtIndex", &(at,)).await });
            futures::future::join_all(each).await.into_iter().flatten().collect()
        };
        Some(found.into_iter().map(Reference::from).filter(|child| !child.is_null()).take(CHILDREN).collect())
    }

    /// How many children it says it has.
    pub(super) async fn count(&self, of: &Reference) -> Option<usize> {
        let count = i32::try_from(self.property(of, "Accessible", "ChildCount").await?).ok()?;
        Some(usize::try_from(count).unwrap_or_default())
    }

    async fn property(&self, of: &Reference, interface: &str, name: &str) -> Option<OwnedValue> {
        let body = (format!("org.a11y.atspi.{interface}"), name);
        self.ask(of, "org.freedesktop.DBus.Properties", "Get", &body).await
    }

    async fn call<B, R>(&self, of: &Reference, interface: &str, method: &str, body: &B) -> Option<R>
    where
        B: serde::Serialize + DynamicType + Sync,
        R: serde::de::DeserializeOwned + Type,
    {
        self.ask(of, &format!("org.a11y.atspi.{interface}"), method, body).await
    }

    async fn ask<B, R>(&self, of: &Reference, interface: &str, method: &str, body: &B) -> Option<R>
    where
        B: serde::Serialize + DynamicType + Sync,
        R: serde::de::DeserializeOwned + Type,
    {
        let left = self.ends.saturating_duration_since(Instant::now()).min(PATIENCE);
        let called = self.connection.call_method(Some(of.owner.as_str()), &of.path, Some(interface), method, body);
        let answer = tokio::time::timeout(left, called).await.ok()?.ok()?;
        answer.body().deserialize().ok()
    }
}

/// Whether the bus runs; to look starts nothing.
pub(super) async fn is_running() -> bool {
    let asked = async {
        let session = Connection::session().await?;
        let name = zbus::names::BusName::try_from("org.a11y.Bus")?;
        Ok::<_, zbus::Error>(zbus::fdo::DBusProxy::new(&session).await?.name_has_owner(name).await?)
    };
    matches!(tokio::time::timeout(PATIENCE, asked).await, Ok(Ok(true)))
}

/// Whether accessibility is on for the whole session; asked, and never changed.
pub(super) async fn is_enabled() -> Option<bool> {
    let asked = async {
        let session = Connection::session().await.ok()?;
        let body = ("org.a11y.Status", "IsEnabled");
        let properties = Some("org.freedesktop.DBus.Properties");
        let answer = session.call_method(Some("org.a11y.Bus"), "/org/a11y/bus", properties, "Get", &body).await.ok()?;
        let value: OwnedValue = answer.body().deserialize().ok()?;
        bool::try_from(value).ok()
    };
    tokio::time::timeout(PATIENCE, asked).await.ok()?
}
