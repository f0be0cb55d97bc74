//! HTTP: connections, time limits, proxy, certificates, and the refusal of remote hosts.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::{Duration, SystemTime};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{Method, RequestBuilder, Response, Url};
use serde_json::Value;

use super::fault::Place;
use super::picture::Smaller;
use super::place::{base_url, defaults, is_local};
use super::{Listed, Target, sight};
use crate::config::Wire;
use crate::config::schema::Network;
use crate::model::{Fault, FaultKind, Remedy, Secret};

/// The longest body that is read of an error or a list of models, in bytes.
const BODY_LIMIT: usize = 4 << 20;

/// How long is waited for what.
#[derive(Debug, Clone, Copy)]
pub(super) struct Times {
    pub(super) connect: Duration,
    pub(super) first_byte: Duration,
    pub(super) idle: Duration,
    /// The first pause before a request is sent again; doubles with each.
    pub(super) back_off: Duration,
}

/// Asks providers. Cheap to clone; clones share their connections.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    /// For servers on this machine: whatever proxy the environment names, what is asked here stays here.
    direct: reqwest::Client,
    local_only: bool,
    /// Why nobody elsewhere is asked: the settings about it can't be used.
    cut_off: Option<Fault>,
    pub(super) smaller: Smaller,
    pub(super) times: Times,
    pub(super) retries: u32,
}

/// A failed attempt, and how long the server wants to be left alone.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) fault: Fault,
    pub(super) retry_after: Option<Duration>,
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        Self { fault, retry_after: None }
    }
}

impl Client {
    /// Sets up connections.
    ///
    /// # Errors
    /// `Config` when the proxy or the CA file can't be used.
    pub fn new(network: &Network, local_only: bool) -> Result<Self, Fault> {
        let seconds = |value: u32| Duration::from_secs(u64::from(value.max(1)));
        let times = Times {
            connect: seconds(network.connect_timeout),
            first_byte: seconds(network.first_byte_timeout),
            idle: seconds(network.idle_timeout),
            back_off: Duration::from_millis(500),
        };
        Self::with_times(network, local_only, times)
    }

    pub(super) fn with_times(network: &Network, local_only: bool, times: Times) -> Result<Self, Fault> {
        // An error means that a provider is installed already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = connect(network, local_only, &times)?;
        let direct = connect(network, true, &times)?;
        let (smaller, retries) = (Smaller::default(), network.retries);
        Ok(Self { http, direct, local_only, cut_off: None, smaller, times, retries })
    }

    /// The client for settings that [`Client::new`] refuses: it asks this machine only, and says why of all others. A
    /// proxy or authority that can't be used must not count as none.
    ///
    /// # Errors
    /// When no connections can be made at all.
    pub fn cut_off(network: &Network, why: Fault) -> Result<Self, Fault> {
        let here = Network { proxy: String::new(), ca_file: None, ..network.clone() };
        let detail = format!("{} Until it is right, only this machine is asked.", why.detail);
        Ok(Self { cut_off: Some(Fault { detail, ..why }), ..Self::new(&here, false)? })
    }

    /// Whether the settings could not be used.
    pub fn is_cut_off(&self) -> bool {
        self.cut_off.is_some()
    }

    /// A request with the provider's headers and key, refused where the host is remote and must not be.
    pub(super) fn builder(
        &self,
        method: Method,
        target: &Target,
        path: &str,
        place: &Place,
    ) -> Result<RequestBuilder, Fault> {
        let base = base_url(target);
        let url = Url::parse(&format!("{base}{path}"))
            .map_err(|error| place.bad_setting(&format!("`url` is not a URL: {error}.")))?;
        let here = is_local(url.as_str());
        if self.local_only && !here {
            return Err(place.not_local());
        }
        if let Some(why) = self.cut_off.as_ref().filter(|_| !here) {
            return Err(why.clone());
        }
        let key = target.key.clone()?;
        let needed = defaults(target.provider.wire, &target.model.provider);
        if key.is_none() && needed.key_required && base == needed.url {
            return Err(place.missing_key());
        }
        let http = if here { &self.direct } else { &self.http };
        let mut builder = http.request(method, url);
        for (name, value) in &target.provider.headers {
            builder = builder.header(name, value);
        }
        if let Some(key) = &key {
            builder = authorised(builder, target.provider.wire, key, place)?;
        }
        Ok(builder)
    }

    /// Sends a request for an answer and waits for the head of the response.
    pub(super) async fn open(
        &self,
        target: &Target,
        request: &super::request::HttpRequest,
        place: &Place,
    ) -> Result<Response, Refusal> {
        let mut builder = self.builder(Method::POST, target, &request.path, place)?.json(&request.body);
        for (name, value) in &request.headers {
            builder = builder.header(*name, *value);
        }
        self.send(builder, place).await
    }

    async fn send(&self, builder: RequestBuilder, place: &Place) -> Result<Response, Refusal> {
        let sent = tokio::time::timeout(self.times.first_byte, builder.send()).await;
        let response = sent
            .map_err(|_| place.timeout("did not begin to answer in time"))?
            .map_err(|error| place.transport(&error, false))?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let header = response.headers().get("retry-after").and_then(|value| value.to_str().ok());
        let retry_after = header.and_then(|value| retry_after(value, SystemTime::now()));
        let body = self.body(response, place).await.unwrap_or_default();
        Err(Refusal { fault: place.status(status, &body), retry_after })
    }

    async fn body(&self, mut response: Response, place: &Place) -> Result<String, Fault> {
        let mut body = Vec::new();
        loop {
            let chunk = tokio::time::timeout(self.times.idle, response.chunk()).await;
            let chunk = chunk.map_err(|_| place.timeout("fell silent"))?;
            let Some(chunk) = chunk.map_err(|error| place.transport(&error, true))? else { break };
            if body.len() + chunk.len() > BODY_LIMIT {
                return Err(place.garbage("its answer is too long", ""));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(String::from_utf8_lossy(&body).into_owned())
    }

    /// Which models the provider lists, in its order, with what the list says of their sight.
    ///
    /// # Errors
    /// As a request for an answer.
    pub async fn models(&self, target: &Target) -> Result<Vec<Listed>, Fault> {
        let place = Place::of(target);
        let (path, list, name) = match target.provider.wire {
            Wire::OpenaiChat | Wire::OpenaiResponses => ("/models", "data", "id"),
            Wire::Anthropic => ("/v1/models?limit=1000", "data", "id"),
            Wire::Gemini => ("/v1beta/models?pageSize=1000", "models", "name"),
            Wire::Ollama => ("/api/tags", "models", "name"),
        };
        let mut builder = self.builder(Method::GET, target, path, &place)?;
        if target.provider.wire == Wire::Anthropic {
            builder = builder.header("anthropic-version", "2023-06-01");
        }
        let json = self.json(builder, &place, "its list of models is not JSON").await?;
        let entries = json[list].as_array().ok_or_else(|| place.garbage("it lists no models", &json.to_string()))?;
        let able = |entry: &&Value| {
            entry["supportedGenerationMethods"]
                .as_array()
                .is_none_or(|methods| methods.iter().any(|method| method == "generateContent"))
        };
        let listed = entries.iter().filter(able).filter_map(|entry| {
            let name = entry[name].as_str()?.trim_start_matches("models/").to_owned();
            Some(Listed { name, sees: sight::in_list(entry) })
        });
        Ok(listed.collect())
    }

    /// What a request that is no question is answered with.
    pub(super) async fn json(&self, builder: RequestBuilder, place: &Place, wrong: &str) -> Result<Value, Fault> {
        let response = self.send(builder, place).await.map_err(|refusal| refusal.fault)?;
        let body = self.body(response, place).await?;
        serde_json::from_str(&body).map_err(|_| place.garbage(wrong, &body))
    }
}

fn authorised(builder: RequestBuilder, wire: Wire, key: &Secret, place: &Place) -> Result<RequestBuilder, Fault> {
    let (header, value) = match wire {
        Wire::Anthropic => ("x-api-key", key.reveal().to_owned()),
        Wire::Gemini => ("x-goog-api-key", key.reveal().to_owned()),
        Wire::OpenaiChat | Wire::OpenaiResponses | Wire::Ollama => {
            ("authorization", format!("Bearer {}", key.reveal()))
        }
    };
    let mut value = reqwest::header::HeaderValue::from_str(&value)
        .map_err(|_| place.bad_setting("The key holds characters that no key can hold."))?;
    value.set_sensitive(true);
    Ok(builder.header(header, value))
}

/// How long the server wants to be left alone: seconds or an HTTP date (RFC 9110, 10.2.3).
fn retry_after(value: &str, now: SystemTime) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let date = jiff::fmt::rfc2822::parse(value).ok()?;
    let date = SystemTime::UNIX_EPOCH + Duration::from_secs(u64::try_from(date.timestamp().as_second()).ok()?);
    Some(date.duration_since(now).unwrap_or_default())
}

/// Every name of this machine is a loopback address; no name server has a say in that.
#[derive(Debug)]
struct Loopback;

impl Resolve for Loopback {
    fn resolve(&self, _name: Name) -> Resolving {
        let addresses = [IpAddr::from(Ipv4Addr::LOCALHOST), IpAddr::from(Ipv6Addr::LOCALHOST)];
        let addresses: Addrs = Box::new(addresses.into_iter().map(|address| SocketAddr::new(address, 0)));
        Box::pin(std::future::ready(Ok(addresses)))
    }
}

/// Sets up connections, to this machine alone and without a proxy when `straight`.
fn connect(network: &Network, straight: bool, times: &Times) -> Result<reqwest::Client, Fault> {
    builder(network, straight, times)?.build().or_else(|error| {
        // A bare system without certificate authorities: servers on this machine can be asked all the same, and
        // for the others the fault of the connection says what is missing.
        tracing::warn!("{error}; install ca-certificates, until then only http:// can be asked");
        builder(network, straight, times)?.tls_certs_only([]).build().map_err(|error| {
            let cause = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
            Fault::new(FaultKind::Config, "No connections can be made", format!("{error}: {cause}"))
        })
    })
}

/// The connections as they are configured.
fn builder(network: &Network, straight: bool, times: &Times) -> Result<reqwest::ClientBuilder, Fault> {
    let wrong = |what: &str, why: &str| {
        Fault::new(FaultKind::Config, format!("The setting network.{what} can't be used"), why.to_owned())
            .or(Remedy::OpenConfig)
    };
    let redirect = reqwest::redirect::Policy::custom(move |attempt| {
        let from = attempt.previous().last().map(Url::origin);
        // A redirect must not carry the conversation, or a header with a key, to another host.
        if from != Some(attempt.url().origin()) {
            let to = attempt.url().origin().ascii_serialization();
            attempt.error(format!("to {to}"))
        } else if attempt.previous().len() > 5 {
            attempt.error("back to itself, again and again")
        } else {
            attempt.follow()
        }
    });
    let mut builder = reqwest::Client::builder()
        .connect_timeout(times.connect)
        .redirect(redirect)
        .retry(reqwest::retry::never())
        .user_agent(concat!("nerva/", env!("CARGO_PKG_VERSION")));
    if straight {
        builder = builder.no_proxy().dns_resolver(Loopback);
    } else if !network.proxy.is_empty() {
        let proxy = reqwest::Proxy::all(&network.proxy)
            .ok()
            .filter(|_| is_proxy(&network.proxy))
            .ok_or_else(|| wrong("proxy", "It is not a URL that begins with http://, https:// or socks5h://."))?;
        builder = builder.proxy(proxy.no_proxy(reqwest::NoProxy::from_string("localhost,127.0.0.0/8,::1")));
    }
    if let Some(path) = &network.ca_file {
        let name = path.display();
        let pem = std::fs::read(path).map_err(|error| wrong("ca_file", &format!("{name}: {error}.")))?;
        let certificates = reqwest::Certificate::from_pem_bundle(&pem)
            .ok()
            .filter(|list| !list.is_empty())
            .ok_or_else(|| wrong("ca_file", &format!("{name} holds no PEM certificate.")))?;
        builder = builder.tls_certs_merge(certificates);
    }
    Ok(builder)
}

/// Whether it is the address of a proxy whose protocol is spoken here; any other would be taken for none.
fn is_proxy(address: &str) -> bool {
    let whole = if address.contains("://") { address.to_owned() } else { format!("http://{address}") };
    Url::parse(&whole).is_ok_and(|url| {
        matches!(url.scheme(), "http" | "https" | "socks4" | "socks4a" | "socks5" | "socks5h") && url.has_host()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_435_200);
        for (value, seconds) in [
            ("7", Some(7)),
            (" 0 ", Some(0)),
            ("Mon, 23 Nov 2026 12:00:30 GMT", Some(30)),
            ("Mon, 23 Nov 2026 11:00:00 GMT", Some(0)),
            ("-1", None),
            ("soon", None),
        ] {
            assert_eq!(retry_after(value, now), seconds.map(Duration::from_secs), "{value}");
        }
    }

    #[test]
    fn a_proxy_that_speaks_what_is_not_spoken_here_does_not_count_as_none() {
        let client = |proxy: &str| {
            let network = Network { proxy: proxy.into(), ..Network::default() };
            Client::new(&network, false).map_err(|fault| (fault.title, fault.detail))
        };
        for good in ["http://p:1", "https://p", "socks5h://me:secret@p", "socks5://[::1]:9", "p:3128", "10.0.0.1:3128"]
        {
            assert!(client(good).is_ok(), "{good}");
        }
        for bad in ["ftp://p", "htp://p:1", "socks://p", "http://", "a b", "http://p:port", "file:///p"] {
            let (title, detail) = client(bad).unwrap_err();
            assert!(title.contains("network.proxy") && detail.contains("socks5h://"), "{bad}: {title}: {detail}");
        }
    }

    /// The fault of asking a server on this machine that takes what comes and sends back only `answer`.
    async fn fault_of(scheme: &str, answer: &'static str) -> Fault {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("{scheme}://{}", listener.local_addr().unwrap());
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let _ = stream.read(&mut [0; 4096]).await.unwrap();
            stream.write_all(answer.as_bytes()).await.unwrap();
        });
        let provider = toml::from_str(&format!("wire = \"openai-chat\"\nurl = \"{url}\"")).unwrap();
        let target = Target { model: "near/tiny".parse().unwrap(), provider, key: Ok(None), sees: None };
        Client::new(&Network::default(), false).unwrap().models(&target).await.unwrap_err()
    }

    #[tokio::test]
    async fn a_redirect_names_the_host_it_leads_to() {
        let answer = "HTTP/1.1 302 Found\r\nLocation: https://tls.example/v1/models\r\nContent-Length: 0\r\n\r\n";
        let fault = fault_of("http", answer).await;
        assert_eq!(fault.kind, FaultKind::Config, "{fault}");
        assert!(fault.detail.contains("https://tls.example") && fault.detail.contains("providers.near"), "{fault}");
    }

    #[tokio::test]
    async fn a_failure_of_tls_is_told_from_others_by_its_type() {
        let plain = fault_of("https", "HTTP/1.1 400 Bad Request\r\n\r\n").await;
        let hung_up = fault_of("https", "").await;
        let closed = fault_of("http", "").await;
        assert_eq!((plain.kind, hung_up.kind), (FaultKind::Tls, FaultKind::Tls), "{plain}\n{hung_up}");
        assert_eq!(closed.kind, FaultKind::Unreachable, "{closed}");
    }
}
