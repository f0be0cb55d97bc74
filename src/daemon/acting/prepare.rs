//! What is looked up about an action before anything is decided: real paths, the text that would be replaced, what the
//! repositories around it name, the window and program that are meant. Nothing is changed.

use std::path::{Path, PathBuf};

use super::eyes::Eyes;
use super::hands;
use super::perform::blocking;
use crate::config::Notes;
use crate::launcher::Launcher;
use crate::model::{Action, Digest, JournalQuery, Manager, Prepared, Risk};
use crate::platform::act::{files, journal, paths, repository, units, windows};

/// Where things are looked up.
#[derive(Clone)]
pub(super) struct Surroundings {
    pub(super) home: PathBuf,
    pub(super) roots: Vec<String>,
    pub(super) launcher: Launcher,
    pub(super) eyes: Eyes,
    pub(super) notes: Notes,
}

/// The action as it would run, or what is to be said to the model.
pub(super) async fn prepare(action: Action, around: Surroundings) -> Result<Prepared, String> {
    let home = around.home.clone();
    let prepared = looked_up(action, around).await?;
    let Some(path) = prepared.action.path().filter(|_| prepared.action.risk() == Risk::Change).map(str::to_owned)
    else {
        return Ok(prepared);
    };
    let nearby = blocking(move || Ok(repository::nearby(Path::new(&path), &home))).await?;
    Ok(Prepared { nearby, ..prepared })
}

async fn looked_up(action: Action, around: Surroundings) -> Result<Prepared, String> {
    let (mut before, mut crops) = (None, Vec::new());
    let real = |path: &str| paths::resolve(path, &around.roots, &around.home);
    let action = match action {
        Action::FilesList { path } => Action::FilesList { path: real(&path)? },
        Action::FilesRead { path } => Action::FilesRead { path: real(&path)? },
        Action::FilesSearch { path, text } => Action::FilesSearch { path: real(&path)?, text },
        Action::FilesWrite { path, content, before: _ } => {
            let path = real(&path)?;
            let looked = path.clone();
            let found = tokio::task::spawn_blocking(move || files::text(&looked)).await;
            before = found.map_err(|error| error.to_string())??;
            let digest = before.as_ref().map(|text| Digest::of(text.as_bytes()));
            Action::FilesWrite { path, content, before: digest }
        }
        Action::Shell { words, folder, network } => {
            let folder = match (folder.as_str(), around.roots.first()) {
                ("", Some(first)) => first.clone(),
                (folder, _) => real(folder)?,
            };
            if !Path::new(&folder).is_dir() {
                return Err(format!("{folder} is no folder"));
            }
            Action::Shell { words, folder, network }
        }
        Action::WindowFocus { window, .. } => {
            let found = windows::find(&window).await?;
            Action::WindowFocus { window, app: found.app, title: found.title }
        }
        Action::Launch { entry, .. } => {
            let spec = around.launcher.launch_spec(&entry, None).map_err(|fault| fault.to_string())?;
            Action::Launch { entry, name: spec.name, command: spec.argv }
        }
        Action::Screen(screen) => Action::Screen(around.eyes.prepare(screen).await?),
        Action::Input(input) => {
            let (input, shown) = hands::prepare(input, &around.eyes).await?;
            crops = shown;
            Action::Input(input)
        }
        Action::Deed(deed) => return super::deeds::prepare(deed, &around).await,
        Action::UnitStatus { manager, unit } => {
            units::is_its_own_name(manager, &unit).await?;
            Action::UnitStatus { manager, unit }
        }
        Action::UnitControl { verb, unit } => {
            units::is_its_own_name(Manager::User, &unit).await?;
            Action::UnitControl { verb, unit }
        }
        Action::Journal(query) => {
            let (since, until) = journal::range(&query.since, &query.until)?;
            Action::Journal(JournalQuery { since, until, ..query })
        }
        same @ (Action::WindowsList
        | Action::OpenUrl { .. }
        | Action::Notify { .. }
        | Action::ClipboardRead
        | Action::ClipboardWrite { .. }
        | Action::UnitList { .. }) => same,
    };
    Ok(Prepared { before, crops, ..Prepared::new(action) })
}
