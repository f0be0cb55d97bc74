//! From bytes to deltas without I/O: framing and the wire format's decoder together.

use serde_json::Value;

use super::fault::{Place, error_in};
use super::frame::Frame;
use super::{anthropic, gemini, ndjson::Ndjson, ollama, openai_chat, openai_responses, sse::Sse};
use crate::config::Wire;
use crate::model::{Delta, Fault, ModelRef};

#[derive(Debug)]
enum Framing {
    Sse(Sse),
    Lines(Ndjson),
}

#[derive(Debug)]
enum Decoder {
    Chat(openai_chat::Decoder),
    Responses(openai_responses::Decoder),
    Anthropic(anthropic::Decoder),
    Gemini(gemini::Decoder),
    Ollama(ollama::Decoder),
}

impl Decoder {
    fn frame(&mut self, frame: &Frame, place: &Place, out: &mut Vec<Delta>) -> Result<(), Fault> {
        if let Self::Chat(chat) = self
            && frame.data == "[DONE]"
        {
            return chat.done(place);
        }
        let json: Value = serde_json::from_str(&frame.data)
            .map_err(|_| place.garbage("it sent something that is not JSON", &frame.data))?;
        if let Some(error) = error_in(&json) {
            return Err(place.vendor(error));
        }
        if !json.is_object() {
            return Err(place.garbage("it sent JSON that is not an object", &frame.data));
        }
        match self {
            Self::Chat(decoder) => decoder.frame(&json, out),
            Self::Responses(decoder) => decoder.frame(&json, &frame.event, place, out)?,
            Self::Anthropic(decoder) => decoder.frame(&json, &frame.event, place, out)?,
            Self::Gemini(decoder) => decoder.frame(&json, place, out)?,
            Self::Ollama(decoder) => decoder.frame(&json, out),
        }
        Ok(())
    }

    fn is_terminal(&self) -> bool {
        match self {
            Self::Chat(decoder) => decoder.terminal,
            Self::Responses(decoder) => decoder.terminal,
            Self::Anthropic(decoder) => decoder.terminal,
            Self::Gemini(decoder) => decoder.is_terminal(),
            Self::Ollama(decoder) => decoder.terminal,
        }
    }

    /// Whether bytes that end here, whole and in order, are an answer.
    fn may_end(&self) -> bool {
        match self {
            Self::Gemini(decoder) => decoder.may_end(),
            Self::Chat(_) | Self::Responses(_) | Self::Anthropic(_) | Self::Ollama(_) => self.is_terminal(),
        }
    }
}

/// One answer on its way from bytes to deltas.
#[derive(Debug)]
pub(super) struct Session {
    framing: Framing,
    decoder: Decoder,
    place: Place,
    framed: bool,
    /// Something that can't be read came after the terminal event.
    cut: bool,
    /// Tool calls so far.
    calls: u32,
}

impl Session {
    pub(super) fn new(place: Place) -> Self {
        let decoder = match place.wire {
            Wire::OpenaiChat => Decoder::Chat(openai_chat::Decoder::default()),
            Wire::OpenaiResponses => Decoder::Responses(openai_responses::Decoder::default()),
            Wire::Anthropic => Decoder::Anthropic(anthropic::Decoder::default()),
            Wire::Gemini => Decoder::Gemini(gemini::Decoder::default()),
            Wire::Ollama => Decoder::Ollama(ollama::Decoder::default()),
        };
        let framing = match place.wire {
            Wire::Ollama => Framing::Lines(Ndjson::default()),
            _ => Framing::Sse(Sse::default()),
        };
        Self { framing, decoder, place, framed: false, cut: false, calls: 0 }
    }

    /// Appends what the bytes say; what came before an error is appended too.
    pub(super) fn push(&mut self, bytes: &[u8], out: &mut Vec<Delta>) -> Result<(), Fault> {
        if self.is_over() {
            return Ok(());
        }
        let mut frames = Vec::new();
        let framed = match &mut self.framing {
            Framing::Sse(sse) => sse.push(bytes, &mut frames),
            Framing::Lines(lines) => lines.push(bytes, &mut frames),
        };
        self.framed |= !frames.is_empty();
        for frame in &frames {
            if self.is_over() {
                return Ok(());
            }
            self.take(frame, out).or_else(|fault| self.excuse(fault))?;
        }
        framed.or_else(|error| self.excuse(self.place.garbage(&error.to_string(), "")))
    }

    /// What can't be read after the terminal event takes nothing from the answer, and is the end of reading.
    fn excuse(&mut self, fault: Fault) -> Result<(), Fault> {
        self.cut = self.is_terminal();
        if self.cut { Ok(()) } else { Err(fault) }
    }

    /// Decodes one frame. A call that names no tool, or that stands out of order, could be neither shown nor answered.
    fn take(&mut self, frame: &Frame, out: &mut Vec<Delta>) -> Result<(), Fault> {
        let before = out.len();
        self.decoder.frame(frame, &self.place, out)?;
        for at in before..out.len() {
            let sound = match &out[at] {
                Delta::ToolCall { index, name, .. } => {
                    self.calls += 1;
                    !name.is_empty() && index.checked_add(1) == Some(self.calls)
                }
                Delta::ToolArguments { index, .. } => *index < self.calls,
                _ => true,
            };
            if !sound {
                out.truncate(at);
                return Err(self.place.garbage("it garbled a tool call", &frame.data));
            }
        }
        Ok(())
    }

    /// Whether any event came.
    pub(super) fn has_begun(&self) -> bool {
        self.framed
    }

    /// Whether the terminal event came: from here on an error is harmless.
    pub(super) fn is_terminal(&self) -> bool {
        self.decoder.is_terminal()
    }

    /// Whether nothing more can come. Gemini has no event of its own for the end: usage may follow the finish reason.
    pub(super) fn is_over(&self) -> bool {
        self.cut || self.is_terminal() && !matches!(self.decoder, Decoder::Gemini(_))
    }

    /// What the end means: that of the bytes, or that of a connection that is `broken`. Appends what was held back.
    pub(super) fn finish(&mut self, broken: Option<Fault>, out: &mut Vec<Delta>) -> Result<(), Fault> {
        let (rest, lines) = match &mut self.framing {
            Framing::Sse(sse) => (sse.stray(), false),
            Framing::Lines(lines) => (lines.rest(), true),
        };
        let json = serde_json::from_str::<Value>(&rest).ok();
        if lines && json.is_some() && !self.is_over() {
            self.framed = true;
            self.take(&Frame { event: String::new(), data: rest.clone() }, out)?;
        }
        if self.is_terminal() || broken.is_none() && self.decoder.may_end() {
            if let Decoder::Gemini(decoder) = &mut self.decoder {
                out.extend(decoder.stop().map(|reason| Delta::Stop { reason }));
            }
            return Ok(());
        }
        if let Some(error) = json.as_ref().and_then(error_in) {
            return Err(self.place.vendor(error));
        }
        Err(match broken {
            Some(fault) => fault,
            None if self.framed => self.place.incomplete(),
            None if rest.starts_with('<') => self.place.garbage("it sent a web page instead of an answer", &rest),
            None if rest.starts_with(['{', '[']) => self.place.garbage("it did not stream its answer", &rest),
            None => self.place.incomplete(),
        })
    }
}

/// Decodes a whole recorded stream: framing and wire format, no I/O.
///
/// The deltas are those before the end or the error.
pub fn decode<'a>(
    wire: Wire,
    model: &ModelRef,
    chunks: impl IntoIterator<Item = &'a [u8]>,
) -> (Vec<Delta>, Result<(), Fault>) {
    let mut session = Session::new(Place::bare(wire, model));
    let mut out = Vec::new();
    for chunk in chunks {
        if let Err(fault) = session.push(chunk, &mut out) {
            return (out, Err(fault));
        }
    }
    let ended = session.finish(None, &mut out);
    (out, ended)
}
