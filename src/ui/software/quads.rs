//! Rectangles with round corners and borders, each pixel by how much of it they cover.

use iced::advanced::renderer::Quad;
use iced::{Color, Rectangle};

use super::canvas::{Area, Canvas, Ink};

/// A rectangle with round corners, in pixels.
#[derive(Debug, Clone, Copy)]
struct Shape {
    left: f32,
    top: f32,
    right: f32,
    bottom: f32,
    /// Of the corners: top left, top right, bottom right, bottom left.
    radii: [f32; 4],
}

impl Shape {
    fn new(bounds: Rectangle, radii: [f32; 4]) -> Self {
        let most = (bounds.width / 2.0).min(bounds.height / 2.0);
        Self {
            left: bounds.x,
            top: bounds.y,
            right: bounds.x + bounds.width,
            bottom: bounds.y + bounds.height,
            radii: radii.map(|radius| radius.min(most).max(0.0)),
        }
    }

    /// What is left of it without a border of this width.
    fn inside(self, border: f32) -> Self {
        Self {
            left: self.left + border,
            top: self.top + border,
            right: self.right - border,
            bottom: self.bottom - border,
            radii: self.radii.map(|radius| (radius - border).max(0.0)),
        }
    }

    /// How much of the pixel at `x` and `y` it covers, 0–1.
    fn cover(&self, x: i32, y: i32) -> f32 {
        let (x, y) = (x as f32, y as f32);
        let overlap = |at: f32, from: f32, to: f32| ((at + 1.0).min(to) - at.max(from)).clamp(0.0, 1.0);
        let straight = overlap(x, self.left, self.right) * overlap(y, self.top, self.bottom);
        let (middle_x, middle_y) = (x + 0.5, y + 0.5);
        let [top_left, top_right, bottom_right, bottom_left] = self.radii;
        let corners = [
            (top_left, self.left + top_left - middle_x, self.top + top_left - middle_y),
            (top_right, middle_x - self.right + top_right, self.top + top_right - middle_y),
            (bottom_right, middle_x - self.right + bottom_right, middle_y - self.bottom + bottom_right),
            (bottom_left, self.left + bottom_left - middle_x, middle_y - self.bottom + bottom_left),
        ];
        let corner = corners.into_iter().find(|(radius, right, down)| *radius > 0.0 && *right > 0.0 && *down > 0.0);
        corner.map_or(straight, |(radius, right, down)| {
            // The distance to the arc is what a pixel is covered by, as long as the arc is hardly bent within it.
            (radius + 0.5 - (right * right + down * down).sqrt()).clamp(0.0, 1.0).min(straight)
        })
    }
}

/// Draws a quad that is filled with one colour and throws no shadow; `scale` pixels are one logical.
pub(super) fn draw(canvas: &mut Canvas<'_>, quad: &Quad, fill: Color, scale: f32, clip: Area) {
    let bounds = quad.bounds * scale;
    let area = clip.and(Area {
        left: bounds.x.floor() as i32,
        top: bounds.y.floor() as i32,
        right: (bounds.x + bounds.width).ceil() as i32,
        bottom: (bounds.y + bounds.height).ceil() as i32,
    });
    if area.is_empty() {
        return;
    }
    let outer = Shape::new(bounds, <[f32; 4]>::from(quad.border.radius).map(|radius| radius * scale));
    let border = quad.border.width.min(quad.bounds.width / 2.0).min(quad.bounds.height / 2.0).max(0.0) * scale;
    let inner = outer.inside(border);
    let (fill, line) = (Ink::new(fill), Ink::new(quad.border.color));
    let bent = outer.radii.into_iter().fold(border, f32::max);
    for y in area.top..area.bottom {
        let straight = y as f32 >= outer.top + bent && (y + 1) as f32 <= outer.bottom - bent;
        let reach = if straight { border } else { bent };
        // Between the two all pixels of the row are alike.
        let (left, right) = ((outer.left + reach).ceil() as i32, (outer.right - reach).floor() as i32);
        let mut lay = |x: i32, to: i32| {
            let all = outer.cover(x, y);
            canvas.span(y, x, to, fill.share(all), clip);
            if border > 0.0 {
                canvas.span(y, x, to, line.share(all - inner.cover(x, y)), clip);
            }
        };
        if left >= right {
            (area.left..area.right).for_each(|x| lay(x, x + 1));
            continue;
        }
        (area.left..left.min(area.right)).for_each(|x| lay(x, x + 1));
        lay(left, right);
        (right.max(area.left)..area.right).for_each(|x| lay(x, x + 1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use iced::Border;

    /// How much of each pixel of a canvas is white after a white quad was drawn on black, 0–255.
    fn drawn(side: u32, bounds: Rectangle, radius: f32, border: f32) -> Vec<u32> {
        let mut pixels = vec![0xff00_0000; (side * side) as usize];
        let mut canvas = Canvas::new(&mut pixels, side, side).unwrap();
        let quad = Quad {
            bounds,
            border: Border { color: Color::WHITE, width: border, radius: radius.into() },
            ..Quad::default()
        };
        let fill = if border > 0.0 { Color::TRANSPARENT } else { Color::WHITE };
        let all = canvas.all();
        draw(&mut canvas, &quad, fill, 1.0, all);
        pixels.iter().map(|pixel| pixel & 0xff).collect()
    }

    fn rectangle(x: f32, y: f32, width: f32, height: f32) -> Rectangle {
        Rectangle { x, y, width, height }
    }

    #[test]
    fn edges_between_pixels_cover_their_part() {
        assert_eq!(drawn(3, rectangle(0.5, 1.0, 1.75, 1.0), 0.0, 0.0), [0, 0, 0, 128, 255, 64, 0, 0, 0]);
        assert_eq!(drawn(3, rectangle(1.25, 0.25, 0.5, 0.5), 0.0, 0.0), [0, 64, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(drawn(2, rectangle(-4.0, -4.0, 20.0, 20.0), 0.0, 0.0), [255; 4]);
    }

    #[test]
    fn what_round_corners_cover_is_the_area_of_the_arc() {
        for radius in [2.0, 6.0, 10.0, 16.0, 64.0_f32] {
            let covered = drawn(44, rectangle(2.0, 2.0, 40.0, 40.0), radius, 0.0);
            let sum = covered.iter().map(|&cover| cover as f32 / 255.0).sum::<f32>();
            let radius = radius.min(20.0);
            let exact = 1600.0 - (4.0 - std::f32::consts::PI) * radius * radius;
            assert!((sum - exact).abs() < 1.5, "radius {radius}: {sum}, not {exact}");
            for (at, cover) in covered.iter().enumerate() {
                let mirrored = |at: usize| covered[(at / 44) * 44 + 43 - at % 44];
                assert!(cover.abs_diff(mirrored(at)) <= 1 && cover.abs_diff(covered[at % 44 * 44 + at / 44]) <= 1);
            }
        }
    }

    #[test]
    fn a_border_is_within_the_bounds_and_as_wide_as_it_says() {
        let covered = drawn(44, rectangle(2.0, 2.0, 40.0, 40.0), 8.0, 1.0);
        let at = |x: usize, y: usize| covered[y * 44 + x];
        assert_eq!([at(1, 20), at(2, 20), at(3, 20), at(40, 20), at(41, 20), at(42, 20)], [0, 255, 0, 0, 255, 0]);
        assert_eq!([at(20, 1), at(20, 2), at(20, 3), at(20, 40), at(20, 41), at(20, 42)], [0, 255, 0, 0, 255, 0]);
        let sum = covered.iter().map(|&cover| cover as f32 / 255.0).sum::<f32>();
        let exact = 4.0 * 24.0 + std::f32::consts::PI * (64.0 - 49.0);
        assert!((sum - exact).abs() < 2.0, "{sum}, not {exact}");
    }

    #[test]
    fn a_part_is_drawn_as_it_is_in_the_whole() {
        let quad = Quad {
            bounds: rectangle(1.3, 1.7, 30.4, 20.2),
            border: Border { color: Color::from_rgb(0.0, 0.0, 1.0), width: 1.5, radius: 7.0.into() },
            ..Quad::default()
        };
        let fill = Color::from_rgba(1.0, 0.0, 0.0, 0.7);
        let paint = |clip: Option<Area>| {
            let mut pixels = vec![0xff00_0000; 48 * 36];
            let mut canvas = Canvas::new(&mut pixels, 48, 36).unwrap();
            let clip = clip.unwrap_or(canvas.all());
            draw(&mut canvas, &quad, fill, 1.25, clip);
            pixels
        };
        let whole = paint(None);
        for (left, top, right, bottom) in
            [(0, 0, 9, 9), (5, 3, 30, 20), (11, 0, 12, 36), (33, 20, 48, 36), (0, 8, 48, 9)]
        {
            let part = paint(Some(Area { left, top, right, bottom }));
            for (at, pixel) in part.iter().enumerate() {
                let (x, y) = ((at % 48) as i32, (at / 48) as i32);
                let within = (left..right).contains(&x) && (top..bottom).contains(&y);
                assert_eq!(*pixel, if within { whole[at] } else { 0xff00_0000 }, "{x} {y}");
            }
        }
    }
}
