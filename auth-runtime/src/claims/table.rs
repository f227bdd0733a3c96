//! The table for reading an issuer's claims: it says where each claim goes.
//!
//! A provider writes its table as static data. When an issuer is built, three kinds of rows become one [`ClaimTable`]:
//! rows for every provider, the provider's own rows, and rows for the issuer's settings.

use std::borrow::Cow;

use super::mapping::{Absent, ClaimMapping, IdTokens};
use super::refinements::{Refinements, Requirement, interned};
use super::rules::{Audience, Rules};
use super::slot::{AUDIENCE, Row, Slot};

/// The claims that an issuer reads.
pub(crate) struct ClaimTable {
    pub(super) claims: Members,
    /// The required claims. [`Wanted::Required`] is an index into this list.
    pub(super) required: Vec<&'static str>,
    /// The claim with the user's id, unless a custom mapping sets the id.
    pub(super) id: Option<&'static str>,
    pub(super) if_absent: Vec<Absent>,
}

/// The uses of the members of an object.
pub(super) type Members = Vec<(Cow<'static, str>, Vec<Wanted>)>;

/// The use of a value.
pub(super) enum Wanted {
    Slot(Slot),
    /// It must be one of these strings; any string if the list is empty.
    Required(u32, &'static [&'static str]),
    /// Its text, or the text of an element, must be one of these.
    Says(u32, &'static str, Vec<String>),
    /// Its text, or the text of an element, must not be one of these.
    SaysNot(&'static str, &'static [&'static str]),
    Members(Members),
}

impl ClaimTable {
    pub(super) fn new(mapping: ClaimMapping, rules: &Rules, refinements: &Refinements) -> Self {
        let mapping = mapping.mapping();
        let if_absent = mapping.if_absent.iter().copied().filter(|absent| refinements.keeps(*absent)).collect();
        let mut table = Self { claims: Vec::new(), required: Vec::new(), id: None, if_absent };
        let own = rules.rows(mapping.id_tokens).chain(mapping.claims.iter().copied().flatten());
        let own = own.filter(|(_, slot)| !refinements.drops(*slot));
        let rows: Vec<Row> = own.copied().chain(refinements.rows()).collect();
        for row in &rows {
            table.add(*row, &rules.audience);
        }
        for Requirement { claim, values } in refinements.required() {
            let claim = interned(claim);
            let position = table.require(claim);
            insert(&mut table.claims, &path(claim), Wanted::Says(position, claim, values.clone()));
        }
        // Whether a token has scopes matters even if they are read from another claim, or not at all.
        for name in ["scope", "scp"] {
            let is_read = |(claim, slot): &Row| *claim == name && matches!(slot, Slot::Scopes | Slot::OtherScopes);
            if matches!(mapping.id_tokens, IdTokens::ByNonce) && !rows.iter().any(is_read) {
                table.add((name, Slot::ScopePresence), &rules.audience);
            }
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
                Slot::Required => Wanted::Required(self.require(claim), &[]),
                Slot::Refused(values, _) => Wanted::SaysNot(claim, values),
                Slot::OneOf(values) => Wanted::Required(self.require(claim), values),
                slot => Wanted::Slot(slot),
            };
            insert(&mut self.claims, &path, wanted);
        }
    }

    /// Adds a required claim, and returns its index.
    fn require(&mut self, claim: &'static str) -> u32 {
        self.required.push(claim);
        u32::try_from(self.required.len() - 1).unwrap_or(u32::MAX)
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
