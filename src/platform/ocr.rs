//! Text in pictures, read on this machine by tesseract.

use std::process::Stdio;
use std::time::Duration;

use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use crate::model::{Availability, Fault, FaultKind, Image};

/// The program.
const PROGRAM: &str = "tesseract";

/// A screen full of text takes seconds on a slow machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// More languages than this make reading slow and worse.
const MOST_LANGUAGES: usize = 5;

/// Whether it is installed, and with which languages.
pub async fn is_available() -> Availability {
    match languages().await {
        Ok(languages) if languages.is_empty() => {
            Availability::unusable("it has no language", "install one, for example tesseract-ocr-eng")
        }
        Ok(languages) => Availability::usable(languages.join(", ")),
        Err(fault) => Availability::unusable(fault.title, "install tesseract (package tesseract-ocr)"),
    }
}

/// Whether the program is there; its languages are another matter.
pub fn is_installed() -> bool {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&folders).any(|folder| folder.join(PROGRAM).is_file())
}

/// The text in a picture, lines as they stand; empty when there is none.
///
/// The picture has to be one that was encoded here: others are not handed to a program that was written without much
/// distrust. Errors: tesseract is not installed or has no language, fails, or is not done within a minute.
pub async fn read(picture: &Image) -> Result<String, Fault> {
    let languages = languages().await?;
    if languages.is_empty() {
        return Err(failed("it has no language; install one, for example tesseract-ocr-eng"));
    }
    let arguments = ["stdin", "stdout", "-l", &languages.join("+")];
    let output = run(&arguments, &picture.bytes).await?;
    let lines: Vec<&str> = output.lines().map(str::trim_end).collect();
    Ok(lines.join("\n").trim_matches(['\n', '\u{c}']).to_owned())
}

/// The installed languages, English first; data for finding out the script or formulas is none.
async fn languages() -> Result<Vec<String>, Fault> {
    let listed = run(&["--list-langs"], &[]).await?;
    let mut languages: Vec<String> =
        listed.lines().skip(1).map(str::trim).filter(|name| is_language(name)).map(str::to_owned).collect();
    languages.sort_by_key(|name| name != "eng");
    languages.truncate(MOST_LANGUAGES);
    Ok(languages)
}

fn is_language(name: &str) -> bool {
    !name.is_empty() && !name.contains('/') && !matches!(name, "osd" | "equ" | "snum")
}

async fn run(arguments: &[&str], input: &[u8]) -> Result<String, Fault> {
    let started = Command::new(PROGRAM)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn();
    let mut child = match started {
        Ok(child) => child,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Err(missing()),
        Err(error) => return Err(failed(&error.to_string())),
    };
    let stdin = child.stdin.take();
    let feed = async {
        if let Some(mut stdin) = stdin {
            // One that does not want more says why by its status.
            let _ = stdin.write_all(input).await;
        }
    };
    let both = async { tokio::join!(feed, child.wait_with_output()).1 };
    let output = match tokio::time::timeout(PATIENCE, both).await {
        Ok(Ok(output)) => output,
        Ok(Err(error)) => return Err(failed(&error.to_string())),
        Err(_) => return Err(failed("it was not done within a minute")),
    };
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(failed(said.lines().last().unwrap_or("it failed without a word")));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn missing() -> Fault {
    let detail = "Install tesseract (package tesseract-ocr, with the languages you read), or ask a model for the text.";
    Fault::new(FaultKind::Given, "Text is read by tesseract, which is not installed", detail.to_owned())
}

fn failed(why: &str) -> Fault {
    Fault::new(
        FaultKind::Given,
        "The text could not be read",
        format!("tesseract: {why}. Crop the picture and try again, or ask a model for the text."),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_that_is_no_language_is_left_out() {
        for (name, expected) in [("eng", true), ("chi_sim", true), ("osd", false), ("script/Latin", false), ("", false)]
        {
            assert_eq!(is_language(name), expected, "{name}");
        }
    }
}
