//! The region picker on a desktop of the tests: frames taken by `grim`, the picker on a thread, pictures of what it shows.

use std::cell::RefCell;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;

use nerva::config::schema;
use nerva::model::{Area, Fault, Frame, Look, Output, Pixels, Scheme, Window};
use nerva::platform::compositor::{Compositor, Kind};
use nerva::platform::picker::{self, Picker};
use tokio::sync::oneshot;
use wayland_client::Connection;

use super::desktop::{Desktop, Plan};

/// What the picker ended with.
pub type Picked = Result<Option<Area>, Fault>;

/// A picker that is shown.
pub struct Picking {
    /// What it was given.
    pub frames: Vec<Frame>,
    thread: JoinHandle<Picked>,
    drop: Option<oneshot::Sender<()>>,
}

/// A colour that is like none of its neighbours.
fn noise(x: u32, y: u32) -> [u8; 3] {
    let mixed = (x * 7919 + 13).wrapping_mul(y * 104_729 + 7).rotate_left(11) ^ (x << 7) ^ y;
    let [one, two, three, _] = mixed.wrapping_mul(2_654_435_761).to_le_bytes();
    [one, two, three]
}

/// A desktop of so many outputs that show noise, so that every pixel counts.
pub fn noisy(plan: Plan, count: usize) -> Desktop {
    let file = plan.folder().join("noise.png");
    let tile = image::RgbImage::from_fn(1931, 1093, |x, y| image::Rgb(noise(x, y)));
    tile.save(&file).expect("the noise");
    let desktop =
        (1..=count).fold(plan, |plan, index| plan.sway(&format!("output HEADLESS-{index} bg {} tile", file.display())));
    let desktop = desktop.start();
    for _ in 1..count {
        desktop.sway(&["create_output"]);
    }
    desktop.until("the outputs", |desktop| outputs(desktop).len() == count);
    for output in outputs(&desktop) {
        desktop.until("the noise", |desktop| {
            let shown = picture(desktop, &output);
            (1..16).all(|x| pixel(&shown, x, 0) != pixel(&shown, 0, 0))
        });
    }
    desktop
}

/// The socket on which sway takes orders.
pub fn sway_socket(desktop: &Desktop) -> PathBuf {
    let entries = std::fs::read_dir(desktop.folder()).expect("the runtime folder");
    let is_socket = |path: &PathBuf| {
        path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with("sway-ipc."))
    };
    entries.filter_map(|entry| Some(entry.ok()?.path())).find(is_socket).expect("sway's socket")
}

/// Sway, asked there.
pub fn compositor(desktop: &Desktop) -> Compositor {
    Compositor::at(Kind::Sway, &sway_socket(desktop))
}

/// Waits for what the compositor answers.
pub fn now<T>(asked: impl Future<Output = Result<T, Fault>>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(asked).expect("an answer of the compositor")
}

/// The outputs, as sway tells them.
pub fn outputs(desktop: &Desktop) -> Vec<Output> {
    now(compositor(desktop).layout()).outputs
}

/// What an output shows, upright and at its physical size.
pub fn picture(desktop: &Desktop, output: &Output) -> Pixels {
    let file = desktop.folder().join("picture.ppm");
    let scale = output.scale().to_string();
    let taken = desktop.run(&["grim", "-t", "ppm", "-s", &scale, "-o", &output.name, &file.to_string_lossy()]);
    assert_eq!(taken.status, 0, "{taken:?}");
    let bytes = std::fs::read(file).expect("the picture");
    let mut words = bytes.splitn(4, |byte| byte.is_ascii_whitespace());
    let mut word = || words.next().and_then(|word| std::str::from_utf8(word).ok()).expect("a header");
    assert_eq!(word(), "P6");
    let (width, height): (u32, u32) = (word().parse().expect("a width"), word().parse().expect("a height"));
    let header = bytes.len() - (width * height * 3) as usize;
    let rgba = bytes[header..].chunks_exact(3).flat_map(|pixel| [pixel[0], pixel[1], pixel[2], 255]);
    Pixels { width, height, rgba: rgba.collect::<Vec<u8>>().into() }
}

/// The picker's colours.
pub fn look(scheme: Scheme) -> Arc<Look> {
    let (theme, overlay) = (schema::Theme::default(), schema::Overlay::default());
    let mut last = nerva::theme::Last::default();
    nerva::theme::resolve(&theme, &overlay, scheme, true, false, std::path::Path::new("/nonexistent"), &mut last)
        .0
        .into()
}

/// One pixel of a picture.
pub fn pixel(pixels: &Pixels, x: u32, y: u32) -> [u8; 3] {
    let from = ((y * pixels.width + x) * 4) as usize;
    [pixels.rgba[from], pixels.rgba[from + 1], pixels.rgba[from + 2]]
}

fn prepare(desktop: &Desktop, scheme: Scheme) -> Picker {
    let socket = desktop.socket();
    let connect = move || {
        let stream = UnixStream::connect(socket).expect("the compositor's socket");
        Ok(Connection::from_socket(stream).expect("a connection"))
    };
    picker::prepare_at(connect, look(scheme)).expect("a thread")
}

impl Picking {
    /// Freezes all outputs and shows the picker; returns when each output shows it.
    pub fn start(desktop: &Desktop, scheme: Scheme, windows: Vec<Window>) -> Self {
        let taken = |output: Output| Frame { pixels: picture(desktop, &output), output };
        let frames = outputs(desktop).into_iter().map(taken).collect();
        Self::show(desktop, scheme, windows, frames)
    }

    /// Shows the picker with noise instead of what is on the outputs, for a desktop that can't show noise itself.
    pub fn start_with_noise(desktop: &Desktop, scheme: Scheme) -> Self {
        let made = |output: Output| {
            let (width, height) = output.upright();
            let colours = (0..height).flat_map(|y| (0..width).map(move |x| noise(x, y)));
            let rgba: Vec<u8> = colours.flat_map(|[r, g, b]| [r, g, b, 255]).collect();
            Frame { pixels: Pixels { width, height, rgba: rgba.into() }, output }
        };
        let frames = outputs(desktop).into_iter().map(made).collect();
        Self::show(desktop, scheme, Vec::new(), frames)
    }

    /// Gets ready and plugs in another output, of which all know the name before its frame is given.
    pub fn start_before_an_output(desktop: &Desktop, scheme: Scheme) -> Self {
        let picker = prepare(desktop, scheme);
        let count = outputs(desktop).len();
        desktop.sway(&["create_output"]);
        desktop.until("the output", |desktop| outputs(desktop).len() > count);
        let taken = |output: Output| Frame { pixels: picture(desktop, &output), output };
        let frames = outputs(desktop).into_iter().map(taken).collect();
        Self::go_on(desktop, picker, Vec::new(), frames)
    }

    fn show(desktop: &Desktop, scheme: Scheme, windows: Vec<Window>, frames: Vec<Frame>) -> Self {
        Self::go_on(desktop, prepare(desktop, scheme), windows, frames)
    }

    fn go_on(desktop: &Desktop, picker: Picker, windows: Vec<Window>, frames: Vec<Frame>) -> Self {
        let before: Vec<Pixels> = frames.iter().map(|frame| picture(desktop, &frame.output)).collect();
        let (drop, dropped) = oneshot::channel();
        let given = frames.clone();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async move {
                tokio::select! {
                    picked = picker.pick(given, windows) => picked,
                    Ok(()) = dropped => Ok(None),
                }
            })
        });
        let picking = Self { frames, thread, drop: Some(drop) };
        for (frame, before) in picking.frames.iter().zip(&before) {
            desktop.until("the picker", |desktop| {
                assert!(!picking.thread.is_finished(), "the picker ended before it was shown");
                picture(desktop, &frame.output) != *before
            });
        }
        picking
    }

    /// Drops its future.
    pub fn drop_it(&mut self) {
        self.drop.take().expect("dropped once").send(()).expect("a running picker");
    }

    /// What it ended with; waits for that.
    pub fn picked(self) -> Picked {
        self.thread.join().expect("the picker")
    }

    /// Waits until all of this rectangle is as in the frame.
    pub fn until_bright_part(&self, desktop: &Desktop, index: usize, part: [u32; 4]) {
        self.until_part(desktop, index, part, |colour| colour);
    }

    /// Waits until all of this rectangle is dimmed, with nothing on it.
    pub fn until_still_dimmed(&self, desktop: &Desktop, index: usize, part: [u32; 4]) {
        self.until_part(desktop, index, part, dimmed);
    }

    fn until_part(&self, desktop: &Desktop, index: usize, part: [u32; 4], as_shown: fn([u8; 3]) -> [u8; 3]) {
        let frame = &self.frames[index];
        let [left, top, right, bottom] = part;
        desktop.until("a part of the screen", |desktop| {
            assert!(!self.thread.is_finished(), "the picker ended");
            let shown = picture(desktop, &frame.output);
            let mut all = (top..bottom).flat_map(|y| (left..right).map(move |x| (x, y)));
            all.all(|(x, y)| pixel(&shown, x, y) == as_shown(pixel(&frame.pixels, x, y)))
        });
    }

    /// Waits until the output with this index shows the frame as it is in this rectangle (left, top, right, bottom, in
    /// physical pixels), and not around it.
    pub fn until_bright(&self, desktop: &Desktop, index: usize, inside: [u32; 4]) -> Pixels {
        let frame = &self.frames[index];
        let last = RefCell::new(None);
        desktop.until("the selection", |desktop| {
            assert!(!self.thread.is_finished(), "the picker ended");
            let shown = picture(desktop, &frame.output);
            let same = is_bright(frame, &shown, inside);
            last.replace(Some(shown));
            same
        });
        last.into_inner().expect("a picture")
    }
}

/// As the picker darkens what is not selected.
pub fn dimmed(colour: [u8; 3]) -> [u8; 3] {
    colour.map(|part| (u32::from(part) * 112 / 256) as u8)
}

fn is_bright(frame: &Frame, shown: &Pixels, [left, top, right, bottom]: [u32; 4]) -> bool {
    let inside = (top..bottom).flat_map(|y| (left..right).map(move |x| (x, y)));
    let mut inside = inside.filter(|(x, y)| pixel(shown, *x, *y) != pixel(&frame.pixels, *x, *y));
    if let Some((x, y)) = inside.next() {
        eprintln!("{}: {x},{y} and {} others differ", frame.output.name, inside.count());
        return false;
    }
    let beside = |x: u32, y: u32| {
        x >= frame.pixels.width || y >= frame.pixels.height || pixel(shown, x, y) != pixel(&frame.pixels, x, y)
    };
    (top..bottom).step_by(7).all(|y| beside(left.wrapping_sub(1), y) && beside(right, y))
        && (left..right).step_by(7).all(|x| beside(x, top.wrapping_sub(1)) && beside(x, bottom))
}
