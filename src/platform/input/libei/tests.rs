//! What a real server hears of devices that go, and which of its regions are screens.

use std::sync::mpsc::{Receiver, Sender, channel};

use reis::eis;
use reis::handshake::EisHandshaker;
use reis::request::{self, EisRequest, EisRequestConverter};

use super::*;
use crate::model::{Area, Output, Transform};

fn layout() -> Layout {
    let area = Area { x: 0.0, y: 0.0, width: 100.0, height: 100.0 };
    Layout { outputs: vec![Output { name: "A".into(), area, mode: (100, 100), transform: Transform::Normal }] }
}

/// A server with a pointer and a keyboard, which tells what of theirs is pressed and let go.
fn serve(socket: UnixStream, told: &Sender<(u32, bool)>) {
    let context = eis::Context::new(socket).unwrap();
    let mut shaker = EisHandshaker::new(&context, 1);
    let mut converter = None;
    loop {
        let fd = context.as_fd();
        let _ = poll(&mut [PollFd::new(&fd, PollFlags::IN)], None);
        if context.read().is_err() {
            return;
        }
        while let Some(PendingRequestResult::Request(request)) = context.pending_request() {
            match &mut converter {
                None => {
                    if let Some(response) = shaker.handle_request(request).unwrap() {
                        let made = EisRequestConverter::new(&context, response, 1);
                        let pointer = DeviceCapability::PointerAbsolute | DeviceCapability::Button;
                        let _ = made.handle().add_seat(Some("seat"), pointer | DeviceCapability::Keyboard);
                        converter = Some(made);
                    }
                }
                Some(converter) => converter.handle_request(request).unwrap(),
            }
        }
        while let Some(request) = converter.as_mut().and_then(EisRequestConverter::next_request) {
            heard(request, told);
        }
        let _ = context.flush();
    }
}

fn heard(request: EisRequest, told: &Sender<(u32, bool)>) {
    let virt = eis::device::DeviceType::Virtual;
    match request {
        EisRequest::Bind(bind) => {
            let pointer = DeviceCapability::PointerAbsolute | DeviceCapability::Button;
            let region = |device: &request::Device| device.device().region(0, 0, 100, 100, 1.0);
            bind.seat.add_device(Some("pointer"), virt, pointer, region);
            bind.seat.add_device(Some("keyboard"), virt, DeviceCapability::Keyboard.into(), |_| {});
        }
        EisRequest::Ready(ready) => ready.device.resumed(),
        EisRequest::Button(button) => told.send((button.button, button.state == ButtonState::Press)).unwrap(),
        EisRequest::KeyboardKey(key) => told.send((key.key, key.state == KeyState::Press)).unwrap(),
        _ => {}
    }
}

/// The devices of such a server, and what it hears.
fn devices() -> (Devices, Receiver<(u32, bool)>) {
    let (ours, theirs) = UnixStream::pair().unwrap();
    let (told, heard) = channel();
    std::thread::spawn(move || serve(theirs, &told));
    let (_asker, stop) = UnixStream::pair().unwrap();
    stop.set_nonblocking(true).unwrap();
    let Ok(devices) = Devices::open(ours.into(), (true, true), &stop) else { panic!("no devices") };
    (devices, heard)
}

#[test]
fn what_is_held_is_let_go_when_the_devices_go() {
    let (mut devices, heard) = devices();
    for code in [42, 30, 31] {
        devices.key(Stroke { code, down: true }).unwrap();
    }
    devices.key(Stroke { code: 30, down: false }).unwrap();
    devices.point(&layout(), &Spot { output: "A".into(), x: 1, y: 1 }).unwrap();
    devices.button(Button::Left, true).unwrap();
    drop(devices);
    // Until the server has ended.
    let heard: Vec<_> = heard.iter().collect();
    let left = u32::from(code_of(Button::Left));
    let pressed = [(42, true), (30, true), (31, true), (30, false), (left, true)];
    assert_eq!(heard, [&pressed[..], &[(left, false), (31, false), (42, false)]].concat());
}

#[test]
fn a_region_is_a_screen_or_all_of_them_and_no_other_rectangle() {
    let area = |x: f64, y: f64, width: f64, height: f64| Area { x, y, width, height };
    let screens = [area(853.4, 0.0, 1280.0, 720.0), area(0.0, 0.0, 2133.4, 720.0)];
    for region in [area(853.0, 0.0, 1280.0, 720.0), area(854.0, 0.0, 1280.0, 720.0), area(0.0, 0.0, 2134.0, 720.0)] {
        assert!(is_one_of(&region, &screens), "{region:?}");
    }
    for region in [
        area(753.0, 0.0, 1280.0, 720.0),
        area(853.0, 2.0, 1280.0, 720.0),
        area(853.0, 0.0, 2560.0, 1440.0),
        area(853.0, 0.0, 1280.0, 640.0),
        area(0.0, 0.0, 1280.0, 720.0),
    ] {
        assert!(!is_one_of(&region, &screens), "{region:?}");
    }
}
