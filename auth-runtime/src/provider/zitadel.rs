//! ZITADEL.

use serde_json::{Map, Value};

use super::oidc::PERSON;
use super::shared::{host_address, membership, without_slash};
use crate::claims::{Absent, ClaimMapping, IdTokens, Mapping, ProviderClaims, ProviderRules, Slot};
use crate::error::{ConfigError, InvalidTokenReason};
use crate::id::Identity;
use crate::keys::{Address, StartError};
use crate::token::Algorithm;
use crate::verifier::Issuer;

const ZITADEL: Mapping = Mapping {
    name: "zitadel",
    claims: &[&[("sub", Slot::Id)], PERSON],
    if_absent: &[Absent::NotImpersonated],
    id_tokens: IdTokens::ByOwnMark,
    user_writable: &["email", "phone", "urn:zitadel:iam:user:metadata"],
};

/// ID tokens have no `jti`.
const RULES: ProviderRules =
    ProviderRules { required: &[("jti", Slot::Required)], complete: Some(complete), ..ProviderRules::NONE };

const OWN_ORG: &str = "urn:zitadel:iam:user:resourceowner:id";
const OWN_ORG_NAME: &str = "urn:zitadel:iam:user:resourceowner:name";
/// The name of the claim with a project's roles, in errors.
const ROLES: &str = "urn:zitadel:iam:org:project:{projectid}:roles";

impl Issuer {
    /// ZITADEL: the host of your instance, such as `example.zitadel.cloud`, and the id of the project to which your API
    /// belongs.
    ///
    /// `iss` is `https://INSTANCE`; keys are found by discovery. The project's id is the audience.
    ///
    /// ```
    /// # use auth_runtime::Issuer;
    /// let issuer = Issuer::zitadel("example.zitadel.cloud", "69234237810729019");
    /// ```
    ///
    /// **Send** a JWT access token: ZITADEL's access tokens are opaque unless the application's token type is `JWT`. ID
    /// tokens are refused: they have no `jti`. An application of another project asks for the scope
    /// `urn:zitadel:iam:org:project:id:PROJECT:aud`.
    ///
    /// | part of the identity | claim |
    /// |---|---|
    /// | id | `sub` |
    /// | organizations, and roles in them | `urn:zitadel:iam:org:project:PROJECT:roles`: `{"ROLE": {"ORG": "DOMAIN"}}` |
    /// | the user's own organization | `urn:zitadel:iam:user:resourceowner:id` and `:name`, without a role |
    /// | email, names, who acts for the user | as [`ClaimMapping::oidc`] |
    ///
    /// The claim `urn:zitadel:iam:org:project:roles` is not read: it has the roles in the project of the client, which
    /// can be another project. Ask for the scope `urn:zitadel:iam:org:projects:roles`.
    ///
    /// **The tokens do not contain** roles outside any organization, permissions, or scopes.
    ///
    /// **Users can write** their names, their email address and their metadata. No decision depends on them.
    ///
    /// **What commonly goes wrong**: the token is opaque; roles are missing, because neither the project asserts them
    /// nor the client asked for them; `aud` contains only client ids.
    ///
    /// ZITADEL's pages: "Claims", "Scopes", "Retrieve User Roles".
    pub fn zitadel(instance: &str, project_id: &str) -> Self {
        let mapping = ClaimMapping::new(&ZITADEL);
        let address = match host_address(instance) {
            Ok(address) => address,
            Err(fault) => return Self::faulty(ConfigError::new("instance", fault), project_id, mapping),
        };
        let iss = without_slash(&address).to_owned();
        Self::discovered("zitadel", &iss, Address::parse_issuer(&iss), project_id, mapping)
            .explained_by(explain)
            .algorithms([Algorithm::RS256])
            .held_to(&RULES)
    }
}

fn complete(token: &ProviderClaims<'_>, mut identity: Identity) -> Result<Identity, InvalidTokenReason> {
    // A setting that reads organizations takes precedence.
    if !identity.memberships.is_empty() {
        return Ok(identity);
    }
    let mut roles_by_org: Vec<(&str, Vec<&str>)> = Vec::new();
    for project in token.audiences {
        let Some(roles) = token.value(&format!("urn:zitadel:iam:org:project:{project}:roles")) else { continue };
        for (role, org) in pairs(roles).ok_or(InvalidTokenReason::Claim(ROLES))? {
            match roles_by_org.iter_mut().find(|(known, _)| *known == org) {
                Some((_, roles)) if roles.contains(&role) => {}
                Some((_, roles)) => roles.push(role),
                None => roles_by_org.push((org, vec![role])),
            }
        }
    }
    let own = match token.value(OWN_ORG) {
        None => None,
        Some(own) => Some(own.as_str().filter(|own| !own.is_empty()).ok_or(InvalidTokenReason::Claim(OWN_ORG))?),
    };
    if let Some(own) = own.filter(|own| !roles_by_org.iter().any(|(org, _)| org == own)) {
        roles_by_org.push((own, Vec::new()));
    }
    identity.memberships = roles_by_org
        .into_iter()
        .map(|(org, roles)| {
            let member = membership(org, roles);
            match token.text(OWN_ORG_NAME) {
                Some(name) if own == Some(org) => member.name(name),
                _ => member,
            }
        })
        .collect();
    Ok(identity)
}

/// Each role with each organization in which the user has it. Older versions put the objects into an array. `None` if
/// the claim has a wrong type.
fn pairs(roles: &Value) -> Option<Vec<(&str, &str)>> {
    let objects: Vec<&Map<String, Value>> = match roles {
        Value::Object(object) => vec![object],
        Value::Array(array) => array.iter().map(Value::as_object).collect::<Option<_>>()?,
        _ => return None,
    };
    let mut pairs = Vec::new();
    for (role, orgs) in objects.into_iter().flatten() {
        pairs.extend(orgs.as_object()?.keys().map(|org| (role.as_str(), org.as_str())));
    }
    Some(pairs)
}

fn explain(error: &StartError) -> Option<ConfigError> {
    let StartError::Fetch { status: Some(404), error } = error else { return None };
    Some(ConfigError::new("instance", format!("there is no ZITADEL instance at this address: {error}")))
}
