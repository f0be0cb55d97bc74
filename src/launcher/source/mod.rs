//! Where results come from: one file per source, each with a `search` that answers at once.

mod actions;
mod apps;
mod ask;
mod attached;
mod calculator;
mod commands;
mod conversations;

use std::collections::HashMap;

pub use attached::About;

use super::index::{IconFiles, Index};
use super::rank::{Needle, Ranker};
use crate::config::schema;
use crate::model::{Hit, HitId, ModelRef, Query, Summary};

/// A longer text is a question, not a search.
const LONGEST: usize = 256;

/// What the sources know while they search.
pub struct Sources<'a> {
    /// Which sources are on.
    pub settings: &'a schema::Launcher,
    /// Desktop entries.
    pub index: &'a Index,
    /// Their icons.
    pub icons: &'a IconFiles,
    /// How much use lifts each hit for this query.
    pub lifts: &'a HashMap<HitId, i64>,
}

impl Sources<'_> {
    /// The results of every fast source, best first, at most `settings.limit`; without the Ask row.
    pub fn search(&self, query: &Query, ranker: &mut Ranker) -> Vec<Hit> {
        if query.text.len() > LONGEST {
            return Vec::new();
        }
        let needle = Needle::new(&query.text);
        let limit = self.settings.limit as usize;
        let (app_lifts, action_lifts) = self.index.spread(self.lifts);
        let mut hits = Vec::new();
        if self.settings.calculator {
            hits.extend(calculator::Calculator.search(query));
        }
        if self.settings.applications {
            let apps = apps::Apps { index: self.index, icons: self.icons, lifts: &app_lifts, limit };
            hits.extend(apps.search(&needle, ranker));
        }
        if self.settings.actions {
            let actions = actions::Actions { index: self.index, icons: self.icons, lifts: &action_lifts, limit };
            hits.extend(actions.search(&needle, ranker));
        }
        hits.extend(commands::Commands { lifts: self.lifts }.search(&needle, ranker));
        // Stable: among equals the order of sources above decides.
        hits.sort_by_key(|hit| std::cmp::Reverse(hit.score));
        hits.truncate(limit);
        hits
    }
}

/// The row that asks a model.
pub fn ask(query: &Query, model: Option<&ModelRef>) -> Hit {
    ask::Ask { model }.search(query)
}

/// Rows for past conversations, in the order given.
pub fn conversations(query: &Query, found: &[Summary], ranker: &mut Ranker) -> Vec<Hit> {
    conversations::Conversations { found }.search(query, ranker)
}
