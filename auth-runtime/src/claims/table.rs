//! The table for reading an issuer's claims: it says where each claim goes.
//!
//! A provider writes its table as static data. When an issuer is built, three kinds of rows become one [`ClaimTable`]:
//! rows for every provider, the provider's own rows, and rows for the issuer's settings.

use std::borrow::Cow;

use super::mapping::{Absent, ClaimMapping};
use super::rules::{Audience, Rules};
use super::slot::{AUDIENCE, Row, Slot};

/// The claims that an issuer reads.
pub(crate) struct ClaimTable {
    pub(super) claims: Members,
    /// The required claims. [`Wanted::Required`] is an index into this list.
    pub(super) required: Vec<&'static str>,
    /// The claim with the user's id, unless a custom mapping sets the id.
    pub(super) id: Option<&'static str>,
    pub(super) if_absent: &'static [Absent],
}

/// The uses of the members of an object.
pub(super) type Members = Vec<(Cow<'static, str>, Vec<Wanted>)>;

/// The use of a value.
pub(super) enum Wanted {
    Slot(Slot),
    /// It must be one of these strings; any string if the list is empty.
    Required(u32, &'static [&'static str]),
    Members(Members),
}

impl ClaimTable {
    pub(super) fn new(mapping: ClaimMapping, rules: &Rules) -> Self {
        let mapping = mapping.mapping();
        let mut table = Self { claims: Vec::new(), required: Vec::new(), id: None, if_absent: mapping.if_absent };
        for row in rules.rows().chain(mapping.claims.iter().copied().flatten()) {
            table.add(*row, &rules.audience);
        }
        table
    }

    fn add(&mut self, (claim, slot): Row, audience: &Audience) {
        let path = path(claim);
        if matches!(slot, Slot::Id | Slot::OtherId) {
            self.id.get_or_insert(claim);
        }
        let mut paths = vec![path.clone()];
        if path.contains(&Cow::Borrowed(AUDIENCE)) {
            let filled = |accepted: &String| {
                let segments = path
                    .iter()
                    .map(|segment| if segment == AUDIENCE { accepted.clone().into() } else { segment.clone() });
                segments.collect()
            };
            paths = audience.names.iter().filter(|name| !name.is_empty()).map(filled).collect();
        }
        for path in paths {
            let wanted = match slot {
                Slot::Required => self.require(claim, &[]),
                Slot::OneOf(values) => self.require(claim, values),
                slot => Wanted::Slot(slot),
            };
            insert(&mut self.claims, &path, wanted);
        }
    }

    fn require(&mut self, claim: &'static str, values: &'static [&'static str]) -> Wanted {
        let position = u32::try_from(self.required.len()).unwrap_or(u32::MAX);
        self.required.push(claim);
        Wanted::Required(position, values)
    }
}

/// The names on the path to a claim.
fn path(claim: &'static str) -> Vec<Cow<'static, str>> {
    let unescaped = |segment: &'static str| {
        if segment.contains('~') { segment.replace("~1", "/").replace("~0", "~").into() } else { segment.into() }
    };
    match claim.strip_prefix('/') {
        Some(pointer) => pointer.split('/').map(unescaped).collect(),
        None => vec![claim.into()],
    }
}

fn insert(members: &mut Members, path: &[Cow<'static, str>], wanted: Wanted) {
    let Some((name, rest)) = path.split_first() else { return };
    let position = members.iter().position(|(known, _)| known == name).unwrap_or_else(|| {
        members.push((name.clone(), Vec::new()));
        members.len() - 1
    });
    let Some((_, all)) = members.get_mut(position) else { return };
    if rest.is_empty() {
        all.push(wanted);
        return;
    }
    let inside = all.iter_mut().find_map(|wanted| match wanted {
        Wanted::Members(members) => Some(members),
        _ => None,
    });
    if let Some(inside) = inside {
        insert(inside, rest, wanted);
    } else {
        let mut inside = Vec::new();
        insert(&mut inside, rest, wanted);
        all.push(Wanted::Members(inside));
    }
}

/// The uses of the member with this name.
pub(super) fn wanted_of<'t>(members: &'t Members, name: &str) -> Option<&'t (Cow<'static, str>, Vec<Wanted>)> {
    members.iter().find(|(known, _)| known == name)
}
