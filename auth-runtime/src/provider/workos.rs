//! `WorkOS` `AuthKit`.

use super::shared::is_plain;
use crate::claims::{Absent, ClaimMapping, IdTokens, Mapping, Names, ProviderClaims, ProviderRules, Slot};
use crate::error::{ConfigError, InvalidTokenReason};
use crate::id::{Identity, Membership};
use crate::keys::{Address, Origin, StartError};
use crate::token::Algorithm;
use crate::verifier::Issuer;

const WORKOS: Mapping = Mapping {
    name: "workos",
    claims: &[&[
        ("sub", Slot::Id),
        ("org_id", Slot::Org),
        ("role", Slot::OrgRole),
        ("permissions", Slot::Permissions(Names::Array)),
        ("act", Slot::Actor),
    ]],
    if_absent: &[Absent::NotImpersonated],
    id_tokens: IdTokens::ByOwnMark,
    user_writable: &["email"],
};

const RULES: ProviderRules =
    ProviderRules { required: &[("sid", Slot::Required)], complete: Some(complete), ..ProviderRules::NONE };

impl Issuer {
    /// `WorkOS` `AuthKit`, with the access tokens of its sessions. The argument is your client id.
    ///
    /// `iss` is `https://api.workos.com/user_management/CLIENT`; keys are at `https://api.workos.com/sso/jwks/CLIENT`.
    /// Tokens have no audience; the client id in `iss` shows that they are for your application.
    ///
    /// ```
    /// # use auth_runtime::Issuer;
    /// let issuer = Issuer::workos("client_123456789");
    /// // An environment with an authentication domain of its own.
    /// let issuer = issuer.also_issuer_claim("https://auth.example.com");
    /// ```
    ///
    /// **Send** the session's access token. Tokens of Connect (OAuth and MCP clients, M2M applications) have your
    /// `AuthKit` domain as issuer and an audience: use [`oidc`](Self::oidc) for them.
    ///
    /// | part of the identity | claim |
    /// |---|---|
    /// | id | `sub` |
    /// | the active organization | `org_id` |
    /// | roles in it | `role`, and the others in `roles` |
    /// | permissions in it | `permissions` |
    /// | who acts for the user | `act`: the email address of the member of your team |
    ///
    /// **The tokens do not contain** an email address, names, scopes, or roles outside any organization. A JWT template
    /// can add claims. Entitlements are in `entitlements`.
    ///
    /// **Users can write** no claim of a token, unless a template adds names or metadata.
    ///
    /// **What commonly goes wrong**: an environment from before mid-2025 issues tokens whose `iss` is
    /// `https://api.workos.com`, without a client id. Add it with `.also_issuer_claim("https://api.workos.com")` only
    /// if you know that the keys of your client id sign no tokens of other clients, because nothing else would
    /// distinguish them. A custom authentication domain also has another `iss`.
    ///
    /// `WorkOS`'s pages: "Sessions", "Session tokens".
    pub fn workos(client_id: &str) -> Self {
        let mapping = ClaimMapping::new(&WORKOS);
        if !is_plain(client_id) {
            let fault = "is not a client id, such as client_123456789";
            return Self::faulty(ConfigError::new("client_id", fault), "", mapping);
        }
        let iss = format!("https://api.workos.com/user_management/{client_id}");
        let keys = Address::parse(&format!("https://api.workos.com/sso/jwks/{client_id}")).map(Origin::JwkSet);
        Self::fetched("workos", &iss, keys, "", mapping)
            .explained_by(explain)
            .algorithms([Algorithm::RS256])
            .held_to(&RULES)
            // The `iss` contains the client id.
            .danger_any_audience()
    }
}

fn complete(token: &ProviderClaims<'_>, mut identity: Identity) -> Result<Identity, InvalidTokenReason> {
    let role = token.text("role");
    // If a setting reads the role from another claim, `roles` is ignored.
    if let [membership] = identity.memberships.as_mut_slice()
        && membership.role.is_some()
        && membership.role.as_deref() == role
    {
        let further = token.names("roles")?.into_iter().filter(|further| Some(*further) != role);
        *membership = further.fold(std::mem::take(membership), Membership::additional_role);
    }
    Ok(identity)
}

fn explain(error: &StartError) -> Option<ConfigError> {
    let StartError::Fetch { status: Some(404), error } = error else { return None };
    Some(ConfigError::new("client_id", format!("WorkOS has no client with this id: {error}")))
}
