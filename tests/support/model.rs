//! Model servers of the rig, each a child that ends with the test that started it.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// A server that listens on this machine.
pub struct Model {
    child: Child,
    /// `http://127.0.0.1:PORT`
    pub url: String,
}

fn rig() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rig/llm")
}

impl Model {
    /// Answers byte for byte as a case demands; the case is the model's name or the first word of the question.
    pub fn raw() -> Self {
        Self::start(Command::new("python3").arg(rig().join("raw_sse.py")))
    }

    /// The real llama.cpp server with the demonstration model, at a pace that can be watched.
    pub fn llama(tokens_per_second: u32) -> Self {
        let setup = Command::new(rig().join("setup")).arg("model").status().expect("tests/rig/llm/setup");
        assert!(setup.success(), "tests/rig/llm/setup model failed");
        let installed = std::env::var_os("NERVA_RIG_DIR")
            .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("target/rig"), PathBuf::from)
            .join("llm");
        Self::start(
            Command::new(installed.join("venv/bin/python"))
                .arg(rig().join("llama_server.py"))
                .arg(installed.join("scripted.gguf"))
                .args(["--rate", &tokens_per_second.to_string()]),
        )
    }

    fn start(command: &mut Command) -> Self {
        let mut child = command
            .arg("--lifeline")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("python3");
        let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let line = lines.next().expect("the server ended before it listened").expect("a line");
        let url = line.strip_prefix("listening ").expect("where it listens").trim().to_owned();
        Self { child, url }
    }

    /// A configuration in which this server is the only provider and `model` the default.
    pub fn config(&self, model: &str) -> String {
        format!(
            "[model]\ndefault = \"test/{model}\"\n[network]\nretries = 0\n[providers.test]\nwire = \"openai-chat\"\n\
             url = \"{}/v1\"\nlabel = \"Test\"\nkey = {{ none = true }}\nmodels = [\"{model}\"]\n",
            self.url
        )
    }

    /// Ends it at once, as a server that crashes.
    pub fn kill(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Model {
    fn drop(&mut self) {
        self.kill();
    }
}
