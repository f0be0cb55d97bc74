//! Sizes: how high the card will be, found out before there is a surface, and lengths as the shell wants them.

use std::sync::Arc;

use futures::FutureExt as _;
use iced::advanced::layout::Limits;
use iced::advanced::renderer::Headless;
use iced::advanced::widget::Tree;
use iced::{Pixels, Size};
use iced_exwlshell::reexport::LayerSize;

use crate::model::View;
use crate::ui::app::App;
use crate::ui::frame::Extent;

/// Whether two views give the same card, by their shared parts.
pub fn looks_alike(one: &View, other: &View) -> bool {
    one.screen == other.screen
        && Arc::ptr_eq(&one.results, &other.results)
        && Arc::ptr_eq(&one.history, &other.history)
        && Arc::ptr_eq(&one.models, &other.models)
        && Arc::ptr_eq(&one.notices, &other.notices)
        && Arc::ptr_eq(&one.look, &other.look)
        && Arc::ptr_eq(&one.attached, &other.attached)
        && match (&one.live, &other.live) {
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            (None, None) => true,
            _ => false,
        }
        && (&one.hover, &one.insertion, one.pasted) == (&other.hover, &other.insertion, other.pasted)
        && (&one.model, one.price, one.activity) == (&other.model, other.price, other.activity)
        && match (&one.conversation, &other.conversation) {
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            (None, None) => true,
            _ => false,
        }
}

/// The height that the card will have, so that an opaque surface has it from the first frame on.
pub fn measure(app: &App, extent: Extent) -> f32 {
    let theme = app.theme();
    let renderer = iced::Renderer::new(theme.font, Pixels(theme.body()), Some("tiny-skia")).now_or_never().flatten();
    let Some(renderer) = renderer else { return extent.max_height };
    let mut card = app.view();
    let mut tree = Tree::new(&card);
    let limits = Limits::new(Size::ZERO, Size::new(extent.width, extent.max_height));
    card.as_widget_mut().layout(&mut tree, &renderer, &limits).size().height
}

/// A length as whole pixels, at least one.
pub fn whole(length: f32) -> u32 {
    length.ceil().max(1.0) as u32
}

/// A size as whole pixels.
pub fn pixels(size: Size) -> LayerSize {
    LayerSize::px(whole(size.width), whole(size.height))
}
