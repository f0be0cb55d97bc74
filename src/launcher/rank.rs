//! Pure ranking: how well a query fits a candidate, in which order candidates come, and which letters matched.
//!
//! A candidate's score is that of its best field. The steps between kinds of match are wider than the details within
//! one, so the order can be told from the table in [`score`]: an exact title comes before a prefix, a prefix before
//! a later word, that before initials, those before letters with gaps; what only the keywords know comes below
//! titles that begin with the query. What was used before is lifted by up to [`super::frecency::MOST`], which
//! reaches over neighbouring kinds but never over an exact title.

use nucleo_matcher::chars::{normalize, to_lower_case};
use nucleo_matcher::{Config, Matcher, Utf32Str, Utf32String};

/// Characters of a text that are looked at; nobody types more.
const LONGEST: usize = 256;
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
    /// As written, one `char` per position.
    original: Utf32String,
    /// The same positions without case and accents.
    folded: Box<[char]>,
    /// Positions at which words begin, ascending.
    starts: Box<[u32]>,
    /// Which letters occur.
    mask: u64,
}

impl Text {
    /// Prepares the first 256 characters of `text`.
    pub fn new(text: &str) -> Self {
        let chars: Vec<char> = text.chars().take(LONGEST).collect();
        let folded: Box<[char]> = chars.iter().map(|c| fold(*c)).collect();
        let starts = (0..chars.len()).filter(|i| is_word_start(&chars, *i)).map(position).collect();
        let mask = mask(&folded);
        let original = if text.is_ascii() {
            Utf32String::Ascii(chars.into_iter().collect::<String>().into())
        } else {
            Utf32String::Unicode(chars.into())
        };
        Self { original, folded, starts, mask }
    }

    /// Without case and accents; candidates are sorted by this, so that ties are alphabetical.
    pub fn folded(&self) -> &[char] {
        &self.folded
    }

    fn is_start(&self, at: usize) -> bool {
        self.starts.binary_search(&position(at)).is_ok()
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
    /// Its title.
    pub title: Text,
    /// Further texts that find it.
    pub others: Vec<(Field, Text)>,
    /// Added to its score: how much it comes before or after others of the same fit.
    pub base: i64,
    /// Whether some word has to match the title, without gaps.
    pub strict: bool,
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
        let mut ranked: Vec<Ranked> = Vec::new();
        for (index, candidate) in candidates.iter().enumerate() {
            if let Some(score) = self.fits(candidate, needle) {
                ranked.push(Ranked { index, score: score + candidate.base + lift(index) });
            }
        }
        let order = |a: &Ranked, b: &Ranked| b.score.cmp(&a.score).then(a.index.cmp(&b.index));
        if limit == 0 {
            ranked.clear();
        } else if ranked.len() > limit {
            ranked.select_nth_unstable_by(limit - 1, order);
            ranked.truncate(limit);
        }
        ranked.sort_unstable_by(order);
        ranked
    }

    /// Positions in the title that matched, counted in `char`s, ascending and distinct.
    pub fn positions(&mut self, title: &Text, needle: &Needle) -> Vec<u32> {
        let mut positions = Vec::new();
        let contiguous = find(title, &needle.whole).filter(|_| !needle.words.is_empty());
        if contiguous.is_some() || needle.words.is_empty() {
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
            return self
                .fits_word(candidate, &needle.whole, !candidate.strict)
                .filter(|(_, title)| *title || !candidate.strict)
                .map(|(score, _)| score);
        }
        let whole = phrase(candidate, &needle.whole);
        let mut sum = 0;
        let mut in_title = false;
        for word in &needle.words {
            match self.fits_word(candidate, word, !candidate.strict) {
                Some((score, title)) => {
                    sum += score;
                    in_title |= title;
                }
                None => return whole,
            }
        }
        let count = i64::try_from(needle.words.len()).unwrap_or(i64::MAX);
        let words = (in_title || !candidate.strict).then_some(sum / count - 30);
        whole.max(words)
    }

    /// The best field's score for one word, and whether the title matches.
    fn fits_word(&mut self, candidate: &Candidate, word: &Text, gaps: bool) -> Option<(i64, bool)> {
        let title = self.fit(&candidate.title, word, gaps).map(|fit| score(fit, &candidate.title));
        // No other field gives more than initials of the title do.
        if let Some(score) = title.filter(|score| *score >= INITIALS) {
            return Some((score, true));
        }
        let mut best = title;
        for (field, text) in &candidate.others {
            let gaps = gaps && *field == Field::Generic;
            best = best.max(self.fit(text, word, gaps).and_then(|fit| score_beside(*field, fit)));
        }
        best.map(|score| (score, title.is_some()))
    }

    fn fit(&mut self, text: &Text, word: &Text, gaps: bool) -> Option<Fit> {
        if word.folded.is_empty() || word.mask & !text.mask != 0 || word.folded.len() > text.folded.len() {
            return None;
        }
        if let Some(at) = find(text, word)
            && text.is_start(at)
        {
            let end = at + word.folded.len();
            let ends = end == text.folded.len() || !text.folded[end].is_alphanumeric() || text.is_start(end);
            return Some(match at {
                0 if end == text.folded.len() => Fit::Exact,
                0 => Fit::Prefix(ends),
                at => Fit::Word { at, ends },
            });
        }
        if word.folded.len() > 1
            && let Some(first) = initials(text, word, |_| {})
        {
            return Some(Fit::Initials(first));
        }
        if !gaps {
            return None;
        }
        let quality = quality(self.matcher.fuzzy_match(text.original.slice(..), word.original.slice(..))?, word);
        (quality >= LEAST_QUALITY || word.folded.len() == 1).then_some(Fit::Letters(quality))
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
    let words = i64::try_from(title.starts.len().clamp(1, 6)).unwrap_or(1) - 1;
    match fit {
        Fit::Exact => EXACT,
        // The title that says less beside the query is meant.
        Fit::Prefix(ends) => PREFIX + if ends { WHOLE } else { 0 } - 5 * words,
        Fit::Word { at, ends } => {
            let before = title.starts.iter().filter(|start| (**start as usize) < at).count().min(6);
            WORD + if ends { WHOLE } else { 0 } - 5 * i64::try_from(before).unwrap_or(0)
        }
        Fit::Initials(true) => INITIALS,
        Fit::Initials(false) => INITIALS - 100,
        Fit::Letters(quality) => 100 + 5 * i64::from(quality),
    }
}

/// What a fit of another field is worth; always below [`INITIALS`].
fn score_beside(field: Field, fit: Fit) -> Option<i64> {
    match (field, fit) {
        (Field::Program, Fit::Exact) => Some(720),
        (Field::Generic, Fit::Exact) => Some(700),
        (Field::Keyword, Fit::Exact) => Some(600),
        (Field::Generic, Fit::Prefix(_)) => Some(640),
        (Field::Generic, Fit::Word { .. }) => Some(600),
        (Field::Program, Fit::Prefix(_)) => Some(560),
        (Field::Keyword, Fit::Prefix(_)) => Some(540),
        (Field::Keyword | Field::Program, Fit::Word { .. }) => Some(480),
        (Field::Generic, Fit::Letters(quality)) => Some(50 + 3 * i64::from(quality)),
        (_, Fit::Initials(_)) | (Field::Keyword | Field::Program, Fit::Letters(_)) => None,
    }
}

/// Several words as one, where they stand together.
fn phrase(candidate: &Candidate, whole: &Text) -> Option<i64> {
    let fit = |text: &Text| {
        let at = find(text, whole).filter(|at| text.is_start(*at))?;
        Some(match at {
            0 if whole.folded.len() == text.folded.len() => Fit::Exact,
            0 => Fit::Prefix(true),
            at => Fit::Word { at, ends: true },
        })
    };
    let title = fit(&candidate.title).map(|fit| score(fit, &candidate.title));
    if candidate.strict {
        return title;
    }
    let others = candidate.others.iter().filter_map(|(field, text)| score_beside(*field, fit(text)?));
    title.into_iter().chain(others).max()
}

/// Where `word` stands in `text` in one piece: at the beginning of a word if it can.
fn find(text: &Text, word: &Text) -> Option<usize> {
    let (haystack, needle) = (&text.folded, &word.folded);
    let here = |at: usize| haystack.get(at..at + needle.len()).is_some_and(|piece| piece == &**needle);
    let at_word = text.starts.iter().map(|start| *start as usize).find(|start| here(*start));
    if at_word.is_some() || needle.is_empty() || needle.len() > haystack.len() {
        return at_word;
    }
    (0..=haystack.len() - needle.len()).find(|at| haystack[*at] == needle[0] && here(*at))
}

/// Whether the letters of `word` begin words of `text`, in order; the value says whether from its first word on.
fn initials(text: &Text, word: &Text, mut at: impl FnMut(u32)) -> Option<bool> {
    let mut starts = text.starts.iter().enumerate();
    let mut first = false;
    for (nth, letter) in word.folded.iter().enumerate() {
        let (index, start) = starts.find(|(_, start)| text.folded[**start as usize] == *letter)?;
        first |= nth == 0 && index == 0;
        at(*start);
    }
    Some(first)
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

/// A word begins after what is no letter or digit, at a capital after a small letter (LibreOffice), and at the last of
/// several capitals (XTerm).
fn is_word_start(chars: &[char], at: usize) -> bool {
    let Some(before) = at.checked_sub(1).map(|before| chars[before]) else { return true };
    let here = chars[at];
    let next_is_small = chars.get(at + 1).is_some_and(|next| next.is_lowercase());
    let hump = here.is_uppercase() && (before.is_lowercase() || before.is_uppercase() && next_is_small);
    here.is_alphanumeric() && (!before.is_alphanumeric() || hump)
}

fn mask(folded: &[char]) -> u64 {
    let bit = |c: char| match c {
        'a'..='z' => u32::from(c) - u32::from('a'),
        '0'..='9' => 26 + u32::from(c) - u32::from('0'),
        c => 36 + u32::from(c) % 28,
    };
    folded.iter().fold(0, |mask, c| mask | 1 << bit(*c))
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
        Candidate { title: Text::new(title), others, base: 0, strict: false }
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
        let mut action = candidate("New Window", &[(Field::Generic, "Firefox")]);
        action.strict = true;
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
            let key = |ranked: &Ranked| (std::cmp::Reverse(ranked.score), ranked.index);
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
        fn every_title_is_found_by_itself(title in "\\PC{1,24}") {
            let Some(needle) = Needle::new(&title) else { return Ok(()) };
            let shown = title.split_whitespace().collect::<Vec<_>>().join(" ");
            let ranked = Ranker::default().rank(&[candidate(&shown, &[])], &needle, 1, |_| 0);
            prop_assert_eq!(ranked.len(), 1);
            prop_assert_eq!(ranked[0].score, EXACT);
        }
    }
}
