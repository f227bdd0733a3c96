//! Settings for the rotation of a secret, and for the move from a secret to public keys.

use std::time::SystemTime;

use super::Issuer;
use super::also_secret::{AlsoSecret, Kind};
use crate::error::ConfigError;

/// Overlaps: what is signed with the old secret stays good while clients are still sent it.
///
/// After `until` the secret counts no more, for remembered tokens too. `until` is at most a year ahead. An event tells at
/// each start which overlaps there are, and which are over and can be taken out.
impl Issuer {
    /// Accepts this secret beside the one that the constructor was given, until a moment: for the rotation of a secret.
    ///
    /// A secret that leaked is replaced without an overlap: who has it could sign until the end.
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

    /// Accepts tokens that are signed by HS256 with this secret, beside those that are signed with the issuer's public
    /// keys, until a moment: for the move from a shared secret to public keys.
    ///
    /// Each key stays bound to its own algorithm: no public key ever checks a token that is signed by HS256.
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
