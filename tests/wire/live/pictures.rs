//! Questions with pictures: what arrives at a server of each format, and what real servers make of it.

use std::io::Cursor;

use futures::StreamExt as _;
use image::{ImageFormat, Rgb, RgbImage};
use nerva::config::Wire;
use nerva::model::{FaultKind, Image, MediaType, Part};
use nerva::providers::{Client, Listed, Target, picture_size};

use crate::asking::{WIRES, ask, ask_with, assistant, limits, network, prompt, target, user_of};
use crate::support::sent::{Sent, newest, pictures};
use crate::support::servers::Server;

/// Every pixel differs from those around it, so that nothing can be turned, cut or mixed up unseen.
fn pattern(width: u32, height: u32, blue: u8) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| Rgb([(x * 7) as u8, (y * 13) as u8, blue]))
}

fn encoded(picture: &RgbImage, format: ImageFormat) -> Image {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    Image::from_encoded(bytes.into_inner()).unwrap()
}

fn text(words: &str) -> Part {
    Part::Text { text: words.into() }
}

fn picture(image: &Image) -> Part {
    Part::Image { image: image.clone().into() }
}

fn sent_text(words: &str) -> Sent {
    Sent::Text(words.to_owned())
}

/// The picture as it has to arrive.
fn sent_picture(wire: Wire, image: &Image) -> Sent {
    let named = wire != Wire::Ollama;
    Sent::Picture { media_type: named.then(|| image.media_type.name().to_owned()), bytes: image.bytes.clone() }
}

#[tokio::test]
async fn a_picture_arrives_as_it_was_in_every_form() {
    let server = Server::raw();
    let drawn = pattern(37, 11, 90);
    for wire in WIRES {
        for (format, media_type) in [
            (ImageFormat::Png, MediaType::Png),
            (ImageFormat::Jpeg, MediaType::Jpeg),
            (ImageFormat::WebP, MediaType::Webp),
            (ImageFormat::Gif, MediaType::Gif),
        ] {
            let image = encoded(&drawn, format);
            assert_eq!((image.media_type, image.width, image.height), (media_type, 37, 11));
            let asked = prompt(vec![user_of(vec![text("What is this?"), picture(&image)])]);
            assert_eq!(ask(target(wire, &server.url(), "plain"), asked).await.end, Ok(()), "{wire:?}");
            let arrived = newest(wire, &server.requests().last().expect("a request")["body"]);
            assert_eq!(arrived, [sent_text("What is this?"), sent_picture(wire, &image)], "{wire:?} {format:?}");
            let [seen] = &pictures(&arrived)[..] else { panic!("{wire:?}: one picture") };
            assert_eq!(seen.dimensions(), (37, 11), "{wire:?} {format:?}");
            // The other two keep only about what was drawn; their bytes are compared above.
            if matches!(media_type, MediaType::Png | MediaType::Webp) {
                assert!(*seen == drawn, "{wire:?} {format:?}: other pixels");
            }
        }
    }
}

#[tokio::test]
async fn words_and_pictures_stay_in_their_order() {
    let server = Server::raw();
    let [first, second] = [1, 2].map(|blue| encoded(&pattern(5, 9, blue), ImageFormat::Png));
    for wire in WIRES {
        for parts in [
            vec![picture(&first), text("And"), picture(&second), text("Which is larger?")],
            vec![text("Which"), text("of these?"), picture(&second), picture(&first)],
            vec![picture(&second)],
        ] {
            let asked = prompt(vec![user_of(parts.clone())]);
            assert_eq!(ask(target(wire, &server.url(), "plain"), asked).await.end, Ok(()), "{wire:?}");
            let mut expected: Vec<Sent> = parts
                .iter()
                .map(|part| match part {
                    Part::Image { image } => sent_picture(wire, image),
                    Part::Text { text } => sent_text(&text.to_string()),
                    other => panic!("{other:?}"),
                })
                .collect();
            // Its messages have one text and a list of pictures beside it.
            if wire == Wire::Ollama {
                let (words, shown): (Vec<_>, Vec<_>) =
                    expected.into_iter().partition(|piece| matches!(piece, Sent::Text(_)));
                let words: Vec<_> = words
                    .into_iter()
                    .map(|piece| match piece {
                        Sent::Text(text) => text,
                        Sent::Picture { .. } => unreachable!("partitioned above"),
                    })
                    .collect();
                expected = [vec![Sent::Text(words.join("\n\n"))], shown].concat();
            }
            assert_eq!(newest(wire, &server.requests().last().expect("a request")["body"]), expected, "{wire:?}");
        }
    }
}

#[tokio::test]
async fn a_picture_stays_with_its_question() {
    let server = Server::raw();
    let image = encoded(&pattern(8, 8, 3), ImageFormat::Png);
    for wire in WIRES {
        let first = user_of(vec![picture(&image), text("What is this?")]);
        let asked = prompt(vec![first.clone(), assistant("A pattern."), user_of(vec![text("Thank you.")])]);
        assert_eq!(ask(target(wire, &server.url(), "plain"), asked).await.end, Ok(()), "{wire:?}");
        let mut body = server.requests().last().expect("a request")["body"].clone();
        assert_eq!(newest(wire, &body), [sent_text("Thank you.")], "{wire:?}");
        let key = match wire {
            Wire::OpenaiResponses => "input",
            Wire::Gemini => "contents",
            Wire::OpenaiChat | Wire::Anthropic | Wire::Ollama => "messages",
        };
        let messages = body[key].as_array_mut().expect("messages");
        messages.truncate(messages.len() - 2);
        let mut before = newest(wire, &body);
        before.sort_by_key(|piece| matches!(piece, Sent::Text(_)));
        assert_eq!(before, [sent_picture(wire, &image), sent_text("What is this?")], "{wire:?}");
    }
}

/// The sizes of the pictures of the newest question.
fn arrived(server: &Server, wire: Wire) -> Vec<(u32, u32)> {
    let request = server.requests().pop().expect("a request");
    pictures(&newest(wire, &request["body"])).iter().map(RgbImage::dimensions).collect()
}

#[tokio::test]
async fn each_model_gets_pictures_at_the_size_that_it_takes() {
    let server = Server::raw();
    let large = encoded(&pattern(3200, 1800, 7), ImageFormat::Png);
    let photo = encoded(&pattern(1200, 3000, 8), ImageFormat::Jpeg);
    for (wire, model) in [
        (Wire::Anthropic, "claude-opus-4-6"),
        (Wire::Anthropic, "claude-opus-4-7"),
        (Wire::OpenaiResponses, "gpt-5"),
        (Wire::OpenaiChat, "gpt-5.4"),
        (Wire::Gemini, "gemini-3-pro"),
        (Wire::Ollama, "qwen3-vl"),
    ] {
        let asked = prompt(vec![user_of(vec![text("plain"), picture(&large), picture(&photo)])]);
        assert_eq!(ask(target(wire, &server.url(), model), asked).await.end, Ok(()), "{wire:?}");
        let sizes = [(3200, 1800), (1200, 3000)].map(|size| picture_size(wire, model, size));
        assert!(sizes[0].0 < 3200, "{wire:?} {model}");
        assert_eq!(arrived(&server, wire), sizes, "{wire:?} {model}");
    }
}

#[tokio::test]
async fn the_next_model_gets_the_picture_at_its_own_size() {
    let server = Server::raw();
    let large = encoded(&pattern(3200, 1800, 9), ImageFormat::Png);
    let asked = prompt(vec![user_of(vec![text("500"), picture(&large)])]);
    let mut network = network();
    network.retries = 0;
    let models = ["claude-opus-4-6", "claude-opus-4-7"];
    let targets = models.map(|model| target(Wire::Anthropic, &server.url(), model));
    let answer = ask_with(&network, targets.into(), asked, limits()).await;
    assert!(answer.end.is_err(), "both refuse");
    let bodies = server.requests();
    let size = |request: &serde_json::Value| pictures(&newest(Wire::Anthropic, &request["body"]))[0].dimensions();
    let sizes: Vec<_> = bodies.iter().map(size).collect();
    assert_eq!(sizes, models.map(|model| picture_size(Wire::Anthropic, model, (3200, 1800))));
}

#[tokio::test]
async fn a_model_that_does_not_see_gets_no_picture() {
    let server = Server::raw();
    let image = encoded(&pattern(8, 8, 5), ImageFormat::Png);
    for wire in WIRES {
        let blind = Target { sees: Some(false), ..target(wire, &server.url(), "blind") };
        let before = server.requests().len();
        let asked = prompt(vec![user_of(vec![text("plain"), picture(&image)])]);
        let fault = ask(blind.clone(), asked.clone()).await.end.expect_err("it does not see");
        assert_eq!((fault.kind, server.requests().len()), (FaultKind::NoSight, before), "{wire:?}");
        let answer = ask_with(&network(), vec![blind.clone(), target(wire, &server.url(), "m")], asked, limits()).await;
        assert_eq!((answer.end, arrived(&server, wire)), (Ok(()), vec![(8, 8)]), "{wire:?}: one that may see is next");
        let follows = vec![user_of(vec![picture(&image)]), assistant("A pattern."), user_of(vec![text("plain")])];
        assert_eq!(ask(blind, prompt(follows)).await.end, Ok(()), "{wire:?}: an earlier one is left out");
        let body = server.requests().pop().expect("a request")["body"].to_string();
        assert!(body.contains("(a picture)") && !body.contains(&image.base64()), "{wire:?}: {body}");
    }
}

#[tokio::test]
async fn what_providers_say_of_sight_is_heard() {
    let server = Server::raw();
    let client = Client::new(&network(), true).expect("a client");
    let both = |blind: &str, seeing: &str| {
        vec![Listed { name: blind.into(), sees: Some(false) }, Listed { name: seeing.into(), sees: Some(true) }]
    };
    for (wire, place, expected) in [
        (Wire::OpenaiChat, "listed", both("blind", "seeing")),
        (Wire::Ollama, "listed", both("blind:latest", "seeing:latest")),
        (Wire::OpenaiChat, "llama", vec![Listed { name: "blind".into(), sees: Some(false) }]),
    ] {
        let target = target(wire, &format!("{}/{place}", server.url()), "");
        let listed = client.models(&target).await.expect("a list");
        assert_eq!(client.with_sight(&target, listed).await, expected, "{wire:?} {place}");
    }
}

#[tokio::test]
async fn a_picture_does_not_leave_the_machine_with_local_only() {
    let image = encoded(&pattern(8, 8, 6), ImageFormat::Png);
    let client = Client::new(&network(), true).expect("a client");
    for wire in WIRES {
        let asked = prompt(vec![user_of(vec![text("plain"), picture(&image)])]);
        let items = client.stream(vec![target(wire, "https://models.example.com", "m")], asked, limits());
        let last = items.collect::<Vec<_>>().await.pop().expect("a fault").expect_err("refused");
        assert_eq!(last.kind, FaultKind::NotLocal, "{wire:?}");
    }
}

/// aimock reads each format its own way, and refuses what it can't read.
#[tokio::test]
async fn a_question_with_a_picture_is_understood_in_every_format() {
    let server = Server::aimock();
    let image = encoded(&pattern(16, 16, 4), ImageFormat::Png);
    for wire in WIRES {
        let asked = prompt(vec![user_of(vec![picture(&image), text("unicode")])]);
        let answer = ask(target(wire, &server.url(), "m"), asked).await;
        assert_eq!(answer.end, Ok(()), "{wire:?}");
        assert!(answer.seen.text.starts_with("Größe"), "{wire:?}: {:?}", answer.seen.text);
    }
}

/// The rig's model has no eyes, and the real llama.cpp says so when it finds a picture; it finds none without one.
#[tokio::test]
async fn llama_finds_the_picture_in_the_formats_it_serves() {
    let server = Server::llama(None);
    let image = encoded(&pattern(16, 16, 5), ImageFormat::Png);
    let mut network = network();
    network.retries = 0;
    for wire in [Wire::OpenaiChat, Wire::OpenaiResponses, Wire::Anthropic] {
        let asked = prompt(vec![user_of(vec![picture(&image), text("hello")])]);
        let targets = vec![target(wire, &server.url(), "nerva-tiny")];
        let fault = ask_with(&network, targets, asked, limits()).await.end.expect_err("it can't see");
        assert!(matches!(fault.kind, FaultKind::ServerError | FaultKind::BadRequest), "{wire:?}: {fault}");
        assert!(fault.detail.contains("image input is not supported"), "{wire:?}: {fault}");
    }
}
