//! A second, independent user of the overlay's Wayland connection.

use wayland_client::Connection;
use wayland_client::backend::Backend;

/// Another connection object over the same socket, with an event queue of libwayland of its own.
///
/// Two queues of one connection object are not enough for two threads. Whoever reads hands the other's events over where
/// the other does not look before it sleeps (`prepare_read` knows the queue of libwayland only), so that the overlay
/// would miss its first configure now and then. Between queues of libwayland that can't happen. The connection stays open
/// until the process ends.
#[allow(unsafe_code, reason = "there is no safe way to a second queue of libwayland")]
pub(super) fn of(connection: &Connection) -> Connection {
    let display = connection.backend().display_ptr();
    // The display must outlive every user of it, and this one is used by tasks that nobody waits for.
    std::mem::forget(connection.clone());
    // SAFETY: the pointer is that of the open display of `connection`, of which a clone is never dropped.
    Connection::from_backend(unsafe { Backend::from_foreign_display(display) })
}
