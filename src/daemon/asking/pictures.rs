//! The files of pictures that a question names.

use std::path::PathBuf;
use std::sync::Arc;

use crate::model::{Fault, FaultKind, Image};

/// Larger files are not pictures of a screen; every provider refuses them.
const LARGEST_IMAGE: u64 = 20 * 1024 * 1024;

/// Reads them.
pub(super) async fn read_images(paths: &[PathBuf]) -> Result<Vec<Arc<Image>>, Fault> {
    let mut images = Vec::with_capacity(paths.len());
    for path in paths {
        let name = path.display().to_string();
        let unreadable = |why: String| {
            Fault::new(
                FaultKind::BadRequest,
                format!("The picture {name} can't be sent"),
                format!("{why}. Choose a PNG, JPEG, WebP or GIF file of at most 20 MB."),
            )
        };
        let size = tokio::fs::metadata(&path).await.map_err(|error| unreadable(error.to_string()))?.len();
        if size > LARGEST_IMAGE {
            return Err(unreadable(format!("It has {} MB", size / 1_048_576)));
        }
        let bytes = tokio::fs::read(&path).await.map_err(|error| unreadable(error.to_string()))?;
        images.push(Arc::new(Image::from_encoded(bytes).map_err(|error| unreadable(error.to_string()))?));
    }
    Ok(images)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_file_that_is_no_picture_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notes.png");
        std::fs::write(&path, "not a picture").unwrap();
        let fault = read_images(&[path]).await.unwrap_err();
        assert!(fault.title.contains("notes.png") && fault.detail.contains("PNG"), "{fault}");
        let fault = read_images(&[folder.path().join("missing.png")]).await.unwrap_err();
        assert!(fault.title.contains("missing.png"), "{fault}");
    }
}
