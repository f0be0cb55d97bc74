//! One conversation in random orders of events: what the machine decides, what the history keeps, what a kill leaves.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod history;
mod kept;
mod kill;
mod limit;
mod machine;
mod run;
mod tools;
