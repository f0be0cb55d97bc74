//! Sizes: how high the card will be, found out before there is a surface, and lengths as the shell wants them.

use std::sync::Arc;

use futures::FutureExt as _;
use iced::advanced::layout::Limits;
use iced::advanced::renderer::Headless;
use iced::advanced::widget::Tree;
use iced::{Pixels, Size};
use iced_exwlshell::reexport::LayerSize;

use crate::model::{Results, View};
use crate::ui::Painter;
use crate::ui::app::App;
use crate::ui::frame::Extent;

/// Whether two views give the same card, by their shared parts and by what is found.
pub fn looks_alike(one: &View, other: &View) -> bool {
    // All of them by name, so that whoever adds one decides here.
    let View {
        overlay,
        screen,
        results,
        consent,
        conversation,
        plan,
        work: _,
        attached,
        screenshots: _,
        enlarged,
        reading,
        live,
        hover,
        insertion,
        pasted,
        history,
        searched,
        trail,
        undoing,
        models,
        model,
        price,
        notices,
        activity,
        look,
        headless: _,
    } = one;
    // Of what conversations do, only what a command prints is drawn.
    one.printed() == other.printed()
        && same_results(results, &other.results)
        && Arc::ptr_eq(attached, &other.attached)
        && Arc::ptr_eq(history, &other.history)
        && searched == &other.searched
        && Arc::ptr_eq(trail, &other.trail)
        && Arc::ptr_eq(models, &other.models)
        && Arc::ptr_eq(notices, &other.notices)
        && Arc::ptr_eq(look, &other.look)
        && same(conversation.as_ref(), other.conversation.as_ref())
        && same(plan.as_ref(), other.plan.as_ref())
        && same(enlarged.as_ref(), other.enlarged.as_ref())
        && same(reading.as_ref(), other.reading.as_ref())
        && same(live.as_ref(), other.live.as_ref())
        && same(undoing.as_ref(), other.undoing.as_ref())
        && (screen, hover, insertion, pasted) == (&other.screen, &other.hover, &other.insertion, &other.pasted)
        && (model, price, activity) == (&other.model, &other.price, &other.activity)
        && consent == &other.consent
        // A confirmation counts from when it can be seen.
        && (consent.is_none() || overlay.mapped == other.overlay.mapped)
}

/// Whether a list is drawn the same: that nothing more comes is seen only where there is nothing.
fn same_results(one: &Arc<Results>, other: &Arc<Results>) -> bool {
    let Results { generation, query, hits, complete } = one.as_ref();
    let same = (generation, query, hits) == (&other.generation, &other.query, &other.hits);
    Arc::ptr_eq(one, other) || same && (*complete == other.complete || !hits.is_empty())
}

fn same<T>(one: Option<&Arc<T>>, other: Option<&Arc<T>>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => Arc::ptr_eq(one, other),
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => false,
    }
}

/// The height that the card will have, so that an opaque surface has it from the first frame on.
pub fn measure(app: &App, extent: Extent) -> f32 {
    let theme = app.theme();
    let renderer =
        <Painter as Headless>::new(theme.font, Pixels(theme.body()), Some("tiny-skia")).now_or_never().flatten();
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Hit, HitId, HitKind, Icon, Run};

    fn results(titles: &[&str], complete: bool) -> Arc<Results> {
        let hit = |title: &&str| Hit {
            id: HitId((*title).into()),
            kind: HitKind::Application,
            title: (*title).into(),
            matched: Vec::new(),
            subtitle: String::new(),
            icon: Icon::Letter { letter: 'A' },
            score: 1,
            run: Run::Copy { text: (*title).into() },
            actions: Vec::new(),
        };
        let hits = titles.iter().map(hit).collect();
        Results { generation: 3, query: "a".into(), hits, complete }.into()
    }

    #[test]
    fn a_list_to_which_nothing_more_comes_is_drawn_once() {
        let alike = |one: (&[&str], bool), other: (&[&str], bool)| {
            same_results(&results(one.0, one.1), &results(other.0, other.1))
        };
        assert!(alike((&["Amber"], false), (&["Amber"], true)));
        assert!(!alike((&["Amber"], false), (&["Amber", "Ambient"], true)));
        assert!(!alike((&["Amber"], true), (&["Ambient"], true)));
        // Only then it is said that there is nothing.
        assert!(!alike((&[], false), (&[], true)));
    }
}
