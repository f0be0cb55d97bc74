//! What is secret among words, by the names and the looks of secrets, and what is kept instead of a text.

use super::Digest;

/// Stands where a secret was.
pub const GONE: &str = "•••";

/// Beginnings of keys as vendors make them.
const KEYS: &[&str] = &[
    "sk-",
    "ghp_",
    "gho_",
    "ghs_",
    "github_pat_",
    "glpat-",
    "xoxb-",
    "xoxp-",
    "AKIA",
    "ASIA",
    "AIza",
    "eyJ",
    "-----BEGIN",
];

/// Parts of names whose value is secret.
const NAMES: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "apikey",
    "api-key",
    "api_key",
    "auth",
    "credential",
    "bearer",
    "pin=",
];

/// A text by its length in bytes and its digest.
pub fn summary(text: &str) -> String {
    format!("({} bytes, {})", text.len(), Digest::of(text.as_bytes()).short())
}

/// Takes the secrets out of the words of a command.
pub fn hide(words: &mut [String]) {
    let mut next = false;
    for word in words {
        let names = is_named(word);
        if next && !word.starts_with('-') || looks_like_a_key(word) {
            GONE.clone_into(word);
            next = false;
        } else if let Some((name, _)) = word.split_once('=').filter(|(name, _)| is_named(name)) {
            *word = format!("{name}={GONE}");
            next = false;
        } else if names && word.contains(char::is_whitespace) {
            // A whole command in one word: which part of it is the secret can't be told.
            *word = format!("{GONE} {}", summary(word));
            next = false;
        } else {
            next = names && word.starts_with('-') || word == "-p" || word == "-u";
        }
    }
}

/// Whether this word names a secret.
pub fn is_named(word: &str) -> bool {
    let lower = word.to_ascii_lowercase();
    NAMES.iter().any(|name| lower.contains(name))
}

/// Whether this word is a key as vendors make them, or has one in it.
pub fn looks_like_a_key(word: &str) -> bool {
    KEYS.iter().any(|key| word.starts_with(key) && word.len() > key.len() + 8)
        || word
            .split([' ', '\'', '"', '=', ':', '@'])
            .any(|part| KEYS.iter().any(|key| part.starts_with(key) && part.len() > key.len() + 12))
}
