//! Wire conformance: every recorded stream decodes to what the vendor's own client reads in it, however it arrives.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that can't go on fails")]

#[path = "wire/counted.rs"]
mod counted;
#[path = "wire/recorded.rs"]
mod recorded;
#[path = "wire/requests.rs"]
mod requests;

use nerva::config::schema::Wire;
use nerva::model::{FaultKind, StopReason};
use proptest::prelude::*;
use recorded::{Recorded, Seen, decode};

const WIRES: [Wire; 5] = [Wire::OpenaiChat, Wire::OpenaiResponses, Wire::Anthropic, Wire::Gemini, Wire::Ollama];

/// The same tests for each wire format, so that they run side by side and fail by name.
macro_rules! conformance {
    ($($module:ident = $wire:expr),* $(,)?) => {$(
        mod $module {
            use super::*;

            #[test]
            fn says_what_the_vendors_client_reads() {
                Recorded::all($wire).iter().for_each(|stream| stream.must_match("whole", [stream.bytes.as_slice()]));
            }

            #[test]
            fn may_be_split_at_every_byte() {
                for stream in Recorded::all($wire) {
                    for at in 0..=stream.bytes.len() {
                        let (head, tail) = stream.bytes.split_at(at);
                        stream.must_match(&format!("split at byte {at}"), [head, tail]);
                    }
                }
            }

            #[test]
            fn may_arrive_byte_by_byte() {
                Recorded::all($wire).iter().for_each(|stream| stream.must_match("byte by byte", stream.bytes.chunks(1)));
            }

            #[test]
            fn is_incomplete_when_cut_at_any_byte() {
                for stream in Recorded::all($wire) {
                    let (whole, end) = decode(stream.wire, [stream.bytes.as_slice()]);
                    assert_eq!(end, Ok(()), "{}", stream.name);
                    let terminal = stream.terminal();
                    for length in 0..stream.bytes.len() {
                        stream.must_be_incomplete(length, terminal, &whole);
                    }
                }
            }

            #[test]
            fn what_follows_the_terminal_event_takes_nothing() {
                for stream in Recorded::all($wire) {
                    for more in [&b"data: not json\n\n{\n"[..], b"data: \xff\n\n\xff\n", b"data: {\"error\":\"late\"}\n\n"] {
                        stream.must_match("with rubbish at its end", [&stream.bytes, more]);
                        stream.must_match("with rubbish, byte by byte", stream.bytes.chunks(1).chain(more.chunks(1)));
                    }
                }
            }

            #[test]
            fn may_wear_any_legal_clothes() {
                for stream in Recorded::all($wire) {
                    for (how, bytes) in clothes(&stream) {
                        stream.must_match(how, [bytes.as_slice()]);
                        stream.must_match(&format!("{how}, byte by byte"), bytes.chunks(1));
                        for size in [2, 3, 7, 64] {
                            stream.must_match(&format!("{how}, {size} bytes at a time"), bytes.chunks(size));
                        }
                    }
                }
            }

            #[test]
            fn a_cut_stream_in_any_clothes_is_incomplete() {
                for stream in Recorded::all($wire) {
                    let (whole, _) = decode(stream.wire, [stream.bytes.as_slice()]);
                    for (how, bytes) in clothes(&stream) {
                        // The terminal event ends within these; before them no part is whole.
                        let end = bytes.len().saturating_sub(400);
                        for length in (0..end).step_by(11).chain(end..bytes.len()) {
                            let may = (length > bytes.len() / 2).then_some(&whole);
                            stream.must_be_cut(how, &bytes[..length], may, &whole);
                        }
                    }
                }
            }
        }
    )*};
}

conformance! {
    openai_chat = Wire::OpenaiChat,
    openai_responses = Wire::OpenaiResponses,
    anthropic = Wire::Anthropic,
    gemini = Wire::Gemini,
    ollama = Wire::Ollama,
}

/// The stream in every form that its framing permits and that says the same.
fn clothes(stream: &Recorded) -> Vec<(&'static str, Vec<u8>)> {
    let text = std::str::from_utf8(&stream.bytes).expect("recorded streams are UTF-8");
    let lines = || text.split_inclusive('\n');
    let mut forms = vec![("with CRLF", text.replace('\n', "\r\n"))];
    if stream.is_sse() {
        forms.push(("with CR", text.replace('\n', "\r")));
        forms.push(("with a BOM", format!("\u{feff}{text}")));
        forms.push(("with a BOM and CRLF", format!("\u{feff}{}", text.replace('\n', "\r\n"))));
        forms.push(("with comments", lines().map(|line| format!(": ping ✓\n:\n{line}")).collect()));
        forms.push(("with ids and retry times", format!("retry: 3000\nid: 7\n\n{text}")));
        forms.push((
            "without the space behind the colon",
            text.replace("\ndata: ", "\ndata:").replace("event: ", "event:"),
        ));
        forms.push(("with blank lines", text.replace("\n\n", "\n\n\n\n")));
        forms.push(("with data in several lines", lines().map(several_lines).collect()));
        forms.push((
            "with data in several lines and CRLF",
            lines().map(several_lines).collect::<String>().replace('\n', "\r\n"),
        ));
    } else {
        forms.push(("with blank lines", text.replace('\n', "\n\n\n")));
        forms.push((
            "with spaces around",
            lines().map(|line| format!("  {} \n", line.trim_end_matches('\n'))).collect(),
        ));
        forms.push(("without the last line's end", text.trim_end().to_owned()));
    }
    forms.into_iter().map(|(how, text)| (how, text.into_bytes())).collect()
}

/// A `data:` line of JSON as several of them: a reader joins them by line feeds, which JSON permits between its tokens.
fn several_lines(line: &str) -> String {
    let Some(data) = line.strip_prefix("data:").map(str::trim) else { return line.to_owned() };
    let Ok(json) = serde_json::from_str::<serde_json::Value>(data) else { return line.to_owned() };
    let pretty = serde_json::to_string_pretty(&json).unwrap();
    pretty.lines().map(|line| format!("data: {line}\n")).collect()
}

#[test]
fn nothing_at_all_is_no_answer() {
    for wire in WIRES {
        for bytes in [
            &b""[..],
            b"\n",
            b"\n\n",
            b"\xef\xbb\xbf",
            b": ping\n\n",
            b"data:\n\n",
            b"{}\n",
            b"data: {}\n\n",
            b"null\n",
        ] {
            let (seen, end) = decode(wire, [bytes]);
            assert!(end.is_err(), "{wire:?}: {:?} passes for an answer", String::from_utf8_lossy(bytes));
            assert_eq!(seen, Seen::default(), "{wire:?}");
        }
    }
}

#[test]
fn what_is_not_the_wire_format_is_garbage() {
    let html = b"<!doctype html>\n<html><body>Sign in to the network</body></html>\n";
    for wire in WIRES {
        let prefix: &[u8] = if wire == Wire::Ollama { b"" } else { b"data: " };
        let not_json = [prefix, b"{\"choices\": [{\"delta\"\n\n"].concat();
        let not_utf8 = [prefix, b"{\"x\": \"\xff\xfe\"}\n\n"].concat();
        for bytes in [&not_json, &not_utf8] {
            let kind = decode(wire, [bytes.as_slice()]).1.expect_err("garbage").kind;
            assert_eq!(kind, FaultKind::Garbage, "{wire:?}: {:?}", String::from_utf8_lossy(bytes));
        }
        let kind = decode(wire, [&html[..]]).1.expect_err("a web page").kind;
        assert!(matches!(kind, FaultKind::Garbage | FaultKind::Incomplete), "{wire:?}: {kind:?}");
    }
}

/// Gemini answers with a list where it was not asked for events, and puts errors between events as bare JSON.
#[test]
fn an_error_that_is_no_event_is_the_vendors() {
    let long = format!("Quota exceeded. {}", "See the list of quotas. ".repeat(400));
    let error = serde_json::json!({"error": {"code": 429, "message": long, "status": "RESOURCE_EXHAUSTED"}});
    let list = serde_json::json!([error]);
    for wire in WIRES.into_iter().filter(|wire| *wire != Wire::Ollama) {
        for body in [error.to_string(), list.to_string(), format!("{list:#}"), format!("\r\n{error:#}\r\n")] {
            for body in [body.clone(), format!("data: {{\"type\":\"ping\"}}\n\n{body}")] {
                for size in [1, 1000, usize::MAX] {
                    let fault = decode(wire, body.as_bytes().chunks(size)).1.expect_err("an error");
                    assert_eq!(fault.kind, FaultKind::RateLimited, "{wire:?}: {fault:?}");
                    assert!(fault.detail.contains("Quota exceeded") && fault.detail.len() < 600, "{wire:?}: {fault:?}");
                }
            }
        }
    }
    let whole = r#"{"error": null, "choices": [{"message": {"content": "not streamed"}}]}"#;
    assert_eq!(decode(Wire::OpenaiChat, [whole.as_bytes()]).1.expect_err("no stream").kind, FaultKind::Garbage);
}

#[test]
fn geminis_last_reason_to_stop_counts() {
    let chunk = |text: &str, reason: &str| {
        let candidate = serde_json::json!({"content": {"parts": [{"text": text}]}, "finishReason": reason});
        format!("data: {}\n\n", serde_json::json!({"candidates": [candidate]}))
    };
    let (seen, end) = decode(Wire::Gemini, [format!("{}{}", chunk("a", "STOP"), chunk("b", "MAX_TOKENS")).as_bytes()]);
    assert_eq!((end, seen.text.as_str(), seen.stop), (Ok(()), "ab", Some(StopReason::Length)));
}

fn any_stream() -> impl Strategy<Value = Recorded> {
    prop::sample::select(&WIRES[..]).prop_flat_map(|wire| {
        let streams = Recorded::all(wire);
        (0..streams.len()).prop_map(move |n| Recorded::all(wire).remove(n))
    })
}

impl std::fmt::Debug for Recorded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.name)
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn may_be_split_anywhere(stream in any_stream(), sizes in prop::collection::vec(0_usize..200, 1..200)) {
        let mut rest = stream.bytes.as_slice();
        let mut chunks = Vec::new();
        for size in sizes {
            let (head, tail) = rest.split_at(size.min(rest.len()));
            chunks.push(head);
            rest = tail;
        }
        chunks.push(rest);
        stream.must_match("split anywhere", chunks);
    }

    #[test]
    fn damaged_bytes_never_panic(stream in any_stream(), damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8)) {
        let mut bytes = stream.bytes.clone();
        for (at, byte) in damage {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let (whole, end) = decode(stream.wire, [bytes.as_slice()]);
        let (pieces, piecewise_end) = decode(stream.wire, bytes.chunks(1));
        prop_assert_eq!(end.map_err(|fault| fault.kind), piecewise_end.map_err(|fault| fault.kind));
        prop_assert_eq!(whole, pieces, "the same bytes say the same, however they arrive");
    }

    #[test]
    fn noise_is_never_an_answer(wire in prop::sample::select(&WIRES[..]), noise in prop::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(decode(wire, [noise.as_slice()]).1.is_err());
    }
}
