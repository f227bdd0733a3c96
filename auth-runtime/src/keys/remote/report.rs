//! Reports about keys: log events and, with the feature `metrics`, counters.
//!
//! They contain issuers, key ids and URLs. They never contain key material, tokens, or key ids from unverified tokens.

use super::change::Change;
use super::fetch_error::FetchError;
use super::schedule::FetchNumber;
use crate::keys::set_builder::Skipped;

/// Why a fetch started.
#[derive(Clone, Copy, Debug)]
pub(super) enum Cause {
    Start,
    Refresh,
    Retry,
    UnknownKey,
}

impl Cause {
    fn as_str(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Refresh => "refresh",
            Self::Retry => "retry",
            Self::UnknownKey => "unknown key",
        }
    }
}

pub(super) fn fetching(issuer: &str, number: FetchNumber, cause: Cause) {
    tracing::debug!(issuer, number, cause = cause.as_str(), "fetching keys");
}

pub(super) fn unchanged(issuer: &str, number: FetchNumber) {
    tracing::debug!(issuer, number, "keys unchanged");
    count("auth_key_fetches_total", issuer, &[("outcome", "unchanged")]);
}

pub(super) fn fetched(issuer: &str, number: FetchNumber, change: Change) {
    let keys = change.kept + change.added;
    tracing::debug!(issuer, number, keys, "keys fetched");
    count("auth_key_fetches_total", issuer, &[("outcome", "fetched")]);
    if keys + change.missing == 0 {
        tracing::error!(issuer, "the issuer publishes no usable key: all its tokens are refused");
    }
}

pub(super) fn changed(issuer: &str, change: Change, refresh_in_ms: u64) {
    let Change { kept, added, retired, missing } = change;
    if added + retired > 0 {
        tracing::info!(issuer, kept, added, retired, "keys changed");
        count("auth_key_changes_total", issuer, &[]);
    }
    if missing > 0 {
        let refresh_in = refresh_in_ms.div_ceil(1000);
        tracing::info!(
            issuer,
            missing,
            refresh_in,
            "keys are missing from the set: they stay valid until a refresh confirms that they are gone"
        );
    }
}

pub(super) fn skipped(issuer: &str, skipped: &Skipped) {
    let kid = skipped.kid.as_deref().unwrap_or("without `kid`");
    if skipped.has_other_purpose {
        tracing::debug!(issuer, kid, reason = skipped.fault, "a key of the set was skipped");
        return;
    }
    tracing::warn!(issuer, kid, reason = skipped.fault, "a key of the set was skipped");
    count("auth_keys_skipped_total", issuer, &[]);
}

pub(super) fn failed(issuer: &str, number: FetchNumber, error: &FetchError, retry_in_ms: u64, serves_on_ms: u64) {
    tracing::warn!(
        issuer,
        number,
        kind = error.kind.as_str(),
        address = error.address,
        cause = error.cause,
        retry_in = retry_in_ms.div_ceil(1000),
        serves_on = serves_on_ms / 1000,
        "keys could not be fetched"
    );
    count("auth_key_fetches_total", issuer, &[("outcome", error.kind.as_str())]);
}

pub(super) fn throttled(issuer: &str, is_first: bool) {
    if is_first {
        // Logged once between two fetches, so that a flood of unknown keys does not fill the log.
        tracing::warn!(issuer, "tokens name unknown keys, and the limit of fetches is reached");
    }
    tracing::debug!(issuer, "request throttled");
    count("auth_key_requests_throttled_total", issuer, &[]);
}

pub(super) fn stopped(issuer: &str) {
    tracing::error!(
        issuer,
        "keys are no longer fetched: the runtime in which the verifier was built has ended; build it in the runtime that serves requests"
    );
}

#[cfg(feature = "metrics")]
fn count(name: &'static str, issuer: &str, labels: &[(&'static str, &'static str)]) {
    let mut all = vec![metrics::Label::new("issuer", issuer.to_owned())];
    all.extend(labels.iter().map(|(key, value)| metrics::Label::from_static_parts(key, value)));
    metrics::counter!(name, all).increment(1);
}

#[cfg(not(feature = "metrics"))]
fn count(_: &'static str, _: &str, _: &[(&'static str, &'static str)]) {}
