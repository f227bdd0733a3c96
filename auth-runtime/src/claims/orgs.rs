//! Organisations as PropelAuth writes them.

use serde::de::MapAccess;

use super::seeds::{OrNull, ToJson, ToList, ToTexts};
use crate::id::{RoleStructure, Seat, Texts};
use crate::json::{Object, ReadMember, Skip, Text};

/// `{"ORG": {..}}`
pub(super) struct OrgMap<'a> {
    pub(super) seats: &'a mut Vec<Seat>,
    pub(super) texts: &'a mut Texts,
}

impl<'de> ReadMember<'de> for OrgMap<'_> {
    fn read<A: MapAccess<'de>>(&mut self, name: &str, depth: u8, map: &mut A) -> Result<(), A::Error> {
        let mut entry = OrgEntry::new(self.texts);
        if map.next_value_seed(OrNull(Object { depth, each: &mut entry }))?.is_some() {
            self.seats.extend(entry.into_seat(Some(name)));
        }
        Ok(())
    }
}

/// One organisation as PropelAuth writes it.
pub(super) struct OrgEntry<'a, 'de> {
    org_id: Option<Text<'de>>,
    structure: Option<Text<'de>>,
    seat: Seat,
    texts: &'a mut Texts,
}

impl<'a> OrgEntry<'a, '_> {
    pub(super) fn new(texts: &'a mut Texts) -> Self {
        Self { org_id: None, structure: None, seat: Seat::default(), texts }
    }

    /// The membership in the organisation `key`, where the entry states one: with a role, of a known structure, and
    /// of no other organisation than its key says.
    pub(super) fn into_seat(mut self, key: Option<&str>) -> Option<Seat> {
        self.seat.structure = match self.structure.as_ref().map(|structure| &*structure.0) {
            None | Some("single_role_in_hierarchy") => RoleStructure::Single,
            Some("multi_role") => RoleStructure::Multi,
            Some(_) => return None,
        };
        let named = self.org_id.as_ref().map(|id| &*id.0);
        let id = match (key, named) {
            (Some(key), Some(id)) if key != id => return None,
            (Some(key), _) => key,
            (None, id) => id?,
        };
        self.seat.org_id = self.texts.push(id);
        self.seat.role.is_some().then_some(self.seat)
    }
}

impl<'de> ReadMember<'de> for &mut OrgEntry<'_, 'de> {
    fn read<A: MapAccess<'de>>(&mut self, name: &str, depth: u8, map: &mut A) -> Result<(), A::Error> {
        let (seat, texts) = (&mut self.seat, &mut *self.texts);
        match name {
            "org_id" => self.org_id = map.next_value()?,
            "org_name" => seat.name = map.next_value_seed(OrNull(ToTexts(texts)))?,
            "url_safe_org_name" => seat.url_safe_name = map.next_value_seed(OrNull(ToTexts(texts)))?,
            "org_metadata" => seat.metadata = Some(map.next_value_seed(ToJson { depth, texts })?),
            "org_role_structure" => self.structure = map.next_value()?,
            "user_role" => seat.role = map.next_value_seed(OrNull(ToTexts(texts)))?,
            "inherited_user_roles_plus_current_role" => {
                seat.inherited_roles = map.next_value_seed(OrNull(ToList(texts)))?;
            }
            "user_permissions" => seat.permissions = map.next_value_seed(OrNull(ToList(texts)))?,
            "additional_roles" => {
                seat.additional_roles = map.next_value_seed(OrNull(ToList(texts)))?.unwrap_or_default();
            }
            _ => map.next_value_seed(Skip { depth })?,
        }
        Ok(())
    }
}
