//! The table: its rows, its committed text, and the changes that it reports as looser.

use std::convert::Infallible;

use auth_runtime::routing::{Loosened, Table, TableDiff, any, delete, get, post};
use auth_runtime::testing::TestIssuer;
use auth_runtime::{GuardedRouter, Issuer, OrgMember, Verifier};
use auth_runtime::{optional_user, public, require_org, require_permission, require_user};
use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Query, Request};
use axum::response::Response;
use axum::routing as plain;
use serde::Deserialize;
use tower::service_fn;

use crate::support::send;

const BILLING: &str = "can_view_billing";

#[public(reason = "load balancer probe")]
async fn health() {}

#[require_user]
async fn user() {}

#[optional_user(invalid = reject)]
async fn hello() {}

#[require_org(role >= "Admin", from = org_id, deny = not_found)]
#[require_permission(permission(BILLING))]
async fn billing(Path(org_id): Path<String>) {}

#[require_user(!(scope("a") || role == "b\"c") && email_verified, check = allowed("x"))]
async fn checked() {}

fn allowed(_: &str) -> bool {
    true
}

fn routes() -> GuardedRouter {
    let service = service_fn(|_: Request| async { Ok::<_, Infallible>(Response::new(Body::empty())) });
    let docs = Router::new()
        .route("/docs", plain::get(|| async {}))
        .nest_service("/docs/files", service)
        .fallback(|| async {});
    let org = GuardedRouter::new().route("/", any(user).post(checked)).route("/billing", get(billing)).fallback(user);
    GuardedRouter::new()
        .route("/health", get(health))
        .route("/{*rest}", get(hello))
        .nest("/orgs/{org_id}", org)
        .merge(GuardedRouter::new().route("/héllo", post(hello)).method_not_allowed_fallback(user))
        .public_service("/metrics", "scraped inside the cluster", service)
        .public_router("documentation", docs)
}

#[test]
fn table_lists_every_route_and_counts_public_routes() {
    let table = routes().table();
    let listed: Vec<_> = table
        .rows()
        .iter()
        .map(|row| {
            format!("{} {} {} {:?}", row.method, row.path, row.policy, row.reason.as_deref().unwrap_or_default())
        })
        .collect();
    let docs = r#"public_router(reason = "documentation") "documentation""#;
    assert_eq!(
        listed,
        [
            format!("* /* {docs}"),
            format!("GET /docs {docs}"),
            format!("* /docs/files {docs}"),
            format!("* /docs/files/ {docs}"),
            format!("* /docs/files/{{*rest}} {docs}"),
            r#"GET /health public(reason = "load balancer probe") "load balancer probe""#.to_owned(),
            r#"* /héllo require_user """#.to_owned(),
            r#"POST /héllo optional_user(invalid = reject) """#.to_owned(),
            r#"* /metrics public_service(reason = "scraped inside the cluster") "scraped inside the cluster""#
                .to_owned(),
            r#"* /orgs/{org_id} require_user """#.to_owned(),
            concat!(
                r#"POST /orgs/{org_id} require_user(!(scope("a") || role == "b\"c") && email_verified, "#,
                r#"check = allowed("x")) """#
            )
            .to_owned(),
            r#"* /orgs/{org_id}/* require_user """#.to_owned(),
            concat!(
                r#"GET /orgs/{org_id}/billing require_org(role >= "Admin", from = org_id, deny = not_found) "#,
                r#"with Path(org_id): Path<String> + require_permission(permission(BILLING)) """#
            )
            .to_owned(),
            r#"GET /{*rest} optional_user(invalid = reject) """#.to_owned(),
        ]
    );
    let text = table.to_string();
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines.last(), Some(&"14 routes, 7 public"));
    for (row, line) in table.rows().iter().zip(&lines) {
        let place = format!("  {}:{}", row.file, row.line);
        assert!(row.file == file!() && row.line > 0 && line.ends_with(&place), "{line}");
        let column = line.strip_suffix(&place).map(|line| line.chars().count());
        assert_eq!(
            column,
            lines[0].strip_suffix(&format!("  {}:{}", file!(), table.rows()[0].line)).map(|l| l.chars().count())
        );
        assert!(line.chars().skip(6).collect::<String>().starts_with(&row.path), "{line}");
    }
}

const COMMITTED: &str = r#"# Routes and their policies: written by `Table::text`, compared by a test.
# parameters: 4 unread, 0 unbound
*       /*  public_router(reason = "documentation")
GET     /docs  public_router(reason = "documentation")
*       /docs/files  public_router(reason = "documentation")
*       /docs/files/  public_router(reason = "documentation")
*       /docs/files/{*rest}  public_router(reason = "documentation")
GET     /health  public(reason = "load balancer probe")
*       /héllo  require_user
POST    /héllo  optional_user(invalid = reject)
*       /metrics  public_service(reason = "scraped inside the cluster")
*       /orgs/{org_id}  require_user unread: {org_id}
POST    /orgs/{org_id}  require_user(!(scope("a") || role == "b\"c") && email_verified, check = "allowed(\"x\")") unread: {org_id}
*       /orgs/{org_id}/*  require_user unread: {org_id}
GET     /orgs/{org_id}/billing  require_org(role >= "Admin", from = org_id with "Path(org_id): Path<String>", deny = not_found) + require_permission(permission("can_view_billing"))
GET     /{*rest}  optional_user(invalid = reject) unread: {rest}
"#;

#[test]
fn table_text_has_no_line_numbers_and_is_read_back() {
    let table = routes().table();
    assert_eq!(table.text(), COMMITTED);
    let read: Table = COMMITTED.parse().unwrap();
    assert_eq!(read.text(), COMMITTED);
    assert_eq!(read.rows().len(), table.rows().len());
    assert!(table.loosened_since(&read).is_empty() && read.loosened_since(&table).is_empty());
    assert!(table.compare(COMMITTED).is_ok());
    assert!(read.to_string().ends_with("14 routes, 7 public"));
}

#[test]
fn table_difference_starts_with_what_became_looser() {
    let committed = COMMITTED.replace("role >= \"Admin\"", "role == \"Owner\"").replace("/health", "/healthz");
    let difference: TableDiff = routes().table().compare(&committed).unwrap_err();
    assert_eq!(difference.text(), COMMITTED);
    assert_eq!(difference.loosened().len(), 3);
    let text = difference.to_string();
    let expected = r#"the routes differ from the committed table
LOOSER GET /health: new public route
    now:    public(reason = "load balancer probe")
LOOSER GET /health: is now public, for requests that `/{*rest}` answered
    before: optional_user(invalid = reject) unread: {rest}
    now:    public(reason = "load balancer probe")
LOOSER GET /orgs/{org_id}/billing: now admits more callers, for example: role "Admin", permission("can_view_billing")
    before: require_org(role == "Owner", from = org_id with "Path(org_id): Path<String>", deny = not_found) + require_permission(permission("can_view_billing"))
    now:    require_org(role >= "Admin", from = org_id with "Path(org_id): Path<String>", deny = not_found) + require_permission(permission("can_view_billing"))
- GET     /healthz  public(reason = "load balancer probe")
- GET     /orgs/{org_id}/billing  require_org(role == "Owner", from = org_id with "Path(org_id): Path<String>", deny = not_found) + require_permission(permission("can_view_billing"))
+ GET     /health  public(reason = "load balancer probe")
+ GET     /orgs/{org_id}/billing  require_org(role >= "Admin", from = org_id with "Path(org_id): Path<String>", deny = not_found) + require_permission(permission("can_view_billing"))
if this is intended, commit:
"#;
    assert!(text.starts_with(expected), "{text}");
    assert!(text.ends_with(COMMITTED));
}

#[test]
fn unreadable_table_text_is_reported_with_its_line() {
    for (text, expected) in [
        ("GET", "line 1 of the table: a line must be `METHOD path  policy`"),
        (
            "\n# x\nGET /a require_user",
            "line 3 of the table: a line must be `METHOD path  policy`, with two spaces before the policy",
        ),
        ("FETCH /a  require_user", "line 1 of the table: unknown method"),
        ("GET /a  require_nobody", "line 1 of the table: unknown attribute"),
        ("GET /a  require_user(", "line 1 of the table: unknown condition"),
        ("GET /a  require_user(scope(\"a)", "line 1 of the table: a string is not closed"),
        (
            "GET /a  require_user(scope(\"a\") scope(\"b\"))",
            "line 1 of the table: the policy is incomplete or misspelled",
        ),
        ("GET /a  require_user x", "line 1 of the table: unexpected text after the policy"),
        (
            "GET /a  require_user(deny = not_found, scope(\"a\"))",
            "line 1 of the table: the condition must come before the keys",
        ),
        ("GET /a  require_user(color = red)", "line 1 of the table: unknown key"),
        ("GET /a  require_org(from = moon(\"a\"))", "line 1 of the table: unknown source of an organization"),
        ("roles = [\"a\"", "line 1 of the table: the policy is incomplete or misspelled"),
        ("verifier = \"a\"", "line 1 of the table: the policy is incomplete or misspelled"),
        ("GET /a  require_user verifier = []x", "line 1 of the table: unexpected text after the policy"),
        ("GET /a  require_org(from = x with y)", "line 1 of the table: the policy is incomplete or misspelled"),
    ] {
        let error = text.parse::<Table>().unwrap_err();
        assert_eq!(error.to_string(), expected, "{text}");
        assert_eq!(Table::default().compare(text).unwrap_err().to_string(), expected);
    }
    let deep = format!("GET /a  require_user({}email_verified)", "!".repeat(100_000));
    assert_eq!(deep.parse::<Table>().unwrap_err().to_string(), "line 1 of the table: the condition nests too deep");
}

/// The loosened routes between two tables, as `METHOD kind`.
fn loosened(before: &str, now: &str) -> Vec<String> {
    let (before, now): (Table, Table) = (before.parse().unwrap(), now.parse().unwrap());
    let kind = |loosened: &Loosened| match loosened {
        Loosened::Condition { example } => format!("condition: {example}"),
        other => format!("{other:?}"),
    };
    now.loosened_since(&before).iter().map(|change| format!("{} {}", change.method, kind(&change.loosened))).collect()
}

#[test]
fn policies_are_compared_by_the_callers_they_admit() {
    const NONE: &str = "";
    for (before, now, expected) in [
        ("require_user", "require_user", NONE),
        ("require_user", "public(reason = \"x\")", "GET Public"),
        ("require_user", "public_service(reason = \"x\")", "GET Public"),
        ("require_user", "optional_user", "GET Anonymous"),
        ("optional_user(invalid = reject)", "optional_user", "GET InvalidToken"),
        ("optional_user", "optional_user(invalid = reject)", NONE),
        ("optional_user", "public(reason = \"x\")", "GET Public"),
        ("public(reason = \"x\")", "require_user", NONE),
        ("public(reason = \"x\")", "public(reason = \"y\")", NONE),
        ("public(reason = \"x\")", "optional_user", NONE),
        ("deny_all", "require_user(scope(\"a\"))", "GET condition: scope(\"a\")"),
        ("require_user", "deny_all", NONE),
        ("require_user(scope(\"a\"))", "require_user", "GET condition: a caller for whom all of it is false"),
        ("require_user", "require_user(scope(\"a\"))", NONE),
        ("require_user(scope(\"a\") && scope(\"b\"))", "require_user(scope(\"b\")) + require_user(scope(\"a\"))", NONE),
        (
            "require_user(scope(\"a\") && scope(\"b\"))",
            "require_user(scope(\"a\") || scope(\"b\"))",
            "GET condition: scope(\"a\")",
        ),
        // Unknown is not false: a token without a list of scopes meets neither condition.
        ("require_user(!scope(\"a\"))", "require_user(!scope(\"a\") || !scope(\"a\"))", NONE),
        ("require_user(scope(\"a\") || !scope(\"a\"))", "require_user", "GET condition: scope(\"a\") unknown"),
        (
            "require_user(email_verified)",
            "require_user(email_verified || !impersonated)",
            "GET condition: a caller for whom all of it is false",
        ),
        // `>=` includes equality, so it admits whatever `==` admits.
        (
            "require_org(role == \"A\", from = x)",
            "require_org(role >= \"A\", from = x)",
            "GET condition: role \"any other\", which the token says includes [\"A\"]",
        ),
        ("require_org(role >= \"A\", from = x)", "require_org(role == \"A\", from = x)", NONE),
        // Without a declared order, either role may be above the other.
        ("require_org(role >= \"A\", from = x)", "require_org(role >= \"B\", from = x)", "GET condition: role \"B\""),
        // In an order, a role includes all roles below it.
        (
            "require_org(role >= \"B\", from = x, roles = [\"A\", \"B\", \"C\"])",
            "require_org(role >= \"A\", from = x, roles = [\"A\", \"B\", \"C\"])",
            "GET condition: several roles, of them [\"A\"]",
        ),
        (
            "require_org(role >= \"A\", from = x, roles = [\"A\", \"B\"])",
            "require_org(role >= \"B\", from = x, roles = [\"A\", \"B\"])",
            "GET condition: role \"B\"",
        ),
        (
            "require_org(role >= \"B\", from = x, roles = [\"A\", \"B\"])",
            "require_org(role >= \"B\", from = x, roles = [\"B\", \"A\"])",
            NONE,
        ),
        (
            "require_org(role >= \"B\", from = x, roles = [\"B\", \"A\"])",
            "require_org(role >= \"B\", from = x, roles = [\"A\", \"B\"])",
            "GET condition: role \"A\"",
        ),
        // One member can have two roles at the same time.
        (
            "require_org(role == \"A\" && role == \"B\", from = x)",
            "require_org(role == \"A\", from = x)",
            "GET condition: role \"A\"",
        ),
        (
            "require_org(role == \"A\" && !(role == \"B\"), from = x)",
            "require_org(role == \"A\", from = x)",
            "GET condition: several roles, of them [\"A\", \"B\"]",
        ),
        (
            "require_user(role == \"A\")",
            "require_user(role == \"A\" || role == \"B\")",
            "GET condition: own role \"B\"",
        ),
        // Permissions in an organization differ from those outside.
        (
            "require_org(from = x) + require_permission(permission(\"p\"))",
            "require_permission(permission(\"p\"))",
            "GET From|GET condition: permission(\"p\")",
        ),
        ("require_org(from = x)", "require_org(from = path(\"x\"))", "GET From"),
        // The same name, bound by another argument.
        (
            "require_org(from = x with \"Path(x): Path<String>\")",
            "require_org(from = x with \"Query(Q { x }): Query<Q>\")",
            "GET From",
        ),
        ("require_org(from = x)", "require_org(from = x with \"Path(x): Path<String>\")", "GET From"),
        (
            "require_user(check = \"owns(id)\" with \"Path(id): Path<i64>\")",
            "require_user(check = \"owns(id)\" with \"Query(Q { id }): Query<Q>\")",
            "GET Check",
        ),
        ("require_user verifier = [\"a for x\"]", "require_user verifier = [\"a for x\"]", NONE),
        ("require_user", "require_user verifier = [\"a for x\"]", "GET Verifier"),
        ("require_user verifier = [\"a for x\"]", "require_user", "GET Verifier"),
        ("require_user verifier = [\"a for x\"]", "require_user verifier = [\"a for x\", \"b for x\"]", "GET Verifier"),
        ("optional_user verifier = [\"a for x\"]", "optional_user verifier = [\"a for y\"]", "GET Verifier"),
        ("require_user verifier = [\"a for x\"]", "public(reason = \"x\")", "GET Public"),
        ("require_user(check = \"a\")", "require_user(check = \"b\")", "GET Check"),
        ("require_user(check = \"a\")", "require_user", "GET Check"),
        ("require_user", "require_user(check = \"b\")", "GET Check"),
        ("require_user(deny = not_found)", "require_user", "GET Deny"),
    ] {
        let of = |policy: &str| format!("GET /x  {policy}");
        assert_eq!(loosened(&of(before), &of(now)).join("|"), expected, "{before} -> {now}");
    }
}

#[test]
fn routes_are_compared_by_method_and_path_shape() {
    for (before, now, expected) in [
        ("", "GET /x  require_user", ""),
        ("", "GET /x  public(reason = \"x\")", "GET NewPublic"),
        ("", "GET /x  optional_user", "GET NewPublic"),
        ("", "* /x  public_service(reason = \"x\")", "* NewPublic"),
        ("GET /x  public(reason = \"x\")", "", ""),
        ("GET /{a}  require_user", "GET /{b}  public(reason = \"x\")", "GET Public"),
        ("GET /{a}  require_user", "GET /{*b}  public(reason = \"x\")", "GET NewPublic|GET Public"),
        ("GET /x  require_user", "POST /x  public(reason = \"x\")", "POST NewPublic"),
        // HEAD is listed with GET, and other methods with `*`.
        ("GET /x  require_user", "HEAD /x  public(reason = \"x\")\nGET /x  require_user", "HEAD Public"),
        ("HEAD /x  require_user\nGET /x  public(reason = \"x\")", "GET /x  public(reason = \"x\")", "HEAD Public"),
        ("* /x  require_user", "GET /x  public(reason = \"x\")\n* /x  require_user", "GET Public"),
        (
            "GET /x  require_user(scope(\"a\"))",
            "* /x  require_user",
            "GET condition: a caller for whom all of it is false",
        ),
        (
            "GET /x  require_user(scope(\"a\"))\n* /x  require_user",
            "* /x  require_user",
            "GET condition: a caller for whom all of it is false",
        ),
        ("* /x  require_user", "* /x  public(reason = \"x\")", "* Public"),
        ("* /x  require_user\nPUT /x  require_user", "* /x  public(reason = \"x\")", "* Public|PUT Public"),
        // A name is read from the position of the parameter with this name.
        ("GET /{o}/{f}  require_org(from = path(\"o\"))", "GET /{f}/{o}  require_org(from = path(\"o\"))", "GET From"),
        ("GET /{o}/{f}  require_org(from = path(\"o\"))", "GET /{o}/{g}  require_org(from = path(\"o\"))", ""),
        ("GET /{a}/{b}/{o}  require_org(from = path(\"o\"))", "GET /{b}/{a}/{o}  require_org(from = path(\"o\"))", ""),
        ("GET /{o}/{f}  require_org(from = o.id)", "GET /{f}/{o}  require_org(from = o.id)", "GET From"),
        ("GET /{o}/{f}  require_org(from = o.id)", "GET /{org}/{f}  require_org(from = o.id)", ""),
        ("GET /{o}/{f}  require_org(from = active())", "GET /{f}/{o}  require_org(from = active())", ""),
        (
            "GET /{o}/{f}  require_user(check = \"f\" with \"Path(f): Path<F>\")",
            "GET /{f}/{o}  require_user(check = \"f\" with \"Path(f): Path<F>\")",
            "GET Check",
        ),
        ("GET /{o}/{f}  require_user(check = \"f()\")", "GET /{f}/{o}  require_user(check = \"f()\")", ""),
    ] {
        assert_eq!(loosened(before, now).join("|"), expected, "{before:?} -> {now:?}");
    }
}

#[test]
fn policies_with_more_than_twelve_questions_cannot_be_compared() {
    let scopes = |n: usize, operator: &str| {
        let scopes: Vec<_> = (0..n).map(|n| format!("permission(\"{n}\")")).collect();
        format!("GET /x  require_user({})", scopes.join(operator))
    };
    assert_eq!(loosened(&scopes(12, " && "), &scopes(12, " || ")), [r#"GET condition: permission("9")"#]);
    assert!(loosened(&scopes(12, " || "), &scopes(12, " && ")).is_empty());
    assert_eq!(loosened(&scopes(13, " || "), &scopes(13, " && ")), ["GET CannotTell"]);
    assert!(loosened(&scopes(13, " && "), &scopes(13, " && ")).is_empty());
}

#[derive(Deserialize)]
struct Named {
    org_id: String,
}

/// Two versions of one program. Their attributes are the same; only the arguments that bind `org_id` and `file` have
/// changed.
mod by_path {
    use super::{OrgMember, Path, require_org, require_user};

    #[require_org(from = org_id)]
    pub(super) async fn invoices(Path(org_id): Path<String>, org: OrgMember) -> String {
        format!("{} reads {org_id}", org.id())
    }

    #[require_user(check = file == "own")]
    pub(super) async fn delete(Path(file): Path<String>) -> String {
        file
    }
}

mod by_query {
    use super::{Named, OrgMember, Path, Query, require_org, require_user};

    #[require_org(from = org_id)]
    pub(super) async fn invoices(
        Path(id): Path<String>,
        Query(Named { org_id }): Query<Named>,
        org: OrgMember,
    ) -> String {
        drop(org_id);
        format!("{} reads {id}", org.id())
    }

    #[require_user(check = file == "own")]
    pub(super) async fn delete(Path(id): Path<String>, Query(Named { org_id: file }): Query<Named>) -> String {
        drop(file);
        id
    }
}

#[tokio::test]
async fn the_argument_of_a_source_is_part_of_the_policy() {
    let before: GuardedRouter = GuardedRouter::new()
        .route("/orgs/{org_id}/invoices", get(by_path::invoices))
        .route("/files/{file}", delete(by_path::delete));
    let now: GuardedRouter = GuardedRouter::new()
        .route("/orgs/{org_id}/invoices", get(by_query::invoices))
        .route("/files/{file}", delete(by_query::delete));
    assert_eq!(
        before.table().text(),
        r#"# Routes and their policies: written by `Table::text`, compared by a test.
# parameters: 0 unread, 1 unbound
DELETE  /files/{file}  require_user(check = "file == \"own\"" with "Path(file): Path<String>") unbound: {file}
GET     /orgs/{org_id}/invoices  require_org(from = org_id with "Path(org_id): Path<String>")
"#
    );
    let difference = now.table().compare(&before.table().text()).unwrap_err();
    let changes: Vec<_> = difference.loosened().iter().map(ToString::to_string).collect();
    assert_eq!(
        changes,
        [
            r#"DELETE /files/{file}: `check` changed, or what it reads
    before: require_user(check = "file == \"own\"" with "Path(file): Path<String>") unbound: {file}
    now:    require_user(check = "file == \"own\"" with "Query(Named { org_id: file }): Query<Named>") unread: {file} unproven: {query org_id}"#,
            r#"DELETE /files/{file}: `{file}` is no longer accounted for
    before: require_user(check = "file == \"own\"" with "Path(file): Path<String>") unbound: {file}
    now:    require_user(check = "file == \"own\"" with "Query(Named { org_id: file }): Query<Named>") unread: {file} unproven: {query org_id}"#,
            r#"GET /orgs/{org_id}/invoices: `from` changed, or what it reads
    before: require_org(from = org_id with "Path(org_id): Path<String>")
    now:    require_org(from = org_id with "Query(Named { org_id }): Query<Named>") unread: {org_id}"#,
            r#"GET /orgs/{org_id}/invoices: `{org_id}` is no longer accounted for
    before: require_org(from = org_id with "Path(org_id): Path<String>")
    now:    require_org(from = org_id with "Query(Named { org_id }): Query<Named>") unread: {org_id}"#,
        ]
    );
    let shown = now.table().to_string();
    for part in [
        "require_org(from = org_id) with Query(Named { org_id }): Query<Named> unread: {org_id}  ",
        r#"require_user(check = file == "own") with Query(Named { org_id: file }): Query<Named> unread: {file} unproven: {query org_id}  "#,
    ] {
        assert!(shown.contains(part), "{shown}");
    }
    // The change affects which callers the guard admits: a member of one organization could read another's invoices.
    let issuer = TestIssuer::new();
    let token = issuer.token().org("acme", "Owner").build();
    let verifier = issuer.verifier().await;
    let [before, now] = [before, now].map(|router| router.guarded_by(verifier.clone()).into_router());
    for (app, method, uri, status, body) in [
        (&before, "GET", "/orgs/acme/invoices", 200, "acme reads acme"),
        (&before, "GET", "/orgs/zeta/invoices?org_id=acme", 403, ""),
        (&now, "GET", "/orgs/zeta/invoices?org_id=acme", 200, "acme reads zeta"),
        (&before, "DELETE", "/files/own", 200, "own"),
        (&before, "DELETE", "/files/other?org_id=own", 403, ""),
        (&now, "DELETE", "/files/other?org_id=own", 200, "other"),
    ] {
        let request = Request::builder().method(method).uri(uri).header("authorization", format!("Bearer {token}"));
        let answer = send(app, request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, status, "{method} {uri}");
        assert!(status != 200 || answer.body == body, "{method} {uri}: {answer:?}");
    }
}

#[require_org(from = path("org"))]
async fn file(Path((org, file)): Path<(String, String)>, member: OrgMember) -> String {
    format!("{} reads {org}/{file}", member.id())
}

/// The attribute and the handler are the same: only the names in the path have swapped positions.
#[tokio::test]
async fn the_position_of_a_parameter_is_part_of_the_policy() {
    let router = |path: &str| GuardedRouter::<()>::new().route(path, get(file));
    let (before, now) = (router("/{org}/{file}"), router("/{file}/{org}"));
    let changes = now.table().compare(&before.table().text()).unwrap_err();
    assert_eq!(changes.loosened().iter().map(|change| &change.loosened).collect::<Vec<_>>(), [&Loosened::From]);
    let issuer = TestIssuer::new();
    let token = issuer.token().org("acme", "Owner").build();
    let verifier = issuer.verifier().await;
    for (router, status, body) in [(before, 403, ""), (now, 200, "acme reads zeta/acme")] {
        let app = router.guarded_by(verifier.clone()).into_router();
        let request = Request::get("/zeta/acme").header("authorization", format!("Bearer {token}"));
        let answer = send(&app, request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, status);
        assert!(status != 200 || answer.body == body, "{answer:?}");
    }
}

#[tokio::test]
async fn the_verifier_of_a_router_is_part_of_its_table() {
    let (one, two) = (TestIssuer::new(), TestIssuer::new());
    let of = |issuer: Issuer| async { Verifier::new(issuer).await.unwrap() };
    let customers = of(one.issuer().named("customers").audiences(["https://api.test", "https://other.test"])).await;
    let staff = of(two.issuer().issuer_claim("https://staff.test")).await;
    let anybody = of(two.issuer().named("unnamed").danger_no_issuer_claim().danger_any_audience()).await;
    let routes = |outer: Option<&Verifier>, inner: Option<&Verifier>| {
        let guarded = |router: GuardedRouter, verifier: Option<&Verifier>| match verifier {
            Some(verifier) => router.guarded_by(verifier.clone()),
            None => router,
        };
        let inside =
            guarded(GuardedRouter::new().route("/a", get(user)).route("/b", get(health)).fallback(user), inner);
        let merged = guarded(GuardedRouter::new().route("/merged", get(user)), inner);
        guarded(GuardedRouter::new().nest("/in", inside).merge(merged).route("/a", get(user)).fallback(user), outer)
            .table()
    };
    let head = "# Routes and their policies: written by `Table::text`, compared by a test.\n";
    let customers_line = r#"["customers (https://issuer.test) for https://api.test, https://other.test; claim_mapping(testing); algorithms(RS256)"]"#;
    let staff_line = r#"["https://staff.test for https://api.test; claim_mapping(testing); algorithms(RS256)"]"#;
    let text = |outer: &str, inner: &str| {
        format!(
            "{head}{outer}*       /*  require_user\nGET     /a  require_user\n*       /in/*  require_user{inner}\n\
             GET     /in/a  require_user{inner}\nGET     /in/b  public(reason = \"load balancer probe\")\n\
             GET     /merged  require_user{inner}\n"
        )
    };
    let (outer_line, inner_part) = (format!("verifier = {customers_line}\n"), format!(" verifier = {staff_line}"));
    for (outer, inner, expected) in [
        (None, None, text("", "")),
        (Some(&customers), None, text(&outer_line, "")),
        (Some(&customers), Some(&customers), text(&outer_line, "")),
        (Some(&customers), Some(&staff), text(&outer_line, &inner_part)),
        (None, Some(&staff), text("", &inner_part)),
        (
            Some(&anybody),
            None,
            text(
                "verifier = [\"unnamed (no `iss`) for any audience; danger_any_audience(https://api.test); claim_mapping(testing); algorithms(RS256)\"]\n",
                "",
            ),
        ),
    ] {
        let table = routes(outer, inner);
        assert_eq!(table.text(), expected);
        assert!(table.compare(&expected).is_ok());
        let read: Table = expected.parse().unwrap();
        assert!(table.loosened_since(&read).is_empty() && read.loosened_since(&table).is_empty());
    }
    let shown = routes(Some(&customers), Some(&staff)).to_string();
    assert!(shown.ends_with(&format!("\nverifier = {customers_line}\n6 routes, 1 public")), "{shown}");
    assert_eq!(shown.matches(&inner_part).count(), 3, "{shown}");

    let all = ["/*", "/a", "/in/*", "/in/a", "/merged"];
    for (before, now, expected) in [
        ((None, None), (None, None), &[][..]),
        ((None, None), (Some(&customers), None), &all),
        ((Some(&customers), None), (None, None), &all),
        ((Some(&customers), None), (Some(&staff), None), &all),
        ((Some(&customers), None), (Some(&customers), Some(&staff)), &["/in/*", "/in/a", "/merged"]),
        ((Some(&customers), Some(&staff)), (Some(&staff), Some(&staff)), &["/*", "/a"]),
    ] {
        let changes = routes(now.0, now.1).loosened_since(&routes(before.0, before.1));
        assert!(changes.iter().all(|change| change.loosened == Loosened::Verifier), "{changes:?}");
        assert_eq!(changes.iter().map(|change| change.path.as_str()).collect::<Vec<_>>(), expected);
    }
    let change = &routes(Some(&staff), None).loosened_since(&routes(Some(&customers), Some(&customers)))[1];
    assert_eq!(
        change.to_string(),
        format!(
            "GET /a: another verifier is used\n    before: require_user verifier = {customers_line}\n    \
             now:    require_user verifier = {staff_line}"
        )
    );
}
