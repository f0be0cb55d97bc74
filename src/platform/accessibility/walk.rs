//! Walks down a window's tree, level by level, so that what is left out of a huge one is what lies deepest.

use std::collections::HashSet;

use futures::StreamExt as _;

use super::bus::{Bus, CHILDREN, Reference};
use super::outline::{Element, Tree};

/// As many elements are read.
const MOST: usize = 1500;
/// As many levels.
const DEEPEST: usize = 64;
/// As many are asked at the same time.
const AT_ONCE: usize = 32;
/// As many characters are read of a text.
const LONGEST: i32 = 2000;

/// Numbers of states, as the bus has them.
mod state {
    pub const ENABLED: u32 = 8;
    pub const SENSITIVE: u32 = 24;
    pub const SHOWING: u32 = 25;
    /// Those that are told, in words.
    pub const TOLD: [(u32, &str); 13] = [
        (3, "busy"),
        (4, "checked"),
        (7, "editable"),
        (9, "expandable"),
        (10, "expanded"),
        (12, "focused"),
        (16, "modal"),
        (20, "pressed"),
        (23, "selected"),
        (32, "neither on nor off"),
        (33, "required"),
        (36, "what is in it is not valid"),
        (43, "read-only"),
    ];
}

/// What an element answered.
enum Found {
    Shown(Element, Vec<Reference>),
    /// It is not in sight.
    Unshown,
    /// It did not answer, or is gone.
    Silent,
}

/// The tree below `window`. Elements of other `programs` are not followed: whoever puts them there would show what was not
/// asked about.
pub(super) async fn walk(bus: &Bus, window: Reference, programs: &[Reference]) -> Result<Tree, String> {
    let own = window.owner.clone();
    let is_foreign = |each: &Reference| each.owner != own && programs.iter().any(|program| program.owner == each.owner);
    let mut tree = Tree::default();
    let mut seen = HashSet::from([window.clone()]);
    let mut level = vec![(None, window)];
    for depth in 0.. {
        let parents: Vec<Option<usize>> = level.iter().map(|(parent, _)| *parent).collect();
        let asked = futures::stream::iter(level.drain(..).map(|(_, each)| element(bus, each)));
        let answers: Vec<Found> = asked.buffered(AT_ONCE).collect().await;
        for (parent, found) in parents.into_iter().zip(answers) {
            let (element, children) = match found {
                Found::Shown(element, children) => (element, children),
                Found::Unshown => {
                    tree.unshown += 1;
                    continue;
                }
                Found::Silent => {
                    tree.silent += 1;
                    continue;
                }
            };
            let at = tree.add(parent, element);
            for child in children {
                if is_foreign(&child) || !seen.insert(child.clone()) {
                    continue;
                }
                if depth + 1 >= DEEPEST || tree.elements.len() + level.len() >= MOST {
                    tree.elements[at].left_out += 1;
                } else {
                    level.push((Some(at), child));
                }
            }
        }
        if level.is_empty() {
            break;
        }
    }
    tree.is_late = bus.is_over();
    if tree.elements.is_empty() {
        return Err("the program does not answer about this window; it may hang, or the window is not shown. Use screen_look instead".into());
    }
    Ok(tree)
}

async fn element(bus: &Bus, at: Reference) -> Found {
    let Some(kind) = bus.kind(&at).await else { return Found::Silent };
    if !kind.has(state::SHOWING) {
        return Found::Unshown;
    }
    let name = async { bus.name(&at).await.unwrap_or_default() };
    let area = async { if kind.offers("Component") { bus.area(&at).await } else { None } };
    // A password is not even asked for, nor what a program puts into its field.
    let text = async { if kind.offers("Text") && !kind.is_password { bus.text(&at, LONGEST).await } else { None } };
    let value = async { if kind.offers("Value") { bus.value(&at).await } else { None } };
    let below = async {
        if kind.is_password {
            return (0, Vec::new());
        }
        tokio::join!(async { bus.count(&at).await.unwrap_or_default() }, async {
            bus.children(&at).await.unwrap_or_default()
        })
    };
    let (name, area, text, value, (count, children)) = tokio::join!(name, area, text, value, below);
    let mut states: Vec<&'static str> =
        state::TOLD.iter().filter(|(number, _)| kind.has(*number)).map(|(_, word)| *word).collect();
    // Some toolkits set only one of both.
    if !kind.has(state::ENABLED) && !kind.has(state::SENSITIVE) {
        states.push("disabled");
    }
    let (text, length) = text.unwrap_or_default();
    // Where something else is set into the text, it has a sign for it.
    let text = text.replace('\u{fffc}', "");
    let longer = usize::try_from(length.saturating_sub(LONGEST)).unwrap_or_default();
    let element = Element {
        role: if kind.role.is_empty() { "unknown".into() } else { kind.role },
        is_password: kind.is_password,
        text: if text.trim() == name.trim() { String::new() } else { text },
        longer,
        name,
        states,
        value,
        area,
        left_out: count.saturating_sub(CHILDREN),
        children: Vec::new(),
    };
    Found::Shown(element, children)
}

#[cfg(test)]
mod tests {
    use zbus::interface;
    use zbus::zvariant::OwnedObjectPath;

    use super::*;
    use crate::platform::private_bus::PrivateBus;

    const SHOWN: u32 = 1 << state::SHOWING | 1 << state::ENABLED;

    /// An element of a program that tells whatever it likes.
    struct Told {
        number: u32,
        shown: bool,
        children: Vec<(String, &'static str)>,
    }

    #[interface(name = "org.a11y.atspi.Accessible")]
    impl Told {
        fn get_role_name(&self) -> &str {
            "text"
        }
        fn get_role(&self) -> u32 {
            self.number
        }
        fn get_state(&self) -> Vec<u32> {
            vec![if self.shown { SHOWN } else { 0 }, 0]
        }
        fn get_interfaces(&self) -> Vec<&str> {
            vec!["org.a11y.atspi.Accessible", "org.a11y.atspi.Text"]
        }
        fn get_children(&self) -> Vec<(String, OwnedObjectPath)> {
            self.children.iter().map(|(owner, path)| (owner.clone(), (*path).try_into().unwrap())).collect()
        }
        #[zbus(property, name = "ChildCount")]
        fn child_count(&self) -> i32 {
            self.children.len() as i32
        }
        #[zbus(property, name = "Name")]
        fn name(&self) -> &str {
            "named"
        }
    }

    /// Its text, in the clear.
    struct Text;

    #[interface(name = "org.a11y.atspi.Text")]
    impl Text {
        fn get_text(&self, from: i32, to: i32) -> String {
            "hunter2 in the clear".chars().skip(from as usize).take((to - from) as usize).collect()
        }
        #[zbus(property, name = "CharacterCount")]
        fn character_count(&self) -> i32 {
            20
        }
    }

    /// The tree of `/a` of a program with these elements; children of the owner `own` are its own.
    async fn walked(elements: Vec<(&str, Told)>) -> Tree {
        let bus = PrivateBus::new();
        let connect = async || {
            let builder = zbus::connection::Builder::address(bus.address.as_str()).unwrap();
            builder.build().await.unwrap()
        };
        let (program, other, here) = (connect().await, connect().await, connect().await);
        let [own, foreign] = [&program, &other].map(|each| each.unique_name().unwrap().to_string());
        for (path, mut told) in elements {
            for (owner, _) in &mut told.children {
                match owner.as_str() {
                    "own" => owner.clone_from(&own),
                    "foreign" => owner.clone_from(&foreign),
                    _ => {}
                }
            }
            program.object_server().at(path, told).await.unwrap();
            program.object_server().at(path, Text).await.unwrap();
        }
        let at = |owner: &str, path: &str| Reference::from((owner.to_owned(), path.try_into().unwrap()));
        let programs = [at(&own, "/root"), at(&foreign, "/root")];
        walk(&Bus::over(here), at(&own, "/a"), &programs).await.unwrap()
    }

    fn told(number: u32, children: &[(&str, &'static str)]) -> Told {
        let children = children.iter().map(|(owner, path)| ((*owner).to_owned(), *path)).collect();
        Told { number, shown: true, children }
    }

    #[tokio::test]
    async fn a_password_is_not_asked_for_and_what_is_in_its_field_is_not_either() {
        let tree = walked(vec![
            ("/a", told(61, &[("own", "/b"), ("own", "/d")])),
            ("/b", told(40, &[("own", "/c")])),
            ("/c", told(29, &[])),
            ("/d", Told { shown: false, ..told(61, &[]) }),
        ])
        .await;
        assert_eq!(tree.elements.len(), 2, "{tree:?}");
        assert_eq!(tree.elements[0].text, "hunter2 in the clear");
        assert!(tree.elements[1].is_password && tree.elements[1].text.is_empty(), "{tree:?}");
        assert_eq!((tree.unshown, tree.silent), (1, 0));
    }

    #[tokio::test]
    async fn each_element_is_read_once_and_none_of_another_program() {
        let tree = walked(vec![
            ("/a", told(61, &[("own", "/b"), ("foreign", "/c"), ("own", "/gone"), ("", "/org/a11y/atspi/null")])),
            ("/b", told(61, &[("own", "/a"), ("own", "/b"), ("nobody.at.all", "/c")])),
            ("/c", told(61, &[])),
        ])
        .await;
        assert_eq!(tree.elements.len(), 2, "{tree:?}");
        assert_eq!(tree.silent, 2, "one is gone, and so is whose the other one is: {tree:?}");
    }
}
