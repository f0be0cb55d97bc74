//! Which commands a command runs: itself, and those that it is told to run.

use super::programs::{BY_COMMAND, KEYWORDS, RUNNERS, RUNNING, SHELLS, WRAPPERS, steers, tells};

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Commands {
    /// The command itself and those within it.
    pub(super) all: Vec<Vec<String>>,
    /// There may be others that can't be read from its words.
    pub(super) unclear: bool,
    /// The scripts that it gives to shells; not those within them.
    pub(super) scripts: Vec<Script>,
}

/// A text that a shell runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Script {
    /// The shell, without its folder.
    pub(super) shell: String,
    pub(super) text: String,
    /// It is this word that the shell takes for its script.
    pub(super) sure: bool,
}

/// How deep it is looked for.
const DEPTH: usize = 4;

/// The commands within a command.
pub(super) fn within(words: &[String]) -> Commands {
    let mut found = Commands::default();
    look(words, DEPTH, &mut found);
    found
}

/// Everything that some program could take for a command among the words of another: what begins at any word, within one
/// or behind its `=`. For rules against commands, whatever stands before them; so many words of each as the rules have.
pub(super) fn possible(words: &[String], longest: usize) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    let mut suffixes = |words: &[String]| {
        found.extend((0..words.len()).map(|at| words[at..].iter().take(longest + 1).cloned().collect::<Vec<_>>()));
    };
    suffixes(words.get(1..).unwrap_or_default());
    for word in words.iter().skip(1) {
        // What stands in a text, with and without the signs of shells and of options around it.
        let signs = |letter: char| letter.is_whitespace() || "=:,;|&(){}'\"`".contains(letter);
        for within in [word.split(char::is_whitespace).collect::<Vec<_>>(), word.split(signs).collect()] {
            let parts: Vec<String> = within.into_iter().filter(|part| !part.is_empty()).map(str::to_owned).collect();
            if parts.first() != Some(word) {
                suffixes(&parts);
            }
        }
    }
    for command in &mut found {
        if let Some(name) = command[0].rsplit('/').next().map(str::to_owned) {
            command[0] = name;
        }
    }
    found
}

fn look(words: &[String], depth: usize, found: &mut Commands) {
    let Some(program) = words.first() else { return };
    let name = program.rsplit('/').next().unwrap_or(program);
    let mut itself = words.to_vec();
    // Rules name programs without their folder.
    name.clone_into(&mut itself[0]);
    found.all.push(itself);
    if depth == 0 {
        found.unclear = true;
        return;
    }
    // What tells any program to run another, a whole command where a program's name should be.
    found.unclear |= words[1..].iter().any(|word| tells(word)) || name.contains(char::is_whitespace);
    let stem = name.trim_end_matches(|letter: char| letter.is_ascii_digit() || letter == '.' || letter == '-');
    if RUNNERS.contains(&name) || RUNNERS.contains(&stem) || name.starts_with("ld-") || name.starts_with("qemu-") {
        // `python --version` runs nothing.
        found.unclear |= words[1..].iter().any(|word| !matches!(word.as_str(), "--version" | "-V" | "--help" | "-h"));
    } else if SHELLS.contains(&name) {
        shell(name, &words[1..], depth, found);
    } else if WRAPPERS.contains(&name) {
        wrapped(name, &words[1..], depth - 1, found);
    } else if let Some((_, commands)) = BY_COMMAND.iter().find(|(known, _)| *known == name) {
        found.unclear |= words[1..].iter().any(|word| commands.contains(&word.split('=').next().unwrap_or(word)));
    } else if let Some(at) = words.iter().position(|word| matches!(word.as_str(), "-c" | "-e" | "--eval" | "--exec"))
        && words.get(at + 1).is_some_and(|text| text.contains(char::is_whitespace))
    {
        // Some program that takes a text of several words behind such an option: it may well run it. It is a shell where
        // one stands before it (`sudo -u me sh -c …`).
        let is_shell = |word: &String| SHELLS.contains(&word.rsplit('/').next().unwrap_or(word));
        if let Some(shell) = words[..at].iter().rposition(is_shell) {
            found.scripts.extend(given(&words[shell], &words[shell + 1..]));
        }
        script(&words[at + 1], depth - 1, found);
    }
}

/// The script of a shell with these words behind it.
fn given(shell: &str, rest: &[String]) -> Option<Script> {
    let at = rest.iter().position(|word| is_option(word) && word.contains('c'))?;
    let text = rest[at + 1..].iter().find(|word| !word.starts_with(['-', '+']))?;
    // Such as `-o pipefail`; any other word before it would be a script in a file.
    let takes = |at: usize| at > 0 && is_option(&rest[at - 1]) && rest[at - 1].ends_with('o');
    let sure = (0..at).all(|at| is_option(&rest[at]) || takes(at))
        && !rest[at].contains(['o', 'O'])
        && !rest[..at].iter().any(|word| is_option(word) && word.contains('O'))
        && rest.get(at + 1) == Some(text);
    let shell = shell.rsplit('/').next().unwrap_or(shell).to_owned();
    Some(Script { shell, text: text.clone(), sure })
}

fn is_option(word: &str) -> bool {
    word.starts_with('-') && !word.starts_with("--")
}

/// A shell with these words behind it.
fn shell(name: &str, rest: &[String], depth: usize, found: &mut Commands) {
    found.scripts.extend(given(name, rest));
    let Some(at) = rest.iter().position(|word| is_option(word) && word.contains('c')) else {
        found.unclear |= !rest.is_empty();
        return;
    };
    // A script before it takes `-c` for a word of its own; a shell for a person reads start-up files.
    found.unclear |= rest[..at].iter().any(|word| !is_option(word));
    found.unclear |= rest[..=at].iter().any(|word| word.contains(['i', 'l', 'C']));
    // Options may go on behind it.
    found.unclear |= rest.get(at + 1).is_none_or(|word| word.starts_with(['-', '+']));
    if let Some(text) = rest[at + 1..].iter().find(|word| !word.starts_with(['-', '+'])) {
        script(text, depth - 1, found);
    }
}

/// A command behind options of another: it may begin at any word that is none of those.
fn wrapped(name: &str, rest: &[String], depth: usize, found: &mut Commands) {
    match name {
        "git" => {
            // Only by its own settings, or by these commands of its, does it run what it is not told to here.
            let sets = |word: &String| {
                matches!(
                    word.as_str(),
                    "-c" | "-u"
                        | "-x"
                        | "--config-env"
                        | "alias"
                        | "bisect"
                        | "submodule"
                        | "filter-branch"
                        | "difftool"
                        | "mergetool"
                        | "--ext-diff"
                        | "--textconv"
                        | "daemon"
                        | "shell"
                        | "gui"
                        | "send-email"
                ) || ["--upload-pack", "--receive-pack", "--exec", "-O", "--open-files-in-pager", "ext::"]
                    .iter()
                    .any(|begin| word.starts_with(begin))
            };
            // What it is set to run later; the sandbox seals it as well.
            let kept = ["alias.", "core.", "diff.", "filter.", "gpg.", "merge.", "pager.", "credential.", "sequence."];
            let keeps = |word: &String| kept.iter().any(|begin| word.starts_with(begin));
            let config = rest.iter().any(|word| word == "config");
            found.unclear |= rest.iter().any(sets) || config && rest.iter().any(keeps);
        }
        "find" | "fd" | "fdfind" => {
            for (at, word) in rest.iter().enumerate() {
                if RUNNING.contains(&word.as_str()) {
                    let end = rest[at + 1..]
                        .iter()
                        .position(|word| word == ";" || word == "+")
                        .map_or(rest.len(), |end| at + 1 + end);
                    look(&rest[at + 1..end], depth, found);
                }
                found.unclear |= matches!(word.as_str(), "-delete" | "-fprintf" | "-fprint" | "-fprint0" | "-fls");
            }
        }
        _ => {
            let at = rest.iter().position(|word| !word.starts_with('-') && !word.contains('=') && !is_number(word));
            match at {
                Some(at) => look(&rest[at..], depth, found),
                None => found.unclear |= !rest.is_empty(),
            }
            // An option may take a value, so that the command begins later; which one can't be told.
            let before = &rest[..at.unwrap_or(0)];
            found.unclear |= before.iter().any(|word| word.starts_with('-') || assigns_steering(word));
        }
    }
}

fn is_number(word: &str) -> bool {
    word.chars().next().is_some_and(|letter| letter.is_ascii_digit())
        && word.chars().all(|letter| letter.is_ascii_digit() || ".smhd".contains(letter))
}

/// The commands of a shell's text, divided where a shell would divide it.
fn script(text: &str, depth: usize, found: &mut Commands) {
    if text.contains(['$', '`', '{', '(', '<', '>', '*', '?', '~', '!', '#', '\\']) {
        // What is expanded, redirected or substituted is known only when it runs.
        found.unclear = true;
    }
    let outer = found.scripts.len();
    for piece in pieces(text) {
        match shlex::split(&piece) {
            Some(words) => {
                found.unclear |= words.iter().any(|word| assigns_steering(word));
                let words: Vec<String> = words.into_iter().skip_while(|word| is_assignment(word)).collect();
                found.unclear |= words.first().is_some_and(|word| KEYWORDS.contains(&word.as_str()));
                look(&words, depth, found);
            }
            None => found.unclear = true,
        }
    }
    found.scripts.truncate(outer);
}

/// Whether a variable is set that changes what other programs run.
fn assigns_steering(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| steers(name))
}

fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty() && name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
    })
}

fn pieces(text: &str) -> Vec<String> {
    let (mut pieces, mut piece, mut quote) = (Vec::new(), String::new(), None);
    for letter in text.chars() {
        match (quote, letter) {
            (None, ';' | '|' | '&' | '\n') => pieces.push(std::mem::take(&mut piece)),
            (None, '\'' | '"') => {
                quote = Some(letter);
                piece.push(letter);
            }
            (Some(open), _) if open == letter => {
                quote = None;
                piece.push(letter);
            }
            _ => piece.push(letter),
        }
    }
    pieces.push(piece);
    pieces.retain(|piece| !piece.trim().is_empty());
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(line: &str) -> (Vec<String>, bool) {
        let found = within(&shlex::split(line).unwrap());
        (found.all.iter().map(|words| words.join(" ")).collect(), found.unclear)
    }

    #[test]
    fn commands_within_commands_are_found() {
        for (line, expected, unclear) in [
            ("ls -l", &["ls -l"][..], false),
            ("/bin/rm -rf x", &["rm -rf x"], false),
            (
                "sh -c 'ls; rm -rf x && echo done'",
                &["sh -c ls; rm -rf x && echo done", "ls", "rm -rf x", "echo done"],
                false,
            ),
            ("bash -xc 'A=1 rm x'", &["bash -xc A=1 rm x", "rm x"], false),
            ("sh -c 'echo $(rm x)'", &["sh -c echo $(rm x)", "echo $(rm x)"], true),
            ("env A=1 rm x", &["env A=1 rm x", "rm x"], false),
            ("'rm x' y", &["rm x y"], true),
            ("bash x -c ls", &["bash x -c ls", "ls"], true),
            ("bash -lc ls", &["bash -lc ls", "ls"], true),
            ("sh -c -x 'rm x'", &["sh -c -x rm x", "rm x"], true),
            ("sh -c 'eval rm x'", &["sh -c eval rm x", "eval rm x"], true),
            ("sh -c '. ./x'", &["sh -c . ./x", ". ./x"], true),
            ("/lib64/ld-linux-x86-64.so.2 ./x", &["ld-linux-x86-64.so.2 ./x"], true),
            ("env LD_PRELOAD=x ls", &["env LD_PRELOAD=x ls", "ls"], true),
            ("env GIT_DIR=x git status", &["env GIT_DIR=x git status", "git status"], true),
            ("env MY_EDITOR=x ls", &["env MY_EDITOR=x ls", "ls"], true),
            ("timeout 5s sh -c 'rm x'", &["timeout 5s sh -c rm x", "sh -c rm x", "rm x"], false),
            ("sudo -u root rm x", &["sudo -u root rm x", "root rm x"], true),
            ("find . -name a -exec rm {} ;", &["find . -name a -exec rm {} ;", "rm {}"], false),
            ("find . -delete", &["find . -delete"], true),
            ("python3 -c 'import os'", &["python3 -c import os"], true),
            ("python3.11 --version", &["python3.11 --version"], false),
            ("git status", &["git status"], false),
            ("git -c core.pager=x log", &["git -c core.pager=x log"], true),
            ("sh script", &["sh script"], true),
            ("sh -c 'unfinished \"quote'", &["sh -c unfinished \"quote"], true),
            ("strange -e 'rm x'", &["strange -e rm x", "rm x"], false),
        ] {
            let (found, is_unclear) = of(line);
            assert_eq!(found, expected, "{line}");
            assert_eq!(is_unclear, unclear, "{line}");
        }
    }

    #[test]
    fn what_is_too_deep_is_unclear() {
        let line = (0..9).fold("rm x".to_owned(), |line, _| format!("env {line}"));
        assert!(of(&line).1);
    }
}
