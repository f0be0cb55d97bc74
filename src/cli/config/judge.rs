//! What a configuration says of things outside it: themes, providers, addresses, a file of certificates.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use crate::config::schema::Network;
use crate::config::{Config, Problem, line_of_key, nearest};
use crate::model::ModelRef;
use crate::providers::{self, Client};
use crate::theme;

/// Everything in `config`, which was read from `file`, that names what is not there or can't be used, and what is wrong in
/// the themes that it names.
pub fn problems(config: &Config, file: &Path, themes: &Path) -> Vec<Problem> {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let at = |key: &[&str], problem: Problem| Problem {
        file: file.to_owned(),
        line: line_of_key(&text, key),
        key: key.join("."),
        ..problem
    };
    let mut found = Vec::new();
    for (key, name) in [("dark", &config.theme.dark), ("light", &config.theme.light)] {
        found.extend(theme::missing(name, themes).map(|problem| at(&["theme", key], problem)));
    }
    for name in BTreeSet::from([&config.theme.dark, &config.theme.light]) {
        found.extend(theme::wrong(name, themes));
    }
    for (name, provider) in &config.providers {
        if let Some(url) = provider.url.as_deref().filter(|url| !providers::is_address(url)) {
            let problem = Problem::whole(file, format!("`{url}` is not an address"), ADDRESS);
            found.push(at(&["providers", name, "url"], problem));
        }
    }
    let models = [("default", std::slice::from_ref(&config.model.default)), ("fallback", &config.model.fallback)];
    for (key, models) in models {
        let models = models.iter().filter_map(|text| text.parse::<ModelRef>().ok());
        found.extend(models.filter_map(|model| Some(at(&["model", key], unknown(&model, config, file)?))));
    }
    found.extend(network(&config.network, file).into_iter().map(|(key, problem)| at(&["network", key], problem)));
    found
}

const ADDRESS: &str = "a URL that begins with http:// or https:// and names a host";

/// What is wrong with the provider of a model.
fn unknown(model: &ModelRef, config: &Config, file: &Path) -> Option<Problem> {
    let known = providers::well_known(&HashMap::new());
    let names: BTreeSet<&str> = config.providers.keys().chain(known.keys()).map(String::as_str).collect();
    let name = model.provider.as_str();
    if names.contains(name) {
        return None;
    }
    let message = match nearest(name, names.iter().copied()) {
        Some(meant) => format!("no provider is named `{name}`; did you mean `{meant}`?"),
        None => format!("no provider is named `{name}`"),
    };
    let names: Vec<&str> = names.into_iter().collect();
    Some(Problem::whole(file, message, format!("{}, or a section [providers.{name}]", names.join(", "))))
}

/// What is wrong with how providers are reached, by the key; each setting is tried without the other.
fn network(network: &Network, file: &Path) -> Vec<(&'static str, Problem)> {
    let proxy = Network { ca_file: None, ..network.clone() };
    let authorities = Network { proxy: String::new(), ..network.clone() };
    // What is built elsewhere does not see the files of the machine that it is for.
    let builds = std::env::var_os("NIX_BUILD_TOP").is_some();
    let seen = network.ca_file.as_ref().is_none_or(|file| !builds || file.exists());
    let tried = [("proxy", proxy, "", true), ("ca_file", authorities, "a file of certificates in PEM", seen)];
    let wrong = tried.into_iter().filter(|(.., seen)| *seen).filter_map(|(key, network, allowed, _)| {
        let fault = Client::new(&network, false).err()?;
        Some((key, Problem::whole(file, fault.detail.trim_end_matches('.'), allowed)))
    });
    wrong.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The problems of a text, as they are printed, without the name of the folder.
    fn said(text: &str) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("c.toml");
        std::fs::write(&file, text).unwrap();
        let loaded = crate::config::load(&file);
        assert!(loaded.problems.is_empty(), "{text}: {:?}", loaded.problems);
        let found = problems(&loaded.config, &file, &folder.path().join("themes"));
        found.iter().map(|problem| problem.to_string().replace(&format!("{}/", folder.path().display()), "")).collect()
    }

    #[test]
    fn what_names_nothing_is_said_with_its_line_and_what_is_allowed() {
        let own = "[providers.mine]\nwire = \"openai-chat\"\n";
        for (text, expected) in [
            ("[theme]\n\ndark = \"norf\"", "c.toml:3: theme.dark: there is no theme `norf`; did you mean `nord`?"),
            ("theme = { light = \"\" }", "c.toml:1: theme.light: there is no theme ``. Allowed: catppuccin-frappe, "),
            (
                "[model]\ndefault = \"olama/x\"",
                "c.toml:2: model.default: no provider is named `olama`; did you mean `ollama`? Allowed: anthropic, ",
            ),
            (
                "[model]\nfallback = [\"openai/a\",\n \"mine2/x\"]\n[providers.mine]\nwire = \"ollama\"",
                "c.toml:2: model.fallback: no provider is named `mine2`; did you mean `mine`?",
            ),
            (
                &format!("{own}url = \"localhost:8080\"") as &str,
                "c.toml:3: providers.mine.url: `localhost:8080` is not an address. Allowed: a URL that begins with http://",
            ),
            (&format!("{own}url = \"ftp://a\""), "c.toml:3: providers.mine.url: `ftp://a` is not an address"),
            (&format!("{own}url = \"\""), "c.toml:3: providers.mine.url: `` is not an address"),
            ("[network]\nproxy = \"ftp://a\"", "c.toml:2: network.proxy: It is not a URL that begins with http://"),
            ("[network]\nproxy = \"a b\"", "c.toml:2: network.proxy: It is not a URL that begins with http://"),
            ("[network]\nca_file = \"/nowhere.pem\"", "c.toml:2: network.ca_file: /nowhere.pem: No such file"),
            ("[network]\nca_file = \"/dev/null\"", "c.toml:2: network.ca_file: /dev/null holds no PEM certificate"),
        ] {
            let said = said(text);
            assert_eq!(said.len(), 1, "{text}: {said:?}");
            assert!(said[0].starts_with(expected), "{text}\n said {}\n expected {expected}", said[0]);
        }
    }

    #[test]
    fn a_theme_in_which_something_is_wrong_is_named_with_its_own_line() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("mine.toml"), "scheme = \"dark\"\n[colors]\ntxet = \"#ffffff\"").unwrap();
        let mut config = Config::default();
        (config.theme.dark, config.theme.light) = ("mine".into(), "mine".into());
        let found = problems(&config, &folder.path().join("c.toml"), folder.path());
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].to_string().contains("mine.toml:3: colors.txet: unknown colour"), "{}", found[0]);
    }

    #[test]
    fn what_is_there_is_not_complained_about() {
        let text = "[model]\ndefault = \"mine/a/b\"\nfallback = [\"ollama/x\", \"openai/y\", \"llamacpp/z\"]\n\
                    [theme]\ndark = \"nord\"\n[providers.mine]\nwire = \"ollama\"\nurl = \"http://[::1]:1/v1\"\n\
                    [network]\nproxy = \"socks5h://me:secret@localhost:1080\"";
        assert_eq!(said(text), Vec::<String>::new());
        assert_eq!(said(""), Vec::<String>::new());
    }
}
