//! The structure of the source, checked: arrows between modules, what the pure core may name, size and form of files.
//!
//! The table of arrows is the doc comment of `src/lib.rs`; this test reads it from there.

#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "arch/lexer.rs"]
mod lexer;
#[path = "arch/rules.rs"]
mod rules;

use std::path::{Path, PathBuf};

use rules::{Arrows, File};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn arrows() -> Arrows {
    Arrows::read(&std::fs::read_to_string(root().join("src/lib.rs")).unwrap()).unwrap()
}

/// All Rust files below this folder of the repository, with paths relative to the repository.
fn files(folder: &str) -> Vec<File> {
    let mut found = Vec::new();
    let mut open = vec![root().join(folder)];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
                found.push(File::new(&name, &std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

#[test]
fn the_source_keeps_to_the_table_of_arrows() {
    let arrows = arrows();
    let found: Vec<_> = files("src").iter().flat_map(|file| rules::arrows(file, &arrows)).collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn the_table_of_arrows_names_every_module_and_has_no_cycle() {
    let library = std::fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let found = rules::table(&library, &arrows());
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn only_the_overlay_names_its_toolkit() {
    let found: Vec<_> = files("src").iter().flat_map(rules::toolkit).collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn the_core_is_pure() {
    let found: Vec<_> = files("src").iter().flat_map(rules::purity).collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn files_say_what_they_are_for_and_stay_small() {
    let found: Vec<_> = files("src").iter().chain(&files("tests")).flat_map(rules::form).collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// A service that hangs would hold a tool's call for ever: `bus::patient` is the way to a bus.
#[test]
fn tools_wait_for_no_bus_without_a_limit() {
    let found: Vec<_> = files("src/platform/act").iter().flat_map(rules::unlimited).collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn no_test_is_switched_off() {
    let found: Vec<_> = files("src").iter().chain(&files("tests")).flat_map(rules::ignored).collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}
