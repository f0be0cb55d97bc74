//! Every setting, with its default, its meaning and its unit. This is the one source of the published schema.

use std::collections::BTreeMap;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The whole of `config.toml`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Which model answers.
    pub model: Model,
    /// Where models are, by a name of your choice.
    pub providers: BTreeMap<String, Provider>,
    /// How they are reached.
    pub network: Network,
    /// What the search line finds.
    pub launcher: Launcher,
    /// Where the overlay is and how it behaves.
    pub overlay: Overlay,
    /// How it looks.
    pub theme: Theme,
    /// Pictures of the screen.
    pub capture: Capture,
    /// What the model may do.
    pub agent: super::Agent,
    /// Notes.
    pub notes: super::Notes,
    /// What is kept.
    pub history: History,
    /// The icon in the tray.
    pub tray: Tray,
    /// What is logged.
    pub log: Log,
}

/// `[model]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Model {
    /// The model that is asked, as `provider/model`. Empty: the one chosen last, else the first that is found.
    pub default: String,
    /// Models that are asked in this order when the first can't answer, as `provider/model`.
    pub fallback: Vec<String>,
    /// Refuse every host that is not this machine.
    pub local_only: bool,
    /// Instructions before every conversation.
    pub system: String,
    /// The longest answer, in tokens.
    pub max_tokens: u32,
    /// Let the model think before it answers, where it can. `0` tokens is off.
    pub thinking_tokens: u32,
}

impl Default for Model {
    fn default() -> Self {
        Self {
            default: String::new(),
            fallback: Vec::new(),
            local_only: false,
            system: "You answer in the command bar of a desktop. Be brief and exact. Use markdown; put commands and \
                     code in fenced blocks that name their language."
                .into(),
            max_tokens: 8192,
            thinking_tokens: 0,
        }
    }
}

/// The wire format that a provider speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Wire {
    /// OpenAI Chat Completions, `POST {url}/chat/completions`; also llama.cpp, OpenRouter, vLLM, LM Studio.
    OpenaiChat,
    /// OpenAI Responses, `POST {url}/responses`.
    OpenaiResponses,
    /// Anthropic Messages, `POST {url}/v1/messages`.
    Anthropic,
    /// Gemini, `POST {url}/v1beta/models/{model}:streamGenerateContent?alt=sse`.
    Gemini,
    /// Ollama, `POST {url}/api/chat`.
    Ollama,
}

/// `[providers.NAME]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Provider {
    /// The wire format it speaks.
    pub wire: Wire,
    /// Its address, without the path of the wire format. Left out: the vendor's, or Ollama's on this machine.
    #[serde(default)]
    pub url: Option<String>,
    /// Its name for people. Left out: the section's name.
    #[serde(default)]
    pub label: Option<String>,
    /// Where its key is. Left out: a systemd credential `nerva-NAME`, else the vendor's usual environment variable.
    #[serde(default)]
    pub key: Option<Key>,
    /// Models to offer beside those that the provider lists itself.
    #[serde(default)]
    pub models: Vec<String>,
    /// Prices by model, for the cost line.
    #[serde(default)]
    pub prices: BTreeMap<String, Price>,
    /// Further HTTP headers. Not for keys: they are shown by `nerva config show`.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
}

/// Where a key is; never the key itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Key {
    /// `{ file = "/run/secrets/key" }`: its first line.
    File(PathBuf),
    /// `{ credential = "name" }`: a systemd credential of `nervad.service`.
    Credential(String),
    /// `{ env = "NAME" }`: an environment variable of `nervad`.
    Env(String),
    /// `{ secret = "name" }`: an item of the Secret Service with the attributes `service=nerva`, `account=name`.
    Secret(String),
    /// `{ none = true }`: the provider takes none.
    None(bool),
}

/// Dollars per million tokens.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// Of the request.
    pub input: f64,
    /// Of the answer.
    pub output: f64,
}

/// `[network]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Network {
    /// A proxy for all providers, `http://`, `https://` or `socks5h://`. Empty: `HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY`.
    pub proxy: String,
    /// Seconds to wait for a connection.
    pub connect_timeout: u32,
    /// Seconds to wait for the first byte of an answer.
    pub first_byte_timeout: u32,
    /// Seconds of silence after which a stream counts as broken.
    pub idle_timeout: u32,
    /// How often a request that got no byte is sent again.
    pub retries: u32,
    /// A file with further certificate authorities, PEM. Left out: the system's.
    pub ca_file: Option<PathBuf>,
}

impl Default for Network {
    fn default() -> Self {
        Self {
            proxy: String::new(),
            connect_timeout: 10,
            first_byte_timeout: 120,
            idle_timeout: 90,
            retries: 2,
            ca_file: None,
        }
    }
}

/// `[launcher]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Launcher {
    /// Find programs.
    pub applications: bool,
    /// Find the actions of programs ("New Private Window").
    pub actions: bool,
    /// Calculate and convert.
    pub calculator: bool,
    /// Find past conversations.
    pub conversations: bool,
    /// The terminal for programs that need one, as words; the program's own words are put behind it.
    /// Empty: `$TERMINAL`, else the first that is installed.
    pub terminal: Vec<String>,
    /// The most results that are listed.
    pub limit: u32,
}

impl Default for Launcher {
    fn default() -> Self {
        Self {
            applications: true,
            actions: true,
            calculator: true,
            conversations: true,
            terminal: Vec::new(),
            limit: 50,
        }
    }
}

/// Which renderer draws the overlay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Renderer {
    /// The GPU where there is a real one, else software.
    #[default]
    Auto,
    /// wgpu.
    Gpu,
    /// tiny-skia: less memory, no translucency, square corners.
    Software,
}

/// `[overlay]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Overlay {
    /// Which renderer draws it. Read at start.
    pub renderer: Renderer,
    /// Width in logical pixels, 400–1600.
    pub width: f32,
    /// Greatest height in logical pixels, 300–2000.
    pub max_height: f32,
    /// Distance from the output's top edge, as a fraction of its height, 0–0.8.
    pub position: f32,
    /// Rows that are shown before the list scrolls, 3–20.
    pub rows: u32,
    /// Whether anything moves: after a pause in typing the card closes up in steps. Off as well where the desktop asks for
    /// reduced motion.
    pub animations: bool,
    /// Minutes after which an overlay that is opened again shows the search line instead of the last conversation.
    pub resume_minutes: u32,
}

impl Default for Overlay {
    fn default() -> Self {
        Self {
            renderer: Renderer::Auto,
            width: 720.0,
            max_height: 640.0,
            position: 0.18,
            rows: 8,
            animations: true,
            resume_minutes: 30,
        }
    }
}

/// Light, dark, or what the desktop says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// The desktop's colour scheme (settings portal), live.
    #[default]
    Auto,
    /// Always dark.
    Dark,
    /// Always light.
    Light,
}

/// `[theme]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Theme {
    /// Light, dark, or what the desktop says.
    pub mode: Mode,
    /// The theme when it is dark.
    pub dark: String,
    /// The theme when it is light.
    pub light: String,
    /// Font family of the interface. Empty: the bundled one.
    pub font: String,
    /// Font family of code. Empty: the bundled one.
    pub mono_font: String,
    /// Size of body text in logical pixels, 10–28. `0`: the theme's.
    pub font_size: f32,
    /// Corner radius of the card in logical pixels, 0–32. Negative: the theme's.
    pub radius: f32,
    /// Opacity of the card's ground, 0.5–1. `0`: the theme's.
    pub opacity: f32,
    /// The icon theme. Empty: the desktop's.
    pub icon_theme: String,
}

impl Default for Theme {
    fn default() -> Self {
        Self {
            mode: Mode::Auto,
            dark: "nerva-dark".into(),
            light: "nerva-light".into(),
            font: String::new(),
            mono_font: String::new(),
            font_size: 0.0,
            radius: -1.0,
            opacity: 0.0,
            icon_theme: String::new(),
        }
    }
}

/// How pictures of the screen are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CaptureWay {
    /// By the compositor's protocols where it has them, else by KWin's interface or the desktop portal.
    #[default]
    Auto,
    /// By ext-image-copy-capture only.
    Ext,
    /// By wlr-screencopy only.
    Wlr,
    /// By the Screenshot portal only.
    ScreenshotPortal,
    /// By the ScreenCast portal and PipeWire only.
    ScreencastPortal,
}

/// `[capture]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Capture {
    /// How pictures are taken: `auto`, `ext`, `wlr`, `screenshot-portal` or `screencast-portal`. Anything but `auto` is for
    /// finding errors.
    pub way: CaptureWay,
    /// Windows that are black in every picture: a title or an app id, in any case, `*` for any characters. Where windows
    /// are not known (GNOME), the portal's pictures are refused unless this is empty.
    pub never: Vec<String>,
    /// The folder that screenshots of other programs go to, absolute, for offering new ones. Left out: `Screenshots` in
    /// the user's folder for pictures, and that folder itself.
    pub screenshots: Option<PathBuf>,
    /// Minutes after which a picture of the screen that was attached and not sent is cleared, 0.01–10080. `0`: never.
    pub keep_minutes: f64,
    /// Send the text in a picture, read by tesseract on this machine, instead of the picture to a model whose provider
    /// says that it sees none. Otherwise that is offered.
    pub text_instead: bool,
    /// Pictures a second that are taken at most of what is watched, 1–30.
    pub live_rate: u32,
}

impl Default for Capture {
    fn default() -> Self {
        let never = [
            "*keepass*",
            "*bitwarden*",
            "*1password*",
            "*proton pass*",
            "*protonpass*",
            "*proton-pass*",
            "*enpass*",
            "org.gnome.World.Secrets",
            "org.gnome.seahorse.*",
            "seahorse",
            "*kwalletmanager*",
            "*kwalletd*",
            "*pinentry*",
            "gcr-prompter",
            "*ssh-askpass*",
            "*polkit*",
        ];
        Self {
            way: CaptureWay::Auto,
            never: never.map(str::to_owned).into(),
            screenshots: None,
            keep_minutes: 30.0,
            text_instead: false,
            live_rate: 5,
        }
    }
}

/// `[history]`
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct History {
    /// Days after which conversations are deleted. `0`: never.
    pub keep_days: u32,
}

/// `[tray]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Tray {
    /// Show an icon in the tray.
    pub enabled: bool,
}

impl Default for Tray {
    fn default() -> Self {
        Self { enabled: true }
    }
}

/// `[log]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// `error`, `warn`, `info`, `debug`, or a filter such as `nerva::providers=debug`. `NERVA_LOG` overrides it.
    pub level: String,
}

impl Default for Log {
    fn default() -> Self {
        Self { level: "info".into() }
    }
}
