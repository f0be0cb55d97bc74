//! A model that a test plays, behind a real HTTP server of Chat Completions: it reads what it is sent and decides by that.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::due::Sent;

/// What the model says.
pub enum Turn {
    /// It calls a tool.
    Call(&'static str, Value),
    /// It says something and calls a tool.
    Because(&'static str, &'static str, Value),
    /// It answers.
    Say(String),
    /// It begins to answer, and then its host says nothing any more, until whoever asks goes away.
    Hang(&'static str),
    /// It begins to answer, and then the connection is gone.
    Cut(&'static str),
    /// It says the numbers from 0 on, a piece each, a hundred a second, until whoever asks goes away.
    Count(Sent),
}

/// The server; it ends when this is dropped.
pub struct Scripted {
    port: u16,
    ends: Arc<AtomicBool>,
    asked: Arc<Mutex<Vec<Value>>>,
    thread: Option<JoinHandle<()>>,
}

impl Scripted {
    /// Starts it. `play` gets what the tools have told so far, oldest first, and says what comes next.
    pub fn start(play: impl Fn(&[String]) -> Turn + Send + 'static) -> Self {
        Self::seeing(move |_, told| play(told))
    }

    /// The same for one that gets the whole question as well, with the pictures in it.
    pub fn seeing(play: impl Fn(&Value, &[String]) -> Turn + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let (ends, asked) = (Arc::new(AtomicBool::new(false)), Arc::new(Mutex::new(Vec::new())));
        let (over, heard) = (Arc::clone(&ends), Arc::clone(&asked));
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if over.load(Ordering::SeqCst) {
                    break;
                }
                // Whoever asks may go away at any time.
                let _ = answer(stream, &play, &heard);
            }
        });
        Self { port, ends, asked, thread: Some(thread) }
    }

    /// Starts one that says these one after the other, and then no more.
    pub fn saying(turns: impl IntoIterator<Item = Turn>) -> Self {
        let turns = Mutex::new(turns.into_iter().collect::<VecDeque<_>>());
        let next = move || turns.lock().expect("the turns").pop_front();
        Self::start(move |_| next().unwrap_or_else(|| Turn::Say("That was all.".into())))
    }

    /// A configuration in which it is the only model.
    pub fn config(&self) -> String {
        format!(
            "[model]\ndefault = \"test/m\"\n[network]\nretries = 0\n[providers.test]\nwire = \"openai-chat\"\n\
             url = \"http://127.0.0.1:{}/v1\"\nlabel = \"Test\"\nkey = {{ none = true }}\nmodels = [\"m\"]\n",
            self.port
        )
    }

    /// The bodies of all questions.
    pub fn asked(&self) -> Vec<Value> {
        self.asked.lock().expect("the questions").clone()
    }
}

impl Drop for Scripted {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(("127.0.0.1", self.port));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn answer(
    mut stream: TcpStream,
    play: &dyn Fn(&Value, &[String]) -> Turn,
    heard: &Mutex<Vec<Value>>,
) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let (mut first, mut length) = (String::new(), 0);
    reader.read_line(&mut first)?;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let line = line.trim().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let (kind, text) = if first.starts_with("POST") {
        let question: Value = serde_json::from_slice(&body)?;
        let told = told(&question);
        let turn = play(&question, &told);
        heard.lock().expect("the questions").push(question);
        if let Turn::Hang(begins) | Turn::Cut(begins) = turn {
            let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n";
            let begun = chunk(&json!({"role": "assistant", "content": begins}), &Value::Null);
            stream.write_all(format!("{head}{begun}").as_bytes())?;
            if let Turn::Cut(_) = turn {
                return Ok(());
            }
            return reader.read_to_end(&mut body).map(drop);
        }
        if let Turn::Count(sent) = &turn {
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n")?;
            for number in 0.. {
                std::thread::sleep(Duration::from_millis(10));
                stream.write_all(chunk(&json!({"content": format!("{number} ")}), &Value::Null).as_bytes())?;
                sent.lock().expect("the times").push(Instant::now());
            }
        }
        ("text/event-stream", events(&turn, told.len()))
    } else {
        ("application/json", json!({"object": "list", "data": [{"id": "m", "object": "model"}]}).to_string())
    };
    let head = format!("HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n", text.len());
    stream.write_all(format!("{head}Connection: close\r\n\r\n{text}").as_bytes())
}

/// What the tools told, in order.
fn told(question: &Value) -> Vec<String> {
    let messages = question["messages"].as_array().map(Vec::as_slice).unwrap_or_default();
    let results = messages.iter().filter(|message| message["role"] == "tool");
    results.map(|message| message["content"].as_str().unwrap_or_default().to_owned()).collect()
}

fn events(turn: &Turn, number: usize) -> String {
    let (delta, reason) = match turn {
        Turn::Say(text) => (json!({"role": "assistant", "content": text}), "stop"),
        Turn::Hang(begins) | Turn::Cut(begins) => (json!({"role": "assistant", "content": begins}), "stop"),
        Turn::Count(_) => (json!({}), "stop"),
        Turn::Call(tool, arguments) | Turn::Because(_, tool, arguments) => {
            let function = json!({"name": tool, "arguments": arguments.to_string()});
            let call = json!({"index": 0, "id": format!("call_{number}"), "type": "function", "function": function});
            let said = if let Turn::Because(said, ..) = turn { *said } else { "" };
            (json!({"role": "assistant", "content": said, "tool_calls": [call]}), "tool_calls")
        }
    };
    format!("{}{}data: [DONE]\n\n", chunk(&delta, &Value::Null), chunk(&json!({}), &reason.into()))
}

fn chunk(delta: &Value, reason: &Value) -> String {
    let choice = json!({"index": 0, "delta": delta, "finish_reason": reason});
    let chunk = json!({"id": "c", "object": "chat.completion.chunk", "model": "m", "choices": [choice]});
    format!("data: {chunk}\n\n")
}
