//! The issuer of tests. Its tokens have the claims of several providers.

use super::oidc::PERSON;
use super::propelauth::{MEMBERSHIPS, USER};
use crate::claims::{Absent, ClaimMapping, Mapping, Names, Slot};

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
