//! The cards over a screen: which of them Enter means, what a button does, how they are drawn.

use iced::Padding;
use iced::widget::container;

use super::{App, Message, Request};
use crate::model::{Command, Fault, Notice, NoticeId, Remedy, Screen};
use crate::ui::Element;
use crate::ui::keys::Context;
use crate::ui::part::card;
use crate::ui::screen::conversation::Conversation;

/// At most so many notices are shown at once, the newest.
const NOTICES: usize = 3;

impl App {
    pub(super) fn press(&mut self, notice: Option<NoticeId>, remedy: Remedy) -> Request {
        self.fresh = false;
        self.send(Command::Remedy { notice, remedy });
        Request::None
    }

    /// The card whose button Enter presses: the newest notice, else the fault of the conversation. Where something is typed or
    /// listed, Enter means that, unless the notice came after it.
    pub(super) fn card(&self) -> Option<(Option<NoticeId>, &Fault)> {
        let lists = self.view.screen == Screen::Launcher && self.launcher.browses();
        let notice = self.view.notices.last().filter(|_| self.fresh || self.prompt().is_empty() && !lists);
        if let Some(notice) = notice {
            return Some((Some(notice.id), &notice.fault));
        }
        let shown = self.view.screen == Screen::Conversation && self.prompt().is_empty();
        shown.then(|| Conversation::fault(&self.view)).flatten().map(|fault| (None, fault))
    }

    pub(super) fn notices(&self, context: &Context) -> Option<Element<'_, Message>> {
        let notices = &self.view.notices;
        if notices.is_empty() {
            return None;
        }
        let newest = notices.len() - 1;
        let cards = notices.iter().enumerate().skip(notices.len().saturating_sub(NOTICES)).map(|(index, notice)| {
            let Notice { id, severity, fault } = &**notice;
            let focused = (index == newest && context.button.is_some()).then_some(self.button);
            card::view(&self.theme, *severity, fault, Some(*id), focused).map(Message::Card)
        });
        let cards = iced::widget::Column::with_children(cards).spacing(8);
        Some(container(cards).padding(Padding { top: 0.0, right: 16.0, bottom: 16.0, left: 16.0 }).into())
    }
}
