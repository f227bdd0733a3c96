//! How the keys of an issuer are fetched, and why a start without keys failed.

use std::time::Duration;

use crate::clock::Clock;
use crate::error::ConfigError;
use crate::keys::{Customize, FetchSettings, FetchedKeys, Origin, StartError};
use crate::token::Algorithm;

const DEFAULT_MAX_STALE: Duration = Duration::from_hours(12);
const SHORTEST_MAX_STALE: Duration = Duration::from_mins(1);
const LONGEST_MAX_STALE: Duration = Duration::from_hours(30 * 24);

/// What to do if keys cannot be fetched at start.
pub(crate) const START_ANYWAY: &str =
    "to start anyway and respond 503 until there are keys, use `.start_without_keys()`";

/// How keys are fetched.
#[derive(Clone)]
pub(super) struct Fetching {
    pub(super) max_stale: Duration,
    pub(super) customize: Option<Customize>,
}

impl Default for Fetching {
    fn default() -> Self {
        Self { max_stale: DEFAULT_MAX_STALE, customize: None }
    }
}

impl Fetching {
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        if self.max_stale < SHORTEST_MAX_STALE {
            return Err(ConfigError::new("max_stale", "is shorter than 60 s: keys would expire between two fetches"));
        }
        if self.max_stale > LONGEST_MAX_STALE {
            return Err(ConfigError::new("max_stale", "is longer than 30 days"));
        }
        Ok(())
    }
}

/// Where keys are fetched from.
#[derive(Clone)]
pub(crate) struct RemoteKeys {
    pub(super) origin: Origin,
    pub(super) explain: Explain,
}

impl RemoteKeys {
    /// Starts to fetch; `label` names the issuer in messages.
    pub(super) fn start(
        mut self,
        iss: Option<&str>,
        label: &str,
        algorithms: Option<&[Algorithm]>,
        fetching: &Fetching,
        clock: &Clock,
    ) -> Result<FetchedKeys, ConfigError> {
        // If `iss` was set to another value, the document must have that value: it is the same issuer at another URL.
        if let (Origin::Metadata { expected, .. }, Some(iss)) = (&mut self.origin, iss) {
            iss.clone_into(expected);
        }
        let settings = FetchSettings {
            label: label.to_owned(),
            origin: self.origin,
            algorithms: algorithms.map(<[Algorithm]>::to_vec),
            max_stale: fetching.max_stale,
            customize: fetching.customize.clone(),
            clock: clock.clone(),
        };
        FetchedKeys::start(settings).map_err(|error| self.explain.explain(&error))
    }
}

/// Explains why a start without keys failed: with the provider's own text if it has one.
#[derive(Clone, Copy)]
pub(super) struct Explain {
    /// The method that set the key source.
    pub(super) setting: &'static str,
    pub(super) by_provider: ByProvider,
}

/// A provider's own explanation of a failed start.
pub(crate) type ByProvider = fn(&StartError) -> Option<ConfigError>;

impl Explain {
    pub(super) fn explain(self, error: &StartError) -> ConfigError {
        let Self { setting, by_provider } = self;
        by_provider(error).unwrap_or_else(|| match error {
            StartError::NoRuntime => {
                ConfigError::new(setting, "keys are fetched by a task: build the verifier in a tokio runtime")
            }
            StartError::Client(fault) => ConfigError::new("http_client", fault.as_str()),
            StartError::NoKeys(why) => {
                ConfigError::new(setting, format!("the keys were fetched, but no key can be used: {why}"))
            }
            StartError::Fetch { error, .. } => {
                ConfigError::new(setting, format!("could not fetch keys from {error}; {START_ANYWAY}"))
            }
        })
    }
}
