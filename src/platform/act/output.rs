//! What a command prints: told as it comes, and kept at both ends.

use tokio::io::AsyncReadExt as _;
use tokio::net::unix::pipe;

use super::{LONGEST, bounded};
use crate::model::unsteered;

/// A command that prints more than this is ended.
pub(super) const FLOOD: usize = 8 << 20;

/// The beginning and the end of what a command printed.
#[derive(Debug, Default)]
pub(super) struct Output {
    first: Vec<u8>,
    last: Vec<u8>,
    total: usize,
}

impl Output {
    /// Reads to its end; `false` where it is a flood.
    pub(super) async fn read(&mut self, pipe: &mut pipe::Receiver, heard: &(impl Fn(&[u8]) + Sync)) -> bool {
        let mut piece = vec![0; 16 * 1024];
        while let Ok(read) = pipe.read(&mut piece).await {
            if read == 0 {
                break;
            }
            self.put(&piece[..read]);
            heard(&piece[..read]);
            if self.total > FLOOD {
                return false;
            }
        }
        true
    }

    fn put(&mut self, piece: &[u8]) {
        self.total += piece.len();
        let room = (LONGEST - self.first.len()).min(piece.len());
        self.first.extend_from_slice(&piece[..room]);
        self.last.extend_from_slice(&piece[room..]);
        let beyond = self.last.len().saturating_sub(LONGEST);
        drop(self.last.drain(..beyond));
    }

    /// All of it as a text that is not too long, without what steers a terminal.
    pub(super) fn text(&self) -> String {
        let mut output = String::from_utf8_lossy(&self.first).into_owned();
        let kept = self.first.len() + self.last.len();
        if self.total > kept {
            output.push_str(&format!("\n[… {} bytes left out …]\n", self.total - kept));
        }
        output.push_str(&String::from_utf8_lossy(&self.last));
        bounded(&unsteered(&output))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ends_are_kept_and_what_steers_a_terminal_is_not() {
        let mut output = Output::default();
        output.put(b"\x1b[1mbegin\x1b[0m\n");
        (0..40).for_each(|_| output.put(&[b'x'; 10_000]));
        output.put(b"\nend");
        let text = output.text();
        assert!(text.starts_with("begin\n") && text.ends_with("\nend") && text.contains("left out"), "{}", text.len());
        assert!(text.len() <= LONGEST + 100, "{}", text.len());
    }
}
