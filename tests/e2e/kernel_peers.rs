//! The same texts and the same places for Nerva, `ydotool` and `wtype` in one run: how many arrive as they were meant.

use std::collections::BTreeMap;
use std::process::{Child, Command, Stdio};

use nerva::model::{Chord, Spot, Step};
use nerva::platform::input::{InputError, Way};

use crate::support::kernel::{Desk, USUAL, click, hardware, in_machine, is_inside, typed};
use crate::support::oracle::{Happened, Oracle};
use crate::support::typed::{LAYOUTS, TEXTS, name};

/// What the name of its device contains.
const DEVICE: &str = "ydotool";

/// Who is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Who {
    Protocol,
    Kernel,
    Wtype,
    Ydotool,
}

impl Who {
    fn name(self) -> &'static str {
        match self {
            Self::Protocol => "Nerva by the compositor's protocols",
            Self::Kernel => "Nerva by /dev/uinput",
            Self::Wtype => "wtype",
            Self::Ydotool => "ydotool",
        }
    }
}

/// What came of the cases of one of them.
#[derive(Debug, Default)]
struct Share {
    right: usize,
    /// Nothing was done, and it was said why.
    refused: usize,
    wrong: Vec<String>,
}

impl Share {
    fn count(&mut self, right: bool, case: String) {
        if right {
            self.right += 1;
        } else {
            self.wrong.push(case);
        }
    }

    /// Prints it, and what was wrong.
    fn tell(&self, what: &str) {
        let (right, all) = (self.right, self.right + self.refused + self.wrong.len());
        let percent = 100.0 * right as f64 / all as f64;
        let less = if self.refused > 0 { format!(", {} refused as a whole", self.refused) } else { String::new() };
        eprintln!("inside: {what}: {right} of {all} right ({percent:.0} %){less}");
        self.wrong.iter().for_each(|case| eprintln!("inside:   not {case}"));
    }
}

/// The daemon of `ydotool`, whose device the compositor reads before anything is asked of it.
struct Daemon(Child);

impl Daemon {
    fn start() -> Self {
        let mut daemon = Command::new("ydotoold");
        Self(daemon.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("ydotoold"))
    }

    fn ready(&self, desk: &Desk) {
        while !desk.sway(&["-t", "get_inputs", "-r"]).contains(DEVICE) {}
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_typed_and_clicked_arrives_as_often_as_with_others() {
    if !is_inside() {
        return in_machine("kernel_peers::what_is_typed_and_clicked_arrives_as_often_as_with_others");
    }
    let _hardware = hardware();
    let daemon = Daemon::start();
    let desk = Desk::start(&USUAL[..1]).await;
    let mut oracle = Oracle::cover(&desk.socket);
    daemon.ready(&desk);
    let mut shares = BTreeMap::new();
    for (layout, variant) in LAYOUTS {
        desk.layout_of_keys(layout, variant);
        let layout = name(layout, variant);
        write(&mut shares, &desk, &mut oracle, &layout).await;
        by_the_kernel(shares.entry(Who::Kernel).or_default(), &desk, &mut oracle, &layout).await;
    }
    shares.iter().for_each(|(who, share)| share.tell(&format!("texts: {}", who.name())));
    for who in [Who::Protocol, Who::Kernel] {
        assert_eq!(shares[&who].wrong, Vec::<String>::new(), "{}", who.name());
    }
    for who in [Who::Wtype, Who::Ydotool] {
        // Whoever gets nothing right here was not ready.
        assert!(!shares[&who].wrong.contains(&"us: words".into()), "{} was not ready", who.name());
        assert!(shares[&who].right <= shares[&Who::Protocol].right, "{}", who.name());
    }
    drop((oracle, desk));
    click_everywhere(&daemon).await;
}

/// Corners and an odd place of three outputs, by Nerva and by `ydotool`.
async fn click_everywhere(daemon: &Daemon) {
    let desk = Desk::start(&USUAL).await;
    let mut oracle = Oracle::cover(&desk.socket);
    daemon.ready(&desk);
    let places = desk.places();
    desk.perform(&mut oracle, places.iter().map(click).collect()).await.expect("clicks");
    assert_eq!(desk.clicked(&oracle.take()), places, "Nerva's");
    let mut share = Share::default();
    for place in &places {
        let found = by_ydotool(&desk, &mut oracle, place);
        share.count(found.as_ref() == Some(place), format!("{place:?}, clicked {found:?}"));
    }
    share.tell("clicks: ydotool");
    assert!(share.right > 0, "ydotool's pointer was not ready");
}

/// Types every text under the layout that is on.
async fn write(shares: &mut BTreeMap<Who, Share>, desk: &Desk, oracle: &mut Oracle, layout: &str) {
    oracle.text();
    for (kind, text) in TEXTS {
        let case = || format!("{layout}: {kind}");
        let done = desk.perform_by(Way::Wlr, oracle, typed(text)).await;
        let right = done.is_ok() && oracle.text() == text;
        shares.entry(Who::Protocol).or_default().count(right, case());
        desk.run(oracle, &["wtype", "-s", "200", "--", text]);
        let right = oracle.text() == text;
        shares.entry(Who::Wtype).or_default().count(right, case());
        // It ends at a character that it does not know, but not with it; what it says of that is no failure.
        oracle.take();
        desk.run(oracle, &["ydotool", "type", "--", text, "\n"]);
        let entered = |each: &Happened| matches!(each, Happened::Key(name, false, _) if name == "Return");
        oracle.until(|oracle| oracle.happened().iter().any(entered));
        let right = oracle.text() == format!("{text}\r");
        shares.entry(Who::Ydotool).or_default().count(right, case());
    }
    eprintln!("inside: typed under {layout}");
}

/// All at once what this layout writes: devices of the kernel take a second to be there.
async fn by_the_kernel(share: &mut Share, desk: &Desk, oracle: &mut Oracle, layout: &str) {
    let all: String = TEXTS.iter().map(|(_, text)| *text).collect();
    let missing = match desk.perform(oracle, typed(&all)).await {
        Err(InputError::NoKey(missing)) => missing,
        other => panic!("{layout}: {other:?}"),
    };
    let (written, refused): (Vec<_>, Vec<_>) =
        TEXTS.iter().partition(|(_, text)| !text.chars().any(|each| missing.contains(&each)));
    let enter = Step::Press { chord: Chord::parse("Return").expect("a key"), times: 1 };
    let steps = written.iter().flat_map(|(_, text)| [Step::Type { text: (*text).into() }, enter.clone()]);
    desk.perform(oracle, steps.collect()).await.expect(layout);
    let arrived = oracle.text();
    share.refused += refused.len();
    for ((kind, text), line) in written.iter().zip(arrived.split('\r')) {
        share.count(line == *text, format!("{layout}: {kind}"));
    }
}

/// Where it clicks when told of this place, in whole logical pixels from the corner of all outputs.
fn by_ydotool(desk: &Desk, oracle: &mut Oracle, place: &Spot) -> Option<Spot> {
    let output = desk.layout.output(&place.output)?;
    let least = |each: fn(&nerva::model::Output) -> f64| desk.layout.outputs.iter().map(each).fold(f64::MAX, f64::min);
    let x = output.area.x + (f64::from(place.x) + 0.5) / output.scale() - least(|each| each.area.x);
    let y = output.area.y + (f64::from(place.y) + 0.5) / output.scale() - least(|each| each.area.y);
    oracle.take();
    desk.run(oracle, &["ydotool", "mousemove", &format!("{}", x.floor()), &format!("{}", y.floor())]);
    desk.run(oracle, &["ydotool", "click", "1"]);
    oracle.until(|oracle| oracle.happened().iter().any(|each| matches!(each, Happened::Button(_, false))));
    desk.clicked(&oracle.take()).pop()
}
