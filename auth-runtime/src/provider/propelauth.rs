//! PropelAuth.

#[cfg(feature = "http-client")]
mod api_keys;
#[cfg(feature = "http-client")]
mod keys;

use crate::claims::{Absent, ClaimMapping, Mapping, OrgRow, OrgSlot, Row, Slot};
use crate::id::RoleStructure;

#[cfg(all(feature = "http-client", feature = "testing"))]
pub(crate) use keys::public_key;

/// The claims of PropelAuth in addition to the standard ones.
pub(super) const USER: &[Row] = &[
    ("first_name", Slot::FirstName),
    ("last_name", Slot::LastName),
    ("username", Slot::Username),
    ("legacy_user_id", Slot::LegacyUserId),
    ("impersonator_user_id", Slot::Impersonator),
];

pub(super) const MEMBERSHIPS: &[Row] =
    &[("org_id_to_org_member_info", Slot::Memberships(ORG)), ("org_member_info", Slot::OnlyMembership(ORG))];

const ORG: &[OrgRow] = &[
    ("org_id", OrgSlot::Id),
    ("org_name", OrgSlot::Name),
    ("url_safe_org_name", OrgSlot::UrlSafeName),
    ("org_metadata", OrgSlot::Metadata),
    ("org_role_structure", OrgSlot::Structure(role_structure)),
    ("user_role", OrgSlot::Role),
    ("inherited_user_roles_plus_current_role", OrgSlot::InheritedRoles),
    ("user_permissions", OrgSlot::Permissions),
    ("additional_roles", OrgSlot::AdditionalRoles),
];

fn role_structure(name: &str) -> Option<RoleStructure> {
    match name {
        "single_role_in_hierarchy" => Some(RoleStructure::Single),
        "multi_role" => Some(RoleStructure::Multi),
        _ => None,
    }
}

const PROPELAUTH: Mapping = Mapping {
    name: "propelauth",
    claims: &[MEMBERSHIPS, &[("user_id", Slot::Id), ("email", Slot::Email), ("act", Slot::Actor)], USER],
    if_absent: &[Absent::NotImpersonated],
    user_writable: &["first_name", "last_name", "username", "picture_url", "properties"],
    ..Mapping::PLAIN
};

impl ClaimMapping {
    /// The claims of PropelAuth's access tokens.
    ///
    /// | part of the identity | claim |
    /// |---|---|
    /// | id | `user_id` |
    /// | organizations | `org_id_to_org_member_info` |
    /// | the active organization | `org_member_info`; it is then the only organization |
    /// | email, names | `email`, `first_name`, `last_name`, `username`, `legacy_user_id` |
    /// | actor, who acts for the user | `impersonator_user_id`, else `act` |
    ///
    /// Roles and permissions belong to an organization. Roles and permissions outside organizations, scopes, and
    /// whether the email address is verified are unknown.
    pub fn propelauth() -> Self {
        Self::new(&PROPELAUTH)
    }
}
