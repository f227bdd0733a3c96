//! An application with a hole in each handler: what `account_for_parameters` finds, what the denial matrix finds, and
//! what neither of them can. The same application without the holes gives no report. docs/objects.md has the table.

mod mended;
mod planted;
mod store;

use std::collections::BTreeSet;
use std::convert::Infallible;

use auth_runtime::testing::{DenialMatrix, MatrixError, TestIssuer};
use auth_runtime::{Algorithm, GuardedRouter, require_org};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{Request, header};
use serde::Deserialize;

use crate::support::{Answer, send};
use store::Store;

#[require_org(from = path("org_id"))]
struct InOrg;

#[derive(Deserialize)]
struct OfQuery {
    doc: String,
}

#[derive(Deserialize)]
struct Publish {
    doc: String,
}

#[derive(Deserialize)]
struct Move {
    to: String,
}

#[derive(Deserialize)]
struct Batch {
    docs: String,
}

fn ids_in(batch: &Batch) -> impl Iterator<Item = &str> {
    batch.docs.split(',')
}

/// The shape of a hole, its route, what `account_for_parameters` says of it, and whether the matrix finds it.
const HOLES: [(&str, &str, &str, bool); 33] = [
    ("an id in a tuple that no guard reads", "GET /orgs/{org_id}/docs/{doc_id}", "unread", true),
    ("an id in the path of a nested router", "GET /orgs/{org_id}/archive/{doc_id}", "unread", true),
    ("a field of a struct that no guard reads", "GET /orgs/{org_id}/docs/{doc_id}/export", "unread", true),
    ("a field that serde renames", "GET /orgs/{org_id}/docs/{doc_id}/print", "unread", true),
    ("a wildcard", "GET /orgs/{org_id}/raw/{*doc_id}", "unread", true),
    (
        "an extractor of your own reads the path for the handler",
        "GET /orgs/{org_id}/docs/{doc_id}/links",
        "unread",
        true,
    ),
    ("a closure behind a named policy", "GET /orgs/{org_id}/docs/{doc_id}/stats", "unread", true),
    ("one method checks the id, and another one forgets to", "PUT /orgs/{org_id}/docs/{doc_id}/title", "unread", true),
    (
        "the handler takes the organization from the path, and the guard has `from = active()`",
        "GET /orgs/{org_id}/settings",
        "unread",
        true,
    ),
    ("the id of a user in the path, under `require_user`", "GET /users/{user_id}/inbox", "unread", true),
    ("`load` by the id alone, under `require_org`", "GET /orgs/{org_id}/docs/{doc_id}/preview", "unbound", true),
    ("`load` by the id alone, under `require_user`", "GET /docs/{doc_id}", "unbound", true),
    ("`check` reads the id, but nothing about the caller", "GET /orgs/{org_id}/docs/{doc_id}/history", "unbound", true),
    ("`load` by the id alone, under `optional_user`", "GET /shared/{doc_id}", "", true),
    ("`ReadsPath` on an extractor that checks nothing", "GET /orgs/{org_id}/docs/{doc_id}/tags", "", true),
    ("a reversed comparison: `!=` instead of `==`", "GET /orgs/{org_id}/docs/{doc_id}/owner", "", true),
    (
        "`check` accepts any organization of the user, not only the selected one",
        "GET /orgs/{org_id}/docs/{doc_id}/access",
        "",
        true,
    ),
    ("an object of another member of the organization", "GET /orgs/{org_id}/drafts/{draft_id}", "", true),
    (
        "a child of another parent in the same organization",
        "GET /orgs/{org_id}/docs/{doc_id}/notes/{note_id}",
        "",
        true,
    ),
    ("two ids of one kind, and the first is checked twice", "GET /orgs/{org_id}/diff/{doc_id}/{base_id}", "", true),
    ("two fields whose serde names are swapped", "GET /orgs/{org_id}/compare/{doc_id}/{base_id}", "", true),
    ("`unrestricted`, and the handler does not check either", "DELETE /orgs/{org_id}/docs/{doc_id}", "", true),
    ("the handler deletes, and then refuses", "DELETE /orgs/{org_id}/drafts/{draft_id}/trash", "", true),
    ("an id in the query", "GET /orgs/{org_id}/download", "", true),
    ("an id in a header", "GET /orgs/{org_id}/current", "", true),
    ("an id in the body", "POST /orgs/{org_id}/publish", "", true),
    ("an object moves to an organization that the body names", "POST /orgs/{org_id}/docs/{doc_id}/move", "", true),
    ("a batch of ids, of which the first is checked", "GET /orgs/{org_id}/batch", "", false),
    ("a list with the objects of others", "GET /orgs/{org_id}/docs", "", false),
    ("an object refers to an object of another organization", "GET /orgs/{org_id}/docs/{doc_id}/template", "", false),
    ("an object moves between `load` and the SQL statement", "PATCH /orgs/{org_id}/docs/{doc_id}", "", false),
    ("a service reads the rest of the path", "* /orgs/{org_id}/files/{*path}", "", false),
    ("`unrestricted`, in the attribute and in the test", "GET /orgs/{org_id}/published/{doc_id}", "", false),
];

/// Which holes the rules find: `METHOD path`, and the word for the parameter.
fn by_rules(routes: GuardedRouter) -> BTreeSet<(String, &'static str)> {
    let Err(errors) = routes.account_for_parameters().build() else { return BTreeSet::new() };
    let word = |problem: &str| if problem.starts_with("no guard reads") { "unread" } else { "unbound" };
    let route = |method: Option<&str>, path: &str| format!("{} {path}", method.unwrap_or_default());
    errors.faults().iter().map(|fault| (route(fault.method, &fault.path), word(&fault.problem))).collect()
}

/// `ada` is in two organizations, and `acme` is the active one. `eve` is the second member of `acme`.
fn token(issuer: &TestIssuer, name: &str) -> String {
    let token = issuer.token().user(name);
    let token = if name == "bob" { token } else { token.org("acme", "Member").active_org("acme") };
    if name == "eve" { token.build() } else { token.org("globex", "Member").build() }
}

fn matrix(issuer: &TestIssuer, store: &Store) -> DenialMatrix {
    let mut matrix = DenialMatrix::new();
    for name in ["ada", "eve", "bob"] {
        matrix = matrix.caller(name, token(issuer, name)).object("user_id", name).owned_by(name);
    }
    for org in ["acme", "globex"] {
        matrix = matrix.object("org_id", org).of_org(org);
    }
    for (doc, note, org) in [("d-1", "n-1", "acme"), ("d-2", "n-2", "acme"), ("d-3", "n-3", "globex")] {
        matrix = matrix.object("doc_id", doc).of_org(org);
        matrix = matrix.object("note_id", note).of_org(org).inside("doc_id", doc);
    }
    for (draft, org, owner) in [("r-1", "acme", "ada"), ("r-2", "acme", "eve"), ("r-3", "globex", "bob")] {
        matrix = matrix.object("draft_id", draft).of_org(org).owned_by(owner);
    }
    let data = store.clone();
    matrix
        .in_path("/orgs/{org_id}/diff/{doc_id}/{base_id}", "base_id", "doc_id")
        .unrestricted("/orgs/{org_id}/compare/{doc_id}/{base_id}", "base_id")
        .fill("base_id", "d-1")
        .unrestricted("/orgs/{org_id}/published/{doc_id}", "doc_id")
        .in_query("/orgs/{org_id}/download", "doc", "doc_id")
        .in_query("/orgs/{org_id}/batch", "docs", "doc_id")
        .in_header("/orgs/{org_id}/current", "x-doc", "doc_id")
        .in_body("/orgs/{org_id}/publish", "doc", "doc_id")
        .in_body("/orgs/{org_id}/docs/{doc_id}/move", "to", "org_id")
        .watch(move || {
            let drafts = format!("{:?}", data.0.lock().unwrap().drafts);
            async move { drafts }
        })
}

/// Which holes the matrix finds.
async fn by_matrix(routes: GuardedRouter, store: &Store, issuer: &TestIssuer) -> BTreeSet<String> {
    match matrix(issuer, store).run(routes, issuer).await {
        Ok(_) => BTreeSet::new(),
        Err(MatrixError::Objects(wrong)) => {
            wrong.iter().map(|wrong| format!("{} {}", wrong.row.method, wrong.row.path)).collect()
        }
        Err(other) => panic!("{other}"),
    }
}

#[tokio::test]
async fn each_hole_is_found_by_what_the_table_says() {
    let issuer = TestIssuer::with_algorithm(Algorithm::ES256);
    let store = Store::new();
    let expected = HOLES.iter().filter(|hole| !hole.2.is_empty()).map(|hole| (hole.1.to_owned(), hole.2));
    assert_eq!(by_rules(planted::routes(&store)), expected.collect());
    let expected = HOLES.iter().filter(|hole| hole.3).map(|hole| hole.1.to_owned());
    assert_eq!(by_matrix(planted::routes(&store), &store, &issuer).await, expected.collect());
}

#[tokio::test]
async fn the_mended_application_gives_no_report() {
    let issuer = TestIssuer::with_algorithm(Algorithm::ES256);
    let store = Store::new();
    assert_eq!(by_rules(mended::routes(&store)), BTreeSet::new());
    let report = matrix(&issuer, &store).send_admitted().run(mended::routes(&store), &issuer).await;
    let report = report.unwrap_or_else(|error| panic!("{error}"));
    // Each is shown to refuse others, and to admit its own. No caller may move an object to another organization, and
    // the organization of the settings is now the guard's.
    let is_other = |route: &str| route.ends_with("/move") || route.ends_with("/settings");
    for (_, route, _, is_found) in HOLES {
        let is_shown = report.objects().iter().any(|shown| shown.starts_with(&format!("{route}: ")));
        assert!(is_shown || !is_found || is_other(route), "{route}: {report}");
    }
}

async fn app(routes: fn(&Store) -> GuardedRouter, issuer: &TestIssuer) -> (Router, Store) {
    let store = Store::new();
    (routes(&store).guarded_by(issuer.verifier().await).into_router(), store)
}

/// What neither finds is a hole all the same.
#[tokio::test]
async fn what_neither_finds_leaks() {
    let issuer = TestIssuer::with_algorithm(Algorithm::ES256);
    let attacks = [
        ("GET", "/orgs/acme/batch?docs=d-1,d-3"),
        ("GET", "/orgs/acme/docs"),
        ("GET", "/orgs/acme/docs/d-1/template"),
        ("PATCH", "/orgs/acme/docs/d-1"),
        ("GET", "/orgs/acme/files/d-3"),
        ("GET", "/orgs/acme/published/d-3"),
    ];
    assert_eq!(attacks.len(), HOLES.iter().filter(|hole| hole.2.is_empty() && !hole.3).count());
    for (method, path) in attacks {
        let leaks = async |routes| {
            let (app, store) = app(routes, &issuer).await;
            // The body comes after the guard has loaded the document.
            let body = Body::from_stream(futures_util::stream::once(async move {
                if method == "PATCH" {
                    store.move_doc("d-1", "globex");
                }
                Ok::<_, Infallible>(Bytes::from_static(b"a title"))
            }));
            let request = Request::builder().method(method).uri(path);
            let request = request.header(header::AUTHORIZATION, format!("Bearer {}", token(&issuer, "eve")));
            let Answer { status, body, .. } = send(&app, request.body(body).unwrap()).await;
            status.is_success() && body.contains("org: \"globex\"")
        };
        assert!(leaks(planted::routes).await, "{method} {path} is a hole");
        assert!(!leaks(mended::routes).await, "{method} {path} is mended");
    }
}

#[test]
fn the_documentation_has_the_table() {
    let docs = include_str!("../../docs/objects.md");
    for (shape, _, rules, is_found) in HOLES {
        let rules = if rules.is_empty() { "no" } else { rules };
        let row = format!("| {shape} | {rules} | {} |", if is_found { "yes" } else { "no" });
        assert!(docs.lines().any(|line| line.starts_with(&row)), "docs/objects.md must have the row: {row}");
    }
    let rows = docs.lines().skip_while(|line| !line.starts_with("| hole |")).skip(2);
    assert_eq!(rows.take_while(|line| line.starts_with("| ")).count(), HOLES.len(), "rows without a test");
}
