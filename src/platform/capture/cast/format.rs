//! What is said to PipeWire: the formats of pixels that are read here, the memory they may be in, what else is wanted.

use std::io::Cursor;

use pipewire::spa;
use spa::buffer::DataType;
use spa::param::ParamType;
use spa::param::format::{FormatProperties, MediaSubtype, MediaType};
use spa::param::video::{VideoFormat, VideoInfoRaw};
use spa::pod::serialize::PodSerializer;
use spa::pod::{ChoiceValue, Object, Pod, Property, PropertyFlags, Value};
use spa::utils::{Choice, ChoiceEnum, ChoiceFlags, Fraction, Id, Rectangle, SpaTypes};
use wayland_client::protocol::wl_shm::Format;

/// PipeWire names the bytes as they lie, Wayland the words that they make. Best first.
const FORMATS: [(VideoFormat, Format); 14] = [
    (VideoFormat::BGRx, Format::Xrgb8888),
    (VideoFormat::RGBx, Format::Xbgr8888),
    (VideoFormat::BGRA, Format::Argb8888),
    (VideoFormat::RGBA, Format::Abgr8888),
    (VideoFormat::xRGB, Format::Bgrx8888),
    (VideoFormat::xBGR, Format::Rgbx8888),
    (VideoFormat::ARGB, Format::Bgra8888),
    (VideoFormat::ABGR, Format::Rgba8888),
    (VideoFormat::xRGB_210LE, Format::Xrgb2101010),
    (VideoFormat::xBGR_210LE, Format::Xbgr2101010),
    (VideoFormat::ARGB_210LE, Format::Argb2101010),
    (VideoFormat::ABGR_210LE, Format::Abgr2101010),
    (VideoFormat::RGB, Format::Bgr888),
    (VideoFormat::BGR, Format::Rgb888),
];

/// The layout of a card's memory that is like that of shared memory: one row after the other.
const LINEAR: i64 = 0;

/// Pixels a side that are taken.
const LARGEST: u32 = 32_768;

/// What the producer has chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Agreed {
    /// Order and size of the colours.
    pub format: Format,
    /// Pixels in a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Whether frames are in the memory of a graphics card.
    pub on_card: bool,
}

impl Agreed {
    /// Reads it; the error is what was chosen instead.
    pub fn read(param: &Pod) -> Result<Self, String> {
        let mut info = VideoInfoRaw::new();
        info.parse(param).map_err(|_| "something that is no video".to_owned())?;
        let known = FORMATS.iter().find(|(spa, _)| *spa == info.format());
        let (_, format) = known.ok_or_else(|| format!("{:?}", info.format()))?;
        let size = info.size();
        if !(1..=LARGEST).contains(&size.width) || !(1..=LARGEST).contains(&size.height) {
            return Err(format!("{} x {} pixels", size.width, size.height));
        }
        let modifier = param
            .as_object()
            .is_ok_and(|object| object.find_prop(Id(FormatProperties::VideoModifier.as_raw())).is_some());
        Ok(Self { format: *format, width: size.width, height: size.height, on_card: modifier })
    }
}

/// The formats that are taken, at most `rate` frames a second, best first; the best that the producer has is agreed on.
/// A card's memory comes second, and only where rows lie as in shared memory: reading it is slower than having the
/// compositor copy it, and fails where the card is another one.
pub fn offers(rate: f64) -> Vec<Vec<u8>> {
    vec![offer(&FORMATS, None, rate), offer(&FORMATS[..4], Some(LINEAR), rate)]
}

fn offer(formats: &[(VideoFormat, Format)], modifier: Option<i64>, rate: f64) -> Vec<u8> {
    let id = |key: FormatProperties, value: u32| Property::new(key.as_raw(), Value::Id(Id(value)));
    let ids: Vec<Id> = formats.iter().map(|(spa, _)| Id(spa.as_raw())).collect();
    let fraction = |num| Fraction { num, denom: 1 };
    // A whole number, because some producers have no slower rate than one a second.
    let most = rate.ceil().clamp(1.0, 1000.0) as u32;
    let square = |side| Rectangle { width: side, height: side };
    let range = |default, min, max| ChoiceEnum::Range { default, min, max };
    let mut properties = vec![
        id(FormatProperties::MediaType, MediaType::Video.as_raw()),
        id(FormatProperties::MediaSubtype, MediaSubtype::Raw.as_raw()),
        Property::new(
            FormatProperties::VideoFormat.as_raw(),
            Value::Choice(ChoiceValue::Id(chosen(ChoiceEnum::Enum { default: ids[0], alternatives: ids }))),
        ),
        Property::new(
            FormatProperties::VideoSize.as_raw(),
            Value::Choice(ChoiceValue::Rectangle(chosen(ChoiceEnum::Range {
                default: Rectangle { width: 1920, height: 1080 },
                min: square(1),
                max: square(LARGEST),
            }))),
        ),
        // Nothing, which means: when something changes. Others have a rate of their own.
        Property::new(
            FormatProperties::VideoFramerate.as_raw(),
            Value::Choice(ChoiceValue::Fraction(chosen(range(fraction(0), fraction(0), fraction(1000))))),
        ),
        Property::new(
            FormatProperties::VideoMaxFramerate.as_raw(),
            Value::Choice(ChoiceValue::Fraction(chosen(range(fraction(most), fraction(1), fraction(most))))),
        ),
    ];
    if let Some(modifier) = modifier {
        properties.push(Property {
            key: FormatProperties::VideoModifier.as_raw(),
            flags: PropertyFlags::MANDATORY,
            value: Value::Long(modifier),
        });
    }
    bytes(SpaTypes::ObjectParamFormat, ParamType::EnumFormat, properties)
}

/// The memory that frames may be in, and what is wanted to be known of each.
pub fn wanted(on_card: bool) -> Vec<Vec<u8>> {
    let kinds = [Some(DataType::MemFd), Some(DataType::MemPtr), on_card.then_some(DataType::DmaBuf)];
    let mask = kinds.into_iter().flatten().fold(0, |mask, kind| mask | 1 << kind.as_raw());
    let kinds = ChoiceEnum::Flags { default: mask, flags: Vec::new() };
    let memory = bytes(
        SpaTypes::ObjectParamBuffers,
        ParamType::Buffers,
        vec![Property::new(spa::sys::SPA_PARAM_BUFFERS_dataType, Value::Choice(ChoiceValue::Int(chosen(kinds))))],
    );
    let meta = |kind: u32, size: usize| {
        bytes(
            SpaTypes::ObjectParamMeta,
            ParamType::Meta,
            vec![
                Property::new(spa::sys::SPA_PARAM_META_type, Value::Id(Id(kind))),
                Property::new(spa::sys::SPA_PARAM_META_size, Value::Int(size as i32)),
            ],
        )
    };
    vec![
        memory,
        meta(spa::sys::SPA_META_Header, size_of::<spa::sys::spa_meta_header>()),
        meta(spa::sys::SPA_META_VideoCrop, size_of::<spa::sys::spa_meta_region>()),
        meta(spa::sys::SPA_META_VideoTransform, size_of::<spa::sys::spa_meta_videotransform>()),
    ]
}

fn chosen<T: spa::pod::CanonicalFixedSizedPod>(choice: ChoiceEnum<T>) -> Choice<T> {
    Choice(ChoiceFlags::empty(), choice)
}

fn bytes(kind: SpaTypes, id: ParamType, properties: Vec<Property>) -> Vec<u8> {
    let object = Value::Object(Object { type_: kind.as_raw(), id: id.as_raw(), properties });
    // Writing into memory can't fail.
    PodSerializer::serialize(Cursor::new(Vec::new()), &object).map(|(done, _)| done.into_inner()).unwrap_or_default()
}

/// The bytes as PipeWire takes them.
pub fn pods(params: &[Vec<u8>]) -> Vec<&Pod> {
    params.iter().filter_map(|bytes| Pod::from_bytes(bytes)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A format as a producer chooses it.
    fn format(video: VideoFormat, size: (u32, u32), modifier: Option<i64>) -> Vec<u8> {
        let size = Rectangle { width: size.0, height: size.1 };
        let mut properties = vec![
            Property::new(FormatProperties::MediaType.as_raw(), Value::Id(Id(MediaType::Video.as_raw()))),
            Property::new(FormatProperties::MediaSubtype.as_raw(), Value::Id(Id(MediaSubtype::Raw.as_raw()))),
            Property::new(FormatProperties::VideoFormat.as_raw(), Value::Id(Id(video.as_raw()))),
            Property::new(FormatProperties::VideoSize.as_raw(), Value::Rectangle(size)),
        ];
        let key = FormatProperties::VideoModifier.as_raw();
        properties.extend(modifier.map(|modifier| Property::new(key, Value::Long(modifier))));
        bytes(SpaTypes::ObjectParamFormat, ParamType::Format, properties)
    }

    #[test]
    fn what_was_chosen_is_read() {
        let read = |bytes: &[u8]| Agreed::read(Pod::from_bytes(bytes).unwrap());
        for (video, wayland) in FORMATS {
            let agreed = Agreed { format: wayland, width: 64, height: 48, on_card: false };
            assert_eq!(read(&format(video, (64, 48), None)), Ok(agreed));
            assert_eq!(read(&format(video, (64, 48), Some(LINEAR))), Ok(Agreed { on_card: true, ..agreed }));
        }
        assert!(read(&format(VideoFormat::NV12, (64, 48), None)).unwrap_err().contains("NV12"));
        assert!(read(&format(VideoFormat::BGRx, (0, 48), None)).is_err());
    }

    #[test]
    fn everything_that_is_said_is_well_formed() {
        assert_eq!(pods(&offers(0.2)).len(), 2);
        assert_eq!(pods(&offers(5000.0)).len(), 2);
        assert_eq!(pods(&wanted(true)).len(), 4);
    }
}
