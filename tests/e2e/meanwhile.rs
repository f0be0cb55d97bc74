//! What happens while an answer streams, or before a question is asked: rules that change, another `nervad`, a halt.

use std::path::Path;

use serde_json::json;
use tempfile::TempDir;

use crate::support::desktop::{Desktop, Plan};
use crate::support::history::told;
use crate::support::keyboard::key;
use crate::support::servers::Server;

/// A desktop in which an answer has begun that goes on once `go` is in the folder; then windows are listed.
fn answering(name: &str) -> (TempDir, Server, Desktop, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::scripted_after(&json!([["windows_list", {}]]), &folder.path().join("go"));
    let config = format!("{}[agent]\nenabled = true\n", server.config("m"));
    let desktop = Plan::new(name, &config).with_nerva();
    desktop.open();
    desktop.query("which windows are open");
    desktop.press(key::TAB);
    desktop.until("its beginning", |desktop| desktop.answer_text().contains("One moment"));
    (folder, server, desktop, config)
}

fn go_on(folder: &Path, desktop: &Desktop) {
    std::fs::write(folder.join("go"), "").expect("a file");
    desktop.until("the answer at the end", |desktop| desktop.answer_text().contains("All done"));
}

#[test]
fn rules_that_change_while_an_answer_streams_count_for_its_calls() {
    let (folder, _server, desktop, config) = answering("meanwhile-rules");
    let denied = format!("{config}[[agent.deny]]\ntool = \"windows_list\"\n[overlay]\nwidth = \"wide\"\n");
    desktop.write_config(&denied);
    // The card about the other setting says that it was read.
    desktop.until_status("it to be read", |status| status["notices"].to_string().contains("overlay.width"));
    go_on(folder.path(), &desktop);
    let told = told(&desktop);
    assert!(told.contains("the configuration denies windows_list"), "{told}");
}

#[test]
fn a_second_nervad_leaves_the_files_of_the_first_alone() {
    let (folder, _server, desktop, _config) = answering("meanwhile-second");
    let second = desktop.run(&["nervad"]);
    assert!(second.status != 0 && second.stderr.contains("already running"), "{second:?}");
    assert_eq!(desktop.newest_answer()["state"]["state"], "streaming");
    go_on(folder.path(), &desktop);
    assert!(!told(&desktop).contains("not allowed"), "{}", told(&desktop));
    assert_eq!(desktop.nerva(&["audit", "verify"]).status, 0);
}

/// A desktop with an attached picture, and a question with another that is read from a pipe.
fn waiting(name: &str) -> (Server, Desktop) {
    let server = Server::raw();
    let desktop = Plan::new(name, &server.config("plain")).with_nerva();
    desktop.open();
    let home = desktop.home();
    let (kept, pipe) = (home.join("kept.png"), home.join("pipe.png"));
    image::RgbImage::new(3, 2).save(&kept).expect("a picture");
    desktop.execute(&json!({"command": "attach", "given": [{"given": "file", "path": kept}]}));
    desktop.until_status("it to be attached", |status| status["attached"] == json!(["kept.png"]));
    assert_eq!(desktop.run(&["mkfifo", &pipe.to_string_lossy()]).status, 0);
    desktop.execute(&json!({"command": "ask", "text": "what is it", "images": [pipe]}));
    (server, desktop)
}

/// Writes this file into the pipe that is read.
fn into_pipe(desktop: &Desktop, file: &str) {
    let written = desktop.shell(&format!("cat $HOME/{file} >$HOME/pipe.png"));
    assert_eq!(written.status, 0, "{written:?}");
}

/// Nothing of the question was asked, and all of it is there again.
fn is_given_back(desktop: &Desktop, server: &Server, attached: &[&str]) {
    desktop.until_status("the question to come back", |status| status["query"] == "what is it");
    assert_eq!(desktop.status()["attached"], json!(attached));
    assert_eq!(desktop.sessions().as_array().map(Vec::len), Some(0));
    assert_eq!(server.requests().len(), 0);
}

#[test]
fn a_question_whose_pictures_come_after_a_halt_is_not_asked() {
    let (server, desktop) = waiting("meanwhile-halt");
    assert_eq!(desktop.nerva(&["halt"]).status, 0);
    into_pipe(&desktop, "kept.png");
    is_given_back(&desktop, &server, &["kept.png", "pipe.png"]);
    assert!(desktop.status()["notices"].to_string().contains("halted"), "{}", desktop.status());
}

#[test]
fn a_question_whose_picture_can_not_be_read_is_given_back_whole() {
    let (server, desktop) = waiting("meanwhile-unreadable");
    into_pipe(&desktop, ".config/nerva/config.toml");
    is_given_back(&desktop, &server, &["kept.png"]);
    assert!(desktop.status()["notices"].to_string().contains("pipe.png can't be sent"), "{}", desktop.status());
}

/// Moves a window to another place all the time; programs that are started for each move are too slow.
const MOVER: &str = "
import itertools, os, socket, struct, time
sway = socket.socket(socket.AF_UNIX)
sway.connect(os.environ['SWAYSOCK'])
for place in itertools.cycle(range(600)):
    order = f'[app_id=secret] move position {place} 50'.encode()
    sway.sendall(b'i3-ipc' + struct.pack('=II', len(order), 0) + order)
    size = struct.unpack('=II', sway.recv(14, socket.MSG_WAITALL)[6:])[0]
    sway.recv(size, socket.MSG_WAITALL)
    time.sleep(0.001)
";

#[test]
fn a_window_over_which_one_that_is_never_captured_moves_is_not_seen() {
    let calls = json!([["windows_list", {}], ["screen_look", {"window": "$left"}]]);
    let server = Server::scripted(&calls);
    let config = format!(
        "{}[capture]\nnever = [\"*secret*\"]\n[agent]\nenabled = true\nmode = \"auto\"\nauto = [\"screen_look\"]\n",
        server.config("m")
    );
    let desktop = Plan::new("meanwhile-moves", &config).sway("for_window [app_id=secret] floating enable").with_nerva();
    desktop.open_terminal("left");
    desktop.open_terminal("secret");
    let mover = desktop.folder().join("mover.py");
    std::fs::write(&mover, MOVER).expect("a script");
    desktop.spawn("mover", &["python3", &mover.to_string_lossy()]);
    desktop.until("it to move", |desktop| desktop.sway(&["-t", "get_tree"]).to_string().contains("\"y\":50"));
    desktop.open();
    desktop.query("look at the left window");
    desktop.press(key::TAB);
    desktop.until("the answer at the end", |desktop| desktop.answer_text().contains("All done"));
    let told = told(&desktop);
    assert!(told.contains("Windows that are never captured keep moving"), "{told}");
}
