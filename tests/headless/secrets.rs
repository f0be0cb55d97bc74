//! Keys never come out again: a server that quotes the key back, in bodies, streams and redirects, and where it would show.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::sync::{Arc, Mutex};

use super::nerva::{Bus, Nerva};

/// What a server answers to a question with this key.
type Quotes = fn(&str) -> String;

const KEY: &str = "sk-never-to-be-seen-0123456789";

/// A server that answers each question as `answer` says, which is told the key that was sent.
fn server(answer: Quotes) -> (u16, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    let keys = Arc::new(Mutex::new(Vec::new()));
    let seen = keys.clone();
    std::thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let mut reader = BufReader::new(client);
            let mut head = String::new();
            while !head.ends_with("\r\n\r\n") && reader.read_line(&mut head).is_ok_and(|read| read > 0) {}
            let value = |name: &str| {
                let named = |line: &str| line.to_ascii_lowercase().starts_with(&format!("{name}:"));
                let line = head.lines().find(|line| named(line))?;
                Some(line.split_once(':')?.1.trim().to_owned())
            };
            let mut body = vec![0; value("content-length").and_then(|length| length.parse().ok()).unwrap_or(0)];
            let key = value("authorization").or_else(|| value("x-api-key")).or_else(|| value("x-goog-api-key"));
            let key = key.unwrap_or_default().replace("Bearer ", "");
            let answer = answer(&key);
            // Before the answer, after which the test looks.
            if head.starts_with("POST") {
                seen.lock().expect("the keys").push(key);
            }
            // A client that goes away is its own affair.
            let _ = reader.read_exact(&mut body).and_then(|()| reader.get_mut().write_all(answer.as_bytes()));
        }
    });
    (port, keys)
}

fn reply(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\n{headers}content-length: {}\r\nconnection: close\r\n\r\n{body}", body.len())
}

const JSON: &str = "content-type: application/json\r\n";

/// Every file below a folder in which the key stands.
fn holding(folder: &Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            holding(&path, found);
        } else if path.is_file()
            && std::fs::read(&path).is_ok_and(|bytes| bytes.windows(KEY.len()).any(|w| w == KEY.as_bytes()))
        {
            found.push(path.display().to_string());
        }
    }
}

fn nowhere(nerva: &Nerva, said: &str) {
    let status = nerva.run(&["status", "--json"]);
    let told =
        [said, &nerva.sessions().to_string(), &status.stdout, &nerva.log(), &nerva.run(&["models"]).stdout].concat();
    assert!(!told.contains(KEY), "{told}");
    let mut found = Vec::new();
    for folder in ["data", "state", "cache", "run", "home"] {
        holding(&nerva.folder().join(folder), &mut found);
    }
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn a_key_that_a_server_quotes_back_is_in_no_error_log_status_or_file() {
    let answers: [(&str, Quotes); 7] = [
        ("refused the key", |key| {
            let body = format!("{{\"error\":{{\"type\":\"invalid_api_key\",\"message\":\"Wrong key {key}\"}}}}");
            reply("401 Unauthorized", JSON, &body)
        }),
        ("It said", |key| reply("500 Broken", JSON, &format!("{{\"error\":\"authorization: Bearer {key}\"}}"))),
        ("did not accept", |key| {
            reply("400 Bad", "content-type: text/plain\r\n", &format!("Authorization: Bearer {key}"))
        }),
        ("leads elsewhere", |key| {
            reply("302 Found", &format!("location: https://{key}.example/?key={key}\r\nx-key: {key}\r\n"), key)
        }),
        ("no usable answer", |key| reply("200 OK", "content-type: text/html\r\n", &format!("<p>{key}</p>"))),
        ("no usable answer", |key| {
            reply("200 OK", "content-type: text/event-stream\r\n", &format!("data: {{{key}\n\n"))
        }),
        ("an error of its own", |key| {
            let event = format!("data: {{\"error\":{{\"message\":\"for {key}\"}}}}\n\n");
            reply("200 OK", "content-type: text/event-stream\r\n", &event)
        }),
    ];
    for (words, answer) in answers {
        let (port, keys) = server(answer);
        let config = format!(
            "[log]\nlevel = \"debug\"\n[model]\ndefault = \"test/tiny\"\n[network]\nretries = 0\n[providers.test]\n\
             wire = \"openai-chat\"\nurl = \"http://127.0.0.1:{port}/v1\"\nkey = {{ env = \"TEST_KEY\" }}\nmodels = [\"tiny\"]\n"
        );
        let nerva = Bus::start().env("TEST_KEY", KEY).nervad(&config);
        let asked = nerva.run(&["ask", "hello"]);
        assert_eq!(asked.status, Some(1), "{words}: {asked:?}");
        assert!(asked.stderr.contains(words), "{words}: {}", asked.stderr.replace(KEY, "THE KEY"));
        assert_eq!(*keys.lock().expect("the keys"), [KEY], "the server had the key, so that it could quote it");
        let json = nerva.run(&["ask", "--json", "hello"]);
        let doctor = nerva.run(&["doctor"]);
        nowhere(&nerva, &[asked.stdout, asked.stderr, json.stdout, json.stderr, doctor.stdout].concat());
    }
}
