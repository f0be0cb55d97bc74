//! Keys of providers from the real keyring and from systemd's credentials, as the provider gets them.

use std::io::Write as _;
use std::process::{Child, Stdio};

use super::model_server::{Answer, ModelServer};
use super::nerva::Bus;

/// gnome-keyring on a bus of its own, unlocked; it ends when this is dropped.
struct Keyring(Child);

impl Keyring {
    fn start(bus: &Bus) -> Self {
        let mut daemon = bus
            .command("gnome-keyring-daemon")
            .args(["--unlock", "--foreground", "--components=secrets"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("gnome-keyring-daemon (package gnome-keyring)");
        // The password ends with the input.
        let mut input = daemon.stdin.take().expect("its input");
        input.write_all(b"a password").expect("the password");
        drop(input);
        let keyring = Self(daemon);
        bus.wait_for("org.freedesktop.secrets");
        keyring
    }
}

impl Drop for Keyring {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn store(bus: &Bus, account: &str, key: &str) {
    let mut tool = bus
        .command("secret-tool")
        .args(["store", "--label=Nerva", "service", "nerva", "account", account])
        .stdin(Stdio::piped())
        .spawn()
        .expect("secret-tool (package libsecret-tools)");
    tool.stdin.take().expect("its input").write_all(key.as_bytes()).expect("the key");
    assert!(tool.wait().expect("its end").success());
}

fn config(server: &ModelServer, key: &str) -> String {
    format!("[model]\ndefault = \"test/tiny\"\n[network]\nretries = 0\n{}", server.provider_with(key))
}

#[test]
fn a_key_of_the_keyring_goes_with_the_question() {
    let server = ModelServer::start(|_| Answer::words(&["authorised"]));
    let bus = Bus::start();
    let _keyring = Keyring::start(&bus);
    store(&bus, "other", "sk-wrong");
    store(&bus, "acme", "sk-from-the-keyring");
    let nerva = bus.nervad(&config(&server, "key = { secret = \"acme\" }"));
    let asked = nerva.run(&["ask", "hello"]);
    assert_eq!(asked.stdout.trim_end(), "authorised", "{asked:?}");
    let heads = server.heads();
    assert!(heads[0].contains("\r\nauthorization: bearer sk-from-the-keyring\r\n"), "{heads:?}");
}

#[test]
fn a_key_that_the_keyring_lacks_is_named_with_the_way_to_store_it() {
    let server = ModelServer::start(|_| Answer::words(&["not asked"]));
    let bus = Bus::start();
    let _keyring = Keyring::start(&bus);
    let nerva = bus.nervad(&config(&server, "key = { secret = \"acme\" }"));
    let asked = nerva.run(&["ask", "hello"]);
    assert_eq!(asked.status, Some(1), "{asked:?}");
    assert!(asked.stderr.contains("no item for `acme`"), "{asked:?}");
    assert!(asked.stderr.contains("secret-tool store --label=Nerva service nerva account acme"), "{asked:?}");
    store(&nerva, "acme", "sk-stored-later");
    let asked = nerva.run(&["ask", "hello again"]);
    assert_eq!(asked.status, Some(0), "it is looked for anew: {asked:?}");
    assert_eq!(server.heads().len(), 1, "without a key nothing was asked");
}

#[test]
fn without_a_keyring_it_says_so_and_what_to_do() {
    let server = ModelServer::start(|_| Answer::words(&["not asked"]));
    let nerva = Bus::start().nervad(&config(&server, "key = { secret = \"acme\" }"));
    let asked = nerva.run(&["ask", "hello"]);
    assert_eq!(asked.status, Some(1), "{asked:?}");
    assert!(asked.stderr.contains("no Secret Service") && asked.stderr.contains("gnome-keyring"), "{asked:?}");
    assert!(server.heads().is_empty());
}

#[test]
fn a_credential_of_systemd_goes_with_the_question() {
    let server = ModelServer::start(|_| Answer::words(&["authorised"]));
    let credentials = tempfile::tempdir().expect("a folder");
    std::fs::write(credentials.path().join("acme"), "sk-named\n").expect("a credential");
    std::fs::write(credentials.path().join("nerva-test"), "sk-usual\n").expect("a credential");
    for (key, sent) in [("key = { credential = \"acme\" }", "sk-named"), ("", "sk-usual")] {
        let bus = Bus::start().env("CREDENTIALS_DIRECTORY", &credentials.path().to_string_lossy());
        let nerva = bus.nervad(&config(&server, key));
        let asked = nerva.run(&["ask", "hello"]);
        assert_eq!(asked.stdout.trim_end(), "authorised", "{asked:?}");
        let heads = server.heads();
        let last = heads.last().expect("a question");
        assert!(last.contains(&format!("\r\nauthorization: bearer {sent}\r\n")), "{last}");
    }
}

#[test]
fn a_missing_credential_is_named() {
    let server = ModelServer::start(|_| Answer::words(&["not asked"]));
    let key = config(&server, "key = { credential = \"acme\" }");
    let asked = Bus::start().nervad(&key).run(&["ask", "hello"]);
    assert_eq!(asked.status, Some(1), "{asked:?}");
    assert!(asked.stderr.contains("LoadCredential="), "{asked:?}");
    let credentials = tempfile::tempdir().expect("a folder");
    let bus = Bus::start().env("CREDENTIALS_DIRECTORY", &credentials.path().to_string_lossy());
    let asked = bus.nervad(&key).run(&["ask", "hello"]);
    assert!(asked.stderr.contains(&credentials.path().join("acme").display().to_string()), "{asked:?}");
    assert!(server.heads().is_empty());
}
