//! Colours, sizes and fonts of the overlay: the resolved theme, without any widget library.

use serde::{Deserialize, Serialize};

/// A colour, straight alpha, sRGB.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Rgba {
    /// Red.
    pub r: u8,
    /// Green.
    pub g: u8,
    /// Blue.
    pub b: u8,
    /// Opacity, 255 is opaque.
    pub a: u8,
}

impl Rgba {
    /// This translucent colour laid over an opaque one.
    pub fn over(self, below: Self) -> Self {
        let mix = |above_part: u8, below_part: u8| {
            let opacity = u32::from(self.a);
            let sum = u32::from(above_part) * opacity + u32::from(below_part) * (255 - opacity);
            u8::try_from((sum + 127) / 255).unwrap_or(u8::MAX)
        };
        Self { r: mix(self.r, below.r), g: mix(self.g, below.g), b: mix(self.b, below.b), a: 255 }
    }
}

/// Light or dark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scheme {
    /// Dark ground.
    #[default]
    Dark,
    /// Light ground.
    Light,
}

/// Everything that decides how the overlay looks; theme file and settings already merged.
#[derive(Debug, Clone, PartialEq)]
pub struct Look {
    /// The theme's file name without `.toml`.
    pub name: String,
    /// Light or dark.
    pub scheme: Scheme,
    /// Colours.
    pub palette: Palette,
    /// Colours of highlighted code.
    pub syntax: Syntax,
    /// Sizes.
    pub metrics: Metrics,
    /// Family of the user interface; empty for the bundled one.
    pub font: String,
    /// Family of code; empty for the bundled one.
    pub mono_font: String,
    /// Whether anything may move.
    pub animations: bool,
    /// Whether the card may be translucent with rounded corners; false where the renderer is opaque.
    pub translucent: bool,
}

/// The colours of `themes/*.toml`, section `[colors]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Palette {
    /// The card's ground.
    pub background: Rgba,
    /// Ground of cards on the card, and of keys.
    pub raised: Rgba,
    /// Hairlines around cards.
    pub line: Rgba,
    /// Hairlines within.
    pub line_soft: Rgba,
    /// Text.
    pub text: Rgba,
    /// Secondary text.
    pub dim: Rgba,
    /// Tertiary text: placeholders, kinds.
    pub faint: Rgba,
    /// The one accent.
    pub accent: Rgba,
    /// Ground of the selected row.
    pub accent_ground: Rgba,
    /// Text on a button filled with the accent.
    pub on_accent: Rgba,
    /// Good.
    pub ok: Rgba,
    /// Careful.
    pub warn: Rgba,
    /// Bad.
    pub bad: Rgba,
    /// Ground of code.
    pub code: Rgba,
    /// The shadow's colour.
    pub shadow: Rgba,
}

/// The colours of `themes/*.toml`, section `[syntax]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Syntax {
    /// Keywords and flags.
    pub keyword: Rgba,
    /// Strings.
    pub string: Rgba,
    /// Functions and commands.
    pub function: Rgba,
    /// Numbers and constants.
    pub number: Rgba,
    /// Types.
    pub kind: Rgba,
    /// Comments.
    pub comment: Rgba,
}

/// Sizes in logical pixels.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Metrics {
    /// Width of the card.
    pub width: f32,
    /// Greatest height of the card.
    pub max_height: f32,
    /// Distance of the card from the output's top edge, as a fraction of the output's height.
    pub position: f32,
    /// Corner radius of the card.
    pub radius: f32,
    /// Opacity of the card's ground, 0–1.
    pub opacity: f32,
    /// Size of body text; the type scale 13/15/18/22 scales with it (15 is 1×).
    pub font_size: f32,
    /// Rows that are shown before the list scrolls.
    pub rows: u32,
}
