//! Roles and permissions as the identity providers define them. A guard and a method give the same answer to the same
//! question.
#![allow(clippy::indexing_slicing, clippy::items_after_statements, clippy::unwrap_used)]

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::{Moment, Org, decide, holds};
use crate::claims::{
    Audience, ClaimMapping, ClaimReader, KeyScope, ProviderRules, Refinements, Rules, TokenClaims, TokenKinds,
};
use crate::id::{Hierarchy, Subject};
use crate::policy::{
    Attribute, Combined, Condition, DenialReason, Invalid, Need, OTHER, OrgSource, Part, Rule, Settings,
};
use crate::token::{Progress, TokenType};
use crate::user::User;

const HIERARCHY: Hierarchy = &["Owner", "Admin", "Member"];

/// The subject of a token with these claims.
fn identity(mapping: ClaimMapping, claims: &Value) -> Arc<Subject> {
    let rules = Rules {
        issuer: None,
        also_issuers: Vec::new(),
        audience: Audience::one("api"),
        leeway: Duration::ZERO,
        token_type: TokenType::Any,
        accepts_bound_tokens: false,
        provider: &ProviderRules::NONE,
        kinds: TokenKinds::default(),
    };
    let mut payload = claims.clone();
    payload["aud"] = json!("api");
    payload["exp"] = json!(1);
    let (payload, mut read) = (payload.to_string(), TokenClaims::default());
    let reader = ClaimReader::new(mapping, rules, &Refinements::default(), None).unwrap();
    reader.read(&payload, KeyScope::default(), 0.0, &mut read, &mut Progress::default()).unwrap();
    Arc::new(read.subject.of_token(Arc::default(), "https://i.test".into(), Some("own".into()), None))
}

/// A user with one organization, `acme`, as in `PropelAuth`'s tokens.
fn member(entry: &Value) -> Arc<Subject> {
    identity(ClaimMapping::propelauth(), &json!({ "user_id": "ada", "org_id_to_org_member_info": { "acme": entry } }))
}

const YES: Option<bool> = Some(true);
const NO: Option<bool> = Some(false);
const UNKNOWN: Option<bool> = None;

#[test]
fn roles_in_an_organization_follow_the_list_or_the_order() {
    let list = json!(["Admin", "Member"]);
    let single = |role: Value| json!({ "user_role": role });
    let listed =
        |role: &str, list: &Value| json!({ "user_role": role, "inherited_user_roles_plus_current_role": list });
    let multi = |role: &str, more: Value, list: Value| {
        json!({ "org_role_structure": "multi_role", "user_role": role, "additional_roles": more,
                "inherited_user_roles_plus_current_role": list })
    };
    for (entry, hierarchy, role, is, at_least) in [
        // If the token has a list, only the list decides, whatever is declared.
        (listed("Admin", &list), &[][..], "Admin", YES, YES),
        (listed("Admin", &list), &[], "Member", NO, YES),
        (listed("Admin", &list), &[], "Owner", NO, NO),
        (listed("Admin", &list), HIERARCHY, "Owner", NO, NO),
        (listed("Admin", &json!(["Admin"])), HIERARCHY, "Member", NO, NO),
        (listed("Admin", &json!([])), HIERARCHY, "Admin", YES, NO),
        (listed("Member", &json!(["Member", "Owner"])), HIERARCHY, "Owner", NO, YES),
        (listed("Admin", &Value::Null), HIERARCHY, "Member", NO, YES),
        // Without a list, the declared order decides.
        (single(json!("Owner")), HIERARCHY, "Admin", NO, YES),
        (single(json!("Admin")), HIERARCHY, "Admin", YES, YES),
        (single(json!("Member")), HIERARCHY, "Admin", NO, NO),
        (single(json!("Auditor")), HIERARCHY, "Admin", NO, UNKNOWN),
        (single(json!("Auditor")), HIERARCHY, "Auditor", YES, YES),
        (single(json!("Owner")), HIERARCHY, "Auditor", NO, UNKNOWN),
        // Without a list and an order, the role must match.
        (single(json!("Admin")), &[], "Admin", YES, YES),
        (single(json!("Owner")), &[], "Admin", NO, UNKNOWN),
        // Case and spaces matter.
        (single(json!("admin")), HIERARCHY, "Admin", NO, UNKNOWN),
        (single(json!("Admin ")), HIERARCHY, "Admin", NO, UNKNOWN),
        // If members can have several roles, roles have no order, and no list gives them one.
        (multi("Owner", json!([]), json!(["Owner", "Admin"])), HIERARCHY, "Admin", NO, NO),
        (multi("Owner", json!(["Admin"]), json!(["Owner"])), HIERARCHY, "Admin", YES, YES),
        (multi("Owner", Value::Null, Value::Null), HIERARCHY, "Owner", YES, YES),
        // In an organization with single roles, additional roles are ignored.
        (json!({ "user_role": "Member", "additional_roles": ["Admin"] }), HIERARCHY, "Admin", NO, NO),
    ] {
        let user = member(&entry);
        let role: &'static str = role;
        let membership = user.member("acme").unwrap();
        let asked = |condition: Condition| holds(&condition, &user, Org::Member(membership), hierarchy, Moment::at(0));
        assert_eq!(asked(Condition::RoleIs(role)), is, "role == {role:?} with {entry}");
        assert_eq!(asked(Condition::RoleAtLeast(role)), at_least, "role >= {role:?} with {entry}, {hierarchy:?}");
        let known = User::new(Arc::clone(&user), hierarchy);
        let member = known.org("acme").unwrap();
        assert_eq!(member.is_role(role), is == YES);
        assert_eq!(member.is_at_least_role(role), at_least == YES);
        assert_eq!((member.lacks_role(role), member.is_below_role(role)), (is == NO, at_least == NO));
        assert_eq!(known.require_org_exactly("acme", role).is_ok(), is == YES);
        assert_eq!(known.require_org_at_least("acme", role).is_ok(), at_least == YES);
        for (condition, answer) in [(Condition::RoleIs(role), is), (Condition::RoleAtLeast(role), at_least)] {
            let verdict = decide(&asking(condition, hierarchy), Some(&user), Org::Member(membership), 0);
            assert_eq!(verdict, if answer == YES { Ok(()) } else { Err(DenialReason::Condition) });
        }
    }
}

fn asking(condition: Condition, hierarchy: Hierarchy) -> Need {
    let org =
        OrgSource::Argument { name: "org_id", binding: "Path(org_id): Path<String>", argument: OTHER, part: Part::All };
    Need::Rule(Rule { attribute: Attribute::RequireOrg, condition, org, hierarchy, ..Rule::BASE })
}

#[test]
fn permissions_in_an_organization_are_decided() {
    let user = member(&json!({ "user_role": "Member", "user_permissions": ["a", "b"] }));
    let membership = user.member("acme").unwrap();
    for (permission, answer) in [("a", YES), ("b", YES), ("A", NO), ("a ", NO), ("", NO)] {
        let held = holds(&Condition::Permission(permission), &user, Org::Member(membership), &[], Moment::at(0));
        assert_eq!(held, answer, "{permission:?}");
        let known = User::new(Arc::clone(&user), &[]);
        let member = known.org("acme").unwrap();
        assert_eq!(member.has_permission(permission), answer == YES);
        assert_eq!(member.lacks_permission(permission), answer == NO);
        assert_eq!(known.require_org_permission("acme", permission).is_ok(), answer == YES);
    }
    let known = User::new(Arc::clone(&user), &[]);
    let all = known.org("acme").unwrap();
    for (permissions, expected) in [(&[][..], true), (&["a"], true), (&["a", "b"], true), (&["a", "b", "c"], false)] {
        assert_eq!(all.has_all_permissions(permissions), expected, "{permissions:?}");
        assert_eq!(known.require_org_all_permissions("acme", permissions).is_ok(), expected, "{permissions:?}");
    }
    assert_eq!(known.require_org("globex").unwrap_err().reason(), DenialReason::NotAMember);
    let silent = member(&json!({ "user_role": "Member" }));
    let membership = silent.member("acme").unwrap();
    assert_eq!(holds(&Condition::Permission("a"), &silent, Org::Member(membership), &[], Moment::at(0)), UNKNOWN);
}

#[test]
fn an_entry_without_a_role_states_no_membership() {
    for (entry, expected) in [
        (json!({ "user_role": "Member" }), true),
        (json!({ "user_role": "Member", "org_role_structure": "single_role_in_hierarchy" }), true),
        (json!({ "user_role": "Member", "org_role_structure": "multi_role" }), true),
        (json!({ "user_role": "Member", "org_role_structure": null }), true),
        (json!({ "user_role": "Member", "org_role_structure": "something new" }), false),
        (json!({ "user_role": "Member", "org_id": "acme" }), true),
        (json!({ "user_role": "Member", "org_id": "globex" }), false),
        (json!({ "user_role": null }), false),
        (json!({}), false),
        (json!(null), false),
    ] {
        assert_eq!(member(&entry).member("acme").is_some(), expected, "{entry}");
    }
}

#[test]
fn a_token_for_one_organization_has_no_other() {
    let entry = |id: &str| json!({ "org_id": id, "user_role": "Admin", "user_permissions": ["p"] });
    let both = json!({ "user_id": "ada", "org_member_info": entry("acme"),
                       "org_id_to_org_member_info": { "acme": entry("acme"), "globex": entry("globex") } });
    let user = identity(ClaimMapping::propelauth(), &both);
    assert!(user.member("acme").is_some() && user.member("globex").is_none());
    let known = User::new(Arc::clone(&user), HIERARCHY);
    assert_eq!(known.active_org().unwrap().id(), "acme");
    assert!(known.active_org().unwrap().is_at_least_role("Member"));
    assert!(known.has_permission("p"), "the active organization's count where none is selected");
    assert_eq!(known.known_orgs().count(), 1);
    let odd = json!({ "user_id": "ada", "org_member_info": { "org_id": "acme", "user_role": "Admin", "org_role_structure": "?" },
                      "org_id_to_org_member_info": { "globex": entry("globex") } });
    let user = identity(ClaimMapping::propelauth(), &odd);
    assert_eq!((user.members().len(), user.active_member().is_some()), (0, false));
}

#[test]
fn roles_and_permissions_outside_organizations_are_decided() {
    let keycloak =
        |roles: Value| json!({ "sub": "ada", "typ": "Bearer", "realm_access": { "roles": roles }, "scope": "a b" });
    for (roles, hierarchy, role, is, at_least) in [
        (json!(["Admin"]), HIERARCHY, "Member", NO, YES),
        (json!(["Admin"]), HIERARCHY, "Admin", YES, YES),
        (json!(["Member"]), HIERARCHY, "Admin", NO, NO),
        (json!(["x", "Owner"]), HIERARCHY, "Admin", NO, YES),
        (json!(["x"]), HIERARCHY, "Admin", NO, UNKNOWN),
        (json!(["x"]), &[][..], "x", YES, YES),
        (json!([]), &[], "x", NO, NO),
    ] {
        let user = identity(ClaimMapping::keycloak(), &keycloak(roles.clone()));
        let asked = |condition: Condition| holds(&condition, &user, Org::NotSelected, hierarchy, Moment::at(0));
        assert_eq!(asked(Condition::OwnRoleIs(role)), is, "{roles} {role}");
        assert_eq!(asked(Condition::OwnRoleAtLeast(role)), at_least, "{roles} {role}");
        let known = User::new(Arc::clone(&user), hierarchy);
        assert_eq!((known.is_role(role), known.lacks_role(role)), (is == YES, is == NO));
        assert_eq!((known.is_at_least_role(role), known.is_below_role(role)), (at_least == YES, at_least == NO));
        assert_eq!(asked(Condition::Scope("a")), YES);
        assert_eq!(asked(Condition::Scope("a b")), NO);
        assert_eq!(asked(Condition::Issuer("own")), YES);
        assert_eq!(asked(Condition::Issuer("https://i.test")), YES);
        assert_eq!(asked(Condition::Issuer("https://i.test/")), NO);
        assert_eq!(asked(Condition::EmailVerified), NO);
        assert_eq!(asked(Condition::Permission("p")), UNKNOWN);
    }
    // A mapping that leaves everything unknown.
    let user = identity(ClaimMapping::propelauth(), &json!({ "user_id": "ada" }));
    for condition in
        [Condition::OwnRoleIs("x"), Condition::Scope("x"), Condition::EmailVerified, Condition::Permission("x")]
    {
        assert_eq!(holds(&condition, &user, Org::NotSelected, &[], Moment::at(0)), UNKNOWN, "{condition}");
        assert_eq!(
            holds(&Condition::Not(condition_static(condition)), &user, Org::NotSelected, &[], Moment::at(0)),
            UNKNOWN
        );
    }
    assert_eq!(holds(&Condition::Impersonated, &user, Org::NotSelected, &[], Moment::at(0)), NO);
}

/// `Condition::Not` contains a reference to static data.
fn condition_static(condition: Condition) -> &'static Condition {
    Box::leak(Box::new(condition))
}

#[test]
fn three_values_follow_kleene() {
    let user = identity(ClaimMapping::propelauth(), &json!({ "user_id": "ada" }));
    const T: Condition = Condition::Issuer("own");
    const F: Condition = Condition::Issuer("other");
    const U: Condition = Condition::Scope("unknown");
    let value = |condition: &Condition| holds(condition, &user, Org::NotSelected, &[], Moment::at(0));
    for (condition, expected) in [
        (Condition::Always, YES),
        (Condition::All(&[]), YES),
        (Condition::Any(&[]), NO),
        (Condition::All(&[T, T]), YES),
        (Condition::All(&[T, U]), UNKNOWN),
        (Condition::All(&[U, T]), UNKNOWN),
        (Condition::All(&[U, F]), NO),
        (Condition::All(&[F, U]), NO),
        (Condition::Any(&[F, U]), UNKNOWN),
        (Condition::Any(&[U, T]), YES),
        (Condition::Any(&[T, U]), YES),
        (Condition::Any(&[F, F]), NO),
        (Condition::Not(&T), NO),
        (Condition::Not(&F), YES),
        (Condition::Not(&U), UNKNOWN),
        (Condition::Not(&Condition::All(&[U, F])), YES),
        (Condition::Not(&Condition::Any(&[U, F])), UNKNOWN),
    ] {
        assert_eq!(value(&condition), expected, "{condition}");
        let need = Need::Rule(Rule { condition, ..Rule::BASE });
        assert_eq!(decide(&need, Some(&user), Org::NotSelected, 0).is_ok(), expected == YES, "{condition}");
    }
}

#[test]
fn attributes_decide_in_order_and_all_must_admit() {
    let user = identity(ClaimMapping::propelauth(), &json!({ "user_id": "ada" }));
    const NO_SCOPE: Need = Need::Rule(Rule { condition: Condition::Scope("x"), ..Rule::BASE });
    const ANY_USER: Need = Need::Rule(Rule::BASE);
    const PUBLIC: Need = Need::Rule(Rule { attribute: Attribute::Public, ..Rule::BASE });
    const OPTIONAL: Need = Need::Rule(Rule { attribute: Attribute::OptionalUser, ..Rule::BASE });
    const ORG: Need = Need::Rule(Rule { attribute: Attribute::RequireOrg, org: OrgSource::Active, ..Rule::BASE });
    for (need, anonymous, known) in [
        (PUBLIC, Ok(()), Ok(())),
        (OPTIONAL, Ok(()), Ok(())),
        (ANY_USER, Err(DenialReason::NoCredentials), Ok(())),
        (NO_SCOPE, Err(DenialReason::NoCredentials), Err(DenialReason::Condition)),
        (ORG, Err(DenialReason::NoCredentials), Err(DenialReason::NotAMember)),
        (Need::All(&[&ANY_USER, &NO_SCOPE]), Err(DenialReason::NoCredentials), Err(DenialReason::Condition)),
        (Need::All(&[&ANY_USER, &ORG, &NO_SCOPE]), Err(DenialReason::NoCredentials), Err(DenialReason::NotAMember)),
        (Need::All(&[&ANY_USER, &Need::DenyAll]), Err(DenialReason::NoCredentials), Err(DenialReason::DenyAll)),
        (Need::All(&[&Need::All(&[&ANY_USER, &ANY_USER]), &ANY_USER]), Err(DenialReason::NoCredentials), Ok(())),
        (Need::DenyAll, Err(DenialReason::DenyAll), Err(DenialReason::DenyAll)),
    ] {
        assert_eq!(decide(&need, None, Org::NotMember, 0), anonymous, "{need:?}");
        let org = if need.org_source().selects() { Org::NotMember } else { Org::NotSelected };
        assert_eq!(decide(&need, Some(&user), org, 0), known, "{need:?}");
    }
    let is_public = |need: &Need| Combined::of(need).public;
    assert!(is_public(&PUBLIC) && !is_public(&OPTIONAL) && !is_public(&Need::DenyAll));
    assert!(!is_public(&Need::All(&[&PUBLIC, &ANY_USER])), "`public` is neutral, never absorbing");
    assert!(!Need::All(&[&OPTIONAL, &ANY_USER]).admits_anonymous());
    for need in [
        Need::All(&[&PUBLIC, &Need::DenyAll]),
        Need::All(&[&Need::DenyAll, &Need::DenyAll]),
        Need::All(&[&Need::All(&[&OPTIONAL, &Need::DenyAll]), &PUBLIC]),
    ] {
        assert!(!is_public(&need) && !need.admits_anonymous() && !need.takes_invalid_for_anonymous(), "{need:?}");
        assert_eq!(decide(&need, None, Org::NotSelected, 0), Err(DenialReason::DenyAll));
    }
}

#[test]
fn several_attributes_are_summarized() {
    const OPTIONAL: Rule = Rule { attribute: Attribute::OptionalUser, ..Rule::BASE };
    const LENIENT: Need = Need::Rule(OPTIONAL);
    const STRICT: Need =
        Need::Rule(Rule { settings: &Settings { invalid: Invalid::Reject, ..Settings::NONE }, ..OPTIONAL });
    const USER: Need = Need::Rule(Rule::BASE);
    for (need, anonymous, invalid) in [
        (LENIENT, true, true),
        (STRICT, true, false),
        (Need::All(&[&LENIENT, &LENIENT]), true, true),
        (Need::All(&[&LENIENT, &STRICT]), true, false),
        (Need::All(&[&LENIENT, &USER]), false, false),
        (USER, false, false),
    ] {
        assert_eq!((need.admits_anonymous(), need.takes_invalid_for_anonymous()), (anonymous, invalid), "{need:?}");
    }
    const ORDERED: Need = Need::Rule(Rule { hierarchy: HIERARCHY, ..Rule::BASE });
    assert_eq!(Combined::of(&Need::All(&[&USER, &ORDERED])).hierarchy, HIERARCHY);
    assert!(Combined::of(&USER).hierarchy.is_empty());
    const SCOPES: Condition = Condition::All(&[
        Condition::Scope("a"),
        Condition::Any(&[Condition::Scope("b"), Condition::Scope("a")]),
        Condition::Not(&Condition::Scope("c")),
    ]);
    const SCOPED: Need = Need::Rule(Rule { condition: SCOPES, ..Rule::BASE });
    assert_eq!(Need::All(&[&USER, &SCOPED, &SCOPED]).scopes(), ["a", "b"]);
}
