//! A model server on a socket of its own: OpenAI Chat Completions, the answer decided by the test.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::{Value, json};

use crate::due::Sent;

/// What the server answers.
pub struct Answer {
    status: &'static str,
    words: Vec<String>,
    pace: Duration,
    end: End,
}

enum End {
    Proper,
    Cut,
    Reset(Arc<AtomicBool>),
    Silence,
    Mute,
    Never,
    Numbers(Sent),
}

impl Answer {
    /// These words, one chunk each, properly ended.
    pub fn words(words: &[&str]) -> Self {
        let words = words.iter().map(ToString::to_string).collect();
        Self { status: "200 OK", words, pace: Duration::ZERO, end: End::Proper }
    }

    /// The same, with a pause before each word.
    pub fn every(self, pace: Duration) -> Self {
        Self { pace, ..self }
    }

    /// No answer but this status, with the permission to ask again at once.
    pub fn refused(status: &'static str) -> Self {
        Self { status, ..Self::words(&[]) }
    }

    /// These words, then the connection closes without an end.
    pub fn cut(words: &[&str]) -> Self {
        Self { end: End::Cut, ..Self::words(words) }
    }

    /// These words, then the connection is reset, as soon as it may be: what is on its way is lost with a reset.
    pub fn reset(words: &[&str], may: &Arc<AtomicBool>) -> Self {
        Self { end: End::Reset(may.clone()), ..Self::words(words) }
    }

    /// These words, then nothing more, on an open connection.
    pub fn silence(words: &[&str]) -> Self {
        Self { end: End::Silence, ..Self::words(words) }
    }

    /// Nothing at all, on an open connection.
    pub fn mute() -> Self {
        Self { end: End::Mute, ..Self::words(&[]) }
    }

    /// This word again and again, a hundred times a second, until the client goes.
    pub fn endless(word: &str) -> Self {
        Self { pace: Duration::from_millis(10), end: End::Never, ..Self::words(&[word]) }
    }

    /// The numbers from 0 on, a piece each, a hundred a second, until the client goes.
    pub fn numbers(sent: &Sent) -> Self {
        Self { pace: Duration::from_millis(10), end: End::Numbers(sent.clone()), ..Self::words(&[]) }
    }
}

/// The server; its threads end with the test process.
pub struct ModelServer {
    url: String,
    heads: Arc<Mutex<Vec<String>>>,
    away: Arc<AtomicBool>,
}

impl ModelServer {
    /// Answers every question with what `decide` makes of the request's body.
    pub fn start(decide: impl Fn(&Value) -> Answer + Clone + Send + 'static) -> Self {
        Self::listen("http", decide, Ok)
    }

    /// The same behind TLS, with a certificate that it signs itself and writes to `cert.pem` in this folder.
    pub fn start_tls(folder: &Path, decide: impl Fn(&Value) -> Answer + Clone + Send + 'static) -> Self {
        let config = Arc::new(self_signed(folder));
        Self::listen("https", decide, move |client| {
            let session = rustls::ServerConnection::new(config.clone()).map_err(std::io::Error::other)?;
            Ok(rustls::StreamOwned::new(session, client))
        })
    }

    fn listen<C: Read + Write>(
        scheme: &str,
        decide: impl Fn(&Value) -> Answer + Clone + Send + 'static,
        wrap: impl Fn(TcpStream) -> std::io::Result<C> + Clone + Send + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("{scheme}://127.0.0.1:{}/v1", listener.local_addr().expect("an address").port());
        let heads = Arc::new(Mutex::new(Vec::new()));
        let heard = heads.clone();
        let away = Arc::new(AtomicBool::new(false));
        let is_away = away.clone();
        std::thread::spawn(move || {
            for client in listener.incoming().flatten().filter(|_| !is_away.load(Ordering::SeqCst)) {
                let (decide, wrap, heard) = (decide.clone(), wrap.clone(), heard.clone());
                // A client that goes away in the middle is what some tests are about.
                std::thread::spawn(move || {
                    client.set_nodelay(true)?;
                    let raw = client.try_clone()?;
                    serve(wrap(client)?, &raw, &heard, decide)
                });
            }
        });
        Self { url, heads, away }
    }

    /// The heads of the questions so far, in lower case.
    pub fn heads(&self) -> Vec<String> {
        self.heads.lock().expect("the heads").clone()
    }

    /// Hangs up on everybody, or does not any more.
    pub fn be_away(&self, away: bool) {
        self.away.store(away, Ordering::SeqCst);
    }

    /// Its address as an Ollama's, without a path.
    pub fn host(&self) -> &str {
        self.url.trim_end_matches("/v1")
    }

    /// A provider section for it.
    pub fn provider(&self) -> String {
        self.provider_with("key = { none = true }")
    }

    /// The same with this line about its key.
    pub fn provider_with(&self, key: &str) -> String {
        provider_for(&self.url, key)
    }

    /// A whole configuration with it as the only provider.
    pub fn config(&self) -> String {
        self.config_with("retries = 0")
    }

    /// The same with these lines about the network.
    pub fn config_with(&self, network: &str) -> String {
        format!("[model]\ndefault = \"test/tiny\"\n[network]\n{network}\n{}", self.provider())
    }

    /// A configuration for a port that nobody listens on.
    pub fn config_for(port: u16) -> String {
        let provider = provider_for(&format!("http://127.0.0.1:{port}/v1"), "key = { none = true }");
        format!("[model]\ndefault = \"test/tiny\"\n[network]\nretries = 0\n{provider}")
    }
}

fn provider_for(url: &str, key: &str) -> String {
    format!("[providers.test]\nwire = \"openai-chat\"\nurl = \"{url}\"\n{key}\nmodels = [\"tiny\"]\n")
}

fn self_signed(folder: &Path) -> rustls::ServerConfig {
    let (cert, key) = (folder.join("cert.pem"), folder.join("key.pem"));
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"])
        .args(["-subj", "/CN=nerva test", "-addext", "subjectAltName=IP:127.0.0.1"])
        .args(["-addext", "basicConstraints=critical,CA:FALSE", "-keyout"])
        .arg(&key)
        .arg("-out")
        .arg(&cert)
        .output()
        .expect("openssl (package openssl)");
    assert!(made.status.success(), "{made:?}");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let chain = vec![CertificateDer::from_pem_file(&cert).expect("a certificate")];
    let key = PrivateKeyDer::from_pem_file(&key).expect("a key");
    config.expect("TLS").with_no_client_auth().with_single_cert(chain, key).expect("a usable certificate")
}

fn serve<C: Read + Write>(
    client: C,
    raw: &TcpStream,
    heard: &Mutex<Vec<String>>,
    decide: impl Fn(&Value) -> Answer,
) -> std::io::Result<()> {
    let mut reader = BufReader::new(client);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head)? == 0 {
            return Ok(());
        }
    }
    let head = head.to_ascii_lowercase();
    let ollama = head.starts_with("post /api/");
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body)?;
    let client = reader.get_mut();
    if head.starts_with("get") {
        // As OpenAI lists its models, and as Ollama does.
        let data = json!([{"id": "tiny", "object": "model"}]);
        let list = json!({"object": "list", "data": data, "models": [{"name": "tiny"}]}).to_string();
        let kind = format!("content-type: application/json\r\ncontent-length: {}\r\nconnection: close", list.len());
        return write!(client, "HTTP/1.1 200 OK\r\n{kind}\r\n\r\n{list}");
    }
    heard.lock().expect("the heads").push(head);
    let answer = decide(&serde_json::from_slice(&body).unwrap_or_default());
    if let End::Mute = answer.end {
        return until_it_goes(reader);
    }
    let status = answer.status;
    let kind = "content-type: text/event-stream\r\nretry-after: 0\r\nconnection: close";
    write!(client, "HTTP/1.1 {status}\r\n{kind}\r\n\r\n")?;
    if status != "200 OK" {
        return client.flush();
    }
    let mut send = |word: &str| {
        std::thread::sleep(answer.pace);
        let data = json!({"id": "c", "choices": [{"index": 0, "delta": {"content": word}, "finish_reason": null}]});
        if ollama {
            writeln!(client, "{}", json!({"message": {"content": word}, "done": false}))?;
        } else {
            write!(client, "data: {data}\n\n")?;
        }
        client.flush()
    };
    loop {
        for word in &answer.words {
            send(word)?;
        }
        match &answer.end {
            End::Never => {}
            End::Numbers(sent) => {
                let number = sent.lock().expect("the times").len();
                send(&format!("{number} "))?;
                sent.lock().expect("the times").push(Instant::now());
            }
            _ => break,
        }
    }
    match answer.end {
        End::Proper if ollama => writeln!(client, "{}", json!({"message": {}, "done": true, "done_reason": "stop"})),
        End::Proper => {
            let count = answer.words.len();
            let stop = json!({"id": "c", "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]});
            let usage = json!({"id": "c", "choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": count}});
            write!(client, "data: {stop}\n\ndata: {usage}\n\ndata: [DONE]\n\n")?;
            client.flush()
        }
        End::Silence => until_it_goes(reader),
        End::Reset(may) => {
            while !may.load(Ordering::SeqCst) {
                std::thread::sleep(Duration::from_millis(5));
            }
            // Closing now sends a reset instead of an end.
            Ok(rustix::net::sockopt::set_socket_linger(raw, Some(Duration::ZERO))?)
        }
        End::Cut | End::Mute | End::Never | End::Numbers(_) => Ok(()),
    }
}

fn until_it_goes(mut client: impl Read) -> std::io::Result<()> {
    client.read(&mut [0]).map(drop)
}
