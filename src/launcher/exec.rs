//! The `Exec` key: words, quotes and field codes of a command line.

use std::path::Path;

/// Why a command line can't be run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExecError {
    /// There is no word in it.
    #[error("Exec is empty")]
    Empty,
    /// A quote is not closed.
    #[error("a quote ({0}) in Exec is not closed")]
    Unclosed(char),
    /// A field code that the specification does not know.
    #[error("Exec has the unknown field code %{0}")]
    UnknownCode(char),
}

/// What the field codes stand for.
#[derive(Debug, Clone, Copy)]
pub struct Codes<'a> {
    /// `%i`: the `Icon` key.
    pub icon: Option<&'a str>,
    /// `%c`: the localised name.
    pub name: &'a str,
    /// `%k`: where the desktop file is.
    pub path: &'a Path,
}

/// Splits into words. Double quotes as the specification has them; single quotes and bare backslashes as a shell
/// and GLib have them, because files with them exist.
pub fn words(exec: &str) -> Result<Vec<String>, ExecError> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut chars = exec.chars();
    while let Some(c) = chars.next() {
        match c {
            c if c.is_whitespace() => words.extend(word.take()),
            '"' => {
                let word = word.get_or_insert_default();
                loop {
                    match chars.next() {
                        Some('"') => break,
                        Some('\\') => match chars.next() {
                            Some(escaped @ ('"' | '`' | '$' | '\\')) => word.push(escaped),
                            Some(other) => word.extend(['\\', other]),
                            None => return Err(ExecError::Unclosed('"')),
                        },
                        Some(c) => word.push(c),
                        None => return Err(ExecError::Unclosed('"')),
                    }
                }
            }
            '\'' => {
                let word = word.get_or_insert_default();
                loop {
                    match chars.next() {
                        Some('\'') => break,
                        Some(c) => word.push(c),
                        None => return Err(ExecError::Unclosed('\'')),
                    }
                }
            }
            '\\' => word.get_or_insert_default().extend(chars.next()),
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    if words.iter().all(String::is_empty) { Err(ExecError::Empty) } else { Ok(words) }
}

/// Expands field codes, for a launch without files.
pub fn expand(words: &[String], codes: Codes<'_>) -> Result<Vec<String>, ExecError> {
    let mut argv = Vec::with_capacity(words.len() + 1);
    for word in words {
        match word.as_str() {
            "%f" | "%F" | "%u" | "%U" | "%d" | "%D" | "%n" | "%N" | "%v" | "%m" => {}
            "%i" => {
                if let Some(icon) = codes.icon {
                    argv.extend(["--icon".to_owned(), icon.to_owned()]);
                }
            }
            _ => argv.push(expand_word(word, codes)?),
        }
    }
    if argv.is_empty() { Err(ExecError::Empty) } else { Ok(argv) }
}

fn expand_word(word: &str, codes: Codes<'_>) -> Result<String, ExecError> {
    let mut out = String::with_capacity(word.len());
    let mut chars = word.chars();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('%') => out.push('%'),
            Some('c') => out.push_str(codes.name),
            Some('k') => out.push_str(&codes.path.to_string_lossy()),
            Some('i' | 'f' | 'F' | 'u' | 'U' | 'd' | 'D' | 'n' | 'N' | 'v' | 'm') => {}
            Some(other) => return Err(ExecError::UnknownCode(other)),
            None => out.push('%'),
        }
    }
    Ok(out)
}

/// The program's own name, for searching: without folder, `env` and its assignments, or a runner in front.
pub fn program(words: &[String]) -> Option<&str> {
    const RUNNERS: [&str; 13] = [
        "sh",
        "bash",
        "python",
        "python3",
        "perl",
        "java",
        "flatpak",
        "snap",
        "gapplication",
        "pkexec",
        "sudo",
        "dbus-launch",
        "systemd-run",
    ];
    let mut words = words.iter().map(|word| word.rsplit('/').next().unwrap_or(word)).peekable();
    if words.peek() == Some(&"env") {
        words.next();
        while words.next_if(|word| word.contains('=') || word.starts_with('-')).is_some() {}
    }
    words.next().filter(|word| !word.is_empty() && !word.contains('%') && !RUNNERS.contains(word))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn codes() -> Codes<'static> {
        Codes { icon: Some("app-icon"), name: "An App", path: Path::new("/a/b.desktop") }
    }

    #[test]
    fn command_lines_become_words() {
        let table: [(&str, &[&str]); 12] = [
            ("firefox %u", &["firefox"]),
            ("firefox --new-window %U --x", &["firefox", "--new-window", "--x"]),
            (r#""/opt/My App/run" "a \"b\" \$c \\d""#, &["/opt/My App/run", r#"a "b" $c \d"#]),
            (r"sh -c 'exec foo --bar'", &["sh", "-c", "exec foo --bar"]),
            (r"/opt/My\ App/run", &["/opt/My App/run"]),
            ("app %i --title %c", &["app", "--icon", "app-icon", "--title", "An App"]),
            ("app --desktop=%k 100%%", &["app", "--desktop=/a/b.desktop", "100%"]),
            ("app --file=%f", &["app", "--file="]),
            ("app %d %D %n %N %v %m x", &["app", "x"]),
            ("app ''", &["app", ""]),
            ("  app   a\tb ", &["app", "a", "b"]),
            ("app 5%", &["app", "5%"]),
        ];
        for (exec, expected) in table {
            assert_eq!(expand(&words(exec).unwrap(), codes()).unwrap(), expected, "{exec}");
        }
    }

    #[test]
    fn broken_command_lines_say_why() {
        assert_eq!(words("  "), Err(ExecError::Empty));
        assert_eq!(words("\"a b"), Err(ExecError::Unclosed('"')));
        assert_eq!(words("'a b"), Err(ExecError::Unclosed('\'')));
        assert_eq!(expand(&["a".into(), "%z".into()], codes()), Err(ExecError::UnknownCode('z')));
        assert_eq!(expand(&["%f".into()], codes()), Err(ExecError::Empty));
    }

    #[test]
    fn the_program_is_found_behind_wrappers() {
        let table = [
            ("/usr/bin/gnome-calculator --x", Some("gnome-calculator")),
            ("env A=1 B=2 code %F", Some("code")),
            ("/usr/bin/flatpak run org.x.Y", None),
            ("sh -c 'x'", None),
        ];
        for (exec, expected) in table {
            assert_eq!(program(&words(exec).unwrap()), expected, "{exec}");
        }
    }

    proptest! {
        #[test]
        fn any_command_line_is_words_or_an_error(exec in "(\\PC|[\"'\\\\% ]){0,60}") {
            if let Ok(words) = words(&exec) {
                let _ = expand(&words, codes());
                program(&words);
            }
        }
    }
}
