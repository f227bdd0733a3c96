//! The sources of memberships, roles and permissions: a directory, the tokens of one of several issuers, and the scopes
//! of a client.

use auth_runtime::testing::TestIssuer;
use auth_runtime::{
    AuthenticationError, Authenticator, GuardedRouter, Identity, Issuer, Membership, OrgMember, User, Verified,
    Verifier, require_org, require_permission, require_user, routing,
};
use axum::Router;
use axum::extract::Path;
use axum::http::request::Parts;

use crate::support::{Recorded, get_with};

const OTHER: &str = "https://other.test";

#[require_org(role == "Admin", from = org_id)]
async fn admins(Path(org_id): Path<String>, org: OrgMember) -> String {
    format!("{org_id} {}", org.role().unwrap_or_default())
}

#[require_org(from = org_id)]
async fn members(Path(org_id): Path<String>, org: OrgMember) -> String {
    format!("{org_id} {:?} {:?}", org.role(), org.permissions())
}

#[require_org(permission("invoices:read"), from = org_id)]
async fn invoices(Path(org_id): Path<String>) -> String {
    org_id
}

#[require_org(!permission("invoices:pay"), from = org_id)]
async fn unpaid(Path(org_id): Path<String>) -> String {
    org_id
}

#[require_permission("reports:read")]
async fn reports(user: User) -> String {
    format!("{:?} {} {}", user.roles(), user.has_permission("reports:read"), user.has_permission("reports:write"))
}

#[require_user(role == "staff")]
async fn staff() {}

#[require_user]
async fn of_loaded(Path(org_id): Path<String>, verified: Verified) -> String {
    let org = verified.membership(&org_id).await.ok().flatten();
    org.map_or_else(|| "none".to_owned(), |org| org.role().unwrap_or("no role").to_owned())
}

fn routes() -> GuardedRouter {
    GuardedRouter::new()
        .route("/admins/{org_id}", routing::get(admins))
        .route("/members/{org_id}", routing::get(members))
        .route("/invoices/{org_id}", routing::get(invoices))
        .route("/unpaid/{org_id}", routing::get(unpaid))
        .route("/of_loaded/{org_id}", routing::get(of_loaded))
        .route("/reports", routing::get(reports))
        .route("/staff", routing::get(staff))
}

/// An issuer whose users are in the directory, and one whose tokens state memberships.
async fn beside(issuer: &TestIssuer, settings: impl FnOnce(Issuer) -> Issuer) -> Router {
    let other = settings(issuer.issuer().issuer_claim(OTHER).named("other"));
    let builder = Verifier::builder().issuer(issuer.issuer()).issuer(other).directory(issuer.directory());
    routes().guarded_by(builder.build().await.unwrap()).into_router()
}

#[tokio::test]
async fn tokens_of_one_issuer_speak_for_themselves_beside_a_directory() {
    let issuer = TestIssuer::new();
    let app = beside(&issuer, Issuer::memberships_from_tokens).await;
    let token = |iss| {
        let token = issuer.token().claim("iss", iss).user("ada").org("acme", "Admin");
        token.org_permission("acme", "invoices:read").role("staff").permission("reports:read").build()
    };
    let (own, other) = (token("https://issuer.test"), token(OTHER));
    let cases = ["/admins/acme", "/members/acme", "/invoices/acme", "/reports", "/staff"];
    for path in cases {
        assert_eq!(get_with(&app, path, &other).await.status, 200, "{path}");
        assert_eq!(get_with(&app, path, &own).await.status, 403, "{path}");
    }
    assert_eq!(get_with(&app, "/of_loaded/acme", &other).await.body, "Admin");
    assert_eq!(get_with(&app, "/of_loaded/acme", &own).await.body, "none");
    assert_eq!(get_with(&app, "/admins/globex", &other).await.status, 403);
    // The directory is asked only about users of the first issuer, even if a user of the other issuer has the same id.
    let directory = issuer.directory();
    let before = directory.lookups();
    directory.member("ada", Membership::new("globex", "Admin"));
    assert_eq!(get_with(&app, "/admins/globex", &other).await.status, 403);
    assert_eq!(directory.lookups(), before);
    assert_eq!(get_with(&app, "/admins/globex", &own).await.status, 200);
    // Without the setting, the directory decides about all users.
    let app = beside(&issuer, |other| other).await;
    for path in cases {
        assert_eq!(get_with(&app, path, &other).await.status, 403, "{path}");
    }
}

#[tokio::test]
async fn scopes_limit_what_a_directory_and_a_token_grant() {
    let issuer = TestIssuer::new();
    let limited = |issuer: Issuer| {
        issuer.limit_by_scopes([("billing", vec!["invoices:read"]), ("all", vec!["invoices:read", "reports:read"])])
    };
    let by_directory = beside(&issuer, limited).await;
    let by_token = beside(&issuer, |other| limited(other).memberships_from_tokens()).await;
    let directory = issuer.directory();
    let member = Membership::new("acme", "Admin").permissions(["invoices:read", "invoices:write"]);
    directory.member("ada", member);
    directory.grant("ada", auth_runtime::Grants::none().roles(["staff"]).permissions(["reports:read"]));
    let token = |scopes: &[&str]| {
        let token = issuer.token().claim("iss", OTHER).user("ada").org("acme", "Admin").role("staff");
        let token = token.org_permission("acme", "invoices:read").org_permission("acme", "invoices:write");
        scopes.iter().fold(token.permission("reports:read"), |token, scope| token.scope(scope)).build()
    };
    for (scopes, invoices, reports) in [
        (&["billing"][..], 200, 403),
        (&["all"], 200, 200),
        (&["unheard-of"], 403, 403),
        (&["unheard-of", "billing"], 200, 403),
        (&[], 403, 403),
    ] {
        let token = token(scopes);
        for (name, app) in [("directory", &by_directory), ("token", &by_token)] {
            let status = async |path| get_with(app, path, &token).await.status.as_u16();
            assert_eq!(status("/invoices/acme").await, invoices, "{name} {scopes:?}");
            assert_eq!(status("/reports").await, reports, "{name} {scopes:?}");
            // Permissions that the scopes do not list are unknown, and so are roles.
            assert_eq!(status("/unpaid/acme").await, 403, "{name} {scopes:?}");
            assert_eq!((status("/admins/acme").await, status("/staff").await), (403, 403), "{name} {scopes:?}");
            assert_eq!(status("/members/acme").await, 200, "{name} {scopes:?}");
        }
    }
    // A handler sees no more than the guard does.
    for app in [&by_directory, &by_token] {
        let token = token(&["all"]);
        assert_eq!(get_with(app, "/members/acme", &token).await.body, r#"acme None Some(["invoices:read"])"#);
        assert_eq!(get_with(app, "/reports", &token).await.body, "None true false");
        assert_eq!(get_with(app, "/of_loaded/acme", &token).await.body, "no role");
    }
    // The other issuer's tokens are not limited.
    let own = issuer.token().user("ada").build();
    assert_eq!(get_with(&by_directory, "/admins/acme", &own).await.status, 200);
}

#[tokio::test]
async fn limits_by_scopes_that_are_wrong_do_not_build() {
    let issuer = TestIssuer::new();
    for (table, part) in
        [(vec![("", vec!["a"])], "empty"), (vec![("billing", vec!["a"]), ("billing", vec!["b"])], "`billing` twice")]
    {
        let error = Verifier::new(issuer.issuer().limit_by_scopes(table)).await.unwrap_err();
        assert_eq!(error.setting(), "limit_by_scopes");
        assert!(error.to_string().contains(part), "{error}");
    }
}

#[tokio::test]
async fn the_table_shows_who_decides() {
    let issuer = TestIssuer::new();
    let table = async |settings: fn(Issuer) -> Issuer| {
        let verifier = Verifier::builder().issuer(settings(issuer.issuer())).directory(issuer.directory());
        routes().guarded_by(verifier.build().await.unwrap()).table()
    };
    let plain = table(|issuer| issuer).await;
    let limited = table(|issuer| issuer.limit_by_scopes([("b", vec!["q"]), ("a", vec!["p", "q"])])).await;
    let text = limited.text();
    assert!(text.contains("limit_by_scopes(") && text.contains("a: p q") && text.contains("b: q"), "{text}");
    limited.compare(&text).unwrap();
    assert!(plain.compare(&text).is_err());
    let by_tokens = table(Issuer::memberships_from_tokens).await.text();
    assert!(by_tokens.contains("memberships_from_tokens"), "{by_tokens}");
    assert!(plain.compare(&by_tokens).is_err());
}

/// An authenticator that never finds a user: one more source of users.
struct Nobody;

impl Authenticator for Nobody {
    async fn authenticate(&self, _: &Parts) -> Result<Option<Identity>, AuthenticationError> {
        Ok(None)
    }
}

#[require_user(acr("gold"))]
async fn gold() {}

#[require_user(acr("silver") && issuer("main"))]
async fn silver_of_one() {}

#[require_user(issuer("main") && acr("bronze") || issuer("other") && !acr("weak"))]
async fn each_of_its_own() {}

#[require_user(issuer("main"))]
#[require_user(acr("copper"))]
async fn stacked() {}

#[require_user(issuer("main") || acr("tin"))]
async fn beside_an_issuer() {}

#[tokio::test]
async fn an_acr_that_several_issuers_could_mean_is_warned_of() {
    let recorded = Recorded::default();
    let _log = tracing::subscriber::set_default(recorded.subscriber());
    let issuer = TestIssuer::new();
    let main = || issuer.issuer().named("main");
    let routes = || {
        GuardedRouter::new()
            .route("/gold", routing::get(gold).post(gold))
            .route("/silver", routing::get(silver_of_one))
            .route("/each", routing::get(each_of_its_own))
            .route("/stacked", routing::get(stacked))
            .route("/beside", routing::get(beside_an_issuer))
    };
    let warned = |router: GuardedRouter| {
        let before = recorded.entries().len();
        drop(router.build().unwrap());
        let new = recorded.entries().split_off(before);
        let of = |class: &str| {
            new.iter()
                .filter(|entry| entry.contains(&format!("acr={class}")) || entry.contains(&format!("acr={class:?}")))
                .count()
        };
        (["gold", "silver", "bronze", "weak", "copper", "tin"].map(of), new)
    };
    let one = Verifier::builder().issuer(main()).build().await.unwrap();
    let two = Verifier::builder().issuer(main()).issuer(issuer.issuer().issuer_claim(OTHER).named("other"));
    let two = two.build().await.unwrap();
    let beside = Verifier::builder().issuer(main()).authenticator("nobody", Nobody).build().await.unwrap();
    assert_eq!(warned(routes().guarded_by(one.clone())).0, [0; 6]);
    for several in [&two, &beside] {
        let (counts, log) = warned(routes().guarded_by(several.clone()));
        assert_eq!(counts, [1, 0, 0, 0, 0, 1], "{log:#?}");
        assert!(log.iter().any(|entry| entry.contains("authority.rs")), "{log:#?}");
    }
    // A nested router's own verifier is used for its routes.
    assert_eq!(
        warned(GuardedRouter::new().nest("/n", routes().guarded_by(one.clone())).guarded_by(two.clone())).0,
        [0; 6]
    );
    let outer = GuardedRouter::new().nest("/n", routes().guarded_by(two)).guarded_by(one);
    assert_eq!(warned(outer).0, [1, 0, 0, 0, 0, 1]);
}
