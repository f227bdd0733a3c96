//! Maps the claims of a token to a user.

use std::fmt;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::slot::Row;
use crate::id::Identity;

/// The claims that say who the user is and what they may do, for [`Issuer::claim_mapping`].
///
/// Each identity provider has a mapping, and the constructor of its issuer selects it: [`Issuer::auth0`] uses
/// [`ClaimMapping::auth0`]. Select another mapping for tokens in the form of another provider. To read a claim that no
/// mapping reads, add [`Issuer::map_identity`].
///
/// A mapping knows only what the token says, and its result is cached with the token. For data that can change while a
/// token is valid (memberships, roles, permissions from your own tables), use a [`Directory`](crate::Directory). If a
/// mapping reads a database instead, a removed member is admitted until the token expires.
///
/// A token is invalid if a claim that matters for decisions (ids, roles, permissions, scopes, organizations) has a
/// wrong type. A claim that only describes the user (the email address, names) is unknown if it has a wrong type. `act`
/// of any type means that the user is impersonated. `null` counts as absent, except for the user's id. Claims that a
/// mapping does not read only have to be valid JSON.
///
/// ```
/// use auth_runtime::{ClaimMapping, Issuer};
/// # fn issuer(keys: &str) -> Issuer {
/// Issuer::jwks("https://login.example.com", "https://api.example.com", keys).claim_mapping(ClaimMapping::keycloak())
/// # }
/// ```
///
/// [`Issuer::auth0`]: crate::Issuer::auth0
/// [`Issuer::claim_mapping`]: crate::Issuer::claim_mapping
/// [`Issuer::map_identity`]: crate::Issuer::map_identity
#[derive(Clone, Copy)]
pub struct ClaimMapping(&'static Mapping);

impl ClaimMapping {
    pub(crate) const fn new(mapping: &'static Mapping) -> Self {
        Self(mapping)
    }

    /// Reads only the registered claims. [`Issuer::map_identity`](crate::Issuer::map_identity) must set everything
    /// else.
    pub fn none() -> Self {
        const NONE: Mapping =
            Mapping { name: "none", claims: &[], if_absent: &[], id_tokens: IdTokens::ByNonce, user_writable: &[] };
        Self(&NONE)
    }

    pub(crate) fn name(self) -> &'static str {
        self.0.name
    }

    pub(super) fn mapping(self) -> &'static Mapping {
        self.0
    }
}

impl fmt::Debug for ClaimMapping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.name)
    }
}

/// The claims of one provider.
pub(crate) struct Mapping {
    pub(crate) name: &'static str,
    /// The table of claims, in groups that mappings share.
    pub(crate) claims: &'static [&'static [Row]],
    /// The values that are known if the provider's tokens omit them. Everything else that is absent is unknown.
    pub(crate) if_absent: &'static [Absent],
    /// How the provider's ID tokens are recognized.
    pub(crate) id_tokens: IdTokens,
    /// Claims that users can write themselves, in addition to those of all providers. A name that ends in `*` matches
    /// all names with this beginning.
    pub(crate) user_writable: &'static [&'static str],
}

impl Mapping {
    /// Reads no claims and assumes nothing: the base of a provider's mapping.
    pub(crate) const PLAIN: Self =
        Self { name: "none", claims: &[], if_absent: &[], id_tokens: IdTokens::ByNonce, user_writable: &[] };
}

/// How the provider's ID tokens are recognized. `at_hash` and `c_hash` mark one, unless ID tokens are accepted.
#[derive(Clone, Copy)]
pub(crate) enum IdTokens {
    /// `nonce` marks one if the token has no scopes.
    ByNonce,
    /// The table requires a claim that ID tokens do not have, so `nonce` is ignored.
    ByOwnMark,
    /// ID tokens are the provider's credentials.
    Accepted,
}

/// A value that is known because its claim is absent.
#[derive(Clone, Copy)]
pub(crate) enum Absent {
    EmailNotVerified,
    NotImpersonated,
    NoRoles,
}

/// The application's function that changes the identity after the mapping.
#[derive(Clone)]
pub(crate) struct IdentityMap(Arc<MapIdentity>);

type MapIdentity = dyn Fn(&Map<String, Value>, Identity) -> Option<Identity> + Send + Sync;

impl IdentityMap {
    pub(crate) fn new(map: impl Fn(&Map<String, Value>, Identity) -> Option<Identity> + Send + Sync + 'static) -> Self {
        Self(Arc::new(map))
    }

    pub(super) fn apply(&self, claims: &Map<String, Value>, identity: Identity) -> Option<Identity> {
        (self.0)(claims, identity)
    }
}
