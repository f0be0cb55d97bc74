//! What the machine asks to be saved, saved for real and read again.

use std::sync::Arc;

use nerva::history::History;
use nerva::model::{Conversation, Message, MessageState};
use proptest::prelude::*;

use crate::run::{Run, steps};

/// The conversation as it is found after a restart.
fn found_again(conversation: Conversation) -> Conversation {
    let found = |message: Arc<Message>| {
        let state = if message.state.is_live() { MessageState::Interrupted } else { message.state.clone() };
        Arc::new(Message { state, ..Message::clone(&message) })
    };
    Conversation { messages: conversation.messages.into_iter().map(found).collect(), ..conversation }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_run_is_found_again_as_it_was(steps in steps()) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("history.db");
            let (history, fault) = History::open(&path).unwrap();
            assert_eq!(fault, None);
            let mut run = Run::new();
            let mut expected = None;
            for step in &steps {
                history.save(run.take(step)).await.unwrap();
                let saved = run.replay.conversation(run.machine.conversation());
                let there = (!saved.messages.is_empty()).then_some(saved);
                expected = there.map(found_again);
                // A restart of the machine alone ends what the history still holds as live.
                let loaded = history.load(run.machine.conversation().id).await.unwrap();
                assert_eq!(loaded.map(found_again), expected);
            }
            let began = run.machine.conversation();
            history.close().await.unwrap();

            let (history, fault) = History::open(&path).unwrap();
            assert_eq!(fault, None);
            assert_eq!(history.load(began.id).await.unwrap(), expected);
            let ended = expected.iter().flat_map(|conversation| &conversation.messages);
            assert!(ended.filter(|message| message.ended_at.is_none()).all(|message| message.state == MessageState::Interrupted));
        });
    }
}
