//! What programs tell of their windows, with places that can be pointed at: a picture is taken along, by which it is known
//! afterwards whether the screen is still the same, and which stays here and is shown to nobody.

use super::eyes::{Eyes, Sight};
use crate::agent::Outcome;
use crate::model::space::Point;
use crate::model::{Area, Scope, Window};
use crate::platform::accessibility::{self, Placed, Wanted};
use crate::platform::act::windows;

/// The window that is meant: the one with this identifier, the topmost of an app, or the one that has the keyboard.
pub(super) async fn meant(scope: Scope) -> Result<Scope, String> {
    let Scope::Window { window, app, .. } = scope else { return Err("only a window can be read".into()) };
    let found = match (window.as_str(), app.as_str()) {
        ("", "") => windows::with_keyboard().await?,
        ("", app) => windows::of_app(app).await?,
        (window, _) => windows::find(window).await?,
    };
    Ok(Scope::Window { window: found.id, app: found.app, title: found.title })
}

impl Eyes {
    /// The window as it would be read, if it may be.
    pub(super) async fn window_to_read(&self, scope: Scope) -> Result<Scope, String> {
        let scope = meant(scope).await?;
        if let Scope::Window { title, app, .. } = &scope {
            self.job.may_be_seen(title, app).map_err(|fault| fault.to_string())?;
        }
        Ok(scope)
    }

    /// Reads what a window's program tells of it.
    pub(super) async fn tree(&self, scope: &Scope) -> Result<Outcome, String> {
        let Scope::Window { window, app, .. } = scope else { return Err("only a window can be read".into()) };
        let before = windows::find(window).await?;
        if before.app != *app {
            return Err("this window belongs to another program now".into());
        }
        self.job.may_be_seen(&before.title, &before.app).map_err(|fault| fault.to_string())?;
        let screen = Scope::Screen { output: before.output.clone().unwrap_or_default() };
        let sight = self.glance(screen).await;
        let wanted = Wanted {
            process: windows::process_of(window).await,
            app: before.app.clone(),
            title: before.title.clone(),
            size: before.area.map(|area| (area.width, area.height)),
        };
        let tree = accessibility::read(&wanted, |title, app| self.job.may_be_seen(title, app).is_ok()).await?;
        let all = windows::all().await?;
        let now = all.iter().find(|each| each.id == *window && each.app == *app).ok_or("the window is gone")?;
        self.job.may_be_seen(&now.title, &now.app).map_err(|fault| fault.to_string())?;
        let origin = now.area.and_then(|area| tree.origin((area.width, area.height)));
        let known = match (&sight, now.area, origin) {
            (Err(why), ..) => Err(format!("the screen could not be seen: {why}")),
            (_, None, _) => Err("the compositor does not tell where this window is".into()),
            _ if !now.visible => Err("its workspace is not shown".into()),
            _ if now.area != before.area => Err("the window moved meanwhile; read it again".into()),
            (Ok(_), Some(_), None) => Err("the program tells places that do not fit its window".into()),
            (Ok(sight), Some(area), Some(origin)) => Ok(Places { sight, area, origin, window: now, all: &all }),
        };
        let is_pointed_into = known.is_ok();
        let mut said = match &known {
            Ok(places) => {
                let (width, height) = places.sight.size;
                format!(
                    "What {app:?} tells of this window. Places are the middle of each element, in pixels of a picture of the \
                     screen of {width} × {height}; steps may point there until you look again. What has no place is covered, \
                     out of sight, or not told.\n"
                )
            }
            Err(why) => {
                format!("What {app:?} tells of this window. It tells no places that can be pointed at: {why}.\n")
            }
        };
        said.push_str(&tree.outline(|area| known.as_ref().ok()?.of(area)));
        if let (true, Ok(sight)) = (is_pointed_into, sight) {
            self.keep(sight.unseen(self.scope().unwrap_or_else(|| scope.clone())));
        }
        Ok(Outcome::well(said))
    }
}

/// What places are told by.
struct Places<'a> {
    sight: &'a Sight,
    /// The window's content on the desktop.
    area: Area,
    /// Where that begins for its program.
    origin: (f64, f64),
    window: &'a Window,
    /// All windows, from top to bottom.
    all: &'a [Window],
}

impl Places<'_> {
    /// Where an element is in the picture, as far as it is in sight there.
    fn of(&self, area: Area) -> Option<Placed> {
        let moved = Area { x: area.x - self.origin.0 + self.area.x, y: area.y - self.origin.1 + self.area.y, ..area };
        let seen = moved.intersection(&self.area)?.intersection(&self.sight.shot.area?)?;
        let (x, y) = (seen.x + seen.width / 2.0, seen.y + seen.height / 2.0);
        let is_there = |window: &&Window| window.visible && window.area.is_some_and(|area| area.contains(x, y, 0.0));
        if self.all.iter().find(is_there).is_some_and(|top| top.id != self.window.id) {
            return None;
        }
        let map = self.sight.map.as_ref()?;
        let model = |x: f64, y: f64| map.image_to_model(map.desktop_to_image(Point::new(x, y)).ok()?).ok();
        let (middle, from) = (model(x, y)?, model(seen.x, seen.y)?);
        let to = model(seen.x + seen.width, seen.y + seen.height)?;
        let whole = |value: f64, size: u32| (value.floor() as u32).min(size.saturating_sub(1));
        Some(Placed {
            x: whole(middle.x, self.sight.size.0),
            y: whole(middle.y, self.sight.size.1),
            width: (to.x - from.x).round() as u32,
            height: (to.y - from.y).round() as u32,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    use crate::model::{Digest, Layout, Output, Pixels, Shot, Source, Timestamp, Transform};

    fn window(id: &str, x: f64, y: f64, width: f64, height: f64) -> Window {
        Window {
            id: id.into(),
            title: String::new(),
            app: "a".into(),
            area: Some(Area { x, y, width, height }),
            focused: false,
            visible: true,
            output: Some("DP-1".into()),
        }
    }

    /// The screen at twice the density, seen by the model at half of its pixels' size.
    fn sight() -> Sight {
        let area = Area { x: 100.0, y: 0.0, width: 20.0, height: 10.0 };
        let output = Output { name: "DP-1".into(), area, mode: (40, 20), transform: Transform::Normal };
        let shot = Shot {
            at: Timestamp(1),
            source: Source::Screen { output: "DP-1".into() },
            pixels: Arc::new(Pixels { width: 40, height: 20, rgba: vec![0; 40 * 20 * 4].into() }),
            area: Some(area),
            layout: Layout { outputs: vec![output] },
            hidden: 0,
        };
        Sight::of(shot, Digest::of(b""), (20, 10), Scope::All)
    }

    #[test]
    fn what_is_in_sight_has_its_place_in_the_picture() {
        let sight = sight();
        let own = window("1", 104.0, 2.0, 12.0, 20.0);
        let over = window("2", 110.0, 2.0, 4.0, 4.0);
        let all = [over, own.clone()];
        let places = Places { sight: &sight, area: own.area.unwrap(), origin: (3.0, 1.0), window: &own, all: &all };
        let of = |x, y, width, height| places.of(Area { x, y, width, height });
        let placed = |x, y, width, height| Some(Placed { x, y, width, height });
        assert_eq!(of(3.0, 1.0, 4.0, 2.0), placed(6, 3, 4, 2));
        assert_eq!(of(0.0, 1.0, 5.0, 2.0), placed(5, 3, 2, 2), "what its window cuts off is not there");
        assert_eq!(of(3.0, 7.0, 4.0, 10.0), placed(6, 9, 4, 2), "what is beyond the screen is not there");
        assert_eq!(of(10.0, 2.0, 2.0, 2.0), None, "another window lies over it");
        assert_eq!(of(3.0, 12.0, 4.0, 2.0), None);
    }
}
