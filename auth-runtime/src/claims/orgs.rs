//! Reads memberships of organizations with the provider's table for their members.

use serde::de::MapAccess;

use super::slot::{OrgRow, OrgSlot};
use super::values::{OrNull, TextOrUnknown, ToJson, ToNames, ToTexts};
use crate::id::{RoleStructure, StoredMembership, Texts};
use crate::json::{Object, ReadMember, Skip, Text};

/// `{"ORG": {..}}`
pub(super) struct Orgs<'a> {
    pub(super) rows: &'static [OrgRow],
    pub(super) memberships: &'a mut Vec<StoredMembership>,
    pub(super) texts: &'a mut Texts,
}

impl<'de> ReadMember<'de> for Orgs<'_> {
    fn read<A: MapAccess<'de>>(&mut self, name: &str, depth: u8, map: &mut A) -> Result<(), A::Error> {
        let mut entry = OrgEntry::new(self.rows, self.texts);
        if map.next_value_seed(OrNull(Object { depth, each: &mut entry }))?.is_some() {
            self.memberships.extend(entry.into_membership(Some(name)));
        }
        Ok(())
    }
}

/// The entry of one organization.
pub(super) struct OrgEntry<'a, 'de> {
    rows: &'static [OrgRow],
    id: Option<Text<'de>>,
    structure: Option<RoleStructure>,
    membership: StoredMembership,
    texts: &'a mut Texts,
}

impl<'a> OrgEntry<'a, '_> {
    pub(super) fn new(rows: &'static [OrgRow], texts: &'a mut Texts) -> Self {
        Self {
            rows,
            id: None,
            structure: Some(RoleStructure::default()),
            membership: StoredMembership::default(),
            texts,
        }
    }

    /// The membership in the organization `key`, if the entry states a membership.
    pub(super) fn into_membership(mut self, key: Option<&str>) -> Option<StoredMembership> {
        self.membership.structure = self.structure?;
        let named = self.id.as_ref().map(|id| &*id.0);
        let id = match (key, named) {
            (Some(key), Some(id)) if key != id => return None,
            (Some(key), _) => key,
            (None, id) => id?,
        };
        self.membership.org_id = self.texts.push(id);
        self.membership.role.is_some().then_some(self.membership)
    }
}

impl<'de> ReadMember<'de> for &mut OrgEntry<'_, 'de> {
    fn read<A: MapAccess<'de>>(&mut self, name: &str, depth: u8, map: &mut A) -> Result<(), A::Error> {
        let Some((_, slot)) = self.rows.iter().find(|(known, _)| *known == name) else {
            return map.next_value_seed(Skip { depth });
        };
        let (membership, texts) = (&mut self.membership, &mut *self.texts);
        match slot {
            OrgSlot::Id => self.id = map.next_value()?,
            OrgSlot::Name => membership.name = map.next_value_seed(TextOrUnknown { depth, texts })?,
            OrgSlot::UrlSafeName => membership.url_safe_name = map.next_value_seed(TextOrUnknown { depth, texts })?,
            OrgSlot::Metadata => membership.metadata = Some(map.next_value_seed(ToJson { depth, texts })?),
            OrgSlot::Structure(known) => {
                if let Some(Text(name)) = map.next_value()? {
                    self.structure = known(&name);
                }
            }
            OrgSlot::Role => membership.role = map.next_value_seed(OrNull(ToTexts(texts)))?,
            OrgSlot::AdditionalRoles => {
                membership.additional_roles = map.next_value_seed(OrNull(ToNames::array(texts)))?.unwrap_or_default();
            }
            OrgSlot::InheritedRoles => {
                membership.inherited_roles = map.next_value_seed(OrNull(ToNames::array(texts)))?;
            }
            OrgSlot::Permissions => membership.permissions = map.next_value_seed(OrNull(ToNames::array(texts)))?,
        }
        Ok(())
    }
}
