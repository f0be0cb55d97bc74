//! The entries of one scan, prepared for searching.

use std::collections::HashMap;
use std::path::PathBuf;

use super::entries::{Action, Entry};
use super::exec;
use super::rank::{Candidate, Field, Text};
use crate::model::{HitId, Icon};

/// Icon files by the entries' `Icon`; `None` where there is none.
pub type IconFiles = HashMap<String, Option<PathBuf>>;

/// Actions come below programs that fit as well.
const ACTION_BASE: i64 = -120;

/// Entries and actions with what finds them.
#[derive(Debug, Default)]
pub struct Index {
    /// By title, then id: the order of ties.
    pub entries: Vec<Entry>,
    /// One per entry.
    pub apps: Vec<Candidate>,
    /// One per action, in the order of entries.
    pub actions: Vec<Candidate>,
    /// Of each of `actions`: its entry, and its index there.
    pub owners: Vec<(usize, usize)>,
    apps_by_hit: HashMap<HitId, usize>,
    actions_by_hit: HashMap<HitId, usize>,
}

impl Index {
    /// Prepares entries.
    pub fn new(entries: Vec<Entry>) -> Self {
        let mut titled: Vec<(Text, Entry)> = entries.into_iter().map(|entry| (Text::new(&entry.name), entry)).collect();
        titled.sort_by(|(a, x), (b, y)| a.folded().cmp(b.folded()).then_with(|| x.id.cmp(&y.id)));
        let mut index = Self::default();
        for (nth, (title, entry)) in titled.into_iter().enumerate() {
            for (of, action) in entry.actions.iter().enumerate() {
                index.actions_by_hit.insert(action_hit(&entry, action), index.actions.len());
                let others = vec![(Field::Generic, title.clone())];
                let candidate = Candidate::new(Text::new(&action.name), others);
                index.actions.push(candidate.with_base(ACTION_BASE).strict());
                index.owners.push((nth, of));
            }
            index.apps_by_hit.insert(app_hit(&entry), nth);
            index.apps.push(Candidate::new(title, other_texts(&entry)));
            index.entries.push(entry);
        }
        index
    }

    /// The entry of this desktop file id.
    pub fn entry(&self, id: &str) -> Option<&Entry> {
        let hit = HitId(format!("app:{}", id.strip_suffix(".desktop").unwrap_or(id)));
        self.apps_by_hit.get(&hit).map(|nth| &self.entries[*nth])
    }

    /// Lifts by hit as lifts by position, for apps and for actions.
    pub fn spread(&self, lifts: &HashMap<HitId, i64>) -> (Vec<i64>, Vec<i64>) {
        let mut apps = vec![0; self.apps.len()];
        let mut actions = vec![0; self.actions.len()];
        for (hit, lift) in lifts {
            if let Some(nth) = self.apps_by_hit.get(hit) {
                apps[*nth] = *lift;
            } else if let Some(nth) = self.actions_by_hit.get(hit) {
                actions[*nth] = *lift;
            }
        }
        (apps, actions)
    }

    /// The names of all icons.
    pub fn icon_names(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().flat_map(|entry| {
            entry.icon.as_deref().into_iter().chain(entry.actions.iter().filter_map(|action| action.icon.as_deref()))
        })
    }
}

/// `app:org.mozilla.firefox`.
pub fn app_hit(entry: &Entry) -> HitId {
    HitId(format!("app:{}", entry.app_id()))
}

/// `app:org.mozilla.firefox#new-window`.
pub fn action_hit(entry: &Entry, action: &Action) -> HitId {
    HitId(format!("app:{}#{}", entry.app_id(), action.id))
}

/// The picture of an entry: its file if one was found, else its letter.
pub fn icon_of(icon: Option<&str>, title: &str, files: &IconFiles) -> Icon {
    match icon.and_then(|icon| files.get(icon)) {
        Some(Some(path)) => Icon::File { path: path.clone() },
        Some(None) | None => Icon::Letter { letter: letter_of(title) },
    }
}

fn letter_of(title: &str) -> char {
    let first = title.chars().find(|c| c.is_alphanumeric()).or_else(|| title.chars().next()).unwrap_or('?');
    first.to_uppercase().next().unwrap_or(first)
}

fn other_texts(entry: &Entry) -> Vec<(Field, Text)> {
    let mut others = Vec::new();
    let mut add = |field, text: &str| {
        if !text.is_empty() {
            others.push((field, Text::new(text)));
        }
    };
    if let Some(generic) = &entry.generic_name {
        add(Field::Generic, generic);
    }
    let program = exec::program(&entry.exec).unwrap_or_default();
    add(Field::Program, program);
    // `nautilus` finds "Files" also where only its id says so.
    let last = entry.app_id().rsplit('.').next().unwrap_or_default();
    if !last.eq_ignore_ascii_case(program) {
        add(Field::Program, last);
    }
    for keyword in entry.plain_name.iter().chain(&entry.keywords) {
        add(Field::Keyword, keyword);
    }
    others
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_is_found_for_every_title() {
        let table = [("firefox", 'F'), ("«Éditeur»", 'É'), ("日本", '日'), ("…", '…'), ("", '?'), ("ßx", 'S')];
        for (title, letter) in table {
            assert_eq!(icon_of(None, title, &IconFiles::new()), Icon::Letter { letter }, "{title}");
        }
    }
}
