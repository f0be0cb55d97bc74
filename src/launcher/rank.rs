//! Pure ranking: how well a query fits a candidate, in which order candidates come, and which letters matched.
//!
//! A candidate's score is that of its best field. The steps between kinds of match are wider than the details within
//! one, so the order can be told from the table in [`score`]: an exact title comes before a prefix, a prefix before
//! a later word, that before initials, those before letters with gaps; what only the keywords know comes below
//! titles that begin with the query. What was used before is lifted by up to [`super::frecency::MOST`], which
//! reaches over neighbouring kinds but never over an exact title. Where nothing is typed everything fits alike.

mod letters;
mod text;

#[cfg(test)]
mod tests;

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use nucleo_matcher::{Config, Matcher, Utf32Str};

use letters::Letters;
pub use text::{Needle, Text, fold};
use text::{pair, position, positions_of, within};

/// Gapped matches below this quality (0–100) are coincidences.
const LEAST_QUALITY: u16 = 40;
/// Base scores of titles.
const EXACT: i64 = 1300;
const PREFIX: i64 = 900;
const WORD: i64 = 800;
const INITIALS: i64 = 740;
/// For a match that ends where a word ends.
const WHOLE: i64 = 30;
/// Taken off for each word before a later word that matches.
const BEFORE: i64 = 5;

const _: () = assert!(PREFIX + WHOLE + super::frecency::MOST < EXACT, "use never lifts over an exact title");

/// The fields beside the title.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// What kind of program it is.
    Generic,
    /// A keyword.
    Keyword,
    /// The name of the program file.
    Program,
}

/// Something that can be found.
#[derive(Debug, Clone)]
pub struct Candidate {
    letters: Letters,
    title: Text,
    others: Vec<(Field, Text)>,
    base: i64,
    strict: bool,
}

impl Candidate {
    /// A title and further texts that find it.
    pub fn new(title: Text, others: Vec<(Field, Text)>) -> Self {
        let letters = Letters::new(&title, &others);
        Self { letters, title, others, base: 0, strict: false }
    }

    /// Comes so much before or after others that fit as well.
    #[must_use]
    pub fn with_base(mut self, base: i64) -> Self {
        self.base = base;
        self
    }

    /// Only found when some word matches the title, and without gaps.
    #[must_use]
    pub fn strict(mut self) -> Self {
        self.strict = true;
        self
    }

    /// Its title.
    pub fn title(&self) -> &Text {
        &self.title
    }

    /// The most that it can score without what use lifts it; `None` when it can't fit.
    fn most(&self, needle: &Needle) -> Option<i64> {
        if needle.is_anything() {
            return Some(0);
        }
        if needle.words.is_empty() && self.strict {
            return self.letters.most_in_title(&needle.whole, true);
        }
        let whole = self.letters.most(&needle.whole, self.strict);
        if needle.words.is_empty() {
            return whole;
        }
        let words = needle.words.iter().map(|word| self.letters.most(word, self.strict));
        let words: Option<i64> = words.sum::<Option<i64>>().map(|sum| sum / count(&needle.words));
        whole.max(words)
    }
}

/// A candidate that fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ranked {
    /// Its index among the candidates.
    pub index: usize,
    /// Higher is better.
    pub score: i64,
}

/// How a word fits a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fit {
    Exact,
    /// At the beginning; whether it ends with a word.
    Prefix(bool),
    /// At the beginning of a later word.
    Word {
        at: usize,
        ends: bool,
    },
    /// The initials of words; whether from the first on.
    Initials(bool),
    /// Anywhere, with gaps; quality 0–100.
    Letters(u16),
}

/// The ranker; keeps the matcher's memory between keystrokes.
#[derive(Debug)]
pub struct Ranker {
    matcher: Matcher,
}

impl Default for Ranker {
    fn default() -> Self {
        Self { matcher: Matcher::new(Config::DEFAULT) }
    }
}

impl Ranker {
    /// The best `limit` candidates, best first; equal ones in the order of `candidates`.
    /// `lift` is added to the score of a candidate that fits.
    pub fn rank(
        &mut self,
        candidates: &[Candidate],
        needle: &Needle,
        limit: usize,
        lift: impl Fn(usize) -> i64,
    ) -> Vec<Ranked> {
        let possible = candidates
            .iter()
            .enumerate()
            .filter_map(|(index, candidate)| Some((candidate.most(needle)? + candidate.base + lift(index), index)));
        let possible: Vec<(i64, usize)> = possible.collect();
        // The worst of the best `limit` so far is on top.
        let mut best: BinaryHeap<Reverse<(i64, Reverse<usize>)>> = BinaryHeap::with_capacity(limit.min(1024) + 1);
        // The most promising first, so that there is soon no need to look at others.
        for (from, to) in [(EXACT, i64::MAX), (INITIALS, EXACT), (i64::MIN, INITIALS)] {
            for (most, index) in possible.iter().copied().filter(|(most, _)| (from..to).contains(most)) {
                let hopeless = |Reverse(worst): &Reverse<_>| (most, Reverse(index)) < *worst;
                if best.len() >= limit && best.peek().is_none_or(hopeless) {
                    continue;
                }
                let candidate = &candidates[index];
                if let Some(score) = self.fits(candidate, needle) {
                    best.push(Reverse((score + candidate.base + lift(index), Reverse(index))));
                    if best.len() > limit {
                        best.pop();
                    }
                }
            }
        }
        let ranked = best.into_sorted_vec();
        ranked.into_iter().map(|Reverse((score, Reverse(index)))| Ranked { index, score }).collect()
    }

    /// Positions in the title that matched, counted in `char`s, ascending and distinct.
    pub fn positions(&mut self, title: &Text, needle: &Needle) -> Vec<u32> {
        let mut positions = Vec::new();
        if needle.is_anything() {
            return positions;
        }
        if needle.words.is_empty() || at_start(title, &needle.whole).is_some() {
            self.add_positions(title, &needle.whole, &mut positions);
        } else {
            for word in &needle.words {
                self.add_positions(title, word, &mut positions);
            }
        }
        positions.sort_unstable();
        positions.dedup();
        positions
    }

    fn fits(&mut self, candidate: &Candidate, needle: &Needle) -> Option<i64> {
        if needle.is_anything() {
            return Some(0);
        }
        if needle.words.is_empty() {
            return self.fits_word(candidate, &needle.whole, !candidate.strict).map(|(score, _)| score);
        }
        let whole = phrase(candidate, &needle.whole);
        let mut sum = 0;
        let mut in_title = false;
        for word in &needle.words {
            let Some((score, title)) = self.fits_word(candidate, word, true) else { return whole };
            sum += score;
            in_title |= title;
        }
        let words = (in_title || !candidate.strict).then_some(sum / count(&needle.words) - 30);
        words.max(whole)
    }

    /// The best field's score for one word, and whether the title matches; without `beside` it has to.
    fn fits_word(&mut self, candidate: &Candidate, word: &Text, beside: bool) -> Option<(i64, bool)> {
        let letters = &candidate.letters;
        let gaps = !candidate.strict;
        let title = self.fit(&candidate.title, word, gaps).map(|fit| score(fit, &candidate.title));
        // No other field gives more than initials of the title do.
        if let Some(score) = title.filter(|score| *score >= INITIALS) {
            return Some((score, true));
        }
        if title.is_none() && !beside {
            return None;
        }
        let mut best = title;
        if letters.may_fit_beside(word) {
            for (field, text) in &candidate.others {
                let fit = match field {
                    Field::Generic => self.fit(text, word, false),
                    Field::Keyword | Field::Program => fit_start(text, word),
                };
                best = best.max(fit.map(|fit| score_beside(*field, fit)));
            }
        }
        best.map(|score| (score, title.is_some()))
    }

    fn fit(&mut self, text: &Text, word: &Text, gaps: bool) -> Option<Fit> {
        if !within(word.mask, text.mask) || word.folded.len() > text.folded.len() {
            return None;
        }
        if let Some(fit) = fit_start(text, word) {
            return Some(fit);
        }
        if word.folded.len() == 1 {
            return gaps.then_some(Fit::Letters(0));
        }
        if let Some(first) = initials(text, word, |_| {}) {
            return Some(Fit::Initials(first));
        }
        if !gaps {
            return None;
        }
        let quality = quality(self.matcher.fuzzy_match(text.original.slice(..), word.original.slice(..))?, word);
        (quality >= LEAST_QUALITY).then_some(Fit::Letters(quality))
    }

    fn add_positions(&mut self, text: &Text, word: &Text, positions: &mut Vec<u32>) {
        match self.fit(text, word, true) {
            None => {}
            Some(Fit::Exact | Fit::Prefix(_)) => positions.extend(0..position(word.folded.len())),
            Some(Fit::Word { at, .. }) => positions.extend(position(at)..position(at + word.folded.len())),
            Some(Fit::Initials(_)) => {
                initials(text, word, |at| positions.push(at));
            }
            Some(Fit::Letters(_)) => {
                let (haystack, needle): (Utf32Str<'_>, Utf32Str<'_>) =
                    (text.original.slice(..), word.original.slice(..));
                self.matcher.fuzzy_indices(haystack, needle, positions);
            }
        }
    }
}

/// What a fit of the title is worth.
fn score(fit: Fit, title: &Text) -> i64 {
    let words = i64::from(title.starts.count_ones().clamp(1, 6)) - 1;
    match fit {
        Fit::Exact => EXACT,
        // The title that says less beside the query is meant.
        Fit::Prefix(ends) => PREFIX + if ends { WHOLE } else { 0 } - 5 * words,
        Fit::Word { at, ends } => {
            let before = (title.starts & ((1 << at) - 1)).count_ones().min(6);
            WORD + if ends { WHOLE } else { 0 } - BEFORE * i64::from(before)
        }
        Fit::Initials(true) => INITIALS,
        Fit::Initials(false) => INITIALS - 100,
        Fit::Letters(quality) => letters_in_title(quality),
    }
}

fn letters_in_title(quality: u16) -> i64 {
    100 + 5 * i64::from(quality)
}

/// What a fit of another field is worth; always below [`INITIALS`].
fn score_beside(field: Field, fit: Fit) -> i64 {
    match (field, fit) {
        (Field::Program, Fit::Exact) => 720,
        (Field::Generic, Fit::Exact) => 700,
        (Field::Keyword, Fit::Exact) => 600,
        (Field::Generic, Fit::Prefix(_)) => 640,
        (Field::Generic, Fit::Word { .. }) => 600,
        (Field::Program, Fit::Prefix(_)) => 560,
        (Field::Keyword, Fit::Prefix(_)) => 540,
        (Field::Keyword | Field::Program, Fit::Word { .. }) => 480,
        (_, Fit::Initials(_)) => 420,
        // Gaps are only looked for in titles.
        (_, Fit::Letters(_)) => 0,
    }
}

/// Several words as one, where they stand together.
fn phrase(candidate: &Candidate, whole: &Text) -> Option<i64> {
    let title = fit_start(&candidate.title, whole).map(|fit| score(fit, &candidate.title));
    if candidate.strict || title.is_some() {
        return title;
    }
    let beside = |(field, text): &(Field, Text)| Some(score_beside(*field, fit_start(text, whole)?));
    candidate.others.iter().filter_map(beside).max()
}

/// How a word fits where words begin, if it does.
fn fit_start(text: &Text, word: &Text) -> Option<Fit> {
    let at = at_start(text, word)?;
    let end = at + word.folded.len();
    let ends = text.ends_at(end);
    Some(match at {
        0 if end == text.folded.len() => Fit::Exact,
        0 => Fit::Prefix(ends),
        at => Fit::Word { at, ends },
    })
}

/// The first beginning of a word of `text` at which `word` stands.
fn at_start(text: &Text, word: &Text) -> Option<usize> {
    let can =
        within(word.mask, text.mask) && within(word.first(), text.initials) && within(pair(&word.folded), text.pairs);
    if !can || word.folded.is_empty() {
        return None;
    }
    positions_of(text.starts).find(|at| text.folded[*at..].starts_with(&word.folded))
}

/// Whether the letters of `word` begin words of `text`, in order; the value says whether from its first word on.
fn initials(text: &Text, word: &Text, mut at: impl FnMut(u32)) -> Option<bool> {
    if !within(word.mask, text.initials) {
        return None;
    }
    let mut starts = positions_of(text.starts);
    let mut first = false;
    for (nth, letter) in word.folded.iter().enumerate() {
        let start = starts.find(|start| text.folded[*start] == *letter)?;
        first |= nth == 0 && start == 0;
        at(position(start));
    }
    Some(first)
}

fn count(words: &[Text]) -> i64 {
    i64::try_from(words.len()).unwrap_or(i64::MAX)
}

/// The matcher's score as a percentage of what an unbroken match at the beginning would get.
fn quality(score: u16, word: &Text) -> u16 {
    let letters = u32::try_from(word.folded.len().max(1)).unwrap_or(u32::MAX);
    let most = 36 + 26 * (letters - 1);
    u16::try_from((u32::from(score) * 100 / most).min(100)).unwrap_or(100)
}
