//! An input server of the kind that GNOME and Plasma have, which remembers what it is sent.

use std::io::Write;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex};

use nerva::model::Layout;
use reis::PendingRequestResult;
use reis::eis::{self, button::ButtonState, device::DeviceType, keyboard::KeyState};
use reis::handshake::EisHandshaker;
use reis::request::{Device, DeviceCapability, EisRequest, EisRequestConverter};
use rustix::event::{PollFd, PollFlags, poll};
use xkbcommon::xkb;

/// One thing that was sent.
#[derive(Debug, Clone, PartialEq)]
pub enum Sent {
    At(f32, f32),
    Button(u32, bool),
    Wheel(i32, i32),
    Key(u32, bool),
    /// The connection ended.
    End,
}

/// The server.
#[derive(Clone)]
pub struct Server {
    layout: Arc<Mutex<Layout>>,
    keymap: String,
    group: u32,
    sent: Arc<Mutex<Vec<Sent>>>,
}

impl Server {
    /// With a region for each output, and a keyboard with this layout of X's.
    pub fn new(layout: &Layout, keyboard: &str, group: u32) -> Self {
        let context = xkb::Context::new(xkb::CONTEXT_NO_FLAGS);
        let none = Some(String::new());
        let flags = xkb::KEYMAP_COMPILE_NO_FLAGS;
        let keymap = xkb::Keymap::new_from_names(&context, "evdev", "pc105", keyboard, "", none, flags);
        let keymap = keymap.expect("a keymap").get_as_string(xkb::KEYMAP_FORMAT_TEXT_V1);
        Self { layout: Arc::new(Mutex::new(layout.clone())), keymap, group, sent: Arc::default() }
    }

    /// The end that is handed out; the other is served until it ends.
    pub fn socket(&self) -> OwnedFd {
        let (ours, theirs) = UnixStream::pair().expect("a pair");
        let server = self.clone();
        std::thread::spawn(move || server.serve(ours));
        theirs.into()
    }

    /// Whoever connects from now on finds these regions.
    pub fn share(&self, layout: Layout) {
        *self.layout.lock().expect("the regions") = layout;
    }

    /// What was sent since the last time this was asked.
    pub fn take(&self) -> Vec<Sent> {
        std::mem::take(&mut self.sent.lock().expect("what was sent"))
    }

    /// What was sent so far.
    pub fn so_far(&self) -> Vec<Sent> {
        self.sent.lock().expect("what was sent").clone()
    }

    /// The text that keys write with this server's keymap.
    pub fn text(&self, sent: &[Sent]) -> String {
        let context = xkb::Context::new(xkb::CONTEXT_NO_FLAGS);
        let (format, flags) = (xkb::KEYMAP_FORMAT_TEXT_V1, xkb::KEYMAP_COMPILE_NO_FLAGS);
        let keymap = xkb::Keymap::new_from_string(&context, self.keymap.clone(), format, flags).expect("a keymap");
        let mut state = xkb::State::new(&keymap);
        state.update_mask(0, 0, 0, 0, 0, self.group);
        let mut text = String::new();
        for each in sent {
            let Sent::Key(code, down) = each else { continue };
            let key = (code + 8).into();
            if *down {
                text.push_str(&state.key_get_utf8(key));
            }
            state.update_key(key, if *down { xkb::KeyDirection::Down } else { xkb::KeyDirection::Up });
        }
        text
    }

    fn say(&self, sent: Sent) {
        self.sent.lock().expect("what was sent").push(sent);
    }

    fn serve(&self, socket: UnixStream) {
        let context = eis::Context::new(socket).expect("a connection");
        let mut shaker = EisHandshaker::new(&context, 1);
        let mut converter = None;
        loop {
            let fd = context.as_fd();
            let _ = poll(&mut [PollFd::new(&fd, PollFlags::IN)], None);
            if context.read().is_err() {
                break;
            }
            while let Some(PendingRequestResult::Request(request)) = context.pending_request() {
                match &mut converter {
                    None => {
                        if let Some(response) = shaker.handle_request(request).expect("a handshake") {
                            let made = EisRequestConverter::new(&context, response, 1);
                            let all = DeviceCapability::PointerAbsolute
                                | DeviceCapability::Button
                                | DeviceCapability::Scroll
                                | DeviceCapability::Keyboard;
                            let _ = made.handle().add_seat(Some("seat"), all);
                            converter = Some(made);
                        }
                    }
                    Some(converter) => converter.handle_request(request).expect("a request"),
                }
            }
            if let Some(converter) = &mut converter {
                while let Some(request) = converter.next_request() {
                    self.request(request);
                }
            }
            let _ = context.flush();
        }
        self.say(Sent::End);
    }

    fn request(&self, request: EisRequest) {
        match request {
            EisRequest::Bind(bind) => {
                let pointing = DeviceCapability::PointerAbsolute | DeviceCapability::Button | DeviceCapability::Scroll;
                let describe = |device: &Device| {
                    for output in &self.layout.lock().expect("the regions").outputs {
                        let area = output.area;
                        let size = (area.width.ceil() as u32, area.height.ceil() as u32);
                        device.device().region(area.x as u32, area.y as u32, size.0, size.1, output.scale() as f32);
                    }
                };
                bind.seat.add_device(Some("pointer"), DeviceType::Virtual, pointing, describe);
                let describe = |device: &Device| {
                    let mut file = tempfile::tempfile().expect("a file");
                    file.write_all(self.keymap.as_bytes()).and_then(|()| file.write_all(&[0])).expect("the keymap");
                    let keyboard: eis::Keyboard = device.interface().expect("a keyboard");
                    let size = self.keymap.len() as u32 + 1;
                    keyboard.keymap(eis::keyboard::KeymapType::Xkb, size, file.as_fd());
                };
                let keys = DeviceCapability::Keyboard.into();
                let device = bind.seat.add_device(Some("keyboard"), DeviceType::Virtual, keys, describe);
                let keyboard: eis::Keyboard = device.interface().expect("a keyboard");
                keyboard.modifiers(1, 0, 0, 0, self.group);
            }
            EisRequest::Ready(ready) => ready.device.resumed(),
            EisRequest::PointerMotionAbsolute(moved) => {
                self.say(Sent::At(moved.dx_absolute, moved.dy_absolute));
            }
            EisRequest::Button(button) => self.say(Sent::Button(button.button, button.state == ButtonState::Press)),
            EisRequest::ScrollDiscrete(turned) => self.say(Sent::Wheel(turned.discrete_dx, turned.discrete_dy)),
            EisRequest::KeyboardKey(key) => self.say(Sent::Key(key.key, key.state == KeyState::Press)),
            _ => {}
        }
    }
}
