//! Where in a request a token may be (RFC 6750 section 2), and what is not a token at all.

mod read;

use std::borrow::Cow;
use std::mem::discriminant;
use std::time::Duration;

use http::header::{self, HeaderName};
use http::request::Parts;

use super::sites::SiteRule;
use crate::error::ConfigError;

/// Where in a request a token is read from.
///
/// Only the `Authorization` header is read unless [`VerifierBuilder::token_location`](super::VerifierBuilder::token_location)
/// names others. Each location has its own risks, so all of them are opt-in.
///
/// A credential that no browser adds by itself is explicit: every location but a cookie. Explicit locations are read
/// first, then cookies in the order given. The first location that holds a token counts, and a bad token there is
/// answered with 401. A request is answered with 400 if a location holds two different tokens, or if two explicit
/// locations do. The same token twice counts once.
///
/// [`Issuer::google_iap`](crate::Issuer::google_iap) and [`Issuer::cloudflare_access`](crate::Issuer::cloudflare_access)
/// bring the header of their proxy along. It is read last, and takes the tokens of its issuers alone. The proxy adds it by
/// a cookie of the browser, so it counts where a [cookie](Self::cookie) would.
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

    /// A header of this name, whose whole value is the token: without a scheme.
    ///
    /// ```
    /// # use auth_runtime::TokenLocation;
    /// let location = TokenLocation::header("x-access-token");
    /// ```
    pub fn header(name: impl Into<String>) -> Self {
        Self(Kind::Header(name.into()))
    }

    /// A cookie of this name. Prefer a name that begins with `__Host-`.
    ///
    /// A browser sends cookies also with requests that pages of other sites make. So the cookie counts on every GET,
    /// HEAD and OPTIONS request that is no upgrade, and on other requests only if they come from the same origin:
    ///
    /// - `Sec-Fetch-Site` is `same-origin`, or `none`, which means that the user began the request (Fetch Metadata);
    /// - or `Origin` is a [trusted origin](Self::trusted_origin);
    /// - or there is no `Sec-Fetch-Site`, and `Origin` names the host that the request was sent to. Its scheme must be
    ///   `https`, or `http` if the host is `localhost`, 127.0.0.0/8 or `[::1]`.
    ///
    /// A request with neither header counts as one of another site. A cookie that does not count is ignored.
    pub fn cookie(name: impl Into<String>) -> Self {
        Self(Kind::Cookie { name: name.into(), sites: SiteRule::default() })
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

    /// A query parameter of this name, on requests for an event stream only: GET with `Accept: text/event-stream`. A
    /// browser's `EventSource` can set no header.
    ///
    /// Servers, proxies and browsers log URLs. So a token counts here only if it was issued for a short time
    /// ([`max_lifetime`](Self::max_lifetime)), and an admitted handler no longer finds the parameter in the URI. Layers
    /// that ran before the guard have seen it.
    pub fn event_stream_query(name: impl Into<String>) -> Self {
        Self(Kind::EventStreamQuery { name: name.into(), max_lifetime: DEFAULT_QUERY_LIFETIME })
    }

    /// Lets the cookie count on requests that a page of this origin makes: scheme, host and port, exactly as a browser
    /// sends them in `Origin`. The scheme is `https`, or `http` on loopback. There are no patterns.
    ///
    /// Whoever takes over that host can then act as the user. It changes nothing about other locations.
    #[must_use]
    pub fn trusted_origin(self, origin: impl Into<String>) -> Self {
        self.with_sites(|sites| sites.trusted.push(origin.into()))
    }

    /// Lets the cookie count on requests with neither `Origin` nor `Sec-Fetch-Site`, for programs that keep cookies.
    /// Only if nothing between browsers and this program removes these headers.
    #[must_use]
    pub fn danger_without_origin(self) -> Self {
        self.with_sites(|sites| sites.without_origin = true)
    }

    /// Lets the cookie count on every request, whatever page made it. Only if something else stops forged requests
    /// (CSRF). It changes nothing about other locations.
    #[must_use]
    pub fn danger_allow_cross_site(self) -> Self {
        self.with_sites(|sites| sites.cross_site = true)
    }

    /// The longest time from `iat` to `exp` of a token in an event stream's query: 5 minutes by default. A token without
    /// `iat` does not count there. It changes nothing about other locations.
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

/// What a request brings.
#[derive(Debug)]
pub(crate) enum Credentials<'a> {
    None,
    /// Not yet verified.
    Token(Cow<'a, [u8]>, Place),
    /// Meant for us, but not of the form `Bearer TOKEN`.
    Malformed,
    /// More than one, so which one is meant is unknown.
    Ambiguous(Place),
}

/// Where a token was found, as far as that matters.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Place {
    /// No browser adds it by itself.
    Explicit,
    /// A browser adds it by itself.
    Ambient,
    /// The query of an event stream: the token's lifetime must not be longer.
    EventStream { max_lifetime: Duration },
    /// The header that these issuers bring along, and which takes the tokens of no other.
    Proxy { header: &'static str },
}

impl<'a> Credentials<'a> {
    /// Both of what two explicit locations hold.
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::None, found) | (found, Self::None) => found,
            (Self::Token(one, place), Self::Token(same, _)) if one == same => Self::Token(one, place),
            _ => Self::Ambiguous(Place::Explicit),
        }
    }

    /// The one token among those that a location holds.
    fn only(tokens: impl Iterator<Item = Cow<'a, [u8]>>, place: Place) -> Self {
        let mut tokens = tokens;
        let Some(token) = tokens.next() else { return Self::None };
        if tokens.any(|other| other != token) {
            Self::Ambiguous(place)
        } else if token.is_empty() {
            Self::Malformed
        } else {
            Self::Token(token, place)
        }
    }
}

/// The locations that one verifier reads.
#[derive(Debug)]
pub(crate) struct TokenLocations {
    explicit: Vec<Kind>,
    cookies: Vec<Kind>,
    /// Headers that issuers bring along.
    proxies: Vec<&'static str>,
    sites: SiteRule,
}

impl TokenLocations {
    /// `sites` counts for every cookie, beside what its own location says. `brought` are the headers that the issuers bring
    /// along: where each does, nothing else is read unless it is named.
    pub(super) fn new(
        named: Vec<TokenLocation>,
        sites: &SiteRule,
        brought: &[Option<&'static str>],
    ) -> Result<Self, ConfigError> {
        let mut kinds: Vec<Kind> = named.into_iter().map(|location| location.0).collect();
        if kinds.is_empty() && brought.contains(&None) {
            kinds.push(Kind::Authorization);
        }
        let mut proxies: Vec<&'static str> = brought.iter().flatten().copied().collect();
        proxies.sort_unstable();
        proxies.dedup();
        for (position, kind) in kinds.iter().enumerate() {
            kind.check()?;
            if kinds.iter().take(position).any(|other| other.is_same_place(kind)) {
                let name = kind.name().unwrap_or("authorization");
                return Err(ConfigError::new("token_location", format!("`{name}` is named twice")));
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

    /// The one token of a request.
    pub(crate) fn credentials<'a>(&self, parts: &'a Parts) -> Credentials<'a> {
        let mut found = Credentials::None;
        for kind in &self.explicit {
            found = found.and(kind.credentials(parts));
        }
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
        let found = |header: &&'static str| read::header(&parts.headers, header, Place::Proxy { header: *header });
        self.proxies.iter().map(found).fold(Credentials::None, Credentials::and)
    }

    /// Whether a handler's URI may hold a token.
    pub(crate) fn has_to_hide(&self) -> bool {
        self.explicit.iter().any(|kind| matches!(kind, Kind::EventStreamQuery { .. }))
    }

    /// Takes the tokens out of the query of an event stream, so that no handler passes its URI on with one.
    pub(crate) fn hide(&self, parts: &mut Parts) {
        for kind in &self.explicit {
            if let Kind::EventStreamQuery { name, .. } = kind
                && read::is_event_stream(parts)
                && let Some(uri) = read::without_parameter(&parts.uri, name)
            {
                parts.uri = uri;
            }
        }
    }

    /// Why a request without credentials has none, for the log. Says nothing of what a header holds: a token may stand
    /// there without its scheme.
    pub(crate) fn why_none(&self, parts: &Parts) -> &'static str {
        let is_there = |kind: &Kind| match kind {
            Kind::Cookie { name, .. } => !matches!(read::cookie(&parts.headers, name), Credentials::None),
            _ => false,
        };
        if self.cookies.iter().any(is_there) {
            return "a cookie that does not count: another site may have made the request";
        }
        if self.proxies.iter().any(|header| parts.headers.contains_key(*header)) {
            return "a header of a proxy that does not count: another site may have made the request";
        }
        let is_read = self.explicit.contains(&Kind::Authorization);
        match (is_read, parts.headers.contains_key(header::AUTHORIZATION)) {
            (true, true) => "an `Authorization` header of another scheme",
            (true, false) => "no `Authorization` header",
            (false, true) => "an `Authorization` header, which this verifier does not read",
            (false, false) => "no token in any location that this verifier reads",
        }
    }
}

impl Kind {
    fn check(&self) -> Result<(), ConfigError> {
        let (name, fault) = match self {
            Self::Authorization => return Ok(()),
            Self::Header(name) => (name, "is not a header's name"),
            Self::Cookie { name, .. } => (name, "is not a cookie's name"),
            Self::WebSocketQuery(name) | Self::EventStreamQuery { name, .. } => (name, "is not a parameter's name"),
            Self::WebSocketSubprotocol(prefix) => (prefix, "is not the beginning of a subprotocol's name"),
        };
        let refused = |fault: &str| Err(ConfigError::new("token_location", format!("`{name}` {fault}")));
        if name.is_empty() || !name.bytes().all(read::is_token_byte) {
            return refused(fault);
        }
        match self {
            Self::Header(name) if is_header(name, &header::AUTHORIZATION) => {
                refused("has schemes: say `TokenLocation::authorization()`")
            }
            Self::Header(name) if is_header(name, &header::COOKIE) => {
                refused("holds several values: say `TokenLocation::cookie(..)`")
            }
            Self::EventStreamQuery { max_lifetime, .. } if max_lifetime.is_zero() => {
                Err(ConfigError::new("max_lifetime", "is zero: no token could ever be accepted"))
            }
            Self::Cookie { sites, .. } => sites.check(),
            _ => Ok(()),
        }
    }

    /// Whether both read the same part of a request, whatever else is set.
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

    fn credentials<'a>(&self, parts: &'a Parts) -> Credentials<'a> {
        match self {
            Self::Authorization => read::authorization(&parts.headers),
            Self::Header(name) => read::header(&parts.headers, name, Place::Explicit),
            Self::Cookie { name, sites } if sites.admits(parts) => read::cookie(&parts.headers, name),
            Self::WebSocketQuery(name) if read::is_websocket(parts) => read::query(&parts.uri, name, Place::Explicit),
            Self::WebSocketSubprotocol(prefix) if read::is_websocket(parts) => {
                read::subprotocol(&parts.headers, prefix)
            }
            Self::EventStreamQuery { name, max_lifetime } if read::is_event_stream(parts) => {
                read::query(&parts.uri, name, Place::EventStream { max_lifetime: *max_lifetime })
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
