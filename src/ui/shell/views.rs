//! The core's views as a subscription.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use futures::StreamExt as _;
use tokio::sync::watch;

use super::message::Message;
use crate::model::View;

/// Where the views come from; there is only one such place.
#[derive(Clone)]
pub struct Views(pub watch::Receiver<Arc<View>>);

impl Hash for Views {
    fn hash<H: Hasher>(&self, state: &mut H) {
        "views".hash(state);
    }
}

impl Views {
    /// Each view as it comes, then [`Message::Ended`].
    pub fn stream(&self) -> impl futures::Stream<Item = Message> + use<> {
        let views = futures::stream::unfold(self.0.clone(), |mut views| async move {
            views.changed().await.ok()?;
            let view = Arc::clone(&views.borrow_and_update());
            Some((Message::View(view), views))
        });
        views.chain(futures::stream::iter([Message::Ended]))
    }
}
