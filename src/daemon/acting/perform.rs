//! Where actions are done: with leave, and on record, or not at all.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::eyes::Eyes;
use super::gate::Approval;
use super::printing::Printing;
use super::undo::{Undo, turned};
use super::{deeds, hands};
use crate::agent::{Equipment, Outcome};
use crate::audit::Receipt;
use crate::daemon::driver::now;
use crate::launcher::Launcher;
use crate::model::{Action, Given, Manager};
use crate::platform::act::{bounded, files, journal, notify, sandbox, units, windows};
use crate::platform::{clipboard, launch, open};

/// How long a command may run.
const PATIENCE: Duration = Duration::from_secs(300);

/// What it is done with.
#[derive(Clone)]
pub(super) struct Reach {
    pub(super) launcher: Launcher,
    pub(super) undo: Undo,
    /// The screen, for a conversation.
    pub(super) eyes: Option<Eyes>,
    /// The rules.
    pub(super) equipment: Option<Arc<Equipment>>,
    /// Where what a command prints goes while it runs.
    pub(super) printing: Printing,
}

/// What a search may tell of: a rule or protection may be about a place below its own.
pub(super) fn lets_find(reach: &Reach, search: Action) -> impl Fn(&str) -> bool + Send + 'static {
    let equipment = reach.equipment.clone();
    move |path| equipment.as_ref().is_some_and(|equipment| equipment.policy.lets_find(&search, path))
}

/// Does it. Both the approval and the record have to be of this very action.
pub(super) async fn perform(action: Action, approval: Approval, receipt: Receipt, reach: Reach) -> Outcome {
    if let Err(why) = approval.redeem(&action, Instant::now()) {
        return Outcome::failed(format!("{why}; nothing was done"));
    }
    if receipt.action() != action.digest() {
        return Outcome::failed("what is on record is something else; nothing was done");
    }
    let done = match (action, &reach.eyes) {
        (Action::Screen(screen), Some(eyes)) => eyes.perform(screen).await,
        (Action::Input(input), Some(eyes)) => hands::perform(&input, eyes).await,
        (other, _) => run(other, &reach).await.map(Outcome::well),
    };
    done.unwrap_or_else(Outcome::failed)
}

async fn run(action: Action, reach: &Reach) -> Result<String, String> {
    let by = action.digest();
    match action {
        Action::FilesList { path } => blocking(move || files::list(&path)).await,
        Action::FilesRead { path } => {
            let missing = format!("{path} is not there");
            let text = blocking(move || files::text(&path)).await?.ok_or(missing)?;
            Ok(if text.is_empty() { "the file is empty".into() } else { bounded(&text) })
        }
        Action::FilesSearch { ref path, ref text } => {
            let (path, text, lets) = (path.clone(), text.clone(), lets_find(reach, action.clone()));
            blocking(move || files::search(&path, &text, lets)).await.map(|found| bounded(&found))
        }
        Action::FilesWrite { path, content, before } => {
            let reach = reach.clone();
            blocking(move || deeds::put(&reach, &path, &content, (before, by))).await
        }
        Action::Shell { words, folder, network } => {
            let ran = sandbox::run(&words, &folder, network, PATIENCE, |piece| reach.printing.put(piece)).await?;
            ran.told()
        }
        Action::WindowsList => windows::list().await,
        Action::WindowFocus { ref window, ref app, ref title } => {
            let before = windows::with_keyboard().await.ok();
            windows::focus(window, app, title).await?;
            reach.undo.keep_focus(&action, before, now());
            Ok("the window has the keyboard as soon as Nerva is hidden".into())
        }
        Action::Launch { entry, command, name } => {
            let spec = reach.launcher.launch_spec(&entry, None).map_err(|fault| fault.to_string())?;
            if spec.argv != command || spec.name != name {
                return Err("its desktop file was changed since it was looked at".into());
            }
            launch::start(spec, None).await.map_err(|fault| fault.to_string())?;
            Ok(format!("{name} was started"))
        }
        Action::OpenUrl { url } => {
            open::open_url(&url).await.map_err(|fault| fault.to_string())?;
            Ok("it was handed to the browser".into())
        }
        Action::Notify { title, body } => notify::show(&title, &body).await.map(|()| "it is shown".into()),
        Action::ClipboardRead => {
            let given = clipboard::words().await.map_err(|fault| fault.to_string())?;
            let texts = given.iter().filter_map(|given| match given {
                Given::Text { text } => Some(text.as_str()),
                _ => None,
            });
            let text = texts.collect::<Vec<_>>().join("\n");
            if text.is_empty() { Err("there is no text on the clipboard".into()) } else { Ok(bounded(&text)) }
        }
        Action::ClipboardWrite { text } => {
            clipboard::copy(text).await.map_err(|fault| fault.to_string())?;
            Ok("it is on the clipboard".into())
        }
        Action::UnitList { manager, name } => units::list(manager, &name).await.map(|list| bounded(&list)),
        Action::UnitStatus { manager, unit } => units::status(manager, &unit).await,
        Action::UnitControl { verb, unit } => {
            let was_active = units::is_active(Manager::User, &unit).await;
            let told = units::control(Manager::User, verb, &unit).await?;
            if turned(verb, was_active, units::is_active(Manager::User, &unit).await) {
                reach.undo.keep(&Action::UnitControl { verb, unit }, now());
            }
            Ok(told)
        }
        Action::Journal(query) => journal::read(&query).await,
        Action::Screen(_) | Action::Input(_) => Err("only a conversation looks at the screen and works it".into()),
        Action::Deed(deed) => deeds::run(deed, reach).await,
    }
}

/// What blocks is done on a thread for that.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, String> + Send + 'static,
) -> Result<T, String> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| Err(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::super::gate::Gate;
    use super::*;
    use crate::agent::policy::{Places, Policy, Surroundings};
    use crate::audit::{Audit, Place};
    use crate::config::schema;
    use crate::daemon::session::SessionId;
    use crate::launcher::Dirs;
    use crate::model::{CallId, Grant, Happened, Record, Timestamp};

    fn write(path: &std::path::Path) -> Action {
        Action::FilesWrite { path: path.display().to_string(), content: "x".into(), before: None }
    }

    /// Leave to do this, by a rule.
    fn approved(action: &Action) -> Approval {
        let rule = crate::model::Rule { tool: "files_write".into(), ..crate::model::Rule::default() };
        let policy = Policy { allow: vec![rule], ..Policy::default() };
        let times = (Instant::now(), Timestamp(1));
        let grant = Grant::Rule { rule: policy.allow[0].recorded() };
        Gate::default().approve((SessionId(1), CallId(1)), action, &grant, &policy, times).unwrap()
    }

    #[tokio::test]
    async fn nothing_is_done_but_what_is_approved_and_on_record() {
        let folder = tempfile::tempdir().unwrap();
        let audit = Audit::open(&Place::new(&folder.path().join("data"), &folder.path().join("state"))).unwrap();
        let reach = || Reach {
            launcher: Launcher::new(&schema::Launcher::default(), "", Dirs::default()),
            undo: Undo::open(folder.path()),
            eyes: None,
            equipment: None,
            printing: Printing::default(),
        };
        let (right, wrong) = (folder.path().join("right"), folder.path().join("wrong"));
        let on_record = async |action: &Action| {
            let what = Happened::Started { action: action.clone(), grant: Grant::Person };
            audit.started(Record { at: Timestamp(1), conversation: None, what }).await.unwrap()
        };
        let (asked, other) = (write(&right), write(&wrong));
        let outcome = perform(other.clone(), approved(&asked), on_record(&other).await, reach()).await;
        assert!(outcome.is_error && outcome.content.contains("nothing was done"), "{outcome:?}");
        let outcome = perform(other.clone(), approved(&other), on_record(&asked).await, reach()).await;
        assert!(outcome.is_error && outcome.content.contains("on record"), "{outcome:?}");
        assert!(!wrong.exists() && !right.exists());
        let outcome = perform(asked.clone(), approved(&asked), on_record(&asked).await, reach()).await;
        assert!(!outcome.is_error && right.exists(), "{outcome:?}");
    }
    /// Rules and protection that are about a place below the one that is searched.
    #[tokio::test]
    async fn a_search_tells_nothing_that_may_not_be_read() {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().canonicalize().unwrap().display().to_string();
        for file in ["docs/a", "docs/private/b", "docs/asked/c", "docs/gh/d", "docs/nerva/e", "docs/read/f.md"] {
            let file = std::path::Path::new(&home).join(file);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, "the secret\n").unwrap();
        }
        std::fs::rename(format!("{home}/docs"), format!("{home}/.config")).unwrap();
        let at = |below: &str| format!("{home}/.config{below}");
        let rule = |tool: &str, below: &str| crate::model::Rule {
            tool: tool.into(),
            path: at(below),
            ..crate::model::Rule::default()
        };
        let policy = Policy {
            deny: vec![rule("*", "/private"), rule("files_read", "/read"), rule("note_read", "/read")],
            ask: vec![rule("files_search", "/asked"), rule("notes_search", "/asked")],
            places: Places::new(home.clone(), vec![at("/nerva")], &Surroundings::default()),
            ..Policy::default()
        };
        let limits = crate::agent::Limits { steps: 1, seconds: 1, dollars: 1.0 };
        let equipment =
            Equipment::with(policy, limits, std::collections::HashMap::new(), &[], crate::agent::Toolbox::default());
        let reach = Reach {
            launcher: Launcher::new(&schema::Launcher::default(), "", Dirs::default()),
            undo: Undo::open(folder.path()),
            eyes: None,
            equipment: Some(Arc::new(equipment)),
            printing: Printing::default(),
        };
        for text in ["SECRET", "none", ""] {
            let notes = crate::model::Deed::NotesSearch { path: at(""), text: text.into() };
            for search in [Action::FilesSearch { path: at(""), text: text.into() }, Action::Deed(notes)] {
                let found = run(search.clone(), &reach).await.unwrap();
                let told: Vec<&str> = found.lines().collect();
                let [first, last] = told.as_slice() else { panic!("{search:?}: {found}") };
                assert!(last.starts_with("… left out: 5 "), "{search:?}: {found}");
                assert_eq!(
                    first.contains("the secret"),
                    text == "SECRET" || (text.is_empty() && first.contains("/a:")),
                    "{found}"
                );
            }
        }
        // What was asked about is told.
        let found = run(Action::FilesSearch { path: at("/asked"), text: "secret".into() }, &reach).await.unwrap();
        assert_eq!(found, format!("{}:1: the secret", at("/asked/c")));
        let found = run(Action::FilesSearch { path: at("/gh"), text: "secret".into() }, &reach).await.unwrap();
        assert_eq!(found, format!("{}:1: the secret", at("/gh/d")));
    }
}
