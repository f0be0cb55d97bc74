//! Golden rankings and the launcher as a whole, on real files.

use std::fs;
use std::path::Path;

use futures::StreamExt;
use tempfile::TempDir;
use uuid::Uuid;

use super::*;
use crate::model::{Command, ConversationId, HitKind, Icon, Run};

/// Name, generic name, keywords, command, id.
const PROGRAMS: [[&str; 5]; 62] = [
    ["Files", "", "folder;manager;explore;disk;filesystem;", "nautilus --new-window %U", "org.gnome.Nautilus"],
    ["Firefox", "Web Browser", "Internet;WWW;Browser;Web;Explorer;", "firefox %u", "firefox"],
    ["Chromium", "Web Browser", "", "chromium %U", "chromium"],
    ["Calculator", "", "calculation;arithmetic;scientific;financial;", "gnome-calculator", "org.gnome.Calculator"],
    ["Calendar", "", "Event;Reminder;", "gnome-calendar", "org.gnome.Calendar"],
    [
        "LibreOffice Calc",
        "Spreadsheet",
        "Accounting;Stats;OpenDocument;Excel;",
        "libreoffice --calc %U",
        "libreoffice-calc",
    ],
    [
        "LibreOffice Writer",
        "Word Processor",
        "Text;Letter;Fax;Document;",
        "libreoffice --writer %U",
        "libreoffice-writer",
    ],
    ["LibreOffice Impress", "Presentation", "Slideshow;Slides;", "libreoffice --impress %U", "libreoffice-impress"],
    ["LibreOffice Draw", "Drawing Program", "Vector;Schema;Diagram;", "libreoffice --draw %U", "libreoffice-draw"],
    ["LibreOffice", "Office", "", "libreoffice %U", "libreoffice-startcenter"],
    ["Visual Studio Code", "Text Editor", "vscode;", "/usr/share/code/code %F", "code"],
    ["Terminal", "", "shell;prompt;command;commandline;cmd;", "gnome-terminal", "org.gnome.Terminal"],
    ["Foot", "Terminal", "shell;prompt;command;commandline;", "foot", "foot"],
    ["Alacritty", "Terminal", "shell;prompt;", "alacritty", "Alacritty"],
    ["XTerm", "Terminal", "shell;", "xterm", "debian-xterm"],
    ["Settings", "", "Preferences;", "gnome-control-center", "org.gnome.Settings"],
    ["GNU Image Manipulation Program", "Image Editor", "graphic;design;illustration;painting;", "gimp-2.10 %U", "gimp"],
    ["Inkscape", "Vector Graphics Editor", "image;editor;vector;drawing;", "inkscape %F", "org.inkscape.Inkscape"],
    ["Krita", "Digital Painting", "art;illustration;", "krita %F", "org.kde.krita"],
    ["Blender", "3D modeler", "3d;cg;modeling;animation;", "blender %f", "blender"],
    [
        "VLC media player",
        "Media player",
        "Player;Capture;DVD;Audio;Video;",
        "/usr/bin/vlc --started-from-file %U",
        "vlc",
    ],
    ["Videos", "", "Video;Movie;Film;Clip;Series;Player;", "totem %U", "org.gnome.Totem"],
    [
        "mpv Media Player",
        "Multimedia player",
        "mpv;media;player;video;audio;tv;",
        "mpv --player-operation-mode=pseudo-gui -- %U",
        "mpv",
    ],
    ["Spotify", "Music Player", "", "spotify %U", "spotify"],
    ["Rhythmbox", "Music Player", "Audio;Song;MP3;CD;Podcast;", "rhythmbox %U", "rhythmbox"],
    ["Thunderbird", "Mail Client", "Email;E-mail;Newsgroup;Feed;RSS;", "thunderbird %u", "thunderbird"],
    [
        "Evolution",
        "Mail and Calendar",
        "email;calendar;contact;addressbook;task;",
        "evolution %U",
        "org.gnome.Evolution",
    ],
    ["Text Editor", "", "write;notepad;", "gnome-text-editor %U", "org.gnome.TextEditor"],
    ["Document Viewer", "", "pdf;ps;postscript;dvi;xps;djvu;document;presentation;", "evince %U", "org.gnome.Evince"],
    ["Image Viewer", "", "Picture;Slideshow;Graphics;", "eog %U", "org.gnome.eog"],
    ["System Monitor", "", "Process;Manager;Task;Usage;", "gnome-system-monitor", "gnome-system-monitor"],
    ["Disks", "", "disk;drive;volume;harddisk;hdd;partition;iso;", "gnome-disks", "org.gnome.DiskUtility"],
    ["Disk Usage Analyzer", "", "storage;space;cleanup;", "baobab", "org.gnome.baobab"],
    ["Logs", "", "log;journal;debug;error;", "gnome-logs", "org.gnome.Logs"],
    ["Characters", "", "characters;unicode;punctuation;emoji;", "gnome-characters", "org.gnome.Characters"],
    ["Clocks", "", "time;timer;alarm;world clock;stopwatch;", "gnome-clocks", "org.gnome.clocks"],
    ["Weather", "", "Forecast;", "gnome-weather", "org.gnome.Weather"],
    ["Maps", "", "", "gnome-maps %U", "org.gnome.Maps"],
    ["Screenshot", "", "snapshot;capture;print;", "gnome-screenshot --interactive", "org.gnome.Screenshot"],
    ["Cheese", "Webcam Booth", "photo;video;webcam;", "cheese", "org.gnome.Cheese"],
    ["Passwords and Keys", "", "keyring;encryption;security;sign;ssh;", "seahorse", "org.gnome.seahorse.Application"],
    [
        "KeePassXC",
        "Password Manager",
        "security;privacy;password-manager;yubikey;",
        "keepassxc %f",
        "org.keepassxc.KeePassXC",
    ],
    ["Steam", "", "Games;", "/usr/bin/steam %U", "steam"],
    ["Discord", "Internet Messenger", "", "/usr/share/discord/Discord", "discord"],
    ["Signal", "", "chat;messenger;", "/opt/Signal/signal-desktop %U", "signal-desktop"],
    [
        "Telegram Desktop",
        "",
        "tg;chat;im;messaging;messenger;sms;tdesktop;",
        "telegram-desktop -- %u",
        "org.telegram.desktop",
    ],
    ["Slack", "Slack Client for Linux", "", "/usr/bin/slack %U", "slack"],
    ["Zoom Workplace", "Zoom Client for Linux", "", "/usr/bin/zoom %U", "Zoom"],
    ["Obsidian", "", "notes;markdown;", "obsidian %U", "obsidian"],
    ["Htop", "Process Viewer", "system;process;task", "htop", "htop"],
    ["Vim", "Text Editor", "Text;editor;", "vim %F", "vim"],
    ["Neovim", "Text Editor", "Text;editor;", "nvim %F", "nvim"],
    ["Emacs", "Text Editor", "", "emacs %F", "emacs"],
    [
        "Transmission",
        "BitTorrent Client",
        "torrents;downloading;uploading;share;",
        "transmission-gtk %U",
        "transmission-gtk",
    ],
    ["OBS Studio", "Streaming/Recording Software", "", "obs", "com.obsproject.Studio"],
    ["Audacity", "Sound Editor", "sound;music editing;voice channel;", "env GDK_BACKEND=x11 audacity %F", "audacity"],
    ["Über Notizen", "", "", "uber-notes", "uber-notes"],
    ["Fonts", "", "fonts;fontface;typeface;", "gnome-font-viewer", "org.gnome.font-viewer"],
    ["Boxes", "", "virtual machine;vm;remote desktop;", "gnome-boxes %U", "org.gnome.Boxes"],
    ["Software", "", "Updates;Upgrade;Sources;Repositories;Install;Store;", "gnome-software %U", "org.gnome.Software"],
    ["Extensions", "", "", "gnome-extensions-app", "org.gnome.Extensions"],
    ["日本語入力の設定", "", "mozc;ime;", "mozc_tool", "mozc"],
];

struct Machine {
    root: TempDir,
    launcher: Launcher,
}

impl Machine {
    fn new(edit: impl FnOnce(&Path, &mut Dirs)) -> Self {
        let root = tempfile::tempdir().unwrap();
        for [name, generic, keywords, exec, id] in PROGRAMS {
            let text = format!(
                "[Desktop Entry]\nType=Application\nName={name}\nGenericName={generic}\nKeywords={keywords}\n\
                 Exec={exec}\nIcon={id}\n"
            );
            write(root.path(), &format!("data/applications/{id}.desktop"), &text);
        }
        let firefox = "[Desktop Entry]\nType=Application\nName=Firefox\nGenericName=Web Browser\nExec=firefox %u\n\
                       Icon=firefox\nKeywords=Internet;\nActions=new-window;new-private-window;\n\
                       [Desktop Action new-window]\nName=New Window\nExec=firefox --new-window %u\n\
                       [Desktop Action new-private-window]\nName=New Private Window\nExec=firefox --private-window\n";
        write(root.path(), "data/applications/firefox.desktop", firefox);
        let mut dirs =
            Dirs { data: vec![root.path().join("data")], state: root.path().join("state"), ..Dirs::default() };
        edit(root.path(), &mut dirs);
        let launcher = Launcher::new(&schema::Launcher::default(), "", dirs);
        launcher.rescan();
        Self { root, launcher }
    }

    fn all(&self, query: &str) -> Vec<Results> {
        self.with(query, async { Vec::new() })
    }

    fn with<F: Future<Output = Vec<Summary>> + Send + 'static>(&self, query: &str, found: F) -> Vec<Results> {
        let query = Query { generation: 7, text: query.into() };
        let model = ModelRef { provider: "anthropic".into(), model: "claude-sonnet".into() };
        block_on(self.launcher.search(&query, Some(&model), found).collect())
    }

    fn hits(&self, query: &str) -> Vec<Hit> {
        self.all(query).pop().unwrap().hits.to_vec()
    }

    /// Titles without the Ask row.
    fn titles(&self, query: &str) -> Vec<String> {
        let hits = self.hits(query);
        hits.into_iter().filter(|hit| hit.kind != HitKind::Ask).map(|hit| hit.title).collect()
    }
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

#[test]
fn golden_ranking() {
    let machine = Machine::new(|_, _| {});
    let table: [(&str, &[&str]); 41] = [
        ("cal", &["Calculator", "Calendar", "LibreOffice Calc"]),
        ("calc", &["Calculator", "LibreOffice Calc"]),
        ("ff", &["Firefox"]),
        ("fi", &["Files", "Firefox"]),
        ("fir", &["Firefox"]),
        ("fire", &["Firefox"]),
        ("firefox", &["Firefox"]),
        ("FireFox", &["Firefox"]),
        ("firfox", &["Firefox"]),
        ("fox", &["Firefox"]),
        ("term", &["Terminal", "XTerm"]),
        ("terminal", &["Terminal"]),
        ("xt", &["XTerm"]),
        ("code", &["Visual Studio Code"]),
        ("vsc", &["Visual Studio Code"]),
        ("vscode", &["Visual Studio Code"]),
        ("studio", &["OBS Studio", "Visual Studio Code"]),
        ("lo", &["Logs"]),
        ("lo calc", &["LibreOffice Calc"]),
        ("calc lo", &["LibreOffice Calc"]),
        ("loc", &["LibreOffice Calc"]),
        ("libre", &["LibreOffice", "LibreOffice Calc", "LibreOffice Draw"]),
        ("libreofice", &["LibreOffice"]),
        ("office writer", &["LibreOffice Writer"]),
        ("gimp", &["GNU Image Manipulation Program"]),
        ("image", &["Image Viewer", "GNU Image Manipulation Program"]),
        ("set", &["Settings"]),
        ("uber", &["Über Notizen"]),
        ("über", &["Über Notizen"]),
        ("nautilus", &["Files"]),
        ("web browser", &["Chromium", "Firefox"]),
        ("browser", &["Chromium", "Firefox"]),
        ("spreadsheet", &["LibreOffice Calc"]),
        ("pdf", &["Document Viewer"]),
        ("mail", &["Evolution", "Thunderbird"]),
        ("vi", &["Videos", "Vim", "Visual Studio Code"]),
        ("te", &["Telegram Desktop", "Terminal", "Text Editor"]),
        ("task", &["Evolution", "Htop", "System Monitor"]),
        ("入力", &["日本語入力の設定"]),
        ("private window", &["New Private Window"]),
        ("new chat", &["New chat"]),
    ];
    for (query, expected) in table {
        let titles = machine.titles(query);
        let first: Vec<&str> = titles.iter().take(expected.len()).map(String::as_str).collect();
        match query {
            // Which of two equals comes first is decided by their names.
            "task" | "te" | "mail" => {
                let mut first = first;
                first.sort_unstable();
                assert_eq!(first, expected, "{query}: {titles:?}");
            }
            _ => assert_eq!(first, expected, "{query}: {titles:?}"),
        }
    }
}

#[test]
fn every_beginning_of_every_name_finds_it() {
    let machine = Machine::new(|_, _| {});
    for [name, ..] in PROGRAMS {
        let letters: Vec<char> = name.chars().collect();
        for end in 1..=letters.len() {
            let query: String = letters[..end].iter().collect();
            let titles = machine.titles(&query);
            assert!(titles.iter().any(|title| title == name), "{query} finds {titles:?}");
        }
        assert_eq!(machine.titles(name)[0], name, "the whole name is first");
    }
}

#[test]
fn keywords_come_below_titles() {
    let machine = Machine::new(|_, _| {});
    let titles = machine.titles("video");
    let at = |name: &str| titles.iter().position(|title| title == name).unwrap();
    assert_eq!(at("Videos"), 0);
    assert!(at("Videos") < at("Cheese") && at("Videos") < at("VLC media player"), "{titles:?}");
}

#[test]
fn use_lifts_but_not_over_an_exact_title() {
    let machine = Machine::new(|_, _| {});
    let now = now();
    assert_eq!(machine.titles("cal")[0], "Calculator");
    machine.launcher.used(&HitId("app:org.gnome.Calendar".into()), "", now);
    assert_eq!(machine.titles("cal")[..2], ["Calendar", "Calculator"]);
    for _ in 0..50 {
        machine.launcher.used(&HitId("app:foot".into()), "terminal", now);
    }
    assert_eq!(machine.titles("term")[0], "Foot", "picked for what begins so");
    assert_eq!(machine.titles("terminal")[0], "Terminal", "an exact title");
    machine.launcher.used(&HitId("calc:".into()), "2+2", now);
    assert_eq!(machine.titles("calculator")[0], "Calculator");
}

#[test]
fn use_is_kept_over_restarts() {
    let machine = Machine::new(|_, _| {});
    machine.launcher.used(&HitId("app:org.gnome.Calendar".into()), "cal", now());
    let file = machine.root.path().join("state/frecency.json");
    while !file.exists() {
        thread::yield_now();
    }
    let dirs = machine.launcher.inner.dirs.clone();
    let next =
        Machine { root: tempfile::tempdir().unwrap(), launcher: Launcher::new(&schema::Launcher::default(), "", dirs) };
    next.launcher.rescan();
    assert_eq!(next.titles("cal")[0], "Calendar");
}

#[test]
fn asking_is_always_the_last_row() {
    let machine = Machine::new(|_, _| {});
    for query in ["f", "fi", "zzzzqqq", "2+2", "what is love?", "日", &"long ".repeat(200_000)] {
        let hits = machine.hits(query);
        let last = hits.last().unwrap();
        assert_eq!((last.kind, last.subtitle.as_str()), (HitKind::Ask, "ask claude-sonnet"));
        assert_eq!(last.run, Run::Ask { text: query.trim().into() });
        assert_eq!(hits.iter().filter(|hit| hit.kind == HitKind::Ask).count(), 1);
    }
    assert_eq!(machine.hits("zzzzqqq").len(), 1);
}

#[test]
fn without_a_word_what_is_used_most_comes_first_and_there_is_nothing_to_ask() {
    let machine = Machine::new(|_, _| {});
    for id in ["app:foot", "command:history", "app:firefox#new-window", "app:foot", "app:org.kde.krita"] {
        machine.launcher.used(&HitId(id.into()), "x", now());
    }
    for empty in ["", "  ", "\n"] {
        let all = machine.with(empty, async { vec![summary("x")] });
        assert_eq!(all.len(), 1);
        assert!(all[0].complete);
        assert!(
            all[0].hits.iter().all(|hit| matches!(hit.kind, HitKind::Application | HitKind::Action | HitKind::Command))
        );
        assert!(all[0].hits.iter().all(|hit| hit.matched.is_empty()));
        let titles: Vec<&str> = all[0].hits.iter().map(|hit| hit.title.as_str()).collect();
        assert_eq!(titles[..4], ["Foot", "Krita", "Alacritty", "Audacity"], "{titles:?}");
        assert_eq!(titles.len(), schema::Launcher::default().limit as usize);
    }
}

#[test]
fn a_calculation_comes_first() {
    let machine = Machine::new(|_, _| {});
    let hits = machine.hits("2+2");
    assert_eq!(hits[0].kind, HitKind::Calculation);
    assert_eq!(hits[0].run, Run::Copy { text: "4".into() });
}

fn summary(title: &str) -> Summary {
    Summary {
        id: ConversationId(Uuid::from_u128(1)),
        title: title.into(),
        updated: Timestamp(0),
        messages: 2,
        excerpt: Some("the \u{2}fire\u{3}\nplace".into()),
        interrupted: false,
    }
}

#[test]
fn late_conversations_are_appended_and_move_nothing() {
    let machine = Machine::new(|_, _| {});
    let (sender, receiver) = tokio::sync::oneshot::channel();
    let query = Query { generation: 3, text: "fire".into() };
    let mut stream = Box::pin(machine.launcher.search(&query, None, async { receiver.await.unwrap_or_default() }));
    block_on(async {
        let first = stream.next().await.unwrap();
        assert!(!first.complete);
        assert_eq!(first.generation, 3);
        assert_eq!(first.hits.last().unwrap().kind, HitKind::Ask);
        sender.send(vec![summary("Wood fires")]).unwrap();
        let second = stream.next().await.unwrap();
        assert!(second.complete);
        assert_eq!(second.hits[..first.hits.len()], first.hits[..]);
        let added = &second.hits[first.hits.len()..];
        assert_eq!(added.len(), 1);
        assert_eq!((added[0].title.as_str(), added[0].subtitle.as_str()), ("Wood fires", "the fire place"));
        assert_eq!(added[0].matched, [5, 6, 7, 8]);
        assert!(stream.next().await.is_none());
    });
}

#[test]
fn conversations_that_are_ready_come_before_asking() {
    let machine = Machine::new(|_, _| {});
    let all = machine.with("fire", async { vec![summary("Wood fires")] });
    assert_eq!(all.len(), 1);
    let kinds: Vec<HitKind> = all[0].hits.iter().rev().take(2).map(|hit| hit.kind).collect();
    assert_eq!(kinds, [HitKind::Ask, HitKind::Conversation]);
}

#[test]
fn sources_can_be_switched_off() {
    let machine = Machine::new(|_, _| {});
    let off = schema::Launcher {
        applications: false,
        actions: false,
        calculator: false,
        conversations: false,
        ..schema::Launcher::default()
    };
    machine.launcher.configure(&off, "");
    for query in ["firefox", "new window", "2+2"] {
        let all = machine.with(query, async { vec![summary("x")] });
        assert_eq!(all.len(), 1);
        assert_eq!(all[0].hits.len(), 1, "{query}");
    }
    machine.launcher.configure(&schema::Launcher { limit: 2, ..schema::Launcher::default() }, "");
    assert_eq!(machine.hits("e").len(), 3, "two and asking");
}

#[test]
fn a_hit_says_everything_the_overlay_needs() {
    let machine = Machine::new(|root, _| {
        write(root, "data/icons/hicolor/index.theme", "[Icon Theme]\nDirectories=64\n[64]\nSize=64\n");
        write(root, "data/icons/hicolor/64/firefox.png", "");
    });
    let hits = machine.hits("firefox");
    assert_eq!(hits[0].id.0, "app:firefox");
    assert_eq!(hits[0].subtitle, "Web Browser");
    assert_eq!(hits[0].icon, Icon::File { path: machine.root.path().join("data/icons/hicolor/64/firefox.png") });
    assert_eq!(hits[0].matched, [0, 1, 2, 3, 4, 5, 6]);
    assert_eq!(hits[0].run, Run::Launch { entry: "firefox.desktop".into(), action: None });
    let actions: Vec<&str> = hits[0].actions.iter().map(|action| action.title.as_str()).collect();
    assert_eq!(actions, ["New Window", "New Private Window"]);
    let action = &machine.hits("firefox private")[0];
    assert_eq!((action.id.0.as_str(), action.subtitle.as_str()), ("app:firefox#new-private-window", "Firefox"));
    let run = Run::Launch { entry: "firefox.desktop".into(), action: Some("new-private-window".into()) };
    assert_eq!(action.run, run);
    assert_eq!(machine.hits("settings")[0].icon, Icon::Letter { letter: 'S' }, "no file was found");
    let new_chat = &machine.hits("new chat")[0];
    assert_eq!(new_chat.run, Run::Command { command: Box::new(Command::New) });
}

#[tokio::test]
async fn an_icon_theme_that_is_set_and_missing_is_named() {
    let machine = Machine::new(|_, _| {});
    let launcher = &machine.launcher;
    let mut due = Box::pin(launcher.watch());
    assert_eq!(due.next().await, Some(()), "the state");
    assert_eq!((launcher.problems(), launcher.wrong_icon_theme()), (Vec::new(), None));
    launcher.configure(&schema::Launcher::default(), "Papyrus");
    assert_eq!(due.next().await, Some(()), "icons have to be looked up anew");
    launcher.rescan();
    let title = launcher.wrong_icon_theme().map(|fault| fault.title);
    assert_eq!(title.as_deref(), Some("The icon theme “Papyrus” is not installed"));
    launcher.configure(&schema::Launcher::default(), "Other");
    assert_eq!(launcher.wrong_icon_theme(), None, "it was not looked for yet");
}

#[test]
fn launches_are_prepared() {
    let machine = Machine::new(|root, dirs| {
        fs::create_dir_all(root.join("bin")).unwrap();
        std::os::unix::fs::symlink("/bin/sh", root.join("bin/foot")).unwrap();
        dirs.path = vec![root.join("bin")];
        write(
            root,
            "data/applications/org.example.Bus.desktop",
            "[Desktop Entry]\nName=Bus\nDBusActivatable=true\nPath=/tmp\nExec=bus %i %c\nIcon=i\nTerminal=true\n\
             Actions=go;\n[Desktop Action go]\nName=Go\n",
        );
        write(root, "data/applications/odd.desktop", "[Desktop Entry]\nName=Odd\nExec=odd %z\n");
    });
    let spec = machine.launcher.launch_spec("firefox.desktop", Some("new-window")).unwrap();
    assert_eq!(spec.argv, ["firefox", "--new-window"]);
    assert_eq!((spec.id.as_str(), spec.name.as_str(), spec.activate), ("firefox", "Firefox", None));

    let spec = machine.launcher.launch_spec("org.example.Bus.desktop", None).unwrap();
    assert_eq!(spec.argv, ["foot", "bus", "--icon", "i", "Bus"]);
    assert_eq!(spec.directory.as_deref(), Some(Path::new("/tmp")));
    assert_eq!(spec.activate, Some(Activate { bus_name: "org.example.Bus".into(), action: None }));
    let spec = machine.launcher.launch_spec("org.example.Bus.desktop", Some("go")).unwrap();
    assert_eq!(spec.argv, [""; 0]);
    assert_eq!(spec.activate.unwrap().action.as_deref(), Some("go"));

    let fault = |entry: &str, action: Option<&str>| machine.launcher.launch_spec(entry, action).unwrap_err();
    assert_eq!(fault("gone.desktop", None).title, "gone.desktop is not installed any more");
    assert!(fault("odd.desktop", None).detail.contains("unknown field code %z"));
    assert!(fault("firefox.desktop", Some("gone")).detail.contains("no action “gone”"));
    fs::remove_file(machine.root.path().join("bin/foot")).unwrap();
    assert_eq!(fault("org.example.Bus.desktop", None).title, "Bus needs a terminal and none was found");
    let own = schema::Launcher { terminal: vec!["my-term".into(), "--".into()], ..schema::Launcher::default() };
    machine.launcher.configure(&own, "");
    let spec = machine.launcher.launch_spec("org.example.Bus.desktop", None).unwrap();
    assert_eq!(spec.argv[..3], ["my-term", "--", "bus"]);
}

#[test]
fn a_rescan_finds_what_came_and_drops_what_went() {
    let machine = Machine::new(|_, _| {});
    write(machine.root.path(), "data/applications/new.desktop", "[Desktop Entry]\nName=Brandnew\nExec=x\n");
    fs::remove_file(machine.root.path().join("data/applications/steam.desktop")).unwrap();
    assert_eq!(machine.titles("brandnew"), [""; 0]);
    machine.launcher.rescan();
    assert_eq!(machine.titles("brandnew"), ["Brandnew"]);
    assert!(!machine.titles("steam").contains(&"Steam".to_owned()));
}
