//! The shared vocabulary: plain data that every other module may name. No I/O, depends on nothing of Nerva.

mod action;
mod availability;
mod bus_call;
mod capture;
mod closer;
mod command;
mod consent;
mod conversation;
mod deed;
mod delta;
mod envelope;
mod fault;
mod given;
pub mod hiding;
mod hit;
mod ids;
pub mod input;
mod journal;
mod launch;
mod layout;
mod live;
mod look;
mod outside;
mod plan;
mod plugin;
mod printed;
mod record;
mod request;
mod rule;
mod save;
mod screen;
mod secret;
pub mod space;
mod status;
mod text;
mod trail;
mod undo;
mod unit;
mod verbs;
mod view;
mod window;
mod work;

pub use action::{Action, Digest, Manager, Risk, UnitVerb};
pub use availability::{Availability, Backend, Need};
pub use bus_call::{BusCall, BusPattern};
pub use capture::{CaptureTo, Frame, PixelRect, Pixels, Seen, Shot, Source, THUMBNAIL, Target, What};
pub use closer::{ENLARGED, Enlarged, Reading};
pub use command::{Ask, Command, Export, Reply, SessionQuery, WaitFor};
pub use consent::{
    Answer, CallId, Card, CardPart, Consent, ConsentId, DiffLine, Fate, Grant, Nearby, Piece, Prepared, Shown,
    SingleCommand,
};
pub use conversation::{
    Conversation, Message, MessageState, Part, Role, StopReason, Summary, Tokens, ToolCall, Usage, newest_call,
};
pub use deed::Deed;
pub use delta::Delta;
pub use envelope::{AskEvent, Commands, Envelope, ReplyTo};
pub use fault::{Fault, FaultKind, Remedy};
pub use given::{
    Given, Handout, Hover, Hovered, Insertion, LARGEST_DOCUMENT, LARGEST_PICTURE, LONGEST_TEXT, MOST_FILES, Picked,
    file_name,
};
pub use hit::{Hit, HitAction, HitKind, Icon, Query, Run};
pub use ids::{ConversationId, HitId, MessageId, ModelRef, NoticeId, RequestId, Timestamp};
pub use input::{Button, Chord, Inputs, Key, Modifier, Named, Spot, Step};
pub use journal::JournalQuery;
pub use launch::{Activate, LaunchSpec};
pub use layout::{Area, Fingerprint, Layout, Output, Transform};
pub use live::{
    ASSUMED_HEIGHT, LIVE_RATES, Live, LiveFrame, LiveStatus, Masks, Moment, SHADOW_REACH, Veil, Watched,
    greatest_height,
};
pub use look::{Look, Metrics, Palette, Rgba, Scheme, Syntax};
pub use outside::Outside;
pub use plan::{Plan, PlanState, PlanStep, Planned};
pub use plugin::PluginCall;
pub use printed::{Printed, unsteered};
pub use record::{Ended, Happened, Record};
pub use request::{Image, ImageError, MediaType, Prompt, Request, ToolSpec};
pub use rule::{Remembered, Rule, origin};
pub use save::Save;
pub use screen::{Aim, Crop, InputAction, Places, Scope, ScreenAction};
pub use secret::Secret;
pub use status::{Activity, Asked, Status};
pub use text::Text;
pub use trail::{Trace, TraceOutcome, Trail};
pub use undo::{ToolState, UndoQuery, UndoState, Undoable, Undoing};
pub use verbs::{Bus, Destination, MediaVerb, NixKind, PowerVerb, Priority};
pub use view::{ModelChoice, ModelState, Notice, Overlay, Results, Screen, Severity, View};
pub use window::Window;
pub use work::Work;
