//! An additional secret that is accepted for some time.

use std::time::{Duration, SystemTime};

use super::key_source::KeySource;
use crate::clock::Clock;
use crate::error::ConfigError;
use crate::keys::{KeySet, check_secret};
use crate::token::Algorithm;

/// The longest time for which two secrets may be accepted.
const LONGEST_OVERLAP: Duration = Duration::from_hours(366 * 24);

/// A secret that is accepted in addition to the issuer's keys until a set time.
#[derive(Clone)]
pub(crate) struct AlsoSecret {
    kind: Kind,
    secret: Vec<u8>,
    until: SystemTime,
}

/// The kind of the issuer's own keys.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(super) enum Kind {
    /// Another secret.
    Secret,
    /// Public keys.
    Hmac,
}

impl Kind {
    /// The setting that added it.
    pub(super) const fn setting(self) -> &'static str {
        match self {
            Self::Secret => "also_secret",
            Self::Hmac => "also_hmac",
        }
    }
}

impl AlsoSecret {
    pub(super) fn new(kind: Kind, secret: Vec<u8>, until: SystemTime) -> Self {
        Self { kind, secret, until }
    }

    /// The setting that added it.
    pub(super) const fn setting(&self) -> &'static str {
        let Self { kind, secret: _, until: _ } = self;
        kind.setting()
    }

    /// The end of the overlap, in milliseconds since 1970.
    pub(super) fn until_ms(&self) -> u64 {
        let until_ms = self.until.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_millis());
        u64::try_from(until_ms).unwrap_or(u64::MAX)
    }

    /// Checks the settings and makes the key. `label` names the issuer in messages, `allowed` are its algorithms.
    pub(super) fn read(
        &self,
        source: &KeySource,
        allowed: Option<&[Algorithm]>,
        label: &str,
        clock: &Clock,
    ) -> Result<KeySet, ConfigError> {
        let Self { kind, secret, until: _ } = self;
        let fault = |fault: &str| ConfigError::new(kind.setting(), fault);
        match (kind, source.is_secret()) {
            (Kind::Secret, false) => return Err(fault("the issuer has public keys: use `also_hmac`")),
            (Kind::Hmac, true) => return Err(fault("the issuer has a secret: use `also_secret`")),
            _ if source.is_same_secret(secret) => return Err(fault("is the issuer's current secret")),
            _ => {}
        }
        let algorithms = match kind {
            Kind::Secret => allowed.unwrap_or(&[Algorithm::HS256]),
            Kind::Hmac => &[Algorithm::HS256],
        };
        for algorithm in algorithms {
            check_secret(secret, *algorithm).map_err(|why| fault(&why))?;
        }
        let until_ms = self.until_ms();
        let now_ms = clock.now_ms();
        let longest_ms = u64::try_from(LONGEST_OVERLAP.as_millis()).unwrap_or(u64::MAX);
        if until_ms.saturating_sub(now_ms) > longest_ms {
            return Err(fault("`until` is more than a year ahead"));
        }
        let (setting, seconds) = (kind.setting(), until_ms.saturating_sub(now_ms) / 1000);
        if until_ms <= now_ms {
            tracing::warn!(issuer = label, setting, "an additional secret has expired: remove the setting");
        } else {
            tracing::info!(issuer = label, setting, seconds, "an additional secret is accepted for a limited time");
        }
        KeySet::from_secret(secret, algorithms, Some(until_ms)).ok_or_else(|| fault("the key is not valid"))
    }
}
