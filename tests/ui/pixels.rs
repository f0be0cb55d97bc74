//! A few pictures of the card, compared byte by byte with those that were looked at.
//!
//! A missing picture fails. `NERVA_BLESS=1` writes it anew; a difference writes `*.actual.png` beside it.

use std::path::{Path, PathBuf};

use nerva::model::View;

use crate::{Overlay, fixture};

fn check(name: &str, view: fn() -> View) {
    check_on(name, view, Overlay::new);
}

fn check_on(name: &str, view: fn() -> View, overlay: fn(View) -> Overlay) {
    for (scheme, view) in [("dark", view()), ("light", fixture::in_light(view()))] {
        let overlay = overlay(view);
        let mut simulator = overlay.simulator();
        let snapshot = simulator.snapshot(overlay.app.theme()).expect("a snapshot");
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ui/pictures");
        let wanted = folder.join(format!("{name}-{scheme}"));
        let file = |path: &Path| PathBuf::from(format!("{}-tiny-skia.png", path.display()));
        let bless = std::env::var_os("NERVA_BLESS").is_some();
        if bless {
            let _ = std::fs::remove_file(file(&wanted));
        }
        // The comparison creates a picture that is not there, which would let every mistake pass.
        assert!(bless || file(&wanted).exists(), "there is no {}: look, then bless", file(&wanted).display());
        let same = snapshot.matches_image(&wanted).expect("a comparison");
        if !same {
            let actual = folder.join(format!("{name}-{scheme}.actual"));
            let _ = std::fs::remove_file(file(&actual));
            let _ = snapshot.matches_image(&actual);
        }
        assert!(same, "{name} in {scheme} is not what it was; see its .actual picture");
    }
}

/// A list, a table, code and a link.
#[test]
fn finished() {
    check("finished", fixture::finished);
}

#[test]
fn bar() {
    check("bar", fixture::bar);
}

#[test]
fn results() {
    check("results", fixture::found);
}

/// What is drawn in software where there is no GPU, without iced's pipelines.
#[test]
fn opaque() {
    check_on("opaque-results", fixture::found, Overlay::opaque);
    check_on("opaque-finished", fixture::finished, Overlay::opaque);
}

#[test]
fn interrupted() {
    check("interrupted", fixture::interrupted);
}

#[test]
fn failed() {
    check("failed", fixture::failed);
}

#[test]
fn noticed() {
    check("noticed", fixture::noticed);
}

#[test]
fn history() {
    check("history", fixture::history);
}

#[test]
fn models() {
    check("models", fixture::picker);
}
