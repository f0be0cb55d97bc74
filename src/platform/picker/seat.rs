//! Pointers and keyboards: their events, in the picker's own terms.

use std::time::Instant;

use wayland_client::protocol::{wl_keyboard, wl_pointer, wl_seat};
use wayland_client::{Connection, Dispatch, Proxy, QueueHandle, WEnum};

use super::client::Client;
use super::state::Event;

/// Buttons, as the kernel numbers them.
const LEFT: u32 = 0x110;
const RIGHT: u32 = 0x111;

impl Dispatch<wl_seat::WlSeat, ()> for Client {
    fn event(
        client: &mut Self,
        seat: &wl_seat::WlSeat,
        event: wl_seat::Event,
        (): &(),
        _: &Connection,
        handle: &QueueHandle<Self>,
    ) {
        let wl_seat::Event::Capabilities { capabilities: WEnum::Value(has) } = event else { return };
        let new = |known: &mut Vec<wl_seat::WlSeat>| {
            let is_new = !known.contains(seat);
            if is_new {
                known.push(seat.clone());
            }
            is_new
        };
        if has.contains(wl_seat::Capability::Pointer) && new(&mut client.pointers) {
            seat.get_pointer(handle, ());
        }
        if has.contains(wl_seat::Capability::Keyboard) && !client.keyboards.iter().any(|(of, ..)| of == seat) {
            let keyboard = seat.get_keyboard(handle, ());
            client.keyboards.push((seat.clone(), keyboard, super::keyboard::Keyboard::default()));
        }
    }
}

impl Dispatch<wl_pointer::WlPointer, ()> for Client {
    fn event(
        client: &mut Self,
        pointer: &wl_pointer::WlPointer,
        event: wl_pointer::Event,
        (): &(),
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        match event {
            wl_pointer::Event::Enter { serial, surface, surface_x, surface_y } => {
                // The crosshair is the pointer.
                pointer.set_cursor(serial, None, 0, 0);
                client.under = client.surfaces.iter().position(|each| each.surface == surface);
                client.pointer_at(surface_x, surface_y);
            }
            wl_pointer::Event::Motion { surface_x, surface_y, .. } => client.pointer_at(surface_x, surface_y),
            wl_pointer::Event::Button { button, state: WEnum::Value(state), .. } => {
                let down = state == wl_pointer::ButtonState::Pressed;
                match (button, down) {
                    (LEFT, true) => client.happened(Event::Press),
                    (LEFT, false) => client.happened(Event::Release),
                    (RIGHT, true) => client.happened(Event::Cancel),
                    _ => {}
                }
            }
            _ => {}
        }
    }
}

impl Dispatch<wl_keyboard::WlKeyboard, ()> for Client {
    fn event(
        client: &mut Self,
        proxy: &wl_keyboard::WlKeyboard,
        event: wl_keyboard::Event,
        (): &(),
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        let known = client.keyboards.iter_mut().find(|(_, known, _)| known.id() == proxy.id());
        let Some((_, _, keyboard)) = known else { return };
        match event {
            wl_keyboard::Event::Keymap { format: WEnum::Value(wl_keyboard::KeymapFormat::XkbV1), fd, size } => {
                keyboard.keymap(fd, size);
            }
            wl_keyboard::Event::Modifiers { mods_depressed, mods_latched, mods_locked, group, .. } => {
                keyboard.modifiers(mods_depressed, mods_latched, mods_locked, group);
            }
            wl_keyboard::Event::RepeatInfo { rate, delay } => keyboard.pace(rate, delay),
            wl_keyboard::Event::Leave { .. } => keyboard.leave(),
            wl_keyboard::Event::Key { key, state: WEnum::Value(state), .. } => {
                let down = state == wl_keyboard::KeyState::Pressed;
                if let Some(event) = keyboard.key(key, down, Instant::now()) {
                    client.happened(event);
                }
            }
            _ => {}
        }
    }
}
