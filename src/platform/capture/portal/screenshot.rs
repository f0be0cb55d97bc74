//! One picture of everything, by the Screenshot portal: it writes a file, which is read and does not stay.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use ashpd::desktop::screenshot::Screenshot;

use super::{Portal, SCREENSHOT, by_person};
use crate::model::{Given, Pixels};
use crate::platform::capture::fault::CaptureError;
use crate::platform::given::{Way, uris};

/// Clocks of file systems are coarse.
const COARSE: Duration = Duration::from_secs(2);

/// Bytes of a picture in memory; sixteen screens of 4K.
const MOST: u64 = 16 * 3840 * 2160 * 4;

/// Takes the picture. The portal may ask a person first, and waits for the answer.
pub async fn take(bus: Option<&str>) -> Result<Pixels, CaptureError> {
    let portal = Portal::open(bus).await?;
    let begun = SystemTime::now() - COARSE;
    let request = Screenshot::request().interactive(false).modal(false).connection(Some(portal.connection()));
    let answer = by_person(SCREENSHOT, async { request.send().await?.response() }).await?;
    let uri = answer.uri().as_str().to_owned();
    let read = tokio::task::spawn_blocking(move || {
        let file = file_of(&uri)?;
        let read = read(&file);
        // Made for this picture only: what is older than the request is somebody's.
        if made_since(&file, begun)
            && let Err(error) = std::fs::remove_file(&file)
        {
            tracing::warn!(%error, file = %file.display(), "the portal's picture of the screen stays behind");
        }
        read
    });
    read.await.unwrap_or_else(|error| Err(CaptureError::Thread(error.to_string())))
}

fn broken(why: impl std::fmt::Display) -> CaptureError {
    CaptureError::PortalFailed { portal: SCREENSHOT, why: why.to_string() }
}

fn file_of(uri: &str) -> Result<PathBuf, CaptureError> {
    match uris::read(uri.as_bytes(), Way::Drop).ok().and_then(|given| given.into_iter().next()) {
        Some(Given::File { path }) => Ok(path),
        _ => Err(broken(format_args!("its picture is not in a file here: {uri}"))),
    }
}

fn made_since(file: &Path, begun: SystemTime) -> bool {
    let Ok(found) = std::fs::symlink_metadata(file) else { return false };
    let ours = found.uid() == rustix::process::getuid().as_raw();
    found.is_file() && ours && found.modified().is_ok_and(|modified| modified >= begun)
}

fn read(file: &Path) -> Result<Pixels, CaptureError> {
    let unreadable = |error: &dyn std::fmt::Display| broken(format_args!("{} can't be read: {error}", file.display()));
    let reader = image::ImageReader::open(file).and_then(image::ImageReader::with_guessed_format);
    let mut reader = reader.map_err(|error| unreadable(&error))?;
    let mut limits = image::Limits::default();
    limits.max_alloc = Some(MOST);
    reader.limits(limits);
    let image = reader.decode().map_err(|error| unreadable(&error))?.into_rgba8();
    let (width, height) = image.dimensions();
    Ok(Pixels { width, height, rgba: image.into_raw().into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_file_that_was_made_for_the_picture_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a b.png");
        std::fs::write(&file, "x").unwrap();
        assert_eq!(file_of(&uris::of_file(&file)), Ok(file.clone()));
        assert!(file_of("https://example.org/a.png").is_err());
        let now = SystemTime::now();
        assert!(made_since(&file, now - COARSE));
        assert!(!made_since(&file, now + COARSE));
        let link = folder.path().join("link.png");
        std::os::unix::fs::symlink(&file, &link).unwrap();
        assert!(!made_since(&link, now - COARSE));
        assert!(read(&file).is_err());
    }
}
