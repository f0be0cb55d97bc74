//! Pictures by the desktop portal: from a real PipeWire, and from a portal that refuses, lies or says nothing.

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use ::nerva::config::schema::CaptureWay;
use ::nerva::model::{Area, Fault, FaultKind, Pixels, Shot, Source, Target};
use ::nerva::platform::capture::cast::{self, Sources, Wanted};
use ::nerva::platform::capture::{Capturer, Known};
use pipewire::spa::param::video::VideoFormat;

use super::nerva::{Bus, within};
use super::portal::{Asked, Plan, Portal, ScreenCast, Screenshot};
use super::producer::{Memory, PipeWire, Play, Producer, colour};

/// A bus with a portal, and what takes pictures through it in one way only.
struct Rig {
    bus: Bus,
    portal: Portal,
    token: PathBuf,
}

impl Rig {
    async fn start(plan: Plan) -> Self {
        let bus = Bus::start();
        let portal = Portal::start(&bus, plan).await;
        let token = bus.folder().join("token");
        Self { portal, token, bus }
    }

    fn capturer(&self, way: CaptureWay) -> Capturer {
        let nowhere = Capturer::new(Some("/nonexistent/wayland-0".into()));
        nowhere.on_bus(self.bus.address()).with_token(&self.token).by(way)
    }

    async fn take(&self, way: CaptureWay) -> Result<Shot, Fault> {
        within("a picture", self.capturer(way).take(&Target::All, &Known::default())).await
    }

    async fn stream(&self) -> Result<cast::Cast, Fault> {
        let wanted = Wanted { sources: Sources::Screens, output: None, token: None };
        within("a stream", cast::stream(Some(self.bus.address()), &wanted, 60.0)).await
    }
}

/// A portal that hands out what is played, with a PipeWire of its own.
async fn playing(play: Play) -> (Rig, PipeWire, Producer) {
    let mut rig = Rig::start(Plan { response: Some(0), ..Plan::default() }).await;
    let pipewire = PipeWire::start(&rig.bus);
    let producer = Producer::start(&pipewire, play);
    share(&mut rig, &pipewire, &producer, play);
    (rig, pipewire, producer)
}

fn share(rig: &mut Rig, pipewire: &PipeWire, producer: &Producer, play: Play) {
    rig.portal.change(|plan| {
        plan.socket = pipewire.socket().to_owned();
        plan.streams = vec![(producer.node, (0, 0), (play.size.0 as i32, play.size.1 as i32))];
    });
}

/// Compares all pixels with what is played.
fn check(pixels: &Pixels, (width, height): (u32, u32), origin: impl Fn(u32, u32) -> (u32, u32)) {
    assert_eq!((pixels.width, pixels.height), (width, height));
    let frame = pixels.rgba[2];
    for (index, pixel) in (0..).zip(pixels.rgba.as_chunks::<4>().0) {
        let (x, y) = origin(index % width, index / width);
        let [red, green, blue] = colour(x, y, frame);
        assert_eq!(*pixel, [red, green, blue, 255], "{x}, {y}");
    }
}

/// How many descriptors this process has, and threads that follow a cast.
fn open() -> usize {
    std::fs::read_dir("/proc/self/fd").expect("/proc").count()
}

fn followers() -> usize {
    let threads = std::fs::read_dir("/proc/self/task").expect("/proc");
    let names = threads.filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("comm")).ok());
    names.filter(|name| name.trim() == "cast").count()
}

async fn until(what: &str, holds: impl Fn() -> bool) {
    within(what, async {
        while !holds() {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_pixel_of_a_stream_is_right_in_every_kind_of_buffer() {
    let plain = Play::default();
    for play in [
        plain,
        Play { format: VideoFormat::RGBA, padding: 64, ..plain },
        Play { format: VideoFormat::xRGB, size: (333, 77), ..plain },
        Play { memory: Memory::Card, padding: 128, ..plain },
    ] {
        let (rig, _pipewire, _producer) = playing(play).await;
        let shot = rig.take(CaptureWay::ScreencastPortal).await.expect("a picture");
        assert_eq!(shot.source, Source::All);
        check(&shot.pixels, play.size, |x, y| (x, y));
    }
    // Only a part of the buffer is meant, and it was turned by 180 degrees.
    let (rig, _pipewire, _producer) = playing(Play { crop: Some((20, 10, 200, 100)), transform: 2, ..plain }).await;
    let shot = rig.take(CaptureWay::ScreencastPortal).await.expect("a picture");
    check(&shot.pixels, (200, 100), |x, y| (20 + 199 - x, 10 + 99 - y));
}

#[tokio::test(flavor = "multi_thread")]
async fn each_token_is_used_once_and_the_new_one_kept() {
    let (mut rig, _pipewire, _producer) = playing(Play::default()).await;
    for (used, kept) in [(None, "token-1"), (Some("token-1"), "token-2"), (Some("token-2"), "token-3")] {
        rig.take(CaptureWay::ScreencastPortal).await.expect("a picture");
        let (_, asked) = rig.portal.next().await;
        let used = used.map(str::to_owned);
        assert_eq!(asked, Asked::Sources { types: 1, cursor: Some(1), persist: Some(2), token: used });
        while rig.portal.next().await.1 != Asked::Remote {}
        assert_eq!(std::fs::read_to_string(&rig.token).expect("a token"), kept);
        assert_eq!(std::fs::metadata(&rig.token).expect("a token").permissions().mode() & 0o777, 0o600);
    }
    // A person who says no has not said yes for the next time.
    rig.portal.change(|plan| plan.response = Some(1));
    rig.take(CaptureWay::ScreencastPortal).await.expect_err("cancelled");
    assert!(!rig.token.exists());
    // A window is chosen anew each time.
    rig.portal.change(|plan| plan.response = Some(0));
    let capturer = rig.capturer(CaptureWay::ScreencastPortal);
    let shot = capturer.take(&Target::Window { window: None }, &Known::default()).await.expect("a picture");
    assert_eq!((shot.source.words().as_str(), shot.area), ("A window", None));
    assert!(!rig.token.exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_goes_on_until_it_is_dropped_and_nothing_stays() {
    let (mut rig, pipewire, producer) = playing(Play::default()).await;
    // What the library keeps for itself is there after the first.
    rig.take(CaptureWay::ScreencastPortal).await.expect("a picture");
    until("the first thread to end", || followers() == 0).await;
    let before = open();
    let mut cast = rig.stream().await.expect("a stream");
    let mut frames = std::collections::BTreeSet::new();
    while frames.len() < 5 {
        let pixels = within("a frame", cast.next()).await.expect("a frame");
        check(&pixels, (320, 200), |x, y| (x, y));
        frames.insert(pixels.rgba[2]);
    }
    assert!(followers() > 0);
    drop(cast);
    until("the thread to end", || followers() == 0).await;
    for _ in 0..30 {
        rig.take(CaptureWay::ScreencastPortal).await.expect("a picture");
    }
    until("all descriptors to be closed", || open() <= before).await;
    // The one who plays it ends: so does the stream, and nothing else comes in its place.
    let mut cast = rig.stream().await.expect("a stream");
    let other = Producer::start(&pipewire, Play::default());
    drop(producer);
    let fault = within("the end", async {
        loop {
            if let Err(fault) = cast.next().await {
                return fault;
            }
        }
    })
    .await;
    assert!(fault.title == "The shared screen is gone" && fault.detail.contains("gone"), "{fault}");
    drop(cast);
    // A person stops the sharing.
    share(&mut rig, &pipewire, &other, Play::default());
    while !matches!(rig.portal.next().await.1, Asked::Remote) {}
    let mut cast = rig.stream().await.expect("a stream");
    let mut session = String::new();
    loop {
        match rig.portal.next().await.1 {
            Asked::Start { session: path } => session = path,
            // The last question of this stream has been asked.
            Asked::Remote if !session.is_empty() && rig.portal.is_asked_no_more() => break,
            _ => {}
        }
    }
    rig.portal.close(&session).await;
    let fault = within("the end", async {
        loop {
            if let Err(fault) = cast.next().await {
                return fault;
            }
        }
    })
    .await;
    assert!(fault.detail.contains("sharing was stopped"), "{fault}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_not_be_read_is_said() {
    let (rig, _pipewire, _producer) = playing(Play { memory: Memory::Unmapped, ..Play::default() }).await;
    let fault = rig.take(CaptureWay::ScreencastPortal).await.expect_err("no picture");
    assert!(fault.detail.contains("frames can't be read"), "{fault}");
    let (rig, _pipewire, _producer) = playing(Play { format: VideoFormat::NV12, ..Play::default() }).await;
    let fault = rig.take(CaptureWay::ScreencastPortal).await.expect_err("no picture");
    // Newer ones say so themselves.
    assert!(fault.detail.contains("no format was agreed on") || fault.title.contains("format is unknown"), "{fault}");
}

// One thread, so that time stands still but where it is waited for.
#[tokio::test]
async fn a_stream_that_sends_nothing_is_not_waited_for() {
    let (rig, _pipewire, _producer) = playing(Play { sends: false, ..Play::default() }).await;
    let capturer = rig.capturer(CaptureWay::ScreencastPortal);
    let taking = tokio::spawn(async move { capturer.take(&Target::All, &Known::default()).await });
    until("somebody who waits for frames", || followers() > 0).await;
    tokio::time::pause();
    let fault = taking.await.expect("an answer").expect_err("no picture");
    assert_eq!((fault.kind, fault.title.as_str()), (FaultKind::Timeout, "The shared screen stays empty"));
}

#[tokio::test]
async fn a_portal_that_asks_a_person_who_says_nothing_is_given_up_and_its_dialog_closed() {
    let mut rig = Rig::start(Plan::default()).await;
    for way in [CaptureWay::ScreenshotPortal, CaptureWay::ScreencastPortal, CaptureWay::Auto] {
        let capturer = rig.capturer(way);
        // Without a compositor there is no protocol, but no portal is asked in its place either.
        let taking = tokio::spawn(async move { capturer.take(&Target::All, &Known::default()).await });
        if way != CaptureWay::Auto {
            let asker = loop {
                match rig.portal.next().await {
                    (asker, Asked::Screenshot { interactive }) => {
                        assert_eq!(interactive, Some(false));
                        break asker;
                    }
                    (asker, Asked::Start { .. }) => break asker,
                    _ => {}
                }
            };
            tokio::time::pause();
            let fault = taking.await.expect("an answer").expect_err("no picture");
            tokio::time::resume();
            assert_eq!(fault.kind, FaultKind::Timeout, "{fault}");
            assert!(fault.detail.contains("within 120 s"), "{fault}");
            // With its connection the portal closes what it still shows.
            until("the connection to end", || !rig.bus.names().contains(&format!("\"{asker}\""))).await;
        } else {
            let fault = taking.await.expect("an answer").expect_err("no picture");
            assert!(fault.title.contains("no screen"), "{fault}");
        }
    }
}

#[tokio::test]
async fn a_portal_that_refuses_is_cancelled_or_is_not_there_says_so() {
    let rig = Rig::start(Plan::default()).await;
    for way in [CaptureWay::ScreenshotPortal, CaptureWay::ScreencastPortal] {
        for (response, title) in [(1, "No picture was allowed"), (2, "The desktop does not let Nerva take pictures")] {
            rig.portal.change(|plan| plan.response = Some(response));
            let fault = rig.take(way).await.expect_err("no picture");
            assert_eq!(fault.title, title, "{way:?}");
        }
    }
    // Shared, but there is no PipeWire.
    rig.portal.change(|plan| {
        plan.response = Some(0);
        plan.socket = "/nonexistent/pipewire-0".into();
        plan.streams = vec![(42, (0, 0), (10, 10))];
    });
    let fault = rig.take(CaptureWay::ScreencastPortal).await.expect_err("no picture");
    assert_eq!(fault.title, "PipeWire does not run");
    rig.portal.change(|plan| plan.streams = Vec::new());
    let fault = rig.take(CaptureWay::ScreencastPortal).await.expect_err("no picture");
    assert!(fault.detail.contains("it shares nothing"), "{fault}");
    // A file that is none.
    rig.portal.change(|plan| plan.file = "/nonexistent/picture.png".into());
    let fault = rig.take(CaptureWay::ScreenshotPortal).await.expect_err("no picture");
    assert!(fault.detail.contains("/nonexistent/picture.png can't be read"), "{fault}");
    rig.portal.without::<Screenshot>().await;
    rig.portal.without::<ScreenCast>().await;
    for way in [CaptureWay::ScreenshotPortal, CaptureWay::ScreencastPortal] {
        let fault = rig.take(way).await.expect_err("no picture");
        assert!(fault.detail.contains("no backend") && fault.detail.contains("nstall xdg-desktop-portal"), "{fault}");
    }
    let alone = Bus::start();
    let capturer = Capturer::new(None).on_bus(alone.address()).by(CaptureWay::ScreencastPortal);
    let fault = capturer.take(&Target::Window { window: None }, &Known::default()).await.expect_err("no picture");
    assert!(fault.detail.contains("no xdg-desktop-portal is running"), "{fault}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nervad_takes_the_portals_picture_and_leaves_none_behind() {
    let bus = Bus::start();
    let picture = bus.folder().join("portal picture.png");
    let mut portal = Portal::start(&bus, Plan { response: Some(0), file: picture.clone(), ..Plan::default() }).await;
    let image = image::RgbaImage::from_fn(300, 200, |x, y| image::Rgba([x as u8, y as u8, 7, 255]));
    let nerva = bus.nervad("[capture]\nway = \"screenshot-portal\"\n");
    let out = nerva.folder().join("out.png").display().to_string();
    // Which windows are open is not known here, and the defaults name some that must not be seen.
    let refused = nerva.run(&["capture", "all", "-o", &out]);
    assert!(refused.status == Some(1) && refused.stderr.contains("`[capture] never = []`"), "{refused:?}");
    nerva.write_config("[capture]\nway = \"screenshot-portal\"\nnever = []\n");
    nerva.until("the picture", |nerva| {
        image.save(&picture).expect("the portal's picture");
        nerva.run(&["capture", "all", "-o", &out]).status == Some(0)
    });
    assert_eq!(image::open(&out).expect("a picture").into_rgba8(), image);
    assert!(!picture.exists(), "the portal's file stays");
    assert_eq!(portal.next().await.1, Asked::Screenshot { interactive: Some(false) });
    // Of a picture whose place is not known nothing can be cut out or made black.
    image.save(&picture).expect("the portal's picture");
    let capturer = Capturer::new(Some("/nonexistent/wayland-0".into())).on_bus(nerva.address());
    let capturer = capturer.by(CaptureWay::ScreenshotPortal);
    let area = Area { x: 0.0, y: 0.0, width: 5.0, height: 5.0 };
    let known = Known { masks: vec![area], ..Known::default() };
    for (target, known) in [(Target::Region { area }, Known::default()), (Target::All, known)] {
        image.save(&picture).expect("the portal's picture");
        let fault = capturer.take(&target, &known).await.expect_err("no picture");
        assert!(fault.title.contains("can't be cut out"), "{fault}");
    }
}
