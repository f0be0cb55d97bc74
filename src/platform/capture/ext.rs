//! Pictures by ext-image-copy-capture: outputs and windows.

use std::time::Instant;

use wayland_client::protocol::wl_shm::WlShm;
use wayland_client::{Connection, Dispatch, QueueHandle, WEnum, delegate_noop, event_created_child};
use wayland_protocols::ext::foreign_toplevel_list::v1::client::ext_foreign_toplevel_handle_v1::{
    self, ExtForeignToplevelHandleV1,
};
use wayland_protocols::ext::foreign_toplevel_list::v1::client::ext_foreign_toplevel_list_v1::{
    self, EVT_TOPLEVEL_OPCODE, ExtForeignToplevelListV1,
};
use wayland_protocols::ext::image_capture_source::v1::client::ext_foreign_toplevel_image_capture_source_manager_v1::ExtForeignToplevelImageCaptureSourceManagerV1;
use wayland_protocols::ext::image_capture_source::v1::client::ext_image_capture_source_v1::ExtImageCaptureSourceV1;
use wayland_protocols::ext::image_capture_source::v1::client::ext_output_image_capture_source_manager_v1::ExtOutputImageCaptureSourceManagerV1;
use wayland_protocols::ext::image_copy_capture::v1::client::ext_image_copy_capture_frame_v1::{
    self, ExtImageCopyCaptureFrameV1, FailureReason,
};
use wayland_protocols::ext::image_copy_capture::v1::client::ext_image_copy_capture_manager_v1::{
    ExtImageCopyCaptureManagerV1, Options,
};
use wayland_protocols::ext::image_copy_capture::v1::client::ext_image_copy_capture_session_v1::{
    self, ExtImageCopyCaptureSessionV1,
};

use super::Window;
use super::buffer::{Buffer, Spares};
use super::fault::CaptureError;
use super::grab::{Grab, GrabId, Objects, Outcome};
use super::pixels::{Alpha, bytes_per_pixel};
use super::session::{Desk, Session, transform_of};
use crate::model::{Availability, Output};
use crate::platform::wayland::Probe;

const MANAGER: &str = "ext_image_copy_capture_manager_v1";
const OUTPUTS: &str = "ext_output_image_capture_source_manager_v1";
const WINDOWS: &str = "ext_foreign_toplevel_image_capture_source_manager_v1";
const LIST: &str = "ext_foreign_toplevel_list_v1";

/// Whether the compositor has it for outputs.
pub fn is_available(probe: &Probe) -> Availability {
    match (probe.missing(), probe.version(MANAGER), probe.version(OUTPUTS)) {
        (Some(why), ..) => Availability::unusable(why, "start nervad inside a Wayland session"),
        (None, Some(version), Some(_)) => Availability::usable(format!("ext-image-copy-capture v{version}: screens")),
        _ => Availability::unusable(
            "the compositor has no ext-image-copy-capture, or does not offer it to this program",
            "nothing to do where another way of taking pictures is usable; sway 1.11 and newer have it",
        ),
    }
}

/// Whether the compositor has it for windows, also those that are covered by others.
pub fn is_available_for_windows(probe: &Probe) -> Availability {
    let all = [MANAGER, WINDOWS, LIST].iter().all(|name| probe.version(name).is_some());
    match (probe.missing(), all) {
        (Some(why), _) => Availability::unusable(why, "start nervad inside a Wayland session"),
        (None, true) => Availability::usable("ext-image-copy-capture of foreign toplevels"),
        (None, false) => Availability::unusable(
            "the compositor does not let programs take pictures of single windows",
            "nothing to do: a window is cut out of the screen where the compositor tells its place",
        ),
    }
}

/// What pictures are requested from, for as long as the connection lasts.
#[derive(Debug)]
pub struct Managers {
    copy: ExtImageCopyCaptureManagerV1,
    outputs: Option<ExtOutputImageCaptureSourceManagerV1>,
    windows: Option<ExtForeignToplevelImageCaptureSourceManagerV1>,
}

impl Managers {
    /// Those that the compositor has.
    pub fn bind(session: &Session) -> Option<Self> {
        let copy = session.bind(MANAGER, 1)?;
        Some(Self { copy, outputs: session.bind(OUTPUTS, 1), windows: session.bind(WINDOWS, 1) })
    }

    /// Whether outputs can be copied.
    pub fn has_outputs(&self) -> bool {
        self.outputs.is_some()
    }

    /// The list of windows, which is followed only until [`Toplevels`] is dropped: titles change all the time.
    pub fn list(&self, session: &Session) -> Option<Toplevels> {
        self.windows.as_ref()?;
        session.bind(LIST, 1).map(Toplevels)
    }

    /// Requests a picture of an output.
    pub fn start(&self, session: &mut Session, id: GrabId, output: &Output) -> bool {
        let (Some(manager), Some(object)) = (&self.outputs, session.desk.output(&output.name)) else { return false };
        let source = manager.create_source(&object, &session.handle(), ());
        let mut grab = self.grab(session, id, output.name.clone(), Alpha::Opaque, source);
        grab.expected = Some(output.mode);
        session.desk.grabs.push(grab);
        true
    }

    /// Requests a picture of a window from the list.
    pub fn start_window(&self, session: &mut Session, id: GrabId, toplevel: &Toplevel) -> bool {
        let Some(manager) = &self.windows else { return false };
        let source = manager.create_source(&toplevel.handle, &session.handle(), ());
        let grab = self.grab(session, id, toplevel.title.clone(), Alpha::Premultiplied, source);
        session.desk.grabs.push(grab);
        true
    }

    fn grab(&self, session: &Session, id: GrabId, what: String, alpha: Alpha, source: ExtImageCaptureSourceV1) -> Grab {
        let asked = self.copy.create_session(&source, Options::empty(), &session.handle(), id);
        Grab::new(id, what, alpha, Objects::Ext(source, asked, None))
    }
}

/// A window as the list tells it.
#[derive(Debug, Clone)]
pub struct Toplevel {
    handle: ExtForeignToplevelHandleV1,
    identifier: String,
    /// Its title.
    pub title: String,
    /// Its app id.
    pub app: String,
    closed: bool,
}

/// The list of windows while it is followed.
#[derive(Debug)]
pub struct Toplevels(ExtForeignToplevelListV1);

impl Toplevels {
    /// Ends the list and forgets the windows.
    pub fn end(self, session: &mut Session, until: Instant) -> Result<(), CaptureError> {
        self.0.stop();
        // Windows that opened meanwhile still come.
        session.settle(until)?;
        for toplevel in session.desk.toplevels.drain(..) {
            toplevel.handle.destroy();
        }
        self.0.destroy();
        Ok(())
    }
}

/// The window that is meant: by its identifier, or where that is not known the only one with its app id and title.
pub fn find(desk: &Desk, window: &Window) -> Option<Toplevel> {
    let open = || desk.toplevels.iter().filter(|toplevel| !toplevel.closed);
    if let Some(identifier) = &window.identifier {
        return open().find(|toplevel| toplevel.identifier == *identifier).cloned();
    }
    let mut same = open().filter(|toplevel| toplevel.app == window.app && toplevel.title == window.title);
    same.next().filter(|_| same.next().is_none()).cloned()
}

/// What a window from the list is called now; `None` once it is closed.
pub fn named(desk: &Desk, window: &Toplevel) -> Option<(String, String)> {
    let open = desk.toplevels.iter().find(|toplevel| toplevel.handle == window.handle && !toplevel.closed)?;
    Some((open.title.clone(), open.app.clone()))
}

/// Whether a window from the list is still open.
pub fn is_open(desk: &Desk, window: &Toplevel) -> bool {
    desk.toplevels.iter().any(|toplevel| toplevel.handle == window.handle && !toplevel.closed)
}

/// Asks for the next picture of a session that stays; it comes when something has changed since the last one.
pub fn follow(session: &mut Session, id: GrabId) {
    let handle = session.handle();
    let Desk { shm, grabs, spares, .. } = &mut session.desk;
    if let Some(grab) = grabs.iter_mut().find(|grab| grab.id == id) {
        request(grab, shm.as_ref(), spares, &handle);
    }
}

fn request(grab: &mut Grab, shm: Option<&WlShm>, spares: &mut Spares, handle: &QueueHandle<Desk>) {
    (grab.outcome, grab.damage) = (None, None);
    let Some(Buffer { buffer, shape, .. }) = grab.prepare(shm, spares, handle) else { return };
    let (buffer, width, height) = (buffer.clone(), shape.width.cast_signed(), shape.height.cast_signed());
    let Objects::Ext(_, session, slot) = &mut grab.objects else { return };
    if let Some(before) = slot.take() {
        before.destroy();
    }
    let frame = session.create_frame(handle, grab.id);
    frame.attach_buffer(&buffer);
    frame.damage_buffer(0, 0, width, height);
    frame.capture();
    *slot = Some(frame);
}

impl Dispatch<ExtImageCopyCaptureSessionV1, GrabId> for Desk {
    fn event(
        desk: &mut Self,
        _: &ExtImageCopyCaptureSessionV1,
        event: ext_image_copy_capture_session_v1::Event,
        id: &GrabId,
        _: &Connection,
        handle: &QueueHandle<Self>,
    ) {
        use ext_image_copy_capture_session_v1::Event;
        let Self { shm, grabs, spares, .. } = desk;
        let Some(grab) = grabs.iter_mut().find(|grab| grab.id == *id) else { return };
        // Once a frame is on its way, new terms make that frame fail, and it is tried again.
        if grab.buffer.is_some() && !grab.stays && !matches!(event, Event::Stopped) {
            return;
        }
        match event {
            Event::BufferSize { width, height } => grab.size = (width, height),
            Event::ShmFormat { format: WEnum::Value(format) } => grab.offer(format, None),
            Event::ShmFormat { format: WEnum::Unknown(number) } => grab.offered.push(format!("{number:#x}")),
            Event::Done => {
                let (width, height) = grab.size;
                if let Some(shape) = &mut grab.wanted {
                    let row = width.saturating_mul(bytes_per_pixel(shape.format).unwrap_or(4));
                    (shape.width, shape.height) = (width, height);
                    // Rows begin at whole words, as renderers want them.
                    shape.stride = row.next_multiple_of(4);
                }
                // Who takes one picture after the other asks for the next one by itself.
                if !matches!(grab.objects, Objects::Ext(_, _, Some(_))) {
                    request(grab, shm.as_ref(), spares, handle);
                }
            }
            Event::Stopped => {
                grab.outcome.get_or_insert(Outcome::Failed);
            }
            _ => {}
        }
    }
}

impl Dispatch<ExtImageCopyCaptureFrameV1, GrabId> for Desk {
    fn event(
        desk: &mut Self,
        _: &ExtImageCopyCaptureFrameV1,
        event: ext_image_copy_capture_frame_v1::Event,
        id: &GrabId,
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        use ext_image_copy_capture_frame_v1::Event;
        let Some(grab) = desk.grabs.iter_mut().find(|grab| grab.id == *id) else { return };
        match event {
            Event::Transform { transform } => grab.transform = transform_of(transform),
            Event::Damage { x, y, width, height } => {
                let [x, y, width, height] = [x, y, width, height].map(|value| value.max(0).cast_unsigned());
                grab.damaged(x, y, width, height);
            }
            Event::Ready => grab.outcome = Some(Outcome::Ready),
            Event::Failed { reason: WEnum::Value(FailureReason::BufferConstraints) } => {
                grab.outcome = Some(Outcome::Again);
            }
            Event::Failed { .. } => grab.outcome = Some(Outcome::Failed),
            _ => {}
        }
    }
}

impl Dispatch<ExtForeignToplevelListV1, ()> for Desk {
    fn event(
        desk: &mut Self,
        _: &ExtForeignToplevelListV1,
        event: ext_foreign_toplevel_list_v1::Event,
        (): &(),
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        if let ext_foreign_toplevel_list_v1::Event::Toplevel { toplevel } = event {
            let (identifier, title, app) = (String::new(), String::new(), String::new());
            desk.toplevels.push(Toplevel { handle: toplevel, identifier, title, app, closed: false });
        }
    }

    event_created_child!(Desk, ExtForeignToplevelListV1, [
        EVT_TOPLEVEL_OPCODE => (ExtForeignToplevelHandleV1, ()),
    ]);
}

impl Dispatch<ExtForeignToplevelHandleV1, ()> for Desk {
    fn event(
        desk: &mut Self,
        handle: &ExtForeignToplevelHandleV1,
        event: ext_foreign_toplevel_handle_v1::Event,
        (): &(),
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        use ext_foreign_toplevel_handle_v1::Event;
        let Some(toplevel) = desk.toplevels.iter_mut().find(|toplevel| toplevel.handle == *handle) else { return };
        match event {
            Event::Identifier { identifier } => toplevel.identifier = identifier,
            Event::Title { title } => toplevel.title = title,
            Event::AppId { app_id } => toplevel.app = app_id,
            Event::Closed => toplevel.closed = true,
            _ => {}
        }
    }
}
delegate_noop!(Desk: ignore ExtImageCopyCaptureManagerV1);
delegate_noop!(Desk: ignore ExtOutputImageCaptureSourceManagerV1);
delegate_noop!(Desk: ignore ExtForeignToplevelImageCaptureSourceManagerV1);
delegate_noop!(Desk: ignore ExtImageCaptureSourceV1);
