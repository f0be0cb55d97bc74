//! Nix: packages and options are searched, and a program of nixpkgs is fetched, which then runs in the sandbox.
//!
//! Nix itself can't run in there: it needs its daemon's socket, the network and its own home. What it is told is an
//! attribute of nixpkgs and nothing else, and its builds have Nix's own sandbox.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use tokio::process::Command;

use super::{bounded, sandbox};
use crate::model::{Availability, NixKind};

const PROGRAM: &str = "nix";
/// A search evaluates all of nixpkgs the first time.
const SEARCHING: Duration = Duration::from_secs(180);
/// A package may have to be built.
const FETCHING: Duration = Duration::from_secs(900);
/// At most so many results are given.
const MOST: usize = 60;
/// Where NixOS keeps the description of its options.
const OPTIONS: &str = "/run/current-system/sw/share/doc/nixos/options.json";

/// Whether there is a `nix` in the search path.
pub fn is_there() -> bool {
    std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|folder| folder.join(PROGRAM).is_file()))
}

async fn nix(words: &[&str], patience: Duration) -> Result<String, String> {
    let mut command = Command::new(PROGRAM);
    command.args(["--extra-experimental-features", "nix-command flakes"]).args(words);
    command.stdin(Stdio::null()).kill_on_drop(true);
    match tokio::time::timeout(patience, command.output()).await {
        Ok(Ok(output)) if output.status.success() => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        Ok(Ok(output)) => {
            let said = String::from_utf8_lossy(&output.stderr);
            let errors: Vec<&str> = said.lines().filter(|line| !line.trim().is_empty()).collect();
            Err(format!("nix says no: {}", bounded(&errors[errors.len().saturating_sub(12)..].join("\n"))))
        }
        Ok(Err(error)) => Err(format!("nix can't be started: {error}")),
        Err(_) => Err(format!("nix was not done after {} s", patience.as_secs())),
    }
}

/// Packages or options by words, a line each.
///
/// # Errors
/// In words.
pub async fn search(within: NixKind, text: &str) -> Result<String, String> {
    match within {
        NixKind::Packages => {
            // Each word is a pattern of its own; what is special in one is taken literally.
            let words: Vec<String> = text.split_whitespace().map(literal).collect();
            let mut arguments = vec!["search", "--json", "nixpkgs", "--"];
            arguments.extend(words.iter().map(String::as_str));
            packages(&nix(&arguments, SEARCHING).await?)
        }
        NixKind::Options => {
            let read = tokio::fs::read_to_string(OPTIONS).await;
            let json = read.map_err(|_| {
                format!("the options are not described on this machine: {OPTIONS} is not there. It comes with `documentation.nixos.enable` on NixOS")
            })?;
            options(&json, text)
        }
    }
}

fn literal(word: &str) -> String {
    let special = |letter: char| !letter.is_alphanumeric() && letter != '-' && letter != '_';
    word.chars().flat_map(|letter| special(letter).then_some('\\').into_iter().chain([letter])).collect()
}

fn packages(json: &str) -> Result<String, String> {
    let found: Value = serde_json::from_str(json).map_err(|error| format!("nix said what can't be read: {error}"))?;
    let line = |(name, about): (&String, &Value)| {
        // legacyPackages.x86_64-linux.jq
        let attribute = name.splitn(3, '.').nth(2).unwrap_or(name);
        let text = |key: &str| about[key].as_str().unwrap_or_default().to_owned();
        format!("{attribute} ({}): {}", text("version"), text("description"))
    };
    Ok(told(found.as_object().into_iter().flatten().map(line).collect()))
}

fn options(json: &str, text: &str) -> Result<String, String> {
    let all: Value = serde_json::from_str(json).map_err(|error| format!("{OPTIONS} can't be read: {error}"))?;
    let words: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
    let described = |about: &Value| {
        let about = &about["description"];
        about.as_str().or(about["text"].as_str()).unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let mut found: Vec<(bool, String)> = Vec::new();
    for (name, about) in all.as_object().into_iter().flatten() {
        let said = described(about);
        let (lower, whole) = (name.to_lowercase(), said.to_lowercase());
        if words.iter().all(|word| lower.contains(word) || whole.contains(word)) {
            let by_name = words.iter().all(|word| lower.contains(word));
            let short: String = said.chars().take(160).collect();
            found.push((!by_name, format!("{name} ({}): {short}", about["type"].as_str().unwrap_or("any"))));
        }
    }
    found.sort();
    Ok(told(found.into_iter().map(|(_, line)| line).collect()))
}

fn told(mut lines: Vec<String>) -> String {
    let all = lines.len();
    lines.truncate(MOST);
    if all > MOST {
        lines.push(format!("… and {} more; use more words", all - MOST));
    }
    if lines.is_empty() { "nothing has all of these words".into() } else { bounded(&lines.join("\n")) }
}

/// Fetches a package and runs a program of it in the sandbox.
///
/// # Errors
/// In words: it can't be fetched, or the sandbox can't be set up.
pub async fn run(
    package: &str,
    words: &[String],
    folder: &str,
    patience: Duration,
    heard: impl Fn(&[u8]) + Send + Sync,
) -> Result<sandbox::Ran, String> {
    let installable = format!("nixpkgs#{package}");
    let built = nix(&["build", "--no-link", "--json", "--", &installable], FETCHING).await?;
    let command = command(&outputs(&built), words)?;
    sandbox::run(&command, folder, false, patience, heard).await
}

/// Where the package is. Older versions of Nix tell that in no other form.
fn outputs(built: &str) -> Vec<String> {
    let all: Value = serde_json::from_str(built).unwrap_or_default();
    let outputs = all.as_array().into_iter().flatten().filter_map(|each| each["outputs"].as_object());
    outputs.flat_map(serde_json::Map::values).filter_map(|path| path.as_str().map(str::to_owned)).collect()
}

/// The words with the program as it is in the package.
fn command(built: &[String], words: &[String]) -> Result<Vec<String>, String> {
    let (program, rest) = words.split_first().ok_or("there is no command")?;
    if program.contains('/') {
        return Err(format!("{program:?} has to be the name of a program, not a path"));
    }
    let folders = built.iter().filter(|path| path.starts_with("/nix/store/"));
    let mut found = folders.map(|path| format!("{path}/bin/{program}")).filter(|path| Path::new(path).is_file());
    let found = found.next().ok_or_else(|| format!("the package has no program {program}"))?;
    Ok([vec![found], rest.to_vec()].concat())
}

/// Whether there is a Nix here.
pub async fn is_available() -> Availability {
    match nix(&["--version"], Duration::from_secs(10)).await {
        Ok(version) => Availability::usable(version.trim()),
        Err(why) => {
            Availability::unusable(why, "nothing to do where this machine has no Nix: its tools are not offered")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nix_finds_is_told_in_lines() {
        let json = r#"{"legacyPackages.x86_64-linux.jq":{"description":"JSON processor","pname":"jq","version":"1.7"},
            "legacyPackages.x86_64-linux.python3Packages.jq":{"description":"bindings","pname":"jq","version":"1"}}"#;
        assert_eq!(packages(json).unwrap(), "jq (1.7): JSON processor\npython3Packages.jq (1): bindings");
        assert_eq!(packages("{}").unwrap(), "nothing has all of these words");
        assert!(packages("warning").is_err());
        assert_eq!(literal("c++"), "c\\+\\+");
    }

    #[test]
    fn options_are_found_by_name_first() {
        let json = r#"{"services.a.enable":{"type":"boolean","description":"Whether to enable openssh."},
            "services.openssh.enable":{"type":"boolean","description":{"_type":"mdDoc","text":"Run\n it"}}}"#;
        let found = options(json, "openssh enable").unwrap();
        let lines: Vec<&str> = found.lines().collect();
        assert_eq!(
            lines,
            ["services.openssh.enable (boolean): Run it", "services.a.enable (boolean): Whether to enable openssh."]
        );
    }

    #[test]
    fn only_a_program_of_the_package_runs() {
        let words = |program: &str| vec![program.to_owned(), "x".into()];
        for program in ["/bin/sh", "../sh", "sh"] {
            let built = ["/nix/store/none-a", "/tmp"].map(str::to_owned);
            assert!(command(&built, &words(program)).is_err(), "{program}");
        }
        let told = r#"[{"drvPath":"/nix/store/x.drv","outputs":{"bin":"/nix/store/a-bin","out":"/nix/store/a"}}]"#;
        assert_eq!(outputs(told), ["/nix/store/a-bin", "/nix/store/a"]);
        assert!(outputs("").is_empty());
    }
}
