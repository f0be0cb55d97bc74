//! Pure ranking: how well a query fits a candidate, in which order candidates come, and which letters matched.
//!
//! A candidate's score is that of its best field. The steps between kinds of match are wider than the details within
//! one, so the order can be told from the table in [`score`]: an exact title comes before a prefix, a prefix before
//! a later word, that before initials, those before letters with gaps; what only the keywords know comes below
//! titles that begin with the query. What was used before is lifted by up to [`super::frecency::MOST`], which
//! reaches over neighbouring kinds but never over an exact title.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use nucleo_matcher::chars::{normalize, to_lower_case};
use nucleo_matcher::{Config, Matcher, Utf32Str, Utf32String};

/// Characters of a text that are looked at: one bit each in [`Text::starts`].
const LONGEST: usize = 64;
/// Gapped matches below this quality (0–100) are coincidences.
const LEAST_QUALITY: u16 = 40;
/// Base scores of titles.
const EXACT: i64 = 1300;
const PREFIX: i64 = 900;
const WORD: i64 = 800;
const INITIALS: i64 = 740;
/// For a match that ends where a word ends.
const WHOLE: i64 = 30;

const _: () = assert!(PREFIX + WHOLE + super::frecency::MOST < EXACT, "use never lifts over an exact title");

/// A text prepared for matching.
#[derive(Debug, Clone)]
pub struct Text {
    /// Which letters occur.
    mask: u64,
    /// Which letters begin words.
    initials: u64,
    /// Which pairs of letters begin words, hashed.
    pairs: u64,
    /// The positions at which words begin, as bits.
    starts: u64,
    /// As written but without case and accents, one `char` per position.
    folded: Box<[char]>,
    /// As written, the same positions.
    original: Utf32String,
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

    fn first(&self) -> u64 {
        self.folded.first().map_or(0, |c| bit(*c))
    }

    fn is_start(&self, at: usize) -> bool {
        at < LONGEST && self.starts & 1 << at != 0
    }
}

/// What is searched for, prepared once per keystroke.
#[derive(Debug, Clone)]
pub struct Needle {
    /// All of it, inner spaces single.
    whole: Text,
    /// Its words, when there are several.
    words: Vec<Text>,
}

impl Needle {
    /// `None` when nothing but space was typed.
    pub fn new(query: &str) -> Option<Self> {
        let words: Vec<&str> = query.split_whitespace().collect();
        if words.is_empty() {
            return None;
        }
        // The matcher wants a folded needle.
        let prepare = |text: &str| Text::new(&text.chars().map(fold).collect::<String>());
        let whole = prepare(&words.join(" "));
        let words = if words.len() > 1 { words.into_iter().map(prepare).collect() } else { Vec::new() };
        Some(Self { whole, words })
    }
}

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

/// Which letters occur where: most candidates are passed over by these alone, without touching their texts.
#[derive(Debug, Clone, Copy, Default)]
struct Letters {
    title: Occurrence,
    title_first: u64,
    generic: Occurrence,
    /// Of keywords and program names, which are only matched from the beginning of a word on.
    named: Occurrence,
}

#[derive(Debug, Clone, Copy, Default)]
struct Occurrence {
    anywhere: u64,
    initials: u64,
    pairs: u64,
}

impl Occurrence {
    fn add(&mut self, text: &Text) {
        self.anywhere |= text.mask;
        self.initials |= text.initials;
        self.pairs |= text.pairs;
    }

    /// The most that a word can score here: at the beginning of a word, else by initials, else with gaps.
    fn most(self, word: &Text, at_start: i64, initials: Option<i64>, with_gaps: Option<i64>) -> Option<i64> {
        if !within(word.mask, self.anywhere) {
            None
        } else if within(word.first(), self.initials) && within(pair(&word.folded), self.pairs) {
            Some(at_start)
        } else if within(word.mask, self.initials) {
            initials.max(with_gaps)
        } else {
            with_gaps
        }
    }
}

impl Letters {
    /// The most that a word can score; `None` when it can't fit.
    fn most(&self, word: &Text, strict: bool) -> Option<i64> {
        let initials = Some(score_beside(Field::Generic, Fit::Initials(true)));
        let gaps = (!strict).then_some(letters_in_generic(best_quality(word)));
        let generic = self.generic.most(word, score_beside(Field::Generic, Fit::Exact), initials, gaps);
        let named = self.named.most(word, score_beside(Field::Program, Fit::Exact), None, None);
        self.most_in_title(word, strict).max(generic).max(named)
    }

    fn most_in_title(&self, word: &Text, strict: bool) -> Option<i64> {
        let at_start = if word.first() == self.title_first { EXACT } else { WORD + WHOLE };
        let gaps = (!strict).then_some(letters_in_title(best_quality(word)));
        self.title.most(word, at_start, Some(INITIALS), gaps)
    }
}

/// A single letter has no gaps to be judged by.
fn best_quality(word: &Text) -> u16 {
    if word.folded.len() == 1 { 0 } else { 100 }
}

impl Candidate {
    /// A title and further texts that find it.
    pub fn new(title: Text, others: Vec<(Field, Text)>) -> Self {
        let mut letters = Letters { title_first: title.first(), ..Letters::default() };
        letters.title.add(&title);
        for (field, text) in &others {
            match field {
                Field::Generic => letters.generic.add(text),
                Field::Keyword | Field::Program => letters.named.add(text),
            }
        }
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
        if letters.generic.most(word, 0, Some(0), Some(0)).max(letters.named.most(word, 0, None, None)).is_some() {
            for (field, text) in &candidate.others {
                let fit = match field {
                    Field::Generic => self.fit(text, word, gaps),
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
            WORD + if ends { WHOLE } else { 0 } - 5 * i64::from(before)
        }
        Fit::Initials(true) => INITIALS,
        Fit::Initials(false) => INITIALS - 100,
        Fit::Letters(quality) => letters_in_title(quality),
    }
}

fn letters_in_title(quality: u16) -> i64 {
    100 + 5 * i64::from(quality)
}

fn letters_in_generic(quality: u16) -> i64 {
    50 + 3 * i64::from(quality)
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
        (_, Fit::Letters(quality)) => letters_in_generic(quality),
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
    let ends = end == text.folded.len() || !text.folded[end].is_alphanumeric() || text.is_start(end);
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

/// The positions of the bits that are set, ascending.
fn positions_of(mut bits: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let at = bits.trailing_zeros() as usize;
        bits &= bits.wrapping_sub(1);
        (at < LONGEST).then_some(at)
    })
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

/// Without case and accents.
pub(super) fn fold(c: char) -> char {
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
fn pair(folded: &[char]) -> u64 {
    match folded {
        [a, b, ..] => 1 << ((u32::from(*a).wrapping_mul(31) ^ u32::from(*b).wrapping_mul(7)) % 64),
        [] | [_] => 0,
    }
}

/// Whether all letters of `word` occur in `text`.
fn within(word: u64, text: u64) -> bool {
    word & !text == 0
}

/// Texts are cut at [`LONGEST`], so positions always fit.
fn position(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn candidate(title: &str, others: &[(Field, &str)]) -> Candidate {
        let others = others.iter().map(|(field, text)| (*field, Text::new(text))).collect();
        Candidate::new(Text::new(title), others)
    }

    fn order<'a>(titles: &[&'a str], query: &str) -> Vec<&'a str> {
        let candidates: Vec<_> = titles.iter().map(|title| candidate(title, &[])).collect();
        let needle = Needle::new(query).unwrap();
        let ranked = Ranker::default().rank(&candidates, &needle, 10, |_| 0);
        ranked.into_iter().map(|ranked| titles[ranked.index]).collect()
    }

    #[test]
    fn kinds_of_match_come_in_the_order_of_the_table() {
        let titles = ["Letter Overview", "Palette", "Flea Tuner", "Letter", "Big Letter", "Lime Tea", "Letters"];
        assert_eq!(
            order(&titles, "letter"),
            ["Letter", "Letter Overview", "Letters", "Big Letter"],
            "exact, prefix ending a word, prefix, later word"
        );
        assert_eq!(order(&["Alt", "Lime Tea"], "lt"), ["Lime Tea", "Alt"], "initials before letters");
        assert_eq!(order(&["GNU Image Manipulation Program", "GIMP"], "gimp")[0], "GIMP");
    }

    #[test]
    fn a_small_mistake_still_finds_it() {
        for (query, title) in [("firfox", "Firefox"), ("termnal", "Terminal"), ("libreofice", "LibreOffice Writer")] {
            assert_eq!(order(&[title, "Something Else Entirely"], query), [title]);
        }
        assert_eq!(order(&["Firefox"], "xof"), [""; 0]);
    }

    #[test]
    fn positions_show_what_matched() {
        let table: [(&str, &str, &[u32]); 9] = [
            ("Calculator", "cal", &[0, 1, 2]),
            ("LibreOffice Calc", "calc", &[12, 13, 14, 15]),
            ("LibreOffice Calc", "lo calc", &[0, 5, 12, 13, 14, 15]),
            ("Firefox", "ff", &[0, 4]),
            ("Über den Wolken", "uber", &[0, 1, 2, 3]),
            ("Visual Studio Code", "studio code", &[7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17]),
            ("日本語 入力", "入力", &[4, 5]),
            ("e\u{301}diteur", "dit", &[2, 3, 4]),
            ("Photoshop", "zzz", &[]),
        ];
        for (title, query, expected) in table {
            let positions = Ranker::default().positions(&Text::new(title), &Needle::new(query).unwrap());
            assert_eq!(positions, expected, "{query} in {title}");
        }
    }

    #[test]
    fn strict_candidates_need_their_title() {
        let action = candidate("New Window", &[(Field::Generic, "Firefox")]).strict();
        let finds =
            |query: &str| !Ranker::default().rank(&[action.clone()], &Needle::new(query).unwrap(), 1, |_| 0).is_empty();
        assert!(finds("new"));
        assert!(finds("firefox win"));
        assert!(finds("nw"));
        assert!(!finds("firefox"));
        assert!(!finds("nwndw"));
    }

    proptest! {
        #[test]
        fn never_panics_and_positions_are_valid(
            titles in proptest::collection::vec("\\PC{0,24}", 1..12),
            query in "\\PC{1,12}",
        ) {
            let Some(needle) = Needle::new(&query) else { return Ok(()) };
            let candidates: Vec<_> =
                titles.iter().map(|title| candidate(title, &[(Field::Generic, &query)])).collect();
            let mut ranker = Ranker::default();
            let ranked = ranker.rank(&candidates, &needle, 100, |_| 0);
            let key = |ranked: &Ranked| (Reverse(ranked.score), ranked.index);
            prop_assert!(ranked.windows(2).all(|pair| key(&pair[0]) < key(&pair[1])));
            prop_assert_eq!(&ranked, &ranker.rank(&candidates, &needle, 100, |_| 0));
            let few = ranker.rank(&candidates, &needle, 3, |_| 0);
            prop_assert_eq!(&ranked[..ranked.len().min(3)], &few[..]);
            for title in &titles {
                let positions = ranker.positions(&Text::new(title), &needle);
                let length = title.chars().count() as u32;
                prop_assert!(positions.windows(2).all(|pair| pair[0] < pair[1]));
                prop_assert!(positions.iter().all(|position| *position < length));
            }
        }

        #[test]
        fn passing_over_candidates_changes_no_result(
            made in proptest::collection::vec(
                ("[abAB ]{0,9}", "[ab ]{0,6}", "[abc ]{0,6}", -200..200_i64, 0..360_i64, any::<bool>()), 1..40,
            ),
            query in "[abc ]{1,5}",
            limit in 0..9_usize,
        ) {
            let Some(needle) = Needle::new(&query) else { return Ok(()) };
            let candidates: Vec<_> = made.iter().map(|(title, generic, keyword, base, _, strict)| {
                let others = [(Field::Generic, generic.as_str()), (Field::Keyword, keyword), (Field::Program, generic)];
                let candidate = candidate(title, &others).with_base(*base);
                if *strict { candidate.strict() } else { candidate }
            }).collect();
            let mut ranker = Ranker::default();
            let all = ranker.rank(&candidates, &needle, usize::MAX, |nth| made[nth].4);
            let some = ranker.rank(&candidates, &needle, limit, |nth| made[nth].4);
            prop_assert_eq!(&all[..all.len().min(limit)], &some[..]);
        }

        #[test]
        fn every_title_is_found_by_itself(title in "\\PC{1,24}") {
            let Some(needle) = Needle::new(&title) else { return Ok(()) };
            let shown = title.split_whitespace().collect::<Vec<_>>().join(" ");
            let ranked = Ranker::default().rank(&[candidate(&shown, &[])], &needle, 1, |_| 0);
            prop_assert_eq!(ranked.len(), 1);
            prop_assert_eq!(ranked[0].score, EXACT);
        }
    }
}
