//! Views as the core would make them, for tests and for looking at.

#![allow(dead_code, reason = "each user of the fixtures needs some of them")]

use std::sync::Arc;

use nerva::model::*;

/// What the clock says in all fixtures.
pub const NOW: Timestamp = Timestamp(1_795_000_000_000);

pub fn now() -> Timestamp {
    NOW
}

fn rgba(hex: u32) -> Rgba {
    let [a, r, g, b] = hex.to_be_bytes();
    Rgba { r, g, b, a }
}

pub fn dark() -> Look {
    Look {
        name: "nerva-dark".into(),
        scheme: Scheme::Dark,
        palette: Palette {
            background: rgba(0xff15_161c),
            raised: rgba(0xff1c_1e26),
            line: rgba(0x14ff_ffff),
            line_soft: rgba(0x0dff_ffff),
            text: rgba(0xffe8_eaf1),
            dim: rgba(0xff9b_a1b4),
            faint: rgba(0xff7c_8297),
            accent: rgba(0xff8b_9cff),
            accent_ground: rgba(0x248b_9cff),
            on_accent: rgba(0xff0d_0f1a),
            ok: rgba(0xff7f_d4a6),
            warn: rgba(0xfff0_c27b),
            bad: rgba(0xffff_7b86),
            code: rgba(0xff10_1117),
            shadow: rgba(0x7300_0000),
        },
        syntax: Syntax {
            keyword: rgba(0xffc7_92ea),
            string: rgba(0xffa5_d6a7),
            function: rgba(0xff82_aaff),
            number: rgba(0xfff7_8c6c),
            kind: rgba(0xffff_cb6b),
            comment: rgba(0xff7c_8297),
        },
        metrics: Metrics {
            width: 720.0,
            max_height: 620.0,
            position: 0.2,
            radius: 14.0,
            opacity: 0.95,
            font_size: 15.0,
            rows: 8,
        },
        font: String::new(),
        mono_font: String::new(),
        animations: false,
        translucent: true,
    }
}

pub fn light() -> Look {
    Look {
        name: "nerva-light".into(),
        scheme: Scheme::Light,
        palette: Palette {
            background: rgba(0xfffb_fbfd),
            raised: rgba(0xfff1_f2f6),
            line: rgba(0x1f14_1628),
            line_soft: rgba(0x1214_1628),
            text: rgba(0xff1b_1d27),
            dim: rgba(0xff5c_6275),
            faint: rgba(0xff70_768a),
            accent: rgba(0xff43_53d8),
            accent_ground: rgba(0x1a43_53d8),
            on_accent: rgba(0xffff_ffff),
            ok: rgba(0xff1c_8a55),
            warn: rgba(0xff8a_5a00),
            bad: rgba(0xffc4_2b3a),
            code: rgba(0xfff4_f5f8),
            shadow: rgba(0x4d14_1628),
        },
        syntax: Syntax {
            keyword: rgba(0xff8a_3fc0),
            string: rgba(0xff1c_7a3e),
            function: rgba(0xff24_56c8),
            number: rgba(0xffa8_4a00),
            kind: rgba(0xff8a_5a00),
            comment: rgba(0xff70_768a),
        },
        ..dark()
    }
}

pub fn sonnet() -> ModelRef {
    ModelRef { provider: "anthropic".into(), model: "claude-sonnet".into() }
}

pub fn qwen() -> ModelRef {
    ModelRef { provider: "ollama".into(), model: "qwen3".into() }
}

pub fn models() -> Arc<[ModelChoice]> {
    let ready = ModelState::Ready;
    let choice = |model: ModelRef, provider: &str, state: ModelState, local, price| ModelChoice {
        model,
        provider: provider.into(),
        state,
        local,
        sees: None,
        price,
    };
    let haiku = ModelRef { provider: "anthropic".into(), model: "claude-haiku".into() };
    let gemma = ModelRef { provider: "ollama".into(), model: "gemma3:12b".into() };
    let gpt = ModelRef { provider: "openai".into(), model: "gpt-5".into() };
    Arc::from(vec![
        choice(sonnet(), "Anthropic", ready.clone(), false, Some((3.0, 15.0))),
        choice(haiku, "Anthropic", ready.clone(), false, Some((1.0, 5.0))),
        choice(qwen(), "Ollama", ModelState::Unready { why: "does not answer".into() }, true, None),
        choice(gemma, "Ollama", ready, true, None),
        choice(gpt, "OpenAI", ModelState::Unready { why: "no key".into() }, false, Some((1.25, 10.0))),
    ])
}

pub fn hit(id: &str, kind: HitKind, title: &str, matched: &[u32], subtitle: &str) -> Hit {
    Hit {
        id: HitId(id.into()),
        kind,
        title: title.into(),
        matched: matched.to_vec(),
        subtitle: subtitle.into(),
        icon: Icon::Letter { letter: title.chars().next().unwrap_or('?').to_ascii_uppercase() },
        score: 0,
        run: Run::Launch { entry: format!("{id}.desktop"), action: None },
        actions: Vec::new(),
    }
}

pub fn ask(text: &str) -> Hit {
    Hit {
        icon: Icon::Glyph { name: "nerva".into() },
        run: Run::Ask { text: text.into() },
        ..hit("ask:", HitKind::Ask, &format!("“{text}”"), &[], "ask claude-sonnet")
    }
}

pub fn results(generation: u64, query: &str) -> Results {
    let mut firefox = hit("app:firefox", HitKind::Application, "Firefox", &[0, 1], "Web Browser");
    firefox.actions = vec![
        HitAction {
            title: "New Window".into(),
            run: Run::Launch { entry: "firefox.desktop".into(), action: Some("new-window".into()) },
        },
        HitAction {
            title: "New Private Window".into(),
            run: Run::Launch { entry: "firefox.desktop".into(), action: Some("new-private-window".into()) },
        },
    ];
    let hits = vec![
        firefox,
        hit("app:files", HitKind::Application, "Files", &[0, 1], "Browse folders"),
        hit("app:calc", HitKind::Application, "LibreOffice Calc", &[5, 6], "Spreadsheet"),
        hit("chat:1", HitKind::Conversation, "Fix the failing backup", &[0, 1], "3 h ago"),
        ask(query),
    ];
    Results { generation, query: query.into(), hits: hits.into(), complete: true }
}

/// The empty search line.
pub fn bar() -> View {
    View {
        overlay: Overlay { wanted: true, ..Overlay::default() },
        screen: Screen::Launcher,
        results: Arc::new(Results::default()),
        consent: None,
        conversation: None,
        plan: None,
        work: Arc::from(Vec::new()),
        attached: Arc::from(Vec::new()),
        screenshots: false,
        enlarged: None,
        reading: None,
        live: None,
        hover: None,
        pasted: 0,
        insertion: None,
        history: Arc::from(Vec::new()),
        searched: Some("".into()),
        trail: Arc::default(),
        undoing: None,
        models: models(),
        model: Some(sonnet()),
        price: Some((3.0, 15.0)),
        notices: Arc::from(Vec::new()),
        activity: Activity::Idle,
        look: Arc::new(dark()),
        headless: None,
    }
}

/// Results for "fi".
pub fn found() -> View {
    View { results: Arc::new(results(1, "fi")), ..bar() }
}

pub fn message(n: u128, role: Role, parts: Vec<Part>, state: MessageState) -> Arc<Message> {
    Arc::new(Message {
        id: MessageId(uuid::Uuid::from_u128(n)),
        role,
        parts,
        model: (role == Role::Assistant).then(sonnet),
        at: Timestamp(NOW.0 - 6000),
        first_at: (role == Role::Assistant).then_some(Timestamp(NOW.0 - 4000)),
        ended_at: (!state.is_live()).then_some(NOW),
        state,
        usage: Usage { input: Some(1204), output: Some(187), ..Usage::default() },
        stop: None,
    })
}

pub fn text(text: &str) -> Part {
    Part::Text { text: Text::from(text) }
}

pub const QUESTION: &str = "Why did my backup service fail last night?";

pub const ANSWER: &str = "The unit stopped at `02:00:14` because the repository was **locked by an earlier run** that \
                          had been killed when the laptop suspended. Clear the stale lock, then start it again:\n\n\
                          ```bash\nrestic unlock --remove-all\nsystemctl --user start restic-backup.service\n```\n\n";

pub fn talk(messages: Vec<Arc<Message>>) -> View {
    View {
        screen: Screen::Conversation,
        conversation: Some(Arc::new(Conversation {
            id: ConversationId(uuid::Uuid::from_u128(7)),
            title: QUESTION.into(),
            created: NOW,
            updated: NOW,
            messages,
        })),
        ..bar()
    }
}

/// An answer that streams, with thinking and a tool call.
pub fn streaming() -> View {
    let call = ToolCall {
        id: "1".into(),
        name: "read_journal".into(),
        arguments: Text::from(r#"{"unit": "restic-backup.service", "since": "yesterday"}"#),
        signature: None,
    };
    let parts = vec![
        Part::Thinking { text: Text::from("The journal will say."), signature: None },
        Part::ToolCall { call },
        text(&format!("{ANSWER}To keep it from happening again, let the timer wait for")),
    ];
    View {
        activity: Activity::Answering,
        ..talk(vec![
            message(1, Role::User, vec![text(QUESTION)], MessageState::Complete),
            message(2, Role::Assistant, parts, MessageState::Streaming),
        ])
    }
}

/// A plan whose second step is being done, after an older one.
pub fn planned() -> View {
    let call = |id: &str, states: &[PlanState]| {
        let texts = ["Read the journal", "Clear the stale lock", "Start the unit again"];
        let step = |(text, state): (&&str, &PlanState)| PlanStep { text: (*text).into(), state: *state };
        let plan = Plan { steps: texts.iter().zip(states).map(step).collect() };
        let arguments = Text::from(serde_json::to_string(&plan).unwrap_or_default().as_str());
        (plan, Part::ToolCall { call: ToolCall { id: id.into(), name: "plan".into(), arguments, signature: None } })
    };
    let result = |call: &str, is_error| Part::ToolResult {
        call: call.into(),
        content: Text::from(if is_error { "no such lock" } else { "the user sees the plan" }),
        is_error,
    };
    use PlanState::{Doing, Done, Dropped, Todo};
    let (_, one) = call("1", &[Doing, Todo, Todo]);
    let (newest, two) = call("2", &[Done, Doing, Dropped]);
    let shown = |text: &str| Shown(vec![Piece { text: text.into(), hidden: text.starts_with('⟨') }]);
    let mut steps: Vec<_> = newest.steps.iter().map(|step| (step.state, shown(&step.text))).collect();
    steps[2].1.0.extend(shown("⟨U+202E⟩").0);
    View {
        activity: Activity::Answering,
        plan: Some(Arc::new(Planned { message: MessageId(uuid::Uuid::from_u128(4)), call: "2".into(), steps })),
        ..talk(vec![
            message(1, Role::User, vec![text(QUESTION)], MessageState::Complete),
            message(2, Role::Assistant, vec![one], MessageState::Complete),
            message(3, Role::Tool, vec![result("1", false)], MessageState::Complete),
            message(4, Role::Assistant, vec![two], MessageState::Complete),
            message(5, Role::Tool, vec![result("2", false)], MessageState::Waiting),
        ])
    }
}

/// A finished answer with a list, a table and a link.
pub fn finished() -> View {
    let rest = "Then let it wait:\n\n1. Edit the timer.\n2. Add `Persistent=true`.\n\n| Setting | Before | After |\n\
                |---|---|---|\n| `Persistent` | no | yes |\n| `OnCalendar` | 02:00 | 02:00 |\n\n\
                See [systemd.timer](https://www.freedesktop.org/software/systemd/man/systemd.timer.html).\n";
    let parts = vec![text(&format!("{ANSWER}{rest}"))];
    talk(vec![
        message(1, Role::User, vec![text(QUESTION)], MessageState::Complete),
        message(2, Role::Assistant, parts, MessageState::Complete),
    ])
}

pub fn unreachable() -> Fault {
    Fault::new(
        FaultKind::Unreachable,
        "Ollama does not answer at 127.0.0.1:11434",
        "The connection was refused. Your question is kept. Start the server, or ask another model.",
    )
    .or(Remedy::Retry)
    .or(Remedy::StartUnit { unit: "ollama.service".into() })
    .or(Remedy::AskOther { model: sonnet() })
    .or(Remedy::CopyDetails)
}

/// An answer that failed.
pub fn failed() -> View {
    View {
        model: Some(qwen()),
        ..talk(vec![
            message(1, Role::User, vec![text("why is my fan so loud")], MessageState::Complete),
            message(2, Role::Assistant, Vec::new(), MessageState::Failed { fault: unreachable() }),
        ])
    }
}

/// An answer that was cut off when the process ended.
pub fn interrupted() -> View {
    talk(vec![
        message(1, Role::User, vec![text(QUESTION)], MessageState::Complete),
        message(2, Role::Assistant, vec![text("The unit stopped at")], MessageState::Interrupted),
    ])
}

/// A notice over the search line.
pub fn noticed() -> View {
    let fault = Fault::new(
        FaultKind::Config,
        "theme.opacity in config.toml is not a number",
        "Line 12 says \"high\"; allowed is 0 to 1. The last good value, 0.95, stays in force.",
    )
    .or(Remedy::OpenConfig);
    let notice = Notice { id: NoticeId(3), severity: Severity::Warning, fault };
    View { notices: Arc::from(vec![Arc::new(notice)]), ..bar() }
}

pub fn summary(n: u128, title: &str, minutes: i64, excerpt: Option<&str>, interrupted: bool) -> Summary {
    Summary {
        id: ConversationId(uuid::Uuid::from_u128(n)),
        title: title.into(),
        updated: Timestamp(NOW.0 - minutes * 60_000),
        messages: 4,
        excerpt: excerpt.map(str::to_owned),
        interrupted,
    }
}

/// Past conversations.
pub fn history() -> View {
    View {
        screen: Screen::History,
        history: Arc::from(vec![
            summary(1, QUESTION, 2, None, false),
            summary(
                2,
                "Rename all files of a folder",
                190,
                Some("with \u{2}rename\u{3} or a loop in the shell"),
                false,
            ),
            summary(3, "What does EACCES mean", 60 * 26, None, true),
            summary(4, "Plan for the garden", 60 * 24 * 40, None, false),
        ]),
        ..bar()
    }
}

/// The model picker.
pub fn picker() -> View {
    View { screen: Screen::Models, ..bar() }
}

pub fn in_light(view: View) -> View {
    View { look: Arc::new(light()), ..view }
}

/// What tools did: one of each outcome; the second can be undone, the third was.
pub fn activity() -> View {
    let trace = |record: u32, title, about: &str, outcome, by: &str| Trace {
        record: record.into(),
        at: Timestamp(NOW.0 - 1000 * i64::from(record)),
        conversation: Some(ConversationId(uuid::Uuid::from_u128(record.into()))),
        title,
        about: about.into(),
        outcome,
        by: by.into(),
        details: vec![("path".into(), about.into())],
        digest: Some(Digest::of(about.as_bytes())),
        undo: None,
    };
    let undo = |id, undone| {
        let undo = "put back what /home/me/a.md contained".to_owned();
        Some(Undoable { id, at: NOW, what: "changed /home/me/a.md".into(), undo, undone })
    };
    let you = "allowed by you";
    let list = vec![
        trace(9, "Click and type", "gimp", TraceOutcome::Runs, you),
        Trace { undo: undo(4, false), ..trace(8, "Edit", "/home/me/a.md", TraceOutcome::Done, you) },
        Trace { undo: undo(3, true), ..trace(7, "Edit", "/home/me/a.md", TraceOutcome::Done, you) },
        trace(6, "Read", "~/.ssh/id_ed25519", TraceOutcome::Denied, "by a rule"),
        trace(5, "Run", "cargo test", TraceOutcome::Failed, you),
        trace(4, "Look at the screen", "DP-1", TraceOutcome::Done, you),
    ];
    let trail = Trail { list, records: 12, problem: None, rules: Vec::new() };
    View { screen: Screen::Activity, trail: Arc::new(trail), ..bar() }
}
