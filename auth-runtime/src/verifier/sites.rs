//! Requests that another site may have sent through a browser. On these, credentials that a browser adds by itself are
//! ignored.

use std::net::{Ipv4Addr, Ipv6Addr};

use http::header::{self, HeaderName, HeaderValue};
use http::request::Parts;
use http::{HeaderMap, Method};

use super::description::{call, sorted};
use crate::error::ConfigError;

/// The rule for credentials that a browser adds by itself: the requests on which they are accepted.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct SiteRule {
    pub(super) trusted: Vec<String>,
    pub(super) without_origin: bool,
    pub(super) cross_site: bool,
}

impl SiteRule {
    /// Accepts requests that at least one of the two rules accepts.
    pub(super) fn or(&self, other: &Self) -> Self {
        Self {
            trusted: self.trusted.iter().chain(&other.trusted).cloned().collect(),
            without_origin: self.without_origin || other.without_origin,
            cross_site: self.cross_site || other.cross_site,
        }
    }

    /// Each setting, as a program writes it.
    pub(super) fn settings(&self) -> Vec<String> {
        let Self { trusted, without_origin, cross_site } = self;
        let mut settings: Vec<_> = sorted(trusted.iter().map(|origin| call("trusted_origin", [origin]))).collect();
        settings.extend(without_origin.then(|| "danger_without_origin".to_owned()));
        settings.extend(cross_site.then(|| "danger_allow_cross_site".to_owned()));
        settings
    }

    pub(super) fn check(&self) -> Result<(), ConfigError> {
        self.trusted.iter().try_for_each(|origin| check_origin(origin))
    }

    /// Whether such a credential is accepted on this request.
    pub(crate) fn admits(&self, parts: &Parts) -> bool {
        self.cross_site || is_safe(parts) || self.is_of_our_sites(parts)
    }

    /// Whether the browser says that the user, a page of the same origin, or a page of a trusted origin sent the
    /// request.
    fn is_of_our_sites(&self, parts: &Parts) -> bool {
        const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
        let (Ok(site), Ok(origin)) =
            (at_most_one(&parts.headers, SEC_FETCH_SITE), at_most_one(&parts.headers, header::ORIGIN))
        else {
            return false;
        };
        let is_trusted = |origin: &HeaderValue| self.trusted.iter().any(|trusted| trusted.as_bytes() == origin);
        match (site, origin) {
            // `same-site` is not enough: it includes other hosts of the domain.
            (Some(site), _) if [&b"same-origin"[..], b"none"].contains(&site.as_bytes()) => true,
            (_, Some(origin)) if is_trusted(origin) => true,
            (None, Some(origin)) => names_host(origin, parts).unwrap_or(false),
            (None, None) => self.without_origin,
            (Some(_), _) => false,
        }
    }
}

/// The value of a header that must not be repeated.
fn at_most_one(headers: &HeaderMap, name: HeaderName) -> Result<Option<&HeaderValue>, ()> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (value, None) => Ok(value),
        (_, Some(_)) => Err(()),
    }
}

/// Methods that change nothing (RFC 9110 section 9.2.1), without upgrades: a WebSocket that another site opens could
/// read what it receives.
fn is_safe(parts: &Parts) -> bool {
    let is_upgrade = parts.headers.contains_key(header::UPGRADE) || parts.method == Method::CONNECT;
    [Method::GET, Method::HEAD, Method::OPTIONS].contains(&parts.method) && !is_upgrade
}

/// Whether `Origin` is the host of the request, with a scheme that proves it.
fn names_host(origin: &HeaderValue, parts: &Parts) -> Option<bool> {
    // HTTP/2 has no `Host`: the authority is in the request's target (RFC 9113 section 8.3.1).
    let host = match parts.headers.get(header::HOST) {
        Some(host) => host.to_str().ok()?,
        None => parts.uri.authority()?.as_str(),
    };
    let (scheme, authority) = origin.to_str().ok()?.split_once("://")?;
    Some(is_secure(scheme, authority) && authority.eq_ignore_ascii_case(host))
}

/// Over plain http, anyone on the network path can serve a page under any host name. Loopback never leaves this
/// machine.
pub(super) fn is_secure(scheme: &str, authority: &str) -> bool {
    scheme == "https" || (scheme == "http" && is_loopback(authority))
}

/// Whether the host of this authority is this machine: `localhost`, 127.0.0.0/8 or `[::1]`.
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

/// Checks that a trusted origin has the form that a browser sends (RFC 6454 section 6.2). Any other text would never
/// match.
fn check_origin(origin: &str) -> Result<(), ConfigError> {
    let fault = |fault: &str| Err(ConfigError::new("trusted_origin", format!("`{origin}` {fault}")));
    let Some((scheme, authority)) = origin.split_once("://") else {
        return fault("is not an origin: write `https://app.example.com`");
    };
    if !is_secure(scheme, authority) {
        return fault("is not https: plain http is allowed only for loopback");
    }
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    };
    if host.is_empty()
        || !host.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' | b'[' | b']' | b':'))
    {
        return fault("is not an origin: a browser sends only scheme, host and port, in lower case");
    }
    match (port, scheme) {
        (Some("443"), "https") | (Some("80"), "http") => fault("contains the default port, which browsers omit"),
        (Some(port), _) if port.starts_with('0') || port.parse::<u16>().is_err() => fault("has an invalid port"),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trusted_origin_has_the_form_that_browsers_send() {
        for (origin, expected) in [
            ("https://app.example.com", true),
            ("https://app.example.com:8443", true),
            ("https://xn--bcher-kva.example", true),
            ("http://localhost:3000", true),
            ("http://127.0.0.1", true),
            ("http://[::1]:3000", true),
            ("https://[2001:db8::1]", true),
            ("http://app.example.com", false),
            ("https://app.example.com/", false),
            ("https://app.example.com/path", false),
            ("https://app.example.com:443", false),
            ("http://localhost:80", false),
            ("https://app.example.com:0443", false),
            ("https://app.example.com:99999", false),
            ("https://app.example.com:", false),
            ("https://APP.example.com", false),
            ("https://*.example.com", false),
            ("https://user@app.example.com", false),
            ("https://", false),
            ("app.example.com", false),
            ("null", false),
            ("*", false),
            ("", false),
        ] {
            assert_eq!(check_origin(origin).is_ok(), expected, "{origin}");
        }
    }
}
