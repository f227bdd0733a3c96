//! Inspects the key source of an issuer, for a person who sets it up.

use super::Issuer;
use super::key_source::KeySource;
use super::trusted::check;
use crate::clock::Clock;
use crate::error::ConfigError;
use crate::keys::{self, Inspection, inspect};

impl Issuer {
    /// Fetches the keys of this issuer once, with the code and the limits of a verifier, and reports what it finds: the
    /// requests, the keys, and the keys that a verifier would skip. It also reports the `iss` that tokens must have.
    /// `cargo auth doctor` prints it.
    ///
    /// # Errors
    /// A setting is invalid, or the issuer's keys are not fetched at all. A failed fetch is not an error: see
    /// [`Inspection::failure`].
    pub async fn inspect(self) -> Result<Inspection, ConfigError> {
        keys::choose_backend();
        let label = self.label();
        self.inspected(&label).await.map_err(|error| error.of(&label))
    }

    async fn inspected(self, label: &str) -> Result<Inspection, ConfigError> {
        check(&self)?;
        let iss = self.claim?;
        let KeySource::Remote(remote) = self.keys? else {
            return Err(ConfigError::new("inspect", "the keys of this issuer are not fetched"));
        };
        let algorithms = self.algorithms.as_deref();
        let settings = remote.settings(iss.as_deref(), label, algorithms, &self.fetching, &Clock::System)?;
        let found = inspect(settings).await.map_err(|fault| ConfigError::new("http_client", fault))?;
        Ok(Inspection { issuer_claims: iss.into_iter().chain(self.also_issuers).collect(), ..found })
    }
}
