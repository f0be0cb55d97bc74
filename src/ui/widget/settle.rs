//! A list under which room stays while somebody types, so that nothing jumps; after a pause the card closes up.

use std::cell::Cell;
use std::time::{Duration, Instant};

use iced::advanced::widget::Tree;
use iced::advanced::{Shell, layout};
use iced::{Event, Length, Size, window};

use super::around::{Around, Inside, Kind};
use crate::ui::{Element, Painter};

/// How long nobody types before the room goes away.
const PAUSE: Duration = Duration::from_millis(300);
/// How long it takes to go away, where things may move.
const LASTS: Duration = Duration::from_millis(120);

/// How high a list and its room are, from one frame to the next. Heights are logical pixels.
#[derive(Debug, Default)]
pub struct Stature {
    list: Cell<f32>,
    all: Cell<f32>,
    /// When the room goes away, and how high all was then.
    goes: Cell<Option<(Instant, f32)>>,
}

/// What becomes of the room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Room {
    /// It stays.
    Stays,
    /// It goes away after a pause, at once.
    Goes,
    /// It goes away after a pause, step by step.
    Shrinks,
}

/// What is to be done after a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    /// Nothing: there is no room.
    Nothing,
    /// Look again at this time.
    At(Instant),
    /// The height is another: draw it, and look again in the next frame.
    Frame,
    /// It is another for the last time: draw it.
    Last,
}

impl Stature {
    /// The list is another one, or gone: there is no room under it.
    pub fn forget(&self) {
        self.list.set(0.0);
        self.all.set(0.0);
        self.goes.set(None);
    }

    /// The list is this high now; gives how high it is with its room.
    fn laid_out(&self, list: f32) -> f32 {
        if (self.list.replace(list) - list).abs() >= 0.5 {
            self.goes.set(None);
        }
        self.all.set(self.all.get().max(list));
        self.all.get()
    }

    /// Whether there is a list, or room where one was.
    pub fn is_open(&self) -> bool {
        self.all.get() >= 0.5
    }

    /// Somebody types: the room stays for another while.
    fn typed(&self) {
        self.goes.set(None);
    }

    fn frame(&self, now: Instant, room: Room) -> Next {
        let (list, all) = (self.list.get(), self.all.get());
        if all - list < 0.5 || room == Room::Stays {
            return Next::Nothing;
        }
        let (goes, from) = self.goes.get().unwrap_or((now + PAUSE, all));
        self.goes.set(Some((goes, from)));
        let Some(since) = now.checked_duration_since(goes) else { return Next::At(goes) };
        if room == Room::Goes || since >= LASTS {
            self.all.set(list);
            return Next::Last;
        }
        // It slows down towards its end.
        let left = 1.0 - since.as_secs_f32() / LASTS.as_secs_f32();
        let rest = (from - list) * left.powi(3);
        self.all.set(if rest < 0.5 { list } else { list + rest });
        if rest < 0.5 { Next::Last } else { Next::Frame }
    }
}

/// A list and its room.
pub fn settle<'a, M>(list: impl Into<Element<'a, M>>, stature: &'a Stature, room: Room) -> Around<'a, M, Settle<'a>> {
    Around::new(Settle { stature, room }, vec![list.into()])
}

/// The kind of [`settle`].
pub struct Settle<'a> {
    stature: &'a Stature,
    room: Room,
}

impl<M> Kind<M> for Settle<'_> {
    type State = ();

    fn size(&self, _parts: &[Element<'_, M>]) -> Size<Length> {
        Size::new(Length::Fill, Length::Shrink)
    }

    fn layout(
        &mut self,
        parts: &mut [Element<'_, M>],
        trees: &mut [Tree],
        renderer: &Painter,
        limits: &layout::Limits,
    ) -> layout::Node {
        let list = parts[0].as_widget_mut().layout(&mut trees[0], renderer, limits);
        let height = self.stature.laid_out(list.size().height).min(limits.max().height);
        layout::Node::with_children(Size::new(limits.max().width, height), vec![list])
    }

    fn update(&mut self, _state: &mut (), _inside: &mut Inside<'_, '_, M>, event: &Event, shell: &mut Shell<'_, M>) {
        match event {
            Event::Keyboard(_) => self.stature.typed(),
            Event::Window(window::Event::RedrawRequested(now)) => match self.stature.frame(*now, self.room) {
                Next::Nothing => {}
                Next::At(time) => shell.request_redraw_at(time),
                Next::Frame => {
                    shell.invalidate_layout();
                    shell.request_redraw();
                }
                Next::Last => shell.invalidate_layout(),
            },
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is drawn at these times after the first, in milliseconds, until nothing is to be done.
    fn frames(stature: &Stature, room: Room) -> Vec<(u64, f32)> {
        let begun = Instant::now();
        let (mut now, mut drawn) = (begun, Vec::new());
        loop {
            let next = stature.frame(now, room);
            let at = (now - begun).as_millis() as u64;
            match next {
                Next::Nothing => return drawn,
                Next::At(time) => now = time,
                Next::Frame | Next::Last => {
                    drawn.push((at, stature.all.get()));
                    now += Duration::from_millis(16);
                }
            }
        }
    }

    #[test]
    fn room_stays_until_nobody_types_and_goes_away_in_falling_steps() {
        let stature = Stature::default();
        assert_eq!(stature.laid_out(400.0), 400.0);
        assert_eq!(frames(&stature, Room::Shrinks), []);
        assert_eq!(stature.laid_out(100.0), 400.0, "it stays");
        assert_eq!(frames(&stature, Room::Stays), []);
        let drawn = frames(&stature, Room::Shrinks);
        assert_eq!(drawn.first(), Some(&(300, 400.0)));
        assert_eq!(drawn.last(), Some(&(412, 100.0)));
        assert!(drawn.is_sorted_by(|one, next| one.1 > next.1), "{drawn:?}");
        assert_eq!(stature.laid_out(50.0), 100.0);
        assert_eq!(frames(&stature, Room::Goes), [(300, 50.0)], "in one where nothing may move");
    }

    #[test]
    fn a_key_and_another_list_begin_the_pause_anew() {
        let stature = Stature::default();
        stature.laid_out(400.0);
        stature.laid_out(100.0);
        let begun = Instant::now();
        let late = begun + Duration::from_millis(250);
        assert_eq!(stature.frame(begun, Room::Shrinks), Next::At(begun + PAUSE));
        stature.typed();
        assert_eq!(stature.frame(late, Room::Shrinks), Next::At(late + PAUSE));
        stature.laid_out(150.0);
        assert_eq!(stature.frame(begun + PAUSE, Room::Shrinks), Next::At(begun + PAUSE + PAUSE));
        // In the middle of it.
        assert_eq!(stature.frame(begun + PAUSE + PAUSE + LASTS / 2, Room::Shrinks), Next::Frame);
        let between = stature.all.get();
        assert!(150.0 < between && between < 400.0);
        assert_eq!(stature.laid_out(500.0), 500.0, "it grows at once");
        assert_eq!(stature.frame(begun, Room::Shrinks), Next::Nothing);
    }

    #[test]
    fn what_is_forgotten_leaves_no_room() {
        let stature = Stature::default();
        stature.laid_out(400.0);
        stature.forget();
        assert_eq!(stature.laid_out(100.0), 100.0);
    }
}
