//! Commands that may be asked about to run outside the sandbox.

use serde::{Deserialize, Serialize};

/// Commands that may be asked about to run outside the sandbox, each time anew. All others are refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Outside {
    /// How the command begins.
    pub words: Vec<String>,
    /// The command is these words and no more.
    #[serde(default)]
    pub whole: bool,
}

impl Outside {
    /// Whether this command may be asked about.
    pub fn lets(&self, words: &[String]) -> bool {
        let begins = if self.whole { words == self.words.as_slice() } else { words.starts_with(&self.words) };
        begins && !self.is_empty()
    }

    /// Whether it names no program, and so fits nothing.
    pub fn is_empty(&self) -> bool {
        self.words.first().is_none_or(|program| program.trim().is_empty())
    }

    /// The line of the configuration that lets this command, and no other, be asked about.
    pub fn line(words: &[String]) -> String {
        let words: Vec<String> = words.iter().map(|word| serde_json::Value::from(word.as_str()).to_string()).collect();
        format!("unsandboxed = [{{ words = [{}], whole = true }}]", words.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        line.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn a_command_is_let_by_its_first_words_only() {
        let begins = Outside { words: words("git push"), whole: false };
        let whole = Outside { whole: true, ..begins.clone() };
        for (line, by_begin, by_whole) in [
            ("git push", true, true),
            ("git push --force", true, false),
            ("git", false, false),
            ("git pull", false, false),
            ("env git push", false, false),
            ("/tmp/git push", false, false),
        ] {
            assert_eq!((begins.lets(&words(line)), whole.lets(&words(line))), (by_begin, by_whole), "{line}");
        }
        for empty in [Vec::new(), vec![String::new()], vec![" ".into()]] {
            assert!(!Outside { words: empty.clone(), whole: false }.lets(&words("ls")), "{empty:?}");
        }
    }

    #[test]
    fn the_line_is_one_that_the_configuration_reads() {
        #[derive(Deserialize)]
        struct Settings {
            unsandboxed: Vec<Outside>,
        }
        let command = ["sh", "-c", "echo \"a\\b\"\n\t$X"].map(str::to_owned);
        let read: Settings = toml::from_str(&Outside::line(&command)).unwrap();
        assert!(read.unsandboxed[0].lets(&command) && read.unsandboxed[0].whole);
    }
}
