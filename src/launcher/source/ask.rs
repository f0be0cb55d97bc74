//! The row that asks a model; it is there for every query.

use crate::model::{Hit, HitId, HitKind, Icon, ModelRef, Query, Run};

/// Characters of the question that the row shows.
const SHOWN: usize = 120;

/// Asking.
pub struct Ask<'a> {
    /// Who would be asked.
    pub model: Option<&'a ModelRef>,
}

impl Ask<'_> {
    /// The row.
    pub fn search(&self, query: &Query) -> Hit {
        let question = query.text.trim();
        let mut words: String = question.chars().take(SHOWN).map(|c| if c.is_whitespace() { ' ' } else { c }).collect();
        if words.len() < question.len() {
            words = format!("{}…", words.trim_end());
        }
        Hit {
            id: HitId("ask:".into()),
            kind: HitKind::Ask,
            title: format!("“{words}”"),
            matched: Vec::new(),
            subtitle: self.model.map_or_else(|| "ask a model".to_owned(), |model| format!("ask {}", model.model)),
            icon: Icon::Glyph { name: "nerva".into() },
            score: i64::MIN,
            run: Run::Ask { text: question.to_owned() },
            actions: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_huge_question_is_shown_short_and_asked_whole() {
        let text = format!(" first\nline {}", "x".repeat(1 << 20));
        let hit = Ask { model: None }.search(&Query { generation: 1, text: text.clone() });
        assert!(hit.title.starts_with("“first line xxx"));
        assert!(hit.title.ends_with("x…”"));
        assert_eq!(hit.title.chars().count(), SHOWN + 3);
        assert_eq!(hit.run, Run::Ask { text: text.trim().to_owned() });
    }
}
