//! The proxy of a provider, which identifies the user to the service behind it.

use http::header::HeaderMap;

use super::removal::{remove_cookies, remove_identity_header};

/// What a provider's proxy adds to a request.
#[derive(Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Proxy {
    /// The header with its token.
    pub(crate) header: &'static str,
    /// Other headers that identify the user, to the service or to the proxy. They are not read.
    pub(crate) others: &'static [&'static str],
    /// The prefixes of the cookies that identify the user to the proxy. They are not read.
    pub(crate) cookies: &'static [&'static str],
}

impl Proxy {
    /// Removes all of it.
    pub(super) fn remove_from(&self, headers: &mut HeaderMap) {
        for name in self.others.iter().chain([&self.header]) {
            remove_identity_header(headers, name);
        }
        remove_cookies(headers, |name| self.cookies.iter().any(|start| name.starts_with(start.as_bytes())));
    }
}
