//! The pictures of the README, taken on the way through what they show. `scripts/screenshots` runs this.

use crate::support::desktop::{Desktop, Plan};
use crate::support::keyboard::{Modifier, key, key_of};
use crate::support::screen::Screen;
use crate::support::servers::Server;

use std::path::Path;
use std::time::Duration;

const SIZE: &str = "output HEADLESS-1 resolution 1920x1200 scale 1.5";

/// On a wallpaper, as on a machine with a GPU.
pub fn with_wallpaper(plan: Plan, light: bool) -> Plan {
    let file = plan.folder().join("wallpaper.png");
    wallpaper(light).save(&file).expect("the wallpaper");
    // Translucent and rounded.
    plan.sway(SIZE).sway(&format!("output * bg {} fill", file.display())).env("ICED_BACKEND", "wgpu,tiny-skia")
}

/// Soft hills of colour under a plain sky.
fn wallpaper(light: bool) -> image::RgbImage {
    let sky = if light { ([236, 240, 250], [250, 226, 214]) } else { ([22, 26, 48], [92, 62, 110]) };
    let hills: [([u8; 3], f32, f32, f32); 4] = if light {
        [
            ([214, 208, 232], 0.55, 0.06, 2.1),
            ([188, 196, 228], 0.66, 0.05, 3.3),
            ([150, 176, 216], 0.77, 0.04, 2.6),
            ([116, 152, 200], 0.88, 0.03, 4.1),
        ]
    } else {
        [
            ([66, 52, 104], 0.55, 0.06, 2.1),
            ([48, 46, 98], 0.66, 0.05, 3.3),
            ([32, 38, 84], 0.77, 0.04, 2.6),
            ([20, 28, 64], 0.88, 0.03, 4.1),
        ]
    };
    // It is soft: drawn small and enlarged it looks the same, in a ninth of the time.
    let (width, height) = (640_u32, 400_u32);
    let small = image::RgbImage::from_fn(width, height, |x, y| {
        let (x, y) = (x as f32 / width as f32, y as f32 / height as f32);
        let mut colour = [0, 1, 2].map(|c| sky.0[c] as f32 + (sky.1[c] as f32 - sky.0[c] as f32) * (y / 0.8).min(1.0));
        for (hill, top, swing, waves) in hills {
            let line = top + swing * (x * waves * 3.0 + top * 20.0).sin() + swing * 0.4 * (x * waves * 7.0).cos();
            // A line of one pixel is soft enough not to look like stairs.
            let cover = ((y - line) * height as f32 + 0.5).clamp(0.0, 1.0);
            for c in 0..3 {
                colour[c] += (f32::from(hill[c]) - colour[c]) * cover;
            }
        }
        image::Rgb(colour.map(|value| value.round() as u8))
    });
    image::imageops::resize(&small, 3 * width, 3 * height, image::imageops::FilterType::CatmullRom)
}

/// Waits until the screen rests, so that no picture shows half an animation, and takes it.
pub fn take(desktop: &Desktop, name: &str) {
    let mut watch: Screen = desktop.screen();
    watch.changes(Duration::from_millis(300), Duration::from_secs(2));
    let file = desktop.picture(name);
    assert!(file.exists(), "{}", file.display());
}

fn beside(names: [&str; 3], to: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/e2e");
    let pictures = names.map(|name| image::open(folder.join(format!("{name}.png"))).expect(name).to_rgb8());
    // The card is 720 logical pixels wide in the middle of 1280: a third of the picture each, cut around its left half.
    let (width, height) = pictures[0].dimensions();
    let mut joined = image::RgbImage::new(width, height);
    for (index, picture) in (0_u32..).zip(&pictures) {
        let part = width / 3;
        let from = width * 200 / 1280;
        for x in 0..part {
            for y in 0..height {
                joined.put_pixel(index * part + x, y, *picture.get_pixel(from + x, y));
            }
        }
    }
    joined.save(folder.join(format!("{to}.png"))).expect(to);
}

#[test]
fn pictures_of_the_main_job() {
    let model = Server::llama(Some(40.0));
    let config = format!("{}[theme]\nmode = \"dark\"\n", model.config("nerva-tiny"));
    let desktop = with_wallpaper(Plan::new("pictures", &config), false).with_nerva();
    desktop.open();
    take(&desktop, "bar");
    desktop.query("ca");
    desktop.until_status("results", |status| status["results"].as_array().is_some_and(|results| results.len() > 2));
    take(&desktop, "results");
    desktop.press(key::ESCAPE);
    desktop.until_status("an empty prompt", |status| status["query"] == "");
    desktop.query("What takes the space on my disk?");
    desktop.press(key::TAB);
    desktop.until("half an answer", |desktop| desktop.answer_text().len() > 120);
    desktop.picture("streaming");
    desktop.until("the answer", |desktop| desktop.newest_answer()["state"]["state"] == "complete");
    take(&desktop, "answer");
    for question in ["How do I undo my last commit?", "Explain lifetimes in one paragraph", "A regex for ISO dates"] {
        assert_eq!(desktop.nerva(&["ask", question]).status, 0, "{question}");
    }
    go(&desktop, 'h', "history");
    take(&desktop, "history");
    desktop.press(key::ESCAPE);
    go(&desktop, 'm', "models");
    take(&desktop, "models");
}

#[test]
fn picture_of_an_error() {
    let model = Server::raw();
    let config = format!("{}[theme]\nmode = \"dark\"\n", model.config("by-word"));
    let desktop = with_wallpaper(Plan::new("pictures-error", &config), false).with_nerva();
    desktop.open();
    desktop.ask("401 what does this error say");
    take(&desktop, "error");
}

#[test]
fn pictures_of_themes() {
    let model = Server::llama(Some(200.0));
    for (dark, light, name) in
        [("nerva-dark", false, "theme-1"), ("catppuccin-mocha", false, "theme-2"), ("gruvbox-dark", false, "theme-3")]
    {
        let config = format!("{}[theme]\nmode = \"dark\"\ndark = \"{dark}\"\n", model.config("nerva-tiny"));
        let desktop = with_wallpaper(Plan::new(name, &config), light).with_nerva();
        desktop.open();
        desktop.query("ca");
        desktop.until_status("results", |status| status["results"].as_array().is_some_and(|results| results.len() > 2));
        assert_eq!(desktop.status()["notices"].as_array().map(Vec::len), Some(0), "{dark} is a theme");
        take(&desktop, name);
    }
    beside(["theme-1", "theme-2", "theme-3"], "themes");
    let config = format!("{}[theme]\nmode = \"light\"\n", model.config("nerva-tiny"));
    let desktop = with_wallpaper(Plan::new("light", &config), true).with_nerva();
    desktop.open();
    desktop.ask("What takes the space on my disk?");
    take(&desktop, "light");
}

const BUILD: &str = r"printf '\033[32m$\033[0m cargo build\n   Compiling nerva v0.1.0\n\033[31merror\033[0m: linking with cc failed: exit status: 1\n  = note: /usr/bin/ld: cannot find -lwayland-client\n\033[32m$\033[0m '; exec sleep 600";

#[test]
fn pictures_of_seeing() {
    let model = Server::llama(Some(200.0));
    let config = format!("{}[theme]\nmode = \"dark\"\n", model.config("nerva-tiny"));
    let desktop = with_wallpaper(Plan::new("pictures-seeing", &config), false).with_nerva();
    let terminal = ["foot", "-o", "main.font=DejaVu Sans Mono:size=13", "-a", "build", "sh", "-c", BUILD];
    desktop.spawn("terminal", &terminal);
    desktop.until("the terminal", |desktop| desktop.has_window("build"));
    let mut watch = desktop.screen();
    watch.changes(Duration::from_millis(300), Duration::from_secs(5));
    let rested = watch.now();
    desktop.spawn("hotkey", &["nerva-ui", "--capture", "region"]);
    // Its hints and its lens are more than the cursor of the terminal; it stays until something is picked.
    desktop.until("the picker", |desktop| desktop.screen().now().difference(&rested) > 0.005);
    take(&desktop, "picker");
    desktop.press(key::ENTER);
    desktop.until_status("the picture", |status| status["attached"].as_array().is_some_and(|all| all.len() == 1));
    desktop.wait("visible");
    desktop.query("what is this error");
    take(&desktop, "capture");
    control(&desktop, 'o');
    desktop.until_status("the large picture", |status| status["enlarged"].is_string());
    watch.changes(Duration::from_millis(300), Duration::from_secs(5));
    for code in [&[key::TAB, key::TAB][..], &[key::UP; 12], &[key::LEFT; 12]].concat() {
        desktop.press(code);
        watch.changes(Duration::from_millis(60), Duration::from_secs(5));
    }
    take(&desktop, "redact");
    desktop.press(key::ESCAPE);
    desktop.until_status("the card", |status| status["enlarged"].is_null());
    watch.changes(Duration::from_millis(300), Duration::from_secs(5));
    for _ in 0..3 {
        desktop.press(key::DOWN);
        watch.changes(Duration::from_millis(200), Duration::from_secs(5));
    }
    desktop.press(key::ENTER);
    desktop.until_status("the text", |status| status["results"][3] == "Copy the text");
    take(&desktop, "text");
}

#[test]
fn picture_of_watching() {
    let model = Server::llama(Some(200.0));
    let config = format!("{}[theme]\nmode = \"dark\"\n", model.config("nerva-tiny"));
    let plan = Plan::new("pictures-live", &config).env("WLR_HEADLESS_OUTPUTS", "2");
    let desktop = with_wallpaper(plan, false).with_nerva();
    // Beside the screen with the overlay, so that nothing of it is behind the card.
    let words = ["focus output HEADLESS-2", "output HEADLESS-2 resolution 1280x800 position 1280 0"];
    for line in words {
        desktop.sway(&line.split(' ').collect::<Vec<_>>());
    }
    let terminal = ["foot", "-o", "main.font=DejaVu Sans Mono:size=20", "-a", "build", "sh", "-c", BUILD];
    desktop.spawn("terminal", &terminal);
    desktop.until("the terminal", |desktop| desktop.has_window("build"));
    desktop.sway(&["focus", "output", "HEADLESS-1"]);
    assert_eq!(desktop.nerva(&["live", "--output", "HEADLESS-2"]).status, 0);
    desktop.until_status("a picture", |status| status["live"]["frames"].as_u64() > Some(0));
    desktop.wait("visible");
    desktop.query("what does this error mean?");
    take(&desktop, "live");
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/e2e/live.png");
    let both = image::open(&file).expect("the picture").to_rgb8();
    image::imageops::crop_imm(&both, 0, 0, 1920, 1200).to_image().save(&file).expect("the left half");
}

fn control(desktop: &Desktop, letter: char) {
    desktop.keyboard().chord(&[Modifier::Control], key_of(letter).expect("a key").0);
}

/// Shows a screen by its key.
fn go(desktop: &Desktop, letter: char, screen: &str) {
    control(desktop, letter);
    desktop.until_status(screen, |status| status["screen"] == screen);
}

#[test]
fn pictures_of_acting() {
    let write = serde_json::json!({"path": "~/notes/backup.toml",
        "content": "[backup]\nfolder = \"/home\"\nkeep = 14\nat = \"02:00\"\npersistent = true\n\n[notify]\non_failure = true\n"});
    let run =
        serde_json::json!({"words": ["sh", "-c", "grep -c failed restic.log; tail -n 5 restic.log > summary.txt"]});
    for (name, tool, arguments) in [("diff", "files_write", write), ("confirm", "shell", run)] {
        let model = Server::llama_calling(tool, &arguments.to_string());
        let acts = "[agent]\nenabled = true\nroots = [\"~/notes\"]\n";
        let config = format!("{}[theme]\nmode = \"dark\"\n{acts}", model.config("nerva-tiny"));
        let plan = with_wallpaper(Plan::new(name, &config), false);
        let notes = plan.folder().join("home/notes");
        std::fs::create_dir_all(&notes).expect("a folder");
        std::fs::write(notes.join("restic.log"), "failed\nfailed\n").expect("a file");
        let before = "[backup]\nfolder = \"/home\"\nkeep = 7\nat = \"02:00\"\n\n[notify]\non_failure = true\n";
        std::fs::write(notes.join("backup.toml"), before).expect("a file");
        let desktop = plan.with_nerva();
        desktop.begin("Why does my backup fail?");
        desktop.card();
        take(&desktop, name);
    }
}
