//! The surface under the card: only this and the files below it name the shell crate.
//!
//! A new surface is made each time the view wants the overlay, and closed when it does not; the renderer stays.

mod blur;
mod destination;
mod measure;
mod place;
mod surface;
mod views;

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use iced::window::Id;
use iced::{Pixels, Settings, Size, Subscription, Task, window};
use iced_exwlshell::daemon;
use iced_exwlshell::redraw::Scope;
use iced_exwlshell::reexport::{ActivationTokenSink, Anchor, WithConnection};
use iced_exwlshell::settings::{ExWlSettings, LayerShellSettings, StartMode};
use iced_exwlshell::shell::{ShellEvent, ShellReceiver};
use tokio::runtime::Handle;
use tokio::sync::watch;
use wayland_client::Connection;

pub use self::destination::Destination;
use self::measure::{looks_alike, pixels};
use self::message::Message;
use self::surface::close;
use self::views::Views;
use super::app::{self, App, Request};
use super::executor::Here;
use super::frame::{Fact, Slack, frame};
use super::pace::Pace;
use super::theme::{Theme, font};
use super::{Renderer, Startup, SurfaceKind, software};
use crate::model::{Commands, Fault, FaultKind, HitId, SHADOW_REACH, Screen, View};
use crate::ui::Element;

/// The namespace of the surface and the app id of the window.
const NAMESPACE: &str = "nerva";
/// How long a result waits for an activation token. A compositor answers at once, a busy one before anyone notices; without
/// it the program's window may not get the focus.
const TOKEN_WAIT: Duration = Duration::from_millis(100);
/// How long a typed letter waits for its results, to be drawn with them.
const RESULTS_WAIT: Duration = Duration::from_millis(3);
/// How long of that it only gives way: most results are there before a thread that sleeps would be awake.
const AWAKE: Duration = Duration::from_micros(400);
/// Room for the shadow.
const SHADOW: Slack = Slack { top: 40.0, side: 56.0, bottom: 72.0 };
const _: () = assert!(SHADOW.bottom < SHADOW_REACH && SHADOW.side < SHADOW_REACH && SHADOW.top < SHADOW_REACH);

mod message {
    #![allow(dead_code, reason = "the macro adds constructors for kinds of surfaces that are not used")]

    use std::sync::Arc;

    use iced_exwlshell::to_exwlshell_message;

    use crate::model::View;
    use crate::ui::app;

    /// What happens to the surface, and what the macro adds.
    #[to_exwlshell_message]
    #[derive(Debug, Clone)]
    pub enum Message {
        /// In the card.
        App(app::Message),
        /// The core has a new view.
        View(Arc<View>),
        /// The core is gone.
        Ended,
        /// What is owed has waited long enough: draw it.
        Settle,
        /// The first frame of a surface was presented.
        Opened(iced::window::Id),
        /// A surface is gone.
        Closed(iced::window::Id),
        /// The card has another height now.
        Height(iced::window::Id, f32),
        /// An output is there, with its name and height.
        Output(u32, Option<String>, f32),
        /// An output is gone.
        OutputGone(u32),
        /// A surface is on this output.
        OnOutput(iced::window::Id, u32),
        /// The activation token that was asked for; `None` when it did not come in time.
        Token(Option<String>),
    }
}

/// Runs the overlay on this thread, with surfaces of this connection, until the sender of `view` is dropped.
///
/// Has to be called inside a tokio runtime. `ICED_BACKEND` has to name the renderer of `startup`; iced reads it there.
pub fn run(
    commands: Commands,
    view: watch::Receiver<Arc<View>>,
    connection: Connection,
    startup: Startup,
) -> Result<(), Fault> {
    if startup.renderer == Renderer::Software {
        software::bind(&connection).map_err(|error| {
            Fault::new(FaultKind::Desktop, "The overlay can't be drawn", format!("{error}. Restart nervad."))
        })?;
    }
    let (sender, receiver) = iced_exwlshell::shell::channel();
    let first = Arc::clone(&view.borrow());
    let settings = Settings {
        id: Some(NAMESPACE.into()),
        fonts: font::bundled(),
        default_font: font::ui(&first.look.font),
        default_text_size: Pixels(first.look.metrics.font_size),
        antialiasing: false,
        // Frames are paced by the compositor's callbacks already; waiting again would add a frame of latency.
        vsync: false,
    };
    let pace = Rc::new(Pace::default());
    let scope = redraw_scope(Rc::clone(&pace));
    if startup.clipboard {
        // Its thread would be woken by everything that others copy.
        iced_exwlshell::disable_clipboard();
    }
    let boot = move || Shell::boot(commands.clone(), view.clone(), receiver.clone(), Rc::clone(&pace), startup);
    daemon(boot, NAMESPACE, Shell::update, Shell::view)
        .settings(settings)
        .wl_settings(ExWlSettings {
            with_connection: Some(WithConnection::Value(connection)),
            shell_broadcast: sender,
            keep_compositor_alive: true,
            layer_settings: LayerShellSettings { start_mode: StartMode::Background, ..LayerShellSettings::default() },
            ..ExWlSettings::default()
        })
        .title(Shell::title)
        .theme(Shell::theme)
        .subscription(Shell::subscription)
        .redraw_scope(scope)
        .executor::<Here>()
        .run()
        .map_err(|error| {
            Fault::new(FaultKind::Desktop, "The overlay lost the Wayland display", format!("{error}. It starts again."))
        })
}

/// What a message changes is drawn with the layout that it brings: each has the whole card laid out anew. Of the core's
/// views only what is seen.
fn redraw_scope(pace: Rc<Pace>) -> impl Fn(&Message) -> Scope {
    move |message| match message {
        Message::App(message) if pace.is_at_end() && app::is_scrolled_to_end(message) => Scope::None,
        Message::App(_) => Scope::All,
        Message::Settle if pace.owes() => Scope::All,
        Message::View(view) if pace.is_due(view, looks_alike) => Scope::All,
        _ => Scope::None,
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Surface {
    Hidden,
    Opening(Id),
    Shown(Id),
}

struct Shell {
    app: App,
    views: Views,
    events: ShellReceiver,
    kind: SurfaceKind,
    surface: Surface,
    pace: Rc<Pace>,
    /// What the height of the surface was measured for while hidden.
    prepared: Option<View>,
    /// Names of the outputs, and their heights in logical pixels.
    outputs: BTreeMap<u32, (Option<String>, f32)>,
    /// The output of the newest surface that was told of one, and that surface.
    output: Option<(u32, Id)>,
    /// Surfaces that were told to close and are not gone yet.
    closing: Vec<Id>,
    /// The invisible surface that makes the renderer ready.
    warming: Option<Id>,
    /// The compositor closed the surface, and the view does not know it yet.
    dismissed: bool,
    /// Waits for a token.
    pending: Option<(HitId, Option<usize>)>,
}

impl Shell {
    fn boot(
        commands: Commands,
        views: watch::Receiver<Arc<View>>,
        events: ShellReceiver,
        pace: Rc<Pace>,
        startup: Startup,
    ) -> (Self, Task<Message>) {
        let translucent = startup.renderer == Renderer::Gpu && startup.surface == SurfaceKind::Layer;
        let view = Arc::clone(&views.borrow());
        let mut shell = Self {
            app: App::new(commands, view, app::clock, translucent, startup.clipboard),
            views: Views(views),
            events,
            kind: startup.surface,
            surface: Surface::Hidden,
            pace,
            prepared: None,
            outputs: BTreeMap::new(),
            output: None,
            closing: Vec::new(),
            warming: None,
            dismissed: false,
            pending: None,
        };
        let task = match (shell.app.shown().overlay.wanted, shell.kind) {
            (true, _) => shell.follow(),
            (false, SurfaceKind::Layer) => shell.warm(),
            (false, SurfaceKind::Window) => Task::none(),
        };
        (shell, task)
    }

    fn title(&self, _id: Id) -> Option<String> {
        Some(self.app.title())
    }

    fn theme(&self, _id: Id) -> Option<Theme> {
        Some(self.app.theme().clone())
    }

    fn subscription(&self) -> Subscription<Message> {
        // Each of the toolkit's own events, keys and frames as well, wakes another thread where one of them is listened to. The
        // shell crate tells of surfaces by itself, but not that one is gone which had no frame yet.
        let is_unsure =
            matches!(self.surface, Surface::Opening(_)) || !self.closing.is_empty() || self.warming.is_some();
        let closed = if is_unsure { window::close_events().map(Message::Closed) } else { Subscription::none() };
        Subscription::batch([
            Subscription::run_with(self.views.clone(), Views::stream),
            closed,
            self.events.listen().filter_map(|event| match event {
                ShellEvent::Closed(id) => Some(Message::Closed(id)),
                ShellEvent::OutputAdded(output) | ShellEvent::OutputUpdated(output) => {
                    let name = output.name.clone();
                    output.logical_size.map(|(_, height)| Message::Output(output.id, name, height as f32))
                }
                ShellEvent::OutputRemoved(output) => Some(Message::OutputGone(output.id)),
                ShellEvent::WindowOutputChanged { window, output: Some(output) } => {
                    Some(Message::OnOutput(window, output.id))
                }
                ShellEvent::NewActivationToken { token, .. } => Some(Message::Token(Some(token.token().to_owned()))),
                _ => None,
            }),
        ])
    }

    fn update(&mut self, message: Message) -> Task<Message> {
        let task = self.follow_up(message);
        self.pace.keep_at_end(self.app.is_at_end());
        task
    }

    fn follow_up(&mut self, message: Message) -> Task<Message> {
        match message {
            Message::View(view) => {
                if !view.overlay.wanted {
                    self.dismissed = false;
                }
                self.pace.show(Arc::clone(&view));
                let place = self.place();
                let task = self.request(app::Message::View(view));
                let moved = if self.place() == place { Task::none() } else { self.leave() };
                Task::batch([task, moved, self.follow()])
            }
            Message::App(message) => {
                let task = self.request(message);
                match self.surface {
                    // The first frame shows what there is by then, and is followed by a look at what came after it.
                    Surface::Hidden | Surface::Opening(_) => {
                        self.pace.owe();
                        task
                    }
                    Surface::Shown(_) => Task::batch([task, self.with_results()]),
                }
            }
            Message::Ended => iced::exit(),
            Message::Opened(id) if self.warming == Some(id) => close(id),
            Message::Opened(id) if self.surface == Surface::Opening(id) => {
                self.surface = Surface::Shown(id);
                self.tell_mapped(id);
                Task::done(Message::Settle)
            }
            Message::Closed(id) => self.closed(id),
            Message::Height(id, height) => Task::batch([self.take_clicks(id, height), self.fit()]),
            Message::Output(id, name, height) => self.placed(|shell| {
                let _ = shell.outputs.insert(id, (name, height));
            }),
            Message::OutputGone(id) => {
                let _ = self.outputs.remove(&id);
                Task::none()
            }
            Message::OnOutput(id, output) if self.is_ours(id) => {
                let moved = self.placed(|shell| shell.output = Some((output, id)));
                if self.surface == Surface::Shown(id) {
                    self.tell_mapped(id);
                }
                moved
            }
            Message::Token(token) => {
                if let Some((hit, action)) = self.pending.take() {
                    self.app.activate(hit, action, token);
                    if self.surface == Surface::Hidden {
                        self.prepare();
                    }
                }
                Task::none()
            }
            // An `Opened` of a surface that is no longer wanted, and what the macro adds and handles itself.
            _ => Task::none(),
        }
    }

    fn request(&mut self, message: app::Message) -> Task<Message> {
        let mut tasks = vec![self.request_one(message)];
        while let Some(message) = self.app.next_held() {
            tasks.push(self.request_one(message));
        }
        Task::batch(tasks)
    }

    fn request_one(&mut self, message: app::Message) -> Task<Message> {
        match self.app.update(message) {
            Request::None => Task::none(),
            Request::Run(task) => task.map(Message::App),
            Request::Activate { hit, action } => {
                self.pending = Some((hit, action));
                let Surface::Shown(id) = self.surface else { return Task::done(Message::Token(None)) };
                let late = Task::perform(tokio::time::sleep(TOKEN_WAIT), |()| Message::Token(None));
                let ask = Message::RequestActivationToken { id, sink: ActivationTokenSink::none() };
                Task::batch([Task::done(ask), late])
            }
        }
    }

    /// Takes the results of what was just typed into the same frame, if they come at once.
    fn with_results(&mut self) -> Task<Message> {
        let Some(number) = self.app.awaited() else { return Task::none() };
        let Ok(runtime) = Handle::try_current() else { return Task::none() };
        let mut views = self.views.0.clone();
        let has_come = |view: &View| view.results.generation >= number || view.screen != Screen::Launcher;
        let typed = Instant::now();
        let mut is_new = || views.has_changed().unwrap_or(true) && has_come(&views.borrow_and_update());
        while !is_new() && typed.elapsed() < AWAKE {
            std::thread::yield_now();
        }
        // The next thing that this thread would do is to lay the card out without them.
        let found = runtime.block_on(async {
            let found = tokio::time::timeout(RESULTS_WAIT, views.wait_for(|view| has_come(view))).await;
            found.ok().and_then(Result::ok).map(|view| Arc::clone(&view))
        });
        found.map_or_else(Task::none, |view| self.follow_up(Message::View(view)))
    }

    /// Has the compositor give the surface the height of the card on it, if it follows it and has another.
    fn fit(&mut self) -> Task<Message> {
        let Surface::Shown(id) = self.surface else { return Task::none() };
        if self.pace.fits() {
            return Task::none();
        }
        let height = self.pace.card();
        self.pace.follow(Some(height));
        let size = pixels(Size::new(self.extent().width, height));
        Task::done(Message::LayoutChange { id, anchor: Anchor::Top, size })
    }

    fn view(&self, id: Id) -> Element<'_, Message> {
        let announce = blur::announce(self.app.theme().translucent);
        let card = self.app.view().map(Message::App);
        let lit = self.app.shown().hover.is_some();
        let tell = move |fact| match fact {
            Fact::Opened => Message::Opened(id),
            Fact::Height(height) => Message::Height(id, height),
        };
        frame(card, self.extent(), &self.pace, tell, announce, lit).into()
    }
}
