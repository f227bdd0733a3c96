//! Where in a request a token may be (RFC 6750 section 2), and what is not a token at all.

use std::borrow::Cow;
use std::net::{Ipv4Addr, Ipv6Addr};

use http::header::{self, HeaderMap, HeaderName};
use http::request::Parts;
use http::{Method, Uri};

use crate::error::ConfigError;

/// Where in a request a token is read from.
///
/// Only the `Authorization` header is read unless [`VerifierBuilder::token_location`](super::VerifierBuilder::token_location)
/// names others. Each location has its own risks, so all of them are opt-in.
///
/// ```
/// use auth_runtime::{TokenLocation, Verifier};
/// let builder = Verifier::builder()
///     .token_location(TokenLocation::authorization())
///     .token_location(TokenLocation::cookie("__Host-token"));
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TokenLocation(Kind);

#[derive(Clone, Debug, Eq, PartialEq)]
enum Kind {
    Authorization,
    Cookie { name: String, counts_cross_site: bool },
    WebSocketQuery(String),
    WebSocketSubprotocol(String),
}

impl TokenLocation {
    /// `Authorization: Bearer TOKEN` (RFC 6750 section 2.1).
    pub fn authorization() -> Self {
        Self(Kind::Authorization)
    }

    /// A cookie of this name. Prefer a name that begins with `__Host-`.
    ///
    /// A browser sends cookies also with requests that pages of other sites make. So the cookie counts on every GET,
    /// HEAD and OPTIONS request that is no upgrade, and on other requests only if they come from the same origin:
    ///
    /// - `Sec-Fetch-Site` is `same-origin`, or `none`, which means that the user began the request (Fetch Metadata);
    /// - or there is no `Sec-Fetch-Site`, and `Origin` names the host that the request was sent to. Its scheme must be
    ///   `https`, or `http` if the host is `localhost`, 127.0.0.0/8 or `[::1]`.
    ///
    /// A cookie that does not count is ignored.
    pub fn cookie(name: impl Into<String>) -> Self {
        Self(Kind::Cookie { name: name.into(), counts_cross_site: false })
    }

    /// Lets the cookie count on every request, whatever page made it. Only if something else stops forged requests
    /// (CSRF). It changes nothing about other locations.
    #[must_use]
    pub fn danger_allow_cross_site(mut self) -> Self {
        if let Kind::Cookie { counts_cross_site, .. } = &mut self.0 {
            *counts_cross_site = true;
        }
        self
    }

    /// A query parameter of this name, on WebSocket upgrades only: there a browser can set no header.
    ///
    /// The token is never logged here. Make sure that nothing else logs the URL.
    pub fn websocket_query(name: impl Into<String>) -> Self {
        Self(Kind::WebSocketQuery(name.into()))
    }

    /// A subprotocol of the form `PREFIX` `TOKEN`, on WebSocket upgrades only.
    ///
    /// It is never echoed: answer with another of the offered subprotocols.
    pub fn websocket_subprotocol(prefix: impl Into<String>) -> Self {
        Self(Kind::WebSocketSubprotocol(prefix.into()))
    }
}

/// What a request brings.
#[derive(Debug)]
pub(crate) enum Credentials<'a> {
    None,
    /// Not yet verified.
    Token(Cow<'a, [u8]>),
    /// Meant for us, but not of the form `Bearer TOKEN`.
    Malformed,
    /// More than one, so which one is meant is unknown.
    Ambiguous,
}

/// The locations that one verifier reads.
#[derive(Debug)]
pub(crate) struct TokenLocations(Vec<Kind>);

impl TokenLocations {
    pub(super) fn new(named: Vec<TokenLocation>) -> Result<Self, ConfigError> {
        let mut kinds: Vec<Kind> = named.into_iter().map(|location| location.0).collect();
        if kinds.is_empty() {
            kinds.push(Kind::Authorization);
        }
        kinds.iter().try_for_each(Kind::check)?;
        Ok(Self(kinds))
    }

    /// The one token of a request.
    pub(crate) fn credentials<'a>(&self, parts: &'a Parts) -> Credentials<'a> {
        let mut found = Credentials::None;
        for kind in &self.0 {
            found = match (found, kind.credentials(parts)) {
                (found, Credentials::None) => found,
                (Credentials::None, other) => other,
                _ => return Credentials::Ambiguous,
            };
        }
        found
    }

    /// Why a request without credentials has none, for the log. Says nothing of what a header holds: a token may stand
    /// there without its scheme.
    pub(crate) fn why_none(&self, parts: &Parts) -> &'static str {
        let is_there = |kind: &Kind| match kind {
            Kind::Cookie { name, .. } => !matches!(cookie(&parts.headers, name), Credentials::None),
            _ => false,
        };
        if self.0.iter().any(is_there) {
            return "a cookie that does not count: another site may have made the request";
        }
        match (self.0.contains(&Kind::Authorization), parts.headers.contains_key(header::AUTHORIZATION)) {
            (true, true) => "an `Authorization` header of another scheme",
            (true, false) => "no `Authorization` header",
            (false, true) => "an `Authorization` header, which this verifier does not read",
            (false, false) => "no token in any location that this verifier reads",
        }
    }
}

/// RFC 9110 section 5.6.2.
fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

impl Kind {
    fn check(&self) -> Result<(), ConfigError> {
        let (name, fault) = match self {
            Self::Authorization => return Ok(()),
            Self::Cookie { name, .. } => (name, "is not a cookie's name"),
            Self::WebSocketQuery(name) => (name, "is not a parameter's name"),
            Self::WebSocketSubprotocol(prefix) => (prefix, "is not the beginning of a subprotocol's name"),
        };
        if name.is_empty() || !name.bytes().all(is_token_byte) {
            return Err(ConfigError::new("token_location", format!("`{name}` {fault}")));
        }
        Ok(())
    }

    fn credentials<'a>(&self, parts: &'a Parts) -> Credentials<'a> {
        match self {
            Self::Authorization => authorization(&parts.headers),
            Self::Cookie { name, counts_cross_site } => {
                if *counts_cross_site || is_safe(parts) || is_same_origin(parts) {
                    cookie(&parts.headers, name)
                } else {
                    Credentials::None
                }
            }
            Self::WebSocketQuery(name) if is_websocket(parts) => query(&parts.uri, name),
            Self::WebSocketSubprotocol(prefix) if is_websocket(parts) => subprotocol(&parts.headers, prefix),
            Self::WebSocketQuery(_) | Self::WebSocketSubprotocol(_) => Credentials::None,
        }
    }
}

/// A scheme is named in any case (RFC 9110 section 11.1), and one space follows it (RFC 6750 section 2.1).
const BEARER: &[u8; 7] = b"Bearer ";

fn authorization(headers: &HeaderMap) -> Credentials<'_> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let Some(value) = values.next() else { return Credentials::None };
    if values.next().is_some() {
        return Credentials::Ambiguous;
    }
    let value = value.as_bytes();
    match value.split_first_chunk::<{ BEARER.len() }>() {
        // What else cannot stand here is no token either: verification says so, at less cost than a look at each byte.
        Some((scheme, token)) if scheme.eq_ignore_ascii_case(BEARER) && !token.is_empty() => {
            Credentials::Token(token.into())
        }
        _ => {
            let scheme = value.split(|byte| !is_token_byte(*byte)).next().unwrap_or_default();
            let is_ours = scheme.eq_ignore_ascii_case(BEARER.trim_ascii());
            if is_ours { Credentials::Malformed } else { Credentials::None }
        }
    }
}

fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Credentials<'a> {
    let pairs = headers.get_all(header::COOKIE).iter().flat_map(|value| value.as_bytes().split(|byte| *byte == b';'));
    let values = pairs.filter_map(|pair| {
        let pair = pair.trim_ascii();
        let (key, value) = pair.split_at_checked(pair.iter().position(|byte| *byte == b'=')?)?;
        (key == name.as_bytes()).then(|| value.get(1..).unwrap_or_default())
    });
    only(values.map(Cow::Borrowed))
}

fn query<'a>(uri: &'a Uri, name: &str) -> Credentials<'a> {
    let pairs = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    only(pairs.filter(|(key, _)| key == name).map(|(_, value)| match value {
        Cow::Borrowed(value) => Cow::Borrowed(value.as_bytes()),
        Cow::Owned(value) => Cow::Owned(value.into_bytes()),
    }))
}

fn subprotocol<'a>(headers: &'a HeaderMap, prefix: &str) -> Credentials<'a> {
    let offered = headers.get_all(header::SEC_WEBSOCKET_PROTOCOL).iter();
    let offered = offered.flat_map(|value| value.as_bytes().split(|byte| *byte == b',')).map(<[u8]>::trim_ascii);
    only(offered.filter_map(|name| name.strip_prefix(prefix.as_bytes())).map(Cow::Borrowed))
}

fn only<'a>(mut tokens: impl Iterator<Item = Cow<'a, [u8]>>) -> Credentials<'a> {
    match (tokens.next(), tokens.next()) {
        (None, _) => Credentials::None,
        (Some(_), Some(_)) => Credentials::Ambiguous,
        (Some(token), None) if token.is_empty() => Credentials::Malformed,
        (Some(token), None) => Credentials::Token(token),
    }
}

/// Methods that change nothing (RFC 9110 section 9.2.1), and no upgrade: a WebSocket opened by another site could
/// read what it is sent.
fn is_safe(parts: &Parts) -> bool {
    [Method::GET, Method::HEAD, Method::OPTIONS].contains(&parts.method) && !is_upgrade(parts)
}

fn is_upgrade(parts: &Parts) -> bool {
    parts.headers.contains_key(header::UPGRADE) || parts.method == Method::CONNECT
}

fn is_websocket(parts: &Parts) -> bool {
    let mut protocols =
        parts.headers.get_all(header::UPGRADE).iter().flat_map(|to| to.as_bytes().split(|byte| *byte == b','));
    let upgrades = protocols.any(|to| to.trim_ascii().eq_ignore_ascii_case(b"websocket"));
    (parts.method == Method::GET && upgrades)
        // RFC 8441: over HTTP/2 the upgrade is an extended CONNECT.
        || (parts.method == Method::CONNECT && parts.headers.contains_key(header::SEC_WEBSOCKET_VERSION))
}

/// Whether a page of this origin, or the user, made the request, as the browser says: `same-site` is not enough, because
/// it includes other hosts of the domain.
fn is_same_origin(parts: &Parts) -> bool {
    const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
    let mut sites = parts.headers.get_all(SEC_FETCH_SITE).iter();
    match (sites.next(), sites.next()) {
        (Some(site), None) => [&b"same-origin"[..], b"none"].contains(&site.as_bytes()),
        (None, _) => origin_is_host(parts).unwrap_or(false),
        (Some(_), Some(_)) => false,
    }
}

/// Whether `Origin` names the host that the request was sent to, by a scheme that proves it.
fn origin_is_host(parts: &Parts) -> Option<bool> {
    let origin = parts.headers.get(header::ORIGIN)?.to_str().ok()?;
    // HTTP/2 has no `Host`: the authority stands in the request's target (RFC 9113 section 8.3.1).
    let host = match parts.headers.get(header::HOST) {
        Some(host) => host.to_str().ok()?,
        None => parts.uri.authority()?.as_str(),
    };
    let (scheme, authority) = origin.split_once("://")?;
    // Over plain http, anyone on the path can serve a page under any host name. Loopback never leaves this machine.
    let is_secure = scheme == "https" || (scheme == "http" && is_loopback(authority));
    Some(is_secure && authority.eq_ignore_ascii_case(host))
}

/// Whether the host of this authority is the machine itself: `localhost`, 127.0.0.0/8 or `[::1]`.
fn is_loopback(authority: &str) -> bool {
    let is_port = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let host = authority.rsplit_once(':').filter(|(_, port)| is_port(port)).map_or(authority, |(host, _)| host);
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<Ipv4Addr>().is_ok_and(|ip| ip.is_loopback())
        || host
            .strip_prefix('[')
            .and_then(|host| host.strip_suffix(']')?.parse::<Ipv6Addr>().ok())
            .is_some_and(|ip| ip.is_loopback())
}
