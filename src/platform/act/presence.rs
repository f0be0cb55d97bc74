//! Which tools can't work here, so that a model is not offered what is not there, and can say why.
//!
//! Most of it is found out at once, without asking anybody. What a compositor, a bus or a program has to answer for is a
//! [`Survey`], made of the very lines that `nerva doctor` prints.

use std::path::{Path, PathBuf};

use super::{nix, sandbox};
use crate::model::{Availability, Backend, Need};
use crate::platform::compositor::{self, Compositor, LISTING_ONLY, WINDOWS, WORKSPACES};
use crate::platform::{accessibility, capture, input, ocr, systemd, wayland};

/// What text in pictures is read with.
pub const READING: &str = "text in pictures";
/// Who starts and stops units.
pub const SERVICES: &str = "services";
/// What commands are shut in by.
pub const COMMANDS: &str = "commands of a model";

/// What others had to be asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Survey {
    input: Availability,
    pictures: Availability,
    reading: Availability,
    services: Availability,
    commands: Availability,
    listing: Availability,
    switching: Availability,
    workspaces: Availability,
}

impl Survey {
    /// Asks them. A portal is asked only where there is no better way.
    pub async fn here() -> Self {
        let probed = tokio::task::spawn_blocking(wayland::probe).await;
        let (probe, _late) = probed.unwrap_or_else(|_| wayland::probe());
        let (input, pictures, reading, services, commands, windows) = tokio::join!(
            input::first(&probe),
            capture::first(&probe),
            ocr::is_available(),
            systemd::is_available(),
            sandbox::is_available(),
            compositor::backends(&probe),
        );
        let line = |need: &str, availability| Backend { need: need.into(), name: String::new(), availability };
        let others = vec![line(READING, reading), line(SERVICES, services), line(COMMANDS, commands)];
        Self::of(&[input, pictures, others, windows].concat())
    }

    /// What these lines of `nerva doctor` say.
    pub fn of(lines: &[Backend]) -> Self {
        let acting: Vec<Backend> = lines.iter().filter(|line| line.name != LISTING_ONLY).cloned().collect();
        Self {
            listing: any(lines, WINDOWS),
            switching: any(&acting, WINDOWS),
            workspaces: any(lines, WORKSPACES),
            input: any(lines, input::NEED),
            pictures: any(lines, capture::NEED),
            reading: any(lines, READING),
            services: any(lines, SERVICES),
            commands: any(lines, COMMANDS),
        }
    }

    /// Whether anything is lacking, which may be there the next time.
    pub fn lacks(&self) -> bool {
        let Self { input, pictures, reading, services, commands, listing, switching, workspaces } = self;
        let all = [input, pictures, reading, services, commands, listing, switching, workspaces];
        all.into_iter().any(|each| !each.is_usable())
    }
}

/// The first way of meeting a need that is usable; else what each of them lacks.
fn any(lines: &[Backend], need: &str) -> Availability {
    let ways: Vec<&Backend> = lines.iter().filter(|line| line.need == need).collect();
    if let Some(usable) = ways.iter().find(|way| way.availability.is_usable()) {
        return usable.availability.clone();
    }
    if let [only] = ways.as_slice() {
        return only.availability.clone();
    }
    let each = ways.iter().filter_map(|way| match &way.availability {
        Availability::Unusable { why, .. } => Some(format!("{}: {why}", way.name)),
        Availability::Usable { .. } => None,
    });
    Availability::unusable(each.collect::<Vec<_>>().join("; "), "`nerva doctor` says what each of them needs")
}

/// All of them. `notes` is the folder of the notes as it is configured. Nothing is said of what nobody was asked about yet.
pub fn needs(survey: Option<&Survey>, notes: &str, home: &Path) -> Vec<Need> {
    let mut all = survey.map(surveyed).unwrap_or_default();
    all.extend(at_once(notes, home));
    all
}

fn need(name: &'static str, tools: &'static [&'static str], availability: Availability) -> Need {
    Need { name, tools, availability }
}

/// What others were asked about.
fn surveyed(survey: &Survey) -> Vec<Need> {
    let Survey { input, pictures, reading, services, commands, listing, switching, workspaces } = survey.clone();
    // Units of the system are told of without a manager of the user's own.
    let units = if booted() { Availability::usable("systemd") } else { services.clone() };
    let journal = match &units {
        Availability::Usable { .. } if !in_path("journalctl") => {
            Availability::unusable("there is no journalctl", "install it with systemd")
        }
        units => units.clone(),
    };
    vec![
        need("pointer and keyboard", &["input"], input),
        need("looking at the screen", &["screen_look", "screen_zoom", "screen_text"], pictures),
        need("reading text on the screen", &["screen_text"], reading),
        need("commands in the sandbox", &["shell", "nix_run"], commands),
        need("starting and stopping units", &["unit_start", "unit_stop", "unit_restart"], services),
        need("looking at units", &["unit_list", "unit_status"], units),
        need("the journal", &["journal"], journal),
        need("listing windows", &["windows_list"], listing),
        need("switching to and closing windows", &["window_focus", "window_close"], switching),
        need("workspaces", &["workspaces_list", "workspace_switch"], workspaces),
    ]
}

/// What is found out without asking anybody.
fn at_once(notes: &str, home: &Path) -> Vec<Need> {
    vec![
        need(
            "moving windows",
            &["window_move"],
            match Compositor::here() {
                Ok(compositor) => Availability::usable(compositor.name()),
                Err(_) => Availability::unusable(
                    "neither sway, Hyprland, niri nor KWin is in the environment",
                    "nothing to do elsewhere: no protocol of Wayland moves windows",
                ),
            },
        ),
        need("reading what programs tell of their windows", &["screen_tree"], accessibility::is_there()),
        need("media players", &["media_list", "media_control", "notify"], session()),
        need(
            "the volume",
            &["volume_get", "volume_set"],
            if in_path("wpctl") {
                Availability::usable("wpctl")
            } else {
                Availability::unusable(
                    "there is no wpctl",
                    "install WirePlumber (on NixOS `services.pipewire.wireplumber.enable`)",
                )
            },
        ),
        need(
            "opening addresses and files",
            &["open", "open_file"],
            if in_path("xdg-open") {
                Availability::usable("xdg-open")
            } else {
                Availability::unusable("there is no xdg-open", "install xdg-utils")
            },
        ),
        need("switching off and units of the system", &["power", "system_unit"], system()),
        need(
            "notes",
            &["notes_search", "note_read", "note_new", "note_append"],
            match super::notes::folder(notes, home) {
                Ok(folder) => Availability::usable(folder),
                Err(why) => Availability::unusable(why, "name a folder of Markdown: `[notes] path = \"~/notes\"`"),
            },
        ),
        need(
            "Nix",
            &["nix_search", "nix_run"],
            if nix::is_there() {
                Availability::usable("nix in the search path")
            } else {
                Availability::unusable(
                    "there is no nix in the search path",
                    "nothing to do where this machine has no Nix",
                )
            },
        ),
    ]
}

/// Those that can't work, and why.
pub fn withheld(survey: Option<&Survey>, notes: &str, home: &Path) -> Vec<Need> {
    let mut all = needs(survey, notes, home);
    all.retain(|need| !need.availability.is_usable());
    all
}

/// The lines of `nerva doctor`, after those of what others were asked about.
pub fn backends(lines: &[Backend], notes: &str, home: &Path) -> Vec<Backend> {
    let line = |need: Need| Backend {
        need: "tools".into(),
        name: format!("{} ({})", need.name, need.tools.join(", ")),
        availability: need.availability,
    };
    needs(Some(&Survey::of(lines)), notes, home).into_iter().map(line).collect()
}

fn in_path(program: &str) -> bool {
    std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|folder| folder.join(program).is_file()))
}

/// Whether systemd started this machine, as `sd_booted` finds it out.
fn booted() -> bool {
    Path::new("/run/systemd/system").is_dir()
}

fn session() -> Availability {
    let socket = std::env::var_os("XDG_RUNTIME_DIR").map(|folder| PathBuf::from(folder).join("bus"));
    if std::env::var_os("DBUS_SESSION_BUS_ADDRESS").is_some() || socket.is_some_and(|socket| socket.exists()) {
        Availability::usable("the session bus")
    } else {
        Availability::unusable("there is no session bus", "start nervad in a session with a bus")
    }
}

fn system() -> Availability {
    let there =
        ["/run/dbus/system_bus_socket", "/var/run/dbus/system_bus_socket"].iter().any(|at| Path::new(at).exists());
    if std::env::var_os("DBUS_SYSTEM_BUS_ADDRESS").is_some() || there {
        Availability::usable("the system bus")
    } else {
        Availability::unusable("there is no system bus", "nothing to do in a container; elsewhere start D-Bus")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(need: &str, name: &str, availability: Availability) -> Backend {
        Backend { need: need.into(), name: name.into(), availability }
    }

    /// The lines of a desktop that has all of it but these needs.
    fn without(lacking: &[&str]) -> Vec<Backend> {
        let needs = [input::NEED, capture::NEED, READING, SERVICES, COMMANDS, WINDOWS, WORKSPACES];
        let lines = needs.into_iter().flat_map(|need| {
            let lacks = Availability::unusable(format!("no {need}"), "get it");
            let is_there = || Availability::usable("it");
            let second = if lacking.contains(&need) { lacks.clone() } else { is_there() };
            // Where there are several ways, one that is usable suffices.
            let several = [input::NEED, capture::NEED].contains(&need);
            let first = several.then(|| line(need, "first", lacks));
            first.into_iter().chain([line(need, "second", second)])
        });
        lines.collect()
    }

    fn withheld_by(survey: &Survey) -> Vec<&'static str> {
        let lacking = surveyed(survey).into_iter().filter(|need| !need.availability.is_usable());
        let mut tools: Vec<&str> = lacking.flat_map(|need| need.tools).copied().collect();
        tools.sort_unstable();
        tools.dedup();
        tools
    }

    #[test]
    fn what_lacks_its_backends_is_withheld() {
        let eyes = ["screen_look", "screen_text", "screen_zoom"];
        for (lacking, tools) in [
            (vec![], vec![]),
            (vec![input::NEED], vec!["input"]),
            (vec![capture::NEED], eyes.to_vec()),
            (vec![READING], vec!["screen_text"]),
            (vec![COMMANDS], vec!["nix_run", "shell"]),
            (vec![WINDOWS], vec!["window_close", "window_focus", "windows_list"]),
            (vec![WORKSPACES], vec!["workspace_switch", "workspaces_list"]),
            (vec![input::NEED, capture::NEED], [&["input"], eyes.as_slice()].concat()),
        ] {
            let survey = Survey::of(&without(&lacking));
            // Whether there is a journal is this machine's matter.
            let withheld: Vec<&str> = withheld_by(&survey).into_iter().filter(|tool| *tool != "journal").collect();
            assert_eq!(withheld, tools, "{lacking:?}");
            assert_eq!(survey.lacks(), !lacking.is_empty());
        }
        let survey = Survey::of(&without(&[SERVICES]));
        let withheld = withheld_by(&survey);
        assert!(["unit_restart", "unit_start", "unit_stop"].iter().all(|tool| withheld.contains(tool)), "{withheld:?}");
        for tool in ["unit_list", "unit_status"] {
            assert_eq!(withheld.contains(&tool), !booted(), "{withheld:?}");
        }
        assert!(!withheld.contains(&"input") && !withheld.contains(&"shell"), "{withheld:?}");
    }

    #[test]
    fn where_windows_are_only_listed_nothing_is_done_to_them() {
        let mut lines = without(&[WINDOWS]);
        lines.push(line(WINDOWS, LISTING_ONLY, Availability::usable("v1")));
        let survey = Survey::of(&lines);
        assert_eq!(withheld_by(&survey), ["window_close", "window_focus"]);
        assert_eq!(survey.switching, Availability::unusable("no windows", "get it"), "what lacks is named");
    }

    #[test]
    fn the_reason_is_what_doctor_says() {
        let lines = without(&[input::NEED, COMMANDS]);
        let told = backends(&lines, "", Path::new("/nowhere"));
        let of = |tool: &str| {
            let found = told.iter().find(|line| line.name.contains(tool)).expect("a line");
            found.availability.clone()
        };
        let each = format!("first: no {0}; second: no {0}", input::NEED);
        assert_eq!(of("input"), Availability::unusable(each, "`nerva doctor` says what each of them needs"));
        assert_eq!(of("shell"), Availability::unusable(format!("no {COMMANDS}"), "get it"));
        let withheld = withheld(Some(&Survey::of(&lines)), "", Path::new("/nowhere"));
        let told = told.into_iter().filter(|line| !line.availability.is_usable()).map(|line| line.availability);
        assert!(withheld.into_iter().map(|need| need.availability).eq(told));
    }

    #[test]
    fn nothing_is_said_of_what_nobody_was_asked_about() {
        let needs = needs(None, "", Path::new("/nowhere"));
        assert!(needs.iter().all(|need| !need.tools.contains(&"input") && !need.tools.contains(&"shell")), "{needs:?}");
    }

    /// Whatever this machine has, what is asked in short is what all lines say.
    #[tokio::test]
    async fn in_short_it_is_as_usable_as_at_length() {
        let (probe, _late) = wayland::probe();
        let long = [input::backends(&probe).await, capture::backends(&probe).await].concat();
        let short = Survey::here().await;
        for (short, need) in [(&short.input, input::NEED), (&short.pictures, capture::NEED)] {
            assert_eq!(short.is_usable(), any(&long, need).is_usable(), "{need}");
        }
    }
}
