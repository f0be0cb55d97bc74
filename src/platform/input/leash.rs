//! What a thread that presses keys is held by: let loose by whoever asked, or cut for all of them by a halt.

use std::io::Write as _;
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Condvar, Mutex, PoisonError, Weak, mpsc};
use std::time::Duration;

/// How long whoever gives up waits for what is held to be let go; it takes a hundredth of that.
const LET_GO: Duration = Duration::from_millis(500);

/// All threads that press keys, or wait for their turn to.
#[derive(Debug)]
struct Threads {
    leashes: Vec<Weak<UnixStream>>,
    running: usize,
}

static THREADS: Mutex<Threads> = Mutex::new(Threads { leashes: Vec::new(), running: 0 });
static ENDED: Condvar = Condvar::new();

/// Ends the thread when it is dropped, and waits until nothing is held.
#[derive(Debug)]
pub(crate) struct Leash {
    stream: Option<Arc<UnixStream>>,
    ended: mpsc::Receiver<()>,
}

/// Kept by the thread; dropped when everything is let go, by a panic too.
#[derive(Debug)]
pub(crate) struct Running {
    _end: mpsc::Sender<()>,
}

impl Leash {
    /// A leash, what the thread keeps for as long as it runs, and the end of the leash that it watches.
    pub(crate) fn new() -> std::io::Result<(Self, Running, UnixStream)> {
        let (stream, stop) = UnixStream::pair()?;
        stop.set_nonblocking(true)?;
        let stream = Arc::new(stream);
        let (end, ended) = mpsc::channel();
        let mut threads = THREADS.lock().unwrap_or_else(PoisonError::into_inner);
        threads.leashes.retain(|leash| leash.strong_count() > 0);
        threads.leashes.push(Arc::downgrade(&stream));
        threads.running += 1;
        Ok((Self { stream: Some(stream), ended }, Running { _end: end }, stop))
    }

    /// Lets the thread go on to where it asks the next time.
    pub(super) fn loosen(&self) {
        if let Some(stream) = &self.stream {
            // Where the thread has ended, its answer says why.
            let _ = (&**stream).write_all(&[1]);
        }
    }
}

impl Drop for Leash {
    fn drop(&mut self) {
        self.stream.take();
        // The other end goes with the thread; nothing is ever sent.
        if self.ended.recv_timeout(LET_GO) == Err(mpsc::RecvTimeoutError::Timeout) {
            still_held();
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        THREADS.lock().unwrap_or_else(PoisonError::into_inner).running -= 1;
        ENDED.notify_all();
    }
}

/// Ends all of them at once, whoever asked for them, and waits until nothing is held. A task that is aborted is dropped
/// some time later: it is not what a halt may wait for.
pub fn cut_all() {
    let mut threads = THREADS.lock().unwrap_or_else(PoisonError::into_inner);
    for leash in std::mem::take(&mut threads.leashes) {
        if let Some(stream) = leash.upgrade() {
            // One that has ended has closed its own.
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
    let waited = ENDED.wait_timeout_while(threads, LET_GO, |threads| threads.running > 0);
    if waited.unwrap_or_else(PoisonError::into_inner).1.timed_out() {
        still_held();
    }
}

fn still_held() {
    tracing::warn!("pointer and keyboard are still being let go: the compositor does not answer");
}

/// Held by tests in which all threads are cut.
#[cfg(test)]
pub(crate) static ALONE: Mutex<()> = Mutex::new(());

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[test]
    fn a_thread_is_let_on_ended_by_its_asker_and_by_a_cut_that_waits_for_it() {
        let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        for cut in [false, true] {
            let (leash, running, mut stop) = Leash::new().unwrap();
            stop.set_nonblocking(false).unwrap();
            let (told, heard) = mpsc::channel();
            let thread = std::thread::spawn(move || {
                let _running = running;
                let mut byte = [0];
                while stop.read(&mut byte).unwrap() > 0 {
                    told.send("on").unwrap();
                }
                told.send("let go").unwrap();
            });
            leash.loosen();
            assert_eq!(heard.recv(), Ok("on"));
            if cut {
                cut_all();
                assert_eq!(heard.try_recv(), Ok("let go"), "the cut has waited");
                leash.loosen();
            }
            drop(leash);
            assert_eq!(heard.try_recv().is_ok(), !cut, "who gives up waits as well");
            thread.join().unwrap();
        }
    }
}
