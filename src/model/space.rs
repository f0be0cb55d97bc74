//! One map between the places of a picture: the model's image, the captured image, the desktop, the output's own pixels.

use std::cmp::Ordering;
use std::marker::PhantomData;

use super::{Area, Fault, FaultKind, Fingerprint, Layout, Output, Shot, Source, Transform};

/// The space of the image as the model sees it: pixels of the scaled-down picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum InModel {}

/// The space of the picture at its full size, in its pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum InImage {}

/// The space of the desktop, in logical pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum OnDesktop {}

/// A point in one of the spaces; the first pixel reaches from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point<Space> {
    /// From the left.
    pub x: f64,
    /// From the top.
    pub y: f64,
    space: PhantomData<Space>,
}

impl<Space> Point<Space> {
    /// The point at these distances from the origin.
    pub fn new(x: f64, y: f64) -> Self {
        Self { x, y, space: PhantomData }
    }

    /// The middle of a pixel, which is what is meant by whole numbers.
    pub fn pixel(column: u32, row: u32) -> Self {
        Self::new(f64::from(column) + 0.5, f64::from(row) + 0.5)
    }
}

/// A point as pointing devices take it.
#[derive(Debug, Clone, PartialEq)]
pub struct DevicePoint {
    /// The output it lies on.
    pub output: String,
    /// Where in that output's own buffer, before its transform; pixels of its mode.
    pub buffer: (f64, f64),
    /// The same as fractions of that buffer, 0–1.
    pub on_output: (f64, f64),
    /// Where in the rectangle around all outputs, upright, 0–1.
    pub on_layout: (f64, f64),
}

/// Why a point can't be carried from one space to another.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SpaceError {
    /// The picture has no known place on the desktop: a file, or a window without geometry.
    #[error("where the picture lies on the desktop is not known")]
    Unplaced,
    /// A picture without pixels, or a place without size.
    #[error("the picture is empty")]
    Empty,
    /// Not within the picture.
    #[error("the point {x:.1}, {y:.1} is outside the picture of {width:.0}x{height:.0}")]
    Outside {
        /// From the left.
        x: f64,
        /// From the top.
        y: f64,
        /// Of the picture or the part of the desktop that it shows.
        width: f64,
        /// Of the same.
        height: f64,
    },
    /// On no output.
    #[error("there is no output at {x:.1}, {y:.1} of the desktop")]
    Gap {
        /// Logical pixels.
        x: f64,
        /// Logical pixels.
        y: f64,
    },
    /// An output that was not there.
    #[error("there was no output {0} when the picture was taken")]
    UnknownOutput(String),
    /// The outputs lie otherwise than when the picture was taken.
    #[error("the outputs have changed since the picture was taken")]
    LayoutChanged,
}

impl From<SpaceError> for Fault {
    fn from(error: SpaceError) -> Self {
        let title = "That place in the picture is not a place on the screen";
        Self::new(FaultKind::Desktop, title, format!("{error}; take a new picture and point into that one."))
    }
}

/// How far beyond an edge a point may lie and still be on it, in pixels: what rounding adds on the way here and back.
const SLACK: f64 = 1e-6;

/// The map of one picture.
#[derive(Debug, Clone, PartialEq)]
pub struct SpaceMap {
    model: (f64, f64),
    image: (f64, f64),
    area: Area,
    layout: Layout,
    fingerprint: Fingerprint,
    shown: Vec<String>,
}

impl SpaceMap {
    /// The map of a picture of which the model sees an image of `model` width and height: those with which it was sent.
    pub fn new(shot: &Shot, model: (u32, u32)) -> Result<Self, SpaceError> {
        let area = shot.area.ok_or(SpaceError::Unplaced)?;
        let image = (f64::from(shot.pixels.width), f64::from(shot.pixels.height));
        let model = (f64::from(model.0), f64::from(model.1));
        let sizes = [model.0, model.1, image.0, image.1, area.width, area.height];
        if sizes.iter().any(|size| size.partial_cmp(&0.0) != Some(Ordering::Greater)) {
            return Err(SpaceError::Empty);
        }
        let shown = match &shot.source {
            Source::Screen { output } => vec![output.clone()],
            Source::Region { outputs } => outputs.clone(),
            Source::All | Source::Window { .. } | Source::Given { .. } => shot.layout.names_in(&area),
        };
        let layout = shot.layout.clone();
        Ok(Self { model, image, area, fingerprint: layout.fingerprint(), layout, shown })
    }

    /// The names of the outputs that the picture shows.
    pub fn outputs(&self) -> &[String] {
        &self.shown
    }

    /// What the outputs have to be like for the map to hold.
    pub fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }

    /// From the model's image to the picture.
    pub fn model_to_image(&self, point: Point<InModel>) -> Result<Point<InImage>, SpaceError> {
        let (x, y) = fractions((point.x, point.y), (0.0, 0.0), self.model)?;
        Ok(Point::new(x * self.image.0, y * self.image.1))
    }

    /// From the picture to the model's image.
    pub fn image_to_model(&self, point: Point<InImage>) -> Result<Point<InModel>, SpaceError> {
        let (x, y) = fractions((point.x, point.y), (0.0, 0.0), self.image)?;
        Ok(Point::new(x * self.model.0, y * self.model.1))
    }

    /// From the picture to the desktop, whether an output is there or not.
    pub fn image_to_desktop(&self, point: Point<InImage>) -> Result<Point<OnDesktop>, SpaceError> {
        let (x, y) = fractions((point.x, point.y), (0.0, 0.0), self.image)?;
        Ok(Point::new(self.area.x + x * self.area.width, self.area.y + y * self.area.height))
    }

    /// From the desktop to the picture.
    pub fn desktop_to_image(&self, point: Point<OnDesktop>) -> Result<Point<InImage>, SpaceError> {
        let size = (self.area.width, self.area.height);
        let (x, y) = fractions((point.x, point.y), (self.area.x, self.area.y), size)?;
        Ok(Point::new(x * self.image.0, y * self.image.1))
    }

    /// From the desktop to the output there. Where two outputs show the same, the one in the picture is meant.
    pub fn desktop_to_device(&self, point: Point<OnDesktop>) -> Result<DevicePoint, SpaceError> {
        let output = self.output_at(point).ok_or(SpaceError::Gap { x: point.x, y: point.y })?;
        let bounds = self.layout.bounds().ok_or(SpaceError::Gap { x: point.x, y: point.y })?;
        let place = output.area;
        let upright = fractions((point.x, point.y), (place.x, place.y), (place.width, place.height))?;
        let on_output = output.transform.to_buffer(upright);
        let (width, height) = output.mode;
        let buffer = (on_output.0 * f64::from(width), on_output.1 * f64::from(height));
        let on_layout = fractions((point.x, point.y), (bounds.x, bounds.y), (bounds.width, bounds.height))?;
        Ok(DevicePoint { output: output.name.clone(), buffer, on_output, on_layout })
    }

    /// From an output's own pixels to the desktop.
    pub fn device_to_desktop(&self, point: &DevicePoint) -> Result<Point<OnDesktop>, SpaceError> {
        let output = self.layout.output(&point.output).ok_or(SpaceError::UnknownOutput(point.output.clone()))?;
        let size = (f64::from(output.mode.0), f64::from(output.mode.1));
        let (x, y) = output.transform.to_upright(fractions(point.buffer, (0.0, 0.0), size)?);
        let place = output.area;
        Ok(Point::new(place.x + x * place.width, place.y + y * place.height))
    }

    /// The whole way from what a model points at to the device, if the outputs are still as they were.
    pub fn model_to_device(&self, point: Point<InModel>, now: &Layout) -> Result<DevicePoint, SpaceError> {
        self.check(now)?;
        self.desktop_to_device(self.image_to_desktop(self.model_to_image(point)?)?)
    }

    /// The whole way back: where in the model's image that place of an output is.
    pub fn device_to_model(&self, point: &DevicePoint, now: &Layout) -> Result<Point<InModel>, SpaceError> {
        self.check(now)?;
        self.image_to_model(self.desktop_to_image(self.device_to_desktop(point)?)?)
    }

    fn check(&self, now: &Layout) -> Result<(), SpaceError> {
        // Mostly it is the same, which is seen sooner.
        let same = *now == self.layout || now.fingerprint() == self.fingerprint;
        if same { Ok(()) } else { Err(SpaceError::LayoutChanged) }
    }

    fn output_at(&self, point: Point<OnDesktop>) -> Option<&Output> {
        let shown = |output: &&Output| self.shown.contains(&output.name);
        let find = |slack: f64| {
            let mut there = self.layout.outputs.iter().filter(|output| output.area.contains(point.x, point.y, slack));
            there.clone().find(shown).or_else(|| there.next())
        };
        find(0.0).or_else(|| find(SLACK))
    }
}

/// Where a point lies within a rectangle, 0–1 each way.
fn fractions(point: (f64, f64), origin: (f64, f64), size: (f64, f64)) -> Result<(f64, f64), SpaceError> {
    let (x, y) = (point.0 - origin.0, point.1 - origin.1);
    let within = |value: f64, size: f64| (-SLACK..=size + SLACK).contains(&value);
    if !within(x, size.0) || !within(y, size.1) {
        return Err(SpaceError::Outside { x: point.0, y: point.1, width: size.0, height: size.1 });
    }
    Ok(((x / size.0).clamp(0.0, 1.0), (y / size.1).clamp(0.0, 1.0)))
}

impl Transform {
    /// From a place on the upright output to the place in its buffer; both as fractions, 0–1.
    pub fn to_buffer(self, (x, y): (f64, f64)) -> (f64, f64) {
        match self {
            Self::Normal => (x, y),
            Self::Rotated90 => (y, 1.0 - x),
            Self::Rotated180 => (1.0 - x, 1.0 - y),
            Self::Rotated270 => (1.0 - y, x),
            Self::Flipped => (1.0 - x, y),
            Self::Flipped90 => (y, x),
            Self::Flipped180 => (x, 1.0 - y),
            Self::Flipped270 => (1.0 - y, 1.0 - x),
        }
    }

    /// The way back from [`Self::to_buffer`].
    pub fn to_upright(self, place: (f64, f64)) -> (f64, f64) {
        match self {
            // Only the quarter turns are not their own way back.
            Self::Rotated90 => Self::Rotated270.to_buffer(place),
            Self::Rotated270 => Self::Rotated90.to_buffer(place),
            other => other.to_buffer(place),
        }
    }
}

#[cfg(test)]
mod tests;
