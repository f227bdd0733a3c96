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
    /// The hosts for which plain http is allowed.
    pub(super) plain_hosts: Option<Vec<String>>,
}

impl Default for Fetching {
    fn default() -> Self {
        Self { max_stale: DEFAULT_MAX_STALE, customize: None, plain_hosts: None }
    }
}

impl Fetching {
    /// Checks the settings. `sends_secret` is whether each request contains a client secret or an API key.
    pub(super) fn check(&self, sends_secret: bool) -> Result<(), ConfigError> {
        if self.max_stale < SHORTEST_MAX_STALE {
            return Err(ConfigError::new("max_stale", "is shorter than 60 s: keys would expire between two fetches"));
        }
        if self.max_stale > LONGEST_MAX_STALE {
            return Err(ConfigError::new("max_stale", "is longer than 30 days"));
        }
        let Some(hosts) = &self.plain_hosts else { return Ok(()) };
        if hosts.is_empty() {
            return Err(ConfigError::new("danger_allow_http", "is empty: add the hosts"));
        }
        if sends_secret {
            let fault = "is for metadata documents and key sets: here each request contains a secret, which is never \
                         sent over plain http";
            return Err(ConfigError::new("danger_allow_http", fault));
        }
        match hosts.iter().find(|host| host.is_empty() || host.contains([':', '/', '@', '*', ' '])) {
            Some(host) => {
                let fault = format!("{host:?} is not a host: use only its name, without scheme, port and path");
                Err(ConfigError::new("danger_allow_http", fault))
            }
            None => Ok(()),
        }
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
        self,
        iss: Option<&str>,
        label: &str,
        algorithms: Option<&[Algorithm]>,
        fetching: &Fetching,
        clock: &Clock,
    ) -> Result<FetchedKeys, ConfigError> {
        let explain = self.explain;
        let settings = self.settings(iss, label, algorithms, fetching, clock)?;
        FetchedKeys::start(settings).map_err(|error| explain.explain(&error))
    }

    /// The settings of a fetch, checked.
    pub(super) fn settings(
        mut self,
        iss: Option<&str>,
        label: &str,
        algorithms: Option<&[Algorithm]>,
        fetching: &Fetching,
        clock: &Clock,
    ) -> Result<FetchSettings, ConfigError> {
        let plain_hosts = self.plain_hosts(label, fetching)?;
        // Some providers' metadata has the `iss` of tokens, other providers' metadata has the URL.
        if let (Origin::Metadata { expected, .. }, Some(iss)) = (&mut self.origin, iss)
            && !expected.iter().any(|expected| expected == iss)
        {
            tracing::info!(issuer = label, tokens = iss, address = ?expected, "the `iss` of tokens is not the \
                                                                               issuer's URL");
            expected.push(iss.to_owned());
        }
        Ok(FetchSettings {
            label: label.to_owned(),
            origin: self.origin,
            algorithms: algorithms.map(<[Algorithm]>::to_vec),
            max_stale: fetching.max_stale,
            customize: fetching.customize.clone(),
            plain_hosts,
            clock: clock.clone(),
        })
    }

    /// The hosts for which plain http is allowed, if it is allowed for this URL.
    fn plain_hosts(&self, label: &str, fetching: &Fetching) -> Result<Vec<String>, ConfigError> {
        let named = fetching.plain_hosts.as_deref().unwrap_or_default();
        let address = self.origin.address();
        address.check_plain(named).map_err(|fault| {
            let fault = format!("{fault}; keys can be fetched from a named host by `.danger_allow_http([..])`");
            ConfigError::new(self.explain.setting, fault)
        })?;
        if address.is_plain() && address.has_query() {
            let fault = format!(
                "`{address}` has a query, which may contain a secret, and a secret is never sent over plain http: use \
                 https, or remove the query"
            );
            return Err(ConfigError::new(self.explain.setting, fault));
        }
        if !named.is_empty() {
            tracing::warn!(
                issuer = label,
                hosts = ?named,
                is_used = address.is_plain(),
                "keys may be fetched over plain http: anyone who can change the traffic can sign tokens"
            );
        }
        Ok(named.to_vec())
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
