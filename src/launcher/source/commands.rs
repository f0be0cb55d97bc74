//! What Nerva itself does, as results.

use std::collections::HashMap;

use crate::launcher::rank::{Candidate, Field, Needle, Ranker, Text};
use crate::model::{Command, Hit, HitId, HitKind, Icon, Run, Screen};

/// Commands come below programs that fit as well.
const BASE: i64 = -60;

/// Nerva's own commands.
pub struct Commands<'a> {
    /// How much use lifts each hit.
    pub lifts: &'a HashMap<HitId, i64>,
}

/// One of them, as shown.
struct Shown {
    id: &'static str,
    title: &'static str,
    keywords: &'static [&'static str],
    glyph: &'static str,
    command: Command,
}

fn all() -> [Shown; 8] {
    let shown = |id, title, keywords, glyph, command| Shown { id, title, keywords, glyph, command };
    [
        shown("new-chat", "New chat", &["conversation", "clear"], "new-chat", Command::New),
        shown("history", "History", &["chats", "conversations"], "history", Command::Go { screen: Screen::History }),
        shown("activity", "Activity", &["audit", "tools", "rules"], "tool", Command::Go { screen: Screen::Activity }),
        shown("models", "Choose model", &["switch", "provider"], "model", Command::Go { screen: Screen::Models }),
        shown("settings", "Open settings", &["config", "preferences"], "settings", Command::OpenConfig),
        shown("pause", "Pause Nerva", &["stop"], "pause", Command::Pause { on: true }),
        shown("resume", "Resume Nerva", &["continue"], "resume", Command::Pause { on: false }),
        shown("quit", "Quit Nerva", &["exit"], "quit", Command::Quit),
    ]
}

impl Commands<'_> {
    /// Best first.
    pub fn search(&self, needle: &Needle, ranker: &mut Ranker) -> Vec<Hit> {
        let all = all();
        let ids = all.each_ref().map(|shown| HitId(format!("command:{}", shown.id)));
        let candidates = all.each_ref().map(|shown| {
            let keywords = shown.keywords.iter().map(|keyword| (Field::Keyword, Text::new(keyword))).collect();
            Candidate::new(Text::new(shown.title), keywords).with_base(BASE).strict()
        });
        let lift = |nth: usize| self.lifts.get(&ids[nth]).copied().unwrap_or(0);
        let ranked = ranker.rank(&candidates, needle, all.len(), lift);
        let hit = |ranked: crate::launcher::rank::Ranked| Hit {
            id: ids[ranked.index].clone(),
            kind: HitKind::Command,
            title: all[ranked.index].title.to_owned(),
            matched: ranker.positions(candidates[ranked.index].title(), needle),
            subtitle: String::new(),
            icon: Icon::Glyph { name: all[ranked.index].glyph.to_owned() },
            score: ranked.score,
            run: Run::Command { command: Box::new(all[ranked.index].command.clone()) },
            actions: Vec::new(),
        };
        ranked.into_iter().map(hit).collect()
    }
}
