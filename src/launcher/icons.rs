//! Icon files by name (Icon Theme Specification), looked up while scanning, never while typing.
//!
//! `freedesktop-icons` reads `index.theme` again for every lookup, follows one generation of parents, goes by this
//! process's environment only and never sees a theme that was installed later. Here each index and each folder is read
//! once per scan.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use super::Dirs;
use super::desktop_file::DesktopFile;
use crate::config::nearest;
use crate::model::{Fault, FaultKind, Remedy};

/// The rows show icons of 28 logical pixels, at scale 2.
const PIXELS: u32 = 56;
/// Searched behind the chosen theme and its parents.
const FALLBACKS: [&str; 3] = ["hicolor", "Adwaita", "breeze"];
/// What the overlay can draw, the best first.
const EXTENSIONS: [&str; 2] = ["svg", "png"];

/// Looks icons up; made anew for every scan.
#[derive(Debug)]
pub struct Icons {
    /// Folders in the order in which they are searched, best first.
    folders: Vec<PathBuf>,
    listings: HashMap<PathBuf, HashSet<OsString>>,
    /// The themes that those are of.
    themes: Vec<String>,
    /// The wanted theme, when no base folder has it.
    missing: Option<Missing>,
}

/// An icon theme that is wanted and not installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// Its name.
    pub theme: String,
    /// What is shown instead, as a sentence without its point.
    pub instead: String,
    /// Themes that could be chosen.
    others: Vec<String>,
    /// Whether it is the setting of Nerva that names it, and not the desktop's.
    pub chosen: bool,
}

impl Missing {
    /// What can be done about it.
    pub fn next_step(&self) -> String {
        if !self.chosen {
            return "Install it, or choose another one in the settings of the desktop".into();
        }
        let first = "Install it, or set theme.icon_theme to another one";
        if let Some(meant) = nearest(&self.theme, self.others.iter().map(String::as_str)) {
            return format!("{first}; did you mean {meant}?");
        }
        match self.others.as_slice() {
            [] => format!("{first}, or to none"),
            others => format!("{first}. Installed: {}", others.join(", ")),
        }
    }
}

impl From<&Missing> for Fault {
    fn from(missing: &Missing) -> Self {
        let title = format!("The icon theme “{}” is not installed", missing.theme);
        let fault = Self::new(FaultKind::Config, title, format!("{}. {}", missing.instead, missing.next_step()));
        if missing.chosen { fault.or(Remedy::OpenConfig) } else { fault }
    }
}

impl Icons {
    /// Reads the indexes of the theme `chosen` (empty: the desktop's), of its parents and of the fallbacks.
    pub fn new(chosen: &str, dirs: &Dirs) -> Self {
        let bases = bases(dirs);
        let is_chosen = !chosen.is_empty();
        let wanted = if is_chosen { Some(chosen.to_owned()) } else { desktop_theme(dirs) };
        let missing = wanted.as_ref().filter(|name| read_theme(name, &bases).is_none());
        let mut queue: Vec<String> = wanted.iter().cloned().collect();
        if missing.is_some() && is_chosen {
            queue.extend(desktop_theme(dirs));
        }
        let mut themes: Vec<(String, Vec<PathBuf>)> = Vec::new();
        let mut next = 0;
        // Breadth first: every parent of the theme before any grandparent; the fallbacks keep for the end.
        while let Some(name) = queue.get(next).cloned() {
            next += 1;
            let keeps = next > 1 && FALLBACKS.contains(&name.as_str());
            if keeps || themes.iter().any(|(theme, _)| *theme == name) {
                continue;
            }
            let (folders, parents) = read_theme(&name, &bases).unwrap_or_default();
            themes.push((name, folders));
            queue.extend(parents);
        }
        for name in FALLBACKS {
            if !themes.iter().any(|(theme, _)| theme == name) {
                themes.push((name.to_owned(), read_theme(name, &bases).unwrap_or_default().0));
            }
        }
        themes.retain(|(_, folders)| !folders.is_empty());
        let names: Vec<String> = themes.iter().map(|(name, _)| name.clone()).collect();
        let missing = missing.map(|theme| Missing {
            theme: theme.clone(),
            instead: instead(&names),
            others: others(&bases),
            chosen: is_chosen,
        });
        let mut folders: Vec<PathBuf> = themes.into_iter().flat_map(|(_, folders)| folders).collect();
        folders.extend(bases);
        folders.extend(dirs.data.iter().map(|data| data.join("pixmaps")));
        folders.push("/usr/share/pixmaps".into());
        Self { folders, listings: HashMap::new(), themes: names, missing }
    }

    /// The wanted theme, when it is not installed.
    pub fn missing(&self) -> Option<&Missing> {
        self.missing.as_ref()
    }

    /// The themes that icons are taken from, best first.
    pub fn themes(&self) -> &[String] {
        &self.themes
    }

    /// The file of an icon: by absolute path, or by name.
    pub fn find(&mut self, icon: &str) -> Option<PathBuf> {
        let path = Path::new(icon);
        if path.is_absolute() {
            return (drawable(path) && path.is_file()).then(|| path.to_owned());
        }
        // Names with an extension are an old mistake that everybody forgives.
        let name = if drawable(path) { path.file_stem()?.to_str()? } else { icon };
        if name.is_empty() || name.contains('/') {
            return None;
        }
        let files = EXTENSIONS.map(|extension| OsString::from(format!("{name}.{extension}")));
        for folder in &self.folders {
            let listing = self.listings.entry(folder.clone()).or_insert_with(|| list(folder));
            if let Some(file) = files.iter().find(|file| listing.contains(*file)) {
                let path = folder.join(file);
                // A link into nowhere is listed as well.
                if path.is_file() {
                    return Some(path);
                }
            }
        }
        None
    }
}

fn drawable(path: &Path) -> bool {
    path.extension().is_some_and(|extension| EXTENSIONS.iter().any(|known| extension == *known))
}

fn list(folder: impl AsRef<Path>) -> HashSet<OsString> {
    fs::read_dir(folder).map(|items| items.flatten().map(|item| item.file_name()).collect()).unwrap_or_default()
}

fn bases(dirs: &Dirs) -> Vec<PathBuf> {
    let mut bases = vec![dirs.home.join(".icons")];
    bases.extend(dirs.data.iter().map(|data| data.join("icons")));
    bases
}

/// What is shown instead of a theme that is not there.
fn instead(themes: &[String]) -> String {
    match themes {
        [] => "Programs have a letter instead of an icon".into(),
        [theme] => format!("Icons of {theme} are shown instead"),
        [first, .., last] => format!("Icons of {first} are shown instead, and behind it those of {last}"),
    }
}

/// The installed themes that have icons, and not only pointers.
fn others(bases: &[PathBuf]) -> Vec<String> {
    let names = bases.iter().flat_map(list).filter_map(|name| name.into_string().ok());
    let is_one = |name: &String| name != "hicolor" && read_theme(name, bases).is_some_and(|theme| !theme.0.is_empty());
    BTreeSet::from_iter(names).into_iter().filter(is_one).collect()
}

/// The theme's existing folders, best first, and its parents; `None` where it is not installed. A theme may be spread
/// over several base folders; the first index found describes all of them.
fn read_theme(name: &str, bases: &[PathBuf]) -> Option<(Vec<PathBuf>, Vec<String>)> {
    let roots: Vec<PathBuf> = bases.iter().map(|base| base.join(name)).filter(|root| root.is_dir()).collect();
    let text = roots.iter().find_map(|root| fs::read(root.join("index.theme")).ok())?;
    let text = String::from_utf8_lossy(&text);
    let index = DesktopFile::parse(&text);
    let group = index.group("Icon Theme")?;
    let names = |key: &str| -> Vec<String> {
        let value = group.raw(key).unwrap_or_default();
        value.split(',').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
    };
    let mut sizes: Vec<(u32, String)> = Vec::new();
    for folder in names("Directories").into_iter().chain(names("ScaledDirectories")) {
        let Some(described) = index.group(&folder) else { continue };
        let number = |key: &str| described.raw(key).and_then(|value| value.parse::<u32>().ok());
        let Some(size) = number("Size") else { continue };
        let scale = number("Scale").unwrap_or(1).clamp(1, 8);
        let scalable = described.raw("Type") == Some("Scalable");
        sizes.push((distance(size.saturating_mul(scale), scalable, &folder), folder));
    }
    // Stable, so that the theme's own order decides among equals.
    sizes.sort_by_key(|(distance, _)| *distance);
    let folders = sizes.iter().flat_map(|(_, folder)| roots.iter().map(move |root| root.join(folder)));
    Some((folders.filter(|folder| folder.is_dir()).collect(), names("Inherits")))
}

/// How far a folder is from what is wanted: scalable first, then a little larger, then smaller.
fn distance(pixels: u32, scalable: bool, folder: &str) -> u32 {
    let distance = match pixels {
        _ if scalable => 0,
        larger if larger >= PIXELS => 1 + (larger - PIXELS),
        smaller => 10_000 + (PIXELS - smaller),
    };
    // One-colour icons are for panels.
    if folder.contains("symbolic") { distance.saturating_add(100_000) } else { distance }
}

/// The desktop's icon theme, as far as it stands in a file: GTK's settings, then KDE's.
fn desktop_theme(dirs: &Dirs) -> Option<String> {
    let from = |file: &str, group: &str, key: &str| {
        let text = fs::read(dirs.config.join(file)).ok()?;
        let text = String::from_utf8_lossy(&text);
        let value = DesktopFile::parse(&text).group(group)?.raw(key)?.trim_matches('"').trim().to_owned();
        Some(value).filter(|value| !value.is_empty())
    };
    let gtk = |file| from(file, "Settings", "gtk-icon-theme-name");
    let kde = || from("kdeglobals", "Icons", "Theme");
    if dirs.desktops.iter().any(|desktop| desktop == "KDE")
        && let Some(theme) = kde()
    {
        return Some(theme);
    }
    gtk("gtk-4.0/settings.ini").or_else(|| gtk("gtk-3.0/settings.ini")).or_else(kde)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Machine(tempfile::TempDir, Dirs);

    impl Machine {
        fn new() -> Self {
            let root = tempfile::tempdir().unwrap();
            let path = |name: &str| root.path().join(name);
            let dirs = Dirs {
                data: vec![path("data"), path("shared")],
                config: path("config"),
                home: path("home"),
                ..Dirs::default()
            };
            Self(root, dirs)
        }

        fn file(&self, path: &str, text: &str) {
            let path = self.0.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, text).unwrap();
        }

        fn theme(&self, base: &str, name: &str, parents: &str, folders: &[(&str, &str)]) {
            let list: Vec<_> = folders.iter().map(|(folder, _)| *folder).collect();
            let mut index = format!("[Icon Theme]\nName={name}\nInherits={parents}\nDirectories={}\n", list.join(","));
            for (folder, keys) in folders {
                index += &format!("[{folder}]\n{}\n", keys.replace(' ', "\n"));
                fs::create_dir_all(self.0.path().join(base).join("icons").join(name).join(folder)).unwrap();
            }
            self.file(&format!("{base}/icons/{name}/index.theme"), &index);
        }

        fn find(&self, chosen: &str, icon: &str) -> Option<String> {
            let path = Icons::new(chosen, &self.1).find(icon)?;
            Some(path.strip_prefix(self.0.path()).unwrap().to_str().unwrap().to_owned())
        }
    }

    #[test]
    fn the_best_size_of_the_nearest_theme_wins() {
        let machine = Machine::new();
        let sizes: &[(&str, &str)] = &[
            ("16/apps", "Size=16 Type=Fixed"),
            ("64/apps", "Size=64 Type=Threshold"),
            ("32@2/apps", "Size=32 Scale=2"),
            ("256/apps", "Size=256"),
            ("scalable/apps", "Size=64 Type=Scalable MinSize=8 MaxSize=512"),
        ];
        machine.theme("shared", "hicolor", "", sizes);
        machine.theme("shared", "Mother", "Grandmother", &[("48/apps", "Size=48")]);
        machine.theme("shared", "Grandmother", "Mother", &[("48/apps", "Size=48")]);
        machine.theme("data", "Child", "Mother,hicolor", &[("16/apps", "Size=16")]);
        for file in [
            "shared/icons/hicolor/16/apps/a.png",
            "shared/icons/hicolor/64/apps/a.png",
            "shared/icons/hicolor/256/apps/a.png",
            "shared/icons/hicolor/16/apps/b.png",
            "shared/icons/hicolor/256/apps/b.png",
            "shared/icons/hicolor/64/apps/c.png",
            "shared/icons/hicolor/scalable/apps/c.svg",
            "shared/icons/Grandmother/48/apps/c.png",
            "shared/icons/Child/16/apps/d.png",
            "data/icons/Child/16/apps/e.png",
            "shared/icons/hicolor/64/apps/e.png",
            "shared/pixmaps/p.png",
            "data/icons/loose.svg",
            "shared/icons/hicolor/64/apps/org.x.Y.png",
        ] {
            machine.file(file, "");
        }
        let table = [
            ("", "a", Some("shared/icons/hicolor/64/apps/a.png")),
            ("", "b", Some("shared/icons/hicolor/256/apps/b.png")),
            ("", "c", Some("shared/icons/hicolor/scalable/apps/c.svg")),
            ("Child", "c", Some("shared/icons/Grandmother/48/apps/c.png")),
            ("Child", "d", Some("shared/icons/Child/16/apps/d.png")),
            ("Child", "e", Some("data/icons/Child/16/apps/e.png")),
            ("Child", "a", Some("shared/icons/hicolor/64/apps/a.png")),
            ("Child", "a.png", Some("shared/icons/hicolor/64/apps/a.png")),
            ("Absent", "a", Some("shared/icons/hicolor/64/apps/a.png")),
            ("", "org.x.Y", Some("shared/icons/hicolor/64/apps/org.x.Y.png")),
            ("", "p", Some("shared/pixmaps/p.png")),
            ("", "loose", Some("data/icons/loose.svg")),
            ("", "nowhere", None),
            ("", "../hicolor/64/apps/a", None),
            ("", "", None),
        ];
        for (theme, icon, expected) in table {
            assert_eq!(machine.find(theme, icon).as_deref(), expected, "{icon} in {theme}");
        }
        let absolute = machine.0.path().join("shared/pixmaps/p.png");
        assert_eq!(Icons::new("", &machine.1).find(absolute.to_str().unwrap()), Some(absolute));
        assert_eq!(Icons::new("", &machine.1).find("/nowhere/p.png"), None);
        assert_eq!(Icons::new("Child", &machine.1).missing(), None);
        assert_eq!(Icons::new("Child", &machine.1).themes(), ["Child", "Mother", "Grandmother", "hicolor"]);
    }

    #[test]
    fn a_theme_that_is_not_installed_is_named_with_what_is_shown_instead() {
        let machine = Machine::new();
        let said = |chosen: &str| Icons::new(chosen, &machine.1).missing().map(|missing| Fault::from(missing).detail);
        let nothing =
            "Programs have a letter instead of an icon. Install it, or set theme.icon_theme to another one, or to none";
        assert_eq!(said("Papyrus").as_deref(), Some(nothing));
        machine.theme("shared", "hicolor", "", &[("64/apps", "Size=64")]);
        machine.theme("shared", "Papirus", "hicolor", &[("64/apps", "Size=64")]);
        machine.file("shared/icons/pointers/index.theme", "[Icon Theme]\nName=Pointers\n");
        assert_eq!(
            said("Papyrus").as_deref(),
            Some(
                "Icons of hicolor are shown instead. Install it, or set theme.icon_theme to another one; did you mean Papirus?"
            )
        );
        // The desktop's theme comes before the fallbacks.
        machine.file("config/gtk-3.0/settings.ini", "[Settings]\ngtk-icon-theme-name=Papirus\n");
        assert_eq!(
            said("Absent").as_deref(),
            Some(
                "Icons of Papirus are shown instead, and behind it those of hicolor. Install it, or set theme.icon_theme \
                 to another one. Installed: Papirus"
            )
        );
        assert_eq!(said(""), None);
        assert_eq!(said("pointers"), None, "it is installed, though it has nothing to show");
        machine.file("config/gtk-3.0/settings.ini", "[Settings]\ngtk-icon-theme-name=Gone\n");
        assert!(said("").is_some_and(|said| said.ends_with("in the settings of the desktop")));
        // A folder of that name is no theme.
        machine.file("shared/icons/Empty/readme", "");
        assert!(said("Empty").is_some());
    }

    #[test]
    fn without_any_theme_nothing_is_found_and_nothing_breaks() {
        let machine = Machine::new();
        assert_eq!(machine.find("", "a"), None);
        assert_eq!(Icons::new("", &machine.1).missing(), None);
    }

    #[test]
    fn the_desktops_theme_is_read_from_its_files() {
        let mut machine = Machine::new();
        assert_eq!(desktop_theme(&machine.1), None);
        machine.file("config/kdeglobals", "[Icons]\nTheme=breeze-dark\n");
        assert_eq!(desktop_theme(&machine.1).as_deref(), Some("breeze-dark"));
        machine.file("config/gtk-3.0/settings.ini", "[Settings]\ngtk-icon-theme-name=\"Papirus\"\n");
        assert_eq!(desktop_theme(&machine.1).as_deref(), Some("Papirus"));
        machine.1.desktops = vec!["KDE".into()];
        assert_eq!(desktop_theme(&machine.1).as_deref(), Some("breeze-dark"));
    }
}
