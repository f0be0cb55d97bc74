//! Places that are never touched without asking, and those that are never touched at all.

use super::is_within;
use crate::model::{Action, Deed, Risk};

/// Where things are. Absolute paths without links.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Places {
    /// The user's home.
    pub home: String,
    /// Nerva's own: configuration, data, state.
    pub own: Vec<String>,
}

/// How a place is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protection {
    /// It is Nerva's own.
    Own(&'static str),
    /// It decides what runs, or holds secrets.
    Guarded(&'static str),
}

/// Below home: what is there decides what runs, or is secret.
const IN_HOME: &[(&str, &str)] = &[
    (".ssh", "SSH keys"),
    (".gnupg", "GnuPG keys"),
    (".pki", "certificates"),
    (".password-store", "passwords"),
    (".local/share/keyrings", "passwords"),
    (".local/share/kwalletd", "passwords"),
    (".aws", "cloud keys"),
    (".config/gcloud", "cloud keys"),
    (".azure", "cloud keys"),
    (".kube", "cluster keys"),
    (".docker", "registry keys"),
    (".netrc", "passwords"),
    (".git-credentials", "passwords"),
    (".pgpass", "passwords"),
    (".my.cnf", "passwords"),
    (".msmtprc", "passwords"),
    (".config/msmtp", "passwords"),
    (".mbsyncrc", "passwords"),
    (".config/keepassxc", "passwords"),
    (".config/Bitwarden", "passwords"),
    (".config/1Password", "passwords"),
    (".config/gh", "keys of a forge"),
    (".config/glab-cli", "keys of a forge"),
    (".config/hub", "keys of a forge"),
    (".npmrc", "keys of a registry"),
    (".yarnrc.yml", "keys of a registry"),
    (".pypirc", "keys of a registry"),
    (".cargo/credentials", "keys of a registry"),
    (".cargo/credentials.toml", "keys of a registry"),
    (".gem/credentials", "keys of a registry"),
    (".m2/settings.xml", "keys of a registry"),
    (".gradle/gradle.properties", "keys of a registry"),
    (".config/containers", "registry keys"),
    (".config/rclone", "cloud keys"),
    (".config/doctl", "cloud keys"),
    (".config/hcloud", "cloud keys"),
    (".terraform.d", "cloud keys"),
    (".terraformrc", "cloud keys"),
    (".oci", "cloud keys"),
    (".config/sops", "keys"),
    (".config/age", "keys"),
    (".vault-token", "keys"),
    (".mozilla", "a browser's profile"),
    (".config/mozilla", "a browser's profile"),
    (".librewolf", "a browser's profile"),
    (".config/librewolf", "a browser's profile"),
    (".waterfox", "a browser's profile"),
    (".zen", "a browser's profile"),
    (".config/chromium", "a browser's profile"),
    (".config/google-chrome", "a browser's profile"),
    (".config/google-chrome-beta", "a browser's profile"),
    (".config/google-chrome-unstable", "a browser's profile"),
    (".config/BraveSoftware", "a browser's profile"),
    (".config/microsoft-edge", "a browser's profile"),
    (".config/vivaldi", "a browser's profile"),
    (".config/opera", "a browser's profile"),
    (".config/qutebrowser", "a browser's profile"),
    (".local/share/qutebrowser", "a browser's profile"),
    (".local/share/epiphany", "a browser's profile"),
    (".var/app", "data of sandboxed programs, such as browsers"),
    ("snap", "data of sandboxed programs, such as browsers"),
    (".thunderbird", "mail and its passwords"),
    (".config/evolution", "mail and its passwords"),
    (".local/share/evolution", "mail and its passwords"),
    (".config/goa-1.0", "accounts"),
    (".config/Signal", "messages and their keys"),
    (".local/share/TelegramDesktop", "messages and their keys"),
    (".config/Element", "messages and their keys"),
    (".config/discord", "messages and their keys"),
    (".config/Slack", "messages and their keys"),
    (".bashrc", "a start-up file of a shell"),
    (".bash_profile", "a start-up file of a shell"),
    (".bash_login", "a start-up file of a shell"),
    (".bash_logout", "a start-up file of a shell"),
    (".bash_aliases", "a start-up file of a shell"),
    (".profile", "a start-up file of a shell"),
    (".inputrc", "a start-up file of a shell"),
    (".zshrc", "a start-up file of a shell"),
    (".zshenv", "a start-up file of a shell"),
    (".zprofile", "a start-up file of a shell"),
    (".zlogin", "a start-up file of a shell"),
    (".zlogout", "a start-up file of a shell"),
    (".config/zsh", "a start-up file of a shell"),
    (".config/fish", "a start-up file of a shell"),
    (".config/nushell", "a start-up file of a shell"),
    (".cshrc", "a start-up file of a shell"),
    (".tcshrc", "a start-up file of a shell"),
    (".login", "a start-up file of a shell"),
    (".logout", "a start-up file of a shell"),
    (".kshrc", "a start-up file of a shell"),
    (".mkshrc", "a start-up file of a shell"),
    (".xonshrc", "a start-up file of a shell"),
    (".config/xonsh", "a start-up file of a shell"),
    (".config/elvish", "a start-up file of a shell"),
    (".elvish", "a start-up file of a shell"),
    (".config/powershell", "a start-up file of a shell"),
    (".xprofile", "a start-up file of the session"),
    (".xsession", "a start-up file of the session"),
    (".xsessionrc", "a start-up file of the session"),
    (".config/plasma-workspace", "a start-up file of the session"),
    (".config/autostart-scripts", "programs that start by themselves"),
    (".xinitrc", "a start-up file of the session"),
    (".pam_environment", "a start-up file of the session"),
    (".config/environment.d", "a start-up file of the session"),
    (".config/autostart", "programs that start by themselves"),
    (".config/systemd", "systemd units"),
    (".local/share/systemd", "systemd units"),
    (".local/share/dbus-1", "services of the session bus"),
    (".local/share/applications", "desktop entries"),
    (".local/bin", "programs"),
    ("bin", "programs"),
    (".cargo/bin", "programs"),
    (".config/hypr", "the compositor's configuration"),
    (".config/sway", "the compositor's configuration"),
    (".config/niri", "the compositor's configuration"),
    (".config/river", "the compositor's configuration"),
    (".config/labwc", "the compositor's configuration"),
    (".config/wayfire", "the compositor's configuration"),
    (".config/wayfire.ini", "the compositor's configuration"),
    (".config/cosmic", "the compositor's configuration"),
    (".config/kwinrc", "the compositor's configuration"),
    (".config/kglobalshortcutsrc", "what keys start"),
    (".config/nix", "Nix configuration"),
    (".config/nixpkgs", "Nix configuration"),
    (".config/home-manager", "Home Manager configuration"),
    (".nix-profile", "Nix profiles"),
    (".gitconfig", "git's configuration"),
    (".config/git", "git's configuration"),
];

/// Names that are protected wherever they are.
const ANYWHERE: &[(&str, &str)] = &[
    (".git", "git's own files"),
    (".envrc", "a file that direnv runs"),
    (".vscode", "an editor's tasks"),
    (".idea", "an editor's tasks"),
    (".mcp.json", "an agent's configuration"),
    (".claude", "an agent's configuration"),
    (".codex", "an agent's configuration"),
    (".ssh", "SSH keys"),
    (".gnupg", "GnuPG keys"),
];

/// Outside home everything is the system's but what is meant for anybody's files.
const OPEN: &[&str] = &["/tmp", "/var/tmp", "/mnt", "/media", "/run/media", "/srv", "/data"];

impl Places {
    /// How the place that an action concerns is protected.
    pub fn protection(&self, action: &Action) -> Option<Protection> {
        let path = action.path()?;
        if self.own.iter().any(|own| is_within(path, own)) {
            return Some(Protection::Own("what belongs to Nerva itself"));
        }
        match action {
            Action::Shell { folder, .. }
            | Action::Deed(Deed::NixRun { folder, .. } | Deed::RunOutside { folder, .. }) => {
                self.holds(folder).map(Protection::Own)
            }
            _ => self.guarded(path, action.risk()).map(Protection::Guarded),
        }
    }

    /// A folder in which a command may write must not hold any such place.
    fn holds(&self, folder: &str) -> Option<&'static str> {
        let guarded = IN_HOME.iter().map(|(below, _)| format!("{}/{below}", self.home));
        let inside = guarded.chain(self.own.iter().cloned()).any(|place| is_within(&place, folder));
        if inside || folder == "/" {
            return Some("a folder that holds protected places, such as your whole home,");
        }
        self.guarded(folder, Risk::Run)
    }

    fn guarded(&self, path: &str, risk: Risk) -> Option<&'static str> {
        let at_home = !self.home.is_empty() && is_within(path, &self.home);
        let listed = IN_HOME.iter().find(|(below, _)| is_within(path, &format!("{}/{below}", self.home)));
        if let Some((_, what)) = listed.filter(|_| at_home) {
            return Some(what);
        }
        let named =
            path.split('/').find_map(|name| ANYWHERE.iter().find(|(known, _)| name.eq_ignore_ascii_case(known)));
        if let Some((_, what)) = named {
            return Some(what);
        }
        let is_nix = path.ends_with(".nix") || path.ends_with("/flake.lock");
        if is_nix && !risk.only_looks() {
            return Some("Nix configuration");
        }
        let open = OPEN.iter().any(|open| is_within(path, open) && path != *open);
        (!at_home && !open && !risk.only_looks()).then_some("the system")
    }
}
