//! Where zsh's first start-up files put the others: read as text, and never run.

use std::collections::{HashMap, VecDeque};
use std::path::{Path, PathBuf};

use super::around;

/// What says it.
pub const VARIABLE: &str = "ZDOTDIR";

/// What every zsh reads before anything of the user.
const OF_THE_SYSTEM: &[&str] = &["/etc/zshenv", "/etc/zsh/zshenv"];
/// A file is no larger, more of them are not read, and no more values of a variable are kept.
const LARGEST: u64 = 1 << 20;
const MOST: usize = 16;
/// Values stand within values no deeper.
const DEEPEST: usize = 8;

type Values = HashMap<String, Vec<String>>;

/// The folders that a `ZDOTDIR` in these files may name, as far as it is written there and not computed; `variables` are those
/// of the environment.
pub fn folders(home: &Path, variables: &[(String, String)]) -> Vec<String> {
    let mut known = variables.to_vec();
    known.extend(around::variables(["USER", "LOGNAME"].into_iter()));
    named(OF_THE_SYSTEM.iter().map(PathBuf::from).collect(), home, &known)
}

/// The same for these files, those of the user, and those that they lead to.
fn named(mut open: VecDeque<PathBuf>, home: &Path, variables: &[(String, String)]) -> Vec<String> {
    let mut values = Values::new();
    values.insert("HOME".into(), vec![home.display().to_string()]);
    // What it is where nothing says otherwise.
    values.insert("XDG_CONFIG_HOME".into(), vec![home.join(".config").display().to_string()]);
    for (name, value) in variables {
        values.entry(name.clone()).or_default().push(value.clone());
    }
    let before = values.get(VARIABLE).cloned().unwrap_or_default();
    open.push_back(home.join(".zshenv"));
    open.extend(before.iter().map(|folder| Path::new(folder).join(".zshenv")));
    let (mut found, mut read) = (Vec::new(), 0);
    while let Some(file) = open.pop_front().filter(|_| read < MOST) {
        read += 1;
        let is_small = file.metadata().is_ok_and(|about| about.is_file() && about.len() <= LARGEST);
        let text = if is_small { std::fs::read(&file).unwrap_or_default() } else { Vec::new() };
        for (name, word) in assignments(&String::from_utf8_lossy(&text)) {
            let home = (!word.starts_with(QUOTED)).then_some(home);
            for value in expanded(&word.replace(QUOTED, ""), home, &values, DEEPEST) {
                if name == VARIABLE && value.starts_with('/') && !found.contains(&value) && found.len() < MOST {
                    open.push_back(Path::new(&value).join(".zshenv"));
                    found.push(value.clone());
                }
                let all = values.entry(name.clone()).or_default();
                if !all.contains(&value) && all.len() < MOST {
                    all.push(value);
                }
            }
        }
    }
    found
}

/// Stands before a word that began with a quotation mark, within which `~` is only a sign.
const QUOTED: char = '\u{0}';

/// Everything in a text that gives a variable a value, however it is run: the name, and the word without quotation marks.
fn assignments(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for line in text.replace("\\\n", "").lines().filter(|line| !line.trim_start().starts_with('#')) {
        for (at, _) in line.match_indices('=') {
            let before = &line[..at];
            // As in `${NAME:=value}` and `${NAME=value}`.
            let named = before.strip_suffix(':').unwrap_or(before);
            let begin = named
                .rfind(|sign: char| !is_of_a_name(sign))
                .map_or(0, |begin| begin + named[begin..].chars().next().map_or(0, char::len_utf8));
            let name = &named[begin..];
            let inside = named[..begin].ends_with("${");
            let is_name = name.starts_with(|first: char| !first.is_ascii_digit());
            if is_name && (inside || named.len() == before.len()) {
                found.push((name.to_owned(), word(&line[at + 1..], inside)));
            }
        }
    }
    found
}

fn is_of_a_name(sign: char) -> bool {
    sign.is_ascii_alphanumeric() || sign == '_'
}

/// The first word of a text, without quotation marks; `inside` of braces it ends with them.
fn word(text: &str, inside: bool) -> String {
    let mut word = String::new();
    if text.starts_with(['"', '\'']) {
        word.push(QUOTED);
    }
    let (mut quote, mut depth, mut before) = (None, 0_usize, ' ');
    let mut signs = text.chars();
    while let Some(sign) = signs.next() {
        match (sign, quote) {
            ('\\', None | Some('"')) => word.extend(signs.next()),
            (sign, Some(open)) if sign == open => quote = None,
            ('"' | '\'', None) => quote = Some(sign),
            ('{', _) if before == '$' => {
                depth += 1;
                word.push(sign);
            }
            ('}', _) if depth > 0 => {
                depth -= 1;
                word.push(sign);
            }
            ('}', None) if inside => break,
            (' ' | '\t' | ';' | '&' | '|' | ')', None) if depth == 0 => break,
            _ => word.push(sign),
        }
        before = sign;
    }
    word
}

/// What a word may come to; nothing where that is computed, or not known. `home` is what `~` stands for at its beginning.
fn expanded(word: &str, home: Option<&Path>, values: &Values, deep: usize) -> Vec<String> {
    let (mut found, mut rest) = (vec![String::new()], word);
    if let (Some(home), Some(after)) =
        (home, rest.strip_prefix('~').filter(|after| after.is_empty() || after.starts_with('/')))
    {
        (found, rest) = (vec![home.display().to_string()], after);
    }
    while let Some((before, after)) = rest.split_once('$') {
        let Some((given, after)) = variable(after, home, values, deep) else { return Vec::new() };
        found =
            found.iter().flat_map(|found| given.iter().map(move |given| format!("{found}{before}{given}"))).collect();
        found.truncate(MOST);
        rest = after;
    }
    if word.contains('`') {
        return Vec::new();
    }
    found.iter().map(|found| format!("{found}{rest}")).collect()
}

/// What the variable whose name begins a text may be, and what stands behind it.
fn variable<'a>(text: &'a str, home: Option<&Path>, values: &Values, deep: usize) -> Option<(Vec<String>, &'a str)> {
    let known = |name: &str| values.get(name).cloned().unwrap_or_default();
    let end = |text: &str| text.find(|sign: char| !is_of_a_name(sign)).unwrap_or(text.len());
    let Some(inner) = text.strip_prefix('{') else {
        let end = end(text);
        return (end > 0).then(|| (known(&text[..end]), &text[end..]));
    };
    let mut depth = 1_usize;
    let close = inner.char_indices().find_map(|(at, sign)| {
        match sign {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        (depth == 0).then_some(at)
    })?;
    let (inner, after) = (&inner[..close], &inner[close + 1..]);
    let end = end(inner);
    let (name, how) = inner.split_at(end);
    let mut given = known(name);
    match how.strip_prefix(':').unwrap_or(how) {
        "" if how.is_empty() && end > 0 => {}
        otherwise if end > 0 && otherwise.starts_with(['-', '=']) && deep > 0 => {
            given.extend(expanded(&otherwise[1..], home, values, deep - 1));
        }
        _ => return None,
    }
    Some((given, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a file says, and the folders that it names; `~` is home.
    const FILES: &[(&str, &[&str])] = &[
        ("ZDOTDIR=~/zsh", &["~/zsh"]),
        ("export ZDOTDIR=$HOME/zsh # mine", &["~/zsh"]),
        ("export ZDOTDIR=\"$HOME/my zsh\"; echo", &["~/my zsh"]),
        ("export ZDOTDIR=\"${HOME}\"/zsh", &["~/zsh"]),
        ("export ZDOTDIR='/srv/zsh'", &["/srv/zsh"]),
        ("typeset -gx A=b ZDOTDIR=/srv/my\\ zsh", &["/srv/my zsh"]),
        ("[[ -d ~/zsh ]] && export ZDOTDIR=~/zsh || true", &["~/zsh"]),
        ("if true; then ZDOTDIR=/a; else ZDOTDIR=/b;fi", &["/a", "/b"]),
        ("ZDOTDIR=$XDG_CONFIG_HOME/zsh", &["~/.config/zsh"]),
        ("ZDOTDIR=\"${XDG_CONFIG_HOME:-$HOME/.config}/zsh\"", &["~/.config/zsh"]),
        ("XDG_CONFIG_HOME=$HOME/conf\nZDOTDIR=${XDG_CONFIG_HOME}/zsh", &["~/.config/zsh", "~/conf/zsh"]),
        ("export DOTS=/srv/dots\nexport ZDOTDIR=$DOTS/zsh", &["/srv/dots/zsh"]),
        (": ${ZDOTDIR:=~/zsh}", &["~/zsh"]),
        (": \"${ZDOTDIR:=$HOME/zsh}\"; export ZDOTDIR", &["~/zsh"]),
        ("ZDOTDIR=${DOTS-/srv/dots}/zsh", &["/srv/dots/zsh"]),
        ("ZDOTDIR=/home/$WHO/zsh", &["/home/me/zsh"]),
        ("ZDOTDIR=\\\n/srv/zsh", &["/srv/zsh"]),
        ("# ZDOTDIR=/srv/zsh", &[]),
        ("MY_ZDOTDIR=/srv/zsh\n[[ $ZDOTDIR == /x ]]", &[]),
        ("ZDOTDIR=$(readlink -f ~/zsh)", &[]),
        ("ZDOTDIR=`pwd`/zsh", &[]),
        ("ZDOTDIR=${${(%):-%x}:A:h}", &[]),
        ("ZDOTDIR=${0:A:h}/zsh", &[]),
        ("ZDOTDIR=$UNKNOWN/zsh", &[]),
        ("ZDOTDIR=${A:-${A:-${A:-${A:-${A:-${A:-${A:-${A:-${A:-${A:-/deep}}}}}}}}}}", &[]),
    ];

    fn found(home: &Path, system: &str) -> Vec<String> {
        let system = home.join(system);
        let who = ("WHO".to_owned(), "me".to_owned());
        let found = named([system].into(), home, &[who]);
        let home = home.display().to_string();
        found.iter().map(|folder| folder.replace(&home, "~")).collect()
    }

    #[test]
    fn what_a_start_up_file_names_is_found_and_nothing_is_run() {
        for (text, expected) in FILES {
            let kept = tempfile::tempdir().unwrap();
            std::fs::write(kept.path().join(".zshenv"), text).unwrap();
            assert_eq!(found(kept.path(), "none"), *expected, "{text}");
            let system = tempfile::tempdir().unwrap();
            std::fs::write(system.path().join("zshenv"), text).unwrap();
            assert_eq!(found(system.path(), "zshenv"), *expected, "of the system: {text}");
        }
    }

    #[test]
    fn where_one_leads_to_another_that_is_read_too() {
        let kept = tempfile::tempdir().unwrap();
        let home = kept.path();
        std::fs::create_dir_all(home.join("a/.zshenv")).unwrap();
        std::fs::create_dir_all(home.join("b")).unwrap();
        std::fs::write(home.join("zshenv"), "ZDOTDIR=~/b").unwrap();
        std::fs::write(home.join(".zshenv"), "ZDOTDIR=~/a").unwrap();
        std::fs::write(home.join("b/.zshenv"), "ZDOTDIR=$ZDOTDIR/c").unwrap();
        assert_eq!(found(home, "zshenv"), ["~/b", "~/a", "~/b/c", "~/a/c"]);
        let endless: String = (0..100).map(|number| format!("ZDOTDIR=/{number}\n")).collect();
        std::fs::write(home.join(".zshenv"), endless).unwrap();
        assert!(found(home, "zshenv").len() <= MOST);
    }
}
