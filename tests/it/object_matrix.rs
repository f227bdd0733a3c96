//! The denial matrix with callers and objects: it reports a guard that admits a caller to someone else's object, and
//! passes if there is none.

use std::sync::{Arc, Mutex};

use auth_runtime::routing::{any, delete, get, patch, post, put};
use auth_runtime::testing::{DenialMatrix, DenialReport, MatrixError, TestIssuer, WrongObject};
use auth_runtime::{
    Algorithm, GuardedRouter, Issuer, Loaded, OrgMember, User, Verifier, optional_user, require_org, require_user,
};
use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use serde::Deserialize;

/// Keys of this kind are the fastest to generate.
fn quick() -> TestIssuer {
    TestIssuer::with_algorithm(Algorithm::ES256)
}

#[derive(Clone, Debug, Eq, PartialEq)]
struct File {
    id: &'static str,
    org: &'static str,
    owner: &'static str,
}

#[derive(Clone, Debug, Eq, PartialEq)]
struct Comment {
    id: &'static str,
    file: &'static str,
    org: &'static str,
}

/// The data of an application.
#[derive(Clone, Debug)]
struct App {
    files: Arc<Mutex<Vec<File>>>,
}

const COMMENTS: [Comment; 3] = [
    Comment { id: "c-1", file: "f-1", org: "acme" },
    Comment { id: "c-2", file: "f-2", org: "acme" },
    Comment { id: "c-3", file: "f-3", org: "globex" },
];

impl App {
    fn new() -> Self {
        let files =
            [("f-1", "acme", "ada"), ("f-2", "acme", "eve"), ("f-3", "globex", "bob"), ("f-4", "globex", "ada")];
        let files = files.map(|(id, org, owner)| File { id, org, owner });
        Self { files: Arc::new(Mutex::new(files.to_vec())) }
    }

    fn find(&self, fits: impl Fn(&File) -> bool) -> Option<File> {
        self.files.lock().unwrap().iter().find(|file| fits(file)).cloned()
    }

    #[allow(clippy::unused_async)] // as a database would be asked
    async fn by_id(&self, id: &str) -> Option<File> {
        self.find(|file| file.id == id)
    }

    #[allow(clippy::unused_async)]
    async fn in_org(&self, org: &str, id: &str) -> Option<File> {
        self.find(|file| file.id == id && file.org == org)
    }

    #[allow(clippy::unused_async)]
    async fn of_user(&self, org: &str, user: &User, id: &str) -> Option<File> {
        self.find(|file| file.id == id && file.org == org && file.owner == user.id())
    }

    fn delete(&self, id: &str) {
        self.files.lock().unwrap().retain(|file| file.id != id);
    }
}

/// `ada` is in two organizations, and `acme` is the active one. `eve` is the second member of `acme`.
fn matrix(issuer: &TestIssuer) -> DenialMatrix {
    let member = |name: &str, org: &str| issuer.token().user(name).org(org, "Member").active_org(org);
    DenialMatrix::new()
        .caller("ada", member("ada", "acme").org("globex", "Member").build())
        .caller("eve", member("eve", "acme").build())
        .caller("bob", member("bob", "globex").build())
        .object("file_id", "f-1")
        .of_org("acme")
        .owned_by("ada")
        .object("file_id", "f-2")
        .of_org("acme")
        .owned_by("eve")
        .object("file_id", "f-3")
        .of_org("globex")
        .owned_by("bob")
        .object("file_id", "f-4")
        .of_org("globex")
        .owned_by("ada")
}

/// The same, but files belong only to their organization.
fn shared(issuer: &TestIssuer) -> DenialMatrix {
    let member = |name: &str, org: &str| issuer.token().user(name).org(org, "Member").active_org(org);
    DenialMatrix::new()
        .caller("ada", member("ada", "acme").org("globex", "Member").build())
        .caller("eve", member("eve", "acme").build())
        .caller("bob", member("bob", "globex").build())
        .object("file_id", "f-1")
        .of_org("acme")
        .object("file_id", "f-3")
        .of_org("globex")
        .object("comment_id", "c-1")
        .of_org("acme")
        .inside("file_id", "f-1")
        .object("comment_id", "c-2")
        .of_org("acme")
        .inside("file_id", "f-2")
        .object("file_id", "f-2")
        .of_org("acme")
        .object("comment_id", "c-3")
        .of_org("globex")
        .inside("file_id", "f-3")
}

mod held {
    //! Every object is checked.

    use super::*;

    #[require_org(from = org_id, load = app.in_org(org.id(), &file_id).await)]
    pub(super) async fn in_org(
        State(app): State<App>,
        Path((org_id, file_id)): Path<(String, String)>,
        org: OrgMember,
        Loaded(file): Loaded<File>,
    ) -> String {
        format!("{} {}", file.id, file.org)
    }

    #[require_org(from = org_id, load = app.of_user(org.id(), &user, &file_id).await)]
    pub(super) async fn of_user(
        State(app): State<App>,
        Path((org_id, file_id)): Path<(String, String)>,
        org: OrgMember,
        user: User,
        Loaded(file): Loaded<File>,
    ) -> String {
        file.id.to_owned()
    }

    #[require_org(from = org_id, load = app.of_user(org.id(), &user, &file_id).await)]
    pub(super) async fn remove(
        State(app): State<App>,
        Path((org_id, file_id)): Path<(String, String)>,
        org: OrgMember,
        user: User,
        Loaded(file): Loaded<File>,
    ) {
        app.delete(file.id);
    }

    #[require_org(from = org_id, load = app.in_org(org.id(), &file_id).await, check = of(&file, &comment_id))]
    pub(super) async fn comment(
        State(app): State<App>,
        Path((org_id, file_id, comment_id)): Path<(String, String, String)>,
        org: OrgMember,
        Loaded(file): Loaded<File>,
    ) -> String {
        format!("{} {comment_id}", file.id)
    }

    fn of(file: &File, comment: &str) -> bool {
        COMMENTS.iter().any(|known| known.id == comment && known.file == file.id)
    }

    #[require_org(from = active(), load = app.in_org(org.id(), &file_id).await)]
    pub(super) async fn in_active(
        State(app): State<App>,
        Path(file_id): Path<String>,
        org: OrgMember,
        Loaded(file): Loaded<File>,
    ) -> String {
        file.id.to_owned()
    }

    #[require_user(load = app.by_id(&file_id).await, check = file.owner == user.id())]
    pub(super) async fn of_owner(
        State(app): State<App>,
        Path(file_id): Path<String>,
        user: User,
        Loaded(file): Loaded<File>,
    ) -> String {
        file.id.to_owned()
    }

    #[optional_user(load = app.by_id(&file_id).await, check = user.as_ref().is_some_and(|user| user.id() == file.owner))]
    pub(super) async fn for_anyone(
        State(app): State<App>,
        Path(file_id): Path<String>,
        user: Option<User>,
        Loaded(file): Loaded<File>,
    ) -> String {
        file.id.to_owned()
    }

    #[derive(Deserialize)]
    pub(super) struct OfQuery {
        file: String,
    }

    #[require_org(from = org_id, check = app.in_org(org.id(), &query.file).await.is_some())]
    pub(super) async fn by_query(
        State(app): State<App>,
        Path(org_id): Path<String>,
        Query(query): Query<OfQuery>,
        org: OrgMember,
    ) -> String {
        query.file
    }

    /// The handler decides, not the guard.
    #[require_org(from = org_id)]
    pub(super) async fn by_handler(
        State(app): State<App>,
        Path(org_id): Path<String>,
        headers: HeaderMap,
        org: OrgMember,
    ) -> Result<String, StatusCode> {
        let id = headers.get("x-file").and_then(|id| id.to_str().ok()).ok_or(StatusCode::BAD_REQUEST)?;
        app.in_org(org.id(), id).await.map(|file| file.id.to_owned()).ok_or(StatusCode::NOT_FOUND)
    }

    #[derive(Deserialize)]
    pub(super) struct Move {
        file: String,
        to: String,
    }

    #[require_org(from = org_id)]
    pub(super) async fn by_body(
        State(app): State<App>,
        Path(org_id): Path<String>,
        org: OrgMember,
        Json(order): Json<Move>,
    ) -> Result<String, StatusCode> {
        let file = app.in_org(org.id(), &order.file).await.ok_or(StatusCode::FORBIDDEN)?;
        Ok(format!("{} to {}", file.id, order.to))
    }
}

mod open {
    //! Some object is not checked.

    use super::*;

    #[require_org(from = org_id)]
    pub(super) async fn unread(
        State(app): State<App>,
        Path((org_id, file_id)): Path<(String, String)>,
    ) -> Result<String, StatusCode> {
        app.by_id(&file_id).await.map(|file| format!("{org_id} {}", file.id)).ok_or(StatusCode::NOT_FOUND)
    }

    #[require_org(from = org_id, load = app.by_id(&file_id).await)]
    pub(super) async fn by_id_alone(
        State(app): State<App>,
        Path((org_id, file_id)): Path<(String, String)>,
        Loaded(file): Loaded<File>,
    ) -> String {
        file.id.to_owned()
    }

    /// Asks whether the user is a member of the file's organization, not of the one in the path.
    #[require_org(from = org_id, load = app.by_id(&file_id).await, check = user.org(file.org).is_some() && !org.id().is_empty())]
    pub(super) async fn of_any_org(
        State(app): State<App>,
        Path((org_id, file_id)): Path<(String, String)>,
        user: User,
        org: OrgMember,
        Loaded(file): Loaded<File>,
    ) -> String {
        file.id.to_owned()
    }

    /// Compares in the wrong direction.
    #[require_user(load = app.by_id(&file_id).await, check = file.owner != user.id())]
    pub(super) async fn wrong_comparison(
        State(app): State<App>,
        Path(file_id): Path<String>,
        user: User,
        Loaded(file): Loaded<File>,
    ) -> String {
        file.id.to_owned()
    }

    /// The comment is not tied to the file.
    #[require_org(from = org_id, load = app.in_org(org.id(), &file_id).await, check = exists(&org, &comment_id))]
    pub(super) async fn child(
        State(app): State<App>,
        Path((org_id, file_id, comment_id)): Path<(String, String, String)>,
        org: OrgMember,
        Loaded(file): Loaded<File>,
    ) -> String {
        format!("{} {comment_id}", file.id)
    }

    fn exists(org: &OrgMember, comment: &str) -> bool {
        !org.id().is_empty() && COMMENTS.iter().any(|known| known.id == comment)
    }

    /// The comment is in the organization, but in another file.
    #[require_org(from = org_id, load = app.in_org(org.id(), &file_id).await, check = in_org(&org, &comment_id))]
    pub(super) async fn child_of_another_parent(
        State(app): State<App>,
        Path((org_id, file_id, comment_id)): Path<(String, String, String)>,
        org: OrgMember,
        Loaded(file): Loaded<File>,
    ) -> String {
        format!("{} {comment_id}", file.id)
    }

    fn in_org(org: &OrgMember, comment: &str) -> bool {
        COMMENTS.iter().any(|known| known.id == comment && known.org == org.id())
    }

    #[require_org(from = org_id)]
    pub(super) async fn by_query(
        State(app): State<App>,
        Path(org_id): Path<String>,
        Query(query): Query<held::OfQuery>,
    ) -> Result<String, StatusCode> {
        let _ = (query, org_id);
        app.by_id("f-1").await.map(|file| file.id.to_owned()).ok_or(StatusCode::NOT_FOUND)
    }

    #[require_org(from = org_id)]
    pub(super) async fn by_header(State(app): State<App>, Path(org_id): Path<String>, headers: HeaderMap) -> String {
        let _ = (app, org_id);
        headers.get("x-file").map(|id| format!("{id:?}")).unwrap_or_default()
    }

    #[require_org(from = org_id)]
    pub(super) async fn by_body(Path(org_id): Path<String>, Json(order): Json<held::Move>) -> String {
        let _ = order;
        org_id
    }

    /// Deletes the object, and then responds 404.
    #[require_org(from = org_id, unrestricted(file_id, reason = "the handler asks"))]
    pub(super) async fn deletes_first(
        State(app): State<App>,
        Path((org_id, file_id)): Path<(String, String)>,
        user: User,
    ) -> StatusCode {
        let file = app.of_user(&org_id, &user, &file_id).await;
        app.delete(&file_id);
        if file.is_some() { StatusCode::NO_CONTENT } else { StatusCode::NOT_FOUND }
    }

    #[optional_user]
    pub(super) async fn for_anyone(State(app): State<App>, Path(file_id): Path<String>) -> Result<String, StatusCode> {
        app.by_id(&file_id).await.map(|file| file.id.to_owned()).ok_or(StatusCode::NOT_FOUND)
    }
}

const IN_ORG: &str = "/orgs/{org_id}/files/{file_id}";
const COMMENT: &str = "/orgs/{org_id}/files/{file_id}/comments/{comment_id}";

/// One route over new data.
fn only(path: &str, handler: auth_runtime::routing::MethodRouter<App>) -> GuardedRouter {
    GuardedRouter::new().route(path, handler).with_state(App::new())
}

async fn passes(matrix: DenialMatrix, router: GuardedRouter, issuer: &TestIssuer) -> DenialReport {
    matrix.run(router, issuer).await.unwrap_or_else(|error| panic!("{error}"))
}

#[tokio::test]
async fn guards_that_check_every_object_pass() {
    let issuer = quick();
    let named = |path: &str| format!("GET {path}: file_id");
    for (matrix, path, handler, shown) in [
        (shared(&issuer), IN_ORG, get(held::in_org), vec![named(IN_ORG)]),
        (matrix(&issuer), IN_ORG, get(held::of_user), vec![named(IN_ORG)]),
        (matrix(&issuer), IN_ORG, any(held::of_user), vec![format!("* {IN_ORG}: file_id")]),
        (matrix(&issuer), IN_ORG, delete(held::remove), vec![format!("DELETE {IN_ORG}: file_id")]),
        (matrix(&issuer).send_admitted(), IN_ORG, delete(held::remove), vec![format!("DELETE {IN_ORG}: file_id")]),
        (shared(&issuer), COMMENT, get(held::comment), vec![named(COMMENT), format!("GET {COMMENT}: comment_id")]),
        (shared(&issuer), "/files/{file_id}", get(held::in_active), vec![named("/files/{file_id}")]),
        (matrix(&issuer), "/files/{file_id}", get(held::of_owner), vec![named("/files/{file_id}")]),
        (matrix(&issuer), "/files/{file_id}", get(held::for_anyone), vec![named("/files/{file_id}")]),
        (
            matrix(&issuer).in_path("/files/{id}", "id", "file_id"),
            "/files/{id}",
            get(held::of_owner),
            vec!["GET /files/{id}: id".to_owned()],
        ),
        (
            shared(&issuer).in_query("GET /orgs/{org_id}/file", "file", "file_id"),
            "/orgs/{org_id}/file",
            get(held::by_query),
            vec!["GET /orgs/{org_id}/file: file".to_owned()],
        ),
        (
            shared(&issuer).in_header("/orgs/{org_id}/file", "x-file", "file_id"),
            "/orgs/{org_id}/file",
            get(held::by_handler),
            vec!["GET /orgs/{org_id}/file: x-file".to_owned()],
        ),
        (
            shared(&issuer)
                .in_body("/orgs/{org_id}/move", "file", "file_id")
                .body("/orgs/{org_id}/move", serde_json::json!({ "to": "x" })),
            "/orgs/{org_id}/move",
            post(held::by_body),
            vec!["POST /orgs/{org_id}/move: file".to_owned()],
        ),
    ] {
        let report = passes(matrix, only(path, handler), &issuer).await;
        assert_eq!(report.objects(), shown, "{report}");
        assert!(report.objects_not_shown().is_empty() && report.object_requests() > 0, "{report}");
    }
}

/// The callers and objects of the reported requests: `eve f-1`.
fn found(error: &MatrixError) -> Vec<String> {
    let MatrixError::Objects(wrong) = error else { panic!("{error}") };
    let pair = |wrong: &WrongObject| {
        let id = wrong.object.split('"').nth(1).unwrap_or_default();
        format!("{} {id}", wrong.caller.trim_matches('"'))
    };
    let mut pairs: Vec<_> = wrong.iter().map(pair).collect();
    pairs.sort();
    pairs.dedup();
    pairs
}

#[tokio::test]
async fn a_guard_that_does_not_check_an_object_is_reported() {
    let issuer = quick();
    let across: &[&str] = &["ada f-1", "ada f-2", "ada f-3", "bob f-1", "bob f-2", "eve f-3"];
    for (name, matrix, path, handler, expected) in [
        ("unread", shared(&issuer), IN_ORG, get(open::unread), across),
        ("by its id alone", shared(&issuer), IN_ORG, get(open::by_id_alone), across),
        ("put", shared(&issuer), IN_ORG, put(open::by_id_alone), across),
        (
            "of any organization of the user",
            shared(&issuer),
            IN_ORG,
            get(open::of_any_org),
            &["ada f-1", "ada f-2", "ada f-3"],
        ),
        // The organization is checked, but the owner is not: a second member of the organization is admitted.
        ("not the owner", matrix(&issuer), IN_ORG, get(held::in_org), &["ada f-2", "ada f-3", "bob f-4", "eve f-1"]),
        (
            "a wrong comparison",
            matrix(&issuer),
            "/files/{file_id}",
            get(open::wrong_comparison),
            &["ada f-2", "ada f-3", "bob f-1", "bob f-2", "bob f-4", "eve f-1", "eve f-3", "eve f-4"],
        ),
        // If all objects of the request belonged to someone else, this error would be hidden.
        (
            "a child",
            shared(&issuer),
            COMMENT,
            get(open::child),
            &["ada c-1", "ada c-2", "ada c-3", "bob c-1", "bob c-2", "eve c-1", "eve c-2", "eve c-3"],
        ),
        (
            "a child of another parent",
            shared(&issuer),
            COMMENT,
            get(open::child_of_another_parent),
            &["ada c-1", "ada c-2", "eve c-1", "eve c-2"],
        ),
        (
            "in the query",
            shared(&issuer).in_query("/orgs/{org_id}/file", "file", "file_id"),
            "/orgs/{org_id}/file",
            get(open::by_query),
            across,
        ),
        (
            "in a header",
            shared(&issuer).in_header("/orgs/{org_id}/file", "x-file", "file_id"),
            "/orgs/{org_id}/file",
            get(open::by_header),
            across,
        ),
        (
            "in the body",
            shared(&issuer)
                .in_body("/orgs/{org_id}/move", "file", "file_id")
                .body("/orgs/{org_id}/move", serde_json::json!({ "to": "x" })),
            "/orgs/{org_id}/move",
            patch(open::by_body),
            across,
        ),
        (
            "a caller without a token",
            matrix(&issuer),
            "/files/{file_id}",
            get(open::for_anyone),
            &[
                "a caller without a token f-1",
                "a caller without a token f-2",
                "a caller without a token f-3",
                "a caller without a token f-4",
                "ada f-2",
                "ada f-3",
                "bob f-1",
                "bob f-2",
                "bob f-4",
                "eve f-1",
                "eve f-3",
                "eve f-4",
            ],
        ),
    ] {
        let error = matrix.run(only(path, handler), &issuer).await.unwrap_err();
        assert_eq!(found(&error), expected, "{name}: {error}");
    }
}

#[tokio::test]
async fn a_wrong_answer_names_route_caller_object_expectation_and_answer() {
    let issuer = quick();
    let error = shared(&issuer).run(only(IN_ORG, get(open::by_id_alone)), &issuer).await.unwrap_err();
    let MatrixError::Objects(wrong) = &error else { panic!("{error}") };
    let of_eve = wrong.iter().find(|wrong| wrong.caller == "\"eve\"").unwrap();
    let line = of_eve.row.line;
    assert_eq!(
        of_eve.to_string(),
        format!(
            "GET {IN_ORG} must refuse this request, but does not:\n  \
             policy:   {} ({}:{line})\n  \
             request:  GET /orgs/acme/files/f-3\n  \
             caller:   \"eve\"\n  \
             object:   file_id \"f-3\", of the organization \"globex\", in the path as \"file_id\"\n  \
             expected: refused by the guard, or 401, 403, 404 or 410\n  \
             answer:   200",
            of_eve.row.policy,
            file!(),
        )
    );
    // A handler that decides itself needs a body that it accepts.
    let silent = shared(&issuer).in_body("/orgs/{org_id}/move", "file", "file_id");
    let error = silent.run(only("/orgs/{org_id}/move", post(held::by_body)), &issuer).await.unwrap_err().to_string();
    assert!(error.contains("answer:   422: the guard admitted it, but the handler did not accept the body"), "{error}");
    assert!(!error.contains("ey"), "no token is shown: {error}");
    assert!(!format!("{:?}", shared(&issuer)).contains("eyJ"), "no token is shown");
}

#[tokio::test]
async fn a_refusal_that_changes_the_data_is_reported() {
    let issuer = quick();
    let app = App::new();
    let routes = |handler| GuardedRouter::new().route(IN_ORG, delete(handler)).with_state(app.clone());
    let files = Arc::clone(&app.files);
    let watched = |matrix: DenialMatrix| {
        let files = Arc::clone(&files);
        matrix.watch(move || {
            let files = format!("{:?}", files.lock().unwrap());
            async move { files }
        })
    };
    passes(
        watched(matrix(&issuer)),
        GuardedRouter::new().route(IN_ORG, delete(held::remove)).with_state(app.clone()),
        &issuer,
    )
    .await;
    let error = watched(matrix(&issuer)).run(routes(open::deletes_first), &issuer).await.unwrap_err().to_string();
    assert!(error.contains("answer:   404, but the data that `watch` reads has changed"), "{error}");
}

#[tokio::test]
async fn the_matrix_reports_what_it_has_not_shown() {
    let issuer = quick();
    for (matrix, path, handler, expected) in [
        // Without objects.
        (DenialMatrix::new(), IN_ORG, get(held::in_org), "file_id: no object is given"),
        // No object of this name.
        (shared(&issuer), "/orgs/{org_id}/jobs/{job_id}", get(open::unread), "job_id: no object is given"),
        // The callers' own objects are refused too.
        (
            DenialMatrix::new()
                .caller("ada", issuer.token().user("ada").org("acme", "Member").build())
                .caller("bob", issuer.token().user("bob").org("globex", "Member").build())
                .object("file_id", "lost")
                .of_org("acme"),
            IN_ORG,
            get(held::in_org),
            "file_id: \"ada\" asked for an object of their own at /orgs/acme/files/lost, and the answer was 404",
        ),
        // No caller owns an object that another caller could ask for.
        (
            DenialMatrix::new()
                .caller("ada", issuer.token().user("ada").org("acme", "Member").build())
                .object("file_id", "f-1")
                .of_org("acme"),
            IN_ORG,
            get(held::in_org),
            "file_id: all objects belong to all callers",
        ),
    ] {
        let report = passes(matrix.org("acme"), only(path, handler), &issuer).await;
        assert_eq!(report.objects_not_shown(), [format!("GET {path}: {expected}")], "{report}");
        assert!(report.objects().is_empty(), "{report}");
    }
    let report = passes(DenialMatrix::new(), only(IN_ORG, get(held::in_org)), &issuer).await.to_string();
    assert!(report.contains("\nnothing is shown about objects: add callers and objects to the matrix"), "{report}");
    // A parameter that every caller may fill is not tried.
    let router = only(IN_ORG, get(open::by_id_alone));
    let report = passes(shared(&issuer).unrestricted(&format!("GET {IN_ORG}"), "file_id"), router, &issuer).await;
    assert!(report.objects().is_empty() && report.objects_not_shown().is_empty(), "{report}");
}

#[tokio::test]
async fn callers_are_only_for_test_data() {
    let issuer = quick();
    let fault = |error: MatrixError| match error {
        MatrixError::Fixtures(fault) => fault,
        other => panic!("{other}"),
    };
    let routes = || only(IN_ORG, get(held::in_org));
    // A verifier that trusts the test issuer and an issuer whose keys come from another host. Here, the host is a
    // closed port of this machine.
    let distant =
        Issuer::jwks_url("https://issuer.example.com", "api", "https://issuer.example.com/keys").named("real");
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let distant = distant.http_client(move |client| client.no_proxy().resolve("issuer.example.com", closed));
    let builder = Verifier::builder().issuer(issuer.issuer()).issuer(distant).start_without_keys();
    let verifier = builder.build().await.unwrap();
    let error = shared(&issuer).run(routes().guarded_by(verifier.clone()), &issuer).await.unwrap_err();
    assert!(fault(error).starts_with("the keys of the issuer \"real\" come from another host"));
    let report = shared(&issuer).danger_real_issuers().run(routes().guarded_by(verifier), &issuer).await.unwrap();
    assert!(report.object_requests() > 0);
    // A token of an issuer with the same `iss` and static keys.
    let other = quick();
    let verifier = other.verifier().await;
    let error = shared(&other).run(routes().guarded_by(verifier), &issuer).await.unwrap_err();
    assert!(fault(error).starts_with("the token of the caller \"ada\" is not signed by the test issuer"));
    // A token that is not valid.
    let expired = shared(&issuer).caller("old", issuer.token().user("old").expired().build());
    let error = expired.run(routes(), &issuer).await.unwrap_err();
    assert!(fault(error).starts_with("the token of the caller \"old\" is not valid for this router: "));
}

#[tokio::test]
async fn fixtures_that_contradict_themselves_are_refused() {
    let issuer = quick();
    let token = || issuer.token().user("ada").org("acme", "Member").build();
    let new = || DenialMatrix::new().caller("ada", token());
    for (matrix, expected) in [
        (DenialMatrix::new().of_org("acme"), "`of_org` applies to the last added object, but there is none"),
        (new().caller("ada", token()).object("f", "1").of_org("acme"), "two callers have the name \"ada\""),
        (new().object("f", "1"), "the object f \"1\" has no owner: add `of_org` or `owned_by`"),
        (
            new().object("f", "1").owned_by("adda"),
            "the object f \"1\", of \"adda\" is owned by \"adda\", but no caller has this name",
        ),
        (
            new().object("f", "1").of_org("acme").inside("g", "2"),
            "the object f \"1\", of the organization \"acme\", inside g \"2\" is inside g \"2\", but there is no such object",
        ),
        (
            new().object("f", "1").of_org("acme").in_query("/x", "f", "g"),
            "\"/x\" takes an object \"g\", but there is none",
        ),
        (new().object("f", "1").of_org("acme").in_query("/x", "f", "f"), "the router has no route \"/x\""),
        (
            new().object("f", "1").of_org("acme").unrestricted("POST /orgs/{org_id}/files/{file_id}", "f"),
            "the router has no route \"POST /orgs/{org_id}/files/{file_id}\"",
        ),
    ] {
        let error = matrix.run(only(IN_ORG, get(held::in_org)), &issuer).await.unwrap_err();
        assert!(matches!(&error, MatrixError::Fixtures(fault) if fault == expected), "{error}");
    }
}
