//! A [`Look`] as iced understands it: colours, fonts and sizes in one value that every style function reads.

mod catalog;
pub mod font;
pub mod icon;
pub mod pixels;
pub mod style;

use std::sync::Arc;

use iced::theme::{Base, Mode, Palette as BasePalette, Style};
use iced::{Color, Font};

use crate::model::{Look, Metrics, Palette, Rgba, Scheme, Syntax};

/// The theme of every widget of the overlay.
#[derive(Debug, Clone)]
pub struct Theme {
    /// Where all of it comes from.
    pub look: Arc<Look>,
    /// Text.
    pub font: Font,
    /// Emphasised text.
    pub semibold: Font,
    /// Code.
    pub mono: Font,
    /// Whether the card is translucent, with rounded corners and a shadow.
    pub translucent: bool,
}

impl Theme {
    /// The theme of a look, on a surface that can or can't be translucent.
    pub fn new(look: Arc<Look>, can_be_translucent: bool) -> Self {
        let font = font::ui(&look.font);
        Self {
            font,
            semibold: Font { weight: iced::font::Weight::Semibold, ..font },
            mono: font::mono(&look.mono_font),
            translucent: look.translucent && can_be_translucent,
            look,
        }
    }

    /// The colours.
    pub fn palette(&self) -> &Palette {
        &self.look.palette
    }

    /// The ground of what is selected, laid over the card where the card is opaque.
    pub fn accent_ground(&self) -> Rgba {
        let Palette { accent_ground, background, .. } = self.look.palette;
        if self.translucent { accent_ground } else { accent_ground.over(background) }
    }

    /// The colours of code.
    pub fn syntax(&self) -> &Syntax {
        &self.look.syntax
    }

    /// The sizes.
    pub fn metrics(&self) -> &Metrics {
        &self.look.metrics
    }

    /// A length of the mock-up, in logical pixels, scaled with the body text.
    pub fn scaled(&self, pixels: f32) -> f32 {
        (pixels * self.look.metrics.font_size / 15.0 * 2.0).round() / 2.0
    }

    /// Secondary text: 13.
    pub fn small(&self) -> f32 {
        self.scaled(13.0)
    }

    /// Body text: 15.
    pub fn body(&self) -> f32 {
        self.scaled(15.0)
    }

    /// The prompt: 18.
    pub fn large(&self) -> f32 {
        self.scaled(18.0)
    }
}

/// A colour as iced has it.
pub fn color(rgba: Rgba) -> Color {
    Color::from_rgba8(rgba.r, rgba.g, rgba.b, f32::from(rgba.a) / 255.0)
}

impl PartialEq for Theme {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.look, &other.look) || self.look == other.look
    }
}

impl Base for Theme {
    fn default(_preference: Mode) -> Self {
        Self::new(Arc::new(fallback()), false)
    }

    fn mode(&self) -> Mode {
        match self.look.scheme {
            Scheme::Dark => Mode::Dark,
            Scheme::Light => Mode::Light,
        }
    }

    fn base(&self) -> Style {
        let background = if self.translucent { Color::TRANSPARENT } else { color(self.palette().background) };
        Style { background_color: background, text_color: color(self.palette().text) }
    }

    fn palette(&self) -> Option<BasePalette> {
        let palette = &self.look.palette;
        Some(BasePalette {
            background: color(palette.background),
            text: color(palette.text),
            primary: color(palette.accent),
            success: color(palette.ok),
            warning: color(palette.warn),
            danger: color(palette.bad),
        })
    }

    fn name(&self) -> &str {
        &self.look.name
    }
}

/// Legible colours for the moment in which iced asks for a theme before there is a view.
fn fallback() -> Look {
    let grey = |v| Rgba { r: v, g: v, b: v, a: 255 };
    let (dark, light, dim) = (grey(0x16), grey(0xe8), grey(0xa0));
    Look {
        name: "fallback".into(),
        scheme: Scheme::Dark,
        palette: Palette {
            background: dark,
            raised: dark,
            line: dim,
            line_soft: dim,
            text: light,
            dim,
            faint: dim,
            accent: light,
            accent_ground: dark,
            on_accent: dark,
            ok: light,
            warn: light,
            bad: light,
            code: dark,
            shadow: dark,
        },
        syntax: Syntax { keyword: light, string: light, function: light, number: light, kind: light, comment: dim },
        metrics: Metrics {
            width: 720.0,
            max_height: 620.0,
            position: 0.2,
            radius: 14.0,
            opacity: 1.0,
            font_size: 15.0,
            rows: 8,
        },
        font: String::new(),
        mono_font: String::new(),
        animations: false,
        translucent: false,
    }
}
