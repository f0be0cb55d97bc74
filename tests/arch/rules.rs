//! The rules, each from a file's text to the sentences that say what breaks it.

use std::collections::{BTreeMap, BTreeSet};

use crate::lexer;

/// A source file.
pub struct File {
    /// Relative to the repository.
    pub path: String,
    source: String,
    code: String,
    paths: Vec<(usize, String)>,
}

impl File {
    /// Reads what the rules need out of the text.
    pub fn new(path: &str, source: &str) -> Self {
        let code = lexer::code(source);
        let paths = lexer::paths(&code);
        Self { path: path.into(), source: source.into(), code, paths }
    }

    /// The module below `src`, or the program in `src/bin`.
    fn module(&self) -> Option<Module<'_>> {
        let below = self.path.strip_prefix("src/")?;
        if let Some(program) = below.strip_prefix("bin/") {
            return Some(Module::Program(program.split(['/', '.']).next()?));
        }
        let module = below.split(['/', '.']).next()?;
        (module != "lib").then_some(Module::Library(module))
    }

    fn is_in(&self, module: &str) -> bool {
        matches!(self.module(), Some(Module::Library(name)) if name == module)
    }
}

enum Module<'a> {
    Library(&'a str),
    Program(&'a str),
}

/// Which modules each module and each program may name.
pub struct Arrows {
    modules: BTreeMap<String, BTreeSet<String>>,
    programs: BTreeMap<String, BTreeSet<String>>,
}

impl Arrows {
    /// Reads the table and the sentence about the programs out of the doc comment of `src/lib.rs`.
    pub fn read(library: &str) -> Result<Self, String> {
        let doc: Vec<_> = library.lines().map_while(|line| line.strip_prefix("//!")).map(str::trim).collect();
        let modules: BTreeMap<_, _> = doc
            .iter()
            .filter_map(|line| line.split_once("->"))
            .map(|(from, to)| {
                let to = to.split_whitespace().filter(|word| *word != "(nothing)");
                (from.trim().to_owned(), to.map(str::to_owned).collect())
            })
            .collect();
        let text = doc.join(" ");
        let mut programs = BTreeMap::new();
        let quoted: Vec<_> = text.split('`').collect();
        let mut program = String::new();
        for pair in quoted[1..].chunks(2) {
            let [name, after] = pair else { break };
            match after.trim() {
                "=" => program = (*name).to_owned(),
                _ if program.is_empty() => continue,
                _ => {}
            }
            let allowed: &mut BTreeSet<String> = programs.entry(program.clone()).or_default();
            if *name != program {
                allowed.insert((*name).to_owned());
                if after.trim() != "+" {
                    program.clear();
                }
            }
        }
        if modules.len() < 2 || programs.is_empty() {
            return Err("the doc comment of src/lib.rs has no table of arrows".into());
        }
        Ok(Self { modules, programs })
    }
}

/// A module names only what its arrow points at; a program also the vocabulary.
pub fn arrows(file: &File, arrows: &Arrows) -> Vec<String> {
    let (name, allowed, root) = match file.module() {
        None => return Vec::new(),
        Some(Module::Library(name)) => (name, arrows.modules.get(name), "crate::"),
        Some(Module::Program(name)) => (name, arrows.programs.get(name), "nerva::"),
    };
    let Some(allowed) = allowed else {
        return vec![format!("{}: `{name}` is not in the table in src/lib.rs", file.path)];
    };
    let named = file.paths.iter().filter_map(|(line, path)| {
        let target = path.strip_prefix(root)?.split("::").next()?;
        let fine = target == name && root == "crate::" || target == "self" || allowed.contains(target);
        let vocabulary = root == "nerva::" && target == "model";
        let is_module = root == "nerva::" || arrows.modules.contains_key(target);
        (is_module && !fine && !vocabulary)
            .then(|| format!("{}:{line}: `{name}` may not name `{target}` (table in src/lib.rs)", file.path))
    });
    named.collect()
}

/// The table lists the library's modules, points only at modules that exist, and has no cycle.
pub fn table(library: &str, arrows: &Arrows) -> Vec<String> {
    let declared: BTreeSet<_> =
        library.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    let listed: BTreeSet<_> = arrows.modules.keys().map(String::as_str).collect();
    let mut found: Vec<_> = declared
        .symmetric_difference(&listed)
        .map(|name| format!("`{name}` is either only declared or only in the table of src/lib.rs"))
        .collect();
    let targets = arrows.modules.values().chain(arrows.programs.values()).flatten();
    found.extend(
        targets.filter(|to| !declared.contains(to.as_str())).map(|to| format!("the table points at no module: {to}")),
    );
    let mut open: BTreeMap<&str, BTreeSet<&str>> = arrows
        .modules
        .iter()
        .map(|(from, to)| (from.as_str(), to.iter().map(String::as_str).filter(|to| listed.contains(to)).collect()))
        .collect();
    loop {
        let ends: Vec<_> = open.iter().filter(|(_, to)| to.is_empty()).map(|(from, _)| *from).collect();
        if ends.is_empty() {
            break;
        }
        open.retain(|from, _| !ends.contains(from));
        for to in open.values_mut() {
            to.retain(|to| !ends.contains(to));
        }
    }
    if !open.is_empty() {
        found.push(format!("the arrows go in a circle among {:?}", open.keys()));
    }
    found
}

/// `iced` belongs to the overlay, its shell crate to `shell` in it, and what draws in software to `software`.
pub fn toolkit(file: &File) -> Vec<String> {
    let named = file.paths.iter().filter_map(|(line, path)| {
        let first = path.split("::").next()?;
        let wrong = match first {
            "iced_exwlshell" | "exwlshellev" => {
                file.path != "src/ui/shell.rs" && !file.path.starts_with("src/ui/shell/")
            }
            "iced_tiny_skia" | "smithay_client_toolkit" => !file.path.starts_with("src/ui/software/"),
            first => (first == "iced" || first.starts_with("iced_")) && path.contains("::") && !file.is_in("ui"),
        };
        wrong.then(|| format!("{}:{line}: may not name `{first}`", file.path))
    });
    named.collect()
}

/// What neither the vocabulary nor the core may touch: clocks, random ids, files, network, threads.
const IMPURE: &[&str] = &[
    "std::fs",
    "std::net",
    "std::thread",
    "std::env",
    "std::os",
    "std::io::stdin",
    "std::process::Command",
    "std::time::Instant",
    "std::time::SystemTime",
    "tokio::fs",
    "tokio::net",
    "tokio::io",
    "tokio::process",
    "tokio::time",
    "tokio::signal",
    "tokio::task",
    "tokio::runtime",
    "tokio::spawn",
    "rusqlite",
    "reqwest",
    "zbus",
    "rustix",
    "notify",
    "wayland_client",
];

/// `model` and `agent` do no I/O and read no clock; `agent` does not wait either.
pub fn purity(file: &File) -> Vec<String> {
    if !file.is_in("model") && !file.is_in("agent") {
        return Vec::new();
    }
    let impure = |path: &str| {
        IMPURE.iter().any(|wrong| path == *wrong || path.strip_prefix(wrong).is_some_and(|rest| rest.starts_with("::")))
            || ["Instant", "SystemTime", "Timestamp", "ZonedDateTime", "Uuid"]
                .iter()
                .any(|clock| path.contains(&format!("{clock}::now")) || path.ends_with(&format!("{clock}::new_v4")))
    };
    let waits = |path: &str| file.is_in("agent") && ["async", "await"].contains(&path);
    let named = file.paths.iter().filter(|(_, path)| impure(path) || waits(path));
    named.map(|(line, path)| format!("{}:{line}: the core may not name `{path}`", file.path)).collect()
}

/// The most lines of a file; about 400 is the aim.
const LONGEST: usize = 500;

/// A file begins with its reason to exist and is not too long.
pub fn form(file: &File) -> Vec<String> {
    let mut found = Vec::new();
    if !file.source.starts_with("//! ") {
        found.push(format!("{}: does not begin with a `//!` sentence that says what it is for", file.path));
    }
    let lines = file.source.lines().count();
    if lines > LONGEST {
        found.push(format!("{}: {lines} lines; divide it", file.path));
    }
    found
}

/// No test is ignored.
pub fn ignored(file: &File) -> Vec<String> {
    let lines = file.code.lines().enumerate().filter(|(_, line)| {
        let line: String = line.split_whitespace().collect();
        line.contains("#[ignore") || line.contains("cfg_attr(") && line.contains(",ignore")
    });
    lines.map(|(index, _)| format!("{}:{}: a test is ignored", file.path, index + 1)).collect()
}

/// Connections to a bus on which a call may wait for ever; those of tests may.
pub fn unlimited(file: &File) -> Vec<String> {
    let tests = file.source.lines().position(|line| line.trim() == "#[cfg(test)]").unwrap_or(usize::MAX);
    let lines = file
        .code
        .lines()
        .enumerate()
        .take(tests)
        .filter(|(_, line)| ["Connection::session()", "Connection::system()"].iter().any(|way| line.contains(way)));
    lines.map(|(index, _)| format!("{}:{}: a bus without a limit; take `bus::patient`", file.path, index + 1)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIBRARY: &str = "//! A library.\n//!\n//! ```text\n//! model  -> (nothing)\n//! agent  -> model\n//! ui     -> model\n//! daemon -> model agent\n//! ```\n//!\n//! The programs in `src/bin`: `big` = `daemon` + `ui`, `small` = `ui`.\n\npub mod agent;\npub mod daemon;\npub mod model;\npub mod ui;\n";

    fn broken(path: &str, source: &str, rule: impl Fn(&File) -> Vec<String>) -> usize {
        rule(&File::new(path, source)).len()
    }

    #[test]
    fn buses_without_a_limit_are_found() {
        let line = "//! A.\nasync fn a() { zbus::Connection::session().await; }\n";
        assert_eq!(broken("src/platform/act/a.rs", line, unlimited), 1);
        assert_eq!(broken("src/platform/act/a.rs", &format!("//! A.\n#[cfg(test)]\n{line}"), unlimited), 0);
    }

    #[test]
    fn a_wrong_arrow_is_found() {
        let table = Arrows::read(LIBRARY).unwrap();
        for (path, source, expected) in [
            ("src/agent/machine.rs", "use crate::model::Save;", 0),
            ("src/agent/machine.rs", "use crate::agent::event;", 0),
            ("src/agent/machine.rs", "use crate::{daemon, model};", 1),
            ("src/agent/machine.rs", "mod tests { fn f() { crate::ui::x() } }", 1),
            ("src/agent/machine.rs", "// crate::ui", 0),
            ("src/agent.rs", "pub(in crate::daemon) fn f() {}", 1),
            ("src/model/mod.rs", "use crate::agent;", 1),
            ("src/daemon/mod.rs", "use crate::agent;", 0),
            ("src/new/mod.rs", "", 1),
            ("src/bin/big.rs", "use nerva::{daemon, model, ui};", 0),
            ("src/bin/big.rs", "use nerva::agent;", 1),
            ("src/bin/small.rs", "fn main() { nerva::daemon::run() }", 1),
            ("src/bin/other.rs", "", 1),
            ("src/lib.rs", "pub use crate::agent;", 0),
        ] {
            assert_eq!(broken(path, source, |file| arrows(file, &table)), expected, "{path}: {source}");
        }
        assert!(Arrows::read("//! Nothing.").is_err());
    }

    #[test]
    fn a_wrong_table_is_found() {
        let errors = |library: &str| table(library, &Arrows::read(library).unwrap()).len();
        assert_eq!(errors(LIBRARY), 0);
        assert_eq!(errors(&LIBRARY.replace("(nothing)", "daemon")), 1);
        assert_eq!(errors(&LIBRARY.replace("pub mod ui;\n", "")), 3);
        assert_eq!(errors(&(LIBRARY.to_owned() + "pub mod extra;\n")), 1);
    }

    #[test]
    fn the_toolkit_outside_the_overlay_is_found() {
        for (path, source, expected) in [
            ("src/ui/shell.rs", "use iced_exwlshell::x; use iced::Task;", 0),
            ("src/ui/shell/blur.rs", "use iced_exwlshell::x;", 0),
            ("src/ui/app.rs", "use iced::Task; use iced_core::x;", 0),
            ("src/ui/app.rs", "use iced_exwlshell::x;", 1),
            ("src/ui/frame.rs", "use exwlshellev::x;", 1),
            ("src/ui/software/surface.rs", "use smithay_client_toolkit::x; use iced_tiny_skia::Layer;", 0),
            ("src/ui/frame.rs", "use iced_tiny_skia::Layer;", 1),
            ("src/theme/mod.rs", "fn f() -> iced::Color { x }", 1),
            ("src/bin/nervad.rs", "use iced_exwlshell::x;", 1),
            ("src/platform/mod.rs", "let iced = 1; \"iced::x\";", 0),
        ] {
            assert_eq!(broken(path, source, toolkit), expected, "{path}: {source}");
        }
    }

    #[test]
    fn clocks_and_io_in_the_core_are_found() {
        for (path, source, expected) in [
            ("src/agent/machine.rs", "use std::time::Duration;", 0),
            ("src/agent/machine.rs", "use std::time::{Duration, Instant};", 1),
            ("src/agent/machine.rs", "std::time::SystemTime::now();", 1),
            ("src/agent/machine.rs", "async fn f() { x.await }", 2),
            ("src/model/envelope.rs", "use tokio::sync::mpsc;", 0),
            ("src/model/envelope.rs", "use tokio::{fs, sync::mpsc};", 1),
            ("src/model/ids.rs", "Uuid::now_v7()", 1),
            ("src/model/view.rs", "std::process::id()", 0),
            ("src/daemon/mod.rs", "std::time::Instant::now()", 0),
        ] {
            assert_eq!(broken(path, source, purity), expected, "{path}: {source}");
        }
    }

    #[test]
    fn files_without_a_reason_or_too_long_are_found() {
        assert_eq!(broken("src/a.rs", "//! Why.\nfn f() {}\n", form), 0);
        assert_eq!(broken("src/a.rs", "fn f() {}\n", form), 1);
        assert_eq!(broken("src/a.rs", &("//! Why.\n".to_owned() + &"\n".repeat(LONGEST)), form), 1);
    }

    #[test]
    fn ignored_tests_are_found() {
        assert_eq!(broken("src/a.rs", "#[test]\nfn f() {} // #[ignore]", ignored), 0);
        assert_eq!(broken("src/a.rs", "#[test]\n#[ignore = \"slow\"]\nfn f() {}", ignored), 1);
        assert_eq!(broken("src/a.rs", "#[cfg_attr(x, ignore)]\nfn f() {}", ignored), 1);
    }
}
