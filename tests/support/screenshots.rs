//! The Screenshot portal of a test, which asks nobody: its pictures show what a compositor of the test shows.

use std::collections::HashMap;
use std::path::PathBuf;

use nerva::model::Target;
use nerva::platform::capture::Capturer;
use zbus::Connection;
use zbus::message::Header;
use zbus::zvariant::OwnedObjectPath;

use super::capture::{capturer, take};
use super::desktop::Desktop;
use super::headless::portal::{Options, PATH, respond};

/// The portal.
pub struct Screenshots {
    capturer: Capturer,
    folder: PathBuf,
    taken: u32,
}

impl Screenshots {
    /// The portal on this bus, with pictures of this desktop, for as long as the connection lives and once it has the
    /// portal's name.
    pub async fn serve(bus: &Connection, desktop: &Desktop) {
        let portal = Self { capturer: capturer(desktop), folder: desktop.folder().to_owned(), taken: 0 };
        bus.object_server().at(PATH, portal).await.expect("the portal");
    }
}

#[zbus::interface(name = "org.freedesktop.portal.Screenshot")]
impl Screenshots {
    async fn screenshot(
        &mut self,
        _parent: String,
        options: Options,
        #[zbus(header)] header: Header<'_>,
        #[zbus(connection)] connection: &Connection,
    ) -> OwnedObjectPath {
        self.taken += 1;
        let file = self.folder.join(format!("portal-{}.png", self.taken));
        let pixels = take(&self.capturer, Target::Screen { output: None }).await.pixels;
        let picture = image::RgbaImage::from_raw(pixels.width, pixels.height, pixels.rgba.to_vec());
        picture.expect("a picture").save(&file).expect("its file");
        let uri = format!("file://{}", file.display());
        respond(connection, &header, &options, Some(0), HashMap::from([("uri", uri.into())])).await
    }

    #[zbus(property, name = "version")]
    fn version(&self) -> u32 {
        2
    }
}
