//! Reading what another program writes into a pipe: without blocking, with a limit, and not for ever.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::OFlags;
use rustix::io::Errno;
use rustix::pipe::{PipeFlags, pipe_with};

use super::Way;
use super::types::{Choice, Kind};
use crate::model::Fault;

/// A program that sends nothing for so long is not waited for any more.
const SILENCE: Duration = Duration::from_secs(5);
/// What is not there after so long is not waited for, even if it trickles.
const WHOLE: Duration = Duration::from_secs(60);
/// How much is read at once, in bytes.
const PIECE: usize = 64 * 1024;

/// Bytes on their way.
#[derive(Debug)]
pub struct Transfer {
    pipe: OwnedFd,
    bytes: Vec<u8>,
    limit: usize,
    kind: Kind,
    way: Way,
    silent_at: Instant,
    ends_at: Instant,
}

/// How far a transfer is.
#[derive(Debug)]
pub enum Progress {
    /// More may come.
    More(Transfer),
    /// All of it.
    Done(Vec<u8>),
    /// It is not waited for any more.
    Failed(Fault),
}

impl Transfer {
    /// A transfer, and the end of the pipe for the other program, to be closed here once it was handed over.
    pub fn begin(choice: &Choice, way: Way) -> Result<(Self, OwnedFd), Fault> {
        let (pipe, other) = pipe_with(PipeFlags::CLOEXEC).map_err(|error| unreadable(way, error))?;
        Ok((Self::of(pipe, choice, way)?, other))
    }

    /// A transfer whose other end was handed over already.
    pub fn of(pipe: OwnedFd, choice: &Choice, way: Way) -> Result<Self, Fault> {
        let flags = rustix::fs::fcntl_getfl(&pipe).map_err(|error| unreadable(way, error))?;
        rustix::fs::fcntl_setfl(&pipe, flags | OFlags::NONBLOCK).map_err(|error| unreadable(way, error))?;
        let now = Instant::now();
        let (silent_at, ends_at) = (now + SILENCE, now + WHOLE);
        Ok(Self { pipe, bytes: Vec::new(), limit: choice.limit(), kind: choice.kind, way, silent_at, ends_at })
    }

    /// When it has to be looked at again, even if nothing came.
    pub fn deadline(&self) -> Instant {
        self.silent_at.min(self.ends_at)
    }

    /// Reads what is there.
    pub fn advance(mut self) -> Progress {
        loop {
            let begun = self.bytes.len();
            self.bytes.resize(begun + PIECE, 0);
            let read = rustix::io::read(&self.pipe, &mut self.bytes[begun..]);
            self.bytes.truncate(begun + read.unwrap_or(0));
            match read {
                Ok(0) if self.bytes.is_empty() => return Progress::Failed(self.empty()),
                Ok(0) => return Progress::Done(self.bytes),
                Ok(_) if self.bytes.len() > self.limit => return Progress::Failed(self.too_large()),
                Ok(_) => self.silent_at = Instant::now() + SILENCE,
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => break,
                Err(error) => return Progress::Failed(unreadable(self.way, error)),
            }
            // What never ends must not keep everything else waiting.
            if Instant::now() >= self.ends_at {
                break;
            }
        }
        let now = Instant::now();
        if now >= self.deadline() { Progress::Failed(self.late(now)) } else { Progress::More(self) }
    }

    /// Reads to the end, blocking this thread.
    pub fn wait(self) -> Result<Vec<u8>, Fault> {
        let mut transfer = self;
        loop {
            match transfer.advance() {
                Progress::Done(bytes) => return Ok(bytes),
                Progress::Failed(fault) => return Err(fault),
                Progress::More(more) => transfer = more,
            }
            let timeout = until(transfer.deadline());
            let mut watched = [PollFd::new(&transfer, PollFlags::IN)];
            match poll(&mut watched, Some(&timeout)) {
                Ok(_) | Err(Errno::INTR) => {}
                Err(error) => return Err(unreadable(transfer.way, error)),
            }
        }
    }

    fn empty(&self) -> Fault {
        self.way.fault("is empty", "The other program sent nothing, or ended. Try it again.")
    }

    fn too_large(&self) -> Fault {
        let limit = self.limit / (1024 * 1024);
        let (what, instead) = match self.kind {
            Kind::Picture => ("A picture", "Make it smaller, or drop a part of it."),
            Kind::Transfer | Kind::Addresses | Kind::Text | Kind::Html => ("Text", "Drop a part of it, or a file."),
        };
        self.way.fault("is too large", format!("{what} may have {limit} MB at most. {instead}"))
    }

    fn late(&self, now: Instant) -> Fault {
        let (what, waited) = if now >= self.ends_at {
            ("comes too slowly", format!("It was not complete after {} s", WHOLE.as_secs()))
        } else {
            ("does not come", format!("The other program sent nothing for {} s", SILENCE.as_secs()))
        };
        self.way.fault(what, format!("{waited}. Try it again, or save it as a file and drop the file."))
    }
}

impl AsFd for Transfer {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.pipe.as_fd()
    }
}

/// Writes all of it, waiting for a slow reader on this thread; an error when the reader is gone, or takes nothing for a
/// minute.
pub fn write(pipe: &OwnedFd, bytes: &[u8]) -> Result<(), Errno> {
    let flags = rustix::fs::fcntl_getfl(pipe)?;
    rustix::fs::fcntl_setfl(pipe, flags | OFlags::NONBLOCK)?;
    let mut rest = bytes;
    while !rest.is_empty() {
        match rustix::io::write(pipe, rest) {
            Ok(written) => rest = &rest[written..],
            Err(Errno::INTR) => {}
            Err(Errno::AGAIN) => {
                let mut watched = [PollFd::new(pipe, PollFlags::OUT)];
                if poll(&mut watched, Some(&until(Instant::now() + WHOLE)))? == 0 {
                    return Err(Errno::TIMEDOUT);
                }
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// The time until then, for `poll`; rounded up, so that it is over when `poll` returns.
fn until(then: Instant) -> Timespec {
    let left = then.saturating_duration_since(Instant::now()) + Duration::from_millis(1);
    Timespec { tv_sec: i64::try_from(left.as_secs()).unwrap_or(i64::MAX), tv_nsec: left.subsec_nanos().into() }
}

fn unreadable(way: Way, error: Errno) -> Fault {
    way.fault("can't be read", format!("{error}. Try it again."))
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::Write as _;

    use super::*;
    use crate::platform::given::types::choose;

    fn begin(media: &str) -> (Transfer, File) {
        let choice = choose(&[media.to_owned()]).unwrap();
        let (transfer, other) = Transfer::begin(&choice, Way::Drop).unwrap();
        (transfer, File::from(other))
    }

    #[test]
    fn what_was_written_is_read() {
        let (transfer, mut other) = begin("text/plain");
        let Progress::More(transfer) = transfer.advance() else { panic!("nothing was written yet") };
        other.write_all(b"one ").unwrap();
        let Progress::More(transfer) = transfer.advance() else { panic!("the other end is open") };
        let writer = std::thread::spawn(move || other.write_all(&[b'x'; 300_000]));
        assert_eq!(transfer.wait().unwrap().len(), 300_004);
        writer.join().unwrap().unwrap();
    }

    #[test]
    fn nothing_is_a_fault() {
        let (transfer, other) = begin("image/png");
        drop(other);
        assert!(transfer.wait().unwrap_err().title.contains("empty"));
    }

    #[test]
    fn what_never_ends_is_refused_at_the_limit() {
        for (media, limit) in [("image/png", "32 MB"), ("text/plain", "4 MB")] {
            let (transfer, mut other) = begin(media);
            let writer = std::thread::spawn(move || while other.write_all(&[7; 65_536]).is_ok() {});
            let fault = transfer.wait().unwrap_err();
            assert!(fault.title.contains("too large") && fault.detail.contains(limit), "{fault}");
            writer.join().unwrap();
        }
    }

    #[test]
    fn who_is_silent_is_not_waited_for() {
        let (mut transfer, _other) = begin("image/png");
        transfer.silent_at = Instant::now();
        let Progress::Failed(fault) = transfer.advance() else { panic!("it was silent") };
        assert!(fault.detail.contains("5 s"), "{fault}");
        let (mut transfer, mut other) = begin("image/png");
        transfer.ends_at = Instant::now();
        other.write_all(b"a drop").unwrap();
        let Progress::Failed(fault) = transfer.advance() else { panic!("it took too long") };
        assert!(fault.detail.contains("60 s"), "{fault}");
    }
}
