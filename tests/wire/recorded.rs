//! The recorded streams, what the vendors' clients read in them, and how a decoded stream is compared with that.

use std::path::PathBuf;

use nerva::config::schema::Wire;
use nerva::model::{Delta, Fault, FaultKind, ModelRef, StopReason, Usage};
use nerva::providers;
use serde::Deserialize;
use serde_json::Value;

/// One recorded response body.
pub struct Recorded {
    /// `openai-chat/aimock-text`.
    pub name: String,
    /// Its wire format.
    pub wire: Wire,
    /// The bytes.
    pub bytes: Vec<u8>,
    /// What the vendor's client reads in them.
    pub expected: Expected,
}

/// The contents of `NAME.expected.json`, see `oracle.py`.
#[derive(Deserialize)]
pub struct Expected {
    text: String,
    thinking: String,
    signatures: Vec<String>,
    calls: Vec<Call>,
    usage: Counts,
    stop: Option<String>,
}

#[derive(Deserialize)]
struct Call {
    name: String,
    arguments: Value,
}

#[derive(Deserialize)]
struct Counts {
    input: Option<u64>,
    output: Option<u64>,
    cached: Option<u64>,
}

/// What a sequence of deltas adds up to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Seen {
    pub text: String,
    pub thinking: String,
    pub signatures: Vec<String>,
    /// Name and arguments, as they arrived.
    pub calls: Vec<(String, String)>,
    pub usage: Usage,
    pub stop: Option<StopReason>,
}

impl Seen {
    /// Adds the deltas up, and checks what every consumer relies on.
    pub fn of(deltas: &[Delta]) -> Self {
        let mut seen = Self::default();
        for delta in deltas {
            seen.push(delta);
        }
        seen
    }

    pub fn push(&mut self, delta: &Delta) {
        match delta {
            Delta::Began { .. } => assert!(self.is_empty(), "a provider takes over after content came"),
            Delta::Text { text } => {
                assert!(!text.is_empty(), "an empty text delta");
                self.text.push_str(text);
            }
            Delta::Thinking { text } => {
                assert!(!text.is_empty(), "an empty thinking delta");
                self.thinking.push_str(text);
            }
            Delta::ThinkingSignature { signature } => self.signatures.push(signature.clone()),
            Delta::ToolCall { index, id, name, signature } => {
                assert_eq!(*index as usize, self.calls.len(), "calls are numbered from 0 without gaps");
                assert!(!id.is_empty() && !name.is_empty(), "a call without id or name");
                self.signatures.extend(signature.clone());
                self.calls.push((name.clone(), String::new()));
            }
            Delta::ToolArguments { index, json } => self.calls[*index as usize].1.push_str(json),
            Delta::Usage { usage } => self.usage.update(*usage),
            Delta::Stop { reason } => {
                assert_eq!(self.stop, None, "a second reason to stop");
                self.stop = Some(reason.clone());
            }
        }
    }

    fn is_empty(&self) -> bool {
        self.text.is_empty() && self.thinking.is_empty() && self.calls.is_empty()
    }
}

/// Decodes `chunks` as the client does.
pub fn decode<'a>(wire: Wire, chunks: impl IntoIterator<Item = &'a [u8]>) -> (Seen, Result<(), Fault>) {
    let model = ModelRef { provider: "recorded".into(), model: "m".into() };
    let (deltas, end) = providers::decode(wire, &model, chunks);
    (Seen::of(&deltas), end)
}

impl Recorded {
    /// All recorded streams of a wire format. Fails when there are fewer than were recorded.
    pub fn all(wire: Wire) -> Vec<Self> {
        let folder = folder(wire);
        let mut files: Vec<_> = std::fs::read_dir(&folder)
            .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
            .map(|entry| entry.unwrap().path())
            .filter(|path| matches!(path.extension().and_then(|name| name.to_str()), Some("sse" | "ndjson")))
            .collect();
        files.sort();
        assert!(files.len() >= 10, "{} streams in {}", files.len(), folder.display());
        let read = |path: PathBuf| {
            let beside = path.with_extension("expected.json");
            let expected = std::fs::read(&beside).unwrap_or_else(|error| panic!("{}: {error}", beside.display()));
            Self {
                name: format!("{}/{}", wire_name(wire), path.file_stem().unwrap().to_str().unwrap()),
                wire,
                bytes: std::fs::read(&path).unwrap(),
                expected: serde_json::from_slice(&expected).unwrap(),
            }
        };
        files.into_iter().map(read).collect()
    }

    /// Tokens of the answer, as the vendor's client reads them.
    pub fn tokens_of_the_answer(&self) -> Option<u64> {
        self.expected.usage.output
    }

    /// Whether lines are Server-Sent Events rather than bare JSON.
    pub fn is_sse(&self) -> bool {
        self.wire != Wire::Ollama
    }

    /// Decodes `chunks` and fails unless they say exactly what the vendor's client read.
    pub fn must_match<'a>(&self, how: &str, chunks: impl IntoIterator<Item = &'a [u8]>) {
        let (seen, end) = decode(self.wire, chunks);
        let at = format!("{} {how}", self.name);
        assert_eq!(end, Ok(()), "{at}");
        assert_eq!(seen.text, self.expected.text, "{at}: text");
        assert_eq!(seen.thinking, self.expected.thinking, "{at}: thinking");
        assert_eq!(seen.calls.len(), self.expected.calls.len(), "{at}: calls {:?}", seen.calls);
        for ((name, arguments), call) in seen.calls.iter().zip(&self.expected.calls) {
            assert_eq!(name, &call.name, "{at}");
            // A call without arguments may stream none at all.
            let arguments = if arguments.is_empty() { "{}" } else { arguments };
            let arguments: Value = serde_json::from_str(arguments).unwrap_or_else(|e| panic!("{at}: {arguments}: {e}"));
            assert_eq!(arguments, call.arguments, "{at}");
        }
        for signature in &self.expected.signatures {
            // Ours may carry more than the vendor's string, such as the id of the item that it belongs to.
            assert!(seen.signatures.iter().any(|ours| ours.contains(signature)), "{at}: signature {signature} is lost");
        }
        assert_eq!(seen.usage.input, self.expected.usage.input, "{at}: tokens of the request");
        assert_eq!(seen.usage.output, self.expected.usage.output, "{at}: tokens of the answer");
        assert_eq!(
            seen.usage.cached.unwrap_or(0),
            self.expected.usage.cached.unwrap_or(0),
            "{at}: tokens read from the cache"
        );
        let word = self.expected.stop.as_deref().unwrap_or_default();
        assert!(fits(word, !seen.calls.is_empty(), seen.stop.as_ref()), "{at}: {word} is not {:?}", seen.stop);
    }

    /// Where the line of the terminal event ends; from there on the stream may count as complete.
    pub fn terminal(&self) -> usize {
        let mut end = 0;
        let mut last = None;
        for line in self.bytes.split_inclusive(|byte| *byte == b'\n') {
            end += line.len();
            if self.is_terminal(line) {
                last = Some(end - 1);
            }
        }
        last.unwrap_or_else(|| panic!("{} has no terminal event", self.name))
    }

    fn is_terminal(&self, line: &[u8]) -> bool {
        let data = line.strip_prefix(b"data:").unwrap_or(line).trim_ascii();
        let json: Value = serde_json::from_slice(data).unwrap_or_default();
        match self.wire {
            Wire::OpenaiChat => data == b"[DONE]",
            Wire::OpenaiResponses => {
                matches!(json["type"].as_str(), Some("response.completed" | "response.incomplete" | "response.failed"))
            }
            Wire::Anthropic => json["type"] == "message_stop",
            Wire::Gemini => json["candidates"][0]["finishReason"].is_string(),
            Wire::Ollama => json["done"] == true,
        }
    }

    /// Decodes the first `length` bytes and fails if they pass for an answer before the terminal event is there, or say
    /// anything that the whole does not.
    pub fn must_be_incomplete(&self, length: usize, terminal: usize, whole: &Seen) {
        self.must_be_cut("as recorded", &self.bytes[..length], (length >= terminal).then_some(whole), whole);
    }

    /// A part of the stream, in some form, is no answer; where it may be a `complete` one it is exactly that.
    pub fn must_be_cut(&self, how: &str, part: &[u8], complete: Option<&Seen>, whole: &Seen) {
        let at = format!("{} {how}, cut after {} bytes", self.name, part.len());
        let (seen, end) = decode(self.wire, [part]);
        match end {
            Ok(()) => {
                assert_eq!(Some(&seen), complete, "{at}: looks complete");
            }
            Err(fault) => {
                assert!(matches!(fault.kind, FaultKind::Incomplete | FaultKind::Garbage), "{at}: {fault:?}");
                assert!(whole.text.starts_with(&seen.text), "{at}: {:?}", seen.text);
                assert!(whole.thinking.starts_with(&seen.thinking), "{at}: {:?}", seen.thinking);
                assert!(seen.calls.len() <= whole.calls.len(), "{at}: {:?}", seen.calls);
                for (cut, full) in seen.calls.iter().zip(&whole.calls) {
                    assert!(cut.0 == full.0 && full.1.starts_with(&cut.1), "{at}: {cut:?} of {full:?}");
                }
            }
        }
    }
}

/// Whether our reason says what the vendor's word says. A call that waits for its result is `ToolCalls`, also where the
/// vendor has no word of its own for that.
fn fits(word: &str, calls: bool, ours: Option<&StopReason>) -> bool {
    let Some(ours) = ours else { return false };
    match word {
        "stop" | "completed" | "STOP" | "end_turn" | "FUNCTION_CALL" | "tool_calls" | "tool_use" => {
            *ours == if calls { StopReason::ToolCalls } else { StopReason::End }
        }
        "length" | "max_tokens" | "MAX_TOKENS" | "max_output_tokens" => *ours == StopReason::Length,
        // A response that is incomplete without saying why.
        "incomplete" => matches!(ours, StopReason::Length | StopReason::Other { .. }),
        "content_filter" | "refusal" | "SAFETY" => matches!(ours, StopReason::Refused { .. }),
        _ => false,
    }
}

fn folder(wire: Wire) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/wire/streams").join(wire_name(wire))
}

fn wire_name(wire: Wire) -> String {
    serde_json::to_value(wire).unwrap().as_str().unwrap().to_owned()
}
