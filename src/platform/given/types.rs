//! Which of the types that a program offers is taken: the one place where the order of preference stands.

use crate::model::{Hovered, LARGEST_PICTURE, LONGEST_TEXT};

/// What bytes of a type are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A key with which the Documents portal hands out files.
    Transfer,
    /// An encoded picture.
    Picture,
    /// A list of addresses (RFC 2483), mostly of files.
    Addresses,
    /// UTF-8.
    Text,
    /// A piece of HTML, of which the text is taken.
    Html,
}

/// Types that are taken, the best first. A picture comes before addresses and text: what a browser offers with a picture
/// is where it came from. Files come from the portal first: a program in a sandbox knows other paths than we do.
const PREFERENCE: [(&str, Kind); 10] = [
    (TRANSFER, Kind::Transfer),
    ("image/png", Kind::Picture),
    ("image/webp", Kind::Picture),
    ("image/jpeg", Kind::Picture),
    ("image/gif", Kind::Picture),
    (ADDRESSES, Kind::Addresses),
    ("text/plain;charset=utf-8", Kind::Text),
    ("UTF8_STRING", Kind::Text),
    ("text/plain", Kind::Text),
    ("text/html", Kind::Html),
];

/// The type of the Documents portal.
const TRANSFER: &str = "application/vnd.portal.filetransfer";
/// The type of a list of files.
pub const ADDRESSES: &str = "text/uri-list";

/// The type that is taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// As the other program spells it.
    pub media: String,
    /// What its bytes are.
    pub kind: Kind,
    /// Whether a list of files is offered, too.
    pub lists: bool,
}

impl Choice {
    /// At most so many bytes are taken.
    pub fn limit(&self) -> usize {
        match self.kind {
            Kind::Picture => LARGEST_PICTURE,
            Kind::Transfer | Kind::Addresses | Kind::Text | Kind::Html => LONGEST_TEXT,
        }
    }

    /// The list of files, where there is one to fall back on.
    pub fn list(&self) -> Option<Self> {
        self.lists.then(|| Self { media: ADDRESSES.into(), kind: Kind::Addresses, lists: true })
    }

    /// What is said while it hangs over the overlay; the names of files are learned later.
    pub fn hovered(&self) -> Hovered {
        match self.kind {
            Kind::Transfer | Kind::Addresses => Hovered::Files { names: Vec::new() },
            Kind::Picture => Hovered::Picture,
            Kind::Text | Kind::Html => Hovered::Text,
        }
    }
}

/// The best of these types of what is dropped, if any can be taken.
pub fn choose(offered: &[String]) -> Option<Choice> {
    best(offered, PREFERENCE.iter())
}

/// The best of these types of what was copied. Words come before a picture: a spreadsheet copies its cells as both.
pub fn choose_copied(offered: &[String]) -> Option<Choice> {
    let of = |kinds: &'static [Kind]| PREFERENCE.iter().filter(move |(_, kind)| kinds.contains(kind));
    let files = of(&[Kind::Transfer, Kind::Addresses]);
    best(offered, files.chain(of(&[Kind::Text])).chain(of(&[Kind::Picture, Kind::Html])))
}

/// The best of these types as words.
pub fn choose_words(offered: &[String]) -> Option<Choice> {
    best(offered, PREFERENCE.iter().filter(|(_, kind)| matches!(kind, Kind::Text | Kind::Html)))
}

fn best<'a>(offered: &[String], mut preference: impl Iterator<Item = &'a (&'a str, Kind)>) -> Option<Choice> {
    let lists = offered.iter().any(|media| media.eq_ignore_ascii_case(ADDRESSES));
    preference.find_map(|(name, kind)| {
        let media = offered.iter().find(|media| media.eq_ignore_ascii_case(name))?;
        Some(Choice { media: media.clone(), kind: *kind, lists })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_type_is_taken() {
        for (offered, expected) in [
            (&["text/plain", "text/uri-list"][..], Some(("text/uri-list", Kind::Addresses))),
            (&["text/uri-list", "application/vnd.portal.filetransfer"], Some((TRANSFER, Kind::Transfer))),
            (&["text/html", "text/plain", "text/uri-list", "image/jpeg"], Some(("image/jpeg", Kind::Picture))),
            (&["image/jpeg", "image/png"], Some(("image/png", Kind::Picture))),
            (&["TEXT", "text/plain", "UTF8_STRING"], Some(("UTF8_STRING", Kind::Text))),
            (&["text/plain;charset=UTF-8", "text/plain"], Some(("text/plain;charset=UTF-8", Kind::Text))),
            (&["text/html"], Some(("text/html", Kind::Html))),
            (&["image/bmp", "application/x-color"], None),
            (&[], None),
        ] {
            let offered: Vec<String> = offered.iter().map(|media| (*media).to_owned()).collect();
            let chosen = choose(&offered);
            assert_eq!(chosen.as_ref().map(|choice| (choice.media.as_str(), choice.kind)), expected, "{offered:?}");
        }
    }

    #[test]
    fn words_that_were_copied_come_before_a_picture_of_them() {
        let kind = |offered: &[&str], choose: fn(&[String]) -> Option<Choice>| {
            let offered: Vec<String> = offered.iter().map(|media| (*media).to_owned()).collect();
            choose(&offered).map(|choice| choice.kind)
        };
        for (offered, copied, words) in [
            (&["image/png", "text/html", "text/plain"][..], Some(Kind::Text), Some(Kind::Text)),
            (&["text/html", "image/png"], Some(Kind::Picture), Some(Kind::Html)),
            (&["text/plain", "text/uri-list"], Some(Kind::Addresses), Some(Kind::Text)),
            (&["image/png"], Some(Kind::Picture), None),
        ] {
            assert_eq!((kind(offered, choose_copied), kind(offered, choose_words)), (copied, words), "{offered:?}");
        }
    }

    #[test]
    fn what_the_portal_can_not_give_is_taken_from_the_list() {
        let offered = [TRANSFER.to_owned(), ADDRESSES.to_owned()];
        let list = choose(&offered).and_then(|choice| choice.list());
        assert_eq!(list.map(|choice| choice.kind), Some(Kind::Addresses));
        assert_eq!(choose(&offered[..1]).and_then(|choice| choice.list()), None);
    }

    #[test]
    fn pictures_may_be_larger_than_words() {
        let limit = |media: &str| choose(&[media.to_owned()]).map(|choice| choice.limit());
        assert_eq!(limit("image/png"), Some(32 * 1024 * 1024));
        assert_eq!(limit("text/plain"), Some(4 * 1024 * 1024));
    }
}
