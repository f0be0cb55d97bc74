//! The overlay by visible text, by keys, and by a few pictures; without a display.

// Helpers fail by panicking with what they waited for, as tests do.
#![allow(clippy::expect_used)]
#![allow(missing_docs, reason = "tests")]

mod activity;
mod consent;
mod counting;
mod fixture;
mod given;
mod launcher;
mod live;
mod long;
mod pixels;
mod screens;
mod switching;

use std::sync::Arc;
use std::time::{Duration, Instant};

use iced::keyboard::key::{Named, NativeCode, Physical};
use iced::keyboard::{self, Key, Location, Modifiers};
use iced::{Event, Settings, Size, window};
use iced_test::Simulator;
use nerva::model::{Command, Envelope, View};
use nerva::ui::Painter;
use nerva::ui::app::{App, Message, Request};
use nerva::ui::theme::{Theme, font};
use tokio::sync::mpsc;

/// The overlay with a core that only writes down what it is told.
pub struct Overlay {
    app: App,
    view: View,
    sent: mpsc::UnboundedReceiver<Envelope>,
    activated: Vec<(String, Option<usize>)>,
}

pub fn settings() -> Settings {
    Settings {
        fonts: font::bundled(),
        default_font: font::ui(""),
        default_text_size: 15.0.into(),
        ..Settings::default()
    }
}

impl Overlay {
    pub fn new(view: View) -> Self {
        Self::on(view, true)
    }

    /// As it is where the surface can't be translucent.
    pub fn opaque(view: View) -> Self {
        Self::on(view, false)
    }

    fn on(view: View, translucent: bool) -> Self {
        let (commands, sent) = mpsc::unbounded_channel();
        let app = App::new(commands, Arc::new(view.clone()), fixture::now, translucent, true);
        Self { app, view, sent, activated: Vec::new() }
    }

    pub fn simulator(&self) -> Simulator<'_, Message, Theme, Painter> {
        Simulator::with_size(settings(), Size::new(720.0, 620.0), self.app.view())
    }

    fn apply(&mut self, messages: Vec<Message>) {
        let mut messages = std::collections::VecDeque::from(messages);
        while let Some(message) = messages.pop_front() {
            if let Request::Activate { hit, action } = self.app.update(message) {
                self.activated.push((hit.0.clone(), action));
                self.app.activate(hit, action, None);
            }
            while let Some(held) = self.app.next_held() {
                messages.push_back(held);
            }
        }
    }

    /// The core changes its view.
    pub fn change(&mut self, change: impl FnOnce(&mut View)) {
        change(&mut self.view);
        let view = Arc::new(self.view.clone());
        self.apply(vec![Message::View(view)]);
    }

    /// The paste with this number has been awaited long enough.
    pub fn late(&mut self, number: u64) {
        self.apply(vec![Message::PasteLate(number)]);
    }

    /// Types letters one by one, as a keyboard does: each is seen by the prompt that the letter before has changed.
    pub fn typed(&mut self, text: &str) {
        for letter in text.chars() {
            let messages = {
                let mut simulator = self.simulator();
                let _ = simulator.typewrite(&letter.to_string());
                simulator.into_messages().collect()
            };
            self.apply(messages);
        }
    }

    /// Presses a key.
    pub fn press(&mut self, key: Key, modifiers: Modifiers) {
        self.burst(vec![(key, modifiers)]);
    }

    /// Presses keys faster than anything is drawn: all are seen by what was drawn before the first.
    pub fn burst(&mut self, keys: Vec<(Key, Modifiers)>) {
        let messages = {
            let mut simulator = self.simulator();
            let _ = simulator.simulate(keys.into_iter().map(|(key, modifiers)| pressed(key, modifiers)));
            simulator.into_messages().collect()
        };
        self.apply(messages);
    }

    pub fn named(&mut self, named: Named) {
        self.press(Key::Named(named), Modifiers::empty());
    }

    pub fn ctrl(&mut self, letter: &str) {
        self.press(Key::Character(letter.into()), Modifiers::CTRL);
    }

    /// Clicks on the text.
    pub fn click(&mut self, text: &str) {
        let messages = {
            let mut simulator = self.simulator();
            let _ = simulator.click(text).unwrap_or_else(|error| panic!("nothing says {text:?}: {error}"));
            simulator.into_messages().collect()
        };
        self.apply(messages);
    }

    /// Nothing happens for a second.
    pub fn rest(&mut self) {
        let begun = Instant::now();
        let frame = |at| Event::Window(window::Event::RedrawRequested(at));
        let messages = {
            let mut simulator = self.simulator();
            let _ = simulator.simulate([frame(begun), frame(begun + Duration::from_secs(1))]);
            simulator.into_messages().collect()
        };
        self.apply(messages);
    }

    /// Whether this text is on the card.
    pub fn shows(&self, text: &str) -> bool {
        self.simulator().find(text).is_ok()
    }

    /// The upper edge of a text, in logical pixels.
    pub fn top_of(&self, text: &str) -> f32 {
        let found = self.simulator().find(text).unwrap_or_else(|error| panic!("nothing says {text:?}: {error}"));
        found.bounds().y
    }

    /// The commands sent since the last call.
    pub fn sent(&mut self) -> Vec<Command> {
        std::iter::from_fn(|| self.sent.try_recv().ok().map(|envelope| envelope.command)).collect()
    }
}

fn pressed(key: Key, modifiers: Modifiers) -> Event {
    let text = match &key {
        Key::Character(text) if modifiers.is_empty() => Some(text.clone()),
        _ => None,
    };
    Event::Keyboard(keyboard::Event::KeyPressed {
        key: key.clone(),
        modified_key: key,
        physical_key: Physical::Unidentified(NativeCode::Unidentified),
        location: Location::Standard,
        modifiers,
        text,
        repeat: false,
    })
}

#[macro_export]
macro_rules! assert_shows {
    ($overlay:expr, $($text:expr),+ $(,)?) => {
        let overlay = &$overlay;
        $(assert!(overlay.shows($text), "nothing says {:?}", $text);)+
    };
}
