//! Texts and queries, prepared for matching.

use nucleo_matcher::Utf32String;
use nucleo_matcher::chars::{normalize, to_lower_case};

/// Characters of a text that are looked at: one bit each in [`Text::starts`].
const LONGEST: usize = 64;

/// A text prepared for matching.
#[derive(Debug, Clone)]
pub struct Text {
    /// Which letters occur.
    pub(super) mask: u64,
    /// Which letters begin words.
    pub(super) initials: u64,
    /// Which pairs of letters begin words, hashed.
    pub(super) pairs: u64,
    /// The positions at which words begin, as bits.
    pub(super) starts: u64,
    /// As written but without case and accents, one `char` per position.
    pub(super) folded: Box<[char]>,
    /// As written, the same positions.
    pub(super) original: Utf32String,
}

impl Text {
    /// Prepares the first 64 characters of `text`.
    pub fn new(text: &str) -> Self {
        let chars: Vec<char> = text.chars().take(LONGEST).collect();
        let folded: Box<[char]> = chars.iter().map(|c| fold(*c)).collect();
        let mask = folded.iter().fold(0, |mask, c| mask | bit(*c));
        let starts = (0..chars.len()).filter(|at| is_word_start(&chars, *at)).fold(0, |starts, at| starts | 1 << at);
        let initials = positions_of(starts).fold(0, |mask, at| mask | bit(folded[at]));
        let pairs = positions_of(starts).fold(0, |mask, at| mask | pair(&folded[at..]));
        let original = if text.is_ascii() {
            Utf32String::Ascii(chars.into_iter().collect::<String>().into())
        } else {
            Utf32String::Unicode(chars.into())
        };
        Self { mask, initials, pairs, starts, folded, original }
    }

    /// Without case and accents; candidates are sorted by this, so that ties are alphabetical.
    pub fn folded(&self) -> &[char] {
        &self.folded
    }

    pub(super) fn first(&self) -> u64 {
        self.folded.first().map_or(0, |c| bit(*c))
    }

    /// Whether a word ends after so many characters.
    pub(super) fn ends_at(&self, end: usize) -> bool {
        self.folded.get(end).is_none_or(|next| !next.is_alphanumeric()) || self.is_start(end)
    }

    pub(super) fn is_start(&self, at: usize) -> bool {
        at < LONGEST && self.starts & 1 << at != 0
    }
}

/// What is searched for, prepared once per keystroke.
#[derive(Debug, Clone)]
pub struct Needle {
    /// All of it, inner spaces single. Without a letter everything fits, and only use says what comes first.
    pub(super) whole: Text,
    /// Its words, when there are several.
    pub(super) words: Vec<Text>,
}

impl Needle {
    /// What was typed; where that is nothing but space, everything is looked for.
    pub fn new(query: &str) -> Self {
        let words: Vec<&str> = query.split_whitespace().collect();
        // The matcher wants a folded needle.
        let prepare = |text: &str| Text::new(&text.chars().map(fold).collect::<String>());
        let whole = prepare(&words.join(" "));
        let words = if words.len() > 1 { words.into_iter().map(prepare).collect() } else { Vec::new() };
        Self { whole, words }
    }

    /// Whether everything fits.
    pub(super) fn is_anything(&self) -> bool {
        self.whole.folded.is_empty()
    }
}

/// The positions of the bits that are set, ascending.
pub(super) fn positions_of(mut bits: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let at = bits.trailing_zeros() as usize;
        bits &= bits.wrapping_sub(1);
        (at < LONGEST).then_some(at)
    })
}

/// Without case and accents.
pub fn fold(c: char) -> char {
    // Accents are only taken off some capitals.
    to_lower_case(normalize(to_lower_case(c)))
}

/// A word begins after space, after what is no letter or digit, at a capital after a small letter (LibreOffice), and at the last of
/// several capitals (XTerm).
fn is_word_start(chars: &[char], at: usize) -> bool {
    let Some(before) = at.checked_sub(1).map(|before| chars[before]) else { return true };
    let here = chars[at];
    let next_is_small = chars.get(at + 1).is_some_and(|next| next.is_lowercase());
    let hump = here.is_uppercase() && (before.is_lowercase() || before.is_uppercase() && next_is_small);
    let after_space = before.is_whitespace() && !here.is_whitespace();
    after_space || here.is_alphanumeric() && (!before.is_alphanumeric() || hump)
}

/// Letters and digits have a bit each, all others share the rest.
fn bit(c: char) -> u64 {
    1 << match c {
        'a'..='z' => u32::from(c) - u32::from('a'),
        '0'..='9' => 26 + u32::from(c) - u32::from('0'),
        c => 36 + u32::from(c) % 28,
    }
}

/// One of 64 bits for the first two letters; none for a single one.
pub(super) fn pair(folded: &[char]) -> u64 {
    match folded {
        [a, b, ..] => 1 << ((u32::from(*a).wrapping_mul(31) ^ u32::from(*b).wrapping_mul(7)) % 64),
        [] | [_] => 0,
    }
}

/// Whether all letters of `word` occur in `text`.
pub(super) fn within(word: u64, text: u64) -> bool {
    word & !text == 0
}

/// Texts are cut at [`LONGEST`], so positions always fit.
pub(super) fn position(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
