//! What programs tell of their windows to those who do not see them: the accessibility tree (AT-SPI), read and never
//! changed.
//!
//! No crate for it: it is a dozen calls, and those there are follow all events of all programs.

mod bus;
mod outline;
mod walk;

use std::ffi::OsString;
use std::path::PathBuf;

pub use outline::{Element, Placed, Tree};

use self::bus::{Bus, Reference};
use crate::model::Availability;

/// What tells the session bus how to start it, within a folder of data.
const SERVICE: &str = "dbus-1/services/org.a11y.Bus.service";

/// What turns it on, for people.
const NEXT: &str = "install at-spi2-core (on NixOS `services.gnome.at-spi2-core.enable = true`) and log in again";

/// The window whose tree is meant, as the compositor tells of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Wanted {
    /// Its process; `None` where that is not told.
    pub process: Option<u32>,
    /// Its app id.
    pub app: String,
    /// Its title.
    pub title: String,
    /// Its width and height, where they are known: of several windows with one title, the one of this size is meant.
    pub size: Option<(f64, f64)>,
}

/// The tree of a window. `may_be_seen` says of a title and a program's name whether they may be.
///
/// # Errors
/// In words: the program tells nothing, does not answer, or must not be looked at.
pub async fn read(wanted: &Wanted, may_be_seen: impl Fn(&str, &str) -> bool) -> Result<Tree, String> {
    let bus = Bus::connect().await?;
    let programs = bus.programs().await?;
    let (program, window) = find(&bus, &programs, wanted).await?;
    let (name, title) = (bus.name(&program).await.unwrap_or_default(), bus.name(&window).await.unwrap_or_default());
    if !may_be_seen(&title, &name) {
        return Err("this window is never captured: `[capture] never` in config.toml names it".into());
    }
    walk::walk(&bus, window, &programs).await
}

/// The window among all that programs tell of, and its program.
async fn find(bus: &Bus, programs: &[Reference], wanted: &Wanted) -> Result<(Reference, Reference), String> {
    let mut own = Vec::new();
    for program in programs {
        if wanted.process.is_some() && bus.process(program).await == wanted.process {
            own.push(program.clone());
        }
    }
    // In a sandbox, the bus knows only the process that speaks for it.
    let is_known = !own.is_empty();
    let asked = if is_known { own.as_slice() } else { programs };
    let mut found = Vec::new();
    let mut silent = false;
    for (program, windows) in
        futures::future::join_all(asked.iter().map(async |each| (each, bus.children(each).await))).await
    {
        let Some(windows) = windows else {
            silent = true;
            continue;
        };
        for window in windows {
            let title = bus.name(&window).await.unwrap_or_default();
            found.push((program.clone(), window, title));
        }
    }
    let app = &wanted.app;
    if is_known && silent && found.is_empty() {
        return Err(format!("{app:?} does not answer; it may hang. Use screen_look instead"));
    }
    // Of a program that is known for sure, the only window is the one, whatever it says.
    if !(is_known && found.len() == 1) {
        found.retain(|(_, _, title)| !title.is_empty() && *title == wanted.title);
    }
    if found.len() > 1
        && let Some(size) = wanted.size
    {
        let mut same = Vec::new();
        for each in found {
            let fits = bus.area(&each.1).await.is_some_and(|area| outline::is_size((area.width, area.height), size));
            if fits {
                same.push(each);
            }
        }
        found = same;
    }
    match (found.len(), found.pop()) {
        (1, Some((program, window, _))) => Ok((program, window)),
        (0, _) => Err(format!(
            "{app:?} tells nothing of this window. Programs of GTK do by themselves, unless NO_AT_BRIDGE or GTK_A11Y=none is set; Qt does where QT_LINUX_ACCESSIBILITY_ALWAYS_ON=1 is set, browsers and Electron where they are started with --force-renderer-accessibility or GNOME_ACCESSIBILITY=1. The user can turn it on for all: `gsettings set org.gnome.desktop.interface toolkit-accessibility true`. Use screen_look instead"
        )),
        _ => Err(format!("{app:?} has several windows that can't be told apart; use screen_look instead")),
    }
}

/// Whether there is a bus for it, found out without asking anybody.
pub fn is_there() -> Availability {
    looked_for(|name| std::env::var_os(name).filter(|value| !value.is_empty()))
}

fn looked_for(variable: impl Fn(&str) -> Option<OsString>) -> Availability {
    if variable("AT_SPI_BUS_ADDRESS").is_some() {
        return Availability::usable("the accessibility bus of the environment");
    }
    let folder = |name: &str| variable(name).map(PathBuf::from);
    if folder("XDG_RUNTIME_DIR").is_some_and(|runtime| runtime.join("at-spi").is_dir()) {
        return Availability::usable("the accessibility bus");
    }
    let own = folder("XDG_DATA_HOME").or_else(|| Some(folder("HOME")?.join(".local/share")));
    let shared = variable("XDG_DATA_DIRS").unwrap_or_else(|| "/usr/local/share".into());
    // The bus itself looks there, whatever the variable says.
    let always = [PathBuf::from("/usr/share")];
    if own.into_iter().chain(std::env::split_paths(&shared)).chain(always).any(|folder| folder.join(SERVICE).exists()) {
        return Availability::usable("the accessibility bus, which starts when it is asked for");
    }
    Availability::unusable("there is no accessibility bus (AT-SPI)", NEXT)
}

/// Whether programs can be asked here, and which tell something by themselves; asks the bus.
pub async fn is_available() -> Availability {
    let there = is_there();
    if !there.is_usable() || !bus::is_running().await {
        return there;
    }
    let all = match Bus::connect().await {
        Ok(bus) => bus.programs().await.map(|programs| programs.len()),
        Err(why) => Err(why),
    };
    let count = match all {
        Ok(count) => count,
        Err(why) => return Availability::unusable(why, NEXT),
    };
    Availability::usable(match bus::is_enabled().await {
        Some(true) => format!("{count} programs tell of their windows; accessibility is on for all"),
        Some(false) | None => format!(
            "{count} programs tell of their windows. Qt, browsers and Electron tell nothing until accessibility is on: `gsettings set org.gnome.desktop.interface toolkit-accessibility true`"
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bus_is_looked_for_without_asking() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let found = |set: &[(&str, PathBuf)]| {
            let all: Vec<_> = set.iter().map(|(name, path)| (*name, path.clone().into_os_string())).collect();
            looked_for(|name| all.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone())).is_usable()
        };
        let nothing = ("XDG_DATA_DIRS", at("none"));
        assert!(!found(std::slice::from_ref(&nothing)) || PathBuf::from("/usr/share").join(SERVICE).exists());
        assert!(found(&[nothing.clone(), ("AT_SPI_BUS_ADDRESS", "unix:path=/x".into())]));
        std::fs::create_dir_all(at("run/at-spi")).unwrap();
        assert!(found(&[nothing, ("XDG_RUNTIME_DIR", at("run"))]));
        std::fs::create_dir_all(at("share/dbus-1/services")).unwrap();
        std::fs::write(at("share").join(SERVICE), "").unwrap();
        let dirs = format!("{}:{}", at("none").display(), at("share").display());
        assert!(found(&[("XDG_DATA_DIRS", dirs.into())]));
    }
}
