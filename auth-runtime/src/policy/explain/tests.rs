//! The text of explanations, and when it is computed.

#![allow(clippy::expect_used)]

use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use auth_test_support::{Entry, Listener};
use http::Request;
use tracing::subscriber::NoSubscriber;
use tracing::{Level, Metadata};

use crate::id::{Identity, Membership, Subject};
use crate::policy::{
    Attribute, Condition, DenialReason, Denied, Expression, Need, OTHER, OrgSource, Part, Rule, Settings,
};

thread_local! {
    /// How often an explanation was computed.
    pub(super) static COMPUTED: Cell<usize> = const { Cell::new(0) };
}

const ORG: Rule = Rule {
    attribute: Attribute::RequireOrg,
    condition: Condition::RoleAtLeast("Admin"),
    text: r#"require_org(role >= "Admin", from = org_id)"#,
    org: OrgSource::Argument {
        name: "org_id",
        binding: "Path(org_id): Path<String>",
        argument: OTHER,
        part: Part::All,
    },
    file: "src/orgs.rs",
    line: 7,
    ..Rule::BASE
};

const PERMISSION: Rule = Rule {
    attribute: Attribute::RequirePermission,
    condition: Condition::All(&[
        Condition::Not(&Condition::Permission("suspended")),
        Condition::Any(&[Condition::Scope("a"), Condition::Not(&Condition::RoleIs("Owner")), Condition::EmailVerified]),
    ]),
    text: "require_permission(..)",
    file: "src/orgs.rs",
    line: 8,
    ..Rule::BASE
};

static BOTH: Need = Need::All(&[&Need::Rule(ORG), &Need::Rule(PERMISSION)]);
static ORG_LAST: Need = Need::All(&[&Need::Rule(PERMISSION), &Need::Rule(ORG)]);
static CHECKED: Need = Need::All(&[
    &Need::Rule(ORG),
    &Need::Rule(Rule {
        settings: &Settings {
            check: Some(Expression { text: "owns(id)", bindings: "Path(id): Path<i64>", reads: &[] }),
            ..Settings::NONE
        },
        ..PERMISSION
    }),
]);

fn denied(need: &'static Need, reason: DenialReason, member: Membership) -> Denied {
    let identity = Identity::new("ada").scopes(["b"]).org(member);
    let user = Subject::from(identity);
    Denied::by_guard(reason, need, Some(Arc::new(user)), Some("acme".to_owned()), 0)
}

#[test]
fn every_question_up_to_the_refusing_attribute_is_explained() {
    let member = |role| Membership::new("acme", role);
    for (denied, expected) in [
        (
            denied(&BOTH, DenialReason::Condition, member("Member")),
            r#"condition not met: #[require_org(role >= "Admin", from = org_id)] at src/orgs.rs:7
  ok      member of "acme": a member
  unknown role >= "Admin": has "Member", and no order of the two roles is declared"#,
        ),
        (
            denied(&BOTH, DenialReason::Condition, member("Member").inherited_roles(["Member", "Guest"])),
            r#"condition not met: #[require_org(role >= "Admin", from = org_id)] at src/orgs.rs:7
  ok      member of "acme": a member
  FAIL    role >= "Admin": has "Member", which includes ["Member", "Guest"]"#,
        ),
        (
            denied(&BOTH, DenialReason::Condition, member("Admin").permissions(["suspended"])),
            r#"condition not met: #[require_permission(..)] at src/orgs.rs:8
  ok      member of "acme": a member
  ok      role >= "Admin": has "Admin"
  FAIL    !permission("suspended"): has ["suspended"]
  FAIL    scope("a"): has ["b"]
  ok      !(role == "Owner")
  unknown email_verified: unknown"#,
        ),
        (
            denied(
                &CHECKED,
                DenialReason::Check,
                member("Owner").additional_role("Admin").inherited_roles(["x"]).permissions(["p"]),
            ),
            r#"check failed: #[require_permission(..)] at src/orgs.rs:8
  ok      member of "acme": a member
  ok      role >= "Admin": has ["Owner", "Admin"]
  ok      !permission("suspended"): has ["p"]
  FAIL    scope("a"): has ["b"]
  FAIL    !(role == "Owner")
  unknown email_verified: unknown
  FAIL    check = owns(id): false"#,
        ),
        (
            denied(&CHECKED, DenialReason::Condition, member("Admin").permissions(["suspended"])),
            r#"condition not met: #[require_permission(..)] at src/orgs.rs:8
  ok      member of "acme": a member
  ok      role >= "Admin": has "Admin"
  FAIL    !permission("suspended"): has ["suspended"]
  FAIL    scope("a"): has ["b"]
  ok      !(role == "Owner")
  unknown email_verified: unknown"#,
        ),
        (
            denied(&ORG_LAST, DenialReason::NotAMember, Membership::new("globex", "Admin")),
            r#"not a member: #[require_org(role >= "Admin", from = org_id)] at src/orgs.rs:7
  FAIL    member of "acme": not a member"#,
        ),
        (
            denied(&BOTH, DenialReason::NotAMember, Membership::new("globex", "Admin")),
            r#"not a member: #[require_org(role >= "Admin", from = org_id)] at src/orgs.rs:7
  FAIL    member of "acme": not a member"#,
        ),
        (
            Denied::by_guard(
                DenialReason::NotAMember,
                &BOTH,
                Some(Arc::new(Subject::from(Identity::new("ada")))),
                Some(String::new()),
                0,
            ),
            r#"not a member: #[require_org(role >= "Admin", from = org_id)] at src/orgs.rs:7
  FAIL    member of an organization: the request selects none"#,
        ),
        (Denied::by_guard(DenialReason::NoCredentials, &BOTH, None, None, 0), NO_CREDENTIALS),
    ] {
        let explanation = denied.explain();
        assert_eq!(format!("{explanation:#}"), expected);
        let line = expected.replace("\n  ", "; ").replace("ok      ", "ok ").replace("FAIL    ", "FAIL ");
        assert_eq!(explanation.to_string(), line);
        assert_eq!(explanation.findings().len() + 1, expected.lines().count());
        assert_eq!(explanation.reason(), denied.reason());
        let place = explanation.place().map(|(file, line)| format!("{file}:{line}")).unwrap_or_default();
        let head = format!(": #[{}] at {place}", explanation.policy().unwrap_or_default());
        assert!(expected.lines().next().is_some_and(|first| first.ends_with(&head)), "{head}");
        assert_eq!(format!("{denied:?}"), format!("Denied {{ reason: {:?}, .. }}", denied.reason()));
    }
}

#[test]
fn an_unknown_permission_is_explained_with_its_reason() {
    static NEED: Need = Need::Rule(Rule { condition: Condition::Permission("p"), text: "x", ..PERMISSION });
    let one = || Identity::new("ada").permissions(["q"]).org(Membership::new("acme", "A").permissions(["r"]));
    for (identity, expected) in [
        (Identity::new("ada"), "unknown permission(\"p\"): unknown"),
        (one(), "FAIL permission(\"p\"): has [\"q\"]"),
        (one().active_org("acme"), "FAIL permission(\"p\"): has [\"q\", \"r\"]"),
        (
            one().org(Membership::new("beta", "A")),
            "unknown permission(\"p\"): 2 organizations, and no selected organization",
        ),
        (one().org(Membership::new("beta", "A")).active_org("acme"), "FAIL permission(\"p\"): has [\"q\", \"r\"]"),
    ] {
        let user = Subject::from(identity);
        let denied = Denied::by_guard(DenialReason::Condition, &NEED, Some(Arc::new(user)), None, 0);
        let text = denied.explain().to_string();
        assert_eq!(text.split_once("; ").map(|(_, findings)| findings), Some(expected));
    }
}

#[test]
fn ids_and_roles_take_one_bounded_line() {
    let odd = "x\nrequest refused\u{1b}[0m \" user=\"root".to_owned() + &"y".repeat(10_000);
    let identity = Identity::new(odd.clone()).org(Membership::new(odd.clone(), odd.clone()).permissions([odd.clone()]));
    let user = Arc::new(Subject::from(identity));
    for denied in [
        Denied::by_guard(DenialReason::Condition, &BOTH, Some(Arc::clone(&user)), Some(odd.clone()), 0),
        Denied::by_method(
            DenialReason::NotAMember,
            &user,
            &odd,
            crate::policy::Finding::new("q".to_owned(), Some(false), "h"),
        ),
    ] {
        let explanation = denied.explain();
        let texts = [explanation.to_string(), denied.to_string(), format!("{:?}", explanation.findings())];
        let fields = [explanation.user(), explanation.org()].map(Option::unwrap_or_default);
        for text in texts.iter().map(String::as_str).chain(fields) {
            assert!(!text.contains(['\n', '\u{1b}']) && !text.contains("y\" user=") && text.len() < 2_000, "{text}");
        }
        assert!(fields.iter().all(|field| field.len() <= 256 && field.ends_with("...")));
    }
}

#[test]
fn conditions_are_printed_as_they_are_written() {
    const A: Condition = Condition::Scope("a");
    const B: Condition = Condition::EmailVerified;
    for (condition, expected) in [
        (Condition::All(&[A, B, A]), r#"scope("a") && email_verified && scope("a")"#),
        (Condition::All(&[Condition::Any(&[A, B]), B]), r#"(scope("a") || email_verified) && email_verified"#),
        (Condition::Any(&[B, Condition::All(&[A, B])]), r#"email_verified || (scope("a") && email_verified)"#),
        (
            Condition::Any(&[Condition::Not(&A), Condition::Not(&Condition::Any(&[A, B]))]),
            r#"!scope("a") || !(scope("a") || email_verified)"#,
        ),
    ] {
        assert_eq!(condition.to_string(), expected);
    }
}

/// Ten questions about one list: the list is written once, and shortened.
#[test]
fn a_list_is_written_once_with_at_most_20_names() {
    const ASKED: [Condition; 10] = [
        Condition::Permission("a"),
        Condition::Permission("b"),
        Condition::Permission("c"),
        Condition::Permission("d"),
        Condition::Permission("e"),
        Condition::Permission("f"),
        Condition::Permission("g"),
        Condition::Permission("h"),
        Condition::Permission("i"),
        Condition::Permission("j"),
    ];
    static NEED: Need = Need::Rule(Rule { condition: Condition::Any(&ASKED), ..PERMISSION });
    for (count, end) in [(2, r#""n1"]"#), (20, r#""n19"]"#), (500, r#""n19" and 480 more]"#)] {
        let names: Vec<String> = (0..count).map(|n| format!("n{n}")).collect();
        let denied = denied(&NEED, DenialReason::Condition, Membership::new("acme", "Member").permissions(names));
        let text = denied.explain().to_string();
        assert_eq!(text.matches("FAIL permission").count(), 10, "{text}");
        assert_eq!(text.matches(r#""n0""#).count(), 1, "{text}");
        assert!(text.contains(end), "{text}");
        assert!(denied.explain().findings().iter().skip(1).all(|finding| finding.had.ends_with(end)));
    }
}

/// The text of one question about a role can begin with the text of another.
#[test]
fn a_role_is_written_once_for_all_questions() {
    const IS: Condition = Condition::RoleIs("Owner");
    const AT_LEAST: Condition = Condition::RoleAtLeast("Admin");
    static IS_FIRST: Need = Need::Rule(Rule { condition: Condition::Any(&[IS, AT_LEAST]), ..ORG });
    static IS_LAST: Need = Need::Rule(Rule { condition: Condition::Any(&[AT_LEAST, IS, AT_LEAST]), ..ORG });
    let plain = || Membership::new("acme", "Member");
    for (need, member, expected) in [
        (
            &IS_FIRST,
            plain().inherited_roles(["Guest"]),
            r#"FAIL role == "Owner": has "Member"; FAIL role >= "Admin": which includes ["Guest"]"#,
        ),
        (
            &IS_LAST,
            plain().inherited_roles(["Guest"]),
            r#"FAIL role >= "Admin": has "Member", which includes ["Guest"]; FAIL role == "Owner""#,
        ),
        (
            &IS_FIRST,
            plain(),
            r#"FAIL role == "Owner": has "Member"; unknown role >= "Admin": and no order of the two roles is declared"#,
        ),
        (
            &IS_LAST,
            plain(),
            r#"unknown role >= "Admin": has "Member", and no order of the two roles is declared; FAIL role == "Owner""#,
        ),
    ] {
        let text = denied(need, DenialReason::Condition, member).explain().to_string();
        assert!(text.ends_with(&format!("; {expected}")), "{text}");
    }
}

const NO_CREDENTIALS: &str = r#"no credentials: #[require_org(role >= "Admin", from = org_id)] at src/orgs.rs:7"#;

#[test]
fn explanations_are_computed_only_on_request() {
    let computed = || COMPUTED.with(Cell::get);
    let refuse = || {
        let (parts, ()) = Request::new(()).into_parts();
        let denied = denied(&BOTH, DenialReason::Condition, Membership::new("acme", "Member"));
        drop(crate::reply::refuse(denied, None, &parts));
    };
    for (level, expected) in [(Level::ERROR, 0), (Level::INFO, 1)] {
        let (entries, asked) = <(Arc<Mutex<Vec<Entry>>>, Arc<AtomicUsize>)>::default();
        let log = {
            let (entries, asked) = (Arc::clone(&entries), Arc::clone(&asked));
            let enabled = move |metadata: &Metadata<'_>| {
                asked.fetch_add(1, Ordering::SeqCst);
                *metadata.level() <= level
            };
            Listener::new(enabled, move |entry| entries.lock().expect("no test panics with it").push(entry))
        };
        let before = computed();
        tracing::subscriber::with_default(log, refuse);
        assert_eq!(computed() - before, expected);
        let entries = entries.lock().expect("no test panics with it");
        assert_eq!(entries.len(), expected);
        assert!(asked.load(Ordering::SeqCst) > 0);
        if let Some(entry) = entries.first() {
            assert_eq!(
                entry.fields(),
                concat!(
                    r#"message=request refused status=403 method="GET" "#,
                    r#"policy="require_org(role >= \"Admin\", from = org_id)" at="src/orgs.rs:7" user="ada" org="acme" "#,
                    r#"reason=condition not met findings=ok member of "acme": a member; "#,
                    r#"unknown role >= "Admin": has "Member", and no order of the two roles is declared"#
                )
            );
        }
    }
    let before = computed();
    tracing::subscriber::with_default(NoSubscriber::default(), refuse);
    assert_eq!(computed(), before, "no subscriber, no explanation");
    let _ = denied(&BOTH, DenialReason::Condition, Membership::new("acme", "Member")).explain();
    assert_eq!(computed(), before + 1);
}
