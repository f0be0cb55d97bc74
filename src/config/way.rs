//! The way to a file: whether a link on it leads nowhere.

use std::fmt;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// A link that leads to nothing. What it is on the way to is not gone: somebody says that it should be there.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Dangling {
    /// The link.
    pub link: PathBuf,
    /// Where it leads.
    pub target: PathBuf,
}

impl fmt::Display for Dangling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is a link to {}, which is not there", self.link.display(), self.target.display())
    }
}

/// The link on the way to `path` that leads nowhere; `None` where the file is there, or where no link names it.
pub fn dangling(path: &Path) -> Option<Dangling> {
    for place in path.ancestors() {
        if let Ok(target) = std::fs::read_link(place) {
            let is_gone = std::fs::metadata(place).is_err_and(|error| error.kind() == ErrorKind::NotFound);
            return is_gone.then(|| Dangling { link: place.to_owned(), target });
        }
        if place.exists() {
            return None;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn only_a_link_that_leads_nowhere_is_one() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::create_dir(at("real")).unwrap();
        std::fs::write(at("real/file"), "").unwrap();
        for (link, target) in
            [("to-file", "real/file"), ("to-folder", "real"), ("to-nothing", "gone"), ("twice", "to-nothing")]
        {
            symlink(target, at(link)).unwrap();
        }
        for (path, link) in [
            ("real/file", None),
            ("to-file", None),
            ("to-folder/file", None),
            ("to-folder/other", None),
            ("not/there", None),
            ("to-nothing", Some("to-nothing")),
            ("to-nothing/nerva/file", Some("to-nothing")),
            ("twice", Some("twice")),
        ] {
            assert_eq!(dangling(&at(path)).map(|found| found.link), link.map(at), "{path}");
        }
    }
}
