//! From the state to what each output shows: where lines, handles, magnifier and words go.

use super::draw::{LENS, Shape, colour};
use super::grid::{self, Rect};
use super::plane::Grip;
use super::state::{Phase, State};
use super::text::{Run, Tone, Writer};
use crate::model::{Frame, Look, Output, Rgba};

/// Around light lines, so that they are seen on light ground as well.
const SHADE: Rgba = Rgba { r: 0, g: 0, b: 0, a: 130 };
/// What sets a magnified pixel off.
const WHITE: Rgba = Rgba { r: 255, g: 255, b: 255, a: 255 };

/// Lengths of one output, in physical pixels.
struct Ruler {
    scale: f64,
    whole: Rect,
}

impl Ruler {
    fn of(output: &Output) -> Self {
        let (width, height) = output.upright();
        let whole = Rect::new(0, 0, width as i32, height as i32);
        Self { scale: output.scale(), whole }
    }

    /// At least one pixel.
    fn length(&self, logical: f64) -> i32 {
        ((logical * self.scale).round() as i32).max(1)
    }
}

/// The shapes of the output with this index, whose picture is `frame`.
pub fn shapes(state: &State, index: usize, frame: &Frame, look: &Look, writer: &mut Writer) -> Vec<Shape> {
    let Some(output) = state.outputs().get(index) else { return Vec::new() };
    let ruler = Ruler::of(output);
    let mut found = Vec::new();
    let accent = look.palette.accent;
    let selection = state.selection().map(|area| grid::pixels(output, area));
    if let Some(rect) = selection.filter(|rect| !rect.within(ruler.whole).is_empty()) {
        found.push(Shape::Bright(rect.within(ruler.whole)));
        outline(&mut found, rect, &ruler, accent);
    }
    if let Some(area) = state.hovered() {
        let rect = grid::pixels(output, area);
        if !rect.within(ruler.whole).is_empty() {
            found.push(Shape::Bright(rect.within(ruler.whole)));
            outline(&mut found, rect, &ruler, accent);
        }
    }
    let active = state.active() == index;
    let at = grid::pixel(output, state.pointer());
    if active {
        crosshair(&mut found, state, at, &ruler);
    }
    if let (Some(rect), Phase::Chosen | Phase::Resizing { .. } | Phase::Moving { .. }) = (selection, state.phase()) {
        handles(&mut found, rect, state.gripped(), &ruler, look);
    }
    let mut taken = None;
    if active && !matches!(state.phase(), Phase::Chosen | Phase::Moving { .. } | Phase::Carrying { .. }) {
        taken = Some(lens(&mut found, at, frame, &ruler, look, writer));
    }
    if let Some(area) = state.selection().or(state.hovered())
        && labelled(state, area) == index
    {
        let (width, height) = grid::size(state.outputs(), area);
        let runs = [
            Run::new(Tone::Strong, width.to_string()),
            Run::new(Tone::Plain, " × "),
            Run::new(Tone::Strong, height.to_string()),
        ];
        let sprite = writer.label(&runs, ruler.scale, 0);
        let rect = grid::pixels(output, area);
        let (x, y) = beside(rect, (sprite.width, sprite.height), taken, &ruler);
        found.push(Shape::Picture(x, y, sprite));
    }
    if active {
        hint(&mut found, state, selection, taken, at, &ruler, writer);
    }
    found
}

/// The output that says how large the area is: the one with its lower right corner.
fn labelled(state: &State, area: crate::model::Area) -> usize {
    let end = grid::Point { x: area.x + area.width - 1e-3, y: area.y + area.height - 1e-3 };
    grid::nearest(state.outputs(), end).unwrap_or_default()
}

/// Lines outside of the rectangle, none of whose own pixels is covered: one of the accent, around it a dark one.
fn outline(into: &mut Vec<Shape>, rect: Rect, ruler: &Ruler, accent: Rgba) {
    let line = ruler.length(1.5);
    let shade = ruler.length(1.0);
    for (inner, width, colour) in [(rect, line, Rgba { a: 255, ..accent }), (rect.grown(line), shade, SHADE)] {
        let outer = inner.grown(width);
        let sides = [
            Rect::between(outer.x, outer.y, outer.right(), inner.y),
            Rect::between(outer.x, inner.bottom(), outer.right(), outer.bottom()),
            Rect::between(outer.x, inner.y, inner.x, inner.bottom()),
            Rect::between(inner.right(), inner.y, outer.right(), inner.bottom()),
        ];
        let seen = sides.into_iter().filter(|side| !side.within(ruler.whole).is_empty());
        into.extend(seen.map(|side| Shape::Fill(side, colour)));
    }
}

/// Lines through the pixel, which stays free; short ones where a selection is adjusted.
fn crosshair(into: &mut Vec<Shape>, state: &State, (x, y): (i32, i32), ruler: &Ruler) {
    let is_long = !matches!(state.phase(), Phase::Chosen | Phase::Moving { .. } | Phase::Resizing { .. });
    let gap = ruler.length(5.0);
    let whole = ruler.whole;
    let far = if is_long { whole.width.max(whole.height) } else { ruler.length(14.0) };
    let arms = [
        Rect::between((x - far).max(0), y, x - gap, y + 1),
        Rect::between(x + gap + 1, y, (x + far).min(whole.width), y + 1),
        Rect::between(x, (y - far).max(0), x + 1, y - gap),
        Rect::between(x, y + gap + 1, x + 1, (y + far).min(whole.height)),
    ];
    // In a selection the picture stays as it is: only the lines outside of it are drawn while it is dragged.
    let selection = state.selection().filter(|_| is_long);
    let output = &state.outputs()[state.active()];
    let free = selection.map(|area| grid::pixels(output, area));
    for arm in arms.into_iter().filter(|arm| !arm.is_empty()) {
        let parts = free.map_or_else(|| vec![arm], |free| arm.without(free));
        into.extend(parts.into_iter().map(Shape::Hair));
    }
}

fn handles(into: &mut Vec<Shape>, rect: Rect, gripped: Option<Grip>, ruler: &Ruler, look: &Look) {
    let accent = Rgba { a: 255, ..look.palette.accent };
    let line = ruler.length(1.5);
    for grip in Grip::ALL {
        let is_gripped = gripped == Some(grip);
        let half = ruler.length(if is_gripped { 6.0 } else { 4.0 });
        let on = |from: i32, length: i32, side: i32| match side {
            -1 => from,
            1 => from + length,
            _ => from + length / 2,
        };
        let (x, y) = (on(rect.x, rect.width, grip.across), on(rect.y, rect.height, grip.down));
        // Those in the middle of an edge too short for them would hide the corners.
        let short = |length: i32| length < 6 * half;
        if (grip.across == 0 && short(rect.width)) || (grip.down == 0 && short(rect.height)) {
            continue;
        }
        let square = Rect::between(x - half, y - half, x + half, y + half);
        if square.grown(line).within(ruler.whole).is_empty() {
            continue;
        }
        into.push(Shape::Fill(square.grown(line), SHADE));
        into.push(Shape::Fill(square, if is_gripped { WHITE } else { accent }));
        into.push(Shape::Fill(square.grown(-line), if is_gripped { accent } else { WHITE }));
    }
}

/// The magnifier with the colour beneath; returns where it is.
fn lens(into: &mut Vec<Shape>, at: (i32, i32), frame: &Frame, ruler: &Ruler, look: &Look, writer: &mut Writer) -> Rect {
    let cell = ruler.length(8.0);
    let side = cell * LENS;
    let here = colour(&frame.pixels, at.0, at.1).unwrap_or(look.palette.background);
    let value = format!("#{:02x}{:02x}{:02x}", here.r, here.g, here.b);
    // The spaces leave room for the chip.
    let runs = [Run::new(Tone::Plain, "      "), Run::new(Tone::Strong, value)];
    let line = ruler.length(1.0);
    let text = writer.label(&runs, ruler.scale, 0).width;
    let caption = writer.label(&runs, ruler.scale, side + 2 * line);
    let gap = ruler.length(6.0);
    let (width, height) = (side.max(caption.width), side + gap + caption.height);
    let distance = ruler.length(20.0);
    let place = |at: i32, length: i32, whole: i32| {
        let after = at + distance;
        if after + length + gap <= whole { after } else { (at - distance - length).max(gap) }
    };
    let (x, y) = (place(at.0, width, ruler.whole.width), place(at.1, height, ruler.whole.height));
    let glass = Rect::new(x, y, side, side);
    into.push(Shape::Fill(glass.grown(2 * line), SHADE));
    into.push(Shape::Fill(glass.grown(line), WHITE));
    into.push(Shape::Lens { rect: glass, at, cell });
    let middle = Rect::new(x + LENS / 2 * cell, y + LENS / 2 * cell, cell, cell);
    for (rect, colour) in [(middle.grown(2 * line), SHADE), (middle.grown(line), WHITE)] {
        for side in rect.without(rect.grown(-line)) {
            into.push(Shape::Fill(side, colour));
        }
    }
    let below = y + side + gap;
    let chip = ruler.length(12.0);
    let chip_x = x - line + (caption.width - text) / 2 + ruler.length(11.0);
    let chip_y = below + (caption.height - chip) / 2;
    let bounds = Rect::between(x, y, x + width, y + height).grown(2 * line);
    into.push(Shape::Picture(x - line, below, caption));
    into.push(Shape::Fill(
        Rect::new(chip_x - line, chip_y - line, chip + 2 * line, chip + 2 * line),
        look.palette.faint,
    ));
    into.push(Shape::Fill(Rect::new(chip_x, chip_y, chip, chip), here));
    bounds
}

/// Where a label of this size goes: below the rectangle at its right end, above it, or else inside at its foot.
fn beside(rect: Rect, (width, height): (i32, i32), taken: Option<Rect>, ruler: &Ruler) -> (i32, i32) {
    let gap = ruler.length(8.0);
    let whole = ruler.whole;
    let fit = |x: i32| x.clamp(gap, (whole.width - width - gap).max(gap));
    let (right, left) = (fit(rect.right() - width), fit(rect.x));
    let (below, above) = (rect.bottom() + gap, rect.y - gap - height);
    let inside = (rect.bottom().min(whole.height) - gap - height).max(gap);
    let places = [(right, below), (left, below), (right, above), (left, above), (left, inside)];
    let free = places.into_iter().find(|(x, y)| {
        let label = Rect::new(*x, *y, width, height);
        let fits = *y >= gap && y + height + gap <= whole.height;
        fits && taken.is_none_or(|taken| taken.within(label).is_empty())
    });
    free.unwrap_or((right, inside))
}

/// What can be done now, at the foot of the output, or at its head where the foot is in use.
fn hint(
    into: &mut Vec<Shape>,
    state: &State,
    selection: Option<Rect>,
    lens: Option<Rect>,
    (x, y): (i32, i32),
    ruler: &Ruler,
    writer: &mut Writer,
) {
    let words: &[(&str, &str)] = match state.phase() {
        Phase::Idle | Phase::Pressed { .. } => {
            &[("Drag", "a region"), ("Click", "a window"), ("Enter", "takes the screen"), ("Esc", "cancels")]
        }
        Phase::Dragging { .. } | Phase::Carrying { .. } => &[("Space", "held moves it"), ("Esc", "cancels")],
        Phase::Chosen | Phase::Moving { .. } | Phase::Resizing { .. } => &[
            ("Enter", "takes it"),
            ("Arrows", "move"),
            ("Ctrl+Arrows", "resize"),
            ("Tab", "next window"),
            ("Esc", "cancels"),
        ],
    };
    let mut runs = Vec::new();
    for (index, (key, what)) in words.iter().enumerate() {
        if index > 0 {
            runs.push(Run::new(Tone::Divider, "   ·   "));
        }
        runs.push(Run::new(Tone::Strong, *key));
        runs.push(Run::new(Tone::Plain, format!(" {what}")));
    }
    let sprite = writer.label(&runs, ruler.scale, 0);
    let margin = ruler.length(32.0);
    let left = (ruler.whole.width - sprite.width) / 2;
    let gap = ruler.length(12.0);
    let pointer = Rect::new(x, y, 1, 1).grown(ruler.length(24.0));
    let places = [ruler.whole.height - margin - sprite.height, margin];
    let free = |others: [Option<Rect>; 3]| {
        places.into_iter().find(|top| {
            let place = Rect::new(left, *top, sprite.width, sprite.height).grown(gap);
            others.into_iter().flatten().all(|other| other.within(place).is_empty())
        })
    };
    // What is dragged is seen as it is; a large selection that is there already leaves no other place.
    let covers = matches!(state.phase(), Phase::Chosen | Phase::Moving { .. } | Phase::Resizing { .. });
    let best = free([selection, lens, Some(pointer)]);
    if let Some(top) = best.or_else(|| free([None, lens, Some(pointer)]).filter(|_| covers)) {
        into.push(Shape::Picture(left, top, sprite));
    }
}
