//! Compares the result of trying all answers with the guards' decisions about random callers.

#![allow(clippy::expect_used, clippy::indexing_slicing)]

use std::sync::Arc;

use super::{Comparison, compare};
use crate::id::{Identity, Membership, Subject};
use crate::policy::{Attribute, Condition, Need, Org, OrgSource, Rule, decide};
use crate::routing::policy::Policy;

const ROLES: [&str; 4] = ["Owner", "Admin", "Member", "Auditor"];
const NAMES: [&str; 2] = ["a", "b"];
const ORDERS: [&[&str]; 3] = [&[], &["Owner", "Admin", "Member"], &["Admin", "Owner", "Member"]];

/// xorshift64*: the same callers each time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        usize::try_from(self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33).expect("31 bits") % sides
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.roll(of.len())]
    }

    fn some(&mut self, of: &[&'static str]) -> Vec<String> {
        of.iter().filter(|_| self.roll(2) == 0).map(|name| (*name).to_owned()).collect()
    }

    fn condition(&mut self, depth: usize, is_org: bool) -> Condition {
        match self.roll(if depth == 0 { 6 } else { 10 }) {
            0 if is_org => Condition::RoleAtLeast(self.pick(&ROLES)),
            1 if is_org => Condition::RoleIs(self.pick(&ROLES)),
            0 => Condition::OwnRoleAtLeast(self.pick(&ROLES)),
            1 => Condition::OwnRoleIs(self.pick(&ROLES)),
            2 => Condition::Permission(self.pick(&NAMES)),
            3 => Condition::Scope(self.pick(&NAMES)),
            4 => Condition::EmailVerified,
            5 => Condition::Issuer("own"),
            6 => Condition::Not(Box::leak(Box::new(self.condition(depth - 1, is_org)))),
            7 | 8 => Condition::All(vec![self.condition(depth - 1, is_org), self.condition(depth - 1, is_org)].leak()),
            _ => Condition::Any(vec![self.condition(depth - 1, is_org), self.condition(depth - 1, is_org)].leak()),
        }
    }

    fn need(&mut self, is_org: bool, order: &'static [&'static str]) -> &'static Need {
        let (attribute, org) = if is_org {
            (Attribute::RequireOrg, OrgSource::Path("org"))
        } else {
            (Attribute::RequireUser, OrgSource::None)
        };
        let condition = self.condition(2, is_org);
        Box::leak(Box::new(Need::Rule(Rule { attribute, condition, org, hierarchy: order, ..Rule::BASE })))
    }

    /// A member of one organization whose list of inherited roles, if there is one, agrees with `order`.
    fn person(&mut self, order: &[&str]) -> Subject {
        let mut identity = Identity::new("ada");
        if self.roll(3) > 0 {
            identity = identity.roles(self.some(&ROLES));
        }
        if self.roll(3) > 0 {
            identity = identity.scopes(self.some(&NAMES));
        }
        if self.roll(3) > 0 {
            identity = identity.permissions(self.some(&NAMES));
        }
        if self.roll(3) > 0 {
            identity.email_verified = Some(self.roll(2) == 0);
        }
        let assigned = self.pick(&["Owner", "Admin", "Member", "Auditor", "Somebody"]);
        let mut member = Membership::new("acme", assigned);
        match self.roll(4) {
            0 => {
                for role in self.some(&ROLES) {
                    member = member.additional_role(role);
                }
            }
            1 => {
                let mut held = self.some(&ROLES);
                held.push(assigned.to_owned());
                if let Some(highest) = order.iter().position(|known| held.iter().any(|role| role == known)) {
                    held.extend(order.iter().skip(highest).map(|role| (*role).to_owned()));
                }
                member = member.inherited_roles(held);
            }
            2 if self.roll(3) == 0 => member.role = None,
            _ => {}
        }
        if self.roll(3) > 0 {
            member = member.permissions(self.some(&NAMES));
        }
        let name = (self.roll(2) == 0).then(|| "own".into());
        Subject::from(identity.org(member)).of_token(Arc::default(), Arc::default(), name, None)
    }
}

#[test]
fn the_comparison_predicts_every_additional_caller() {
    let mut dice = Dice(0x5EED);
    let (mut more, mut not_more, mut witnessed) = (0, 0, 0);
    for round in 0..600 {
        let is_org = round % 2 == 0;
        let order = ORDERS[dice.roll(ORDERS.len())];
        let other = if dice.roll(4) == 0 { ORDERS[dice.roll(ORDERS.len())] } else { order };
        let (mut before, mut now) = (vec![dice.need(is_org, order)], vec![dice.need(is_org, other)]);
        // Policies of the surrounding routers, each with its own organization or without one.
        for _ in 0..dice.roll(3) {
            let is_of_org = dice.roll(2) == 0;
            let around = dice.need(is_of_org, order);
            now.insert(0, around);
            if dice.roll(2) == 0 {
                before.insert(0, around);
            }
        }
        let policies = |needs: &[&'static Need]| Policy::of_needs(needs.iter().copied());
        let found = compare(&policies(&before), &policies(&now));
        let mut is_witnessed = false;
        for _ in 0..400 {
            let person = dice.person(order);
            let member = person.member("acme");
            let selected = |need: &Need| match need.org_source() {
                OrgSource::None => Org::NotSelected,
                _ => member.map_or(Org::NotMember, Org::Member),
            };
            let admits =
                |needs: &[&Need]| needs.iter().all(|need| decide(need, Some(&person), selected(need), 0).is_ok());
            is_witnessed |= admits(&now) && !admits(&before);
        }
        match found {
            Comparison::More(_) => more += 1,
            Comparison::NotMore => {
                not_more += 1;
                assert!(!is_witnessed, "{before:?}\n{now:?}");
            }
            Comparison::CannotTell => unreachable!("so many questions are not made up"),
        }
        witnessed += usize::from(is_witnessed);
    }
    // The random callers include nearly every caller that the comparison predicts. So the comparison does not simply
    // report every change as looser.
    assert!(not_more > 60 && witnessed * 100 > more * 95, "{more} more, {witnessed} witnessed, {not_more} not");
}

#[test]
fn equal_and_stricter_policies_are_not_looser() {
    let mut dice = Dice(7);
    for round in 0..300 {
        let is_org = round % 2 == 0;
        let order = ORDERS[dice.roll(ORDERS.len())];
        let (a, b) = (dice.need(is_org, order), dice.need(is_org, order));
        let both: &'static Need = Box::leak(Box::new(Need::All(vec![a, b].leak())));
        for (before, now) in [(a, a), (a, both), (b, both)] {
            assert!(
                matches!(compare(&Policy::of_needs([before]), &Policy::of_needs([now])), Comparison::NotMore),
                "{now:?}"
            );
        }
    }
}
