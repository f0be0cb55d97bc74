//! What is on the card: the bar, what goes along, the screen, the footer.

use iced::Length;
use iced::widget::{column, container, space};

use super::{App, Message};
use crate::model::Screen;
use crate::ui::Element;
use crate::ui::keys::{self, Act, Context};
use crate::ui::part::{attached, bar, consent, footer, live};
use crate::ui::screen::activity::Activity;
use crate::ui::theme::style;
use crate::ui::widget::{hairline, sandwich, steer};

impl App {
    /// The card.
    pub fn view(&self) -> Element<'_, Message> {
        let theme = &self.theme;
        if let Some(asked) = &self.view.consent {
            return consent::view(theme, asked, &self.consent).map(Message::Consent);
        }
        let context = self.context();
        let placeholder = match self.view.screen {
            Screen::Launcher | Screen::Conversation if context.attached => "Ask about it…",
            Screen::Launcher => "Launch or ask…",
            Screen::Conversation if self.view.conversation.is_some() => "Ask a follow-up…",
            Screen::Conversation => "Ask anything…",
            Screen::History => "Search past conversations…",
            Screen::Models => "Choose a model…",
            Screen::Activity => "What tools did…",
        };
        let typed = self.prompt().view(theme, placeholder, context.clone()).map(Message::Prompt);
        let chip = match self.view.screen {
            Screen::Models => None,
            Screen::Activity => Some(Activity::chip(theme, &self.view)),
            Screen::Launcher | Screen::Conversation | Screen::History => {
                Some(bar::chip(theme, &self.view, Message::Act(Act::Models)))
            }
        };
        let body = self.body(&context);
        let notices = self.notices(&context);
        let status = match self.view.screen {
            Screen::Conversation => self.conversation.stats(&self.view, theme),
            Screen::Launcher | Screen::History | Screen::Models | Screen::Activity => None,
        };
        let open = self.closer.is_open();
        let attached = if open { None } else { attached::view(theme, &self.view, &self.previews, (self.clock)()) };
        let attached = attached.map(|lines| lines.map(Message::Attached));
        let shown = self.view.live.as_deref().filter(|_| !open);
        let watched = shown.map(|live| live::view(theme, live, self.moment.as_ref(), Message::Act(Act::Live(false))));
        let read = if open { None } else { self.closer.text(theme).map(|text| text.map(Message::Closer)) };
        let bare = body.is_none() && notices.is_none() && self.view.attached.is_empty() && self.view.live.is_none();
        // Where its card has no room, it is said that something is watched.
        let dot = self.view.live.as_deref().filter(|_| open).map(|_| live::mark(theme));
        let mut top = column![bar::view(theme, typed, dot.into_iter().chain(chip))];
        top = top.extend(watched).extend(attached).extend(read);
        if let Some(notices) = notices {
            top = top.push(notices);
        } else if body.is_some() {
            top = top.push(hairline());
        }
        let bottom = if bare {
            space::vertical().height(0).into()
        } else {
            column![hairline(), footer::view(theme, status, keys::footer(&context), Message::Act)].into()
        };
        let middle = body.unwrap_or_else(|| space::vertical().height(0).into());
        let card = container(sandwich([top.into(), middle, bottom])).width(Length::Fill);
        let card = card.style(if self.view.hover.is_some() { style::card_lit } else { style::card });
        let follow = match self.view.screen {
            Screen::Conversation => self.conversation.follow(),
            Screen::Launcher | Screen::History | Screen::Models | Screen::Activity => None,
        };
        steer(card, self.prompt().id(), follow).into()
    }

    fn body(&self, context: &Context) -> Option<Element<'_, Message>> {
        let (view, theme) = (&*self.view, &self.theme);
        if let Some(picture) = self.closer.body(theme) {
            return Some(picture.map(Message::Closer));
        }
        match view.screen {
            Screen::Launcher if context.attached && !context.ready => None,
            Screen::Launcher => self.launcher.body(view, theme).map(|body| body.map(Message::Launcher)),
            Screen::Conversation => {
                let in_talk = matches!(self.card(), Some((None, _)));
                let focused = (in_talk && context.button.is_some()).then_some(self.button);
                self.conversation.body(view, theme, focused).map(|body| body.map(Message::Conversation))
            }
            Screen::History => Some(self.history.body(view, theme).map(Message::History)),
            Screen::Models => Some(self.models.body(view, theme).map(Message::Models)),
            Screen::Activity => Some(self.activity.body(view, theme).map(Message::Activity)),
        }
    }
}
