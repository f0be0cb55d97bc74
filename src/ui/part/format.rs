//! Numbers, times and names as a person reads them.

use crate::model::{Message, MessageState, ModelRef, Timestamp, Tokens};

/// "1,204".
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// "1.0 MB".
pub fn bytes(bytes: usize) -> String {
    if bytes < 1_000_000 { format!("{} KB", (bytes / 1000).max(1)) } else { format!("{:.1} MB", bytes as f64 / 1e6) }
}

/// "0.4 s", "12 s", "3 min 5 s".
pub fn duration(milliseconds: u64) -> String {
    let seconds = milliseconds / 1000;
    match seconds {
        0..=9 if milliseconds % 1000 >= 100 => format!("{:.1} s", milliseconds as f64 / 1000.0),
        0..=9 => format!("{seconds} s"),
        10..=59 => format!("{seconds} s"),
        _ => format!("{} min {} s", seconds / 60, seconds % 60),
    }
}

/// "$0.006"; prices are in dollars per million tokens.
fn cost(price: (f64, f64), input: u64, output: u64) -> String {
    let dollars = (price.0 * input as f64 + price.1 * output as f64) / 1e6;
    match dollars {
        d if d <= 0.0 => "free".into(),
        d if d < 0.001 => "< $0.001".into(),
        d if d < 1.0 => format!("${d:.3}"),
        d => format!("${d:.2}"),
    }
}

/// "14:02:31" here.
pub fn time(at: Timestamp) -> String {
    local(at, "%H:%M:%S")
}

/// "12 Mar 2026" here.
pub fn day(at: Timestamp) -> String {
    local(at, "%-d %b %Y")
}

fn local(at: Timestamp, form: &str) -> String {
    jiff::Timestamp::from_millisecond(at.0)
        .map(|at| at.to_zoned_datetime(jiff::tz::TimeZone::system()).strftime(form).to_string())
        .unwrap_or_default()
}

/// "just now", "5 min ago", "3 h ago", "yesterday", "4 days ago", "12 Mar 2026".
pub fn ago(at: Timestamp, now: Timestamp) -> String {
    let minutes = now.since(at) / 60_000;
    match minutes {
        0 => "just now".into(),
        1..=59 => format!("{minutes} min ago"),
        60..=1439 => format!("{} h ago", minutes / 60),
        1440..=2879 => "yesterday".into(),
        2880..=10079 => format!("{} days ago", minutes / 1440),
        _ => jiff::Timestamp::from_millisecond(at.0).map_or_else(
            |_| "long ago".into(),
            |at| at.to_zoned_datetime(jiff::tz::TimeZone::system()).strftime("%-d %b %Y").to_string(),
        ),
    }
}

/// The model's own name, without the path before it.
pub fn name(model: &ModelRef) -> &str {
    model.model.rsplit('/').next().unwrap_or(&model.model)
}

/// The model as the chip shows it: with its provider where that says that it is on this machine.
pub fn model(model: &ModelRef, local: bool) -> String {
    let whole = format!("{}/{}", model.provider, name(model));
    if local && whole.chars().count() <= 32 { whole } else { shortened(name(model), 32) }
}

/// A text of several lines, of at most so many bytes.
pub fn shortened_lines(text: &str, most: usize) -> String {
    if text.len() <= most {
        return text.to_owned();
    }
    let end = (0..=most).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
    format!("{}…  ({})", &text[..end], bytes(text.len()))
}

/// The first line, at most `limit` characters, with an ellipsis where something is left out.
pub fn shortened(text: &str, limit: usize) -> String {
    let line = text.trim().lines().next().unwrap_or_default();
    if line.chars().count() <= limit && line.len() == text.trim().len() {
        return line.to_owned();
    }
    let mut short: String = line.chars().take(limit.saturating_sub(1)).collect();
    short.push('…');
    short
}

/// "187", or "~187" where that is an estimate.
pub fn tokens(tokens: Tokens) -> String {
    format!("{}{}", about(tokens), count(tokens.count))
}

/// "47 tokens/s" of an answer, so far or in the end; `None` before there is anything to count, or where only a part of it
/// was kept.
pub fn speed(message: &Message, now: Timestamp) -> Option<String> {
    let tokens = message.tokens().filter(|tokens| tokens.count > 0)?;
    let until = match message.state {
        MessageState::Streaming => now,
        MessageState::Complete | MessageState::Stopped => message.ended_at?,
        MessageState::Waiting | MessageState::Interrupted | MessageState::Failed { .. } => return None,
    };
    let milliseconds = until.since(message.first_at?);
    let speed = || (tokens.count * 1000).div_ceil(milliseconds);
    (milliseconds >= 100).then(|| format!("{}{} tokens/s", about(tokens), count(speed())))
}

/// What an answer costs, so far or in the end; `None` while what was asked costs and is not counted yet, or while there
/// is nothing to count.
pub fn cost_of(message: &Message, price: (f64, f64)) -> Option<String> {
    let tokens = message.tokens()?;
    let input = message.usage.input.or((price.0 <= 0.0).then_some(0))?;
    let cost = cost(price, input, tokens.count);
    // "free" and "< $0.001" are no closer than an estimate.
    let about = if cost.starts_with('$') { about(tokens) } else { "" };
    Some(format!("{about}{cost}"))
}

fn about(tokens: Tokens) -> &'static str {
    if tokens.estimated { "~" } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        for (number, text) in [(0, "0"), (187, "187"), (1204, "1,204"), (50_000, "50,000"), (1_234_567, "1,234,567")] {
            assert_eq!(count(number), text);
        }
    }

    #[test]
    fn times_are_relative_until_a_week_ago() {
        let now = Timestamp(1_800_000_000_000);
        let ago = |minutes: i64| ago(Timestamp(now.0 - minutes * 60_000), now);
        assert_eq!(ago(0), "just now");
        assert_eq!(ago(59), "59 min ago");
        assert_eq!(ago(60), "1 h ago");
        assert_eq!(ago(24 * 60), "yesterday");
        assert_eq!(ago(3 * 24 * 60), "3 days ago");
        assert!(ago(30 * 24 * 60).contains("2026") || ago(30 * 24 * 60).contains("2027"));
    }

    #[test]
    fn costs_have_as_many_digits_as_they_need() {
        assert_eq!(cost((3.0, 15.0), 1204, 187), "$0.006");
        assert_eq!(cost((3.0, 15.0), 10, 1), "< $0.001");
        assert_eq!(cost((0.0, 0.0), 10, 1), "free");
    }

    #[test]
    fn what_is_left_out_is_marked() {
        assert_eq!(shortened("one\ntwo", 10), "one…");
        assert_eq!(shortened("0123456789abc", 10), "012345678…");
        assert_eq!(shortened("short", 10), "short");
    }
}
