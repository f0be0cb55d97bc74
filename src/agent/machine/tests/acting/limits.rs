//! How far a model goes by itself, and what ends what takes too long.

use super::*;

#[test]
fn it_goes_no_further_than_its_limits_until_a_person_lets_it_as_far_again() {
    let dollars = (1e6, 1e6);
    for (limits, said) in [
        (Limits { steps: 1, ..far() }, "1 steps, as many as `agent.steps`"),
        (Limits { seconds: 0, ..far() }, "0 seconds, as long as `agent.seconds`"),
        (Limits { dollars: 7.0, ..far() }, "$9.00; `agent.dollars` allows $7.00"),
    ] {
        let mut machine = machine();
        let prices = HashMap::from([(model("m"), dollars)]);
        let equipment = Arc::new(Equipment::new(Policy::default(), limits, prices, &[]));
        feed(&mut machine, [Event::Equipped { equipment: Some(equipment) }, asked(1, "q")]);
        let usage = Usage { input: Some(2), output: Some(7), ..Usage::default() };
        let step = |request: u64| {
            let mut events = vec![streamed(request, Delta::Usage { usage })];
            events.extend(calls(request, &[("windows_list", "")]));
            events.extend([prepared(request, Action::WindowsList), done(request, "a")]);
            events
        };
        let effects = feed(&mut machine, step(1));
        assert!(effects.iter().all(|effect| !effect.starts_with("stream 2")), "{effects:?}");
        let MessageState::Failed { fault } = &last(&machine).state else { panic!("{said}") };
        assert!(fault.detail.contains(said) && fault.remedies == [Remedy::GoOn], "{fault:?}");
        // What was done stays, and what was spent before does not count again.
        let effects = feed(&mut machine, [regenerated(500)]);
        assert!(effects.iter().all(|effect| !effect.starts_with("truncate")), "{effects:?}");
        assert_eq!(effects.last().map(String::as_str), Some("stream 2"));
        feed(&mut machine, step(2));
        let MessageState::Failed { fault } = &last(&machine).state else { panic!("again: {said}") };
        assert!(fault.detail.contains(said), "{fault}");
        assert_eq!(results(&machine).len(), 2);
    }
}

/// Prepares, and runs, whatever it wants next, until it wants nothing any more; how many ran.
fn run_all(machine: &mut Machine, mut effects: Vec<Effect>, at: impl Fn(u64) -> Timestamp) -> u64 {
    let mut ran = 0;
    while let Some(effect) = effects.pop() {
        let event = match effect {
            Effect::Prepare { call, action } => Event::Prepared { at: at(ran), call, found: Ok(Prepared::new(action)) },
            Effect::Run { call, .. } => {
                ran += 1;
                Event::ToolDone { at: at(ran), call, outcome: Outcome::well("written") }
            }
            Effect::Ask { .. } => panic!("it asks"),
            _ => continue,
        };
        effects = machine.handle(event);
    }
    ran
}

#[test]
fn each_call_of_an_answer_counts_and_none_is_tried_beyond_a_limit() {
    let limits = [
        (Limits { steps: 5, ..far() }, 0, "5 steps, as many as `agent.steps`"),
        // Each takes a second.
        (Limits { steps: 100, seconds: 5, ..far() }, 1000, "5 seconds, as long as `agent.seconds`"),
    ];
    for (limits, takes, said) in limits {
        let mut machine = machine();
        feed(&mut machine, [equipped(allowing(), limits), asked(1, "q")]);
        let mut events = calls(1, &[WRITE; 1000]);
        let end = events.pop().unwrap();
        feed(&mut machine, events);
        let effects = machine.handle(end);
        let at = |ran: u64| Timestamp(10 + takes * i64::try_from(ran).unwrap());
        assert_eq!(run_all(&mut machine, effects, at), 5, "{said}");
        assert!(!machine.is_answering());
        let MessageState::Failed { fault } = &last(&machine).state else { panic!("{said}") };
        assert!(fault.detail.contains(said) && fault.remedies == [Remedy::GoOn], "{fault:?}");
        let told = results(&machine);
        assert_eq!(told.len(), 1000);
        assert!(told[..5].iter().all(|told| told.contains("false written")), "{told:?}");
        let beyond =
            |told: &String| told.contains("true not tried") && told.contains(said) && told.contains("The user");
        assert!(told[5..].iter().all(beyond), "{:?}", told[5]);
        // Nothing acts after, until a person lets it go on.
        let late = [prepared(6, write("/home/me/p/a")), done(5, "late"), done(6, "late")];
        assert_eq!(feed(&mut machine, late), Vec::<String>::new());
        assert_eq!(feed(&mut machine, [regenerated(500)]).last().map(String::as_str), Some("stream 2"));
    }
}

#[test]
fn a_limit_that_is_reached_while_a_call_is_looked_up_or_asked_about_is_kept_but_what_a_person_allows_runs() {
    let write = || write("/home/me/p/a");
    let limits = || Limits { seconds: 5, ..far() };
    let prepared = |at| Event::Prepared { at, call: CallId(1), found: Ok(Prepared::new(write())) };
    for policy in [allowing(), Policy::default()] {
        let mut machine = machine();
        feed(&mut machine, [equipped(policy, limits()), asked(1, "q")]);
        feed(&mut machine, calls(1, &[WRITE]));
        assert_eq!(feed(&mut machine, [prepared(Timestamp(5010))]), ["message 2 failed", "conversation"]);
        assert!(results(&machine)[0].contains("not tried"), "{:?}", results(&machine));
    }
    let mut machine = machine();
    feed(&mut machine, [equipped(Policy::default(), limits()), asked(1, "q")]);
    feed(&mut machine, calls(1, &[WRITE]));
    feed(&mut machine, [prepared(Timestamp(31))]);
    let digest = write().digest();
    let allowed = Event::Consented { at: Timestamp(5010), call: CallId(1), digest, answer: Answer::Allow };
    assert_eq!(feed(&mut machine, [allowed]), ["run 1 files_write allowed by you"]);
    let done = Event::ToolDone { at: Timestamp(5011), call: CallId(1), outcome: Outcome::well("written") };
    assert_eq!(feed(&mut machine, [done]).last().map(String::as_str), Some("conversation"));
    assert!(matches!(last(&machine).state, MessageState::Failed { .. }));
}

#[test]
fn what_waits_beyond_a_limit_is_not_even_looked_up() {
    let mut machine = machine();
    feed(&mut machine, [equipped(allowing(), Limits { steps: 1, ..far() }), asked(1, "q")]);
    let looks = |effects: &[String]| effects.iter().filter(|effect| effect.starts_with("prepare")).count();
    assert_eq!(looks(&feed(&mut machine, calls(1, &[WRITE, WRITE]))), 1);
    let effects = feed(&mut machine, [prepared(1, write("/home/me/p/a")), done(1, "written")]);
    assert_eq!(looks(&effects), 0, "{effects:?}");
    assert!(!machine.is_answering());
}

fn short() -> Limits {
    Limits { seconds: 5, ..far() }
}

fn over(run: u64, at: i64) -> Event {
    Event::Fired { at: Timestamp(at), timer: Timer::Over { run } }
}

fn why(machine: &Machine) -> String {
    match &last(machine).state {
        MessageState::Failed { fault } if fault.remedies == [Remedy::GoOn] => fault.detail.clone(),
        other => panic!("{other:?}"),
    }
}

const TOO_LONG: &str = "It took more than 5 seconds, as long as `agent.seconds` allows.";

#[test]
fn an_answer_that_never_ends_is_ended_and_what_came_of_it_is_kept() {
    for said in ["", "half"] {
        let mut machine = machine();
        let effects = feed(&mut machine, [equipped(Policy::default(), short()), asked(1, "q")]);
        assert_eq!(effects[2..], ["message 1 waiting", "over 1 5000", "stream 1"]);
        feed(&mut machine, [says(1, said)]);
        assert_eq!(feed(&mut machine, [over(1, 5010)]), ["abort 1", "message 1 failed", "conversation"]);
        assert!(!machine.is_answering());
        let why = why(&machine);
        assert!(why.starts_with(TOO_LONG) && why.contains("raise the limit under [agent]"), "{why}");
        let kept = last(&machine).parts.first().and_then(Part::growing).map(ToString::to_string);
        assert_eq!(kept.unwrap_or_default(), said);
        let late = [says(1, "late"), finished(1), over(1, 9000)];
        assert_eq!(feed(&mut machine, late), Vec::<String>::new());
        let effects = feed(&mut machine, [regenerated(500)]);
        assert_eq!(effects, ["truncate 1", "conversation", "message 1 waiting", "over 2 5000", "stream 2"]);
    }
}

#[test]
fn an_answer_to_results_that_is_ended_is_asked_for_anew_without_doing_anything_again() {
    let mut machine = machine();
    feed(&mut machine, [equipped(allowing(), short()), asked(1, "q")]);
    feed(&mut machine, calls(1, &[WRITE]));
    feed(&mut machine, [prepared(1, write("/home/me/p/a")), done(1, "written"), says(2, "half"), over(1, 5010)]);
    assert!(why(&machine).starts_with(TOO_LONG));
    assert_eq!(
        feed(&mut machine, [regenerated(500)]),
        ["truncate 3", "conversation", "message 3 waiting", "over 2 5000", "stream 3"]
    );
    assert_eq!(results(&machine), ["c0 false written"]);
    // It has as long again, and as many steps.
    feed(&mut machine, calls(3, &[WRITE]));
    assert_eq!(machine.acting(), Some(CallId(2)));
}

#[test]
fn what_runs_or_is_looked_up_too_long_is_ended_as_by_a_stop() {
    let runs = prepared(1, write("/home/me/p/a"));
    for (before, told) in [(None, "not tried: "), (Some(runs), "ended while it ran: ")] {
        let mut machine = machine();
        feed(&mut machine, [equipped(allowing(), short()), asked(1, "q")]);
        feed(&mut machine, calls(1, &[WRITE, WRITE]));
        feed(&mut machine, before);
        assert_eq!(
            feed(&mut machine, [over(1, 5010)]),
            ["cancel 1", "message 2 waiting", "message 2 failed", "conversation"]
        );
        assert!(!machine.is_answering() && why(&machine).starts_with(TOO_LONG));
        let results = results(&machine);
        assert!(results[0].starts_with(&format!("c0 true {told}{TOO_LONG}")), "{results:?}");
        assert!(results[1].starts_with(&format!("c1 true not tried: {TOO_LONG}")), "{results:?}");
        let late = [done(1, "late"), prepared(1, write("/home/me/p/a")), over(1, 9000)];
        assert_eq!(feed(&mut machine, late), Vec::<String>::new());
        assert_eq!(feed(&mut machine, [regenerated(500)]).last().map(String::as_str), Some("stream 2"));
    }
}

#[test]
fn a_person_is_waited_for_and_what_they_allow_has_as_long_again() {
    let nothing = Vec::<String>::new();
    let digest = write("/home/me/p/a").digest();
    let allowed = |at| Event::Consented { at: Timestamp(at), call: CallId(1), digest, answer: Answer::Allow };
    let asking = || {
        let mut machine = machine();
        feed(&mut machine, [equipped(Policy::default(), short()), asked(1, "q")]);
        feed(&mut machine, calls(1, &[WRITE]));
        feed(&mut machine, [prepared(1, write("/home/me/p/a"))]);
        machine
    };
    // Late: the timer has nothing to wait for as long as a person thinks.
    let mut machine = asking();
    assert_eq!(feed(&mut machine, [over(1, 5010)]), nothing);
    assert!(machine.is_asking());
    assert_eq!(feed(&mut machine, [allowed(90_000)]), ["run 1 files_write allowed by you", "over 1 5000"]);
    assert_eq!(feed(&mut machine, [over(1, 94_999)]), ["over 1 1"]);
    assert_eq!(feed(&mut machine, [over(1, 95_000)])[0], "cancel 1");
    assert!(results(&machine)[0].contains("ended while it ran"), "{:?}", results(&machine));
    // In time: it is put off, and what it gives in time is the last where the time from the question on is over.
    let mut machine = asking();
    assert_eq!(feed(&mut machine, [allowed(3_000)]), ["run 1 files_write allowed by you"]);
    assert_eq!(feed(&mut machine, [over(1, 5_010)]), ["over 1 2990"]);
    let done = Event::ToolDone { at: Timestamp(7_000), call: CallId(1), outcome: Outcome::well("written") };
    assert_eq!(feed(&mut machine, [done]), ["message 2 waiting", "message 2 failed", "conversation"]);
    assert_eq!(results(&machine), ["c0 false written"]);
    // What they change is theirs as well, while it is looked up.
    let mut machine = asking();
    let edit = Event::Consented { at: Timestamp(90_000), call: CallId(1), digest, answer: Answer::Edit("y".into()) };
    assert_eq!(feed(&mut machine, [over(1, 5010), edit]), ["prepare 2 files_write", "over 1 5000"]);
    assert_eq!(feed(&mut machine, [over(1, 95_000)])[0], "cancel 2");
}

#[test]
fn a_timer_that_is_early_or_of_an_earlier_run_ends_nothing() {
    let mut machine = machine();
    feed(&mut machine, [equipped(allowing(), short()), asked(1, "one"), says(1, "half")]);
    assert_eq!(feed(&mut machine, [over(1, 4_000)]), ["over 1 1010"], "the clock was set back");
    assert_eq!(feed(&mut machine, [over(1, -90_000)]), ["over 1 5000"], "far back");
    let effects = feed(&mut machine, [asked(3, "two")]);
    assert!(effects.contains(&"over 2 5000".to_owned()), "{effects:?}");
    assert_eq!(feed(&mut machine, [over(1, 90_000)]), Vec::<String>::new());
    assert_eq!(machine.streaming(), Some(RequestId(2)));
    assert_eq!(feed(&mut machine, [over(2, 90_000)])[0], "abort 2");
}

#[test]
fn another_limit_counts_from_the_question_on_and_without_tools_there_is_none() {
    let with = |seconds| equipped(allowing(), Limits { seconds, ..far() });
    let mut machine = machine();
    assert!(!feed(&mut machine, [asked(1, "q")]).iter().any(|effect| effect.starts_with("over")));
    assert_eq!(feed(&mut machine, [with(900)]), ["over 1 0"], "it looks how late it is");
    assert_eq!(feed(&mut machine, [over(1, 3_010)]), ["over 1 897000"]);
    assert_eq!(feed(&mut machine, [with(900)]), Vec::<String>::new());
    assert_eq!(feed(&mut machine, [with(4)]), ["over 1 0"]);
    assert_eq!(feed(&mut machine, [over(1, 3_010)]), ["over 1 1000"]);
    assert_eq!(feed(&mut machine, [Event::Equipped { equipment: None }, over(1, 4_010)]), Vec::<String>::new());
    assert!(machine.is_answering());
    assert_eq!(feed(&mut machine, [with(4), over(1, 4_010)])[0], "abort 1");
}

#[test]
fn an_old_question_that_is_asked_again_has_all_of_the_time() {
    let mut machine = machine();
    feed(&mut machine, [equipped(allowing(), short()), asked(1, "q"), says(1, "a"), finished(1)]);
    let later = Timestamp(90_000);
    let again = Event::Regenerated { at: later, answer: id(500), model: model("m") };
    assert_eq!(feed(&mut machine, [again])[3..], ["over 2 5000", "stream 2"]);
    let mut events = calls(2, &[WRITE]);
    events.pop();
    events.push(Event::Finished { at: later, request: RequestId(2), next: (id(1002), id(2002)) });
    assert_eq!(feed(&mut machine, events).last().map(String::as_str), Some("prepare 1 files_write"));
}

#[test]
fn what_nobody_counts_costs_what_it_is_estimated_to() {
    let spent = |usage: Option<Usage>, price: (f64, f64)| {
        let mut machine = machine();
        let limits = Limits { dollars: 0.005, ..far() };
        let equipment = Equipment::new(allowing(), limits, HashMap::from([(model("m"), price)]), &[]);
        feed(&mut machine, [Event::Equipped { equipment: Some(Arc::new(equipment)) }, asked(1, "q")]);
        feed(&mut machine, (0..100).map(|_| says(1, "word ")));
        feed(&mut machine, usage.map(|usage| streamed(1, Delta::Usage { usage })));
        feed(&mut machine, calls(1, &[("windows_list", "")]));
        (!machine.is_answering()).then(|| why(&machine))
    };
    let counted = |input, output| Some(Usage { input: Some(input), output: Some(output), ..Usage::default() });
    // A hundred words of the answer, at 50 dollars a million.
    assert!(spent(None, (0.0, 50.0)).is_some_and(|why| why.starts_with("It cost about $0.01;")));
    assert_eq!(spent(None, (0.0, 40.0)), None);
    // The question, with all that is said of the tools, has some thousand tokens.
    assert!(spent(None, (5.0, 0.0)).is_some_and(|why| why.starts_with("It cost about $")));
    assert_eq!(spent(None, (0.0, 0.0)), None);
    // What is counted counts.
    assert_eq!(spent(counted(1, 99), (5.0, 50.0)), None);
    assert!(spent(counted(1, 101), (0.0, 50.0)).is_some_and(|why| why.starts_with("It cost $0.01;")));
    assert!(spent(counted(1_001, 99), (5.0, 0.0)).is_some_and(|why| why.starts_with("It cost $0.01;")));
}
