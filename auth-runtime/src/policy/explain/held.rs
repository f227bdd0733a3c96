//! What a caller has, compared with what a condition asks for, as bounded text.

use crate::bounded::{Quoted, list};
use crate::id::{List, MemberRef, RoleStructure, StoredMembership, Subject};
use crate::policy::decide::Org;
use crate::policy::need::Condition;

/// What the caller has of the kind that an atom asks for.
pub(super) fn had_of(atom: &Condition, user: &Subject, org: Org<'_>, is_known: bool) -> String {
    let flag = |flag: Option<bool>| flag.map_or("unknown", |flag| if flag { "true" } else { "false" }).to_owned();
    match (atom, org) {
        (Condition::RoleAtLeast(_), Org::Member(member)) => reached_roles(member, is_known),
        (Condition::RoleIs(_), Org::Member(member)) => roles(member),
        (Condition::RoleAtLeast(_) | Condition::RoleIs(_), _) => "no organization".to_owned(),
        (Condition::OwnRoleAtLeast(_) | Condition::OwnRoleIs(_), _) => has(user.names(user.roles.as_ref())),
        (Condition::Permission(_), Org::Member(member)) => has(member.names(permissions)),
        (Condition::Permission(_), _) if user.members().len() > 1 && user.active_member().is_none() => {
            format!("{} organizations, and no selected organization", user.members().len())
        }
        (Condition::Permission(_), _) => {
            let active = user.active_member().and_then(|active| active.names(permissions));
            match (user.names(user.permissions.as_ref()), active) {
                (Some(direct), Some(active)) => has(Some(direct.chain(active))),
                (direct, None) => has(direct),
                (None, active) => has(active),
            }
        }
        (Condition::Scope(_), _) => has(user.names(user.scopes.as_ref())),
        (Condition::Issuer(_), _) => format!("is from {}", Quoted(user.issuer())),
        (Condition::EmailVerified, _) => flag(user.is_email_verified()),
        (Condition::Impersonated, _) => flag(user.impersonated),
        (Condition::Claim(name, _), _) if user.can_write(name) => "users can write it themselves".to_owned(),
        // The value of a claim is never shown.
        (Condition::Acr(_) | Condition::Amr(_) | Condition::AuthAge(_) | Condition::Claim(..), _) => {
            if is_known { "known" } else { "unknown" }.to_owned()
        }
        (Condition::Always | Condition::All(_) | Condition::Any(_) | Condition::Not(_), _) => String::new(),
    }
}

fn has<'a>(names: Option<impl Iterator<Item = &'a str>>) -> String {
    names.map_or_else(|| "unknown".to_owned(), |names| format!("has {}", list(names)))
}

fn permissions(membership: &StoredMembership) -> Option<&List> {
    membership.permissions.as_ref()
}

/// The assigned roles.
fn roles(member: MemberRef<'_>) -> String {
    let mut additional = member.names(|membership| Some(&membership.additional_roles)).into_iter().flatten().peekable();
    match (member.role(), additional.peek()) {
        (None, None) => "unknown".to_owned(),
        (Some(role), None) => format!("has {}", Quoted(role)),
        (role, Some(_)) => format!("has {}", list(role.into_iter().chain(additional))),
    }
}

/// The assigned roles, and what defines their order.
fn reached_roles(member: MemberRef<'_>, is_known: bool) -> String {
    let roles = roles(member);
    match member.names(|membership| membership.inherited_roles.as_ref()) {
        Some(inherited) if member.structure() == RoleStructure::Single && member.role().is_some() => {
            format!("{roles}, which includes {}", list(inherited))
        }
        _ if !is_known && member.role().is_some() => format!("{roles}, and no order of the two roles is declared"),
        _ => roles,
    }
}
