//! A process that is killed while an answer streams loses nothing that was acknowledged.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use nerva::agent::{Effect, Event, Machine, Timer};
use nerva::history::History;
use nerva::model::{ConversationId, Delta, MessageId, MessageState, RequestId, Save, Timestamp};
use uuid::Uuid;

use crate::run::model;

/// Tells the child where its history is; without it, the child's test has nothing to do.
const PLACE: &str = "NERVA_TEST_KILL";

fn conversation() -> ConversationId {
    ConversationId(Uuid::from_u128(1))
}

/// The child: streams numbers without end and says after each write up to which one is safe.
async fn stream_for_ever(path: &Path) {
    let (history, fault) = History::open(path).unwrap();
    assert_eq!(fault, None);
    let mut machine = Machine::new(conversation(), Timestamp(0), String::new());
    let at = Timestamp(1);
    let saves = |effects: Vec<Effect>| -> Vec<Save> {
        effects
            .into_iter()
            .filter_map(|effect| if let Effect::Save(save) = effect { Some(save) } else { None })
            .collect()
    };
    let question = MessageId(Uuid::from_u128(2));
    let answer = MessageId(Uuid::from_u128(3));
    let asked = Event::Asked { at, question, answer, text: "Count".into(), images: Vec::new(), model: model(0) };
    history.save(saves(machine.handle(asked))).await.unwrap();
    let request = RequestId(1);
    for number in 0_u64.. {
        let delta = Delta::Text { text: format!("{number} ") };
        let mut effects = machine.handle(Event::Streamed { at, request, delta });
        if number.is_multiple_of(3) {
            effects.extend(machine.handle(Event::Fired { at, timer: Timer::Flush(request) }));
        }
        let saves = saves(effects);
        if !saves.is_empty() {
            history.save(saves).await.unwrap();
            let mut out = std::io::stdout();
            writeln!(out, "\nsafe {number}").unwrap();
            out.flush().unwrap();
        }
    }
}

#[tokio::test]
async fn a_kill_at_any_moment_loses_nothing_acknowledged() {
    if let Some(path) = std::env::var_os(PLACE) {
        return stream_for_ever(Path::new(&path)).await;
    }
    // The child is killed right after one of its reports, while it is busy with what comes next.
    for reports in [1, 2, 3, 7, 20, 61, 150, 400] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("history.db");
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "kill::a_kill_at_any_moment_loses_nothing_acknowledged", "--nocapture"])
            .env(PLACE, &path)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let safe = output
            .lines()
            .filter_map(|line| line.unwrap().strip_prefix("safe ").map(|number| number.parse::<u64>().unwrap()))
            .nth(reports - 1)
            .expect("the child ended by itself");
        child.kill().unwrap();
        child.wait().unwrap();

        let (history, fault) = History::open(&path).unwrap();
        assert_eq!(fault, None, "the file is damaged");
        let found = history.load(conversation()).await.unwrap().unwrap();
        assert_eq!(found.title, "Count");
        assert_eq!(found.messages.len(), 2);
        assert_eq!(found.messages[1].state, MessageState::Interrupted);
        let text = found.messages[1].parts[0].growing().unwrap().to_string();
        let numbers: Vec<u64> = text.split_whitespace().map(|number| number.parse().unwrap()).collect();
        assert!(numbers.iter().copied().eq(0..numbers.len() as u64), "not what was streamed: {text}");
        assert!(numbers.len() as u64 > safe, "acknowledged up to {safe}, found {}", numbers.len());
        assert!(history.list(1).await.unwrap()[0].interrupted);
    }
}
