//! `nerva capture`: nervad takes the picture, into a file that only the user can read; from there it goes where it was
//! asked to, with the rights of whoever asked.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::args;
use super::print::{fail, out};
use crate::ipc::ClientError;
use crate::ipc::client::Start;
use crate::model::{CaptureTo, Command, Fault, Image, Reply, What};
use crate::platform::capture::encode;
use crate::platform::ocr;
use crate::platform::pictures::{self, Handover};

pub async fn run(arguments: args::Capture) -> ExitCode {
    let args::Capture { what, output, file, clipboard, text, delay } = arguments;
    if output.is_some() && what != What::Screen {
        fail("--output is only for a screen; `nerva capture screen --output NAME`");
        return ExitCode::from(2);
    }
    let interrupted = tokio::signal::ctrl_c();
    let done = async {
        if text {
            let words = Taken::take(what, output, delay).await?.text().await?;
            return put(words, file.as_deref(), clipboard).await;
        }
        if clipboard {
            let to = CaptureTo::Clipboard;
            return super::call(&Command::Capture { what, output, delay, to }, Start::IfNeeded).await.map(describe);
        }
        let taken = Taken::take(what, output, delay).await?;
        let bytes = taken.bytes()?;
        let path = match file.as_deref() {
            Some(path) if path == Path::new("-") => {
                std::io::stdout().lock().write_all(&bytes).map_err(|error| lost(path, &error))?;
                return Ok(String::new());
            }
            Some(path) => {
                std::fs::write(path, &bytes).map_err(|error| lost(path, &error))?;
                path.to_owned()
            }
            None => {
                let image = Image::from_encoded(bytes).map_err(|error| ClientError::Refused(error.to_string()))?;
                pictures::keep(&image).map_err(|fault| ClientError::Refused(fault.to_string()))?
            }
        };
        Ok(format!("{}: {}", path.display(), taken.described))
    };
    tokio::select! {
        _ = interrupted => ExitCode::from(super::ask::INTERRUPTED),
        done = done => match done {
            Ok(words) if words.is_empty() => ExitCode::SUCCESS,
            Ok(words) => out(&words),
            Err(error) => fail(&error.to_string()),
        },
    }
}

/// A picture in a file of ours, which is removed when this is dropped.
pub struct Taken {
    file: Handover,
    described: String,
}

impl Taken {
    /// Has a picture taken. Errors: nervad is not there or refuses, no runtime folder.
    pub async fn take(what: What, output: Option<String>, delay: f64) -> Result<Self, ClientError> {
        let file = Handover::new().map_err(|error| {
            let why = format!("no file for the picture can be made in $XDG_RUNTIME_DIR: {error}; run it in a session");
            ClientError::Refused(why)
        })?;
        let to = CaptureTo::File { path: file.path() };
        let reply = super::call(&Command::Capture { what, output, delay, to }, Start::IfNeeded).await?;
        Ok(Self { file, described: describe(reply) })
    }

    /// The file.
    pub fn path(&self) -> PathBuf {
        self.file.path()
    }

    /// What is written in it.
    async fn text(&self) -> Result<String, ClientError> {
        let bytes = self.bytes()?;
        let image = Image::from_encoded(bytes).map_err(|error| ClientError::Refused(error.to_string()))?;
        let refused = |fault: Fault| ClientError::Refused(fault.to_string());
        let larger = encode::decoded(&image).and_then(|pixels| encode::for_reading(&pixels)).map_err(refused)?;
        let text = ocr::read(&larger).await.map_err(refused)?;
        if text.is_empty() {
            return Err(ClientError::Refused("no text was found; try a smaller region".into()));
        }
        Ok(text)
    }

    fn bytes(&self) -> Result<Vec<u8>, ClientError> {
        std::fs::read(self.path()).map_err(|error| ClientError::Refused(format!("the picture can't be read: {error}")))
    }
}

/// Puts text where it was asked to: to stdout, into a file, on the clipboard. Gives back what is left to print.
async fn put(text: String, file: Option<&Path>, clipboard: bool) -> Result<String, ClientError> {
    if clipboard {
        return super::call(&Command::Copy { text }, Start::IfNeeded).await.map(|_| "copied".into());
    }
    match file.filter(|path| *path != Path::new("-")) {
        None => Ok(text),
        Some(path) => {
            std::fs::write(path, text + "\n").map_err(|error| lost(path, &error))?;
            Ok(path.display().to_string())
        }
    }
}

fn describe(reply: Reply) -> String {
    let Reply::Captured { what, width, height, hidden } = reply else { return "done".into() };
    let hidden = if hidden > 0 { format!(", {hidden} blacked out") } else { String::new() };
    format!("{what}, {width} × {height} px{hidden}")
}

fn lost(path: &Path, error: &std::io::Error) -> ClientError {
    ClientError::Refused(pictures::fault(path, error).to_string())
}
