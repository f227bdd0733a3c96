//! The source of an issuer's keys.

#[cfg(feature = "http-client")]
use super::fetching::{ByProvider, Explain, RemoteKeys};
use crate::error::ConfigError;
#[cfg(feature = "http-client")]
use crate::introspection::Introspection;
use crate::json;
#[cfg(feature = "http-client")]
use crate::keys::Origin;
use crate::keys::{self, KeySet, KeySetBuilder};
use crate::token::Algorithm;

/// The source of an issuer's keys.
#[derive(Clone)]
pub(crate) enum KeySource {
    Static(StaticKeys),
    #[cfg(feature = "http-client")]
    Remote(RemoteKeys),
    /// No keys: the issuer's endpoint is asked about each token.
    #[cfg(feature = "http-client")]
    Introspection(Introspection),
}

/// Static keys.
#[derive(Clone)]
pub(crate) struct StaticKeys {
    /// The method that set the keys, for messages.
    setting: &'static str,
    form: Form,
    /// When the keys expire, in milliseconds since 1970.
    until_ms: Option<u64>,
}

#[derive(Clone)]
enum Form {
    Jwks(String),
    Pem(String),
    Secret(Vec<u8>),
}

impl KeySource {
    pub(crate) fn jwks(setting: &'static str, json: String) -> Self {
        Self::Static(StaticKeys { setting, form: Form::Jwks(json), until_ms: None })
    }

    /// Keys that expire at a set time, in milliseconds since 1970.
    #[cfg(feature = "testing")]
    pub(crate) fn jwks_until(setting: &'static str, json: String, until_ms: u64) -> Self {
        Self::Static(StaticKeys { setting, form: Form::Jwks(json), until_ms: Some(until_ms) })
    }

    pub(crate) fn pem(setting: &'static str, pem: String) -> Self {
        Self::Static(StaticKeys { setting, form: Form::Pem(pem), until_ms: None })
    }

    pub(crate) fn secret(setting: &'static str, secret: Vec<u8>) -> Self {
        Self::Static(StaticKeys { setting, form: Form::Secret(secret), until_ms: None })
    }

    #[cfg(feature = "http-client")]
    pub(crate) fn remote(setting: &'static str, origin: Origin, by_provider: ByProvider) -> Self {
        Self::Remote(RemoteKeys { origin, explain: Explain { setting, by_provider } })
    }

    /// Whether each request to the source contains a client secret or an API key.
    #[cfg(feature = "http-client")]
    pub(super) fn sends_secret(&self) -> bool {
        match self {
            Self::Static(_) => false,
            Self::Remote(remote) => matches!(remote.origin, Origin::Endpoint(_)),
            Self::Introspection(_) => true,
        }
    }

    /// Whether the key is a shared secret.
    pub(super) fn is_secret(&self) -> bool {
        matches!(self, Self::Static(StaticKeys { form: Form::Secret(_), .. }))
    }

    pub(super) fn is_same_secret(&self, other: &[u8]) -> bool {
        matches!(self, Self::Static(StaticKeys { form: Form::Secret(secret), .. }) if secret == other)
    }

    /// Checks that the allowed algorithms fit the kind of key.
    pub(super) fn check_algorithms(&self, allowed: &[Algorithm]) -> Result<(), ConfigError> {
        let takes_secret = self.is_secret();
        let Some(other) = allowed.iter().find(|algorithm| algorithm.is_hmac() != takes_secret) else {
            return Ok(());
        };
        let needs = if takes_secret { "a public key" } else { "a shared secret: use `Issuer::hmac`" };
        Err(ConfigError::new("algorithms", format!("{other:?} needs {needs}")))
    }
}

impl StaticKeys {
    /// `label` names the issuer in messages.
    pub(super) fn read(&self, label: &str, allowed: Option<&[Algorithm]>) -> Result<KeySet, ConfigError> {
        let set = match &self.form {
            Form::Secret(secret) => read_secret(secret, allowed.unwrap_or(&[Algorithm::HS256])),
            Form::Pem(pem) => read_pem(pem, allowed),
            Form::Jwks(json) => read_jwks(json, label, allowed, self.until_ms),
        };
        let set = set.map_err(|fault| ConfigError::new(self.setting, fault))?;
        if set.is_empty() {
            return Err(ConfigError::new("algorithms", "no key fits an allowed algorithm"));
        }
        Ok(set)
    }
}

const NOT_VALID: &str = "the key is not valid";

fn read_secret(secret: &[u8], algorithms: &[Algorithm]) -> Result<KeySet, String> {
    for algorithm in algorithms {
        keys::check_secret(secret, *algorithm)?;
    }
    KeySet::from_secret(secret, algorithms, None).ok_or_else(|| NOT_VALID.to_owned())
}

fn read_pem(pem: &str, allowed: Option<&[Algorithm]>) -> Result<KeySet, String> {
    let material = keys::read_pem(pem).map_err(|why| format!("the key cannot be used: {why}"))?;
    KeySetBuilder::new(allowed).public_key(&material).ok_or_else(|| NOT_VALID.to_owned())
}

fn read_jwks(json: &str, label: &str, allowed: Option<&[Algorithm]>, until_ms: Option<u64>) -> Result<KeySet, String> {
    let set = json::document(json.as_bytes())?;
    let keys = set.get("keys").and_then(serde_json::Value::as_array).ok_or("is not a JWK Set: `{\"keys\": [..]}`")?;
    let (set, skipped) = KeySetBuilder::new(allowed).until(until_ms).jwks(keys);
    for key in &skipped {
        let kid = key.kid.as_deref().unwrap_or("without `kid`");
        if key.has_other_purpose {
            tracing::debug!(issuer = label, kid, reason = key.fault, "a key of the set was skipped");
            continue;
        }
        tracing::warn!(issuer = label, kid, reason = key.fault, "a key of the set was skipped");
    }
    match skipped.first() {
        Some(first) if set.is_empty() => Err(format!("contains no usable key: {}", first.fault)),
        None if set.is_empty() => Err("contains no key".to_owned()),
        _ => Ok(set),
    }
}
