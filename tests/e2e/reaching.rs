//! Tools that reach what is outside of Nerva, all the way: a model calls, a card asks, and what was allowed has really
//! happened, is told to the model and is on record.

#![allow(clippy::needless_pass_by_value, reason = "an object on the bus gets its arguments")]

use std::collections::HashMap;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::{Arc, Mutex, PoisonError};

use nerva::config::Wire;
use serde_json::{Value, json};
use zbus::zvariant::OwnedValue;

use crate::support::desktop::{Desktop, Plan};
use crate::support::fixtures::{LAUNCHED, WINDOW};
use crate::support::history::results;
use crate::support::scripted::{Scripted, Turn};
use crate::support::sent;

/// Who shows notifications, and what it was given to show: who says so, the title and the text.
#[derive(Clone, Default)]
struct Shows(Arc<Mutex<Vec<[String; 3]>>>);

#[zbus::interface(name = "org.freedesktop.Notifications")]
impl Shows {
    #[allow(clippy::too_many_arguments, reason = "the specification's own")]
    fn notify(
        &self,
        app: String,
        _replaces: u32,
        _icon: String,
        title: String,
        body: String,
        _actions: Vec<String>,
        _hints: HashMap<String, OwnedValue>,
        _lasts: i32,
    ) -> u32 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push([app, title, body]);
        1
    }
}

/// Allows the card with this title; its digest.
fn allow(desktop: &Desktop, title: &str) -> Value {
    let card = desktop.card_titled(title);
    desktop.allow();
    desktop.until_status("the next card or none", |status| status["consent"]["digest"] != card["digest"]);
    card["digest"].clone()
}

/// On record are these tools, in this order, each with what was on its card or without one, and each ended well.
fn is_on_record(desktop: &Desktop, tools: &[(&str, Option<&Value>)]) -> Vec<Value> {
    let audit = desktop.audit();
    let (pairs, rest) = audit.as_chunks::<2>();
    assert!(rest.is_empty() && pairs.len() == tools.len(), "{audit:#?}");
    for ([started, ended], (tool, digest)) in pairs.iter().zip(tools) {
        let by = if digest.is_some() { "person" } else { "look" };
        assert_eq!((&started["event"], &started["tool"]), (&"started".into(), &(*tool).into()), "{audit:#?}");
        assert_eq!(started["grant"]["by"], by, "{started}");
        assert!(digest.is_none_or(|digest| started["digest"] == *digest), "{tool} was not what its card showed");
        assert_eq!((&ended["event"], &ended["ended"]), (&"ended".into(), &"well".into()), "{tool}");
        assert_eq!(ended["digest"], started["digest"]);
    }
    audit
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_starts_an_address_opens_a_notification_is_shown_and_the_clipboard_read_and_written() {
    let address = "https://example.org/plums?ripe=yes&token=hunter2#now";
    let model = Scripted::saying([
        Turn::Call("launch", json!({"entry": "org.nerva.Zephyr"})),
        Turn::Call("open", json!({"url": address})),
        Turn::Call("notify", json!({"title": "Plums & more", "body": "They are <b>ripe</b>."})),
        Turn::Call("clipboard_read", json!({})),
        Turn::Call("clipboard_write", json!({"text": "two plums\nGröße 3"})),
        Turn::Say("all done".into()),
    ]);
    let plan = Plan::new("reach", &format!("{}[agent]\nenabled = true\n", model.config()));
    let opener = plan.folder().join("bin/xdg-open");
    let script = format!("#!/bin/sh\nprintf '%s\\n' \"$#\" \"$@\" >>{}/opened\n", plan.folder().display());
    std::fs::write(&opener, script).expect("a program");
    std::fs::set_permissions(&opener, std::fs::Permissions::from_mode(0o755)).expect("its mode");
    let desktop = plan.start();
    let bus = desktop.bus().await;
    let shows = Shows::default();
    bus.object_server().at("/org/freedesktop/Notifications", shows.clone()).await.expect("an object");
    bus.request_name("org.freedesktop.Notifications").await.expect("its name");
    let shown = || shows.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
    desktop.start_nervad();
    desktop.spawn("before", &["wl-copy", "one pear"]);
    let clipboard = |desktop: &Desktop| desktop.run(&["wl-paste", "--no-newline"]).stdout;
    desktop.until("something on the clipboard", |desktop| clipboard(desktop) == "one pear");
    let opened = |desktop: &Desktop| std::fs::read_to_string(desktop.folder().join("opened")).unwrap_or_default();

    desktop.begin("see to the plums");
    desktop.card_titled("Nerva wants to start a program");
    assert!(!desktop.folder().join(LAUNCHED).exists(), "nothing is done before it is allowed");
    let launch = allow(&desktop, "Nerva wants to start a program");
    desktop.until("its window", |desktop| desktop.has_window(WINDOW));
    desktop.card_titled("Nerva wants to open an address");
    assert_eq!(opened(&desktop), "");
    desktop.picture("reach-open");
    let open = allow(&desktop, "Nerva wants to open an address");
    desktop.card_titled("Nerva wants to show a notification");
    assert_eq!(opened(&desktop), format!("1\n{address}\n"), "whole, and as one word");
    assert_eq!(shown(), Vec::<[String; 3]>::new());
    let notify = allow(&desktop, "Nerva wants to show a notification");
    desktop.card_titled("Nerva wants to read the clipboard");
    // Titles have no marks in them, and in texts they are shown as they are written.
    let wanted = ["Nerva", "Plums & more", "They are &lt;b&gt;ripe&lt;/b&gt;."].map(str::to_owned);
    assert_eq!(shown(), [wanted]);
    let read = allow(&desktop, "Nerva wants to read the clipboard");
    desktop.card_titled("Nerva wants to copy a text");
    assert_eq!(clipboard(&desktop), "one pear");
    let write = allow(&desktop, "Nerva wants to copy a text");
    desktop.finished();
    assert_eq!(clipboard(&desktop), "two plums\nGröße 3");

    let results = results(&desktop);
    let told =
        ["Zephyr was started", "it was handed to the browser", "it is shown", "one pear", "it is on the clipboard"];
    assert_eq!(results.len(), told.len(), "{results:#?}");
    assert!(results.iter().zip(told).all(|(result, told)| result.contains(told)), "{results:#?}");
    let heard = model.asked().last().expect("a request").to_string();
    assert!(told.iter().all(|told| heard.contains(told)), "the model heard of all of it");
    let audit = is_on_record(
        &desktop,
        &[
            ("launch", Some(&launch)),
            ("open", Some(&open)),
            ("notify", Some(&notify)),
            ("clipboard_read", Some(&read)),
            ("clipboard_write", Some(&write)),
        ],
    );
    let kept = json!(audit).to_string();
    assert!(kept.contains("nerva-fixture") && kept.contains("https://example.org/plums?ripe=yes&token="), "{kept}");
    for secret in ["hunter2", "ripe</b>", "one pear", "two plums"] {
        assert!(!kept.contains(secret), "{secret} is kept: {kept}");
    }
}

#[test]
fn notes_are_found_and_the_daily_note_is_written_added_to_and_read() {
    let model = Scripted::saying([
        Turn::Call("notes_search", json!({"text": "PLUM"})),
        Turn::Call("notes_search", json!({})),
        Turn::Call("note_append", json!({"note": "today", "text": "Bought plums."})),
        Turn::Call("note_append", json!({"note": "today", "text": "Ate them."})),
        Turn::Call("note_read", json!({"note": "today"})),
        Turn::Say("all done".into()),
    ]);
    let notes = "[notes]\npath = \"~/notes\"\ndaily = \"journal/%Y-%m-%d\"\n";
    let plan = Plan::new("reach-notes", &format!("{}{notes}[agent]\nenabled = true\n", model.config()));
    let folder = plan.folder().join("home/notes");
    std::fs::create_dir_all(folder.join("garden")).expect("a folder");
    std::fs::write(folder.join("garden/trees.md"), "# Trees\n\nThe plum tree is old.\n").expect("a note");
    std::fs::write(folder.join("other.md"), "Pears.\n").expect("a note");
    let desktop = plan.with_nerva();
    // The name of the note on this day, unless it ends meanwhile.
    let days = || desktop.run(&["date", "+%Y-%m-%d"]).stdout.trim().to_owned();
    let day = days();
    desktop.begin("write it down");
    desktop.card_titled("Nerva wants to make a note");
    assert!(!folder.join("journal").exists());
    let made = allow(&desktop, "Nerva wants to make a note");
    desktop.card_titled("Nerva wants to add to a note");
    let written = || {
        let notes = std::fs::read_dir(folder.join("journal")).expect("the daily notes").filter_map(Result::ok);
        notes.map(|note| (note.file_name().into_string().expect("a name"), note.path())).collect::<Vec<_>>()
    };
    let [(name, file)] = written().try_into().expect("one note");
    assert!(name == format!("{day}.md") || day != days(), "{name}");
    assert_eq!(std::fs::read_to_string(&file).expect("the note"), "Bought plums.\n");
    desktop.picture("reach-note");
    let added = allow(&desktop, "Nerva wants to add to a note");
    desktop.finished();
    let whole = "Bought plums.\n\nAte them.\n";
    assert_eq!(std::fs::read_to_string(&file).expect("the note"), whole);
    let results = results(&desktop);
    let [found, listed, _, _, read] = results.as_slice() else { panic!("{results:#?}") };
    assert!(found.contains("garden/trees.md:3: The plum tree is old.") && !found.contains("Pears"), "{found}");
    assert!(listed.contains("garden/trees.md") && listed.contains("other.md"), "{listed}");
    assert!(read.contains("Bought plums.") && read.contains("Ate them."), "{read}");
    is_on_record(
        &desktop,
        &[
            ("notes_search", None),
            ("notes_search", None),
            ("note_append", Some(&made)),
            ("note_append", Some(&added)),
            ("note_read", None),
        ],
    );
    for (number, left) in [("2", "Bought plums.\n"), ("1", "")] {
        assert_eq!(desktop.nerva(&["undo", "do", number]).status, 0);
        assert_eq!(std::fs::read_to_string(&file).unwrap_or_default(), left);
    }
    assert!(!file.exists());
}

#[test]
fn a_part_of_the_last_picture_is_seen_closer_as_it_was_then() {
    let model = Scripted::saying([
        Turn::Call("screen_zoom", json!({"x": 0, "y": 0, "width": 10, "height": 10})),
        Turn::Call("screen_look", json!({})),
        Turn::Call("screen_zoom", json!({"x": 1200, "y": 0, "width": 100, "height": 100})),
        Turn::Call("screen_zoom", json!({"x": 300, "y": 100, "width": 400, "height": 200})),
        Turn::Say("all done".into()),
    ]);
    let desktop = Plan::new("reach-zoom", &format!("{}[agent]\nenabled = true\n", model.config())).with_nerva();
    // More lines than the screen has, so that the caret is below the part that is looked at.
    let print = "for i in $(seq 100); do printf '%d %0150d\\n' $i $i; done; touch $XDG_RUNTIME_DIR/printed; exec cat";
    desktop.spawn("work", &["foot", "-a", "work", "sh", "-c", print]);
    desktop.until("its lines", |desktop| desktop.folder().join("printed").exists());
    let seen = |desktop: &Desktop| {
        let file = desktop.picture("reach-zoom-screen");
        image::imageops::crop_imm(&image::open(file).expect("a picture").to_rgb8(), 300, 100, 400, 200).to_image()
    };
    let differs = |picture: &image::RgbImage| picture.pixels().any(|pixel| pixel != picture.get_pixel(0, 0));
    desktop.until("them on the screen", |desktop| differs(&seen(desktop)) && seen(desktop) == seen(desktop));
    let before = seen(&desktop);
    desktop.begin("read the small print");
    let look = allow(&desktop, "Nerva wants to look at the screen");
    desktop.card_titled("Nerva wants to look closer");
    // What is there by now does not count.
    desktop.spawn("over", &["foot", "-a", "over", "sh", "-c", "cat >/dev/null"]);
    desktop.until("another window", |desktop| desktop.has_window("over"));
    desktop.sway(&["[app_id=over]", "fullscreen", "enable"]);
    let zoom = allow(&desktop, "Nerva wants to look closer");
    desktop.finished();
    // A picture has no words.
    let results: Vec<String> = results(&desktop).into_iter().filter(|told| !told.is_empty()).collect();
    let [early, _, beyond, closer] = results.as_slice() else { panic!("{results:#?}") };
    assert!(early.contains("call screen_look first"), "{early}");
    assert!(beyond.contains("not within the last picture of 1280 × 720 pixels"), "{beyond}");
    assert!(closer.contains("at its full size"), "{closer}");
    let sent = sent::pictures(&sent::newest(Wire::OpenaiChat, model.asked().last().expect("a request")));
    let part = sent.last().expect("a picture");
    assert_eq!(part.dimensions(), (400, 200));
    assert!(*part == before, "it is that part of the screen, pixel by pixel");
    is_on_record(&desktop, &[("screen_look", Some(&look)), ("screen_zoom", Some(&zoom))]);
}
