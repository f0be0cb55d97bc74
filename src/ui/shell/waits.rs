//! How long the surface waits for what may not come.

use std::time::Duration;

/// How long a result waits for an activation token.
pub const TOKEN_WAIT: Duration = Duration::from_millis(20);
/// How long a typed letter waits for its results, to be drawn with them.
pub const RESULTS_WAIT: Duration = Duration::from_millis(3);
/// How long a frame waits for the compositor to give the surface another height.
pub const HEIGHT_WAIT: Duration = Duration::from_millis(100);
/// How soon a surface that does not appear is looked after: reading for the clipboard, another thread may have taken the
/// compositor's answer, and this one then sleeps until something else wakes it.
pub const OPEN_WAIT: Duration = Duration::from_millis(30);
