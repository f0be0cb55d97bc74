//! The transitions of a conversation, one by one. Random orders of events are tried in `tests/conversation`.

mod acting;

use super::*;
use crate::model::{Fault, FaultKind, Happened, MediaType, Remedy, StopReason};

fn id(number: u128) -> MessageId {
    MessageId(uuid::Uuid::from_u128(number))
}

fn model(name: &str) -> ModelRef {
    ModelRef { provider: "p".into(), model: name.into() }
}

fn machine() -> Machine {
    Machine::new(ConversationId(uuid::Uuid::from_u128(7)), Timestamp(1), "be brief".into())
}

fn asked(number: u128, text: &str) -> Event {
    Event::Asked {
        at: Timestamp(10),
        question: id(number),
        answer: id(number + 1),
        text: text.into(),
        images: Vec::new(),
        model: model("m"),
    }
}

fn streamed(request: u64, delta: Delta) -> Event {
    Event::Streamed { at: Timestamp(20), request: RequestId(request), delta }
}

fn says(request: u64, text: &str) -> Event {
    streamed(request, Delta::Text { text: text.into() })
}

fn finished(request: u64) -> Event {
    let next = (id(1000 + u128::from(request)), id(2000 + u128::from(request)));
    Event::Finished { at: Timestamp(30), request: RequestId(request), next }
}

fn failed(request: u64) -> Event {
    let fault = Fault::new(FaultKind::Incomplete, "The stream ended early", "Ask again.");
    Event::Failed { at: Timestamp(30), request: RequestId(request), fault }
}

fn regenerated(answer: u128) -> Event {
    Event::Regenerated { at: Timestamp(40), answer: id(answer), model: model("m") }
}

fn fired(request: u64) -> Event {
    Event::Fired { at: Timestamp(25), timer: Timer::Flush(RequestId(request)) }
}

/// Effects in a few words each.
fn words(effects: &[Effect]) -> Vec<String> {
    let word = |effect: &Effect| match effect {
        Effect::Save(Save::Conversation(_)) => "conversation".into(),
        Effect::Save(Save::Message { position, message, .. }) => {
            format!("message {position} {}", state(&message.state))
        }
        Effect::Save(Save::Append { part, text, .. }) => format!("append {part} {text:?}"),
        Effect::Save(Save::Truncate { from, .. }) => format!("truncate {from}"),
        Effect::Stream { request, .. } => format!("stream {}", request.0),
        Effect::Abort { request } => format!("abort {}", request.0),
        Effect::Prepare { call, action } => format!("prepare {} {}", call.0, action.tool()),
        Effect::Ask { call, action, .. } => format!("ask {} {}", call.0, action.tool()),
        Effect::Run { call, action, grant } => format!("run {} {} {}", call.0, action.tool(), grant.words()),
        Effect::Record(Happened::Denied { why, .. }) => format!("denied: {why}"),
        Effect::Record(other) => format!("{other:?}"),
        Effect::Cancel { call } => format!("cancel {}", call.0),
        Effect::Arm { timer: Timer::Flush(request), after } => format!("arm {} {}", request.0, after.as_millis()),
        Effect::Arm { timer: Timer::Over { run }, after } => format!("over {run} {}", after.as_millis()),
    };
    effects.iter().map(word).collect()
}

fn state(state: &MessageState) -> &'static str {
    match state {
        MessageState::Waiting => "waiting",
        MessageState::Streaming => "streaming",
        MessageState::Complete => "complete",
        MessageState::Stopped => "stopped",
        MessageState::Interrupted => "interrupted",
        MessageState::Failed { .. } => "failed",
    }
}

/// Feeds these; the effects of the last.
fn feed(machine: &mut Machine, events: impl IntoIterator<Item = Event>) -> Vec<String> {
    let mut last = Vec::new();
    for event in events {
        last = words(&machine.handle(event));
    }
    last
}

fn last(machine: &Machine) -> &Message {
    machine.conversation().messages.last().unwrap()
}

#[test]
fn a_question_is_saved_before_it_is_asked() {
    let mut machine = machine();
    assert_eq!(
        feed(&mut machine, [asked(1, "Why?\nTell me")]),
        ["conversation", "message 0 complete", "message 1 waiting", "stream 1"]
    );
    assert_eq!(machine.conversation().title, "Why?");
    assert_eq!(machine.streaming(), Some(RequestId(1)));
}

#[test]
fn the_request_holds_system_prompt_and_conversation() {
    let mut machine = machine();
    feed(&mut machine, [asked(1, "one"), says(1, "two"), finished(1)]);
    let effects = machine.handle(asked(3, "three"));
    let Some(Effect::Stream { request: RequestId(2), body }) = effects.last() else { panic!("{effects:?}") };
    assert_eq!(body.model, model("m"));
    assert_eq!(body.prompt.system, "be brief");
    let said: Vec<_> =
        body.prompt.messages.iter().map(|message| message.parts[0].growing().unwrap().to_string()).collect();
    assert_eq!(said, ["one", "two", "three"]);
}

#[test]
fn an_answer_is_written_at_its_first_piece_then_by_what_is_new() {
    let mut machine = machine();
    feed(&mut machine, [asked(1, "q")]);
    assert_eq!(feed(&mut machine, [says(1, "a")]), ["message 1 streaming"]);
    assert_eq!(last(&machine).first_at, Some(Timestamp(20)));
    assert_eq!(feed(&mut machine, [says(1, "b")]), ["arm 1 500"]);
    assert_eq!(feed(&mut machine, [says(1, "c")]), Vec::<String>::new());
    assert_eq!(feed(&mut machine, [fired(1)]), ["append 0 \"bc\""]);
    assert_eq!(feed(&mut machine, [fired(1)]), Vec::<String>::new(), "nothing is new");
    assert_eq!(feed(&mut machine, [says(1, "d")]), ["arm 1 500"]);
    assert_eq!(feed(&mut machine, [finished(1)]), ["message 1 complete", "conversation"]);
    assert_eq!(feed(&mut machine, [fired(1)]), Vec::<String>::new(), "a stale timer");
    assert_eq!(last(&machine).parts[0].growing().unwrap().to_string(), "abcd");
    assert_eq!(last(&machine).ended_at, Some(Timestamp(30)));
    assert_eq!(machine.conversation().updated, Timestamp(30));
}

#[test]
fn growing_text_is_shared_with_whoever_holds_an_older_answer() {
    let mut machine = machine();
    feed(&mut machine, [asked(1, "q"), says(1, "one")]);
    let seen = machine.conversation().clone();
    feed(&mut machine, [says(1, " two")]);
    let (Some(before), Some(now)) =
        (seen.messages[1].parts[0].growing(), machine.conversation().messages[1].parts[0].growing())
    else {
        panic!("no text");
    };
    assert_eq!(before.to_string(), "one");
    assert!(now.continues(before), "the text was copied");
    assert!(Arc::ptr_eq(&seen.messages[0], &machine.conversation().messages[0]));
}

#[test]
fn parts_follow_the_stream() {
    let mut machine = machine();
    feed(&mut machine, [asked(1, "q")]);
    let deltas = [
        Delta::Thinking { text: "h".into() },
        Delta::Thinking { text: "m".into() },
        Delta::ThinkingSignature { signature: "s1".into() },
        Delta::ThinkingSignature { signature: "redacted".into() },
        Delta::Text { text: "see".into() },
        Delta::ToolCall { index: 0, id: "c0".into(), name: "look".into(), signature: None },
        Delta::ToolCall { index: 1, id: "c1".into(), name: "ask".into(), signature: Some("g".into()) },
        Delta::ToolArguments { index: 0, json: "{".into() },
        Delta::ToolArguments { index: 1, json: "[".into() },
        Delta::ToolArguments { index: 0, json: "}".into() },
        Delta::ToolArguments { index: 5, json: "lost".into() },
        Delta::Usage { usage: Usage { output: Some(5), ..Usage::default() } },
        Delta::Stop { reason: StopReason::ToolCalls },
    ];
    feed(&mut machine, deltas.map(|delta| streamed(1, delta)));
    let parts: Vec<_> = last(&machine)
        .parts
        .iter()
        .map(|part| match part {
            Part::Thinking { text, signature } => format!("thinking {text:?} {signature:?}"),
            Part::Text { text } => format!("text {text:?}"),
            Part::ToolCall { call } => format!("{} {} {}", call.id, call.name, call.arguments),
            Part::Image { .. } | Part::ToolResult { .. } => "unexpected".into(),
        })
        .collect();
    let expected =
        ["thinking \"hm\" Some(\"s1\")", "thinking \"\" Some(\"redacted\")", "text \"see\"", "c0 look {}", "c1 ask ["];
    assert_eq!(parts, expected);
    assert_eq!(
        feed(&mut machine, [fired(1)]),
        ["append 0 \"m\"", "append 1 \"\"", "append 2 \"see\"", "append 3 \"{}\"", "append 4 \"[\""]
    );
    feed(&mut machine, [finished(1)]);
    assert_eq!(last(&machine).usage.output, Some(5));
    assert_eq!(last(&machine).stop, Some(StopReason::ToolCalls));
    assert_eq!(last(&machine).state, MessageState::Complete);
}

#[test]
fn a_signature_that_comes_after_its_thinking_was_written_is_written_too() {
    let mut machine = machine();
    feed(&mut machine, [asked(1, "q"), streamed(1, Delta::Thinking { text: "hm".into() }), fired(1)]);
    let signature = Delta::ThinkingSignature { signature: "s".into() };
    assert_eq!(feed(&mut machine, [streamed(1, signature)]), ["arm 1 500"]);
    let effects = machine.handle(fired(1));
    let [Effect::Save(Save::Append { like: Part::Thinking { signature, text }, .. })] = effects.as_slice() else {
        panic!("{effects:?}")
    };
    assert_eq!((signature.as_deref(), text.is_empty()), (Some("s"), true));
}

#[test]
fn the_model_that_really_answers_is_recorded() {
    let mut machine = machine();
    let began = |name| streamed(1, Delta::Began { model: model(name) });
    assert_eq!(feed(&mut machine, [asked(1, "q"), began("m")]), Vec::<String>::new());
    assert_eq!(feed(&mut machine, [began("other")]), ["message 1 waiting"]);
    feed(&mut machine, [says(1, "x"), finished(1)]);
    assert_eq!(last(&machine).model, Some(model("other")));
}

#[test]
fn stopping_keeps_the_text() {
    let mut machine = machine();
    assert_eq!(feed(&mut machine, [Event::Stopped { at: Timestamp(1) }]), Vec::<String>::new());
    let stop = [asked(1, "q"), says(1, "half"), Event::Stopped { at: Timestamp(33) }];
    assert_eq!(feed(&mut machine, stop), ["abort 1", "message 1 stopped", "conversation"]);
    assert!(!machine.is_answering());
    assert_eq!(feed(&mut machine, [says(1, "late"), finished(1), failed(1)]), Vec::<String>::new());
    assert_eq!(last(&machine).parts[0].growing().unwrap().to_string(), "half");
    assert_eq!(last(&machine).state, MessageState::Stopped);
}

#[test]
fn failing_keeps_the_text_and_offers_a_retry() {
    let mut machine = machine();
    let effects = feed(&mut machine, [asked(1, "q"), says(1, "half"), failed(1)]);
    assert_eq!(effects, ["message 1 failed", "conversation"]);
    assert_eq!(last(&machine).parts[0].growing().unwrap().to_string(), "half");
    let MessageState::Failed { fault } = &last(&machine).state else { panic!("not failed") };
    assert_eq!(fault.remedies, [Remedy::Retry]);
}

#[test]
fn an_answer_that_says_nothing_is_a_failure_with_its_reason() {
    let refused = StopReason::Refused { why: "safety".into() };
    let cases = [
        (None, None, FaultKind::ServerError, "empty answer"),
        (Some(" \n"), Some(StopReason::End), FaultKind::ServerError, "empty answer"),
        (None, Some(StopReason::Length), FaultKind::Incomplete, "token limit"),
        (None, Some(refused), FaultKind::BadRequest, "refused"),
    ];
    for (text, reason, kind, title) in cases {
        let mut machine = machine();
        feed(&mut machine, [asked(1, "q"), streamed(1, Delta::Thinking { text: "hm".into() })]);
        feed(&mut machine, text.map(|text| says(1, text)));
        feed(&mut machine, reason.map(|reason| streamed(1, Delta::Stop { reason })));
        feed(&mut machine, [finished(1)]);
        let MessageState::Failed { fault } = &last(&machine).state else { panic!("{title}: not failed") };
        assert_eq!(fault.kind, kind);
        assert!(fault.title.contains(title), "{fault}");
        assert!(fault.remedies.contains(&Remedy::Retry));
    }
}

#[test]
fn asking_while_an_answer_streams_stops_it_first() {
    let mut machine = machine();
    feed(&mut machine, [asked(1, "one"), says(1, "half")]);
    assert_eq!(
        feed(&mut machine, [asked(3, "two")]),
        [
            "abort 1",
            "message 1 stopped",
            "conversation",
            "conversation",
            "message 2 complete",
            "message 3 waiting",
            "stream 2"
        ]
    );
    assert_eq!(machine.conversation().title, "one");
}

#[test]
fn another_answer_replaces_the_last_however_it_ended() {
    for ending in [vec![finished(1)], vec![failed(1)], vec![Event::Stopped { at: Timestamp(30) }]] {
        let mut machine = machine();
        feed(&mut machine, [asked(1, "q"), says(1, "bad")]);
        feed(&mut machine, ending);
        assert_eq!(
            feed(&mut machine, [regenerated(5)]),
            ["truncate 1", "conversation", "message 1 waiting", "stream 2"]
        );
        assert_eq!(machine.conversation().messages.len(), 2);
        assert_eq!(last(&machine).id, id(5));
    }
}

#[test]
fn another_answer_can_be_had_while_one_streams_and_after_a_restart() {
    let mut first = machine();
    feed(&mut first, [asked(1, "q"), says(1, "half")]);
    let mut second = Machine::open(first.conversation().clone(), String::new());
    assert_eq!(last(&second).state, MessageState::Interrupted);
    assert!(!second.is_answering());
    let rest = ["truncate 1", "conversation", "message 1 waiting"];
    assert_eq!(feed(&mut first, [regenerated(5)]), [&["abort 1"], &rest[..], &["stream 2"]].concat());
    assert_eq!(feed(&mut second, [regenerated(5)]), [&rest[..], &["stream 1"]].concat());
}

#[test]
fn an_edited_question_drops_what_follows_and_keeps_its_pictures() {
    let image = Arc::new(Image { media_type: MediaType::Png, width: 1, height: 1, bytes: vec![1] });
    let mut machine = machine();
    let Event::Asked { at, question, answer, model, .. } = asked(1, "") else { panic!() };
    feed(&mut machine, [Event::Asked { at, question, answer, text: "old".into(), images: vec![image], model }]);
    feed(&mut machine, [says(1, "a"), finished(1), asked(3, "more"), says(2, "b")]);
    let edited = Event::Edited {
        at: Timestamp(50),
        target: id(1),
        question: id(8),
        answer: id(9),
        text: "new".into(),
        model: ModelRef { provider: "p".into(), model: "m".into() },
    };
    assert_eq!(
        feed(&mut machine, [edited]),
        ["abort 2", "truncate 0", "conversation", "message 0 complete", "message 1 waiting", "stream 3"]
    );
    let question = &machine.conversation().messages[0];
    assert!(matches!(question.parts.as_slice(), [Part::Image { .. }, Part::Text { .. }]), "{question:?}");
    assert_eq!(machine.conversation().title, "new");
    assert_eq!(machine.conversation().messages.len(), 2);
}

#[test]
fn what_can_not_be_done_is_ignored_without_stopping_anything() {
    let edit = |target, text: &str| Event::Edited {
        at: Timestamp(50),
        target: id(target),
        question: id(8),
        answer: id(9),
        text: text.into(),
        model: model("m"),
    };
    let mut empty = machine();
    assert_eq!(feed(&mut empty, [regenerated(5)]), Vec::<String>::new());
    let mut machine = machine();
    feed(&mut machine, [asked(1, "q"), says(1, "half")]);
    let nothings = [
        ("nothing to see", asked(3, " \u{200b}\n")),
        ("taken ids", asked(1, "again")),
        ("no such question", edit(77, "x")),
        ("not a question", edit(2, "x")),
        ("nothing left", edit(1, " ")),
        ("a taken id", regenerated(2)),
        ("a request to come", says(2, "x")),
        ("no request", finished(0)),
        ("a request to come", failed(9)),
        ("a timer of another request", fired(9)),
    ];
    for (why, event) in nothings {
        assert_eq!(feed(&mut machine, [event]), Vec::<String>::new(), "{why}");
    }
    assert_eq!(machine.streaming(), Some(RequestId(1)));
}

#[test]
fn a_picture_alone_is_a_question() {
    let image = Arc::new(Image { media_type: MediaType::Png, width: 1, height: 1, bytes: vec![1] });
    let mut machine = machine();
    let Event::Asked { at, question, answer, model, .. } = asked(1, "") else { panic!() };
    feed(&mut machine, [Event::Asked { at, question, answer, text: String::new(), images: vec![image], model }]);
    assert_eq!(machine.conversation().title, "Picture");
    assert_eq!(machine.conversation().messages[0].parts.len(), 1);
}
