//! Windows taken by themselves, where the compositor can do that: on a newer sway, through nervad.

use crate::support::desktop::{Kind, Plan};

#[test]
fn a_window_is_taken_alone_but_not_one_that_is_never_captured() {
    let config = "[capture]\nnever = [\"vault*\"]\n";
    let desktop = Plan::new("see-alone", config).on(Kind::Newer).with_nerva();
    let file = desktop.folder().join("taken.png").display().to_string();
    desktop.open_terminal("work");
    let taken = desktop.nerva(&["capture", "window", "-o", &file]);
    assert!(taken.status == 0 && taken.stdout.contains("Window"), "{taken:?}");
    // As large as the screen it is tiled on, less its border: where its place is known does not matter here.
    let work = image::open(&file).expect("a picture").to_rgb8();
    assert!(work.width() > 1000 && work.pixels().any(|pixel| pixel.0 != [0; 3]));
    std::fs::remove_file(&file).expect("the picture");
    desktop.open_terminal("vault.of.secrets");
    let refused = desktop.nerva(&["capture", "window", "-o", &file]);
    assert!(refused.status == 1 && refused.stderr.contains("never captured"), "{refused:?}");
    assert!(!std::path::Path::new(&file).exists(), "nothing is written");
}
