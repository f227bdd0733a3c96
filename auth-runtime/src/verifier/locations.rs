//! The locations of tokens in a request (RFC 6750 section 2), and which texts in them are not tokens.

mod credentials;
mod description;
mod proxy;
mod read;
mod removal;
#[cfg(feature = "utoipa")]
mod sent_in;

use std::mem::discriminant;
use std::time::Duration;

use http::Request;
use http::header::{self, HeaderName};
use http::request::Parts;

pub(crate) use credentials::{Credentials, LocationKind};
pub(crate) use proxy::Proxy;
pub(crate) use removal::remove_identity_header;
#[cfg(feature = "utoipa")]
pub(crate) use sent_in::SentIn;

use super::sites::SiteRule;
use crate::error::ConfigError;

/// A location in a request from which a token is read.
///
/// Only the `Authorization` header is read, unless
/// [`VerifierBuilder::token_location`](super::VerifierBuilder::token_location) adds locations. Every other location has
/// its own risks, so all of them are opt-in.
///
/// Every location except a cookie is explicit: no browser adds its token by itself. Explicit locations are read first,
/// then cookies in the given order. The first location that has a token is used. If this token is invalid, the response
/// is 401. If one location has two different tokens, or two explicit locations have different tokens, the response is
/// 400. The same token twice counts once.
///
/// [`Issuer::google_iap`](crate::Issuer::google_iap) and
/// [`Issuer::cloudflare_access`](crate::Issuer::cloudflare_access) add the header of their proxy. It is read last, and
/// only tokens of its issuers are accepted from it. The proxy adds it because of a cookie of the browser, so it is
/// accepted on the same requests as a [cookie](Self::cookie).
///
/// ```
/// use auth_runtime::{TokenLocation, Verifier};
/// let builder = Verifier::builder()
///     .token_location(TokenLocation::authorization())
///     .token_location(TokenLocation::cookie("__Host-token").trusted_origin("https://app.example.com"));
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TokenLocation(Kind);

#[derive(Clone, Debug, Eq, PartialEq)]
enum Kind {
    Authorization,
    Header(String),
    Cookie { name: String, sites: SiteRule },
    WebSocketQuery(String),
    WebSocketSubprotocol(String),
    EventStreamQuery { name: String, max_lifetime: Duration },
}

const DEFAULT_QUERY_LIFETIME: Duration = Duration::from_mins(5);

impl TokenLocation {
    /// `Authorization: Bearer TOKEN` (RFC 6750 section 2.1).
    pub fn authorization() -> Self {
        Self(Kind::Authorization)
    }

    /// A header with this name. Its whole value is the token, without a scheme.
    ///
    /// ```
    /// # use auth_runtime::TokenLocation;
    /// let location = TokenLocation::header("x-access-token");
    /// ```
    pub fn header(name: impl Into<String>) -> Self {
        Self(Kind::Header(name.into()))
    }

    /// A cookie with this name. Prefer a name that begins with `__Host-`.
    ///
    /// Browsers also send cookies with requests from pages of other sites. So the cookie is accepted on every GET, HEAD
    /// and OPTIONS request that is not an upgrade. On other requests it is accepted only if they come from the same
    /// origin. At least one of these must be true:
    ///
    /// - `Sec-Fetch-Site` is `same-origin`, or it is `none`, which means that the user started the request (Fetch
    ///   Metadata);
    /// - `Origin` is a [trusted origin](Self::trusted_origin);
    /// - there is no `Sec-Fetch-Site`, and `Origin` is the host of the request. Its scheme must be `https`, or `http`
    ///   if the host is `localhost`, 127.0.0.0/8 or `[::1]`.
    ///
    /// A request without both headers is treated as cross-site. A cookie that is not accepted is ignored.
    pub fn cookie(name: impl Into<String>) -> Self {
        Self(Kind::Cookie { name: name.into(), sites: SiteRule::default() })
    }

    /// A query parameter with this name, only on WebSocket upgrades, where a browser cannot set headers. This library
    /// never logs the token. Make sure that nothing else logs the URL.
    pub fn websocket_query(name: impl Into<String>) -> Self {
        Self(Kind::WebSocketQuery(name.into()))
    }

    /// A subprotocol of the form `PREFIX` `TOKEN`, only on WebSocket upgrades.
    ///
    /// It is never echoed: your handler must select another of the offered subprotocols.
    pub fn websocket_subprotocol(prefix: impl Into<String>) -> Self {
        Self(Kind::WebSocketSubprotocol(prefix.into()))
    }

    /// A query parameter with this name, only on requests for an event stream: GET with `Accept: text/event-stream`. A
    /// browser's `EventSource` cannot set headers.
    ///
    /// Servers, proxies and browsers log URLs. So a token is accepted here only if it was issued for a short time
    /// ([`max_lifetime`](Self::max_lifetime)), and the parameter is removed from the URI that the handler gets,
    /// including axum's `OriginalUri`. Layers that ran before the guard have seen it.
    pub fn event_stream_query(name: impl Into<String>) -> Self {
        Self(Kind::EventStreamQuery { name: name.into(), max_lifetime: DEFAULT_QUERY_LIFETIME })
    }

    /// Accepts the cookie on requests from pages of this origin: scheme, host and port, exactly as a browser sends them
    /// in `Origin`. The scheme must be `https`, or `http` on loopback. Patterns are not supported.
    ///
    /// An attacker who takes over that host can then act as the user. Has no effect on other locations.
    #[must_use]
    pub fn trusted_origin(self, origin: impl Into<String>) -> Self {
        self.with_sites(|sites| sites.trusted.push(origin.into()))
    }

    /// Accepts the cookie on requests without `Origin` and `Sec-Fetch-Site`, for clients that keep cookies
    /// but are not browsers. Use it only if nothing between browsers and this program removes these headers.
    #[must_use]
    pub fn danger_without_origin(self) -> Self {
        self.with_sites(|sites| sites.without_origin = true)
    }

    /// Accepts the cookie on every request, whatever page sent it. Use it only if something else stops forged requests
    /// (CSRF). Has no effect on other locations.
    #[must_use]
    pub fn danger_allow_cross_site(self) -> Self {
        self.with_sites(|sites| sites.cross_site = true)
    }

    /// The maximum time from `iat` to `exp` of a token in an event stream's query: 5 minutes by default. A token
    /// without `iat` is refused there. Has no effect on other locations.
    #[must_use]
    pub fn max_lifetime(mut self, time: Duration) -> Self {
        if let Kind::EventStreamQuery { max_lifetime, .. } = &mut self.0 {
            *max_lifetime = time;
        }
        self
    }

    fn with_sites(mut self, change: impl FnOnce(&mut SiteRule)) -> Self {
        if let Kind::Cookie { sites, .. } = &mut self.0 {
            change(sites);
        }
        self
    }
}

/// The locations that one verifier reads.
#[derive(Debug)]
pub(crate) struct TokenLocations {
    explicit: Vec<Kind>,
    cookies: Vec<Kind>,
    /// The headers that issuers add.
    proxies: Vec<&'static Proxy>,
    sites: SiteRule,
}

impl TokenLocations {
    /// `sites` applies to every cookie, in addition to the rule of its location. `brought` are the issuers' proxies. If
    /// every issuer has one, nothing else is read unless it is added explicitly.
    pub(super) fn new(
        named: Vec<TokenLocation>,
        sites: &SiteRule,
        brought: &[Option<&'static Proxy>],
    ) -> Result<Self, ConfigError> {
        let mut kinds: Vec<Kind> = named.into_iter().map(|location| location.0).collect();
        if kinds.is_empty() && (brought.is_empty() || brought.contains(&None)) {
            kinds.push(Kind::Authorization);
        }
        let mut proxies: Vec<&'static Proxy> = brought.iter().flatten().copied().collect();
        proxies.sort_unstable();
        proxies.dedup();
        for (position, kind) in kinds.iter().enumerate() {
            kind.check()?;
            if kinds.iter().take(position).any(|other| other.is_same_place(kind)) {
                let name = kind.name().unwrap_or("authorization");
                return Err(ConfigError::new("token_location", format!("`{name}` is added twice")));
            }
        }
        for kind in &mut kinds {
            if let Kind::Cookie { sites: own, .. } = kind {
                *own = own.or(sites);
            }
        }
        let (cookies, explicit) = kinds.into_iter().partition(|kind| matches!(kind, Kind::Cookie { .. }));
        Ok(Self { explicit, cookies, proxies, sites: sites.clone() })
    }

    /// The token of a request.
    pub(crate) fn credentials<'a>(&self, parts: &'a Parts) -> Credentials<'a> {
        let mut explicit = self.explicit.iter().map(|kind| kind.credentials(parts));
        let first = explicit.next().unwrap_or(Credentials::None);
        let found = explicit.fold(first, Credentials::and);
        if !matches!(found, Credentials::None) {
            return found;
        }
        let mut cookies = self.cookies.iter().map(|kind| kind.credentials(parts));
        cookies.find(|found| !matches!(found, Credentials::None)).unwrap_or_else(|| self.of_proxies(parts))
    }

    fn of_proxies<'a>(&self, parts: &'a Parts) -> Credentials<'a> {
        if self.proxies.is_empty() || !self.sites.admits(parts) {
            return Credentials::None;
        }
        let found = |proxy: &&'static Proxy| {
            let header = proxy.header;
            read::header(&parts.headers, header, LocationKind::Proxy { header })
        };
        self.proxies.iter().map(found).fold(Credentials::None, Credentials::and)
    }

    /// Whether tokens are read from cookies.
    #[cfg(any(feature = "aide", feature = "utoipa"))]
    pub(super) fn reads_cookies(&self) -> bool {
        !self.cookies.is_empty()
    }

    /// Whether tokens are read from locations to which others than the client add them: cookies, or headers of proxies.
    #[cfg(any(feature = "aide", feature = "utoipa"))]
    pub(super) fn reads_ambient(&self) -> bool {
        self.reads_cookies() || !self.proxies.is_empty()
    }

    /// Removes the tokens from all locations, and the headers and cookies of proxies.
    pub(crate) fn remove(&self, parts: &mut Parts) {
        self.explicit.iter().chain(&self.cookies).for_each(|kind| kind.remove(parts));
        self.proxies.iter().for_each(|proxy| proxy.remove_from(&mut parts.headers));
    }

    /// Whether `Authorization: Bearer` is read.
    pub(crate) fn reads_authorization(&self) -> bool {
        self.explicit.contains(&Kind::Authorization)
    }

    /// The headers that decide which token a request has. Tokens of WebSockets are left out, because caches do not
    /// store the response to an upgrade.
    pub(crate) fn headers(&self) -> impl Iterator<Item = &str> {
        self.explicit
            .iter()
            .chain(&self.cookies)
            .filter_map(Kind::header)
            .chain(self.proxies.iter().map(|proxy| proxy.header))
    }

    /// Whether the query of a request for an event stream contains a token.
    pub(crate) fn is_in_url<B>(&self, request: &Request<B>) -> bool {
        let is_there = |kind: &Kind| match kind {
            Kind::EventStreamQuery { name, .. } => {
                read::asks_for_event_stream(request.method(), request.headers())
                    && !matches!(read::query(request.uri(), name, LocationKind::Explicit), Credentials::None)
            }
            _ => false,
        };
        self.explicit.iter().any(is_there)
    }

    /// Whether a request can have a token in its query.
    pub(crate) fn can_be_in_url(&self, parts: &Parts) -> bool {
        self.has_to_hide() && read::is_event_stream(parts)
    }

    /// Whether a handler's URI may contain a token.
    pub(crate) fn has_to_hide(&self) -> bool {
        self.explicit.iter().any(|kind| matches!(kind, Kind::EventStreamQuery { .. }))
    }

    /// Removes the tokens from the query of an event stream, so that no handler passes them on with its URI.
    pub(crate) fn hide(&self, parts: &mut Parts) {
        for kind in &self.explicit {
            if let Kind::EventStreamQuery { name, .. } = kind
                && read::is_event_stream(parts)
            {
                removal::remove_parameter(parts, name);
            }
        }
    }

    /// Why a request has no credentials, for the log. It contains no part of a header, which may contain a token
    /// without its scheme.
    pub(crate) fn why_none(&self, parts: &Parts) -> &'static str {
        let is_there = |kind: &Kind| match kind {
            Kind::Cookie { name, .. } => !matches!(read::cookie(&parts.headers, name), Credentials::None),
            _ => false,
        };
        if self.cookies.iter().any(is_there) {
            return "a cookie that is ignored: another site may have sent the request";
        }
        if self.proxies.iter().any(|proxy| parts.headers.contains_key(proxy.header)) {
            return "a proxy's header that is ignored: another site may have sent the request";
        }
        let is_read = self.explicit.contains(&Kind::Authorization);
        match (is_read, parts.headers.contains_key(header::AUTHORIZATION)) {
            (true, true) => "an `Authorization` header with another scheme",
            (true, false) => "no `Authorization` header",
            (false, true) => "an `Authorization` header, which this verifier does not read",
            (false, false) => "no token in any location that this verifier reads",
        }
    }
}

impl Kind {
    /// Removes the token from this location.
    fn remove(&self, parts: &mut Parts) {
        match self {
            Self::Authorization => drop(parts.headers.remove(header::AUTHORIZATION)),
            Self::Header(name) => drop(parts.headers.remove(name.as_str())),
            Self::Cookie { name, .. } => {
                removal::remove_cookies(&mut parts.headers, |other| other == name.as_bytes());
            }
            Self::WebSocketSubprotocol(prefix) => {
                if read::is_websocket(parts) {
                    removal::remove_subprotocols(&mut parts.headers, prefix);
                }
            }
            Self::WebSocketQuery(name) | Self::EventStreamQuery { name, .. } => {
                if read::is_websocket(parts) || read::is_event_stream(parts) {
                    removal::remove_parameter(parts, name);
                }
            }
        }
    }

    fn check(&self) -> Result<(), ConfigError> {
        let (name, fault) = match self {
            Self::Authorization => return Ok(()),
            Self::Header(name) => (name, "is not a header name"),
            Self::Cookie { name, .. } => (name, "is not a cookie name"),
            Self::WebSocketQuery(name) | Self::EventStreamQuery { name, .. } => (name, "is not a parameter name"),
            Self::WebSocketSubprotocol(prefix) => (prefix, "cannot begin a subprotocol name"),
        };
        let refused = |fault: &str| Err(ConfigError::new("token_location", format!("`{name}` {fault}")));
        if name.is_empty() || !name.bytes().all(read::is_token_byte) {
            return refused(fault);
        }
        match self {
            Self::Header(name) if is_header(name, &header::AUTHORIZATION) => {
                refused("has a scheme before the token: use `TokenLocation::authorization()`")
            }
            Self::Header(name) if is_header(name, &header::COOKIE) => {
                refused("has several values: use `TokenLocation::cookie(..)`")
            }
            Self::EventStreamQuery { max_lifetime, .. } if max_lifetime.is_zero() => {
                Err(ConfigError::new("max_lifetime", "is zero: no token would be accepted"))
            }
            Self::Cookie { sites, .. } => sites.check(),
            _ => Ok(()),
        }
    }

    /// Whether both read the same part of a request, whatever their other settings.
    fn is_same_place(&self, other: &Self) -> bool {
        let is_same_name = match (self.name(), other.name()) {
            (Some(one), Some(other)) if matches!(self, Self::Header(_)) => one.eq_ignore_ascii_case(other),
            (one, other) => one == other,
        };
        discriminant(self) == discriminant(other) && is_same_name
    }

    fn name(&self) -> Option<&str> {
        match self {
            Self::Authorization => None,
            Self::Header(name)
            | Self::Cookie { name, .. }
            | Self::WebSocketQuery(name)
            | Self::WebSocketSubprotocol(name)
            | Self::EventStreamQuery { name, .. } => Some(name),
        }
    }

    /// The header that affects which token is read from this location.
    fn header(&self) -> Option<&str> {
        match self {
            Self::Authorization => Some("authorization"),
            Self::Header(name) => Some(name),
            Self::Cookie { .. } => Some("cookie"),
            Self::EventStreamQuery { .. } => Some("accept"),
            Self::WebSocketQuery(_) | Self::WebSocketSubprotocol(_) => None,
        }
    }

    fn credentials<'a>(&self, parts: &'a Parts) -> Credentials<'a> {
        match self {
            Self::Authorization => read::authorization(&parts.headers),
            Self::Header(name) => read::header(&parts.headers, name, LocationKind::Explicit),
            Self::Cookie { name, sites } if sites.admits(parts) => read::cookie(&parts.headers, name),
            Self::WebSocketQuery(name) if read::is_websocket(parts) => {
                read::query(&parts.uri, name, LocationKind::Explicit)
            }
            Self::WebSocketSubprotocol(prefix) if read::is_websocket(parts) => {
                read::subprotocol(&parts.headers, prefix)
            }
            Self::EventStreamQuery { name, max_lifetime } if read::is_event_stream(parts) => {
                read::query(&parts.uri, name, LocationKind::EventStream { max_lifetime: *max_lifetime })
            }
            Self::Cookie { .. }
            | Self::WebSocketQuery(_)
            | Self::WebSocketSubprotocol(_)
            | Self::EventStreamQuery { .. } => Credentials::None,
        }
    }
}

fn is_header(name: &str, known: &HeaderName) -> bool {
    name.eq_ignore_ascii_case(known.as_str())
}
