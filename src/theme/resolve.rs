//! Theme, settings and desktop together make the look.

use std::path::Path;

use super::file::{ThemeFile, parse};
use super::{BUILT_IN, find, unknown, unreadable};
use crate::config::{Mode, Problem, schema};
use crate::model::{Look, Metrics, Palette, Rgba, Scheme, Syntax};

/// Stands where a shipped theme names no colour, which a test forbids; loud enough to be seen.
const MISSING: Rgba = Rgba { r: 255, g: 0, b: 255, a: 255 };

/// The colours of the default theme of a scheme.
pub(super) fn base(scheme: Scheme) -> (Palette, Syntax) {
    let name = default_name(scheme);
    let text = BUILT_IN.iter().find(|(built_in, _)| *built_in == name).map_or("", |(_, text)| text);
    let theme = parse(text, Path::new(name)).0;
    let nothing = Palette {
        background: MISSING,
        raised: MISSING,
        line: MISSING,
        line_soft: MISSING,
        text: MISSING,
        dim: MISSING,
        faint: MISSING,
        accent: MISSING,
        accent_ground: MISSING,
        on_accent: MISSING,
        ok: MISSING,
        warn: MISSING,
        bad: MISSING,
        code: MISSING,
        shadow: MISSING,
    };
    let no_syntax = Syntax {
        keyword: MISSING,
        string: MISSING,
        function: MISSING,
        number: MISSING,
        kind: MISSING,
        comment: MISSING,
    };
    (theme.palette(nothing), theme.syntax(no_syntax))
}

fn default_name(scheme: Scheme) -> &'static str {
    match scheme {
        Scheme::Dark => "nerva-dark",
        Scheme::Light => "nerva-light",
    }
}

/// The newest theme of each scheme in which nothing was wrong.
#[derive(Debug, Clone, Default)]
pub struct Last {
    dark: Option<Named>,
    light: Option<Named>,
}

/// A theme and what it is set by.
#[derive(Debug, Clone)]
struct Named {
    name: String,
    theme: ThemeFile,
}

impl Last {
    fn of(&mut self, scheme: Scheme) -> &mut Option<Named> {
        match scheme {
            Scheme::Dark => &mut self.dark,
            Scheme::Light => &mut self.light,
        }
    }
}

/// What is shown of the theme that is set; problems say what is shown instead.
fn choose(name: &str, wanted: Scheme, folder: &Path, last: &mut Last) -> (Named, Vec<Problem>) {
    let default = default_name(wanted);
    let (right, mut problems) = match find(name, folder) {
        Ok(Some(source)) => {
            let (theme, problems) = parse(&source.text, &source.file);
            (Some(Named { name: name.to_owned(), theme }), problems)
        }
        Ok(None) => (None, vec![unknown(name, folder)]),
        Err(why) => (None, vec![unreadable(name, folder, why)]),
    };
    let last = last.of(wanted);
    let (shown, counts) = match (right, &*last) {
        (Some(shown), _) if problems.is_empty() => {
            *last = Some(shown.clone());
            return (shown, problems);
        }
        (_, Some(last)) => (last.clone(), format!("The last good look is kept, which is that of `{}`.", last.name)),
        (Some(shown), None) => (shown, format!("What is right of it is shown, and the rest as in `{default}`.")),
        (None, None) => {
            let shown = Named { name: default.to_owned(), theme: ThemeFile::of(wanted) };
            (shown, format!("`{default}` is shown instead."))
        }
    };
    problems.iter_mut().for_each(|problem| problem.counts = Some(counts.clone()));
    (shown, problems)
}

/// Makes the look. `desktop` is what the desktop asks for, taken in mode `auto`; `translucent` is what the renderer can.
///
/// Instead of a theme that is not there, or in which something is wrong, the last good one of its scheme is shown; where
/// there was none, as much of it as is right, completed from the default of the scheme.
pub fn resolve(
    theme: &schema::Theme,
    overlay: &schema::Overlay,
    desktop: Scheme,
    reduced_motion: bool,
    translucent: bool,
    folder: &Path,
    last: &mut Last,
) -> (Look, Vec<Problem>) {
    let wanted = match theme.mode {
        Mode::Auto => desktop,
        Mode::Dark => Scheme::Dark,
        Mode::Light => Scheme::Light,
    };
    let name = match wanted {
        Scheme::Dark => &theme.dark,
        Scheme::Light => &theme.light,
    };
    let (Named { name, theme: file }, problems) = choose(name, wanted, folder, last);
    let (palette, syntax) = base(file.scheme);
    // Zero, or less for the radius, leaves it to the theme.
    let or = |setting: f32, theirs: Option<f32>, default: f32| {
        if setting > 0.0 { setting } else { theirs.unwrap_or(default) }
    };
    let radius = if theme.radius >= 0.0 { theme.radius } else { file.radius.unwrap_or(14.0) };
    let look = Look {
        name,
        scheme: file.scheme,
        palette: file.palette(palette),
        syntax: file.syntax(syntax),
        metrics: Metrics {
            width: overlay.width,
            max_height: overlay.max_height,
            position: overlay.position,
            radius: if translucent { radius } else { 0.0 },
            opacity: if translucent { or(theme.opacity, file.opacity, 0.95) } else { 1.0 },
            font_size: or(theme.font_size, file.font_size, 15.0),
            rows: overlay.rows,
        },
        font: theme.font.clone(),
        mono_font: theme.mono_font.clone(),
        animations: overlay.animations && !reduced_motion,
        translucent,
    };
    (look, problems)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(theme: &schema::Theme, desktop: Scheme, folder: &Path) -> (Look, Vec<Problem>) {
        resolve(theme, &schema::Overlay::default(), desktop, false, true, folder, &mut Last::default())
    }

    #[test]
    fn auto_follows_the_desktop_and_the_other_modes_do_not() {
        let folder = tempfile::tempdir().unwrap();
        let mut theme = schema::Theme::default();
        assert_eq!(look(&theme, Scheme::Light, folder.path()).0.name, "nerva-light");
        assert_eq!(look(&theme, Scheme::Dark, folder.path()).0.name, "nerva-dark");
        theme.mode = Mode::Dark;
        assert_eq!(look(&theme, Scheme::Light, folder.path()).0.name, "nerva-dark");
    }

    #[test]
    fn a_theme_that_is_not_there_is_named_and_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let theme = schema::Theme { dark: "norf".into(), ..schema::Theme::default() };
        let (look, problems) = look(&theme, Scheme::Dark, folder.path());
        assert_eq!(look.name, "nerva-dark");
        assert!(problems[0].message.contains("did you mean `nord`"), "{problems:?}");
        assert_eq!(problems[0].counts.as_deref(), Some("`nerva-dark` is shown instead."));
        assert!(problems[0].allowed.contains("tokyo-night"));
    }

    #[test]
    fn the_last_good_look_of_a_scheme_stays_until_the_theme_is_right() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("mine.toml");
        let mut last = Last::default();
        let overlay = schema::Overlay::default();
        let mut shown = |dark: &str, desktop: Scheme, font_size: f32| {
            let theme = schema::Theme { dark: dark.into(), font_size, ..schema::Theme::default() };
            let (look, problems) = resolve(&theme, &overlay, desktop, false, true, folder.path(), &mut last);
            let said: Vec<String> = problems.into_iter().filter_map(|problem| problem.counts).collect();
            (look, said)
        };
        let red = Rgba { r: 255, g: 0, b: 0, a: 255 };
        std::fs::write(&file, "[colors]\naccent = \"#ff0000\"\ntext = 1").unwrap();
        let (look, said) = shown("mine", Scheme::Dark, 0.0);
        assert_eq!(
            (look.palette.accent, look.palette.text),
            (red, base(Scheme::Dark).0.text),
            "nothing was good before"
        );
        assert_eq!(said, ["What is right of it is shown, and the rest as in `nerva-dark`."]);
        std::fs::write(&file, "[colors]\naccent = \"#ff0000\"").unwrap();
        assert_eq!(shown("mine", Scheme::Dark, 0.0).1, Vec::<String>::new());
        let kept = ["The last good look is kept, which is that of `mine`."];
        for text in ["[colors]\naccent = \"#00ff00\"\ntext = 1", "a = = 1", "scheme = \"grey\""] {
            std::fs::write(&file, text).unwrap();
            let (look, said) = shown("mine", Scheme::Dark, 20.0);
            assert_eq!((look.palette.accent, look.metrics.font_size), (red, 20.0), "other settings count: {text}");
            assert_eq!(said, kept, "{text}");
        }
        assert_eq!(shown("mien", Scheme::Dark, 0.0).1, kept, "an unknown name");
        assert_eq!(shown("mien", Scheme::Light, 0.0).0.name, "nerva-light", "the other scheme has one of its own");
        std::fs::remove_file(&file).unwrap();
        assert_eq!(shown("mine", Scheme::Dark, 0.0).1, kept, "one that was taken away");
        std::fs::write(&file, "[colors]\naccent = \"#00ff00\"").unwrap();
        let (look, said) = shown("mine", Scheme::Dark, 0.0);
        assert_eq!((look.palette.accent.g, said.len()), (255, 0));
    }

    #[test]
    fn an_own_theme_goes_before_one_of_the_same_name_and_is_completed() {
        let folder = tempfile::tempdir().unwrap();
        let text = "scheme = \"dark\"\n[colors]\naccent = \"#ff0000\"\n[metrics]\nradius = 4";
        std::fs::write(folder.path().join("nord.toml"), text).unwrap();
        let theme = schema::Theme { dark: "nord".into(), ..schema::Theme::default() };
        let look = look(&theme, Scheme::Dark, folder.path()).0;
        assert_eq!(look.palette.accent, Rgba { r: 255, g: 0, b: 0, a: 255 });
        assert_eq!(look.palette.text, base(Scheme::Dark).0.text);
        assert_eq!(look.metrics.radius, 4.0);
    }

    #[test]
    fn an_opaque_renderer_gets_square_corners_and_a_full_ground() {
        let folder = tempfile::tempdir().unwrap();
        let overlay = schema::Overlay::default();
        let theme = schema::Theme::default();
        let look = resolve(&theme, &overlay, Scheme::Dark, true, false, folder.path(), &mut Last::default()).0;
        assert_eq!((look.metrics.radius, look.metrics.opacity, look.animations), (0.0, 1.0, false));
    }

    #[test]
    fn the_defaults_name_every_colour() {
        for scheme in [Scheme::Dark, Scheme::Light] {
            assert!(!format!("{:?}", base(scheme)).contains(&format!("{MISSING:?}")));
        }
    }
}
