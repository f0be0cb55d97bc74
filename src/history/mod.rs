//! Conversations in SQLite, written as they stream, with full-text search.
