//! Cloudflare Access.

use super::shared::{host_address, without_slash};
use crate::claims::{Absent, ClaimMapping, IdTokens, Mapping, ProviderClaims, ProviderRules, Slot};
use crate::error::{ConfigError, InvalidTokenReason};
use crate::id::Identity;
use crate::keys::{Origin, StartError};
use crate::token::Algorithm;
use crate::verifier::{Issuer, Proxy};

const CLOUDFLARE_ACCESS: Mapping = Mapping {
    name: "cloudflare_access",
    claims: &[&[("sub", Slot::Id), ("email", Slot::Email), ("act", Slot::Actor)]],
    if_absent: &[Absent::NotImpersonated],
    id_tokens: IdTokens::ByOwnMark,
    user_writable: &["email"],
};

const RULES: ProviderRules = ProviderRules {
    // A session token of the whole organization has the type `org`.
    required: &[("type", Slot::OneOf(&["app"]))],
    settings: &["applications"],
    complete: Some(complete),
    ..ProviderRules::NONE
};

const PROXY: Proxy = Proxy {
    header: "cf-access-jwt-assertion",
    others: &[
        "cf-access-authenticated-user-email",
        "cf-access-client-id",
        "cf-access-client-secret",
        "cf-access-token",
    ],
    cookies: &["CF_Authorization", "CF_AppSession", "CF_Binding"],
};

impl Issuer {
    /// Cloudflare Access, which signs the identity of each user. The arguments are your team's name, and the AUD tag of
    /// the application.
    ///
    /// The issuer adds the header of its proxy: tokens are read from `Cf-Access-Jwt-Assertion`, after every other
    /// location, and other issuers' tokens are not accepted there. A service behind a guard gets neither this header
    /// nor the other headers and cookies of Access. `iss` is `https://TEAM.cloudflareaccess.com`; keys are at
    /// `/cdn-cgi/access/certs`. The first argument is the team's name, or the host of the team's custom domain.
    ///
    /// ```
    /// # use auth_runtime::Issuer;
    /// let tag = "32eafc7626e974616deaf0dc3ce63d7bcbed58a2731e84d06bc3cdf1b53c4228";
    /// let issuer = Issuer::cloudflare_access("yourteam", tag);
    /// ```
    ///
    /// | part of the identity | claim |
    /// |---|---|
    /// | id | `sub`: it changes if the user is removed from the team and added again |
    /// | email | `email` |
    ///
    /// **The tokens do not contain** names, roles, permissions, scopes, organizations, or whether the email address was
    /// verified. Claims of your identity provider that you add to the token are in `custom`:
    /// `.roles_from("/custom/groups")`.
    ///
    /// **Applications.** A service token has no user. It is accepted only with [`.applications()`](Self::applications).
    /// Its id is then `common_name`, the token's client id.
    ///
    /// **Make the service reachable only through Cloudflare** (a tunnel). A captured token is valid until it expires,
    /// and a request that reaches the service directly bypasses all other rules of Access.
    ///
    /// **What commonly goes wrong**: the AUD tag belongs to another application, or to one that was deleted and created
    /// again; a page sends only the cookie `CF_Authorization`, which is read only if you add
    /// [`TokenLocation::cookie`](crate::TokenLocation::cookie).
    ///
    /// Cloudflare's pages: "Application token", "Validate JWTs".
    pub fn cloudflare_access(team: &str, audience: &str) -> Self {
        let mapping = ClaimMapping::new(&CLOUDFLARE_ACCESS);
        let host = if team.contains(['.', ':']) || team.is_empty() {
            team.to_owned()
        } else {
            format!("{team}.cloudflareaccess.com")
        };
        let address = match host_address(&host) {
            Ok(address) => address,
            Err(fault) => return Self::faulty(ConfigError::new("team", fault), audience, mapping),
        };
        let keys = Origin::JwkSet(address.with_path("/cdn-cgi/access/certs"));
        Self::fetched("cloudflare_access", without_slash(&address), Ok(keys), audience, mapping)
            .explained_by(explain)
            .algorithms([Algorithm::RS256])
            .held_to(&RULES)
            .behind(&PROXY)
    }
}

fn complete(token: &ProviderClaims<'_>, mut identity: Identity) -> Result<Identity, InvalidTokenReason> {
    let is_application = token.text("sub").is_none();
    if is_application && identity.id.is_empty() {
        token.text("common_name").ok_or(InvalidTokenReason::Claim("sub"))?.clone_into(&mut identity.id);
    }
    token.of_application(is_application, identity)
}

fn explain(error: &StartError) -> Option<ConfigError> {
    let StartError::Fetch { status: Some(404), error } = error else { return None };
    Some(ConfigError::new("team", format!("Cloudflare has no team with this name: {error}")))
}
