//! Organisations as PropelAuth writes them.

use std::sync::Arc;

use serde::de::MapAccess;

use super::json::{Object, ReadMember, Skip, Text, ToValue};
use crate::id::{Membership, RoleStructure};

/// `{"ORG": {..}}`
pub(super) struct OrgMap<'a>(pub(super) &'a mut Vec<Arc<Membership>>);

impl<'de> ReadMember<'de> for OrgMap<'_> {
    fn read<A: MapAccess<'de>>(&mut self, name: &str, depth: u8, map: &mut A) -> Result<(), A::Error> {
        let mut entry = OrgEntry::default();
        if map.next_value_seed(Object { depth, each: &mut entry })? {
            self.0.extend(entry.into_membership(Some(name)));
        }
        Ok(())
    }
}

/// One organisation as PropelAuth writes it.
#[derive(Default)]
pub(super) struct OrgEntry<'de> {
    org_id: Option<Text<'de>>,
    structure: Option<Text<'de>>,
    membership: Membership,
}

impl OrgEntry<'_> {
    /// The membership in the organisation `key`, where the entry states one: with a role, of a known structure, and
    /// of no other organisation than its key says.
    pub(super) fn into_membership(mut self, key: Option<&str>) -> Option<Arc<Membership>> {
        self.membership.structure = match self.structure.as_ref().map(|structure| &*structure.0) {
            None | Some("single_role_in_hierarchy") => RoleStructure::Single,
            Some("multi_role") => RoleStructure::Multi,
            Some(_) => return None,
        };
        self.membership.id = match (key, self.org_id) {
            (Some(key), Some(id)) if key != id.0 => return None,
            (Some(key), _) => key.to_owned(),
            (None, id) => id?.0.into_owned(),
        };
        self.membership.role.as_ref()?;
        Some(Arc::new(self.membership))
    }
}

impl<'de> ReadMember<'de> for &mut OrgEntry<'de> {
    fn read<A: MapAccess<'de>>(&mut self, name: &str, depth: u8, map: &mut A) -> Result<(), A::Error> {
        let membership = &mut self.membership;
        match name {
            "org_id" => self.org_id = map.next_value()?,
            "org_name" => membership.name = map.next_value()?,
            "url_safe_org_name" => membership.url_safe_name = map.next_value()?,
            "org_metadata" => membership.metadata = map.next_value_seed(ToValue { depth })?,
            "org_role_structure" => self.structure = map.next_value()?,
            "user_role" => membership.role = map.next_value()?,
            "inherited_user_roles_plus_current_role" => membership.inherited_roles = map.next_value()?,
            "user_permissions" => membership.permissions = map.next_value()?,
            "additional_roles" => {
                membership.additional_roles = map.next_value::<Option<Vec<String>>>()?.unwrap_or_default();
            }
            _ => map.next_value_seed(Skip { depth })?,
        }
        Ok(())
    }
}
