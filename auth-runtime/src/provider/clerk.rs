//! Clerk.

use serde_json::Value;

use super::shared::{host_address, without_slash};
use crate::claims::{Absent, ClaimMapping, IdTokens, Mapping, Names, ProviderClaims, ProviderRules, Slot};
use crate::error::{ConfigError, InvalidTokenReason};
use crate::id::{Identity, Membership};
use crate::keys::{Origin, StartError};
use crate::token::Algorithm;
use crate::verifier::Issuer;

const CLERK: Mapping = Mapping {
    name: "clerk",
    claims: &[&[
        ("sub", Slot::Id),
        ("act", Slot::Actor),
        // Version 1 of the claims. Version 2 has them in `o`.
        ("org_id", Slot::Org),
        ("org_role", Slot::OrgRole),
        ("org_permissions", Slot::Permissions(Names::Array)),
    ]],
    if_absent: &[Absent::NotImpersonated],
    id_tokens: IdTokens::ByOwnMark,
    user_writable: &["email", "primary_email_address", "username", "phone_number"],
};

const RULES: ProviderRules = ProviderRules {
    // Tokens of JWT templates, of machines and of OAuth applications have the same issuer and key, but no session.
    required: &[("sid", Slot::Required)],
    audience: ("azp", Slot::Audience),
    audience_setting: "authorized_parties",
    settings: &["authorized_parties", "native_clients"],
    complete: Some(complete),
    ..ProviderRules::NONE
};

impl Issuer {
    /// Clerk, with its session tokens. The argument is the Frontend API URL of your instance.
    ///
    /// `iss` is that URL; keys are at `/.well-known/jwks.json`. Session tokens have no audience: add the origins of
    /// your pages with [`authorized_parties`](Self::authorized_parties). Without them, `build` fails.
    ///
    /// ```
    /// # use auth_runtime::Issuer;
    /// let issuer = Issuer::clerk("https://clerk.example.com").authorized_parties(["https://app.example.com"]);
    /// ```
    ///
    /// **Send** the session token, in `Authorization` or in the cookie `__session`
    /// ([`TokenLocation::cookie`](crate::TokenLocation::cookie)). Tokens of JWT templates, of machines and of OAuth
    /// applications are refused: they have no `sid`. A session that is `pending` is refused too: its user has not
    /// chosen the organization that your instance requires.
    ///
    /// | part of the identity | version 2 | version 1 |
    /// |---|---|---|
    /// | id | `sub` | `sub` |
    /// | the active organization | `o.id`, `o.slg` | `org_id` |
    /// | role in it | `o.rol`, as `org:ROLE` | `org_role` |
    /// | permissions in it | `fea` and `o.per` by `o.fpm`, as `org:FEATURE:PERMISSION` | `org_permissions` |
    /// | who acts for the user | `act` | `act` |
    ///
    /// **The tokens do not contain** an email address, names, roles outside any organization, or scopes. If you add
    /// claims by customizing the session token, read them by name: `.roles_from("/metadata/roles")`, if `metadata` is
    /// `user.public_metadata`.
    ///
    /// **Users can write** `unsafe_metadata`, names and their email addresses. No decision depends on them. **We cannot
    /// recognize them under a custom name**: never fill a claim that is used for decisions from `user.unsafe_metadata`.
    ///
    /// **What commonly goes wrong**: the origin of a page is missing among the authorized parties, or has a trailing
    /// slash; a mobile application sends no origin, so its tokens have no `azp`: call
    /// [`.native_clients()`](Self::native_clients); the instance is the development one, whose issuer ends in
    /// `.clerk.accounts.dev`.
    ///
    /// Clerk's pages: "Session tokens", "Manual JWT verification".
    pub fn clerk(frontend_api: &str) -> Self {
        let mapping = ClaimMapping::new(&CLERK);
        let address = match host_address(frontend_api) {
            Ok(address) => address,
            Err(fault) => return Self::faulty(ConfigError::new("frontend_api", fault), "", mapping),
        };
        let keys = Origin::JwkSet(address.with_path("/.well-known/jwks.json"));
        Self::fetched("clerk", without_slash(&address), Ok(keys), "", mapping)
            .explained_by(explain)
            .algorithms([Algorithm::RS256])
            .held_to(&RULES)
    }

    /// The origins whose pages may use Clerk's session tokens, spelled as in `azp`: `https://app.example.com`, without
    /// a trailing slash. Can only be used after [`clerk`](Self::clerk). A token without `azp` is refused.
    #[must_use]
    pub fn authorized_parties(self, origins: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let origins: Vec<String> = origins.into_iter().map(Into::into).collect();
        let issuer =
            self.change_kinds("authorized_parties", |_, _| match origins.iter().find(|origin| origin.ends_with('/')) {
                Some(slashed) => Err(format!("`{slashed}` has a trailing slash, but an origin has none")),
                None => Ok(()),
            });
        issuer.audiences(origins)
    }

    /// Also accepts Clerk's session tokens without an authorized party: a mobile or desktop application sends no
    /// origin. Can only be used after [`clerk`](Self::clerk). Tokens with another authorized party are still refused.
    #[must_use]
    pub fn native_clients(self) -> Self {
        self.change_kinds("native_clients", |kinds, _| {
            kinds.native_clients = true;
            Ok(())
        })
    }
}

fn complete(token: &ProviderClaims<'_>, mut identity: Identity) -> Result<Identity, InvalidTokenReason> {
    if token.value("sts").is_some_and(|status| status == "pending") {
        return Err(InvalidTokenReason::Claim("sts"));
    }
    // A setting that reads organizations takes precedence.
    if let Some(org) = token.value("o").filter(|_| identity.memberships.is_empty()) {
        let membership = membership(token, org).ok_or(InvalidTokenReason::Claim("o"))?;
        identity.active_org = Some(membership.id.clone());
        identity.memberships.push(membership);
    }
    Ok(identity)
}

/// The membership that version 2 states. `None` if a claim has a wrong type.
fn membership(token: &ProviderClaims<'_>, org: &Value) -> Option<Membership> {
    let org = org.as_object()?;
    let text = |name: &str| match org.get(name) {
        None | Some(Value::Null) => Some(None),
        Some(value) => value.as_str().map(Some),
    };
    let mut membership = match text("rol")? {
        Some(role) => Membership::new(text("id")??, format!("org:{role}")),
        None => Membership::without_role(text("id")??),
    };
    if let Some(slug) = org.get("slg").and_then(Value::as_str) {
        membership = membership.url_safe_name(slug);
    }
    let features = match token.value("fea") {
        None => "",
        Some(features) => features.as_str()?,
    };
    Some(membership.permissions(permissions(features, text("per")?.unwrap_or(""), text("fpm")?.unwrap_or(""))?))
}

/// The permissions of version 2: for each feature of the organization, a number in `map` whose bits select from
/// `names`.
fn permissions(features: &str, names: &str, map: &str) -> Option<Vec<String>> {
    let of_org = words(features).filter_map(|feature| {
        let (scope, name) = feature.split_once(':')?;
        scope.contains('o').then_some(name)
    });
    let names: Vec<&str> = words(names).collect();
    let mut permissions = Vec::new();
    for (feature, bits) in of_org.zip(words(map)) {
        let bits: u64 = bits.parse().ok()?;
        let set = names.iter().zip(0_u32..).filter(|(_, position)| bits.checked_shr(*position).unwrap_or(0) & 1 == 1);
        permissions.extend(set.map(|(name, _)| format!("org:{feature}:{name}")));
    }
    Some(permissions)
}

fn words(list: &str) -> impl Iterator<Item = &str> {
    list.split(',').map(str::trim).filter(|word| !word.is_empty())
}

fn explain(error: &StartError) -> Option<ConfigError> {
    let StartError::Fetch { status: Some(404), error } = error else { return None };
    Some(ConfigError::new("frontend_api", format!("is not the Frontend API URL of a Clerk instance: {error}")))
}

#[cfg(test)]
mod tests {
    use super::permissions;

    #[test]
    fn permissions_are_bits_by_feature() {
        for (features, names, map, expected) in [
            (
                "o:dashboard,o:teams",
                "manage,read",
                "2,3",
                Some(&["org:dashboard:read", "org:teams:manage", "org:teams:read"][..]),
            ),
            ("u:export,o:dashboard", "manage,read", "1", Some(&["org:dashboard:manage"])),
            ("uo:both", "read", "1", Some(&["org:both:read"])),
            ("o:a,o:b", "read", "1", Some(&["org:a:read"])),
            ("o:a", "read", "1,1", Some(&["org:a:read"])),
            ("o:a", "read", "4", Some(&[])),
            ("o:a", "read", "0", Some(&[])),
            ("u:a", "read", "1", Some(&[])),
            ("", "", "", Some(&[])),
            ("o:a", "read", "x", None),
            ("o:a", "read", "-1", None),
            ("o:a", "read", "18446744073709551616", None),
        ] {
            let found = permissions(features, names, map);
            let found: Option<Vec<&str>> = found.as_ref().map(|found| found.iter().map(String::as_str).collect());
            assert_eq!(found.as_deref(), expected, "{features} {names} {map}");
        }
    }
}
