//! The text of a desktop file, read line by line so that one wrong line spoils nothing else.
//!
//! `freedesktop-desktop-entry` rejects a whole file for one unknown escape, one translation without a default or one
//! byte that is not UTF-8, all of which are found on real machines; GLib and KDE read such files, and so do we.

/// A parsed desktop file; borrows its text.
#[derive(Debug)]
pub struct DesktopFile<'a> {
    groups: Vec<Group<'a>>,
}

/// One `[Group]` with its keys.
#[derive(Debug)]
pub struct Group<'a> {
    name: &'a str,
    pairs: Vec<(&'a str, &'a str)>,
}

impl<'a> DesktopFile<'a> {
    /// Reads what can be read; lines that are neither group, pair nor comment are passed over.
    pub fn parse(text: &'a str) -> Self {
        let mut groups: Vec<Group<'a>> = Vec::new();
        for line in text.trim_start_matches('\u{feff}').lines().map(str::trim) {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if let Some(rest) = line.strip_prefix('[') {
                let name = rest.strip_suffix(']').unwrap_or(rest);
                groups.push(Group { name, pairs: Vec::new() });
            } else if let (Some(group), Some((key, value))) = (groups.last_mut(), line.split_once('=')) {
                group.pairs.push((key.trim_end(), value.trim_start()));
            }
        }
        Self { groups }
    }

    /// The first group of this name.
    pub fn group(&self, name: &str) -> Option<&Group<'a>> {
        self.groups.iter().find(|group| group.name == name)
    }
}

impl Group<'_> {
    /// The value as it stands in the file.
    pub fn raw(&self, key: &str) -> Option<&str> {
        self.pairs.iter().find(|(name, _)| *name == key).map(|(_, value)| *value)
    }

    /// A `string`, unescaped; `None` when missing or empty.
    pub fn string(&self, key: &str) -> Option<String> {
        self.raw(key).map(unescape).filter(|value| !value.trim().is_empty())
    }

    /// A `boolean`; `1` is what old files write.
    pub fn flag(&self, key: &str) -> bool {
        matches!(self.raw(key), Some("true" | "1"))
    }

    /// A `strings` list, `;` between the parts.
    pub fn list(&self, key: &str) -> Vec<String> {
        self.raw(key).map(split_list).unwrap_or_default()
    }

    /// A `localestring` for the first of `locales` that has one, else the default.
    pub fn localised(&self, key: &str, locales: &[String]) -> Option<String> {
        self.raw_localised(key, locales).map(unescape).filter(|value| !value.trim().is_empty())
    }

    /// A `localestrings` list.
    pub fn localised_list(&self, key: &str, locales: &[String]) -> Vec<String> {
        self.raw_localised(key, locales).map(split_list).unwrap_or_default()
    }

    fn raw_localised(&self, key: &str, locales: &[String]) -> Option<&str> {
        let of = |locale: &String| {
            let found = self.pairs.iter().find(|(name, _)| {
                name.strip_prefix(key)
                    .and_then(|rest| rest.strip_prefix('['))
                    .and_then(|rest| rest.strip_suffix(']'))
                    .is_some_and(|name| name == locale)
            });
            found.map(|(_, value)| *value).filter(|value| !value.is_empty())
        };
        locales.iter().find_map(of).or_else(|| self.raw(key))
    }
}

/// The locales to look for, best first, from those of the user (`de_AT.UTF-8@euro`, `fr`).
///
/// For each one: `lang_COUNTRY@MODIFIER`, `lang_COUNTRY`, `lang@MODIFIER`, `lang`, as the specification orders them.
/// English and `C` end the list, because untranslated values are English.
pub fn lookup_order(locales: &[String]) -> Vec<String> {
    let mut order = Vec::new();
    for locale in locales {
        let (base, modifier) = match locale.split_once('@') {
            Some((base, modifier)) => (base, Some(modifier)),
            None => (locale.as_str(), None),
        };
        let base = base.split('.').next().unwrap_or_default();
        if base.is_empty() {
            continue;
        }
        if matches!(base, "C" | "POSIX") {
            break;
        }
        let (lang, country) = match base.split_once('_') {
            Some((lang, country)) => (lang, Some(country)),
            None => (base, None),
        };
        if let (Some(country), Some(modifier)) = (country, modifier) {
            order.push(format!("{lang}_{country}@{modifier}"));
        }
        if let Some(country) = country {
            order.push(format!("{lang}_{country}"));
        }
        if let Some(modifier) = modifier {
            order.push(format!("{lang}@{modifier}"));
        }
        order.push(lang.to_owned());
        if lang == "en" {
            break;
        }
    }
    order
}

/// `\s \n \t \r \\`; any other escape is kept as it is.
fn unescape(value: &str) -> String {
    if !value.contains('\\') {
        return value.to_owned();
    }
    let mut out = String::with_capacity(value.len());
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('s') => out.push(' '),
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some('r') => out.push('\r'),
            Some('\\') => out.push('\\'),
            Some(other) => out.extend(['\\', other]),
            None => out.push('\\'),
        }
    }
    out
}

fn split_list(value: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut chars = value.chars().peekable();
    while let Some(c) = chars.next() {
        let last = parts.len() - 1;
        match c {
            '\\' if chars.peek() == Some(&';') => {
                chars.next();
                parts[last].push(';');
            }
            // A pair is kept whole, so that `\\;` is a backslash and an end.
            '\\' => parts[last].extend(std::iter::once('\\').chain(chars.next())),
            ';' => parts.push(String::new()),
            c => parts[last].push(c),
        }
    }
    parts.iter().map(|part| unescape(part.trim())).filter(|part| !part.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_wrong_line_spoils_nothing_else() {
        let text = "\u{feff}stray=1\nnonsense\n[Desktop Entry\r\nName=A\\qB\r\nComment[de]=nur deutsch\nno equals here\n\
                    =empty key\nTerminal=true\n";
        let file = DesktopFile::parse(text);
        let group = file.group("Desktop Entry").unwrap();
        assert_eq!(group.string("Name").as_deref(), Some("A\\qB"));
        assert_eq!(group.localised("Comment", &["de".into()]).as_deref(), Some("nur deutsch"));
        assert_eq!(group.localised("Comment", &["fr".into()]), None);
        assert!(group.flag("Terminal"));
    }

    #[test]
    fn lists_keep_escaped_semicolons() {
        let file = DesktopFile::parse("[G]\nK=a;b\\;c; d ;;e\\\\;f\\sg;\n");
        assert_eq!(file.group("G").unwrap().list("K"), ["a", "b;c", "d", "e\\", "f g"]);
    }

    #[test]
    fn locales_are_looked_up_in_the_order_of_the_specification() {
        let order = |locales: &[&str]| lookup_order(&locales.iter().map(|l| (*l).to_owned()).collect::<Vec<_>>());
        assert_eq!(order(&["sr_YU.UTF-8@Latn"]), ["sr_YU@Latn", "sr_YU", "sr@Latn", "sr"]);
        assert_eq!(order(&["de_AT", "fr"]), ["de_AT", "de", "fr"]);
        assert_eq!(order(&["en_GB.UTF-8", "de"]), ["en_GB", "en"]);
        assert_eq!(order(&["C.UTF-8", "de"]), [""; 0]);

        let file =
            DesktopFile::parse("[G]\nName=Files\nName[de]=Dateien\nName[de_CH]=Ablage\nName[sr@Latn]=Datoteke\n");
        let name = |locales: &[&str]| file.group("G").unwrap().localised("Name", &order(locales)).unwrap();
        assert_eq!(name(&["de_CH.UTF-8"]), "Ablage");
        assert_eq!(name(&["de_AT.UTF-8"]), "Dateien");
        assert_eq!(name(&["sr_RS@Latn"]), "Datoteke");
        assert_eq!(name(&["fr_FR", "de"]), "Dateien");
        assert_eq!(name(&["fr_FR"]), "Files");
    }

    proptest! {
        #[test]
        fn any_text_parses(text in "(\\PC|[\\[\\]=;\\\\\n\r]){0,200}") {
            let file = DesktopFile::parse(&text);
            for group in &file.groups {
                for (key, _) in &group.pairs {
                    group.list(key);
                    group.localised(key, &["de".into()]);
                }
            }
        }
    }
}
