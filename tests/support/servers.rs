//! The servers of the model rig: started on a free port, waited for, and ended with the test that started them.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};

use serde_json::Value;

/// A running server; it ends when this is dropped, and also when the test process dies.
pub struct Server {
    child: Child,
    lifeline: Option<ChildStdin>,
    port: u16,
}

impl Server {
    /// The real llama.cpp with the scripted model; `rate` in tokens per second, `None` as fast as it goes.
    pub fn llama(rate: Option<f32>) -> Self {
        Self::llama_with("scripted.gguf", rate)
    }

    /// The real llama.cpp with the model that never stops by itself.
    pub fn llama_endless(rate: Option<f32>) -> Self {
        Self::llama_with("random.gguf", rate)
    }

    fn llama_with(model: &str, rate: Option<f32>) -> Self {
        let mut words = vec![rig().join(model).display().to_string()];
        if let Some(rate) = rate {
            words.extend(["--rate".into(), rate.to_string()]);
        }
        Self::start("llama_server.py", &words)
    }

    /// aimock with the fixtures of `tests/rig/llm/aimock.json`.
    pub fn aimock() -> Self {
        Self::start("aimock.py", &[])
    }

    /// The byte-exact server; its cases are listed in `tests/rig/llm/raw_sse.py`.
    pub fn raw() -> Self {
        Self::start("raw_sse.py", &[])
    }

    fn start(script: &str, words: &[String]) -> Self {
        let python = rig().join("venv/bin/python");
        assert!(
            rig().join("node.stamp").exists() && python.exists(),
            "the model-server rig is not set up in {}: run tests/rig/llm/setup",
            rig().display()
        );
        let mut child = Command::new(python)
            .arg(scripts().join(script))
            .args(words)
            .arg("--lifeline")
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{script} does not start: {error}"));
        let lifeline = child.stdin.take();
        let mut lines = BufReader::new(child.stdout.take().expect("piped above")).lines();
        let port = lines
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| line.strip_prefix("listening http://127.0.0.1:")?.trim().parse().ok())
            .unwrap_or_else(|| panic!("{script} ended before it listened; its own words are above"));
        // Whatever else it prints must not fill the pipe.
        std::thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
        Self { child, lifeline, port }
    }

    /// `http://127.0.0.1:PORT`
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// What aimock was asked, in the order in which it was asked: its reading of each request, as Chat Completions.
    pub fn journal(&self) -> Vec<Value> {
        let journal = self.get("/__aimock/journal");
        journal.get("entries").unwrap_or(&journal).as_array().expect("a list of requests").clone()
    }

    /// What the byte-exact server was asked: method, path, headers and body of each request.
    pub fn requests(&self) -> Vec<Value> {
        self.get("/requests").as_array().expect("a list of requests").clone()
    }

    fn get(&self, path: &str) -> Value {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).expect("the server listens");
        // HTTP/1.0, so that the body comes as it is and ends with the connection.
        write!(stream, "GET {path} HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n").expect("written");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("read");
        let (_, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
        serde_json::from_str(body).unwrap_or_else(|error| panic!("{path}: {error}: {body}"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.lifeline.take());
        _ = self.child.wait();
    }
}

/// Runs a Python script of the rig's environment to its end; gives whether it succeeded and what it printed.
pub fn python(script: &Path, words: &[&str]) -> (bool, String) {
    let python = rig().join("venv/bin/python");
    assert!(python.exists(), "the model-server rig is not set up in {}: run tests/rig/llm/setup", rig().display());
    let output = Command::new(python).arg(script).args(words).output().expect("python starts");
    (output.status.success(), String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
}

/// Where `tests/rig/llm/setup` put things.
fn rig() -> PathBuf {
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    std::env::var_os("NERVA_RIG_DIR").map_or_else(|| top.join("target/rig"), PathBuf::from).join("llm")
}

fn scripts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rig/llm")
}
