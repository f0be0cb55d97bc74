//! What can be asked about what is attached without typing a word.

use super::ask;
use crate::model::{Ask, Command, Hit, HitId, HitKind, Icon, ModelRef, Query, Run};

/// What is attached, and what can be done with it.
#[derive(Debug, Clone, Default)]
pub struct About {
    /// The place of the newest picture among the attachments, from 0.
    pub picture: Option<usize>,
    /// Whether the text of a picture can be read on this machine.
    pub reads: bool,
    /// The text that was read in it; empty where there is none.
    pub text: Option<String>,
}

/// A question that is ready.
struct Ready {
    id: &'static str,
    title: &'static str,
    glyph: &'static str,
    question: String,
}

impl About {
    /// What is typed, as a question, then the questions that are ready; always the same ones, so that none jumps.
    pub fn search(&self, query: &Query, model: Option<&ModelRef>, locales: &[String]) -> Vec<Hit> {
        let mut hits = Vec::new();
        if !query.text.trim().is_empty() {
            hits.push(ask::Ask { model }.search(query));
        }
        let what = if self.picture.is_some() { "picture" } else { "text" };
        hits.push(hit(self.explain(what)));
        if let Some(index) = self.picture {
            hits.push(hit(error()));
            hits.push(self.extract(index));
            hits.extend(self.send_text());
        }
        hits.push(hit(summary(what)));
        hits.push(hit(translation(what, locales)));
        hits
    }

    fn explain(&self, what: &str) -> Ready {
        let (id, title, glyph) = match self.picture {
            Some(_) => ("explain", "What does this show?", "search"),
            None => ("explain", "Explain this", "search"),
        };
        let question = format!("Explain this {what}: first what it is, in one sentence, then what matters in it.");
        Ready { id, title, glyph, question }
    }

    /// For models that do not see, and for those that should not.
    fn send_text(&self) -> Option<Hit> {
        self.text.as_ref().filter(|text| !text.is_empty())?;
        let ready = Ready { id: "send-text", title: "Send the text instead", glyph: "ask", question: String::new() };
        Some(Hit { run: Run::Command { command: Box::new(Command::SendText) }, ..hit(ready) })
    }

    /// Read here where that is possible: it costs nothing, and nothing leaves the machine.
    fn extract(&self, index: usize) -> Hit {
        let question = "Write down the text in this picture exactly as it stands, line by line, and nothing else.";
        let ready = Ready { id: "extract", title: "Extract the text", glyph: "text", question: question.to_owned() };
        let mut hit = hit(ready);
        if let Some(text) = self.text.clone().filter(|text| !text.is_empty()) {
            hit.title = "Copy the text".to_owned();
            hit.run = Run::Copy { text };
        } else if self.reads {
            hit.subtitle = "on this machine".to_owned();
            hit.run = Run::Command { command: Box::new(Command::ReadText { index }) };
        }
        hit
    }
}

fn error() -> Ready {
    Ready {
        id: "error",
        title: "What is this error, and what do I do?",
        glyph: "error",
        question:
            "What is this error, and what do I do? Name the cause in one sentence, then the remedy. If one command \
                   is the remedy, end with that command alone in a block of code."
                .to_owned(),
    }
}

fn summary(what: &str) -> Ready {
    let question = format!("Summarise this {what} in at most five points.");
    Ready { id: "summary", title: "Summarise", glyph: "summary", question }
}

fn translation(what: &str, locales: &[String]) -> Ready {
    let question = format!("Translate the text of this {what} into {}. Give the translation only.", language(locales));
    Ready { id: "translation", title: "Translate", glyph: "translate", question }
}

/// What models know a language by: its name, or where that is not here the locale's.
fn language(locales: &[String]) -> String {
    let code = |locale: &String| locale.split(['_', '.', '@', '-']).next().unwrap_or_default().to_lowercase();
    let code = locales.first().map_or_else(|| "en".to_owned(), code);
    let names = [
        ("ar", "Arabic"),
        ("cs", "Czech"),
        ("da", "Danish"),
        ("de", "German"),
        ("en", "English"),
        ("es", "Spanish"),
        ("fi", "Finnish"),
        ("fr", "French"),
        ("hi", "Hindi"),
        ("it", "Italian"),
        ("ja", "Japanese"),
        ("ko", "Korean"),
        ("nl", "Dutch"),
        ("pl", "Polish"),
        ("pt", "Portuguese"),
        ("ru", "Russian"),
        ("sv", "Swedish"),
        ("tr", "Turkish"),
        ("uk", "Ukrainian"),
        ("zh", "Chinese"),
    ];
    let known = names.iter().find(|(each, _)| *each == code);
    known.map_or_else(|| format!("the language with the code {code}"), |(_, name)| (*name).to_owned())
}

fn hit(ready: Ready) -> Hit {
    let ask = Ask { text: ready.question, model: None, images: Vec::new(), conversation: None };
    Hit {
        id: HitId(format!("ready:{}", ready.id)),
        kind: HitKind::Ready,
        title: ready.title.to_owned(),
        matched: Vec::new(),
        subtitle: String::new(),
        icon: Icon::Glyph { name: ready.glyph.to_owned() },
        score: 0,
        run: Run::Command { command: Box::new(Command::Ask { ask }) },
        actions: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn titles(about: &About, text: &str) -> Vec<String> {
        let query = Query { generation: 1, text: text.to_owned() };
        about.search(&query, None, &[]).into_iter().map(|hit| hit.title).collect()
    }

    #[test]
    fn what_is_typed_comes_first_and_nothing_else_moves() {
        let about = About { picture: Some(0), reads: true, text: None };
        let ready = titles(&about, " ");
        assert_eq!(ready[0], "What does this show?");
        let typed = titles(&about, "why?");
        assert_eq!(typed[0], "“why?”");
        assert_eq!(typed[1..], ready);
    }

    #[test]
    fn text_has_no_text_to_extract() {
        assert_eq!(titles(&About::default(), ""), ["Explain this", "Summarise", "Translate"]);
    }

    #[test]
    fn text_is_read_here_where_that_is_possible() {
        let query = Query { generation: 1, text: String::new() };
        for reads in [true, false] {
            let hits = About { picture: Some(2), reads, text: None }.search(&query, None, &[]);
            let extract = hits.iter().find(|hit| hit.id.0 == "ready:extract").unwrap();
            let Run::Command { command } = &extract.run else { panic!("{extract:?}") };
            assert_eq!(**command == Command::ReadText { index: 2 }, reads, "{extract:?}");
            assert_eq!(extract.subtitle.is_empty(), !reads);
        }
    }

    #[test]
    fn text_that_was_read_is_copied_from_the_same_row() {
        let query = Query { generation: 1, text: String::new() };
        let mut about = About { picture: Some(0), reads: true, text: None };
        let before = about.search(&query, None, &[]);
        about.text = Some("E0382".to_owned());
        let after = about.search(&query, None, &[]);
        let place = before.iter().position(|hit| hit.id.0 == "ready:extract").unwrap();
        assert_eq!(after[place].id, before[place].id);
        assert_eq!(after[place].run, Run::Copy { text: "E0382".to_owned() });
        assert_eq!(after[place + 1].title, "Send the text instead");
        about.text = Some(String::new());
        assert_eq!(about.search(&query, None, &[]), before);
    }

    #[test]
    fn a_translation_is_into_the_language_of_the_desktop() {
        for (locales, expected) in [
            (vec![], "English"),
            (vec!["de_AT.UTF-8"], "German"),
            (vec!["pt", "en"], "Portuguese"),
            (vec!["eo"], "the language with the code eo"),
        ] {
            let locales: Vec<String> = locales.into_iter().map(str::to_owned).collect();
            assert_eq!(language(&locales), expected);
        }
    }
}
