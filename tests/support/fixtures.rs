//! Programs with names and icons for a desktop that has none: what results look like on a real one.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

/// One program: id, name, generic name, keywords, two colours of its icon's ground, the icon's sign as an SVG path (24×24).
type Program = (&'static str, &'static str, &'static str, &'static str, &'static str, &'static str, &'static str);

const PROGRAMS: [Program; 15] = [
    (
        "firefox",
        "Firefox",
        "Web Browser",
        "Internet;WWW;",
        "#ff9a3c",
        "#e0314b",
        "M12 4a8 8 0 1 0 8 8c0-3-2-5-4-6 1 3-1 5-3 5s-3-1-3-3c0-2 1-3 2-4Z",
    ),
    ("org.gnome.Nautilus", "Files", "File Manager", "folder;explorer;disk;", "#5ab0f6", "#2463c4", "M4 7h6l2 2h8v9H4Z"),
    (
        "org.gnome.Calculator",
        "Calculator",
        "Calculator",
        "arithmetic;sum;",
        "#8d95a6",
        "#454c5c",
        "M7 4h10v16H7Zm2 2v3h6V6Zm0 5v2h2v-2Zm4 0v2h2v-2Zm-4 4v2h2v-2Zm4 0v2h2v-2Z",
    ),
    ("org.gnome.Calendar", "Calendar", "Calendar", "date;event;", "#f0f2f7", "#b9c0d0", "M5 6h14v13H5Zm2 4v7h10v-7Z"),
    (
        "foot",
        "Terminal",
        "Terminal",
        "shell;prompt;command;",
        "#3b4252",
        "#161a22",
        "M5 7l5 5-5 5 1.500 1.500L13 12 6.500 5.500Zm7 10h7v2h-7Z",
    ),
    (
        "org.gnome.TextEditor",
        "Text Editor",
        "Text Editor",
        "write;notepad;",
        "#ffd76a",
        "#e89a1c",
        "M6 4h9l3 3v13H6Zm3 5v1.500h6V9Zm0 3.500V14h6v-1.500Z",
    ),
    ("thunderbird", "Thunderbird", "Mail Client", "email;", "#66b7ff", "#1d56b8", "M4 7h16l-8 6Zm0 2v9h16V9l-8 6Z"),
    (
        "org.gnome.Settings",
        "Settings",
        "Settings",
        "preferences;control;",
        "#a8b0c0",
        "#5b6375",
        "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8Zm-1-4h2v3h-2Zm0 13h2v3h-2ZM4 11h3v2H4Zm13 0h3v2h-3Z",
    ),
    (
        "org.inkscape.Inkscape",
        "Inkscape",
        "Vector Graphics Editor",
        "draw;svg;",
        "#dfe4ee",
        "#8a93a8",
        "M12 4l8 8-3 3H7l-3-3Zm-3 13h6l-3 3Z",
    ),
    (
        "gimp",
        "GIMP",
        "Image Editor",
        "photo;picture;",
        "#c9b79a",
        "#7a654a",
        "M5 9c3 2 11 2 14 0 0 6-3 9-7 9s-7-3-7-9Z",
    ),
    ("vlc", "VLC", "Media Player", "video;film;", "#ffb04d", "#f0730a", "M12 4l3 9H9Zm-5 11h10l2 5H5Z"),
    (
        "org.gnome.Music",
        "Music",
        "Music Player",
        "songs;audio;",
        "#ff8fb1",
        "#c72c6a",
        "M9 5l9-2v12a3 3 0 1 1-2-3V7l-5 1v9a3 3 0 1 1-2-3Z",
    ),
    (
        "org.gnome.Maps",
        "Maps",
        "Maps",
        "places;route;",
        "#8fe08a",
        "#2f9e58",
        "M12 3a6 6 0 0 1 6 6c0 4-6 12-6 12S6 13 6 9a6 6 0 0 1 6-6Zm0 4a2 2 0 1 0 0 4 2 2 0 0 0 0-4Z",
    ),
    (
        "code",
        "Code",
        "Code Editor",
        "ide;programming;",
        "#57c1f5",
        "#1668b0",
        "M9 7l-5 5 5 5 1.500-1.500L7 12l3.500-3.500Zm6 0l5 5-5 5-1.500-1.500L17 12l-3.500-3.500Z",
    ),
    (
        "org.gnome.Clocks",
        "Clocks",
        "Clock",
        "alarm;timer;time;",
        "#f5f7fb",
        "#aeb6c8",
        "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16Zm-1 3h2v5l3 2-1 1.700-4-2.700Z",
    ),
];

/// The app id of the window that the fixture program opens.
pub const WINDOW: &str = "nerva-fixture";
/// The file that the fixture program writes into the runtime folder.
pub const LAUNCHED: &str = "launched";

/// Puts the programs into `RUN/home` and `RUN/share`, the second being all that this desktop knows of the machine's.
pub fn install(run: &Path) {
    let share = run.join("share");
    let data = run.join("home/.local/share");
    let applications = data.join("applications");
    let icons = data.join("icons/hicolor/scalable/apps");
    for folder in [&share, &applications, &icons, &run.join("bin")] {
        std::fs::create_dir_all(folder).expect("a folder");
    }
    // Everything of the machine but its programs: schemas, services, icon themes, portals.
    for name in ["dbus-1", "fonts", "glib-2.0", "icons", "mime", "themes", "wayland-sessions", "xdg-desktop-portal"] {
        symlink(Path::new("/usr/share").join(name), share.join(name)).expect("a link");
    }
    for (id, name, generic, keywords, light, dark, sign) in PROGRAMS {
        entry(&applications, id, name, generic, keywords, "true");
        std::fs::write(icons.join(format!("{id}.svg")), icon(light, dark, sign)).expect("an icon");
    }
    let program = run.join("bin/nerva-fixture");
    let script = format!(
        "#!/bin/sh\necho \"$XDG_ACTIVATION_TOKEN\" >\"$XDG_RUNTIME_DIR/{LAUNCHED}\"\nexec foot -a {WINDOW} cat\n"
    );
    std::fs::write(&program, script).expect("the fixture program");
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).expect("its mode");
    let exec = program.to_string_lossy().into_owned();
    entry(&applications, "org.nerva.Zephyr", "Zephyr", "Fixture", "", &exec);
}

/// Puts `count` programs with made-up, different names into a folder of desktop entries.
pub fn many(applications: &Path, count: usize) {
    const FIRST: [&str; 20] = [
        "Amber", "Birch", "Cobalt", "Delta", "Ember", "Fjord", "Granite", "Harbor", "Indigo", "Juniper", "Krypton",
        "Lumen", "Meridian", "Nimbus", "Onyx", "Pixel", "Quartz", "Raven", "Sable", "Tundra",
    ];
    const SECOND: [&str; 15] = [
        "Studio", "Mail", "Player", "Notes", "Monitor", "Browser", "Editor", "Viewer", "Chat", "Paint", "Backup",
        "Sync", "Maps", "Weather", "Tasks",
    ];
    std::fs::create_dir_all(applications).expect("a folder");
    for number in 0..count {
        let (first, second) = (FIRST[number % FIRST.len()], SECOND[number / FIRST.len() % SECOND.len()]);
        let round = number / (FIRST.len() * SECOND.len());
        let name = if round == 0 { format!("{first} {second}") } else { format!("{first} {second} {round}") };
        entry(applications, &format!("bench{number}"), &name, second, "", "true");
    }
}

fn entry(applications: &Path, id: &str, name: &str, generic: &str, keywords: &str, exec: &str) {
    let text = format!(
        "[Desktop Entry]\nType=Application\nName={name}\nGenericName={generic}\nKeywords={keywords}\nIcon={id}\nExec={exec}\n"
    );
    std::fs::write(applications.join(format!("{id}.desktop")), text).expect("a desktop entry");
}

fn icon(light: &str, dark: &str, sign: &str) -> String {
    let ink = if light.starts_with("#f") || light.starts_with("#d") { "#2b3142" } else { "#ffffff" };
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 32 32\"><defs><linearGradient id=\"g\" x1=\"0\" y1=\"0\" \
         x2=\"0\" y2=\"1\"><stop offset=\"0\" stop-color=\"{light}\"/><stop offset=\"1\" stop-color=\"{dark}\"/>\
         </linearGradient></defs><rect x=\"1\" y=\"1\" width=\"30\" height=\"30\" rx=\"7.500\" fill=\"url(#g)\"/>\
         <path transform=\"translate(4 4)\" fill=\"{ink}\" fill-rule=\"evenodd\" fill-opacity=\".94\" d=\"{sign}\"/></svg>\n"
    )
}
