//! What the compositor blurs behind the overlay.

use iced::Rectangle;
use iced::advanced::widget::Operation;
use iced_exwlshell::BlurRegions;
use iced_exwlshell::reexport::BlurRegion;

/// How the card tells the shell where it is.
pub fn announce(translucent: bool) -> fn(Rectangle, &mut dyn Operation) {
    if translucent { card } else { |_, _| {} }
}

/// Where the compositor can blur, it blurs what is under the card, not under its shadow.
fn card(card: Rectangle, operation: &mut dyn Operation) {
    let region = BlurRegion {
        x: card.x as i32,
        y: card.y as i32,
        width: card.width.ceil() as i32,
        height: card.height.ceil() as i32,
    };
    operation.custom(None, card, &mut BlurRegions(vec![region]));
}
