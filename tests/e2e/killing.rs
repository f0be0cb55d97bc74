//! nervad is killed again and again while tools act: what is on record stays in order, nothing is done twice, and it goes on.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::desktop::{Desktop, Plan};
use crate::support::killing::{Victim, lines};
use crate::support::servers::Server;

/// Far beyond what anything takes.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often it is killed.
const KILLS: usize = 32;

/// What has to be there for a kill, seen from outside.
#[derive(Debug, Clone, Copy)]
enum Moment {
    /// The question has been asked, and nothing may be on record yet.
    Asked,
    /// So many records more than at the question.
    Records(usize),
    /// The tool has done its work once more.
    Done,
}

const MOMENTS: [Moment; 4] = [Moment::Asked, Moment::Records(1), Moment::Done, Moment::Records(2)];

/// What the model is asked to call.
const CALLS: [&str; 2] =
    [r#"«shell {"words":["./count"],"folder":"~/notes"}»"#, r#"«note_append {"note":"log","text":"once"}»"#];

struct Story {
    desktop: Desktop,
    _model: Server,
    audit: PathBuf,
    /// The files to which each of the tools adds a line.
    counts: [PathBuf; 2],
}

impl Story {
    fn begin() -> Self {
        let model = Server::raw();
        let config = format!(
            "{}[notes]\npath = \"~/notes\"\n[agent]\nenabled = true\nroots = [\"~/notes\"]\n\
             allow = [{{ tool = \"shell\", words = [\"./count\"], whole = true }}, {{ tool = \"note_append\" }}]\n",
            model.config("obey")
        );
        let plan = Plan::new("killing", &config);
        let folder = plan.folder().join("home/notes");
        std::fs::create_dir_all(&folder).expect("a folder");
        std::fs::write(folder.join("count"), "#!/bin/sh\necho once >> runs\n").expect("a program");
        std::fs::set_permissions(folder.join("count"), Permissions::from_mode(0o755)).expect("a mode");
        std::fs::write(folder.join("log.md"), "").expect("a note");
        let desktop = plan.with_nerva();
        let audit = desktop.home().join(".local/share/nerva/audit/audit.jsonl");
        Self { desktop, _model: model, audit, counts: [folder.join("runs"), folder.join("log.md")] }
    }

    /// Asks in the overlay's conversation, which is a new one.
    fn ask(&self, which: usize) {
        self.desktop.execute(&json!({ "command": "new" }));
        self.desktop.execute(&json!({ "command": "ask", "text": CALLS[which] }));
    }

    fn counts(&self) -> [usize; 2] {
        // A note has blank lines between what is added.
        let count = |file: &PathBuf| std::fs::read_to_string(file).unwrap_or_default().matches("once").count();
        [count(&self.counts[0]), count(&self.counts[1])]
    }

    /// Waits for the moment without a pause between two looks, which is as near to it as one gets from outside.
    fn wait(&self, moment: Moment, which: usize, records: usize, before: [usize; 2]) {
        let there = || match moment {
            Moment::Asked => true,
            Moment::Records(more) => lines(&self.audit) >= records + more,
            Moment::Done => self.counts()[which] > before[which],
        };
        let begun = Instant::now();
        while !there() {
            assert!(begun.elapsed() < PATIENCE, "waited for {moment:?}: {}", self.desktop.sessions()[0]);
            std::hint::spin_loop();
        }
    }
}

/// For each tool how often it began and how often it ended well; which record of what began has no end.
fn told(records: &[Value]) -> ([(usize, usize); 2], Vec<usize>) {
    let mut counts = [(0, 0); 2];
    let mut open: Vec<(usize, usize, Value)> = Vec::new();
    for (at, record) in records.iter().enumerate() {
        if record["event"] == "started" {
            let which = usize::from(record["tool"] == "note_append");
            counts[which].0 += 1;
            open.push((at, which, record["digest"].clone()));
        } else if record["event"] == "ended" {
            let found = open.iter().rposition(|(_, _, digest)| *digest == record["digest"]);
            let (_, which, _) = open.remove(found.expect("the beginning of what ended"));
            counts[which].1 += usize::from(record["ended"] == "well");
        }
    }
    (counts, open.into_iter().map(|(at, ..)| at).collect())
}

#[test]
fn a_kill_at_any_moment_leaves_the_record_in_order_and_nothing_done_twice() {
    let story = Story::begin();
    let Story { desktop, .. } = &story;
    let (mut open, mut nervad) = (Vec::new(), desktop.nervad());
    // Not by a clock, and the same each time: how long it goes on after the moment was seen.
    let mut random = 12_345_u32;
    for kill in 0..KILLS {
        let (moment, which) = (MOMENTS[kill % MOMENTS.len()], kill / MOMENTS.len() % 2);
        random = random.wrapping_mul(1_103_515_245).wrapping_add(12_345);
        let records = lines(&story.audit);
        let before = story.counts();
        let victim = Victim::of(desktop, nervad);
        story.ask(which);
        story.wait(moment, which, records, before);
        for _ in 0..(random >> 16) % 2_000 {
            std::hint::black_box(lines(&story.audit));
        }
        victim.kill(desktop);
        let what = format!("kill {kill}, {moment:?}, tool {which}");
        nervad = desktop.start_nervad().into();
        let after = story.counts();
        let records = desktop.audit();
        let (told, still_open) = told(&records);
        for (which, (began, well)) in told.into_iter().enumerate() {
            assert!(after[which] <= began, "{what}: done more often than on record");
            assert!(after[which] >= well, "{what}: on record as done, and not done");
        }
        assert!(after[which] <= before[which] + 1, "{what}: done twice");
        assert_eq!(after[1 - which], before[1 - which], "{what}: something else was done");
        let new: Vec<usize> = still_open.iter().copied().filter(|at| !open.contains(at)).collect();
        assert!(new.iter().all(|at| *at + 1 == records.len()), "{what}: {new:?} of {} are open", records.len());
        open = still_open;
    }
    // Nothing was begun anew by itself; and it goes on.
    for which in 0..2 {
        let before = story.counts();
        story.ask(which);
        desktop.finished();
        assert_eq!(story.counts()[which], before[which] + 1);
        assert_eq!(story.counts()[1 - which], before[1 - which]);
    }
    assert!(!open.is_empty(), "some were killed while they were at work");
    desktop.audit();
}
