//! Firebase Authentication, and Google Cloud's Identity Platform.

use serde_json::Value;

use super::shared::is_plain;
use crate::claims::{Absent, Allowance, ClaimMapping, IdTokens, Mapping, ProviderClaims, ProviderRules, Slot, Tenants};
use crate::error::{ConfigError, InvalidTokenReason};
use crate::id::Identity;
use crate::keys::{Address, Origin};
use crate::token::Algorithm;
use crate::verifier::Issuer;

const FIREBASE: Mapping = Mapping {
    name: "firebase",
    claims: &[&[
        ("sub", Slot::Id),
        ("email", Slot::Email),
        ("email_verified", Slot::EmailVerified),
        ("act", Slot::Actor),
    ]],
    if_absent: &[Absent::NotImpersonated],
    id_tokens: IdTokens::Accepted,
    user_writable: &["email", "phone_number"],
};

const RULES: ProviderRules = ProviderRules {
    required: &[
        ("/firebase/sign_in_provider", Slot::Required),
        ("/firebase/sign_in_provider", Slot::Refused(&["anonymous"], Allowance::AnonymousUsers)),
    ],
    settings: &["tenants"],
    tenant: Some(tenant),
    complete: Some(complete),
    ..ProviderRules::NONE
};

const KEYS: &str = "https://www.googleapis.com/service_accounts/v1/jwk/securetoken@system.gserviceaccount.com";

impl Issuer {
    /// Firebase Authentication, or Identity Platform, with its ID tokens. The argument is the project's id.
    ///
    /// `iss` is `https://securetoken.google.com/PROJECT`, and `aud` the project.
    ///
    /// ```
    /// # use auth_runtime::Issuer;
    /// let issuer = Issuer::firebase("shop-1234");
    /// ```
    ///
    /// **Send** the ID token that `getIdToken()` returns. Custom tokens and session cookies have another issuer, so
    /// they are refused.
    ///
    /// | part of the identity | claim |
    /// |---|---|
    /// | id | `sub`, which is the `uid` |
    /// | email | `email`, `email_verified` |
    ///
    /// **The tokens do not contain** separate first and last names, roles, permissions, scopes or organizations. Custom
    /// claims that the Admin SDK sets are at the top level of the token: `.roles_from("roles")` reads them. If such a
    /// claim changes, the next token has the new value, up to an hour later.
    ///
    /// **Anonymous sign-ins are refused**, because anyone can make one: `firebase.sign_in_provider` is `anonymous`. To
    /// accept them as users, call [`.anonymous_users()`](Self::anonymous_users).
    ///
    /// **Tenants** of Identity Platform are refused unless [`.tenants([..])`](Self::tenants) lists them. Then only
    /// their users are accepted, and a user's id is `TENANT/UID`.
    ///
    /// **Users can write** `name`, `picture`, `email` and `phone_number`. No decision depends on them.
    ///
    /// **What commonly goes wrong**: the argument is the project's number instead of its id; a custom token is sent
    /// instead of the ID token that it was exchanged for; tokens of the emulator, which are not signed.
    ///
    /// Firebase's pages: "Verify ID Tokens", "Control Access with Custom Claims and Security Rules".
    pub fn firebase(project_id: &str) -> Self {
        let mapping = ClaimMapping::new(&FIREBASE);
        if !is_plain(project_id) || project_id.bytes().all(|byte| byte.is_ascii_digit()) {
            let fault = "is not a project's id, such as shop-1234: its number or its name cannot be used";
            return Self::faulty(ConfigError::new("project_id", fault), project_id, mapping);
        }
        let iss = format!("https://securetoken.google.com/{project_id}");
        Self::fetched("firebase", &iss, Address::parse(KEYS).map(Origin::JwkSet), project_id, mapping)
            .algorithms([Algorithm::RS256])
            .held_to(&RULES)
    }
}

fn tenant(id: &str) -> Result<String, String> {
    if is_plain(id) { Ok(id.to_owned()) } else { Err("is not a tenant's id, such as tenant2-m6tyz".to_owned()) }
}

fn complete(token: &ProviderClaims<'_>, mut identity: Identity) -> Result<Identity, InvalidTokenReason> {
    let firebase = token.value("firebase").and_then(Value::as_object).ok_or(InvalidTokenReason::Claim("firebase"))?;
    let tenant = firebase.get("tenant").filter(|tenant| !tenant.is_null());
    match (&token.kinds.tenants, tenant) {
        (Tenants::Unnamed, None) => Ok(identity),
        (Tenants::Named(tenants), Some(Value::String(tenant))) if tenants.contains(tenant) => {
            identity.id = format!("{tenant}/{}", identity.id);
            Ok(identity)
        }
        _ => Err(InvalidTokenReason::Tenant),
    }
}
