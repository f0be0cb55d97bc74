//! Files of pictures: those a person keeps, in the folder for screenshots, and those one of our programs hands to another.

use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use crate::model::{Fault, FaultKind, Image};

/// `Screenshots` in the user's folder for pictures (xdg-user-dirs), or in the home folder where there is none.
pub fn folder() -> Result<PathBuf, Fault> {
    let users = directories::UserDirs::new().ok_or_else(|| {
        Fault::new(
            FaultKind::Storage,
            "There is no home folder",
            "Set HOME, or save with `nerva capture -o FILE`.".to_owned(),
        )
    })?;
    Ok(users.picture_dir().unwrap_or(users.home_dir()).join("Screenshots"))
}

/// Keeps a picture under a name of its own; waits for the disk. Errors: a folder that can't be made, a full disk.
pub fn keep(image: &Image) -> Result<PathBuf, Fault> {
    let folder = folder()?;
    let kept = std::fs::create_dir_all(&folder).and_then(|()| write(&folder, image));
    kept.map_err(|error| fault(&folder, &error))
}

/// What the names of kept pictures begin with.
const OWN: &str = "Nerva ";

/// Whether a file is called as those that [`keep`] writes.
pub fn is_own(path: &Path) -> bool {
    path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with(OWN))
}

fn write(folder: &Path, image: &Image) -> std::io::Result<PathBuf> {
    let at = jiff::ZonedDateTime::now().strftime("%Y-%m-%d %H.%M.%S").to_string();
    for count in 1.. {
        let again = if count == 1 { String::new() } else { format!(" ({count})") };
        let path = folder.join(format!("{OWN}{at}{again}.{}", image.media_type.ending()));
        let mut file = match std::fs::OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::AlreadyExists => continue,
            Err(error) => return Err(error),
        };
        if let Err(error) = file.write_all(&image.bytes) {
            // Half a picture is of no use.
            let _ = std::fs::remove_file(&path);
            return Err(error);
        }
        return Ok(path);
    }
    Err(ErrorKind::AlreadyExists.into())
}

/// A file for one picture from nervad to the command line, in the runtime folder, which is memory. Only the user can read
/// it. It is removed when this is dropped.
#[derive(Debug)]
pub struct Handover {
    folder: PathBuf,
}

impl Handover {
    /// An empty file. Errors: no runtime folder, or one that can't be written.
    pub fn new() -> std::io::Result<Self> {
        let base = handovers().ok_or(ErrorKind::NotFound)?;
        let handover = Self { folder: base.join(uuid::Uuid::now_v7().simple().to_string()) };
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&handover.folder)?;
        std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(handover.path())?;
        Ok(handover)
    }

    /// The file; absolute.
    pub fn path(&self) -> PathBuf {
        self.folder.join("picture.png")
    }
}

impl Drop for Handover {
    fn drop(&mut self) {
        // It is gone with the session at the latest.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Writes a picture into a file that [`Handover::new`] made, and into no other: anyone on the bus may name a path.
pub fn hand_over(path: &Path, image: &Image) -> Result<(), Fault> {
    let ours = handovers().and_then(|base| base.canonicalize().ok());
    let inside = path.canonicalize().ok().zip(ours).is_some_and(|(path, ours)| path.starts_with(ours));
    if !inside {
        let detail = format!("{} is none of its own files. Use `nerva capture -o FILE`.", path.display());
        return Err(Fault::new(FaultKind::Storage, "nervad writes pictures into its own files only", detail));
    }
    std::fs::write(path, &image.bytes).map_err(|error| fault(path, &error))
}

fn handovers() -> Option<PathBuf> {
    let runtime = std::env::var_os("XDG_RUNTIME_DIR").filter(|folder| Path::new(folder).is_absolute())?;
    Some(Path::new(&runtime).join("nerva/taken"))
}

/// What is said when a picture can't be written.
pub fn fault(path: &Path, error: &std::io::Error) -> Fault {
    let detail = format!(
        "{}: {error}. Nothing was written; make room or choose another place, and save it again.",
        path.display()
    );
    Fault::new(FaultKind::Storage, "The picture could not be saved", detail)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::MediaType;

    #[test]
    fn equal_names_do_not_meet_and_a_missing_folder_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let image = Image { media_type: MediaType::Png, width: 1, height: 1, bytes: vec![1, 2, 3] };
        let kept: Vec<PathBuf> = (0..3).map(|_| write(folder.path(), &image).unwrap()).collect();
        assert!(kept[0] != kept[1] && kept[1] != kept[2]);
        assert_eq!(std::fs::read(&kept[2]).unwrap(), image.bytes);
        let gone = folder.path().join("gone");
        let error = write(&gone, &image).unwrap_err();
        let said = fault(&gone, &error).to_string();
        assert!(said.contains("gone") && said.contains("save it again"), "{said}");
    }
}
