//! Supabase Auth.

use serde_json::Value;

use super::shared::{host_address, without_slash};
use crate::claims::{Absent, ClaimMapping, IdTokens, Mapping, ProviderClaims, ProviderRules, Slot};
use crate::error::{ConfigError, InvalidTokenReason};
use crate::id::Identity;
use crate::keys::{Origin, StartError};
use crate::verifier::Issuer;

const SUPABASE: Mapping = Mapping {
    name: "supabase",
    claims: &[&[("sub", Slot::Id), ("email", Slot::Email), ("act", Slot::Actor)]],
    if_absent: &[Absent::NotImpersonated],
    id_tokens: IdTokens::ByOwnMark,
    user_writable: &["email", "phone"],
};

const RULES: ProviderRules = ProviderRules {
    // The keys `anon` and `service_role` are tokens too.
    required: &[("role", Slot::OneOf(&["authenticated"]))],
    settings: &["anonymous_users"],
    complete: Some(complete),
    ..ProviderRules::NONE
};

impl Issuer {
    /// A Supabase project: its URL, such as `https://REF.supabase.co`.
    ///
    /// `iss` is that with `/auth/v1`; keys are at `/auth/v1/.well-known/jwks.json`. The audience is `authenticated`.
    ///
    /// ```
    /// # use auth_runtime::Issuer;
    /// let issuer = Issuer::supabase("https://abcdefghijklmnopqrst.supabase.co");
    /// ```
    ///
    /// **Send** the session's `access_token`. The API keys (`anon`, `service_role`, publishable and secret ones) are no
    /// user's tokens, and are refused.
    ///
    /// | of the user | claim |
    /// |---|---|
    /// | id | `sub` |
    /// | email | `email` |
    ///
    /// **It cannot say** names, roles, permissions, scopes, organizations, and whether the email address was verified: the
    /// claim `role` is that of the database. Roles of your own belong into `app_metadata`, or into a claim that a Custom
    /// Access Token hook adds: `.roles_from("/app_metadata/roles")`.
    ///
    /// **Anonymous sign-ins are refused**, because everybody with the public key can make one: `is_anonymous` is `true`. To
    /// take them for users, say [`.anonymous_users()`](Self::anonymous_users).
    ///
    /// **Users can write** `user_metadata`, `email` and `phone`. They decide nothing.
    ///
    /// **What commonly goes wrong**: the project still signs by the shared secret (HS256), and publishes no key: switch to
    /// JWT signing keys, and while tokens of the secret are about, say `.also_hmac(secret, until)`. In development, `iss` is
    /// `http://127.0.0.1:54321/auth/v1`, or what the container calls itself. A signing key counts ten minutes late, because
    /// the answer is cached.
    ///
    /// Supabase's pages: "JSON Web Token (JWT)", "JWT Claims Reference", "Anonymous Sign-Ins".
    pub fn supabase(project_url: &str) -> Self {
        const AUDIENCE: &str = "authenticated";
        let mapping = ClaimMapping::new(&SUPABASE);
        let address = match host_address(project_url) {
            Ok(address) => address,
            Err(fault) => return Self::faulty(ConfigError::new("project_url", fault), AUDIENCE, mapping),
        };
        let iss = format!("{}/auth/v1", without_slash(&address));
        let keys = Origin::JwkSet(address.with_path("/auth/v1/.well-known/jwks.json"));
        Self::fetched("supabase", &iss, Ok(keys), AUDIENCE, mapping).explained_by(explain).held_to(&RULES)
    }
}

fn complete(token: &ProviderClaims<'_>, identity: Identity) -> Result<Identity, InvalidTokenReason> {
    match token.value("is_anonymous") {
        None | Some(Value::Bool(false)) => Ok(identity),
        Some(Value::Bool(true)) if token.kinds.anonymous_users => Ok(identity),
        Some(Value::Bool(true)) => Err(InvalidTokenReason::AnonymousUser),
        Some(_) => Err(InvalidTokenReason::Claim("is_anonymous")),
    }
}

fn explain(error: &StartError) -> Option<ConfigError> {
    match error {
        StartError::NoKeys(why) => Some(ConfigError::new(
            "project_url",
            format!(
                "the project publishes no key that can be used ({why}): it signs by the shared secret; switch it to JWT \
                 signing keys, or say `Issuer::hmac(iss, \"authenticated\", secret)`"
            ),
        )),
        StartError::Fetch { status: Some(404), error } => {
            Some(ConfigError::new("project_url", format!("there is no Supabase project at this address: {error}")))
        }
        _ => None,
    }
}
