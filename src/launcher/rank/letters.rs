//! Which letters a candidate has, and so the most that it can score: cheap enough to ask for every candidate.

use super::text::{Text, pair, positions_of, within};
use super::{BEFORE, EXACT, Field, Fit, INITIALS, WHOLE, WORD, letters_in_title, score, score_beside};

/// Which letters occur where: most candidates are passed over by these alone, without touching their texts.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Letters {
    title: Occurrence,
    title_first: u64,
    /// How many characters the title has.
    title_length: usize,
    /// After how many characters of the title a word ends, as bits.
    title_ends: u64,
    /// After how many characters from the beginning of a later word a word ends, as bits.
    later_ends: u64,
    /// What a beginning of the title is worth that ends inside a word.
    prefix: i64,
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
    /// Of a title and further texts.
    pub(super) fn new(title: &Text, others: &[(Field, Text)]) -> Self {
        let mut letters = Self {
            title_first: title.first(),
            title_length: title.folded.len(),
            title_ends: (0..title.folded.len()).filter(|at| title.ends_at(at + 1)).fold(0, |ends, at| ends | 1 << at),
            prefix: score(Fit::Prefix(false), title),
            ..Self::default()
        };
        let later = positions_of(title.starts).filter(|start| *start > 0);
        letters.later_ends = later.fold(0, |ends, start| ends | letters.title_ends >> start);
        letters.title.add(title);
        for (field, text) in others {
            match field {
                Field::Generic => letters.generic.add(text),
                Field::Keyword | Field::Program => letters.named.add(text),
            }
        }
        letters
    }

    /// Whether a word may fit any field beside the title.
    pub(super) fn may_fit_beside(&self, word: &Text) -> bool {
        self.generic.most(word, 0, Some(0), None).max(self.named.most(word, 0, None, None)).is_some()
    }

    /// The most that a word can score; `None` when it can't fit.
    pub(super) fn most(&self, word: &Text, strict: bool) -> Option<i64> {
        let initials = Some(score_beside(Field::Generic, Fit::Initials(true)));
        let generic = self.generic.most(word, score_beside(Field::Generic, Fit::Exact), initials, None);
        let named = self.named.most(word, score_beside(Field::Program, Fit::Exact), None, None);
        self.most_in_title(word, strict).max(generic).max(named)
    }

    pub(super) fn most_in_title(&self, word: &Text, strict: bool) -> Option<i64> {
        let length = word.folded.len();
        let ends = |ends: u64| length.checked_sub(1).is_some_and(|last| ends >> last & 1 == 1);
        let whole = |ends: bool| if ends { WHOLE } else { 0 };
        let at_start = if word.first() != self.title_first {
            // One word at least stands before.
            WORD + whole(ends(self.later_ends)) - BEFORE
        } else if length == self.title_length {
            EXACT
        } else {
            // No later word is worth more than a beginning of the title.
            self.prefix + whole(ends(self.title_ends))
        };
        let gaps = (!strict).then_some(letters_in_title(best_quality(word)));
        self.title.most(word, at_start, Some(INITIALS), gaps)
    }
}

/// A single letter has no gaps to be judged by.
fn best_quality(word: &Text) -> u16 {
    if word.folded.len() == 1 { 0 } else { 100 }
}
