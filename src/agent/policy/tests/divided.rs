//! The single commands of a script, as a card shows them: each of them, nothing else, and the script to its last letter.

use proptest::prelude::*;

use super::*;
use crate::agent::policy::divide::divide;
use crate::agent::tools::card::card;
use crate::model::{CardPart, Prepared};

/// Words between bars, comments behind `//`, then the operator.
fn told(text: &str) -> Result<Vec<String>, &'static str> {
    let told = |single: &Single| {
        let notes: String = single.notes.iter().map(|note| format!(" //{note}")).collect();
        format!("{}{notes} {}", single.words.join("|"), single.then.replace('\n', "NL")).trim_end().to_owned()
    };
    Ok(divide(text)?.iter().map(told).collect())
}

#[test]
fn scripts_are_divided_where_a_shell_divides_them() {
    for (text, expected) in [
        ("", &[][..]),
        ("ls -l", &["ls|-l"]),
        ("ls; rm -rf x && echo a || b | c |& d & e", &["ls ;", "rm|-rf|x &&", "echo|a ||", "b |", "c |&", "d &", "e"]),
        ("ls;rm x&&a||b|c&d", &["ls ;", "rm|x &&", "a ||", "b |", "c &", "d"]),
        ("a;", &["a ;"]),
        ("a &\n", &["a &", ""]),
        ("\n\n a\n\n b\n", &["a NL", "b NL"]),
        ("a &&\n\n  b", &["a &&", "b"]),
        // Quotes.
        ("echo 'a; b' \"c && d\" e\\;f", &["echo|'a; b'|\"c && d\"|e\\;f"]),
        ("git commit -m 'one two'; ls", &["git|commit|-m|one two ;", "ls"]),
        ("a\\ b 'c'd\"e\"", &["a b|cde"]),
        ("echo '' \"\"", &["echo|''|\"\""]),
        ("echo \"a\\\"b; c\" d", &["echo|\"a\\\"b; c\"|d"]),
        ("echo \"a\\nb\"", &["echo|\"a\\nb\""]),
        ("echo 'a\\'; b", &["echo|'a\\' ;", "b"]),
        ("echo \\'; b\\'", &["echo|\\' ;", "b\\'"]),
        ("echo \"it's\"; b", &["echo|\"it's\" ;", "b"]),
        ("printf 'a\nb'", &["printf|a\nb"]),
        // What is quoted does not pass for what is not.
        ("echo '>' f", &["echo|'>'|f"]),
        ("echo > f", &["echo|> f"]),
        ("echo '$HOME' $HOME \"${HOME}\" *.txt '*.txt'", &["echo|'$HOME'|$HOME|\"${HOME}\"|*.txt|'*.txt'"]),
        // Redirections stay with their command.
        ("a 2>&1 | b", &["a|2>&1 |", "b"]),
        ("a >f 2>>g <h; b", &["a|>f|2>>g|<h ;", "b"]),
        ("a &> f; b", &["a|&> f ;", "b"]),
        ("a &>>f&b", &["a|&>>f &", "b"]),
        ("a >& f && b >|g", &["a|>& f &&", "b|>|g"]),
        ("a a2>f", &["a|a2|>f"]),
        ("a >'x; y'", &["a|>'x; y'"]),
        ("> f", &["> f"]),
        ("2>&1>f a", &["2>&1|>f|a"]),
        // Comments are kept, whatever is in them.
        ("a # b; c\nd", &["a //# b; c NL", "d"]),
        ("# one\n# two\na", &["a //# one //# two"]),
        ("a; # b", &["a ;", " //# b"]),
        ("a#b #c", &["a#b //#c"]),
        ("a $# b; c", &["a|$#|b ;", "c"]),
        ("a |# b\nc", &["a |", "c //# b"]),
        // Lines that go on.
        ("a \\\n  b; c", &["a|b ;", "c"]),
        ("a && \\\n b", &["a &&", "b"]),
        // Words that only look like parts of others.
        ("echo if; find . -exec rm {} \\; ; a", &["echo|if ;", "find|.|-exec|rm|{}|\\; ;", "a"]),
        ("mkdir -p src/{a,b}; git show HEAD@{1}", &["mkdir|-p|src/{a,b} ;", "git|show|HEAD@{1}"]),
        ("A=1 B='x y' rm x; ! b", &["A=1|B=x y|rm|x ;", "!|b"]),
        ("a $x$$; b", &["a|$x$$ ;", "b"]),
        ("'if' a; \\while b", &["if|a ;", "while|b"]),
        ("echo 日本; é 'ü x'", &["echo|日本 ;", "é|ü x"]),
    ] {
        assert_eq!(told(text), Ok(expected.iter().map(|&line| line.to_owned()).collect()), "{text:?}");
    }
}

#[test]
fn what_needs_more_than_that_is_not_divided_and_says_why() {
    for (why, texts) in [
        ("command within a command (`$(`)", &["a $(b; c)", "a \"$(b)\"; c", "a $((1+1)); b", "$$$(a)"][..]),
        ("backtick", &["a `b`; c", "a \"`b`\"", "a`b"]),
        ("shell of its own", &["(a; b)", "a; (b)", "a > (b)", "a )", "((a)) && b"]),
        ("function, an array or a pattern", &["f() { a; }", "A=(b; c)", "ls !(a|b)", "case x in a) b;; esac"]),
        ("group", &["{ a; b; }", "a; }", "{a;b}", "{fd}>f a"]),
        ("text within it", &["cat <<E\na; b\nE", "cat <<<x; b", "a 3<<E"]),
        ("in the place of a file", &["a <(b; c)", "a >(b)"]),
        (
            "compound command",
            &[
                "if a; then b; fi",
                "for x in a; do b; done",
                "while a; do b; done",
                "until a; do b; done",
                "a; [[ b && c ]]",
                "! if a; then b; fi",
                "time -p for x in a; do b; done",
                "A=1 while a; do b; done",
                "> f if a",
                "select x in a; do b; done",
                "function f",
                "repeat 3 a; b",
                "{} a; b",
                "a | while b; do c; done",
            ],
        ),
        ("operator of `case`", &["a;;b", "a ;& b"]),
        ("no command before it", &["; a", "&& a", "a & & b", "a && || b", "a ; ; b", "a &| b", "|a", "a |||b"]),
        ("nothing follows", &["a &&", "a | \n", "a || # b"]),
        ("redirects to nothing", &["a >", "a > ; b", "a >| | b", "a > # b", "a >>| b", "a >\nb", "a >&| b"]),
        ("quote does not end", &["a 'b; c", "a \"b; c", "a \"b\\\"; c", "echo 'a\\'; b'"]),
        ("ends within a word", &["a \\"]),
        (
            "a line goes on within",
            &["a &\\\n& b", "a\\\nb; c", "a $\\\n(b)", "a \"$\\\n(b)\"", "a;\\\n; b", "a <\\\n<b"],
        ),
        ("more than a name", &["a ${b:-c; d}", "a \"${b#x}\"; c", "a ${", "a ${b", "a ${}", "a ${b\\\n}"]),
        ("not every shell knows", &["a $'b\\'; c'", "a $$'b'"]),
        ("calculation", &["a $[1;2]", "a \"$[1]\""]),
    ] {
        for text in texts {
            // Which of two reasons is named does not matter where both are true.
            let case = text.starts_with("case");
            assert!(told(text).is_err_and(|told| told.contains(why) || case), "{text:?}: {why}, not {:?}", told(text));
        }
    }
}

/// The texts on the card: rows, or why there are none.
fn shown(words: &[&str]) -> Vec<Result<Vec<String>, String>> {
    let action = Action::Shell {
        words: words.iter().map(|&word| word.to_owned()).collect(),
        folder: "/p".into(),
        network: false,
    };
    let parts = card(&Prepared::new(action), Vec::new(), false).parts;
    assert!(matches!(parts[0], CardPart::Words(_)), "{parts:?}");
    let part = |part: CardPart| match part {
        CardPart::Commands(commands) => Some(commands.map(|all| all.iter().map(|single| single.text()).collect())),
        _ => None,
    };
    parts.into_iter().filter_map(part).collect()
}

#[test]
fn the_card_lists_the_commands_of_the_script_of_a_shell() {
    let script = "ls -l; rm -rf x\u{202e} # why\necho a";
    let rows = || Ok(["ls -l ;", "rm -rf x⟨U+202E⟩ # why new line", "echo a"].map(str::to_owned).to_vec());
    for before in [
        &["sh", "-c"][..],
        &["/bin/bash", "-lc"],
        &["bash", "-o", "pipefail", "-c"],
        &["bash", "-euo", "pipefail", "-c"],
        &["env", "A=1", "sh", "-xc"],
        &["sudo", "sh", "-c"],
        &["sudo", "-u", "me", "sh", "-c"],
        &["timeout", "5", "/usr/bin/env", "zsh", "-c"],
        &["busybox", "sh", "-c"],
    ] {
        assert_eq!(shown(&[before, &[script]].concat()), [rows()], "{before:?}");
        assert_eq!(shown(&[before, &[script, "name", "a; b"]].concat()), [rows()], "{before:?}");
    }
    assert_eq!(shown(&["find", ".", "-exec", "sh", "-c", "a; b", ";"]), [Ok(vec!["a ;".into(), "b".into()])]);
    // A script in a script is a word of the list.
    assert_eq!(shown(&["sh", "-c", "a; sh -c 'b; c'"]), [Ok(vec!["a ;".into(), "sh -c 'b; c'".into()])]);
    for none in
        [&["ls", "a; b"][..], &["sh", "-c", "ls -l"], &["sh", "x"], &["sh"], &["sh", "-c"], &["echo", "sh", "-c", "a"]]
    {
        assert_eq!(shown(none), [], "{none:?}");
    }
    for (words, why) in [
        (&["sh", "-c", "echo $(rm x)"][..], "it has a command within a command (`$(`)"),
        (&["fish", "-c", "a; b"], "`fish` reads commands in a way of its own"),
        (&["su", "me", "-c", "a; b"], "`su` reads commands in a way of its own"),
        (&["bash", "file", "-c", "a; b"], "which word is the script of `bash` is not certain"),
        (&["bash", "--rcfile", "-c", "a; b", "-c", "c; d"], "which word is the script of `bash` is not certain"),
        (&["bash", "-oc", "posix", "a; b"], "which word is the script of `bash` is not certain"),
        (&["bash", "-O", "extglob", "-c", "a; b"], "which word is the script of `bash` is not certain"),
        (&["bash", "-c", "-x", "a; b"], "which word is the script of `bash` is not certain"),
    ] {
        assert_eq!(shown(words), [Err(format!("It can't be shown command by command: {why}."))], "{words:?}");
    }
}

/// Nothing is hidden, nothing is added, and every word is from its piece.
fn is_whole(text: &str) -> Result<(), TestCaseError> {
    let Ok(singles) = divide(text) else { return Ok(()) };
    let whole: String = singles.iter().flat_map(|single| [single.raw.as_str(), single.then]).collect();
    prop_assert_eq!(&whole, text);
    for single in &singles {
        for note in &single.notes {
            prop_assert!(note.starts_with('#') && single.raw.contains(note.as_str()), "{:?}", single);
        }
        // Every letter that is not blank or part of quoting is in a word or in a comment, in its order.
        let mut letters = single.raw.chars();
        for word in &single.words {
            for letter in word.chars() {
                // Comments may come before a word.
                prop_assert!(letters.any(|other| other == letter) || !single.notes.is_empty(), "{:?}", single);
            }
        }
        let seen = |letter: &char| !letter.is_whitespace() && !"'\"\\".contains(*letter);
        let count = |text: &str| text.chars().filter(seen).count();
        let told = single.words.iter().chain(&single.notes).map(|text| count(text)).sum::<usize>();
        prop_assert_eq!(told, count(&single.raw), "{:?}", single);
    }
    Ok(())
}

proptest! {
    #[test]
    fn any_text_is_whole(text in any::<String>()) {
        is_whole(&text)?;
    }

    #[test]
    fn any_text_of_signs_is_whole(text in "[ab2 \n\t;|&<>'\"\\\\#=!*é-]{0,16}") {
        is_whole(&text)?;
    }

    #[test]
    fn any_text_with_more_signs_is_whole(text in "[a1 \n;|&<>(){}$'\"\\\\#`=\u{202e}]{0,16}") {
        is_whole(&text)?;
    }

    /// Words that a shell is given in quotes are words of one command each, whatever is in them.
    #[test]
    fn what_is_quoted_is_never_divided(
        commands in prop::collection::vec(prop::collection::vec("[a-z ;|&<>$`(){}#'\"\\\\\n]{0,8}", 1..4), 1..5),
        operators in prop::collection::vec(prop::sample::select(vec![";", "&&", "||", "|", "&", "\n"]), 4),
    ) {
        let quoted = |word: &String| format!("'{}'", word.replace('\'', "'\\''"));
        let lines: Vec<String> =
            commands.iter().map(|words| words.iter().map(quoted).collect::<Vec<_>>().join(" ")).collect();
        let mut text = String::new();
        for (at, line) in lines.iter().enumerate() {
            text += line;
            if at + 1 < lines.len() { text += &format!(" {} ", operators[at]); }
        }
        let singles = divide(&text).map_err(TestCaseError::fail)?;
        prop_assert_eq!(singles.len(), commands.len());
        for (single, words) in singles.iter().zip(&commands) {
            prop_assert_eq!(single.words.len(), words.len());
        }
        is_whole(&text)?;
    }
}
