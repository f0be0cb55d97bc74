//! Finds a provider's key: a file, a systemd credential, an environment variable, the Secret Service.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::config::{Key, Provider};
use crate::model::{Availability, Fault, FaultKind, Remedy, Secret};

/// A keyring that is being unlocked waits for a person; longer than this the question should not.
const PATIENCE: Duration = Duration::from_secs(30);

/// Finds the key of the provider named `name`.
///
/// Without a `key` setting: the credential `nerva-NAME`, else the variable `usual`, else nothing, which is a fault when
/// the provider has `required` one.
pub async fn resolve(
    name: &str,
    provider: &Provider,
    usual: Option<&str>,
    required: bool,
) -> Result<Option<Secret>, Fault> {
    let found = match &provider.key {
        Some(Key::None(_)) => return Ok(None),
        Some(Key::File(path)) => file(name, path).await?,
        Some(Key::Credential(credential)) => match credential_path(credential) {
            Some(path) => file(name, &path).await?,
            None => {
                return Err(missing(
                    name,
                    "no systemd credentials were given to nervad",
                    "Add `LoadCredential=` to nervad.service",
                ));
            }
        },
        Some(Key::Env(variable)) => match environment(variable) {
            Some(key) => Some(key),
            None => {
                return Err(missing(
                    name,
                    &format!("{variable} is not set in nervad's environment"),
                    "Set it with `systemctl --user set-environment` or in the session's start, and restart nervad",
                ));
            }
        },
        Some(Key::Secret(account)) => Some(secret(name, account).await?),
        None => {
            let credential = credential_path(&format!("nerva-{name}")).filter(|path| path.exists());
            match credential {
                Some(path) => file(name, &path).await?,
                None => usual.and_then(environment),
            }
        }
    };
    match found {
        Some(key) => Ok(Some(key)),
        None if required => {
            let variable = usual.map_or_else(String::new, |usual| format!(" {usual} is not set, and"));
            Err(missing(
                name,
                &format!("{variable} no `key` is configured").replace("  ", " "),
                "Add `key = { file = \"…\" }` to its section",
            ))
        }
        None => Ok(None),
    }
}

fn missing(name: &str, why: &str, next: &str) -> Fault {
    let detail = format!("{}. {}.", sentence(why.trim()), sentence(next));
    Fault::new(FaultKind::MissingKey, format!("There is no key for {name}"), detail)
        .or(Remedy::OpenConfig)
        .or(Remedy::ChooseModel)
}

/// With a capital letter.
fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
}

fn environment(variable: &str) -> Option<Secret> {
    std::env::var(variable).ok().filter(|key| !key.trim().is_empty()).map(|key| Secret::new(&key))
}

fn credential_path(credential: &str) -> Option<PathBuf> {
    // A name is no way out of the folder.
    let folder = std::env::var_os("CREDENTIALS_DIRECTORY").filter(|_| !credential.contains('/'))?;
    Some(PathBuf::from(folder).join(credential))
}

/// The file's first line.
async fn file(name: &str, path: &Path) -> Result<Option<Secret>, Fault> {
    let text = tokio::fs::read_to_string(path).await.map_err(|error| {
        missing(name, &format!("{} can't be read: {error}", path.display()), "Check the path and who may read it")
    })?;
    if let Ok(metadata) = tokio::fs::metadata(path).await
        && metadata.permissions().mode() & 0o007 != 0
    {
        tracing::warn!("everybody on this machine can read {}; `chmod 600` it", path.display());
    }
    match text.lines().next().map(str::trim) {
        Some(key) if !key.is_empty() => Ok(Some(Secret::new(key))),
        _ => Err(missing(name, &format!("the first line of {} is empty", path.display()), "Put the key there")),
    }
}

async fn secret(name: &str, account: &str) -> Result<Secret, Fault> {
    let next = format!("Store it with `secret-tool store --label=Nerva service nerva account {account}`");
    let look_up = async {
        let keyring = oo7::Keyring::new().await?;
        let items = keyring.search_items(&[("service", "nerva"), ("account", account)]).await?;
        let Some(item) = items.first() else { return Ok(None) };
        if item.is_locked().await? {
            item.unlock().await?;
        }
        item.secret().await.map(Some)
    };
    match tokio::time::timeout(PATIENCE, look_up).await {
        Err(_) => Err(missing(name, "the Secret Service did not answer", "Unlock the keyring and ask again")),
        Ok(Err(error)) => Err(match is_available().await {
            Availability::Unusable { why, next_step } => missing(name, &why, &next_step),
            Availability::Usable { .. } => missing(name, &format!("the Secret Service failed: {error}"), &next),
        }),
        Ok(Ok(None)) => Err(missing(name, &format!("the keyring has no item for `{account}`"), &next)),
        Ok(Ok(Some(secret))) => match std::str::from_utf8(secret.as_bytes()) {
            Ok(key) if !key.trim().is_empty() => Ok(Secret::new(key)),
            _ => Err(missing(name, &format!("the keyring's item `{account}` is empty or not text"), &next)),
        },
    }
}

/// Whether a Secret Service is there.
pub async fn is_available() -> Availability {
    let next = "start gnome-keyring, KWallet or KeePassXC, or keep keys in files or credentials";
    match tokio::time::timeout(Duration::from_secs(3), super::systemd::name_is_there("org.freedesktop.secrets")).await {
        Ok(Ok(true)) => Availability::usable("Secret Service"),
        Ok(Ok(false)) => Availability::unusable("there is no Secret Service on the bus", next),
        Ok(Err(error)) => Availability::unusable(error.to_string(), next),
        Err(_) => Availability::unusable("the session bus does not answer", next),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn provider(key: Option<Key>) -> Provider {
        toml::from_str::<Provider>("wire = \"anthropic\"").map(|provider| Provider { key, ..provider }).unwrap()
    }

    #[tokio::test]
    async fn a_file_gives_its_first_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        std::fs::write(&path, "  sk-one \nsecond\n").unwrap();
        let key = resolve("a", &provider(Some(Key::File(path.clone()))), None, true).await.unwrap().unwrap();
        assert_eq!(key.reveal(), "sk-one");
        std::fs::write(&path, "\n").unwrap();
        let fault = resolve("a", &provider(Some(Key::File(path))), None, true).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::MissingKey);
        assert!(fault.detail.contains("empty"), "{fault}");
    }

    #[tokio::test]
    async fn a_missing_key_names_where_it_was_looked_for() {
        let fault = resolve("acme", &provider(None), Some("NERVA_TEST_UNSET"), true).await.unwrap_err();
        assert!(fault.title.contains("acme") && fault.detail.contains("NERVA_TEST_UNSET"), "{fault}");
        let fault =
            resolve("acme", &provider(Some(Key::Env("NERVA_TEST_UNSET".into()))), None, false).await.unwrap_err();
        assert!(fault.detail.contains("NERVA_TEST_UNSET"), "{fault}");
        assert_eq!(resolve("acme", &provider(None), None, false).await, Ok(None));
        assert_eq!(resolve("acme", &provider(Some(Key::None(true))), Some("PATH"), true).await, Ok(None));
    }
}
