//! The size at which the compositor shows a surface's buffers.

use std::any::Any;
use std::sync::Arc;

use exwlshellev::WindowWrapper;
use exwlshellev::reexport::wp_viewport::WpViewport;
use iced::Size;

/// The viewport of a surface.
#[derive(Debug)]
pub struct Destination(WpViewport);

impl Destination {
    /// That of a window of the shell crate; `None` of any other, and where the compositor has no viewports.
    pub fn of(window: &dyn Any) -> Option<Self> {
        let shared = || window.downcast_ref::<Arc<WindowWrapper>>().map(AsRef::as_ref);
        let window = window.downcast_ref::<WindowWrapper>().or_else(shared)?;
        window.viewport.clone().map(Self)
    }

    /// With its next buffer the surface has this size, in logical pixels.
    pub fn set(&self, size: Size<u32>) {
        if let (Ok(width @ 1..), Ok(height @ 1..)) = (i32::try_from(size.width), i32::try_from(size.height)) {
            self.0.set_destination(width, height);
        }
    }
}
