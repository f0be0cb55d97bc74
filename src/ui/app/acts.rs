//! What each key asks for is done: sent to the core, or given to the screen that is shown.

use std::sync::Arc;

use super::{App, Request};
use crate::model::{CaptureTo, Command, Given, Picked, Screen, Watched};
use crate::ui::keys::{Act, Tool};
use crate::ui::screen::launcher::is_about;

impl App {
    /// Does what a key, or a click on it, asks for.
    pub(super) fn act(&mut self, act: Act) -> Request {
        let view = Arc::clone(&self.view);
        let launches = view.screen == Screen::Launcher && matches!(act, Act::Enter | Act::Pick(_));
        let act = if launches && !view.attached.is_empty() && !is_about(&view) { Act::Ask } else { act };
        match act {
            Act::Detach => {
                if let Some(index) = view.attached.len().checked_sub(1) {
                    self.send(Command::Detach { index });
                }
            }
            Act::Enlarge => {
                if let Some(index) = view.attached.iter().rposition(|given| matches!(given, Given::Picture { .. })) {
                    self.closer.prepare(Tool::Look);
                    self.send(Command::Enlarge { picture: Some(Picked::Attachment { index }) });
                }
            }
            Act::Tool(_) | Act::Nudge(..) | Act::Stretch(..) | Act::Apply | Act::Restore | Act::CopySelection => {
                let action = self.closer.act(act);
                return self.perform(action);
            }
            Act::Back if self.closer.is_open() => {
                let action = self.closer.act(act);
                return self.perform(action);
            }
            Act::Capture(what) => {
                self.send(Command::Capture { what, output: None, delay: 0.0, to: CaptureTo::Question });
            }
            Act::Live(true) => self.send(Command::Watch { what: Watched::Screen, output: None, rate: None }),
            Act::Live(false) => self.send(Command::Unwatch),
            Act::Close => self.send(Command::Hide),
            Act::New => self.send(Command::New),
            Act::Settings => self.send(Command::OpenConfig),
            Act::Models => {
                self.send(Command::Go { screen: Screen::Models });
                self.send(Command::RefreshModels);
            }
            Act::History => {
                self.send(Command::SearchHistory { text: String::new() });
                self.send(Command::Go { screen: Screen::History });
            }
            Act::Activity => self.send(Command::Go { screen: Screen::Activity }),
            Act::Halt => self.send(Command::Halt),
            Act::Resume => self.send(Command::Pause { on: false }),
            Act::Launcher => self.send(Command::Go { screen: Screen::Launcher }),
            Act::Conversation => self.send(Command::Go { screen: Screen::Conversation }),
            Act::Newline => {
                self.prompt_mut().newline();
                return self.changed(true);
            }
            Act::Undo => {
                let changed = self.prompt_mut().undo();
                return self.changed(changed);
            }
            Act::Press => {
                let pressed = self.card().and_then(|(notice, fault)| {
                    Some((notice, fault.remedies.get(self.button.min(fault.remedies.len().checked_sub(1)?))?.clone()))
                });
                if let Some((notice, remedy)) = pressed {
                    return self.press(notice, remedy);
                }
            }
            Act::NextButton => {
                let count = self.card().map_or(1, |(_, fault)| fault.remedies.len().max(1));
                self.button = (self.button + 1) % count;
            }
            Act::Dismiss => {
                if let Some(notice) = view.notices.last() {
                    self.send(Command::Dismiss { notice: notice.id });
                }
            }
            Act::Back if view.screen == Screen::Activity && !self.activity.is_within() => {
                self.send(Command::Go { screen: self.back });
            }
            Act::Back if matches!(view.screen, Screen::History | Screen::Models) && !self.context().deleting => {
                self.send(Command::Go { screen: self.back });
            }
            _ => {
                // Who moves in a list means it.
                self.fresh &= !matches!(act, Act::Up | Act::Down | Act::PageUp | Act::PageDown);
                let action = match view.screen {
                    Screen::Launcher => self.launcher.act(&view, act),
                    Screen::Conversation => self.conversation.act(&view, act),
                    Screen::History => self.history.act(&view, act),
                    Screen::Models => self.models.act(&view, act),
                    Screen::Activity => self.activity.act(&view, act),
                };
                let request = self.perform(action);
                if act == Act::Clear && view.screen == Screen::Conversation {
                    return self.changed(true);
                }
                return request;
            }
        }
        Request::None
    }
}
