//! Themes: TOML becomes a resolved look.
