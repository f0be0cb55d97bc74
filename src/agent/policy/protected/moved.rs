//! Where the user has moved what is guarded: variables of the environment and git's settings say so. They are read by an
//! adapter and come here as data.

use super::listed::{CHANGED_IN_HOME, IN_HOME};
use super::{Care, Guard, is_within};

/// What tells where things were moved.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Surroundings {
    /// Variables with their values, of those that [`variables`] names. One may be there more than once, where it is not known
    /// which value counts.
    pub variables: Vec<(String, String)>,
    /// Folders from which git takes what it runs in every repository; relative ones are within each.
    pub hooks: Vec<String>,
    /// Files that git's settings are read from.
    pub settings: Vec<String>,
}

/// Folders that a variable moves, what they are by default, and whether more than one may be named.
const BASES: &[(&str, &str, bool)] = &[
    ("XDG_CONFIG_HOME", ".config/", false),
    ("XDG_DATA_HOME", ".local/share/", false),
    ("XDG_STATE_HOME", ".local/state/", false),
    ("XDG_CONFIG_DIRS", ".config/", true),
    ("XDG_DATA_DIRS", ".local/share/", true),
];

const SHELL: &str = "a start-up file of a shell";
const CLOUD: &str = "cloud keys";

/// Variables, what of the place that they name is guarded, how, and what it is.
const NAMED: &[(&str, &str, Care, &str)] = &[
    ("ZDOTDIR", "", Care::Secret, SHELL),
    ("ZDOTDIR", ".zshrc", Care::Secret, SHELL),
    ("ZDOTDIR", ".zshenv", Care::Secret, SHELL),
    ("ZDOTDIR", ".zprofile", Care::Secret, SHELL),
    ("ZDOTDIR", ".zlogin", Care::Secret, SHELL),
    ("ZDOTDIR", ".zlogout", Care::Secret, SHELL),
    ("BASH_ENV", "", Care::Secret, SHELL),
    ("ENV", "", Care::Secret, SHELL),
    ("INPUTRC", "", Care::Secret, SHELL),
    ("XONSHRC", "", Care::Secret, SHELL),
    ("XINITRC", "", Care::Secret, "a start-up file of the session"),
    ("DIRENV_CONFIG", "", Care::Secret, "what direnv runs"),
    ("GNUPGHOME", "", Care::Secret, "GnuPG keys"),
    ("PASSWORD_STORE_DIR", "", Care::Secret, "passwords"),
    ("PGPASSFILE", "", Care::Secret, "passwords"),
    ("NETRC", "", Care::Secret, "passwords"),
    ("KUBECONFIG", "", Care::Secret, "cluster keys"),
    ("DOCKER_CONFIG", "", Care::Secret, "registry keys"),
    ("REGISTRY_AUTH_FILE", "", Care::Secret, "registry keys"),
    ("AWS_CONFIG_FILE", "", Care::Secret, CLOUD),
    ("AWS_SHARED_CREDENTIALS_FILE", "", Care::Secret, CLOUD),
    ("CLOUDSDK_CONFIG", "", Care::Secret, CLOUD),
    ("AZURE_CONFIG_DIR", "", Care::Secret, CLOUD),
    ("GOOGLE_APPLICATION_CREDENTIALS", "", Care::Secret, CLOUD),
    ("SOPS_AGE_KEY_FILE", "", Care::Secret, "keys"),
    ("XAUTHORITY", "", Care::Secret, "keys of the session"),
    ("NPM_CONFIG_USERCONFIG", "", Care::Secret, "keys of a registry"),
    ("CARGO_HOME", "credentials", Care::Secret, "keys of a registry"),
    ("CARGO_HOME", "credentials.toml", Care::Secret, "keys of a registry"),
    ("GRADLE_USER_HOME", "gradle.properties", Care::Secret, "keys of a registry"),
    ("FLATPAK_USER_DIR", "", Care::Secret, "sandboxed programs and what they may do"),
    ("GIT_CONFIG_GLOBAL", "", Care::Secret, "git's configuration"),
    ("GIT_CONFIG_SYSTEM", "", Care::Secret, "git's configuration"),
    ("GIT_CONFIG", "", Care::Secret, "git's configuration"),
    ("GIT_TEMPLATE_DIR", "", Care::Changed, "what git runs"),
    ("GIT_EXEC_PATH", "", Care::Changed, "what git runs"),
    ("CARGO_HOME", "config", Care::Changed, "what cargo runs"),
    ("CARGO_HOME", "config.toml", Care::Changed, "what cargo runs"),
    ("CARGO_HOME", "env", Care::Changed, SHELL),
    ("CARGO_HOME", "bin", Care::Changed, "programs"),
    ("CARGO_INSTALL_ROOT", "bin", Care::Changed, "programs"),
    ("RUSTUP_HOME", "", Care::Changed, "programs"),
    ("PATH", "", Care::Changed, "programs"),
    ("GOBIN", "", Care::Changed, "programs"),
    ("GOPATH", "bin", Care::Changed, "programs"),
    ("PNPM_HOME", "", Care::Changed, "programs"),
    ("NPM_CONFIG_PREFIX", "", Care::Changed, "programs"),
    ("BUN_INSTALL", "bin", Care::Changed, "programs"),
    ("DENO_INSTALL", "bin", Care::Changed, "programs"),
    ("VOLTA_HOME", "", Care::Changed, "programs"),
    ("PYENV_ROOT", "", Care::Changed, "programs"),
    ("RBENV_ROOT", "", Care::Changed, "programs"),
    ("NVM_DIR", "", Care::Changed, "programs"),
    ("ASDF_DATA_DIR", "", Care::Changed, "programs"),
    ("SDKMAN_DIR", "", Care::Changed, "programs"),
    ("PYTHONUSERBASE", "", Care::Changed, "libraries of programs"),
    ("PYTHONSTARTUP", "", Care::Changed, "what Python runs"),
    ("LD_PRELOAD", "", Care::Changed, "libraries of programs"),
    ("PYTHONPATH", "", Care::Asked, "libraries of programs"),
    ("PERL5LIB", "", Care::Asked, "libraries of programs"),
    ("RUBYLIB", "", Care::Asked, "libraries of programs"),
    ("NODE_PATH", "", Care::Asked, "libraries of programs"),
    ("LD_LIBRARY_PATH", "", Care::Asked, "libraries of programs"),
];

/// The variables that are to be read; `HOME` and those that stand within others are read beside.
pub fn variables() -> impl Iterator<Item = &'static str> {
    BASES.iter().map(|(name, ..)| *name).chain(NAMED.iter().map(|(name, ..)| *name))
}

/// Everything that is guarded: by default below home, and where it was moved. Each may still be a link.
pub(super) fn guards(home: &str, around: &Surroundings) -> Vec<Guard> {
    let listed = |table: &'static [(&'static str, &'static str)], care: Care| {
        table.iter().map(move |(below, what)| (*below, care, *what))
    };
    let listed: Vec<_> = listed(IN_HOME, Care::Secret).chain(listed(CHANGED_IN_HOME, Care::Changed)).collect();
    let mut found: Vec<Guard> =
        listed.iter().map(|(below, care, what)| guard(format!("{home}/{below}"), *care, what)).collect();
    for (variable, default, many) in BASES {
        for base in around.named(variable, home) {
            let below =
                listed.iter().filter_map(|(below, care, what)| Some((below.strip_prefix(default)?, care, what)));
            // What everybody has may be read.
            let care = |care: Care| if *many { Care::Changed } else { care };
            found.extend(below.map(|(below, kept, what)| guard(joined(&base, below), care(*kept), what)));
        }
    }
    for (variable, below, care, what) in NAMED {
        found.extend(around.named(variable, home).map(|place| guard(joined(&place, below), *care, what)));
    }
    let hooks = around.hooks.iter().map(|place| place.trim_end_matches('/').to_owned());
    found.extend(hooks.map(|place| guard(place, Care::Changed, "what git runs")));
    found.extend(around.settings.iter().map(|place| guard(place.clone(), Care::Secret, "git's configuration")));
    // Whoever names all of home, or more, can't have meant it.
    found.retain(|guard| !is_within(home, &guard.path) && !guard.path.is_empty());
    found
}

impl Surroundings {
    fn value(&self, name: &str) -> Option<&str> {
        self.variables.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The absolute paths that a variable names: its value, and where it is a list, the parts of it.
    fn named(&self, variable: &str, home: &str) -> impl Iterator<Item = String> {
        let values = self.variables.iter().filter(|(known, _)| known == variable).map(|(_, value)| value.as_str());
        let all = values.flat_map(|value| {
            let parts = value.split(':').filter(move |part| *part != value);
            std::iter::once(value).chain(parts)
        });
        let all = all.map(|path| self.expanded(path, home));
        all.filter(|path| path.starts_with('/')).collect::<Vec<_>>().into_iter()
    }

    /// As a shell reads it where it reads such a variable: home and other variables may stand at its beginning.
    fn expanded(&self, path: &str, home: &str) -> String {
        let (first, rest) = path.split_once('/').map_or((path, ""), |(first, rest)| (first, rest));
        let name = first.strip_prefix('$').map(|name| name.trim_start_matches('{').trim_end_matches('}'));
        let base = match (first, name) {
            ("~", _) | (_, Some("HOME")) => home,
            (_, Some(name)) => self.value(name).unwrap_or_default(),
            _ => return path.to_owned(),
        };
        joined(base, rest)
    }
}

fn guard(path: String, care: Care, what: &'static str) -> Guard {
    Guard { path, care, what }
}

fn joined(base: &str, below: &str) -> String {
    let base = base.trim_end_matches('/');
    if below.is_empty() { base.to_owned() } else { format!("{base}/{below}") }
}
