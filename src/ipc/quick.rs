//! One method call without a bus library, for the hotkey: a socket, a handshake, two messages (D-Bus Specification 0.43).
//!
//! A full client takes several milliseconds before its first byte; this takes less than one.

use std::io::{Error, ErrorKind, Read, Result, Write};
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::net::{SocketAddr, UnixStream};
use std::time::Duration;

use super::{INTERFACE, NAME, PATH};

/// A bus that does not answer for so long is not going to.
const PATIENCE: Duration = Duration::from_secs(5);

const METHOD_CALL: u8 = 1;
const METHOD_RETURN: u8 = 2;
const ERROR: u8 = 3;

/// Do not start the service for this call: the full client does that, and says when it fails.
const NO_AUTO_START: u8 = 2;

/// What came of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It was carried out.
    Done,
    /// Nobody owns the name.
    NotRunning,
    /// nervad, or the bus, refused.
    Refused(String),
}

/// Calls a method without arguments of Nerva on the bus at `address` (`$DBUS_SESSION_BUS_ADDRESS`).
///
/// An error means that the call was not sent, so that another way may be tried; what goes wrong later is a refusal.
pub fn call(address: &str, method: &str) -> Result<Outcome> {
    let mut socket = connect(address)?;
    socket.set_read_timeout(Some(PATIENCE))?;
    let identity: String =
        rustix::process::geteuid().as_raw().to_string().bytes().map(|b| format!("{b:02x}")).collect();
    let mut out = format!("\0AUTH EXTERNAL {identity}\r\nBEGIN\r\n").into_bytes();
    // All in one write: nothing in it depends on an answer.
    out.extend(message(1, 0, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "Hello"));
    out.extend(message(2, NO_AUTO_START, NAME, PATH, INTERFACE, method));
    socket.write_all(&out)?;
    Ok(answer(&mut socket).unwrap_or_else(|error| Outcome::Refused(format!("the session bus did not answer: {error}"))))
}

fn answer(socket: &mut UnixStream) -> Result<Outcome> {
    read_line(socket)?;
    loop {
        let received = receive(socket)?;
        match (received.kind, received.reply_to) {
            (METHOD_RETURN, Some(2)) => return Ok(Outcome::Done),
            (ERROR, Some(2)) => {
                return Ok(match received.error.as_str() {
                    "org.freedesktop.DBus.Error.NameHasNoOwner" | "org.freedesktop.DBus.Error.ServiceUnknown" => {
                        Outcome::NotRunning
                    }
                    _ => Outcome::Refused(received.text),
                });
            }
            (ERROR, Some(1)) => return Err(Error::other(received.text)),
            _ => {}
        }
    }
}

fn connect(address: &str) -> Result<UnixStream> {
    let mut last = Error::new(ErrorKind::NotFound, "DBUS_SESSION_BUS_ADDRESS names no unix socket");
    for server in address.split(';') {
        let Some(options) = server.strip_prefix("unix:") else { continue };
        for option in options.split(',') {
            let connected = match option.split_once('=') {
                Some(("path", path)) => UnixStream::connect(unescape(path)),
                Some(("abstract", name)) => {
                    SocketAddr::from_abstract_name(unescape(name)).and_then(|name| UnixStream::connect_addr(&name))
                }
                _ => continue,
            };
            match connected {
                Ok(socket) => return Ok(socket),
                Err(error) => last = error,
            }
        }
    }
    Err(last)
}

/// `%2c` and the like in addresses.
fn unescape(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let escaped =
            (first == b'%').then(|| after.get(..2)).flatten().and_then(|digits| std::str::from_utf8(digits).ok());
        match escaped.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn message(serial: u32, flags: u8, destination: &str, path: &str, interface: &str, member: &str) -> Vec<u8> {
    let mut fields = Vec::new();
    for (code, signature, value) in [(1, b'o', path), (2, b's', interface), (3, b's', member), (6, b's', destination)] {
        pad(&mut fields, 8);
        fields.extend([code, 1, signature, 0]);
        fields.extend(u32::try_from(value.len()).unwrap_or(u32::MAX).to_le_bytes());
        fields.extend(value.bytes());
        fields.push(0);
    }
    let mut out = vec![b'l', METHOD_CALL, flags, 1, 0, 0, 0, 0];
    out.extend(serial.to_le_bytes());
    out.extend(u32::try_from(fields.len()).unwrap_or(u32::MAX).to_le_bytes());
    // The header is 16 bytes long, so that the alignment within the fields is that within the message.
    out.extend(fields);
    pad(&mut out, 8);
    out
}

fn pad(bytes: &mut Vec<u8>, to: usize) {
    bytes.resize(bytes.len().next_multiple_of(to), 0);
}

fn read_line(socket: &mut UnixStream) -> Result<()> {
    let mut line = Vec::new();
    let mut byte = [0];
    while !line.ends_with(b"\r\n") {
        socket.read_exact(&mut byte)?;
        line.push(byte[0]);
    }
    if line.starts_with(b"OK ") {
        return Ok(());
    }
    Err(Error::new(ErrorKind::PermissionDenied, "the session bus refused this user"))
}

struct Received {
    kind: u8,
    reply_to: Option<u32>,
    error: String,
    /// The first argument, when it is a string.
    text: String,
}

fn receive(socket: &mut UnixStream) -> Result<Received> {
    let garbled = || Error::new(ErrorKind::InvalidData, "the session bus sent something that is no message");
    let mut header = [0; 16];
    socket.read_exact(&mut header)?;
    let number = |at: usize| {
        let bytes = [header[at], header[at + 1], header[at + 2], header[at + 3]];
        if header[0] == b'l' { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) }
    };
    let (body_len, fields_len) = (number(4) as usize, number(12) as usize);
    // The specification's own limits.
    if fields_len > 1 << 26 || body_len > 1 << 27 {
        return Err(garbled());
    }
    let mut fields = vec![0; fields_len.next_multiple_of(8)];
    socket.read_exact(&mut fields)?;
    let mut body = vec![0; body_len];
    socket.read_exact(&mut body)?;
    let little = header[0] == b'l';
    let mut received = Received { kind: header[1], reply_to: None, error: String::new(), text: String::new() };
    let mut at = 0;
    while at < fields_len {
        at = at.next_multiple_of(8);
        let (Some(&code), Some(&signature)) = (fields.get(at), fields.get(at + 2)) else { return Err(garbled()) };
        at += 4;
        match signature {
            b'u' => {
                let value = word(&fields, at, little).ok_or_else(garbled)?;
                if code == 5 {
                    received.reply_to = Some(value);
                }
                at += 4;
            }
            b's' | b'o' => {
                let text = string(&fields, at, little).ok_or_else(garbled)?;
                at += 4 + text.len() + 1;
                if code == 4 {
                    received.error = text;
                }
            }
            b'g' => at += 2 + usize::from(*fields.get(at).ok_or_else(garbled)?),
            _ => return Err(garbled()),
        }
    }
    received.text = string(&body, 0, little).unwrap_or_default();
    Ok(received)
}

fn word(bytes: &[u8], at: usize, little: bool) -> Option<u32> {
    let bytes: [u8; 4] = bytes.get(at..at + 4)?.try_into().ok()?;
    Some(if little { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) })
}

fn string(bytes: &[u8], at: usize, little: bool) -> Option<String> {
    let len = word(bytes, at, little)? as usize;
    let text = bytes.get(at + 4..(at + 4).checked_add(len)?)?;
    Some(String::from_utf8_lossy(text).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_aligned_and_says_its_lengths() {
        let bytes = message(7, NO_AUTO_START, NAME, PATH, INTERFACE, "Toggle");
        assert_eq!(bytes.len() % 8, 0);
        assert_eq!(&bytes[..4], b"l\x01\x02\x01");
        assert_eq!(word(&bytes, 8, true), Some(7));
        let fields_len = word(&bytes, 12, true).unwrap() as usize;
        assert_eq!((16 + fields_len).next_multiple_of(8), bytes.len());
    }

    #[test]
    fn addresses_are_unescaped() {
        assert_eq!(unescape("/tmp/a%2cb%3D"), "/tmp/a,b=");
        assert_eq!(unescape("100%"), "100%");
        assert_eq!(unescape("%zz"), "%zz");
    }

    #[test]
    fn an_address_without_a_socket_is_an_error_that_names_the_variable() {
        let error = call("tcp:host=x", "Toggle").unwrap_err();
        assert!(error.to_string().contains("DBUS_SESSION_BUS_ADDRESS"), "{error}");
    }
}
