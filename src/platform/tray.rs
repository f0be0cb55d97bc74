//! The icon in the tray (StatusNotifierItem).

use std::sync::Arc;

use ksni::menu::{CheckmarkItem, StandardItem, SubMenu};
use ksni::{Icon, MenuItem, TrayMethods as _};
use tokio::sync::{oneshot, watch};

use super::systemd::name_is_there;
use crate::model::{Activity, Availability, CaptureTo, Command, Commands, ConversationId, Screen, View, Watched, What};

/// Recent conversations in the menu.
const RECENT: usize = 8;

/// Sizes of the icon in pixels; the tray picks the nearest.
const SIZES: [i32; 3] = [22, 32, 48];

/// An icon; it goes when this is dropped, or the view ends.
#[derive(Debug)]
pub struct Showing {
    _until: oneshot::Sender<()>,
}

/// Shows the icon. A tray that is not there is waited for, without looking.
pub fn show(commands: Commands, view: watch::Receiver<Arc<View>>) -> Showing {
    let (until, gone) = oneshot::channel();
    tokio::spawn(run(commands, view, gone));
    Showing { _until: until }
}

async fn run(commands: Commands, mut view: watch::Receiver<Arc<View>>, mut gone: oneshot::Receiver<()>) {
    let tray = Tray { shown: Shown::of(&view.borrow_and_update()), commands };
    let handle = match tray.assume_sni_available(true).spawn().await {
        Ok(handle) => handle,
        Err(error) => {
            tracing::info!("there is no tray icon: {error}");
            return;
        }
    };
    let mut shown = Shown::of(&view.borrow());
    loop {
        let changed = tokio::select! {
            changed = view.changed() => changed.is_ok(),
            _ = &mut gone => false,
        };
        if !changed {
            break;
        }
        let next = Shown::of(&view.borrow_and_update());
        // Every streamed word is a new view; the tray hears only of what it shows.
        if next != shown {
            shown = next.clone();
            handle.update(move |tray| tray.shown = next).await;
        }
    }
    handle.shutdown().await;
}

/// What the icon and its menu show.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Shown {
    activity: Activity,
    visible: bool,
    screenshots: bool,
    /// What is watched, in words.
    watching: Option<String>,
    /// What conversations do.
    work: Vec<(ConversationId, String)>,
    recent: Vec<(ConversationId, String)>,
}

impl Shown {
    fn of(view: &View) -> Self {
        Self {
            activity: view.activity,
            visible: view.overlay.wanted,
            screenshots: view.screenshots,
            watching: view.live.as_ref().map(|live| live.words()),
            work: view.work.iter().filter_map(|work| Some((work.conversation, work.doing.clone()?))).collect(),
            recent: view.history.iter().take(RECENT).map(|line| (line.id, line.title.clone())).collect(),
        }
    }

    fn words(&self) -> String {
        let activity = match self.activity {
            Activity::Idle => "Ready",
            Activity::Answering => "Answering",
            Activity::NeedsYou => "Needs you",
            Activity::Paused => "Paused",
            Activity::Halted => "Halted",
        };
        let activity = match self.work.as_slice() {
            [] => activity.to_owned(),
            [(_, only)] => format!("{activity} · {only}"),
            [(_, first), rest @ ..] => format!("{activity} · {first} · {} more", rest.len()),
        };
        let rests = if self.visible { "" } else { ", resting while hidden" };
        match (&self.watching, self.activity) {
            (None, _) => activity,
            (Some(watching), Activity::Idle) => format!("{watching}{rests}"),
            (Some(watching), _) => format!("{activity} · {watching}{rests}"),
        }
    }
}

struct Tray {
    shown: Shown,
    commands: Commands,
}

impl Tray {
    fn send(&self, command: Command) {
        // The core is gone only when the process ends.
        let _ = self.commands.send(command.into());
    }
}

fn item(label: &str, command: Command) -> MenuItem<Tray> {
    StandardItem {
        // One underscore would mark an access key.
        label: label.replace('_', "__"),
        activate: Box::new(move |tray: &mut Tray| tray.send(command.clone())),
        ..StandardItem::default()
    }
    .into()
}

fn switch(label: &str, on: bool, command: fn(bool) -> Command) -> MenuItem<Tray> {
    CheckmarkItem {
        label: label.into(),
        checked: on,
        activate: Box::new(move |tray: &mut Tray| tray.send(command(!on))),
        ..CheckmarkItem::default()
    }
    .into()
}

impl ksni::Tray for Tray {
    fn id(&self) -> String {
        "org.nerva.Nerva".into()
    }

    fn title(&self) -> String {
        "Nerva".into()
    }

    fn status(&self) -> ksni::Status {
        match self.shown.activity {
            Activity::NeedsYou => ksni::Status::NeedsAttention,
            Activity::Idle | Activity::Answering | Activity::Paused | Activity::Halted => ksni::Status::Active,
        }
    }

    fn icon_pixmap(&self) -> Vec<Icon> {
        SIZES.map(|size| draw(self.shown.activity, self.shown.watching.is_some(), size)).into()
    }

    fn attention_icon_pixmap(&self) -> Vec<Icon> {
        self.icon_pixmap()
    }

    fn tool_tip(&self) -> ksni::ToolTip {
        ksni::ToolTip { title: "Nerva".into(), description: self.shown.words(), ..ksni::ToolTip::default() }
    }

    fn activate(&mut self, _x: i32, _y: i32) {
        self.send(Command::Toggle);
    }

    fn menu(&self) -> Vec<MenuItem<Self>> {
        let recent =
            self.shown.recent.iter().map(|(id, title)| item(title, Command::Open { conversation: *id })).collect();
        let paused = matches!(self.shown.activity, Activity::Paused | Activity::Halted);
        // Not every tray shows what the pointer would say.
        let work = self.shown.work.iter().map(|(id, words)| item(words, Command::Open { conversation: *id }));
        let mut lines: Vec<MenuItem<Self>> = work.collect();
        if !lines.is_empty() {
            lines.push(MenuItem::Separator);
        }
        lines.extend([
            item(if self.shown.visible { "Hide" } else { "Show" }, Command::Toggle),
            item("New chat", Command::New),
            item("Ask about the screen", ask_about(What::Screen)),
            item("Ask about a region", ask_about(What::Region)),
            switch("Ask about new screenshots", self.shown.screenshots, |on| Command::WatchScreenshots { on }),
            match self.shown.watching {
                Some(_) => item("Stop watching", Command::Unwatch),
                None => item("Watch the screen", watch()),
            },
            SubMenu {
                label: "Recent chats".into(),
                enabled: !self.shown.recent.is_empty(),
                submenu: recent,
                ..SubMenu::default()
            }
            .into(),
            MenuItem::Separator,
            item(if paused { "Resume" } else { "Pause" }, Command::Pause { on: !paused }),
            item("Activity", Command::Go { screen: Screen::Activity }),
            item("Halt everything", Command::Halt),
            item("Open configuration", Command::OpenConfig),
            item("Quit", Command::Quit),
        ]);
        lines
    }
}

/// The colour of the sign that something is watched, as recording lamps have it.
const LAMP: [u8; 3] = [0xff, 0x3b, 0x4e];

/// Draws the N with its two dots; the lower dot tells the activity, a lamp at the upper right that something is watched. A
/// dark rim keeps it visible on light trays.
fn draw(activity: Activity, watching: bool, size: i32) -> Icon {
    let (ink, dot): ([u8; 3], [u8; 3]) = match activity {
        Activity::Idle => ([0xe8, 0xea, 0xf1], [0xe8, 0xea, 0xf1]),
        Activity::Answering => ([0xe8, 0xea, 0xf1], [0x8b, 0x9c, 0xff]),
        Activity::NeedsYou => ([0xe8, 0xea, 0xf1], [0xff, 0x7b, 0x86]),
        Activity::Paused => ([0x8d, 0x92, 0xa3], [0x8d, 0x92, 0xa3]),
        Activity::Halted => ([0x8d, 0x92, 0xa3], [0xff, 0x7b, 0x86]),
    };
    // The glyph's own grid is 24 wide.
    let scale = 24.0 / size as f32;
    let mut data = Vec::new();
    for row in 0..size {
        for column in 0..size {
            let at = ((column as f32 + 0.5) * scale, (row as f32 + 0.5) * scale);
            let strokes = [((4.0, 19.0), (4.0, 5.0)), ((4.0, 5.0), (20.0, 19.0)), ((20.0, 19.0), (20.0, 5.0))];
            let stroke = strokes.iter().map(|(from, to)| distance(at, *from, *to)).fold(f32::MAX, f32::min) - 1.1;
            let upper = distance(at, (4.0, 5.0), (4.0, 5.0)) - 2.4;
            let lower = distance(at, (20.0, 19.0), (20.0, 19.0)) - if activity == Activity::Idle { 2.4 } else { 4.0 };
            let lamp = if watching { distance(at, (18.5, 5.5), (18.5, 5.5)) - 4.6 } else { f32::MAX };
            let lit = cover(lamp, scale);
            let glyph = cover(stroke.min(upper), scale);
            let dotted = cover(lower, scale);
            let rim = cover(stroke.min(upper).min(lower).min(lamp) - 1.2, scale) * 0.55;
            let alpha = rim.max(glyph).max(dotted).max(lit);
            let mixed = [0, 1, 2].map(|part| {
                let inked = f32::from(ink[part]) * glyph;
                let base = if alpha > 0.0 { inked / alpha } else { 0.0 };
                let dotted = base * (1.0 - dotted) + f32::from(dot[part]) * dotted;
                (dotted * (1.0 - lit) + f32::from(LAMP[part]) * lit).min(255.0) as u8
            });
            data.extend([(alpha * 255.0) as u8, mixed[0], mixed[1], mixed[2]]);
        }
    }
    Icon { width: size, height: size, data }
}

/// How much of a pixel lies within `distance` ≤ 0.
fn cover(distance: f32, pixel: f32) -> f32 {
    (0.5 - distance / pixel).clamp(0.0, 1.0)
}

fn distance(at: (f32, f32), from: (f32, f32), to: (f32, f32)) -> f32 {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let length = dx * dx + dy * dy;
    let along =
        if length == 0.0 { 0.0 } else { (((at.0 - from.0) * dx + (at.1 - from.1) * dy) / length).clamp(0.0, 1.0) };
    (at.0 - from.0 - along * dx).hypot(at.1 - from.1 - along * dy)
}

/// Whether a tray shows icons.
pub async fn is_available() -> Availability {
    match name_is_there("org.kde.StatusNotifierWatcher").await {
        Ok(true) => Availability::usable("StatusNotifierWatcher"),
        Ok(false) => Availability::unusable(
            "no tray is running",
            "nothing to do: the icon appears when one starts (waybar, KDE, …)",
        ),
        Err(error) => Availability::unusable(error.to_string(), "start nervad inside a desktop session"),
    }
}

fn watch() -> Command {
    Command::Watch { what: Watched::Screen, output: None, rate: None }
}

fn ask_about(what: What) -> Command {
    Command::Capture { what, output: None, delay: 0.0, to: CaptureTo::Question }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_watched_is_said_beside_what_else_happens() {
        let shown = |watching: Option<&str>, visible, activity| {
            let (watching, recent) = (watching.map(str::to_owned), Vec::new());
            Shown { activity, visible, watching, work: Vec::new(), screenshots: false, recent }
        };
        let words = |shown: Shown| shown.words();
        let work = |count: usize| {
            let work = (0..count).map(|_| (ConversationId(uuid::Uuid::nil()), "2 of 3: Write".to_owned())).collect();
            Shown { work, ..shown(None, false, Activity::Answering) }.words()
        };
        assert_eq!(work(1), "Answering · 2 of 3: Write");
        assert_eq!(work(3), "Answering · 2 of 3: Write · 2 more");
        let shown = |watching, visible, activity| words(shown(watching, visible, activity));
        assert_eq!(shown(None, true, Activity::Idle), "Ready");
        let watching = Some("Watching HEADLESS-1");
        assert_eq!(shown(watching, true, Activity::Idle), "Watching HEADLESS-1");
        assert_eq!(shown(watching, false, Activity::Idle), "Watching HEADLESS-1, resting while hidden");
        assert_eq!(shown(watching, true, Activity::Answering), "Answering · Watching HEADLESS-1");
    }

    #[test]
    fn each_activity_has_an_icon_of_its_own_that_is_neither_empty_nor_full() {
        let activities = [Activity::Idle, Activity::Answering, Activity::NeedsYou, Activity::Paused, Activity::Halted];
        let both = |activity| [draw(activity, false, 22), draw(activity, true, 22)];
        let icons: Vec<Icon> = activities.into_iter().flat_map(both).collect();
        for (index, icon) in icons.iter().enumerate() {
            assert_eq!(icon.data.len(), 22 * 22 * 4);
            let inked = icon.data.chunks(4).filter(|pixel| pixel[0] > 128).count();
            assert!((40..400).contains(&inked), "{inked}");
            assert!(icons[..index].iter().all(|other| other.data != icon.data));
        }
    }
}
