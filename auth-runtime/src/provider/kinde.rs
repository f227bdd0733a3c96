//! Kinde.

use serde_json::Value;

use super::shared::{host_address, without_slash};
use crate::claims::{Absent, ClaimMapping, IdTokens, Mapping, Names, ProviderClaims, ProviderRules, Slot};
use crate::error::{ConfigError, InvalidTokenReason};
use crate::id::Identity;
use crate::keys::{Origin, StartError};
use crate::token::Algorithm;
use crate::verifier::Issuer;

const KINDE: Mapping = Mapping {
    name: "kinde",
    claims: &[&[
        ("sub", Slot::Id),
        // An application's token has the requested scopes in `scp`, and the granted ones in `scope`.
        ("scope", Slot::Scopes),
        ("scp", Slot::OtherScopes),
        ("permissions", Slot::Permissions(Names::Array)),
        ("org_code", Slot::Org),
        ("org_name", Slot::OrgName),
        ("email", Slot::Email),
        ("act", Slot::Actor),
    ]],
    if_absent: &[Absent::NotImpersonated],
    id_tokens: IdTokens::ByNonce,
    user_writable: &["email"],
};

const RULES: ProviderRules =
    ProviderRules { settings: &["applications"], complete: Some(complete), ..ProviderRules::NONE };

impl Issuer {
    /// Kinde. The arguments are the domain of your business, such as `example.kinde.com`, and the audience of your API.
    ///
    /// `iss` is `https://DOMAIN`; keys are at `/.well-known/jwks`. Register the API in Kinde, and request its audience
    /// when users sign in: otherwise `aud` is empty, and every application of the business could use the token.
    ///
    /// ```
    /// # use auth_runtime::Issuer;
    /// let issuer = Issuer::kinde("example.kinde.com", "https://api.example.com");
    /// ```
    ///
    /// **Send** the access token. ID tokens are refused: they have `at_hash`.
    ///
    /// | part of the identity | claim |
    /// |---|---|
    /// | id | `sub` |
    /// | scopes | `scope`, else `scp` |
    /// | the active organization | `org_code`, `org_name` |
    /// | permissions in it | `permissions` |
    /// | email | `email`, if you add it to the token |
    ///
    /// **The tokens do not contain** roles, unless you add them: read their keys with
    /// [`map_identity`](Self::map_identity). Other organizations of the user are only in ID tokens.
    ///
    /// **Applications.** The token of a machine-to-machine application has no user. It is accepted only with
    /// [`.applications()`](Self::applications). Its id is then `azp`, the client id. If it is scoped to an
    /// organization, `org_code` names the organization.
    ///
    /// **Users can write** names, `email` and `picture`. No decision depends on them.
    ///
    /// **What commonly goes wrong**: `aud` is `[]`, because the client did not ask for the audience; the business has a
    /// custom domain, which is then the `iss` of tokens.
    ///
    /// Kinde's pages: "Access tokens", "Verifying JSON Web Tokens", "Token structure and claims" of M2M applications.
    pub fn kinde(domain: &str, audience: &str) -> Self {
        let mapping = ClaimMapping::new(&KINDE);
        let address = match host_address(domain) {
            Ok(address) => address,
            Err(fault) => return Self::faulty(ConfigError::new("domain", fault), audience, mapping),
        };
        let keys = Origin::JwkSet(address.with_path("/.well-known/jwks"));
        Self::fetched("kinde", without_slash(&address), Ok(keys), audience, mapping)
            .explained_by(explain)
            .algorithms([Algorithm::RS256])
            .held_to(&RULES)
    }
}

fn complete(token: &ProviderClaims<'_>, mut identity: Identity) -> Result<Identity, InvalidTokenReason> {
    let is_application = match token.value("gty") {
        None => false,
        Some(Value::String(grant)) => grant == "client_credentials",
        Some(Value::Array(grants)) => grants.iter().any(|grant| grant == "client_credentials"),
        Some(_) => return Err(InvalidTokenReason::Claim("gty")),
    };
    if is_application && identity.id.is_empty() {
        token.text("azp").ok_or(InvalidTokenReason::Claim("azp"))?.clone_into(&mut identity.id);
    }
    token.of_application(is_application, identity)
}

fn explain(error: &StartError) -> Option<ConfigError> {
    let StartError::Fetch { status: Some(404), error } = error else { return None };
    Some(ConfigError::new("domain", format!("is not the domain of a Kinde business: {error}")))
}
