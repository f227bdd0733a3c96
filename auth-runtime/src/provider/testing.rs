//! The issuer for tests. Its tokens have the claims of several providers.

use super::oidc::PERSON;
use super::propelauth::{MEMBERSHIPS, USER};
use crate::claims::{Absent, ClaimMapping, Mapping, Names, ProviderClaims, ProviderRules, Slot};
use crate::error::InvalidTokenReason;
use crate::id::Identity;
use crate::verifier::Issuer;

const TESTING: Mapping = Mapping {
    name: "testing",
    claims: &[
        &[
            ("user_id", Slot::Id),
            ("sub", Slot::OtherId),
            ("scope", Slot::Scopes),
            ("permissions", Slot::Permissions(Names::Array)),
            ("/realm_access/roles", Slot::Roles(Names::Array)),
            ("/resource_access/{audience}/roles", Slot::Roles(Names::Array)),
            ("org_id", Slot::Org),
            ("org_name", Slot::OrgName),
            ("active_org_id", Slot::ActiveOrg),
        ],
        MEMBERSHIPS,
        USER,
        PERSON,
    ],
    if_absent: &[Absent::NotImpersonated],
    ..Mapping::PLAIN
};

impl ClaimMapping {
    /// The claims of `testing::TokenBuilder`.
    #[doc(hidden)]
    pub fn testing() -> Self {
        Self::new(&TESTING)
    }
}

const OF_ONE_TENANT: ProviderRules =
    ProviderRules { required: &[("tid", Slot::Required)], complete: Some(confine), ..ProviderRules::NONE };

#[allow(clippy::unnecessary_wraps)] // the form of every `complete`
fn confine(token: &ProviderClaims<'_>, mut identity: Identity) -> Result<Identity, InvalidTokenReason> {
    identity.confined_to = token.text("tid").map(str::to_owned);
    Ok(identity)
}

impl Issuer {
    /// An issuer that can make statements only about the organization in `tid`, like a tenant of a provider.
    pub(crate) fn of_one_tenant(self) -> Self {
        self.held_to(&OF_ONE_TENANT)
    }
}
