//! Outputs: every scale, none at the start, and light or dark as the desktop wants it. This machine's sway can neither unplug an
//! output nor turn one off without a card; what is then is asked of the newer one, in `desktops.rs`.

use crate::support::desktop::{Desktop, Plan};
use crate::support::keyboard::key;

#[test]
fn at_every_scale_it_opens_and_takes_what_is_typed() {
    let desktop = Plan::new("scales", "").with_nerva();
    for scale in ["1", "1.25", "1.5", "2"] {
        desktop.sway(&["output", "HEADLESS-1", "scale", scale]);
        desktop.until("the scale", |desktop| {
            desktop.sway(&["-t", "get_outputs"])[0]["scale"].as_f64() == scale.parse().ok()
        });
        let before = desktop.frame();
        desktop.open();
        desktop.query("zep");
        desktop.until_status("Zephyr", |status| status["results"][0] == "Zephyr");
        assert!(desktop.frame().difference(&before) > 0.01, "at scale {scale} it is on the screen");
        desktop.press(key::ESCAPE);
        desktop.until_status("an empty prompt", |status| status["query"] == "");
        desktop.press(key::ESCAPE);
        desktop.wait("hidden");
    }
}

#[test]
fn it_opens_on_the_output_with_the_focus() {
    let desktop = Plan::new("focused-output", "").with_nerva();
    desktop.sway(&["create_output"]);
    desktop.until("two outputs", |desktop| outputs(desktop) == 2);
    desktop.sway(&["focus", "output", "HEADLESS-1"]);
    let before = desktop.frame();
    desktop.open();
    assert!(desktop.frame().difference(&before) > 0.01, "on the focused output");
    desktop.press(key::ESCAPE);
    desktop.wait("hidden");
    desktop.sway(&["focus", "output", "HEADLESS-2"]);
    desktop.open();
    assert!(desktop.frame().difference(&before) < 0.01, "not on the other one");
}

#[test]
fn without_any_output_at_the_start_it_waits_for_one() {
    let desktop = Plan::new("output-none", "").env("WLR_HEADLESS_OUTPUTS", "0").with_nerva();
    assert_eq!(outputs(&desktop), 0);
    let nervad = desktop.nervad();
    // Nothing to be seen on, but no reason to fall over.
    for command in ["toggle", "show", "hide"] {
        desktop.nerva(&[command]);
        assert_eq!(desktop.status()["visible"], false, "after {command}");
    }
    desktop.sway(&["create_output"]);
    desktop.until("an output", |desktop| outputs(desktop) == 1);
    desktop.open();
    desktop.query("zep");
    desktop.until_status("Zephyr", |status| status["results"][0] == "Zephyr");
    assert_eq!(desktop.nervad(), nervad, "it is the same process");
    assert!(!desktop.log().contains("panicked"), "{}", desktop.log());
}

#[test]
fn light_and_dark_follow_the_desktop_at_once() {
    let desktop = Plan::new("scheme", "").portal().start();
    let scheme = |value: &str| {
        let set = desktop.run(&["gsettings", "set", "org.gnome.desktop.interface", "color-scheme", value]);
        assert_eq!(set.status, 0, "{set:?}");
    };
    // The card's ground, right of the prompt: its lightness tells the theme.
    let lightness = || desktop.frame().lightness(0.55..0.65, 0.2..0.22);
    scheme("prefer-dark");
    desktop.start_nervad();
    desktop.open();
    desktop.until("the dark theme", |_| lightness() < 0.35);
    scheme("prefer-light");
    desktop.until("the light theme", |_| lightness() > 0.65);
    scheme("prefer-dark");
    desktop.until("the dark theme again", |_| lightness() < 0.35);
}

#[test]
fn another_width_and_place_count_at_once_while_it_is_open() {
    let desktop = Plan::new("width", "").with_nerva();
    let right = || desktop.frame().lightness(0.71..0.76, 0.2..0.22);
    let bare = right();
    desktop.open();
    let card = right();
    assert!((card - bare).abs() > 0.02, "the card is {card}, the desktop {bare}");
    let is = |lightness: f64| (right() - lightness).abs() < 0.01;
    for (overlay, seen) in [("width = 500", bare), ("", card), ("position = 0.6", bare), ("width = 721", card)] {
        desktop.write_config(&format!("[overlay]\n{overlay}\n"));
        desktop.until(&format!("the card with `{overlay}`"), |_| is(seen));
        desktop.query("zep");
        desktop.until_status("Zephyr", |status| status["results"][0] == "Zephyr" && status["visible"] == true);
        desktop.press(key::ESCAPE);
        desktop.until_status("an empty prompt", |status| status["query"] == "");
    }
}

/// How many outputs are on.
fn outputs(desktop: &Desktop) -> usize {
    let outputs = desktop.sway(&["-t", "get_outputs"]);
    outputs.as_array().map_or(0, |all| all.iter().filter(|output| output["active"] == true).count())
}
