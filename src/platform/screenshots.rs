//! New pictures in the folders where programs put screenshots, each told once it is whole.

use std::collections::HashSet;
use std::io::Read as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures::Stream;
use notify::event::{AccessKind, AccessMode, CreateKind, ModifyKind, RemoveKind, RenameMode};
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::mpsc;

use super::capture::encode;
use super::pictures;
use crate::model::{Fault, FaultKind, Given, Image, LARGEST_PICTURE, MediaType, file_name};

/// The folders that are watched: the one that is configured, else the user's for screenshots and for pictures.
pub fn folders(configured: Option<&Path>) -> Result<Vec<PathBuf>, Fault> {
    if let Some(folder) = configured {
        return Ok(vec![folder.to_owned()]);
    }
    let screenshots = pictures::folder()?;
    let pictures = directories::UserDirs::new().and_then(|users| users.picture_dir().map(Path::to_owned));
    Ok(std::iter::once(screenshots).chain(pictures).collect())
}

/// Yields each picture that appears in one of these folders after this call, when all of it is there.
///
/// Left out are Nerva's own pictures, hidden files, files whose names are not those of pictures (a program's name for a
/// file that it still writes), and files that were there before and are written anew. One of the folders may appear
/// later; where none can be watched it is a fault. What can't be taken is a fault as well, and watching goes on.
pub fn watch(folders: &[PathBuf]) -> Result<impl Stream<Item = Result<Given, Fault>> + Send + use<>, Fault> {
    let (sender, mut events) = mpsc::unbounded_channel();
    let mut watcher = notify::recommended_watcher(move |event| {
        // The stream may have been dropped.
        let _ = sender.send(event);
    })
    .map_err(|error| unwatched(folders, &error.to_string()))?;
    let mut failed = None;
    let mut armed = 0;
    for folder in folders {
        match watcher.watch(folder, RecursiveMode::NonRecursive) {
            Ok(()) => armed += 1,
            Err(error) => failed = Some(error),
        }
    }
    if let (0, Some(error)) = (armed, failed) {
        return Err(unwatched(folders, &error.to_string()));
    }
    // After arming, so that a picture that appears now is told by an event, and what is there is known by name only.
    let known = folders.iter().flat_map(|folder| files(folder)).collect();
    let mut shelf = Shelf { folders: folders.to_vec(), known };
    Ok(async_stream::stream! {
        while let Some(event) = events.recv().await {
            for candidate in shelf.candidates(event, &mut watcher) {
                let path = candidate.path.clone();
                match tokio::task::spawn_blocking(move || read(&candidate)).await {
                    Ok(Ok(Some(given))) => {
                        if shelf.known.insert(path) {
                            yield Ok(given);
                        }
                    }
                    // It is looked at again with its next event.
                    Ok(Ok(None)) => {}
                    Ok(Err(fault)) => {
                        if shelf.known.insert(path) {
                            yield Err(fault);
                        }
                    }
                    Err(error) => tracing::error!("a new picture was not read: {error}"),
                }
            }
        }
    })
}

/// A file that may be a new picture.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Candidate {
    path: PathBuf,
    /// Whoever wrote it is done; otherwise its end has to be that of a picture.
    done: bool,
}

/// What is in the folders.
struct Shelf {
    folders: Vec<PathBuf>,
    /// Files that were there or were told.
    known: HashSet<PathBuf>,
}

impl Shelf {
    fn candidates(&mut self, event: notify::Result<Event>, watcher: &mut RecommendedWatcher) -> Vec<Candidate> {
        let event = match event {
            Ok(event) if !event.need_rescan() => event,
            // Events were lost: whatever is not known is new.
            _ => return self.unknown(&self.folders.clone()),
        };
        let Some(path) = event.paths.last() else { return Vec::new() };
        let done = match event.kind {
            EventKind::Access(AccessKind::Close(AccessMode::Write))
            | EventKind::Modify(ModifyKind::Name(RenameMode::To)) => true,
            // A file may appear whole, as a link to one that was written without a name.
            EventKind::Create(CreateKind::File) => false,
            EventKind::Create(CreateKind::Folder) if self.folders.contains(path) => {
                let path = path.clone();
                if let Err(error) = watcher.watch(&path, RecursiveMode::NonRecursive) {
                    tracing::warn!("{} is not watched: {error}", path.display());
                }
                return self.unknown(&[path]);
            }
            EventKind::Remove(RemoveKind::File) | EventKind::Modify(ModifyKind::Name(RenameMode::From)) => {
                self.known.remove(path);
                return Vec::new();
            }
            _ => return Vec::new(),
        };
        if self.known.contains(path) || !is_offered(path) {
            return Vec::new();
        }
        vec![Candidate { path: path.clone(), done }]
    }

    fn unknown(&self, folders: &[PathBuf]) -> Vec<Candidate> {
        let there = folders.iter().flat_map(|folder| files(folder));
        let new = there.filter(|path| !self.known.contains(path) && is_offered(path));
        new.map(|path| Candidate { path, done: false }).collect()
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    std::fs::read_dir(folder).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path())).collect()
}

/// Whether a file of this name may be a screenshot of somebody else's.
fn is_offered(path: &Path) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_lowercase();
    matches!(ending.as_str(), "png" | "jpg" | "jpeg" | "webp" | "gif")
        && !file_name(path).starts_with('.')
        && !pictures::is_own(path)
}

/// The picture in a file; nothing where it is none, or not whole. Blocks.
fn read(candidate: &Candidate) -> Result<Option<Given>, Fault> {
    let Candidate { path, done } = candidate;
    let is_file = std::fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_file());
    // What is exchanged for a pipe meanwhile must not keep us waiting.
    let nonblocking = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
    let opened = std::fs::OpenOptions::new().read(true).custom_flags(nonblocking).open(path);
    let (true, Ok(file)) = (is_file, opened) else { return Ok(None) };
    let mut bytes = Vec::new();
    if file.take(LARGEST_PICTURE as u64 + 1).read_to_end(&mut bytes).is_err() {
        return Ok(None);
    }
    if bytes.len() > LARGEST_PICTURE {
        let most = LARGEST_PICTURE / (1024 * 1024);
        let detail = format!("{} has more than {most} MB. Save a smaller one, or a part of it.", path.display());
        return Err(Fault::new(FaultKind::Given, "The new screenshot is too large", detail));
    }
    let Ok(image) = Image::from_encoded(bytes) else { return Ok(None) };
    if !done && !has_end(&image) || encode::decoded(&image).is_err() {
        return Ok(None);
    }
    Ok(Some(Given::Picture { name: file_name(path).to_owned(), image: Arc::new(image), seen: None }))
}

/// Whether the last bytes are those with which such a file ends.
fn has_end(image: &Image) -> bool {
    let bytes = &image.bytes;
    match image.media_type {
        MediaType::Png => bytes.ends_with(b"IEND\xaeB`\x82"),
        MediaType::Jpeg => bytes.ends_with(&[0xff, 0xd9]),
        MediaType::Gif => bytes.ends_with(b";"),
        // RIFF says how long it is behind these eight bytes.
        MediaType::Webp => {
            let said = bytes.get(4..8).and_then(|four| four.try_into().ok()).map(u32::from_le_bytes);
            said.is_some_and(|said| bytes.len() as u64 >= u64::from(said) + 8)
        }
    }
}

fn unwatched(folders: &[PathBuf], why: &str) -> Fault {
    let names: Vec<String> = folders.iter().map(|folder| folder.display().to_string()).collect();
    let detail = format!(
        "{}: {why}. Make that folder, or name the one that your screenshots go to with `[capture] screenshots`.",
        names.join(", ")
    );
    Fault::new(FaultKind::Storage, "Screenshots can't be waited for", detail)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use futures::StreamExt as _;

    use super::*;

    fn png(shade: u8) -> Vec<u8> {
        let mut bytes = Vec::new();
        let to = &mut std::io::Cursor::new(&mut bytes);
        image::RgbImage::from_pixel(30, 20, image::Rgb([shade; 3])).write_to(to, image::ImageFormat::Png).unwrap();
        bytes
    }

    async fn next(stream: &mut (impl Stream<Item = Result<Given, Fault>> + Unpin)) -> (String, Vec<u8>) {
        match stream.next().await.unwrap().unwrap() {
            Given::Picture { name, image, .. } => (name, image.bytes.clone()),
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn each_new_picture_is_told_once_and_whole_however_it_is_written() {
        let home = tempfile::tempdir().unwrap();
        let (pictures, shots) = (home.path().to_owned(), home.path().join("Screenshots"));
        std::fs::write(pictures.join("old.png"), png(1)).unwrap();
        let mut told = Box::pin(watch(&[shots.clone(), pictures.clone()]).unwrap());
        // Neither what was there, nor Nerva's own, nor what is no picture, by name or by content.
        std::fs::write(pictures.join("old.png"), png(2)).unwrap();
        std::fs::write(pictures.join("Nerva 2026-01-01 10.00.00.png"), png(3)).unwrap();
        std::fs::write(pictures.join(".hidden.png"), png(4)).unwrap();
        std::fs::write(pictures.join("download.png.part"), png(5)).unwrap();
        std::fs::write(pictures.join("words.png"), "no picture").unwrap();
        // Written in pieces.
        let whole = png(6);
        let mut file = std::fs::File::create(pictures.join("slow.png")).unwrap();
        file.write_all(&whole[..whole.len() / 2]).unwrap();
        file.flush().unwrap();
        // Written elsewhere and renamed; linked under its name; in a folder that appears only now.
        std::fs::write(pictures.join(".temporary"), png(7)).unwrap();
        std::fs::rename(pictures.join(".temporary"), pictures.join("renamed.png")).unwrap();
        assert_eq!(next(&mut told).await, ("renamed.png".to_owned(), png(7)));
        std::fs::hard_link(pictures.join("renamed.png"), pictures.join("linked.png")).unwrap();
        assert_eq!(next(&mut told).await.0, "linked.png");
        std::fs::create_dir(&shots).unwrap();
        std::fs::write(shots.join("first.png"), png(8)).unwrap();
        assert_eq!(next(&mut told).await, ("first.png".to_owned(), png(8)));
        std::fs::write(shots.join("second.png"), png(9)).unwrap();
        assert_eq!(next(&mut told).await, ("second.png".to_owned(), png(9)));
        file.write_all(&whole[whole.len() / 2..]).unwrap();
        drop(file);
        assert_eq!(next(&mut told).await, ("slow.png".to_owned(), whole));
        // A name that is free again may be taken again.
        std::fs::remove_file(shots.join("second.png")).unwrap();
        std::fs::write(shots.join("second.png"), png(10)).unwrap();
        assert_eq!(next(&mut told).await, ("second.png".to_owned(), png(10)));
    }

    #[test]
    fn half_a_picture_has_no_end() {
        for format in
            [image::ImageFormat::Png, image::ImageFormat::Jpeg, image::ImageFormat::Gif, image::ImageFormat::WebP]
        {
            let mut bytes = Vec::new();
            let picture = image::RgbaImage::from_pixel(40, 40, image::Rgba([9, 99, 200, 255]));
            let picture = image::DynamicImage::from(picture);
            let picture = if format == image::ImageFormat::Jpeg { picture.to_rgb8().into() } else { picture };
            picture.write_to(&mut std::io::Cursor::new(&mut bytes), format).unwrap();
            let image = Image::from_encoded(bytes).unwrap();
            assert!(has_end(&image), "{format:?}");
            let half = Image { bytes: image.bytes[..image.bytes.len() - 2].to_vec(), ..image };
            assert!(!has_end(&half), "{format:?}");
        }
    }

    #[test]
    fn a_folder_that_is_not_there_is_said_with_the_setting() {
        let missing = PathBuf::from("/nowhere/Screenshots");
        let folders = folders(Some(&missing)).unwrap();
        let Err(fault) = watch(&folders) else { panic!("it is not there") };
        assert!(fault.detail.contains("/nowhere") && fault.detail.contains("[capture] screenshots"), "{fault}");
    }
}
