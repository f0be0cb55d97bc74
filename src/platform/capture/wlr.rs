//! Pictures by wlr-screencopy: outputs and parts of them.

use wayland_client::{Connection, Dispatch, Proxy, QueueHandle, WEnum, delegate_noop};
use wayland_protocols_wlr::screencopy::v1::client::zwlr_screencopy_frame_v1::{self, Flags, ZwlrScreencopyFrameV1};
use wayland_protocols_wlr::screencopy::v1::client::zwlr_screencopy_manager_v1::ZwlrScreencopyManagerV1;

use super::grab::{Grab, GrabId, Objects, Outcome};
use super::pixels::Alpha;
use super::session::{Desk, Session};
use crate::model::{Area, Availability, Output, Transform};
use crate::platform::wayland::Probe;

const MANAGER: &str = "zwlr_screencopy_manager_v1";

/// Whether the compositor has it.
pub fn is_available(probe: &Probe) -> Availability {
    match (probe.missing(), probe.version(MANAGER)) {
        (Some(why), _) => Availability::unusable(why, "start nervad inside a Wayland session"),
        (None, Some(version)) => Availability::usable(format!("wlr-screencopy v{version}: screens and regions")),
        (None, None) => Availability::unusable(
            "the compositor has no wlr-screencopy, or does not offer it to this program",
            "nothing to do where another way of taking pictures is usable; sway, Hyprland, river and niri have it",
        ),
    }
}

/// The manager, for as long as the connection lasts.
pub fn bind(session: &Session) -> Option<ZwlrScreencopyManagerV1> {
    session.bind(MANAGER, 3)
}

/// What of an output has to be copied to show an area: the part as an output of its own.
///
/// The protocol cuts in whole logical pixels. That is exact only at whole scales, and compositors differ in how they cut
/// a rotated output, so that otherwise all of it is copied.
pub fn part_of(output: &Output, wanted: &Area) -> Output {
    let scale = output.scale();
    let exact = output.transform == Transform::Normal && scale.fract() == 0.0 && output.area.x.fract() == 0.0;
    let Some(part) = output.area.intersection(wanted).filter(|_| exact) else { return output.clone() };
    let (x, y) = (part.x.floor(), part.y.floor());
    let (right, bottom) = ((part.x + part.width).ceil(), (part.y + part.height).ceil());
    let area = Area { x, y, width: right - x, height: bottom - y };
    let mode = ((area.width * scale) as u32, (area.height * scale) as u32);
    Output { area, mode, ..output.clone() }
}

/// Requests a picture of an output, or of a part of it.
pub fn start(
    session: &mut Session,
    manager: &ZwlrScreencopyManagerV1,
    id: GrabId,
    whole: &Output,
    part: &Output,
) -> bool {
    let Some(output) = session.desk.output(&whole.name) else { return false };
    let handle = session.handle();
    let frame = if part.area == whole.area {
        manager.capture_output(0, &output, &handle, id)
    } else {
        let (x, y) = (part.area.x - whole.area.x, part.area.y - whole.area.y);
        let [x, y, width, height] = [x, y, part.area.width, part.area.height].map(|value| value as i32);
        manager.capture_output_region(0, &output, x, y, width, height, &handle, id)
    };
    let mut grab = Grab::new(id, whole.name.clone(), Alpha::Opaque, Objects::Wlr(frame));
    grab.expected = Some(part.mode);
    grab.transform = part.transform;
    session.desk.grabs.push(grab);
    true
}

impl Dispatch<ZwlrScreencopyFrameV1, GrabId> for Desk {
    fn event(
        desk: &mut Self,
        frame: &ZwlrScreencopyFrameV1,
        event: zwlr_screencopy_frame_v1::Event,
        id: &GrabId,
        _: &Connection,
        handle: &QueueHandle<Self>,
    ) {
        use zwlr_screencopy_frame_v1::Event;
        let Self { shm, grabs, spares, .. } = desk;
        let Some(grab) = grabs.iter_mut().find(|grab| grab.id == *id) else { return };
        let mut copy = |grab: &mut Grab| {
            let waits = grab.waits && frame.version() >= zwlr_screencopy_frame_v1::REQ_COPY_WITH_DAMAGE_SINCE;
            match grab.prepare(shm.as_ref(), spares, handle) {
                Some(buffer) if waits => frame.copy_with_damage(&buffer.buffer),
                Some(buffer) => frame.copy(&buffer.buffer),
                None => {}
            }
        };
        match event {
            Event::Buffer { format, width, height, stride } => {
                match format {
                    WEnum::Value(format) => grab.offer(format, Some((width, height, stride))),
                    WEnum::Unknown(number) => grab.offered.push(format!("{number:#x}")),
                }
                // Older versions name one format and say no more.
                if frame.version() < 3 && grab.buffer.is_none() {
                    copy(grab);
                }
            }
            Event::BufferDone => copy(grab),
            Event::Flags { flags: WEnum::Value(flags) } => grab.y_invert = flags.contains(Flags::YInvert),
            Event::Damage { x, y, width, height } => grab.damaged(x, y, width, height),
            Event::Ready { .. } => grab.outcome = Some(Outcome::Ready),
            Event::Failed => grab.outcome = Some(Outcome::Failed),
            _ => {}
        }
    }
}
delegate_noop!(Desk: ignore ZwlrScreencopyManagerV1);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_cut_only_where_that_is_exact() {
        let area = Area { x: -100.0, y: 50.0, width: 640.0, height: 360.0 };
        let output = Output { name: "A".into(), area, mode: (1280, 720), transform: Transform::Normal };
        let wanted = Area { x: -200.0, y: 60.5, width: 150.2, height: 20.0 };
        let part = part_of(&output, &wanted);
        assert_eq!(part.area, Area { x: -100.0, y: 60.0, width: 51.0, height: 21.0 });
        assert_eq!(part.mode, (102, 42));
        let turned = Output { transform: Transform::Flipped, ..output.clone() };
        assert_eq!(part_of(&turned, &wanted), turned);
        let fractional = Output { mode: (960, 540), ..output };
        assert_eq!(part_of(&fractional, &wanted), fractional);
    }
}
