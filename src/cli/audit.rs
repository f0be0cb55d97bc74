//! `nerva audit`: read from the files themselves, so that it also works where nervad does not.

use super::args::Audit;
use super::print::local_time;
use crate::audit::{Entry, Event, Field, Place, read};
use crate::config::Paths;
use crate::model::Ended;

/// What is printed, and whether all is well.
pub fn run(command: &Audit) -> (String, bool) {
    let paths = Paths::from_env();
    let place = Place::new(&paths.data_dir, &paths.state_dir);
    let folder = &place.folder;
    let (entries, report) = match read(&place) {
        Ok(found) => found,
        Err(error) => return (format!("{} can't be read: {error}", folder.display()), false),
    };
    let wrong = report.problem.as_ref().map(|problem| {
        format!(
            "the audit was changed from outside: {problem} ({}); {} records before that are whole",
            folder.display(),
            report.records
        )
    });
    match command {
        Audit::Verify => match wrong {
            Some(wrong) => (wrong, false),
            None => (
                format!("{} records, all as they were written; the newest is {}", report.records, report.hash.short()),
                true,
            ),
        },
        Audit::Export => {
            let lines: Vec<String> = entries.iter().filter_map(|entry| serde_json::to_string(entry).ok()).collect();
            wrong.map_or_else(|| (lines.join("\n"), true), |wrong| (wrong, false))
        }
        Audit::Show { number } => match entries.iter().find(|entry| entry.seq == *number) {
            Some(entry) => (serde_json::to_string_pretty(entry).unwrap_or_default(), true),
            None => (format!("there is no record {number}; there are {}", report.records), false),
        },
        Audit::List { limit } => {
            let newest = entries.iter().skip(entries.len().saturating_sub(*limit));
            let mut lines: Vec<String> = newest.map(line).collect();
            if lines.is_empty() {
                lines.push("nothing was done yet".into());
            }
            lines.extend(wrong);
            (lines.join("\n"), true)
        }
    }
}

fn line(entry: &Entry) -> String {
    let said = match &entry.event {
        Event::Started { tool, fields, grant, .. } => format!("▸ {tool} {}, {}", values(fields), grant.words()),
        Event::Ended { digest, ended } => {
            let how = match ended {
                Ended::Well => "✓ done",
                Ended::Badly => "✗ failed",
                Ended::Stopped => "■ stopped",
            };
            format!("{how} ({})", digest.short())
        }
        Event::Denied { tool, fields, why, .. } => format!("✗ {tool} {}, not done: {why}", values(fields)),
        Event::Halted => "■ everything was halted".into(),
        Event::Resumed => "▸ resumed".into(),
        Event::RuleMade { rule } => format!("+ rule: allow {rule}"),
        Event::RuleRevoked { rule } => format!("- rule: allow {rule}"),
    };
    format!("{:>6}  {}  {said}", entry.seq, local_time(entry.at))
}

/// The values of a record in one line, with nothing in it that a terminal would take for a command.
fn values(fields: &[Field]) -> String {
    let all: Vec<String> =
        fields.iter().filter(|field| field.name != "before").map(|field| field.values.join(" ")).collect();
    all.join(" · ").chars().map(|letter| if hides(letter) { '�' } else { letter }).collect()
}

fn hides(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{e0000}'..='\u{e0fff}')
}
