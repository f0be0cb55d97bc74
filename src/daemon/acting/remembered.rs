//! Rules that were made on cards, in a file of the state folder that no tool can reach.

use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use crate::model::{Fault, FaultKind, Remembered, Rule, Timestamp};

/// The rules and their file.
#[derive(Debug)]
pub(super) struct Kept {
    file: PathBuf,
    rules: Vec<Remembered>,
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
        (Self { file, rules }, fault)
    }

    /// Those that have not ended.
    pub(super) fn alive(&self, now: Timestamp) -> Vec<Remembered> {
        self.rules.iter().filter(|kept| now < kept.until).cloned().collect()
    }

    /// Keeps a rule; one that is the same begins anew.
    pub(super) fn add(&mut self, rule: Rule, now: Timestamp) -> Result<(), Fault> {
        let id = self.rules.iter().map(|kept| kept.id).max().unwrap_or(0) + 1;
        let mut rules = self.alive(now);
        rules.retain(|kept| kept.rule != rule);
        let until = Timestamp(now.0 + rule.lasts());
        rules.push(Remembered { id, rule, since: now, until });
        self.replace(rules)
    }

    /// Takes a rule back; gives it.
    pub(super) fn revoke(&mut self, id: u64) -> Result<Option<Rule>, Fault> {
        let mut rules = self.rules.clone();
        let Some(at) = rules.iter().position(|kept| kept.id == id) else { return Ok(None) };
        let gone = rules.remove(at);
        // In memory first: a rule that can't be taken out of the file does not count any more all the same.
        self.rules.clone_from(&rules);
        self.replace(rules).map(|()| Some(gone.rule))
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
}
