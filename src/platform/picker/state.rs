//! What a person does and what becomes of it: events in, a selection or the end out. Pure.

use super::grid::{self, Point};
use super::plane::{Grip, Plane};
use crate::model::{Area, Output, Window};

/// A press that moves less than this before its release is a click; logical pixels.
const CLICK: f64 = 4.0;
/// So near an edge of the selection its handle is meant; logical pixels.
const REACH: f64 = 9.0;
/// What the arrow keys do with Shift, in physical pixels.
const LEAP: i32 = 10;

/// Keys that mean something here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// Arrow.
    Left,
    /// Arrow.
    Right,
    /// Arrow.
    Up,
    /// Arrow.
    Down,
    /// Takes what is selected, or the screen.
    Enter,
    /// Cancels.
    Escape,
    /// Moves the selection while it is dragged; without one, begins it at the crosshair.
    Space,
    /// Selects the next window.
    Tab,
}

/// What happens.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Event {
    /// The pointer is here.
    Pointer(Point),
    /// The left button goes down.
    Press,
    /// The left button goes up.
    Release,
    /// The right button goes down.
    Cancel,
    /// A key goes down, or repeats.
    Key {
        /// Which.
        key: Key,
        /// With Shift held.
        shift: bool,
        /// With Control held.
        control: bool,
    },
    /// Space goes up.
    SpaceUp,
}

/// What becomes of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Outcome {
    /// The picker goes on.
    Stay,
    /// This area was picked; its edges lie on physical pixels.
    Taken(Area),
    /// Nothing was picked.
    Cancelled,
}

/// What is going on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Phase {
    /// Nothing is selected.
    Idle,
    /// The button is down and has not moved far; a selection may be there.
    Pressed {
        /// Where it went down.
        from: Point,
    },
    /// A selection is drawn from `anchor` to the pointer.
    Dragging {
        /// Where it began.
        anchor: Point,
    },
    /// Space is held while dragging: the selection moves with the pointer.
    Carrying {
        /// Where the pointer was when Space went down.
        from: Point,
        /// The selection then.
        start: Area,
        /// Where the drag began.
        anchor: Point,
    },
    /// A selection is there.
    Chosen,
    /// The selection is moved.
    Moving {
        /// Where the button went down.
        from: Point,
        /// The selection then.
        start: Area,
        /// Whether it has moved far enough to be no click.
        moved: bool,
    },
    /// An edge or corner of the selection is moved.
    Resizing {
        /// Which.
        grip: Grip,
        /// Where the button went down.
        from: Point,
        /// The selection then.
        start: Area,
    },
}

/// The picker.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    plane: Plane,
    windows: Vec<Area>,
    pointer: Point,
    selection: Option<Area>,
    tabbed: Option<usize>,
    phase: Phase,
}

impl State {
    /// The start: nothing selected, the crosshair in the middle of the output that has the focused window. `None`
    /// without outputs. Windows are taken in their order, the top one first.
    pub fn new(outputs: Vec<Output>, windows: &[Window]) -> Option<Self> {
        let focus = windows.iter().find(|window| window.focused).and_then(|window| window.output.clone());
        let first = outputs.iter().find(|output| Some(&output.name) == focus.as_ref()).or(outputs.first())?;
        let (width, height) = first.upright();
        let middle = (i32::try_from(width / 2).ok()?, i32::try_from(height / 2).ok()?);
        let pointer = grid::middle(first, middle);
        let shown = windows.iter().filter(|window| window.visible).filter_map(|window| window.area);
        let plane = Plane::new(outputs)?;
        let windows = shown.filter_map(|area| grid::common(area, plane.bounds())).collect();
        Some(Self { plane, windows, pointer, selection: None, tabbed: None, phase: Phase::Idle })
    }

    /// The outputs.
    pub fn outputs(&self) -> &[Output] {
        self.plane.outputs()
    }

    /// Where the crosshair is.
    pub fn pointer(&self) -> Point {
        self.pointer
    }

    /// What is selected.
    pub fn selection(&self) -> Option<Area> {
        self.selection
    }

    /// What is going on.
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// Index of the output with the crosshair.
    pub fn active(&self) -> usize {
        grid::nearest(self.plane.outputs(), self.pointer).unwrap_or_default()
    }

    /// The window that a click would take.
    pub fn hovered(&self) -> Option<Area> {
        let looks = matches!(self.phase, Phase::Idle | Phase::Pressed { .. }) && self.selection.is_none();
        let found = self.windows.iter().find(|area| looks && grid::contains(**area, self.pointer))?;
        Some(self.plane.snapped(*found))
    }

    /// The handle that a press would take.
    pub fn gripped(&self) -> Option<Grip> {
        match self.phase {
            Phase::Resizing { grip, .. } => Some(grip),
            Phase::Chosen => self.grip_at(self.pointer),
            _ => None,
        }
    }

    /// Takes in what happened.
    pub fn handle(&mut self, event: Event) -> Outcome {
        match event {
            Event::Pointer(at) => self.moved_to(at),
            Event::Press => self.pressed(),
            Event::Release => return self.released(),
            Event::Cancel => return Outcome::Cancelled,
            Event::Key { key, shift, control } => return self.key(key, shift, control),
            Event::SpaceUp => self.put_down(),
        }
        Outcome::Stay
    }

    fn moved_to(&mut self, at: Point) {
        self.pointer = at;
        match self.phase {
            Phase::Idle | Phase::Chosen => {}
            Phase::Pressed { from } if is_far(from, at) => {
                self.phase = Phase::Dragging { anchor: from };
                self.selection = Some(self.plane.span(from, at));
            }
            Phase::Pressed { .. } => {}
            Phase::Dragging { anchor } => self.selection = Some(self.plane.span(anchor, at)),
            Phase::Carrying { from, start, .. } => self.selection = Some(self.plane.shifted(start, from, at)),
            Phase::Moving { from, start, moved } => {
                if moved || is_far(from, at) {
                    self.phase = Phase::Moving { from, start, moved: true };
                    self.selection = Some(self.plane.shifted(start, from, at));
                }
            }
            Phase::Resizing { grip, from, start } => {
                let (dx, dy) = self.plane.steps(grip.corner(start), from, at);
                self.selection = Some(self.plane.resized(start, grip, dx, dy));
            }
        }
    }

    fn pressed(&mut self) {
        let from = self.pointer;
        self.phase = match (self.selection, self.grip_at(from)) {
            (Some(start), Some(grip)) => Phase::Resizing { grip, from, start },
            (Some(start), None) if grid::contains(start, from) => Phase::Moving { from, start, moved: false },
            _ => Phase::Pressed { from },
        };
    }

    fn released(&mut self) -> Outcome {
        match self.phase {
            Phase::Idle | Phase::Chosen => return Outcome::Stay,
            Phase::Pressed { .. } => {
                self.phase = Phase::Idle;
                if let Some(window) = self.hovered() {
                    return Outcome::Taken(window);
                }
                // A click beside the selection lets go of it.
                self.selection = None;
                return Outcome::Stay;
            }
            Phase::Moving { start, moved: false, .. } => return Outcome::Taken(start),
            Phase::Dragging { .. } | Phase::Carrying { .. } | Phase::Moving { .. } | Phase::Resizing { .. } => {}
        }
        self.phase = Phase::Chosen;
        Outcome::Stay
    }

    fn key(&mut self, key: Key, shift: bool, control: bool) -> Outcome {
        let step = if shift { LEAP } else { 1 };
        match key {
            Key::Escape => return Outcome::Cancelled,
            Key::Enter => return Outcome::Taken(self.selection.unwrap_or(self.plane.outputs()[self.active()].area)),
            Key::Left => self.nudge(-step, 0, control),
            Key::Right => self.nudge(step, 0, control),
            Key::Up => self.nudge(0, -step, control),
            Key::Down => self.nudge(0, step, control),
            Key::Tab => self.next_window(shift),
            Key::Space => self.space(),
        }
        Outcome::Stay
    }

    fn nudge(&mut self, dx: i32, dy: i32, resize: bool) {
        let Some(area) = self.selection else {
            let output = &self.plane.outputs()[self.active()];
            let (x, y) = grid::pixel(output, self.pointer);
            let to = grid::middle(output, (x + dx, y + dy));
            if grid::contains(self.plane.bounds(), to) {
                self.pointer = to;
            }
            return;
        };
        let end = Grip { across: 1, down: 1 };
        let nudged = if resize { self.plane.resized(area, end, dx, dy) } else { self.plane.stepped(area, dx, dy) };
        self.selection = Some(nudged);
        // What the button holds goes on from here.
        match &mut self.phase {
            Phase::Carrying { from, start, anchor } => {
                *anchor = Point { x: anchor.x + nudged.x - start.x, y: anchor.y + nudged.y - start.y };
                (*from, *start) = (self.pointer, nudged);
            }
            Phase::Moving { from, start, .. } | Phase::Resizing { from, start, .. } => {
                (*from, *start) = (self.pointer, nudged);
            }
            Phase::Dragging { anchor } if !resize => {
                *anchor = Point { x: anchor.x + nudged.x - area.x, y: anchor.y + nudged.y - area.y };
            }
            Phase::Idle => self.phase = Phase::Chosen,
            Phase::Pressed { .. } | Phase::Dragging { .. } | Phase::Chosen => {}
        }
    }

    fn next_window(&mut self, backwards: bool) {
        let count = self.windows.len();
        if count == 0 || !matches!(self.phase, Phase::Idle | Phase::Chosen) {
            return;
        }
        let next = match (self.tabbed, backwards) {
            (None, false) => 0,
            (None, true) => count - 1,
            (Some(index), false) => (index + 1) % count,
            (Some(index), true) => (index + count - 1) % count,
        };
        self.tabbed = Some(next);
        self.selection = Some(self.plane.snapped(self.windows[next]));
        self.phase = Phase::Chosen;
    }

    fn space(&mut self) {
        match (self.phase, self.selection) {
            (Phase::Dragging { anchor }, Some(start)) => {
                self.phase = Phase::Carrying { from: self.pointer, start, anchor };
            }
            (Phase::Idle, None) => {
                self.selection = Some(self.plane.span(self.pointer, self.pointer));
                self.phase = Phase::Chosen;
            }
            _ => {}
        }
    }

    /// Dragging goes on from where its beginning was carried to.
    fn put_down(&mut self) {
        let (Phase::Carrying { start, anchor, .. }, Some(area)) = (self.phase, self.selection) else { return };
        let anchor = Point { x: anchor.x + area.x - start.x, y: anchor.y + area.y - start.y };
        self.phase = Phase::Dragging { anchor };
    }

    fn grip_at(&self, at: Point) -> Option<Grip> {
        let area = self.selection?;
        if !matches!(self.phase, Phase::Chosen) {
            return None;
        }
        // In a small selection the middle stays free for moving it.
        let inner = |length: f64| REACH.min(length / 4.0);
        let side = |from: f64, length: f64, at: f64| {
            if at < from - REACH || at > from + length + REACH {
                None
            } else if at < from + inner(length) {
                Some(-1)
            } else if at > from + length - inner(length) {
                Some(1)
            } else {
                Some(0)
            }
        };
        let grip = Grip { across: side(area.x, area.width, at.x)?, down: side(area.y, area.height, at.y)? };
        (grip != Grip { across: 0, down: 0 }).then_some(grip)
    }
}

fn is_far(from: Point, to: Point) -> bool {
    (from.x - to.x).hypot(from.y - to.y) >= CLICK
}

#[cfg(test)]
mod tests;
