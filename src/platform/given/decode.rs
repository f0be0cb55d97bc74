//! What the bytes of an offer are: files, a picture, words.

use std::sync::Arc;

use super::types::Kind;
use super::{Way, html, portal, uris};
use crate::model::{Fault, Given, Image, MOST_FILES};

/// Makes of bytes of this kind what was given.
pub async fn decode(kind: Kind, bytes: Vec<u8>, way: Way) -> Result<Vec<Given>, Fault> {
    match kind {
        Kind::Transfer => transfer(&bytes, way).await,
        Kind::Addresses => uris::read(&bytes, way),
        Kind::Text => Ok(words(&String::from_utf8_lossy(&bytes), way)?),
        Kind::Html => Ok(words(&html::text(&bytes), way)?),
        Kind::Picture => {
            let image = tokio::task::spawn_blocking(move || picture(bytes, way));
            let image = image.await.map_err(|error| way.fault("can't be read", format!("{error}.")))??;
            Ok(vec![Given::Picture { name: way.picture().to_owned(), image: Arc::new(image), seen: None }])
        }
    }
}

async fn transfer(key: &[u8], way: Way) -> Result<Vec<Given>, Fault> {
    let key = String::from_utf8_lossy(key);
    let files = portal::retrieve(key.trim_end_matches('\0').trim()).await.map_err(|why| {
        way.fault(
            "can't be had from the portal",
            format!("{why}. Save it as a file and drop the file from its folder."),
        )
    })?;
    match files.len() {
        0 => Err(way.fault("is an empty list", "The portal named no file. Drop the file itself.")),
        count if count > MOST_FILES => Err(way.fault(
            &format!("is {count} files"),
            format!("At most {MOST_FILES} files are taken at once. Choose fewer."),
        )),
        _ => Ok(files.into_iter().map(|path| Given::File { path }).collect()),
    }
}

fn words(text: &str, way: Way) -> Result<Vec<Given>, Fault> {
    let text = text.trim_end_matches('\0').trim_matches(['\r', '\n']);
    if text.trim().is_empty() {
        return Err(way.fault("is empty", "There are no words in it. Select some text and try again."));
    }
    let link = text.starts_with("https://") || text.starts_with("http://");
    let one = !text.contains(char::is_whitespace);
    Ok(vec![if link && one { Given::Link { url: text.to_owned() } } else { Given::Text { text: text.to_owned() } }])
}

/// Reads the whole picture, so that half a picture is found out here and not by who is asked about it.
pub fn picture(bytes: Vec<u8>, way: Way) -> Result<Image, Fault> {
    let damaged = |why: String| {
        way.fault(
            "is not a whole picture",
            format!(
                "{why}. The other program may have ended while it sent it. Try it again with a PNG, JPEG, WebP or GIF."
            ),
        )
    };
    let image = Image::from_encoded(bytes).map_err(|error| damaged(error.to_string()))?;
    image::load_from_memory(&image.bytes).map_err(|error| damaged(error.to_string()))?;
    Ok(image)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png() -> Vec<u8> {
        let mut bytes = Vec::new();
        let pixels = image::RgbImage::from_fn(64, 48, |x, y| image::Rgb([x as u8 * 4, y as u8 * 5, 90]));
        pixels.write_to(&mut std::io::Cursor::new(&mut bytes), image::ImageFormat::Png).unwrap();
        bytes
    }

    #[tokio::test]
    async fn a_picture_is_taken_whole_or_not_at_all() {
        let bytes = png();
        let given = decode(Kind::Picture, bytes.clone(), Way::Drop).await.unwrap();
        let [Given::Picture { image, .. }] = given.as_slice() else { panic!("{given:?}") };
        assert_eq!((&image.bytes, image.width, image.height), (&bytes, 64, 48));
        let half = bytes[..bytes.len() / 2].to_vec();
        let fault = decode(Kind::Picture, half, Way::Drop).await.unwrap_err();
        assert!(fault.title.contains("not a whole picture"), "{fault}");
        assert!(decode(Kind::Picture, b"no picture".to_vec(), Way::Clipboard).await.is_err());
    }

    #[tokio::test]
    async fn words_are_words_and_addresses_are_links() {
        for (kind, bytes, expected) in [
            (Kind::Text, "two\nlines\n", Given::Text { text: "two\nlines".into() }),
            (Kind::Text, "https://example.org/x", Given::Link { url: "https://example.org/x".into() }),
            (Kind::Text, "https://example.org/ is it", Given::Text { text: "https://example.org/ is it".into() }),
            (Kind::Html, "<b>bold</b>", Given::Text { text: "bold".into() }),
        ] {
            let given = decode(kind, bytes.as_bytes().to_vec(), Way::Drop).await.unwrap();
            assert_eq!(given, [expected], "{bytes}");
        }
        assert!(decode(Kind::Text, b" \n".to_vec(), Way::Drop).await.is_err());
    }
}
