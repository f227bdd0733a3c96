//! Amazon Cognito user pools.

use super::shared::is_plain;
use crate::claims::{Absent, ClaimMapping, IdTokens, Mapping, Names, ProviderClaims, ProviderRules, Slot};
use crate::error::{ConfigError, InvalidTokenReason};
use crate::id::Identity;
use crate::keys::{Address, Origin, StartError};
use crate::token::Algorithm;
use crate::verifier::Issuer;

const COGNITO: Mapping = Mapping {
    name: "cognito",
    claims: &[&[
        ("sub", Slot::Id),
        ("scope", Slot::Scopes),
        ("cognito:groups", Slot::Roles(Names::Array)),
        ("username", Slot::Username),
        ("act", Slot::Actor),
    ]],
    if_absent: &[Absent::NotImpersonated],
    id_tokens: IdTokens::ByOwnMark,
    user_writable: &["custom:*", "email", "phone_number"],
};

const RULES: ProviderRules = ProviderRules {
    required: &[("token_use", Slot::OneOf(&["access"]))],
    // An access token always names its client. It has an audience only if it is bound to a resource.
    audience: ("client_id", Slot::Audience),
    settings: &["applications"],
    complete: Some(complete),
    ..ProviderRules::NONE
};

impl Issuer {
    /// An Amazon Cognito user pool. The arguments are its region, its id, and the app client whose tokens are accepted.
    ///
    /// `iss` is `https://cognito-idp.REGION.amazonaws.com/POOL`; keys are at `/.well-known/jwks.json` below it. Access
    /// tokens have no `aud`, so their `client_id` is compared instead. For several clients, use
    /// [`.audiences([..])`](Self::audiences).
    ///
    /// ```
    /// # use auth_runtime::Issuer;
    /// let issuer = Issuer::cognito("eu-west-1", "eu-west-1_AbCdEfGhI", "57cbishk4j24pabc1234567890");
    /// ```
    ///
    /// **Send** the access token (`token_use` is `access`). ID tokens are refused.
    ///
    /// | part of the identity | claim |
    /// |---|---|
    /// | id | `sub`; never the user name, which can pass to another user |
    /// | scopes | `scope`; scopes of a resource server have the form `server/scope` |
    /// | roles, outside any organization | `cognito:groups` |
    /// | login name | `username` |
    ///
    /// **The tokens do not contain** an email address, names, permissions, or organizations. If a user is in no group,
    /// the claim is absent, so roles are unknown. A pre token generation trigger can add claims.
    ///
    /// **Applications.** An app client's own token (client credentials) is accepted only with
    /// [`.applications()`](Self::applications). Its `sub` is its `client_id`.
    ///
    /// **Users can write** the attributes that their app client may write, including `custom:..`, and every standard
    /// attribute unless that is restricted. No decision depends on them.
    ///
    /// **What commonly goes wrong**: the ID token is sent; the token belongs to another client of the pool; the pool's
    /// domain (`amazoncognito.com`) is used as the issuer.
    ///
    /// Amazon's pages: "Understanding the access token", "Verifying JSON web tokens".
    pub fn cognito(region: &str, pool_id: &str, client_id: &str) -> Self {
        let mapping = ClaimMapping::new(&COGNITO);
        let faulty = |setting, fault: &str| Self::faulty(ConfigError::new(setting, fault), client_id, mapping);
        if !is_plain(region) {
            return faulty("region", "is not a region, such as eu-west-1");
        }
        if !is_plain(pool_id) || pool_id.split_once('_').is_none_or(|(of_pool, _)| of_pool != region) {
            return faulty("pool_id", "is not a user pool's id in that region: it begins with the region and `_`");
        }
        let iss = format!("https://cognito-idp.{region}.amazonaws.com/{pool_id}");
        let keys = Address::parse(&format!("{iss}/.well-known/jwks.json")).map(Origin::JwkSet);
        Self::fetched("cognito", &iss, keys, client_id, mapping)
            .explained_by(explain)
            .algorithms([Algorithm::RS256])
            .held_to(&RULES)
    }
}

fn complete(token: &ProviderClaims<'_>, identity: Identity) -> Result<Identity, InvalidTokenReason> {
    token.of_application(token.text("sub") == token.text("client_id"), identity)
}

fn explain(error: &StartError) -> Option<ConfigError> {
    let StartError::Fetch { status: Some(400 | 404), error } = error else { return None };
    Some(ConfigError::new("pool_id", format!("Cognito has no user pool with this id in the region: {error}")))
}
