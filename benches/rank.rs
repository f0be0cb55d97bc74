//! Time per keystroke of the launcher's fast sources, and of a scan, for 300 and 10,000 desktop entries.
#![allow(missing_docs, clippy::print_stdout, clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use futures::StreamExt;
use nerva::config::schema;
use nerva::launcher::{Dirs, Launcher};
use nerva::model::{HitId, Query, Timestamp};

const FIRST: [&str; 20] = [
    "Audio", "Backup", "Calendar", "Disk", "Electric", "File", "Graph", "Image", "Journal", "Kernel", "Libre", "Music",
    "Network", "Office", "Photo", "Quick", "Remote", "System", "Terminal", "Web",
];
const SECOND: [&str; 25] = [
    "Analyzer",
    "Browser",
    "Calculator",
    "Designer",
    "Editor",
    "Finder",
    "Generator",
    "Helper",
    "Inspector",
    "Jukebox",
    "Keyboard",
    "Launcher",
    "Manager",
    "Notes",
    "Organizer",
    "Player",
    "Queue",
    "Recorder",
    "Settings",
    "Tool",
    "Updater",
    "Viewer",
    "Writer",
    "Xplorer",
    "Zone",
];
const TYPED: [&str; 12] = [
    "calculator",
    "firefox",
    "web browser",
    "sys mon",
    "terminal",
    "gedit",
    "e",
    "image viewer 12",
    "settings",
    "2+2*7",
    "zzz",
    "kernel tool plus",
];
const ROUNDS: usize = 20;
/// What a keystroke may take at most.
const BOUND: Duration = Duration::from_millis(2);

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    for count in [300, 10_000] {
        let root = tempfile::tempdir().unwrap();
        generate(root.path(), count);
        let dirs = Dirs {
            data: vec![root.path().to_owned()],
            state: root.path().join("state"),
            ..Dirs::from_env(root.path().join("state"))
        };
        let launcher = Launcher::new(&schema::Launcher::default(), "", dirs);
        let begun = Instant::now();
        launcher.rescan();
        let scan = begun.elapsed();
        for nth in 0..50 {
            launcher.used(&HitId(format!("app:org.bench.App{nth}")), "app", Timestamp(0));
        }

        let mut times = Vec::new();
        // By what is typed, so that a round in which the machine did something else does not count.
        let mut rounds: BTreeMap<String, Vec<Duration>> = BTreeMap::new();
        for round in 0..ROUNDS {
            for typed in TYPED {
                for (end, c) in typed.char_indices() {
                    let query = Query { generation: round as u64, text: typed[..end + c.len_utf8()].to_owned() };
                    let begun = Instant::now();
                    let results = runtime.block_on(async {
                        let mut stream = Box::pin(launcher.search(&query, None, async { Vec::new() }));
                        stream.next().await.unwrap()
                    });
                    let taken = begun.elapsed();
                    assert!(results.complete && !results.hits.is_empty());
                    rounds.entry(query.text).or_default().push(taken);
                    times.push(taken);
                }
            }
        }
        times.sort();
        let medians = rounds.into_iter().map(|(typed, mut times)| {
            times.sort();
            (times[times.len() / 2], typed)
        });
        let slowest = medians.max().unwrap();
        let at = |percent: usize| times[(times.len() - 1) * percent / 100].as_micros();
        println!(
            "{count:>6} entries: median {:>5} µs, p99 {:>5} µs, slowest keystroke’s median {:>5} µs (“{}”), {} keystrokes; scan with icons {} ms",
            at(50),
            at(99),
            slowest.0.as_micros(),
            slowest.1,
            times.len(),
            scan.as_millis(),
        );
        assert!(slowest.0 < BOUND, "a keystroke takes longer than {BOUND:?}");
    }
}

fn generate(root: &Path, count: usize) {
    let folder = root.join("applications");
    fs::create_dir_all(&folder).unwrap();
    for nth in 0..count {
        let (first, second) = (FIRST[nth % FIRST.len()], SECOND[nth / FIRST.len() % SECOND.len()]);
        let text = format!(
            "[Desktop Entry]\nType=Application\nName={first} {second} {nth}\nName[de]={first}-{second} {nth}\n\
             GenericName={second} for {first} work\nComment=Works with {first} and {second}\n\
             Keywords={first};{second};tool{nth};work;\nExec=/usr/bin/{}-{} %U\nIcon=org.bench.App{nth}\n\
             Actions=new;\n[Desktop Action new]\nName=New {second} Window\nExec=app --new\n",
            first.to_lowercase(),
            second.to_lowercase(),
        );
        fs::write(folder.join(format!("org.bench.App{nth}.desktop")), text).unwrap();
    }
}
