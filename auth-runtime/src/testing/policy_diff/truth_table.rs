//! Whether one policy admits a user whom another does not: every assignment of answers to their questions is tried.

use std::collections::BTreeSet;

use crate::policy::{Atom, Formula};
use crate::routing::policy::{Clause, Policy, Source};
use crate::testing::evaluation::{admits, atoms, holds, reaches};

/// How many questions can be gone through in a time that a test may take.
const LIMIT: usize = 12;

pub(super) enum Comparison {
    /// Nobody enters now who did not.
    NotMore,
    /// Somebody does; this is who.
    More(String),
    CannotTell,
}

/// A question that a token answers: an atom, with what its answer depends on beside the token.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
struct Question {
    atom: Atom,
    /// The declared order of roles, for a `role >= ".."`.
    order: Vec<String>,
    /// Whether permissions are those in the selected organization.
    in_org: bool,
}

impl Question {
    fn new(policy: &Policy, clause: &Clause, atom: &Atom) -> Self {
        let is_ordered = matches!(atom, Atom::RoleAtLeast(_) | Atom::OwnRoleAtLeast(_));
        Self {
            atom: atom.clone(),
            order: if is_ordered { clause.order.clone() } else { Vec::new() },
            in_org: matches!(atom, Atom::Permission(_)) && *policy.org() != Source::None,
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

/// One way to answer the questions of a group, and in words whose answers these are.
type Assignment = (Answers, String);

pub(super) fn compare(before: &Policy, now: &Policy) -> Comparison {
    if before.clauses() == now.clauses() && before.is_public() == now.is_public() {
        return Comparison::NotMore;
    }
    let mut questions = BTreeSet::new();
    for policy in [before, now] {
        questions.extend(atoms(policy).into_iter().map(|(clause, atom)| Question::new(policy, clause, atom)));
    }
    if questions.len() > LIMIT {
        let same = before.clauses().len() == now.clauses().len()
            && before
                .clauses()
                .iter()
                .zip(now.clauses())
                .all(|(a, b)| a.condition == b.condition && a.order == b.order);
        return if same { Comparison::NotMore } else { Comparison::CannotTell };
    }
    let groups = groups(questions.into_iter().collect());
    let asked: Vec<&Question> = groups.iter().flat_map(|(questions, _)| questions).collect();
    let assignments: Vec<&[Assignment]> = groups.iter().map(|(_, assignments)| assignments.as_slice()).collect();
    let [before, now] = [before, now].map(|policy| Placed::new(policy, &asked));
    let mut example = None;
    each_combination(&assignments, &mut Vec::new(), &mut Vec::new(), &mut |answers, words| {
        let found = now.admits(answers) && !before.admits(answers);
        if found {
            let words: Vec<_> = words.iter().copied().filter(|word| !word.is_empty()).collect();
            example =
                Some(if words.is_empty() { "somebody of whom none of it holds".to_owned() } else { words.join(", ") });
        }
        found
    });
    example.map_or(Comparison::NotMore, Comparison::More)
}

/// A policy whose conditions ask for the answer at a place: found once, and not for each of half a million combinations.
struct Placed<'a> {
    policy: &'a Policy,
    conditions: Vec<Formula<usize>>,
}

impl<'a> Placed<'a> {
    fn new(policy: &'a Policy, asked: &[&Question]) -> Self {
        let place = |clause: &Clause, atom: &Atom| {
            let question = Question::new(policy, clause, atom);
            asked.iter().position(|asked| **asked == question).unwrap_or(usize::MAX)
        };
        let conditions = policy.clauses().iter().map(|clause| placed(&clause.condition, &|atom| place(clause, atom)));
        Self { policy, conditions: conditions.collect() }
    }

    fn admits(&self, answers: &[Option<bool>]) -> bool {
        let answer = |place: &usize| answers.get(*place).copied().flatten();
        admits(self.policy, |index, _| holds(self.conditions.get(index)?, &answer))
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

/// Calls `visit` for each combination, until it says that it has seen enough.
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

/// Questions whose answers hang together, with every way to answer them. What a token cannot say at all is unknown for
/// a whole group; a role that is one of several, or stands above another, answers more than one question.
fn groups(questions: Vec<Question>) -> Vec<(Vec<Question>, Vec<Assignment>)> {
    let mut of: [Vec<Question>; 12] = Default::default();
    for question in questions {
        let group = match question.atom {
            Atom::RoleAtLeast(_) | Atom::RoleIs(_) => 0,
            Atom::OwnRoleAtLeast(_) | Atom::OwnRoleIs(_) => 1,
            Atom::Permission(_) if question.in_org => 2,
            Atom::Permission(_) => 3,
            Atom::Scope(_) => 4,
            Atom::Issuer(_) => 5,
            Atom::EmailVerified => 6,
            Atom::Impersonated => 7,
            Atom::Acr(_) => 8,
            Atom::Amr(_) => 9,
            Atom::AuthAge(_) => 10,
            Atom::Claim(..) => 11,
        };
        if let Some(group) = of.get_mut(group) {
            group.push(question);
        }
    }
    let groups = of.into_iter().enumerate().filter(|(_, questions)| !questions.is_empty());
    let with_assignments = groups.map(|(index, questions)| {
        let assignments = match index {
            0 => org_roles(&questions),
            1 => own_roles(&questions),
            2 | 4 | 9 => together(&questions, true),
            5 => together(&questions, false),
            8 => one_of(&questions),
            10 => logins(&questions),
            _ => apart(&questions),
        };
        (questions, assignments)
    });
    with_assignments.collect()
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

/// Answers from one list: each yes or no, or, where there may be no list, all unknown.
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

/// Answers of which one at most is yes, or all are unknown.
fn one_of(questions: &[Question]) -> Vec<Assignment> {
    let chosen = [None].into_iter().chain(questions.iter().map(Some));
    let mut assignments: Vec<_> = chosen
        .map(|chosen| questions.iter().map(|question| Some(chosen == Some(question))).collect())
        .map(|answers| assignment(questions, answers))
        .collect();
    assignments.push(assignment(questions, vec![None; questions.len()]));
    assignments
}

/// Logins at each age that matters, and one of unknown age. A recent login meets each longer bound too.
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

/// A name that is none of those asked for.
const OTHER: &str = "any other";

/// The names that matter: those asked for and those declared.
fn names(questions: &[Question]) -> Vec<&str> {
    let mut names = BTreeSet::new();
    for question in questions {
        names.insert(question.role());
        names.extend(question.order.iter().map(String::as_str));
    }
    names.into_iter().collect()
}

/// One assignment for each distinct list of answers; the first to give it says who.
fn distinct(found: impl IntoIterator<Item = Assignment>) -> Vec<Assignment> {
    let mut seen = BTreeSet::new();
    found.into_iter().filter(|(answers, _)| seen.insert(answers.clone())).collect()
}

/// The roles of a member: one, with or without the token's own list of those that it includes; several without order;
/// or none that the token states.
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
        // A list that holds a role holds what the declared order puts below it.
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

/// The token's own roles: any number, each of which may answer.
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
    let mut assignments = vec![(vec![Some(false); questions.len()], "no role of its own".to_owned())];
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
    assignments.push((vec![None; questions.len()], "own roles unknown".to_owned()));
    distinct(assignments)
}

#[cfg(test)]
mod tests;
