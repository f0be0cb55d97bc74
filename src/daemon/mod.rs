//! Where things are wired and awaited.
