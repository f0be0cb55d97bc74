//! Just enough of Rust's syntax to find the paths that a file names.

use std::iter::Peekable;
use std::str::Chars;

/// The source with comments and the contents of literals blanked out; line breaks stay where they are.
pub fn code(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    let mut rest = source.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '/' if rest.peek() == Some(&'/') => while rest.next_if(|&c| c != '\n').is_some() {},
            '/' if rest.peek() == Some(&'*') => skip_block_comment(&mut rest, &mut out),
            '"' => skip_string(&mut rest, &mut out),
            'r' if !ends_in_word(&out) && is_raw_string(rest.clone()) => skip_raw_string(&mut rest, &mut out),
            '\'' => skip_char(&mut rest, &mut out),
            c => out.push(c),
        }
    }
    out
}

fn ends_in_word(out: &str) -> bool {
    // `br"…"` is raw too.
    let before = out.strip_suffix(['b', 'c']).unwrap_or(out);
    before.ends_with(|c: char| c.is_alphanumeric() || c == '_')
}

fn skip_block_comment(rest: &mut Peekable<Chars<'_>>, out: &mut String) {
    rest.next();
    let mut depth = 1;
    while depth > 0 {
        match rest.next() {
            Some('*') if rest.next_if_eq(&'/').is_some() => depth -= 1,
            Some('/') if rest.next_if_eq(&'*').is_some() => depth += 1,
            Some('\n') => out.push('\n'),
            Some(_) => {}
            None => return,
        }
    }
}

fn skip_string(rest: &mut Peekable<Chars<'_>>, out: &mut String) {
    out.push_str("\"\"");
    while let Some(c) = rest.next() {
        match c {
            '\\' => out.extend(rest.next().filter(|&c| c == '\n')),
            '"' => return,
            '\n' => out.push('\n'),
            _ => {}
        }
    }
}

fn is_raw_string(mut rest: Peekable<Chars<'_>>) -> bool {
    while rest.next_if_eq(&'#').is_some() {}
    rest.peek() == Some(&'"')
}

fn skip_raw_string(rest: &mut Peekable<Chars<'_>>, out: &mut String) {
    let mut fence = String::from("\"");
    while rest.next_if_eq(&'#').is_some() {
        fence.push('#');
    }
    rest.next();
    out.push_str("\"\"");
    let mut seen = String::new();
    for c in rest.by_ref() {
        seen.push(c);
        if c == '\n' {
            out.push('\n');
        }
        if seen.ends_with(&fence) {
            return;
        }
    }
}

/// A character literal is skipped, a lifetime is not.
fn skip_char(rest: &mut Peekable<Chars<'_>>, out: &mut String) {
    let mut ahead = rest.clone();
    let first = ahead.next();
    if first != Some('\\') && ahead.next() != Some('\'') {
        out.push('\'');
        return;
    }
    rest.next();
    if first == Some('\\') {
        rest.next();
    }
    for c in rest.by_ref() {
        if c == '\'' {
            return;
        }
    }
}

/// Every path in the code with its line, groups written out: `use a::{b, c::d}` gives `a::b` and `a::c::d`.
pub fn paths(code: &str) -> Vec<(usize, String)> {
    let mut parser = Parser { tokens: tokens(code), at: 0, found: Vec::new() };
    while parser.at < parser.tokens.len() {
        if !parser.tree("") {
            parser.at += 1;
        }
    }
    parser.found
}

#[derive(Debug, PartialEq)]
enum Token {
    Word(String),
    Colons,
    Open,
    Close,
    Other,
}

struct Parser {
    tokens: Vec<(usize, Token)>,
    at: usize,
    found: Vec<(usize, String)>,
}

impl Parser {
    /// Reads a path with its group, if there is one here.
    fn tree(&mut self, prefix: &str) -> bool {
        let mut path = prefix.to_owned();
        let start = self.at;
        while let Some((line, Token::Word(word))) = self.tokens.get(self.at) {
            let line = *line;
            path = if path.is_empty() { word.clone() } else { format!("{path}::{word}") };
            self.at += 1;
            if !matches!(self.tokens.get(self.at), Some((_, Token::Colons))) {
                self.found.push((line, path));
                return true;
            }
            self.at += 1;
            if matches!(self.tokens.get(self.at), Some((_, Token::Open))) {
                self.at += 1;
                self.group(&path);
                return true;
            }
        }
        if self.at > start {
            let line = self.tokens[start].0;
            self.found.push((line, path));
        }
        self.at > start
    }

    fn group(&mut self, prefix: &str) {
        while let Some((_, token)) = self.tokens.get(self.at) {
            match token {
                Token::Close => {
                    self.at += 1;
                    return;
                }
                Token::Word(word) if word == "as" => self.at += 2,
                Token::Word(_) => {
                    self.tree(prefix);
                }
                Token::Colons | Token::Open | Token::Other => self.at += 1,
            }
        }
    }
}

fn tokens(code: &str) -> Vec<(usize, Token)> {
    let mut tokens = Vec::new();
    let mut rest = code.chars().peekable();
    let mut line = 1;
    while let Some(c) = rest.next() {
        match c {
            '\n' => line += 1,
            c if c.is_whitespace() => {}
            ':' if rest.next_if_eq(&':').is_some() => tokens.push((line, Token::Colons)),
            '{' => tokens.push((line, Token::Open)),
            '}' => tokens.push((line, Token::Close)),
            c if c.is_alphanumeric() || c == '_' => {
                let mut word = String::from(c);
                while let Some(c) = rest.next_if(|&c| c.is_alphanumeric() || c == '_') {
                    word.push(c);
                }
                tokens.push((line, Token::Word(word)));
            }
            _ => tokens.push((line, Token::Other)),
        }
    }
    tokens
}

#[test]
fn paths_are_found_wherever_they_are() {
    let source = r##"
        //! crate::comment
        use crate::{model::{self, Save as Keep}, agent};
        /* crate::a /* crate::b */ crate::c */
        fn f<'a>(x: &'a crate::config::Config) -> char {
            let s = "crate::text \" crate::more"; let r = r#"crate::raw " "#; let b = b"\"crate::x";
            let c = '"'; let d = '\''; nerva::daemon::run::<crate::theme::Tokens>(); $crate::ipc!(); c
        }
    "##;
    let named: Vec<_> = paths(&code(source)).into_iter().map(|(_, path)| path).filter(|p| p.contains("::")).collect();
    assert_eq!(
        named,
        [
            "crate::model::self",
            "crate::model::Save",
            "crate::agent",
            "crate::config::Config",
            "nerva::daemon::run",
            "crate::theme::Tokens",
            "crate::ipc"
        ]
    );
    assert!(paths(&code(source)).contains(&(3, "crate::agent".into())));
}
