//! What a compositor is asked and answers on its socket: recorded on the way to the real one, and played back.

use std::collections::{HashMap, VecDeque};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use nerva::model::Fault;
use nerva::platform::compositor::Compositor;
use tempfile::TempDir;

/// A socket of ours for requests of one line each, and what went over it: a request, then its answer, line by line.
pub struct Traffic {
    folder: TempDir,
    lines: Arc<Mutex<Vec<String>>>,
}

impl Traffic {
    /// Hands everything on to the real socket.
    pub fn recorded(real: &Path) -> Self {
        let real = real.to_owned();
        Self::answered(move |request| {
            let mut there = UnixStream::connect(&real).expect("the compositor");
            there.write_all(request.as_bytes()).expect("a request");
            let mut answer = String::new();
            BufReader::new(there).read_line(&mut answer).expect("an answer");
            answer
        })
    }

    /// Answers each request as it was answered then, the same again in the order in which it was asked.
    pub fn played(recording: &str) -> Self {
        let mut answers: HashMap<String, VecDeque<String>> = HashMap::new();
        let lines: Vec<&str> = recording.lines().collect();
        for [request, answer] in lines.as_chunks().0 {
            answers.entry(format!("{request}\n")).or_default().push_back(format!("{answer}\n"));
        }
        let answers = Mutex::new(answers);
        Self::answered(move |request| {
            let mut answers = answers.lock().expect("the answers");
            let left = answers.get_mut(request).unwrap_or_else(|| panic!("this was never asked: {request}"));
            left.pop_front().unwrap_or_else(|| panic!("this was asked less often: {request}"))
        })
    }

    fn answered(answer: impl Fn(&str) -> String + Send + 'static) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let listener = UnixListener::bind(folder.path().join("socket")).expect("a socket");
        let lines = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&lines);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.expect("a client");
                let mut request = String::new();
                BufReader::new(&stream).read_line(&mut request).expect("a request");
                let answer = answer(&request);
                seen.lock().expect("the lines").extend([request.trim_end().to_owned(), answer.trim_end().to_owned()]);
                // Who asked may have gone.
                let _ = stream.write_all(answer.as_bytes());
            }
        });
        Self { folder, lines }
    }

    /// Where it listens.
    pub fn socket(&self) -> PathBuf {
        self.folder.path().join("socket")
    }

    /// What went over it.
    pub fn text(&self) -> String {
        self.lines.lock().expect("the lines").join("\n") + "\n"
    }
}

/// Everything that is asked and ordered of a compositor with the windows `one` and `two`, of which `two` floats and has the
/// focus, and an empty workspace `2` beside theirs; what came of it in words. `two` is closed at the end.
pub fn everything(compositor: &Compositor) -> Vec<String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(asked(compositor)).unwrap_or_else(|fault| panic!("{fault}"))
}

async fn asked(compositor: &Compositor) -> Result<Vec<String>, Fault> {
    let mut said = Vec::new();
    let windows = compositor.windows().await?;
    let id = |app: &str| windows.iter().find(|window| window.app == app).expect("the window").id.clone();
    let (one, two) = (id("one"), id("two"));
    for window in &windows {
        let placed = window.area.is_some_and(|area| area.width > 100.0 && area.x > 0.0 && area.y > 0.0);
        let output = window.output.as_deref().unwrap_or("none");
        let marks = [(window.focused, "focused"), (window.visible, "visible"), (placed, "placed")];
        let marks: Vec<&str> = marks.iter().filter_map(|(is, word)| is.then_some(*word)).collect();
        said.push(format!("{} on {output}: {}", window.app, marks.join(" ")));
    }
    for output in compositor.layout().await?.outputs {
        said.push(format!("{} {:?} {:?}", output.name, output.mode, output.transform));
    }
    said.push(format!("focus on {:?}", compositor.focused_output().await?));
    said.push(format!("one has a process: {}", compositor.process_of(&one).await?.is_some()));
    compositor.focus(&one).await?;
    said.push(format!("keys go to one: {}", compositor.keyboard().await? == Some(one.clone())));
    compositor.move_to_workspace(&two, "2").await?;
    said.push(format!(
        "two is on {}, one on {}",
        compositor.workspace_of(&two).await?,
        compositor.workspace_of(&one).await?
    ));
    compositor.switch("2").await?;
    for workspace in compositor.workspaces().await? {
        let marks = [(workspace.focused, "focused"), (workspace.shown, "shown")];
        let marks: Vec<&str> = marks.iter().filter_map(|(is, word)| is.then_some(*word)).collect();
        said.push(format!("workspace {} on {:?}: {}", workspace.id, workspace.output, marks.join(" ")));
    }
    let shown = compositor.windows().await?.into_iter().filter(|window| window.visible);
    said.push(format!("to be seen: {:?}", shown.map(|window| window.app).collect::<Vec<_>>()));
    let nowhere = compositor.move_to_output(&one, "HEADLESS-9").await;
    said.push(format!("to an output that is not there: {}", if nowhere.is_ok() { "well" } else { "refused" }));
    compositor.close(&two).await?;
    let gone = compositor.focus("999").await;
    said.push(format!("a window that is not there: {}", if gone.is_ok() { "well" } else { "refused" }));
    Ok(said)
}
