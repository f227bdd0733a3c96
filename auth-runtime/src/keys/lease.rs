//! The time until which an issuer's keys may be used.

use std::sync::Arc;
#[cfg(feature = "http-client")]
use std::sync::atomic::{AtomicU64, Ordering};
#[cfg(feature = "http-client")]
use std::time::Duration;

use crate::clock::Moment;
use crate::error::{InvalidTokenReason, VerifyError};

/// The time until which an issuer's keys may be used. The key source extends it, and every check reads it.
#[derive(Debug)]
pub(crate) struct Lease(Kind);

#[derive(Debug)]
enum Kind {
    Unlimited,
    /// In milliseconds of [`Clock::now_ms`].
    Until(u64),
    #[cfg(feature = "http-client")]
    Fetched(Times),
}

/// In milliseconds of [`Clock::steady_ms`].
#[cfg(feature = "http-client")]
#[derive(Debug, Default)]
struct Times {
    serve_until: AtomicU64,
    next_fetch: AtomicU64,
}

impl Lease {
    /// For static keys.
    pub(crate) fn unlimited() -> Arc<Self> {
        Arc::new(Self(Kind::Unlimited))
    }

    /// For a key that expires at a set time, in milliseconds since 1970.
    pub(crate) fn until(end_ms: u64) -> Arc<Self> {
        Arc::new(Self(Kind::Until(end_ms)))
    }

    /// Fails after the end, with the time to wait before a retry.
    pub(crate) fn check(&self, moment: Moment) -> Result<(), VerifyError> {
        match &self.0 {
            Kind::Unlimited => Ok(()),
            Kind::Until(end_ms) if moment.now_ms < *end_ms => Ok(()),
            Kind::Until(_) => Err(InvalidTokenReason::UnknownKey.into()),
            #[cfg(feature = "http-client")]
            Kind::Fetched(times) => times.check(moment.steady_ms),
        }
    }
}

#[cfg(feature = "http-client")]
impl Lease {
    /// For fetched keys: expired until the first successful fetch.
    pub(super) fn for_fetched() -> Arc<Self> {
        Arc::new(Self(Kind::Fetched(Times::default())))
    }

    pub(super) fn set(&self, serve_until: u64, next_fetch: u64) {
        if let Kind::Fetched(times) = &self.0 {
            times.next_fetch.store(next_fetch, Ordering::Release);
            times.serve_until.store(serve_until, Ordering::Release);
        }
    }
}

#[cfg(feature = "http-client")]
impl Times {
    fn check(&self, now: u64) -> Result<(), VerifyError> {
        if now < self.serve_until.load(Ordering::Acquire) {
            return Ok(());
        }
        let wait = self.next_fetch.load(Ordering::Acquire).saturating_sub(now);
        // One second is added for the fetch itself. The result is never zero, because zero would invite clients to
        // retry in a loop.
        Err(VerifyError::KeysUnavailable { retry_after: Duration::from_secs(wait.div_ceil(1000) + 1) })
    }
}
