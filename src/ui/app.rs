//! The router: which screen is shown, who gets a key, and which commands are sent.

mod acts;
mod cards;
mod consenting;
mod drawing;
mod given;
mod keyed;

use std::sync::Arc;

use iced::Task;
use iced::advanced::widget::operation::scrollable::AbsoluteOffset;
use iced::widget::image::Handle;
use iced::widget::operation;

use self::given::Pasting;
use super::keys::Act;
use super::part::{attached, card, consent, live, prompt};
use super::screen::Action;
use super::screen::activity::{self, Activity};
use super::screen::closer::{self, Closer};
use super::screen::conversation::{self, Conversation};
use super::screen::history::{self, History};
use super::screen::launcher::{self, Launcher};
use super::screen::models::{self, Models};
use super::theme::Theme;
use crate::model::{Ask, Command, Commands, Envelope, Hit, HitId, Run, Screen, Timestamp, View};

/// The overlay's whole state.
#[derive(Debug)]
pub struct App {
    commands: Commands,
    clock: fn() -> Timestamp,
    translucent: bool,
    view: Arc<View>,
    theme: Theme,
    launcher: Launcher,
    conversation: Conversation,
    history: History,
    models: Models,
    activity: Activity,
    closer: Closer,
    consent: consent::State,
    /// Where Escape leads from the history and the models.
    back: Screen,
    /// The button of the card that Enter presses.
    button: usize,
    /// A notice arrived after the last key, so that Enter means its button even though something is typed.
    fresh: bool,
    /// Something was asked in the launcher and the conversation is not shown yet.
    asked: bool,
    /// Whether the core reads and writes the clipboard, and not the toolkit.
    clipboard: bool,
    pasting: Option<Pasting>,
    /// How many pastes were asked for.
    pastes: u64,
    /// Thumbnails of the attachments.
    previews: Vec<Option<Handle>>,
    /// The newest picture of what is watched; made once for each, as the others are.
    moment: Option<Handle>,
    /// The newest words from the core that are in a prompt.
    inserted: u64,
}

/// What happens in the overlay.
#[derive(Debug, Clone)]
pub enum Message {
    /// The core has a new view.
    View(Arc<View>),
    /// In the prompt.
    Prompt(prompt::Message),
    /// A key of the footer was clicked.
    Act(Act),
    /// On a card.
    Card(card::Message),
    /// On a confirmation.
    Consent(consent::Message),
    /// On what goes along with the question.
    Attached(attached::Message),
    /// On the launcher.
    Launcher(launcher::Message),
    /// On the conversation.
    Conversation(conversation::Message),
    /// On the history.
    History(history::Message),
    /// On the models.
    Models(models::Message),
    /// On what tools did.
    Activity(activity::Message),
    /// On a picture that is looked at closely, or its text.
    Closer(closer::Message),
    /// The paste with this number has been awaited long enough.
    PasteLate(u64),
}

/// What the router needs of the shell.
#[derive(Debug)]
pub enum Request {
    /// Nothing.
    None,
    /// Run this.
    Run(Task<Message>),
    /// Send [`Command::Activate`] with an activation token of the surface.
    Activate {
        /// The result.
        hit: HitId,
        /// Which of its further actions.
        action: Option<usize>,
    },
}

/// Whether a message only says that the answer was scrolled to its end.
pub fn is_scrolled_to_end(message: &Message) -> bool {
    matches!(message, Message::Conversation(conversation::Message::Scrolled(viewport)) if conversation::is_at_end(viewport))
}

impl App {
    /// The overlay of a view. `clock` says what time it is; `translucent`, whether the surface can be; `clipboard`, whether
    /// the core reads and writes the clipboard.
    pub fn new(
        commands: Commands,
        view: Arc<View>,
        clock: fn() -> Timestamp,
        translucent: bool,
        clipboard: bool,
    ) -> Self {
        let mut app = Self {
            commands,
            clock,
            translucent,
            theme: Theme::new(Arc::clone(&view.look), translucent),
            launcher: Launcher::new(),
            conversation: Conversation::new(),
            history: History::new(),
            models: Models::new(),
            activity: Activity::new(),
            closer: Closer::default(),
            consent: consent::State::default(),
            back: Screen::Launcher,
            button: 0,
            fresh: false,
            asked: false,
            clipboard,
            pasting: None,
            pastes: 0,
            previews: attached::previews(&view),
            moment: live::moment(&view),
            inserted: 0,
            view: Arc::clone(&view),
        };
        app.refresh(view);
        app
    }

    /// The view that is drawn.
    pub fn shown(&self) -> &View {
        &self.view
    }

    /// The theme that is drawn with.
    pub fn theme(&self) -> &Theme {
        &self.theme
    }

    /// The title of a window.
    pub fn title(&self) -> String {
        match self.view.screen {
            Screen::Conversation => Conversation::title(&self.view),
            Screen::Launcher | Screen::History | Screen::Models | Screen::Activity => "Nerva".into(),
        }
    }

    /// Sends a command; a closed channel means that the process is ending.
    pub fn send(&self, command: Command) {
        let _ = self.commands.send(Envelope::from(command));
    }

    /// Does what a result does, and makes room for the next query.
    pub fn activate(&mut self, hit: HitId, action: Option<usize>, token: Option<String>) {
        let reads =
            |hit: &&Hit| matches!(&hit.run, Run::Command { command } if matches!(**command, Command::ReadText { .. }));
        let stays = self.view.results.hits.iter().filter(reads).any(|each| each.id == hit);
        self.send(Command::Activate { hit, action, token });
        if stays {
            return;
        }
        self.launcher.clear();
        if let Action::Send(command) = self.launcher.typed(&Arc::clone(&self.view)) {
            self.send(command);
        }
    }

    /// Whether the answer is kept at its end, as the shell does while one streams.
    pub fn is_at_end(&self) -> bool {
        self.conversation.follow().is_some()
    }

    /// The number of the results of what is typed, while they are still to come.
    pub fn awaited(&self) -> Option<u64> {
        let waits = self.view.screen == Screen::Launcher && !self.launcher.is_current(&self.view);
        waits.then(|| self.launcher.generation())
    }

    /// What happened.
    pub fn update(&mut self, message: Message) -> Request {
        let view = Arc::clone(&self.view);
        let action = match message {
            Message::View(view) => {
                let action = self.refresh(view);
                self.insert();
                self.pasted();
                let request = self.perform(action);
                return self.with_consent(request);
            }
            Message::Consent(message) => return self.consented(message),
            Message::Prompt(message) => return self.prompted(message),
            Message::Act(act) => return self.act(act),
            Message::Card(card::Message::Pressed { notice, remedy }) => return self.press(notice, remedy),
            Message::Card(card::Message::Dismissed(notice)) => Action::Send(Command::Dismiss { notice }),
            Message::Attached(message) => {
                if let attached::Message::Enlarge(_, tool) = &message {
                    self.closer.prepare(*tool);
                }
                Action::Send(message.command())
            }
            Message::Launcher(message) => self.launcher.update(&view, &message),
            Message::Conversation(message) => match self.conversation.update(message) {
                Ok(action) => action,
                Err(pressed) => return self.update(Message::Card(pressed)),
            },
            Message::History(message) => self.history.update(&view, &message),
            Message::Models(message) => self.models.update(&view, &message),
            Message::Activity(message) => self.activity.update(&view, &message),
            Message::Closer(message) => self.closer.update(message),
            Message::PasteLate(number) => {
                self.paste_late(number);
                Action::None
            }
        };
        self.perform(action)
    }

    fn refresh(&mut self, view: Arc<View>) -> Action {
        let before = std::mem::replace(&mut self.view, view);
        let view = Arc::clone(&self.view);
        let now = (self.clock)();
        if !Arc::ptr_eq(&before.look, &view.look) {
            self.theme = Theme::new(Arc::clone(&view.look), self.translucent);
        }
        if before.screen != view.screen {
            let action = self.entered(before.screen, &view);
            // It asks for nothing but commands.
            drop(self.perform(action));
        }
        if view.overlay.wanted && !before.overlay.wanted {
            self.launcher.prompt.select_all();
        }
        let newest = |view: &View| view.notices.last().map(|notice| notice.id);
        if newest(&view).is_some() && newest(&view) != newest(&before) {
            self.fresh = true;
            self.button = 0;
        }
        if Conversation::fault(&view) != Conversation::fault(&before) {
            self.button = 0;
        }
        if !Arc::ptr_eq(&before.attached, &view.attached) {
            self.previews = attached::previews(&view);
            self.launcher.unlist();
        }
        if !live::is_same(&before, &view) {
            self.moment = live::moment(&view);
        }
        self.closer.refresh(&view);
        self.consent.refresh(&view);
        self.conversation.refresh(&view, now);
        let action = self.history.refresh(&view, now);
        // It asks for nothing but commands.
        drop(self.perform(action));
        self.activity.refresh(&before, &view);
        self.launcher.refresh(&view)
    }

    fn entered(&mut self, before: Screen, view: &View) -> Action {
        self.fresh = false;
        let mut action = Action::None;
        match view.screen {
            Screen::Launcher => action = self.launcher.enter(view),
            Screen::Conversation => {
                // Letters that were typed between asking and this view belong to the next question.
                if std::mem::take(&mut self.asked) && !self.launcher.prompt.is_empty() {
                    let rest = self.launcher.prompt.take();
                    self.conversation.prompt.set(&rest);
                }
            }
            Screen::History => action = self.history.enter(view),
            Screen::Models => self.models.enter(view),
            Screen::Activity => self.activity.enter(),
        }
        if matches!(view.screen, Screen::History | Screen::Models | Screen::Activity)
            && matches!(before, Screen::Launcher | Screen::Conversation)
        {
            self.back = before;
        }
        action
    }

    fn prompt(&self) -> &prompt::Prompt {
        match self.view.screen {
            Screen::Launcher => &self.launcher.prompt,
            Screen::Conversation => &self.conversation.prompt,
            Screen::History => &self.history.prompt,
            Screen::Models => &self.models.prompt,
            Screen::Activity => &self.activity.prompt,
        }
    }

    fn prompt_mut(&mut self) -> &mut prompt::Prompt {
        match self.view.screen {
            Screen::Launcher => &mut self.launcher.prompt,
            Screen::Conversation => &mut self.conversation.prompt,
            Screen::History => &mut self.history.prompt,
            Screen::Models => &mut self.models.prompt,
            Screen::Activity => &mut self.activity.prompt,
        }
    }

    fn prompted(&mut self, message: prompt::Message) -> Request {
        let Some(message) = self.held(message) else { return Request::None };
        let changed = match message {
            prompt::Message::Edited(action) => self.prompt_mut().edit(action),
            prompt::Message::Composing(composing) => {
                self.prompt_mut().compose(composing);
                false
            }
            prompt::Message::Paste => return self.paste(),
            prompt::Message::Found(text) => return self.found(text),
            prompt::Message::Copy { cut } => return self.copy(cut),
            prompt::Message::Dropped(index) => {
                self.prompt_mut().drop_pasted(index);
                true
            }
            prompt::Message::Key(pressed) => return self.act(pressed.act(&self.context())),
        };
        self.changed(changed)
    }

    /// The prompt changed: whoever depends on it is told.
    fn changed(&mut self, changed: bool) -> Request {
        if !changed {
            return Request::None;
        }
        self.fresh = false;
        self.closer.unselect();
        let view = Arc::clone(&self.view);
        let action = match view.screen {
            Screen::Launcher => self.launcher.typed(&view),
            Screen::Conversation => {
                let text = self.conversation.prompt.text();
                Action::Send(self.launcher.mirror(&view, text))
            }
            Screen::History => self.history.typed(),
            Screen::Models => self.models.typed(),
            Screen::Activity => self.activity.typed(),
        };
        self.perform(action)
    }

    fn perform(&mut self, action: Action) -> Request {
        match action {
            Action::None => Request::None,
            Action::Send(command) => {
                self.send(command);
                Request::None
            }
            Action::Activate { hit, action } => Request::Activate { hit, action },
            Action::Ask(text) => {
                self.send(Command::Ask { ask: Ask { text, model: None, images: Vec::new(), conversation: None } });
                if self.view.screen == Screen::Launcher {
                    self.asked = true;
                    self.launcher.clear();
                    return self.changed(true);
                }
                Request::None
            }
            Action::Scroll(by) => {
                let offset = AbsoluteOffset { x: 0.0, y: by };
                Request::Run(operation::scroll_by(self.conversation.scroll(), offset))
            }
        }
    }
}

/// What time it is.
pub fn clock() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
