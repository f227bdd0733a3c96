//! Issuers whose tokens are accepted only in requests that come directly from this machine.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::ConnectInfo;
use http::request::Parts;

use super::trusted::TrustedIssuer;
use super::{Issuer, Verified, Verifier};
use crate::error::InvalidTokenReason;

/// The headers that proxies add. A proxy on this machine passes on requests from other machines.
const ADDED_BY_PROXIES: [&str; 6] =
    ["forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip"];

impl Issuer {
    pub(crate) fn only_from_this_machine(mut self) -> Self {
        self.is_local = true;
        self
    }
}

impl Verifier {
    /// Whether there is such an issuer.
    pub(super) fn has_local_issuer(&self) -> bool {
        self.inner.issuers.iter().any(|one| one.is_local)
    }

    /// Refuses a token of such an issuer, unless its request comes directly from this machine.
    pub(super) fn check_peer(&self, verified: &Verified, parts: Option<&Parts>) -> Result<(), InvalidTokenReason> {
        let issuer = verified.subject().issuer();
        let is_local = |one: &Arc<TrustedIssuer>| one.is_local && one.spellings().any(|iss| iss == issuer);
        if !self.inner.issuers.iter().any(is_local) {
            return Ok(());
        }
        let peer = parts.and_then(|parts| parts.extensions.get::<ConnectInfo<SocketAddr>>());
        let is_near = peer.is_some_and(|ConnectInfo(peer)| peer.ip().to_canonical().is_loopback());
        let is_passed_on =
            parts.is_none_or(|parts| ADDED_BY_PROXIES.iter().any(|name| parts.headers.contains_key(*name)));
        if is_near && !is_passed_on {
            return Ok(());
        }
        let address = peer.map(|ConnectInfo(peer)| tracing::field::display(peer));
        tracing::warn!(
            issuer,
            peer = address,
            is_passed_on,
            "a development token was refused: its request does not come directly from this machine; serve the router by `into_make_service_with_connect_info::<SocketAddr>()`"
        );
        Err(InvalidTokenReason::NotLocal)
    }
}

/// Logs at each start that development tokens are trusted.
pub(super) fn announce(issuers: &[Arc<TrustedIssuer>]) {
    for issuer in issuers.iter().filter(|issuer| issuer.is_local) {
        tracing::error!(
            issuer = issuer.label(),
            "development tokens are trusted: anyone who can read the key of this checkout can act as any user; never \
             use this in production"
        );
    }
}
