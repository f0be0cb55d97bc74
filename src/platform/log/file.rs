//! A log file that can't grow for ever: when it is full, a new one begins and the one before is kept.

use std::fs::{DirBuilder, File, OpenOptions, Permissions};
use std::io::{Result, Write};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

/// A file is full when it is larger, in bytes.
const FULL: u64 = 5 << 20;

/// A file of bounded size, for its owner only.
#[derive(Debug)]
pub(super) struct Bounded {
    path: PathBuf,
    file: File,
    len: u64,
}

impl Bounded {
    /// Opens or creates it, and its folder.
    pub(super) fn open(path: &Path) -> Result<Self> {
        if let Some(folder) = path.parent() {
            DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        }
        let file = create(path)?;
        let len = file.metadata()?.len();
        Ok(Self { path: path.to_owned(), file, len })
    }

    /// Begins a new file; the old one replaces the one before it.
    fn turn(&mut self) -> Result<()> {
        let mut old = self.path.clone().into_os_string();
        old.push(".1");
        std::fs::rename(&self.path, old)?;
        self.file = create(&self.path)?;
        Ok(())
    }
}

fn create(path: &Path) -> Result<File> {
    let file = OpenOptions::new().create(true).append(true).mode(0o600).open(path)?;
    // It may be there already, with another mode.
    file.set_permissions(Permissions::from_mode(0o600))?;
    Ok(file)
}

impl Write for Bounded {
    fn write(&mut self, line: &[u8]) -> Result<usize> {
        if self.len > FULL {
            // Where that fails, the file grows on, and the next try comes when as much again was written.
            let _ = self.turn();
            self.len = 0;
        }
        let written = self.file.write(line)?;
        self.len += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_file_is_kept_beside_a_new_one_and_only_the_owner_reads_them() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state/nervad.log");
        let line = [b'x'; 1 << 16];
        let write = |lines: usize| {
            let mut file = Bounded::open(&path).unwrap();
            (0..lines).for_each(|_| file.write_all(&line).unwrap());
        };
        write(70);
        std::fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
        write(230);
        let mut sizes = Vec::new();
        for name in ["nervad.log", "nervad.log.1"] {
            let about = std::fs::metadata(path.with_file_name(name)).unwrap();
            assert_eq!(about.permissions().mode() & 0o777, 0o600, "{name}");
            sizes.push(about.len());
        }
        assert!(sizes[0] > 0 && sizes.iter().all(|size| *size <= FULL + line.len() as u64), "{sizes:?}");
        assert_eq!(std::fs::read_dir(path.parent().unwrap()).unwrap().count(), 2);
        assert_eq!(std::fs::metadata(path.parent().unwrap()).unwrap().permissions().mode() & 0o777, 0o700);
    }

    #[test]
    fn a_place_that_can_not_be_written_is_an_error_and_no_panic() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("file"), "").unwrap();
        assert!(Bounded::open(&folder.path().join("file/nervad.log")).is_err());
    }
}
