//! How the frames reach the picker's thread while it waits for the compositor, and how it learns that nobody waits for it.

use std::io::{self, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::sync::mpsc;

use crate::model::{Frame, Window};

/// What is picked from.
#[derive(Debug)]
pub struct Given {
    /// One for each output that is to be covered.
    pub frames: Vec<Frame>,
    /// What a click takes, the top one first.
    pub windows: Vec<Window>,
}

/// The side of who wants a region; dropping it ends the picker.
#[derive(Debug)]
pub struct Outbox {
    sender: mpsc::Sender<Given>,
    wake: UnixStream,
}

/// The thread's side.
#[derive(Debug)]
pub struct Mailbox {
    receiver: mpsc::Receiver<Given>,
    wake: UnixStream,
}

/// What the other side did.
#[derive(Debug)]
pub enum Mail {
    /// The frames are there.
    Given(Given),
    /// Nobody waits any more.
    Dropped,
}

/// Both sides. Errors: no file descriptors.
pub fn pair() -> io::Result<(Outbox, Mailbox)> {
    let (sender, receiver) = mpsc::channel();
    let (near, far) = UnixStream::pair()?;
    // What was read once must not be waited for again.
    far.set_nonblocking(true)?;
    Ok((Outbox { sender, wake: near }, Mailbox { receiver, wake: far }))
}

impl Outbox {
    /// Gives the frames, once. A thread that ended has told why.
    pub fn give(&mut self, given: Given) {
        if self.sender.send(given).is_ok() {
            let _ = self.wake.write_all(&[1]);
        }
    }
}

impl Mailbox {
    /// What to poll: readable when [`Mailbox::take`] has something to say.
    pub fn fd(&self) -> BorrowedFd<'_> {
        self.wake.as_fd()
    }

    /// What came; call it when [`Mailbox::fd`] is readable.
    pub fn take(&self) -> Mail {
        let mut byte = [0];
        // The byte follows its frames, so that either both are there or neither.
        match io::Read::read(&mut &self.wake, &mut byte) {
            Ok(1) => self.receiver.try_recv().map_or(Mail::Dropped, Mail::Given),
            _ => Mail::Dropped,
        }
    }
}
