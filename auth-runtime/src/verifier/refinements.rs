//! Settings that refine the presets of a provider's constructor: which claims are used for what, and which are
//! required.

use serde_json::{Map, Value};

use super::Issuer;
use crate::claims::{Allowance, IdentityMap, Part};
use crate::error::ConfigError;
use crate::id::Identity;

/// Refinements of the [claim mapping](crate::ClaimMapping).
///
/// A claim is given by its exact name. If the text begins with `/`, it is a JSON Pointer (RFC 6901):
/// `/realm_access/roles`, `/https:~1~1example.com~1roles/shop`. A claim that is set here replaces the one that the
/// mapping reads. If the token does not have it, or has `null`, the value is unknown. If it has a wrong type, the token
/// is invalid.
///
/// No decision may depend on claims that users can write themselves: with `user_metadata`, `name` and other claims that
/// users can edit at the provider, the verifier does not [build](super::VerifierBuilder::build). Each setting can be
/// used once, except `require_claim`.
///
/// ```
/// use auth_runtime::Issuer;
/// let issuer = Issuer::auth0("tenant.eu.auth0.com", "https://api.example.com")
///     .roles_from("https://example.com/roles")
///     .require_claim("azp", ["web-client", "mobile-client"]);
/// ```
impl Issuer {
    /// Reads the roles outside any organization from this claim: a string with spaces, an array of strings, or the keys
    /// of an object.
    #[must_use]
    pub fn roles_from(self, claim: impl Into<String>) -> Self {
        self.part_from(Part::Roles, claim.into())
    }

    /// Reads the permissions from this claim: a string with spaces, or an array of strings. They belong to the active
    /// organization if the token has one, and otherwise to no organization.
    #[must_use]
    pub fn permissions_from(self, claim: impl Into<String>) -> Self {
        self.part_from(Part::Permissions, claim.into())
    }

    /// Reads the scopes from this claim: a string with spaces, or an array of strings.
    #[must_use]
    pub fn scopes_from(self, claim: impl Into<String>) -> Self {
        self.part_from(Part::Scopes, claim.into())
    }

    /// Reads the user's organizations from this claim: an id as a string, ids in an array, or the keys of an object.
    ///
    /// A single organization is the active one, and the token's permissions belong to it. Several organizations become
    /// memberships without role and permissions.
    #[must_use]
    pub fn org_from(self, claim: impl Into<String>) -> Self {
        self.part_from(Part::Org, claim.into())
    }

    /// Reads the role in the active organization from this claim: a string, or an array of strings. Several roles have
    /// no order. Without an active organization, the claim is ignored.
    #[must_use]
    pub fn org_role_from(self, claim: impl Into<String>) -> Self {
        self.part_from(Part::OrgRole, claim.into())
    }

    /// Reads the user's id from this claim: a string or an integer. A token without it is invalid.
    ///
    /// The id must stay with its owner. An email address, a user name or a phone number can pass to another person, who
    /// would then be this user. With such a claim, the verifier does not build, unless
    /// [`danger_reassignable_id`](Self::danger_reassignable_id) is called.
    #[must_use]
    pub fn user_id_from(self, claim: impl Into<String>) -> Self {
        self.part_from(Part::UserId, claim.into())
    }

    /// Requires this claim to have one of these values: a string, the text of a number or a boolean, or an array that
    /// contains one of them. Any other token is invalid.
    ///
    /// If it is called several times, every call must be met.
    ///
    /// ```
    /// use auth_runtime::Issuer;
    /// let issuer = Issuer::oidc("https://accounts.google.com", "client-id.apps.googleusercontent.com")
    ///     .require_claim("hd", ["example.com"])
    ///     .require_claim("email_verified", ["true"]);
    /// ```
    #[must_use]
    pub fn require_claim(
        mut self,
        claim: impl Into<String>,
        values: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        self.refinements.require(claim.into(), values.into_iter().map(Into::into).collect());
        self
    }

    /// Allows a claim that users can write themselves. They can then grant themselves its roles and permissions.
    ///
    /// `claim` must have the same text as in the refinement.
    #[must_use]
    pub fn danger_user_writable(mut self, claim: impl Into<String>) -> Self {
        self.refinements.allow_user_writable(claim.into());
        self
    }

    /// Allows [`user_id_from`](Self::user_id_from) to use an id that can pass to another person. The next owner of an
    /// email address or a user name then is that user here, with all of their rows.
    #[must_use]
    pub fn danger_reassignable_id(mut self) -> Self {
        self.refinements.allows_reassignable_id = true;
        self
    }

    /// Decides who the user is: `map` gets all verified claims, and the identity that the [claim
    /// mapping](Self::claim_mapping) has read. `None` refuses the token.
    ///
    /// Do not read memberships, roles or permissions from a database here: the result is cached with the token, so a
    /// removed member would be admitted until the token expires. Use a [`Directory`](crate::Directory).
    ///
    /// It is called once for each token, after the signature and the registered claims were checked. It cannot change
    /// the issuer, the expiry, or whether the token is sender-constrained. If the mapping finds no user id, the
    /// identity has an empty id, and `map` must set one. A token is refused if the id is still empty, if an
    /// organization has two memberships, or if the active organization has none.
    ///
    /// ```
    /// use auth_runtime::{ClaimMapping, Identity, Issuer};
    /// # fn issuers(keys: &str) -> [Issuer; 2] {
    /// // Everything in Auth0's tokens, plus custom roles.
    /// let refined = Issuer::auth0("tenant.eu.auth0.com", "https://api.example.com").map_identity(|claims, identity| {
    ///     let roles = claims.get("https://example.com/roles")?.as_array()?;
    ///     Some(identity.roles(roles.iter().filter_map(|role| role.as_str())))
    /// });
    /// // Tokens with custom claims.
    /// let own = Issuer::jwks("https://login.example.com", "https://api.example.com", keys)
    ///     .claim_mapping(ClaimMapping::none())
    ///     .map_identity(|claims, _| Some(Identity::new(claims.get("uid")?.as_str()?).scopes(["invoices:read"])));
    /// # [refined, own]
    /// # }
    /// ```
    #[must_use]
    pub fn map_identity(
        mut self,
        map: impl Fn(&Map<String, Value>, Identity) -> Option<Identity> + Send + Sync + 'static,
    ) -> Self {
        if self.map_identity.is_some() {
            self.refinements.set_fault(ConfigError::new("map_identity", "is set twice: use one function"));
        }
        self.map_identity = Some(IdentityMap::new(map));
        self
    }

    /// Allows tokens that the provider's mapping refuses. It is an error if the mapping does not refuse them.
    pub(crate) fn allow(&mut self, allowance: Allowance) {
        self.refinements.allowed.push(allowance);
    }

    fn part_from(mut self, part: Part, claim: String) -> Self {
        self.refinements.add(part, claim);
        self
    }
}
