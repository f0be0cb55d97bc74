//! Pointer and keyboard of this desktop.

use crate::model::{Inputs, Spot};

/// Why steps were not done, or not to their end.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InputError {
    /// Nothing here can move the pointer or press keys.
    #[error("nothing here can use pointer and keyboard; `nerva doctor` says why")]
    NoBackend,
}

/// Does the steps in order.
pub async fn perform(_inputs: &Inputs) -> Result<(), InputError> {
    Err(InputError::NoBackend)
}

/// Where Nerva last put the pointer.
pub fn pointer() -> Option<Spot> {
    None
}
