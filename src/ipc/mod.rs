//! The D-Bus contract, both ends.
