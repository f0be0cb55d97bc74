//! Nerva's own glyphs, built in.

macro_rules! glyphs {
    ($($name:literal),* $(,)?) => {
        /// The glyph of this name as SVG, a file of `assets/glyphs`; an unknown name is Nerva's mark.
        pub fn glyph(name: &str) -> &'static [u8] {
            match name {
                $($name => include_bytes!(concat!("../../../assets/glyphs/", $name, ".svg")),)*
                _ => include_bytes!("../../../assets/glyphs/nerva.svg"),
            }
        }

        #[cfg(test)]
        const NAMES: &[&str] = &[$($name),*];
    };
}

glyphs![
    "app",
    "ask",
    "calculator",
    "check",
    "chevron-down",
    "chevron-right",
    "close",
    "copy",
    "edit",
    "error",
    "history",
    "info",
    "model",
    "new-chat",
    "pause",
    "quit",
    "retry",
    "search",
    "settings",
    "stop",
    "summary",
    "text",
    "thinking",
    "tool",
    "translate",
    "trash",
    "warning",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_glyph_in_the_folder_is_built_in() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/glyphs");
        for file in std::fs::read_dir(folder).expect("the folder") {
            let file = file.expect("an entry").path();
            let name = file.file_stem().and_then(|name| name.to_str()).expect("a name").to_owned();
            assert!(name == "nerva" || NAMES.contains(&name.as_str()), "{name} is not listed");
        }
    }
}
