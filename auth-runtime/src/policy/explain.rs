//! Explains a decision in words: for logs and API developers, not for clients.

use std::fmt;
use std::mem::{Discriminant, discriminant};
use std::sync::Arc;

use http::StatusCode;

use super::decide::{Moment, Org, holds};
use super::formula::Formula;
use super::need::{Condition, Need, Rule};
use super::reason::DenialReason;
use crate::bounded::{Quoted, bounded};
use crate::id::Subject;
use held::had_of;

mod held;
#[cfg(test)]
mod tests;

/// The explanation of a refusal: the attribute and its location, the refused user, and every question that was
/// evaluated.
///
/// `Display` writes it on one line, for logs. `{:#}` writes each question on its own line. If several questions are
/// about the same list of the caller, the list is written only at the first one.
#[derive(Clone, Debug)]
pub struct Explanation {
    reason: DenialReason,
    /// The attribute that refused, as written.
    policy: Option<&'static str>,
    /// The name of its policy, if it has one.
    name: Option<&'static str>,
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
    /// The question as an attribute writes it, including `!`. "Yes" admits the request.
    pub question: String,
    /// The answer; `None` if the token cannot say.
    pub holds: Option<bool>,
    /// What the caller has: at most 20 names of a list, at most 256 bytes of a name.
    pub had: Arc<str>,
    /// The number of bytes of `had` that an earlier finding has printed.
    told: usize,
    topic: Topic,
}

/// What a question is about. The same lists of the caller answer all questions about one topic.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Topic {
    /// No other question is about this topic.
    Own,
    Role,
    Permission,
    Scope,
}

/// A response that the application made during a guard's evaluation, which refused the request.
#[derive(Clone, Copy)]
pub(crate) struct OwnResponse {
    pub(crate) by: Responder,
    pub(crate) status: StatusCode,
}

/// The part of the application that made the response.
#[derive(Clone, Copy)]
pub(crate) enum Responder {
    /// The `Err` of a `check`.
    Check,
    /// The `Err` of a `load`.
    Load,
    /// The extractor of an argument that `from`, `load` or `check` uses.
    Extractor,
}

impl Finding {
    /// A question outside a condition, answered "no".
    pub(super) fn failed(question: String, had: &str) -> Self {
        Self::new(question, Some(false), had)
    }

    /// A question outside a condition, with its answer.
    pub(crate) fn new(question: String, holds: Option<bool>, had: &str) -> Self {
        Self { question, holds, had: had.into(), told: 0, topic: Topic::Own }
    }

    /// The length of the part of `later.had` that this finding contains already. One of two such texts can begin with
    /// the other, such as `has "Admin"` and `has "Admin", which includes ["Member"]`.
    fn tells_of(&self, later: &Self) -> usize {
        let is_known = self.topic == later.topic && self.topic != Topic::Own;
        if !is_known {
            0
        } else if self.had.starts_with(&*later.had) {
            later.had.len()
        } else if later.had.starts_with(&*self.had) {
            self.had.len()
        } else {
            0
        }
    }
}

impl Explanation {
    pub(super) fn new(reason: DenialReason, user: Option<&Subject>, issuer: Option<&str>, org: Option<&str>) -> Self {
        let text = |text: &str| bounded(text).into_owned();
        Self {
            reason,
            policy: None,
            name: None,
            place: None,
            user: user.map(|user| text(user.id())),
            // Empty if the issuer's tokens have no `iss`.
            issuer: user.map(Subject::issuer).or(issuer).filter(|issuer| !issuer.is_empty()).map(text),
            org: org.map(text),
            findings: Vec::new(),
        }
    }

    #[must_use]
    pub(super) fn with(mut self, mut finding: Finding) -> Self {
        if !self.findings.iter().any(|known| known.question == finding.question) {
            let told = self.findings.iter().map(|known| known.tells_of(&finding));
            finding.told = told.max().unwrap_or_default();
            self.findings.push(finding);
        }
        self
    }

    /// Adds the questions of a guard.
    #[must_use]
    pub(super) fn with_guard(
        mut self,
        need: &Need,
        user: Option<&Subject>,
        org: Option<&str>,
        response: Option<OwnResponse>,
        now: u64,
    ) -> Self {
        let moment = Moment::at(now);
        #[cfg(test)]
        tests::COMPUTED.with(|computed| computed.set(computed.get() + 1));
        let selected = match (org, org.and_then(|id| user?.member(id))) {
            (None, _) => Org::NotSelected,
            (Some(_), Some(member)) => Org::Member(member),
            (Some(_), None) => Org::NotMember,
        };
        let Some((position, refusing)) = refusing(need, self.reason, user, selected, moment) else { return self };
        self.policy = Some(refusing.text);
        self.name = need.name();
        self.place = Some((refusing.file, refusing.line));
        if let Some(user) = user {
            // The `check` runs after all conditions were true, so all of them are listed.
            let asked = if matches!(self.reason, DenialReason::Condition | DenialReason::StepUp) {
                position + 1
            } else {
                usize::MAX
            };
            self = self.with_user(need, user, org, selected, asked, moment);
        }
        let (question, otherwise) = match (self.reason, refusing.settings.load, refusing.settings.check) {
            (DenialReason::OrgNotNamed, ..) if refusing.org.selects() => {
                (format!("from = {}", refusing.org), "missing, repeated or unreadable")
            }
            (DenialReason::Check, _, Some(check)) => (format!("check = {}", check.text), "false"),
            (DenialReason::Load | DenialReason::Check, Some(load), _) => (format!("load = {}", load.text), "nothing"),
            _ => return self,
        };
        let had = response.map_or_else(|| otherwise.to_owned(), answered);
        self.with(Finding::failed(question, &had))
    }

    fn with_user(
        mut self,
        need: &Need,
        user: &Subject,
        org: Option<&str>,
        selected: Org<'_>,
        asked: usize,
        moment: Moment,
    ) -> Self {
        if let Some(id) = org {
            let is_member = matches!(selected, Org::Member(_));
            self = self.with(if id.is_empty() && !is_member {
                // For example, a directory says nothing about an active organization.
                Finding::failed("member of an organization".to_owned(), "the request selects none")
            } else {
                let had = if is_member { "a member" } else { "not a member" };
                Finding::new(format!("member of {}", Quoted(id)), Some(is_member), had)
            });
        }
        if matches!(
            self.reason,
            DenialReason::Condition | DenialReason::StepUp | DenialReason::Load | DenialReason::Check
        ) {
            self = self.with_conditions(need, user, selected, asked, moment);
        }
        self
    }

    /// Adds the questions of the first `asked` attributes, in the order in which they decide.
    fn with_conditions(mut self, need: &Need, user: &Subject, org: Org<'_>, mut asked: usize, moment: Moment) -> Self {
        let mut findings = Vec::new();
        // What the caller has does not depend on the name in the question, so a list is written once for all questions.
        let mut known: Vec<(Discriminant<Condition>, bool, Arc<str>)> = Vec::new();
        need.find(&mut |rule| {
            each_atom(&rule.condition, true, &mut |atom, is_wanted| {
                let holds = holds(atom, user, org, rule.hierarchy, moment);
                let key = (discriminant(atom), holds.is_some());
                let had = known.iter().find(|(atom, is_known, _)| (*atom, *is_known) == key);
                let had = if let Some((_, _, had)) = had {
                    Arc::clone(had)
                } else {
                    let had: Arc<str> = had_of(atom, user, org, holds.is_some()).into();
                    known.push((key.0, key.1, Arc::clone(&had)));
                    had
                };
                findings.push(Finding {
                    question: question(atom, is_wanted),
                    holds: holds.map(|holds| holds == is_wanted),
                    had,
                    told: 0,
                    topic: topic(atom),
                });
            });
            asked -= 1;
            (asked == 0).then_some(())
        });
        for finding in findings {
            self = self.with(finding);
        }
        self
    }

    /// The reason as an enum.
    pub fn reason(&self) -> DenialReason {
        self.reason
    }

    /// The attribute that refused, as written.
    pub fn policy(&self) -> Option<&str> {
        self.policy
    }

    /// The name of the policy with that attribute, if the attribute is on a struct.
    pub fn policy_name(&self) -> Option<&str> {
        self.name
    }

    /// The file and line of that attribute.
    pub fn place(&self) -> Option<(&str, u32)> {
        self.place
    }

    /// The id of the refused user, if one was verified; at most 256 bytes.
    pub fn user(&self) -> Option<&str> {
        self.user.as_deref()
    }

    /// The `iss` that the token was verified for; at most 256 bytes.
    pub fn issuer(&self) -> Option<&str> {
        self.issuer.as_deref()
    }

    /// The id of the selected organization, if a user was verified; at most 256 bytes.
    pub fn org(&self) -> Option<&str> {
        self.org.as_deref()
    }

    /// Each evaluated question with its answer.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }
}

/// The rule that refused for this reason, and its position among the rules.
fn refusing(
    need: &Need,
    reason: DenialReason,
    user: Option<&Subject>,
    org: Org<'_>,
    moment: Moment,
) -> Option<(usize, Rule)> {
    let mut before = 0;
    need.find(&mut |rule| {
        let refuses = match reason {
            DenialReason::NotAMember | DenialReason::OrgNotNamed => rule.org.selects(),
            DenialReason::Load => rule.settings.load.is_some(),
            DenialReason::Check => rule.settings.check.is_some() || !need.any(|rule| rule.settings.check.is_some()),
            DenialReason::Condition | DenialReason::StepUp => {
                user.is_some_and(|user| holds(&rule.condition, user, org, rule.hierarchy, moment) != Some(true))
            }
            _ => true,
        };
        before += usize::from(!refuses);
        refuses.then_some((before, *rule))
    })
}

/// Calls `each` for every atom with the answer that admits: "yes", or "no" under `!`.
fn each_atom<'a>(condition: &'a Condition, is_wanted: bool, each: &mut dyn FnMut(&'a Condition, bool)) {
    match condition {
        Condition::Always => {}
        Condition::All(parts) | Condition::Any(parts) => parts.iter().for_each(|part| each_atom(part, is_wanted, each)),
        Condition::Not(inner) => each_atom(inner, !is_wanted, each),
        atom => each(atom, is_wanted),
    }
}

/// The question as an attribute writes it.
fn question(atom: &Condition, is_wanted: bool) -> String {
    let atom = Formula::from(atom);
    if is_wanted { atom.to_string() } else { Formula::Not(Box::new(atom)).to_string() }
}

/// Describes the application's own response.
fn answered(response: OwnResponse) -> String {
    let who = match response.by {
        Responder::Check | Responder::Load => "answered",
        Responder::Extractor => "an argument's extractor responded",
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

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.reason.fmt(f)?;
        if let Some(name) = self.name {
            write!(f, ": {name}")?;
        }
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

/// Prints the answer, the question, and what the caller has, without the part that an earlier finding has printed.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let answer = match self.holds {
            Some(true) => "ok",
            Some(false) => "FAIL",
            None => "unknown",
        };
        let width = if f.alternate() { 7 } else { 0 };
        write!(f, "{answer:width$} {}", self.question)?;
        let untold = self.had.get(self.told..).unwrap_or_default();
        if untold.is_empty() { Ok(()) } else { write!(f, ": {}", untold.strip_prefix(", ").unwrap_or(untold)) }
    }
}
