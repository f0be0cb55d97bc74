//! The one place that writes to stdout and stderr.

use std::io::Write as _;
use std::process::ExitCode;

use serde::Serialize;

use crate::model::{Activity, Availability, Backend, ModelChoice, ModelState, Screen, Status, Summary, Timestamp};

/// Prints a text with one newline at its end. A reader that went away is not an error.
pub fn out(text: &str) -> ExitCode {
    let mut stdout = std::io::stdout().lock();
    let ended = if text.ends_with('\n') || text.is_empty() { "" } else { "\n" };
    match write!(stdout, "{text}{ended}").and_then(|()| stdout.flush()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

/// Prints a piece of a text at once; false when nobody reads any more.
pub fn piece(text: &str) -> bool {
    let mut stdout = std::io::stdout().lock();
    stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()).is_ok()
}

/// Prints an error.
pub fn fail(text: &str) -> ExitCode {
    // When stderr is closed there is nobody to tell.
    let _ = writeln!(std::io::stderr(), "nerva: {text}");
    ExitCode::FAILURE
}

/// Prints a value as JSON.
pub fn json(value: &impl Serialize) -> ExitCode {
    match serde_json::to_string_pretty(value) {
        Ok(text) => out(&text),
        Err(error) => fail(&error.to_string()),
    }
}

/// The state of things, a line each.
pub fn status(status: &Status) -> String {
    let activity = match status.activity {
        Activity::Idle => "idle",
        Activity::Answering => "answering",
        Activity::NeedsYou => "needs you",
        Activity::Paused => "paused",
        Activity::Halted => "halted; `nerva resume` lifts it",
    };
    let screen = match status.screen {
        Screen::Launcher => "search line",
        Screen::Conversation => "conversation",
        Screen::History => "history",
        Screen::Models => "models",
        Screen::Activity => "activity",
    };
    let overlay = match (&status.headless, status.visible) {
        (Some(why), _) => format!("none ({why})"),
        (None, true) => format!("shown, {screen}"),
        (None, false) => "hidden".into(),
    };
    let model = status.model.as_ref().map_or_else(|| "none yet".into(), ToString::to_string);
    let mut lines = vec![
        format!("nervad   {} (pid {})", status.version, status.pid),
        format!("doing    {activity}"),
        format!("overlay  {overlay}"),
        format!("model    {model}"),
    ];
    if status.screenshots {
        lines.push("waiting  for screenshots, to offer them".into());
    }
    if let Some(live) = &status.live {
        let rests = if live.resting { "resting while the overlay is hidden, " } else { "" };
        lines.push(format!("watching {}, {rests}{} pictures so far", live.source, live.frames));
    }
    for work in &status.work {
        lines.push(format!("at work  {} ({})", work.line(), work.title));
        lines.extend(work.printed.lines().map(|line| format!("         {line}")));
    }
    if let Some(plan) = &status.plan {
        lines.push(format!("plan     {}", plan.line()));
        lines.extend(plan.steps.iter().map(|step| format!("         {:<7}  {}", step.state.word(), step.text)));
    }
    lines.extend(status.consent.iter().map(|asked| format!("asks     {} ({})", asked.title, asked.digest.short())));
    lines.extend(status.notices.iter().map(|notice| format!("notice   {notice}")));
    lines.join("\n")
}

/// Models, a line each.
pub fn models(models: &[ModelChoice]) -> String {
    let lines: Vec<String> = models
        .iter()
        .map(|choice| {
            let place = if choice.local { "this machine" } else { "remote" };
            let sees = match choice.sees {
                Some(true) => ", sees pictures",
                Some(false) => ", text only",
                None => "",
            };
            let price = choice.price.map_or_else(String::new, |(input, output)| format!("  ${input}/${output} per M"));
            match &choice.state {
                ModelState::Ready => format!("✓ {:<44} {place}{sees}{price}", choice.model.to_string()),
                ModelState::Unready { why } => {
                    format!("✗ {:<44} {place}, {why}{sees}{price}", choice.model.to_string())
                }
            }
        })
        .collect();
    lines.join("\n")
}

/// Conversations, a line each.
pub fn summaries(summaries: &[Summary]) -> String {
    let lines: Vec<String> = summaries
        .iter()
        .map(|line| {
            let at = local_time(line.updated);
            let cut = if line.interrupted { "  (interrupted)" } else { "" };
            let excerpt = line.excerpt.as_ref().map_or_else(String::new, |excerpt| {
                format!("\n    {}", excerpt.replace(['\u{2}', '\u{3}'], "").replace('\n', " "))
            });
            format!("{}  {at}  {}{cut}{excerpt}", line.id, line.title)
        })
        .collect();
    lines.join("\n")
}

/// A time as people of this place write it.
pub fn local_time(at: Timestamp) -> String {
    jiff::Timestamp::from_millisecond(at.0)
        .map(|at| at.to_zoned_datetime(jiff::tz::TimeZone::system()).strftime("%Y-%m-%d %H:%M").to_string())
        .unwrap_or_default()
}

/// Backends by need, each with why it is or is not usable.
pub fn backends(backends: &[Backend]) -> String {
    let mut lines = Vec::new();
    let mut need = "";
    for backend in backends {
        if backend.need != need {
            need = &backend.need;
            lines.push(need.to_owned());
        }
        lines.push(match &backend.availability {
            Availability::Usable { by } => format!("  ✓ {}: {by}", backend.name),
            Availability::Unusable { why, next_step } => {
                let next = if next_step.is_empty() { String::new() } else { format!("\n      → {next_step}") };
                format!("  ✗ {}: {why}{next}", backend.name)
            }
        });
    }
    lines.join("\n")
}
