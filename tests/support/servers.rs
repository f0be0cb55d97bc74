//! The servers of the model rig: started on a free port, waited for, and ended with the test that started them.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};

use nerva::config::Wire;
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

    /// The real llama.cpp with a model that calls this tool, where it has tools, and closes when it has the result.
    pub fn llama_calling(tool: &str, arguments: &str) -> Self {
        Self::set_up();
        let file = tempfile::Builder::new().prefix("nerva-calling-").suffix(".gguf").tempfile().expect("a file");
        let model = file.path();
        let made = Command::new(installed())
            .arg(scripts().join("make_gguf.py"))
            .args(["scripted", &model.display().to_string(), "--tool", tool, "--arguments", arguments])
            .stdout(Stdio::null())
            .status();
        assert!(made.is_ok_and(|made| made.success()), "make_gguf.py failed");
        // It has been read when the server is there.
        Self::start(&installed(), "llama_server.py", &[model.display().to_string(), "--context".into(), "32768".into()])
    }

    fn set_up() {
        let setup = Command::new(scripts().join("setup")).arg("model").status().expect("tests/rig/llm/setup");
        assert!(setup.success(), "tests/rig/llm/setup model failed");
    }

    fn llama_with(model: &str, rate: Option<f32>) -> Self {
        Self::set_up();
        let mut words = vec![rig().join(model).display().to_string()];
        if let Some(rate) = rate {
            words.extend(["--rate".into(), rate.to_string()]);
        }
        Self::start(&installed(), "llama_server.py", &words)
    }

    /// aimock with the fixtures of `tests/rig/llm/aimock.json`.
    pub fn aimock() -> Self {
        assert!(rig().join("node.stamp").exists(), "{}", missing());
        Self::start(&installed(), "aimock.py", &[])
    }

    /// The byte-exact server, which needs nothing but Python; its cases are listed in `tests/rig/llm/raw_sse.py`. The case
    /// is the model's name or the first word of the question.
    pub fn raw() -> Self {
        Self::start(Path::new("python3"), "raw_sse.py", &[])
    }

    /// A model that makes these calls one after the other; what it says is in `tests/rig/llm/script_sse.py`.
    pub fn scripted(calls: &Value) -> Self {
        Self::start(Path::new("python3"), "script_sse.py", &[calls.to_string()])
    }

    /// The same, with answers that begin with `One moment.` and go on once this file is there.
    pub fn scripted_after(calls: &Value, file: &Path) -> Self {
        let words = [calls.to_string(), "--after".into(), file.display().to_string()];
        Self::start(Path::new("python3"), "script_sse.py", &words)
    }

    fn start(python: &Path, script: &str, words: &[String]) -> Self {
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

    /// A configuration in which this server is the only provider and `model` the default.
    pub fn config(&self, model: &str) -> String {
        format!(
            "[model]\ndefault = \"test/{model}\"\n[network]\nretries = 0\n[providers.test]\nwire = \"openai-chat\"\n\
             url = \"{}/v1\"\nlabel = \"Test\"\nkey = {{ none = true }}\nmodels = [\"{model}\"]\n",
            self.url()
        )
    }

    /// Ends it at once, as a server that crashes.
    pub fn kill(&mut self) {
        self.child.kill().expect("a running server");
        self.child.wait().expect("its end");
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

    /// The pictures of the newest question to Chat Completions, decoded.
    pub fn pictures(&self) -> Vec<image::RgbImage> {
        let requests = self.requests();
        super::sent::pictures(&super::sent::newest(Wire::OpenaiChat, &requests.last().expect("a request")["body"]))
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
    let python = installed();
    assert!(python.exists(), "{}", missing());
    let output = Command::new(python).arg(script).args(words).output().expect("python starts");
    (output.status.success(), String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
}

/// The Python that the rig's packages are installed for.
fn installed() -> PathBuf {
    rig().join("venv/bin/python")
}

fn missing() -> String {
    format!("the model-server rig is not set up in {}: run tests/rig/llm/setup", rig().display())
}

/// Where `tests/rig/llm/setup` put things.
pub fn rig() -> PathBuf {
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    std::env::var_os("NERVA_RIG_DIR").map_or_else(|| top.join("target/rig"), PathBuf::from).join("llm")
}

/// The scripts of the rig.
pub fn scripts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rig/llm")
}
