//! The outside world: one folder or file per need, one file per way of meeting it.

pub mod launch;
