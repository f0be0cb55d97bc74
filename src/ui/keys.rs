//! The one table of keys: chord and context decide the act, and the footer is written from the same rows.

mod context;

use iced::keyboard::key::{Named, Physical};
use iced::keyboard::{Key, Modifiers};

pub use self::context::Context;
use crate::model::{Screen, What};

/// What is done with a picture that is shown large.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tool {
    /// Nothing.
    #[default]
    Look,
    /// A part is kept.
    Crop,
    /// Parts are made black.
    Redact,
}

/// What a key asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Do what the selected row does, ask what is typed, or press the focused button.
    Enter,
    /// Ask what is typed.
    Ask,
    /// Begin a new line in the prompt.
    Newline,
    /// Select the row above, or scroll up.
    Up,
    /// Select the row below, or scroll down.
    Down,
    /// A page up.
    PageUp,
    /// A page down.
    PageDown,
    /// Do what this row does, counted from 0.
    Pick(usize),
    /// List the further actions of the selected result.
    Actions,
    /// Leave this list or screen.
    Back,
    /// Close the overlay.
    Close,
    /// Stop the answer.
    Stop,
    /// Empty the prompt.
    Clear,
    /// Press the focused button of the card.
    Press,
    /// Focus the next button of the card.
    NextButton,
    /// Close the notice.
    Dismiss,
    /// Begin a new conversation.
    New,
    /// Ask the last question again.
    Regenerate,
    /// Edit the last question.
    Edit,
    /// Copy the last answer.
    CopyAnswer,
    /// Copy the last code block.
    CopyCode,
    /// Unfold or fold the thinking.
    Thinking,
    /// Choose a model.
    Models,
    /// Past conversations.
    History,
    /// What tools did and do.
    Activity,
    /// The rules that were made on confirmations, or the deeds again.
    Rules,
    /// Undo what a tool did: first what that does is shown, then it is done.
    TakeBack,
    /// End everything.
    Halt,
    /// Lift the halt.
    Resume,
    /// The search line.
    Launcher,
    /// The open conversation.
    Conversation,
    /// The configuration file.
    Settings,
    /// Delete the selected conversation; has to be pressed twice.
    Delete,
    /// Take back the last change of the prompt.
    Undo,
    /// Take back the newest attachment.
    Detach,
    /// Take a picture of the screen, to ask about it.
    Capture(What),
    /// Watch the screen, or no longer.
    Live(bool),
    /// Show the newest attached picture large.
    Enlarge,
    /// Take this tool.
    Tool(Tool),
    /// Move the marked part by these steps, right and down.
    Nudge(i8, i8),
    /// Move its lower right corner.
    Stretch(i8, i8),
    /// Keep the marked part, or make it black.
    Apply,
    /// Take the last change of the picture back.
    Restore,
    /// Copy what is selected of a text that was read.
    CopySelection,
}

/// Where in the footer a key is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// What Enter and its neighbours do.
    Left,
    /// How to leave.
    Right,
    /// Nowhere; everyone knows it, or there is no room.
    Hidden,
}

/// A key of the footer: what is on the key, and what it does now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    /// "Ctrl K".
    pub keys: &'static str,
    /// "Actions".
    pub words: String,
    /// Where it stands.
    pub side: Side,
    /// What a click on it does.
    pub act: Act,
}

/// One row of the table.
struct Row {
    keys: &'static str,
    chord: Chord,
    when: fn(&Context) -> bool,
    act: Act,
    side: Side,
    words: fn(&Context) -> String,
}

#[derive(Clone, Copy, PartialEq)]
enum Chord {
    Plain(Named),
    Shift(Named),
    Ctrl(char),
    CtrlShift(char),
    CtrlAlt(char),
    CtrlNamed(Named),
    SuperNamed(Named),
    Alt(char),
}

impl Chord {
    fn of(key: &Key, physical: Physical, modifiers: Modifiers) -> Option<Self> {
        let (ctrl, shift, alt) = (modifiers.control(), modifiers.shift(), modifiers.alt());
        if let Key::Named(named) = key {
            if modifiers.logo() {
                return Some(Self::SuperNamed(*named));
            }
            return match (ctrl, shift, alt) {
                (false, false, false) => Some(Self::Plain(*named)),
                (false, true, false) => Some(Self::Shift(*named)),
                (true, false, false) => Some(Self::CtrlNamed(*named)),
                _ => None,
            };
        }
        let letter = key.to_latin(physical).or(match key {
            Key::Character(text) => text.chars().next(),
            _ => None,
        })?;
        match (ctrl, shift, alt) {
            (true, false, false) => Some(Self::Ctrl(letter)),
            (true, true, false) => Some(Self::CtrlShift(letter)),
            (true, false, true) => Some(Self::CtrlAlt(letter)),
            (false, false, true) => Some(Self::Alt(letter)),
            _ => None,
        }
    }
}

/// What a chord does in a context; `None` leaves it to the prompt.
pub fn act(context: &Context, key: &Key, physical: Physical, modifiers: Modifiers) -> Option<Act> {
    let chord = Chord::of(key, physical, modifiers)?;
    if context.tool.is_none()
        && let Chord::Alt(digit @ '1'..='9') = chord
    {
        let picks = context.is(Screen::Launcher) && (context.typed || context.ready || context.browsing);
        return picks.then(|| Act::Pick(digit as usize - '1' as usize));
    }
    TABLE.iter().find(|row| row.chord == chord && (row.when)(context)).map(|row| row.act)
}

/// The keys to name in the footer, in order.
pub fn footer(context: &Context) -> Vec<Hint> {
    let mut seen: Vec<Chord> = Vec::new();
    let mut acts: Vec<Act> = Vec::new();
    let mut hints = Vec::new();
    for row in TABLE {
        if !(row.when)(context) || seen.contains(&row.chord) {
            continue;
        }
        seen.push(row.chord);
        if row.side == Side::Hidden || acts.contains(&row.act) {
            continue;
        }
        acts.push(row.act);
        hints.push(Hint { keys: row.keys, words: (row.words)(context), side: row.side, act: row.act });
    }
    hints
}

macro_rules! row {
    ($keys:literal, $chord:expr, $act:expr, $side:ident, $words:expr, $when:expr) => {
        Row { keys: $keys, chord: $chord, act: $act, side: Side::$side, words: $words, when: $when }
    };
}

fn words(text: &'static str) -> String {
    text.to_owned()
}

/// Earlier rows win over later ones of the same chord.
const TABLE: &[Row] = &[
    // A picture that is shown large. With a tool in hand Enter never means anything but its work.
    row!("↵", Chord::Plain(Named::Enter), Act::Apply, Left, applied, |context| context.marks() && context.marked),
    row!("↵", Chord::Plain(Named::Enter), Act::Apply, Hidden, applied, Context::marks),
    row!("↵", Chord::Plain(Named::Enter), Act::Ask, Left, |_| words("Ask"), |context| {
        context.tool.is_some() && context.typed
    }),
    row!("↵", Chord::Plain(Named::Enter), Act::Back, Left, |_| words("Done"), |context| context.tool.is_some()),
    row!("Tab", Chord::Plain(Named::Tab), Act::Tool(Tool::Crop), Left, |_| words("Crop"), |context| {
        context.tool == Some(Tool::Look) && context.editable
    }),
    row!("Tab", Chord::Plain(Named::Tab), Act::Tool(Tool::Redact), Left, |_| words("Redact"), |context| {
        context.tool == Some(Tool::Crop)
    }),
    row!("Tab", Chord::Plain(Named::Tab), Act::Tool(Tool::Look), Left, |_| words("Look"), |context| {
        context.tool.is_some()
    }),
    row!("Arrows", Chord::Plain(Named::ArrowRight), Act::Nudge(1, 0), Left, |_| words("Move"), Context::marks),
    row!("←", Chord::Plain(Named::ArrowLeft), Act::Nudge(-1, 0), Hidden, |_| words("Move"), Context::marks),
    row!("↑", Chord::Plain(Named::ArrowUp), Act::Nudge(0, -1), Hidden, |_| words("Move"), Context::marks),
    row!("↓", Chord::Plain(Named::ArrowDown), Act::Nudge(0, 1), Hidden, |_| words("Move"), Context::marks),
    row!("Shift Arrows", Chord::Shift(Named::ArrowRight), Act::Stretch(1, 0), Left, |_| words("Size"), Context::marks),
    row!("Shift ←", Chord::Shift(Named::ArrowLeft), Act::Stretch(-1, 0), Hidden, |_| words("Size"), Context::marks),
    row!("Shift ↑", Chord::Shift(Named::ArrowUp), Act::Stretch(0, -1), Hidden, |_| words("Size"), Context::marks),
    row!("Shift ↓", Chord::Shift(Named::ArrowDown), Act::Stretch(0, 1), Hidden, |_| words("Size"), Context::marks),
    row!("Ctrl Z", Chord::Ctrl('z'), Act::Restore, Left, |_| words("Undo"), |context| context.changed),
    row!("Esc", Chord::Plain(Named::Escape), Act::Back, Right, |_| words("Back"), |context| context.tool.is_some()),
    row!("Ctrl C", Chord::Ctrl('c'), Act::CopySelection, Left, |_| words("Copy selection"), |context| {
        context.selected
    }),
    // Enter.
    row!(
        "↵",
        Chord::Plain(Named::Enter),
        Act::Press,
        Left,
        |context| context.button.clone().unwrap_or_default(),
        |context| context.button.is_some()
    ),
    row!("↵", Chord::Plain(Named::Enter), Act::Enter, Left, |_| words("Send again"), |context| context.editing),
    row!("↵", Chord::Plain(Named::Enter), Act::Enter, Left, |_| words("Ask"), |context| {
        context.is(Screen::Conversation) && context.typed
    }),
    row!(
        "↵",
        Chord::Plain(Named::Enter),
        Act::Enter,
        Left,
        |context| words(context.enter.unwrap_or("Open")),
        |context| { context.enter.is_some() }
    ),
    row!("↵", Chord::Plain(Named::Enter), Act::Enter, Hidden, |_| words("Enter"), |_| true),
    row!("Shift ↵", Chord::Shift(Named::Enter), Act::Newline, Left, |_| words("New line"), |context| {
        context.is(Screen::Conversation) && context.typed
    }),
    row!("Shift ↵", Chord::Shift(Named::Enter), Act::Newline, Hidden, |_| words("New line"), |_| true),
    // Tab.
    row!("Tab", Chord::Plain(Named::Tab), Act::NextButton, Left, |_| words("Next button"), |context| {
        context.button.is_some() && context.buttons
    }),
    row!("Tab", Chord::Plain(Named::Tab), Act::Ask, Left, |_| words("Ask"), |context| {
        context.is(Screen::Launcher) && context.typed && !context.listing && context.enter != Some("Ask")
    }),
    row!("Tab", Chord::Plain(Named::Tab), Act::Ask, Hidden, |_| words("Ask"), |_| true),
    // Moving.
    row!("↑", Chord::Plain(Named::ArrowUp), Act::Edit, Hidden, |_| words("Edit"), |context| {
        context.is(Screen::Conversation) && !context.typed && !context.editing && context.asked
    }),
    row!("↑", Chord::Plain(Named::ArrowUp), Act::Up, Hidden, |_| words("Up"), |context| {
        !context.is(Screen::Conversation)
    }),
    row!("↓", Chord::Plain(Named::ArrowDown), Act::Down, Hidden, |_| words("Down"), |context| {
        !context.is(Screen::Conversation) || !context.typed
    }),
    row!("Ctrl P", Chord::Ctrl('p'), Act::Up, Hidden, |_| words("Up"), |_| true),
    row!("PgUp", Chord::Plain(Named::PageUp), Act::PageUp, Hidden, |_| words("Page up"), |_| true),
    row!("PgDn", Chord::Plain(Named::PageDown), Act::PageDown, Hidden, |_| words("Page down"), |_| true),
    row!("Ctrl ↑", Chord::CtrlNamed(Named::ArrowUp), Act::Up, Hidden, |_| words("Up"), |_| true),
    row!("Ctrl ↓", Chord::CtrlNamed(Named::ArrowDown), Act::Down, Hidden, |_| words("Down"), |_| true),
    row!("Ctrl N", Chord::Ctrl('n'), Act::Down, Hidden, |_| words("Down"), |context| {
        !context.is(Screen::Conversation)
    }),
    // Cards.
    row!("Ctrl D", Chord::Ctrl('d'), Act::Delete, Left, |_| words("Press again to delete"), |context| {
        context.is(Screen::History) && context.deleting
    }),
    row!("Ctrl D", Chord::Ctrl('d'), Act::Delete, Left, |_| words("Delete"), |context| {
        context.is(Screen::History) && context.enter.is_some()
    }),
    row!("Del", Chord::Plain(Named::Delete), Act::Delete, Hidden, |_| words("Delete"), |context| {
        context.is(Screen::History) && !context.typed && context.enter.is_some()
    }),
    row!("Ctrl D", Chord::Ctrl('d'), Act::Dismiss, Left, |_| words("Dismiss"), |context| context.notice),
    row!("⌫", Chord::Plain(Named::Backspace), Act::Detach, Left, |_| words("Remove"), |context| {
        context.attached && !context.typed && !context.listing && context.tool.is_none()
    }),
    // Pictures of the screen.
    row!("Ctrl S", Chord::Ctrl('s'), Act::Capture(What::Screen), Left, |_| words("Screen"), |context| {
        context.attached && !context.typed && context.tool.is_none()
    }),
    row!("Ctrl S", Chord::Ctrl('s'), Act::Capture(What::Screen), Hidden, |_| words("Screen"), Context::asks),
    row!("Ctrl Shift S", Chord::CtrlShift('s'), Act::Capture(What::Region), Left, |_| words("Region"), |context| {
        context.attached && !context.typed && context.tool.is_none()
    }),
    row!("Ctrl Shift S", Chord::CtrlShift('s'), Act::Capture(What::Region), Hidden, |_| words("Region"), Context::asks),
    row!("Ctrl W", Chord::Ctrl('w'), Act::Capture(What::Window), Hidden, |_| words("Window"), Context::asks),
    row!("Ctrl Shift L", Chord::CtrlShift('l'), Act::Live(false), Left, |_| words("Stop watching"), |context| {
        context.live && !context.typed && context.tool.is_none()
    }),
    row!("Ctrl Shift L", Chord::CtrlShift('l'), Act::Live(false), Hidden, |_| words("Stop watching"), |context| {
        context.live
    }),
    row!("Ctrl Shift L", Chord::CtrlShift('l'), Act::Live(true), Hidden, |_| words("Live"), Context::asks),
    row!("Ctrl O", Chord::Ctrl('o'), Act::Enlarge, Left, |_| words("Enlarge"), |context| {
        context.attached && !context.typed && context.tool.is_none()
    }),
    row!("Ctrl O", Chord::Ctrl('o'), Act::Enlarge, Hidden, |_| words("Enlarge"), |context| context.attached),
    // What tools did.
    row!("Ctrl D", Chord::Ctrl('d'), Act::Delete, Hidden, |_| words("Revoke"), |context| {
        context.is(Screen::Activity) && context.rules
    }),
    row!("Ctrl Z", Chord::Ctrl('z'), Act::TakeBack, Left, take_back, |context| {
        context.is(Screen::Activity) && context.undo.is_some()
    }),
    row!("Ctrl L", Chord::Ctrl('l'), Act::Rules, Left, rules, |context| context.is(Screen::Activity)),
    row!("Ctrl R", Chord::Ctrl('r'), Act::Resume, Left, |_| words("Resume"), |context| {
        context.is(Screen::Activity) && context.halted
    }),
    row!("Super Esc", Chord::SuperNamed(Named::Escape), Act::Halt, Right, |_| words("Halt everything"), |context| {
        context.is(Screen::Activity) && !context.halted
    }),
    row!("Super Esc", Chord::SuperNamed(Named::Escape), Act::Halt, Hidden, |_| words("Halt everything"), |_| true),
    row!("Ctrl Shift A", Chord::CtrlShift('a'), Act::Activity, Hidden, |_| words("Activity"), |context| {
        !context.is(Screen::Activity)
    }),
    // The launcher.
    row!("Ctrl K", Chord::Ctrl('k'), Act::Actions, Left, |_| words("Actions"), |context| {
        context.is(Screen::Launcher) && context.actions && !context.listing
    }),
    row!("Ctrl L", Chord::Ctrl('l'), Act::Conversation, Hidden, |_| words("Conversation"), |context| {
        context.is(Screen::Launcher) && context.open
    }),
    // The conversation.
    row!("Ctrl R", Chord::Ctrl('r'), Act::Regenerate, Left, |_| words("Again"), |context| {
        idle(context) && context.asked && context.button.is_none()
    }),
    row!("Ctrl E", Chord::Ctrl('e'), Act::Edit, Hidden, |_| words("Edit"), |context| {
        idle(context) && context.asked
    }),
    row!("Ctrl Shift C", Chord::CtrlShift('c'), Act::CopyAnswer, Left, |_| words("Copy"), |context| {
        idle(context) && context.answered
    }),
    row!("Ctrl Shift C", Chord::CtrlShift('c'), Act::CopyAnswer, Hidden, |_| words("Copy"), |context| {
        context.is(Screen::Conversation) && context.answered
    }),
    row!("Ctrl Alt C", Chord::CtrlAlt('c'), Act::CopyCode, Hidden, |_| words("Copy code"), |context| {
        context.is(Screen::Conversation) && context.code
    }),
    row!("Ctrl T", Chord::Ctrl('t'), Act::Thinking, Hidden, |_| words("Thinking"), |context| {
        context.is(Screen::Conversation) && context.thinking
    }),
    row!("Ctrl N", Chord::Ctrl('n'), Act::New, Left, |_| words("New chat"), |context| idle(context)
        && context.asked
        && context.button.is_none()),
    row!("Ctrl N", Chord::Ctrl('n'), Act::New, Hidden, |_| words("New chat"), |_| true),
    // Everywhere.
    row!("Ctrl M", Chord::Ctrl('m'), Act::Models, Left, |_| words("Model"), |context| {
        context.button.is_some() && !context.is(Screen::Models)
    }),
    row!("Ctrl M", Chord::Ctrl('m'), Act::Models, Hidden, |_| words("Model"), |context| !context.is(Screen::Models)),
    row!("Ctrl H", Chord::Ctrl('h'), Act::History, Hidden, |_| words("History"), |context| {
        !context.is(Screen::History)
    }),
    row!("Ctrl L", Chord::Ctrl('l'), Act::Launcher, Hidden, |_| words("Search"), |context| {
        !context.is(Screen::Launcher)
    }),
    row!("Ctrl ,", Chord::Ctrl(','), Act::Settings, Hidden, |_| words("Settings"), |_| true),
    row!("Ctrl Z", Chord::Ctrl('z'), Act::Undo, Hidden, |_| words("Undo"), |_| true),
    // Leaving.
    row!("Esc", Chord::Plain(Named::Escape), Act::Back, Right, |_| words("Back"), |context| context.listing),
    row!("Esc", Chord::Plain(Named::Escape), Act::Back, Right, |_| words("Keep it"), |context| context.deleting),
    row!("Esc", Chord::Plain(Named::Escape), Act::Stop, Right, |_| words("Stop"), |context| {
        context.is(Screen::Conversation) && context.answering
    }),
    row!("Esc", Chord::Plain(Named::Escape), Act::Clear, Right, |_| words("Cancel"), |context| context.editing),
    row!("Esc", Chord::Plain(Named::Escape), Act::Clear, Right, |_| words("Clear"), |context| context.typed),
    row!("Esc", Chord::Plain(Named::Escape), Act::Back, Right, |_| words("Back"), |context| {
        context.is(Screen::History) || context.is(Screen::Models) || context.is(Screen::Activity)
    }),
    row!("Esc", Chord::Plain(Named::Escape), Act::Close, Right, |_| words("Close"), |_| true),
];

fn applied(context: &Context) -> String {
    words(if context.tool == Some(Tool::Crop) { "Keep this" } else { "Make black" })
}

fn take_back(context: &Context) -> String {
    words(context.undo.unwrap_or_default())
}

fn rules(context: &Context) -> String {
    words(if context.rules { "Deeds" } else { "Rules" })
}

fn idle(context: &Context) -> bool {
    context.is(Screen::Conversation) && !context.answering && !context.typed && !context.editing
}

#[cfg(test)]
mod tests;
