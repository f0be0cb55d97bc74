//! nervad is killed while an answer streams: what had come is there, but for the last second, and it says so.

use std::time::{Duration, Instant};

use ::nerva::model::Reply;
use serde_json::json;

use super::conversations::execute;
use super::model_server::{Answer, ModelServer, Sent};
use super::nerva::Nerva;

/// How many pieces must be kept by a process that is killed now: those that were sent more than a second ago. A machine
/// that is busy holds up the server as it does nervad, so that a second is longer there by the longest pause between two
/// pieces, several times over.
fn due(sent: &[Instant], killed: Instant) -> usize {
    let pause = sent.windows(2).map(|two| two[1] - two[0]).max().unwrap_or_default();
    let spared = Duration::from_secs(1) + 10 * pause;
    sent.iter().filter(|at| killed.duration_since(**at) > spared).count()
}

#[tokio::test]
async fn a_kill_at_any_moment_loses_at_most_the_last_second() {
    // At different points of the half second after which is written.
    for pieces in [1, 37, 74, 111, 163] {
        let sent = Sent::default();
        let numbers = sent.clone();
        let server = ModelServer::start(move |_| Answer::numbers(&numbers));
        let mut nerva = Nerva::start(&server.config());
        let mut asking = nerva.spawn(&["ask", "count"]);
        nerva.until("pieces to be sent", |_| due(&sent.lock().expect("the times"), Instant::now()) >= pieces);
        let killed = Instant::now();
        nerva.kill();
        assert_eq!(asking.wait().expect("the asker").code(), Some(1));
        let due = due(&sent.lock().expect("the times"), killed);
        nerva.restart();

        let sessions = nerva.sessions();
        let answer = &sessions[0]["messages"][1];
        let kept = answer["parts"][0]["text"].as_str().unwrap_or_default();
        let numbers: Vec<usize> = kept.split_whitespace().filter_map(|number| number.parse().ok()).collect();
        assert!(numbers.iter().copied().eq(0..numbers.len()), "not what was sent: {kept}");
        assert!(numbers.len() >= due, "{} pieces of {due} that were sent more than a second before", numbers.len());
        assert_eq!(answer["state"]["state"], "interrupted", "{answer}");
        let list = nerva.run(&["sessions", "list"]).stdout;
        assert!(list.contains("(interrupted)"), "{list}");
        // It is open as it was left, and can be asked for again.
        let bus = nerva.connect().await;
        let open = json!({"command": "open", "conversation": sessions[0]["id"]});
        assert_eq!(execute(&bus, open).await, Reply::Done);
        assert_eq!(nerva.status()["conversation"], sessions[0]["id"]);
        assert_eq!(nerva.sessions(), sessions);
    }
}
