//! Tests of turns that outgrow the budget, and of what is told of turns that are left out.

use proptest::prelude::*;

use super::*;
use crate::model::Plan;

/// A budget that some of the calls below fill.
const SMALL: usize = 20_000;

/// A call in a random turn.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Looks { gives: usize, arguments: usize },
    Plans,
    Refused,
}

fn kind() -> impl Strategy<Value = Kind> {
    prop_oneof![
        6 => (prop_oneof![0..100_usize, 2_000..8_000_usize], prop_oneof![4 => 0..50_usize, 1 => 2_000..6_000_usize])
            .prop_map(|(gives, arguments)| Kind::Looks { gives, arguments }),
        1 => Just(Kind::Plans),
        1 => Just(Kind::Refused),
    ]
}

fn made(id: &str, kind: Kind) -> (Part, Part) {
    let (name, arguments, content, is_error) = match kind {
        Kind::Looks { gives, arguments } => ("look", "a".repeat(arguments), "g".repeat(gives), false),
        Kind::Plans => (Plan::TOOL, "p".repeat(1_040), "shown".to_owned(), false),
        Kind::Refused => ("look", "{}".to_owned(), REFUSED.to_owned(), true),
    };
    let call = ToolCall { id: id.into(), name: name.into(), arguments: arguments.into(), signature: None };
    (Part::ToolCall { call }, Part::ToolResult { call: id.into(), content: content.into(), is_error })
}

/// An answer with these calls, and their results.
fn round(number: usize, kinds: &[Kind], thought: usize) -> [Arc<Message>; 2] {
    let pairs = kinds.iter().enumerate().map(|(index, kind)| made(&format!("{number}.{index}"), *kind));
    let (mut calls, results): (Vec<Part>, Vec<Part>) = pairs.unzip();
    if thought > 0 {
        calls.insert(0, thinking(&"t".repeat(thought), Some("signed")));
    }
    [message(Role::Assistant, MessageState::Complete, calls), message(Role::Tool, MessageState::Complete, results)]
}

fn tokens(messages: &[Arc<Message>]) -> usize {
    messages.iter().map(|message| cost(message)).sum()
}

fn called(message: &Message) -> Vec<&str> {
    let ids = message.parts.iter().filter_map(|part| match part {
        Part::ToolCall { call } => Some(call.id.as_str()),
        Part::ToolResult { call, .. } => Some(call.as_str()),
        _ => None,
    });
    ids.collect()
}

/// What providers demand, and what a person may: roles in turns, each call with its result, all in order.
fn assert_sound(sent: &[Arc<Message>], all: &[Arc<Message>]) {
    let roles = [Role::User, Role::Assistant, Role::Tool];
    for (index, message) in sent.iter().enumerate() {
        assert_eq!(message.role, if index == 0 { roles[0] } else { roles[2 - index % 2] }, "at {index}");
        assert!(!message.parts.is_empty());
    }
    for pair in sent[1..].chunks(2) {
        assert_eq!(called(&pair[0]), called(&pair[1]), "calls without their results");
    }
    let mut order = all.iter().flat_map(|message| called(message));
    assert!(sent.iter().flat_map(|message| called(message)).all(|id| order.any(|known| known == id)), "another order");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_long_turn_keeps_to_the_budget_and_its_beginning_from_step_to_step(
        asked in 1..4_000_usize,
        rounds in prop::collection::vec(prop::collection::vec(kind(), 1..3), 1..30),
    ) {
        let words = format!("do it {}", "q".repeat(asked));
        let mut messages = vec![message(Role::User, MessageState::Complete, vec![picture(), text(&words)])];
        let room = SMALL - cost(&messages[0]);
        let (mut before, mut moved): (Vec<Arc<Message>>, usize) = (Vec::new(), 0);
        for (number, kinds) in rounds.iter().enumerate() {
            messages.extend(round(number, kinds, 0));
            let sent = prompt("", &messages, &model("m"), SMALL).messages;
            assert!(tokens(&sent) <= SMALL, "{} tokens", tokens(&sent));
            assert_sound(&sent, &messages);
            assert_eq!(sent[0].parts, messages[0].parts, "what the user asked");
            // The newest result as it came, and its call.
            let newest = |messages: &[Arc<Message>]| messages.last().and_then(|message| message.parts.last().cloned());
            let (Some(Part::ToolResult { content: told, .. }), Some(Part::ToolResult { content: came, .. })) =
                (newest(&sent), newest(&messages))
            else {
                panic!("no result");
            };
            assert_eq!(told, fenced(&came));
            // Nothing that a person refused, and no plan, is left out.
            let all = format!("{sent:?}");
            let of = |wanted: fn(&Kind) -> bool| rounds[..=number].iter().flatten().filter(|kind| wanted(kind)).count();
            assert_eq!(all.matches(REFUSED).count(), of(|kind| matches!(kind, Kind::Refused)));
            assert_eq!(all.matches(&"p".repeat(1_040)).count(), of(|kind| matches!(kind, Kind::Plans)));
            moved += usize::from(!sent.starts_with(&before));
            before = sent;
        }
        let sizes = prompt("", &messages, &model("m"), usize::MAX).messages;
        let strides = tokens(&sizes) / (room / 4).max(1) + 1;
        assert!(moved <= strides, "what was sent before changed {moved} times in {} steps", rounds.len());
    }

    #[test]
    fn whatever_fills_a_turn_there_is_room_for_it(
        rounds in prop::collection::vec((prop::collection::vec(kind(), 1..40), 0..20_000_usize), 1..12),
    ) {
        let mut messages = vec![ask("do it")];
        for (number, (kinds, thought)) in rounds.iter().enumerate() {
            messages.extend(round(number, kinds, *thought));
            let sent = prompt("", &messages, &model("m"), SMALL).messages;
            assert_sound(&sent, &messages);
            let refused = format!("{sent:?}").matches(REFUSED).count();
            assert_eq!(refused, rounds[..=number].iter().flat_map(|(kinds, _)| kinds).filter(|kind| matches!(kind, Kind::Refused)).count());
            // What always stays: the beginning, the newest plan and result, what was refused, and what was thought beside.
            let stays = |message: &&Arc<Message>| {
                message.role == Role::Assistant && format!("{message:?}").contains("Thinking")
            };
            let thought: usize = sent.iter().filter(stays).map(|message| size(&message.parts[0])).sum();
            let fixed = 6_000 + 80 * refused + thought;
            assert!(tokens(&sent) <= SMALL.max(fixed), "{} tokens, {fixed} of them fixed", tokens(&sent));
        }
    }
}

#[test]
fn what_is_left_out_of_a_turn_is_said() {
    let mut messages = vec![ask("do it")];
    for number in 0..8 {
        messages.extend(round(number, &[Kind::Looks { gives: 7_000, arguments: 2_000 }], 0));
    }
    let sent = prompt("", &messages, &model("m"), SMALL / 2).messages;
    assert_eq!(sent.len(), messages.len(), "no call is left out where notes are enough");
    let (Part::ToolCall { call }, Part::ToolResult { content, .. }) = (&sent[1].parts[0], &sent[2].parts[0]) else {
        panic!("{:?}", &sent[1..3])
    };
    assert_eq!(call.arguments.to_string(), "{}");
    let content = content.to_string();
    assert!(content.contains("left out by now: what it gave, 8 KB; its arguments, 2 KB"), "{content}");
    assert!(!content.contains("data from a tool"), "it is ours");
}

#[test]
fn the_newest_result_stays_as_it_came_even_where_it_alone_is_too_large() {
    let messages = [&[ask("do it")][..], &round(0, &[Kind::Looks { gives: 200_000, arguments: 0 }], 0)].concat();
    let sent = prompt("", &messages, &model("m"), SMALL).messages;
    assert_eq!(called(&sent[2]), ["0.0"]);
    assert!(format!("{:?}", sent[2]).contains(&"g".repeat(200_000)));
}

#[test]
fn an_answer_with_thousands_of_calls_fits_and_that_some_are_left_out_is_said() {
    let kinds = vec![Kind::Looks { gives: 150, arguments: 10 }; 5_000];
    let messages = [&[ask("do it")][..], &round(0, &kinds, 0)].concat();
    let sent = prompt("", &messages, &model("m"), BUDGET).messages;
    assert!(tokens(&sent) <= BUDGET, "{}", tokens(&sent));
    assert_sound(&sent, &messages);
    assert_eq!(called(&sent[2]).last(), Some(&"0.4999"));
    let asked = sent[0].parts[0].growing().unwrap().to_string();
    assert!(asked.starts_with("do it\n\n(from Nerva: the oldest tool calls"), "{asked}");
}

#[test]
fn pictures_of_older_calls_go_and_the_newest_and_the_users_stay() {
    let mut messages = vec![message(Role::User, MessageState::Complete, vec![picture(), text("do it")])];
    for number in 0..4 {
        let [call, result] = round(number, &[Kind::Looks { gives: 10, arguments: 0 }], 0);
        let mut result = Message::clone(&result);
        result.parts.push(picture());
        messages.extend([call, Arc::new(result)]);
    }
    let sent = prompt("", &messages, &model("m"), 3 * PICTURE).messages;
    assert!(tokens(&sent) <= 3 * PICTURE);
    let pictures: Vec<usize> = sent
        .iter()
        .map(|message| message.parts.iter().filter(|part| matches!(part, Part::Image { .. })).count())
        .collect();
    assert_eq!(pictures, [1, 0, 0, 0, 0, 0, 0, 0, 1]);
    assert!(format!("{:?}", sent[4]).contains("left out by now: the picture"), "{:?}", sent[4]);
}

#[test]
fn what_the_user_stopped_is_told_for_as_long_as_the_conversation_goes_on() {
    let long = "x".repeat(4_000);
    let mut messages = vec![ask("clean up my mail")];
    messages.extend(round(0, &[Kind::Looks { gives: 10, arguments: 0 }], 0));
    Arc::make_mut(&mut messages[2]).state = MessageState::Stopped;
    messages.push(ask("stop, never touch the mail"));
    messages.push(answer(&long));
    let mut left_out = 0;
    for number in 0..60 {
        messages.push(ask(&format!("{number} {long}")));
        let sent = prompt("", &messages, &model("m"), SMALL).messages;
        assert!(tokens(&sent) <= SMALL, "{}", tokens(&sent));
        assert_eq!(sent[0].role, Role::User);
        let all = format!("{sent:?}");
        assert_eq!(all.matches("never touch the mail").count(), 1, "after {number}: {all}");
        if all.contains("earlier turns are left out") {
            let first = sent[0].parts[0].growing().unwrap().to_string();
            assert!(first.contains(r#"the user stopped: "clean up my mail""#), "{first}");
            left_out += 1;
        }
        messages.push(answer(&long));
    }
    assert!(left_out > 40, "nothing was left out");
    // A conversation in which nothing was stopped has no word of it.
    let calm: Vec<_> = messages[3..].to_vec();
    assert!(!format!("{:?}", prompt("", &calm, &model("m"), SMALL).messages).contains("from Nerva"));
}
