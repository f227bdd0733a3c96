//! URLs from which keys may be fetched.

use std::fmt;

use reqwest::Url;

/// An `https` or `http` URL without credentials.
#[derive(Clone, Eq, PartialEq)]
pub(crate) struct Address(Url);

impl Address {
    /// An `https` URL, or an `http` URL on this machine.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let address = Self::parse_any(text)?;
        address.check_plain(&[])?;
        Ok(address)
    }

    /// Refuses `http`, except on this machine and for these hosts.
    pub(crate) fn check_plain(&self, hosts: &[String]) -> Result<(), String> {
        if self.0.scheme() == "https" || self.is_loopback() {
            return Ok(());
        }
        if self.0.host_str().is_some_and(|host| hosts.iter().any(|named| named.eq_ignore_ascii_case(host))) {
            return Ok(());
        }
        Err(format!("`{self}` is not https: plain http is allowed only for loopback"))
    }

    /// Whether it is plain `http` to another machine.
    pub(crate) fn is_plain(&self) -> bool {
        self.0.scheme() == "http" && !self.is_loopback()
    }

    pub(crate) fn has_query(&self) -> bool {
        self.0.query().is_some()
    }

    /// An `https` or `http` URL, for [`check_plain`](Self::check_plain). The error says what is wrong. It repeats the
    /// text only if the text cannot contain a secret.
    pub(crate) fn parse_any(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Err("is empty".to_owned());
        }
        let url = Url::parse(text).map_err(|error| format!("is not an absolute URL: {error}"))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err("contains credentials, which would appear in logs".to_owned());
        }
        let address = Self(url);
        match address.0.scheme() {
            // The text is not repeated: `user:password@host` without a scheme parses as a scheme `user` and a path.
            _ if address.0.host().is_none() => Err("has no host: a URL begins with `https://`".to_owned()),
            "https" | "http" => Ok(address),
            scheme => Err(format!("`{scheme}` is not https")),
        }
    }

    /// An issuer's URL: only scheme, host, port and path (OpenID Connect Discovery 1.0 section 3, RFC 8414 section 2).
    pub(crate) fn parse_issuer(text: &str) -> Result<Self, String> {
        let address = Self::parse_any(text)?;
        if address.0.query().is_some() || address.0.fragment().is_some() {
            return Err(format!("`{address}` has a query or a fragment: an issuer URL must not have one"));
        }
        Ok(address)
    }

    pub(crate) fn url(&self) -> Url {
        self.0.clone()
    }

    pub(crate) fn path(&self) -> &str {
        self.0.path()
    }

    /// The normalized text.
    pub(crate) fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The same origin with another path.
    pub(crate) fn with_path(&self, path: &str) -> Self {
        let mut url = self.0.clone();
        url.set_path(path);
        Self(url)
    }

    /// Whether the URL is on this machine, so that requests never cross a network.
    pub(crate) fn is_loopback(&self) -> bool {
        match self.0.host() {
            Some(url_host) => {
                let host = url_host.to_string();
                let host = host.trim_start_matches('[').trim_end_matches(']');
                host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
            }
            None => false,
        }
    }
}

impl fmt::Display for Address {
    /// Leaves out the query, which may contain a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = self.0.clone();
        shown.set_query(None);
        shown.set_fragment(None);
        f.write_str(shown.as_str())
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// A text that is not a valid URL, for a message: hidden if it may contain a secret.
pub(crate) fn shown(text: &str) -> &str {
    if text.contains(['@', '?', '#']) { "[redacted]" } else { text }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::panic)]

    use super::*;

    #[test]
    fn only_https_and_loopback_are_accepted() {
        for (text, expected) in [
            ("https://idp.test/keys", Ok(())),
            ("https://idp.test:8443/keys?x=1", Ok(())),
            ("http://127.0.0.1:9/keys", Ok(())),
            ("http://127.8.8.8/keys", Ok(())),
            ("http://[::1]:9/keys", Ok(())),
            ("http://localhost/keys", Ok(())),
            ("http://idp.test/keys", Err("is not https: plain http is allowed only for loopback")),
            ("http://localhost.idp.test/keys", Err("plain http is allowed only for loopback")),
            ("http://169.254.169.254/keys", Err("plain http is allowed only for loopback")),
            ("http://[::ffff:10.0.0.1]/", Err("plain http is allowed only for loopback")),
            ("/keys", Err("is not an absolute URL")),
            ("idp.test/keys", Err("is not an absolute URL")),
            ("", Err("is empty")),
            ("ftp://idp.test", Err("`ftp` is not https")),
            ("file:///etc/passwd", Err("has no host")),
            ("https://user:hunter2@idp.test/", Err("contains credentials")),
            ("user:hunter2@idp.test", Err("has no host")),
        ] {
            let found = Address::parse(text);
            match (&found, expected) {
                (Ok(_), Ok(())) => {}
                (Err(fault), Err(expected)) => {
                    assert!(fault.contains(expected), "{text}: {fault}");
                    assert!(!fault.contains("hunter2"), "{fault}");
                }
                _ => panic!("{text}: {found:?}"),
            }
        }
        assert!(Address::parse_issuer("https://idp.test/?a=b").is_err());
        assert!(Address::parse_issuer("https://idp.test/#a").is_err());
    }

    #[test]
    fn printed_addresses_contain_no_secret() {
        let address = Address::parse("https://idp.test/keys?key=hunter2");
        assert_eq!(
            address.map(|address| format!("{address} {address:?}")).unwrap_or_default().matches("hunter").count(),
            0
        );
    }
}
