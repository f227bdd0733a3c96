//! Keys for development: one for each checkout, stored outside of it, valid for 30 days, and trusted only on this
//! machine.

mod file;

use std::fmt;
use std::path::Path;
use std::time::{Duration, SystemTime};

use serde_json::json;

use super::signing_key::SigningKey;
use super::{TestIssuer, TokenBuilder};
use crate::claims::ClaimMapping;
use crate::error::ConfigError;
use crate::token::Algorithm;
use crate::verifier::{Issuer, KeySource};
pub use file::DevelopmentKeyError;
use file::KeyFile;

/// How long a key can be used.
const KEY_LIFE: Duration = Duration::from_hours(30 * 24);
/// How long a token can be used.
const TOKEN_LIFE: Duration = Duration::from_hours(1);
const AUDIENCE: &str = "development";
const ALGORITHM: Algorithm = Algorithm::EdDSA;

/// The key that signs the development tokens of one checkout. `cargo auth token` uses it.
///
/// The key is in a separate file outside the checkout: below `$XDG_DATA_HOME/cargo-auth`, or
/// `~/.local/share/cargo-auth`, in a folder whose name is a digest of the checkout's path. Only its owner can read the
/// file (mode 0600). The checkout is the nearest folder above the given one with a `.git`, or the folder itself.
pub struct DevelopmentKey {
    issuer: TestIssuer,
    expires_at: SystemTime,
}

impl fmt::Debug for DevelopmentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DevelopmentKey").field("issuer", &self.issuer.iss).finish_non_exhaustive()
    }
}

impl DevelopmentKey {
    /// The key of the checkout with this folder. A new key is made if there is none, or if the key is older than 30
    /// days.
    ///
    /// # Errors
    /// The folder does not exist, the file cannot be read or written, or users other than its owner can read it.
    pub fn of_checkout(folder: impl AsRef<Path>) -> Result<Self, DevelopmentKeyError> {
        let place = KeyFile::of(folder.as_ref())?;
        let now = since_1970();
        if let Some(stored) = place.read()?
            && now < ends(stored.created)
        {
            return Self::new(&place, &stored);
        }
        let stored = file::Stored { created: now.as_secs(), key: SigningKey::new(ALGORITHM).pkcs8() };
        Self::new(&place, &place.write(&stored, |other| now < ends(other.created))?)
    }

    fn new(place: &KeyFile, stored: &file::Stored) -> Result<Self, DevelopmentKeyError> {
        let issuer = TestIssuer {
            iss: iss(place).into(),
            audience: AUDIENCE,
            ..TestIssuer::of_key(ALGORITHM, signing_key(place, stored)?)
        };
        let expires_at = SystemTime::UNIX_EPOCH.checked_add(ends(stored.created));
        Ok(Self { issuer, expires_at: expires_at.ok_or_else(|| place.fault("has a wrong time"))? })
    }

    /// Starts a token for user `user`, with the claims of a [`TokenBuilder`]. It expires in an hour.
    pub fn token(&self) -> TokenBuilder<'_> {
        self.issuer.token().expires_in(TOKEN_LIFE)
    }

    /// The `iss` of its tokens.
    pub fn iss(&self) -> &str {
        &self.issuer.iss
    }

    /// When the key expires.
    pub fn expires_at(&self) -> SystemTime {
        self.expires_at
    }
}

impl Issuer {
    /// Trusts the development tokens of the checkout with this folder: those that `cargo auth token` prints. For
    /// development on one machine, and only with the feature `testing`.
    ///
    /// A token is accepted only in a request that comes directly from this machine. Guards therefore need the address
    /// of the peer: serve the router with `into_make_service_with_connect_info::<SocketAddr>()`. The response is 401 if
    /// the address is missing or not on loopback, or if a proxy has added a header (`Forwarded`, `X-Forwarded-For`,
    /// `X-Real-IP`, `Via`). [`Verifier::verify`](crate::Verifier::verify) has no request and refuses them. Each start
    /// logs an error, so that it is noticed in production.
    ///
    /// The key expires 30 days after it was made; then restart the program. The name is `development`, and claims are
    /// read as [`TokenBuilder`] writes them. If there is no key, [`build`](crate::VerifierBuilder::build) fails.
    ///
    /// ```no_run
    /// # async fn start() -> Result<(), Box<dyn std::error::Error>> {
    /// use std::net::SocketAddr;
    /// use auth_runtime::{GuardedRouter, Issuer, Verifier};
    /// let verifier = Verifier::new(Issuer::development(env!("CARGO_MANIFEST_DIR"))).await?;
    /// let app: GuardedRouter = GuardedRouter::new();
    /// let app = app.guarded_by(verifier).into_router();
    /// let app = app.into_make_service_with_connect_info::<SocketAddr>();
    /// # Ok(())
    /// # }
    /// ```
    pub fn development(folder: impl AsRef<Path>) -> Self {
        let read = trusted(folder.as_ref()).map_err(|error| ConfigError::new("development", error.to_string()));
        let (iss, keys) = match read {
            Ok((iss, keys)) => (Ok(Some(iss)), Ok(keys)),
            Err(error) => (Err(error.clone()), Err(error)),
        };
        Self::new(iss, AUDIENCE, keys, ClaimMapping::testing())
            .named("development")
            .algorithms([ALGORITHM])
            .only_from_this_machine()
    }
}

/// The `iss` and the public key of a checkout.
fn trusted(folder: &Path) -> Result<(String, KeySource), DevelopmentKeyError> {
    let place = KeyFile::of(folder)?;
    let stored = place.read()?.ok_or_else(|| place.fault("does not exist: run `cargo auth token`"))?;
    let ends = ends(stored.created);
    if since_1970() >= ends {
        return Err(place.fault("is older than 30 days: run `cargo auth token`"));
    }
    let keys = json!({ "keys": signing_key(&place, &stored)?.jwk(super::KID).as_slice() });
    let until_ms = u64::try_from(ends.as_millis()).unwrap_or(0);
    Ok((iss(&place), KeySource::jwks_until("development", keys.to_string(), until_ms)))
}

fn signing_key(place: &KeyFile, stored: &file::Stored) -> Result<SigningKey, DevelopmentKeyError> {
    SigningKey::ed25519(&stored.key).ok_or_else(|| place.fault("is not a key: delete it"))
}

/// Tokens of one checkout are not valid for a program of another one.
fn iss(place: &KeyFile) -> String {
    format!("development:{}", place.digest)
}

fn ends(created: u64) -> Duration {
    Duration::from_secs(created).saturating_add(KEY_LIFE)
}

fn since_1970() -> Duration {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
}
