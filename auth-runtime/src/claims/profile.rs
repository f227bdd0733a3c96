//! The kinds of issuers, by how they spell who a user is.

use std::fmt;
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::id::Identity;

/// Which claims say who a user is, and what they may do.
///
/// | profile | id | own roles | organisations | permissions | scopes |
/// |---|---|---|---|---|---|
/// | `PropelAuth` | `user_id` | – | `org_member_info` (then alone, and active), else `org_id_to_org_member_info` | the organisation's | – |
/// | `Auth0` | `sub` | – | `org_id` (active, no role), `org_name` | `permissions`: the organisation's where `org_id` is there, else direct | `scope` |
/// | `Keycloak` | `sub` | `realm_access.roles`, then `resource_access[AUDIENCE].roles` | – | – | `scope` |
/// | `Oidc` | `sub` | – | – | – | `scope`, or `scp` |
/// | `FastApiUsers` | `sub`, else `user_id` | – | – | – | – |
///
/// A claim that a profile reads and that is of a wrong type makes the token invalid; other claims are only held to
/// the rules for JSON. `null` counts as absent, except for an id.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Profile {
    /// PropelAuth's access tokens.
    PropelAuth,
    /// Auth0's access tokens.
    Auth0,
    /// Keycloak's access tokens; the claim `typ` must be `Bearer`.
    Keycloak,
    /// Any OpenID Connect provider's JWT access tokens.
    Oidc,
    /// What fastapi-users issues.
    FastApiUsers,
    /// A mapping of your own: see [`Profile::custom`].
    Custom(CustomProfile),
    /// What `testing::TokenBuilder` writes.
    #[cfg(feature = "testing")]
    #[doc(hidden)]
    Testing,
}

impl Profile {
    /// A mapping of your own, from verified claims to an identity; `None` refuses the token.
    ///
    /// It is called once for a token, after signature and registered claims were checked. An empty id, two
    /// memberships of one organisation, or an active organisation that is not among them refuse the token too.
    ///
    /// ```
    /// use auth_runtime::{Identity, Profile};
    /// let profile = Profile::custom(|claims| {
    ///     let id = claims.get("uid")?.as_str()?;
    ///     Some(Identity::new(id).scopes(["invoices:read"]))
    /// });
    /// ```
    pub fn custom(mapping: impl Fn(&Map<String, Value>) -> Option<Identity> + Send + Sync + 'static) -> Self {
        Self::Custom(CustomProfile(Arc::new(mapping)))
    }
}

/// The mapping of [`Profile::custom`].
#[derive(Clone)]
pub struct CustomProfile(Arc<Mapping>);

type Mapping = dyn Fn(&Map<String, Value>) -> Option<Identity> + Send + Sync;

impl CustomProfile {
    pub(super) fn identity(&self, claims: &Map<String, Value>) -> Option<Identity> {
        (self.0)(claims)
    }
}

impl fmt::Debug for CustomProfile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CustomProfile")
    }
}
