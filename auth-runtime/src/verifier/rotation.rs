//! Settings for the rotation of a secret, and for the move from a secret to public keys.

use std::time::SystemTime;

use super::Issuer;
use super::also_secret::{AlsoSecret, Kind};
use crate::error::ConfigError;

/// An overlap: for some time, tokens that are signed with the old secret stay valid.
///
/// After `until` the secret is no longer accepted, even for cached tokens. `until` is at most one year ahead. Each
/// start logs the overlaps. If an overlap has ended, it logs a warning, and the setting can be removed.
/// [`Verifier::health`](crate::Verifier::health) says until when a secret is accepted.
impl Issuer {
    /// Accepts this secret in addition to the one in the constructor, until a set time: for the rotation of a secret.
    ///
    /// If a secret has leaked, replace it without an overlap: an attacker could sign tokens until the end of the
    /// overlap.
    ///
    /// ```
    /// use std::time::{Duration, SystemTime};
    /// use auth_runtime::Issuer;
    /// # let (new, old) = ("", "");
    /// # let rotation = SystemTime::UNIX_EPOCH;
    /// let issuer = Issuer::fastapi_users(new).also_secret(old, rotation + Duration::from_hours(24));
    /// ```
    #[must_use]
    pub fn also_secret(self, old: impl Into<Vec<u8>>, until: SystemTime) -> Self {
        self.overlap(Kind::Secret, old.into(), until)
    }

    /// Accepts tokens that are signed with HS256 and this secret, in addition to those that are signed with the
    /// issuer's public keys, until a set time: for the move from a shared secret to public keys.
    ///
    /// Each key stays bound to its own algorithm: a public key never checks a token that is signed with HS256.
    ///
    /// ```
    /// use std::time::{Duration, SystemTime};
    /// use auth_runtime::Issuer;
    /// # let secret = "";
    /// # let migration = SystemTime::UNIX_EPOCH;
    /// let issuer = Issuer::oidc("https://project.supabase.co/auth/v1", "authenticated")
    ///     .also_hmac(secret, migration + Duration::from_hours(24));
    /// ```
    #[must_use]
    pub fn also_hmac(self, secret: impl Into<Vec<u8>>, until: SystemTime) -> Self {
        self.overlap(Kind::Hmac, secret.into(), until)
    }

    fn overlap(mut self, kind: Kind, secret: Vec<u8>, until: SystemTime) -> Self {
        if self.also_secret.is_some() {
            self.refinements
                .set_fault(ConfigError::new(kind.setting(), "is set twice: only one additional secret is allowed"));
        }
        self.also_secret = Some(AlsoSecret::new(kind, secret, until));
        self
    }
}
