//! Calculations and conversions, by `fend`.

use std::time::Duration;

use fend_core::{Context, DecimalSeparatorStyle, Interrupt};

use crate::model::{Hit, HitId, HitKind, Icon, Query, Run};

/// A calculation that takes more of a processor has no result. What a busy machine takes from it does not count.
const DEADLINE: Duration = Duration::from_millis(3);
/// A longer text is no calculation.
const LONGEST: usize = 120;
/// Above every match of a name: who writes a calculation wants its result.
const SCORE: i64 = 2000;

/// The calculator. It knows no currencies, as their rates would have to be asked for.
pub struct Calculator;

impl Calculator {
    /// The result, when the query looks like a calculation and has one that says something new.
    pub fn search(&self, query: &Query) -> Option<Hit> {
        let input = query.text.trim().trim_start_matches('=').trim_end_matches('=').trim();
        if !looks_like_calculation(input) {
            return None;
        }
        let result = evaluate(input)?;
        let (shown, copied) = match result.strip_prefix("approx. ") {
            Some(value) => (format!("≈ {value}"), value.to_owned()),
            None => (result.clone(), result),
        };
        if squeezed(&copied) == squeezed(input) {
            return None;
        }
        Some(Hit {
            id: HitId("calc:".into()),
            kind: HitKind::Calculation,
            title: shown,
            matched: Vec::new(),
            subtitle: format!("{input} ="),
            icon: Icon::Glyph { name: "calculator".into() },
            score: SCORE,
            run: Run::Copy { text: copied },
            actions: Vec::new(),
        })
    }
}

/// A number with an operator or a conversion, or a function call. Names of programs and plain numbers are neither.
fn looks_like_calculation(input: &str) -> bool {
    if input.is_empty() || input.len() > LONGEST || input.contains(['\n', ';', '=', '"', '@', '\\']) {
        return false;
    }
    let number = input.contains(|c: char| c.is_ascii_digit());
    let operator = input.char_indices().any(|(at, c)| match c {
        '+' | '*' | '/' | '^' | '%' | '!' | '×' | '÷' | '−' | '(' => true,
        '-' => at > 0,
        _ => false,
    });
    let mut words = input.split_whitespace().skip(1);
    let conversion =
        words.any(|word| ["to", "in", "as", "of", "mod"].iter().any(|known| word.eq_ignore_ascii_case(known)));
    let call = input.ends_with(')')
        && input.find('(').is_some_and(|at| at > 0 && input[..at].chars().all(|c| c.is_ascii_alphanumeric()));
    number && (operator || conversion) || call
}

/// When this thread has worked for so long.
struct Deadline(Duration);

impl Interrupt for Deadline {
    fn should_interrupt(&self) -> bool {
        worked() >= self.0
    }
}

/// How long this thread was at work until now.
fn worked() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::try_from(time).unwrap_or_default()
}

fn evaluate(input: &str) -> Option<String> {
    let mut context = Context::new();
    if has_decimal_comma(input) {
        context.set_decimal_separator_style(DecimalSeparatorStyle::Comma);
    }
    let input = input.replace('×', "*").replace('÷', "/").replace('−', "-");
    let result = fend_core::evaluate_with_interrupt(&input, &mut context, &Deadline(worked() + DEADLINE)).ok()?;
    let text = result.get_main_result();
    let usable = !result.output_is_empty() && !text.is_empty() && text.len() <= 400 && !text.contains('\n');
    // A function or a bare unit is no result.
    (usable && text.contains(|c: char| c.is_ascii_digit() || c.is_alphabetic()) && !text.contains("\\"))
        .then(|| text.to_owned())
}

/// `2,5`: a comma that can't group thousands is a decimal one.
fn has_decimal_comma(input: &str) -> bool {
    let after = |at: usize| input[at + 1..].chars().take_while(char::is_ascii_digit).count();
    let call = input.contains(|c: char| c.is_ascii_alphabetic()) && input.contains('(');
    !call && !input.contains('.') && input.match_indices(',').any(|(at, _)| !matches!(after(at), 0 | 3))
}

fn squeezed(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && *c != ',').flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn result(text: &str) -> Option<String> {
        Calculator.search(&Query { generation: 1, text: text.into() }).map(|hit| hit.title)
    }

    #[test]
    fn calculations_and_conversions_have_results() {
        let table = [
            ("2+2", "4"),
            (" 2 + 2 = ", "4"),
            ("=7*6", "42"),
            ("1/4", "0.25"),
            ("20% of 340", "68"),
            ("5 miles to km", "8.04672 km"),
            ("sqrt(2)", "≈ 1.4142135624"),
            ("sin(pi)", "0"),
            ("0x1f to decimal", "31"),
            ("100 C to F", "212 °F"),
            ("3×4", "12"),
            ("2,5*2", "5"),
            ("1,000*2", "2000"),
            ("5!", "120"),
            ("1 GiB in MiB", "1024 MiB"),
            ("-3 + 5", "2"),
        ];
        for (input, expected) in table {
            assert_eq!(result(input).as_deref(), Some(expected), "{input}");
        }
    }

    #[test]
    fn names_numbers_and_nonsense_have_none() {
        for input in [
            "",
            "fi",
            "3",
            "-3",
            "3.14",
            "python3",
            "cal",
            "7-zip",
            "c++",
            "c++11",
            "gtk-4",
            "code -",
            "5 miles",
            "10 EUR to USD",
            "1/0",
            "2+",
            "(((((",
            "how to fly",
            "what is 5 to me",
            "x = 5",
            "foo(bar)",
            "h.264",
            "who(am i)",
            "firefox 2",
            "notepad++",
            "in 5 minutes",
            "e",
            "pi",
            "k3b",
            "0 A.D.",
            "2048 (game)",
        ] {
            assert_eq!(result(input), None, "{input}");
        }
    }

    #[test]
    fn what_takes_too_long_has_no_result() {
        for input in ["10^10^10", "9999999!", "2^99999999", "1/3^999999", "fibonacci(99999999)"] {
            assert_eq!(result(input), None, "{input}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_calculated_or_not(text in "([0-9a-z+*/^%!(),. -]|to|in|km|\\PC){0,30}") {
            result(&text);
        }
    }
}
