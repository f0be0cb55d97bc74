//! What all sockets of compositors have in common: a bounded wait, a bounded answer, and what is said when it fails.
//!
//! No crate for it: each protocol is one request and one answer in JSON, and the crates there are bring either all of a
//! compositor's types in one version, which the next release of the compositor breaks, or blocking calls without a limit.

use std::future::Future;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::net::UnixStream;

use super::Kind;
use crate::model::{Area, Fault, FaultKind, Transform};

/// A socket that does not answer for so long is taken for dead. These answers take a millisecond, but a compositor that
/// draws without a graphics card, or loads what a program shows first, is away for seconds.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long until it is asked again where too many wait already.
const AGAIN: Duration = Duration::from_millis(10);
/// A longer answer is none; a thousand windows are below 2 MB.
pub const LONGEST: usize = 32 << 20;

/// Connects, lets `talk` ask, and reads its answer as JSON; all of it within the limit.
pub async fn ask<F>(kind: Kind, socket: &Path, talk: impl FnOnce(UnixStream) -> F) -> Result<Value, Fault>
where
    F: Future<Output = std::io::Result<Vec<u8>>>,
{
    let asked = async { talk(connect(socket).await?).await };
    let name = kind.name();
    let answer = match tokio::time::timeout(PATIENCE, asked).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(error)) => {
            return Err(Fault::new(
                FaultKind::Desktop,
                format!("{name} does not answer at {}", socket.display()),
                format!("{error}. Where {name} was started anew since, restart nervad inside the new session."),
            ));
        }
        Err(_) => {
            return Err(Fault::new(
                FaultKind::Timeout,
                format!("{name} is silent at {}", socket.display()),
                format!("It took the question and gave no answer for {} seconds; try again.", PATIENCE.as_secs()),
            ));
        }
    };
    serde_json::from_slice(&answer).map_err(|error| garbage(kind, &error.to_string()))
}

/// A compositor that is busy lets only a few wait: who comes then is told to come again.
async fn connect(socket: &Path) -> std::io::Result<UnixStream> {
    loop {
        match UnixStream::connect(socket).await {
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => tokio::time::sleep(AGAIN).await,
            other => return other,
        }
    }
}

/// The answer is not of the protocol.
pub fn garbage(kind: Kind, what: &str) -> Fault {
    Fault::new(
        FaultKind::Garbage,
        format!("{} gave an answer that Nerva does not understand", kind.name()),
        format!("{what}. A newer version of Nerva may; until then take a region or a whole screen."),
    )
}

/// Everything up to the end of the stream, as long as that is not too much.
pub async fn to_end(stream: impl AsyncRead + Unpin) -> std::io::Result<Vec<u8>> {
    let mut answer = Vec::new();
    let limit = LONGEST as u64 + 1;
    stream.take(limit).read_to_end(&mut answer).await?;
    if answer.len() > LONGEST {
        return Err(std::io::Error::other("the answer is too long"));
    }
    Ok(answer)
}

/// A text field; empty where it is missing or null.
pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// `{x, y, width, height}`, as long as it has an extent.
pub fn rectangle(value: &Value) -> Option<Area> {
    let number = |key: &str| value[key].as_f64();
    placed(number("x")?, number("y")?, number("width")?, number("height")?)
}

/// An area, as long as it has an extent.
pub fn placed(x: f64, y: f64, width: f64, height: f64) -> Option<Area> {
    (width > 0.0 && height > 0.0).then_some(Area { x, y, width, height })
}

/// The transform with the protocol's number.
pub fn transform(number: &Value) -> Option<Transform> {
    Transform::ALL.get(usize::try_from(number.as_u64()?).ok()?).copied()
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixListener;

    use super::super::Compositor;
    use super::*;

    async fn fault(kind: Kind, listener: impl FnOnce(&Path)) -> Fault {
        let folder = tempfile::tempdir().expect("a folder");
        let socket = folder.path().join("socket");
        listener(&socket);
        Compositor::at(kind, &socket).windows().await.expect_err("a fault")
    }

    const ALL: [Kind; 3] = [Kind::Sway, Kind::Hyprland, Kind::Niri];

    #[tokio::test]
    async fn a_dead_socket_is_a_fault() {
        for kind in ALL {
            assert_eq!(fault(kind, |_| ()).await.kind, FaultKind::Desktop, "{kind:?}: no file");
            let bound_and_gone = |path: &Path| drop(UnixListener::bind(path).expect("a socket"));
            assert_eq!(fault(kind, bound_and_gone).await.kind, FaultKind::Desktop, "{kind:?}: nobody listens");
        }
    }

    #[tokio::test]
    async fn a_silent_socket_is_a_fault() {
        let found = ALL.map(|kind| async move {
            let mut kept = None;
            fault(kind, |path| kept = Some(UnixListener::bind(path).expect("a socket"))).await.kind
        });
        assert_eq!(futures::future::join_all(found).await, [FaultKind::Timeout; 3]);
    }

    #[tokio::test]
    async fn where_too_many_wait_it_is_asked_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let socket = folder.path().join("socket");
        let listener = UnixListener::bind(&socket).expect("a socket");
        rustix::net::listen(&listener, 0).expect("room for one");
        let _first = std::os::unix::net::UnixStream::connect(&socket).expect("the one");
        let asking = tokio::spawn(async move { Compositor::at(Kind::Hyprland, &socket).pointer().await });
        tokio::task::yield_now().await;
        // It has been turned away by now; whoever came first is served, then the other.
        let served = std::thread::spawn(move || {
            listener.accept().expect("the first");
            let (mut stream, _) = listener.accept().expect("the other");
            std::io::Read::read_exact(&mut stream, &mut [0; 11]).expect("j/cursorpos");
            std::io::Write::write_all(&mut stream, b"{\"x\": 1, \"y\": 2}").expect("an answer");
        });
        assert_eq!(asking.await.expect("a task").expect("an answer"), Some((1.0, 2.0)));
        served.join().expect("served");
    }

    #[tokio::test]
    async fn an_answer_of_another_protocol_is_a_fault() {
        for kind in ALL {
            let talkative = |path: &Path| {
                let listener = tokio::net::UnixListener::bind(path).expect("a socket");
                tokio::spawn(async move {
                    while let Ok((mut stream, _)) = listener.accept().await {
                        let _ = tokio::io::AsyncWriteExt::write_all(&mut stream, b"HTTP/1.1 400 Bad Request\n").await;
                    }
                });
            };
            let found = fault(kind, talkative).await.kind;
            assert!(matches!(found, FaultKind::Garbage | FaultKind::Desktop), "{kind:?}: {found:?}");
        }
    }

    #[tokio::test]
    async fn an_endless_answer_is_cut() {
        assert!(to_end(tokio::io::repeat(b'x')).await.is_err());
    }
}
