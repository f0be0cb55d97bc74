//! What the keys depend on, gathered from everything that is shown.

use super::App;
use crate::model::Screen;
use crate::ui::keys::Context;
use crate::ui::part::card;

impl App {
    /// What the keys depend on.
    pub fn context(&self) -> Context {
        let view = &self.view;
        let mut context = Context::new(view.screen);
        context.typed = !self.prompt().is_empty();
        context.open = view.conversation.is_some();
        context.notice = !view.notices.is_empty();
        context.attached = !view.attached.is_empty() && self.asks();
        context.live = view.live.is_some();
        context.halted = view.activity == crate::model::Activity::Halted;
        match view.screen {
            Screen::Launcher => self.launcher.context(view, &mut context),
            Screen::Conversation => self.conversation.context(view, &mut context),
            Screen::History => self.history.context(view, &mut context),
            Screen::Models => self.models.context(view, &mut context),
            Screen::Activity => self.activity.context(view, &mut context),
        }
        self.closer.context(&mut context);
        if context.attached && view.screen == Screen::Launcher && !context.ready {
            (context.enter, context.actions) = (context.typed.then_some("Ask"), false);
        }
        let lists = matches!(view.screen, Screen::History | Screen::Models | Screen::Activity) && !self.fresh;
        if let Some((_, fault)) = self.card().filter(|_| !lists && !context.listing) {
            let focused = self.button.min(fault.remedies.len().saturating_sub(1));
            context.button = fault.remedies.get(focused).map(card::label);
            context.buttons = fault.remedies.len() > 1;
        }
        context
    }
}
