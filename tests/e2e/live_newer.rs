//! Watching a screen or a window by ext-image-copy-capture, on a newer sway: the same stories, and windows by themselves.

use crate::support::desktop::Kind;
use crate::support::live;

const KIND: Kind = Kind::Newer;

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_of_an_output_shows_each_change_and_nothing_else() {
    live::an_output(KIND).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_of_a_window_shows_it_alone_until_it_is_closed() {
    live::a_window(KIND).await;
}

#[test]
fn the_screen_is_watched_with_a_key_and_each_question_has_the_newest_picture() {
    live::the_screen(KIND);
}

#[test]
fn a_window_that_is_never_captured_is_black_while_the_screen_is_watched() {
    live::never(KIND);
}

#[test]
fn a_window_is_watched_until_it_is_closed() {
    live::a_window_asked_about(KIND);
}
