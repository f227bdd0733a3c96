//! Where tokens come from, and what they must be like.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jsonwebtoken::Algorithm;
use serde_json::Value;

use crate::claims::{Audience, Profile, Rules};
use crate::clock::Clock;
use crate::error::ConfigError;
use crate::json;
use crate::keys::{self, KeySet, KeySetBuilder, Keys};
use crate::token::TokenType;

const DEFAULT_LEEWAY: Duration = Duration::from_mins(1);
const MAX_LEEWAY: Duration = Duration::from_mins(5);

/// Where tokens come from: whose they are, the keys that sign them, and what they must say.
///
/// Nothing is checked here; [`VerifierBuilder::build`](super::VerifierBuilder::build) does, and names the setting.
///
/// | constructor | keys | preset |
/// |---|---|---|
/// | [`jwks`](Self::jwks) | the public keys of a JWK Set (RFC 7517) | [`Profile::Oidc`] |
/// | [`pem`](Self::pem) | one public key | [`Profile::Oidc`] |
/// | [`oidc`](Self::oidc), [`auth0`](Self::auth0), [`keycloak`](Self::keycloak) | fetched, found by discovery | by their name |
/// | [`jwks_url`](Self::jwks_url) | fetched, a JWK Set | [`Profile::Oidc`] |
/// | [`propelauth`](Self::propelauth) | fetched with an API key | [`Profile::PropelAuth`], RS256, any audience |
/// | [`hmac`](Self::hmac) | a shared secret | [`Profile::FastApiUsers`], HS256, no `iss`, audience `fastapi-users:auth` |
///
/// Without [`algorithms`](Self::algorithms), a key serves the algorithm that it states; one that states none serves
/// RS256, ES256, ES384 or EdDSA, by its type.
#[derive(Clone)]
pub struct Issuer {
    name: Option<String>,
    pub(super) claim: IssuerClaim,
    audience: Audience,
    pub(super) algorithms: Option<Vec<Algorithm>>,
    leeway: Duration,
    profile: Profile,
    token_type: TokenType,
    accept_bound_tokens: bool,
    pub(super) source: Source,
    #[cfg(feature = "http-client")]
    pub(super) fetching: super::fetching::Fetching,
    /// What a constructor or a setting found wrong with its value.
    pub(super) fault: Option<ConfigError>,
}

#[derive(Clone)]
pub(super) enum IssuerClaim {
    Exactly(String),
    Absent,
}

/// What the keys are made from.
#[derive(Clone)]
pub(super) enum Source {
    Jwks(String),
    Pem(String),
    Secret(Vec<u8>),
    #[cfg(feature = "http-client")]
    Fetched {
        /// The constructor's name.
        setting: &'static str,
        origin: Result<keys::Origin, ConfigError>,
    },
    /// Of an issuer that has a fault.
    #[cfg(feature = "http-client")]
    Nowhere,
}

impl Source {
    /// The setting that a fault of the keys is reported under.
    fn setting(&self) -> &'static str {
        match self {
            Self::Jwks(_) => "jwks",
            Self::Pem(_) => "pem",
            Self::Secret(_) => "hmac",
            #[cfg(feature = "http-client")]
            Self::Fetched { setting, .. } => setting,
            #[cfg(feature = "http-client")]
            Self::Nowhere => "issuer",
        }
    }
}

impl Issuer {
    pub(super) fn new(claim: IssuerClaim, audience: &str, source: Source, profile: Profile) -> Self {
        Self {
            name: None,
            claim,
            audience: Audience::OneOf(vec![audience.to_owned()]),
            algorithms: None,
            leeway: DEFAULT_LEEWAY,
            profile,
            token_type: TokenType::Any,
            accept_bound_tokens: false,
            source,
            #[cfg(feature = "http-client")]
            fetching: super::fetching::Fetching::default(),
            fault: None,
        }
    }

    /// An issuer whose keys are this JWK Set (RFC 7517 section 5), given as JSON text.
    ///
    /// A key that cannot be used is left out with a warning; a set without any that can does not build.
    pub fn jwks(iss: impl Into<String>, audience: &str, json: impl Into<String>) -> Self {
        Self::new(IssuerClaim::Exactly(iss.into()), audience, Source::Jwks(json.into()), Profile::Oidc)
    }

    /// An issuer with one public key, as PEM text labelled `PUBLIC KEY` or `RSA PUBLIC KEY` (RFC 7468 section 13).
    ///
    /// A key in a PEM has no name: a token's `kid` is not looked at.
    pub fn pem(iss: impl Into<String>, audience: &str, pem: impl Into<String>) -> Self {
        Self::new(IssuerClaim::Exactly(iss.into()), audience, Source::Pem(pem.into()), Profile::Oidc)
    }

    /// An issuer that shares a secret with this program: HS256 needs at least 32 bytes of it, HS384 48, HS512 64.
    ///
    /// Preset for fastapi-users: tokens carry no `iss`, and the audience is `fastapi-users:auth`.
    pub fn hmac(secret: impl Into<Vec<u8>>) -> Self {
        let source = Source::Secret(secret.into());
        Self::new(IssuerClaim::Absent, "fastapi-users:auth", source, Profile::FastApiUsers)
    }

    /// Names the issuer, for `issuer("name")` in a condition and for messages.
    ///
    /// A name must not be the name or the `iss` of another issuer of the verifier.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Accepts a further audience (RFC 7519 section 4.1.3). Compared exactly.
    #[must_use]
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        match &mut self.audience {
            Audience::OneOf(accepted) => accepted.push(audience.into()),
            any @ Audience::Any => *any = Audience::OneOf(vec![audience.into()]),
        }
        self
    }

    /// Accepts tokens for any audience, and tokens that name none: those meant for other services of the same issuer
    /// are then good here too.
    #[must_use]
    pub fn any_audience(mut self) -> Self {
        self.audience = Audience::Any;
        self
    }

    /// Allows exactly these algorithms (RFC 8725 section 3.1).
    #[must_use]
    pub fn algorithms(mut self, algorithms: impl IntoIterator<Item = Algorithm>) -> Self {
        let mut allowed: Vec<Algorithm> = Vec::new();
        for algorithm in algorithms {
            // Named twice, a key would stand twice for one algorithm.
            if !allowed.contains(&algorithm) {
                allowed.push(algorithm);
            }
        }
        self.algorithms = Some(allowed);
        self
    }

    /// How far clocks may differ: for this long an expired token still counts, and one from the future already does.
    /// 60 s by default, 0 to 300 s.
    #[must_use]
    pub fn leeway(mut self, leeway: Duration) -> Self {
        self.leeway = leeway;
        self
    }

    /// Says which claims tell who the user is.
    #[must_use]
    pub fn profile(mut self, profile: Profile) -> Self {
        self.profile = profile;
        self
    }

    /// Requires this exact `iss` (RFC 7519 section 4.1.1): byte for byte, trailing slash included.
    #[must_use]
    pub fn issuer_claim(mut self, iss: impl Into<String>) -> Self {
        self.claim = IssuerClaim::Exactly(iss.into());
        self
    }

    /// Requires that tokens carry no `iss`.
    #[must_use]
    pub fn no_issuer_claim(mut self) -> Self {
        self.claim = IssuerClaim::Absent;
        self
    }

    /// Says which kind of token is accepted.
    #[must_use]
    pub fn token_type(mut self, token_type: TokenType) -> Self {
        self.token_type = token_type;
        self
    }

    /// Accepts tokens that are bound to a key of their holder (`cnf`, RFC 7800), although the binding is not checked
    /// here: whoever has such a token can use it. Only where something before this program checks it.
    #[must_use]
    pub fn accept_bound_tokens(mut self) -> Self {
        self.accept_bound_tokens = true;
        self
    }

    /// Replaces the keys by this public key, as [`pem`](Self::pem).
    #[must_use]
    pub fn public_key_pem(mut self, pem: impl Into<String>) -> Self {
        self.source = Source::Pem(pem.into());
        self
    }

    /// How messages call it.
    pub(super) fn label(&self) -> String {
        match (&self.name, &self.claim) {
            (Some(name), _) => name.clone(),
            (None, IssuerClaim::Exactly(iss)) => iss.clone(),
            (None, IssuerClaim::Absent) => format!("{} without `iss`", self.source.setting()),
        }
    }

    /// Checks every setting and reads the keys, or begins to fetch them.
    pub(super) fn trust(self, clock: &Clock) -> Result<Trusted, ConfigError> {
        let label = self.label();
        self.check().and_then(|()| self.into_trusted(clock)).map_err(|error| error.of(&label))
    }

    fn check(&self) -> Result<(), ConfigError> {
        if let Some(fault) = &self.fault {
            return Err(fault.clone());
        }
        #[cfg(feature = "http-client")]
        self.check_fetching()?;
        if matches!(&self.claim, IssuerClaim::Exactly(iss) if iss.is_empty()) {
            return Err(ConfigError::new("issuer_claim", "is empty: every token's `iss` must equal it"));
        }
        if self.name.as_ref().is_some_and(String::is_empty) {
            return Err(ConfigError::new("named", "is empty"));
        }
        if let Audience::OneOf(accepted) = &self.audience
            && accepted.iter().any(String::is_empty)
        {
            return Err(ConfigError::new("audience", "is empty: name this API, or say `.any_audience()`"));
        }
        if self.leeway > MAX_LEEWAY {
            return Err(ConfigError::new("leeway", "is longer than 300 s"));
        }
        if self.algorithms.as_ref().is_some_and(Vec::is_empty) {
            return Err(ConfigError::new("algorithms", "is empty: no token could ever be accepted"));
        }
        Ok(())
    }

    fn into_trusted(self, clock: &Clock) -> Result<Trusted, ConfigError> {
        let keys = self.keys(clock)?;
        let setting = self.source.setting();
        let rules = Rules {
            issuer: match self.claim {
                IssuerClaim::Exactly(iss) => Some(iss.into()),
                IssuerClaim::Absent => None,
            },
            audience: self.audience,
            leeway: self.leeway,
            token_type: self.token_type,
            accept_bound_tokens: self.accept_bound_tokens,
        };
        Ok(Trusted { name: self.name.map(Into::into), rules, profile: self.profile, keys, setting })
    }

    #[cfg_attr(not(feature = "http-client"), allow(unused_variables))]
    fn keys(&self, clock: &Clock) -> Result<Keys, ConfigError> {
        let allowed = self.algorithms.as_deref();
        let takes_secret = matches!(self.source, Source::Secret(_));
        if let Some(other) = allowed.and_then(|all| all.iter().find(|alg| keys::is_hmac(**alg) != takes_secret)) {
            let needs = if takes_secret { "a public key" } else { "a shared secret: use `Issuer::hmac`" };
            return Err(ConfigError::new("algorithms", format!("{other:?} needs {needs}")));
        }
        let fault = |fault: String| ConfigError::new(self.source.setting(), fault);
        let set = match &self.source {
            Source::Secret(secret) => {
                let algorithms = allowed.unwrap_or(&[Algorithm::HS256]);
                for algorithm in algorithms {
                    keys::check_secret(secret, *algorithm).map_err(fault)?;
                }
                KeySet::from_secret(secret, algorithms)
            }
            Source::Pem(pem) => {
                let material = keys::read_pem(pem).map_err(|why| fault(format!("the key cannot be used: {why}")))?;
                KeySetBuilder::new(allowed).public_key(&material)
            }
            Source::Jwks(json) => Some(self.read_jwks(json, allowed).map_err(fault)?),
            #[cfg(feature = "http-client")]
            Source::Fetched { setting, origin } => {
                return Ok(Keys::Fetched(self.start_fetching(setting, origin.clone()?, clock)?));
            }
            #[cfg(feature = "http-client")]
            Source::Nowhere => None,
        };
        let set = set.ok_or_else(|| fault("the key is not valid".to_owned()))?;
        if set.is_empty() {
            return Err(ConfigError::new("algorithms", "no key fits any of them"));
        }
        Ok(Keys::Static(set))
    }

    fn read_jwks(&self, json: &str, allowed: Option<&[Algorithm]>) -> Result<KeySet, String> {
        let set = json::document(json.as_bytes())?;
        let keys = set.get("keys").and_then(Value::as_array).ok_or("is not a JWK Set: `{\"keys\": [..]}`")?;
        let (set, skipped) = KeySetBuilder::new(allowed).jwks(keys);
        for key in &skipped {
            let kid = key.kid.as_deref().unwrap_or("without `kid`");
            tracing::warn!(issuer = self.label(), kid, reason = key.fault, "a key of the set was left out");
        }
        match skipped.first() {
            Some(first) if set.is_empty() => Err(format!("holds no key that can be used: {}", first.fault)),
            None if set.is_empty() => Err("holds no key".to_owned()),
            _ => Ok(set),
        }
    }
}

impl fmt::Debug for Issuer {
    /// Keys and secrets are left out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Issuer")
            .field("label", &self.label())
            .field("audience", &self.audience)
            .field("algorithms", &self.algorithms)
            .field("profile", &self.profile)
            .finish_non_exhaustive()
    }
}

/// An issuer whose settings were checked and whose keys were read, or are being fetched.
pub(crate) struct Trusted {
    pub(crate) name: Option<Arc<str>>,
    pub(crate) rules: Rules,
    pub(crate) profile: Profile,
    pub(crate) keys: Keys,
    /// What the keys came by, for messages.
    #[cfg_attr(not(feature = "http-client"), allow(dead_code))]
    setting: &'static str,
}

impl Trusted {
    /// Waits until keys that are fetched are there, or the first attempt has failed.
    #[cfg(feature = "http-client")]
    pub(super) async fn first_keys(&self) -> Result<(), ConfigError> {
        match &self.keys {
            Keys::Static(_) => Ok(()),
            Keys::Fetched(keys) => {
                keys.first().await.map_err(|error| super::fetching::explain(self.setting, error).of(self.label()))
            }
        }
    }

    pub(crate) fn health(&self) -> keys::IssuerHealth {
        self.keys.health(self.label())
    }

    /// Name, `iss` and audiences, as a table of routes shows them.
    pub(crate) fn description(&self) -> String {
        let iss = self.rules.issuer.as_deref().unwrap_or("no `iss`");
        let issuer = self.name.as_ref().map_or_else(|| iss.to_owned(), |name| format!("{name} ({iss})"));
        match &self.rules.audience {
            Audience::Any => format!("{issuer} for any audience"),
            Audience::OneOf(accepted) => format!("{issuer} for {}", accepted.join(", ")),
        }
    }

    /// How messages call it.
    pub(crate) fn label(&self) -> &str {
        self.name.as_deref().or(self.rules.issuer.as_deref()).unwrap_or("without `iss`")
    }
}
