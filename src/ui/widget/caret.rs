//! What an editor shows where letters go: a caret that is easy to see, two pixels wide and in the accent, over iced's thin
//! line; and behind it, while nothing is typed, words that say what belongs there.

use iced::advanced::widget::Tree;
use iced::advanced::{InputMethod, Layout, Renderer as _, Shell, input_method, layout, renderer};
use iced::window::RedrawRequest;
use iced::{Event, Rectangle, Size, Vector, window};

use super::Label;
use super::around::{Around, Inside, Kind};
use crate::ui::theme::{Theme, color};
use crate::ui::{Element, Painter};

/// Its width, in logical pixels.
const WIDTH: f32 = 2.0;

/// Draws the caret of a text editor. It does not blink; it is `hidden` where something is selected. `words` are what is
/// said behind it, so far below the editor's upper edge, in logical pixels. `composing` says whether an input method
/// composes something, which the shell draws over the editor, with a caret of its own.
pub fn caret<'a, M: 'a>(
    editor: impl Into<Element<'a, M>>,
    hidden: bool,
    words: Option<(Label<'a>, f32)>,
    composing: fn(bool) -> M,
) -> Around<'a, M, Caret<M>> {
    let top = words.as_ref().map_or(0.0, |(_, top)| *top);
    let parts = std::iter::once(editor.into()).chain(words.map(|(words, _)| words.into()));
    Around::new(Caret { hidden, composing, top }, parts.collect())
}

/// The kind of [`caret`].
pub struct Caret<M> {
    hidden: bool,
    composing: fn(bool) -> M,
    top: f32,
}

/// What is known of the editor.
#[derive(Default)]
pub struct Place {
    /// Where the caret is, while the editor has the focus.
    line: Option<Rectangle>,
    composes: bool,
    /// Which frame was asked for before the editor asked for one.
    before: Option<RedrawRequest>,
}

impl<M> Kind<M> for Caret<M> {
    type State = Place;

    fn layout(
        &mut self,
        parts: &mut [Element<'_, M>],
        trees: &mut [Tree],
        renderer: &Painter,
        limits: &layout::Limits,
    ) -> layout::Node {
        let editor = parts[0].as_widget_mut().layout(&mut trees[0], renderer, limits);
        let size = editor.size();
        let within = layout::Limits::new(Size::ZERO, size);
        let words = parts.iter_mut().zip(trees).skip(1).map(|(words, tree)| {
            // The caret stands before them.
            words.as_widget_mut().layout(tree, renderer, &within).translate(Vector::new(WIDTH, self.top))
        });
        layout::Node::with_children(size, std::iter::once(editor).chain(words).collect())
    }

    fn seen(&self, layout: Layout<'_>, viewport: &Rectangle) -> Rectangle {
        layout.bounds().intersection(viewport).unwrap_or_default()
    }

    fn update(&mut self, state: &mut Place, _inside: &mut Inside<'_, '_, M>, event: &Event, shell: &mut Shell<'_, M>) {
        let drawn = matches!(event, Event::Window(window::Event::RedrawRequested(_)));
        state.before = drawn.then(|| shell.redraw_request());
        if let Event::InputMethod(event) = event {
            let composes = matches!(event, input_method::Event::Preedit(text, _) if !text.is_empty());
            if std::mem::replace(&mut state.composes, composes) != composes {
                shell.publish((self.composing)(composes));
            }
        }
    }

    fn updated(&self, state: &mut Place, event: &Event, shell: &mut Shell<'_, M>) {
        // With each frame the editor says where the window of an input method belongs: at its caret.
        if let Event::Window(window::Event::RedrawRequested(_)) = event {
            // And wants another one, half a second later, for its own caret to blink: nothing would change.
            if let (Some(before), RedrawRequest::At(_)) = (state.before.take(), shell.redraw_request()) {
                Shell::replace_redraw_request(shell, before);
            }
            state.line = match shell.input_method() {
                InputMethod::Enabled { cursor, .. } => Some(*cursor),
                InputMethod::Disabled => None,
            };
        }
    }

    fn draw(&self, state: &Place, renderer: &mut Painter, theme: &Theme, layout: Layout<'_>) {
        let Some(line) = state.line.filter(|_| !self.hidden && !state.composes) else { return };
        // Over iced's line and as much before it, so that it covers no letter.
        let caret = Rectangle { x: line.x + 1.0 - WIDTH, width: WIDTH, ..line };
        // A long text scrolls, and the caret with it.
        let shown = Rectangle { x: caret.x, width: WIDTH, ..layout.bounds() };
        if let Some(bounds) = shown.intersection(&caret) {
            renderer.fill_quad(renderer::Quad { bounds, ..renderer::Quad::default() }, color(theme.palette().accent));
        }
    }
}
