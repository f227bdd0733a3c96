//! Chooses the objects of a request: one that belongs to someone else, and otherwise the caller's own.

use super::parties::Party;
use super::target::Target;
use crate::testing::denial_matrix::fixtures::Object;

/// The objects of one request, one for each place of its route.
#[derive(Clone, Debug)]
pub(super) struct Choice<'a> {
    pub(super) objects: Vec<&'a Object>,
    /// The position of the object that belongs to someone else.
    pub(super) tried: usize,
}

/// Whether the object is not the caller's, in a request that selects this organization.
fn is_foreign(object: &Object, party: &Party<'_>, org: Option<&str>) -> bool {
    let is_owner = object.owners.is_empty() || object.owners.iter().any(|owner| Some(owner.as_str()) == party.name);
    let is_in_org = match (&object.org, org) {
        (None, _) => true,
        (Some(of), Some(selected)) => of == selected,
        (Some(of), None) => party.orgs.contains(of),
    };
    !(is_owner && is_in_org)
}

/// Whether two objects of a request contradict each other: the parent of one has the name of the other, but another id.
fn contradict(one: &Object, other: &Object) -> bool {
    let outside = |inner: &Object, outer: &Object| {
        inner.parent.as_ref().is_some_and(|(name, id)| *name == outer.name && *id != outer.id)
    };
    outside(one, other) || outside(other, one)
}

/// Each choice that must be refused.
pub(super) fn foreign<'a>(
    target: &Target<'_>,
    party: &Party<'_>,
    org: Option<&str>,
    all: &'a [Object],
) -> Vec<Choice<'a>> {
    let is_own = |object: &Object| !is_foreign(object, party, org);
    let mut choices = Vec::new();
    for (tried, take) in target.takes.iter().enumerate() {
        for object in all.iter().filter(|object| object.name == take.object) {
            if is_foreign(object, party, org) {
                let objects = fill(target, (tried, object), &is_own, all);
                choices.push(Choice { objects, tried });
                continue;
            }
            // The object has another parent, and the caller owns both.
            for (place, other) in target.takes.iter().enumerate().filter(|(place, _)| *place != tried) {
                let is_wrong_parent = |parent: &&Object| {
                    parent.name == other.object
                        && is_own(parent)
                        && object.parent.as_ref().is_some_and(|(name, id)| *name == parent.name && *id != parent.id)
                };
                if let Some(parent) = all.iter().find(is_wrong_parent) {
                    let mut objects = fill(target, (tried, object), &is_own, all);
                    if let Some(slot) = objects.get_mut(place) {
                        *slot = parent;
                    }
                    choices.push(Choice { objects, tried });
                }
            }
        }
    }
    choices
}

/// The choices with only the caller's own objects. Each of their objects is in at least one choice, if possible.
pub(super) fn own<'a>(target: &Target<'_>, party: &Party<'_>, org: Option<&str>, all: &'a [Object]) -> Vec<Choice<'a>> {
    let is_own = |object: &Object| !is_foreign(object, party, org);
    let mut choices: Vec<Choice<'a>> = Vec::new();
    for (tried, take) in target.takes.iter().enumerate() {
        for object in all.iter().filter(|object| object.name == take.object && is_own(object)) {
            let objects = fill(target, (tried, object), &is_own, all);
            let fits = |one: &&Object| is_own(one) && !objects.iter().any(|other| contradict(one, other));
            let ids = |objects: &[&Object]| objects.iter().map(|object| object.id.clone()).collect::<Vec<_>>();
            let is_new = choices.iter().all(|choice| ids(&choice.objects) != ids(&objects));
            if objects.len() == target.takes.len() && objects.iter().all(fits) && is_new {
                choices.push(Choice { objects, tried });
            }
        }
    }
    choices
}

/// An object for each place. The given object has its own place. The other places get objects of the caller that fit
/// each other. If the caller has none, they get any object that fits the given one.
fn fill<'a>(
    target: &Target<'_>,
    (place, given): (usize, &'a Object),
    is_own: &dyn Fn(&Object) -> bool,
    all: &'a [Object],
) -> Vec<&'a Object> {
    let mut own: Vec<&Object> = if is_own(given) { vec![given] } else { Vec::new() };
    let mut objects = Vec::new();
    for (index, take) in target.takes.iter().enumerate() {
        if index == place {
            objects.push(given);
            continue;
        }
        let of_name = || all.iter().filter(|object| object.name == take.object);
        let fits_own = |object: &&Object| is_own(object) && !own.iter().any(|other| contradict(object, other));
        let chosen = of_name()
            .find(fits_own)
            .or_else(|| of_name().find(|object| is_own(object)))
            .or_else(|| of_name().find(|object| !contradict(object, given) && object.org == given.org))
            .or_else(|| of_name().next());
        if let Some(object) = chosen {
            objects.push(object);
            own.extend(is_own(object).then_some(object));
        }
    }
    objects
}
