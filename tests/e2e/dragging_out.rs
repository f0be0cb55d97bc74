//! Pictures that are dragged out of the overlay to a real second client, or copied, arrive byte for byte.

use crate::e2e::dropping::{ask, picture, pictures};
use crate::support::desktop::{Desktop, Plan};
use crate::support::dragging::{Dragging, WINDOW};
use crate::support::servers::Server;

/// A place on the first chip below the bar.
const CHIP: (f64, f64) = (330.0, 204.0);

/// Has a command carried out, over the bus.
pub fn execute(desktop: &Desktop, command: &serde_json::Value) {
    let call = ["dbus-send", "--print-reply", "--dest=org.nerva.Nerva", "/org/nerva/Nerva", "org.nerva.Nerva1.Execute"];
    let argument = format!("string:{command}");
    let done = desktop.run(&[&call[..], &[argument.as_str()]].concat());
    assert!(done.status == 0 && done.stdout.contains("done"), "{done:?}");
}

/// Attaches a picture over the bus, as the overlay would by itself.
fn attach(dragging: &Dragging, name: &str, bytes: &[u8]) {
    let file = dragging.file(name, bytes);
    let command = serde_json::json!({"command": "attach", "given": [{"given": "file", "path": file}]});
    execute(&dragging.desktop, &command);
    dragging.until_attached(&[name]);
}

/// Drags what is under the pointer to the target window and lets it go there.
fn drag(dragging: &Dragging, from: (f64, f64)) {
    let handed_out = dragging.desktop.folder().join("nerva/out");
    // The chip may not be drawn yet: it is pulled at until something comes of it.
    dragging.desktop.until("something to be dragged", |_| {
        let mut pointer = dragging.pointer();
        pointer.go(from);
        pointer.press();
        pointer.move_to((from.0 + 30.0, from.1 + 10.0));
        pointer.pull_until(|| handed_out.read_dir().is_ok_and(|mut all| all.next().is_some()))
    });
    dragging.pointer().move_to(WINDOW);
    dragging.desktop.until("the picture over the target", |_| {
        dragging.pointer().wiggle();
        dragging.said("target", "over")
    });
    dragging.desktop.picture("drag-icon");
    dragging.pointer().release();
}

#[test]
fn an_attachment_is_dragged_out_as_a_picture() {
    let dragging = Dragging::start(Plan::new("drag-picture", ""));
    let folder = dragging.target("image/png");
    dragging.desktop.open();
    let bytes = picture(21, image::ImageFormat::Png);
    attach(&dragging, "cat.png", &bytes);
    drag(&dragging, CHIP);
    dragging.until_said("target", "saved");
    assert_eq!(std::fs::read(folder.join("dropped")).expect("the dropped picture"), bytes);
    assert!(dragging.said("target", "offered"));
    assert!(dragging.desktop.status()["attached"] == serde_json::json!(["cat.png"]), "it is still attached here");
}

#[test]
fn a_picture_of_the_conversation_is_dragged_out_as_a_file() {
    let model = Server::raw();
    let dragging = Dragging::start(Plan::new("drag-file", &model.config("plain")));
    let folder = dragging.target("text/uri-list");
    dragging.desktop.open();
    let bytes = picture(22, image::ImageFormat::Jpeg);
    attach(&dragging, "dog.jpg", &bytes);
    ask(&dragging, "which dog");
    assert_eq!(pictures(&model), [("image/jpeg".to_owned(), bytes.clone())]);
    dragging.desktop.picture("drag-conversation");
    drag(&dragging, (330.0, 246.0));
    dragging.until_said("target", "saved");
    assert_eq!(std::fs::read(folder.join("copied")).expect("the copied file"), bytes);
    assert!(dragging.said("target", "named picture 1.jpg"));
    // Nerva ends, and nothing of it stays in the runtime folder.
    assert_eq!(dragging.desktop.nerva(&["quit"]).status, 0);
    dragging.desktop.until("the file to be removed", |desktop| !desktop.folder().join("nerva/out").exists());
}
