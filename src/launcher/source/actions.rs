//! Actions of desktop entries ("New Private Window") as results of their own.

use crate::launcher::index::{IconFiles, Index, action_hit, icon_of};
use crate::launcher::rank::{Needle, Ranked, Ranker};
use crate::model::{Hit, HitKind, Run};

/// The actions of the programs of this machine.
pub struct Actions<'a> {
    /// Them.
    pub index: &'a Index,
    /// Icons of actions and programs.
    pub icons: &'a IconFiles,
    /// How much use lifts each.
    pub lifts: &'a [i64],
    /// At most so many.
    pub limit: usize,
}

impl Actions<'_> {
    /// Best first.
    pub fn search(&self, needle: &Needle, ranker: &mut Ranker) -> Vec<Hit> {
        let ranked = ranker.rank(&self.index.actions, needle, self.limit, |nth| self.lifts[nth]);
        ranked.into_iter().map(|ranked| self.hit(ranked, needle, ranker)).collect()
    }

    fn hit(&self, ranked: Ranked, needle: &Needle, ranker: &mut Ranker) -> Hit {
        let (entry, action) = self.index.owners[ranked.index];
        let entry = &self.index.entries[entry];
        let action = &entry.actions[action];
        let own = action.icon.as_deref().filter(|icon| matches!(self.icons.get(*icon), Some(Some(_))));
        Hit {
            id: action_hit(entry, action),
            kind: HitKind::Action,
            title: action.name.clone(),
            matched: ranker.positions(self.index.actions[ranked.index].title(), needle),
            subtitle: entry.name.clone(),
            icon: icon_of(own.or(entry.icon.as_deref()), &entry.name, self.icons),
            score: ranked.score,
            run: Run::Launch { entry: entry.id.clone(), action: Some(action.id.clone()) },
            actions: Vec::new(),
        }
    }
}
