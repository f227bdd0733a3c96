//! The decision compared with a slow and simple model of it: 200,000 random combinations of users, organizations,
//! hierarchies and conditions.

use auth_runtime::__private::{Attribute, Condition, Need, Rule};
use auth_runtime::{Algorithm, ClaimMapping, Identity, Issuer, Membership, Verified, Verifier, testing};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Map, Value, json};

use crate::support::{NOW, Signer, clock};

const USERS: u32 = 2_000;
const DECISIONS_PER_USER: usize = 100;

const NAMES: [&str; 4] = ["a", "b", "c", "d"];
const ORGS: [&str; 4] = ["", "acme", "beta", "zeta"];
const ISSUERS: [&str; 3] = ["https://issuer.test", "own", "other"];

#[derive(Clone, Debug)]
struct Org {
    id: &'static str,
    /// `None` only if tokens do not state roles.
    role: Option<&'static str>,
    additional: Vec<&'static str>,
    inherited: Option<Vec<&'static str>>,
    permissions: Option<Vec<&'static str>>,
}

#[derive(Clone, Debug)]
struct User {
    orgs: Vec<Org>,
    active: Option<&'static str>,
    roles: Option<Vec<&'static str>>,
    permissions: Option<Vec<&'static str>>,
    scopes: Option<Vec<&'static str>>,
    email_verified: Option<bool>,
    impersonated: Option<bool>,
    /// Read with Auth0's mapping: at most one organization, which is active and has no role.
    by_auth0: bool,
}

#[derive(Clone, Debug)]
enum Says {
    Always,
    All(Vec<Says>),
    Any(Vec<Says>),
    Not(Box<Says>),
    Atom(Atom, &'static str),
}

#[derive(Clone, Copy, Debug)]
enum Atom {
    RoleAtLeast,
    RoleIs,
    OwnRoleAtLeast,
    OwnRoleIs,
    Permission,
    Scope,
    Issuer,
    EmailVerified,
    Impersonated,
}

#[derive(Clone, Debug)]
enum Needs {
    DenyAll,
    One(Attribute, Says),
    All(Vec<Needs>),
}

// The model.

fn admits(needs: &Needs, user: Option<&User>, org: Option<&str>, order: &[&str]) -> bool {
    match needs {
        Needs::DenyAll => false,
        Needs::All(all) => all.iter().all(|needs| admits(needs, user, org, order)),
        Needs::One(Attribute::Public | Attribute::OptionalUser, _) => true,
        Needs::One(_, says) => user.is_some_and(|user| {
            let member = user.orgs.iter().find(|member| Some(member.id) == org);
            (org.is_none() || member.is_some()) && holds(says, user, member, order) == Some(true)
        }),
    }
}

fn holds(says: &Says, user: &User, member: Option<&Org>, order: &[&str]) -> Option<bool> {
    let each = |parts: &[Says]| parts.iter().map(|part| holds(part, user, member, order)).collect::<Vec<_>>();
    match says {
        Says::Always => Some(true),
        Says::All(parts) if each(parts).contains(&Some(false)) => Some(false),
        Says::All(parts) => (!each(parts).contains(&None)).then_some(true),
        Says::Any(parts) if each(parts).contains(&Some(true)) => Some(true),
        Says::Any(parts) => (!each(parts).contains(&None)).then_some(false),
        Says::Not(inner) => holds(inner, user, member, order).map(|holds| !holds),
        Says::Atom(atom, name) => atom_holds(*atom, name, user, member, order),
    }
}

fn atom_holds(atom: Atom, name: &str, user: &User, member: Option<&Org>, order: &[&str]) -> Option<bool> {
    let has = |list: &Option<Vec<&str>>| list.as_ref().map(|list| list.contains(&name));
    let place = |role: &str| order.iter().position(|known| *known == role);
    let reaches = |role: &str| if role == name { Some(true) } else { Some(place(role)? <= place(name)?) };
    match (atom, member) {
        (Atom::RoleAtLeast | Atom::RoleIs, None) => None,
        (Atom::RoleAtLeast | Atom::RoleIs, Some(org)) if !org.additional.is_empty() => {
            Some(org.role == Some(name) || org.additional.contains(&name))
        }
        (Atom::RoleIs, Some(org)) => org.role.map(|role| role == name),
        (Atom::RoleAtLeast, Some(Org { inherited: Some(inherited), .. })) => Some(inherited.contains(&name)),
        (Atom::RoleAtLeast, Some(org)) => org.role.and_then(reaches),
        (Atom::OwnRoleIs, _) => has(&user.roles),
        (Atom::OwnRoleAtLeast, _) => {
            let each: Vec<_> = user.roles.as_ref()?.iter().map(|role| reaches(role)).collect();
            if each.contains(&Some(true)) { Some(true) } else { (!each.contains(&None)).then_some(false) }
        }
        (Atom::Permission, Some(org)) => has(&org.permissions),
        (Atom::Permission, None) => {
            let active = user.orgs.iter().find(|org| Some(org.id) == user.active);
            let (direct, in_active) = (has(&user.permissions), active.map(|org| has(&org.permissions)));
            match in_active {
                _ if direct == Some(true) => Some(true),
                Some(in_active) => in_active,
                None if user.orgs.len() > 1 => None,
                None => direct,
            }
        }
        (Atom::Scope, _) => has(&user.scopes),
        (Atom::Issuer, _) => Some(["https://issuer.test", "own"].contains(&name)),
        (Atom::EmailVerified, _) => user.email_verified,
        (Atom::Impersonated, _) => user.impersonated,
    }
}

// The same input for the runtime.

/// Conditions are static data in a program. Here they are leaked.
fn leak<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

impl Says {
    fn condition(&self) -> Condition {
        let each = |parts: &[Self]| -> &'static [Condition] {
            Box::leak(parts.iter().map(Self::condition).collect::<Vec<_>>().into_boxed_slice())
        };
        match self {
            Self::Always => Condition::Always,
            Self::All(parts) => Condition::All(each(parts)),
            Self::Any(parts) => Condition::Any(each(parts)),
            Self::Not(inner) => Condition::Not(leak(inner.condition())),
            Self::Atom(atom, name) => match atom {
                Atom::RoleAtLeast => Condition::RoleAtLeast(name),
                Atom::RoleIs => Condition::RoleIs(name),
                Atom::OwnRoleAtLeast => Condition::OwnRoleAtLeast(name),
                Atom::OwnRoleIs => Condition::OwnRoleIs(name),
                Atom::Permission => Condition::Permission(name),
                Atom::Scope => Condition::Scope(name),
                Atom::Issuer => Condition::Issuer(name),
                Atom::EmailVerified => Condition::EmailVerified,
                Atom::Impersonated => Condition::Impersonated,
            },
        }
    }
}

impl Needs {
    fn need(&self, hierarchy: &'static [&'static str]) -> Need {
        match self {
            Self::DenyAll => Need::DenyAll,
            Self::One(attribute, says) => {
                Need::Rule(Rule { attribute: *attribute, condition: says.condition(), hierarchy, ..Rule::BASE })
            }
            Self::All(all) => {
                let all: Vec<&'static Need> = all.iter().map(|needs| leak(needs.need(hierarchy))).collect();
                Need::All(Box::leak(all.into_boxed_slice()))
            }
        }
    }
}

impl User {
    fn claims(&self) -> Value {
        let mut claims = json!({ "iss": ISSUERS[0], "aud": "api", "sub": "ada", "exp": NOW + 300 });
        if self.by_auth0 {
            claims["permissions"] = json!(self.permissions);
            claims["scope"] = json!(self.scopes);
            claims["email_verified"] = json!(self.email_verified);
            claims["act"] = if self.impersonated == Some(true) { json!({ "sub": "eve" }) } else { Value::Null };
            if let [org] = self.orgs.as_slice() {
                claims["org_id"] = json!(org.id);
                claims["permissions"] = json!(org.permissions);
            }
            return claims;
        }
        let org = |org: &Org| json!([org.id, org.role, org.additional, org.inherited, org.permissions]);
        claims["orgs"] = self.orgs.iter().map(org).collect();
        claims["active"] = json!(self.active);
        claims["roles"] = json!(self.roles);
        claims["permissions"] = json!(self.permissions);
        claims["scopes"] = json!(self.scopes);
        claims["email_verified"] = json!(self.email_verified);
        claims["impersonated"] = json!(self.impersonated);
        claims
    }
}

fn list(value: &Value) -> Option<Vec<String>> {
    serde_json::from_value(value.clone()).unwrap()
}

fn identity(claims: &Map<String, Value>) -> Option<Identity> {
    let mut identity = Identity::new(claims["sub"].as_str()?);
    for org in claims["orgs"].as_array()? {
        let mut membership = Membership::new(org[0].as_str()?, org[1].as_str()?);
        membership = list(&org[2])?.into_iter().fold(membership, Membership::additional_role);
        if let Some(inherited) = list(&org[3]) {
            membership = membership.inherited_roles(inherited);
        }
        if let Some(permissions) = list(&org[4]) {
            membership = membership.permissions(permissions);
        }
        identity = identity.org(membership);
    }
    if let Some(active) = claims["active"].as_str() {
        identity = identity.active_org(active);
    }
    if let Some(roles) = list(&claims["roles"]) {
        identity = identity.roles(roles);
    }
    if let Some(permissions) = list(&claims["permissions"]) {
        identity = identity.permissions(permissions);
    }
    if let Some(scopes) = list(&claims["scopes"]) {
        identity = identity.scopes(scopes);
    }
    if let Some(verified) = claims["email_verified"].as_bool() {
        identity = identity.email("ada@example.com", verified);
    }
    if let Some(impersonated) = claims["impersonated"].as_bool() {
        identity = identity.impersonated_by(impersonated.then(|| "eve".to_owned()));
    }
    Some(identity)
}

// Random input.

fn names() -> impl Strategy<Value = Vec<&'static str>> {
    subsequence(NAMES.to_vec(), 0..=NAMES.len())
}

fn user() -> impl Strategy<Value = User> {
    let org = (select(NAMES.to_vec()), names(), proptest::option::of(names()), proptest::option::of(names()));
    let orgs = (subsequence(ORGS[1..].to_vec(), 0..=3), proptest::collection::vec(org, 3));
    let of_token = (
        proptest::option::of(names()),
        proptest::option::of(names()),
        proptest::option::of(names()),
        any::<Option<bool>>(),
        any::<Option<bool>>(),
    );
    (orgs, of_token, any::<u8>(), 0..4_u8).prop_map(|((ids, orgs), of_token, active, kind)| {
        let (roles, permissions, scopes, email_verified, impersonated) = of_token;
        let mut orgs: Vec<Org> = ids
            .into_iter()
            .zip(orgs)
            .map(|(id, (role, additional, inherited, permissions))| {
                // Most organizations give each member one role.
                let additional = if kind % 2 == 0 { Vec::new() } else { additional };
                Org { id, role: Some(role), additional, inherited, permissions }
            })
            .collect();
        let active = orgs.get(usize::from(active) % 4).map(|org| org.id);
        let user = User {
            orgs: Vec::new(),
            active,
            roles,
            permissions,
            scopes,
            email_verified,
            impersonated,
            by_auth0: false,
        };
        if kind > 0 {
            return User { orgs, ..user };
        }
        orgs.truncate(1);
        for org in &mut orgs {
            org.role = None;
            org.inherited = None;
        }
        User {
            active: orgs.first().map(|org| org.id),
            roles: None,
            permissions: user.permissions.filter(|_| orgs.is_empty()),
            email_verified: Some(user.email_verified == Some(true)),
            impersonated: Some(user.impersonated == Some(true)),
            by_auth0: true,
            orgs,
            ..user
        }
    })
}

fn says() -> impl Strategy<Value = Says> + Clone {
    let atoms = vec![
        Atom::RoleAtLeast,
        Atom::RoleIs,
        Atom::OwnRoleAtLeast,
        Atom::OwnRoleIs,
        Atom::Permission,
        Atom::Scope,
        Atom::Issuer,
        Atom::EmailVerified,
        Atom::Impersonated,
    ];
    let atom = (select(atoms), 0..12_usize).prop_map(|(atom, name)| {
        let names = if matches!(atom, Atom::Issuer) { ISSUERS.as_slice() } else { NAMES.as_slice() };
        Says::Atom(atom, names[name % names.len()])
    });
    let leaf = prop_oneof![1 => Just(Says::Always), 12 => atom];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Says::All),
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Says::Any),
            inner.prop_map(|inner| Says::Not(Box::new(inner))),
        ]
    })
}

fn needs() -> impl Strategy<Value = Needs> {
    let attributes = vec![
        Attribute::Public,
        Attribute::OptionalUser,
        Attribute::RequireUser,
        Attribute::RequireUser,
        Attribute::RequireOrg,
        Attribute::RequirePermission,
    ];
    let one = (select(attributes), says()).prop_map(|(attribute, says)| Needs::One(attribute, says));
    prop_oneof![
        12 => one.clone(),
        3 => (one.clone(), one.clone()).prop_map(|(a, b)| Needs::All(vec![a, b])),
        1 => (one.clone(), one.clone(), one).prop_map(|(a, b, c)| Needs::All(vec![Needs::All(vec![a, b]), c])),
        1 => Just(Needs::DenyAll),
    ]
}

#[derive(Clone, Debug)]
struct Case {
    needs: Needs,
    org: Option<&'static str>,
    is_anonymous: bool,
}

fn case() -> impl Strategy<Value = Case> {
    (needs(), proptest::option::of(select(ORGS.to_vec())), 0..20_u8).prop_map(|(needs, org, dice)| Case {
        needs,
        org,
        is_anonymous: dice == 0,
    })
}

async fn verified(signer: &Signer, user: &User) -> Verified {
    let issuer = Issuer::hmac(ISSUERS[0], "", signer.key.as_bytes()).named(ISSUERS[1]).danger_any_audience();
    let issuer = match user.by_auth0 {
        true => issuer.claim_mapping(ClaimMapping::auth0()),
        false => issuer.claim_mapping(ClaimMapping::none()).map_identity(|claims, _| identity(claims)),
    };
    let verifier = Verifier::builder().issuer(issuer).clock(clock(NOW)).build().await.unwrap();
    verifier.verify(&signer.token(&user.claims())).await.unwrap()
}

#[test]
fn decisions_agree_with_the_model() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let signer = Signer::new(Algorithm::HS256, "k");
    let counts = std::cell::Cell::new((0, 0));
    let order = subsequence(NAMES.to_vec(), 0..=NAMES.len()).prop_shuffle();
    let strategy = (user(), order, proptest::collection::vec(case(), DECISIONS_PER_USER));
    let config = Config { cases: USERS, failure_persistence: None, ..Config::default() };
    TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha))
        .run(&strategy, |(user, order, cases)| {
            let verified = runtime.block_on(verified(&signer, &user));
            let hierarchy: &'static [&'static str] = Box::leak(order.into_boxed_slice());
            for Case { needs, org, is_anonymous } in cases {
                let model = admits(&needs, (!is_anonymous).then_some(&user), org, hierarchy);
                let need = needs.need(hierarchy);
                let ours = testing::decide(&need, (!is_anonymous).then_some(&verified), org);
                prop_assert_eq!(ours.is_ok(), model, "{:?} {:?} {:?} {:?}", needs, org, hierarchy, ours);
                let (decided, admitted) = counts.get();
                counts.set((decided + 1, admitted + usize::from(model)));
            }
            Ok(())
        })
        .unwrap();
    let (decided, admitted) = counts.get();
    println!("{decided} decisions as the model's, {admitted} of them admit");
    assert_eq!(decided, USERS as usize * DECISIONS_PER_USER);
    assert!(admitted > decided / 10 && admitted < decided * 9 / 10);
}
