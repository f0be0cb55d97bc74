//! Newline-delimited JSON framing, pure: bytes in, lines out.

use super::frame::{Frame, FramingError, LIMIT};

/// Cuts a byte stream into lines, whichever way it was split on the wire.
#[derive(Debug, Default)]
pub struct Ndjson {
    line: Vec<u8>,
    begun: bool,
}

impl Ndjson {
    /// Takes the next bytes and appends the lines that are complete; those before an error are appended too.
    pub fn push(&mut self, mut bytes: &[u8], out: &mut Vec<Frame>) -> Result<(), FramingError> {
        while !bytes.is_empty() {
            let end = bytes.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
            let piece = &bytes[..end.unwrap_or(bytes.len())];
            if self.line.len() + piece.len() > LIMIT {
                return Err(FramingError::TooLong);
            }
            self.line.extend_from_slice(piece);
            let Some(end) = end else { return Ok(()) };
            bytes = &bytes[end + 1..];
            let line = std::mem::take(&mut self.line);
            let mut line = line.as_slice();
            if !std::mem::replace(&mut self.begun, true) {
                line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
            }
            let line = std::str::from_utf8(line).map_err(|_| FramingError::Utf8)?.trim();
            if !line.is_empty() {
                out.push(Frame { event: String::new(), data: line.to_owned() });
            }
        }
        Ok(())
    }

    /// A last line that no newline ended: where the bytes end, the line does too.
    pub fn rest(&mut self) -> String {
        String::from_utf8(std::mem::take(&mut self.line)).unwrap_or_default().trim().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_split_gives_the_same_lines() {
        let text = "\u{feff}{\"a\":\"ö\"}\r\n\n{\"b\":1}\n{\"cut";
        for at in 0..=text.len() {
            let (mut lines, mut out) = (Ndjson::default(), Vec::new());
            let (a, b) = text.as_bytes().split_at(at);
            lines.push(a, &mut out).and_then(|()| lines.push(b, &mut out)).unwrap();
            let out: Vec<_> = out.iter().map(|frame| frame.data.as_str()).collect();
            assert_eq!(out, ["{\"a\":\"ö\"}", "{\"b\":1}"], "split at {at}");
        }
    }

    #[test]
    fn invalid_utf8_and_endless_lines_are_errors() {
        let mut out = Vec::new();
        assert_eq!(Ndjson::default().push(b"\xff\n", &mut out), Err(FramingError::Utf8));
        let (mut lines, chunk) = (Ndjson::default(), vec![b'x'; 1 << 20]);
        assert_eq!((0..200).take_while(|_| lines.push(&chunk, &mut out).is_ok()).count(), LIMIT >> 20);
    }
}
