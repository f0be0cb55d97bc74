//! Rules that were made on cards, in a file of the state folder that no tool can reach.

use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use crate::model::{Fault, FaultKind, Remembered, Rule, Timestamp};

/// The rules and their file. Those that end when the overlay closes are never written: no later process has them.
#[derive(Debug)]
pub(super) struct Kept {
    file: PathBuf,
    rules: Vec<Remembered>,
    brief: Vec<Remembered>,
    /// The highest number so far, so that none means another rule later.
    last: u64,
}

impl Kept {
    /// Reads them. A file that can't be read allows nothing.
    pub(super) fn open(folder: &Path) -> (Self, Option<Fault>) {
        let file = folder.join("rules.json");
        let (rules, fault) = match std::fs::read(&file) {
            Ok(bytes) => match serde_json::from_slice(&bytes) {
                Ok(rules) => (rules, None),
                Err(error) => (Vec::new(), Some(unusable(&file, &error.to_string()))),
            },
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => (Vec::new(), None),
            Err(error) => (Vec::new(), Some(unusable(&file, &error.to_string()))),
        };
        let mut rules: Vec<Remembered> = rules;
        let last = rules.iter().map(|kept| kept.id).max().unwrap_or(0);
        rules.retain(|kept| !kept.rule.is_brief());
        (Self { file, rules, brief: Vec::new(), last }, fault)
    }

    /// Those that have not ended.
    pub(super) fn alive(&self, now: Timestamp) -> Vec<Remembered> {
        self.rules.iter().chain(&self.brief).filter(|kept| now < kept.until).cloned().collect()
    }

    /// Keeps a rule; one that is the same begins anew.
    pub(super) fn add(&mut self, rule: Rule, now: Timestamp) -> Result<(), Fault> {
        self.last += 1;
        let until = Timestamp(now.0 + rule.lasts());
        let of = if rule.is_brief() { &self.brief } else { &self.rules };
        let mut rules: Vec<Remembered> =
            of.iter().filter(|kept| now < kept.until && kept.rule != rule).cloned().collect();
        let brief = rule.is_brief();
        rules.push(Remembered { id: self.last, rule, since: now, until });
        if brief {
            self.brief = rules;
            return Ok(());
        }
        self.replace(rules)
    }

    /// Takes a rule back; gives it.
    pub(super) fn revoke(&mut self, id: u64) -> Result<Option<Rule>, Fault> {
        if let Some(at) = self.brief.iter().position(|kept| kept.id == id) {
            return Ok(Some(self.brief.remove(at).rule));
        }
        let mut rules = self.rules.clone();
        let Some(at) = rules.iter().position(|kept| kept.id == id) else { return Ok(None) };
        let gone = rules.remove(at);
        // In memory first: a rule that can't be taken out of the file does not count any more all the same.
        self.rules.clone_from(&rules);
        self.replace(rules).map(|()| Some(gone.rule))
    }

    /// The overlay closed: ends what was allowed until then; gives what had not ended by itself.
    pub(super) fn end_brief(&mut self, now: Timestamp) -> Vec<Rule> {
        let ended = std::mem::take(&mut self.brief);
        ended.into_iter().filter(|kept| now < kept.until).map(|kept| kept.rule).collect()
    }

    fn replace(&mut self, rules: Vec<Remembered>) -> Result<(), Fault> {
        let written = (|| {
            let folder = self.file.parent().unwrap_or(Path::new("/"));
            std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
            let new = self.file.with_extension("new");
            let mut file =
                std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&new)?;
            file.write_all(&serde_json::to_vec_pretty(&rules)?)?;
            file.sync_all()?;
            std::fs::rename(new, &self.file)
        })();
        written.map_err(|error: std::io::Error| unusable(&self.file, &error.to_string()))?;
        self.rules = rules;
        Ok(())
    }
}

fn unusable(file: &Path, why: &str) -> Fault {
    Fault::new(
        FaultKind::Storage,
        "The remembered rules can't be used",
        format!("{}: {why}. What it would allow is asked about; move the file away to begin anew.", file.display()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_kept_end_and_are_revoked() {
        let folder = tempfile::tempdir().unwrap();
        let (mut kept, fault) = Kept::open(folder.path());
        assert_eq!(fault, None);
        let rule = |tool: &str| Rule { tool: tool.into(), ..Rule::default() };
        kept.add(rule("a"), Timestamp(1)).unwrap();
        kept.add(rule("b"), Timestamp(2)).unwrap();
        kept.add(rule("a"), Timestamp(3)).unwrap();
        let (mut kept, _) = Kept::open(folder.path());
        let names =
            |kept: &Kept, now| kept.alive(Timestamp(now)).iter().map(|kept| kept.rule.tool.clone()).collect::<Vec<_>>();
        assert_eq!(names(&kept, 4), ["b", "a"]);
        assert_eq!(names(&kept, rule("a").lasts() + 2), ["a"]);
        assert_eq!(kept.revoke(2).unwrap(), Some(rule("b")));
        assert_eq!(kept.revoke(2).unwrap(), None);
        assert_eq!(names(&Kept::open(folder.path()).0, 4), ["a"]);
        std::fs::write(folder.path().join("rules.json"), "[{\"rule\":{\"tool\":\"*\"}}]").unwrap();
        let (kept, fault) = Kept::open(folder.path());
        assert!(fault.is_some() && names(&kept, 4).is_empty());
    }

    #[test]
    fn what_is_allowed_until_the_overlay_closes_is_never_written() {
        let folder = tempfile::tempdir().unwrap();
        let open = || Kept::open(folder.path()).0;
        let input = |app: &str| Rule { tool: "input".into(), app: app.into(), ..Rule::default() };
        let mut kept = open();
        kept.add(input("gimp"), Timestamp(1)).unwrap();
        kept.add(input("firefox"), Timestamp(2)).unwrap();
        kept.add(Rule { tool: "notify".into(), ..Rule::default() }, Timestamp(3)).unwrap();
        let tools = |kept: &Kept, now| kept.alive(Timestamp(now)).len();
        assert_eq!((tools(&kept, 4), tools(&open(), 4)), (3, 1));
        assert_eq!(tools(&kept, input("").lasts() + 1), 2, "each ends by itself after ten minutes");
        assert_eq!(kept.revoke(1).unwrap(), Some(input("gimp")));
        assert_eq!(kept.end_brief(Timestamp(5)), [input("firefox")]);
        assert_eq!((tools(&kept, 6), kept.end_brief(Timestamp(6))), (1, Vec::new()));
        kept.add(input("gimp"), Timestamp(7)).unwrap();
        assert_eq!(kept.alive(Timestamp(8)).last().map(|kept| kept.id), Some(4), "a number means one rule only");
        // As an earlier version wrote them.
        let old = [Remembered { id: 9, rule: input("gimp"), since: Timestamp(1), until: Timestamp(99) }];
        std::fs::write(folder.path().join("rules.json"), serde_json::to_vec(&old).unwrap()).unwrap();
        assert_eq!(tools(&open(), 2), 0);
    }
}
