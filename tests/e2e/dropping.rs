//! What a real second client drags over the overlay and drops there becomes part of the question.

use base64::Engine as _;
use serde_json::Value;

use crate::support::desktop::Plan;
use crate::support::dragging::Dragging;
use crate::support::keyboard::key;
use crate::support::pointer::Button;
use crate::support::servers::Server;

const IDLE: &str = "an answer";

/// A picture of its own for each seed.
pub fn picture(seed: u8, format: image::ImageFormat) -> Vec<u8> {
    let mut bytes = Vec::new();
    let pixels = image::RgbImage::from_fn(96, 64, |x, y| image::Rgb([x as u8 * 2, y as u8 * 3, seed]));
    pixels.write_to(&mut std::io::Cursor::new(&mut bytes), format).expect("a picture");
    bytes
}

fn start(name: &str, model: &Server) -> Dragging {
    let dragging = Dragging::start(Plan::new(name, &model.config("plain")));
    dragging.desktop.open();
    dragging
}

/// The contents of the last question that the model server was asked.
fn asked(model: &Server) -> Vec<Value> {
    let requests = model.requests();
    let messages = requests.last().and_then(|request| request["body"]["messages"].as_array().cloned());
    match messages.and_then(|messages| messages.last().cloned()).unwrap_or_default()["content"].clone() {
        Value::Array(parts) => parts,
        text => vec![serde_json::json!({"type": "text", "text": text})],
    }
}

/// The picture parts of a question: media types and bytes.
pub fn pictures(model: &Server) -> Vec<(String, Vec<u8>)> {
    let urls = asked(model).into_iter().filter_map(|part| Some(part["image_url"]["url"].as_str()?.to_owned()));
    urls.map(|url| {
        let (media, data) = url.strip_prefix("data:").and_then(|url| url.split_once(";base64,")).expect("a data URL");
        (media.to_owned(), base64::engine::general_purpose::STANDARD.decode(data).expect("base64"))
    })
    .collect()
}

/// The text of a question.
fn text(model: &Server) -> String {
    asked(model).iter().filter_map(|part| part["text"].as_str()).collect()
}

/// Types a question with attachments and asks it with Enter.
pub fn ask(dragging: &Dragging, question: &str) {
    dragging.desktop.query(question);
    dragging.desktop.press(key::ENTER);
    dragging.desktop.until(IDLE, |desktop| desktop.newest_answer()["state"]["state"] == "complete");
}

#[test]
fn dropped_files_go_along_with_the_question() {
    let model = Server::raw();
    let dragging = start("drop-files", &model);
    let (one, two) = (picture(1, image::ImageFormat::Png), picture(2, image::ImageFormat::Jpeg));
    let one_file = dragging.file("cat one.png", &one);
    let two_file = dragging.file("dog.jpg", &two);
    let notes = dragging.file("notes.txt", b"the cat is called Ada\n");
    let uri = |path: &std::path::Path| format!("file://{}\r\n", path.display().to_string().replace(' ', "%20"));
    let list = [&one_file, &two_file, &notes].map(|path| uri(path)).concat();
    let list = dragging.file("list", list.as_bytes());
    dragging.source(&[("text/uri-list", &list), ("text/plain", &list)]);
    let before = dragging.desktop.frame();
    dragging.hover_gtk("Drop to ask about 3 files");
    dragging.desktop.until("the card to light up", |desktop| desktop.frame().difference(&before) > 0.005);
    dragging.desktop.picture("drop-target");
    dragging.pointer().release();
    dragging.until_attached(&["cat one.png", "dog.jpg", "notes.txt"]);
    dragging.until_said("source", "ended ok");
    assert_eq!(dragging.desktop.status()["hover"], Value::Null);
    dragging.desktop.picture("drop-attachments");
    ask(&dragging, "what is the cat called");
    assert_eq!(pictures(&model), [("image/png".to_owned(), one), ("image/jpeg".to_owned(), two)]);
    let text = text(&model);
    assert!(text.starts_with("what is the cat called") && text.contains("notes.txt"), "{text}");
    assert!(text.contains("the cat is called Ada"), "{text}");
    assert_eq!(dragging.desktop.status()["attached"], serde_json::json!([]), "they are used up");
    dragging.desktop.picture("drop-answer");
}

#[test]
fn a_dropped_picture_is_sent_byte_for_byte() {
    let model = Server::raw();
    let dragging = start("drop-picture", &model);
    let bytes = picture(3, image::ImageFormat::Png);
    let file = dragging.file("bytes", &bytes);
    let page = dragging.file("page", b"<img src='https://example.org/x.png'>");
    let source = dragging.file("address", b"https://example.org/x.png");
    dragging.source(&[("text/html", &page), ("text/uri-list", &source), ("image/png", &file)]);
    dragging.hover_gtk("Drop to ask about this picture");
    dragging.pointer().release();
    dragging.until_attached(&["Dropped picture"]);
    dragging.until_said("source", "ended ok");
    ask(&dragging, "what is this");
    assert_eq!(pictures(&model), [("image/png".to_owned(), bytes)]);
}

#[test]
fn dropped_words_are_in_the_prompt_and_not_sent() {
    let model = Server::raw();
    let dragging = start("drop-text", &model);
    dragging.desktop.query("why");
    let words = dragging.file("words", "ignore this: rm -rf / ✓".as_bytes());
    dragging.source(&[("text/plain;charset=utf-8", &words), ("text/html", &words)]);
    dragging.hover_gtk("Drop to put this text into the prompt");
    dragging.pointer().release();
    dragging.desktop.until_status("the words", |status| status["query"] == "whyignore this: rm -rf / ✓");
    dragging.until_said("source", "ended ok");
    assert_eq!(dragging.desktop.status()["attached"], serde_json::json!([]));
    assert!(model.requests().iter().all(|request| request["method"] == "GET"), "nothing is asked by a drop");
}

#[test]
fn a_dropped_link_is_in_the_prompt() {
    let model = Server::raw();
    let dragging = start("drop-link", &model);
    let link = dragging.file("link", b"https://example.org/a%20b\r\n");
    dragging.source(&[("text/uri-list", &link), ("text/plain", &link)]);
    dragging.hover_gtk("Drop to ask about https://example.org/a%20b");
    dragging.pointer().release();
    dragging.desktop.until_status("the link", |status| status["query"] == "https://example.org/a%20b");
}

#[test]
fn what_leaves_again_is_forgotten_and_what_can_not_be_taken_is_not_seen() {
    let model = Server::raw();
    let dragging = start("drop-leave", &model);
    let words = dragging.file("words", b"words");
    dragging.source(&[("text/plain", &words)]);
    dragging.hover_gtk("Drop to put this text into the prompt");
    dragging.pointer().move_to((640.0, 700.0));
    dragging.desktop.until_status("the card to go dark", |status| status["hover"].is_null());
    dragging.pointer().release();
    dragging.until_said("source", "ended failed");
    assert_eq!(dragging.desktop.status()["query"], "");
}

#[test]
fn a_file_that_is_neither_picture_nor_text_is_refused_by_name() {
    let model = Server::raw();
    let dragging = start("drop-refused", &model);
    let report = dragging.file("report.pdf", b"%PDF-1.7\0\x01\x02");
    let list = dragging.file("list", format!("file://{}\r\n", report.display()).as_bytes());
    dragging.source(&[("text/uri-list", &list)]);
    dragging.hover_gtk("Drop to ask about report.pdf");
    dragging.pointer().release();
    dragging.desktop.until_status("a card", |status| status["notices"][0] == "report.pdf can't be attached");
    dragging.desktop.picture("drop-refused");
}

#[test]
fn an_attachment_is_taken_back_with_the_keyboard_and_with_the_mouse() {
    let model = Server::raw();
    let dragging = start("drop-remove", &model);
    let names = ["a.txt", "b.txt"].map(|name| dragging.file(name, name.as_bytes()));
    let list = names.map(|path| format!("file://{}\n", path.display())).concat();
    let list = dragging.file("list", list.as_bytes());
    dragging.source(&[("text/uri-list", &list)]);
    dragging.hover_gtk("Drop to ask about 2 files");
    dragging.pointer().release();
    dragging.until_attached(&["a.txt", "b.txt"]);
    dragging.desktop.press(key::BACKSPACE);
    dragging.until_attached(&["a.txt"]);
    // The cross is at the right end of the first chip, whose place the theme decides: the row is searched for it.
    let row = 204.0;
    dragging.desktop.until("the cross to be hit", |desktop| {
        (300..520).step_by(8).any(|x| {
            dragging.pointer().go((f64::from(x), row));
            dragging.pointer().click(Button::Left);
            desktop.status()["attached"] == serde_json::json!([])
        })
    });
}
