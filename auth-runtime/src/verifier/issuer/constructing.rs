//! The parts from which constructors of issuers are made. Each identity provider has its own constructor.

#[cfg(feature = "http-client")]
use super::super::fetching::{ByProvider, Fetching};
use super::super::key_source::KeySource;
#[cfg(feature = "http-client")]
use super::super::locations::Proxy;
use super::{DEFAULT_LEEWAY, Issuer};
use crate::claims::{Audience, ClaimMapping, ProviderRules, Refinements, TokenKinds};
use crate::error::ConfigError;
#[cfg(feature = "http-client")]
use crate::introspection::Introspection;
#[cfg(feature = "http-client")]
use crate::keys::{Address, Origin, shown};
use crate::token::TokenType;

impl Issuer {
    pub(crate) fn new(
        claim: Result<Option<String>, ConfigError>,
        audience: &str,
        keys: Result<KeySource, ConfigError>,
        mapping: ClaimMapping,
    ) -> Self {
        Self {
            name: None,
            claim,
            keys,
            audience: Audience::one(audience),
            algorithms: None,
            leeway: DEFAULT_LEEWAY,
            token_type: TokenType::Any,
            accepts_bound_tokens: false,
            mapping,
            map_identity: None,
            preset: mapping,
            refinements: Refinements::default(),
            also_issuers: Vec::new(),
            also_secret: None,
            memberships_from_tokens: false,
            scope_limits: None,
            provider: &ProviderRules::NONE,
            kinds: TokenKinds::default(),
            proxy: None,
            #[cfg(feature = "http-client")]
            fetching: Fetching::default(),
            #[cfg(feature = "testing")]
            is_local: false,
        }
    }

    /// An issuer whose metadata document contains the URL of its keys.
    #[cfg(feature = "http-client")]
    pub(crate) fn discovered(
        constructor: &'static str,
        iss: &str,
        address: Result<Address, String>,
        audience: &str,
        mapping: ClaimMapping,
    ) -> Self {
        let origin = address.map(|issuer| Origin::Metadata { issuer, expected: vec![iss.to_owned()] });
        Self::fetched(constructor, iss, origin, audience, mapping)
    }

    /// An issuer whose keys are fetched.
    #[cfg(feature = "http-client")]
    pub(crate) fn fetched(
        constructor: &'static str,
        iss: &str,
        origin: Result<Origin, String>,
        audience: &str,
        mapping: ClaimMapping,
    ) -> Self {
        match origin {
            Ok(origin) => {
                let keys = KeySource::remote(constructor, origin, |_| None);
                Self::new(Ok(Some(iss.to_owned())), audience, Ok(keys), mapping)
            }
            Err(fault) => Self::faulty(ConfigError::new(constructor, fault).of(shown(iss)), audience, mapping),
        }
    }

    /// An issuer that always fails to build, whatever its keys.
    #[cfg(feature = "http-client")]
    pub(crate) fn faulty(fault: ConfigError, audience: &str, mapping: ClaimMapping) -> Self {
        Self::new(Err(fault.clone()), audience, Err(fault), mapping)
    }

    /// Sets the provider's explanation of a failed start.
    #[cfg(feature = "http-client")]
    pub(crate) fn explained_by(mut self, by_provider: ByProvider) -> Self {
        if let Ok(KeySource::Remote(remote)) = &mut self.keys {
            remote.explain.by_provider = by_provider;
        }
        self
    }

    /// Adds the rules of a provider.
    #[cfg(any(feature = "http-client", feature = "testing"))]
    pub(crate) fn held_to(mut self, rules: &'static ProviderRules) -> Self {
        self.provider = rules;
        self
    }

    /// Also reads tokens from the header of this proxy, but accepts only this issuer's tokens there.
    #[cfg(feature = "http-client")]
    pub(crate) fn behind(mut self, proxy: &'static Proxy) -> Self {
        self.proxy = Some(proxy);
        self
    }

    /// Changes which of the provider's tokens are accepted, by a setting that not every provider has.
    #[cfg(feature = "http-client")]
    pub(crate) fn change_kinds(
        mut self,
        setting: &'static str,
        change: impl FnOnce(&mut TokenKinds, &ProviderRules) -> Result<(), String>,
    ) -> Self {
        let changed = if self.provider.settings.contains(&setting) {
            change(&mut self.kinds, self.provider)
        } else {
            Err("is for other issuers: it does not apply to the tokens of this one".to_owned())
        };
        if let Err(fault) = changed {
            self.refinements.set_fault(ConfigError::new(setting, fault));
        }
        self
    }

    /// Changes the origin of fetched keys. `change` gets `None` if the keys are not fetched.
    #[cfg(feature = "http-client")]
    pub(crate) fn change_origin(mut self, change: impl FnOnce(Option<&mut Origin>) -> Result<(), ConfigError>) -> Self {
        let changed = match &mut self.keys {
            Ok(KeySource::Remote(remote)) => change(Some(&mut remote.origin)),
            Ok(KeySource::Static(_) | KeySource::Introspection(_)) => change(None),
            Err(_) => Ok(()),
        };
        if let Err(fault) = changed {
            self.keys = Err(fault);
        }
        self
    }

    /// Changes the settings of introspection.
    #[cfg(feature = "http-client")]
    pub(crate) fn change_introspection(
        mut self,
        setting: &'static str,
        change: impl FnOnce(&mut Introspection),
    ) -> Self {
        match &mut self.keys {
            Ok(KeySource::Introspection(introspection)) => change(introspection),
            Ok(_) => self.keys = Err(ConfigError::new(setting, "is only for `Issuer::introspection`")),
            Err(_) => {}
        }
        self
    }
}
