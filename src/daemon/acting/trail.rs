//! The activity screen's list, read from the audit itself whenever something is put on record while it is shown.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::agent::tools::reveal::reveal;
use crate::audit::{Entry, Event, Field, Place, read};
use crate::daemon::driver::{Driver, now};
use crate::daemon::inner::Inner;
use crate::model::{Digest, Ended, Fault, FaultKind, Screen, Severity, Trace, TraceOutcome, Trail, Undoable};

/// The most that are listed.
const LINES: usize = 200;

impl Driver {
    /// Reads what was done, if it is looked at.
    pub(in crate::daemon) fn refresh_trail(&self) {
        if self.view.screen != Screen::Activity {
            return;
        }
        let paths = &self.options.paths;
        let place = Place::new(&paths.data_dir, &paths.state_dir);
        let runs: HashSet<Digest> = self.acting.busy.values().filter_map(|busy| busy.runs).collect();
        let rules = self.acting.kept.alive(now());
        let (undo, home) = (self.acting.undo.clone(), self.acting.home.display().to_string());
        let inner = self.inner.clone();
        tokio::spawn(async move {
            let looked = tokio::task::spawn_blocking(move || {
                let (entries, report) = read(&place)?;
                let mut list = trail(&entries, &runs, &home);
                with_undo(&mut list, undo.marked());
                let problem = report.problem.map(|problem| problem.to_string());
                Ok::<_, std::io::Error>(Trail { list, records: report.records, problem, rules })
            });
            let report = match looked.await.map_err(std::io::Error::other).flatten() {
                Ok(trail) => Inner::Trail(trail),
                Err(error) => {
                    let detail = format!("{error}. `nerva audit verify` says more.");
                    let fault = Fault::new(FaultKind::Storage, "The audit can't be read", detail);
                    Inner::Raise(Severity::Error, fault)
                }
            };
            let _ = inner.send(report).await;
        });
    }

    /// What was done was read. Records are never fewer than before, unless something is wrong with them.
    pub(in crate::daemon) fn trail_read(&mut self, trail: Trail) {
        let older = trail.records < self.view.trail.records && trail.problem.is_none();
        if !older && *self.view.trail != trail {
            self.view.trail = Arc::new(trail);
            self.publish();
        }
    }
}

/// The newest trail of these records, newest first. `runs` are the digests of what runs now.
fn trail(entries: &[Entry], runs: &HashSet<Digest>, home: &str) -> Vec<Trace> {
    let mut ends: HashMap<_, Vec<Ended>> = HashMap::new();
    let mut list = Vec::new();
    for entry in entries.iter().rev() {
        let key = |digest: &Digest| (entry.conversation, *digest);
        let trace = match &entry.event {
            Event::Ended { digest, ended } => {
                ends.entry(key(digest)).or_default().push(*ended);
                continue;
            }
            Event::Started { tool, digest, fields, grant } => {
                let outcome = match ends.get_mut(&key(digest)).and_then(Vec::pop) {
                    Some(Ended::Well) => TraceOutcome::Done,
                    Some(Ended::Badly) => TraceOutcome::Failed,
                    Some(Ended::Stopped) => TraceOutcome::Stopped,
                    // Only the newest of the same can be the one that runs.
                    None if runs.contains(digest) && list.iter().all(|trace: &Trace| trace.digest != Some(*digest)) => {
                        TraceOutcome::Runs
                    }
                    None => TraceOutcome::Unknown,
                };
                of_action(entry, (tool, fields, *digest), outcome, grant.words(), home)
            }
            Event::Denied { tool, digest, fields, why } => {
                of_action(entry, (tool, fields, *digest), TraceOutcome::Denied, why.clone(), home)
            }
            Event::Halted => noted(entry, "Everything was halted", ""),
            Event::Resumed => noted(entry, "The halt was lifted", ""),
            Event::RuleMade { rule } => noted(entry, "Always allow", rule),
            Event::RuleRevoked { rule } => noted(entry, "No longer allow", rule),
        };
        list.push(trace);
        if list.len() == LINES {
            break;
        }
    }
    list
}

/// How things are undone: what is kept, newest first, is of the newest doing of its action that was begun before it.
fn with_undo(list: &mut [Trace], mut kept: Vec<(Option<Digest>, Undoable)>) {
    for trace in list.iter_mut().filter(|trace| trace.outcome != TraceOutcome::Denied && trace.digest.is_some()) {
        let of = |(by, entry): &(Option<Digest>, Undoable)| *by == trace.digest && entry.at >= trace.at;
        if let Some(at) = kept.iter().position(of) {
            let (_, entry) = kept.remove(at);
            let shown = |text: &str| reveal(text, false).text();
            trace.undo = Some(Undoable { what: shown(&entry.what), undo: shown(&entry.undo), ..entry });
        }
    }
}

fn of_action(
    entry: &Entry,
    (tool, fields, digest): (&str, &[Field], Digest),
    outcome: TraceOutcome,
    by: String,
    home: &str,
) -> Trace {
    let joined = |values: Vec<String>| values.join(" ");
    let shown = |field: &Field| joined(field.values.iter().map(|value| reveal(value, false).text()).collect());
    // What an action is about stands first among its fields; the rest, and all of it whole, is in the details.
    let about = match tool {
        "launch" | "window_focus" => fields.iter().find(|field| field.name == "name" || field.name == "title"),
        _ => fields.iter().find(|field| field.name != "manager"),
    };
    let short =
        |field: &Field| joined(field.values.iter().map(|value| reveal(&short(value, home), false).text()).collect());
    let about = about.map(short).unwrap_or_default();
    let details = fields.iter().map(|field| (field.name.clone(), shown(field))).collect();
    Trace {
        record: entry.seq,
        at: entry.at,
        conversation: entry.conversation,
        title: title(tool),
        about,
        outcome,
        by,
        details,
        digest: Some(digest),
        undo: None,
    }
}

/// A path of the home folder as it is shown where there is little room.
fn short(path: &str, home: &str) -> String {
    match path.strip_prefix(home) {
        Some(rest) if !home.is_empty() && (rest.is_empty() || rest.starts_with('/')) => format!("~{rest}"),
        _ => path.to_owned(),
    }
}

fn noted(entry: &Entry, title: &'static str, about: &str) -> Trace {
    let about = reveal(about, false).text();
    Trace {
        record: entry.seq,
        at: entry.at,
        conversation: entry.conversation,
        title,
        about,
        outcome: TraceOutcome::Noted,
        by: String::new(),
        details: Vec::new(),
        digest: None,
        undo: None,
    }
}

/// What a tool does, as a heading; a tool of a later version is only said to be one.
fn title(tool: &str) -> &'static str {
    match tool {
        "files_list" => "List",
        "files_read" => "Read",
        "files_search" => "Search",
        "files_write" => "Write",
        "shell" => "Run",
        "shell_unsandboxed" => "Run outside the sandbox",
        "windows_list" => "List the windows",
        "window_focus" => "Switch to",
        "launch" => "Start",
        "open" | "open_file" => "Open",
        "notify" => "Notify",
        "clipboard_read" => "Read the clipboard",
        "clipboard_write" => "Copy",
        "unit_list" => "List services",
        "unit_status" => "Look at",
        "unit_start" => "Start",
        "unit_stop" => "Stop",
        "unit_restart" => "Restart",
        "journal" => "Read the journal",
        "screen_look" => "Look at the screen",
        "screen_zoom" => "Look closer",
        "screen_text" => "Read the screen",
        "screen_tree" => "Read a window",
        "input" => "Click and type",
        "window_move" => "Move a window",
        "window_close" => "Close a window",
        "workspaces_list" => "List workspaces",
        "workspace_switch" => "Show a workspace",
        "media_list" => "List players",
        "media_control" => "Control a player",
        "volume_get" => "Look at the volume",
        "volume_set" => "Set the volume",
        "power" => "Power",
        "network_status" => "Look at the network",
        "battery_status" => "Look at batteries",
        "dbus_introspect" => "Look at an object",
        "dbus_call" => "Call an object",
        "system_unit" => "Control a system unit",
        "files_edit" => "Edit",
        "files_remove" => "Take away",
        "notes_search" => "Search notes",
        "note_read" => "Read a note",
        "note_new" => "Make a note",
        "note_append" => "Add to a note",
        "nix_search" => "Search Nix",
        "nix_run" => "Run from nixpkgs",
        "plan" => "Plan",
        plugin if plugin.starts_with("plugin_") => "Use a plugin",
        _ => "Use a tool",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Grant, Timestamp};

    fn started(seq: u64, digest: Digest) -> Entry {
        let fields = vec![
            Field { name: "words".into(), values: vec!["ls".into(), "a\u{202e}b".into()] },
            Field { name: "folder".into(), values: vec!["/p".into()] },
        ];
        let event = Event::Started { tool: "shell".into(), digest, fields, grant: Grant::Person };
        Entry { seq, at: Timestamp(1), prev: digest, conversation: None, event }
    }

    fn ended(seq: u64, digest: Digest, ended: Ended) -> Entry {
        Entry { seq, at: Timestamp(1), prev: digest, conversation: None, event: Event::Ended { digest, ended } }
    }

    #[test]
    fn each_beginning_finds_its_own_end_and_what_has_none_runs_or_is_unknown() {
        let (one, two) = (Digest::of(b"1"), Digest::of(b"2"));
        let entries = [
            started(1, one),
            ended(2, one, Ended::Badly),
            started(3, two),
            started(4, one),
            ended(5, one, Ended::Well),
            started(6, one),
        ];
        let outcomes = |runs: &[Digest]| {
            let list = trail(&entries, &runs.iter().copied().collect(), "");
            list.iter().map(|trace| (trace.record, trace.outcome)).collect::<Vec<_>>()
        };
        use TraceOutcome::{Done, Failed, Runs, Unknown};
        assert_eq!(outcomes(&[one]), [(6, Runs), (4, Done), (3, Unknown), (1, Failed)]);
        assert_eq!(outcomes(&[]), [(6, Unknown), (4, Done), (3, Unknown), (1, Failed)]);
        let shown = &trail(&entries, &HashSet::new(), "")[0];
        assert_eq!((shown.title, shown.about.as_str()), ("Run", "ls a⟨U+202E⟩b"), "nothing hides");
    }

    #[test]
    fn rows_say_where_home_is_in_one_letter_and_details_say_it_whole() {
        let of = |tool: &str, values: &[&str]| {
            let values = values.iter().copied().map(str::to_owned).collect();
            let fields = vec![Field { name: "path".into(), values }];
            let event = Event::Started { tool: tool.into(), digest: Digest::of(b"1"), fields, grant: Grant::Person };
            let entry = Entry { event, ..started(1, Digest::of(b"1")) };
            let trace = trail(&[entry], &HashSet::new(), "/home/me").remove(0);
            (trace.about, trace.details[0].1.clone())
        };
        for (path, about) in [
            ("/home/me/notes/a.md", "~/notes/a.md"),
            ("/home/me", "~"),
            ("/home/mean/a", "/home/mean/a"),
            ("/srv/home/me/a", "/srv/home/me/a"),
            ("/home/me/a\u{202e}b", "~/a⟨U+202E⟩b"),
        ] {
            let (row, details) = of("files_write", &[path]);
            assert_eq!(row, about);
            assert_eq!(details, path.replace('\u{202e}', "⟨U+202E⟩"), "whole");
        }
        assert_eq!(of("shell", &["cat", "/home/me/a"]).0, "cat ~/a");
    }

    #[test]
    fn each_doing_finds_how_it_is_undone() {
        let (one, two) = (Digest::of(b"1"), Digest::of(b"2"));
        let at = |seq: u64, digest, at: i64| Entry { at: Timestamp(at), ..started(seq, digest) };
        let denied = Event::Denied { tool: "shell".into(), digest: one, fields: Vec::new(), why: String::new() };
        let denied = Entry { at: Timestamp(1), event: denied, ..started(5, one) };
        let entries = [at(1, one, 10), at(2, two, 20), at(3, one, 30), at(4, one, 40), denied];
        let mut list = trail(&entries, &HashSet::new(), "");
        let kept = |id: u64, at: i64| {
            let (what, undo) = (String::new(), "take /a\u{202e} away".to_owned());
            Undoable { id, at: Timestamp(at), what, undo, undone: false }
        };
        // The second doing of the first changed nothing, and so nothing was kept of it.
        with_undo(&mut list, vec![(Some(one), kept(9, 41)), (None, kept(8, 35)), (Some(one), kept(7, 11))]);
        let found: Vec<_> = list.iter().map(|trace| (trace.record, trace.undo.as_ref().map(|undo| undo.id))).collect();
        assert_eq!(found, [(5, None), (4, Some(9)), (3, None), (2, None), (1, Some(7))]);
        assert_eq!(list[1].undo.as_ref().map(|undo| undo.undo.as_str()), Some("take /a⟨U+202E⟩ away"));
    }
}
