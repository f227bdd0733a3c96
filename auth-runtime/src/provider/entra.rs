//! Microsoft Entra ID, formerly Azure Active Directory.

use super::shared::membership;
use crate::claims::{Absent, ClaimMapping, IdTokens, Mapping, Names, ProviderClaims, ProviderRules, Slot, Tenants};
use crate::error::{ConfigError, InvalidTokenReason};
use crate::id::Identity;
use crate::keys::{Address, Origin, StartError};
use crate::token::Algorithm;
use crate::verifier::Issuer;

const LOGIN: &str = "https://login.microsoftonline.com";
/// The `issuer` in the metadata for all tenants, and in most keys.
const TEMPLATE: &str = "https://login.microsoftonline.com/{tenantid}/v2.0";
const PLACEHOLDER: &str = "{tenantid}";
/// The `cloud_instance_name` of keys of this cloud, if they have this member.
const CLOUD: &str = "microsoftonline.com";
/// The tenant of personal Microsoft accounts, which anyone can create.
const PERSONAL_ACCOUNTS: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";

const ENTRA: Mapping = Mapping {
    name: "entra",
    claims: &[&[
        ("oid", Slot::Id),
        ("scp", Slot::Scopes),
        ("roles", Slot::Roles(Names::Array)),
        ("email", Slot::Email),
        ("given_name", Slot::FirstName),
        ("family_name", Slot::LastName),
        ("preferred_username", Slot::Username),
        ("act", Slot::Actor),
    ]],
    if_absent: &[Absent::NotImpersonated],
    // ID tokens have no `scp`.
    id_tokens: IdTokens::ByOwnMark,
    user_writable: &["email", "upn", "unique_name", "login_hint", "verified_primary_email", "verified_secondary_email"],
};

const RULES: ProviderRules = ProviderRules {
    required: &[("tid", Slot::Required)],
    settings: &["applications"],
    complete: Some(complete),
    ..ProviderRules::NONE
};

const MULTI_TENANT: ProviderRules = ProviderRules {
    settings: &["applications", "tenants", "danger_any_tenant"],
    tenant: Some(tenant),
    issuer_of: Some(issuer_of),
    ..RULES
};

impl Issuer {
    /// Microsoft Entra ID, for the users of one tenant. The arguments are the tenant's id and the audience of your API.
    ///
    /// `audience` is the API's client id (a GUID), which is the audience of v2.0 tokens. v1.0 tokens can also have an
    /// application ID URI, such as `api://saas`: then use [`.audiences([..])`](Self::audiences) with both.
    /// `requestedAccessTokenVersion` in the manifest of your API selects the version; both are accepted.
    ///
    /// ```
    /// # use auth_runtime::Issuer;
    /// # let (tenant_id, api) = ("11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222");
    /// let issuer = Issuer::entra(tenant_id, api)
    ///     .audiences([api, "api://saas"])
    ///     .require_claim("azp", ["33333333-3333-4333-8333-333333333333"]);
    /// ```
    ///
    /// **Send** the access token that a client got for a scope of your API, such as `api://saas/.default`. ID tokens,
    /// and access tokens for Microsoft Graph, are refused.
    ///
    /// | part of the identity | claim |
    /// |---|---|
    /// | id | `oid`: the same in every application of the tenant; a guest has a different one in each tenant |
    /// | issuer | `https://login.microsoftonline.com/TENANT/v2.0`, for v1.0 and v2.0 tokens alike |
    /// | scopes | `scp` |
    /// | roles, outside any organization | `roles`: the app roles that your registration declares |
    /// | email, names | `email`, `given_name`, `family_name`, `preferred_username` |
    ///
    /// **The tokens do not contain** permissions, organizations, or whether an email address was verified. If a user
    /// has no role, the claim is absent, so roles are unknown. Groups are ids in the claim `groups`, and are missing
    /// above 200: `.roles_from("groups")` reads them, but prefer app roles.
    ///
    /// **Applications.** A token needs `scp`, which only users' tokens have. An application's own token (client
    /// credentials) is accepted only with [`.applications()`](Self::applications), and only if it has `roles`: any
    /// application of the tenant can get a token without roles.
    ///
    /// **Users and their administrators can write** `email`, `preferred_username`, `upn`, `unique_name` and names. No
    /// decision depends on them.
    ///
    /// **What commonly goes wrong**: a token for Microsoft Graph (its signature cannot be verified by others); an `aud`
    /// with or without `api://`; an ID token sent to the API; guests, who are users of the tenant that invited them
    /// (`.require_claim("acct", ["0"])` refuses them, if the optional claim `acct` is enabled); an API with custom
    /// signing keys, whose keys are at another URL.
    ///
    /// Microsoft's pages: "Access tokens in the Microsoft identity platform", "Access token claims reference", "Secure
    /// applications and APIs by validating claims".
    pub fn entra(tenant_id: &str, audience: &str) -> Self {
        let mapping = ClaimMapping::new(&ENTRA);
        let tenant = match tenant(tenant_id) {
            Ok(tenant) => tenant,
            Err(fault) => return Self::faulty(ConfigError::new("tenant_id", fault), audience, mapping),
        };
        let iss = v2(&tenant);
        Self::discovered("entra", &iss, Address::parse_issuer(&iss), audience, mapping)
            .explained_by(explain)
            .also_issuer_claim(v1(&tenant))
            .algorithms([Algorithm::RS256])
            .held_to(&RULES)
    }

    /// Microsoft Entra ID, for the users of several tenants, such as those of your customers.
    ///
    /// List the tenants with [`tenants`](Self::tenants), or call [`danger_any_tenant`](Self::danger_any_tenant).
    /// Without either, `build` fails. Everything else is the same as with [`entra`](Self::entra), except what a tenant
    /// may make statements about.
    ///
    /// ```
    /// # use auth_runtime::Issuer;
    /// # let (one, other, api) = ("11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222", "api");
    /// let issuer = Issuer::entra_multi_tenant(api).tenants([one, other]);
    /// ```
    ///
    /// **A tenant's administrator can give its users any role that your registration declares.** So each tenant may
    /// make statements about only one organization, whose id is `tid`:
    ///
    /// | part of the identity | claim |
    /// |---|---|
    /// | the active organization, which is the only one | `tid` |
    /// | roles in that organization | `roles` |
    /// | scopes, if a handler selects that organization | `scp` |
    ///
    /// Roles, permissions, scopes and a verified email address are unknown to guards that select no organization. A
    /// token for which [`map_identity`](Self::map_identity) or another setting states another organization is refused.
    /// Ids are unique only within an issuer, and each tenant is an issuer.
    ///
    /// A key that names a tenant may sign only that tenant's tokens, as Microsoft's page "Access tokens in the
    /// Microsoft identity platform" requires.
    pub fn entra_multi_tenant(audience: &str) -> Self {
        let address = Address::parse_issuer(&format!("{LOGIN}/organizations/v2.0"));
        let origin = address.map(|issuer| Origin::Metadata { issuer, expected: vec![TEMPLATE.to_owned()] });
        Self::fetched("entra_multi_tenant", TEMPLATE, origin, audience, ClaimMapping::new(&ENTRA))
            .explained_by(explain)
            .algorithms([Algorithm::RS256])
            .held_to(&MULTI_TENANT)
    }
}

fn v2(tenant: &str) -> String {
    TEMPLATE.replace(PLACEHOLDER, tenant)
}

fn v1(tenant: &str) -> String {
    format!("https://sts.windows.net/{tenant}/")
}

/// The issuer of a tenant's users, for each spelling of the tenant's `iss`.
fn issuer_of(iss: &str) -> Option<String> {
    let between = |before: &str, after: &str| iss.strip_prefix(before)?.strip_suffix(after);
    let tenant = between(&format!("{LOGIN}/"), "/v2.0").or_else(|| between("https://sts.windows.net/", "/"))?;
    is_guid(tenant).then(|| v2(tenant))
}

/// A GUID as Entra writes it: 36 characters, in lower case.
fn is_guid(text: &str) -> bool {
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    text.len() == 36
        && text.bytes().enumerate().all(|(position, byte)| match position {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => is_digit(byte),
        })
}

/// The id of a tenant as Entra writes it, or what is wrong with it.
fn tenant(id: &str) -> Result<String, String> {
    let tenant = id.to_ascii_lowercase();
    match tenant.as_str() {
        "" => Err("is empty".to_owned()),
        "common" | "organizations" | "consumers" => {
            Err(format!("`{tenant}` means many tenants: use `Issuer::entra_multi_tenant(audience)`"))
        }
        _ if is_guid(&tenant) => Ok(tenant),
        _ => Err("is not a tenant's id, such as 11111111-1111-4111-8111-111111111111: a domain cannot be \
                  used"
            .to_owned()),
    }
}

fn complete(token: &ProviderClaims<'_>, identity: Identity) -> Result<Identity, InvalidTokenReason> {
    let tenant = token.text("tid").filter(|tenant| is_guid(tenant)).ok_or(InvalidTokenReason::Claim("tid"))?;
    // The chain of trust: the tenant, its issuer, the issuer of the key.
    let issuer = v2(tenant);
    if token.text("iss").and_then(issuer_of).as_ref() != Some(&issuer) {
        return Err(InvalidTokenReason::Claim("tid"));
    }
    if token.key.cloud.is_some_and(|cloud| cloud != CLOUD) || !key_signs_for(token.key.issuer, tenant, &issuer) {
        return Err(InvalidTokenReason::UnknownKey);
    }
    let identity = token.of_application(is_application(token)?, identity)?;
    match &token.kinds.tenants {
        Tenants::Unnamed => return Ok(identity),
        Tenants::Named(tenants) if tenants.iter().any(|named| named == tenant) => {}
        Tenants::Any if tenant != PERSONAL_ACCOUNTS => {}
        Tenants::Named(_) | Tenants::Any => return Err(InvalidTokenReason::Tenant),
    }
    Ok(confined(tenant, identity))
}

/// Whether a key may sign for this tenant. Its issuer can be that of one tenant, or have a placeholder for any tenant.
fn key_signs_for(key_issuer: Option<&str>, tenant: &str, issuer: &str) -> bool {
    let Some(of_key) = key_issuer else { return true };
    let position = of_key.to_ascii_lowercase().find(PLACEHOLDER);
    let filled = position.and_then(|at| {
        Some(format!("{}{tenant}{}", of_key.get(..at)?, of_key.get(at.saturating_add(PLACEHOLDER.len())..)?))
    });
    let of_key = filled.as_deref().unwrap_or(of_key);
    // A set of v1.0 keys has the issuer of v1.0 tokens, which belongs to the same tenant.
    of_key == issuer || of_key == v1(tenant)
}

/// Whether the token is an application's own. A token that belongs neither to an application nor to a user is refused.
fn is_application(token: &ProviderClaims<'_>) -> Result<bool, InvalidTokenReason> {
    let is_marked = token.text("idtyp") == Some("app");
    match (token.text("scp"), is_marked) {
        (Some(_), false) => Ok(false),
        (Some(_), true) => Err(InvalidTokenReason::Claim("idtyp")),
        (None, _) => {
            let is_own = is_marked || (token.text("oid").is_some() && token.text("oid") == token.text("sub"));
            let has_roles = !token.names("roles")?.is_empty();
            if is_own && has_roles { Ok(true) } else { Err(InvalidTokenReason::Claim("scp")) }
        }
    }
}

/// The statements of a tenant about its user, limited to what it may make statements about.
fn confined(tenant: &str, mut identity: Identity) -> Identity {
    let roles = identity.roles.take().unwrap_or_default();
    identity.memberships = vec![membership(tenant, roles.iter().map(String::as_str))];
    identity.active_org = Some(tenant.to_owned());
    identity.email_verified = None;
    identity.confined_to = Some(tenant.to_owned());
    identity
}

/// Entra responds 400 if the tenant does not exist.
fn explain(error: &StartError) -> Option<ConfigError> {
    let StartError::Fetch { status: Some(400 | 404), error } = error else { return None };
    Some(ConfigError::new("tenant_id", format!("Microsoft Entra has no tenant with this id: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TENANT: &str = "11111111-1111-4111-8111-11111111111a";

    #[test]
    fn an_iss_means_its_tenant() {
        for (iss, is_one) in [
            (v2(TENANT), true),
            (v1(TENANT), true),
            (v2("common"), false),
            (v2(&TENANT.to_uppercase()), false),
            (TEMPLATE.to_owned(), false),
            (format!("{LOGIN}/{TENANT}/v2.0/"), false),
            (format!("https://login.microsoftonline.us/{TENANT}/v2.0"), false),
            (format!("https://sts.windows.net/{TENANT}"), false),
            (String::new(), false),
        ] {
            assert_eq!(issuer_of(&iss), is_one.then(|| v2(TENANT)), "{iss}");
        }
    }

    #[test]
    fn a_key_signs_for_the_tenant_that_it_names() {
        let other = "22222222-2222-4222-8222-222222222222";
        for (of_key, expected) in [
            (None, true),
            (Some(TEMPLATE.to_owned()), true),
            (Some(TEMPLATE.replace(PLACEHOLDER, "{TenantId}")), true),
            (Some("https://sts.windows.net/{tenantid}/".to_owned()), true),
            (Some(v2(TENANT)), true),
            (Some(v2(other)), false),
            (Some("https://login.microsoftonline.us/{tenantid}/v2.0".to_owned()), false),
            (Some(String::new()), false),
        ] {
            assert_eq!(key_signs_for(of_key.as_deref(), TENANT, &v2(TENANT)), expected, "{of_key:?}");
        }
    }
}
