//! The callers of the requests: one whom a policy admits, and all similar ones whom it refuses.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;

use serde_json::{Map, Value, json};

use crate::authority::Grants;
use crate::id::Membership;
use crate::policy::Atom;
use crate::routing::policy::{Clause, OrgSelector, Part, Policy};
use crate::testing::evaluation::{admits, atoms, holds, reaches};
use crate::testing::{TENANT, TestDirectory, TestIssuer};

/// The number of answers for which all combinations are tried. With more, only the most likely ones are tried.
const LIMIT: usize = 12;
/// A name that no policy uses.
pub(super) const OTHER: &str = "Unheard-of";
const OTHER_ORG: &str = "ffffffff-ffff-4fff-bfff-ffffffffffff";

type Name = Cow<'static, str>;

/// The content of a token.
#[derive(Clone, Debug)]
#[allow(clippy::struct_excessive_bools)] // independent facts about a caller
pub(super) struct Caller {
    /// The roles in the organization; several if members can have several roles.
    roles: Vec<Name>,
    /// Everything else that is true of the caller.
    pub(super) held: BTreeSet<Atom>,
    /// The questions about claims, whether they hold or not.
    pub(super) asked_claims: Vec<Atom>,
    org: InOrg,
    form: Form,
    /// Whether the policy asks about an organization.
    in_org: bool,
    /// Whether the policy asks about roles and permissions outside organizations.
    outside_org: bool,
    /// Whether the token itself names its organization.
    is_active: bool,
    /// Whether the token comes from another tenant of the provider.
    is_of_tenant: bool,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum InOrg {
    Selected,
    Another,
    None,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Form {
    Good,
    Expired,
    Strange,
}

/// The admitted caller, and all refused callers with what they lack.
pub(super) struct Callers {
    pub(super) admitted: Caller,
    pub(super) refused: Vec<(Caller, String)>,
    /// The user of another tenant, if this user must be refused.
    pub(super) of_tenant: Option<Caller>,
}

/// `None` if no admitted caller was found.
pub(super) fn callers(policy: &Policy, is_from: &dyn Fn(&str) -> bool) -> Option<Callers> {
    let admits = |caller: &Caller| {
        admits(policy, |_, part, clause| {
            let is_member = *part.org() == OrgSelector::None || caller.org == InOrg::Selected;
            let holds = holds(&clause.condition, &|atom| caller.answer(clause, atom, is_from));
            if is_member { holds } else { Some(false) }
        })
    };
    let in_org = policy.orgs().next().is_some();
    let is_outside = |(part, _, atom): (&Part, &Clause, &Atom)| {
        let is_own = matches!(atom, Atom::OwnRoleAtLeast(_) | Atom::OwnRoleIs(_) | Atom::Permission(_));
        is_own && *part.org() == OrgSelector::None
    };
    let base = Caller {
        roles: vec![Name::Borrowed(OTHER)],
        held: BTreeSet::new(),
        asked_claims: atoms(policy)
            .into_iter()
            .filter(|(_, _, atom)| matches!(atom, Atom::Claim(..)))
            .map(|(_, _, atom)| atom.clone())
            .collect(),
        org: if in_org { InOrg::Selected } else { InOrg::None },
        form: Form::Good,
        in_org,
        outside_org: !in_org || atoms(policy).into_iter().any(is_outside),
        is_active: policy.orgs().any(|org| *org == OrgSelector::Active),
        is_of_tenant: false,
    };
    let roles = roles(policy);
    let toggles = toggles(policy);
    let admitted = combinations(&toggles).into_iter().find_map(|held| {
        let with = |roles: &Vec<Name>| Caller { roles: roles.clone(), held: held.clone(), ..base.clone() };
        roles.iter().map(with).find(|caller| admits(caller))
    })?;
    let mut refused = Vec::new();
    if admitted.in_org {
        let elsewhere = |org| Caller { org, ..admitted.clone() };
        refused.push((elsewhere(InOrg::Another), "as a member of another organization".to_owned()));
        refused.push((elsewhere(InOrg::None), "as a member of no organization".to_owned()));
    }
    for roles in roles {
        let words = format!("in the role {}", quoted(&roles));
        refused.push((Caller { roles, ..admitted.clone() }, words));
    }
    for toggle in toggles {
        let mut caller = admitted.clone();
        let words = if caller.held.remove(&toggle) {
            format!("without {toggle}")
        } else {
            caller.held.insert(toggle.clone());
            format!("with {toggle}")
        };
        refused.push((caller, words));
    }
    refused.retain(|(caller, _)| !admits(caller));
    // Statements of a tenant about anything but its own organization are unknown.
    let of_tenant = |atom: &Atom| match atom {
        Atom::Issuer(name) => Some(name == TENANT),
        Atom::Impersonated => Some(admitted.held.contains(atom)),
        _ => None,
    };
    let is_admitted = self::admits(policy, |_, part, clause| {
        if *part.org() == OrgSelector::None { holds(&clause.condition, &of_tenant) } else { Some(false) }
    });
    let of_tenant = (!is_admitted).then(|| Caller { is_of_tenant: true, ..admitted.clone() });
    Some(Callers { admitted, refused, of_tenant })
}

/// The roles that matter in the organization, the lowest first: each alone, and all that are required together.
fn roles(policy: &Policy) -> Vec<Vec<Name>> {
    let mut single = vec![Name::Borrowed(OTHER)];
    let mut asked = Vec::new();
    for (_, clause, atom) in atoms(policy) {
        let (Atom::RoleAtLeast(role) | Atom::RoleIs(role)) = atom else { continue };
        for name in declared(clause).rev().chain([role.clone()]) {
            if !single.contains(&name) {
                single.push(name);
            }
        }
        if !asked.contains(role) {
            asked.push(role.clone());
        }
    }
    let mut roles: Vec<_> = single.into_iter().map(|role| vec![role]).collect();
    if asked.len() > 1 {
        roles.push(asked);
    }
    roles
}

/// The declared roles, highest first.
fn declared(clause: &Clause) -> impl DoubleEndedIterator<Item = Name> {
    clause.order.iter().cloned().map(Name::Owned)
}

/// Everything else that a caller can have or lack. Roles outside organizations are compared exactly.
fn toggles(policy: &Policy) -> Vec<Atom> {
    let mut toggles = BTreeSet::new();
    for (_, clause, atom) in atoms(policy) {
        match atom {
            Atom::RoleAtLeast(_) | Atom::RoleIs(_) | Atom::Issuer(_) => {}
            Atom::OwnRoleAtLeast(role) | Atom::OwnRoleIs(role) => {
                toggles.extend(declared(clause).chain([role.clone()]).map(Atom::OwnRoleIs));
            }
            Atom::Permission(_)
            | Atom::Scope(_)
            | Atom::EmailVerified
            | Atom::Impersonated
            | Atom::Acr(_)
            | Atom::Amr(_)
            | Atom::AuthAge(_)
            | Atom::Claim(..) => {
                toggles.insert(atom.clone());
            }
        }
    }
    toggles.into_iter().collect()
}

/// The combinations of what a caller can have, the smallest first.
fn combinations(toggles: &[Atom]) -> Vec<BTreeSet<Atom>> {
    if toggles.len() > LIMIT {
        let all: BTreeSet<_> = toggles.iter().cloned().collect();
        let each = |of: fn(&BTreeSet<Atom>, &Atom) -> BTreeSet<Atom>| {
            toggles.iter().map(|toggle| of(&all, toggle)).collect::<Vec<_>>()
        };
        let alone = each(|_, toggle| BTreeSet::from([toggle.clone()]));
        let without = each(|all, toggle| all.iter().filter(|known| *known != toggle).cloned().collect());
        return [vec![BTreeSet::new()], alone, without, vec![all]].concat();
    }
    let mut sets = vec![BTreeSet::new()];
    for toggle in toggles {
        for mut set in sets.clone() {
            set.insert(toggle.clone());
            sets.push(set);
        }
    }
    sets.sort_by_key(BTreeSet::len);
    sets
}

impl Caller {
    pub(super) fn expired(self) -> Self {
        Self { form: Form::Expired, ..self }
    }

    pub(super) fn stranger(self) -> Self {
        Self { form: Form::Strange, ..self }
    }

    pub(super) fn is_in_org(&self) -> bool {
        self.in_org
    }

    /// The answer of the token. The token has every list, so an answer is unknown only if it depends on an undeclared
    /// order.
    fn answer(&self, clause: &Clause, atom: &Atom, is_from: &dyn Fn(&str) -> bool) -> Option<bool> {
        let at_least = |assigned: &str, bar: &str| reaches(assigned, bar, &clause.order);
        match atom {
            Atom::RoleAtLeast(role) => match self.roles.as_slice() {
                [only] => at_least(only, role),
                several => Some(several.contains(role)),
            },
            Atom::RoleIs(role) => Some(self.roles.contains(role)),
            Atom::OwnRoleAtLeast(role) => {
                let answers: Vec<_> = self.own_roles().map(|own| at_least(own, role)).collect();
                if answers.contains(&Some(true)) {
                    Some(true)
                } else if answers.contains(&None) {
                    None
                } else {
                    Some(false)
                }
            }
            Atom::Issuer(name) => Some(is_from(name)),
            Atom::Acr(_) => Some(self.login().acr == Some(atom)),
            Atom::AuthAge(bound) => Some(self.login().age.is_some_and(|age| age <= *bound)),
            Atom::OwnRoleIs(_)
            | Atom::Permission(_)
            | Atom::Scope(_)
            | Atom::EmailVerified
            | Atom::Impersonated
            | Atom::Amr(_)
            | Atom::Claim(..) => Some(self.held.contains(atom)),
        }
    }

    fn own_roles(&self) -> impl Iterator<Item = &Name> {
        self.held.iter().filter_map(|atom| if let Atom::OwnRoleIs(role) = atom { Some(role) } else { None })
    }

    fn permissions(&self) -> Vec<&Name> {
        self.held.iter().filter_map(|atom| if let Atom::Permission(name) = atom { Some(name) } else { None }).collect()
    }

    /// Gives the user with this id the token's memberships, roles and permissions in the issuer's directory.
    pub(super) fn enter(&self, directory: &TestDirectory, user: &str, org: &str) {
        if self.in_org && self.org != InOrg::None {
            let id = if self.org == InOrg::Another { OTHER_ORG } else { org };
            let (first, rest) = self.roles.split_first().map_or((OTHER, [].as_slice()), |(first, rest)| (first, rest));
            let membership = Membership::new(id, first).permissions(self.permissions().into_iter().cloned());
            directory.member(user, rest.iter().map(ToString::to_string).fold(membership, Membership::additional_role));
        }
        if !self.in_org {
            let roles = self.own_roles().cloned();
            directory.grant(user, Grants::none().roles(roles).permissions(self.permissions().into_iter().cloned()));
        }
    }

    pub(super) fn token(&self, issuer: &TestIssuer, user: &str, org: &str) -> String {
        let scopes =
            self.held.iter().filter_map(|atom| if let Atom::Scope(scope) = atom { Some(&**scope) } else { None });
        let scopes = scopes.collect::<Vec<_>>().join(" ");
        // If the policy asks about an organization, roles and permissions outside it must not matter.
        let (own_roles, direct) = if self.outside_org {
            (self.own_roles().collect::<Vec<_>>(), self.permissions())
        } else {
            (self.roles.iter().collect(), Vec::new())
        };
        let mut token = issuer
            .token()
            .user(user)
            .claim("scope", scopes)
            .claim("realm_access", json!({ "roles": own_roles }))
            .claim("permissions", json!(direct))
            .claim("email_verified", self.held.contains(&Atom::EmailVerified));
        token = self.with_login(token, issuer.now());
        if self.held.contains(&Atom::Impersonated) {
            token = token.claim("impersonator_user_id", "somebody-else");
        }
        let id = if self.org == InOrg::Another { OTHER_ORG } else { org };
        if self.org != InOrg::None {
            let entry = self.org_entry(id);
            token = if self.is_active && self.org == InOrg::Selected {
                token.claim("org_member_info", entry)
            } else {
                token.claim("org_id_to_org_member_info", Map::from_iter([(id.to_owned(), entry)]))
            };
        }
        if self.is_of_tenant {
            token = token.claim("iss", TENANT).claim("tid", OTHER_ORG);
        }
        match self.form {
            Form::Good => token,
            Form::Expired => token.expired(),
            Form::Strange => token.signed_by_stranger(),
        }
        .build()
    }

    fn org_entry(&self, id: &str) -> Value {
        let (first, rest) = self.roles.split_first().map_or((OTHER, [].as_slice()), |(first, rest)| (&**first, rest));
        let structure = if rest.is_empty() { "single_role_in_hierarchy" } else { "multi_role" };
        json!({
            "org_id": id,
            "org_role_structure": structure,
            "user_role": first,
            "additional_roles": rest,
            "user_permissions": self.permissions(),
        })
    }
}

fn quoted(roles: &[Name]) -> String {
    roles.iter().map(|role| format!("{role:?}")).collect::<Vec<_>>().join(" and ")
}

impl fmt::Display for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("as a caller who meets the policy")?;
        if self.in_org {
            write!(f, ", in the role {}", quoted(&self.roles))?;
        }
        self.held.iter().try_for_each(|atom| write!(f, ", with {atom}"))
    }
}
