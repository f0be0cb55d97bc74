//! One process for one folder of data: whoever holds the lock on it opens what is in it, and nobody else.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;

use super::{RETRIES, RETRY, StartError};

/// The lock, until it is dropped; the kernel takes it back from a process that is killed.
#[derive(Debug)]
pub(super) struct Only {
    _file: Option<File>,
}

impl Only {
    /// Takes it. A process that is just ending is waited for.
    pub(super) async fn take(folder: &Path) -> Result<Self, StartError> {
        let open = || {
            DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
            OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(folder.join("nervad.lock"))
        };
        let file = match open() {
            Ok(file) => file,
            Err(error) => return Ok(Self::without(&error)),
        };
        for tries in 0.. {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) if tries < RETRIES => tokio::time::sleep(RETRY).await,
                Err(TryLockError::WouldBlock) => return Err(StartError::AlreadyRunning),
                Err(TryLockError::Error(error)) => return Ok(Self::without(&error)),
            }
        }
        Ok(Self { _file: Some(file) })
    }

    /// Not every file system has locks; the name on the bus is single everywhere.
    fn without(error: &std::io::Error) -> Self {
        tracing::warn!("the data folder can't be locked against a second nervad: {error}");
        Self { _file: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_folder_is_one_process_until_that_is_over() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("data");
        let first = Only::take(&folder).await.unwrap();
        assert!(matches!(Only::take(&folder).await, Err(StartError::AlreadyRunning)));
        drop(first);
        assert!(Only::take(&folder).await.unwrap()._file.is_some());
    }
}
