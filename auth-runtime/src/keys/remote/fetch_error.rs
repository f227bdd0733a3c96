//! Why a fetch failed.

use std::error::Error as _;
use std::fmt;

use super::address::Address;
use crate::keys::FetchErrorKind;

/// Why a fetch failed.
#[derive(Clone, Debug)]
pub(super) struct FetchError {
    pub(super) kind: FetchErrorKind,
    /// The URL without credentials and query.
    pub(super) address: String,
    pub(super) cause: String,
    pub(super) status: Option<u16>,
}

impl FetchError {
    pub(super) fn new(kind: FetchErrorKind, address: &Address, cause: impl Into<String>) -> Self {
        Self { kind, address: address.to_string(), cause: cause.into(), status: None }
    }

    pub(super) fn from_transport(error: &reqwest::Error, address: &Address) -> Self {
        let kind = if error.is_timeout() { FetchErrorKind::TimedOut } else { FetchErrorKind::Unreachable };
        // The innermost cause is the most precise. Outer errors repeat the URL with its query.
        let mut cause = error.source();
        while let Some(inner) = cause.and_then(std::error::Error::source) {
            cause = Some(inner);
        }
        Self::new(kind, address, cause.map_or_else(|| "the request failed".to_owned(), ToString::to_string))
    }
}

impl fmt::Display for FetchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.address, self.cause)
    }
}
