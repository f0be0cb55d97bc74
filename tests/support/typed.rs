//! What is typed under which layout, to tell apart those who type.

/// Layouts of a seat and their variants.
pub const LAYOUTS: [(&str, &str); 6] = [("us", ""), ("de", ""), ("fr", ""), ("ru", ""), ("us", "dvorak"), ("gr", "")];

/// What is typed under each of them.
pub const TEXTS: [(&str, &str); 12] = [
    ("words", "The quick brown fox jumps over the lazy dog 0123456789"),
    ("signs", "{}[]|\\~`^@#$%&*()_+-=\"'<>?/;:!"),
    ("a command", "git commit -m \"fix: it's done\" && echo $HOME > ~/a_b"),
    ("German", "Grüße, Straße! „Zitat“ 5 €"),
    ("French", "Où ça ? Déjà vu — «naïve»"),
    ("Russian", "Съешь ещё этих мягких булок"),
    ("Greek", "Γειά σου Κόσμε; άέήίόύώ ΐ"),
    ("CJK", "漢字とかな交じり文 한국어 中文"),
    ("emoji", "🦀 👩\u{200d}🔬 🇺🇳 ❤️"),
    ("right to left", "שלום مرحبا"),
    ("composed", "é\u{301} a\u{308} ñ"),
    ("doubled", "aabbccAABBCC  ääÄÄ"),
];

/// A layout by one name.
pub fn name(layout: &str, variant: &str) -> String {
    if variant.is_empty() { layout.to_owned() } else { variant.to_owned() }
}
