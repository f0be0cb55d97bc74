//! Finds the desktop entries of this machine: precedence, visibility, and what is wrong with the broken ones.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use super::Dirs;
use super::desktop_file::{DesktopFile, Group, lookup_order};
use super::exec;
use crate::model::{Fault, FaultKind};

/// A larger file is no desktop file.
const LARGEST: u64 = 1 << 20;
/// Deeper folders are a loop of links.
const DEEPEST: u32 = 8;

/// A desktop entry that can be started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The desktop file id with `.desktop`; folders below `applications` become `-`.
    pub id: String,
    /// Where it was found.
    pub path: PathBuf,
    /// `Name`, localised.
    pub name: String,
    /// `Name` without localisation, where it is another.
    pub plain_name: Option<String>,
    /// `GenericName`, localised.
    pub generic_name: Option<String>,
    /// `Comment`, localised.
    pub comment: Option<String>,
    /// `Keywords`, localised.
    pub keywords: Vec<String>,
    /// `Exec` as words, field codes not expanded; empty when only D-Bus can start it.
    pub exec: Vec<String>,
    /// `Icon`.
    pub icon: Option<String>,
    /// `Path`.
    pub directory: Option<PathBuf>,
    /// `Terminal`.
    pub terminal: bool,
    /// `DBusActivatable`.
    pub activatable: bool,
    /// Its actions that have a name, in the order of `Actions`.
    pub actions: Vec<Action>,
}

/// An action of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    /// Its id within the entry.
    pub id: String,
    /// Its `Name`, localised.
    pub name: String,
    /// Its `Exec` as words; empty when only D-Bus can start it.
    pub exec: Vec<String>,
    /// Its own `Icon`.
    pub icon: Option<String>,
}

impl Entry {
    /// The id without `.desktop`: the application id.
    pub fn app_id(&self) -> &str {
        self.id.strip_suffix(".desktop").unwrap_or(&self.id)
    }
}

/// What a scan found.
#[derive(Debug, Default)]
pub struct Scan {
    /// Entries to show, by id.
    pub entries: Vec<Entry>,
    /// Files that were passed over, and folders that could not be listed.
    pub broken: Vec<Broken>,
}

/// A desktop file that can't be used, or a folder of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// Where it is.
    pub path: PathBuf,
    /// What is wrong, a sentence without its point.
    pub why: String,
}

impl Broken {
    /// What can be done about it.
    pub fn next_step(&self) -> String {
        format!("It is passed over; correct or remove {}", self.path.display())
    }
}

impl From<&Broken> for Fault {
    fn from(broken: &Broken) -> Self {
        let name = broken.path.file_name().unwrap_or_default().to_string_lossy();
        let title = format!("The desktop file {name} can't be used");
        Self::new(FaultKind::Launch, title, format!("{}. {}", broken.why, broken.next_step()))
    }
}

/// What one file says.
enum Verdict {
    Show(Box<Entry>),
    /// A valid file that is not to be shown; it hides those of the same id in later folders.
    Hide,
}

/// Reads every `applications` folder. Blocks on the disk.
pub fn scan(dirs: &Dirs) -> Scan {
    let locales = lookup_order(&dirs.locales);
    let mut found: BTreeMap<String, Verdict> = BTreeMap::new();
    let mut broken = Vec::new();
    for data in &dirs.data {
        let root = data.join("applications");
        for path in desktop_files(&root, &mut broken) {
            let Some(id) = id_of(&root, &path) else { continue };
            if found.contains_key(&id) {
                continue;
            }
            match read(&id, &path, dirs, &locales) {
                Ok(verdict) => {
                    found.insert(id, verdict);
                }
                Err(why) => broken.push(Broken { path, why }),
            }
        }
    }
    let shown = |verdict| match verdict {
        Verdict::Show(entry) => Some(*entry),
        Verdict::Hide => None,
    };
    Scan { entries: found.into_values().filter_map(shown).collect(), broken }
}

/// All `*.desktop` below `root`, ordered, so that a scan always gives the same; and the folders that can't be listed.
fn desktop_files(root: &Path, broken: &mut Vec<Broken>) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut seen = HashSet::new();
    let mut folders = vec![(root.to_owned(), 0)];
    while let Some((folder, depth)) = folders.pop() {
        let real = folder.canonicalize();
        if depth > DEEPEST || !real.is_ok_and(|real| seen.insert(real)) {
            continue;
        }
        let listing = match fs::read_dir(&folder) {
            Ok(listing) => listing,
            Err(error) => {
                broken.push(Broken { path: folder, why: format!("It can't be listed ({error})") });
                continue;
            }
        };
        for item in listing.flatten() {
            let path = item.path();
            if path.extension().is_some_and(|extension| extension == "desktop") {
                files.push(path);
            } else if path.is_dir() {
                folders.push((path, depth + 1));
            }
        }
    }
    files.sort();
    files
}

fn id_of(root: &Path, path: &Path) -> Option<String> {
    Some(path.strip_prefix(root).ok()?.to_str()?.replace('/', "-"))
}

fn read(id: &str, path: &Path, dirs: &Dirs, locales: &[String]) -> Result<Verdict, String> {
    let meta = fs::metadata(path).map_err(|error| format!("It can't be read ({error})"))?;
    // An empty file or a device is how some distributions mask an entry.
    if !meta.is_file() || meta.len() == 0 {
        return Ok(Verdict::Hide);
    }
    if meta.len() > LARGEST {
        return Err(format!("It has {} bytes, more than any desktop file", meta.len()));
    }
    let bytes = fs::read(path).map_err(|error| format!("It can't be read ({error})"))?;
    let text = String::from_utf8_lossy(&bytes);
    let file = DesktopFile::parse(&text);
    let group = file.group("Desktop Entry").ok_or("It has no group [Desktop Entry]")?;
    let entry = match group.raw("Type") {
        Some("Application") | None => group,
        Some(_) => return Ok(Verdict::Hide),
    };
    if entry.flag("Hidden") || entry.flag("NoDisplay") || !is_for(entry, &dirs.desktops) {
        return Ok(Verdict::Hide);
    }
    if let Some(program) = entry.string("TryExec")
        && dirs.executable(&program).is_none()
    {
        return Ok(Verdict::Hide);
    }
    let name = entry.localised("Name", locales).ok_or("It has no Name")?;
    let activatable = entry.flag("DBusActivatable") && is_bus_name(id.trim_end_matches(".desktop"));
    let words = match entry.string("Exec") {
        Some(exec) => exec::words(&exec).map_err(|error| error.to_string())?,
        None if activatable => Vec::new(),
        None => return Err("It has no Exec".into()),
    };
    let plain_name = entry.string("Name").filter(|plain| *plain != name);
    let actions = entry.list("Actions").into_iter().filter_map(|action| {
        let group = file.group(&format!("Desktop Action {action}"))?;
        let exec = group.string("Exec").and_then(|exec| exec::words(&exec).ok()).unwrap_or_default();
        let can_start = activatable || !exec.is_empty();
        let name = group.localised("Name", locales).filter(|_| can_start)?;
        Some(Action { id: action, name, exec, icon: group.string("Icon") })
    });
    Ok(Verdict::Show(Box::new(Entry {
        id: id.to_owned(),
        path: path.to_owned(),
        name: one_line(&name),
        plain_name,
        generic_name: entry.localised("GenericName", locales).map(|text| one_line(&text)),
        comment: entry.localised("Comment", locales).map(|text| one_line(&text)),
        keywords: entry.localised_list("Keywords", locales),
        exec: words,
        icon: entry.localised("Icon", locales),
        directory: entry.string("Path").map(PathBuf::from),
        terminal: entry.flag("Terminal"),
        activatable,
        actions: actions.collect(),
    })))
}

/// `OnlyShowIn`, `NotShowIn`: the first of the desktops that is named in either decides.
fn is_for(entry: &Group<'_>, desktops: &[String]) -> bool {
    let (only, not) = (entry.list("OnlyShowIn"), entry.list("NotShowIn"));
    for desktop in desktops {
        if only.contains(desktop) {
            return true;
        }
        if not.contains(desktop) {
            return false;
        }
    }
    only.is_empty()
}

/// Whether an id is a well-known bus name, as `DBusActivatable` demands.
fn is_bus_name(id: &str) -> bool {
    let part = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_' || c == '-')
            && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
    };
    id.len() <= 255 && id.contains('.') && id.split('.').all(part)
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Machine(tempfile::TempDir, Dirs);

    impl Machine {
        fn new() -> Self {
            let root = tempfile::tempdir().unwrap();
            let data = vec![root.path().join("home"), root.path().join("system")];
            let dirs = Dirs { data, path: vec![root.path().join("bin")], ..Dirs::default() };
            Self(root, dirs)
        }

        fn file(&self, path: &str, text: impl AsRef<[u8]>) -> PathBuf {
            let path = self.0.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, text).unwrap();
            path
        }

        fn names(&self) -> Vec<String> {
            scan(&self.1).entries.into_iter().map(|entry| entry.name).collect()
        }
    }

    fn entry(name: &str, more: &str) -> String {
        format!("[Desktop Entry]\nType=Application\nName={name}\nExec=true\n{more}\n")
    }

    #[test]
    fn an_earlier_folder_wins_and_may_hide() {
        let machine = Machine::new();
        machine.file("system/applications/a.desktop", entry("System A", ""));
        machine.file("system/applications/b.desktop", entry("System B", ""));
        machine.file("system/applications/c.desktop", entry("System C", ""));
        machine.file("home/applications/a.desktop", entry("Home A", ""));
        machine.file("home/applications/b.desktop", entry("Home B", "Hidden=true"));
        machine.file("home/applications/c.desktop", "");
        machine.file("system/applications/kde/d.desktop", entry("System D", ""));
        machine.file("home/applications/kde-d.desktop", entry("Home D", ""));
        assert_eq!(machine.names(), ["Home A", "Home D"]);
    }

    #[test]
    fn what_is_not_for_this_desktop_is_not_shown() {
        let mut machine = Machine::new();
        machine.1.desktops = vec!["sway".into(), "wlroots".into()];
        let program = machine.file("bin/there", "#!/bin/sh\n");
        std::os::unix::fs::symlink("/bin/sh", machine.0.path().join("bin/shell")).unwrap();
        for (name, more) in [
            ("plain", ""),
            ("hidden", "NoDisplay=true"),
            ("gnome", "OnlyShowIn=GNOME;"),
            ("wlroots", "OnlyShowIn=GNOME;wlroots;"),
            ("not-sway", "NotShowIn=sway;"),
            ("not-kde", "NotShowIn=KDE;"),
            ("try", "TryExec=shell"),
            ("try-missing", "TryExec=absent"),
            ("try-not-executable", &format!("TryExec={}", program.display())),
            ("link", "Type=Link"),
        ] {
            let kind = if name == "link" { "" } else { "Type=Application\n" };
            let text = entry(name, more).replace("Type=Application\n", kind);
            machine.file(&format!("home/applications/{name}.desktop"), text);
        }
        assert_eq!(machine.names(), ["not-kde", "plain", "try", "wlroots"]);
    }

    #[test]
    fn broken_files_are_named_and_spoil_nothing() {
        let machine = Machine::new();
        machine.file("system/applications/good.desktop", entry("Good", ""));
        machine.file("home/applications/good.desktop", "not a desktop file");
        machine.file("home/applications/no-name.desktop", "[Desktop Entry]\nExec=x\n");
        machine.file("home/applications/no-exec.desktop", "[Desktop Entry]\nName=x\n");
        machine.file("home/applications/quote.desktop", "[Desktop Entry]\nName=x\nExec=\"x\n");
        machine.file("home/applications/binary.desktop", [0xff, 0xfe, 0, 1, 2, 3]);
        machine.file("home/applications/huge.desktop", vec![b'#'; (LARGEST + 1) as usize]);
        machine.file("home/applications/latin.desktop", b"[Desktop Entry]\nName=Caf\xe9\nExec=x\n");
        let folder = machine.0.path().join("home/applications");
        std::os::unix::fs::symlink("nowhere", folder.join("dangling.desktop")).unwrap();
        std::os::unix::fs::symlink(&folder, folder.join("loop")).unwrap();
        let scan = scan(&machine.1);
        let names: Vec<_> = scan.entries.iter().map(|entry| entry.name.as_str()).collect();
        assert_eq!(names, ["Good", "Caf\u{fffd}"]);
        let faults: Vec<Fault> = scan.broken.iter().map(Fault::from).collect();
        let titles: Vec<_> = faults.iter().map(|fault| fault.title.as_str()).collect();
        let expected = ["binary", "dangling", "good", "huge", "no-exec", "no-name", "quote"];
        assert_eq!(titles, expected.map(|id| format!("The desktop file {id}.desktop can't be used")));
        for (fault, broken) in faults.iter().zip(&scan.broken) {
            assert!(fault.detail.ends_with(&format!("correct or remove {}", broken.path.display())), "{fault}");
        }
        assert_eq!(scan.broken[4].why, "It has no Exec");
    }

    #[test]
    fn a_folder_that_is_none_is_named() {
        let machine = Machine::new();
        let file = machine.file("home/applications", "in the way");
        let scan = scan(&machine.1);
        assert_eq!(scan.broken.iter().map(|broken| &broken.path).collect::<Vec<_>>(), [&file]);
        assert!(scan.broken[0].why.starts_with("It can't be listed"), "{:?}", scan.broken);
    }

    #[test]
    fn everything_an_entry_says_is_read() {
        let mut machine = Machine::new();
        machine.1.locales = vec!["de_DE.UTF-8".into()];
        let path = machine.file(
            "home/applications/org.example.App.desktop",
            "[Desktop Entry]\nType=Application\nName=App\nName[de]=Anwendung\nGenericName=Thing\nComment=Does\\sthings\n\
             Keywords=one;two;\nKeywords[de]=eins;zwei;\nIcon=icon\nPath=/tmp\nTerminal=true\nDBusActivatable=true\n\
             Actions=new;gone;bad;\n[Desktop Action new]\nName=New\nName[de]=Neu\nExec=app --new\nIcon=plus\n\
             [Desktop Action bad]\nExec=app\n",
        );
        let entry = scan(&machine.1).entries.remove(0);
        let expected = Entry {
            id: "org.example.App.desktop".into(),
            path,
            name: "Anwendung".into(),
            plain_name: Some("App".into()),
            generic_name: Some("Thing".into()),
            comment: Some("Does things".into()),
            keywords: vec!["eins".into(), "zwei".into()],
            exec: Vec::new(),
            icon: Some("icon".into()),
            directory: Some("/tmp".into()),
            terminal: true,
            activatable: true,
            actions: vec![Action {
                id: "new".into(),
                name: "Neu".into(),
                exec: vec!["app".into(), "--new".into()],
                icon: Some("plus".into()),
            }],
        };
        assert_eq!(entry, expected);
        assert_eq!(entry.app_id(), "org.example.App");
    }
}
