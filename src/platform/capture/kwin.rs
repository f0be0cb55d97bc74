//! Pictures by KWin's own interface on the session bus, of outputs and of windows. It asks no person: it serves programs
//! whose desktop file (`assets/nervad.desktop`) names the interface.

mod granted;

use std::collections::HashMap;
use std::os::fd::OwnedFd;
use std::time::Duration;

use futures::future::try_join_all;
use tokio::io::AsyncReadExt as _;
use tokio::net::unix::pipe::Receiver;
use wayland_client::protocol::wl_shm::Format;
use zbus::zvariant::{Fd, OwnedValue, Value};
use zbus::{Connection, fdo};

use super::fault::CaptureError;
use super::pixels::{Alpha, Shape, convert_rows};
use super::portal::{connect, session_bus};
use super::worker::{Ask, Which, chosen};
use super::{Capturer, Known, blocking, now, shot_alone, shot_of_which, which_of};
use crate::model::{Availability, Frame, Layout, Output, Pixels, Shot, Target};

const NAME: &str = "org.kde.KWin.ScreenShot2";
const PATH: &str = "/org/kde/KWin/ScreenShot2";
/// A compositor that does not answer for so long hangs.
const PATIENCE: Duration = Duration::from_secs(10);

/// The identifier of no window.
const NOBODY: &str = "00000000000000000000000000000000";

/// Bytes of a picture in memory; sixteen screens of 4K.
const MOST: usize = 16 * 3840 * 2160 * 4;

/// Whether the portal may be asked after KWin gave this.
pub fn may_follow(error: &CaptureError) -> bool {
    use CaptureError as E;
    matches!(error, E::NoProtocol | E::KwinDenied | E::KwinFailed { .. } | E::Format { .. })
}

/// What KWin gave, or else the portal. What KWin said is worth more than that there is no portal either.
pub async fn or_portal<T>(
    taken: Result<T, CaptureError>,
    portal: impl Future<Output = Result<T, CaptureError>>,
) -> Result<T, CaptureError> {
    let first = match taken {
        Err(error) if may_follow(&error) => error,
        taken => return taken,
    };
    tracing::debug!(error = %first, "the portal is asked instead of KWin");
    match portal.await {
        Err(CaptureError::PortalMissing { .. }) if first != CaptureError::NoProtocol => Err(first),
        other => other,
    }
}

impl Capturer {
    pub(super) async fn by_kwin(&self, target: &Target, known: &Known) -> Result<Shot, CaptureError> {
        if let Target::Window { window } = target {
            let (Some(id), Some(window)) = (window, &known.window) else { return Err(CaptureError::NoProtocol) };
            let pixels = Kwin::open(self.bus.as_deref()).await?.window(id, &window.title).await?;
            let (at, layout) = (now(), self.ask(Ask::Layout).await?.layout);
            let (window, masks) = (window.clone(), known.masks.clone());
            let named = (window.title, window.app);
            return blocking(move || Ok(shot_alone(pixels, named, window.area, layout, &masks, at))).await;
        }
        let (which, at, masks) = (which_of(target, known), now(), known.masks.clone());
        let (layout, frames) = self.outputs_by_kwin(&which, known).await?;
        blocking(move || shot_of_which(&frames, layout, (which, None), &masks, at)).await
    }

    /// Every output, for picking a region.
    pub(super) async fn frames_by_kwin(&self, known: &Known) -> Result<Vec<Frame>, CaptureError> {
        self.outputs_by_kwin(&Which::All, known).await.map(|(_, frames)| frames)
    }

    async fn outputs_by_kwin(&self, which: &Which, known: &Known) -> Result<(Layout, Vec<Frame>), CaptureError> {
        let kwin = Kwin::open(self.bus.as_deref()).await?;
        if known.blind {
            return Err(CaptureError::Blind);
        }
        let layout = self.ask(Ask::Layout).await?.layout;
        let outputs = chosen(&layout, which)?;
        let frames = try_join_all(outputs.into_iter().map(|output| kwin.output(output))).await?;
        let now = self.ask(Ask::Layout).await?.layout;
        if now.fingerprint() != layout.fingerprint() {
            return Err(CaptureError::Changing);
        }
        Ok((layout, frames))
    }
}

/// A connection to a KWin that is there.
struct Kwin(Connection);

impl Kwin {
    /// At this address, or on the session bus. Errors: no bus, or no KWin on it.
    async fn open(bus: Option<&str>) -> Result<Self, CaptureError> {
        let connection = connect(bus).await.map_err(|_| CaptureError::NoProtocol)?;
        if is_owned(&connection).await { Ok(Self(connection)) } else { Err(CaptureError::NoProtocol) }
    }

    async fn output(&self, output: &Output) -> Result<Frame, CaptureError> {
        let pixels = match self.picture("CaptureScreen", &output.name, &output.name, Alpha::Opaque).await {
            Err(CaptureError::KwinFailed { why }) if why.contains("Invalid screen") => {
                return Err(CaptureError::Unplugged { output: output.name.clone() });
            }
            taken => taken?,
        };
        if (pixels.width, pixels.height) != output.upright() {
            return Err(CaptureError::Changing);
        }
        Ok(Frame { output: output.clone(), pixels })
    }

    /// A window by the identifier that its scripts tell.
    async fn window(&self, id: &str, title: &str) -> Result<Pixels, CaptureError> {
        let id = dashed(id).ok_or(CaptureError::NoWindow)?;
        match self.picture("CaptureWindow", &id, &format!("the window {title:?}"), Alpha::Premultiplied).await {
            Err(CaptureError::KwinFailed { why }) if why.contains("Invalid window") => Err(CaptureError::NoWindow),
            taken => taken,
        }
    }

    async fn picture(&self, method: &str, of: &str, what: &str, alpha: Alpha) -> Result<Pixels, CaptureError> {
        let failed = |error: std::io::Error| CaptureError::KwinFailed { why: error.to_string() };
        let (ours, theirs) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC).map_err(|e| failed(e.into()))?;
        let mut ours = Receiver::from_owned_fd(ours).map_err(failed)?;
        let reading = async {
            let results = self.call(method, of, theirs).await?;
            let shape = shape_of(&results, what, alpha)?;
            let size = shape.stride as usize * shape.height as usize;
            let memory = |why: String| CaptureError::Memory { size: size as u64 >> 20, why };
            let mut bytes = Vec::new();
            bytes.try_reserve_exact(size).map_err(|error| memory(error.to_string()))?;
            bytes.resize(size, 0);
            ours.read_exact(&mut bytes).await.map_err(failed)?;
            Ok((shape, bytes))
        };
        let silent = |_| CaptureError::Silent { what: format!("a picture of {what}"), after: PATIENCE };
        let (shape, bytes) = tokio::time::timeout(PATIENCE, reading).await.map_err(silent)??;
        blocking(move || {
            let Shape { width, height, .. } = shape;
            let mut rgba = vec![0; width as usize * height as usize * 4];
            convert_rows(shape, alpha, &bytes, &mut rgba);
            Ok(Pixels { width, height, rgba: rgba.into() })
        })
        .await
    }

    /// Has a picture written into a pipe; the answer says what it is like.
    async fn call(&self, method: &str, of: &str, pipe: OwnedFd) -> Result<HashMap<String, OwnedValue>, CaptureError> {
        let options: HashMap<&str, Value<'_>> = HashMap::from([
            ("native-resolution", true.into()),
            ("include-cursor", false.into()),
            ("include-decoration", false.into()),
            ("include-shadow", false.into()),
        ]);
        // With this the pipe's end goes as well, so that only KWin has it.
        let body = (of, options, Fd::from(pipe));
        let asked = self.0.call_method(Some(NAME), PATH, Some(NAME), method, &body).await;
        drop(body);
        let reply = asked.map_err(|error| meaning(&error))?;
        reply.body().deserialize().map_err(|error| CaptureError::KwinFailed { why: error.to_string() })
    }
}

fn meaning(error: &zbus::Error) -> CaptureError {
    let zbus::Error::MethodError(name, text, _) = error else {
        return CaptureError::KwinFailed { why: error.to_string() };
    };
    match name.as_str().rsplit('.').next() {
        Some("NoAuthorized") => CaptureError::KwinDenied,
        Some(kind) => CaptureError::KwinFailed { why: text.clone().unwrap_or_else(|| kind.to_owned()) },
        None => CaptureError::KwinFailed { why: error.to_string() },
    }
}

/// What the bytes are, from what KWin says of them.
fn shape_of(results: &HashMap<String, OwnedValue>, what: &str, alpha: Alpha) -> Result<Shape, CaptureError> {
    let number = |key: &str| results.get(key).and_then(|value| u32::try_from(value.clone()).ok());
    let told = number("format").zip(number("stride")).zip(number("width").zip(number("height")));
    let unknown = |formats: String| CaptureError::Format { what: what.to_owned(), formats };
    let Some(((format, stride), (width, height))) = told else { return Err(unknown(format!("{results:?}"))) };
    let known = format_of(format, alpha).ok_or_else(|| unknown(format!("QImage {format}")))?;
    let fits = stride / 4 >= width && width > 0 && (stride as usize).saturating_mul(height as usize) <= MOST;
    if !fits {
        return Err(unknown(format!("{width} by {height} with {stride} bytes a row")));
    }
    Ok(Shape { format: known, width, height, stride })
}

/// The numbers of `QImage::Format`. Those with straight alpha are read only where there is nothing behind.
fn format_of(number: u32, alpha: Alpha) -> Option<Format> {
    match (number, alpha) {
        (4, _) | (5, Alpha::Opaque) => Some(Format::Xrgb8888),
        (6, _) => Some(Format::Argb8888),
        (16, _) | (17, Alpha::Opaque) => Some(Format::Xbgr8888),
        (18, _) => Some(Format::Abgr8888),
        _ => None,
    }
}

/// An identifier as KWin reads it, from the bare figures.
fn dashed(id: &str) -> Option<String> {
    uuid::Uuid::try_parse(id).ok().map(|id| id.hyphenated().to_string())
}

async fn is_owned(connection: &Connection) -> bool {
    let asked = async {
        let bus = fdo::DBusProxy::new(connection).await?;
        bus.name_has_owner(NAME.try_into().map_err(zbus::Error::from)?).await.map_err(zbus::Error::from)
    };
    matches!(tokio::time::timeout(PATIENCE, asked).await, Ok(Ok(true)))
}

/// Whether KWin is there and serves `nervad`, which stands beside this program.
pub async fn is_available() -> Availability {
    let elsewhere = "nothing to do: only Plasma has it";
    let connection = match session_bus().await {
        Ok(connection) => connection,
        Err(why) => return Availability::unusable(format!("there is no session bus: {why}"), elsewhere),
    };
    if !is_owned(&connection).await {
        return Availability::unusable("KWin is not on the session bus", elsewhere);
    }
    // There is no such window; but this program may be served, as any is where KWin checks nothing.
    match Kwin(connection).window(NOBODY, "").await {
        Err(CaptureError::NoWindow) => return Availability::usable("KWin's ScreenShot2, without a dialog"),
        Err(CaptureError::KwinDenied) => {}
        Err(error) => {
            return Availability::unusable(
                error.to_string(),
                "restart KWin, or log in anew; until then the portal asks",
            );
        }
        Ok(_) => {}
    }
    let Some(program) = granted::nervad() else {
        return Availability::unusable("nervad is not beside this program", "install both in the same folder");
    };
    match granted::by(&program, |name| std::env::var_os(name).filter(|value| !value.is_empty())) {
        Some(file) => {
            Availability::usable(format!("KWin's ScreenShot2, without a dialog: {} allows it", file.display()))
        }
        None => Availability::unusable(
            format!(
                "KWin gives pictures without a dialog to programs that a desktop file allows it, and none names {}",
                program.display()
            ),
            format!(
                "put Nerva's nervad.desktop into ~/.local/share/applications, with Exec={} in it; until then the portal asks",
                program.display()
            ),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(format: u32, width: u32, height: u32, stride: u32) -> HashMap<String, OwnedValue> {
        let pairs = [("format", format), ("width", width), ("height", height), ("stride", stride)];
        pairs.into_iter().map(|(key, value)| (key.to_owned(), OwnedValue::from(value))).collect()
    }

    #[test]
    fn only_what_can_be_read_is_read() {
        let of = |told: &HashMap<_, _>, alpha| shape_of(told, "DP-1", alpha);
        let shape = Shape { format: Format::Xbgr8888, width: 3, height: 2, stride: 16 };
        assert_eq!(of(&told(16, 3, 2, 16), Alpha::Opaque), Ok(shape));
        let shape = Shape { format: Format::Abgr8888, ..shape };
        assert_eq!(of(&told(18, 3, 2, 16), Alpha::Premultiplied), Ok(shape));
        for (told, alpha) in [
            (told(17, 3, 2, 16), Alpha::Premultiplied),
            (told(13, 3, 2, 16), Alpha::Opaque),
            (told(16, 5, 2, 16), Alpha::Opaque),
            (told(16, 0, 2, 16), Alpha::Opaque),
            (told(16, 3, u32::MAX, u32::MAX), Alpha::Opaque),
            (HashMap::new(), Alpha::Opaque),
        ] {
            assert!(matches!(of(&told, alpha), Err(CaptureError::Format { .. })), "{told:?}");
        }
    }

    #[test]
    fn windows_are_named_as_kwin_does() {
        let dashes = Some("0123abcd-4567-89ef-0123-456789abcdef".to_owned());
        assert_eq!(dashed("0123abcd456789ef0123456789abcdef"), dashes);
        assert_eq!(dashed("12"), None);
    }

    #[tokio::test]
    async fn the_portal_follows_where_kwin_has_nothing_to_say() {
        use CaptureError as E;
        let missing = || E::PortalMissing { portal: "Screenshot", why: "none".into() };
        let portal = async |answer: Result<u8, E>| answer;
        assert_eq!(or_portal(Ok(1), portal(Ok(2))).await, Ok(1));
        assert_eq!(or_portal(Err(E::KwinDenied), portal(Ok(2))).await, Ok(2));
        assert_eq!(or_portal(Err(E::KwinDenied), portal(Err(missing()))).await, Err(E::KwinDenied));
        assert_eq!(or_portal(Err(E::NoProtocol), portal(Err(missing()))).await, Err(missing()));
        assert_eq!(or_portal(Err(E::NoWindow), portal(Ok(2))).await, Err(E::NoWindow));
    }
}
