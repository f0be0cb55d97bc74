//! Divides a shell's script into its single commands, to be shown. Nothing is decided by it.
//!
//! What is not understood for certain is not divided. The pieces and their operators are the script to its last letter.

use super::commands::{self, Script};

/// Shells whose scripts are divided as below; others have a language of their own, or start a shell that nobody knows.
const POSIX: &[&str] = &["sh", "bash", "rbash", "dash", "zsh", "ksh", "mksh", "yash", "ash"];

/// What begins or ends a compound command where a command's name stands.
#[rustfmt::skip]
const STRUCTURE: &[&str] = &[
    "if", "then", "else", "elif", "fi", "for", "foreach", "while", "until", "repeat", "do", "done", "case", "esac",
    "select", "function", "coproc", "nocorrect", "end", "[[", "{}",
];

/// A word with one of these in quotes is shown with its quotes, so that it does not pass for what it would be without.
const SIGNS: &[char] = &[
    '|', '&', ';', '<', '>', '(', ')', '$', '`', '\\', '"', '\'', '*', '?', '[', ']', '#', '~', '!', '{', '}', '%', '^',
];

/// Why a script is not divided.
type Why = &'static str;

/// A single command of a script.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Single {
    /// As it stands in the script, with blanks and comments.
    pub raw: String,
    /// Its words without their quotes where they mean the same so; what redirects is one word, as it is written. There
    /// is none in what is left behind the last command.
    pub words: Vec<String>,
    /// Comments in it, with their sign.
    pub notes: Vec<String>,
    /// The operator behind it; nothing at the end.
    pub then: &'static str,
}

/// The single commands of each script that a command gives to a shell, or why they can't be told apart.
pub fn divided(words: &[String]) -> Vec<Result<Vec<Single>, String>> {
    commands::within(words).scripts.iter().map(of).collect()
}

fn of(script: &Script) -> Result<Vec<Single>, String> {
    if !POSIX.contains(&script.shell.as_str()) {
        return Err(format!("`{}` reads commands in a way of its own", script.shell));
    }
    if !script.sure {
        return Err(format!("which word is the script of `{}` is not certain", script.shell));
    }
    divide(&script.text).map_err(str::to_owned)
}

/// The single commands of a script for a POSIX shell.
pub(super) fn divide(text: &str) -> Result<Vec<Single>, Why> {
    let mut reader =
        Reader { text, at: 0, start: 0, words: Vec::new(), notes: Vec::new(), done: Vec::new(), due: false };
    reader.read()?;
    let whole: String = reader.done.iter().flat_map(|single| [single.raw.as_str(), single.then]).collect();
    if whole == text { Ok(reader.done) } else { Err("its pieces are not the whole of it") }
}

struct Reader<'a> {
    text: &'a str,
    /// What is read next.
    at: usize,
    /// Where the command began.
    start: usize,
    words: Vec<Word>,
    notes: Vec<String>,
    done: Vec<Single>,
    /// Behind the last operator, a command has to follow.
    due: bool,
}

struct Word {
    /// As it is shown.
    shown: String,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Plain,
    Quoted,
    Redirect,
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn next(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn read(&mut self) -> Result<(), Why> {
        while let Some(letter) = self.next() {
            let rest = self.rest();
            match letter {
                ' ' | '\t' => self.at += 1,
                '\n' if self.words.is_empty() => self.at += 1,
                '\n' => self.end("\n")?,
                '#' => {
                    let note = rest.split('\n').next().unwrap_or(rest).to_owned();
                    self.at += note.len();
                    self.notes.push(note);
                }
                '\\' if rest.starts_with("\\\n") => self.continued()?,
                ';' if rest.starts_with(";;") || rest.starts_with(";&") || rest.starts_with(";|") => {
                    return Err("it has an operator of `case`");
                }
                ';' => self.end(";")?,
                '&' if rest.starts_with("&>") => self.redirect(self.at)?,
                '&' if rest.starts_with("&&") => self.end("&&")?,
                '&' => self.end("&")?,
                '|' if rest.starts_with("||") => self.end("||")?,
                '|' if rest.starts_with("|&") => self.end("|&")?,
                '|' => self.end("|")?,
                '<' | '>' => self.redirect(self.at)?,
                _ => {
                    let begin = self.at;
                    let quoted = self.word()?;
                    let raw = &self.text[begin..self.at];
                    let number = raw.bytes().all(|byte| byte.is_ascii_digit());
                    if number && matches!(self.next(), Some('<' | '>')) {
                        self.redirect(begin)?;
                    } else {
                        let kind = if quoted.is_some() { Kind::Quoted } else { Kind::Plain };
                        let shown = match quoted {
                            Some(value) if !value.is_empty() && !value.contains(SIGNS) => value,
                            _ => raw.to_owned(),
                        };
                        self.words.push(Word { shown, kind });
                    }
                }
            }
        }
        match (self.words.is_empty(), self.due) {
            (true, true) => Err("nothing follows its last operator"),
            (true, false) if self.start == self.at => Ok(()),
            (true, false) => {
                self.push("");
                Ok(())
            }
            (false, _) => self.end(""),
        }
    }

    /// The command ends before this operator.
    fn end(&mut self, operator: &'static str) -> Result<(), Why> {
        if self.words.is_empty() {
            return Err("an operator has no command before it");
        }
        let is_assignment = |word: &str| {
            word.split_once('=').is_some_and(|(name, _)| {
                !name.is_empty() && name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
            })
        };
        let before = |word: &&Word| {
            let shown = word.shown.as_str();
            word.kind == Kind::Redirect || matches!(shown, "!" | "time" | "-p" | "--") || is_assignment(shown)
        };
        let begins = |word: &Word| word.kind == Kind::Plain && STRUCTURE.contains(&word.shown.as_str());
        if self.words.iter().find(|word| !before(word)).is_some_and(begins) {
            return Err("it has a compound command (`if`, `for`, `case`, `[[`, …)");
        }
        self.push(operator);
        self.due = matches!(operator, "&&" | "||" | "|" | "|&");
        Ok(())
    }

    fn push(&mut self, then: &'static str) {
        self.done.push(Single {
            raw: self.text[self.start..self.at].to_owned(),
            words: self.words.drain(..).map(|word| word.shown).collect(),
            notes: std::mem::take(&mut self.notes),
            then,
        });
        self.at += then.len();
        self.start = self.at;
    }

    /// A line that goes on in the next. What stands right before it could be one sign with what comes.
    fn continued(&mut self) -> Result<(), Why> {
        if !self.text[..self.at].chars().next_back().is_none_or(|before| matches!(before, ' ' | '\t' | '\n')) {
            return Err("a line goes on within a word or an operator");
        }
        self.at += 2;
        Ok(())
    }

    /// What redirects, with its target; it began here.
    fn redirect(&mut self, begin: usize) -> Result<(), Why> {
        let rest = self.rest();
        if rest.starts_with("<<") {
            return Err("it has a text within it (`<<`)");
        }
        let operator = ["&>>", "&>", ">>", ">&", ">|", "<&", "<>"].into_iter().find(|sign| rest.starts_with(sign));
        self.at += operator.map_or(1, str::len);
        if self.next() == Some('(') {
            return Err("it has a command in the place of a file (`<(`)");
        }
        self.at += self.rest().len() - self.rest().trim_start_matches([' ', '\t']).len();
        match self.next() {
            None | Some('\n' | ';' | '&' | '|' | '<' | '>' | '#') => return Err("it redirects to nothing"),
            Some(_) => self.word()?,
        };
        self.words.push(Word { shown: self.text[begin..self.at].to_owned(), kind: Kind::Redirect });
        Ok(())
    }

    /// Reads a word; its value where something in it is quoted.
    fn word(&mut self) -> Result<Option<String>, Why> {
        let (begin, mut value, mut quoted) = (self.at, String::new(), false);
        if self.rest().starts_with("{}") {
            value.push_str("{}");
            self.at += 2;
        } else if self.rest().starts_with(['{', '}']) {
            return Err("it has a group (`{`)");
        }
        while let Some(letter) = self.next() {
            match letter {
                ' ' | '\t' | '\n' | ';' | '&' | '|' | '<' | '>' => break,
                '(' | ')' if self.at == begin => return Err("it has a shell of its own (`(`)"),
                '(' | ')' => return Err("it has a function, an array or a pattern (`(`)"),
                '`' => return Err("it has a command within a command (a backtick)"),
                '$' => self.dollar(false, &mut value)?,
                '\\' => {
                    quoted = true;
                    self.at += 1;
                    match self.next() {
                        None => return Err("it ends within a word"),
                        Some('\n') => return Err("a line goes on within a word or an operator"),
                        Some(letter) => self.take(letter, &mut value),
                    }
                }
                '\'' => {
                    quoted = true;
                    self.at += 1;
                    let length = self.rest().find('\'').ok_or("a quote does not end")?;
                    value.push_str(&self.rest()[..length]);
                    self.at += length + 1;
                }
                '"' => {
                    quoted = true;
                    self.at += 1;
                    self.double(&mut value)?;
                }
                letter => self.take(letter, &mut value),
            }
        }
        Ok(quoted.then_some(value))
    }

    fn take(&mut self, letter: char, value: &mut String) {
        value.push(letter);
        self.at += letter.len_utf8();
    }

    /// What stands between double quotes, and the second of them.
    fn double(&mut self, value: &mut String) -> Result<(), Why> {
        while let Some(letter) = self.next() {
            match letter {
                '"' => {
                    self.at += 1;
                    return Ok(());
                }
                '`' => return Err("it has a command within a command (a backtick)"),
                '$' => self.dollar(true, value)?,
                '\\' => {
                    self.at += 1;
                    match self.next() {
                        Some('\n') => self.at += 1,
                        Some(letter @ ('$' | '`' | '"' | '\\')) => self.take(letter, value),
                        _ => value.push('\\'),
                    }
                }
                letter => self.take(letter, value),
            }
        }
        Err("a quote does not end")
    }

    /// A variable. Only a name may stand in its braces, where quotes and operators have rules of their own.
    fn dollar(&mut self, within: bool, value: &mut String) -> Result<(), Why> {
        self.take('$', value);
        let rest = self.rest();
        if rest.starts_with("\\\n") {
            return Err("a line goes on within a word or an operator");
        }
        match self.next() {
            Some('(') => Err("it has a command within a command (`$(`)"),
            Some('[') => Err("it has a calculation (`$[`)"),
            Some('\'') if !within => Err("it has quotes that not every shell knows (`$'`)"),
            Some('{') => {
                let name = rest[1..].split('}').next().unwrap_or_default();
                let plain =
                    !name.is_empty() && name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
                if !plain || rest.len() <= name.len() + 1 {
                    return Err("it has a variable that is more than a name (`${`)");
                }
                let length = name.len() + 2;
                value.push_str(&rest[..length]);
                self.at += length;
                Ok(())
            }
            _ => Ok(()),
        }
    }
}
