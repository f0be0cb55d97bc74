//! The volume of a real PipeWire, whose only way out is one that nobody hears.

use serde_json::json;

use crate::support::desktop::{Desktop, Plan};
use crate::support::history::results;
use crate::support::scripted::{Scripted, Turn};

const SINK: &str = "{ factory.name=support.null-audio-sink node.name=silence media.class=Audio/Sink object.linger=true \
                    audio.position=[FL FR] }";

/// As WirePlumber's own tool tells it.
fn volume(desktop: &Desktop) -> String {
    desktop.run(&["wpctl", "get-volume", "@DEFAULT_AUDIO_SINK@"]).stdout.trim().to_owned()
}

#[test]
fn it_is_told_set_and_muted() {
    let model = Scripted::saying([
        Turn::Call("volume_get", json!({})),
        Turn::Call("volume_get", json!({})),
        Turn::Call("volume_set", json!({"percent": 42})),
        Turn::Call("volume_set", json!({"muted": true})),
        Turn::Call("volume_set", json!({"percent": 7, "muted": false})),
        Turn::Say("all done".into()),
    ]);
    // The first look is asked about, so that there is nothing to play on yet.
    let rules = "[agent]\nenabled = true\n[[agent.ask]]\ntool = \"volume_get\"\n";
    let desktop = Plan::new("volume", &format!("{}{rules}", model.config())).portal().with_nerva();
    let doctor = desktop.nerva(&["doctor"]).stdout;
    assert!(doctor.lines().any(|line| line.contains("wpctl: ") && line.contains("to play on")), "{doctor}");
    desktop.begin("make it quieter");
    let mut last = desktop.card_titled("Nerva wants to know the volume")["digest"].clone();
    desktop.allow();
    desktop.until("its answer", |desktop| results(desktop).len() == 1);
    assert!(results(&desktop)[0].contains("is there something to play on?"), "{:?}", results(&desktop));
    let made = desktop.run(&["pw-cli", "create-node", "adapter", SINK]);
    assert_eq!(made.status, 0, "{made:?}");
    desktop.until("something to play on", |desktop| volume(desktop).starts_with("Volume:"));
    let loud = volume(&desktop);
    desktop.card_titled("Nerva wants to know the volume");
    desktop.allow();
    for expected in ["Volume: 0.42", "Volume: 0.42 [MUTED]", "Volume: 0.07"] {
        desktop.until_status("the next card", |status| {
            let card = &status["consent"];
            card["armed"] == true && card["title"] == "Nerva wants to set the volume" && card["digest"] != last
        });
        assert_ne!(volume(&desktop), expected, "nothing is done before it is allowed");
        last = desktop.status()["consent"]["digest"].clone();
        desktop.allow();
        desktop.until(expected, |desktop| volume(desktop) == expected);
    }
    desktop.finished();
    let results = results(&desktop);
    assert!(loud == "Volume: 1.00" && results[1].contains("100 %"), "{loud}: {results:?}");
    for (result, told) in results[2..].iter().zip(["42 %", "42 %, muted", "7 %"]) {
        assert!(result.contains(told), "{results:?}");
    }
    desktop.audit();
}
