//! The hotkey's socket: a word in, a line back, so that the overlay waits neither for a bus nor for who listens to it.
//!
//! `nerva/hotkey` in `$XDG_RUNTIME_DIR`, which no other user can enter. A peer sends `toggle`, `show`, `hide` or `capture` and
//! what, and a line break; `done`, or `refused` and why, comes back once it was carried out. A peer that goes before that
//! wants no picture any more. Everything else goes over the bus.

use std::fs;
use std::io::{self, BufRead as _, BufReader, ErrorKind, Read as _, Write as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::model::{CaptureTo, Command, Commands, Envelope, Reply, ReplyTo, What};

/// A peer that says nothing for so long is not going to.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long listening rests after it failed: what is used up is given back, and until then it would fail at once.
const REST: Duration = Duration::from_secs(1);
/// No word is longer, nor is any reason, in bytes.
const LONGEST: u64 = 1024;
const DONE: &str = "done";
const REFUSED: &str = "refused ";

/// What a hotkey can ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Press {
    /// Show or hide the overlay.
    Toggle,
    /// Show it.
    Show,
    /// Hide it.
    Hide,
    /// Take a picture and ask about it.
    Capture(What),
}

impl Press {
    const ALL: [(&str, Self); 7] = [
        ("toggle", Self::Toggle),
        ("show", Self::Show),
        ("hide", Self::Hide),
        ("capture screen", Self::Capture(What::Screen)),
        ("capture window", Self::Capture(What::Window)),
        ("capture region", Self::Capture(What::Region)),
        ("capture all", Self::Capture(What::All)),
    ];

    /// What these words ask for.
    pub fn from_words(words: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(known, _)| *known == words).map(|(_, press)| press)
    }

    fn words(self) -> &'static str {
        Self::ALL.into_iter().find(|(_, press)| *press == self).map_or("", |(words, _)| words)
    }

    /// What it is on the bus.
    pub fn command(self) -> Command {
        match self {
            Self::Toggle => Command::Toggle,
            Self::Show => Command::Show,
            Self::Hide => Command::Hide,
            Self::Capture(what) => Command::Capture { what, output: None, delay: 0.0, to: CaptureTo::Question },
        }
    }

    /// How long its answer is waited for; a person may take their time.
    fn patience(self) -> Option<Duration> {
        match self {
            Self::Toggle | Self::Show | Self::Hide => Some(PATIENCE),
            Self::Capture(_) => None,
        }
    }
}

/// What came of a press.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It was carried out.
    Done,
    /// nervad refused, or ended before it had answered.
    Refused(String),
}

/// Where the socket is; `None` without a runtime folder.
pub fn path() -> Option<PathBuf> {
    let runtime = std::env::var_os("XDG_RUNTIME_DIR").filter(|folder| Path::new(folder).is_absolute())?;
    Some(Path::new(&runtime).join("nerva/hotkey"))
}

/// Asks the nervad that listens there. Blocks.
///
/// An error means that it was not asked, so that another way may be tried; what goes wrong later is a refusal.
pub fn call(path: &Path, press: Press) -> io::Result<Outcome> {
    let mut socket = UnixStream::connect(path)?;
    socket.set_read_timeout(press.patience())?;
    socket.write_all(format!("{}\n", press.words()).as_bytes())?;
    let mut answer = String::new();
    let read = BufReader::new(socket).take(LONGEST).read_line(&mut answer);
    let answer = answer.trim_end();
    Ok(match (read, answer.strip_prefix(REFUSED)) {
        (Ok(_), _) if answer == DONE => Outcome::Done,
        (Ok(_), Some(why)) => Outcome::Refused(why.to_owned()),
        (Ok(_), None) => Outcome::Refused("nervad ended before it had answered; press the key again".into()),
        (Err(error), _) => Outcome::Refused(format!("nervad did not answer: {error}; `nerva status` says more")),
    })
}

/// Listens until it is dropped.
#[derive(Debug)]
pub struct Listening {
    path: PathBuf,
    task: JoinHandle<()>,
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.task.abort();
        if let Err(error) = fs::remove_file(&self.path) {
            tracing::debug!("{} stays: {error}", self.path.display());
        }
    }
}

/// Listens at `path`, in the place of a process that was killed. Only the owner of the bus name may do that.
pub fn listen(path: PathBuf, commands: Commands) -> io::Result<Listening> {
    if let Some(folder) = path.parent() {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    match fs::remove_file(&path) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let listener = tokio::net::UnixListener::bind(&path)?;
    let task = tokio::spawn(async move {
        loop {
            match listener.accept().await {
                Ok((peer, _)) => drop(tokio::spawn(answer(peer, commands.clone()))),
                Err(error) => {
                    tracing::warn!("a hotkey could not be heard: {error}; close what has many files open");
                    tokio::time::sleep(REST).await;
                }
            }
        }
    });
    Ok(Listening { path, task })
}

/// Serves one peer. One that is gone or says something else gets no answer that it could read.
async fn answer(mut peer: tokio::net::UnixStream, commands: Commands) {
    let (read, mut write) = peer.split();
    let mut word = String::new();
    let mut read = tokio::io::BufReader::new(read.take(LONGEST));
    if !matches!(tokio::time::timeout(PATIENCE, read.read_line(&mut word)).await, Ok(Ok(_))) {
        return;
    }
    let line = match Press::from_words(word.trim_end()) {
        None => format!(
            "{REFUSED}`{}` is nothing that a hotkey does; `nerva-ui --help` lists what is\n",
            word.trim_end().escape_debug()
        ),
        Some(press) => {
            let outcome = tokio::select! {
                // The command is sent before anything else is waited for.
                biased;
                outcome = carry_out(press, &commands) => outcome,
                _ = read.read_u8() => return,
            };
            match outcome {
                Ok(()) => format!("{DONE}\n"),
                Err(why) => format!("{REFUSED}{}\n", why.replace('\n', " ")),
            }
        }
    };
    if let Err(error) = write.write_all(line.as_bytes()).await {
        tracing::debug!("the hotkey did not wait for its answer: {error}");
    }
}

async fn carry_out(press: Press, commands: &Commands) -> Result<(), String> {
    let ended = || "nervad is ending; press the key again and it is started anew".to_owned();
    let (sender, reply) = oneshot::channel();
    let envelope = Envelope { command: press.command(), reply: ReplyTo::Once(sender) };
    commands.send(envelope).map_err(|_| ended())?;
    match reply.await.map_err(|_| ended())? {
        Reply::Refused { why } => Err(why),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::mpsc;

    use super::*;

    /// Presses what `words` say at a nervad that answers `reply`, and tells what came back and what it was asked.
    async fn pressed(words: &'static str, reply: Option<Reply>) -> (String, Option<Command>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("nerva/hotkey");
        let (commands, mut inbox) = mpsc::unbounded_channel::<Envelope>();
        let _listening = listen(path.clone(), commands).unwrap();
        let peer = tokio::task::spawn_blocking(move || {
            let mut socket = UnixStream::connect(path).unwrap();
            socket.write_all(words.as_bytes()).unwrap();
            let mut answer = String::new();
            // What was sent in vain resets the connection after the answer.
            let _ = BufReader::new(socket).read_line(&mut answer).unwrap();
            answer
        });
        let mut asked = None;
        if let Some(reply) = reply {
            let Envelope { command, reply: ReplyTo::Once(to) } = inbox.recv().await.unwrap() else { panic!("a reply") };
            asked = Some(command);
            to.send(reply).unwrap();
        }
        (peer.await.unwrap(), asked)
    }

    #[tokio::test]
    async fn a_press_is_answered_when_it_was_carried_out() {
        for (words, press) in Press::ALL {
            assert_eq!(press.words(), words);
            let words = format!("{words}\n").leak();
            assert_eq!(pressed(words, Some(Reply::Done)).await, ("done\n".into(), Some(press.command())));
        }
        let why = Reply::Refused { why: "it was started\nwith --headless".into() };
        assert_eq!(pressed("show\n", Some(why)).await.0, "refused it was started with --headless\n");
    }

    #[tokio::test]
    async fn nothing_else_is_carried_out() {
        let (answer, asked) = pressed("quit\x1b\n", None).await;
        assert_eq!(
            (answer.as_str(), asked),
            ("refused `quit\\u{1b}` is nothing that a hotkey does; `nerva-ui --help` lists what is\n", None)
        );
        let flood: &'static str = "show".repeat(10_000).leak();
        let (answer, asked) = pressed(flood, None).await;
        assert!(answer.starts_with("refused ") && answer.len() < 2_000 && asked.is_none(), "{answer}");
    }

    #[tokio::test]
    async fn a_picture_is_not_wanted_by_a_peer_that_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("nerva/hotkey");
        let (commands, mut inbox) = mpsc::unbounded_channel::<Envelope>();
        let _listening = listen(path.clone(), commands).unwrap();
        let mut peer = UnixStream::connect(path).unwrap();
        peer.write_all(b"capture region\n").unwrap();
        let Envelope { reply: ReplyTo::Once(mut to), .. } = inbox.recv().await.unwrap() else { panic!("a reply") };
        assert!(!to.is_closed());
        drop(peer);
        to.closed().await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn who_listened_before_leaves_nothing_in_the_way() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("nerva/hotkey");
        let (commands, inbox) = mpsc::unbounded_channel::<Envelope>();
        // A killed process leaves its socket.
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
        assert_eq!(call(&path, Press::Toggle).unwrap_err().kind(), ErrorKind::ConnectionRefused);
        let listening = listen(path.clone(), commands).unwrap();
        drop(inbox);
        let Ok(Outcome::Refused(why)) = call(&path, Press::Toggle) else { panic!("nobody carries it out") };
        assert!(why.contains("nervad is ending"), "{why}");
        drop(listening);
        assert_eq!(call(&path, Press::Toggle).unwrap_err().kind(), ErrorKind::NotFound);
    }
}
