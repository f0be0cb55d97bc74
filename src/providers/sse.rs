//! Server-sent events framing (WHATWG HTML, section 9.2.6), pure: bytes in, events out.

use super::frame::{Frame, FramingError, LIMIT};

/// The most that is kept of what is no event, in bytes; errors are much shorter.
const STRAY: usize = 1 << 20;

/// Cuts a byte stream into events, whichever way it was split on the wire.
#[derive(Debug, Default)]
pub struct Sse {
    line: Vec<u8>,
    event: String,
    data: String,
    has_data: bool,
    after_cr: bool,
    begun: bool,
    /// Lines since the last event that are none of a stream: some servers put their error there as bare JSON.
    stray: String,
}

impl Sse {
    /// Takes the next bytes and appends the events that are complete; those before an error are appended too.
    pub fn push(&mut self, mut bytes: &[u8], out: &mut Vec<Frame>) -> Result<(), FramingError> {
        while !bytes.is_empty() {
            if std::mem::take(&mut self.after_cr) && bytes[0] == b'\n' {
                bytes = &bytes[1..];
                continue;
            }
            let end = bytes.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
            let piece = &bytes[..end.unwrap_or(bytes.len())];
            if self.line.len() + self.data.len() + piece.len() > LIMIT {
                return Err(FramingError::TooLong);
            }
            self.line.extend_from_slice(piece);
            let Some(end) = end else { return Ok(()) };
            self.after_cr = bytes[end] == b'\r';
            bytes = &bytes[end + 1..];
            let line = std::mem::take(&mut self.line);
            self.line(&line, out)?;
        }
        Ok(())
    }

    fn line(&mut self, mut line: &[u8], out: &mut Vec<Frame>) -> Result<(), FramingError> {
        if !std::mem::replace(&mut self.begun, true) {
            line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
        }
        let line = std::str::from_utf8(line).map_err(|_| FramingError::Utf8)?;
        if line.is_empty() {
            let (event, mut data) = (std::mem::take(&mut self.event), std::mem::take(&mut self.data));
            if std::mem::take(&mut self.has_data) {
                data.pop();
                self.stray.clear();
                out.push(Frame { event, data });
            }
            return Ok(());
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut self.event),
            "data" => {
                self.has_data = true;
                self.data.push_str(value);
                self.data.push('\n');
            }
            // Comments (an empty field name) and these carry nothing for us.
            "" | "id" | "retry" => {}
            _ if self.stray.len() + line.len() < STRAY => {
                self.stray.push_str(line);
                self.stray.push('\n');
            }
            _ => {}
        }
        Ok(())
    }

    /// What came since the last event and is no part of one.
    pub fn stray(&self) -> String {
        let rest = String::from_utf8_lossy(&self.line);
        format!("{}{}", self.stray, rest).trim_start_matches('\u{feff}').trim().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frames(chunks: &[&[u8]]) -> Result<Vec<(String, String)>, FramingError> {
        let (mut sse, mut out) = (Sse::default(), Vec::new());
        for chunk in chunks {
            sse.push(chunk, &mut out)?;
        }
        Ok(out.into_iter().map(|frame| (frame.event, frame.data)).collect())
    }

    #[test]
    fn every_split_and_line_end_gives_the_same_events() {
        let text = "\u{feff}: hi\nevent: a\ndata: ö\ndata:2\n\nid: 1\nretry: 5\ndata\n\nevent: none\n\ndata: 🦀\n\n";
        let expected =
            vec![("a".into(), "ö\n2".into()), (String::new(), String::new()), (String::new(), "🦀".to_owned())];
        for ends in ["\n", "\r", "\r\n"] {
            let text = text.replace('\n', ends);
            for at in 0..=text.len() {
                let (a, b) = text.as_bytes().split_at(at);
                assert_eq!(frames(&[a, b]).as_ref(), Ok(&expected), "{ends:?} split at {at}");
            }
            let single: Vec<&[u8]> = text.as_bytes().chunks(1).collect();
            assert_eq!(frames(&single).as_ref(), Ok(&expected));
        }
    }

    #[test]
    fn an_event_without_its_blank_line_is_none() {
        assert_eq!(frames(&[b"data: x\n"]), Ok(vec![]));
    }

    #[test]
    fn what_is_no_event_is_kept_until_the_next_one() {
        let (mut sse, mut out) = (Sse::default(), Vec::new());
        sse.push(b"lost\ndata: x\n\n: hi\nid: 1\n{\n  \"error\": \"e\"\n}", &mut out).unwrap();
        assert_eq!((out.len(), sse.stray().as_str()), (1, "{\n  \"error\": \"e\"\n}"));
        (0..3).for_each(|_| sse.push(&[[b'x'; STRAY / 2].as_slice(), b"\n"].concat(), &mut out).unwrap());
        assert!(sse.stray.len() <= STRAY);
    }

    #[test]
    fn invalid_utf8_and_endless_lines_are_errors_in_bounded_memory() {
        assert_eq!(frames(&[b"data: \xff\n"]), Err(FramingError::Utf8));
        let (mut sse, mut out, chunk) = (Sse::default(), Vec::new(), vec![b'x'; 1 << 20]);
        let took = (0..200).take_while(|_| sse.push(&chunk, &mut out).is_ok()).count();
        assert_eq!(took, LIMIT >> 20);
        assert!(sse.line.capacity() <= 2 * LIMIT);
    }
}
