//! Areas of a frame: what of those that differ from another is drawn and told to the compositor.

use iced::{Rectangle, Size};
use iced_renderer::graphics::Viewport;

use super::canvas::Area;

/// How few areas are made of many: what did not change may come along where that costs less than an area more.
#[derive(Debug, Clone, Copy)]
pub(super) struct Grain {
    /// What an area costs, in pixels.
    area: f32,
    /// What a line of an area costs, in pixels.
    line: f32,
    /// So many areas at most.
    most: usize,
}

/// What is told to a compositor. Measured with wlroots 0.15, which draws in software: 5 µs for an area, 0.3 µs for a line of
/// it and 2 ns for a pixel; above 20 areas, with those of the frames before, it draws all between them. For a GPU fewer
/// areas are better, too.
const TOLD: Grain = Grain { area: 2_500.0, line: 150.0, most: 10 };
/// What is drawn anew, which costs more for each pixel.
const DRAWN: Grain = Grain { area: 1_000.0, line: 0.0, most: 16 };
/// Up to this part of the surface, areas are drawn one by one.
const SMALL: f32 = 0.25;

/// The areas in few, as far as they are within `all`.
pub(super) fn gather(areas: Vec<Rectangle>, all: Rectangle, grain: Grain) -> Vec<Rectangle> {
    let cost = |area: &Rectangle| grain.area + grain.line * area.height + area.area();
    let mut gathered: Vec<Rectangle> = Vec::with_capacity(grain.most);
    for mut area in areas.into_iter().filter_map(|area| area.intersection(&all)) {
        loop {
            let more = |other: &Rectangle| cost(&other.union(&area)) - cost(other) - cost(&area);
            let nearest = gathered.iter().map(more).enumerate().min_by(|(_, one), (_, other)| one.total_cmp(other));
            match nearest {
                // Together they may be near to a third.
                Some((index, more)) if more <= 0.0 || gathered.len() == grain.most => {
                    area = area.union(&gathered.remove(index));
                }
                Some(_) | None => break gathered.push(area),
            }
        }
    }
    gathered
}

/// What is told to a compositor of these areas.
pub(super) fn told(areas: Vec<Rectangle>, all: Rectangle) -> Vec<Rectangle> {
    let mut told = gather(areas, all, TOLD);
    // A compositor cuts what lies beside each other into bands: with the same top and bottom there is one, else three.
    for (first, second) in (1..told.len()).flat_map(|second| (0..second).map(move |first| (first, second))) {
        let (one, other) = (told[first], told[second]);
        let y = one.y.min(other.y);
        let height = (one.y + one.height).max(other.y + other.height) - y;
        let more = |area: Rectangle| (height - area.height) * (area.width + TOLD.line);
        if height < one.height + other.height && more(one) + more(other) <= 2.0 * TOLD.area {
            told[first] = Rectangle { y, height, ..one };
            told[second] = Rectangle { y, height, ..other };
        }
    }
    told
}

/// An area as whole pixels of a surface of this size, with the pixels that it only touches.
pub(super) fn pixels(area: Rectangle, scale: f32, size: Size<u32>) -> Option<Area> {
    let Rectangle { x, y, width, height } = area * scale;
    let (left, top) = ((x.floor() - 1.0).max(0.0) as i32, (y.floor() - 1.0).max(0.0) as i32);
    let right = ((x + width).ceil() + 1.0).clamp(0.0, size.width as f32) as i32;
    let bottom = ((y + height).ceil() + 1.0).clamp(0.0, size.height as f32) as i32;
    Some(Area { left, top, right, bottom }).filter(|area| !area.is_empty())
}

/// What is drawn anew where these areas, in logical pixels, are not as they should be.
pub(super) fn redrawn(areas: Vec<Rectangle>, scale: f32, size: Size<u32>) -> Vec<Area> {
    let all = Rectangle::with_size(Size::new(size.width as f32, size.height as f32)) * scale.recip();
    gather(areas, all, DRAWN).into_iter().filter_map(|area| pixels(area, scale, size)).collect()
}

/// The same in the logical pixels of iced's renderer, whole ones of the surface.
///
/// It draws each area with all that touches it, and what reaches beyond it through a mask, pixel by pixel: that pays
/// while they are small. Otherwise all lines are drawn from the first to the last; hardly anything reaches beyond those.
pub(super) fn lines(areas: &[Area], scale: f32, size: Size<u32>) -> Vec<Rectangle> {
    let logical = |Area { left, top, right, bottom }: Area| {
        let (width, height) = ((right - left) as f32, (bottom - top) as f32);
        Rectangle { x: left as f32, y: top as f32, width, height } * scale.recip()
    };
    if coverage(areas, size) <= SMALL {
        return areas.iter().copied().map(logical).collect();
    }
    let lines = areas.iter().map(|area| Area { left: 0, right: size.width as i32, ..*area });
    let lines =
        lines.reduce(|one, other| Area { top: one.top.min(other.top), bottom: one.bottom.max(other.bottom), ..one });
    lines.map(logical).into_iter().collect()
}

/// How much of a surface these cover, 1 for all of it; what lies in two of them counts twice.
pub(super) fn coverage(areas: &[Area], size: Size<u32>) -> f32 {
    let covered: f32 = areas.iter().map(|area| (area.right - area.left) as f32 * (area.bottom - area.top) as f32).sum();
    covered / (size.width as f32 * size.height as f32).max(1.0)
}

/// The size of a frame: the surface's, or as high as the card. In logical pixels, and in those of the buffer.
pub(super) fn extent(viewport: &Viewport, height: Option<f32>) -> (Option<Size<u32>>, Size<u32>) {
    let given = viewport.physical_size();
    let Some(height) = height else { return (None, given) };
    // The buffer's width is that of the surface, rounded up to whole pixels.
    let width = (viewport.logical_size().width + 0.01).floor().max(1.0) as u32;
    let height = height.ceil().max(1.0);
    let tall = (f64::from(height) * f64::from(viewport.scale_factor())).ceil() as u32;
    (Some(Size::new(width, height as u32)), Size::new(given.width, tall))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn viewport(width: u32, height: u32, scale: f64) -> Viewport {
        let pixels = |length: u32| (f64::from(length) * scale).ceil() as u32;
        Viewport::with_physical_size(Size::new(pixels(width), pixels(height)), scale as f32)
    }

    #[test]
    fn a_frame_is_as_high_as_the_card_whatever_the_surface() {
        for (scale, wide, tall) in [(1.0, 720, 313), (1.25, 900, 392), (1.5, 1080, 470), (2.0, 1440, 626)] {
            let (logical, pixels) = extent(&viewport(720, 56, scale), Some(312.5));
            assert_eq!(logical, Some(Size::new(720, 313)), "at {scale}");
            assert_eq!(pixels, Size::new(wide, tall), "at {scale}");
        }
        // A width that gives no whole pixels.
        let (logical, pixels) = extent(&viewport(719, 56, 1.25), Some(40.0));
        assert_eq!((logical, pixels), (Some(Size::new(719, 40)), Size::new(899, 50)));
        let (logical, pixels) = extent(&viewport(720, 620, 1.5), None);
        assert_eq!((logical, pixels), (None, Size::new(1080, 930)), "a surface that does not follow the card");
    }

    #[test]
    fn what_changed_is_told_in_whole_pixels_of_the_surface() {
        let size = Size::new(100, 50);
        let told = |x, y, width, height, scale| {
            let area = Rectangle { x, y, width, height };
            pixels(area, scale, size).map(|area| (area.left, area.top, area.right - area.left, area.bottom - area.top))
        };
        assert_eq!(told(10.2, 10.0, 5.0, 5.5, 1.0), Some((9, 9, 8, 8)));
        assert_eq!(told(0.0, 0.0, 200.0, 200.0, 1.0), Some((0, 0, 100, 50)));
        assert_eq!(told(10.0, 10.0, 10.0, 10.0, 1.5), Some((14, 14, 17, 17)));
        assert_eq!(told(-30.0, 0.0, 10.0, 10.0, 1.0), None);
        assert_eq!(told(0.0, 60.0, 10.0, 10.0, 1.0), None);
    }

    #[test]
    fn what_is_near_is_told_as_one_area_and_few_areas_in_all() {
        let all = Rectangle::with_size(Size::new(720.0, 440.0));
        let area = |x, y, width, height| Rectangle { x, y, width, height };
        // The prompt, an icon and its name, and a name far away.
        let changed = [
            area(50.0, 0.0, 510.0, 56.0),
            area(16.0, 73.0, 28.0, 28.0),
            area(56.0, 76.0, 90.0, 20.0),
            area(56.0, 340.0, 90.0, 20.0),
        ];
        assert_eq!(told(changed.to_vec(), all), [changed[0], area(16.0, 73.0, 130.0, 28.0), changed[3]]);
        // What is said at the end of its row; and a bar at the side of all rows.
        let (end, bar) = (area(630.0, 77.0, 60.0, 18.0), area(700.0, 56.0, 4.0, 380.0));
        let beside = told([&changed[..3], &[end, bar]].concat(), all);
        assert_eq!(beside, [changed[0], area(16.0, 73.0, 130.0, 28.0), area(630.0, 73.0, 60.0, 28.0), bar]);
        let many = (0..100)
            .map(|row| area(if row % 2 == 0 { 0.0 } else { 600.0 }, row as f32 * 4.0, 2.0, 2.0))
            .collect::<Vec<_>>();
        let few = told(many.clone(), all);
        assert!(few.len() <= TOLD.most);
        assert!(many.iter().all(|area| few.iter().any(|told| area.is_within(told))));
        assert!(told(vec![area(800.0, 0.0, 10.0, 10.0)], all).is_empty(), "beside the surface");
    }

    #[test]
    fn small_areas_are_drawn_alone_and_large_ones_as_whole_lines() {
        let size = Size::new(150, 300);
        let area = |y, width, height| Rectangle { x: 20.0, y, width, height };
        let redrawn = |areas: &[Rectangle]| {
            let areas = lines(&redrawn(areas.to_vec(), 1.5, size), 1.5, size).into_iter().map(|area| area * 1.5);
            areas.map(|area| [area.x, area.y, area.width, area.height].map(f32::round)).collect::<Vec<_>>()
        };
        assert_eq!(redrawn(&[area(100.0, 10.0, 10.0)]), [[29.0, 149.0, 17.0, 17.0]]);
        assert_eq!(redrawn(&[area(60.0, 70.0, 100.0), area(20.0, 70.0, 10.0)]), [[0.0, 29.0, 150.0, 212.0]]);
        assert!(redrawn(&[area(300.0, 10.0, 10.0)]).is_empty());
        assert!(redrawn(&[]).is_empty());
    }
}
