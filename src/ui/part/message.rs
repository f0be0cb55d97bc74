//! One message of a conversation: the question, or the answer with its thinking, tool calls, text and ending.

use iced::widget::{Column, Row, button, column, container, row, text};
use iced::{Length, Padding};

use super::document::Document;
use super::footer::Status;
use super::markdown;
use super::{attached, card, format, plan};
use crate::model::{
    Message as Turn, MessageId, MessageState, ModelRef, Part, Picked, Plan, Planned, Role, Severity, StopReason,
    Timestamp, ToolCall,
};
use crate::ui::Element;
use crate::ui::theme::{Theme, style};
use crate::ui::widget::{dot, single};

/// The most of a result that is shown when it is unfolded, in bytes.
const UNFOLDED: usize = 4000;

/// What is clicked in a message.
#[derive(Debug, Clone)]
pub enum Message {
    /// A link or a copy button.
    Markdown(markdown::Message),
    /// The line that unfolds the thinking, or the results of tools.
    Thinking(MessageId),
    /// A button of the error card.
    Card(card::Message),
    /// On a picture.
    Picture(attached::Message),
}

/// A message of the conversation, with what was parsed of it.
#[derive(Debug, Default)]
pub struct Parsed {
    documents: Vec<Document>,
    begun: bool,
}

impl Parsed {
    /// Whether nothing was taken in yet.
    pub fn is_new(&self) -> bool {
        !self.begun
    }

    /// Takes in what is new.
    pub fn follow(&mut self, turn: &Turn) {
        self.begun = true;
        self.documents.resize_with(turn.parts.len(), Document::default);
        if turn.role != Role::Assistant {
            return;
        }
        for (document, part) in self.documents.iter_mut().zip(&turn.parts) {
            if let Part::Text { text } = part {
                document.follow(text);
            }
        }
    }

    /// Whether there is a code block.
    pub fn has_code(&self) -> bool {
        self.documents.iter().any(Document::has_code)
    }

    /// The last code block.
    pub fn last_code(&self) -> Option<String> {
        self.documents.iter().rev().find_map(Document::last_code)
    }
}

/// How to draw a message.
#[derive(Debug, Clone, Copy)]
pub struct Options<'a> {
    /// Show the thinking.
    pub unfolded: bool,
    /// The button of the error card that Enter presses.
    pub focused: Option<usize>,
    /// The question is being edited.
    pub editing: bool,
    /// Nothing comes after it.
    pub last: bool,
    /// The newest plan of the conversation.
    pub plan: Option<&'a Planned>,
    /// The message before it.
    pub before: Option<&'a Turn>,
    /// What the command has printed so far that runs for it.
    pub printed: &'a str,
}

/// Draws a message.
pub fn view<'a>(theme: &'a Theme, turn: &'a Turn, parsed: &'a Parsed, options: Options<'a>) -> Element<'a, Message> {
    match turn.role {
        Role::User => question(theme, turn, options),
        Role::Assistant => answer(theme, turn, parsed, options),
        Role::Tool => results(theme, turn, options),
    }
}

/// The text of all text parts.
pub fn plain(turn: &Turn) -> String {
    let mut whole = String::new();
    for part in &turn.parts {
        if let Part::Text { text } = part {
            if !whole.is_empty() {
                whole.push_str("\n\n");
            }
            text.with(|text| whole.push_str(text));
        }
    }
    whole
}

fn question<'a>(theme: &Theme, turn: &'a Turn, options: Options<'_>) -> Element<'a, Message> {
    let words = plain(turn);
    let shown = if words.len() > 4000 {
        let cut = words.char_indices().map(|(at, _)| at).take_while(|at| *at <= 4000).last().unwrap_or(0);
        format!("{}…  ({})", &words[..cut], format::bytes(words.len()))
    } else {
        words
    };
    let mut block = column![
        text(shown).size(theme.body()).line_height(1.5).font(theme.semibold).wrapping(text::Wrapping::WordOrGlyph)
    ];
    let mut pictures = turn.parts.iter().enumerate().filter_map(|(part, _)| picture(theme, turn, part)).peekable();
    if pictures.peek().is_some() {
        block = block.push(Row::with_children(pictures).spacing(8).wrap().vertical_spacing(8));
    }
    if options.editing {
        block = block.push(text("Editing this question").size(theme.small()).style(style::accent));
    }
    block.spacing(4).into()
}

fn picture<'a>(theme: &Theme, turn: &Turn, part: usize) -> Option<Element<'a, Message>> {
    let Part::Image { image } = turn.parts.get(part)? else { return None };
    Some(attached::picture(theme, image, Picked::Message { message: turn.id, part }).map(Message::Picture))
}

fn answer<'a>(theme: &'a Theme, turn: &'a Turn, parsed: &'a Parsed, options: Options<'a>) -> Element<'a, Message> {
    let mut block = Column::new().spacing(12);
    if let Some(thinking) = thinking(theme, turn, options.unfolded) {
        block = block.push(thinking);
    }
    for (index, (part, document)) in turn.parts.iter().zip(&parsed.documents).enumerate() {
        match part {
            Part::Image { .. } => block = block.extend(picture(theme, turn, index)),
            Part::Text { text } if !text.is_empty() => {
                block = block.push(document.view(theme).map(Message::Markdown));
            }
            Part::ToolCall { call } => {
                let newest = options.plan.filter(|planned| {
                    (planned.message, &planned.call) == (turn.id, &call.id) && call.name == Plan::TOOL
                });
                block = block.push(newest.map_or_else(|| tool(theme, call), |planned| plan::view(theme, planned)));
            }
            Part::Text { .. } | Part::Thinking { .. } | Part::ToolResult { .. } => {}
        }
    }
    if let Some(ending) = ending(theme, turn, options) {
        block = block.push(ending);
    }
    block.into()
}

/// "▸ Thought for 2 s", unfolded on demand; while nothing else has come, what is being thought.
fn thinking<'a>(theme: &Theme, turn: &'a Turn, unfolded: bool) -> Option<Element<'a, Message>> {
    let mut thoughts = String::new();
    let mut any = false;
    for part in &turn.parts {
        if let Part::Thinking { text, .. } = part {
            any = true;
            if unfolded {
                text.with(|text| thoughts.push_str(text));
            }
        }
    }
    if !any {
        return None;
    }
    let at_it = turn.state.is_live() && matches!(turn.parts.last(), Some(Part::Thinking { .. }));
    let mark = if unfolded { "▾" } else { "▸" };
    let words = match (at_it, turn.first_at) {
        (true, _) => format!("{mark} Thinking…"),
        (false, Some(first)) => {
            let shown = turn.usage.thinking.map(|tokens| format!(" · {} tokens", format::count(tokens)));
            let seconds = first.since(turn.at);
            format!("{mark} Thought for {}{}", format::duration(seconds), shown.unwrap_or_default())
        }
        (false, None) => format!("{mark} Thought"),
    };
    let line = button(text(words).size(theme.small()).style(style::faint))
        .padding(Padding::ZERO)
        .style(style::button_quiet)
        .on_press(Message::Thinking(turn.id));
    let mut block = column![line].spacing(8);
    if unfolded && !thoughts.trim().is_empty() {
        let words = text(thoughts.trim().to_owned()).size(theme.small()).line_height(1.5).style(style::dim);
        block = block.push(container(words).padding(Padding { left: 14.0, ..Padding::ZERO }));
    } else if unfolded {
        let words = text("The provider does not show what was thought.").size(theme.small()).style(style::faint);
        block = block.push(container(words).padding(Padding { left: 14.0, ..Padding::ZERO }));
    }
    Some(block.into())
}

fn tool<'a>(theme: &Theme, call: &'a ToolCall) -> Element<'a, Message> {
    // A plan that was replaced: how far it was is enough.
    let plan = (call.name == Plan::TOOL).then(|| call.arguments.with(|text| serde_json::from_str::<Plan>(text).ok()));
    let arguments = match plan.flatten() {
        Some(plan) => plan.progress().0,
        None => call.arguments.with(summary),
    };
    let name = text(&call.name).size(theme.scaled(14.0)).wrapping(text::Wrapping::None);
    let arguments = text(arguments).size(theme.scaled(13.0)).font(theme.mono).style(style::dim);
    let line = row![dot(7.0, style::dot_accent), name, single(arguments).width(Length::Fill)]
        .spacing(10)
        .align_y(iced::Center);
    container(line).padding(Padding::from([8.0, 12.0])).width(Length::Fill).style(style::tool).into()
}

/// What tools gave back, a line each, unfolded on demand; and how far they are.
fn results<'a>(theme: &'a Theme, turn: &'a Turn, options: Options<'a>) -> Element<'a, Message> {
    let mut block = Column::new().spacing(8);
    for (index, part) in turn.parts.iter().enumerate() {
        let Part::ToolResult { call, content, is_error } = part else {
            block = block.extend(picture(theme, turn, index));
            continue;
        };
        // That a plan is shown is seen.
        if !is_error && options.before.is_some_and(|before| plans(before, call)) {
            continue;
        }
        let words = content.with(|text| format::shortened(text, 80));
        let line = button(tool_line(theme, if *is_error { "Failed" } else { "Result" }, words, *is_error))
            .padding(Padding::ZERO)
            .style(style::button_quiet)
            .on_press(Message::Thinking(turn.id));
        block = block.push(line);
        if options.unfolded {
            let whole = content.with(|text| format::shortened_lines(text, UNFOLDED));
            let whole =
                text(whole).size(theme.small()).line_height(1.5).font(theme.mono).wrapping(text::Wrapping::WordOrGlyph);
            block =
                block.push(container(whole).padding(Padding::from([8.0, 12.0])).width(Length::Fill).style(style::code));
        }
    }
    if turn.state.is_live() && !options.printed.is_empty() {
        let printed = text(options.printed).size(theme.small()).line_height(1.5).font(theme.mono).style(style::dim);
        let printed = printed.wrapping(text::Wrapping::WordOrGlyph);
        block =
            block.push(container(printed).padding(Padding::from([8.0, 12.0])).width(Length::Fill).style(style::code));
    }
    let words = |words: &'static str| text(words).size(theme.small());
    let state = match &turn.state {
        MessageState::Waiting | MessageState::Streaming => Some(words("At work…").style(style::accent).into()),
        MessageState::Stopped => Some(words("Stopped by you.").style(style::warn).into()),
        MessageState::Interrupted => Some(words("Interrupted: Nerva ended meanwhile.").style(style::warn).into()),
        // What a limit stopped went on since, or was left: there is nothing to press.
        MessageState::Failed { fault } if !options.last => {
            Some(text(format!("{}.", fault.title)).size(theme.small()).style(style::warn).into())
        }
        MessageState::Failed { fault } => {
            Some(card::view(theme, Severity::Warning, fault, None, options.focused).map(Message::Card))
        }
        MessageState::Complete => None,
    };
    block.extend(state).into()
}

/// Whether nothing is seen of a message: results of nothing but plans, after which all is said.
pub fn is_silent(turn: &Turn, before: Option<&Turn>) -> bool {
    let silent = |part: &Part| match part {
        Part::ToolResult { call, is_error: false, .. } => before.is_some_and(|before| plans(before, call)),
        _ => false,
    };
    turn.role == Role::Tool && turn.state == MessageState::Complete && turn.parts.iter().all(silent)
}

/// Whether this call of a message makes a plan.
fn plans(turn: &Turn, id: &str) -> bool {
    turn.parts.iter().any(|part| matches!(part, Part::ToolCall { call } if call.id == id && call.name == Plan::TOOL))
}

fn tool_line<'a>(theme: &Theme, what: &'a str, words: String, bad: bool) -> Element<'a, Message> {
    let look = if bad { style::dot_bad } else { style::dot_ok };
    let what = text(what).size(theme.scaled(14.0)).wrapping(text::Wrapping::None);
    let words = text(words).size(theme.small()).font(theme.mono).style(style::dim);
    let line = row![dot(7.0, look), what, single(words).width(Length::Fill)].spacing(10).align_y(iced::Center);
    container(line).padding(Padding::from([8.0, 12.0])).width(Length::Fill).style(style::tool).into()
}

/// The arguments of a tool call in one line: `path: "/etc/hosts", lines: 10`.
fn summary(arguments: &str) -> String {
    match serde_json::from_str::<serde_json::Value>(arguments) {
        Ok(serde_json::Value::Object(fields)) => {
            let fields: Vec<String> = fields.iter().map(|(name, value)| format!("{name}: {value}")).collect();
            format::shortened(&fields.join(", "), 160)
        }
        _ => format::shortened(arguments, 160),
    }
}

/// What is to be said about how far the answer is, or how it ended, if it did not just end.
fn ending<'a>(theme: &'a Theme, turn: &'a Turn, options: Options<'_>) -> Option<Element<'a, Message>> {
    let words = |words: &'static str| Some(text(words).size(theme.small()).style(style::warn).into());
    match &turn.state {
        MessageState::Waiting => {
            let who = turn.model.as_ref().map_or("the model", format::name);
            Some(text(format!("Waiting for {who}…")).size(theme.small()).style(style::faint).into())
        }
        MessageState::Streaming => None,
        MessageState::Stopped => words("Stopped by you. Ctrl R asks again."),
        MessageState::Interrupted => words("Interrupted: Nerva ended while this was written. Ctrl R asks again."),
        MessageState::Failed { fault } => {
            Some(card::view(theme, Severity::Error, fault, None, options.focused).map(Message::Card))
        }
        MessageState::Complete => match &turn.stop {
            Some(StopReason::Length) => words("The answer reached its length limit. Ask for the rest."),
            Some(StopReason::Refused { .. }) => words("The model or its provider refused to answer this."),
            Some(StopReason::ToolCalls | StopReason::End | StopReason::StopSequence | StopReason::Other { .. })
            | None
                if turn.parts.is_empty() =>
            {
                words("The answer is empty. Ctrl R asks again.")
            }
            _ => None,
        },
    }
}

/// What the footer says about an answer: live while it streams, what it took afterwards. `chosen` is the model that the
/// chip names, which need not be the one that answers.
pub fn stats<'a, M: 'a>(
    theme: &Theme,
    turn: &Turn,
    chosen: Option<&ModelRef>,
    price: Option<(f64, f64)>,
    now: Timestamp,
) -> Status<'a, M> {
    let mut words: Vec<String> = Vec::new();
    let live = turn.state.is_live();
    // Who is waited for is said in the conversation.
    let named = turn.state == MessageState::Streaming && turn.model.as_ref() != chosen || !live;
    words.extend(turn.model.as_ref().filter(|_| named).map(|model| format::shortened(format::name(model), 24)));
    let speed = format::speed(turn, now);
    words.extend(speed.clone().filter(|_| live));
    words.extend(turn.tokens().map(|tokens| match turn.usage.input {
        Some(input) => format!("{} in · {} out", format::count(input), format::tokens(tokens)),
        None => format!("{} tokens", format::tokens(tokens)),
    }));
    if let Some(ended) = turn.ended_at.filter(|_| !live) {
        words.push(format::duration(ended.since(turn.at)));
        words.extend(speed);
    }
    words.extend(price.and_then(|price| format::cost_of(turn, price)));
    let small = |words: String| text(words).size(theme.small()).wrapping(text::Wrapping::None);
    let mut line = Row::new().spacing(16).align_y(iced::Center);
    let mut characters = 0;
    if live {
        let state = if turn.state == MessageState::Waiting { "Waiting" } else { "Answering" };
        characters += state.len() + 5;
        let state = row![dot(theme.scaled(9.0), style::dot_accent), small(state.into()).style(style::accent)];
        line = line.push(state.spacing(6).align_y(iced::Center));
    }
    for words in words {
        characters += words.chars().count() + 3;
        line = line.push(small(words).style(style::dim));
    }
    Status { element: line.into(), characters }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_summed_up_in_one_line() {
        assert_eq!(summary(r#"{"path":"/etc/hosts","lines":10}"#), r#"path: "/etc/hosts", lines: 10"#);
        assert_eq!(summary(r#"{"path": "/et"#), r#"{"path": "/et"#);
        assert_eq!(summary(""), "");
    }
}
