//! A tree in words: one line for each element, indented, with what is only there to hold others left out.

use std::fmt::Write as _;

use crate::model::Area;

/// The longest outline, in bytes.
const LONGEST: usize = 40 * 1024;
/// The longest name, in characters.
const NAME: usize = 300;

/// What only holds others, where it has no name: nothing is lost without it.
const HOLDERS: [&str; 13] = [
    "filler",
    "panel",
    "section",
    "grouping",
    "generic",
    "scroll pane",
    "viewport",
    "layered pane",
    "split pane",
    "redundant object",
    "paragraph",
    "unknown",
    "invalid",
];

/// One element of a window.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Element {
    /// What it is, in the program's words.
    pub role: String,
    /// Its text was not read.
    pub is_password: bool,
    /// What it is called.
    pub name: String,
    /// What is in it, where that is not its name.
    pub text: String,
    /// How many characters more there are.
    pub longer: usize,
    /// What matters about it.
    pub states: Vec<&'static str>,
    /// Its number, as a slider has one.
    pub value: Option<f64>,
    /// Where it is in the window, in logical pixels.
    pub area: Option<Area>,
    /// How many elements in it were not read.
    pub left_out: usize,
    /// Those in it, by their numbers.
    pub children: Vec<usize>,
}

/// The tree of a window; the first element is the window.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Tree {
    /// All elements.
    pub elements: Vec<Element>,
    /// How many are not in sight.
    pub unshown: usize,
    /// How many did not answer.
    pub silent: usize,
    /// The time was over before all was read.
    pub is_late: bool,
}

/// Where an element is, in pixels of what the model points into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placed {
    /// Its middle.
    pub x: u32,
    /// Its middle.
    pub y: u32,
    /// How wide it is.
    pub width: u32,
    /// How high.
    pub height: u32,
}

/// Whether two sizes are the same but for rounding.
pub fn is_size((width, height): (f64, f64), (wide, high): (f64, f64)) -> bool {
    (width - wide).abs() <= 1.0 && (height - high).abs() <= 1.0
}

impl Tree {
    pub(super) fn add(&mut self, parent: Option<usize>, element: Element) -> usize {
        let at = self.elements.len();
        self.elements.push(element);
        if let Some(parent) = parent.and_then(|parent| self.elements.get_mut(parent)) {
            parent.children.push(at);
        }
        at
    }

    /// Where the window's content begins among the places that the program tells, if that can be said: the compositor
    /// knows the content by its `size`, the program counts its shadow too where it draws one.
    pub fn origin(&self, size: (f64, f64)) -> Option<(f64, f64)> {
        let window = self.elements.first()?;
        let whole = window.area?;
        if is_size((whole.width, whole.height), size) {
            return Some((whole.x, whole.y));
        }
        // A title bar that it draws itself is as wide as the content and lies at its top, in the middle of the shadows.
        let is_bar = |area: &Area| {
            let (left, right) = (area.x - whole.x, whole.x + whole.width - area.x - area.width);
            let (above, shadows) = (area.y - whole.y, whole.height - size.1);
            (area.width - size.0).abs() <= 1.0 && (left - right).abs() <= 1.0 && above >= 0.0 && above <= shadows
        };
        let areas = window.children.iter().filter_map(|child| self.elements.get(*child)?.area);
        areas.filter(is_bar).min_by(|one, other| one.y.total_cmp(&other.y)).map(|area| (area.x, area.y))
    }

    /// The tree in lines. `place` says where on the screen an element is.
    pub fn outline(&self, place: impl Fn(Area) -> Option<Placed>) -> String {
        let mut lines = String::new();
        let mut untold = 0;
        let mut to_tell = vec![(0_usize, 0_usize)];
        while let Some((at, depth)) = to_tell.pop() {
            let Some(element) = self.elements.get(at) else { continue };
            let is_told = at == 0 || !element.only_holds();
            if is_told {
                if lines.len() > LONGEST {
                    untold += 1;
                } else {
                    let _ = writeln!(lines, "{}{}", "  ".repeat(depth), element.line(element.area.and_then(&place)));
                }
            }
            if element.left_out > 0 && lines.len() <= LONGEST {
                let _ = writeln!(lines, "{}  (it holds {} more, not read)", "  ".repeat(depth), element.left_out);
            }
            let below = depth + usize::from(is_told);
            to_tell.extend(element.children.iter().rev().map(|child| (*child, below)));
        }
        let mut left_out = |count: usize, why: &str| {
            if count > 0 {
                let elements = if count == 1 { "element is" } else { "elements are" };
                let _ = writeln!(lines, "({count} {elements} left out: {why})");
            }
        };
        left_out(untold, "it would be too long");
        left_out(self.unshown, "not in sight");
        left_out(self.silent, if self.is_late { "it took too long" } else { "no answer" });
        lines.trim_end().to_owned()
    }
}

impl Element {
    fn only_holds(&self) -> bool {
        HOLDERS.contains(&self.role.as_str()) && self.name.is_empty() && self.text.is_empty()
    }

    fn line(&self, place: Option<Placed>) -> String {
        let mut line = plain(&self.role);
        if !self.name.is_empty() {
            let _ = write!(line, " {}", quoted(&self.name));
        }
        if self.is_password {
            line.push_str(", what is in it is never read");
        } else if !self.text.is_empty() {
            let more = if self.longer > 0 { format!(" and {} characters more", self.longer) } else { String::new() };
            let _ = write!(line, " holds {:?}{more}", self.text);
        }
        if let Some(value) = self.value {
            let _ = write!(line, " at value {value}");
        }
        if !self.states.is_empty() {
            let _ = write!(line, " [{}]", self.states.join(", "));
        }
        if let Some(Placed { x, y, width, height }) = place {
            let _ = write!(line, " at {x}, {y} ({width} × {height})");
        }
        line
    }
}

/// A role is a word of the program as well: it stays on its line.
fn plain(role: &str) -> String {
    role.chars().filter(|letter| letter.is_alphanumeric() || *letter == ' ').take(40).collect()
}

/// Within quotes, with what hides by its number, and not longer than a name is.
fn quoted(name: &str) -> String {
    match name.char_indices().nth(NAME) {
        Some((end, _)) => format!("{:?} …", &name[..end]),
        None => format!("{name:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn element(role: &str, name: &str, area: Option<(f64, f64, f64, f64)>) -> Element {
        let area = area.map(|(x, y, width, height)| Area { x, y, width, height });
        Element { role: role.into(), name: name.into(), area, ..Element::default() }
    }

    fn tree(children: Vec<Element>) -> Tree {
        let mut tree = Tree::default();
        let window = tree.add(None, element("frame", "Order", Some((0.0, 0.0, 532.0, 459.0))));
        for child in children {
            tree.add(Some(window), child);
        }
        tree
    }

    #[test]
    fn what_only_holds_others_is_no_line() {
        let mut tree = tree(vec![element("filler", "", None)]);
        tree.add(
            Some(1),
            Element { text: "Ada\n\u{202e}".into(), ..element("text", "Name", Some((1.0, 2.0, 3.0, 4.0))) },
        );
        let password = Element { is_password: true, text: "secret".into(), ..element("password text", "", None) };
        tree.add(Some(1), password);
        tree.add(
            Some(1),
            Element { left_out: 7, value: Some(0.5), states: vec!["focused"], ..element("slider", "", None) },
        );
        tree.unshown = 2;
        let said = tree.outline(|area| {
            (area.width < 10.0).then_some(Placed { x: area.x as u32, y: area.y as u32, width: 3, height: 4 })
        });
        let wanted = "frame \"Order\"\n  text \"Name\" holds \"Ada\\n\\u{202e}\" at 1, 2 (3 × 4)\n  password text, what is in it \
                      is never read\n  slider at value 0.5 [focused]\n    (it holds 7 more, not read)\n(2 elements are left out: not in sight)";
        assert_eq!(said, wanted);
    }

    #[test]
    fn a_long_tree_is_cut_and_that_is_said() {
        let many =
            (0..3000).map(|number| element("label", &format!("row {number} {}", "x".repeat(400)), None)).collect();
        let said = tree(many).outline(|_| None);
        assert!(said.len() < LONGEST + 1000, "{}", said.len());
        assert!(
            said.contains("row 0 xxx") && said.contains("x\" …") && said.contains("too long)"),
            "{}",
            &said[said.len() - 200..]
        );
    }

    #[test]
    fn the_content_begins_where_the_title_bar_does() {
        let bar = element("panel", "", Some((26.0, 23.0, 480.0, 47.0)));
        let within = element("filler", "", Some((42.0, 86.0, 448.0, 328.0)));
        let with_bar = tree(vec![bar, within.clone()]);
        assert_eq!(with_bar.origin((480.0, 407.0)), Some((26.0, 23.0)));
        assert_eq!(with_bar.origin((532.0, 458.6)), Some((0.0, 0.0)), "it has no shadow");
        assert_eq!(with_bar.origin((470.0, 407.0)), None, "nothing is as wide");
        assert_eq!(tree(vec![within]).origin((480.0, 407.0)), None);
        assert_eq!(tree(vec![element("panel", "", Some((26.0, 80.0, 480.0, 47.0)))]).origin((480.0, 407.0)), None);
    }
}
