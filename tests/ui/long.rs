//! A very long answer: what a piece costs does not grow with what is there already.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::FutureExt as _;
use iced::advanced::layout::{Limits, Node};
use iced::advanced::renderer::Headless;
use iced::advanced::widget::Tree;
use iced::advanced::widget::operation::scrollable::{RelativeOffset, snap_to};
use iced::advanced::{Layout, Shell, clipboard};
use iced::widget::Id;
use iced::{Event, Pixels, Rectangle, Size, mouse, window};
use nerva::model::*;
use nerva::ui::{Painter, app};

use crate::{Overlay, fixture};

const SIZE: Size = Size::new(720.0, 620.0);

/// The overlay with what iced keeps between two frames.
struct Screen {
    overlay: Overlay,
    tree: Option<Tree>,
    renderer: Painter,
}

impl Screen {
    fn new() -> Self {
        let font = nerva::ui::theme::font::ui("");
        let renderer = <Painter as Headless>::new(font, Pixels(15.0), Some("tiny-skia")).now_or_never().flatten();
        Self { overlay: Overlay::new(fixture::streaming()), tree: None, renderer: renderer.expect("tiny-skia") }
    }

    /// Lays the card out and hands it the event that comes before drawing; what the card publishes comes back.
    fn frame(&mut self, to_start: bool) -> Vec<app::Message> {
        let mut card = self.overlay.app.view();
        let tree = self.tree.get_or_insert_with(|| Tree::new(&card));
        tree.diff(&card);
        let node: Node = card.as_widget_mut().layout(tree, &self.renderer, &Limits::new(Size::ZERO, SIZE));
        let layout = Layout::new(&node);
        if to_start {
            let start = RelativeOffset { x: None, y: Some(0.0) };
            let mut scroll = snap_to::<()>(Id::new("messages@conversation"), start);
            card.as_widget_mut().operate(tree, layout, &self.renderer, &mut scroll);
        }
        let mut messages = Vec::new();
        card.as_widget_mut().update(
            tree,
            &Event::Window(window::Event::RedrawRequested(Instant::now())),
            layout,
            mouse::Cursor::Unavailable,
            &self.renderer,
            &mut clipboard::Null,
            &mut Shell::new(&mut messages),
            &Rectangle::with_size(SIZE),
        );
        messages
    }

    fn widgets(&self) -> usize {
        fn count(tree: &Tree) -> usize {
            1 + tree.children.iter().map(count).sum::<usize>()
        }
        self.tree.as_ref().map_or(0, count)
    }
}

#[test]
fn an_answer_of_fifty_thousand_tokens_costs_no_more_at_its_end_than_at_its_beginning() {
    let mut screen = Screen::new();
    let mut text = Text::default();
    let mut spent: Vec<Duration> = Vec::new();
    let mut widgets: Vec<usize> = Vec::new();
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
        screen.overlay.change(|view| {
            let mut talk = Conversation::clone(view.conversation.as_deref().expect("a conversation"));
            talk.messages[1] = answer;
            view.conversation = Some(Arc::new(talk));
        });
        screen.frame(false);
        spent.push(begun.elapsed());
        widgets.push(screen.widgets());
    }
    for part in spent.chunks(300) {
        let mut part = part.to_vec();
        part.sort();
        println!("frame: median {:?}, worst {:?}", part[part.len() / 2], part[part.len() - 1]);
    }
    // What is laid out is what costs.
    let most = |part: &[usize]| part.iter().copied().max().expect("frames");
    let (begin, end) = (most(&widgets[..300]), most(&widgets[1200..]));
    assert!(end < begin + begin / 2, "{begin} widgets in the first fifth, {end} in the last");

    // Whoever scrolls back finds it again: what came near says so once, and is there in the next frame.
    let missing = |messages: &[app::Message]| messages.iter().any(|message| format!("{message:?}").contains("Seen"));
    screen.overlay.apply(vec![app::Message::Act(nerva::ui::keys::Act::PageUp)]);
    let messages = screen.frame(true);
    assert!(missing(&messages), "the beginning has come near and has to be drawn: {messages:?}");
    screen.overlay.apply(messages);
    let messages = screen.frame(false);
    assert!(!missing(&messages), "{messages:?}");

    assert_eq!(text.with(|text| text.matches("quick").count()), 4500);
    screen.overlay.press(
        iced::keyboard::Key::Character("c".into()),
        iced::keyboard::Modifiers::CTRL | iced::keyboard::Modifiers::SHIFT,
    );
    assert!(matches!(&screen.overlay.sent()[..], [Command::Copy { text }] if text.matches("quick").count() == 4500));
}
