//! A proxy that is set is the way out: seen by a real one, for http and https, and what goes by it.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use super::model_server::{Answer, ModelServer};
use super::nerva::Bus;

/// A proxy that answers http itself, with words of its own, and opens no tunnel.
struct Proxy {
    port: u16,
    lines: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let lines = Arc::new(Mutex::new(Vec::new()));
        let seen = lines.clone();
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let mut reader = BufReader::new(client);
                let mut head = String::new();
                while !head.ends_with("\r\n\r\n") && reader.read_line(&mut head).is_ok_and(|read| read > 0) {}
                let first = head.lines().next().unwrap_or_default().to_owned();
                seen.lock().expect("the lines").push(first.clone());
                let length = head.to_ascii_lowercase();
                let length = length.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok());
                let _ = reader.read_exact(&mut vec![0; length.unwrap_or(0)]);
                let body = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"through the proxy\"},\"finish_reason\":\
                            \"stop\"}]}\n\ndata: [DONE]\n\n";
                let answer = if first.starts_with("CONNECT") {
                    "HTTP/1.1 403 No tunnels here\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".to_owned()
                } else {
                    format!("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n{body}")
                };
                // A client that goes away is its own affair.
                let _ = reader.get_mut().write_all(answer.as_bytes());
            }
        });
        Self { port, lines }
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The first lines of the questions that it was asked.
    fn asked(&self) -> Vec<String> {
        let lines = self.lines.lock().expect("the lines");
        lines.iter().filter(|line| !line.starts_with("GET")).cloned().collect()
    }
}

fn far(scheme: &str) -> String {
    // Nobody answers to that name (RFC 2606): only a proxy can know the way.
    format!(
        "[providers.far]\nwire = \"openai-chat\"\nurl = \"{scheme}://model.invalid/v1\"\nkey = {{ none = true }}\nmodels = [\"m\"]\n"
    )
}

#[test]
fn what_is_elsewhere_is_asked_through_the_proxy_and_what_is_here_is_not() {
    let here = ModelServer::start(|_| Answer::words(&["from here"]));
    for of_the_environment in [false, true] {
        let proxy = Proxy::start();
        let set = if of_the_environment { String::new() } else { format!("proxy = \"{}\"", proxy.url()) };
        let config = |scheme: &str| format!("{}{}", here.config_with(&format!("retries = 0\n{set}")), far(scheme));
        let mut bus = Bus::start();
        if of_the_environment {
            bus = bus.env("HTTP_PROXY", &proxy.url()).env("HTTPS_PROXY", &proxy.url()).env("http_proxy", &proxy.url());
        }
        let nerva = bus.nervad(&config("http"));
        let asked = nerva.run(&["ask", "--model", "far/m", "hello"]);
        assert_eq!((asked.status, asked.stdout.trim_end()), (Some(0), "through the proxy"), "{asked:?}");
        assert_eq!(proxy.asked(), ["POST http://model.invalid/v1/chat/completions HTTP/1.1"]);
        assert_eq!(nerva.run(&["ask", "hello"]).stdout.trim_end(), "from here");
        assert_eq!(proxy.asked().len(), 1, "what is on this machine stays here");
        nerva.write_config(&config("https"));
        nerva.until("a tunnel to be asked for", |nerva| {
            let asked = nerva.run(&["ask", "--model", "far/m", "hello"]);
            asked.status == Some(1) && asked.stderr.contains("model.invalid")
        });
        let asked = proxy.asked();
        assert!(asked.iter().any(|line| line == "CONNECT model.invalid:443 HTTP/1.1"), "{asked:?}");
    }
}

#[test]
fn no_proxy_of_the_environment_goes_by_it() {
    let proxy = Proxy::start();
    let bus = Bus::start().env("HTTP_PROXY", &proxy.url()).env("http_proxy", &proxy.url());
    let bus = bus.env("NO_PROXY", "model.invalid").env("no_proxy", "model.invalid");
    let nerva = bus.nervad(&format!("[network]\nretries = 0\n{}", far("http")));
    let asked = nerva.run(&["ask", "--model", "far/m", "hello"]);
    assert!(asked.status == Some(1) && asked.stderr.contains("(model.invalid) does not answer"), "{asked:?}");
    assert!(proxy.asked().is_empty(), "{:?}", proxy.asked());
}
