//! What packages install: valid where a validator is there, and up to date with the program's own words.

// Helpers fail by panicking with what they waited for, as tests do.
#![allow(clippy::expect_used, clippy::unwrap_used)]

use std::path::{Path, PathBuf};
use std::process::Command;

fn assets() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("assets")
}

/// Runs a validator over a file: whether it is valid, and what was said.
fn validated(program: &str, arguments: &[&str], file: &Path) -> (bool, String) {
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(program).args(arguments).arg(file).env("XDG_RUNTIME_DIR", folder.path()).output();
    let output = output.unwrap_or_else(|error| panic!("{program}: {error}; `scripts/test` installs it"));
    let text = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&text).into_owned())
}

#[test]
fn the_desktop_file_is_valid_and_names_the_bus() {
    let file = assets().join("org.nerva.Nerva.desktop");
    let (valid, said) = validated("desktop-file-validate", &[], &file);
    assert!(valid, "{said}");
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.contains("DBusActivatable=true") && text.contains("Icon=org.nerva.Nerva"));
    assert_eq!(file.file_stem().unwrap(), nerva::ipc::NAME, "D-Bus activation goes by the file's name");
}

/// Settings of a service that bind none of the programs that it starts.
const HARMLESS: [&str; 9] =
    ["Type", "BusName", "ExecStart", "Restart", "RestartSec", "KillMode", "OOMPolicy", "KeyringMode", "LoadCredential"];

#[test]
fn the_desktop_file_for_kwin_is_valid_and_stays_out_of_menus() {
    let file = assets().join("nervad.desktop");
    let (valid, said) = validated("desktop-file-validate", &[], &file);
    assert!(valid, "{said}");
    let text = std::fs::read_to_string(&file).unwrap();
    for line in ["NoDisplay=true", "Exec=/usr/bin/nervad", "X-KDE-DBUS-Restricted-Interfaces=org.kde.KWin.ScreenShot2"]
    {
        assert!(text.lines().any(|found| found == line), "{line}");
    }
}

#[test]
fn the_unit_is_found_by_its_bus_name() {
    let unit = std::fs::read_to_string(assets().join("nervad.service")).unwrap();
    for line in ["Type=dbus", "BusName=org.nerva.Nerva", "Restart=always", "RestartSec=3"] {
        assert!(unit.lines().any(|found| found == line), "{line}");
    }
    // All else would bind every program that is started from the overlay.
    let service = unit.split("[Service]\n").nth(1).and_then(|rest| rest.split("\n[").next()).unwrap();
    let set: Vec<&str> =
        service.lines().filter_map(|line| Some(line.strip_prefix('#').unwrap_or(line).split_once('=')?.0)).collect();
    assert_eq!(set, HARMLESS, "what programs inherit, and what implies NoNewPrivileges in the units of a user");
    let service = std::fs::read_to_string(assets().join("org.nerva.Nerva.service")).unwrap();
    assert!(service.contains("SystemdService=nervad.service") && service.contains("Name=org.nerva.Nerva"));
}

#[test]
fn the_unit_is_one_that_systemd_understands() {
    let unit = std::fs::read_to_string(assets().join("nervad.service")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("nervad.service");
    let verify = |unit: &str| {
        // The program is looked for as well, and is installed only by packages.
        std::fs::write(&file, unit.replace("/usr/bin/nervad", env!("CARGO_BIN_EXE_nervad"))).unwrap();
        validated("systemd-analyze", &["--user", "verify", "--man=no"], &file)
    };
    let (valid, said) = verify(&unit);
    // A key that it does not know is said, and is no failure.
    assert!(valid && !said.contains("nervad.service"), "{said}");
    let (_, said) = verify(&unit.replace("OOMPolicy=", "OOMPolice="));
    assert!(said.contains("OOMPolice"), "a wrong key is said: {said}");
}

#[test]
fn the_workflows_are_what_their_schema_and_a_linter_take() {
    let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/tools/python/bin");
    let judge = |program: &str, arguments: &[&str], file: &Path| {
        let (valid, said) = validated(&tools.join(program).display().to_string(), arguments, file);
        assert!(valid, "{}: {said}", file.display());
    };
    let workflows = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(".github/workflows")).unwrap();
    let files: Vec<_> = workflows.map(|entry| entry.unwrap().path()).collect();
    assert_eq!(files.len(), 2, "{files:?}");
    for file in files {
        judge("check-jsonschema", &["--builtin-schema", "vendor.github-workflows"], &file);
        judge("zizmor", &["--offline", "--no-progress"], &file);
    }
}

#[test]
fn the_man_pages_are_those_of_the_program() {
    let fresh = tempfile::tempdir().unwrap();
    let (said, written) = nerva::cli::args::write_man(fresh.path());
    assert!(written, "{said}");
    let mut names = 0;
    for entry in std::fs::read_dir(fresh.path()).unwrap() {
        let file = entry.unwrap().path();
        let kept = assets().join("man").join(file.file_name().unwrap());
        let same = std::fs::read(&kept).ok() == std::fs::read(&file).ok();
        assert!(same, "{} is out of date: run `nerva man assets/man`", kept.display());
        names += 1;
    }
    assert_eq!(std::fs::read_dir(assets().join("man")).unwrap().count(), names, "a page of a command that is gone");
}

#[test]
fn the_schema_is_that_of_the_program() {
    let kept = std::fs::read_to_string(assets().join("config.schema.json")).unwrap_or_default();
    let same = kept.trim_end() == nerva::config::schema_json().trim_end();
    assert!(same, "assets/config.schema.json is out of date: run `nerva config schema >assets/config.schema.json`");
}

/// The commented file as it would be with every setting in it: lines of one that is commented out become settings.
fn uncommented(text: &str) -> String {
    let is_setting = |line: &str| {
        line.starts_with("[providers.")
            || line.starts_with("[agent.")
            || line.split_once(" = ").is_some_and(|(key, _)| key.chars().all(|c| c.is_ascii_lowercase() || c == '_'))
    };
    let lines = text.lines().map(|line| match line.strip_prefix("# ") {
        Some(setting) if is_setting(setting) => setting,
        _ => line,
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn the_commented_file_has_every_setting_with_its_default() {
    let text = std::fs::read_to_string(assets().join("config.toml")).unwrap();
    let as_it_is = nerva::config::parse(&text, Path::new("config.toml"));
    assert_eq!((as_it_is.config, as_it_is.problems.len()), (nerva::config::Config::default(), 0));
    // What has no default, or an empty one, stands there as an example: what is left over has to be the default.
    let examples = ["providers", "ca_file", "screenshots", "deny", "ask", "allow", "dbus", "unsandboxed", "plugins"];
    let mut named = std::collections::BTreeSet::new();
    let mut seen = std::collections::BTreeSet::new();
    let mut section = String::new();
    let mut settings = String::new();
    for line in uncommented(&text).lines() {
        if let Some(name) = line.strip_prefix('[') {
            section = name.split(']').next().unwrap_or_default().to_owned();
            named.insert(section.split('.').next().unwrap_or_default().to_owned());
        } else if let Some((key, _)) = line.split_once(" = ").filter(|_| !line.starts_with('#')) {
            named.insert(format!("{section}.{key}"));
            if examples.contains(&key) && !seen.insert(format!("{section}.{key}")) {
                continue;
            }
        }
        settings.push_str(line);
        settings.push('\n');
    }
    let mut all: toml::Table = settings.parse().unwrap_or_else(|error| panic!("{error}: {settings}"));
    let whole = nerva::config::parse(&settings, Path::new("config.toml"));
    assert!(whole.problems.is_empty(), "{:?}", whole.problems);
    all.remove("providers");
    for section in ["network", "capture", "agent"] {
        let section = all[section].as_table_mut().unwrap();
        section.retain(|key, _| !examples.contains(&key));
    }
    let rest = nerva::config::parse(&toml::to_string(&all).unwrap(), Path::new("config.toml"));
    assert!(rest.problems.is_empty(), "{:?}", rest.problems);
    assert_eq!(rest.config, nerva::config::Config::default());
    let schema: serde_json::Value = serde_json::from_str(&nerva::config::schema_json()).unwrap();
    let mut missing = Vec::new();
    for (name, property) in schema["properties"].as_object().unwrap() {
        let keys = property["$ref"].as_str().and_then(|path| schema.pointer(path.trim_start_matches('#')));
        let keys = keys.and_then(|section| section["properties"].as_object());
        let keys = keys.map(|keys| keys.keys().map(|key| format!("{name}.{key}")).collect::<Vec<_>>());
        let keys = keys.unwrap_or_else(|| vec![name.clone()]);
        missing.extend(keys.into_iter().filter(|key| !named.contains(key) && key != "agent.plugins"));
    }
    for within in ["Provider", "Price", "PluginRights"] {
        let keys = schema["$defs"][within]["properties"].as_object().unwrap().keys();
        let there = |key: &&String| text.contains(&format!("# {key} = ")) || text.contains(&format!(".{key}."));
        missing.extend(keys.filter(|key| !there(key)).map(|key| format!("{within}.{key}")));
    }
    assert!(missing.is_empty(), "assets/config.toml does not name {missing:?}");
}
