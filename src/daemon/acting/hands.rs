//! Pointer and keyboard for tools: where steps go is looked up, and looked at again just before they are done.

mod changed;

use std::time::Duration;

use self::changed::Patch;
use super::eyes::{Eyes, Sight};
use crate::agent::Outcome;
use crate::model::space::{DevicePoint, InModel, Point, SpaceMap};
use crate::model::{Aim, Area, Crop, Fault, InputAction, Inputs, Layout, PixelRect, Places, Spot, Step, Window};
use crate::platform::compositor::Compositor;
use crate::platform::input;

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
        if layout.fingerprint() != map.fingerprint() {
            return Err("the outputs have changed since the last picture; look at the screen again".into());
        }
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

/// Does the steps, unless the screen is not any more what was seen.
pub(super) async fn perform(action: &InputAction, eyes: &Eyes) -> Result<Outcome, String> {
    if action.places != Places::Screen || action.aims.len() != action.inputs.steps.len() {
        return Err("it was not prepared; nothing was done".into());
    }
    if let Some(picture) = action.picture {
        unchanged(&action.inputs, &*eyes.same(picture)?, eyes).await?;
    }
    let compositor = Compositor::here().ok();
    let layout = eyes.job.capturer.layout().await.map_err(|fault| fault.to_string())?;
    let mut done = 0;
    while done < action.inputs.steps.len() {
        let end = done + together(&action.inputs.steps[done..]);
        let part = Part { action, from: done, end };
        let did = match &compositor {
            Some(compositor) => part.is_for(compositor, &layout).await,
            None => Ok(()),
        };
        let inputs = Inputs { steps: action.inputs.steps[done..end].to_vec(), layout: action.inputs.layout };
        let did = match did {
            Ok(()) => input::perform(&inputs).await.map_err(|error| Fault::from(error).to_string()),
            Err(why) => Err(why),
        };
        if let Err(why) = did {
            return Err(match done {
                0 => format!("{why}; nothing before that was done"),
                1 => format!("step 1 was done, step 2 not: {why}"),
                _ => format!("steps 1 to {done} were done, step {} not: {why}", done + 1),
            });
        }
        done = end;
    }
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

/// Steps that are done in one go: each that points by itself, so that its window is looked at just before; keys together;
/// whatever happens while a button is pressed.
fn together(steps: &[Step]) -> usize {
    let mut down = 0_usize;
    let points = |step: &Step| !step.spots().is_empty();
    for (index, step) in steps.iter().enumerate() {
        match step {
            Step::Down { .. } => down += 1,
            Step::Up { .. } => down = down.saturating_sub(1),
            _ => {}
        }
        let ends = match steps.get(index + 1) {
            None => true,
            Some(next) => points(step) || points(next),
        };
        if down == 0 && ends {
            return index + 1;
        }
    }
    steps.len()
}

/// Steps that are about to be done.
struct Part<'a> {
    action: &'a InputAction,
    from: usize,
    end: usize,
}

impl Part<'_> {
    /// Whether they still go to the windows that they are for.
    async fn is_for(&self, compositor: &Compositor, layout: &Layout) -> Result<(), String> {
        let types = |step: &Step| matches!(step, Step::Press { .. } | Step::Hold { .. } | Step::Type { .. });
        let steps = &self.action.inputs.steps[self.from..self.end];
        for look in 0..LOOKS {
            let windows = compositor.windows().await.map_err(|fault| fault.to_string())?;
            let mut wrong = None;
            for (step, aim) in steps.iter().zip(&self.action.aims[self.from..self.end]) {
                let there = match step.spots().first() {
                    Some(spot) => at(spot, &windows, layout),
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
                Some((true, ..)) if look + 1 < LOOKS => tokio::time::sleep(BETWEEN).await,
                Some((typed, found, aim)) => {
                    let what = if typed { "the keyboard is" } else { "what is pointed at is" };
                    let found = found.map_or("in no known window".to_owned(), |app| format!("in a window of {app:?}"));
                    let aim = aim.map_or("unknown".to_owned(), |aim| format!("{:?} of {:?}", aim.title, aim.app));
                    return Err(format!("the screen changed since: {what} {found} now, and not in {aim}; look again"));
                }
            }
        }
        Ok(())
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

/// A fault where what is pointed at does not look as it did.
async fn unchanged(inputs: &Inputs, sight: &Sight, eyes: &Eyes) -> Result<(), String> {
    let map = sight.map.as_ref().ok_or("where the picture lies is not known")?;
    let acts = |step: &&Step| !matches!(step, Step::Move { .. });
    let spots: Vec<&Spot> = inputs.steps.iter().filter(acts).flat_map(Step::spots).collect();
    for spot in spots {
        let patch = Patch::around(spot, &sight.shot.layout).ok_or_else(|| format!("there is no {}", spot.output))?;
        let Some(before) = seen(patch.area, sight, map) else { continue };
        let now = eyes.job.part(patch.area).await.map_err(|fault| fault.to_string())?;
        if now.layout.fingerprint() != inputs.layout {
            return Err("the outputs have changed since the picture; nothing was done".into());
        }
        if patch.differs(&before, &now.pixels) {
            return Err(format!(
                "the screen changed since: what is at {}, {} on {} looks different now; nothing was done, look again",
                spot.x, spot.y, spot.output
            ));
        }
    }
    Ok(())
}

/// A part of the desktop as it is in the picture; `None` where the picture does not show all of it.
fn seen(area: Area, sight: &Sight, map: &SpaceMap) -> Option<crate::model::Pixels> {
    let from = map.desktop_to_image(Point::new(area.x, area.y)).ok()?;
    let to = map.desktop_to_image(Point::new(area.x + area.width, area.y + area.height)).ok()?;
    let (x, y) = (from.x.round() as u32, from.y.round() as u32);
    let (width, height) = ((to.x.round() as u32).saturating_sub(x), (to.y.round() as u32).saturating_sub(y));
    sight.shot.pixels.crop(PixelRect { x, y, width, height })
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
