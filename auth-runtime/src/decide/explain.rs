//! What a decision was made of, in words. For logs and for those who develop against the API, not for clients.

use std::fmt;
use std::mem::{Discriminant, discriminant};
use std::sync::Arc;

use super::denied::{OwnResponse, Responder};
use super::{Condition, Need, Org, OrgSource, Reason, Rule, holds};
use crate::bounded::{Quoted, bounded, list};
use crate::id::{Member, RoleStructure, Seat, Subject};

#[cfg(test)]
mod tests;

/// A refusal, explained: which attribute, where it stands, whom it refused, and each question that was asked up to there.
///
/// `Display` writes it on one line, for logs; `{:#}` with a line for each question, for people. What the caller has is
/// written at the first question that it answers, and not again.
#[derive(Clone, Debug)]
pub struct Explanation {
    reason: Reason,
    /// The attribute that refused, as written.
    policy: Option<&'static str>,
    place: Option<(&'static str, u32)>,
    user: Option<String>,
    issuer: Option<String>,
    org: Option<String>,
    findings: Vec<Finding>,
}

/// One question and its answer.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Finding {
    /// The question, as an attribute spells it, `!` included: it is asked so that "yes" admits.
    pub question: String,
    /// The answer; `None` where the token cannot say.
    pub holds: Option<bool>,
    /// What the caller has: of a list at most 20 names, of a name at most 256 bytes.
    pub had: Arc<str>,
    /// Whether an earlier finding says the same of what the caller has.
    is_repeated: bool,
    topic: Topic,
}

/// What a question is about. Questions about one topic are answered by the same lists.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Topic {
    /// A topic that no other question is about.
    Own,
    Role,
    Permission,
    Scope,
}

impl Finding {
    /// A question that no condition asks, answered "no".
    pub(super) fn failed(question: String, had: &str) -> Self {
        Self::new(question, Some(false), had)
    }

    /// A question that no condition asks, with its answer.
    pub(crate) fn new(question: String, holds: Option<bool>, had: &str) -> Self {
        Self { question, holds, had: had.into(), is_repeated: false, topic: Topic::Own }
    }
}

impl Explanation {
    pub(super) fn new(reason: Reason, user: Option<&Subject>, issuer: Option<&str>, org: Option<&str>) -> Self {
        let text = |text: &str| bounded(text).into_owned();
        Self {
            reason,
            policy: None,
            place: None,
            user: user.map(|user| text(user.id())),
            // Empty under an issuer whose tokens carry none.
            issuer: user.map(Subject::issuer).or(issuer).filter(|issuer| !issuer.is_empty()).map(text),
            org: org.map(text),
            findings: Vec::new(),
        }
    }

    #[must_use]
    pub(super) fn with(mut self, mut finding: Finding) -> Self {
        if !self.findings.iter().any(|known| known.question == finding.question) {
            let is_same = |known: &Finding| known.topic == finding.topic && known.had == finding.had;
            finding.is_repeated = finding.topic != Topic::Own && self.findings.iter().any(is_same);
            self.findings.push(finding);
        }
        self
    }

    /// Adds what a guard asked.
    #[must_use]
    pub(super) fn with_guard(
        mut self,
        need: &Need,
        user: Option<&Subject>,
        org: Option<&str>,
        response: Option<OwnResponse>,
    ) -> Self {
        #[cfg(test)]
        tests::COMPUTED.with(|computed| computed.set(computed.get() + 1));
        let selected = match (org, org.and_then(|id| user?.member(id))) {
            (None, _) => Org::NotSelected,
            (Some(_), Some(member)) => Org::Member(member),
            (Some(_), None) => Org::NotMember,
        };
        let Some(refusing) = refusing(need, self.reason, user, selected) else { return self };
        self.policy = Some(refusing.text);
        self.place = Some((refusing.file, refusing.line));
        if let Some(user) = user {
            self = self.with_user(need, user, org, selected);
        }
        match (self.reason, refusing.check) {
            (Reason::OrgNotNamed, _) if refusing.org != OrgSource::None => {
                let had = response.map_or_else(|| "missing, repeated or unreadable".to_owned(), answered);
                self.with(Finding::failed(format!("from = {}", refusing.org), &had))
            }
            (Reason::Check, Some(check)) => {
                let had = response.map_or_else(|| "false".to_owned(), answered);
                self.with(Finding::failed(format!("check = {}", check.expression), &had))
            }
            _ => self,
        }
    }

    fn with_user(mut self, need: &Need, user: &Subject, org: Option<&str>, selected: Org<'_>) -> Self {
        if let Some(id) = org {
            let is_member = matches!(selected, Org::Member(_));
            let had = if is_member { "a member" } else { "not a member" };
            let member = Finding::failed(format!("member of {}", Quoted(id)), had);
            self = self.with(Finding { holds: Some(is_member), ..member });
        }
        if matches!(self.reason, Reason::Condition | Reason::Check) {
            self = self.with_conditions(need, user, selected);
        }
        self
    }

    /// The questions of each attribute, in the order in which they decide, up to the first that refuses.
    fn with_conditions(mut self, need: &Need, user: &Subject, org: Org<'_>) -> Self {
        let is_last_refusing = self.reason == Reason::Condition;
        let mut findings = Vec::new();
        // What the caller has does not depend on the name that is asked for, so a list is written once for all.
        let mut known: Vec<(Discriminant<Condition>, bool, Arc<str>)> = Vec::new();
        need.find(&mut |rule| {
            each_atom(&rule.condition, true, &mut |atom, is_wanted| {
                let holds = holds(atom, user, org, rule.hierarchy);
                let key = (discriminant(atom), holds.is_some());
                let had = known.iter().find(|(atom, is_known, _)| (*atom, *is_known) == key);
                let had = had.map(|(_, _, had)| Arc::clone(had)).unwrap_or_else(|| {
                    let had: Arc<str> = had_of(atom, user, org, holds.is_some()).into();
                    known.push((key.0, key.1, Arc::clone(&had)));
                    had
                });
                findings.push(Finding {
                    question: if is_wanted { atom.to_string() } else { Condition::not(atom) },
                    holds: holds.map(|holds| holds == is_wanted),
                    had,
                    is_repeated: false,
                    topic: topic(atom),
                });
            });
            let refuses = holds(&rule.condition, user, org, rule.hierarchy) != Some(true);
            (is_last_refusing && refuses).then_some(())
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

    /// The id of the user who was refused, where one was verified; at most 256 bytes.
    pub fn user(&self) -> Option<&str> {
        self.user.as_deref()
    }

    /// The `iss` that the token was verified for; at most 256 bytes.
    pub fn issuer(&self) -> Option<&str> {
        self.issuer.as_deref()
    }

    /// The id of the organization that a verified user asked for; at most 256 bytes.
    pub fn org(&self) -> Option<&str> {
        self.org.as_deref()
    }

    /// Each question that was asked, with its answer.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }
}

/// The rule that a refusal for this reason comes from.
fn refusing(need: &Need, reason: Reason, user: Option<&Subject>, org: Org<'_>) -> Option<Rule> {
    need.find(&mut |rule| {
        let refuses = match reason {
            Reason::NotAMember | Reason::OrgNotNamed => rule.org != OrgSource::None,
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

/// How the application answered in the guard's place.
fn answered(response: OwnResponse) -> String {
    let who = match response.by {
        Responder::Check => "answered",
        Responder::Extractor => "an argument's extractor answered",
    };
    format!("{who} {}", response.status.as_u16())
}

fn topic(atom: &Condition) -> Topic {
    match atom {
        Condition::RoleAtLeast(_) | Condition::RoleIs(_) | Condition::OwnRoleAtLeast(_) | Condition::OwnRoleIs(_) => {
            Topic::Role
        }
        Condition::Permission(_) => Topic::Permission,
        Condition::Scope(_) => Topic::Scope,
        _ => Topic::Own,
    }
}

/// What the caller has of what an atom asks for.
fn had_of(atom: &Condition, user: &Subject, org: Org<'_>, is_known: bool) -> String {
    let flag = |flag: Option<bool>| flag.map_or("unknown", |flag| if flag { "true" } else { "false" }).to_owned();
    match (atom, org) {
        (Condition::RoleAtLeast(_), Org::Member(member)) => reached_roles(member, is_known),
        (Condition::RoleIs(_), Org::Member(member)) => roles(member),
        (Condition::RoleAtLeast(_) | Condition::RoleIs(_), _) => "no organization".to_owned(),
        (Condition::OwnRoleAtLeast(_) | Condition::OwnRoleIs(_), _) => has(user.names(user.roles.as_ref())),
        (Condition::Permission(_), Org::Member(member)) => has(member.names(permissions)),
        (Condition::Permission(_), _) if user.members().len() > 1 && user.active_member().is_none() => {
            format!("{} organizations and none selected", user.members().len())
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
        (Condition::EmailVerified, _) => flag(user.email_verified),
        (Condition::Impersonated, _) => flag(user.impersonated),
        (Condition::Always | Condition::All(_) | Condition::Any(_) | Condition::Not(_), _) => String::new(),
    }
}

fn has<'a>(names: Option<impl Iterator<Item = &'a str>>) -> String {
    names.map_or_else(|| "unknown".to_owned(), |names| format!("has {}", list(names)))
}

fn permissions(seat: &Seat) -> Option<&crate::id::List> {
    seat.permissions.as_ref()
}

/// The assigned roles.
fn roles(member: Member<'_>) -> String {
    let mut additional = member.names(|seat| Some(&seat.additional_roles)).into_iter().flatten().peekable();
    match (member.role(), additional.peek()) {
        (None, None) => "unknown".to_owned(),
        (Some(role), None) => format!("has {}", Quoted(role)),
        (role, Some(_)) => format!("has {}", list(role.into_iter().chain(additional))),
    }
}

/// The assigned roles, and what places them in an order.
fn reached_roles(member: Member<'_>, is_known: bool) -> String {
    let roles = roles(member);
    match member.names(|seat| seat.inherited_roles.as_ref()) {
        Some(inherited) if member.structure() == RoleStructure::Single && member.role().is_some() => {
            format!("{roles}, which includes {}", list(inherited))
        }
        _ if !is_known && member.role().is_some() => format!("{roles}, and no order of the two is declared"),
        _ => roles,
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
        self.reason.fmt(f)?;
        if let Some(policy) = self.policy {
            write!(f, ": #[{policy}]")?;
        }
        if let Some((file, line)) = self.place {
            write!(f, " at {file}:{line}")?;
        }
        for finding in &self.findings {
            if f.alternate() {
                write!(f, "\n  {finding:#}")?;
            } else {
                write!(f, "; {finding}")?;
            }
        }
        Ok(())
    }
}

/// The answer, the question, and what the caller has unless an earlier finding of the same explanation says it.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let answer = match self.holds {
            Some(true) => "ok",
            Some(false) => "FAIL",
            None => "unknown",
        };
        let width = if f.alternate() { 7 } else { 0 };
        write!(f, "{answer:width$} {}", self.question)?;
        if self.is_repeated { Ok(()) } else { write!(f, ": {}", self.had) }
    }
}
