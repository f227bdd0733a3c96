//! Memberships from a directory, with real tokens and a real router.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use auth_runtime::testing::{TestClock, TestDirectory, TestIssuer, denial_matrix};
use auth_runtime::{
    DenialReason, Denied, Directory, DirectoryError, Grants, GuardedRouter, Membership, OrgMember, User, Verified,
    Verifier, require_org, require_permission, require_user, routing,
};
use auth_test_support::Recorded;
use axum::Router;
use axum::extract::Path;
use axum::http::header;

use crate::support::{get_with, get_without};

#[require_org(role == "Admin", from = org_id)]
async fn billing(Path(org_id): Path<String>, org: OrgMember) -> String {
    assert_eq!(org_id, org.id());
    org.role().unwrap_or_default().to_owned()
}

#[require_org(permission("projects:write"), from = org_id)]
async fn projects(Path(org_id): Path<String>) -> String {
    org_id
}

#[require_user(role == "staff")]
async fn staff(user: User) -> String {
    user.roles().unwrap_or_default().join(",")
}

#[require_permission("reports:read")]
async fn reports() -> &'static str {
    "reports"
}

#[require_org(from = org_id, fresh = "0s")]
async fn now(Path(org_id): Path<String>) -> String {
    org_id
}

#[require_org(from = org_id, fresh = "1h")]
#[require_user(fresh = "3s")]
async fn soon(Path(org_id): Path<String>) -> String {
    org_id
}

#[require_user(scope("invoices:read"))]
async fn scoped(user: User) -> String {
    user.id().to_owned()
}

/// The user in a handler whose guard selects no organization.
#[require_user]
async fn seen(user: User) -> String {
    let known =
        user.known_orgs().count() + usize::from(user.active_org().is_some()) + usize::from(user.org("acme").is_some());
    format!("{known} {:?} {} {}", user.roles(), user.has_permission("direct"), user.lacks_permission("direct"))
}

/// The user in a handler, in addition to the organization that its guard selected.
#[require_org(from = org_id)]
async fn selected(Path(org_id): Path<String>, user: User) -> Result<String, Denied> {
    user.require_org(&org_id)?;
    Ok(user.known_orgs().map(|org| org.id().to_owned()).collect::<Vec<_>>().join(","))
}

#[require_user]
async fn membership(Path(org_id): Path<String>, verified: Verified) -> Result<String, Denied> {
    let org = verified.membership(&org_id).await?;
    Ok(org.map_or_else(|| "none".to_owned(), |org| org.role().unwrap_or_default().to_owned()))
}

#[require_org(role == "Admin", from = active())]
async fn active() -> &'static str {
    "active"
}

fn routes() -> GuardedRouter {
    GuardedRouter::new()
        .route("/orgs/{org_id}/billing", routing::get(billing))
        .route("/orgs/{org_id}/projects", routing::get(projects))
        .route("/orgs/{org_id}/selected", routing::get(selected))
        .route("/orgs/{org_id}/membership", routing::get(membership))
        .route("/orgs/{org_id}/now", routing::get(now))
        .route("/orgs/{org_id}/soon", routing::get(soon))
        .route("/staff", routing::get(staff))
        .route("/reports", routing::get(reports))
        .route("/scoped", routing::get(scoped))
        .route("/seen", routing::get(seen))
}

fn all_routes() -> GuardedRouter {
    routes().route("/active", routing::get(active))
}

async fn app(issuer: &TestIssuer, directory: impl Directory) -> (Router, Verifier, TestClock) {
    let clock = TestClock::now();
    let builder = Verifier::builder().issuer(issuer.issuer()).clock(clock.clone()).directory(directory);
    let verifier = builder.build().await.unwrap();
    (all_routes().guarded_by(verifier.clone()).into_router(), verifier, clock)
}

#[tokio::test]
async fn roles_in_tokens_are_unknown_with_a_directory() {
    let issuer = TestIssuer::new();
    let directory = issuer.directory();
    let (app, ..) = app(&issuer, directory.clone()).await;
    let token = issuer
        .token()
        .user("ada")
        .org("acme", "Admin")
        .org_permission("acme", "projects:write")
        .claim("org_member_info", serde_json::json!({ "org_id": "acme", "user_role": "Admin" }))
        .role("staff")
        .permission("reports:read")
        .permission("direct")
        .scope("invoices:read")
        .build();
    for uri in ["/orgs/acme/billing", "/orgs/acme/projects", "/orgs/acme/selected", "/active", "/staff", "/reports"] {
        assert_eq!(get_with(&app, uri, &token).await.status, 403, "{uri}");
    }
    assert_eq!(get_with(&app, "/seen", &token).await.body, "0 None false false");
    assert_eq!(get_with(&app, "/orgs/acme/membership", &token).await.body, "none");
    // Scopes come only from the credential.
    assert_eq!(get_with(&app, "/scoped", &token).await.body, "ada");
    assert_eq!(get_without(&app, "/orgs/acme/billing").await.status, 401);
    // A route that needs no membership does not ask the directory.
    let before = directory.lookups();
    get_with(&app, "/seen", &token).await;
    get_with(&app, "/scoped", &token).await;
    assert_eq!(directory.lookups(), before);
}

#[tokio::test]
async fn the_directory_admits_by_membership_role_permission_and_grants() {
    let issuer = TestIssuer::new();
    let directory = issuer.directory();
    let (app, ..) = app(&issuer, directory.clone()).await;
    let token = issuer.token().user("ada").role("of-the-token").build();
    directory.member("ada", Membership::new("acme", "Admin").permissions(["projects:write"]));
    directory.member("ada", Membership::new("globex", "Member"));
    directory.grant("ada", Grants::none().roles(["staff"]).permissions(["reports:read"]));
    for (uri, status, body) in [
        ("/orgs/acme/billing", 200, "Admin"),
        ("/orgs/acme/projects", 200, "acme"),
        ("/orgs/acme/selected", 200, "acme"),
        ("/orgs/acme/membership", 200, "Admin"),
        ("/orgs/globex/membership", 200, "Member"),
        ("/orgs/globex/selected", 200, "globex"),
        ("/staff", 200, "staff"),
        ("/reports", 200, "reports"),
    ] {
        let answer = get_with(&app, uri, &token).await;
        assert_eq!((answer.status.as_u16(), answer.body.as_str()), (status, body), "{uri} {answer:?}");
    }
    for uri in ["/orgs/globex/billing", "/orgs/globex/projects", "/orgs/initech/selected", "/orgs/ACME/selected"] {
        assert_eq!(get_with(&app, uri, &token).await.status, 403, "{uri}");
    }
    // The directory may return the values of the token.
    directory.grant("grace", Grants::of_credentials());
    let token = issuer.token().user("grace").role("staff").build();
    assert_eq!(get_with(&app, "/staff", &token).await.status, 200);
    assert_eq!(get_with(&app, "/reports", &token).await.status, 403);
}

#[tokio::test]
async fn a_change_takes_effect_after_fresh_for_or_after_forget() {
    let issuer = TestIssuer::new();
    let directory = issuer.directory();
    let (app, verifier, clock) = app(&issuer, directory.clone()).await;
    let token = issuer.token().user("ada").expires_in(Duration::from_secs(86_400)).build();
    let status = async || get_with(&app, "/orgs/acme/billing", &token).await.status.as_u16();
    assert_eq!(status().await, 403);
    directory.member("ada", Membership::new("acme", "Admin"));
    assert_eq!(status().await, 403);
    clock.advance(Duration::from_secs(5));
    assert_eq!(status().await, 200);
    directory.remove("ada", "acme");
    assert_eq!(status().await, 200);
    clock.advance(Duration::from_millis(4999));
    assert_eq!(status().await, 200);
    clock.advance(Duration::from_millis(1));
    assert_eq!(status().await, 403);
    let before = directory.lookups();
    assert_eq!((status().await, status().await, directory.lookups()), (403, 403, before));
    for n in 0..1000 {
        let is_member = n % 2 == 0;
        if is_member {
            directory.member("ada", Membership::new("acme", "Admin"));
        } else {
            directory.remove("ada", "acme");
        }
        match n % 3 {
            0 => verifier.forget_user("https://issuer.test", "ada"),
            1 => verifier.forget_org("acme"),
            _ => clock.advance(Duration::from_secs(5)),
        }
        assert_eq!(status().await, if is_member { 200 } else { 403 }, "{n}");
    }
}

#[tokio::test]
async fn an_attribute_may_ask_for_a_fresher_answer() {
    let issuer = TestIssuer::new();
    let directory = issuer.directory();
    let (app, _, clock) = app(&issuer, directory.clone()).await;
    let token = issuer.token().user("ada").build();
    let status = async |uri: &str| get_with(&app, uri, &token).await.status.as_u16();
    directory.member("ada", Membership::new("acme", "Admin"));
    for uri in ["/orgs/acme/selected", "/orgs/acme/now", "/orgs/acme/soon"] {
        assert_eq!(status(uri).await, 200, "{uri}");
    }
    directory.remove("ada", "acme");
    // The shortest duration of stacked attributes counts, and the verifier's setting is the maximum.
    assert_eq!((status("/orgs/acme/selected").await, status("/orgs/acme/soon").await), (200, 200));
    clock.advance(Duration::from_secs(3));
    assert_eq!((status("/orgs/acme/selected").await, status("/orgs/acme/soon").await), (200, 403));
    directory.member("ada", Membership::new("acme", "Admin"));
    assert_eq!((status("/orgs/acme/soon").await, status("/orgs/acme/now").await), (403, 200));
    let text = routes().table().to_string();
    assert!(text.contains(r#"fresh = "0s""#), "{text}");
    let lookups = directory.lookups();
    for _ in 0..3 {
        assert_eq!(status("/orgs/acme/now").await, 200);
    }
    assert_eq!(directory.lookups(), lookups + 3);
}

#[tokio::test]
async fn a_longer_fresh_is_looser_and_is_read_back() {
    let table = routes().table();
    let text = table.text();
    assert!(
        text.contains(
            r#"require_org(from = org_id with "Path(org_id): Path<String>", fresh = "1h") + require_user(fresh = "3s")"#
        ),
        "{text}"
    );
    table.compare(&text).unwrap();
    let shorter = text.replace(r#"fresh = "3s""#, r#"fresh = "2s""#);
    let difference = table.compare(&shorter).unwrap_err().to_string();
    assert!(difference.contains("`fresh` is longer"), "{difference}");
    let longer = text.replace(r#"fresh = "3s""#, r#"fresh = "4s""#);
    assert!(!table.compare(&longer).unwrap_err().to_string().contains("`fresh` is longer"));
}

#[tokio::test]
async fn auth_toml_defines_the_permissions_of_a_directorys_roles() {
    let issuer = TestIssuer::new();
    let app = auth_tests_vocabulary::routes().guarded_by(issuer.verifier_with_directory().await).into_router();
    let directory = issuer.directory();
    let token = issuer.token().user("ada").build();
    for (membership, allowed, not_allowed) in [
        (Membership::new("acme", "Admin"), 200, 403),
        (Membership::new("acme", "Owner"), 200, 403),
        (Membership::new("acme", "Member"), 403, 200),
        (Membership::new("acme", "Auditor"), 403, 200),
        // Listed permissions are used, and an empty list means no permissions.
        (Membership::new("acme", "Admin").permissions::<String>([]), 403, 200),
        (Membership::new("acme", "Auditor").permissions(["can_view_billing"]), 200, 403),
        // The file does not declare the role, so permissions are unknown, and neither condition is true.
        (Membership::new("acme", "Superuser"), 403, 403),
        (Membership::new("acme", "Auditor").additional_role("Admin"), 200, 403),
        (Membership::new("acme", "Admin").additional_role("Superuser"), 403, 403),
    ] {
        directory.member("ada", membership.clone());
        let answers =
            [get_with(&app, "/allowed/acme", &token).await, get_with(&app, "/not_allowed/acme", &token).await];
        assert_eq!(answers.each_ref().map(|answer| answer.status.as_u16()), [allowed, not_allowed], "{answers:?}");
    }
    directory.member("ada", Membership::new("acme", "Owner"));
    let answer = get_with(&app, "/allowed/acme", &token).await;
    assert_eq!(answer.body, "acme: ProductA::CanCreate, can_view_billing");
    // The permissions of a token are not completed from the file.
    let app = auth_tests_vocabulary::routes().guarded_by(issuer.verifier().await).into_router();
    let token = issuer.token().user("ada").org("acme", "Admin").build();
    assert_eq!(get_with(&app, "/allowed/acme", &token).await.status, 403);
}

/// The behavior of a faulty directory, chosen by the id of the organization.
#[derive(Clone, Default)]
struct Faulty {
    asked: Arc<AtomicUsize>,
}

impl Directory for Faulty {
    async fn membership(&self, _: &User, org: &str) -> Result<Option<Membership>, DirectoryError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        match org {
            "error" => Err("no connection".into()),
            "panic" => panic!("a bug"),
            "hang" => pending().await,
            "two" => Membership::at_most_one(["Admin", "Member"].map(|role| Membership::new(org, role))),
            "another" => Ok(Some(Membership::new("Another", "Admin"))),
            _ => Ok(Some(Membership::new(org, "Admin"))),
        }
    }

    async fn grants(&self, _: &User) -> Result<Grants, DirectoryError> {
        Err("no connection".into())
    }
}

#[tokio::test]
async fn a_failing_directory_admits_no_request() {
    let issuer = TestIssuer::new();
    let faulty = Faulty::default();
    let (app, _, clock) = app(&issuer, faulty.clone()).await;
    let token = issuer.token().user("ada").org("error", "Admin").role("staff").build();
    for uri in ["/orgs/error/billing", "/orgs/panic/billing", "/orgs/two/billing", "/orgs/error/membership", "/staff"] {
        let answer = get_with(&app, uri, &token).await;
        assert_eq!(answer.status, 503, "{uri} {answer:?}");
        assert!(matches!(answer.denied, Some(DenialReason::DirectoryUnavailable { .. })), "{answer:?}");
        assert_eq!(answer.headers[header::RETRY_AFTER], "1");
        assert!(!answer.body.contains("connection"), "{answer:?}");
    }
    // A failure is not cached.
    let before = faulty.asked.load(Ordering::SeqCst);
    assert_eq!(get_with(&app, "/orgs/error/billing", &token).await.status, 503);
    assert_eq!(faulty.asked.load(Ordering::SeqCst), before + 1);
    // An answer about a wrong organization.
    let answer = get_with(&app, "/orgs/another/billing", &token).await;
    assert_eq!((answer.status.as_u16(), answer.denied), (403, Some(DenialReason::NotAMember)));
    // If the directory does not answer, the request still gets its response in time, and no other request waits.
    let hanging = async { get_with(&app, "/orgs/hang/billing", &token).await };
    let others = async {
        for n in 0..100 {
            let other = issuer.token().user(&format!("user-{n}")).build();
            assert_eq!(get_with(&app, "/orgs/acme/billing", &other).await.status, 200);
        }
        clock.advance(Duration::from_secs(2));
    };
    let (answer, ()) = tokio::join!(hanging, others);
    assert_eq!(answer.status, 503, "{answer:?}");
}

#[tokio::test]
async fn tests_of_a_directory_are_as_short_as_those_of_tokens() {
    let issuer = TestIssuer::new();
    let routes = routes().guarded_by(issuer.verifier_with_directory().await);
    let matrix = denial_matrix(routes, &issuer).await.unwrap();
    assert_eq!(matrix.routes(), 10);
}

#[tokio::test]
async fn a_matrix_that_does_not_write_into_the_directory_finds_it_out() {
    let issuer = TestIssuer::new();
    let verifier = Verifier::builder().issuer(issuer.issuer()).directory(TestDirectory::new()).build().await.unwrap();
    assert!(denial_matrix(routes().guarded_by(verifier), &issuer).await.is_err());
}

#[tokio::test]
async fn settings_of_a_directory_that_are_too_long_do_not_build() {
    let issuer = TestIssuer::new();
    let builder = || Verifier::builder().issuer(issuer.issuer()).directory(TestDirectory::new());
    let long = Duration::from_secs(61);
    for (builder, setting) in [
        (builder().directory_fresh_for(long), Some("directory_fresh_for")),
        (builder().danger_directory_fresh_for(long), None),
        (builder().directory_timeout(Duration::ZERO), Some("directory_timeout")),
        (builder().directory_timeout(Duration::from_secs(31)), Some("directory_timeout")),
        (builder().directory_cache_bytes(1), Some("directory_cache_bytes")),
    ] {
        assert_eq!(builder.build().await.err().map(|error| error.setting()), setting);
    }
}

/// A database that compares without regard to case.
struct AnyCase;

impl Directory for AnyCase {
    async fn membership(&self, _: &User, org: &str) -> Result<Option<Membership>, DirectoryError> {
        Ok(Some(Membership::new(org.to_uppercase(), "Admin")))
    }

    async fn grants(&self, _: &User) -> Result<Grants, DirectoryError> {
        Ok(Grants::none())
    }
}

#[tokio::test]
async fn an_answer_about_another_organization_is_no_membership_and_is_logged_once() {
    let recorded = Recorded::default();
    let _log = tracing::subscriber::set_default(recorded.subscriber());
    let issuer = TestIssuer::new();
    let verifier = Verifier::builder().issuer(issuer.issuer()).directory(AnyCase).build().await.unwrap();
    let routes = GuardedRouter::new().route("/orgs/{org_id}/billing", routing::get(billing));
    let app = routes.guarded_by(verifier).into_router();
    let token = issuer.token().user("ada").build();
    for (org, expected) in [("ACME", 200), ("acme", 403), ("Acme", 403), ("ACME", 200)] {
        let answer = get_with(&app, &format!("/orgs/{org}/billing"), &token).await;
        assert_eq!(answer.status, expected, "{org}");
    }
    let logged = recorded.entries().iter().filter(|entry| entry.contains("about another organization")).count();
    assert_eq!(logged, 1);
}
