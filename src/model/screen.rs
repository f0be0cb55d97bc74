//! What a tool sees of the screen, and what it does there with pointer and keyboard, as typed data.

use serde::{Deserialize, Serialize};

use super::input::Inputs;
use super::{Digest, PixelRect, Pixels, Risk};

/// What is looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "scope", rename_all = "snake_case")]
pub enum Scope {
    /// One output.
    Screen {
        /// Its name; empty for the one with the pointer or the focus.
        output: String,
    },
    /// All outputs, as they lie.
    All,
    /// One window.
    Window {
        /// The compositor's identifier.
        window: String,
        /// Its app id, as the compositor told it when the action was prepared.
        app: String,
        /// Its title then.
        title: String,
    },
}

/// Looking at the screen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "screen", rename_all = "snake_case")]
pub enum ScreenAction {
    /// Take a picture that the model sees, and into which it may point from then on.
    Look {
        /// Of what.
        scope: Scope,
    },
    /// Show a part of the last picture at its full size.
    Zoom {
        /// Which part, in the pixels in which the model saw the picture.
        part: PixelRect,
        /// Which picture, by its pixels; known once the action was prepared.
        picture: Option<Digest>,
    },
    /// Read the text on the screen.
    Text {
        /// Of what.
        scope: Scope,
    },
    /// Read what a program tells of its window.
    Tree {
        /// Which window.
        scope: Scope,
    },
}

impl ScreenAction {
    /// The name of the tool; rules go by it.
    pub fn tool(&self) -> &'static str {
        match self {
            Self::Look { .. } => "screen_look",
            Self::Zoom { .. } => "screen_zoom",
            Self::Text { .. } => "screen_text",
            Self::Tree { .. } => "screen_tree",
        }
    }

    /// Everything that decides what happens, by name.
    pub fn fields(&self) -> Vec<(&'static str, Vec<String>)> {
        match self {
            Self::Look { scope } | Self::Text { scope } | Self::Tree { scope } => match scope {
                Scope::Screen { output } => vec![("output", vec![output.clone()])],
                Scope::All => vec![("all", Vec::new())],
                Scope::Window { window, app, title } => {
                    vec![("window", vec![window.clone()]), ("app", vec![app.clone()]), ("title", vec![title.clone()])]
                }
            },
            Self::Zoom { part: PixelRect { x, y, width, height }, picture } => vec![
                ("part", [x, y, width, height].map(u32::to_string).to_vec()),
                ("picture", picture.iter().map(Digest::to_string).collect()),
            ],
        }
    }

    /// What it looks at, where that is not a part of what was seen before.
    pub fn scope(&self) -> Option<&Scope> {
        match self {
            Self::Look { scope } | Self::Text { scope } | Self::Tree { scope } => Some(scope),
            Self::Zoom { .. } => None,
        }
    }
}

/// In what the places of steps are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Places {
    /// In pixels of the picture as the model saw it: the outputs of the spots are empty.
    Picture,
    /// In thousandths of the picture's width and height, 0–999: the outputs of the spots are empty.
    Thousandths,
    /// As spots on outputs; only such steps are ever done.
    Screen,
}

/// The window that a step is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Aim {
    /// The compositor's identifier.
    pub window: String,
    /// Its app id.
    pub app: String,
    /// Its title.
    pub title: String,
}

/// Steps with pointer and keyboard, and what they are for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputAction {
    /// The steps.
    pub inputs: Inputs,
    /// What their places mean.
    pub places: Places,
    /// The picture that was pointed into, by its pixels; known once the action was prepared.
    pub picture: Option<Digest>,
    /// For each step the window that it goes to; `None` where no window is there or nobody tells of windows. Known once
    /// the action was prepared; empty before.
    pub aims: Vec<Option<Aim>>,
    /// Whether the model gets to see afterwards what it pointed into.
    pub look: bool,
    /// What the model's provider wants a person to mind before it is done.
    pub checks: Vec<String>,
}

impl InputAction {
    /// The name of the tool; rules go by it.
    pub const TOOL: &'static str = "input";

    /// Everything that decides what happens, by name.
    pub fn fields(&self) -> Vec<(&'static str, Vec<String>)> {
        let json = |value: Result<String, serde_json::Error>| value.unwrap_or_default();
        let aims = self.aims.iter().flat_map(|aim| match aim {
            Some(aim) => [aim.window.clone(), aim.app.clone(), aim.title.clone()],
            None => Default::default(),
        });
        vec![
            ("steps", self.inputs.steps.iter().map(|step| json(serde_json::to_string(step))).collect()),
            ("places", vec![json(serde_json::to_string(&self.places))]),
            ("layout", vec![self.inputs.layout.0.to_string()]),
            ("picture", self.picture.iter().map(Digest::to_string).collect()),
            ("aims", aims.collect()),
            ("look", vec![self.look.to_string()]),
            ("checks", self.checks.clone()),
        ]
    }

    /// The app that all of it goes to; `None` where it goes to several, or a step to none that is known.
    pub fn app(&self) -> Option<&str> {
        let mut found = None;
        for (step, aim) in self.inputs.steps.iter().zip(&self.aims) {
            if matches!(step, super::input::Step::Wait { .. }) {
                continue;
            }
            let app = aim.as_ref()?.app.as_str();
            if app.is_empty() || *found.get_or_insert(app) != app {
                return None;
            }
        }
        found
    }

    /// What it may do.
    pub fn risk(&self) -> Risk {
        Risk::Change
    }
}

/// A part of the picture that was pointed into, with the places that are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Crop {
    /// As the model saw it, at full size.
    pub pixels: Pixels,
    /// The places, in these pixels, each with the number of its step from 1.
    pub marks: Vec<(u32, u32, usize)>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Fingerprint, Step};

    fn action(apps: &[Option<&str>]) -> InputAction {
        let step = |_| Step::Type { text: "x".into() };
        let aim = |app: &str| Aim { window: "1".into(), app: app.into(), title: "t".into() };
        InputAction {
            inputs: Inputs { steps: apps.iter().map(step).collect(), layout: Fingerprint(7) },
            places: Places::Screen,
            picture: None,
            aims: apps.iter().map(|app| app.map(aim)).collect(),
            look: false,
            checks: Vec::new(),
        }
    }

    #[test]
    fn steps_for_several_apps_or_for_nobody_knows_whom_are_for_no_app() {
        assert_eq!(action(&[Some("a"), Some("a")]).app(), Some("a"));
        for apps in [&[][..], &[None], &[Some("")], &[Some("a"), Some("b")], &[Some("a"), None]] {
            assert_eq!(action(apps).app(), None, "{apps:?}");
        }
        let mut waiting = action(&[Some("a"), None]);
        waiting.inputs.steps[1] = Step::Wait { millis: 5 };
        assert_eq!(waiting.app(), Some("a"), "waiting is for nobody");
    }

    #[test]
    fn whatever_differs_is_in_the_fields() {
        let plain = action(&[Some("a")]);
        let mut others = vec![plain.clone(); 6];
        others[0].inputs.steps[0] = Step::Type { text: "y".into() };
        others[1].inputs.layout = Fingerprint(8);
        others[2].aims[0] = None;
        others[3].look = true;
        others[4].checks.push("mind".into());
        others[5].picture = Some(Digest::of(b"x"));
        for other in others {
            assert_ne!(other.fields(), plain.fields(), "{other:?}");
        }
    }
}
