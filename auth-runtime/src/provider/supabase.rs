//! Supabase Auth.

use crate::claims::{Absent, Allowance, ClaimMapping, Mapping, Row, Slot};
use crate::verifier::Issuer;
#[cfg(feature = "http-client")]
use {
    super::shared::{host_address, without_slash},
    crate::claims::ProviderRules,
    crate::error::ConfigError,
    crate::keys::{Origin, StartError},
};

/// The required claims of a user's token. The keys `anon` and `service_role` are tokens too.
const OF_USERS: &[Row] =
    &[("role", Slot::OneOf(&["authenticated"])), ("is_anonymous", Slot::Refused(&["true"], Allowance::AnonymousUsers))];

const SUPABASE: Mapping = Mapping {
    name: "supabase",
    claims: &[OF_USERS, &[("sub", Slot::Id), ("email", Slot::Email), ("act", Slot::Actor)]],
    if_absent: &[Absent::NotImpersonated],
    user_writable: &["email", "phone"],
    ..Mapping::PLAIN
};

#[cfg(feature = "http-client")]
const RULES: ProviderRules = ProviderRules { required: OF_USERS, ..ProviderRules::NONE };

impl ClaimMapping {
    /// The claims of Supabase's access tokens, as [`Issuer::supabase`](crate::Issuer) reads them: for a project that
    /// still signs with its shared secret. `role` must be `authenticated`, and anonymous sign-ins are refused.
    ///
    /// | part of the identity | claim |
    /// |---|---|
    /// | id | `sub` |
    /// | email, actor | the same claims as [`ClaimMapping::oidc`] |
    ///
    /// Roles, permissions, scopes, organizations, and whether the email address was verified, are unknown.
    pub fn supabase() -> Self {
        Self::new(&SUPABASE)
    }
}

impl Issuer {
    /// Accepts anonymous sign-ins, which anyone can make: `#[require_user]` then admits everyone.
    ///
    /// It can be used after `Issuer::firebase` and `Issuer::supabase`, which refuse them otherwise.
    ///
    /// ```
    /// # use auth_runtime::{ClaimMapping, Issuer};
    /// # fn with(secret: String) -> Issuer {
    /// Issuer::hmac("https://abcdefghijklmnopqrst.supabase.co/auth/v1", "authenticated", secret)
    ///     .claim_mapping(ClaimMapping::supabase())
    ///     .anonymous_users()
    /// # }
    /// ```
    #[must_use]
    pub fn anonymous_users(mut self) -> Self {
        self.allow(Allowance::AnonymousUsers);
        self
    }
}

#[cfg(feature = "http-client")]
impl Issuer {
    /// A Supabase project. The argument is its URL, such as `https://REF.supabase.co`.
    ///
    /// `iss` is `https://REF.supabase.co/auth/v1`, and the audience is `authenticated`. Keys are at
    /// `/auth/v1/.well-known/jwks.json` (<https://supabase.com/docs/guides/auth/signing-keys>). Claims are read with
    /// [`ClaimMapping::supabase`]. Anonymous sign-ins are refused, unless [`anonymous_users`](Self::anonymous_users) is
    /// called. While a project moves from its shared secret to signing keys, add [`also_hmac`](Self::also_hmac).
    ///
    /// ```
    /// # use auth_runtime::Issuer;
    /// let issuer = Issuer::supabase("https://abcdefghijklmnopqrst.supabase.co");
    /// ```
    ///
    /// **Send** the session's `access_token`. The API keys (`anon`, `service_role`, publishable and secret ones) are
    /// not tokens of users, and are refused.
    ///
    /// | part of the identity | claim |
    /// |---|---|
    /// | id | `sub` |
    /// | email | `email` |
    ///
    /// **The tokens do not contain** names, roles, permissions, scopes, organizations, or whether the email address was
    /// verified. The claim `role` is the role in the database. Store your application's roles in `app_metadata`, or in
    /// a claim that a Custom Access Token hook adds: `.roles_from("/app_metadata/roles")`.
    ///
    /// **Anonymous sign-ins are refused**, because anyone with the publishable key can make one: `is_anonymous` is
    /// `true`. To accept them as users, call [`.anonymous_users()`](Self::anonymous_users).
    ///
    /// **Users can write** `user_metadata`, `email` and `phone`. No decision depends on them.
    ///
    /// **What commonly goes wrong**: the project still signs with the shared secret (HS256) and publishes no key.
    /// Switch to JWT signing keys, and add `.also_hmac(secret, until)` while old tokens are in use. Or stay with the
    /// secret: [`Issuer::hmac`] with [`ClaimMapping::supabase`]. In development, `iss` is
    /// `http://127.0.0.1:54321/auth/v1`, or has the name of the container. A new signing key is available ten minutes
    /// late, because the endpoint is cached.
    ///
    /// Supabase's pages: "JSON Web Token (JWT)", "JWT Claims Reference", "Anonymous Sign-Ins".
    pub fn supabase(project_url: &str) -> Self {
        const AUDIENCE: &str = "authenticated";
        let mapping = ClaimMapping::supabase();
        let address = match host_address(project_url) {
            Ok(address) => address,
            Err(fault) => return Self::faulty(ConfigError::new("project_url", fault), AUDIENCE, mapping),
        };
        let iss = format!("{}/auth/v1", without_slash(&address));
        let keys = Origin::JwkSet(address.with_path("/auth/v1/.well-known/jwks.json"));
        Self::fetched("supabase", &iss, Ok(keys), AUDIENCE, mapping).explained_by(explain).held_to(&RULES)
    }
}

#[cfg(feature = "http-client")]
fn explain(error: &StartError) -> Option<ConfigError> {
    match error {
        StartError::NoKeys(why) => Some(ConfigError::new(
            "project_url",
            format!(
                "the project publishes no usable key ({why}): it signs with the shared secret; switch it to JWT \
                 signing keys, or use `Issuer::hmac(\"PROJECT_URL/auth/v1\", \"authenticated\", secret)` with \
                 `.claim_mapping(ClaimMapping::supabase())`"
            ),
        )),
        StartError::Fetch { status: Some(404), error } => {
            Some(ConfigError::new("project_url", format!("there is no Supabase project at this address: {error}")))
        }
        _ => None,
    }
}
