//! Past conversations as results.

use crate::launcher::rank::{Needle, Ranker, Text};
use crate::model::{Hit, HitId, HitKind, Icon, Query, Run, Summary};

/// What the history found.
pub struct Conversations<'a> {
    /// Best first.
    pub found: &'a [Summary],
}

impl Conversations<'_> {
    /// In the order given; they are below every other result.
    pub fn search(&self, query: &Query, ranker: &mut Ranker) -> Vec<Hit> {
        let needle = Needle::new(&query.text);
        let hit = |(nth, summary): (usize, &Summary)| Hit {
            id: HitId(format!("conversation:{}", summary.id)),
            kind: HitKind::Conversation,
            title: summary.title.clone(),
            matched: ranker.positions(&Text::new(&summary.title), &needle),
            subtitle: excerpt(summary),
            icon: Icon::Glyph { name: "chat".into() },
            score: -1 - i64::try_from(nth).unwrap_or(i64::MAX - 1),
            run: Run::Open { conversation: summary.id },
            actions: Vec::new(),
        };
        self.found.iter().enumerate().map(hit).collect()
    }
}

/// One line, without the marks around the match.
fn excerpt(summary: &Summary) -> String {
    let excerpt = summary.excerpt.as_deref().unwrap_or_default();
    let plain: String = excerpt.chars().filter(|c| !matches!(c, '\u{2}' | '\u{3}')).collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}
