//! Supabase.

use super::oidc::PERSON;
use crate::claims::{Absent, Allowance, ClaimMapping, Mapping, Slot};
use crate::verifier::Issuer;
#[cfg(feature = "http-client")]
use crate::{
    error::ConfigError,
    keys::{Address, Origin, shown},
};

const SUPABASE: Mapping = Mapping {
    name: "supabase",
    claims: &[
        &[
            // The public key `anon` and the key `service_role` are tokens too.
            ("role", Slot::OneOf(&["authenticated"])),
            ("is_anonymous", Slot::Refused(&["true"], Allowance::AnonymousUsers)),
            ("sub", Slot::Id),
        ],
        PERSON,
    ],
    if_absent: &[Absent::NotImpersonated],
    user_writable: &["user_metadata"],
    ..Mapping::PLAIN
};

impl ClaimMapping {
    /// The claims of Supabase's access tokens (<https://supabase.com/docs/guides/auth/jwt-fields>). The claim `role` must be
    /// `authenticated`.
    ///
    /// | part of the identity | claim |
    /// |---|---|
    /// | id | `sub` |
    /// | email, actor | the same claims as [`ClaimMapping::oidc`] |
    ///
    /// Roles, permissions, scopes and organizations are unknown. Only the project can write `app_metadata`, so use
    /// `.roles_from("/app_metadata/roles")`. Users can write `user_metadata`, so no decision uses it.
    pub fn supabase() -> Self {
        Self::new(&SUPABASE)
    }
}

impl Issuer {
    /// Accepts anonymous sign-ins of [`supabase`](Self::supabase). Anyone can sign in anonymously.
    #[must_use]
    pub fn anonymous_users(mut self) -> Self {
        self.allow(Allowance::AnonymousUsers);
        self
    }
}

#[cfg(feature = "http-client")]
impl Issuer {
    /// A Supabase project: `https://REF.supabase.co`.
    ///
    /// `iss` is `https://REF.supabase.co/auth/v1`, and the audience is `authenticated`. Keys are at
    /// `/auth/v1/.well-known/jwks.json` (<https://supabase.com/docs/guides/auth/signing-keys>). Claims are read with
    /// [`ClaimMapping::supabase`]. Anonymous sign-ins are refused, unless [`anonymous_users`](Self::anonymous_users) is
    /// called. While a project moves from its shared secret to signing keys, add [`also_hmac`](Self::also_hmac).
    ///
    /// ```
    /// # use auth_runtime::Issuer;
    /// let issuer = Issuer::supabase("https://abcdefgh.supabase.co").roles_from("/app_metadata/roles");
    /// ```
    pub fn supabase(project_url: &str) -> Self {
        let mapping = ClaimMapping::supabase();
        let project = project_url.trim_end_matches('/');
        let iss = format!("{project}/auth/v1");
        match Address::parse_issuer(project) {
            Ok(address) if address.path() == "/" => {
                let set = address.with_path("/auth/v1/.well-known/jwks.json");
                Self::fetched("supabase", &iss, Ok(Origin::JwkSet(set)), "authenticated", mapping)
            }
            Ok(address) => {
                let fault = format!("has the path `{}`: give the project's URL alone", address.path());
                Self::faulty(ConfigError::new("supabase", fault).of(shown(&iss)), "authenticated", mapping)
            }
            Err(fault) => Self::faulty(ConfigError::new("supabase", fault).of(shown(&iss)), "authenticated", mapping),
        }
    }
}
