//! How many tokens an answer is said to have while a recorded stream comes, and when all of it has come.

use nerva::agent::{Event, Machine};
use nerva::model::{ConversationId, Delta, MessageId, ModelRef, RequestId, Timestamp, Tokens};
use nerva::providers;
use uuid::Uuid;

use crate::WIRES;
use crate::recorded::Recorded;

/// A machine that was asked and waits.
fn asked() -> Machine {
    let mut machine = Machine::new(ConversationId(Uuid::nil()), Timestamp(0), String::new());
    machine.handle(Event::Asked {
        at: Timestamp(0),
        question: MessageId(Uuid::from_u128(1)),
        answer: MessageId(Uuid::from_u128(2)),
        text: "Why?".into(),
        images: Vec::new(),
        model: ModelRef { provider: "recorded".into(), model: "m".into() },
    });
    machine
}

fn tokens(machine: &Machine) -> Option<Tokens> {
    machine.conversation().messages.last().and_then(|answer| answer.tokens())
}

/// Puts a stream through a machine and checks the count after each piece; how often it was an estimate. The providers of
/// some recorded streams say less than there are pieces, which has to be believed.
fn follow(stream: &Recorded) -> usize {
    let model = ModelRef { provider: "recorded".into(), model: "m".into() };
    let (deltas, end) = providers::decode(stream.wire, &model, [stream.bytes.as_slice()]);
    assert_eq!(end, Ok(()));
    let (at, request) = (Timestamp(1), RequestId(1));
    let (mut machine, mut pieces, mut estimates, mut said) = (asked(), 0, 0, None);
    for delta in deltas {
        let piece = matches!(delta, Delta::Text { .. } | Delta::Thinking { .. } | Delta::ToolArguments { .. });
        pieces += u64::from(piece);
        if let Delta::Usage { usage } = &delta {
            said = usage.output.or(said);
            if said > Some(1) {
                pieces = 0;
            }
        }
        machine.handle(Event::Streamed { at, request, delta });
        let Some(Tokens { count, estimated }) = tokens(&machine) else {
            assert_eq!(pieces, 0, "{}: nobody counts", stream.name);
            continue;
        };
        assert!(count >= pieces, "{}: {count} tokens of {pieces} pieces since it was counted", stream.name);
        assert!(estimated || Some(count) == said, "{}: {count} tokens, and nobody said so", stream.name);
        estimates += usize::from(estimated && piece);
    }
    machine.handle(Event::Finished {
        at,
        request,
        next: (MessageId(Uuid::from_u128(3)), MessageId(Uuid::from_u128(4))),
    });
    let said = stream.tokens_of_the_answer();
    match tokens(&machine) {
        Some(Tokens { count, estimated: false }) => assert_eq!(Some(count), said, "{}", stream.name),
        Some(Tokens { estimated: true, .. }) => assert_eq!(said.unwrap_or(0), 0, "{}", stream.name),
        None => assert_eq!(pieces, 0, "{}", stream.name),
    }
    estimates
}

#[test]
fn tokens_are_counted_while_they_come_and_exactly_in_the_end() {
    for wire in WIRES {
        let estimates: usize = Recorded::all(wire).iter().map(follow).sum();
        assert!(estimates > 20, "{wire:?}: {estimates} pieces were counted as they came");
    }
}
