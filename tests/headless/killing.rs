//! nervad is killed while an answer streams: what had come is there, but for the last second, and it says so.

use std::time::Instant;

use ::nerva::model::Reply;
use serde_json::json;

use super::conversations::execute;
use super::model_server::{Answer, ModelServer};
use super::nerva::Nerva;
use crate::due::{Sent, due, kept};

#[tokio::test]
async fn a_kill_at_any_moment_loses_at_most_the_last_second() {
    // At different points of the half second after which is written.
    for pieces in [1, 37, 74, 111, 163] {
        let sent = Sent::default();
        let numbers = sent.clone();
        let server = ModelServer::start(move |_| Answer::numbers(&numbers));
        let mut nerva = Nerva::start(&server.config());
        let mut asking = nerva.spawn(&["ask", "count"]);
        nerva.until("pieces to be sent", |_| due(&sent, Instant::now()) >= pieces);
        let killed = Instant::now();
        nerva.kill();
        assert_eq!(asking.wait().expect("the asker").code(), Some(1));
        let due = due(&sent, killed);
        nerva.restart();

        let sessions = nerva.sessions();
        let answer = &sessions[0]["messages"][1];
        let kept = kept(answer["parts"][0]["text"].as_str().unwrap_or_default());
        assert!(kept >= due, "{kept} pieces of {due} that were sent more than a second before");
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
