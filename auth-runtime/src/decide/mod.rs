//! Who is admitted: a pure function of what a handler needs and what a token says.

mod asked;
mod declared;
mod denied;
mod explain;
mod need;
#[cfg(test)]
mod tests;

pub(crate) use asked::Asked;
pub use declared::{NameKind, declared};
pub use denied::{Denied, Reason};
pub(crate) use denied::{OwnResponse, Responder};
pub use explain::{Explanation, Finding};
pub use need::{Attribute, Check, Condition, Deny, Invalid, Need, OrgSource, Rule};

use crate::id::{Hierarchy, Member, Subject};

/// The organisation that a handler asks about.
#[derive(Clone, Copy)]
pub(crate) enum Org<'a> {
    /// None is selected.
    NotSelected,
    /// The user is a member of the selected one.
    Member(Member<'a>),
    /// The user is no member of the selected one, or there is no such organisation: the token cannot tell.
    NotMember,
}

/// Whether a request may enter, and if not, why not. The first attribute that refuses answers.
pub(crate) fn decide(need: &Need, user: Option<&Subject>, org: Org<'_>) -> Result<(), Reason> {
    match need {
        Need::Nobody => Err(Reason::Nobody),
        Need::All(needs) => needs.iter().try_for_each(|need| decide(need, user, org)),
        Need::Rule(rule) if rule.requires_user() => {
            let user = user.ok_or(Reason::NoCredentials)?;
            if matches!(org, Org::NotMember) {
                return Err(Reason::NotAMember);
            }
            match holds(&rule.condition, user, org, rule.hierarchy) {
                Some(true) => Ok(()),
                Some(false) | None => Err(Reason::Condition),
            }
        }
        Need::Rule(_) => Ok(()),
    }
}

/// Evaluates a condition in Kleene's three-valued logic; `None` where the token cannot say.
pub(crate) fn holds(condition: &Condition, user: &Subject, org: Org<'_>, hierarchy: Hierarchy) -> Option<bool> {
    let member = match org {
        Org::Member(member) => Some(member),
        Org::NotSelected | Org::NotMember => None,
    };
    match *condition {
        Condition::Always => Some(true),
        Condition::All(all) => kleene(all, false, |each| holds(each, user, org, hierarchy)),
        Condition::Any(any) => kleene(any, true, |each| holds(each, user, org, hierarchy)),
        Condition::Not(inner) => holds(inner, user, org, hierarchy).map(|holds| !holds),
        Condition::RoleAtLeast(role) => member?.is_at_least_role(role, hierarchy),
        Condition::RoleIs(role) => member?.is_role(role),
        Condition::OwnRoleAtLeast(role) => user.is_at_least_own_role(role, hierarchy),
        Condition::OwnRoleIs(role) => user.is_own_role(role),
        Condition::Permission(permission) => match member {
            Some(member) => member.has_permission(permission),
            None => user.has_permission(permission),
        },
        Condition::Scope(scope) => user.has_scope(scope),
        Condition::Issuer(issuer) => Some(user.is_from(issuer)),
        Condition::EmailVerified => user.email_verified,
        Condition::Impersonated => user.impersonated,
    }
}

/// `settles` as soon as one part is that; else unknown where one is; else the opposite.
fn kleene<T>(parts: &[T], settles: bool, mut holds: impl FnMut(&T) -> Option<bool>) -> Option<bool> {
    let mut answer = Some(!settles);
    for part in parts {
        match holds(part) {
            Some(value) if value == settles => return Some(settles),
            Some(_) => {}
            None => answer = None,
        }
    }
    answer
}

impl Rule {
    /// Whether nobody enters without a verified token.
    pub(crate) fn requires_user(&self) -> bool {
        !matches!(self.attribute, Attribute::Public | Attribute::OptionalUser)
    }
}

/// What the attributes of one handler say together.
impl Need {
    /// The first thing that `pick` finds in a rule, in the order in which they are written.
    pub(crate) fn find<T>(&self, pick: &mut dyn FnMut(&Rule) -> Option<T>) -> Option<T> {
        match self {
            Self::Nobody => None,
            Self::Rule(rule) => pick(rule),
            Self::All(needs) => needs.iter().find_map(|need| need.find(pick)),
        }
    }

    pub(crate) fn any(&self, test: impl Fn(&Rule) -> bool) -> bool {
        self.find(&mut |rule| test(rule).then_some(())).is_some()
    }

    /// Whether somebody without a verified token may enter.
    pub(crate) fn admits_anonymous(&self) -> bool {
        !Asked::by(self).nobody && !self.any(Rule::requires_user)
    }

    /// Whether credentials that do not verify count as none.
    pub(crate) fn takes_invalid_for_anonymous(&self) -> bool {
        self.admits_anonymous() && !self.any(|rule| rule.invalid == Invalid::Reject)
    }

    /// Where the handler's organisation comes from.
    pub(crate) fn org_source(&self) -> OrgSource {
        Asked::by(self).org
    }

    /// How the handler's denials are answered: one attribute that hides the route hides it.
    pub(crate) fn deny(&self) -> Deny {
        if self.any(|rule| rule.deny == Deny::NotFound) { Deny::NotFound } else { Deny::Forbidden }
    }

    /// The scopes that the conditions ask for, in order, for the challenge (RFC 6750 section 3).
    pub(crate) fn scopes(&self) -> Vec<&'static str> {
        fn collect(condition: &Condition, scopes: &mut Vec<&'static str>) {
            match condition {
                Condition::All(parts) | Condition::Any(parts) => {
                    parts.iter().for_each(|part| collect(part, scopes));
                }
                Condition::Scope(scope) if !scopes.contains(scope) => scopes.push(scope),
                _ => {}
            }
        }
        let mut scopes = Vec::new();
        self.find(&mut |rule| {
            collect(&rule.condition, &mut scopes);
            None::<()>
        });
        scopes
    }
}
