//! What a decision was made of, in words. For logs and for those who develop against the API, not for clients.

use std::fmt;

use super::{Condition, Need, Org, Reason, Rule, holds};
use crate::id::{IdentityData, Member, RoleStructure};

#[cfg(test)]
mod tests;

/// A refusal, explained: which attribute, where it stands, and each question that was asked up to there.
///
/// `Display` writes it on one line, for logs; `{:#}` with a line for each question, for people.
#[derive(Clone, Debug)]
pub struct Explanation {
    reason: Reason,
    /// The attribute that refused, as written.
    policy: Option<&'static str>,
    place: Option<(&'static str, u32)>,
    findings: Vec<Finding>,
}

/// One question and its answer.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Finding {
    /// The question, as an attribute spells it, `!` included: it is asked so that "yes" admits.
    pub question: String,
    /// The answer; `None` where the token cannot say.
    pub holds: Option<bool>,
    /// What the caller has.
    pub had: String,
}

impl Explanation {
    pub(super) fn of_reason(reason: Reason) -> Self {
        Self { reason, policy: None, place: None, findings: Vec::new() }
    }

    #[must_use]
    pub(super) fn with(mut self, finding: Finding) -> Self {
        if !self.findings.iter().any(|known| known.question == finding.question) {
            self.findings.push(finding);
        }
        self
    }

    pub(super) fn of_guard(
        reason: Reason,
        need: &Need,
        user: Option<&IdentityData>,
        org: Org<'_>,
        org_id: Option<&str>,
    ) -> Self {
        #[cfg(test)]
        tests::COMPUTED.with(|computed| computed.set(computed.get() + 1));
        let mut explanation = Self::of_reason(reason);
        let Some(refusing) = refusing(need, reason, user, org) else { return explanation };
        explanation.policy = Some(refusing.text);
        explanation.place = Some((refusing.file, refusing.line));
        let Some(user) = user else { return explanation };
        if let Some(id) = org_id {
            let is_member = matches!(org, Org::Member(_));
            explanation = explanation.with(Finding {
                question: format!("member of {id:?}"),
                holds: Some(is_member),
                had: if is_member { "a member" } else { "not a member" }.to_owned(),
            });
        }
        if matches!(reason, Reason::Condition | Reason::Check) {
            explanation = explanation.with_conditions(need, reason, user, org);
        }
        match refusing.check {
            Some(check) if reason == Reason::Check => explanation.with(Finding {
                question: format!("check = {}", check.expression),
                holds: Some(false),
                had: "false".to_owned(),
            }),
            _ => explanation,
        }
    }

    /// The questions of each attribute, in the order in which they decide, up to the first that refuses.
    fn with_conditions(mut self, need: &Need, reason: Reason, user: &IdentityData, org: Org<'_>) -> Self {
        let mut findings = Vec::new();
        need.find(&mut |rule| {
            each_atom(&rule.condition, true, &mut |atom, is_wanted| {
                let holds = holds(atom, user, org, rule.hierarchy);
                findings.push(Finding {
                    question: if is_wanted { atom.to_string() } else { Condition::not(atom) },
                    holds: holds.map(|holds| holds == is_wanted),
                    had: had(atom, user, org, holds.is_some()),
                });
            });
            let refuses = holds(&rule.condition, user, org, rule.hierarchy) != Some(true);
            (reason == Reason::Condition && refuses).then_some(())
        });
        for finding in findings {
            self = self.with(finding);
        }
        self
    }

    /// Why, in one word.
    pub fn reason(&self) -> Reason {
        self.reason
    }

    /// The attribute that refused, as written.
    pub fn policy(&self) -> Option<&str> {
        self.policy
    }

    /// The file and line of that attribute.
    pub fn place(&self) -> Option<(&str, u32)> {
        self.place
    }

    /// Each question that was asked, with its answer.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }
}

/// The rule that a refusal for this reason comes from.
fn refusing(need: &Need, reason: Reason, user: Option<&IdentityData>, org: Org<'_>) -> Option<Rule> {
    need.find(&mut |rule| {
        let refuses = match reason {
            Reason::NotAMember | Reason::OrgNotNamed => rule.org != super::OrgSource::None,
            Reason::Check => rule.check.is_some(),
            Reason::Condition => {
                user.is_some_and(|user| holds(&rule.condition, user, org, rule.hierarchy) != Some(true))
            }
            _ => true,
        };
        refuses.then_some(*rule)
    })
}

/// Calls `each` for every atom, and says whether its "yes" is what helps: under `!` its "no" does.
fn each_atom<'a>(condition: &'a Condition, is_wanted: bool, each: &mut dyn FnMut(&'a Condition, bool)) {
    match condition {
        Condition::Always => {}
        Condition::All(parts) | Condition::Any(parts) => parts.iter().for_each(|part| each_atom(part, is_wanted, each)),
        Condition::Not(inner) => each_atom(inner, !is_wanted, each),
        atom => each(atom, is_wanted),
    }
}

/// What the caller has of what an atom asks for.
fn had(atom: &Condition, user: &IdentityData, org: Org<'_>, is_known: bool) -> String {
    let subject = user.subject();
    let list = |list: Option<&[String]>| list.map_or_else(|| "unknown".to_owned(), |list| format!("has {list:?}"));
    let flag = |flag: Option<bool>| flag.map_or("unknown", |flag| if flag { "true" } else { "false" }).to_owned();
    match (atom, org) {
        (Condition::RoleAtLeast(_) | Condition::RoleIs(_), Org::Member(member)) => {
            let mut roles: Vec<&str> = member.role().into_iter().collect();
            roles.extend(member.additional_roles().iter().map(String::as_str));
            let roles = match roles.as_slice() {
                [] => return "unknown".to_owned(),
                [role] => format!("has {role:?}"),
                roles => format!("has {roles:?}"),
            };
            match (member.inherited_roles(), atom) {
                (Some(inherited), Condition::RoleAtLeast(_)) if member.structure() == RoleStructure::Single => {
                    format!("{roles}, which includes {inherited:?}")
                }
                _ if !is_known => format!("{roles}, and no order of the two is declared"),
                _ => roles,
            }
        }
        (Condition::RoleAtLeast(_) | Condition::RoleIs(_), _) => "no organisation".to_owned(),
        (Condition::OwnRoleAtLeast(_) | Condition::OwnRoleIs(_), _) => list(subject.strings(subject.roles.as_ref())),
        (Condition::Permission(_), Org::Member(member)) => list(member.permissions()),
        (Condition::Permission(_), _) if subject.members().len() > 1 && subject.active_member().is_none() => {
            format!("{} organisations and none selected", subject.members().len())
        }
        (Condition::Permission(_), _) => {
            let active = subject.active_member().and_then(Member::permissions);
            match (subject.strings(subject.permissions.as_ref()), active) {
                (Some(direct), Some(active)) => format!("has {:?}", [direct, active].concat()),
                (known, None) | (None, known) => list(known),
            }
        }
        (Condition::Scope(_), _) => list(subject.strings(subject.scopes.as_ref())),
        (Condition::Issuer(_), _) => format!("is from {:?}", user.issuer()),
        (Condition::EmailVerified, _) => flag(subject.email_verified),
        (Condition::Impersonated, _) => flag(subject.impersonated),
        (Condition::Always | Condition::All(_) | Condition::Any(_) | Condition::Not(_), _) => String::new(),
    }
}

impl Condition {
    /// `!` before an atom, as an attribute spells it: `!role == "x"` would not parse.
    fn not(inner: &Self) -> String {
        match inner {
            Self::All(_)
            | Self::Any(_)
            | Self::RoleAtLeast(_)
            | Self::RoleIs(_)
            | Self::OwnRoleAtLeast(_)
            | Self::OwnRoleIs(_) => format!("!({inner})"),
            inner => format!("!{inner}"),
        }
    }
}

/// As an attribute spells it.
impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let joined = |f: &mut fmt::Formatter<'_>, parts: &[Condition], operator| {
            parts.iter().enumerate().try_for_each(|(index, part)| {
                let between = if index == 0 { "" } else { operator };
                match part {
                    Self::All(_) | Self::Any(_) => write!(f, "{between}({part})"),
                    _ => write!(f, "{between}{part}"),
                }
            })
        };
        match self {
            Self::Always => Ok(()),
            Self::All(parts) => joined(f, parts, " && "),
            Self::Any(parts) => joined(f, parts, " || "),
            Self::Not(inner) => f.write_str(&Self::not(inner)),
            Self::RoleAtLeast(role) | Self::OwnRoleAtLeast(role) => write!(f, "role >= {role:?}"),
            Self::RoleIs(role) | Self::OwnRoleIs(role) => write!(f, "role == {role:?}"),
            Self::Permission(permission) => write!(f, "permission({permission:?})"),
            Self::Scope(scope) => write!(f, "scope({scope:?})"),
            Self::Issuer(issuer) => write!(f, "issuer({issuer:?})"),
            Self::EmailVerified => f.write_str("email_verified"),
            Self::Impersonated => f.write_str("impersonated"),
        }
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.reason {
            Reason::NoCredentials => f.write_str("no credentials")?,
            Reason::AmbiguousCredentials => f.write_str("more than one token")?,
            Reason::InvalidToken(fault) => write!(f, "token refused: {fault}")?,
            Reason::OrgNotNamed => f.write_str("the organisation is not named exactly once")?,
            Reason::NotAMember => f.write_str("not a member")?,
            Reason::Condition => f.write_str("condition not met")?,
            Reason::Check => f.write_str("check failed")?,
            Reason::KeysUnavailable { .. } => f.write_str("no keys to verify with")?,
            Reason::NoVerifier => f.write_str("no verifier: call `auth_runtime::init` or `guarded_by` first")?,
            Reason::NoGuard => f.write_str("the handler takes a user, but no guard stands before it")?,
            Reason::Nobody => f.write_str("the guard did not compile")?,
        }
        if let Some(policy) = self.policy {
            write!(f, ": #[{policy}]")?;
        }
        if let Some((file, line)) = self.place {
            write!(f, " at {file}:{line}")?;
        }
        for Finding { question, holds, had } in &self.findings {
            let verdict = match holds {
                Some(true) => "ok",
                Some(false) => "FAIL",
                None => "unknown",
            };
            if f.alternate() {
                write!(f, "\n  {verdict:7} {question}: {had}")?;
            } else {
                write!(f, "; {verdict} {question}: {had}")?;
            }
        }
        Ok(())
    }
}
