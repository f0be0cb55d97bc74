//! A picture on its way out of Nerva: the types it is offered in, and the file that those who want a file get.

use std::io::Cursor;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::{env, fs, io, process};

use super::given::types::ADDRESSES;
use super::given::uris;
use crate::model::{Fault, FaultKind, Handout, MediaType};

/// Counts what this process has handed out, so that equal names do not meet.
static COUNT: AtomicU64 = AtomicU64::new(0);

/// A file that only the user can read, in the runtime folder. It is removed when this is dropped.
#[derive(Debug)]
pub struct Kept {
    folder: PathBuf,
    path: PathBuf,
}

impl Kept {
    fn write(handout: &Handout) -> io::Result<Self> {
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let folder = base().ok_or(io::ErrorKind::NotFound)?.join(format!("{}-{number}", process::id()));
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
        let kept = Self { path: folder.join(&handout.name), folder };
        let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&kept.path)?;
        io::Write::write_all(&mut file, &handout.image.bytes)?;
        Ok(kept)
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.folder) {
            tracing::debug!("{} stays: {error}", self.folder.display());
        }
    }
}

/// Where such files are; `None` without a runtime folder, which nobody else can read.
fn base() -> Option<PathBuf> {
    let runtime = env::var_os("XDG_RUNTIME_DIR").filter(|folder| Path::new(folder).is_absolute())?;
    Some(Path::new(&runtime).join("nerva/out"))
}

/// Removes what a killed process left there. Only `nervad` may call it, before it hands out anything.
pub fn sweep() {
    if let Some(base) = base()
        && let Err(error) = fs::remove_dir_all(&base)
        && error.kind() != io::ErrorKind::NotFound
    {
        tracing::debug!("{} stays: {error}", base.display());
    }
}

/// A picture in every type it is offered in, the best first.
#[derive(Debug)]
pub struct Offer {
    /// Media types and their bytes.
    pub types: Vec<(String, Vec<u8>)>,
    /// The file behind the address; it is there for as long as this is kept.
    pub kept: Option<Kept>,
}

/// Writes the file and encodes the picture as PNG, where it is none. Blocks.
pub fn prepare(handout: &Handout) -> Result<Offer, Fault> {
    let image = &handout.image;
    let png = if image.media_type == MediaType::Png {
        image.bytes.clone()
    } else {
        let mut png = Vec::new();
        let encoded = image::load_from_memory(&image.bytes)
            .and_then(|pixels| pixels.write_to(&mut Cursor::new(&mut png), image::ImageFormat::Png));
        encoded.map_err(|error| fault(handout, format!("{error}. Ask for the picture again.")))?;
        png
    };
    let mut types = vec![(MediaType::Png.name().to_owned(), png)];
    if image.media_type != MediaType::Png {
        types.push((image.media_type.name().to_owned(), image.bytes.clone()));
    }
    let kept = match Kept::write(handout) {
        Ok(kept) => Some(kept),
        Err(error) => {
            tracing::warn!("{} is offered as a picture only, not as a file: {error}", handout.name);
            None
        }
    };
    if let Some(kept) = &kept {
        let uri = uris::of_file(&kept.path);
        types.push((ADDRESSES.to_owned(), format!("{uri}\r\n").into_bytes()));
        types.push(("x-special/gnome-copied-files".to_owned(), format!("copy\n{uri}").into_bytes()));
    }
    Ok(Offer { types, kept })
}

fn fault(handout: &Handout, detail: String) -> Fault {
    Fault::new(FaultKind::Given, format!("The picture {} can't be handed out", handout.name), detail)
}
