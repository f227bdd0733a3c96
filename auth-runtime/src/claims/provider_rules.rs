//! Rules for one provider's tokens, in addition to the rules for every token, and code that reads what a table of
//! claims cannot express.

use std::fmt;

use serde_json::{Map, Value};

use super::slot::{Row, Slot};
use crate::error::InvalidTokenReason;
use crate::id::Identity;

/// Rules for one provider's tokens. They apply with every claim mapping.
pub(crate) struct ProviderRules {
    /// The required claims, with their accepted values.
    pub(crate) required: &'static [Row],
    /// The claim that is compared with the accepted audiences.
    pub(crate) audience: Row,
    /// The setting with the accepted values of that claim, for messages.
    pub(crate) audience_setting: &'static str,
    /// The settings of [`TokenKinds`] that the provider has, by the names of their methods.
    pub(crate) settings: &'static [&'static str],
    /// The id of a tenant as tokens write it, or what is wrong with it.
    pub(crate) tenant: Option<ReadTenant>,
    /// For a provider with an `iss` for each tenant: the issuer to which such an `iss` belongs.
    pub(crate) issuer_of: Option<fn(&str) -> Option<String>>,
    /// Reads what a table cannot express, and refuses kinds of token that are not accepted.
    pub(crate) complete: Option<Complete>,
}

/// The id of a tenant as tokens write it, or what is wrong with it.
pub(crate) type ReadTenant = fn(&str) -> Result<String, String>;

pub(crate) type Complete = fn(&ProviderClaims<'_>, Identity) -> Result<Identity, InvalidTokenReason>;

impl ProviderRules {
    /// No rules in addition to those for every token.
    pub(crate) const NONE: Self = Self {
        required: &[],
        audience: ("aud", Slot::Audience),
        audience_setting: "audiences",
        settings: &[],
        tenant: None,
        issuer_of: None,
        complete: None,
    };
}

impl fmt::Debug for ProviderRules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProviderRules")
            .field("audience", &self.audience.0)
            .field("settings", &self.settings)
            .field("has_tenants", &self.tenant.is_some())
            .finish_non_exhaustive()
    }
}

/// Which of a provider's tokens are accepted in addition to those of its users.
#[derive(Clone, Debug, Default)]
pub(crate) struct TokenKinds {
    pub(crate) applications: bool,
    /// Tokens without an authorized party, such as those of mobile applications.
    pub(crate) native_clients: bool,
    pub(crate) tenants: Tenants,
}

/// The tenants of a provider whose users are accepted.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) enum Tenants {
    /// No setting names tenants.
    #[default]
    Unnamed,
    #[cfg(feature = "http-client")]
    Named(Vec<String>),
    #[cfg(feature = "http-client")]
    Any,
}

/// The verified claims of a token, and the rules that they must meet.
pub(crate) struct ProviderClaims<'a> {
    pub(crate) claims: &'a Map<String, Value>,
    /// What the JWK of the verified key says about its use.
    pub(crate) key: KeyScope<'a>,
    pub(crate) audiences: &'a [String],
    pub(crate) kinds: &'a TokenKinds,
}

/// What the members of a JWK say about the tokens that the key may sign.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct KeyScope<'a> {
    /// The member `issuer`.
    pub(crate) issuer: Option<&'a str>,
    /// The member `cloud_instance_name`.
    pub(crate) cloud: Option<&'a str>,
}

/// Does not print the values of claims.
impl fmt::Debug for ProviderClaims<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { claims, key, audiences, kinds } = self;
        f.debug_struct("ProviderClaims")
            .field("claims", &claims.len())
            .field("key", key)
            .field("audiences", audiences)
            .field("kinds", kinds)
            .finish()
    }
}

#[cfg(any(feature = "http-client", feature = "testing"))]
impl ProviderClaims<'_> {
    /// A claim that is a non-empty string.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.claims.get(name)?.as_str().filter(|text| !text.is_empty())
    }
}

#[cfg(feature = "http-client")]
impl ProviderClaims<'_> {
    /// A claim that is present and not null.
    pub(crate) fn value(&self, name: &str) -> Option<&Value> {
        self.claims.get(name).filter(|value| !value.is_null())
    }

    /// The names of a claim that is an array of strings, or absent.
    pub(crate) fn names(&self, name: &'static str) -> Result<Vec<&str>, InvalidTokenReason> {
        let Some(value) = self.value(name) else { return Ok(Vec::new()) };
        let names = value.as_array().and_then(|array| array.iter().map(Value::as_str).collect());
        names.ok_or(InvalidTokenReason::Claim(name))
    }

    /// Refuses a token of an application, unless these are accepted, and records whether it is one.
    pub(crate) fn of_application(
        &self,
        is_application: bool,
        mut identity: Identity,
    ) -> Result<Identity, InvalidTokenReason> {
        if is_application && !self.kinds.applications {
            return Err(InvalidTokenReason::Application);
        }
        identity.is_application = Some(is_application);
        Ok(identity)
    }
}
