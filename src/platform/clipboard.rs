//! The clipboard (ext- and wlr-data-control): what is copied survives the overlay's closing, and pictures and files are read.

use std::os::fd::OwnedFd;

use wl_clipboard_rs::copy::{MimeSource, MimeType, Options, Source};
use wl_clipboard_rs::paste;

use super::given::pipe::Transfer;
use super::given::types::{Choice, Kind, choose_copied, choose_words};
use super::given::{Way, decode};
use super::handout;
use super::wayland::Probe;
use crate::model::{Availability, Fault, FaultKind, Given, Handout};

/// Copies; the text is served by a thread of this process until something else is copied.
pub async fn copy(text: String) -> Result<(), Fault> {
    let copied = tokio::task::spawn_blocking(move || {
        Options::new().copy(Source::Bytes(text.into_bytes().into()), MimeType::Text)
    });
    match copied.await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(uncopied("The text", &error.to_string())),
        Err(error) => Err(uncopied("The text", &error.to_string())),
    }
}

/// Copies a picture, as a picture and as a file. The file is there until something else is copied, or the process ends.
pub async fn copy_picture(picture: Handout) -> Result<(), Fault> {
    let copied = tokio::task::spawn_blocking(move || {
        let offer = handout::prepare(&picture)?;
        let sources = offer.types.into_iter().map(|(media, bytes)| MimeSource {
            source: Source::Bytes(bytes.into()),
            mime_type: MimeType::Specific(media),
        });
        let mut options = Options::new();
        options.foreground(true).omit_additional_text_mime_types(true);
        let prepared = options
            .prepare_copy_multi(sources.collect())
            .map_err(|error| uncopied("The picture", &error.to_string()))?;
        let kept = offer.kept;
        std::thread::spawn(move || {
            if let Err(error) = prepared.serve() {
                tracing::debug!("a program did not take the copied picture: {error}");
            }
            drop(kept);
        });
        Ok(())
    });
    copied.await.unwrap_or_else(|error| Err(uncopied("The picture", &error.to_string())))
}

/// What was copied, if anything that can be taken: files, words, a picture.
pub async fn paste() -> Result<Vec<Given>, Fault> {
    take(choose_copied).await
}

/// The words that were copied, if any.
pub async fn words() -> Result<Vec<Given>, Fault> {
    take(choose_words).await
}

async fn take(choose: fn(&[String]) -> Option<Choice>) -> Result<Vec<Given>, Fault> {
    let Some(choice) = blocking(move || offered(choose)).await? else { return Ok(Vec::new()) };
    match (read(choice.clone()).await, choice.list()) {
        (Err(_), Some(list)) if choice.kind == Kind::Transfer => read(list).await,
        (read, _) => read,
    }
}

fn offered(choose: fn(&[String]) -> Option<Choice>) -> Result<Option<Choice>, Fault> {
    let offered = match paste::get_mime_types_ordered(paste::ClipboardType::Regular, paste::Seat::Unspecified) {
        Err(paste::Error::ClipboardEmpty | paste::Error::NoMimeType) => return Ok(None),
        offered => offered.map_err(|error| unpasted(&error.to_string()))?,
    };
    let detail = "Copy a picture (PNG, JPEG, WebP, GIF), files or text, and paste again.";
    choose(&offered).map(Some).ok_or_else(|| Way::Clipboard.fault("can't be pasted", detail))
}

async fn read(choice: Choice) -> Result<Vec<Given>, Fault> {
    let kind = choice.kind;
    decode::decode(kind, blocking(move || contents(&choice)).await?, Way::Clipboard).await
}

/// Runs on a thread of its own: what waits for another program must not keep this one from ending.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, Fault> + Send + 'static) -> Result<T, Fault> {
    let (sender, receiver) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || sender.send(work()));
    receiver.await.unwrap_or_else(|_| Err(unpasted("Nerva failed while it read it")))
}

fn contents(choice: &Choice) -> Result<Vec<u8>, Fault> {
    let media = paste::MimeType::Specific(&choice.media);
    let (pipe, _) = paste::get_contents(paste::ClipboardType::Regular, paste::Seat::Unspecified, media)
        .map_err(|error| unpasted(&error.to_string()))?;
    Transfer::of(OwnedFd::from(pipe), choice, Way::Clipboard)?.wait()
}

const NEEDED: &str =
    "Nerva needs a compositor with ext-data-control or wlr-data-control; `nerva doctor` says what is there.";

fn uncopied(what: &str, why: &str) -> Fault {
    Fault::new(FaultKind::Desktop, format!("{what} could not be copied"), format!("{why}. {NEEDED}"))
}

fn unpasted(why: &str) -> Fault {
    Fault::new(FaultKind::Desktop, "The clipboard could not be read", format!("{why}. {NEEDED}"))
}

/// Whether the compositor lets programs without a focused window copy.
pub fn is_available(probe: &Probe) -> Availability {
    for name in ["ext_data_control_manager_v1", "zwlr_data_control_manager_v1"] {
        if let Some(version) = probe.version(name) {
            return Availability::usable(format!("{name} v{version}"));
        }
    }
    Availability::unusable(
        "the compositor has no data-control protocol",
        "use a compositor that has one (sway, Hyprland, niri, KDE)",
    )
}
