//! Windows, outputs and the pointer, as the compositor itself tells them: Wayland has no protocol for that.

mod hyprland;
mod kwin;
mod listed;
mod never;
mod niri;
mod order;
pub mod spaces;
mod sway;
#[cfg(test)]
mod tests;
pub mod toplevels;
mod wire;
mod workspaces;

use std::path::{Path, PathBuf};

use crate::model::{Availability, Backend, Fault, FaultKind, Layout, Output, Window};
use crate::platform::wayland::Probe;

pub use never::{Blackout, is_never_captured, never_captured};
pub use workspaces::Workspace;

/// Compositors that are understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// sway, and what speaks its protocol (i3 IPC).
    Sway,
    /// Hyprland.
    Hyprland,
    /// niri.
    Niri,
    /// KWin of Plasma 6.
    Kwin,
}

impl Kind {
    /// Its name for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sway => "sway",
            Self::Hyprland => "Hyprland",
            Self::Niri => "niri",
            Self::Kwin => "KWin",
        }
    }
}

/// The socket of a running compositor; for KWin, the address of the session bus. Every call is one connection with a bounded
/// wait.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compositor {
    kind: Kind,
    socket: PathBuf,
}

/// An output, and whether it has the focus.
#[derive(Debug, Clone, PartialEq)]
struct Monitor {
    output: Output,
    focused: bool,
}

impl Compositor {
    /// The compositor with this socket.
    pub fn at(kind: Kind, socket: &Path) -> Self {
        Self { kind, socket: socket.to_owned() }
    }

    /// The compositor of this session. Where several left their address in the environment, as when one runs in a
    /// window of another, the one that `XDG_CURRENT_DESKTOP` names.
    pub fn here() -> Result<Self, Fault> {
        Self::of(|name| std::env::var(name).ok().filter(|value| !value.is_empty())).ok_or_else(|| {
            Fault::new(
                FaultKind::Desktop,
                "This compositor does not tell where its windows are",
                "Nerva knows how to ask sway, Hyprland, niri and KWin; elsewhere take a region or a whole screen.",
            )
        })
    }

    fn of(variable: impl Fn(&str) -> Option<String>) -> Option<Self> {
        let hyprland = || {
            let folder = PathBuf::from(variable("XDG_RUNTIME_DIR")?).join("hypr");
            Some(folder.join(variable("HYPRLAND_INSTANCE_SIGNATURE")?).join(".socket.sock"))
        };
        let desktop = variable("XDG_CURRENT_DESKTOP").unwrap_or_default().to_lowercase();
        let is_plasma = desktop.split(':').any(|part| part == "kde")
            && variable("WAYLAND_DISPLAY").is_some()
            && variable("KDE_SESSION_VERSION").as_deref() != Some("5");
        let bus = || {
            let own = || Some(format!("unix:path={}/bus", variable("XDG_RUNTIME_DIR")?));
            variable("DBUS_SESSION_BUS_ADDRESS").or_else(own).map(PathBuf::from)
        };
        let found = [
            // It leaves no address of its own: it is there where the desktop says so.
            (Kind::Kwin, if is_plasma { bus() } else { None }),
            (Kind::Hyprland, hyprland()),
            (Kind::Niri, variable("NIRI_SOCKET").map(PathBuf::from)),
            (Kind::Sway, variable("SWAYSOCK").map(PathBuf::from)),
        ];
        let mut found: Vec<Self> =
            found.into_iter().filter_map(|(kind, socket)| Some(Self { kind, socket: socket? })).collect();
        let named =
            |kind: Kind| kind == Kind::Kwin || desktop.split(':').any(|part| part == kind.name().to_lowercase());
        found.sort_by_key(|each| !named(each.kind));
        found.into_iter().next()
    }

    /// Its name for people.
    pub fn name(&self) -> &'static str {
        self.kind.name()
    }

    /// All windows; those that are shown come first, and of these what lies on top, as far as that is known.
    pub async fn windows(&self) -> Result<Vec<Window>, Fault> {
        match self.kind {
            Kind::Sway => sway::windows(&self.socket).await,
            Kind::Hyprland => hyprland::windows(&self.socket).await,
            Kind::Niri => niri::windows(&self.socket).await,
            Kind::Kwin => kwin::windows_of(&kwin::state(&self.socket).await?),
        }
    }

    /// The window that has the keyboard, or gets it back when an overlay that has it goes, as far as that is told.
    pub async fn keyboard(&self) -> Result<Option<String>, Fault> {
        match self.kind {
            Kind::Sway => sway::keyboard(&self.socket).await,
            Kind::Kwin => kwin::keyboard_of(&kwin::state(&self.socket).await?),
            Kind::Hyprland => hyprland::keyboard(&self.socket).await,
            Kind::Niri => niri::keyboard(&self.socket).await,
        }
    }

    /// Name of the output with the focus; `None` while there is no output.
    pub async fn focused_output(&self) -> Result<Option<String>, Fault> {
        let monitors = self.monitors().await?;
        Ok(monitors.into_iter().find(|monitor| monitor.focused).map(|monitor| monitor.output.name))
    }

    /// How the outputs lie, as the compositor's socket tells it: a second opinion to the Wayland protocols'.
    pub async fn layout(&self) -> Result<Layout, Fault> {
        let mut outputs: Vec<Output> = self.monitors().await?.into_iter().map(|monitor| monitor.output).collect();
        outputs.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(Layout { outputs })
    }

    /// Where the pointer is, in logical pixels of the desktop; `None` where the compositor does not tell: only
    /// Hyprland and KWin do.
    pub async fn pointer(&self) -> Result<Option<(f64, f64)>, Fault> {
        match self.kind {
            Kind::Hyprland => hyprland::pointer(&self.socket).await.map(Some),
            Kind::Kwin => kwin::pointer_of(&kwin::state(&self.socket).await?).map(Some),
            Kind::Sway | Kind::Niri => Ok(None),
        }
    }

    async fn monitors(&self) -> Result<Vec<Monitor>, Fault> {
        match self.kind {
            Kind::Sway => sway::monitors(&self.socket).await,
            Kind::Hyprland => hyprland::monitors(&self.socket).await,
            Kind::Niri => niri::monitors(&self.socket).await,
            Kind::Kwin => kwin::monitors_of(&kwin::state(&self.socket).await?),
        }
    }
}

/// All windows of this session's compositor; see [`Compositor::windows`].
pub async fn windows() -> Result<Vec<Window>, Fault> {
    Compositor::here()?.windows().await
}

/// Whether windows can be listed here; asks for them.
pub async fn is_available() -> Availability {
    let elsewhere = "pictures of windows come from the portal; windows that are never captured can't be blacked out";
    let Ok(compositor) = Compositor::here() else {
        return Availability::unusable("neither sway, Hyprland, niri nor KWin is in the environment", elsewhere);
    };
    let name = compositor.kind.name();
    match compositor.windows().await {
        Ok(windows) => {
            let placed = windows.iter().filter(|window| window.area.is_some()).count();
            let all = windows.len();
            Availability::usable(format!("{name} tells of {all} windows, and where {placed} of them are"))
        }
        Err(fault) => Availability::unusable(fault.title, fault.detail),
    }
}

/// What windows are listed by.
pub const WINDOWS: &str = "windows";
/// What workspaces are listed and shown by.
pub const WORKSPACES: &str = "workspaces";
/// The way that lists windows, and lets nobody switch to or close them.
pub const LISTING_ONLY: &str = "ext_foreign_toplevel_list_v1";

/// The lines of `nerva doctor`, the best way of each need first: the compositor's own socket, else protocols of Wayland.
pub async fn backends(probe: &Probe) -> Vec<Backend> {
    let itself = is_available().await;
    let protocol = |interface: &str, can: &str| match (probe.missing(), probe.version(interface)) {
        (Some(why), _) => Availability::unusable(why, "start nervad inside a Wayland session"),
        (None, Some(version)) => {
            Availability::usable(format!("v{version}: {can}, where the compositor itself does not tell"))
        }
        (None, None) => Availability::unusable(
            format!("the compositor has no {interface}"),
            "nothing to do where another way is there; else use a newer compositor",
        ),
    };
    let line = |need: &str, name: &str, availability| Backend { need: need.into(), name: name.into(), availability };
    let by = |need: &str, interface: &str, can: &str| line(need, interface, protocol(interface, can));
    vec![
        line(WINDOWS, "the compositor itself", itself.clone()),
        by(WINDOWS, "zwlr_foreign_toplevel_manager_v1", "windows are listed, switched to and closed"),
        by(WINDOWS, LISTING_ONLY, "windows are listed, and nothing can be done to them"),
        line(WORKSPACES, "the compositor itself", itself),
        by(WORKSPACES, "ext_workspace_manager_v1", "workspaces are listed and shown"),
    ]
}

#[cfg(test)]
mod found {
    use super::*;

    fn of(variables: &[(&str, &str)]) -> Option<Compositor> {
        Compositor::of(|name| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn the_environment_names_the_compositor() {
        let sway = ("SWAYSOCK", "/run/user/1/sway.sock");
        let niri = ("NIRI_SOCKET", "/run/user/1/niri.sock");
        let hyprland = ("HYPRLAND_INSTANCE_SIGNATURE", "abc");
        let runtime = ("XDG_RUNTIME_DIR", "/run/user/1");
        let at = |kind, path: &str| Some(Compositor::at(kind, Path::new(path)));
        assert_eq!(of(&[]), None);
        assert_eq!(of(&[sway]), at(Kind::Sway, "/run/user/1/sway.sock"));
        assert_eq!(of(&[niri]), at(Kind::Niri, "/run/user/1/niri.sock"));
        assert_eq!(of(&[hyprland]), None, "its folder is not known");
        assert_eq!(of(&[hyprland, runtime]), at(Kind::Hyprland, "/run/user/1/hypr/abc/.socket.sock"));
        let desktop = ("XDG_CURRENT_DESKTOP", "sway:wlroots");
        assert_eq!(of(&[hyprland, runtime, sway, desktop]), at(Kind::Sway, "/run/user/1/sway.sock"));
        let plasma = [("XDG_CURRENT_DESKTOP", "KDE"), ("WAYLAND_DISPLAY", "wayland-0"), runtime];
        assert_eq!(of(&plasma), at(Kind::Kwin, "unix:path=/run/user/1/bus"));
        assert_eq!(of(&plasma[..1]), None, "it may be on X11");
        assert_eq!(
            of(&[plasma[0], plasma[1], runtime, ("KDE_SESSION_VERSION", "5")]),
            None,
            "that one is not understood"
        );
        let address = ("DBUS_SESSION_BUS_ADDRESS", "unix:path=/x");
        assert_eq!(of(&[plasma[0], plasma[1], address, sway]), at(Kind::Kwin, "unix:path=/x"));
        let desktop = ("XDG_CURRENT_DESKTOP", "Hyprland");
        assert_eq!(of(&[hyprland, runtime, sway, desktop]), at(Kind::Hyprland, "/run/user/1/hypr/abc/.socket.sock"));
    }
}
