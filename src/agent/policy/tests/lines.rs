//! Over a thousand command lines of others: what each is expected to be, on the card in whole, and never past a rule.

use super::*;
use crate::agent::tools::{card::card, reveal::reveal};
use crate::model::{CardPart, Prepared};

/// The lines with their signs.
const LINES: &str = include_str!("lines.txt");

fn each() -> impl Iterator<Item = (char, &'static str, Action)> {
    LINES.lines().filter(|line| !line.starts_with('#')).map(|line| {
        let (sign, line) = line.split_at(2);
        let action = match sign {
            "; " => run(&["sh", "-c", line]),
            _ => shell(line),
        };
        (sign.chars().next().unwrap(), line, action)
    })
}

fn run(words: &[&str]) -> Action {
    Action::Shell {
        words: words.iter().map(|&word| word.to_owned()).collect(),
        folder: "/home/me/project".into(),
        network: false,
    }
}

#[test]
fn each_runs_by_itself_only_where_it_may() {
    let policy = Policy { allow: vec![rule("shell")], ..policy() };
    let (mut wrong, mut all) = (Vec::new(), 0);
    for (sign, line, action) in each() {
        all += 1;
        assert_eq!(decided(&super::policy(), &action), "ask", "{line} without a rule");
        let expected = if sign == '+' { "allow" } else { "ask" };
        if decided(&policy, &action) != expected {
            wrong.push(format!("{sign} {line}"));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    assert!(all >= 1_330, "{all}");
}

#[test]
fn each_is_on_the_card_to_its_last_letter() {
    for (_, line, action) in each() {
        let words = action.words().unwrap().to_vec();
        let Verdict::Ask { warnings, .. } = decide(&policy(), &action, NOW) else { panic!("{line}") };
        let shown = card(&Prepared::new(action), warnings, false);
        let drawn: Vec<_> = shown.parts.iter().filter(|part| matches!(part, CardPart::Words(_))).collect();
        let [CardPart::Words(drawn)] = drawn.as_slice() else { panic!("{line}: {shown:?}") };
        assert_eq!(*drawn, words.iter().map(|word| reveal(word, false)).collect::<Vec<_>>(), "{line}");
        // Nothing of it hides, so what is drawn is what it says; a shell's line breaks are told by their signs.
        let told: Vec<_> = drawn.iter().map(|word| word.text()).collect();
        assert_eq!(told, words, "{line}");
    }
}

/// Whatever stands before, after or around it.
#[test]
fn none_gets_past_a_rule_against_its_program() {
    let lenient = Policy { mode: Mode::Auto, auto: vec!["shell".into()], allow: vec![rule("*")], ..policy() };
    for (sign, line, action) in each().filter(|(sign, ..)| *sign != ';') {
        let words = action.words().unwrap();
        let name = words[0].rsplit('/').next().unwrap().to_owned();
        let against = Rule { words: vec![name], ..rule("shell") };
        let (denies, asks) = (
            Policy { deny: vec![against.clone()], ..lenient.clone() },
            Policy { ask: vec![against], ..lenient.clone() },
        );
        assert_eq!(decided(&denies, &action), "deny", "{sign} {line}");
        assert_eq!(decided(&asks, &action), "ask", "{sign} {line}");
        let within = |before: &[&str], after: &[&str]| {
            let own = words.iter().map(String::as_str);
            run(&before.iter().copied().chain(own).chain(after.iter().copied()).collect::<Vec<_>>())
        };
        for before in [&["env"][..], &["timeout", "5"], &["sudo"], &["nice"], &["/usr/bin/nohup"], &["xargs"]] {
            assert_eq!(decided(&denies, &within(before, &[])), "deny", "{before:?} {line}");
        }
        assert_eq!(decided(&denies, &within(&["find", ".", "-exec"], &["{}", ";"])), "deny", "find {line}");
        // Of what nobody knows, a person decides.
        for before in [&["unheard-of"][..], &["unheard-of", "--with", "x"], &["sudo", "-u", "me"], &["strange", "-x"]] {
            assert_ne!(decided(&denies, &within(before, &[])), "allow", "{before:?} {line}");
        }
        for text in [format!("ls; {line}"), format!("true && {line}"), format!("ls | {line}"), format!("$({line})")] {
            assert_ne!(decided(&denies, &run(&["sh", "-c", &text])), "allow", "{text}");
            assert_ne!(decided(&denies, &run(&["unheard-of", &text])), "allow", "{text} as one word");
        }
    }
}

#[test]
fn commands_of_a_shell_are_divided() {
    for (_, line, action) in each().filter(|(sign, ..)| *sign != ';') {
        let one = commands::within(action.words().unwrap());
        if line.contains(['$', '`', '{', '(', '<', '>', '*', '?', '~', '!', '#', '\\', '=']) {
            continue;
        }
        let text = format!("ls -l; {line}\n{line} | wc");
        let found = commands::within(&["sh".to_owned(), "-c".into(), text.clone()]);
        let count = found.all.iter().filter(|words| **words == one.all[0]).count();
        assert_eq!(count, 2, "{text}: {found:?}");
        assert!(found.all.contains(&vec!["ls".to_owned(), "-l".into()]) && found.all.contains(&vec!["wc".to_owned()]));
    }
}

/// Longer than anything that is read, it is still decided about at once.
#[test]
fn a_very_long_command_is_no_burden() {
    let denies = Policy { deny: vec![Rule { words: vec!["rm".into(), "x".into()], ..rule("shell") }], ..policy() };
    let long = "a ".repeat(64 * 1024);
    for action in [run(&["strange", &long]), run(&vec!["a"; 64 * 1024])] {
        assert_eq!(decided(&denies, &action), "ask");
    }
    assert_eq!(decided(&denies, &run(&["strange", &format!("{long}rm x")])), "ask");
}

/// The commands of a script that has no sign but those between commands, divided without the divider.
fn plainly(text: &str) -> Vec<String> {
    let parts = text.split([';', '|', '&', '\n']).map(|part| part.split_whitespace().collect::<Vec<_>>().join(" "));
    parts.filter(|part| !part.is_empty()).collect()
}

#[test]
fn each_is_shown_command_by_command_or_it_is_said_why_not() {
    let (mut listed, mut refused, mut single) = (0, 0, 0);
    for (sign, line, _) in each() {
        // Each as a script, and those of one command each among others.
        let mut texts = vec![line.to_owned()];
        if sign != ';' {
            texts.push(format!("ls -l; {line}\n{line} | wc"));
        }
        for text in texts {
            let action = run(&["sh", "-c", &text]);
            let shown = card(&Prepared::new(action), Vec::new(), false);
            let parts: Vec<_> = shown.parts.iter().filter(|part| matches!(part, CardPart::Commands(_))).collect();
            let divided = divide::divide(&text);
            match (parts.as_slice(), &divided) {
                ([CardPart::Commands(Err(why))], Err(told)) => {
                    refused += 1;
                    assert!(why.contains(told), "{text}: {why}");
                }
                ([CardPart::Commands(Ok(rows))], Ok(singles)) => {
                    listed += 1;
                    let whole: String = singles.iter().flat_map(|one| [one.raw.as_str(), one.then]).collect();
                    assert_eq!(whole, text);
                    let rows: Vec<_> = rows.iter().map(|row| row.words.iter().map(|word| word.text())).collect();
                    let rows: Vec<String> = rows.into_iter().map(|row| row.collect::<Vec<_>>().join(" ")).collect();
                    if !text.contains(['\'', '"', '\\', '>', '<', '#', '$']) {
                        assert_eq!(rows, plainly(&text), "{text}");
                    }
                }
                ([], Ok(singles)) => {
                    single += 1;
                    let words: Vec<_> = singles.iter().filter(|one| !one.words.is_empty()).collect();
                    let whole: String = singles.iter().flat_map(|one| [one.raw.as_str(), one.then]).collect();
                    assert!(words.len() < 2 && whole == text, "{text}");
                }
                other => panic!("{text}: {other:?}"),
            }
        }
    }
    assert_eq!((listed, refused, single), (1_187, 14, 1_301));
}
