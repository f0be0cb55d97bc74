//! What was used how often, how recently and for which query: the maths, and the file it is kept in.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::rank::fold;
use crate::model::{Fault, FaultKind, HitId, Timestamp};

/// The most that use lifts a hit: over the neighbouring kind of match, below an exact title.
pub const MOST: i64 = MOST_OVERALL + MOST_FOR_QUERY;
const MOST_OVERALL: i64 = 160;
const MOST_FOR_QUERY: i64 = 200;
/// A use counts half after this time.
const HALF_LIFE_MS: f64 = 14.0 * 24.0 * 3600.0 * 1000.0;
/// Below this a use is forgotten.
const FORGOTTEN: f64 = 0.02;
const MOST_HITS: usize = 1000;
const MOST_QUERIES: usize = 32;
const LONGEST_QUERY: usize = 64;

/// A count that fades.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
struct Count {
    value: f64,
    at: Timestamp,
}

impl Count {
    fn now(self, now: Timestamp) -> f64 {
        // Milliseconds of a few decades are exact in an f64.
        #[allow(clippy::cast_precision_loss)]
        let age = now.since(self.at) as f64;
        let value = self.value * (-age / HALF_LIFE_MS).exp2();
        if value.is_finite() { value.max(0.0) } else { 0.0 }
    }

    fn add(&mut self, now: Timestamp) {
        *self = Self { value: self.now(now) + 1.0, at: now };
    }
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
struct Used {
    all: Count,
    /// By what was typed, folded.
    #[serde(default)]
    queries: BTreeMap<String, Count>,
}

/// The uses of all hits.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Usage {
    hits: BTreeMap<HitId, Used>,
}

impl Usage {
    /// Counts one use of `hit`, found by `query`.
    pub fn used(&mut self, hit: &HitId, query: &str, now: Timestamp) {
        let used = self.hits.entry(hit.clone()).or_default();
        used.all.add(now);
        let query = key(query);
        if !query.is_empty() {
            used.queries.entry(query).or_default().add(now);
        }
        prune(&mut used.queries, MOST_QUERIES, |count| count.now(now));
        prune(&mut self.hits, MOST_HITS, |used| used.all.now(now));
    }

    /// How much each used hit is lifted for `query`, 0 to [`MOST`].
    pub fn lifts(&self, query: &str, now: Timestamp) -> impl Iterator<Item = (&HitId, i64)> {
        let query = key(query);
        self.hits.iter().map(move |(hit, used)| {
            let picked: f64 = used
                .queries
                .range(query.clone()..)
                .take_while(|(typed, _)| typed.starts_with(&query))
                .map(|(_, count)| count.now(now))
                .sum();
            let picked = if query.is_empty() { 0.0 } else { picked };
            (hit, saturate(MOST_OVERALL, used.all.now(now), 3.0) + saturate(MOST_FOR_QUERY, picked, 1.0))
        })
    }

    /// Reads the file; a missing one is no problem. A broken one is set aside, so that nothing is lost.
    pub fn load(path: &Path) -> (Self, Option<Fault>) {
        let fault = |why: String| Fault::new(FaultKind::Storage, "Which programs are used most is not known", why);
        let bytes = match std::fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return (Self::default(), None),
            Err(error) => {
                let why = format!("{} can't be read: {error}. Make it readable", path.display());
                return (Self::default(), Some(fault(why)));
            }
        };
        match serde_json::from_slice(&bytes) {
            Ok(usage) => (usage, None),
            Err(error) => {
                let aside = path.with_extension("json.broken");
                let why = match std::fs::rename(path, &aside) {
                    Ok(()) => {
                        format!("{} is damaged ({error}); it was set aside as {}", path.display(), aside.display())
                    }
                    Err(_) => format!("{} is damaged ({error}). Remove it", path.display()),
                };
                (Self::default(), Some(fault(why)))
            }
        }
    }

    /// Writes the file anew beside the old one and swaps them; only the user may read it.
    pub fn save(&self, path: &Path) -> io::Result<()> {
        use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
        if let Some(folder) = path.parent() {
            std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        }
        let temporary = path.with_extension("json.new");
        let json = serde_json::to_vec(self)?;
        let mut file =
            std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&temporary)?;
        file.write_all(&json)?;
        file.sync_data()?;
        std::fs::rename(&temporary, path)
    }
}

fn key(query: &str) -> String {
    let words: Vec<&str> = query.split_whitespace().collect();
    words.join(" ").chars().map(fold).take(LONGEST_QUERY).collect()
}

/// Rises from 0 towards `most`; half of it at `half`.
fn saturate(most: i64, value: f64, half: f64) -> i64 {
    // Between 0 and `most`.
    #[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)]
    let lift = (most as f64 * value / (value + half)) as i64;
    lift
}

/// Forgets what has faded, and the least of what is too much.
fn prune<K: Ord + Clone, V>(map: &mut BTreeMap<K, V>, most: usize, value: impl Fn(&V) -> f64) {
    map.retain(|_, item| value(item) >= FORGOTTEN);
    while map.len() > most {
        let least = map.iter().min_by(|(_, a), (_, b)| value(a).total_cmp(&value(b))).map(|(key, _)| key.clone());
        if let Some(least) = least {
            map.remove(&least);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const DAY: i64 = 24 * 3600 * 1000;

    fn hit(id: &str) -> HitId {
        HitId(id.into())
    }

    fn lift(usage: &Usage, id: &str, query: &str, now: i64) -> i64 {
        usage.lifts(query, Timestamp(now)).find(|(found, _)| found.0 == id).map_or(0, |(_, lift)| lift)
    }

    #[test]
    fn use_lifts_and_fades() {
        let mut usage = Usage::default();
        usage.used(&hit("a"), "", Timestamp(0));
        assert_eq!(lift(&usage, "a", "x", 0), 40);
        assert_eq!(lift(&usage, "a", "x", 14 * DAY), 22);
        assert_eq!(lift(&usage, "b", "x", 0), 0);
        for _ in 0..20 {
            usage.used(&hit("b"), "", Timestamp(0));
        }
        assert!(lift(&usage, "b", "x", 0) > lift(&usage, "a", "x", 0));
        usage.used(&hit("b"), "", Timestamp(365 * DAY));
        assert!(!usage.hits.contains_key(&hit("a")), "forgotten after a year");
    }

    #[test]
    fn what_was_picked_for_a_query_is_lifted_for_its_beginnings() {
        let mut usage = Usage::default();
        usage.used(&hit("a"), "  Térm ", Timestamp(0));
        let plain = lift(&usage, "a", "x", 0);
        assert_eq!(lift(&usage, "a", "term", 0), plain + 100);
        assert_eq!(lift(&usage, "a", "te", 0), plain + 100);
        assert_eq!(lift(&usage, "a", "terminal", 0), plain);
    }

    #[test]
    fn it_survives_a_restart_and_a_damaged_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/frecency.json");
        assert_eq!(Usage::load(&path), (Usage::default(), None));
        let mut usage = Usage::default();
        usage.used(&hit("app:a"), "a", Timestamp(5));
        usage.save(&path).unwrap();
        assert_eq!(Usage::load(&path), (usage, None));
        std::fs::write(&path, "{\"hits\":").unwrap();
        let (empty, fault) = Usage::load(&path);
        assert_eq!(empty, Usage::default());
        assert!(fault.unwrap().detail.contains("frecency.json.broken"));
        assert!(path.with_extension("json.broken").exists());
    }

    #[test]
    fn it_stays_small() {
        let mut usage = Usage::default();
        for i in 0..1100 {
            usage.used(&hit(&format!("{i}")), &format!("{i}"), Timestamp(i));
            usage.used(&hit("same"), &format!("{i}"), Timestamp(i));
        }
        assert_eq!(usage.hits.len(), MOST_HITS);
        assert_eq!(usage.hits[&hit("same")].queries.len(), MOST_QUERIES);
        assert!(usage.hits.contains_key(&hit("1099")));
    }

    proptest! {
        #[test]
        fn a_lift_never_passes_an_exact_title(uses in proptest::collection::vec(("\\PC{0,8}", any::<i32>()), 0..50),
                                              query in "\\PC{0,8}") {
            let mut usage = Usage::default();
            for (query, at) in uses {
                usage.used(&hit("a"), &query, Timestamp(i64::from(at)));
            }
            let lift = lift(&usage, "a", &query, 0);
            prop_assert!((0..=MOST).contains(&lift));
        }
    }
}
