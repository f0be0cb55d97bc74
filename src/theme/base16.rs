//! base16 schemes become themes.
//!
//! The sixteen colours are used as the base16 styling guide means them: 00 ground, 01 raised, 02 selection, 03 comments,
//! 04 dim and 05 normal text, 08 red, 09 orange, 0A yellow, 0B green, 0C cyan, 0D blue (the accent), 0E purple.

use super::contrast::ratio;
use super::file::colour;
use crate::model::Rgba;

/// Why a text is no base16 scheme.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    /// Colours are missing.
    #[error("{0} is missing; a base16 scheme has base00 to base0F, each with six hexadecimal digits")]
    Missing(String),
}

/// Text below this contrast is moved away from its ground.
const LEAST: f64 = 4.6;

/// Makes a theme file of a base16 scheme in YAML, JSON or TOML; `title` names it for people.
///
/// Colours that would be hard to read are lightened or darkened until they are not.
pub fn import_base16(text: &str, title: &str) -> Result<String, ImportError> {
    let mut base = [None; 16];
    for line in text.lines() {
        let Some((key, value)) = line.split_once([':', '=']) else { continue };
        let key = key.trim().trim_matches(['"', '\'', '{', ' ']).to_ascii_lowercase();
        let Some(index) = key.strip_prefix("base").filter(|digits| digits.len() == 2) else { continue };
        let Ok(index) = usize::from_str_radix(index, 16) else { continue };
        let digits: String = value.chars().filter(char::is_ascii_hexdigit).take(6).collect();
        if let Some(slot) = base.get_mut(index) {
            *slot = colour(&format!("#{digits}"));
        }
    }
    let mut colours = [Rgba { r: 0, g: 0, b: 0, a: 255 }; 16];
    for (index, found) in base.iter().enumerate() {
        colours[index] = found.ok_or_else(|| ImportError::Missing(format!("base{index:02X}")))?;
    }
    Ok(write(&colours, title))
}

fn write(base: &[Rgba; 16], title: &str) -> String {
    let dark = ratio(base[5], Rgba { r: 0, g: 0, b: 0, a: 255 }) > ratio(base[0], Rgba { r: 0, g: 0, b: 0, a: 255 });
    let accent_ground = |accent: Rgba| Rgba { a: 0x24, ..accent };
    let accent = readable(base[13], &[base[0], base[1]], dark);
    let selected = accent_ground(accent).over(base[0]);
    let accent = readable(accent, &[base[0], base[1], selected], dark);
    let selected = accent_ground(accent).over(base[0]);
    let grounds = [base[0], base[1], selected];
    let ink = |index: usize| hex(readable(base[index], &grounds, dark));
    let code = |index: usize| hex(readable(base[index], &[base[0]], dark));
    let (black, white) = (Rgba { r: 13, g: 15, b: 26, a: 255 }, Rgba { r: 255, g: 255, b: 255, a: 255 });
    let on_accent = if ratio(black, accent) > ratio(white, accent) { black } else { white };
    let (scheme, line, soft, shadow) = if dark {
        ("dark", "#ffffff14", "#ffffff0d", "#00000073")
    } else {
        ("light", "#14162820", "#14162813", "#14162840")
    };
    let title = title.replace(['"', '\\', '\n'], "");
    format!(
        "# {title}, imported from base16.\nname = \"{title}\"\nscheme = \"{scheme}\"\n\n[colors]\n\
         background = \"{}\"\nraised = \"{}\"\nline = \"{line}\"\nline_soft = \"{soft}\"\ntext = \"{}\"\ndim = \"{}\"\n\
         faint = \"{}\"\naccent = \"{}\"\naccent_ground = \"{}\"\non_accent = \"{}\"\nok = \"{}\"\nwarn = \"{}\"\n\
         bad = \"{}\"\ncode = \"{}\"\nshadow = \"{shadow}\"\n\n[syntax]\nkeyword = \"{}\"\nstring = \"{}\"\n\
         function = \"{}\"\nnumber = \"{}\"\nkind = \"{}\"\ncomment = \"{}\"\n",
        hex(base[0]),
        hex(base[1]),
        ink(5),
        ink(4),
        ink(3),
        hex(accent),
        hex(accent_ground(accent)),
        hex(on_accent),
        ink(11),
        ink(10),
        ink(8),
        hex(base[0]),
        code(14),
        code(11),
        code(13),
        code(9),
        code(12),
        code(3),
    )
}

fn hex(colour: Rgba) -> String {
    let Rgba { r, g, b, a } = colour;
    if a == 255 { format!("#{r:02x}{g:02x}{b:02x}") } else { format!("#{r:02x}{g:02x}{b:02x}{a:02x}") }
}

/// Moves a colour towards white or black until it can be read on every ground.
fn readable(ink: Rgba, grounds: &[Rgba], dark: bool) -> Rgba {
    let end = if dark { 255 } else { 0 };
    (0..=255u8)
        .map(|step| Rgba { r: end, g: end, b: end, a: step }.over(ink))
        .find(|colour| grounds.iter().all(|ground| ratio(*colour, *ground) >= LEAST))
        .unwrap_or(Rgba { r: end, g: end, b: end, a: 255 })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    const CLASSIC: &str = "scheme: \"Ocean\"\nauthor: \"somebody\"\nbase00: \"2b303b\"\nbase01: \"343d46\"\nbase02: \"4f5b66\"\n\
        base03: \"65737e\"\nbase04: \"a7adba\"\nbase05: \"c0c5ce\"\nbase06: \"dfe1e8\"\nbase07: \"eff1f5\"\nbase08: \"bf616a\"\n\
        base09: \"d08770\"\nbase0A: \"ebcb8b\"\nbase0B: \"a3be8c\"\nbase0C: \"96b5b4\"\nbase0D: \"8fa1b3\"\nbase0E: \"b48ead\"\nbase0F: \"ab7967\"\n";

    #[test]
    fn a_scheme_becomes_a_theme_without_problems() {
        let newer =
            CLASSIC.replace("base0", "  base0").replace(": \"", ": \"#").replacen("  base00", "palette:\n  base00", 1);
        for text in [CLASSIC, &newer] {
            let theme = import_base16(text, "Ocean").unwrap();
            let problems = crate::theme::check(&theme, Path::new("ocean.toml"));
            assert!(problems.is_empty(), "{theme}\n{problems:#?}");
            assert!(theme.contains("background = \"#2b303b\""));
        }
    }

    #[test]
    fn what_is_missing_is_named() {
        let text = CLASSIC.replace("base0B", "base1B");
        assert_eq!(import_base16(&text, "x"), Err(ImportError::Missing("base0B".into())));
    }
}
