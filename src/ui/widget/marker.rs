//! Marks a part of what it holds: dragging over it says which, and the part is drawn as what will become of it.

use iced::advanced::{Layout, Renderer as _, Shell, renderer};
use iced::{Border, Color, Event, Point, Rectangle, mouse};

use super::around::{Around, Inside, Kind};
use crate::ui::theme::{Theme, color};
use crate::ui::{Element, Painter};

/// A part of something, in shares of its width and height: 0 is its left or upper edge, 1 the other one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Part {
    /// The left edge.
    pub left: f32,
    /// The upper edge.
    pub top: f32,
    /// The right edge, not left of the left one.
    pub right: f32,
    /// The lower edge, not above the upper one.
    pub bottom: f32,
}

impl Part {
    /// Between two corners, as far as it is inside.
    pub fn between(one: (f32, f32), other: (f32, f32)) -> Self {
        let within = |share: f32| share.clamp(0.0, 1.0);
        let ((left, right), (top, bottom)) = (ordered(one.0, other.0), ordered(one.1, other.1));
        Self { left: within(left), top: within(top), right: within(right), bottom: within(bottom) }
    }

    fn of(&self, bounds: Rectangle) -> Rectangle {
        let (x, y) = (bounds.x + self.left * bounds.width, bounds.y + self.top * bounds.height);
        let (right, bottom) = (bounds.x + self.right * bounds.width, bounds.y + self.bottom * bounds.height);
        // At whole pixels, so that what is drawn beside it meets it without a seam.
        let (x, y) = (x.round(), y.round());
        Rectangle { x, y, width: right.round() - x, height: bottom.round() - y }
    }
}

fn ordered(one: f32, other: f32) -> (f32, f32) {
    if one < other { (one, other) } else { (other, one) }
}

/// What becomes of a marked part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It stays, and what is around it goes.
    Kept,
    /// It becomes black.
    Black,
}

/// Publishes `on_mark` with the part that is dragged over, and draws `part`.
pub fn marker<'a, M: Clone>(
    content: impl Into<Element<'a, M>>,
    part: Option<Part>,
    fate: Fate,
    on_mark: fn(Part) -> M,
) -> Around<'a, M, Marker<M>> {
    Around::new(Marker { part, fate, on_mark }, vec![content.into()])
}

/// The kind of [`marker`].
pub struct Marker<M> {
    part: Option<Part>,
    fate: Fate,
    on_mark: fn(Part) -> M,
}

/// Where the button was pressed, while it is: in shares, so that it survives another layout.
#[derive(Default)]
pub struct Pressed(Option<(f32, f32)>);

impl<M: Clone> Kind<M> for Marker<M> {
    type State = Pressed;

    fn update(&mut self, state: &mut Pressed, inside: &mut Inside<'_, '_, M>, event: &Event, shell: &mut Shell<'_, M>) {
        let Event::Mouse(event) = event else { return };
        let bounds = inside.layout.bounds();
        let share = |at: Point| ((at.x - bounds.x) / bounds.width, (at.y - bounds.y) / bounds.height);
        match event {
            mouse::Event::ButtonPressed(mouse::Button::Left) => {
                state.0 = inside.cursor.position().filter(|at| bounds.contains(*at)).map(share);
            }
            mouse::Event::CursorMoved { .. } => {
                if let (Some(from), Some(to)) = (state.0, inside.cursor.position()) {
                    shell.publish((self.on_mark)(Part::between(from, share(to))));
                }
            }
            mouse::Event::ButtonReleased(mouse::Button::Left) => state.0 = None,
            _ => {}
        }
    }

    fn draw(&self, _state: &Pressed, renderer: &mut Painter, theme: &Theme, layout: Layout<'_>) {
        let Some(part) = self.part else { return };
        let bounds = layout.bounds();
        let inner = part.of(bounds);
        // Within one layer pictures are drawn over everything else.
        renderer.with_layer(bounds, |renderer| {
            let mut fill = |bounds: Rectangle, ground: Color| {
                renderer.fill_quad(renderer::Quad { bounds, ..renderer::Quad::default() }, ground);
            };
            match self.fate {
                Fate::Black => fill(inner, Color::BLACK),
                Fate::Kept => {
                    for around in around(bounds, inner) {
                        fill(around, Color::from_rgba8(0, 0, 0, 0.6));
                    }
                }
            }
            let border = Border { color: color(theme.palette().accent), width: 2.0, ..Border::default() };
            let edge = renderer::Quad { bounds: inner, border, ..renderer::Quad::default() };
            renderer.fill_quad(edge, Color::TRANSPARENT);
        });
    }
}

/// What of `outer` is not `inner`.
fn around(outer: Rectangle, inner: Rectangle) -> [Rectangle; 4] {
    let (right, bottom) = (inner.x + inner.width, inner.y + inner.height);
    [
        Rectangle { height: inner.y - outer.y, ..outer },
        Rectangle { y: bottom, height: outer.y + outer.height - bottom, ..outer },
        Rectangle { x: outer.x, width: inner.x - outer.x, ..inner },
        Rectangle { x: right, width: outer.x + outer.width - right, ..inner },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_lies_within_whichever_way_it_was_drawn() {
        let expected = Part { left: 0.25, top: 0.0, right: 0.5, bottom: 1.0 };
        for (one, other) in [((0.25, -3.0), (0.5, 2.0)), ((0.5, 2.0), (0.25, -3.0)), ((0.5, -3.0), (0.25, 2.0))] {
            assert_eq!(Part::between(one, other), expected);
        }
    }

    #[test]
    fn what_is_around_a_part_is_all_but_the_part() {
        let outer = Rectangle { x: 10.0, y: 20.0, width: 100.0, height: 50.0 };
        let inner = Rectangle { x: 30.0, y: 25.0, width: 20.0, height: 40.0 };
        let area = |rectangle: Rectangle| rectangle.width * rectangle.height;
        let rest: f32 = around(outer, inner).into_iter().map(area).sum();
        assert_eq!(rest + area(inner), area(outer));
    }
}
