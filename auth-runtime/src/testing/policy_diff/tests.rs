//! Tests that, if `loosened_since` reports nothing, no additional caller is admitted. The guards decide about requests
//! of random callers to random routes, before and after a change.
#![allow(clippy::unwrap_used)]

use std::cell::Cell;
use std::sync::Arc;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::guard::{OrgRef, decide_in, select as selected};
use crate::id::{Hierarchy, Identity, Membership, Subject};
use crate::policy::{Attribute, Combined, Condition, Deny, Expression, Invalid, Need, OrgSource, Rule, Settings};
use crate::routing::policy::Policy;
use crate::routing::{Row, Table};

const CASES: u32 = 20_000;

const ROLES: [&str; 3] = ["Owner", "Admin", "Auditor"];
const NAMES: [&str; 2] = ["a", "b"];
const ORDERS: [Hierarchy; 3] = [&[], &["Owner", "Admin"], &["Admin", "Owner", "Auditor"]];
const METHODS: [&str; 4] = ["GET", "HEAD", "POST", "*"];

/// In a program, needs are static data. Here they are leaked.
fn leak<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

// Routes.

fn condition() -> impl Strategy<Value = Condition> {
    let role = || select(&ROLES[..]);
    let name = || select(&NAMES[..]);
    let leaf = prop_oneof![
        Just(Condition::Always),
        role().prop_map(Condition::RoleAtLeast),
        role().prop_map(Condition::RoleIs),
        role().prop_map(Condition::OwnRoleAtLeast),
        name().prop_map(Condition::Permission),
        name().prop_map(Condition::Scope),
        select(&["own", "other"][..]).prop_map(Condition::Issuer),
        Just(Condition::EmailVerified),
        Just(Condition::Impersonated),
    ];
    leaf.prop_recursive(2, 4, 2, |inner| {
        prop_oneof![
            inner.clone().prop_map(|inner| Condition::Not(leak(inner))),
            vec(inner.clone(), 0..3).prop_map(|parts| Condition::All(parts.leak())),
            vec(inner, 0..3).prop_map(|parts| Condition::Any(parts.leak())),
        ]
    })
}

fn rule() -> impl Strategy<Value = Rule> {
    let attributes = [
        Attribute::Public,
        Attribute::OptionalUser,
        Attribute::RequireUser,
        Attribute::RequireUser,
        Attribute::RequireOrg,
        Attribute::RequireOrg,
        Attribute::RequirePermission,
    ];
    let rare = || prop::bool::weighted(0.1);
    (select(attributes.to_vec()), condition(), rare(), option::weighted(0.1, select(&["x", "y"][..])), rare(), rare())
        .prop_map(move |(attribute, condition, is_active, check, denies_not_found, rejects)| Rule {
            attribute,
            condition,
            org: match attribute {
                Attribute::RequireOrg if is_active => OrgSource::Active,
                Attribute::RequireOrg => OrgSource::Path("org"),
                _ => OrgSource::None,
            },
            settings: Box::leak(Box::new(Settings {
                check: check.filter(|_| attribute != Attribute::Public).map(|expression| Expression {
                    text: expression,
                    bindings: "",
                    reads: &[],
                }),
                deny: if denies_not_found { Deny::NotFound } else { Deny::Forbidden },
                invalid: if rejects { Invalid::Reject } else { Invalid::Anonymous },
                ..Settings::NONE
            })),
            ..Rule::BASE
        })
}

/// The attributes of a handler; `None` for an attribute that could not be parsed.
type Attributes = Vec<Option<Rule>>;

fn attributes() -> impl Strategy<Value = Attributes> {
    let one = || option::weighted(0.98, rule()).boxed();
    prop_oneof![3 => vec(one(), 1), 1 => vec(one(), 2..4)]
}

fn need(attributes: &Attributes, hierarchy: Hierarchy) -> &'static Need {
    let each = attributes.iter().map(|rule| match rule {
        Some(rule) => leak(Need::Rule(Rule { hierarchy, ..*rule })),
        None => &Need::DenyAll,
    });
    match each.collect::<Vec<_>>().leak() {
        [need] => need,
        needs => leak(Need::All(needs)),
    }
}

type Rows<N> = Vec<(&'static str, N)>;

/// The needs of each method of one path, before and after: often equal, or with one attribute more or less.
fn routes() -> impl Strategy<Value = (Rows<Attributes>, Rows<Attributes>)> {
    let changed = (attributes(), attributes(), 0..5_u8).prop_map(|(one, other, change)| {
        let both = [one.as_slice(), other.as_slice()].concat();
        match change {
            0 => (one.clone(), one),
            1 => (one, both),
            2 => (both, other),
            _ => (one, other),
        }
    });
    let methods = || subsequence(METHODS.to_vec(), 1..3);
    (vec(changed, 1..3), methods(), methods()).prop_map(|(changed, before, now)| {
        let (old, new): (Vec<_>, Vec<_>) = changed.into_iter().unzip();
        let over = |methods: Vec<&'static str>, of: Vec<_>| methods.into_iter().zip(of.into_iter().cycle()).collect();
        (over(before, old), over(now, new))
    })
}

fn needs(rows: &Rows<Attributes>, order: Hierarchy) -> Rows<&'static Need> {
    rows.iter().map(|(method, attributes)| (*method, need(attributes, order))).collect()
}

fn table(rows: &Rows<&'static Need>) -> Table {
    let row = |(method, need): &(&'static str, &'static Need)| Row {
        method,
        path: "/{org}".to_owned(),
        policy: String::new(),
        reason: None,
        file: "".into(),
        line: 0,
        issuers: Vec::new(),
        unread: Vec::new(),
        unbound: Vec::new(),
        unproven: Vec::new(),
        org_parameters: Vec::new(),
        asks: Policy::of_needs([*need]),
        is_service: false,
    };
    Table::of(rows.iter().map(row).collect(), Vec::new())
}

/// The need that applies to a method, as in axum.
fn answering(rows: &Rows<&'static Need>, method: &str) -> Option<&'static Need> {
    let of = |wanted: &str| rows.iter().find(|(method, _)| *method == wanted).map(|(_, need)| *need);
    of(method).or_else(|| of("GET").filter(|_| method == "HEAD")).or_else(|| of("*"))
}

// Requests.

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Token {
    None,
    Invalid,
    Good,
}

/// A caller and a request.
#[derive(Clone, Debug)]
struct Asks {
    token: Token,
    person: Person,
    /// The organization in the path.
    org: &'static str,
    /// The expressions of `check` that are true.
    passes: Vec<&'static str>,
}

#[derive(Clone, Debug)]
struct Person {
    member: Member,
    is_active: bool,
    roles: Option<Vec<&'static str>>,
    permissions: Option<Vec<&'static str>>,
    scopes: Option<Vec<&'static str>>,
    email_verified: Option<bool>,
    impersonated: Option<bool>,
    issuer: Option<&'static str>,
}

#[derive(Clone, Debug)]
struct Member {
    role: Option<&'static str>,
    additional: Vec<&'static str>,
    inherited: Option<Vec<&'static str>>,
    permissions: Option<Vec<&'static str>>,
}

fn owned(names: Option<&Vec<&str>>) -> Option<Vec<String>> {
    names.map(|names| names.iter().map(|name| (*name).to_owned()).collect())
}

impl Person {
    /// Completes a list of inherited roles: if `orders` puts a role below one of the list, the list has that role too.
    fn data(&self, orders: [Hierarchy; 2]) -> Arc<Subject> {
        let mut member = Membership::new("acme", "");
        member.role = self.member.role.map(str::to_owned);
        member = self.member.additional.iter().fold(member, |member, role| member.additional_role(*role));
        let mut inherited = self.member.inherited.clone();
        if let Some(held) = &mut inherited {
            // Twice, because two orders may put one role below another through a third role.
            for order in orders.iter().chain(&orders) {
                let highest = order.iter().position(|role| held.contains(role));
                held.extend(highest.into_iter().flat_map(|highest| order.iter().skip(highest)));
            }
        }
        member.inherited_roles = owned(inherited.as_ref());
        member.permissions = owned(self.member.permissions.as_ref());
        let mut identity = Identity::new("ada").org(member);
        identity.roles = owned(self.roles.as_ref());
        identity.permissions = owned(self.permissions.as_ref());
        identity.scopes = owned(self.scopes.as_ref());
        (identity.email_verified, identity.impersonated) = (self.email_verified, self.impersonated);
        identity.active_org = self.is_active.then(|| "acme".to_owned());
        let issuer = self.issuer.map(Into::into);
        Arc::new(Subject::from(identity).of_token(Arc::default(), Arc::default(), issuer, None))
    }
}

/// One role, with or without the token's list of inherited roles; several roles; or no stated role.
fn member() -> impl Strategy<Value = Member> {
    let held = subsequence(ROLES.to_vec(), 0..=ROLES.len());
    let permissions = option::of(subsequence(NAMES.to_vec(), 0..=NAMES.len()));
    let assigned = select(&["Owner", "Admin", "Auditor", "Guest"][..]);
    (assigned, 0..5_u8, held, permissions).prop_map(move |(assigned, kind, mut held, permissions)| {
        let member = Member { role: Some(assigned), additional: Vec::new(), inherited: None, permissions };
        match kind {
            0 => Member { additional: held, ..member },
            1 => Member { role: None, ..member },
            2 | 3 => {
                held.push(assigned);
                Member { inherited: Some(held), ..member }
            }
            _ => member,
        }
    })
}

fn person() -> impl Strategy<Value = Person> {
    let names = || option::of(subsequence(NAMES.to_vec(), 0..=NAMES.len()));
    let roles = option::of(subsequence(ROLES.to_vec(), 0..=ROLES.len()));
    let flags = any::<(bool, Option<bool>, Option<bool>)>();
    let issuer = option::of(Just("own"));
    (member(), roles, names(), names(), flags, issuer).prop_map(
        |(member, roles, permissions, scopes, (is_active, email_verified, impersonated), issuer)| Person {
            member,
            is_active,
            roles,
            permissions,
            scopes,
            email_verified,
            impersonated,
            issuer,
        },
    )
}

fn asks() -> impl Strategy<Value = Asks> {
    let token = prop_oneof![1 => Just(Token::None), 1 => Just(Token::Invalid), 14 => Just(Token::Good)];
    let org = prop_oneof![4 => Just("acme"), 1 => Just("zeta")];
    let passes = subsequence(vec!["x", "y"], 0..=2);
    (token, person(), org, passes).prop_map(|(token, person, org, passes)| Asks { token, person, org, passes })
}

/// Decides like the guard.
fn admits(need: &Need, asks: &Asks, data: &Arc<Subject>) -> bool {
    if Combined::of(need).public {
        return true;
    }
    let user = match asks.token {
        Token::None if need.admits_anonymous() => None,
        Token::Invalid if need.takes_invalid_for_anonymous() => None,
        Token::None | Token::Invalid => return false,
        Token::Good => Some(data),
    };
    let active = user.and_then(|user| user.active_member()).map_or("", |member| member.org_id());
    let org = match need.org_source() {
        OrgSource::None => OrgRef::NONE,
        OrgSource::Active => selected(active),
        _ => selected(asks.org),
    };
    decide_in(need, user, &org, 0).is_ok()
        && !need.any(|rule| rule.settings.check.is_some_and(|check| !asks.passes.contains(&check.text)))
}

#[test]
fn unreported_changes_admit_no_additional_caller() {
    let orders = prop_oneof![
        3 => select(&ORDERS[..]).prop_map(|order| [order, order]),
        1 => (select(&ORDERS[..]), select(&ORDERS[..])).prop_map(|(before, now)| [before, now]),
    ];
    let strategy = (orders, routes(), vec(asks(), 4));
    let config = Config { cases: CASES, failure_persistence: None, ..Config::default() };
    let (quiet, loud, admitted) = (Cell::new(0), Cell::new(0), Cell::new(0));
    TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha))
        .run(&strategy, |(orders, (before, now), requests)| {
            let (before, now) = (needs(&before, orders[0]), needs(&now, orders[1]));
            if !table(&now).loosened_since(&table(&before)).is_empty() {
                loud.set(loud.get() + 1);
                return Ok(());
            }
            quiet.set(quiet.get() + 1);
            for asks in &requests {
                let data = asks.person.data(orders);
                for method in ["GET", "HEAD", "POST", "PUT"] {
                    let Some((before, now)) = answering(&before, method).zip(answering(&now, method)) else { continue };
                    let enters = admits(now, asks, &data);
                    prop_assert!(!enters || admits(before, asks, &data), "{method} {asks:?} {before:?} {now:?}");
                    admitted.set(admitted.get() + u32::from(enters));
                }
            }
            Ok(())
        })
        .unwrap();
    let (quiet, loud, admitted) = (quiet.get(), loud.get(), admitted.get());
    println!("{quiet} of {} called no looser; {admitted} requests admitted, all of them before too", quiet + loud);
    assert!(quiet > CASES / 5 && admitted > CASES / 2, "{quiet} {admitted}");
}
