//! Where vendors are by default, and which hosts are this machine.

use super::Target;
use crate::config::Wire;

/// What is known of a vendor without configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Defaults {
    /// Its URL, without the path of the wire format.
    pub url: &'static str,
    /// The usual environment variable of its key.
    pub key_env: Option<&'static str>,
    /// Whether it answers only with a key.
    pub key_required: bool,
    /// Its name for people.
    pub label: &'static str,
}

/// The vendor's default URL, the usual variable of its key, and whether a key is required.
pub fn defaults(wire: Wire, name: &str) -> Defaults {
    let cloud = |label, url, env| Defaults { url, key_env: Some(env), key_required: true, label };
    let local = |label, url| Defaults { url, key_env: None, key_required: false, label };
    match (wire, name) {
        (Wire::OpenaiChat, "openrouter") => cloud("OpenRouter", "https://openrouter.ai/api/v1", "OPENROUTER_API_KEY"),
        (Wire::OpenaiChat, "lmstudio") => local("LM Studio", "http://127.0.0.1:1234/v1"),
        (Wire::OpenaiChat, "llamacpp") => local("llama.cpp", "http://127.0.0.1:8080/v1"),
        (Wire::OpenaiChat | Wire::OpenaiResponses, _) => cloud("OpenAI", "https://api.openai.com/v1", "OPENAI_API_KEY"),
        (Wire::Anthropic, _) => cloud("Anthropic", "https://api.anthropic.com", "ANTHROPIC_API_KEY"),
        (Wire::Gemini, _) => cloud("Gemini", "https://generativelanguage.googleapis.com", "GEMINI_API_KEY"),
        (Wire::Ollama, _) => local("Ollama", "http://127.0.0.1:11434"),
    }
}

/// What is known of a provider as it is configured. At another URL than the vendor's there is a server of somebody
/// else's: it gets no key that was not configured for it, and may need none.
pub fn of(name: &str, provider: &crate::config::Provider) -> Defaults {
    let vendor = defaults(provider.wire, name);
    let elsewhere = provider.url.as_deref().is_some_and(|url| host(url) != host(vendor.url));
    if elsewhere { Defaults { key_env: None, key_required: false, label: "", ..vendor } } else { vendor }
}

/// The target's URL without a trailing slash.
pub(super) fn base_url(target: &Target) -> String {
    let default = defaults(target.provider.wire, &target.model.provider).url;
    target.provider.url.as_deref().unwrap_or(default).trim_end_matches('/').to_owned()
}

/// The host and port for people; user information, which may hold a password, is left out.
pub(super) fn host(url: &str) -> String {
    reqwest::Url::parse(url).ok().map_or_else(
        || "no valid URL".to_owned(),
        |url| match (url.host_str(), url.port()) {
            (Some(host), Some(port)) => format!("{host}:{port}"),
            (Some(host), None) => host.to_owned(),
            (None, _) => "no host".to_owned(),
        },
    )
}

/// Whether a provider can be at this URL.
pub fn is_address(url: &str) -> bool {
    reqwest::Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

/// Whether the URL's host is this machine: a loopback address or `localhost`. Asks no name server.
pub fn is_local(url: &str) -> bool {
    let Ok(url) = reqwest::Url::parse(url) else { return false };
    let host = url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    match host.parse::<std::net::IpAddr>() {
        Ok(std::net::IpAddr::V6(v6)) => v6.is_loopback() || v6.to_ipv4_mapped().is_some_and(|v4| v4.is_loopback()),
        Ok(std::net::IpAddr::V4(v4)) => v4.is_loopback(),
        Err(_) => host == "localhost" || host.ends_with(".localhost"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_is_local() {
        for url in
            ["http://127.0.0.1:1", "http://127.9.9.9", "http://[::1]:8080/v1", "http://localhost", "http://a.localhost"]
        {
            assert!(is_local(url), "{url}");
        }
        for url in
            ["http://10.0.0.1", "https://localhost.example.org", "http://0.0.0.0", "nonsense", "http://x@example.org"]
        {
            assert!(!is_local(url), "{url}");
        }
    }

    #[test]
    fn a_vendors_key_goes_to_the_vendor_only() {
        let provider = |url: &str| toml::from_str(&format!("wire = \"openai-chat\"\nurl = \"{url}\"")).unwrap();
        assert_eq!(of("x", &provider("https://api.openai.com/v1/")).key_env, Some("OPENAI_API_KEY"));
        assert_eq!(of("x", &provider("http://127.0.0.1:8000/v1")).key_env, None);
        assert_eq!(of("openai", &provider("https://api.openai.com.example.org/v1")).key_env, None);
    }

    #[test]
    fn a_password_in_the_url_is_not_shown() {
        assert_eq!(host("https://me:secret@example.org:8443/v1"), "example.org:8443");
    }
}
