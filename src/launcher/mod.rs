//! What is typed becomes ranked results.
//!
//! `rank` and the maths of `frecency` are pure; `entries` and `icons` read the disk while nobody waits; a keystroke
//! touches memory only. The handle, [`Launcher`], is cheap to clone and may be used from any thread.

mod desktop_file;
mod dirs;
mod doctor;
mod entries;
mod exec;
mod frecency;
mod icons;
mod index;
mod rank;
mod source;
mod terminal;
mod watch;

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::task::Poll;
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};

use futures::Stream;
use tokio::sync::Notify;

pub use dirs::Dirs;
pub use doctor::backends;
pub use source::About;

use crate::config::schema;
use crate::model::{
    Activate, Fault, FaultKind, Hit, HitId, LaunchSpec, ModelRef, Query, Remedy, Results, Summary, Timestamp,
};
use entries::Entry;
use frecency::Usage;
use icons::{Icons, Missing};
use index::{IconFiles, Index};
use rank::Ranker;
use source::Sources;

/// Searches and prepares launches.
#[derive(Debug, Clone)]
pub struct Launcher {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    dirs: Dirs,
    settings: RwLock<Settings>,
    index: RwLock<Arc<Index>>,
    icons: RwLock<Arc<IconFiles>>,
    usage: Mutex<Usage>,
    ranker: Mutex<Ranker>,
    problems: Mutex<Problems>,
    /// Held while scanning and while looking icons up, so that an older one never replaces a newer.
    scanning: Mutex<()>,
    /// Told when another icon theme is set.
    due: Notify,
    /// Held while writing the frecency file.
    saving: Mutex<()>,
}

#[derive(Debug, Clone, PartialEq)]
struct Settings {
    launcher: schema::Launcher,
    icon_theme: String,
}

#[derive(Debug, Default)]
struct Problems {
    entries: Vec<Fault>,
    icons: Option<Missing>,
    usage: Option<Fault>,
}

impl Launcher {
    /// Reads what was used before; finds no programs until [`Launcher::rescan`].
    pub fn new(settings: &schema::Launcher, icon_theme: &str, dirs: Dirs) -> Self {
        let (usage, fault) = Usage::load(&usage_file(&dirs));
        let settings = Settings { launcher: settings.clone(), icon_theme: icon_theme.to_owned() };
        Self {
            inner: Arc::new(Inner {
                dirs,
                settings: RwLock::new(settings),
                index: RwLock::default(),
                icons: RwLock::default(),
                usage: Mutex::new(usage),
                ranker: Mutex::default(),
                problems: Mutex::new(Problems { usage: fault, ..Problems::default() }),
                scanning: Mutex::default(),
                due: Notify::new(),
                saving: Mutex::default(),
            }),
        }
    }

    /// Reads all desktop entries, then looks their icons up. Blocks on the disk; what was there before is found until
    /// the new entries are ready, and old icons are shown until the new ones are.
    pub fn rescan(&self) {
        let inner = &self.inner;
        let _one = lock(&inner.scanning);
        let scan = entries::scan(&inner.dirs);
        lock(&inner.problems).entries = scan.broken.iter().map(Fault::from).collect();
        *inner.index.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(Index::new(scan.entries));
        inner.find_icons();
    }

    /// Takes new settings, at once. With another icon theme a [`Launcher::rescan`] is due, and where the theme was missing,
    /// which may be installed by now.
    pub fn configure(&self, settings: &schema::Launcher, icon_theme: &str) {
        let new = Settings { launcher: settings.clone(), icon_theme: icon_theme.to_owned() };
        let old = std::mem::replace(&mut *self.inner.settings.write().unwrap_or_else(PoisonError::into_inner), new);
        if old.icon_theme != icon_theme || lock(&self.inner.problems).icons.is_some() {
            self.inner.due.notify_one();
        }
    }

    /// Yields at once, then whenever desktop entries changed on disk or another icon theme was set: each time a
    /// [`Launcher::rescan`] is due. Needs a tokio runtime.
    pub fn watch(&self) -> impl Stream<Item = ()> + Send + 'static + use<> {
        let inner = Arc::clone(&self.inner);
        let set = futures::stream::unfold(inner, |inner| async move {
            inner.due.notified().await;
            Some(((), inner))
        });
        futures::stream::select(watch::watch(self.inner.dirs.data.clone()), set)
    }

    /// Results for `query`; each item is the whole list so far, and no row of an earlier item ever moves.
    ///
    /// The first item holds every fast source and, last, the Ask row. `conversations` that are not ready by then are
    /// appended below it. The last item has `complete` set. An empty query gives one complete list: what is used most, then
    /// the rest by name; nothing of it is a question.
    pub fn search<F>(
        &self,
        query: &Query,
        model: Option<&ModelRef>,
        conversations: F,
    ) -> impl Stream<Item = Results> + Send + 'static + use<F>
    where
        F: Future<Output = Vec<Summary>> + Send + 'static,
    {
        let inner = Arc::clone(&self.inner);
        let query = query.clone();
        let model = model.cloned();
        async_stream::stream! {
            let results = |hits: Arc<[Hit]>, complete| Results {
                generation: query.generation,
                query: query.text.clone(),
                hits,
                complete,
            };
            if query.text.trim().is_empty() {
                yield results(inner.fast(&query).into(), true);
                return;
            }
            let mut conversations = Box::pin(conversations);
            let wanted = inner.settings().launcher.conversations;
            let found = if wanted { futures::poll!(&mut conversations) } else { Poll::Ready(Vec::new()) };
            let mut hits = inner.fast(&query);
            if let Poll::Ready(found) = &found {
                hits.extend(inner.conversations(&query, found));
            }
            hits.push(source::ask(&query, model.as_ref()));
            let hits: Arc<[Hit]> = hits.into();
            yield results(Arc::clone(&hits), found.is_ready());
            if found.is_pending() {
                let found = inner.conversations(&query, &conversations.await);
                yield results(hits.iter().cloned().chain(found).collect(), true);
            }
        }
    }

    /// What can be asked about what is attached, instead of what can be launched.
    pub fn about(&self, about: &About, query: &Query, model: Option<&ModelRef>) -> Results {
        Results {
            generation: query.generation,
            query: query.text.clone(),
            hits: about.search(query, model, &self.inner.dirs.locales).into(),
            complete: true,
        }
    }

    /// How to start an entry (its desktop file id, with `.desktop`) or one of its actions.
    ///
    /// # Errors
    /// When it is not there any more, its command line is wrong, or it needs a terminal and there is none.
    pub fn launch_spec(&self, entry: &str, action: Option<&str>) -> Result<LaunchSpec, Fault> {
        let index = self.inner.index();
        let Some(entry) = index.entry(entry) else {
            return Err(Fault::new(
                FaultKind::Launch,
                format!("{entry} is not installed any more"),
                "Its desktop file is gone. Search again, or reinstall the program",
            ));
        };
        self.inner.spec(entry, action)
    }

    /// Counts one use of a hit that was found by `query`. The file is written in the background.
    /// Calculations, questions and conversations are not counted.
    pub fn used(&self, hit: &HitId, query: &str, now: Timestamp) {
        if !hit.0.starts_with("app:") && !hit.0.starts_with("command:") {
            return;
        }
        lock(&self.inner.usage).used(hit, query, now);
        let inner = Arc::clone(&self.inner);
        background("frecency", move || inner.save());
    }

    /// What is wrong with the desktop files that were passed over, with the desktop's own icon theme, and with the
    /// frecency file.
    pub fn problems(&self) -> Vec<Fault> {
        let problems = lock(&self.inner.problems);
        let icons = problems.icons.iter().filter(|missing| !missing.chosen).map(Fault::from);
        problems.usage.iter().chain(&problems.entries).cloned().chain(icons).collect()
    }

    /// That the icon theme which is set is not installed, once it was looked for.
    pub fn wrong_icon_theme(&self) -> Option<Fault> {
        let set = self.inner.settings().icon_theme;
        let problems = lock(&self.inner.problems);
        problems.icons.as_ref().filter(|missing| missing.chosen && missing.theme == set).map(Fault::from)
    }
}

impl Inner {
    fn settings(&self) -> Settings {
        self.settings.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn index(&self) -> Arc<Index> {
        Arc::clone(&self.index.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn fast(&self, query: &Query) -> Vec<Hit> {
        let settings = self.settings();
        let index = self.index();
        let icons = Arc::clone(&self.icons.read().unwrap_or_else(PoisonError::into_inner));
        let lifts: HashMap<HitId, i64> = {
            let usage = lock(&self.usage);
            usage.lifts(&query.text, now()).map(|(hit, lift)| (hit.clone(), lift)).collect()
        };
        let sources = Sources { settings: &settings.launcher, index: &index, icons: &icons, lifts: &lifts };
        sources.search(query, &mut lock(&self.ranker))
    }

    fn conversations(&self, query: &Query, found: &[Summary]) -> Vec<Hit> {
        source::conversations(query, found, &mut lock(&self.ranker))
    }

    fn find_icons(&self) {
        let theme = self.settings().icon_theme;
        let mut icons = Icons::new(&theme, &self.dirs);
        let index = self.index();
        let mut files = IconFiles::new();
        for name in index.icon_names() {
            if !files.contains_key(name) {
                files.insert(name.to_owned(), icons.find(name));
            }
        }
        *self.icons.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(files);
        lock(&self.problems).icons = icons.missing().cloned();
    }

    fn spec(&self, entry: &Entry, action: Option<&str>) -> Result<LaunchSpec, Fault> {
        let fault = |why: String| {
            let detail = format!("{why}. Correct {}", entry.path.display());
            Fault::new(FaultKind::Launch, format!("{} can't be started", entry.name), detail)
        };
        let chosen = match action {
            None => None,
            Some(id) => match entry.actions.iter().find(|action| action.id == id) {
                Some(action) => Some(action),
                None => return Err(fault(format!("It has no action “{id}” any more"))),
            },
        };
        let words = chosen.map_or(&entry.exec, |action| &action.exec);
        let mut argv = Vec::new();
        if !words.is_empty() {
            let codes = exec::Codes { icon: entry.icon.as_deref(), name: &entry.name, path: &entry.path };
            argv = exec::expand(words, codes).map_err(|error| fault(error.to_string()))?;
            if entry.terminal {
                let configured = self.settings().launcher.terminal;
                let mut terminal = terminal::words(&configured, &self.dirs).ok_or_else(|| {
                    Fault::new(
                        FaultKind::Launch,
                        format!("{} needs a terminal and none was found", entry.name),
                        "Install one, for example foot, or set launcher.terminal to the words that start yours",
                    )
                    .or(Remedy::OpenConfig)
                })?;
                terminal.append(&mut argv);
                argv = terminal;
            }
        }
        let activate = entry
            .activatable
            .then(|| Activate { bus_name: entry.app_id().to_owned(), action: chosen.map(|action| action.id.clone()) });
        Ok(LaunchSpec {
            id: entry.app_id().to_owned(),
            name: entry.name.clone(),
            argv,
            directory: entry.directory.clone(),
            activate,
        })
    }

    fn save(&self) {
        let path = usage_file(&self.dirs);
        let saved = {
            let _one = lock(&self.saving);
            // Taken inside, so that whoever writes last writes the newest.
            let usage = lock(&self.usage).clone();
            usage.save(&path)
        };
        let fault = saved.err().map(|error| {
            tracing::warn!(path = %path.display(), %error, "frecency not saved");
            let detail = format!("{} can't be written: {error}. Check the disk and its permissions", path.display());
            Fault::new(FaultKind::Storage, "Which programs are used most is not kept", detail)
        });
        lock(&self.problems).usage = fault;
    }
}

fn usage_file(dirs: &Dirs) -> PathBuf {
    dirs.state.join("frecency.json")
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// Runs `work` on a thread of its own; where none can be had, here.
fn background(name: &str, work: impl FnOnce() + Send + 'static) {
    let work = Arc::new(Mutex::new(Some(work)));
    let theirs = Arc::clone(&work);
    let take = |work: &Mutex<Option<_>>| lock(work).take();
    let spawned = thread::Builder::new().name(name.to_owned()).spawn(move || {
        if let Some(work) = take(&theirs) {
            work();
        }
    });
    if spawned.is_err() {
        let mine = lock(&work).take();
        if let Some(work) = mine {
            work();
        }
    }
}

/// A poisoned lock guards data that is whole between statements, so it is used on.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
