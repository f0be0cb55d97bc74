//! Pointer and keyboard for tools: where steps go is looked up, and looked at again just before they are done.

mod changed;

use std::time::Duration;

use self::changed::Seen;
use super::eyes::{Eyes, Sight};
use crate::agent::Outcome;
use crate::model::space::{DevicePoint, InModel, Point, SpaceMap};
use crate::model::{Aim, Crop, Fault, InputAction, Inputs, Layout, PixelRect, Places, Spot, Step, Window};
use crate::platform::compositor::Compositor;
use crate::platform::input::{self, Due};

/// How large a part of the screen is shown around what is pointed at, in logical pixels.
const SHOWN: (f64, f64) = (600.0, 200.0);

/// How often, and how far apart, it is looked whether the keyboard is where it should be.
const LOOKS: u32 = 40;
const BETWEEN: Duration = Duration::from_millis(50);

/// How long the desktop gets to show what was done before it is looked at.
const SETTLES: Duration = Duration::from_millis(400);

/// The steps as they would be done, and what they point at.
pub(super) async fn prepare(mut action: InputAction, eyes: &Eyes) -> Result<(InputAction, Vec<Crop>), String> {
    action.inputs.check()?;
    let mut crops = Vec::new();
    let mut layout = Layout::default();
    if action.inputs.points() {
        let sight = eyes.last()?;
        let map =
            sight.map.as_ref().ok_or("where the last picture lies on the screen is not known; look at a screen")?;
        layout = eyes.job.capturer.layout().await.map_err(|fault| fault.to_string())?;
        are_the_same(&layout, map)?;
        if action.places != Places::Screen {
            for spot in action.inputs.steps.iter_mut().flat_map(spots_mut) {
                *spot = on_screen(spot, action.places, &sight, map, &layout)?;
            }
        }
        action.inputs.layout = map.fingerprint();
        action.picture = Some(sight.digest);
        crops = crops_of(&action.inputs, &sight, map, &layout)?;
    } else {
        action.picture = None;
    }
    action.places = Places::Screen;
    action.aims = match Compositor::here() {
        Ok(compositor) => {
            let windows = compositor.windows().await.map_err(|fault| fault.to_string())?;
            // The overlay has it now, and gives it back.
            let keyboard = compositor.keyboard().await.map_err(|fault| fault.to_string())?;
            aims(&action.inputs.steps, &windows, &layout, keyboard.as_deref())
        }
        Err(_) => vec![None; action.inputs.steps.len()],
    };
    Ok((action, crops))
}

/// Does the steps, as long as the screen is what was seen: looked at before the first, and again before each.
pub(super) async fn perform(action: &InputAction, eyes: &Eyes) -> Result<Outcome, String> {
    let steps = &action.inputs.steps;
    if action.places != Places::Screen || action.aims.len() != steps.len() {
        return Err("it was not prepared; nothing was done".into());
    }
    let seen = match action.picture {
        Some(picture) => Some(Seen { sight: eyes.same(picture)?, job: &eyes.job }),
        None => None,
    };
    let checked = Checked {
        action,
        compositor: Compositor::here().ok(),
        layout: eyes.job.capturer.layout().await.map_err(|fault| fault.to_string())?,
        seen,
    };
    let nothing = |why: String| format!("{why}; nothing was done, look again");
    // The first are looked at right before they are done.
    checked.as_seen(&steps[input::together(steps)..], &[]).await.map_err(nothing)?;
    let mut begun = None;
    let failed = |error: input::InputError| Fault::from(error).to_string();
    let mut doing =
        input::begin(&action.inputs).await.map_err(|error| format!("{}; nothing was done", failed(error)))?;
    loop {
        match doing.due().await {
            Ok(None) => break,
            Ok(Some(due)) => {
                if let Err(why) = checked.may_go_on(due).await {
                    // Everything is let go before this is told.
                    drop(doing);
                    return Err(format!("{}, look again", broken_off(due, &why)));
                }
                begun = Some(due.step);
                doing.go_on();
            }
            Err(error) => {
                let why = failed(error);
                return Err(begun
                    .map_or(format!("{why}; nothing was done"), |step| broken_off(Due { step, begun: true }, &why)));
            }
        }
    }
    let done = steps.len();
    let said = if done == 1 { "it is done".to_owned() } else { format!("all {done} steps are done") };
    if !action.look || eyes.blind {
        return Ok(Outcome::well(said));
    }
    tokio::time::sleep(SETTLES).await;
    Ok(match eyes.again().await {
        Ok(seen) => Outcome { content: format!("{said}. {}", seen.content), ..seen },
        Err(why) => Outcome::well(format!("{said}, but the screen could not be seen afterwards: {why}")),
    })
}

/// Whether the outputs are those of the picture.
fn are_the_same(now: &Layout, map: &SpaceMap) -> Result<(), String> {
    if now.fingerprint() != map.fingerprint() {
        return Err("the outputs have changed since the last picture; look at the screen again".into());
    }
    Ok(())
}

/// What was done, and what not and why.
fn broken_off(due: Due, why: &str) -> String {
    let before = match due.step {
        0 => String::new(),
        1 => "step 1 was done, ".to_owned(),
        many => format!("steps 1 to {many} were done, "),
    };
    match (due.begun, due.step) {
        (false, 0) => format!("{why}; nothing was done"),
        (false, step) => format!("{before}step {} not: {why}", step + 1),
        (true, step) => format!("{before}step {} was broken off: {why}", step + 1),
    }
}

/// What is looked at between steps.
struct Checked<'a> {
    action: &'a InputAction,
    compositor: Option<Compositor>,
    layout: Layout,
    /// What they were pointed into, where they point.
    seen: Option<Seen<'a>>,
}

impl Checked<'_> {
    /// Whether what is next may be done: it still goes to the window that it is for, and there it looks as it did.
    async fn may_go_on(&self, due: Due) -> Result<(), String> {
        let Due { step, begun } = due;
        let steps = &self.action.inputs.steps;
        let end = if begun { step + 1 } else { step + input::together(&steps[step..]) };
        if let Some(compositor) = &self.compositor {
            // A key that is held is let go at once.
            let patient = !begun || !matches!(steps[step], Step::Hold { .. });
            self.is_for((step, end), compositor, if patient { LOOKS } else { 1 }).await?;
        }
        if begun { Ok(()) } else { self.as_seen(&steps[step..end], &steps[..step]).await }
    }

    /// Whether these steps still go to the windows that they are for.
    async fn is_for(&self, (from, end): (usize, usize), compositor: &Compositor, looks: u32) -> Result<(), String> {
        let types = |step: &Step| matches!(step, Step::Press { .. } | Step::Hold { .. } | Step::Type { .. });
        let steps = &self.action.inputs.steps[from..end];
        for look in 0..looks {
            let windows = compositor.windows().await.map_err(|fault| fault.to_string())?;
            let mut wrong = None;
            for (step, aim) in steps.iter().zip(&self.action.aims[from..end]) {
                let there = match step.spots().first() {
                    Some(spot) => at(spot, &windows, &self.layout),
                    None if types(step) => windows.iter().find(|window| window.focused),
                    None => continue,
                };
                if !is_it(aim.as_ref(), there) {
                    wrong = Some((types(step), there.map(|window| window.app.clone()), aim.clone()));
                    break;
                }
            }
            match wrong {
                None => return Ok(()),
                // The keyboard comes back a moment after the overlay went, or after a click.
                Some((true, ..)) if look + 1 < looks => tokio::time::sleep(BETWEEN).await,
                Some((typed, found, aim)) => {
                    let what = if typed { "the keyboard is" } else { "what is pointed at is" };
                    let found = found.map_or("in no known window".to_owned(), |app| format!("in a window of {app:?}"));
                    let aim = aim.map_or("unknown".to_owned(), |aim| format!("{:?} of {:?}", aim.title, aim.app));
                    return Err(format!("the screen changed since: {what} {found} now, and not in {aim}"));
                }
            }
        }
        Ok(())
    }

    /// Whether the places of these steps look as they did. What steps that were done changed around their own places does
    /// not count, if it is not at the very place.
    async fn as_seen(&self, steps: &[Step], done: &[Step]) -> Result<(), String> {
        let Some(seen) = &self.seen else { return Ok(()) };
        let acts = |step: &&Step| !matches!(step, Step::Move { .. });
        let spots = |steps: &[Step]| steps.iter().filter(acts).flat_map(Step::spots).cloned().collect::<Vec<_>>();
        seen.is_unchanged(&spots(steps), &spots(done), self.action.inputs.layout).await
    }
}

/// Whether a window is the one that was meant; its title may change.
fn is_it(aim: Option<&Aim>, window: Option<&Window>) -> bool {
    match (aim, window) {
        (Some(aim), Some(window)) => aim.window == window.id && aim.app == window.app,
        (None, None) => true,
        _ => false,
    }
}

fn spots_mut(step: &mut Step) -> &mut [Spot] {
    match step {
        Step::Move { to: at }
        | Step::Click { at, .. }
        | Step::Down { at, .. }
        | Step::Up { at, .. }
        | Step::Scroll { at, .. } => std::slice::from_mut(at),
        Step::Drag { path, .. } => path,
        Step::Press { .. } | Step::Hold { .. } | Step::Type { .. } | Step::Wait { .. } => &mut [],
    }
}

/// The spot that is meant by a place in the picture.
fn on_screen(place: &Spot, places: Places, sight: &Sight, map: &SpaceMap, now: &Layout) -> Result<Spot, String> {
    let point: Point<InModel> = match places {
        Places::Thousandths => {
            let along = |value: u32, size: u32| (f64::from(value.min(999)) + 0.5) / 1000.0 * f64::from(size);
            Point::new(along(place.x, sight.size.0), along(place.y, sight.size.1))
        }
        Places::Picture | Places::Screen => Point::pixel(place.x, place.y),
    };
    let device = map.model_to_device(point, now).map_err(|error| error.to_string())?;
    let output = now.output(&device.output).ok_or_else(|| format!("there is no output {}", device.output))?;
    let (wide, high) = output.upright();
    let (x, y) = output.transform.to_upright(device.on_output);
    let whole = |part: f64, size: u32| ((part * f64::from(size)).floor() as u32).min(size.saturating_sub(1));
    Ok(Spot { output: device.output, x: whole(x, wide), y: whole(y, high) })
}

/// Where a spot is in the picture at full size.
fn in_image(spot: &Spot, map: &SpaceMap, layout: &Layout) -> Result<(f64, f64), String> {
    let output = layout.output(&spot.output).ok_or_else(|| format!("there is no output {}", spot.output))?;
    let (wide, high) = output.upright();
    let upright = ((f64::from(spot.x) + 0.5) / f64::from(wide), (f64::from(spot.y) + 0.5) / f64::from(high));
    let on_output = output.transform.to_buffer(upright);
    let buffer = (on_output.0 * f64::from(output.mode.0), on_output.1 * f64::from(output.mode.1));
    let device = DevicePoint { output: spot.output.clone(), buffer, on_output, on_layout: (0.0, 0.0) };
    let place = map.device_to_desktop(&device).and_then(|point| map.desktop_to_image(point));
    place.map(|point| (point.x, point.y)).map_err(|error| error.to_string())
}

/// The parts of the picture that are pointed at; places near each other share one.
fn crops_of(inputs: &Inputs, sight: &Sight, map: &SpaceMap, layout: &Layout) -> Result<Vec<Crop>, String> {
    let pixels = &sight.shot.pixels;
    let scale = sight.shot.area.map_or(1.0, |area| f64::from(pixels.width) / area.width);
    let (wide, high) = ((SHOWN.0 * scale) as u32, (SHOWN.1 * scale) as u32);
    let (wide, high) = (wide.clamp(1, pixels.width), high.clamp(1, pixels.height));
    let mut found: Vec<(PixelRect, Crop)> = Vec::new();
    for (number, step) in (1..).zip(&inputs.steps) {
        for spot in step.spots() {
            let (x, y) = in_image(spot, map, layout)?;
            let (x, y) = ((x as u32).min(pixels.width - 1), (y as u32).min(pixels.height - 1));
            // Not at its very edge: what is around a place says what it is.
            let inside = |rect: &PixelRect| {
                let (near, low) = (rect.width / 10, rect.height / 5);
                (rect.x + near..rect.x + rect.width - near).contains(&x)
                    && (rect.y + low..rect.y + rect.height - low).contains(&y)
            };
            if let Some((rect, crop)) = found.iter_mut().find(|(rect, _)| inside(rect)) {
                crop.marks.push((x - rect.x, y - rect.y, number));
                continue;
            }
            let from = |at: u32, size: u32, all: u32| at.saturating_sub(size / 2).min(all - size);
            let rect = PixelRect {
                x: from(x, wide, pixels.width),
                y: from(y, high, pixels.height),
                width: wide,
                height: high,
            };
            let part = pixels.crop(rect).ok_or("what is pointed at is not in the picture")?;
            found.push((rect, Crop { pixels: part, marks: vec![(x - rect.x, y - rect.y, number)] }));
        }
    }
    Ok(found.into_iter().map(|(_, crop)| crop).collect())
}

/// The window that is on top at a spot.
fn at<'a>(spot: &Spot, windows: &'a [Window], layout: &Layout) -> Option<&'a Window> {
    let output = layout.output(&spot.output)?;
    let (x, y) = (
        output.area.x + (f64::from(spot.x) + 0.5) / output.scale(),
        output.area.y + (f64::from(spot.y) + 0.5) / output.scale(),
    );
    windows.iter().find(|window| window.visible && window.area.is_some_and(|area| area.contains(x, y, 0.0)))
}

/// For each step the window that it goes to: pointing goes to what is there, keys to what was clicked last in these steps,
/// or else to what has the keyboard.
fn aims(steps: &[Step], windows: &[Window], layout: &Layout, keyboard: Option<&str>) -> Vec<Option<Aim>> {
    let aim = |window: &Window| Aim { window: window.id.clone(), app: window.app.clone(), title: window.title.clone() };
    let mut keyboard = windows.iter().find(|window| Some(window.id.as_str()) == keyboard);
    let all = steps.iter().map(|step| {
        let there = step.spots().first().map(|spot| at(spot, windows, layout));
        let clicks = matches!(step, Step::Click { .. } | Step::Down { .. } | Step::Drag { .. });
        match there {
            Some(there) => {
                if clicks {
                    keyboard = there;
                }
                there.map(aim)
            }
            None if matches!(step, Step::Wait { .. }) => None,
            None => keyboard.map(aim),
        }
    });
    all.collect()
}

#[cfg(test)]
mod tests;
