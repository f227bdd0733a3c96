//! Memberships of organizations, read by a provider's table of their members.

use serde::de::MapAccess;

use super::slot::{OrgRow, OrgSlot};
use super::values::{OrNull, ToJson, ToNames, ToTexts};
use crate::id::{RoleStructure, Seat, Texts};
use crate::json::{Object, ReadMember, Skip, Text};

/// `{"ORG": {..}}`
pub(super) struct Orgs<'a> {
    pub(super) rows: &'static [OrgRow],
    pub(super) seats: &'a mut Vec<Seat>,
    pub(super) texts: &'a mut Texts,
}

impl<'de> ReadMember<'de> for Orgs<'_> {
    fn read<A: MapAccess<'de>>(&mut self, name: &str, depth: u8, map: &mut A) -> Result<(), A::Error> {
        let mut entry = OrgEntry::new(self.rows, self.texts);
        if map.next_value_seed(OrNull(Object { depth, each: &mut entry }))?.is_some() {
            self.seats.extend(entry.into_seat(Some(name)));
        }
        Ok(())
    }
}

/// The entry of one organization.
pub(super) struct OrgEntry<'a, 'de> {
    rows: &'static [OrgRow],
    id: Option<Text<'de>>,
    structure: Option<RoleStructure>,
    seat: Seat,
    texts: &'a mut Texts,
}

impl<'a> OrgEntry<'a, '_> {
    pub(super) fn new(rows: &'static [OrgRow], texts: &'a mut Texts) -> Self {
        Self { rows, id: None, structure: Some(RoleStructure::default()), seat: Seat::default(), texts }
    }

    /// The membership in the organization `key`, if the entry states one.
    pub(super) fn into_seat(mut self, key: Option<&str>) -> Option<Seat> {
        self.seat.structure = self.structure?;
        let named = self.id.as_ref().map(|id| &*id.0);
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
        let Some((_, slot)) = self.rows.iter().find(|(known, _)| *known == name) else {
            return map.next_value_seed(Skip { depth });
        };
        let (seat, texts) = (&mut self.seat, &mut *self.texts);
        match slot {
            OrgSlot::Id => self.id = map.next_value()?,
            OrgSlot::Name => seat.name = map.next_value_seed(OrNull(ToTexts(texts)))?,
            OrgSlot::UrlSafeName => seat.url_safe_name = map.next_value_seed(OrNull(ToTexts(texts)))?,
            OrgSlot::Metadata => seat.metadata.text = Some(map.next_value_seed(ToJson { depth, texts })?),
            OrgSlot::Structure(known) => {
                if let Some(Text(name)) = map.next_value()? {
                    self.structure = known(&name);
                }
            }
            OrgSlot::Role => seat.role = map.next_value_seed(OrNull(ToTexts(texts)))?,
            OrgSlot::AdditionalRoles => {
                seat.additional_roles = map.next_value_seed(OrNull(ToNames::array(texts)))?.unwrap_or_default();
            }
            OrgSlot::InheritedRoles => seat.inherited_roles = map.next_value_seed(OrNull(ToNames::array(texts)))?,
            OrgSlot::Permissions => seat.permissions = map.next_value_seed(OrNull(ToNames::array(texts)))?,
        }
        Ok(())
    }
}
