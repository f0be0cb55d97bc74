//! What the footer says about an answer: who gives it, how fast, how much of it there is and what it costs.

use std::sync::Arc;

use nerva::model::*;

use crate::{Overlay, assert_shows, fixture};

/// This view with its answer changed.
fn with(mut view: View, change: impl FnOnce(&mut Message)) -> Overlay {
    let talk = view.conversation.as_mut().map(Arc::make_mut).expect("a conversation");
    change(Arc::make_mut(talk.messages.last_mut().expect("an answer")));
    Overlay::new(view)
}

fn usage(input: Option<u64>, output: Option<u64>, estimate: Option<u64>) -> Usage {
    Usage { input, output, estimate, ..Usage::default() }
}

#[test]
fn what_the_provider_counts_only_in_the_end_is_estimated_while_it_comes() {
    let overlay = with(fixture::streaming(), |answer| answer.usage = usage(None, None, Some(187)));
    assert_shows!(overlay, "Answering", "~47 tokens/s", "~187 tokens");
    for money in ["~$0.003", "$0.003", "~$0.006", "$0.006"] {
        assert!(!overlay.shows(money), "the question costs as well, and nobody has counted it");
    }
}

#[test]
fn what_the_question_costs_is_known_where_it_was_counted_first() {
    // As Anthropic says it: the question, and a token that stands for the answer to come.
    let overlay = with(fixture::streaming(), |answer| answer.usage = usage(Some(1204), Some(1), Some(187)));
    assert_shows!(overlay, "~47 tokens/s", "1,204 in · ~187 out", "~$0.006");
    let overlay = with(fixture::streaming(), |answer| {
        answer.usage = usage(Some(1204), Some(1), None);
        answer.state = MessageState::Waiting;
        answer.first_at = None;
        answer.parts.clear();
    });
    assert_shows!(overlay, "Waiting");
    assert!(!overlay.shows("1,204 in · 1 out") && !overlay.shows("$0.004"), "nothing has come");
}

#[test]
fn an_answer_that_costs_nothing_is_free_while_it_comes() {
    let mut view = fixture::streaming();
    view.price = Some((0.0, 0.0));
    assert_shows!(with(view, |answer| answer.usage = usage(None, None, Some(187))), "~187 tokens", "free");
}

#[test]
fn another_model_than_the_chips_is_named_while_it_answers() {
    let overlay = with(fixture::streaming(), |answer| answer.model = Some(fixture::qwen()));
    assert_shows!(overlay, "qwen3", "47 tokens/s");
}

#[test]
fn a_finished_answer_says_how_fast_it_was() {
    let overlay = Overlay::new(fixture::finished());
    assert_shows!(overlay, "claude-sonnet", "1,204 in · 187 out", "6 s", "47 tokens/s", "$0.006", "Again", "Close");
    let overlay = with(fixture::finished(), |answer| answer.usage = usage(None, None, Some(187)));
    assert_shows!(overlay, "~187 tokens", "~47 tokens/s");
}

#[test]
fn an_answer_that_was_stopped_keeps_its_estimate_and_one_that_was_cut_off_has_none() {
    let stopped = |answer: &mut Message| {
        answer.state = MessageState::Stopped;
        answer.usage = usage(Some(1204), Some(1), Some(187));
    };
    assert_shows!(with(fixture::finished(), stopped), "1,204 in · ~187 out", "~47 tokens/s", "~$0.006");
    let overlay = with(fixture::interrupted(), |answer| {
        answer.usage = usage(Some(1204), Some(1), Some(1));
        answer.ended_at = None;
    });
    assert_shows!(overlay, "claude-sonnet");
    assert!(!overlay.shows("1,204 in · ~1 out") && !overlay.shows("1,204 in · 1 out"), "there is more than that");
}
