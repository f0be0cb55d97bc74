//! What a person does on a confirmation becomes an answer, once the card is armed.

use std::time::Duration;

use iced::Task;
use iced::advanced::widget::operation::scrollable::{AbsoluteOffset, RelativeOffset};
use iced::widget::operation;

use super::{App, Message, Request};
use crate::model::{Answer, Command};
use crate::ui::part::consent::{self, BEAT, Next};

impl App {
    /// Lets the card that is in front count its time, beside what else is to be run.
    pub(super) fn with_consent(&mut self, request: Request) -> Request {
        let beat = match request {
            Request::Activate { .. } => return request,
            Request::None | Request::Run(_) => self.beat(),
        };
        match (request, beat) {
            (Request::Run(one), Some(beat)) => Request::Run(Task::batch([one, beat])),
            (request, None) => request,
            (_, Some(beat)) => Request::Run(beat),
        }
    }

    fn beat(&mut self) -> Option<Task<Message>> {
        let round = self.consent.begin((self.clock)())?;
        let wait = Duration::from_millis(BEAT);
        Some(Task::perform(async move { tokio::time::sleep(wait).await }, move |()| {
            Message::Consent(consent::Message::Beat(round))
        }))
    }

    pub(super) fn consented(&mut self, message: consent::Message) -> Request {
        let Some(asked) = self.view.consent.clone() else { return Request::None };
        let answer = |answer| Command::Consent { consent: asked.id, digest: asked.digest, answer };
        match self.consent.update(&asked, message, (self.clock)()) {
            Next::Nothing => {}
            Next::Arm => self.send(answer(Answer::Armed)),
            Next::Say(said) => self.send(answer(said)),
            Next::Halt => self.send(Command::Halt),
            Next::Scroll(by) => {
                let offset = AbsoluteOffset { x: 0.0, y: by };
                return Request::Run(operation::scroll_by(consent::scroll(), offset));
            }
            Next::End => {
                let end = RelativeOffset { x: None, y: Some(1.0) };
                return Request::Run(operation::snap_to(consent::scroll(), end));
            }
        }
        self.with_consent(Request::None)
    }
}
