//! A real PipeWire with a session manager, and a stream in it as a compositor makes one for what is shared.
#![allow(unsafe_code, reason = "whoever gives the memory of frames writes into the library's own structures")]

use std::cell::{Cell, RefCell};
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::rc::Rc;
use std::time::Duration;

use pipewire::channel;
use pipewire::context::ContextBox;
use pipewire::main_loop::MainLoopBox;
use pipewire::properties::properties;
use pipewire::spa;
use pipewire::stream::{Stream, StreamBox, StreamFlags, StreamState};
use spa::buffer::DataType;
use spa::param::ParamType;
use spa::param::format::{FormatProperties, MediaSubtype, MediaType};
use spa::param::video::{VideoFormat, VideoInfoRaw};
use spa::pod::serialize::PodSerializer;
use spa::pod::{Object, Pod, Property, PropertyFlags, Value};
use spa::utils::{Direction, Fraction, Id, Rectangle, SpaTypes};

use super::nerva::Bus;

/// PipeWire and WirePlumber in the folders of a bus.
pub struct PipeWire {
    socket: PathBuf,
    programs: Vec<Child>,
}

impl PipeWire {
    pub fn start(bus: &Bus) -> Self {
        let socket = bus.folder().join("run/pipewire-0");
        let run = |program: &str| {
            // It ends with this test, however that ends.
            let mut command = bus.command("setpriv");
            command.args(["--pdeathsig", "KILL", "--", program]);
            command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap_or_else(|_| panic!("{program}"))
        };
        let mut started = Self { programs: vec![run("pipewire")], socket };
        bus.wait_for_file(&started.socket);
        started.programs.insert(0, run("wireplumber"));
        started
    }

    pub fn socket(&self) -> &Path {
        &self.socket
    }
}

impl Drop for PipeWire {
    fn drop(&mut self) {
        for program in &mut self.programs {
            // It may have ended already.
            let _ = program.kill();
            let _ = program.wait();
        }
    }
}

/// How the memory of a frame is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Memory {
    /// Shared memory of PipeWire's own.
    Shared,
    /// A card's, as far as a machine without one has it: linear memory that has to be mapped.
    Card,
    /// The same, but it can't be mapped.
    Unmapped,
}

/// What is played.
#[derive(Debug, Clone, Copy)]
pub struct Play {
    pub format: VideoFormat,
    pub size: (u32, u32),
    /// Bytes between the end of a row and the next.
    pub padding: u32,
    pub memory: Memory,
    /// The part that is meant, and how the buffer was turned.
    pub crop: Option<(u32, u32, u32, u32)>,
    pub transform: u32,
    /// Whether any frame is sent.
    pub sends: bool,
}

impl Default for Play {
    fn default() -> Self {
        Self {
            format: VideoFormat::BGRx,
            size: (320, 200),
            padding: 0,
            memory: Memory::Shared,
            crop: None,
            transform: 0,
            sends: true,
        }
    }
}

/// The pixel of a frame as it is seen: every one tells its place, and the frame's number.
pub fn colour(x: u32, y: u32, frame: u8) -> [u8; 3] {
    [x as u8, y as u8, frame]
}

/// A stream that plays until this is dropped.
pub struct Producer {
    pub node: u32,
    end: channel::Sender<()>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Producer {
    pub fn start(pipewire: &PipeWire, play: Play) -> Self {
        let (end, ended) = channel::channel();
        let (told, node) = std::sync::mpsc::channel();
        let socket = pipewire.socket().to_owned();
        let thread = std::thread::spawn(move || run(&socket, play, &told, ended));
        Self { node: node.recv_timeout(Duration::from_secs(60)).expect("a node"), end, thread: Some(thread) }
    }
}

impl Drop for Producer {
    fn drop(&mut self) {
        let _ = self.end.send(());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn run(socket: &Path, play: Play, told: &std::sync::mpsc::Sender<u32>, ended: channel::Receiver<()>) {
    pipewire::init();
    let main = MainLoopBox::new(None).expect("a loop");
    // SAFETY: left at the end. Outside of it the library's own thread would call back.
    unsafe { main.loop_().enter() };
    let context = ContextBox::new(main.loop_(), None).expect("a context");
    let remote = OwnedFd::from(std::os::unix::net::UnixStream::connect(socket).expect("PipeWire"));
    let core = context.connect_fd(remote, None).expect("a connection");
    let named = properties! { *pipewire::keys::MEDIA_CLASS => "Video/Source", *pipewire::keys::NODE_NAME => "screen" };
    let stream = StreamBox::new(&core, "screen", named).expect("a stream");
    let over = Rc::new(Cell::new(false));
    let running = Rc::new(Cell::new(false));
    let (ends, runs) = (Rc::clone(&over), Rc::clone(&running));
    let _ended = ended.attach(main.loop_(), move |()| ends.set(true));
    let told = told.clone();
    let frame = Rc::new(Cell::new(0_u8));
    let held: Rc<RefCell<Vec<OwnedFd>>> = Rc::default();
    let listener = stream
        .add_local_listener::<()>()
        .state_changed(move |stream, (), _, new| {
            runs.set(new == StreamState::Streaming);
            if new == StreamState::Paused {
                // Told again and again; the first counts.
                let _ = told.send(stream.node_id());
            }
        })
        .param_changed(move |stream, (), id, param| {
            if let (Some(param), true) = (param, id == ParamType::Format.as_raw()) {
                let mut info = VideoInfoRaw::new();
                info.parse(param).expect("a format");
                let params = buffers(play);
                stream.update_params(&mut pods(&params)).expect("parameters");
            }
        })
        .add_buffer(move |_, (), buffer| {
            if play.memory != Memory::Shared {
                held.borrow_mut().push(give(play, buffer));
            }
        })
        .process(move |stream, ()| {
            frame.set(frame.get().wrapping_add(1));
            fill(stream, play, frame.get());
        })
        .register()
        .expect("a listener");
    let flags = match play.memory {
        Memory::Shared => StreamFlags::DRIVER | StreamFlags::MAP_BUFFERS,
        Memory::Card | Memory::Unmapped => StreamFlags::DRIVER | StreamFlags::ALLOC_BUFFERS,
    };
    let offer = [offer(play)];
    stream.connect(Direction::Output, None, flags, &mut pods(&offer)).expect("a node");
    while !over.get() {
        // SAFETY: entered above.
        unsafe { main.loop_().iterate_unguarded(pipewire::loop_::Timeout::Finite(Duration::from_millis(10))) };
        if play.sends && running.get() {
            stream.trigger_process().expect("a cycle");
        }
    }
    drop(listener);
    drop(stream);
    // SAFETY: the pair of the call above.
    unsafe { main.loop_().leave() };
}

fn offer(play: Play) -> Vec<u8> {
    let id = |key: FormatProperties, value: u32| Property::new(key.as_raw(), Value::Id(Id(value)));
    let size = Rectangle { width: play.size.0, height: play.size.1 };
    let mut properties = vec![
        id(FormatProperties::MediaType, MediaType::Video.as_raw()),
        id(FormatProperties::MediaSubtype, MediaSubtype::Raw.as_raw()),
        id(FormatProperties::VideoFormat, play.format.as_raw()),
        Property::new(FormatProperties::VideoSize.as_raw(), Value::Rectangle(size)),
        Property::new(FormatProperties::VideoFramerate.as_raw(), Value::Fraction(Fraction { num: 0, denom: 1 })),
    ];
    if play.memory != Memory::Shared {
        let (key, flags) = (FormatProperties::VideoModifier.as_raw(), PropertyFlags::MANDATORY);
        properties.push(Property { key, flags, value: Value::Long(0) });
    }
    bytes(SpaTypes::ObjectParamFormat, ParamType::EnumFormat, properties)
}

fn stride(play: Play) -> u32 {
    play.size.0 * 4 + play.padding
}

fn buffers(play: Play) -> Vec<Vec<u8>> {
    let kind = if play.memory == Memory::Shared { DataType::MemFd } else { DataType::DmaBuf };
    let int = |key, value: u32| Property::new(key, Value::Int(value as i32));
    let meta = |kind: u32, size: usize| {
        let properties = vec![
            Property::new(spa::sys::SPA_PARAM_META_type, Value::Id(Id(kind))),
            int(spa::sys::SPA_PARAM_META_size, size as u32),
        ];
        bytes(SpaTypes::ObjectParamMeta, ParamType::Meta, properties)
    };
    vec![
        bytes(
            SpaTypes::ObjectParamBuffers,
            ParamType::Buffers,
            vec![
                int(spa::sys::SPA_PARAM_BUFFERS_buffers, 4),
                int(spa::sys::SPA_PARAM_BUFFERS_blocks, 1),
                int(spa::sys::SPA_PARAM_BUFFERS_size, stride(play) * play.size.1),
                int(spa::sys::SPA_PARAM_BUFFERS_stride, stride(play)),
                int(spa::sys::SPA_PARAM_BUFFERS_dataType, 1 << kind.as_raw()),
            ],
        ),
        meta(spa::sys::SPA_META_VideoCrop, size_of::<spa::sys::spa_meta_region>()),
        meta(spa::sys::SPA_META_VideoTransform, size_of::<spa::sys::spa_meta_videotransform>()),
    ]
}

fn bytes(kind: SpaTypes, id: ParamType, properties: Vec<Property>) -> Vec<u8> {
    let object = Value::Object(Object { type_: kind.as_raw(), id: id.as_raw(), properties });
    let written = PodSerializer::serialize(std::io::Cursor::new(Vec::new()), &object).expect("bytes");
    written.0.into_inner()
}

fn pods(params: &[Vec<u8>]) -> Vec<&Pod> {
    params.iter().map(|bytes| Pod::from_bytes(bytes).expect("a pod")).collect()
}

/// Gives a buffer its memory; that it is a card's is only said.
fn give(play: Play, buffer: *mut pipewire::sys::pw_buffer) -> OwnedFd {
    let size = stride(play) * play.size.1;
    let memory: OwnedFd = match play.memory {
        Memory::Unmapped => std::io::pipe().expect("a pipe").0.into(),
        Memory::Shared | Memory::Card => {
            let file = tempfile::tempfile().expect("memory");
            file.set_len(u64::from(size)).expect("memory");
            file.into()
        }
    };
    // SAFETY: the library hands out a buffer of one block, as was asked for, to be filled in.
    unsafe {
        let data = &mut *(*(*buffer).buffer).datas;
        data.type_ = DataType::DmaBuf.as_raw();
        data.fd = i64::from(memory.as_raw_fd());
        data.maxsize = size;
        data.mapoffset = 0;
        data.flags = spa::sys::SPA_DATA_FLAG_READWRITE;
    }
    memory
}

fn fill(stream: &Stream, play: Play, frame: u8) {
    // SAFETY: given back below, and used by nobody else in between.
    let raw = unsafe { stream.dequeue_raw_buffer() };
    if raw.is_null() {
        return;
    }
    let (width, height) = play.size;
    let mut rows = vec![0xee; (stride(play) * height) as usize];
    for y in 0..height {
        for x in 0..width {
            let [red, green, blue] = colour(x, y, frame);
            let pixel = match play.format {
                VideoFormat::BGRx | VideoFormat::BGRA => [blue, green, red, 255],
                VideoFormat::RGBx | VideoFormat::RGBA => [red, green, blue, 255],
                _ => [255, red, green, blue],
            };
            let at = (y * stride(play) + x * 4) as usize;
            rows[at..at + 4].copy_from_slice(&pixel);
        }
    }
    // SAFETY: a buffer of the stream with one block of at least this size, and with the metadata that was asked for.
    unsafe {
        let buffer = (*raw).buffer;
        let data = &mut *(*buffer).datas;
        match play.memory {
            Memory::Shared => {
                std::slice::from_raw_parts_mut(data.data.cast::<u8>(), rows.len()).copy_from_slice(&rows);
            }
            Memory::Card => {
                let file = std::os::fd::BorrowedFd::borrow_raw(data.fd as i32);
                rustix::io::pwrite(file, &rows, 0).expect("memory");
            }
            Memory::Unmapped => {}
        }
        let chunk = &mut *data.chunk;
        (chunk.offset, chunk.size, chunk.stride) = (0, rows.len() as u32, stride(play) as i32);
        chunk.flags = 0;
        let find = |kind: u32, size: usize| spa::sys::spa_buffer_find_meta_data(buffer, kind, size);
        let crop = find(spa::sys::SPA_META_VideoCrop, size_of::<spa::sys::spa_meta_region>());
        if let Some(region) = crop.cast::<spa::sys::spa_meta_region>().as_mut() {
            let (x, y, width, height) = play.crop.unwrap_or_default();
            region.region.position = spa::sys::spa_point { x: x as i32, y: y as i32 };
            region.region.size = spa::sys::spa_rectangle { width, height };
        }
        let turned = find(spa::sys::SPA_META_VideoTransform, size_of::<spa::sys::spa_meta_videotransform>());
        if let Some(turned) = turned.cast::<spa::sys::spa_meta_videotransform>().as_mut() {
            turned.transform = play.transform;
        }
        stream.queue_raw_buffer(raw);
    }
}
