//! The further tools: what is looked up about each deed beforehand, and where it is done.

use std::path::Path;
use std::time::Duration;

use super::perform::{Reach, blocking, lets_find};
use super::prepare::Surroundings;
use super::undo::turned;
use crate::daemon::driver::now;
use crate::model::{Action, Bus, Deed, Digest, Manager, Prepared};
use crate::platform::act::{
    battery, bounded, bus, files, media, network, nix, notes, opening, outside, paths, plugins, power, units, volume,
    windows,
};
use crate::platform::open;

/// How long a program of nixpkgs may run, once it is fetched.
const PATIENCE: Duration = Duration::from_secs(300);

/// The deed as it would be done, or what is to be said to the model. Nothing is changed.
pub(super) async fn prepare(deed: Deed, around: &Surroundings) -> Result<Prepared, String> {
    let notes = || notes::folder(&around.notes.path, &around.home);
    let note = |name: &str| notes::file(name, &notes()?, &around.notes.daily);
    let same = |deed| Ok(Prepared::new(Action::Deed(deed)));
    match deed {
        Deed::WindowMove { window, to, .. } => {
            let found = windows::find(&window).await?;
            let from = windows::workspace_of(&window).await?;
            same(Deed::WindowMove { window, app: found.app, title: found.title, to, from })
        }
        Deed::WindowClose { window, .. } => {
            let found = windows::find(&window).await?;
            same(Deed::WindowClose { window, app: found.app, title: found.title })
        }
        Deed::WorkspaceSwitch { workspace, .. } => {
            let from = windows::shown().await?;
            same(Deed::WorkspaceSwitch { workspace, from })
        }
        Deed::MediaControl { player, verb, seconds } => {
            let player = media::choose(&bus::connect(Bus::Session).await?, &player).await?;
            same(Deed::MediaControl { player, verb, seconds })
        }
        Deed::BusCall(call) => {
            let connection = bus::connect(call.bus).await?;
            same(Deed::BusCall(bus::prepare(&connection, call).await?))
        }
        Deed::FilesEdit { path, old, new, .. } => {
            let path = paths::resolve(&path, &around.roots, &around.home)?;
            written(path, |path, before| Deed::FilesEdit { path, old, new, before }).await
        }
        Deed::OpenFile { path, .. } => {
            let path = paths::resolve(&path, &around.roots, &around.home)?;
            let looked = path.clone();
            let kind = blocking(move || opening::kind(&looked)).await?;
            same(Deed::OpenFile { path, kind })
        }
        Deed::NotesSearch { text, .. } => same(Deed::NotesSearch { path: notes()?, text }),
        Deed::NoteRead { path } => same(Deed::NoteRead { path: note(&path)? }),
        Deed::NoteNew { path, text } => written(note(&path)?, |path, _| Deed::NoteNew { path, text }).await,
        Deed::NoteAppend { path, text, .. } => {
            written(note(&path)?, |path, before| Deed::NoteAppend { path, text, before }).await
        }
        Deed::NixRun { package, words, folder } => {
            let folder = match (folder.as_str(), around.roots.first()) {
                ("", Some(first)) => first.clone(),
                (folder, _) => paths::resolve(folder, &around.roots, &around.home)?,
            };
            if !Path::new(&folder).is_dir() {
                return Err(format!("{folder} is no folder"));
            }
            same(Deed::NixRun { package, words, folder })
        }
        Deed::RunOutside { words, folder } => {
            let folder = match (folder.as_str(), around.roots.first()) {
                ("", Some(first)) => first.clone(),
                (folder, _) => paths::resolve(folder, &around.roots, &around.home)?,
            };
            if !Path::new(&folder).is_dir() {
                return Err(format!("{folder} is no folder"));
            }
            same(Deed::RunOutside { words, folder })
        }
        Deed::SystemUnit { verb, unit } => {
            units::is_its_own_name(Manager::System, &unit).await?;
            same(Deed::SystemUnit { verb, unit })
        }
        // No call of a model makes one; undoing does not come by here.
        Deed::FilesRemove { .. } => Err("only undoing takes files away".into()),
        deed @ (Deed::WorkspacesList
        | Deed::MediaList
        | Deed::VolumeGet
        | Deed::VolumeSet { .. }
        | Deed::Power { .. }
        | Deed::NetworkStatus
        | Deed::BatteryStatus
        | Deed::BusIntrospect { .. }
        | Deed::NixSearch { .. }
        | Deed::Plugin(_)
        | Deed::Plan(_)) => same(deed),
    }
}

/// A deed that writes a file, with what the file contains now; what does not fit is said before anybody is asked.
async fn written(path: String, deed: impl FnOnce(String, Option<Digest>) -> Deed) -> Result<Prepared, String> {
    let looked = path.clone();
    let before = blocking(move || files::text(&looked)).await?;
    let deed = deed(path, before.as_ref().map(|text| Digest::of(text.as_bytes())));
    if let Some(Err(why)) = deed.written(before.as_deref()) {
        return Err(why);
    }
    Ok(Prepared { before, ..Prepared::new(Action::Deed(deed)) })
}

/// Does it.
pub(super) async fn run(deed: Deed, reach: &Reach) -> Result<String, String> {
    let system = || async { bus::connect(Bus::System).await.ok() };
    match &deed {
        Deed::WindowMove { window, app, to, .. } => {
            windows::move_to(window, app, to).await?;
            reach.undo.keep(&Action::Deed(deed.clone()), now());
            Ok(format!("the window is on {}", to.words()))
        }
        Deed::WindowClose { window, app, title } => {
            windows::close(window, app, title).await?;
            Ok("the window was asked to close".into())
        }
        Deed::WorkspacesList => windows::workspaces().await,
        Deed::WorkspaceSwitch { workspace, .. } => {
            windows::switch(workspace).await?;
            reach.undo.keep(&Action::Deed(deed.clone()), now());
            Ok(format!("workspace {workspace} is shown"))
        }
        Deed::MediaList => media::list(&bus::connect(Bus::Session).await?).await,
        Deed::MediaControl { player, verb, seconds } => {
            media::control(&bus::connect(Bus::Session).await?, player, *verb, *seconds).await
        }
        Deed::VolumeGet => volume::get().await,
        Deed::VolumeSet { percent, muted } => volume::set(*percent, *muted).await,
        Deed::Power { verb } => power::tell(&bus::connect_asking().await?, *verb).await,
        Deed::NetworkStatus => network::status(system().await.as_ref(), Path::new("/sys/class/net")).await,
        Deed::BatteryStatus => battery::status(system().await.as_ref(), Path::new("/sys/class/power_supply")).await,
        Deed::BusIntrospect { bus, name, path } => bus::introspect(&bus::connect(*bus).await?, name, path).await,
        Deed::BusCall(call) => bus::call(&bus::connect(call.bus).await?, call).await,
        Deed::SystemUnit { verb, unit } => {
            let was_active = units::is_active(Manager::System, unit).await;
            let told = units::control(Manager::System, *verb, unit).await?;
            if turned(*verb, was_active, units::is_active(Manager::System, unit).await) {
                reach.undo.keep(&Action::Deed(deed.clone()), now());
            }
            Ok(told)
        }
        Deed::FilesEdit { path, before, .. } | Deed::NoteAppend { path, before, .. } => {
            edit(deed.clone(), path.clone(), *before, reach).await
        }
        Deed::NoteNew { path, .. } => edit(deed.clone(), path.clone(), None, reach).await,
        Deed::FilesRemove { path, before } => {
            let (path, before) = (path.clone(), *before);
            blocking(move || files::remove(&path, before)).await
        }
        Deed::OpenFile { path, kind } => {
            let (looked, kind) = (path.clone(), kind.clone());
            let same = blocking(move || Ok(opening::kind(&looked)? == kind)).await?;
            if !same {
                return Err(format!("{path} is of another kind since it was looked at; nothing was opened"));
            }
            open::open_file(path).await.map_err(|fault| fault.to_string())?;
            Ok("it was handed to the user's program for it".into())
        }
        Deed::NotesSearch { path, text } => {
            let (path, text) = (path.clone(), text.clone());
            let lets = lets_find(reach, Action::Deed(deed.clone()));
            let find = move || match text.as_str() {
                "" => notes::list(&path, lets),
                text => files::search(&path, text, lets),
            };
            blocking(find).await.map(|found| bounded(&found))
        }
        Deed::NoteRead { path } => {
            let (path, missing) = (path.clone(), format!("{path} is not there; notes_search tells what there is"));
            blocking(move || files::text(&path)).await?.map(|text| bounded(&text)).ok_or(missing)
        }
        Deed::NixSearch { within, text } => nix::search(*within, text).await,
        Deed::NixRun { package, words, folder } => {
            let ran = nix::run(package, words, folder, PATIENCE, |piece| reach.printing.put(piece)).await?;
            ran.told()
        }
        Deed::RunOutside { words, folder } => {
            let ran = outside::run(words, folder, PATIENCE, |piece| reach.printing.put(piece)).await?;
            ran.told()
        }
        Deed::Plugin(call) => plugins::run(call).await,
        // It is shown because it was called: the overlay has it from the conversation.
        Deed::Plan(plan) => Ok(format!("the user sees the plan, {}", plan.line())),
    }
}

/// Writes what a deed makes of a file that is as it was when it was shown.
async fn edit(deed: Deed, path: String, before: Option<Digest>, reach: &Reach) -> Result<String, String> {
    let reach = reach.clone();
    blocking(move || {
        let text = files::text(&path)?;
        if text.as_ref().map(|text| Digest::of(text.as_bytes())) != before {
            return Err(format!("{path}: it was changed since it was looked at; read it again"));
        }
        let content = deed.written(text.as_deref()).unwrap_or_else(|| Err("this writes no file".into()))?;
        if matches!(deed, Deed::NoteNew { .. } | Deed::NoteAppend { .. }) {
            files::make_folders(&path)?;
        }
        let by = Action::Deed(deed).digest();
        put(&reach, &path, &content, (before, by))
    })
    .await
}

/// Writes a file that is `before`, after what it contains was kept, as what the action `by` did.
pub(super) fn put(
    reach: &Reach,
    path: &str,
    content: &str,
    (before, by): (Option<Digest>, Digest),
) -> Result<String, String> {
    let text = files::text(path)?;
    let kept = reach.undo.keep_file(path, text.as_deref(), content, (by, now()));
    let kept = kept.map_err(|why| format!("nothing was written, because what is there can't be kept: {why}"))?;
    let written = files::write(path, content, before);
    if written.is_err() {
        reach.undo.forget(kept);
    }
    written
}
