//! The object on the bus as other programs call it: wrong calls, waiting, and the order of calls.

use std::collections::HashMap;
use std::fs::Permissions;
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use ::nerva::ipc::{INTERFACE, NAME, PATH};
use ::nerva::model::{Activity, Command, Reply};
use futures::{FutureExt as _, StreamExt as _};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use serde::Serialize;
use zbus::message::Type;
use zbus::zvariant::{DynamicType, Fd};
use zbus::{Connection, Message, MessageStream, fdo};

use super::model_server::{Answer, ModelServer};
use super::nerva::{Bus, Nerva, within};

pub async fn call<B: Serialize + DynamicType>(bus: &Connection, method: &str, body: &B) -> zbus::Result<Message> {
    within(method, bus.call_method(Some(NAME), PATH, Some(INTERFACE), method, body)).await
}

async fn wait(bus: &Connection, condition: &str, milliseconds: u32) -> zbus::Result<bool> {
    call(bus, "Wait", &(condition, milliseconds)).await?.body().deserialize()
}

/// What a refused call says, with the name of its error.
fn refusal(outcome: zbus::Result<Message>) -> (String, String) {
    match outcome {
        Err(zbus::Error::MethodError(name, Some(words), _)) => (name.to_string(), words),
        other => panic!("it should have been refused: {other:?}"),
    }
}

#[tokio::test]
async fn a_command_that_is_none_is_refused_by_what_is_wrong_with_it() {
    let nerva = Nerva::start("");
    let bus = nerva.connect().await;
    for (command, named) in [
        ("", "EOF"),
        ("{", "EOF"),
        ("toggle", "line 1"),
        (r#"{"command":"dance"}"#, "dance"),
        (r#"{"command":"open"}"#, "conversation"),
        (r#"{"command":"pause","on":"yes"}"#, "bool"),
    ] {
        let (name, words) = refusal(call(&bus, "Execute", &(command,)).await);
        assert_eq!(name, "org.freedesktop.DBus.Error.InvalidArgs", "{command}: {words}");
        assert!(words.starts_with("this is not a command in JSON") && words.contains(named), "{command}: {words}");
    }
    let (reader, writer) = std::io::pipe().expect("a pipe");
    let (_, words) = refusal(call(&bus, "Ask", &(r#"{"txt":"hi"}"#, Fd::from(&writer))).await);
    assert!(words.starts_with("this is not a question in JSON") && words.contains("text"), "{words}");
    drop(reader);
    refusal(call(&bus, "Execute", &(7_u32,)).await);
    refusal(call(&bus, "Dance", &()).await);
    assert!(nerva.status()["pid"].is_u64(), "it lives");
}

#[tokio::test]
async fn a_question_wants_the_writing_end_of_a_pipe() {
    let server = ModelServer::start(|_| Answer::words(&["hi"]));
    let nerva = Nerva::start(&server.config());
    let bus = nerva.connect().await;
    let (reader, writer) = std::io::pipe().expect("a pipe");
    let file = std::fs::File::create(nerva.folder().join("file")).expect("a file");
    let (socket, _other) = UnixStream::pair().expect("sockets");
    for (what, fd) in [("a file", OwnedFd::from(file)), ("a socket", socket.into()), ("the reading end", reader.into())]
    {
        let (name, words) = refusal(call(&bus, "Ask", &(r#"{"text":"hi"}"#, Fd::from(&fd))).await);
        assert_eq!(name, "org.freedesktop.DBus.Error.InvalidArgs", "{what}: {words}");
        assert!(words.contains("has to be a pipe"), "{what}: {words}");
    }
    drop(writer);
    assert!(server.heads().is_empty(), "nothing was asked");
    assert_eq!(nerva.run(&["ask", "hi"]).stdout.trim_end(), "hi", "a real pipe is taken");
}

#[tokio::test]
async fn waiting_ends_when_it_holds_or_when_its_time_is_over() {
    let server = ModelServer::start(|_| Answer::endless("tick "));
    let nerva = Nerva::start(&server.config());
    let bus = nerva.connect().await;
    assert_eq!(wait(&bus, "idle", 60_000).await, Ok(true), "it holds already");
    assert_eq!(wait(&bus, "answering", 1).await, Ok(false), "its time is over");
    let (_, words) = refusal(call(&bus, "Wait", &("asleep", 1_u32)).await);
    assert!(words.contains("visible, hidden, idle, answering or needs_you"), "{words}");
    let waiting = tokio::spawn({
        let bus = bus.clone();
        async move { wait(&bus, "answering", 60_000).await }
    });
    let mut asking = nerva.spawn(&["ask", "never stop"]);
    assert_eq!(waiting.await.expect("the task"), Ok(true), "it holds now");
    nerva.interrupt(&asking);
    asking.wait().expect("the asker");
    assert_eq!(wait(&bus, "idle", 60_000).await, Ok(true), "it holds again");
}

#[tokio::test]
async fn the_answer_ends_when_its_asker_goes_without_having_read_it() {
    let server = ModelServer::start(|_| Answer::endless("tick ").every(Duration::ZERO));
    let nerva = Nerva::start(&server.config());
    let bus = nerva.connect().await;
    // Whether the next word or the end of the pipe is met first is a matter of luck.
    for _ in 0..8 {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        call(&bus, "Ask", &(r#"{"text":"never stop"}"#, Fd::from(&writer))).await.expect("asked");
        nerva.until("a full pipe", |_| {
            let mut room = [PollFd::new(&writer, PollFlags::OUT)];
            poll(&mut room, Some(&Timespec { tv_sec: 0, tv_nsec: 0 })) == Ok(0)
        });
        assert_eq!(nerva.status()["activity"], "answering");
        drop(reader);
        nerva.until("the end of the answer", |nerva| nerva.status()["activity"] == "idle");
    }
}

#[tokio::test]
async fn whoever_waits_keeps_nobody_waiting_and_hears_of_the_end() {
    let nerva = Nerva::start("");
    let bus = nerva.connect().await;
    let waiting = wait(&bus, "visible", 3_600_000);
    let mut waiting = std::pin::pin!(waiting);
    // Polled once, it is sent before what follows.
    assert!(waiting.as_mut().now_or_never().is_none());
    call(&bus, "Execute", &(r#"{"command":"status"}"#,)).await.expect("an answer meanwhile");
    assert!(waiting.as_mut().now_or_never().is_none(), "still waiting");
    call(&bus, "Quit", &()).await.expect("the end");
    assert!(waiting.await.is_err(), "nobody can wait for what has ended");
}

#[tokio::test]
async fn calls_are_carried_out_in_the_order_in_which_they_were_sent() {
    let nerva = Nerva::start("");
    let bus = nerva.connect().await;
    let mut replies = MessageStream::from(&bus);
    let execute = |command: &Command| {
        let json = serde_json::to_string(command).expect("JSON");
        Message::method_call(PATH, "Execute")
            .and_then(|call| call.destination(NAME)?.interface(INTERFACE)?.build(&(json,)))
            .expect("a message")
    };
    let mut overtaken = 0;
    for _ in 0..10 {
        let mut asked = Vec::new();
        // The bus takes 128 calls that wait for their replies.
        for number in 0..60 {
            bus.send(&execute(&Command::Pause { on: number % 2 == 0 })).await.expect("sent");
            let status = execute(&Command::Status);
            asked.push((Some(status.primary_header().serial_num()), number % 2 == 0));
            bus.send(&status).await.expect("sent");
        }
        while !asked.is_empty() {
            let reply = within("all replies", replies.next()).await.expect("the bus").expect("a message");
            let to = asked.iter().position(|(serial, _)| *serial == reply.header().reply_serial());
            let Some((_, paused)) = to.map(|at| asked.swap_remove(at)) else { continue };
            assert_eq!(reply.message_type(), Type::MethodReturn, "{reply:?}");
            let body = reply.body();
            let reply = serde_json::from_str(body.deserialize().expect("text")).expect("a reply");
            let Reply::Status { status } = reply else { panic!("{reply:?}") };
            overtaken += usize::from((status.activity == Activity::Paused) != paused);
        }
    }
    assert_eq!(overtaken, 0, "of 600 calls so many were overtaken");
}

/// Whether nervad says that a picture is being taken already.
fn is_taking(nerva: &Nerva) -> bool {
    nerva.run(&["capture", "screen"]).stderr.contains("being taken already")
}

/// Whether nervad tries to take one: there is no screen here.
fn tries(nerva: &Nerva) -> bool {
    nerva.run(&["capture", "screen"]).stderr.contains("There is no screen")
}

/// Asks for a picture that is to wait, until one does: asking whether it waits may have been first.
fn wait_for_picture(nerva: &Nerva) -> std::process::Child {
    let asking = std::cell::RefCell::new(nerva.spawn(&["capture", "screen", "--delay", "600"]));
    nerva.until("the picture to be waited for", |nerva| {
        let ended = asking.borrow_mut().try_wait().expect("the asker").is_some();
        if ended {
            *asking.borrow_mut() = nerva.spawn(&["capture", "screen", "--delay", "600"]);
        }
        !ended && is_taking(nerva)
    });
    asking.into_inner()
}

/// How many rules the bus keeps for this connection.
async fn rules(bus: &Connection, of: &str) -> usize {
    let stats = ("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus.Debug.Stats");
    let told = bus.call_method(Some(stats.0), stats.1, Some(stats.2), "GetAllMatchRules", &()).await.expect("rules");
    let all: HashMap<String, Vec<String>> = told.body().deserialize().expect("names and their rules");
    all.get(of).map_or(0, Vec::len)
}

#[tokio::test]
async fn a_capture_that_is_refused_at_once_leaves_nothing_at_the_bus() {
    let nerva = Nerva::start("");
    let bus = nerva.connect().await;
    let owner = fdo::DBusProxy::new(&bus).await.expect("the bus");
    let owner = owner.get_name_owner(NAME.try_into().expect("a name")).await.expect("nervad").to_string();
    let before = rules(&bus, &owner).await;
    for _ in 0..20 {
        assert!(tries(&nerva));
    }
    let begun = Instant::now();
    while rules(&bus, &owner).await > before {
        assert!(begun.elapsed() < Duration::from_secs(30), "{} rules more", rules(&bus, &owner).await - before);
    }
}

#[test]
fn a_picture_that_is_to_wait_is_given_up_with_its_asker_and_by_halt() {
    let nerva = Nerva::start("");
    let mut asking = wait_for_picture(&nerva);
    nerva.interrupt(&asking);
    assert_eq!(asking.wait().expect("the asker").code(), Some(130));
    nerva.until("it to be given up", tries);
    let asking = std::cell::RefCell::new(wait_for_picture(&nerva));
    assert_eq!(nerva.run(&["halt"]).status, Some(0));
    let ended = || asking.borrow_mut().try_wait().expect("the asker").and_then(|status| status.code());
    nerva.until("its asker to be told", |_| ended() == Some(1));
    assert_eq!(nerva.run(&["resume"]).status, Some(0));
    assert!(tries(&nerva));
}

#[tokio::test]
async fn a_question_to_the_overlay_does_not_name_a_conversation() {
    let server = ModelServer::start(|_| Answer::words(&["hi"]));
    let nerva = Nerva::start(&server.config());
    let bus = nerva.connect().await;
    assert_eq!(nerva.run(&["ask", "hello"]).status, Some(0));
    let id = &nerva.sessions()[0]["id"];
    let ask = format!(r#"{{"command":"ask","text":"and then?","conversation":{id}}}"#);
    let reply: String = call(&bus, "Execute", &(ask,)).await.expect("a reply").body().deserialize().expect("JSON");
    assert!(reply.contains("refused") && reply.contains("open that one first"), "{reply}");
    assert_eq!(nerva.status()["activity"], "idle");
    assert_eq!(nerva.sessions().as_array().map(Vec::len), Some(1), "nothing else was asked");
}

#[tokio::test]
async fn an_address_that_can_not_be_opened_is_not_in_the_log() {
    let bus = Bus::start();
    let programs = bus.folder().join("programs");
    std::fs::create_dir(&programs).expect("a folder");
    std::fs::write(programs.join("xdg-open"), "#!/bin/sh\nexit 4\n").expect("a program");
    std::fs::set_permissions(programs.join("xdg-open"), Permissions::from_mode(0o755)).expect("a program");
    let path = format!("{}:{}", programs.display(), std::env::var("PATH").expect("PATH"));
    let nerva = bus.env("PATH", &path).nervad("");
    let bus = nerva.connect().await;
    let open = r#"{"command":"open_url","url":"https://example.org/whispered"}"#;
    call(&bus, "Execute", &(open,)).await.expect("a reply");
    nerva.until("a card", |nerva| nerva.status()["notices"].to_string().contains("could not be opened"));
    let log = nerva.log();
    assert!(log.contains("The address could not be opened") && !log.contains("whispered"), "{log}");
}
