//! The text in a piece of HTML, for programs that offer nothing else.

/// Elements that begin a new line.
const BLOCKS: [&str; 14] =
    ["p", "div", "br", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "blockquote", "section"];
/// Elements whose contents are not text.
const SILENT: [&str; 4] = ["script", "style", "head", "title"];

/// Takes the text out; browsers may send UTF-16.
pub fn text(bytes: &[u8]) -> String {
    let source = decoded(bytes);
    let mut text = String::new();
    let mut rest = source.as_str();
    let mut silent: Option<String> = None;
    while let Some(at) = rest.find('<') {
        if silent.is_none() {
            push(&mut text, &rest[..at]);
        }
        rest = &rest[at..];
        if let Some(comment) = rest.strip_prefix("<!--") {
            rest = comment.find("-->").map_or("", |end| &comment[end + 3..]);
            continue;
        }
        let end = rest.find('>').map_or(rest.len(), |end| end + 1);
        let (tag, after) = rest.split_at(end);
        rest = after;
        let closes = tag.starts_with("</");
        let name: String = tag.trim_start_matches(['<', '/']).chars().take_while(char::is_ascii_alphanumeric).collect();
        let name = name.to_ascii_lowercase();
        match &silent {
            Some(begun) if closes && *begun == name => silent = None,
            Some(_) => {}
            None if SILENT.contains(&name.as_str()) && !closes => silent = Some(name),
            None if BLOCKS.contains(&name.as_str()) && !text.is_empty() && !text.ends_with('\n') => {
                text.truncate(text.trim_end_matches(' ').len());
                text.push('\n');
            }
            None => {}
        }
    }
    if silent.is_none() {
        push(&mut text, rest);
    }
    text.trim().to_owned()
}

fn decoded(bytes: &[u8]) -> String {
    let units = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]])).collect();
        String::from_utf16_lossy(&units)
    };
    match bytes {
        [0xff, 0xfe, rest @ ..] => units(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => units(rest, u16::from_be_bytes),
        [first, 0, ..] if first.is_ascii() => units(bytes, u16::from_le_bytes),
        _ => String::from_utf8_lossy(bytes).trim_end_matches('\0').to_owned(),
    }
}

/// Adds words with their runs of white space made one space, and their entities made characters.
fn push(text: &mut String, words: &str) {
    let mut rest = words;
    while let Some(next) = rest.chars().next() {
        let (character, length) = match entity(rest) {
            Some(found) => found,
            None if next.is_whitespace() => (' ', next.len_utf8()),
            None => (next, next.len_utf8()),
        };
        if character != ' ' || !(text.is_empty() || text.ends_with([' ', '\n'])) {
            text.push(character);
        }
        rest = &rest[length..];
    }
}

fn entity(text: &str) -> Option<(char, usize)> {
    let name = text.strip_prefix('&')?;
    let end = name.char_indices().take(12).find(|(_, each)| *each == ';')?.0;
    let name = &name[..end];
    let character = match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => ' ',
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(digits) => u32::from_str_radix(digits, 16),
                None => number.parse(),
            };
            char::from_u32(code.ok()?).filter(|each| *each != '\0')?
        }
    };
    Some((character, end + 2))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_text_is_taken_and_nothing_else() {
        for (html, expected) in [
            ("<p>One <b>two</b></p>\n<p>three</p>", "One two\nthree"),
            ("a &lt;b&gt; &amp; &#65;&#x42; &unknown; &", "a <b> & AB &unknown; &"),
            ("<html><head><title>x</title></head><style>p{}</style><body>y<script>a<b</script></body>", "y"),
            ("<!-- <p>no</p> -->yes<br>again", "yes\nagain"),
            ("cut <off", "cut"),
            ("plain", "plain"),
        ] {
            assert_eq!(text(html.as_bytes()), expected, "{html}");
        }
        let wide: Vec<u8> = "<i>ä</i>".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(text(&wide), "ä");
    }

    proptest! {
        #[test]
        fn no_piece_of_html_is_too_odd(html in "[<>/a&#;! \n-]{0,60}") {
            let _ = text(html.as_bytes());
        }
    }
}
