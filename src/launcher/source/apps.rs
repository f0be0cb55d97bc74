//! Desktop entries as results.

use crate::launcher::index::{IconFiles, Index, app_hit, icon_of};
use crate::launcher::rank::{Needle, Ranked, Ranker};
use crate::model::{Hit, HitAction, HitKind, Run};

/// The programs of this machine.
pub struct Apps<'a> {
    /// Them.
    pub index: &'a Index,
    /// Their icons.
    pub icons: &'a IconFiles,
    /// How much use lifts each.
    pub lifts: &'a [i64],
    /// At most so many.
    pub limit: usize,
}

impl Apps<'_> {
    /// Best first.
    pub fn search(&self, needle: &Needle, ranker: &mut Ranker) -> Vec<Hit> {
        let ranked = ranker.rank(&self.index.apps, needle, self.limit, |nth| self.lifts[nth]);
        ranked.into_iter().map(|ranked| self.hit(ranked, needle, ranker)).collect()
    }

    fn hit(&self, ranked: Ranked, needle: &Needle, ranker: &mut Ranker) -> Hit {
        let entry = &self.index.entries[ranked.index];
        let about = entry.generic_name.as_ref().filter(|generic| **generic != entry.name).or(entry.comment.as_ref());
        let launch = |action: Option<String>| Run::Launch { entry: entry.id.clone(), action };
        let action = |action: &crate::launcher::entries::Action| HitAction {
            title: action.name.clone(),
            run: launch(Some(action.id.clone())),
        };
        Hit {
            id: app_hit(entry),
            kind: HitKind::Application,
            title: entry.name.clone(),
            matched: ranker.positions(self.index.apps[ranked.index].title(), needle),
            subtitle: about.cloned().unwrap_or_default(),
            icon: icon_of(entry.icon.as_deref(), &entry.name, self.icons),
            score: ranked.score,
            run: launch(None),
            actions: entry.actions.iter().map(action).collect(),
        }
    }
}
