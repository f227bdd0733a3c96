//! Okta.

use crate::claims::{Absent, ClaimMapping, IdTokens, Mapping, ProviderClaims, ProviderRules, Slot};
use crate::error::{ConfigError, InvalidTokenReason};
use crate::id::Identity;
use crate::keys::{Address, StartError};
use crate::token::Algorithm;
use crate::verifier::Issuer;

const OKTA: Mapping = Mapping {
    name: "okta",
    claims: &[&[
        // `sub` is the login name, which can pass to another person.
        ("sub", Slot::Username),
        ("uid", Slot::OtherId),
        ("scp", Slot::Scopes),
        ("act", Slot::Actor),
    ]],
    if_absent: &[Absent::NotImpersonated],
    // ID tokens have no `cid`.
    id_tokens: IdTokens::ByOwnMark,
    user_writable: &["sub", "email", "login"],
};

const RULES: ProviderRules = ProviderRules {
    required: &[("cid", Slot::Required)],
    settings: &["applications"],
    complete: Some(complete),
    ..ProviderRules::NONE
};

impl Issuer {
    /// A custom authorization server of Okta. The arguments are its issuer and its audience.
    ///
    /// `iss` is `issuer` byte for byte, such as `https://example.okta.com/oauth2/default`; keys are found by discovery.
    ///
    /// ```
    /// # use auth_runtime::Issuer;
    /// let issuer = Issuer::okta("https://example.okta.com/oauth2/default", "api://default");
    /// ```
    ///
    /// **Send** the access token of the custom server. ID tokens are refused: they have no `cid`. The org authorization
    /// server (`https://example.okta.com`) issues access tokens that only Okta can verify, so its URL is an error of
    /// `build`.
    ///
    /// | part of the identity | claim |
    /// |---|---|
    /// | id | `uid` |
    /// | login name | `sub` |
    /// | scopes | `scp` |
    ///
    /// **The tokens do not contain** an email address, names, roles, permissions or organizations. You can add a groups
    /// claim to the access tokens of the server, and read it with `.roles_from("groups")`.
    ///
    /// **Applications.** A client's own token has no `uid`. It is accepted only with
    /// [`.applications()`](Self::applications). Its id is then `cid`.
    ///
    /// **Users can write** their email address, their login name (`sub`) and custom profile attributes that you map to
    /// claims, if your profile settings let them. Do not use these for decisions.
    ///
    /// **What commonly goes wrong**: the token comes from the org authorization server; the audience is the client id
    /// instead of `api://default`; the server has no access policy.
    ///
    /// Okta's pages: "OpenID Connect & OAuth 2.0 API", "Validate access tokens".
    pub fn okta(issuer: &str, audience: &str) -> Self {
        let mapping = ClaimMapping::new(&OKTA);
        let address = Address::parse_issuer(issuer);
        if address.as_ref().is_ok_and(|address| !address.path().starts_with("/oauth2/")) {
            let fault = "is not a custom authorization server: only Okta can verify the access tokens of the org \
                         authorization server; use one such as `https://example.okta.com/oauth2/default`";
            return Self::faulty(ConfigError::new("issuer", fault).of(issuer), audience, mapping);
        }
        Self::discovered("okta", issuer, address, audience, mapping)
            .explained_by(explain)
            .algorithms([Algorithm::RS256])
            .held_to(&RULES)
    }
}

fn complete(token: &ProviderClaims<'_>, mut identity: Identity) -> Result<Identity, InvalidTokenReason> {
    let is_application = token.value("uid").is_none();
    if is_application {
        token.text("cid").ok_or(InvalidTokenReason::Claim("cid"))?.clone_into(&mut identity.id);
        identity.username = None;
    }
    token.of_application(is_application, identity)
}

fn explain(error: &StartError) -> Option<ConfigError> {
    let StartError::Fetch { status: Some(404), error } = error else { return None };
    Some(ConfigError::new("issuer", format!("Okta has no authorization server with this issuer: {error}")))
}
