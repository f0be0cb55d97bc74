//! Pointer and keyboard: steps that were allowed are done here.
//!
//! Three ways meet this need, the best that is there first: the compositor's own protocols (`wlr`), then the input server
//! of the desktop (`libei`), for which its portal asks (`portal`), then devices of the kernel (`uinput`). Pure code says what is done: `script` makes strokes, places and pauses out of steps, `board` finds
//! the keys that write a character in a keymap, `transient` makes a keymap for what is to be written, `due` says when it is
//! asked whether it goes on. `worker` does it in a thread of its own with a connection of its own, and lets go what is held
//! whichever way it ends; `leash` is what ends it.

mod board;
mod due;
mod fault;
mod leash;
mod libei;
mod portal;
mod script;
mod transient;
mod uinput;
mod wlr;
mod worker;

use std::path::PathBuf;

use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::oneshot;

pub use self::board::read_file;
pub use self::due::{Due, together};
pub use self::fault::InputError;
#[cfg(test)]
pub(crate) use self::leash::ALONE;
#[cfg(test)]
pub(crate) use self::leash::Leash;
#[cfg(not(test))]
use self::leash::Leash;
pub use self::leash::cut_all;
use self::worker::{Asker, Ended, Means};
use super::wayland::Probe;
use crate::config::Paths;
use crate::model::{Availability, Backend, Inputs};

/// What is said of a way that is lacking and may not be missed.
const ONLY: &str = "needed only where no other way of input is usable";

/// What these are the ways of, as `nerva doctor` calls it.
pub const NEED: &str = "pointer and keyboard";

/// Every way of using pointer and keyboard, with why it is or isn't usable.
pub async fn backends(probe: &Probe) -> Vec<Backend> {
    let line = |name: &str, availability| Backend { need: NEED.into(), name: name.into(), availability };
    vec![
        line("virtual pointer and keyboard", wlr::is_available(probe)),
        line("RemoteDesktop portal", portal::is_available().await),
        line("uinput", uinput::is_available()),
    ]
}

/// The same, but no portal is asked where the compositor's own protocols are usable.
pub async fn first(probe: &Probe) -> Vec<Backend> {
    match wlr::is_available(probe) {
        availability @ Availability::Usable { .. } => {
            vec![Backend { need: NEED.into(), name: String::new(), availability }]
        }
        Availability::Unusable { .. } => backends(probe).await,
    }
}

/// A way of using pointer and keyboard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// The compositor's own protocols.
    Wlr,
    /// The desktop's input server.
    Libei,
    /// Devices of the kernel.
    Uinput,
}

/// Where and how steps are done, if not as the environment says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct At {
    /// The compositor's socket instead of `$WAYLAND_DISPLAY`.
    pub socket: Option<PathBuf>,
    /// The address of the bus with the portal instead of the session's.
    pub bus: Option<String>,
    /// The file for the token that spares the portal's dialog after the first time.
    pub token: Option<PathBuf>,
    /// This way only.
    pub way: Option<Way>,
}

/// Begins to do the steps in order, in the best way that is there.
///
/// Errors, here and as they go on: nothing that can do it, changed outputs, places on no output, characters that can't be
/// typed, the compositor ending or not answering. What was done before stays done.
pub async fn begin(inputs: &Inputs) -> Result<Doing, InputError> {
    let token = Paths::from_env().state_dir.join("remotedesktop-token");
    At { token: Some(token), ..At::default() }.begin(inputs).await
}

impl At {
    /// As the function of this name does.
    pub async fn begin(&self, inputs: &Inputs) -> Result<Doing, InputError> {
        inputs.check().map_err(InputError::Steps)?;
        let (remote, means) = self.means().await?;
        begin_with(self.socket.clone(), (remote, means), inputs)
    }

    /// Does them to the end, whatever changes meanwhile.
    pub async fn perform(&self, inputs: &Inputs) -> Result<(), InputError> {
        let mut doing = self.begin(inputs).await?;
        while doing.due().await?.is_some() {
            doing.go_on();
        }
        Ok(())
    }

    async fn means(&self) -> Result<(Option<portal::Remote>, Means), InputError> {
        let socket = self.socket.clone();
        match self.way {
            Some(Way::Wlr) => return Ok((None, Means::Wlr)),
            Some(Way::Uinput) => return Ok((None, Means::Uinput)),
            Some(Way::Libei) => {}
            None => {
                let asked = tokio::task::spawn_blocking(move || worker::has_protocols(socket.as_deref())).await;
                if asked.map_err(|error| InputError::Thread(error.to_string()))?? {
                    return Ok((None, Means::Wlr));
                }
            }
        }
        match portal::open(self.bus.as_deref(), self.token.as_deref()).await {
            Ok((remote, socket)) => Ok((Some(remote), Means::Libei(socket))),
            // What a person refused is not done in another way.
            Err(InputError::NoBackend(why)) if self.way.is_none() => match uinput::is_available() {
                Availability::Usable { .. } => Ok((None, Means::Uinput)),
                Availability::Unusable { why: lacking, next_step } => {
                    let all = format!("the compositor has no protocol for it; {why}; {lacking}: {next_step}");
                    Err(InputError::NoBackend(all))
                }
            },
            Err(error) => Err(error),
        }
    }
}

fn begin_with(
    socket: Option<PathBuf>,
    (remote, means): (Option<portal::Remote>, Means),
    inputs: &Inputs,
) -> Result<Doing, InputError> {
    let failed = |error: std::io::Error| InputError::Thread(error.to_string());
    let (leash, running, stop) = Leash::new().map_err(failed)?;
    let (reply, answer) = oneshot::channel();
    let (due, asked) = tokio::sync::mpsc::unbounded_channel();
    let steps = inputs.clone();
    let thread = std::thread::Builder::new().name("input".into());
    let spawned = thread.spawn(move || {
        let _running = running;
        let asker = Asker { leash: stop, due };
        let done = worker::run(socket.as_deref(), &steps, means, &asker);
        // Who asked may have given up.
        let _ = reply.send(done);
    });
    spawned.map_err(failed)?;
    Ok(Doing { leash, asked, answer, _remote: remote })
}

/// Steps under way. When this is dropped they end at once, and what is held is let go before that returns; the same where
/// one fails.
#[derive(Debug)]
pub struct Doing {
    leash: Leash,
    asked: UnboundedReceiver<Due>,
    answer: oneshot::Receiver<Result<(), Ended>>,
    // The session lasts as long as the steps.
    _remote: Option<portal::Remote>,
}

impl Doing {
    /// Waits until it has to be said whether they go on; `None` when all are done.
    pub async fn due(&mut self) -> Result<Option<Due>, InputError> {
        if let Some(due) = self.asked.recv().await {
            return Ok(Some(due));
        }
        match (&mut self.answer).await {
            Ok(Ok(())) => Ok(None),
            Ok(Err(Ended::Failed(error))) => Err(error),
            Ok(Err(Ended::Stopped)) => Err(InputError::Thread("it was stopped".into())),
            Err(_) => Err(InputError::Thread("it did not answer".into())),
        }
    }

    /// Says that they do.
    pub fn go_on(&mut self) {
        self.leash.loosen();
    }
}
