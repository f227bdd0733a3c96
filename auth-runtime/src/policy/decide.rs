//! The decision: a pure function of what a handler needs and what a token says.

#[cfg(test)]
mod tests;

use super::need::{Condition, Need};
use super::reason::DenialReason;
use crate::claims::is_text;
use crate::id::{Hierarchy, MemberRef, Subject};

/// The organization that a handler selects.
#[derive(Clone, Copy)]
pub(crate) enum Org<'a> {
    /// No organization is selected.
    NotSelected,
    /// The user is a member of the selected organization.
    Member(MemberRef<'a>),
    /// The user is not a member of the selected organization, or it does not exist. The token cannot tell which.
    NotMember,
}

/// The moment of a decision.
#[derive(Clone, Copy)]
pub(crate) struct Moment {
    /// In seconds since 1970.
    now: u64,
    /// Whether the decision assumes that the user has just logged in, in the way that the condition asks for.
    assumes_login: bool,
}

impl Moment {
    /// At this time, in seconds since 1970.
    pub(crate) const fn at(now: u64) -> Self {
        Self { now, assumes_login: false }
    }

    /// The answer to an atom that another login can make true: true if the decision assumes such a login, and a login
    /// can change the credential.
    fn after_login(self, user: &Subject, answer: Option<bool>) -> Option<bool> {
        if self.assumes_login && user.can_log_in_again() { Some(true) } else { answer }
    }
}

/// Decides whether a request is admitted at this time, in seconds since 1970; if not, returns the reason. The first
/// attribute that refuses decides. The reason is `StepUp` only if another login would admit the user, so that the
/// response does not reveal that a role is missing, and does not ask for a login that would not help.
pub(crate) fn decide(need: &Need, user: Option<&Subject>, org: Org<'_>, now: u64) -> Result<(), DenialReason> {
    let moment = Moment::at(now);
    match decide_at(need, user, org, moment) {
        Err(DenialReason::Condition)
            if decide_at(need, user, org, Moment { assumes_login: true, ..moment }).is_ok() =>
        {
            Err(DenialReason::StepUp)
        }
        decision => decision,
    }
}

fn decide_at(need: &Need, user: Option<&Subject>, org: Org<'_>, moment: Moment) -> Result<(), DenialReason> {
    match need {
        Need::DenyAll => Err(DenialReason::DenyAll),
        Need::All(needs) => needs.iter().try_for_each(|need| decide_at(need, user, org, moment)),
        Need::Named { need, .. } => decide_at(need, user, org, moment),
        Need::Rule(rule) if rule.requires_user() => {
            let user = user.ok_or(DenialReason::NoCredentials)?;
            if matches!(org, Org::NotMember) {
                return Err(DenialReason::NotAMember);
            }
            match holds(&rule.condition, user, org, rule.hierarchy, moment) {
                Some(true) => Ok(()),
                Some(false) | None => Err(DenialReason::Condition),
            }
        }
        Need::Rule(_) => Ok(()),
    }
}

/// Evaluates a condition in Kleene's three-valued logic; `None` means that the token cannot say.
pub(crate) fn holds(
    condition: &Condition,
    user: &Subject,
    org: Org<'_>,
    hierarchy: Hierarchy,
    moment: Moment,
) -> Option<bool> {
    let member = match org {
        Org::Member(member) => Some(member),
        Org::NotSelected | Org::NotMember => None,
    };
    match *condition {
        Condition::Always => Some(true),
        Condition::All(all) => kleene(all, false, |each| holds(each, user, org, hierarchy, moment)),
        Condition::Any(any) => kleene(any, true, |each| holds(each, user, org, hierarchy, moment)),
        Condition::Not(inner) => holds(inner, user, org, hierarchy, moment).map(|holds| !holds),
        Condition::RoleAtLeast(role) => member?.is_at_least_role(role, hierarchy),
        Condition::RoleIs(role) => member?.is_role(role),
        Condition::OwnRoleAtLeast(role) => user.is_at_least_own_role(role, hierarchy),
        Condition::OwnRoleIs(role) => user.is_own_role(role),
        Condition::Permission(permission) => match member {
            Some(member) => member.has_permission(permission),
            None => user.has_permission(permission),
        },
        Condition::Scope(scope) => user.has_scope(scope, member.map(MemberRef::org_id)),
        Condition::Issuer(issuer) => Some(user.is_from(issuer)),
        Condition::EmailVerified => user.is_email_verified(),
        Condition::Impersonated => user.impersonated,
        Condition::Acr(class) => moment.after_login(user, user.is_acr(class)),
        Condition::Amr(method) => moment.after_login(user, user.has_amr(method)),
        Condition::AuthAge(seconds) => moment.after_login(user, user.is_login_within(seconds, moment.now)),
        Condition::Claim(name, value) => user.deciding(name).and_then(|()| is_text(user.token(), name, value)),
    }
}

/// Returns `settles` if a part has that value; otherwise unknown if a part is unknown; otherwise the opposite.
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
