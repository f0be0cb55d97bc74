//! The words of the command line; completions and man pages are made from them.

use std::path::{Path, PathBuf};

use clap::{Args, CommandFactory as _, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use crate::model::{ConversationId, Export, ModelRef, WaitFor, What};

/// The command line of Nerva, the command bar of a Wayland desktop.
#[derive(Debug, Parser)]
#[command(name = "nerva", version, arg_required_else_help = true)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Sub,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Sub {
    /// Ask a model; the answer streams to stdout.
    Ask(Ask),
    /// Take a picture of the screen; without -o or --clipboard it is kept in the folder for screenshots.
    Capture(Capture),
    /// Offer each new screenshot of any program: the overlay opens with it, ready for a question. Off until it is
    /// turned on.
    Screenshots {
        /// Whether to.
        #[arg(value_enum)]
        state: Switch,
    },
    /// Watch the screen or the window with the focus in the overlay: each question takes its newest picture along.
    Live(Watch),
    /// Show the overlay, starting nervad if need be.
    Show,
    /// Hide the overlay.
    Hide,
    /// Show the overlay, or hide it.
    Toggle,
    /// Begin a new conversation in the overlay.
    New,
    /// Stop the answer in the overlay.
    Stop,
    /// Take no questions and start no programs until `nerva resume`.
    Pause,
    /// End everything that streams or acts, and let nothing begin until `nerva resume`, also after a restart.
    Halt,
    /// Take questions, start programs and use tools again.
    Resume,
    /// Rules that were made on confirmations.
    Rules {
        /// What about them.
        #[command(subcommand)]
        command: Rules,
    },
    /// Take back what tools did: files that were written, windows that were moved, units that were started or stopped.
    Undo {
        /// What about it.
        #[command(subcommand)]
        command: Undo,
    },
    /// List the tools that a model may use, with what is missing for others.
    Tools {
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// The record of what tools did.
    Audit {
        /// What about it.
        #[command(subcommand)]
        command: Audit,
    },
    /// End nervad.
    Quit,
    /// Print what Nerva is doing.
    Status {
        /// As JSON.
        #[arg(long)]
        json: bool,
        /// Wait until this holds.
        #[arg(long, value_enum)]
        wait: Option<WaitFor>,
        /// Seconds to wait at most.
        #[arg(long, default_value_t = 30.0, value_name = "SECONDS", value_parser = seconds)]
        timeout: f64,
    },
    /// Past conversations.
    Sessions {
        /// What about them.
        #[command(subcommand)]
        command: Sessions,
    },
    /// List the models that can be asked.
    Models {
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Make a model the one that is asked.
    Model {
        /// The model, as provider/model.
        model: ModelRef,
    },
    /// The configuration.
    Config {
        /// What about it.
        #[command(subcommand)]
        command: Config,
    },
    /// Themes.
    Theme {
        /// What about them.
        #[command(subcommand)]
        command: Theme,
    },
    /// Say what of this desktop is usable, what is not, and what to do about it.
    Doctor {
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Print completions for a shell.
    Completions {
        /// Which shell.
        shell: Shell,
    },
    /// Write the man pages into a folder.
    #[command(hide = true)]
    Man {
        /// The folder.
        folder: PathBuf,
    },
}

/// On or off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Switch {
    /// On.
    On,
    /// Off.
    Off,
}

/// `nerva ask`
#[derive(Debug, Args)]
pub struct Ask {
    /// The model, as provider/model; left out, the current one.
    #[arg(long, short)]
    pub model: Option<ModelRef>,
    /// A picture to send along; may be given several times.
    #[arg(long, short, value_name = "FILE")]
    pub image: Vec<PathBuf>,
    /// Send a picture of the screen along, taken now.
    #[arg(long, value_enum, value_name = "WHAT")]
    pub capture: Option<What>,
    /// Print one JSON object a line instead of text.
    #[arg(long)]
    pub json: bool,
    /// Continue a conversation; without an id, the newest.
    #[arg(long = "continue", value_name = "ID", num_args = 0..=1, require_equals = true)]
    pub resume: Option<Option<ConversationId>>,
    /// The question; `-` reads it from stdin.
    #[arg(required = true, num_args = 1.., value_name = "TEXT")]
    pub text: Vec<String>,
}

/// `nerva capture`
#[derive(Debug, Args)]
pub struct Capture {
    /// Of what.
    #[arg(value_enum, default_value = "screen")]
    pub what: What,
    /// This output instead of the one with the pointer or the focus; only for a screen.
    #[arg(long, value_name = "NAME")]
    pub output: Option<String>,
    /// Write the picture to this file as PNG; `-` writes to stdout.
    #[arg(short = 'o', long = "file", value_name = "FILE", conflicts_with = "clipboard")]
    pub file: Option<PathBuf>,
    /// Put the picture on the clipboard.
    #[arg(long)]
    pub clipboard: bool,
    /// The text in the picture instead of the picture, read on this machine by tesseract.
    #[arg(long)]
    pub text: bool,
    /// Seconds to wait before.
    #[arg(long, default_value_t = 0.0, value_name = "SECONDS", value_parser = seconds)]
    pub delay: f64,
}

/// `nerva live`
#[derive(Debug, Args)]
pub struct Watch {
    /// What to watch, or to stop it.
    #[arg(value_enum, default_value = "screen")]
    pub what: Live,
    /// This output instead of the one with the pointer or the focus; only for a screen.
    #[arg(long, value_name = "NAME")]
    pub output: Option<String>,
    /// Pictures a second at most, from 1 to 30; left out, `capture.live_rate`.
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=30))]
    pub rate: Option<u32>,
}

/// What `nerva live` does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Live {
    /// Watch the output with the pointer or the focus.
    Screen,
    /// Watch the window with the focus.
    Window,
    /// Watch nothing any more.
    Stop,
}

/// `nerva sessions`
#[derive(Debug, Subcommand)]
pub enum Sessions {
    /// List the newest.
    List {
        /// At most so many.
        #[arg(long, default_value_t = 20)]
        limit: u32,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Print one.
    Show {
        /// Which.
        id: ConversationId,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Search all texts; every word has to occur, the last as a prefix.
    Search {
        /// The words.
        #[arg(required = true)]
        words: Vec<String>,
        /// At most so many.
        #[arg(long, default_value_t = 20)]
        limit: u32,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Print one, or all, as a document.
    Export {
        /// Which; left out, all.
        id: Option<ConversationId>,
        /// In which form.
        #[arg(long, value_enum, default_value = "markdown")]
        format: Export,
    },
    /// Delete for good.
    Delete {
        /// Which.
        #[arg(required = true)]
        ids: Vec<ConversationId>,
    },
}

/// `nerva undo`
#[derive(Debug, Subcommand)]
pub enum Undo {
    /// List what can be undone, newest first.
    List {
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Show what undoing it would change.
    Show {
        /// Its number.
        id: u64,
    },
    /// Undo it, if it is still as the tool left it.
    Do {
        /// Its number.
        id: u64,
    },
}

/// `nerva rules`
#[derive(Debug, Subcommand)]
pub enum Rules {
    /// List them.
    List {
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Take some back.
    Revoke {
        /// Which.
        #[arg(required = true)]
        ids: Vec<u64>,
    },
}

/// `nerva audit`
#[derive(Debug, Subcommand)]
pub enum Audit {
    /// List the newest records; exits 1 when any is not as it was written.
    List {
        /// At most so many.
        #[arg(long, default_value_t = 20)]
        limit: usize,
    },
    /// Print one record, whole.
    Show {
        /// Its number.
        number: u64,
    },
    /// Say whether all records are as they were written; exits 1 when they are not.
    Verify,
    /// Print all records as JSON, one a line; exits 1 when any is not as it was written.
    Export,
}

/// `nerva config`
#[derive(Debug, Subcommand)]
pub enum Config {
    /// Say what is wrong in it; exits 1 when anything is.
    Check {
        /// Another file than the one in use.
        file: Option<PathBuf>,
    },
    /// Print the settings in force.
    Show,
    /// Print the JSON Schema.
    Schema,
    /// Write the commented default file.
    Init {
        /// Set an existing file aside.
        #[arg(long)]
        force: bool,
    },
    /// Print where it is.
    Path,
    /// Open it in an editor.
    Edit,
}

/// `nerva theme`
#[derive(Debug, Subcommand)]
pub enum Theme {
    /// List all; those in use are marked.
    List,
    /// Use one; a light theme becomes the light one, a dark theme the dark one.
    Set {
        /// Its name.
        name: String,
    },
    /// Say what is wrong with one; exits 1 when anything is.
    Check {
        /// Its name, or a file.
        theme: String,
    },
    /// Make a theme of a base16 scheme.
    ImportBase16 {
        /// The scheme's file.
        file: PathBuf,
        /// The theme's name.
        name: String,
    },
}

/// A number of seconds that a clock can wait for.
fn seconds(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(seconds) if (0.0..=86_400.0).contains(&seconds) => Ok(seconds),
        _ => Err("a number of seconds from 0 to 86400".into()),
    }
}

/// Writes a man page for every subcommand.
pub fn write_man(folder: &Path) -> (String, bool) {
    match std::fs::create_dir_all(folder).and_then(|()| clap_mangen::generate_to(Arguments::command(), folder)) {
        Ok(()) => (format!("the man pages are in {}", folder.display()), true),
        Err(error) => (format!("{} can't be written: {error}", folder.display()), false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_are_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn a_question_may_be_several_words_and_continue_the_newest() {
        let parse = |line: &str| Arguments::try_parse_from(line.split(' '));
        let Ok(Arguments { command: Sub::Ask(ask) }) = parse("nerva ask what is this -i a.png --image b.png") else {
            panic!("not a question");
        };
        assert_eq!((ask.text.join(" ").as_str(), ask.image.len(), ask.resume), ("what is this", 2, None));
        let Ok(Arguments { command: Sub::Ask(ask) }) = parse("nerva ask --continue and then") else {
            panic!("not a question");
        };
        assert_eq!((ask.text.len(), ask.resume), (2, Some(None)));
        for wrong in [
            "nerva",
            "nerva ask",
            "nerva ask -m noslash hi",
            "nerva status --wait never",
            "nerva status --timeout nan",
            "nerva sessions show xyz",
        ] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
