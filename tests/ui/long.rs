//! A very long answer: what a piece costs does not grow with what is there already.

use std::sync::Arc;
use std::time::{Duration, Instant};

use iced::advanced::layout::Limits;
use iced::advanced::widget::Tree;
use iced::{Pixels, Size};
use nerva::model::*;

use crate::{Overlay, fixture};

/// Prints the cost of a frame at several lengths; asserts only that every word is there.
#[test]
fn an_answer_of_fifty_thousand_tokens_is_taken_in_piece_by_piece() {
    use futures::FutureExt as _;
    use iced::advanced::renderer::Headless as _;
    let font = nerva::ui::theme::font::ui("");
    let renderer =
        iced::Renderer::new(font, Pixels(15.0), Some("tiny-skia")).now_or_never().flatten().expect("tiny-skia");
    let mut overlay = Overlay::new(fixture::streaming());
    let mut text = Text::default();
    let mut spent: Vec<Duration> = Vec::new();
    let mut trees: Option<Tree> = None;
    let paragraph = "The quick brown fox jumps over the lazy dog, again and again. ";
    for frame in 0..1500_u32 {
        for _ in 0..3 {
            text.push_str(paragraph);
        }
        if frame % 4 == 0 {
            text.push_str("\n\n");
        }
        if frame % 40 == 39 {
            text.push_str("```rust\nfn main() { println!(\"{}\", 1 + 1); }\n```\n\n");
        }
        let answer =
            fixture::message(2, Role::Assistant, vec![Part::Text { text: text.clone() }], MessageState::Streaming);
        let begun = Instant::now();
        overlay.change(|view| {
            let mut talk = Conversation::clone(view.conversation.as_deref().expect("a conversation"));
            talk.messages[1] = answer;
            view.conversation = Some(Arc::new(talk));
        });
        let mut card = overlay.app.view();
        let tree = match &mut trees {
            Some(tree) => {
                tree.diff(&card);
                tree
            }
            None => trees.insert(Tree::new(&card)),
        };
        let _ = card.as_widget_mut().layout(tree, &renderer, &Limits::new(Size::ZERO, Size::new(720.0, 620.0)));
        spent.push(begun.elapsed());
    }
    for part in spent.chunks(300) {
        let mut part = part.to_vec();
        part.sort();
        println!("frame: median {:?}, worst {:?}", part[part.len() / 2], part[part.len() - 1]);
    }
    assert_eq!(text.with(|text| text.matches("quick").count()), 4500);
    overlay.press(
        iced::keyboard::Key::Character("c".into()),
        iced::keyboard::Modifiers::CTRL | iced::keyboard::Modifiers::SHIFT,
    );
    assert!(matches!(&overlay.sent()[..], [Command::Copy { text }] if text.matches("quick").count() == 4500));
}
