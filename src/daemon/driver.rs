//! The one place where decisions are carried out in order: takes commands and facts, changes state, publishes the view.

use std::sync::Arc;

use tokio::sync::{mpsc, watch};

use super::acting::Acting;
use super::asking::Meant;
use super::background::Background;
use super::capturing::Wanted;
use super::execute::Saver;
use super::inner::Inner;
use super::models::Models;
use super::notices::Notices;
use super::publish::Publisher;
use super::retouching::{Change, Retouching};
use super::session::{AbortOnDrop, Sessions};
use super::watching::{Wanted as Watched, Watching};
use super::{Options, reload, searching};
use crate::agent::Event;
use crate::config::{Config, Problem};
use crate::history::History;
use crate::launcher::{Dirs, Launcher};
use crate::model::{
    Activity, Command, Commands, Envelope, Fault, Overlay, Reply, ReplyTo, Results, Screen, Severity, Timestamp, View,
};
use crate::platform::announce::Announcer;
use crate::platform::capture::Capturer;
use crate::platform::dnd::Drags;
use crate::platform::scheme::Appearance;
use crate::platform::tray;
use crate::providers::Client;
use crate::theme::Last;

/// All state of the running process.
pub(super) struct Driver {
    pub(super) options: Options,
    pub(super) config: Config,
    pub(super) client: Client,
    pub(super) launcher: Launcher,
    /// What was said of the icon theme that is set.
    pub(super) wrong_icon_theme: Option<Fault>,
    pub(super) history: History,
    pub(super) saver: Saver,
    pub(super) sessions: Sessions,
    pub(super) notices: Notices,
    pub(super) models: Models,
    pub(super) appearance: Appearance,
    /// The themes that were right.
    pub(super) last_look: Last,
    /// What was said of the theme that is set.
    pub(super) wrong_look: Vec<Fault>,
    pub(super) view: View,
    pub(super) publisher: Publisher,
    pub(super) inner: mpsc::Sender<Inner>,
    pub(super) search: Option<AbortOnDrop>,
    pub(super) history_filter: String,
    pub(super) hidden_at: Timestamp,
    /// When the history was looked through for what is too old.
    pub(super) pruned_at: Timestamp,
    pub(super) paused: bool,
    /// Tools at work.
    pub(super) acting: Acting,
    /// What was said of conversations that nobody looks at.
    pub(super) background: Background,
    pub(super) tray: Option<tray::Showing>,
    pub(super) drags: Option<Drags>,
    pub(super) capturer: Capturer,
    /// Whether `[capture] never` could be read since the start.
    pub(super) knows_never: bool,
    /// The picture of the screen that is being taken.
    pub(super) wanted: Option<Wanted>,
    /// The screen or window that is watched.
    pub(super) watching: Watching,
    /// Changes of attached pictures.
    pub(super) retouching: Retouching,
    /// Whether text in pictures can be read here.
    pub(super) reads: bool,
    /// The model that a question is for that came back.
    pub(super) meant: Option<Meant>,
    /// Waits until the oldest attached picture of the screen is too old.
    pub(super) forgetting: Option<AbortOnDrop>,
    /// Waits for new screenshots.
    pub(super) screenshots: Option<AbortOnDrop>,
    _watchers: Vec<AbortOnDrop>,
    reports: mpsc::Receiver<Inner>,
    commands: Commands,
    quit: bool,
}

impl Driver {
    /// Loads the configuration, opens the history and prepares the first view; starts nothing yet.
    pub(super) async fn open(
        options: Options,
        commands: Commands,
    ) -> Result<(Self, watch::Receiver<Arc<View>>), Fault> {
        let (inner, reports) = mpsc::channel(1024);
        // Before anything is read, so that no change is missed.
        let watchers = reload::spawn(&options, inner.clone());
        let loaded = crate::config::load(&options.paths.config_file);
        let mut notices = Notices::default();
        let mistaken = loaded.problems.iter().any(Problem::is_about_tools);
        let knows_never = !loaded.problems.iter().any(Problem::is_about_never);
        for problem in loaded.problems {
            notices.raise(Severity::Warning, problem.at_the_start());
        }
        let config = loaded.config;
        let (client, fault) = reload::client(&config)?;
        if let Some(fault) = fault {
            notices.raise(Severity::Error, fault);
        }
        let (history, fault) = History::open(&options.paths.history_db)?;
        if let Some(fault) = fault {
            notices.raise(Severity::Error, fault);
        }
        let launcher =
            Launcher::new(&config.launcher, &config.theme.icon_theme, Dirs::from_env(options.paths.state_dir.clone()));
        let appearance = Appearance::default();
        let mut last_look = Last::default();
        let (look, wrong_look) = reload::look(&config, appearance, &options, &mut last_look);
        for fault in &wrong_look {
            notices.raise(Severity::Warning, fault.clone());
        }
        let view = View {
            overlay: Overlay::default(),
            screen: Screen::Launcher,
            results: Arc::new(Results { complete: true, ..Results::default() }),
            consent: None,
            conversation: None,
            plan: None,
            work: Arc::new([]),
            attached: Arc::new([]),
            screenshots: false,
            enlarged: None,
            reading: None,
            live: None,
            hover: None,
            pasted: 0,
            insertion: None,
            history: Arc::new([]),
            searched: None,
            trail: Arc::default(),
            undoing: None,
            models: Arc::new([]),
            model: None,
            price: None,
            notices: notices.list(),
            activity: Activity::Idle,
            look: Arc::new(look),
            headless: options.headless.clone(),
        };
        let (publisher, receiver) = Publisher::new(view.clone());
        let (acting, fault) = Acting::open(&options);
        if let Some(fault) = fault {
            notices.raise(Severity::Warning, fault);
        }
        let saver = Saver::start(history.clone(), inner.clone());
        let models = Models::new(history.setting("model").await.unwrap_or_default());
        let token = options.paths.state_dir.join("screencast-token");
        let mut driver = Self {
            options,
            config,
            client,
            launcher,
            wrong_icon_theme: None,
            history,
            saver,
            sessions: Sessions::default(),
            notices,
            models,
            appearance,
            last_look,
            wrong_look,
            view,
            publisher,
            inner,
            search: None,
            history_filter: String::new(),
            hidden_at: Timestamp(0),
            pruned_at: Timestamp(0),
            paused: acting.is_halted(),
            acting,
            background: Background::new(Announcer::start(commands.clone())),
            tray: None,
            drags: None,
            capturer: Capturer::new(None).with_token(&token),
            knows_never,
            wanted: None,
            watching: Watching::default(),
            retouching: Retouching::default(),
            reads: false,
            meant: None,
            forgetting: None,
            screenshots: None,
            _watchers: watchers,
            reports,
            commands,
            quit: false,
        };
        driver.equip(mistaken);
        Ok((driver, receiver))
    }

    /// Runs until `Quit`, then stops what streams and writes everything.
    pub(super) async fn run(mut self, mut inbox: mpsc::UnboundedReceiver<Envelope>) {
        let _rescans = searching::spawn_rescans(self.launcher.clone(), self.inner.clone());
        self.show_tray();
        self.watch_drags();
        self.survey();
        self.prune_history();
        self.resume_newest().await;
        self.refresh_models();
        self.refresh_history();
        self.publish();
        while !self.quit {
            let due = self.publisher.due();
            // A person's command goes before a machine's report.
            tokio::select! {
                biased;
                envelope = inbox.recv() => match envelope {
                    Some(envelope) => self.take(envelope),
                    None => break,
                },
                () = Publisher::wait(due) => self.publisher.now(&self.view),
                Some(report) = self.reports.recv() => self.report(report),
            }
        }
        for id in self.sessions.ids() {
            self.tell(id, Event::Stopped { at: now() });
        }
        self.sweep_handouts();
        self.saver.finish().await;
        if let Err(fault) = self.history.close().await {
            tracing::warn!("{fault}");
        }
    }

    fn take(&mut self, envelope: Envelope) {
        let Envelope { command, reply } = envelope;
        match reply {
            ReplyTo::Nobody => {
                if let Reply::Refused { why } = self.command(command) {
                    tracing::debug!("refused: {why}");
                }
            }
            ReplyTo::Once(sender) => {
                if let Some(command) = self.query(command, sender) {
                    let (command, sender) = command;
                    // The asker may be gone; its command counts all the same.
                    let _ = sender.send(self.command(command));
                }
            }
            ReplyTo::Stream(sink) => match command {
                Command::Ask { ask } => self.ask_apart(ask, sink),
                other => tracing::error!("only a question can be streamed, not {other:?}"),
            },
        }
    }

    /// Carries out a command that changes something.
    pub(super) fn command(&mut self, command: Command) -> Reply {
        if self.view.headless.is_some()
            && let Command::Show | Command::Toggle | Command::Go { .. } = command
        {
            let why = self.view.headless.clone().unwrap_or_default();
            return Reply::Refused { why: format!("there is no overlay here: {why}") };
        }
        match command {
            Command::Show => {
                self.take_back();
                self.show();
            }
            Command::Hide => {
                let _ = self.stays_away(false);
                let _ = self.stands_aside(false);
                self.hide();
            }
            Command::Toggle if self.view.overlay.wanted => self.hide(),
            Command::Toggle => {
                self.take_back();
                self.show();
            }
            Command::Go { screen } => self.go(screen),
            Command::Mapped { visible, output, turn } => {
                self.view.overlay.mapped = visible;
                self.view.overlay.told = turn;
                self.overlay_mapped(visible, output);
                self.publish();
                self.begin_capture();
            }
            Command::Type { query } => self.typed(query),
            Command::Activate { hit, action, token } => return self.activate(&hit, action, token),
            Command::Ask { ask } => return self.ask(ask),
            Command::Stop => self.stop(),
            Command::Regenerate { model } => return self.regenerate(model),
            Command::EditAndResend { message, text } => return self.edit(message, text),
            Command::New => self.new_chat(),
            Command::Open { conversation } => self.open_conversation(conversation),
            Command::Delete { conversation } => self.delete(conversation, None),
            Command::SearchHistory { text } => {
                self.history_filter = text;
                self.refresh_history();
            }
            Command::SelectModel { model } => return self.select_model(model),
            Command::RefreshModels => self.refresh_models(),
            Command::Copy { text } => self.copy(text),
            Command::Attach { given } => return self.attach_given(given),
            Command::Detach { index } => self.detach(index),
            Command::Paste { text, words } => self.paste(text, words),
            Command::Capture { what, output, delay, to } => return self.capture((what, output, delay, to), None),
            Command::WatchScreenshots { on } => return self.watch_screenshots(on),
            Command::Watch { what, output, rate } => {
                return self.watch(Watched { what, output, rate, asker: None });
            }
            Command::Unwatch => self.unwatch(),
            Command::SavePicture { picture } => return self.save_picture(picture),
            Command::CopyPicture { picture } => return self.copy_picture(picture),
            Command::Enlarge { picture } => return self.enlarge(picture),
            Command::Crop { index, part } => return self.change(index, Change::Crop(part)),
            Command::Redact { index, part } => return self.change(index, Change::Redact(part)),
            Command::Restore { index } => return self.restore(index),
            Command::Retake { index } => return self.retake(index),
            Command::ReadText { index } => return self.read_text(index),
            Command::SendText => return self.send_text(),
            Command::Drag { picture } => return self.drag_out(picture),
            Command::Remedy { notice, remedy } => return self.remedy(notice, remedy),
            Command::Dismiss { notice } => {
                self.notices.dismiss(notice);
                self.publish();
            }
            Command::OpenConfig => self.open_config(),
            Command::OpenUrl { url } => self.open_url(url),
            Command::Pause { on } => {
                self.paused = on;
                if on {
                    self.give_up_capture();
                    self.unwatch();
                    self.publish();
                } else {
                    self.resume();
                }
            }
            Command::Consent { consent, digest, answer } => return self.consent(consent, digest, answer),
            Command::Halt => self.halt(),
            Command::Rules => return self.rules(),
            Command::RevokeRule { id } => return self.revoke_rule(id),
            Command::Quit => self.quit = true,
            Command::Tools => return self.tools(),
            Command::Undo { query } => return self.undo_in_view(&query),
            Command::Status | Command::Models | Command::Sessions { .. } => {
                return Reply::Refused { why: "this command needs somebody to reply to".into() };
            }
        }
        Reply::Done
    }

    fn report(&mut self, report: Inner) {
        match report {
            Inner::Agent(id, event) => self.tell(id, event),
            Inner::Results(results) => self.results(results),
            Inner::Rescanned => self.rescanned(),
            Inner::Models(found) => self.found_models(found),
            Inner::History(filter, lines) => {
                if filter == self.history_filter {
                    self.view.history = lines.into();
                    self.view.searched = Some(filter.into());
                    self.publish();
                }
            }
            Inner::Opened(loaded) => self.opened(*loaded),
            Inner::Deleted => self.refresh_history(),
            Inner::Surveyed(survey) => self.surveyed(*survey),
            Inner::Recorded => self.refresh_trail(),
            Inner::Trail(trail) => self.trail_read(trail),
            Inner::Undoing(undoing) => self.undoing(undoing),
            Inner::Appearance(appearance) => {
                self.appearance = appearance;
                self.relook();
            }
            Inner::ConfigChanged => self.reload_config(),
            Inner::ThemesChanged => self.relook(),
            Inner::Ask(ready) => self.ask_ready(ready),
            Inner::Unasked(unasked) => self.unasked(*unasked),
            Inner::Again(again) => self.again(&again),
            Inner::Drag(fact) => self.dragged(fact),
            Inner::DragOut(picture) => self.begin_drag(picture),
            Inner::Given(given) => drop(self.attach_given(given)),
            Inner::Pasted(found) => self.pasted(found),
            Inner::CaptureDue => self.capture_due(),
            Inner::Captured(taken) => self.captured(*taken),
            Inner::Live(number, report) => self.live(number, report),
            Inner::NoPicture(holds) => self.no_picture_came(holds),
            Inner::Enlarged(look, enlarged) => self.enlarged(look, enlarged),
            Inner::Changed(changed) => self.changed(*changed),
            Inner::Read(read) => self.read(*read),
            Inner::Texts(texts) => self.texts(texts),
            Inner::Forget => self.forget(),
            Inner::Back(session) => self.back(session),
            Inner::Screenshot(new) => self.screenshot(new),
            Inner::Launched(Ok(())) => {}
            Inner::Launched(Err(fault)) => {
                self.raise(Severity::Error, fault);
                self.show();
            }
            Inner::NotOpened(url, fault) => {
                self.notices.raise_about(&url, Severity::Error, fault);
                self.publish();
            }
            Inner::Raise(severity, fault) => self.raise(severity, fault),
        }
    }

    /// Shows the icon in the tray, or takes it away, as the configuration says.
    pub(super) fn show_tray(&mut self) {
        let enabled = self.config.tray.enabled;
        self.tray = enabled.then(|| tray::show(self.commands.clone(), self.publisher.subscribe()));
    }

    /// Shows a card.
    pub(super) fn raise(&mut self, severity: Severity, fault: Fault) {
        self.notices.raise(severity, fault);
        self.publish();
    }
}

/// The time of day. The only clock of the core.
pub(super) fn now() -> Timestamp {
    Timestamp(jiff::Timestamp::now().as_millisecond())
}
