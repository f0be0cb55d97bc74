//! `nerva audit`: read from the files themselves, so that it also works where nervad does not.

use super::args::Audit;
use super::print::local_time;
use crate::audit::{Entry, Event, Field, Place, read};
use crate::config::Paths;
use crate::model::Ended;

/// What is printed, and what is wrong. Of an audit that was changed from outside, the records before that are printed.
pub fn run(command: &Audit) -> (String, Option<String>) {
    let paths = Paths::from_env();
    let place = Place::new(&paths.data_dir, &paths.state_dir);
    let folder = &place.folder;
    let (entries, report) = match read(&place) {
        Ok(found) => found,
        Err(error) => return (String::new(), Some(format!("{} can't be read: {error}", folder.display()))),
    };
    let wrong = report.problem.as_ref().map(|problem| {
        format!(
            "the audit was changed from outside: {problem} ({}); {} records before that are whole",
            folder.display(),
            report.records
        )
    });
    let said = match command {
        Audit::Verify if wrong.is_some() => String::new(),
        Audit::Verify => {
            format!("{} records, all as they were written; the newest is {}", report.records, report.hash.short())
        }
        Audit::Export => {
            let lines: Vec<String> = entries.iter().filter_map(|entry| serde_json::to_string(entry).ok()).collect();
            lines.join("\n")
        }
        Audit::Show { number } => match entries.iter().find(|entry| entry.seq == *number) {
            Some(entry) => serde_json::to_string_pretty(entry).unwrap_or_default(),
            None => {
                let missing = format!("there is no record {number}; there are {}", report.records);
                return (String::new(), Some(wrong.unwrap_or(missing)));
            }
        },
        Audit::List { .. } if entries.is_empty() && wrong.is_none() => "nothing was done yet".into(),
        Audit::List { limit } => {
            let newest = entries.iter().skip(entries.len().saturating_sub(*limit));
            newest.map(line).collect::<Vec<_>>().join("\n")
        }
    };
    (said, wrong)
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
    let said = fields.iter().filter(|field| field.name != "before").map(|field| field.values.join(" "));
    let all: Vec<String> = said.filter(|values| !values.is_empty()).collect();
    all.join(" · ").chars().map(|letter| if hides(letter) { '�' } else { letter }).collect()
}

fn hides(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{e0000}'..='\u{e0fff}')
}
