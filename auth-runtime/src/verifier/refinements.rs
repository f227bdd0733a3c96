//! Settings that refine what a provider's constructor presets: which claims say what, and which must be there.

use serde_json::{Map, Value};

use super::Issuer;
use crate::claims::{Allowance, IdentityMap, Part};
use crate::error::ConfigError;
use crate::id::Identity;

/// Refinements of the [claim mapping](crate::ClaimMapping).
///
/// A claim is named by its exact name, or by a JSON Pointer (RFC 6901) if the name begins with `/`: `/realm_access/roles`,
/// `/https:~1~1example.com~1roles/shop`. A claim that is set here takes the place of the one that the mapping reads. If the
/// token does not have it, or has `null`, what it would say is unknown; if it has a wrong type, the token is invalid.
///
/// Claims that users can write themselves decide nothing: `user_metadata`, `name` and what else the provider lets them
/// edit do not [build](super::VerifierBuilder::build) here. Each setting of one kind can be said once; `require_claim` as
/// often as needed.
///
/// ```
/// use auth_runtime::Issuer;
/// let issuer = Issuer::auth0("tenant.eu.auth0.com", "https://api.example.com")
///     .roles_from("https://example.com/roles")
///     .require_claim("azp", ["web-client", "mobile-client"]);
/// ```
impl Issuer {
    /// Reads the roles outside any organization from this claim: a string with spaces, an array of strings, or the keys of
    /// an object.
    #[must_use]
    pub fn roles_from(self, claim: impl Into<String>) -> Self {
        self.part_from(Part::Roles, claim.into())
    }

    /// Reads the permissions from this claim: a string with spaces, or an array of strings. They count in the organization
    /// if the token is for one, else outside any.
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
    /// One organization is the active one, and the token's permissions count in it. Several are memberships without role
    /// and permissions.
    #[must_use]
    pub fn org_from(self, claim: impl Into<String>) -> Self {
        self.part_from(Part::Org, claim.into())
    }

    /// Reads the role in the active organization from this claim: a string, or an array of strings. Several roles have no
    /// order. Without an organization the claim says nothing.
    #[must_use]
    pub fn org_role_from(self, claim: impl Into<String>) -> Self {
        self.part_from(Part::OrgRole, claim.into())
    }

    /// Reads the user's id from this claim: a string or an integer. A token without it is invalid.
    ///
    /// The id must stay with its owner: `email`, user names and phone numbers are given to others one day, who would then be
    /// this user. They do not build, unless [`danger_reassignable_id`](Self::danger_reassignable_id) is said.
    #[must_use]
    pub fn user_id_from(self, claim: impl Into<String>) -> Self {
        self.part_from(Part::UserId, claim.into())
    }

    /// Requires that this claim says one of these values: a string, a number or a boolean by its text, or an array that
    /// holds one. Any other token is invalid.
    ///
    /// Said several times, each must hold.
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

    /// Lets a claim decide although users can write it themselves: they can then give themselves what it grants.
    ///
    /// `claim` is the text that the refinement has.
    #[must_use]
    pub fn danger_user_writable(mut self, claim: impl Into<String>) -> Self {
        self.refinements.allow_user_writable(claim.into());
        self
    }

    /// Lets [`user_id_from`](Self::user_id_from) read an id that can be given to another person. Who receives an address
    /// or a user name after its owner is then that user here, with all of their rows.
    #[must_use]
    pub fn danger_reassignable_id(mut self) -> Self {
        self.refinements.allows_reassignable_id = true;
        self
    }

    /// Decides who the user is: `map` gets all verified claims, and the identity that the [claim
    /// mapping](Self::claim_mapping) has read. `None` refuses the token.
    ///
    /// It is called once for each token, after the signature and the registered claims were checked. It cannot change
    /// the issuer, the expiry, or whether the token is sender-constrained. If the mapping finds no user id, the
    /// identity has an empty id, and `map` must set one. A token is refused if the id is still empty, if an
    /// organization has two memberships, or if the active organization has none.
    ///
    /// ```
    /// use auth_runtime::{ClaimMapping, Identity, Issuer};
    /// # fn issuers(keys: &str) -> [Issuer; 2] {
    /// // Everything that Auth0's tokens say, and roles of one's own.
    /// let refined = Issuer::auth0("tenant.eu.auth0.com", "https://api.example.com").map_identity(|claims, identity| {
    ///     let roles = claims.get("https://example.com/roles")?.as_array()?;
    ///     Some(identity.roles(roles.iter().filter_map(|role| role.as_str())))
    /// });
    /// // Tokens that are written in a way of their own.
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
            self.refinements
                .set_fault(ConfigError::new("map_identity", "is set twice: one function has the last word"));
        }
        self.map_identity = Some(IdentityMap::new(map));
        self
    }

    /// Allows what the provider's mapping refuses. For a mapping that does not refuse it, this is a fault.
    pub(crate) fn allow(&mut self, allowance: Allowance) {
        self.refinements.allowed.push(allowance);
    }

    fn part_from(mut self, part: Part, claim: String) -> Self {
        self.refinements.add(part, claim);
        self
    }
}
