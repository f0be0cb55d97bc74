//! A model server on a socket of its own: OpenAI Chat Completions, the answer decided by the test.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use serde_json::{Value, json};

/// What the server answers.
pub struct Answer {
    words: Vec<String>,
    end: End,
}

enum End {
    Proper,
    Cut,
    Never,
}

impl Answer {
    /// These words, one chunk each, properly ended.
    pub fn words(words: &[&str]) -> Self {
        Self { words: words.iter().map(ToString::to_string).collect(), end: End::Proper }
    }

    /// These words, then the connection closes without an end.
    pub fn cut(words: &[&str]) -> Self {
        Self { end: End::Cut, ..Self::words(words) }
    }

    /// This word again and again, a hundred times a second, until the client goes.
    pub fn endless(word: &str) -> Self {
        Self { end: End::Never, ..Self::words(&[word]) }
    }
}

/// The server; its threads end with the test process.
pub struct ModelServer {
    port: u16,
}

impl ModelServer {
    /// Answers every question with what `decide` makes of the request's body.
    pub fn start(decide: impl Fn(&Value) -> Answer + Clone + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let decide = decide.clone();
                // A client that goes away in the middle is what some tests are about.
                std::thread::spawn(move || drop(serve(client, decide)));
            }
        });
        Self { port }
    }

    /// A provider section for it.
    pub fn provider(&self) -> String {
        Self::provider_for(self.port)
    }

    /// A whole configuration with it as the only provider.
    pub fn config(&self) -> String {
        Self::config_for(self.port)
    }

    /// The same for any port.
    pub fn config_for(port: u16) -> String {
        format!("[model]\ndefault = \"test/tiny\"\n[network]\nretries = 0\n{}", Self::provider_for(port))
    }

    fn provider_for(port: u16) -> String {
        format!(
            "[providers.test]\nwire = \"openai-chat\"\nurl = \"http://127.0.0.1:{port}/v1\"\nkey = {{ none = true }}\n\
             models = [\"tiny\"]\n"
        )
    }
}

fn serve(mut client: TcpStream, decide: impl Fn(&Value) -> Answer) -> std::io::Result<()> {
    client.set_nodelay(true)?;
    let mut reader = BufReader::new(client.try_clone()?);
    let mut first = String::new();
    reader.read_line(&mut first)?;
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        if line.trim().is_empty() {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    if first.starts_with("GET") {
        let list = json!({"object": "list", "data": [{"id": "tiny", "object": "model"}]}).to_string();
        return write!(
            client,
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{list}",
            list.len()
        );
    }
    let answer = decide(&serde_json::from_slice(&body).unwrap_or_default());
    client.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n")?;
    for word in &answer.words {
        chunk(&mut client, word)?;
    }
    match answer.end {
        End::Proper => {
            let count = answer.words.len();
            let stop = json!({"id": "c", "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]});
            let usage = json!({"id": "c", "choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": count}});
            write!(client, "data: {stop}\n\ndata: {usage}\n\ndata: [DONE]\n\n")
        }
        End::Cut => Ok(()),
        End::Never => loop {
            std::thread::sleep(Duration::from_millis(10));
            for word in &answer.words {
                chunk(&mut client, word)?;
            }
        },
    }
}

fn chunk(client: &mut TcpStream, word: &str) -> std::io::Result<()> {
    let data = json!({"id": "c", "choices": [{"index": 0, "delta": {"content": word}, "finish_reason": null}]});
    write!(client, "data: {data}\n\n")
}
