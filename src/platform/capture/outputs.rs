//! One output as its events describe it, and its exact size on the desktop.

use wayland_client::Proxy;
use wayland_client::protocol::wl_output::WlOutput;
use wayland_protocols::xdg::xdg_output::zv1::client::zxdg_output_v1::ZxdgOutputV1;

use crate::model::{Area, Output, Transform};

/// An output of the compositor.
#[derive(Debug)]
pub struct Head {
    /// The number of its global.
    pub global: u32,
    /// The object.
    pub output: WlOutput,
    /// Its place on the desktop, where the compositor has xdg-output.
    pub xdg: Option<ZxdgOutputV1>,
    /// What was said since.
    pub next: Described,
    /// What was said up to the last `done`.
    pub now: Option<Output>,
}

/// What events have said of an output so far.
#[derive(Debug, Clone, Default)]
pub struct Described {
    /// `DP-1`.
    pub name: String,
    /// Physical pixels, before the transform.
    pub mode: (u32, u32),
    /// Of its buffer.
    pub transform: Transform,
    /// Place of the core protocol.
    pub position: (i32, i32),
    /// Whole scale of the core protocol.
    pub scale: i32,
    /// Place of xdg-output.
    pub logical_position: Option<(i32, i32)>,
    /// Size of xdg-output.
    pub logical_size: Option<(i32, i32)>,
}

impl Head {
    /// Takes over what was said, when the compositor says that it is complete.
    pub fn done(&mut self) {
        self.now = self.next.output();
    }
}

impl Drop for Head {
    fn drop(&mut self) {
        if let Some(xdg) = &self.xdg {
            xdg.destroy();
        }
        if self.output.version() >= 3 {
            self.output.release();
        }
    }
}

impl Described {
    fn output(&self) -> Option<Output> {
        let mut output =
            Output { name: self.name.clone(), area: Area::default(), mode: self.mode, transform: self.transform };
        let upright = output.upright();
        if output.name.is_empty() || upright.0 == 0 || upright.1 == 0 {
            return None;
        }
        let (x, y) = self.logical_position.unwrap_or(self.position);
        let (width, height) = match self.logical_size {
            Some(size) if size.0 > 0 && size.1 > 0 => exact_size(upright, size),
            _ => {
                let scale = f64::from(self.scale.max(1));
                (f64::from(upright.0) / scale, f64::from(upright.1) / scale)
            }
        };
        output.area = Area { x: x.into(), y: y.into(), width, height };
        Some(output)
    }
}

/// The size before the compositor rounded it: 1280 pixels at scale 1.5 are 853⅓ logical ones, told as 853.
///
/// Scales are multiples of 1/120, as in the fractional-scale protocol; where none fits, the size is what was told.
fn exact_size(upright: (u32, u32), told: (i32, i32)) -> (f64, f64) {
    let (width, height) = (f64::from(upright.0), f64::from(upright.1));
    let (told_width, told_height) = (f64::from(told.0), f64::from(told.1));
    // The longer side tells the scale best.
    let about = if width >= height { width / told_width } else { height / told_height } * 120.0;
    let fits = |steps: f64| {
        let near = |pixels: f64, told: f64| (pixels * 120.0 / steps - told).abs() < 1.0;
        steps >= 1.0 && near(width, told_width) && near(height, told_height)
    };
    let nearest = [about.round(), about.floor(), about.ceil()].into_iter().find(|steps| fits(*steps));
    nearest.map_or((told_width, told_height), |steps| (width * 120.0 / steps, height * 120.0 / steps))
}

#[cfg(test)]
mod tests {
    use super::exact_size;

    #[test]
    fn the_size_before_rounding_is_found() {
        for (upright, told, scale) in [
            ((1280, 720), (1280, 720), 1.0),
            ((1280, 720), (1024, 576), 1.25),
            ((1280, 720), (853, 480), 1.5),
            ((1080, 1920), (720, 1280), 1.5),
            ((1366, 768), (1092, 614), 1.25),
            ((2256, 1504), (1692, 1128), 4.0 / 3.0),
            ((2880, 1800), (1645, 1028), 1.75),
            ((3840, 2160), (1920, 1080), 2.0),
            ((3840, 2160), (2400, 1350), 1.6),
        ] {
            let (width, height) = exact_size(upright, told);
            let (across, down) = (f64::from(upright.0) / width, f64::from(upright.1) / height);
            assert!((across - scale).abs() < 1e-9 && (down - scale).abs() < 1e-9, "{upright:?} {told:?}: {across}");
        }
        // No scale at all: each direction has its own.
        assert_eq!(exact_size((1280, 720), (1000, 700)), (1000.0, 700.0));
    }
}
