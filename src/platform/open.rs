//! Opens a file in the user's editor or program for it and an address in the user's browser.

use std::path::Path;
use std::time::Duration;

use super::launch;
use crate::model::{Fault, FaultKind, LaunchSpec};

/// How long is watched whether the opener fails.
const PATIENCE: Duration = Duration::from_secs(3);

/// Opens an address in the browser. Only `http` and `https`: it may come from a model's answer, which is why the fault does
/// not name it.
pub async fn open_url(url: &str) -> Result<(), Fault> {
    if !is_web(url) {
        return Err(Fault::new(
            FaultKind::Launch,
            "This address is not opened",
            "Only http and https addresses are; copy it if you trust it.",
        ));
    }
    run("The address", url).await
}

/// Whether it is a web address without anything that hides where it leads.
pub fn is_web(url: &str) -> bool {
    let lower = url.to_ascii_lowercase();
    (lower.starts_with("https://") || lower.starts_with("http://"))
        && !url.chars().any(|character| character.is_control() || character.is_whitespace())
}

/// Opens a file in whatever the desktop opens text with.
pub async fn open_file_in_editor(path: &Path) -> Result<(), Fault> {
    open_file(&path.display().to_string()).await
}

/// Opens a file in the user's program for it. `path` is absolute.
pub async fn open_file(path: &str) -> Result<(), Fault> {
    run(path, path).await
}

/// Has something opened; faults call it by `name`, because they are logged.
async fn run(name: &str, argument: &str) -> Result<(), Fault> {
    let program = "xdg-open";
    let fault = |why: String| {
        Fault::new(
            FaultKind::Launch,
            format!("{name} could not be opened"),
            format!("{why}. Install xdg-utils and set a default program, or open it yourself."),
        )
    };
    let spec = LaunchSpec {
        id: program.into(),
        name: program.into(),
        argv: vec![program.into(), argument.into()],
        directory: None,
        activate: None,
    };
    let started = launch::run(&spec).await.map_err(|not| fault(not.title))?;
    // Some openers stay for as long as the program does; only a quick failure is one.
    match tokio::time::timeout(PATIENCE, started.ended).await {
        Ok(Ok(Some(status))) if !status.success() => Err(fault(format!("{program} ended with {status}"))),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_web_addresses_are_opened() {
        for good in ["https://nixos.org", "HTTP://localhost:8080/a?b=c#d"] {
            assert!(is_web(good), "{good}");
        }
        for bad in ["file:///etc/passwd", "javascript:alert(1)", "https://a\n b", "ssh://x", "", "https ://x"] {
            assert!(!is_web(bad), "{bad}");
        }
    }
}
