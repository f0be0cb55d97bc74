//! What the portal gives so that a person need not choose the same screens again: a secret that is good for one use.

use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;

/// Longer than any portal makes them.
const LONGEST: usize = 4096;

/// What was stored last.
pub fn read(file: &Path) -> Option<String> {
    match std::fs::read_to_string(file) {
        Ok(token) => Some(token.trim().to_owned()).filter(|token| !token.is_empty() && token.len() <= LONGEST),
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => {
            tracing::warn!(%error, file = %file.display(), "the portal's token can't be read; it asks again");
            None
        }
    }
}

/// Puts the new one in the place of the one that was used, or nothing.
///
/// Not being able to is no reason to have no picture: the portal asks again.
pub fn store(file: &Path, token: Option<&str>) {
    let stored = match token {
        Some(token) => write(file, token),
        None => std::fs::remove_file(file).or_else(|error| match error.kind() {
            ErrorKind::NotFound => Ok(()),
            _ => Err(error),
        }),
    };
    if let Err(error) = stored {
        tracing::warn!(%error, file = %file.display(), "the portal's token was not stored; it asks again");
    }
}

fn write(file: &Path, token: &str) -> std::io::Result<()> {
    if let Some(folder) = file.parent() {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    let new = file.with_extension("new");
    // One that a crash left behind.
    let _ = std::fs::remove_file(&new);
    let mut written = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new)?;
    written.write_all(token.as_bytes())?;
    written.sync_all()?;
    std::fs::rename(&new, file)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn each_token_takes_the_place_of_the_one_before_and_only_the_user_reads_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("new/screencast-token");
        assert_eq!(read(&file), None);
        for token in ["one", "two"] {
            store(&file, Some(token));
            assert_eq!(read(&file).as_deref(), Some(token));
            assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        }
        store(&file, None);
        store(&file, None);
        assert_eq!(read(&file), None);
        assert_eq!(std::fs::read_dir(file.parent().unwrap()).unwrap().count(), 0);
    }
}
