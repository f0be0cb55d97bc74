//! Models that are known not to see: a question with a picture is held, and the text in the picture can go instead.

use crate::support::desktop::{Desktop, Plan};
use crate::support::keyboard::{Modifier, key, key_of};
use crate::support::servers::Server;

/// The configuration of a server whose list says which of its models see.
fn listed(model: &Server, more: &str) -> String {
    format!(
        "[model]\ndefault = \"test/blind\"\n[network]\nretries = 0\n[providers.test]\nwire = \"openai-chat\"\n\
         url = \"{}/listed/v1\"\nlabel = \"Test\"\nkey = {{ none = true }}\n[capture]\n{more}\n",
        model.url()
    )
}

/// A desktop with words on it, and a picture of it attached.
fn with_words(name: &str, config: &str) -> Desktop {
    let desktop = Plan::new(name, config).with_nerva();
    desktop.until("what the list says", |desktop| desktop.nerva(&["models"]).stdout.contains("text only"));
    let line = "printf 'The quick brown fox jumps'; sleep 1000";
    let colours = ["-o", "colors.background=f4f4f4", "-o", "colors.foreground=101010"];
    let foot = ["foot", "-a", "words", "-o", "font=monospace:size=24", "-o", "cursor.style=beam"];
    desktop.spawn("foot", &[&foot[..], &colours, &["sh", "-c", line]].concat());
    // Letters are dark on a light ground.
    desktop.until("its words", |desktop| (0.5..0.94).contains(&desktop.frame().lightness(0.01..0.4, 0.01..0.05)));
    desktop.nerva(&["show"]);
    desktop.wait("visible");
    desktop.keyboard().chord(&[Modifier::Control], key_of('s').expect("a key").0);
    desktop.until_status("the picture", |status| status["attached"][0] == "Screen HEADLESS-1");
    desktop.wait("visible");
    desktop
}

/// The newest request; no picture may be in it.
fn asked(model: &Server) -> String {
    let request = model.requests().pop().expect("a request")["body"].to_string();
    assert!(!request.contains("image_url"), "{request}");
    request
}

#[test]
fn the_text_is_offered_instead_and_sent_when_that_is_chosen() {
    let model = Server::raw();
    let desktop = with_words("sight-card", &listed(&model, ""));
    let models = desktop.nerva(&["models"]).stdout;
    assert!(models.contains("sees pictures"), "{models}");
    desktop.query("which animal");
    desktop.press(key::ENTER);
    let card = "blind does not see pictures";
    desktop.until_status("the card", |status| status["notices"].to_string().contains(card));
    desktop.until_status("the question in the prompt again", |status| status["query"] == "which animal");
    assert!(model.requests().is_empty(), "nothing was asked");
    assert_eq!(desktop.status()["attached"][0], "Screen HEADLESS-1", "and nothing is lost");
    desktop.picture("sight-card");
    let command = serde_json::json!({"command": "remedy", "notice": null, "remedy": {"remedy": "read_pictures"}});
    crate::e2e::dragging_out::execute(&desktop, &command);
    desktop.until_status("the text", |status| status["attached"][0] == "Text of Screen HEADLESS-1");
    desktop.press(key::ENTER);
    desktop.until("an answer", |desktop| desktop.newest_answer()["state"]["state"] == "complete");
    let asked = asked(&model);
    assert!(asked.contains("which animal") && asked.contains("quick brown fox"), "{asked}");
}

#[test]
fn the_text_goes_by_itself_where_the_setting_says_so_and_a_picture_to_those_who_see() {
    let model = Server::raw();
    let desktop = with_words("sight-text", &listed(&model, "text_instead = true"));
    desktop.query("which animal");
    desktop.press(key::ENTER);
    desktop.until("an answer", |desktop| desktop.newest_answer()["state"]["state"] == "complete");
    assert!(asked(&model).contains("quick brown fox"));
    let apart = desktop.nerva(&["ask", "--capture", "screen", "which animal"]);
    assert_eq!(apart.status, 0, "{apart:?}");
    assert!(asked(&model).contains("Text of picture 1"));
    let apart = desktop.nerva(&["ask", "-m", "test/seeing", "--capture", "screen", "which animal"]);
    assert_eq!(apart.status, 0, "{apart:?}");
    assert_eq!(model.pictures().len(), 1);
}

#[test]
fn the_command_line_is_told_that_the_model_does_not_see() {
    let model = Server::raw();
    let desktop = Plan::new("sight-apart", &listed(&model, "")).with_nerva();
    desktop.until("what the list says", |desktop| desktop.nerva(&["models"]).stdout.contains("text only"));
    let refused = desktop.nerva(&["ask", "--capture", "screen", "which animal"]);
    assert!(refused.status == 1 && refused.stderr.contains("does not see pictures"), "{refused:?}");
    assert!(model.requests().is_empty());
}
