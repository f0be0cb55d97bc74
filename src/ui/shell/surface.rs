//! The surface itself: opened as the view wants it, closed, warmed up before it is needed, clicked through beside the card.

use iced::window::Id;
use iced::{Size, Task};
use iced_exwlshell::actions::{IcedXdgWindowSettings, RegionActionCB};
use iced_exwlshell::reexport::{
    Anchor, KeyboardInteractivity, Layer, LayerSize, NewLayerShellSettings, OutputOption, PixelSize,
};

use super::measure::{looks_alike, measure, pixels, whole};
use super::message::Message;
use super::{NAMESPACE, Shell, Surface};
use crate::model::Command;
use crate::ui::SurfaceKind;

impl Shell {
    /// Opens or closes the surface as the view wants.
    pub(super) fn follow(&mut self) -> Task<Message> {
        match (self.app.shown().overlay.wanted && !self.dismissed, self.surface) {
            (true, Surface::Hidden) => {
                let id = Id::unique();
                self.surface = Surface::Opening(id);
                self.open(id)
            }
            (false, Surface::Opening(_) | Surface::Shown(_)) => {
                let closed = self.leave();
                self.prepare();
                closed
            }
            (false, Surface::Hidden) => {
                self.tell_gone();
                Task::none()
            }
            (true, Surface::Opening(_) | Surface::Shown(_)) => Task::none(),
        }
    }

    /// Closes the surface; where the view still wants one, another takes its place.
    pub(super) fn leave(&mut self) -> Task<Message> {
        match std::mem::replace(&mut self.surface, Surface::Hidden) {
            Surface::Opening(id) | Surface::Shown(id) => {
                self.closing.push(id);
                close(id)
            }
            Surface::Hidden => Task::none(),
        }
    }

    /// Measures the card now that nobody waits, for the next time it opens.
    pub(super) fn prepare(&mut self) {
        if !self.app.theme().translucent {
            self.pace.follow(Some(measure(&self.app, self.extent())));
            self.prepared = Some(self.app.shown().clone());
        }
    }

    fn open(&mut self, id: Id) -> Task<Message> {
        let extent = self.extent();
        let size = if self.app.theme().translucent {
            self.pace.follow(None);
            extent.surface()
        } else {
            let known = self.prepared.as_ref().is_some_and(|view| looks_alike(view, self.app.shown()));
            let height = self.pace.surface().filter(|_| known).unwrap_or_else(|| measure(&self.app, extent));
            self.pace.follow((self.kind == SurfaceKind::Layer).then_some(height));
            Size::new(extent.width, height)
        };
        match self.kind {
            SurfaceKind::Layer => {
                let settings = NewLayerShellSettings {
                    size: pixels(size),
                    layer: Layer::Overlay,
                    anchor: Anchor::Top,
                    exclusive_zone: Some(-1),
                    margin: Some(self.margin(extent)),
                    keyboard_interactivity: KeyboardInteractivity::Exclusive,
                    output_option: OutputOption::Active,
                    namespace: Some(NAMESPACE.into()),
                    ..NewLayerShellSettings::default()
                };
                Task::done(Message::NewLayerShell { settings, id })
            }
            SurfaceKind::Window => {
                let size = Size::new(extent.width, extent.max_height);
                let settings = IcedXdgWindowSettings {
                    size: Some(PixelSize::px(whole(size.width), whole(size.height))),
                    client_side_decorations: false,
                    app_id: Some("org.nerva.Nerva".into()),
                };
                Task::done(Message::NewBaseWindow { settings, id })
            }
        }
    }

    /// Opens and closes a surface nobody sees, so that fonts, device and pipelines are ready when it matters.
    pub(super) fn warm(&mut self) -> Task<Message> {
        let id = Id::unique();
        self.warming = Some(id);
        let settings = NewLayerShellSettings {
            size: LayerSize::px(1, 1),
            layer: Layer::Background,
            anchor: Anchor::Top | Anchor::Left,
            exclusive_zone: Some(-1),
            keyboard_interactivity: KeyboardInteractivity::None,
            events_transparent: true,
            namespace: Some(NAMESPACE.into()),
            ..NewLayerShellSettings::default()
        };
        Task::done(Message::NewLayerShell { settings, id })
    }

    pub(super) fn closed(&mut self, id: Id) -> Task<Message> {
        if self.warming == Some(id) {
            self.warming = None;
            return Task::none();
        }
        self.closing.retain(|closing| *closing != id);
        if self.is_ours(id) {
            // The compositor closed it: the output is gone, or the user closed the window.
            self.surface = Surface::Hidden;
            self.dismissed = true;
            self.tell(false, None);
            self.app.send(Command::Hide);
        } else {
            self.tell_gone();
        }
        Task::none()
    }

    /// Tells that nothing is on the screen, where that is so and not known yet.
    fn tell_gone(&self) {
        let overlay = self.app.shown().overlay;
        let known = !overlay.mapped && overlay.told == overlay.turn;
        if self.surface == Surface::Hidden && self.closing.is_empty() && !known {
            self.tell(false, None);
        }
    }

    /// Takes clicks on the card and not on its shadow.
    pub(super) fn take_clicks(&self, id: Id, height: f32) -> Task<Message> {
        let extent = self.extent();
        if self.kind == SurfaceKind::Layer && self.app.theme().translucent && self.is_ours(id) {
            let (x, y) = (extent.slack.side as i32, extent.slack.top as i32);
            let (width, height) = (extent.width.ceil() as i32, height.ceil() as i32);
            let callback = RegionActionCB::new(move |region| {
                // Fails only when the region was removed before, which nobody does.
                let _ = region.add(x, y, width, height);
            });
            return Task::done(Message::SetInputRegion { id, callback });
        }
        Task::none()
    }

    pub(super) fn is_ours(&self, id: Id) -> bool {
        matches!(self.surface, Surface::Opening(open) | Surface::Shown(open) if open == id)
    }
}

/// Closes a surface.
pub(super) fn close(id: Id) -> Task<Message> {
    Task::done(Message::RemoveWindow(id))
}
