//! Whether one policy admits a user that another one refuses. Every combination of answers to their questions is tried.

use std::collections::{BTreeMap, BTreeSet};

use crate::policy::{Atom, Formula};
use crate::routing::policy::{Clause, OrgSelector, Part, Policy};
use crate::testing::evaluation::{admits, atoms, clauses, holds, reaches};

/// The maximum number of questions. More would take too long for a test.
const LIMIT: usize = 12;

pub(super) enum Comparison {
    /// No additional caller is admitted.
    NotMore,
    /// An additional caller is admitted: this one.
    More(String),
    CannotTell,
}

/// How to match the organizations of two sets of policies.
#[derive(Clone, Copy)]
enum Orgs {
    /// Each set has one policy. A change of its organization is reported separately.
    One,
    /// Policies decide about the same organization if they have the same source.
    BySource,
}

/// A question that a token answers: an atom, and what else its answer depends on.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
struct Question {
    atom: Atom,
    /// The declared order of roles, for `role >= ".."`.
    order: Vec<String>,
    /// The organization that the question is about, if one is selected.
    org: Option<String>,
}

impl Question {
    fn new(part: &Part, clause: &Clause, atom: &Atom, orgs: Orgs) -> Self {
        let is_ordered = matches!(atom, Atom::RoleAtLeast(_) | Atom::OwnRoleAtLeast(_));
        let is_of_org = matches!(atom, Atom::RoleAtLeast(_) | Atom::RoleIs(_) | Atom::Permission(_));
        let org = match orgs {
            Orgs::One => String::new(),
            Orgs::BySource => format!("{:?}", part.org()),
        };
        Self {
            atom: atom.clone(),
            order: if is_ordered { clause.order.clone() } else { Vec::new() },
            org: (is_of_org && *part.org() != OrgSelector::None).then_some(org),
        }
    }

    fn role(&self) -> &str {
        match &self.atom {
            Atom::RoleAtLeast(role) | Atom::RoleIs(role) | Atom::OwnRoleAtLeast(role) | Atom::OwnRoleIs(role) => role,
            _ => "",
        }
    }

    fn is_ordered(&self) -> bool {
        matches!(self.atom, Atom::RoleAtLeast(_) | Atom::OwnRoleAtLeast(_))
    }
}

type Answers = Vec<Option<bool>>;

/// One way to answer the questions of a group, and a description of the caller.
type Assignment = (Answers, String);

pub(super) fn compare(before: &Policy, now: &Policy) -> Comparison {
    let is_same = || clauses(before).map(|(_, clause)| clause).eq(clauses(now).map(|(_, clause)| clause));
    if before.is_public() == now.is_public() && before.parts().len() == now.parts().len() && is_same() {
        return Comparison::NotMore;
    }
    let is_single = |policy: &Policy| policy.parts().len() <= 1;
    let orgs = if is_single(before) && is_single(now) { Orgs::One } else { Orgs::BySource };
    let mut questions = BTreeSet::new();
    for policy in [before, now] {
        let asked = atoms(policy).into_iter();
        questions.extend(asked.map(|(part, clause, atom)| Question::new(part, clause, atom, orgs)));
    }
    if questions.len() > LIMIT {
        let conditions = |policy| clauses(policy).map(|(_, clause)| (&clause.condition, &clause.order));
        let same = conditions(before).eq(conditions(now));
        return if same { Comparison::NotMore } else { Comparison::CannotTell };
    }
    let groups = groups(questions.into_iter().collect());
    let asked: Vec<&Question> = groups.iter().flat_map(|(questions, _)| questions).collect();
    let assignments: Vec<&[Assignment]> = groups.iter().map(|(_, assignments)| assignments.as_slice()).collect();
    let [before, now] = [before, now].map(|policy| Placed::new(policy, &asked, orgs));
    let mut example = None;
    each_combination(&assignments, &mut Vec::new(), &mut Vec::new(), &mut |answers, words| {
        let found = now.admits(answers) && !before.admits(answers);
        if found {
            let words: Vec<_> = words.iter().copied().filter(|word| !word.is_empty()).collect();
            example = Some(if words.is_empty() {
                "a caller for whom all of it is false".to_owned()
            } else {
                words.join(", ")
            });
        }
        found
    });
    example.map_or(Comparison::NotMore, Comparison::More)
}

/// A policy whose conditions refer to answers by position. It is computed once, and not for each of half a million
/// combinations.
struct Placed<'a> {
    policy: &'a Policy,
    conditions: Vec<Formula<usize>>,
}

impl<'a> Placed<'a> {
    fn new(policy: &'a Policy, asked: &[&Question], orgs: Orgs) -> Self {
        let place = |part: &Part, clause: &Clause, atom: &Atom| {
            let question = Question::new(part, clause, atom, orgs);
            asked.iter().position(|asked| **asked == question).unwrap_or(usize::MAX)
        };
        let conditions =
            clauses(policy).map(|(part, clause)| placed(&clause.condition, &|atom| place(part, clause, atom)));
        Self { policy, conditions: conditions.collect() }
    }

    fn admits(&self, answers: &[Option<bool>]) -> bool {
        let answer = |place: &usize| answers.get(*place).copied().flatten();
        admits(self.policy, |index, _, _| holds(self.conditions.get(index)?, &answer))
    }
}

fn placed(condition: &Formula, place: &dyn Fn(&Atom) -> usize) -> Formula<usize> {
    let all = |parts: &[Formula]| parts.iter().map(|part| placed(part, place)).collect();
    match condition {
        Formula::Always => Formula::Always,
        Formula::All(parts) => Formula::All(all(parts)),
        Formula::Any(parts) => Formula::Any(all(parts)),
        Formula::Not(inner) => Formula::Not(Box::new(placed(inner, place))),
        Formula::Atom(atom) => Formula::Atom(place(atom)),
    }
}

type Visit<'v, 'a> = dyn FnMut(&[Option<bool>], &[&'a str]) -> bool + 'v;

/// Calls `visit` for each combination, until it returns that it has seen enough.
fn each_combination<'a>(
    assignments: &[&'a [Assignment]],
    answers: &mut Answers,
    words: &mut Vec<&'a str>,
    visit: &mut Visit<'_, 'a>,
) -> bool {
    let Some((first, rest)) = assignments.split_first() else { return visit(answers, words) };
    let before = answers.len();
    for (more, word) in *first {
        answers.extend(more);
        words.push(word);
        if each_combination(rest, answers, words, visit) {
            return true;
        }
        words.pop();
        answers.truncate(before);
    }
    false
}

/// Questions whose answers depend on each other, with every way to answer them. If a token cannot say something, the
/// whole group is unknown. One role can answer several questions, because it is above other roles.
fn groups(questions: Vec<Question>) -> Vec<(Vec<Question>, Vec<Assignment>)> {
    let mut groups = BTreeMap::<_, Vec<Question>>::new();
    for question in questions {
        groups.entry((Topic::of(&question), question.org.clone())).or_default().push(question);
    }
    let with_assignments = groups.into_iter().map(|((topic, _), questions)| {
        let assignments = match topic {
            Topic::OrgRole => org_roles(&questions),
            Topic::OwnRole => own_roles(&questions),
            Topic::OrgPermission | Topic::Scope | Topic::Amr => together(&questions, true),
            Topic::Issuer => together(&questions, false),
            Topic::Acr => one_of(&questions),
            Topic::AuthAge => logins(&questions),
            Topic::OwnPermission | Topic::EmailVerified | Topic::Impersonated | Topic::Claim => apart(&questions),
        };
        (questions, assignments)
    });
    with_assignments.collect()
}

/// What a question is about. The answers to questions about one topic, in one organization, depend on each other.
#[derive(Clone, Copy, Eq, Ord, PartialEq, PartialOrd)]
enum Topic {
    OrgRole,
    OwnRole,
    OrgPermission,
    OwnPermission,
    Scope,
    Issuer,
    EmailVerified,
    Impersonated,
    Acr,
    Amr,
    AuthAge,
    Claim,
}

impl Topic {
    fn of(question: &Question) -> Self {
        match question.atom {
            Atom::RoleAtLeast(_) | Atom::RoleIs(_) => Self::OrgRole,
            Atom::OwnRoleAtLeast(_) | Atom::OwnRoleIs(_) => Self::OwnRole,
            Atom::Permission(_) if question.org.is_some() => Self::OrgPermission,
            Atom::Permission(_) => Self::OwnPermission,
            Atom::Scope(_) => Self::Scope,
            Atom::Issuer(_) => Self::Issuer,
            Atom::EmailVerified => Self::EmailVerified,
            Atom::Impersonated => Self::Impersonated,
            Atom::Acr(_) => Self::Acr,
            Atom::Amr(_) => Self::Amr,
            Atom::AuthAge(_) => Self::AuthAge,
            Atom::Claim(..) => Self::Claim,
        }
    }
}

fn word(question: &Question, answer: Option<bool>) -> Option<String> {
    match answer {
        Some(true) => Some(question.atom.to_string()),
        Some(false) => None,
        None => Some(format!("{} unknown", question.atom)),
    }
}

fn assignment(questions: &[Question], answers: Answers) -> Assignment {
    let words: Vec<_> =
        questions.iter().zip(&answers).filter_map(|(question, answer)| word(question, *answer)).collect();
    (answers, words.join(", "))
}

/// Every subset of `of`, the empty one first.
fn subsets<T: Clone>(of: &[T]) -> Vec<Vec<T>> {
    of.iter().fold(vec![Vec::new()], |mut sets, item| {
        let with: Vec<_> = sets.iter().map(|set| [set.as_slice(), std::slice::from_ref(item)].concat()).collect();
        sets.extend(with);
        sets
    })
}

/// Answers from one list: each is yes or no. If the list may be absent, they can also all be unknown.
fn together(questions: &[Question], may_be_unknown: bool) -> Vec<Assignment> {
    let mut assignments: Vec<_> = subsets(questions)
        .into_iter()
        .map(|held| assignment(questions, questions.iter().map(|question| Some(held.contains(question))).collect()))
        .collect();
    if may_be_unknown {
        assignments.push(assignment(questions, vec![None; questions.len()]));
    }
    assignments
}

/// Answers of which at most one is yes, or all are unknown.
fn one_of(questions: &[Question]) -> Vec<Assignment> {
    let chosen = [None].into_iter().chain(questions.iter().map(Some));
    let mut assignments: Vec<_> = chosen
        .map(|chosen| questions.iter().map(|question| Some(chosen == Some(question))).collect())
        .map(|answers| assignment(questions, answers))
        .collect();
    assignments.push(assignment(questions, vec![None; questions.len()]));
    assignments
}

/// Logins at each age that matters, and one of unknown age. A recent login also meets every longer `auth_age`.
fn logins(questions: &[Question]) -> Vec<Assignment> {
    let bound = |question: &Question| if let Atom::AuthAge(seconds) = question.atom { seconds } else { 0 };
    let ages = questions.iter().map(|question| Some(bound(question))).chain([None]);
    let known = ages.map(|age| {
        let answers = questions.iter().map(|question| Some(age.is_some_and(|age| age <= bound(question))));
        assignment(questions, answers.collect())
    });
    distinct(known.chain([assignment(questions, vec![None; questions.len()])]))
}

/// Answers that do not depend on each other.
fn apart(questions: &[Question]) -> Vec<Assignment> {
    let combinations = questions.iter().fold(vec![Vec::new()], |known: Vec<Answers>, _| {
        let each = known
            .iter()
            .flat_map(|answers| [Some(false), Some(true), None].map(|answer| [answers.as_slice(), &[answer]].concat()));
        each.collect()
    });
    combinations.into_iter().map(|answers| assignment(questions, answers)).collect()
}

/// A name that no question uses.
const OTHER: &str = "any other";

/// The names that matter: those in questions and the declared ones.
fn names(questions: &[Question]) -> Vec<&str> {
    let mut names = BTreeSet::new();
    for question in questions {
        names.insert(question.role());
        names.extend(question.order.iter().map(String::as_str));
    }
    names.into_iter().collect()
}

/// One assignment for each distinct list of answers, with the description of the first caller who has them.
fn distinct(found: impl IntoIterator<Item = Assignment>) -> Vec<Assignment> {
    let mut seen = BTreeSet::new();
    found.into_iter().filter(|(answers, _)| seen.insert(answers.clone())).collect()
}

/// The roles of a member: one role, with or without the token's list of inherited roles; several roles without order;
/// or no stated role.
fn org_roles(questions: &[Question]) -> Vec<Assignment> {
    let names = names(questions);
    let mut assignments = Vec::new();
    for assigned in names.iter().copied().chain([OTHER]) {
        let answers = questions.iter().map(|question| {
            if question.is_ordered() {
                reaches(assigned, question.role(), &question.order)
            } else {
                Some(assigned == question.role())
            }
        });
        assignments.push((answers.collect(), format!("role {assigned:?}")));
    }
    let mut asked: Vec<&str> = questions.iter().map(Question::role).collect();
    asked.sort_unstable();
    asked.dedup();
    let orders: BTreeSet<_> = questions.iter().filter(|question| question.is_ordered()).map(|q| &q.order).collect();
    let order = orders.first().filter(|_| orders.len() == 1);
    for held in subsets(&asked) {
        let answers = questions.iter().map(|question| Some(held.contains(&question.role())));
        assignments.push((answers.collect(), format!("several roles, of them {held:?}")));
        // A list that contains a role contains all roles that the declared order puts below it.
        let is_closed = order.is_none_or(|order| {
            held.iter()
                .all(|role| asked.iter().all(|other| held.contains(other) || reaches(role, other, order) != Some(true)))
        });
        if !is_closed {
            continue;
        }
        for assigned in held.iter().copied().chain([OTHER]) {
            let answers = questions.iter().map(|question| {
                let is_asked = question.is_ordered();
                Some(if is_asked { held.contains(&question.role()) } else { assigned == question.role() })
            });
            assignments.push((answers.collect(), format!("role {assigned:?}, which the token says includes {held:?}")));
        }
    }
    assignments.push((vec![None; questions.len()], "a role that the token does not state".to_owned()));
    distinct(assignments)
}

/// The token's roles outside organizations: any number of them, and each may match.
fn own_roles(questions: &[Question]) -> Vec<Assignment> {
    let single = names(questions).into_iter().chain([OTHER]).map(|role| {
        let answers = questions.iter().map(|question| {
            if question.is_ordered() {
                reaches(role, question.role(), &question.order)
            } else {
                Some(role == question.role())
            }
        });
        (answers.collect::<Answers>(), role)
    });
    let mut assignments = vec![(vec![Some(false); questions.len()], "no role outside organizations".to_owned())];
    let mut seen = BTreeSet::from([vec![Some(false); questions.len()]]);
    for (answers, role) in single {
        for (known, word) in assignments.clone() {
            let joined: Answers = known
                .iter()
                .zip(&answers)
                .map(|pair| match pair {
                    (Some(true), _) | (_, Some(true)) => Some(true),
                    (None, _) | (_, None) => None,
                    _ => Some(false),
                })
                .collect();
            if seen.insert(joined.clone()) {
                let word =
                    if word.starts_with("no ") { format!("own role {role:?}") } else { format!("{word} and {role:?}") };
                assignments.push((joined, word));
            }
        }
    }
    assignments.push((vec![None; questions.len()], "roles outside organizations unknown".to_owned()));
    distinct(assignments)
}

#[cfg(test)]
mod tests;
