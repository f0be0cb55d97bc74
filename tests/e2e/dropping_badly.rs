//! Sources of our own: what they do wrong while something is dropped is said on a card, and the overlay goes on.

use std::sync::atomic::Ordering;

use crate::e2e::dropping::picture;
use crate::support::desktop::Plan;
use crate::support::drag_source::{DragSource, Manners};
use crate::support::dragging::Dragging;

/// A desktop on which a source with manners of its own is placed as the others are.
fn start(name: &str) -> Dragging {
    Dragging::start(Plan::new(name, ""))
}

/// Drops what a source with these manners offers.
fn drop_on(dragging: &Dragging, media: &str, manners: Manners) -> DragSource {
    let source = DragSource::open(&dragging.desktop.socket(), media, manners);
    dragging.desktop.until("the source", |_| source.seen.shown.load(Ordering::SeqCst));
    dragging.desktop.until("its window", |desktop| desktop.has_window("nerva.nasty"));
    dragging.desktop.open();
    dragging.hover(|| source.seen.begun.load(Ordering::SeqCst));
    dragging.pointer().release();
    source
}

fn dropped(name: &str, media: &str, manners: Manners) -> (Dragging, DragSource) {
    let dragging = start(name);
    let source = drop_on(&dragging, media, manners);
    (dragging, source)
}

/// Waits for a card with this title, and sees that the overlay is still in order.
fn refused(dragging: &Dragging, title: &str) {
    dragging.desktop.until_status(title, |status| {
        status["notices"].as_array().is_some_and(|all| all.iter().any(|each| each == title))
    });
    let status = dragging.desktop.status();
    assert!(status["hover"].is_null() && status["attached"] == serde_json::json!([]), "{status}");
    dragging.desktop.query("still here");
}

#[test]
fn a_source_with_manners_is_told_that_it_is_finished() {
    let bytes = picture(7, image::ImageFormat::Png);
    let (dragging, source) = dropped("drop-well", "image/png", Manners::Well(bytes));
    dragging.until_attached(&["Dropped picture"]);
    dragging.desktop.until("the end", |_| source.seen.finished.load(Ordering::SeqCst));
    assert!(!source.seen.cancelled.load(Ordering::SeqCst));
}

#[test]
fn a_source_that_dies_in_the_middle_is_found_out() {
    let bytes = picture(8, image::ImageFormat::Png);
    let half = bytes[..bytes.len() / 2].to_vec();
    let (dragging, _source) = dropped("drop-dies", "image/png", Manners::Dies(half));
    refused(&dragging, "What was dropped is not a whole picture");
}

#[test]
fn a_source_that_dies_before_it_sends_is_found_out() {
    let (dragging, _source) = dropped("drop-dead", "text/plain;charset=utf-8", Manners::Dies(Vec::new()));
    refused(&dragging, "What was dropped is empty");
}

#[test]
fn a_source_that_never_answers_is_not_waited_for() {
    let (dragging, source) = dropped("drop-silent", "image/png", Manners::Silent);
    dragging.desktop.until_status("the wait to be said", |status| status["hover"] == "Reading what was dropped…");
    refused(&dragging, "What was dropped does not come");
    dragging.desktop.until("the source to be told", |_| source.seen.cancelled.load(Ordering::SeqCst));
}

#[test]
fn a_gigabyte_is_refused_at_the_limit() {
    let (dragging, source) = dropped("drop-huge", "image/png", Manners::Sends(1 << 30));
    refused(&dragging, "What was dropped is too large");
    let taken = source.seen.taken.load(Ordering::SeqCst);
    assert!(taken < 40 << 20, "{taken} bytes were taken");
}

/// Starts the portal that hands out this file for the key `key`, then drops a key.
fn through_the_portal(name: &str, key: &[u8]) -> (Dragging, DragSource) {
    let dragging = start(name);
    let file = dragging.file("notes.txt", b"from a sandbox");
    let script = "tests/rig/desktop/file_transfer.py";
    dragging.desktop.spawn("portal", &["/usr/bin/python3", script, "key", &file.to_string_lossy()]);
    dragging.until_said("portal", "ready");
    let media = "application/vnd.portal.filetransfer";
    let source = drop_on(&dragging, media, Manners::Well(key.to_vec()));
    (dragging, source)
}

#[test]
fn files_of_a_program_in_a_sandbox_come_through_the_portal() {
    let (dragging, source) = through_the_portal("drop-portal", b"key\0");
    dragging.until_attached(&["notes.txt"]);
    dragging.desktop.until("the end", |_| source.seen.finished.load(Ordering::SeqCst));
}

#[test]
fn a_portal_that_refuses_is_said() {
    let (dragging, _source) = through_the_portal("drop-portal-refused", b"another");
    refused(&dragging, "What was dropped can't be had from the portal");
}
