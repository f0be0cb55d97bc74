//! The theme file: colours as `#rrggbb` or `#rrggbbaa`, everything checked by name.

use std::path::Path;

use toml::de::{DeTable, DeValue};

use super::contrast::{LEAST_CONTRAST, ratio};
use crate::config::{Problem, line_of, nearest};
use crate::model::{Palette, Rgba, Scheme, Syntax};

/// What a theme file says. What it leaves out, or says wrongly, is taken from the default of its scheme.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ThemeFile {
    /// Its name for people.
    pub name: Option<String>,
    /// Light or dark.
    pub scheme: Scheme,
    /// `[colors]`, in the order of [`COLOURS`].
    colours: [Option<Rgba>; COLOURS.len()],
    /// `[syntax]`, in the order of [`SYNTAX`].
    syntax: [Option<Rgba>; SYNTAX.len()],
    /// `[metrics] radius`, logical pixels.
    pub radius: Option<f32>,
    /// `[metrics] opacity`, 0.5–1.
    pub opacity: Option<f32>,
    /// `[metrics] font_size`, logical pixels.
    pub font_size: Option<f32>,
}

const COLOURS: [&str; 15] = [
    "background",
    "raised",
    "line",
    "line_soft",
    "text",
    "dim",
    "faint",
    "accent",
    "accent_ground",
    "on_accent",
    "ok",
    "warn",
    "bad",
    "code",
    "shadow",
];

const SYNTAX: [&str; 6] = ["keyword", "string", "function", "number", "kind", "comment"];

impl ThemeFile {
    /// A theme that says nothing but its scheme.
    pub fn of(scheme: Scheme) -> Self {
        Self { scheme, ..Self::default() }
    }

    /// The palette, completed from `base`.
    pub fn palette(&self, base: Palette) -> Palette {
        let pick = |name: &str, other: Rgba| {
            COLOURS.iter().position(|colour| *colour == name).and_then(|at| self.colours[at]).unwrap_or(other)
        };
        Palette {
            background: pick("background", base.background),
            raised: pick("raised", base.raised),
            line: pick("line", base.line),
            line_soft: pick("line_soft", base.line_soft),
            text: pick("text", base.text),
            dim: pick("dim", base.dim),
            faint: pick("faint", base.faint),
            accent: pick("accent", base.accent),
            accent_ground: pick("accent_ground", base.accent_ground),
            on_accent: pick("on_accent", base.on_accent),
            ok: pick("ok", base.ok),
            warn: pick("warn", base.warn),
            bad: pick("bad", base.bad),
            code: pick("code", base.code),
            shadow: pick("shadow", base.shadow),
        }
    }

    /// The syntax colours, completed from `base`.
    pub fn syntax(&self, base: Syntax) -> Syntax {
        let [keyword, string, function, number, kind, comment] = self.syntax;
        Syntax {
            keyword: keyword.unwrap_or(base.keyword),
            string: string.unwrap_or(base.string),
            function: function.unwrap_or(base.function),
            number: number.unwrap_or(base.number),
            kind: kind.unwrap_or(base.kind),
            comment: comment.unwrap_or(base.comment),
        }
    }

    fn is_complete(&self) -> bool {
        self.colours.iter().chain(&self.syntax).all(Option::is_some)
    }
}

/// Reads a theme; what is wrong in it is left out and reported.
pub fn parse(text: &str, file: &Path) -> (ThemeFile, Vec<Problem>) {
    let mut theme = ThemeFile::default();
    let table = match DeTable::parse(text) {
        Ok(table) => table.into_inner(),
        Err(error) => {
            let line = error.span().map(|span| line_of(text, span.start));
            let message = format!("this is not TOML: {}", error.message().lines().next().unwrap_or_default());
            return (theme, vec![Problem { line, ..Problem::whole(file, message, "") }]);
        }
    };
    let mut problems = Vec::new();
    let mut wrong = |offset: usize, key: String, message: String, allowed: String| {
        let line = Some(line_of(text, offset));
        problems.push(Problem { line, key, ..Problem::whole(file, message, allowed) });
    };
    for (key, value) in &table {
        let (name, offset) = (key.get_ref().as_ref(), key.span().start);
        match (name, value.get_ref()) {
            ("name", DeValue::String(title)) => theme.name = Some(title.to_string()),
            ("scheme", DeValue::String(scheme)) if scheme == "dark" => theme.scheme = Scheme::Dark,
            ("scheme", DeValue::String(scheme)) if scheme == "light" => theme.scheme = Scheme::Light,
            ("scheme", _) => wrong(offset, "scheme".into(), "not a scheme".into(), "\"dark\", \"light\"".into()),
            ("colors", DeValue::Table(section)) => {
                colours(section, "colors", &COLOURS, &mut theme.colours, &mut wrong);
            }
            ("syntax", DeValue::Table(section)) => colours(section, "syntax", &SYNTAX, &mut theme.syntax, &mut wrong),
            ("metrics", DeValue::Table(section)) => {
                for (key, value) in section {
                    let number = number(value.get_ref());
                    let (slot, least, most) = match key.get_ref().as_ref() {
                        "radius" => (&mut theme.radius, 0.0, 32.0),
                        "opacity" => (&mut theme.opacity, 0.5, 1.0),
                        "font_size" => (&mut theme.font_size, 10.0, 28.0),
                        other => {
                            let key = format!("metrics.{other}");
                            wrong(offset, key, "unknown key".into(), "radius, opacity, font_size".into());
                            continue;
                        }
                    };
                    match number.filter(|number| (least..=most).contains(number)) {
                        Some(number) => *slot = Some(number),
                        None => wrong(
                            value.span().start,
                            format!("metrics.{}", key.get_ref()),
                            "out of range".into(),
                            format!("a number from {least} to {most}"),
                        ),
                    }
                }
            }
            (other, _) => {
                let known = ["name", "scheme", "colors", "syntax", "metrics"];
                wrong(offset, other.into(), guess("unknown or of the wrong kind", other, &known), known.join(", "));
            }
        }
    }
    (theme, problems)
}

fn guess(message: &str, word: &str, known: &[&str]) -> String {
    match nearest(word, known.iter().copied()).filter(|meant| *meant != word) {
        Some(meant) => format!("{message}; did you mean `{meant}`?"),
        None => message.into(),
    }
}

fn number(value: &DeValue<'_>) -> Option<f32> {
    match value {
        DeValue::Float(number) => number.as_str().parse().ok(),
        DeValue::Integer(number) => number.as_str().parse().ok(),
        _ => None,
    }
}

fn colours(
    section: &DeTable<'_>,
    name: &str,
    known: &[&str],
    slots: &mut [Option<Rgba>],
    wrong: &mut impl FnMut(usize, String, String, String),
) {
    for (key, value) in section {
        let word = key.get_ref().as_ref();
        let path = format!("{name}.{word}");
        match known.iter().position(|colour| *colour == word) {
            None => wrong(key.span().start, path, guess("unknown colour", word, known), known.join(", ")),
            Some(at) => match value.get_ref().as_str().and_then(colour) {
                Some(colour) => slots[at] = Some(colour),
                None => wrong(value.span().start, path, "not a colour".into(), "\"#rrggbb\" or \"#rrggbbaa\"".into()),
            },
        }
    }
}

/// `#rrggbb` or `#rrggbbaa`.
pub(super) fn colour(text: &str) -> Option<Rgba> {
    let digits = text.strip_prefix('#')?;
    if !digits.is_ascii() || !matches!(digits.len(), 6 | 8) {
        return None;
    }
    let part = |at: usize| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
    Some(Rgba { r: part(0)?, g: part(2)?, b: part(4)?, a: if digits.len() == 8 { part(6)? } else { 255 } })
}

/// Everything that is wrong with a theme, hard-to-read text included.
pub fn check(text: &str, file: &Path) -> Vec<Problem> {
    let (theme, mut problems) = parse(text, file);
    if problems.is_empty() && !theme.is_complete() {
        let missing = |names: &[&str], slots: &[Option<Rgba>], section: &str| -> Vec<String> {
            let pairs = names.iter().zip(slots).filter(|(_, slot)| slot.is_none());
            pairs.map(|(name, _)| format!("{section}.{name}")).collect()
        };
        let mut names = missing(&COLOURS, &theme.colours, "colors");
        names.extend(missing(&SYNTAX, &theme.syntax, "syntax"));
        let message = format!("{} missing; the default of the scheme is used for it", names.join(", "));
        problems.push(Problem::whole(file, message, ""));
    }
    let (palette, syntax) = super::resolve::base(theme.scheme);
    let (palette, syntax) = (theme.palette(palette), theme.syntax(syntax));
    let selected = palette.accent_ground.over(palette.background);
    let with_selected = [("background", palette.background), ("raised", palette.raised), ("accent_ground", selected)];
    let mut pairs = Vec::new();
    for (name, ink) in
        [("text", palette.text), ("dim", palette.dim), ("faint", palette.faint), ("accent", palette.accent)]
    {
        pairs.extend(with_selected.map(|(ground, colour)| (format!("colors.{name}"), ink, ground, colour)));
    }
    for (name, ink) in [("ok", palette.ok), ("warn", palette.warn), ("bad", palette.bad)] {
        let grounds = with_selected.into_iter().chain([("code", palette.code)]);
        pairs.extend(grounds.map(|(ground, colour)| (format!("colors.{name}"), ink, ground, colour)));
    }
    pairs.push(("colors.on_accent".into(), palette.on_accent, "accent", palette.accent));
    pairs.push(("colors.text".into(), palette.text, "code", palette.code));
    for (name, ink) in
        SYNTAX.iter().zip([syntax.keyword, syntax.string, syntax.function, syntax.number, syntax.kind, syntax.comment])
    {
        pairs.push((format!("syntax.{name}"), ink, "code", palette.code));
    }
    for (key, ink, ground, colour) in pairs {
        let contrast = ratio(ink, colour);
        if contrast < LEAST_CONTRAST {
            let message = format!("its contrast on {ground} is only {contrast:.2}");
            problems.push(Problem { key, ..Problem::whole(file, message, format!("at least {LEAST_CONTRAST}")) });
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_theme_that_comes_with_nerva_is_complete_and_readable() {
        for (name, text) in crate::theme::BUILT_IN {
            let problems = check(text, Path::new(name));
            assert!(problems.is_empty(), "{name}: {problems:#?}");
            let theme = parse(text, Path::new(name)).0;
            let light = theme.scheme == Scheme::Light;
            assert_eq!(light, name.contains("light") || name.contains("latte") || name.contains("dawn"), "{name}");
        }
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        for (text, expected) in [
            ("[colors]\ntext = \"red\"", "t.toml:2: colors.text: not a colour. Allowed: \"#rrggbb\" or \"#rrggbbaa\""),
            ("[colors]\ntxet = \"#ffffff\"", "t.toml:2: colors.txet: unknown colour; did you mean `text`?"),
            ("scheme = \"grey\"", "t.toml:1: scheme: not a scheme. Allowed: \"dark\", \"light\""),
            ("[metrics]\nradius = 99", "t.toml:2: metrics.radius: out of range. Allowed: a number from 0 to 32"),
            ("[colours]", "t.toml:1: colours: unknown or of the wrong kind; did you mean `colors`?"),
        ] {
            let problems = parse(text, Path::new("t.toml")).1;
            assert_eq!(problems.len(), 1, "{text}");
            assert!(problems[0].to_string().starts_with(expected), "{} is not {expected}", problems[0]);
        }
    }

    #[test]
    fn text_that_is_hard_to_read_is_reported() {
        let problems = check("scheme = \"dark\"\n[colors]\nfaint = \"#2a2a2a\"", Path::new("t.toml"));
        assert!(problems.iter().any(|problem| problem.key == "colors.faint" && problem.message.contains("contrast")));
    }

    #[test]
    fn colours_are_six_or_eight_digits() {
        assert_eq!(colour("#0102ff"), Some(Rgba { r: 1, g: 2, b: 255, a: 255 }));
        assert_eq!(colour("#0102ff80"), Some(Rgba { r: 1, g: 2, b: 255, a: 128 }));
        for wrong in ["", "#", "#fff", "0102ff", "#0102fg", "#ééé"] {
            assert_eq!(colour(wrong), None, "{wrong}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "[a-z\\[\\]=.\"#\n 0-9é]{0,80}") {
            let _ = check(&text, Path::new("t.toml"));
        }
    }
}
