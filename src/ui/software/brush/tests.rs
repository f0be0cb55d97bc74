//! What is drawn is what iced's renderer draws, in whole and in parts.

use super::*;
use crate::ui::software::area::redrawn;
use crate::ui::software::difference::differences;
use crate::ui::software::drawn::Drawn;
use crate::ui::software::renderer::Software;
use iced::advanced::image::{Image as Drawing, Renderer as _};
use iced::advanced::renderer::Quad;
use iced::advanced::text::Alignment;
use iced::advanced::text::highlighter::PlainText;
use iced::advanced::text::{self, Editor as _, Paragraph as _, Renderer as _};
use iced::advanced::{Renderer as _, Text as Words};
use iced::alignment::Vertical;
use iced::{Border, Font, Pixels, Shadow, Size, Vector};
use iced_renderer::graphics::Viewport;
use iced_renderer::graphics::text::{Editor, Paragraph};
use proptest::prelude::*;
use resvg::tiny_skia::{Mask, PixmapMut};

const GROUND: Color = Color::from_rgb(0.08, 0.09, 0.13);
const WIDTH: f32 = 320.0;
const HEIGHT: f32 = 160.0;

/// What a frame is drawn from, with the texts that it only refers to.
struct Scene {
    software: Software,
    _texts: Vec<Paragraph>,
}

fn rectangle(x: f32, y: f32, width: f32, height: f32) -> Rectangle {
    Rectangle { x, y, width, height }
}

/// A text of this size, slanted where it begins with a slash.
fn shaped(words: &str, size: f32) -> Paragraph {
    let style = if words.starts_with('/') { iced::font::Style::Italic } else { iced::font::Style::Normal };
    Paragraph::with_text(Words {
        content: words,
        bounds: Size::new(WIDTH, HEIGHT),
        size: Pixels(size),
        line_height: text::LineHeight::default(),
        font: Font { style, ..Font::DEFAULT },
        align_x: Alignment::Left,
        align_y: Vertical::Top,
        shaping: text::Shaping::Advanced,
        wrapping: text::Wrapping::None,
    })
}

/// Words that the renderer shapes itself.
fn said(words: &str) -> Words {
    Words {
        content: words.into(),
        bounds: Size::new(140.0, 20.0),
        size: Pixels(16.0),
        line_height: text::LineHeight::default(),
        font: Font::DEFAULT,
        align_x: Alignment::Left,
        align_y: Vertical::Top,
        shaping: text::Shaping::Advanced,
        wrapping: text::Wrapping::None,
    }
}

/// Letters, some of them slanted, coloured or cut off; rectangles, round and with borders; an icon; something scrolled.
fn scene() -> Scene {
    let mut software = Software::new(Font::DEFAULT, Pixels(14.0));
    software.reset(Rectangle::with_size(Size::new(WIDTH, HEIGHT)));
    let mut texts = Vec::new();
    let quad = |software: &mut Software, bounds, fill: Color, radius: f32, width: f32| {
        let border = Border { color: Color::from_rgba(0.6, 0.7, 1.0, 0.8), width, radius: radius.into() };
        software.fill_quad(Quad { bounds, border, ..Quad::default() }, fill);
    };
    quad(&mut software, rectangle(0.0, 0.0, WIDTH, HEIGHT), Color::from_rgb(0.1, 0.11, 0.16), 0.0, 1.0);
    quad(&mut software, rectangle(8.0, 40.0, 300.0, 44.0), Color::from_rgba(0.5, 0.6, 1.0, 0.2), 8.0, 0.0);
    quad(&mut software, rectangle(250.0, 52.0, 40.0, 20.0), Color::from_rgb(0.2, 0.2, 0.3), 5.0, 1.0);
    quad(&mut software, rectangle(4.0, 90.5, 310.0, 1.0), Color::from_rgb(0.3, 0.3, 0.4), 0.0, 0.0);
    let mut write = |software: &mut Software, words: &str, size: f32, position: Point, clip: Rectangle, color| {
        let slanted = words.starts_with('/');
        let paragraph = shaped(words, size);
        // What the slanted ones reach out of their own bounds is drawn as well.
        let clip = if slanted { Rectangle::new(position, paragraph.min_bounds()) } else { clip };
        software.fill_paragraph(&paragraph, position, color, clip);
        texts.push(paragraph);
    };
    let all = Rectangle::with_size(Size::new(WIDTH, HEIGHT));
    write(&mut software, "Firefox, “Quick” Ωß", 17.0, Point::new(56.0, 12.3), all, Color::WHITE);
    write(&mut software, "/slanted fff", 19.0, Point::new(56.7, 48.0), all, Color::from_rgba(1.0, 0.9, 0.7, 0.6));
    write(
        &mut software,
        "cut off here",
        24.0,
        Point::new(180.0, 46.0),
        rectangle(180.0, 50.0, 60.3, 14.0),
        Color::WHITE,
    );
    let pixels: Vec<u8> = (0..56 * 56 * 4_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let handle = Handle::from_rgba(56, 56, pixels);
    software.draw_image(Drawing::new(handle), rectangle(16.0, 48.0, 28.0, 28.0), all);
    software.start_layer(rectangle(20.0, 100.0, 200.5, 40.0));
    software.start_transformation(Transformation::translate(3.0, -21.5));
    quad(&mut software, rectangle(20.0, 110.0, 120.0, 30.0), Color::from_rgb(0.7, 0.2, 0.2), 6.0, 2.0);
    write(&mut software, "scrolled words", 15.0, Point::new(30.0, 116.0), all, Color::BLACK);
    software.end_transformation();
    software.end_layer();
    Scene { software, _texts: texts }
}

fn viewport(scale: f32) -> Viewport {
    Viewport::with_physical_size(Size::new((WIDTH * scale) as u32, (HEIGHT * scale) as u32), scale)
}

/// A frame as it is drawn, of these areas, over what was there.
fn painted(brush: &mut Brush, scene: &mut Scene, scale: f32, areas: &[Area], pixels: &mut [u32]) {
    let size = viewport(scale).physical_size();
    let layers = scene.software.layers();
    assert!(Brush::knows(layers, scale, GROUND));
    let mut canvas = Canvas::new(pixels, size.width, size.height).expect("a canvas");
    brush.draw(&mut canvas, layers, areas, scale, GROUND);
}

fn whole(scale: f32) -> (Area, Vec<u32>) {
    let size = viewport(scale).physical_size();
    let area = Area { left: 0, top: 0, right: size.width as i32, bottom: size.height as i32 };
    (area, vec![0xff12_3456; (size.width * size.height) as usize])
}

#[test]
fn it_gives_the_picture_of_iceds_renderer() {
    for scale in [1.0, 1.25, 1.5, 2.0_f32] {
        let mut scene = scene();
        let (all, mut own) = whole(scale);
        painted(&mut Brush::new(), &mut scene, scale, &[all], &mut own);
        let (_, mut iceds) = whole(scale);
        let size = viewport(scale).physical_size();
        let mut canvas = PixmapMut::from_bytes(bytemuck::cast_slice_mut(&mut iceds), size.width, size.height).unwrap();
        let mut mask = Mask::new(size.width, size.height).unwrap();
        let area = [Rectangle::with_size(Size::new(WIDTH, HEIGHT))];
        scene.software.tiny().draw(&mut canvas, &mut mask, &viewport(scale), &area, GROUND);
        let apart = |one: u32, other: u32| {
            let parts = one.to_le_bytes().into_iter().zip(other.to_le_bytes());
            parts.map(|(one, other)| u32::from(one.abs_diff(other))).max().unwrap_or_default()
        };
        let differences: Vec<u32> = own.iter().zip(&iceds).map(|(own, iceds)| apart(*own, *iceds)).collect();
        // iced draws thin bent lines too faint, and edges between pixels in quarters.
        let far = differences.iter().filter(|difference| **difference > 64).count();
        let seen = differences.iter().filter(|difference| **difference > 3).count();
        assert!(far == 0, "at {scale}: {far} pixels, {:?} at most", differences.iter().max());
        assert!(seen < differences.len() / 50, "at {scale}: {seen} of {} pixels", differences.len());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn a_part_that_is_drawn_anew_is_as_it_was(
        scale in prop::sample::select(vec![1.0, 1.25, 1.5, 2.0_f32]),
        areas in prop::collection::vec((0..640, 0..320, 1..300, 1..200), 1..4),
    ) {
        let (mut brush, mut scene) = (Brush::new(), scene());
        let (all, mut first) = whole(scale);
        painted(&mut brush, &mut scene, scale, &[all], &mut first);
        let mut again = first.clone();
        let areas: Vec<Area> = areas
            .into_iter()
            .map(|(left, top, width, height)| Area { left, top, right: left + width, bottom: top + height }.and(all))
            .filter(|area| !area.is_empty())
            .collect();
        // What is not as it should be becomes so, and nothing else is touched.
        let size = viewport(scale).physical_size();
        let mut canvas = Canvas::new(&mut again, size.width, size.height).expect("a canvas");
        areas.iter().for_each(|area| canvas.fill(*area, Ink::new(Color::WHITE)));
        painted(&mut brush, &mut scene, scale, &areas, &mut again);
        prop_assert!(first == again);
    }
}

#[test]
fn what_it_does_not_know_is_left_to_iced() {
    let all = Rectangle::with_size(Size::new(WIDTH, HEIGHT));
    let knows = |draw: &dyn Fn(&mut Software), background| {
        let mut software = Software::new(Font::DEFAULT, Pixels(14.0));
        software.reset(all);
        draw(&mut software);
        Brush::knows(software.layers(), 1.0, background)
    };
    let picture = |side: f32, handle: Handle| {
        move |software: &mut Software| {
            software.draw_image(Drawing::new(handle.clone()), rectangle(0.0, 0.0, side, side), all);
        }
    };
    let rgba = Handle::from_rgba(2, 2, vec![255; 16]);
    assert!(knows(&picture(28.0, rgba.clone()), GROUND));
    assert!(!knows(&picture(300.0, rgba), GROUND), "large");
    assert!(!knows(&picture(28.0, Handle::from_path("a.png")), GROUND), "to be read from a file");
    assert!(knows(&|_| {}, GROUND) && !knows(&|_| {}, Color { a: 0.9, ..GROUND }), "translucent");
    let words = |software: &mut Software| software.fill_text(said("here"), Point::ORIGIN, Color::WHITE, all);
    assert!(!knows(&words, GROUND), "words without letters");
    let shadow = Shadow { color: Color::BLACK, offset: Vector::ZERO, blur_radius: 4.0 };
    let thrown = |software: &mut Software| software.fill_quad(Quad { bounds: all, shadow, ..Quad::default() }, GROUND);
    assert!(!knows(&thrown, GROUND), "a shadow");
    let gradient = iced::gradient::Linear::new(0.0).add_stop(0.0, GROUND).add_stop(1.0, Color::WHITE);
    let slope = |software: &mut Software| software.fill_quad(Quad { bounds: all, ..Quad::default() }, gradient);
    assert!(!knows(&slope, GROUND), "a gradient");
}

/// Texts, some of them slanted; those of the same size say different things.
fn texts() -> Vec<Paragraph> {
    ["0000", "1111", "/fff jff", "Ωß", "a longer one, over others"].map(|words| shaped(words, 17.0)).into()
}

/// A frame of these things, by number, in this order; those from `layer` on are on a layer of their own.
fn frame(texts: &[Paragraph], things: &[usize], layer: usize) -> Software {
    let mut software = Software::new(Font::DEFAULT, Pixels(14.0));
    software.reset(Rectangle::with_size(Size::new(WIDTH, HEIGHT)));
    for (at, thing) in things.iter().enumerate() {
        if at == layer {
            software.start_layer(rectangle(0.0, 20.0, 300.0, 110.0));
        }
        // The first two are at the same place.
        let place = thing.max(&1);
        let place = Point::new(10.0 + 37.3 * (place % 7) as f32, 8.0 + 23.7 * (place % 5) as f32);
        match texts.get(*thing) {
            Some(text) => software.fill_paragraph(text, place, Color::WHITE, Rectangle::with_size(Size::INFINITE)),
            None => {
                let border = Border { color: Color::WHITE, width: (thing % 3) as f32, radius: 6.0.into() };
                let fill = Color::from_rgba(0.1 * (thing % 9) as f32, 0.4, 0.9, if thing % 2 == 0 { 1.0 } else { 0.4 });
                let bounds = Rectangle::new(place, Size::new(80.5, 31.0));
                software.fill_quad(Quad { bounds, border, ..Quad::default() }, fill);
            }
        }
    }
    if layer < things.len() {
        software.end_layer();
    }
    software
}

#[test]
fn a_text_that_is_laid_out_anew_with_the_same_letters_did_not_change() {
    let mut texts = texts();
    let drawn = |texts: &[Paragraph]| Drawn::of(frame(texts, &[0, 2, 4, 9], 2).layers());
    let before = drawn(&texts);
    // As all texts are when the surface has another height.
    texts.iter_mut().for_each(|text| text.resize(Size::new(WIDTH, HEIGHT + 90.0)));
    assert_eq!(differences(&before, &drawn(&texts)), []);
    texts[2] = shaped("/fff jfg", 17.0);
    assert_eq!(differences(&before, &drawn(&texts)).len(), 2, "as it was and as it is");
}

#[test]
fn of_what_is_typed_into_is_drawn_what_its_letters_reach() {
    let typed = |words: &str| {
        let mut editor = Editor::with_text(words);
        let (bounds, height) = (Size::new(260.0, 60.0), text::LineHeight::default());
        editor.update(bounds, Font::DEFAULT, Pixels(17.0), height, text::Wrapping::Word, &mut PlainText);
        editor
    };
    let frame = |editor: &Editor| {
        let mut software = Software::new(Font::DEFAULT, Pixels(14.0));
        software.reset(Rectangle::with_size(Size::new(WIDTH, HEIGHT)));
        software.fill_editor(editor, Point::new(20.3, 30.7), Color::WHITE, rectangle(20.0, 30.0, 270.0, 60.0));
        software
    };
    let cases = [("a", "am", 60.0), ("", "f", 30.0), ("jfj", "", 60.0), ("two\nlines", "two\nlanes", 80.0)];
    for (before, now, widest) in cases.into_iter().chain([("שלום", "שלו", 270.0), ("ab", "ab שלו", 270.0)]) {
        let (one, other) = (typed(before), typed(now));
        let (mut old, mut new) = (frame(&one), frame(&other));
        let differences = differences(&Drawn::of(old.layers()), &Drawn::of(new.layers()));
        assert!(differences.iter().all(|area| area.width < widest), "{before} {now} {differences:?}");
        let areas = redrawn(differences, 1.5, viewport(1.5).physical_size());
        let mut brush = Brush::new();
        let (all, ground) = whole(1.5);
        let mut drawn = |software: &mut Software, areas: &[Area], mut pixels: Vec<u32>| {
            let size = viewport(1.5).physical_size();
            let mut canvas = Canvas::new(&mut pixels, size.width, size.height).expect("a canvas");
            brush.draw(&mut canvas, software.layers(), areas, 1.5, GROUND);
            pixels
        };
        let first = drawn(&mut old, &[all], ground.clone());
        let partly = drawn(&mut new, &areas, first.clone());
        assert!(first != partly, "{before} {now}: nothing is drawn");
        assert!(partly == drawn(&mut new, &[all], ground), "{before} {now}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]
    #[test]
    fn a_frame_of_which_is_drawn_what_differs_is_as_if_all_were_drawn(
        scale in prop::sample::select(vec![1.0, 1.5, 2.0_f32]),
        before in prop::collection::vec(0..14_usize, 0..12),
        now in prop::collection::vec(0..14_usize, 0..12),
        layers in (0..12_usize, 0..12_usize),
        kept in 0..12_usize,
    ) {
        let texts = texts();
        let now: Vec<usize> = before.iter().take(kept).copied().chain(now).collect();
        let (mut old, mut new) = (frame(&texts, &before, layers.0), frame(&texts, &now, layers.1));
        let areas = redrawn(differences(&Drawn::of(old.layers()), &Drawn::of(new.layers())), scale, viewport(scale).physical_size());
        let mut brush = Brush::new();
        let (all, ground) = whole(scale);
        let mut drawn = |software: &mut Software, areas: &[Area], mut pixels: Vec<u32>| {
            let size = viewport(scale).physical_size();
            let mut canvas = Canvas::new(&mut pixels, size.width, size.height).expect("a canvas");
            brush.draw(&mut canvas, software.layers(), areas, scale, GROUND);
            pixels
        };
        let first = drawn(&mut old, &[all], ground.clone());
        prop_assert!(drawn(&mut new, &areas, first) == drawn(&mut new, &[all], ground));
    }
}
