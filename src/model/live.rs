//! A screen or a window that is watched: what is shown of it, and which part of it the overlay itself covers.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Area, Layout, Metrics, Pixels, Shot, Source};

/// What can be watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Watched {
    /// The output with the pointer or the focus, or the one that is named.
    Screen,
    /// The window with the focus.
    Window,
}

/// Pictures a second, at least and at most.
pub const LIVE_RATES: (u32, u32) = (1, 30);

/// What is being watched. While the overlay is hidden it rests: nothing is taken then.
#[derive(Debug, Clone, PartialEq)]
pub struct Live {
    /// What it shows.
    pub source: Source,
    /// Pictures a second at most.
    pub rate: u32,
    /// How many different pictures came since it began.
    pub frames: u64,
    /// The newest of them; `None` before the first.
    pub newest: Option<Moment>,
}

/// The newest picture of what is watched, as the overlay shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct Moment {
    /// Width and height of the original in pixels.
    pub size: (u32, u32),
    /// How many windows are blacked out in it.
    pub hidden: usize,
    /// Whether the place of the overlay is blacked out in it.
    pub covered: bool,
    /// The same, at most [`THUMBNAIL`](super::THUMBNAIL) pixels large.
    pub thumbnail: Arc<Pixels>,
}

/// One picture of a stream.
#[derive(Debug, Clone, PartialEq)]
pub struct LiveFrame {
    /// The picture, with its place and the outputs at that moment.
    pub shot: Shot,
    /// What had to be black when it was taken.
    pub masks: Arc<Masks>,
    /// Whether the place of the overlay is blacked out in it.
    pub covered: bool,
}

/// What a stream must not show.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Masks {
    /// Windows that are never captured, in logical pixels of the desktop.
    pub windows: Vec<Area>,
    /// Where the overlay may be.
    pub veils: Vec<Veil>,
    /// Where the watched window is; `None` for an output, and where that is not known.
    pub subject: Option<Area>,
}

/// What decides where the overlay may be.
#[derive(Debug, Clone, PartialEq)]
pub struct Veil {
    /// Sizes of the card.
    pub metrics: Metrics,
    /// Whether it has a shadow.
    pub translucent: bool,
    /// The name of the output it is on; `None` where it may be on any.
    pub on: Option<String>,
    /// Whether it is an ordinary window, which may be anywhere.
    pub anywhere: bool,
}

/// How the watching is told to programs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveStatus {
    /// What is watched, in words.
    pub source: String,
    /// Pictures a second at most.
    pub rate: u32,
    /// Whether it rests because the overlay is hidden.
    pub resting: bool,
    /// How many different pictures came since it began.
    pub frames: u64,
    /// How many the compositor copied, also those that showed nothing new.
    #[serde(default)]
    pub copies: u64,
}

impl Live {
    /// "Watching HEADLESS-1", for the tray.
    pub fn words(&self) -> String {
        match &self.source {
            Source::Screen { output } => format!("Watching {output}"),
            other => format!("Watching {}", other.words()),
        }
    }
}

/// How far beyond the card its shadow reaches at most, in logical pixels.
pub const SHADOW_REACH: f32 = 80.0;

/// The height that is assumed of an output of which nothing is known.
pub const ASSUMED_HEIGHT: f32 = 1080.0;

/// Room that is left below the card.
const FOOT: f32 = 16.0;

/// The least of the card's greatest heights.
const LEAST_HEIGHT: f32 = 200.0;

/// The greatest height of the card on an output of this height.
pub fn greatest_height(metrics: &Metrics, output: f32) -> f32 {
    let room = output * (1.0 - metrics.position) - FOOT;
    metrics.max_height.min(room).max(LEAST_HEIGHT)
}

impl Veil {
    /// All that the overlay may cover of these outputs, whatever it shows: also for the moment in which its surface still
    /// lies as another output would have it.
    pub fn cover(&self, layout: &Layout) -> Vec<Area> {
        let Self { metrics, translucent, on, anywhere } = self;
        let covered = layout.outputs.iter().filter(|output| on.as_ref().is_none_or(|name| output.name == *name));
        if *anywhere {
            return layout.outputs.iter().map(|output| output.area).collect();
        }
        let reach = if *translucent { SHADOW_REACH } else { 2.0 };
        let heights = || layout.outputs.iter().map(|output| output.area.height as f32).chain([ASSUMED_HEIGHT]);
        let top = heights().map(|height| height * metrics.position).fold(f32::MAX, f32::min) - reach;
        let bottom = heights().map(|height| height * metrics.position + greatest_height(metrics, height));
        let bottom = bottom.fold(0.0, f32::max) + reach;
        let (width, height) = (f64::from(metrics.width + 2.0 * reach), f64::from(bottom - top));
        let place = covered.filter_map(|output| {
            let Area { x, y, width: wide, .. } = output.area;
            let (left, upper) = (x + (wide - width) / 2.0, y + f64::from(top));
            let (x, y) = (left.floor(), upper.floor());
            Area { x, y, width: width.ceil() + 1.0, height: height.ceil() + 1.0 }.intersection(&output.area)
        });
        place.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Output, Transform};

    fn output(name: &str, x: f64, (width, height): (u32, u32)) -> Output {
        let area = Area { x, y: 0.0, width: f64::from(width), height: f64::from(height) };
        Output { name: name.into(), area, mode: (width, height), transform: Transform::Normal }
    }

    fn metrics() -> Metrics {
        let (width, max_height, position) = (720.0, 640.0, 0.18);
        Metrics { width, max_height, position, radius: 14.0, opacity: 1.0, font_size: 15.0, rows: 8 }
    }

    fn veil(translucent: bool, on: Option<&str>) -> Veil {
        Veil { metrics: metrics(), translucent, on: on.map(str::to_owned), anywhere: false }
    }

    #[test]
    fn the_cover_is_around_the_greatest_card_and_within_its_output() {
        let layout = Layout { outputs: vec![output("A", 0.0, (1280, 720)), output("B", 1280.0, (2560, 1440))] };
        let opaque = veil(false, None).cover(&layout);
        assert_eq!(opaque.len(), 2);
        for (area, output) in opaque.iter().zip(&layout.outputs) {
            let height = output.area.height as f32;
            let (left, top) = (output.area.x + (output.area.width - 720.0) / 2.0, f64::from(height * 0.18));
            let bottom = top + f64::from(greatest_height(&metrics(), height));
            assert!(area.x < left && area.x + area.width > left + 720.0, "{area:?}");
            assert!(area.y < top && area.y + area.height >= bottom, "{area:?}");
            assert_eq!(area.intersection(&output.area), Some(*area));
        }
        // Beside the card, a person sees what happens.
        assert!(opaque[0].width < 740.0 && opaque[1].y > 100.0, "{opaque:?}");
        let shadowed = veil(true, Some("B")).cover(&layout);
        assert_eq!(shadowed.len(), 1);
        assert!(shadowed[0].x <= opaque[1].x - 70.0 && shadowed[0].y < opaque[1].y - 30.0);
        assert!(veil(true, Some("C")).cover(&layout).is_empty());
        let window = Veil { anywhere: true, ..veil(false, Some("B")) };
        assert_eq!(window.cover(&layout), [layout.outputs[0].area, layout.outputs[1].area]);
    }

    #[test]
    fn a_card_wider_than_its_output_covers_its_width() {
        let layout = Layout { outputs: vec![output("A", -300.0, (600, 400))] };
        let cover = veil(true, None).cover(&layout);
        assert_eq!((cover[0].x, cover[0].width), (-300.0, 600.0));
    }
}
