//! Whether one condition admits somebody whom another does not: by going through everybody.

use std::collections::BTreeSet;

use super::policy::{Atom, Clause, Policy, Source};

/// So many questions can be gone through; with more, nobody waits for the answer.
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

/// One way to answer the questions of a group, and in words who answers so.
type Way = (Answers, String);

pub(super) fn compare(before: &Policy, now: &Policy) -> Comparison {
    if before.clauses() == now.clauses() && before.is_public() == now.is_public() {
        return Comparison::NotMore;
    }
    let mut questions = BTreeSet::new();
    for policy in [before, now] {
        questions.extend(policy.atoms().into_iter().map(|(clause, atom)| Question::new(policy, clause, atom)));
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
    let ways: Vec<&[Way]> = groups.iter().map(|(_, ways)| ways.as_slice()).collect();
    // Each atom's place among the answers, found once and not for each of half a million worlds.
    let mut places = Vec::new();
    for policy in [before, now] {
        for (clause, atom) in policy.atoms() {
            let question = Question::new(policy, clause, atom);
            let place = asked.iter().position(|asked| **asked == question);
            places.extend(place.map(|place| (std::ptr::from_ref(atom), place)));
        }
    }
    let admits = |policy: &Policy, answers: &[Option<bool>]| {
        policy.holds(&|_, atom| {
            let (_, place) = places.iter().find(|(known, _)| std::ptr::eq(*known, atom))?;
            answers.get(*place).copied().flatten()
        }) == Some(true)
    };
    let mut example = None;
    each_world(&ways, &mut Vec::new(), &mut Vec::new(), &mut |answers, words| {
        let found = admits(now, answers) && !admits(before, answers);
        if found {
            let words: Vec<_> = words.iter().copied().filter(|word| !word.is_empty()).collect();
            example =
                Some(if words.is_empty() { "somebody of whom none of it holds".to_owned() } else { words.join(", ") });
        }
        found
    });
    example.map_or(Comparison::NotMore, Comparison::More)
}

type Visit<'v, 'a> = dyn FnMut(&[Option<bool>], &[&'a str]) -> bool + 'v;

/// Calls `visit` for each combination, until it says that it has seen enough.
fn each_world<'a>(
    ways: &[&'a [Way]],
    answers: &mut Answers,
    words: &mut Vec<&'a str>,
    visit: &mut Visit<'_, 'a>,
) -> bool {
    let Some((first, rest)) = ways.split_first() else { return visit(answers, words) };
    let before = answers.len();
    for (more, word) in *first {
        answers.extend(more);
        words.push(word);
        if each_world(rest, answers, words, visit) {
            return true;
        }
        words.pop();
        answers.truncate(before);
    }
    false
}

/// Questions whose answers hang together, with every way to answer them. What a token cannot say at all is unknown for
/// a whole group; a role that is one of several, or stands above another, answers more than one question.
fn groups(questions: Vec<Question>) -> Vec<(Vec<Question>, Vec<Way>)> {
    let mut of: [Vec<Question>; 8] = Default::default();
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
        };
        if let Some(group) = of.get_mut(group) {
            group.push(question);
        }
    }
    let groups = of.into_iter().enumerate().filter(|(_, questions)| !questions.is_empty());
    let with_ways = groups.map(|(index, questions)| {
        let ways = match index {
            0 => org_roles(&questions),
            1 => own_roles(&questions),
            2 | 4 => together(&questions, true),
            5 => together(&questions, false),
            _ => apart(&questions),
        };
        (questions, ways)
    });
    with_ways.collect()
}

fn word(question: &Question, answer: Option<bool>) -> Option<String> {
    match answer {
        Some(true) => Some(question.atom.to_string()),
        Some(false) => None,
        None => Some(format!("{} unknown", question.atom)),
    }
}

fn way(questions: &[Question], answers: Answers) -> Way {
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
fn together(questions: &[Question], may_be_unknown: bool) -> Vec<Way> {
    let mut ways: Vec<_> = subsets(questions)
        .into_iter()
        .map(|held| way(questions, questions.iter().map(|question| Some(held.contains(question))).collect()))
        .collect();
    if may_be_unknown {
        ways.push(way(questions, vec![None; questions.len()]));
    }
    ways
}

/// Answers that do not depend on each other.
fn apart(questions: &[Question]) -> Vec<Way> {
    let combinations = questions.iter().fold(vec![Vec::new()], |known: Vec<Answers>, _| {
        let each = known
            .iter()
            .flat_map(|answers| [Some(false), Some(true), None].map(|answer| [answers.as_slice(), &[answer]].concat()));
        each.collect()
    });
    combinations.into_iter().map(|answers| way(questions, answers)).collect()
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

fn reaches(assigned: &str, bar: &str, order: &[String]) -> Option<bool> {
    let rank = |role: &str| order.iter().position(|known| known == role);
    if assigned == bar { Some(true) } else { Some(rank(assigned)? <= rank(bar)?) }
}

/// One way for each distinct list of answers; the first to give it says who.
fn distinct(found: impl IntoIterator<Item = Way>) -> Vec<Way> {
    let mut seen = BTreeSet::new();
    found.into_iter().filter(|(answers, _)| seen.insert(answers.clone())).collect()
}

/// The roles of a member: one, with or without the token's own list of those that it includes; several without order;
/// or none that the token states.
fn org_roles(questions: &[Question]) -> Vec<Way> {
    let names = names(questions);
    let mut ways = Vec::new();
    for assigned in names.iter().copied().chain([OTHER]) {
        let answers = questions.iter().map(|question| {
            if question.is_ordered() {
                reaches(assigned, question.role(), &question.order)
            } else {
                Some(assigned == question.role())
            }
        });
        ways.push((answers.collect(), format!("role {assigned:?}")));
    }
    let mut asked: Vec<&str> = questions.iter().map(Question::role).collect();
    asked.sort_unstable();
    asked.dedup();
    let orders: BTreeSet<_> = questions.iter().filter(|question| question.is_ordered()).map(|q| &q.order).collect();
    let order = orders.first().filter(|_| orders.len() == 1);
    for held in subsets(&asked) {
        let answers = questions.iter().map(|question| Some(held.contains(&question.role())));
        ways.push((answers.collect(), format!("several roles, of them {held:?}")));
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
            ways.push((answers.collect(), format!("role {assigned:?}, which the token says includes {held:?}")));
        }
    }
    ways.push((vec![None; questions.len()], "a role that the token does not state".to_owned()));
    distinct(ways)
}

/// The token's own roles: any number, each of which may answer.
fn own_roles(questions: &[Question]) -> Vec<Way> {
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
    let mut ways = vec![(vec![Some(false); questions.len()], "no role of its own".to_owned())];
    let mut seen = BTreeSet::from([vec![Some(false); questions.len()]]);
    for (answers, role) in single {
        for (known, word) in ways.clone() {
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
                ways.push((joined, word));
            }
        }
    }
    ways.push((vec![None; questions.len()], "own roles unknown".to_owned()));
    distinct(ways)
}

#[cfg(test)]
mod tests;
