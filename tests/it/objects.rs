//! Objects: `load` and `Loaded`, sources that are extracted once, and the parameters of a path that guards must read.

use std::cell::Cell;
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use auth_runtime::routing::{Loosened, Table, get, post};
use auth_runtime::testing::TestIssuer;
use auth_runtime::{
    DenialReason, GuardedRouter, Loaded, OrgMember, ReadsPath, User, Verifier, optional_user, public, require_org,
    require_permission, require_user,
};
use axum::extract::rejection::QueryRejection;
use axum::extract::{FromRequestParts, Path, Query, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::{Json, Router};

use crate::support::{Answer, get_with, get_without};

#[derive(Clone, Debug)]
struct File {
    id: u64,
    org: &'static str,
    owner: &'static str,
}

const FILES: [File; 3] = [
    File { id: 1, org: "acme", owner: "ada" },
    File { id: 2, org: "acme", owner: "eve" },
    File { id: 3, org: "globex", owner: "ada" },
];

/// A store that counts its queries.
#[derive(Clone, Default)]
struct Files {
    queries: Arc<AtomicUsize>,
    extracted: Arc<AtomicUsize>,
}

impl Files {
    async fn in_org(&self, org: &str, id: u64) -> Option<File> {
        self.queries.fetch_add(1, Ordering::SeqCst);
        tokio::task::yield_now().await;
        FILES.into_iter().find(|file| file.id == id && file.org == org)
    }

    #[allow(clippy::unused_async)] // as a database would be asked
    async fn by_id(&self, id: u64) -> Option<File> {
        FILES.into_iter().find(|file| file.id == id)
    }

    #[allow(clippy::unused_async)]
    async fn by_owner(&self, owner: &str) -> Option<File> {
        FILES.into_iter().find(|file| file.owner == owner)
    }

    async fn failing(&self, org: &str, id: u64) -> Result<Option<File>, (StatusCode, &'static str)> {
        if id == 9 { Err((StatusCode::BAD_GATEWAY, "the store is away")) } else { Ok(self.in_org(org, id).await) }
    }
}

#[require_org(from = org_id, load = files.in_org(org.id(), id).await)]
async fn load(
    State(files): State<Files>,
    Path((org_id, id)): Path<(String, u64)>,
    org: OrgMember,
    Loaded(file): Loaded<File>,
) -> String {
    format!("{} of {}", file.id, file.org)
}

#[require_org(from = org_id, load = files.in_org(&org_id, id).await, check = file.owner == user.id())]
async fn owned(
    State(files): State<Files>,
    Path((org_id, id)): Path<(String, u64)>,
    user: User,
    Loaded(file): Loaded<File>,
) -> String {
    file.id.to_string()
}

#[require_org(from = org_id, load = files.in_org(&org_id, id).await, check = file.owner == user.id(), deny = forbidden)]
async fn owned_told(
    State(files): State<Files>,
    Path((org_id, id)): Path<(String, u64)>,
    user: User,
    Loaded(file): Loaded<File>,
) -> String {
    file.id.to_string()
}

/// The attributes below may use the object that an attribute above has loaded.
#[require_org(from = org_id, load = files.failing(&org_id, id).await)]
#[require_user(check = file.owner == user.id())]
async fn stacked(
    State(files): State<Files>,
    Path((org_id, id)): Path<(String, u64)>,
    user: User,
    Loaded(file): Loaded<File>,
) -> String {
    file.id.to_string()
}

#[require_org(from = org_id, check = id != 404 && !org_id.is_empty(), deny = not_found)]
async fn hidden(Path((org_id, id)): Path<(String, u64)>) {}

/// The first attribute refuses; the second one has a `load`.
#[require_user(scope("files"))]
#[require_org(from = org_id, load = files.in_org(&org_id, id).await)]
async fn second(
    State(files): State<Files>,
    Path((org_id, id)): Path<(String, u64)>,
    Loaded(file): Loaded<File>,
) -> String {
    file.id.to_string()
}

/// The same, but the `check` of the first attribute refuses.
#[require_user(check = user.id() == "eve", unrestricted(id, reason = "the attribute below loads by it"))]
#[require_org(from = org_id, load = files.in_org(&org_id, id).await)]
async fn second_after_check(
    State(files): State<Files>,
    Path((org_id, id)): Path<(String, u64)>,
    user: User,
    Loaded(file): Loaded<File>,
) -> String {
    file.id.to_string()
}

fn title(org: &str, id: u64) -> Option<String> {
    FILES.iter().find(|file| file.id == id && file.org == org).map(|file| format!("file {id} of {}", file.owner))
}

/// The function has the name of the value that it loads.
#[require_org(from = org_id, load = title(&org_id, id))]
async fn named_like_its_function(Path((org_id, id)): Path<(String, u64)>, Loaded(title): Loaded<String>) -> String {
    title
}

/// The `check` does not read the object, but its refusal would tell that the object is there.
#[require_org(from = org_id, load = files.in_org(org.id(), id).await, check = user.id() == "eve")]
async fn caller_checked(
    State(files): State<Files>,
    Path((org_id, id)): Path<(String, u64)>,
    user: User,
    org: OrgMember,
    Loaded(file): Loaded<File>,
) -> String {
    file.id.to_string()
}

async fn app(issuer: &TestIssuer) -> (Router, Files) {
    app_with(issuer.verifier().await)
}

fn app_with(verifier: Verifier) -> (Router, Files) {
    let files = Files::default();
    let routes = GuardedRouter::new()
        .route("/load/{org_id}/{id}", get(load))
        .route("/owned/{org_id}/{id}", get(owned))
        .route("/owned_told/{org_id}/{id}", get(owned_told))
        .route("/stacked/{org_id}/{id}", get(stacked))
        .route("/second/{org_id}/{id}", get(second))
        .route("/second_after_check/{org_id}/{id}", get(second_after_check))
        .route("/caller/{org_id}/{id}", get(caller_checked))
        .route("/hidden/{org_id}/{id}", get(hidden))
        .route("/title/{org_id}/{id}", get(named_like_its_function))
        .route("/once/{org_id}/{id}", get(once))
        .route("/shared/{org_id}/{id}", get(shared))
        .route("/changed/{org_id}", get(changed))
        .account_for_parameters()
        .guarded_by(verifier)
        .with_state(files.clone());
    (routes.into_router(), files)
}

#[tokio::test]
async fn the_handler_gets_the_loaded_object_and_other_requests_get_404() {
    let issuer = TestIssuer::new();
    let (app, files) = app(&issuer).await;
    let ada = issuer.token().user("ada").org("acme", "Member").build();
    // The status, the reason, and the number of queries.
    for (path, status, denied, queries) in [
        ("/load/acme/1", 200, None, 1),
        ("/load/acme/3", 404, Some(DenialReason::Load), 1),
        ("/load/acme/7", 404, Some(DenialReason::Load), 1),
        ("/load/globex/3", 403, Some(DenialReason::NotAMember), 0),
        ("/load/acme/x", 400, Some(DenialReason::OrgNotNamed), 0),
        ("/owned/acme/1", 200, None, 1),
        ("/owned/acme/2", 404, Some(DenialReason::Check), 1),
        ("/owned_told/acme/2", 403, Some(DenialReason::Check), 1),
        ("/owned_told/acme/7", 404, Some(DenialReason::Load), 1),
        ("/stacked/acme/1", 200, None, 1),
        ("/stacked/acme/2", 404, Some(DenialReason::Check), 1),
        ("/stacked/acme/9", 502, Some(DenialReason::Load), 0),
        ("/caller/acme/1", 404, Some(DenialReason::Check), 1),
        ("/title/acme/1", 200, None, 0),
        ("/title/acme/7", 404, Some(DenialReason::Load), 0),
        ("/second/acme/1", 403, Some(DenialReason::Condition), 0),
        ("/second_after_check/acme/1", 403, Some(DenialReason::Check), 0),
    ] {
        let before = files.queries.load(Ordering::SeqCst);
        let answer = get_with(&app, path, &ada).await;
        assert_eq!((answer.status.as_u16(), answer.denied), (status, denied), "{path}: {answer:?}");
        assert_eq!(files.queries.load(Ordering::SeqCst) - before, queries, "{path}");
    }
    let eve = issuer.token().user("eve").scope("files").org("acme", "Member").build();
    for path in ["/second/acme/1", "/second_after_check/acme/1", "/caller/acme/1"] {
        assert_eq!(get_with(&app, path, &eve).await.body, "1", "{path}");
    }
    assert_eq!(get_with(&app, "/load/acme/1", &ada).await.body, "1 of acme");
    assert_eq!(get_with(&app, "/title/acme/1", &ada).await.body, "file 1 of ada");
    assert_eq!(get_with(&app, "/stacked/acme/9", &ada).await.body, "the store is away");
    let before = files.queries.load(Ordering::SeqCst);
    assert_eq!(get_without(&app, "/load/acme/1").await.status, 401);
    assert_eq!(files.queries.load(Ordering::SeqCst), before, "no query for a stranger");
}

#[tokio::test]
async fn missing_objects_and_objects_of_others_get_one_response() {
    let issuer = TestIssuer::new();
    let (app, _) = app(&issuer).await;
    let ada = issuer.token().user("ada").org("acme", "Member").build();
    let wire = |answer: Answer| (answer.status, format!("{:?}", answer.headers), answer.body);
    let usual = wire(get_with(&app, "/hidden/acme/404", &ada).await);
    assert_eq!(usual.0, 404);
    for path in [
        "/load/acme/3",
        "/load/acme/7",
        "/owned/acme/2",
        "/owned/acme/7",
        "/stacked/acme/2",
        "/stacked/acme/7",
        "/caller/acme/1",
        "/caller/acme/7",
    ] {
        assert_eq!(wire(get_with(&app, path, &ada).await), usual, "{path}");
    }
    // Even if responses explain refusals, they do not explain this one.
    let explaining = Verifier::builder().issuer(issuer.issuer()).danger_explain_denials().build().await.unwrap();
    let (explaining, _) = app_with(explaining);
    for path in ["/load/acme/7", "/owned/acme/2"] {
        assert_eq!(wire(get_with(&explaining, path, &ada).await), usual, "{path}");
    }
    assert!(get_with(&explaining, "/owned_told/acme/2", &ada).await.body.contains("explanation"));
    // The log contains more than the response.
    let explained = get_with(&app, "/load/acme/3", &ada).await.explanation;
    assert!(explained.contains("FAIL load = files.in_org(org.id(), id).await: nothing"), "{explained}");
}

/// A custom argument, which counts how often it was extracted. It is `Send`, but neither `Sync` nor `Clone`.
struct Counted {
    nth: usize,
    notes: Cell<u32>,
}

impl FromRequestParts<Files> for Counted {
    type Rejection = Infallible;

    async fn from_request_parts(_: &mut Parts, files: &Files) -> Result<Self, Infallible> {
        tokio::task::yield_now().await;
        Ok(Self { nth: files.extracted.fetch_add(1, Ordering::SeqCst) + 1, notes: Cell::new(0) })
    }
}

/// The handler gets the value that the check has used, with the changes that the check made.
#[require_org(from = org_id, check = { counted.notes.set(7); tokio::task::yield_now().await; counted.nth > 0 }, unrestricted(id, reason = "a test"))]
async fn once(Path((org_id, _)): Path<(String, String)>, counted: Counted) -> String {
    format!("{org_id} {} {}", counted.nth, counted.notes.get())
}

/// Names the organization, and is read by the check of an attribute above the one that has `from`.
struct Tenant {
    org: String,
    nth: usize,
}

impl ReadsPath for Tenant {
    const PARAMS: &'static [&'static str] = &["org_id"];
}

impl FromRequestParts<Files> for Tenant {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, files: &Files) -> Result<Self, StatusCode> {
        let nth = files.extracted.fetch_add(1, Ordering::SeqCst) + 1;
        let path = Path::<(String, String)>::from_request_parts(parts, files).await;
        let Path((org, _)) = path.map_err(|_| StatusCode::BAD_REQUEST)?;
        Ok(Self { org, nth })
    }
}

#[require_user(check = files.by_id(1).await.is_some() && tenant.nth == 1, unrestricted(id, reason = "a test"))]
#[require_org(from = tenant.org)]
async fn shared(State(files): State<Files>, tenant: Tenant, counted: Counted, org: OrgMember) -> String {
    format!("{} {} {}", org.id(), tenant.nth, counted.nth)
}

/// A later change of the request does not change the value that the guard has read.
struct Rewrites;

impl FromRequestParts<Files> for Rewrites {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &Files) -> Result<Self, Infallible> {
        parts.uri = "/changed/globex?org=globex".parse().unwrap_or_default();
        Ok(Self)
    }
}

#[derive(serde::Deserialize)]
struct OfQuery {
    org: String,
}

#[require_org(from = query.org, unrestricted(org_id, reason = "a test"))]
async fn changed(_: Rewrites, Query(query): Query<OfQuery>) -> String {
    query.org
}

#[tokio::test]
async fn an_argument_that_an_attribute_reads_is_extracted_once() {
    let issuer = TestIssuer::new();
    let (app, files) = app(&issuer).await;
    let ada = issuer.token().user("ada").org("acme", "Member").build();
    for (path, token, status, body, extracted) in [
        ("/once/acme/1", Some(&ada), 200, "acme 1 7", 1),
        ("/once/globex/1", Some(&ada), 403, "", 0),
        ("/once/acme/1", None, 401, "", 0),
        // The source of `from` is extracted before the decision, and the others after it.
        ("/shared/acme/1", Some(&ada), 200, "acme 1 2", 2),
        ("/shared/globex/1", Some(&ada), 403, "", 1),
        ("/changed/x?org=acme", Some(&ada), 200, "acme", 0),
        ("/changed/x?org=globex", Some(&ada), 403, "", 0),
    ] {
        files.extracted.store(0, Ordering::SeqCst);
        let answer = match token {
            Some(token) => get_with(&app, path, token).await,
            None => get_without(&app, path).await,
        };
        assert_eq!(answer.status, status, "{path}: {answer:?}");
        assert_eq!(files.extracted.load(Ordering::SeqCst), extracted, "{path}");
        assert!(status != 200 || answer.body == body, "{path}: {answer:?}");
    }
}

#[derive(serde::Deserialize)]
struct Ids {
    org_id: String,
    file_id: u64,
}

#[derive(serde::Deserialize)]
struct Renamed {
    org_id: String,
    #[serde(rename = "file_id")]
    file: u64,
}

fn may(_: &OrgMember, _: u64) -> bool {
    true
}

fn exists(_: u64) -> bool {
    true
}

#[require_org(from = org_id)]
async fn tuple_unread(Path((org_id, file_id)): Path<(String, u64)>) -> String {
    format!("{org_id} {file_id}")
}

#[require_org(from = org_id, check = may(&org, file_id))]
async fn tuple_read(Path((org_id, file_id)): Path<(String, u64)>, org: OrgMember) {}

#[require_org(from = org_id, check = exists(file_id))]
async fn tuple_unbound(Path((org_id, file_id)): Path<(String, u64)>) {}

#[require_org(from = org_id, check = exists(file_id) && !org_id.is_empty())]
async fn tuple_bound_by_source(Path((org_id, file_id)): Path<(String, u64)>) {}

#[require_org(from = org_id, unrestricted(file_id, reason = "every member may read every file"))]
async fn tuple_unrestricted(Path((org_id, file_id)): Path<(String, u64)>) -> String {
    format!("{org_id} {file_id}")
}

/// Only the parameter that is named is unrestricted.
#[require_user(unrestricted(org_id, reason = "a test"))]
async fn one_unrestricted(Path((org_id, file_id)): Path<(String, u64)>) -> String {
    format!("{org_id} {file_id}")
}

#[require_user(check = owns(&user, "acme", file_id))]
async fn last_item(Path((.., file_id)): Path<(String, u64)>, user: User) {}

#[require_org(from = path("org_id"), check = { let _ = (&ws, file_id); true })]
async fn bound_by_the_parameter(Path((ws, file_id)): Path<(String, u64)>) {}

#[require_org(from = path("org_id"))]
async fn nothing_read() {}

#[require_org(from = ids.org_id)]
async fn struct_unread(Path(ids): Path<Ids>) -> String {
    ids.file_id.to_string()
}

/// A field of the same struct is not the organization.
#[require_org(from = ids.org_id, check = exists(ids.file_id))]
async fn struct_unbound(Path(ids): Path<Ids>) {}

/// The inner field that is read is not the organization.
#[require_org(from = session.tenant.org, check = known(&session.tenant.plan, &file_id))]
async fn inner_field_unbound(session: Session, Path((_, file_id)): Path<(String, u64)>) {}

#[require_org(
    from = session.tenant.org,
    check = known(&session.tenant, &file_id),
    unrestricted(org_id, reason = "a test"),
)]
async fn inner_field_bound(session: Session, Path((_, file_id)): Path<(String, u64)>) {}

#[derive(Clone)]
struct Session {
    tenant: SessionTenant,
}

#[derive(Clone)]
struct SessionTenant {
    org: String,
    plan: String,
}

impl FromRequestParts<Files> for Session {
    type Rejection = Infallible;

    async fn from_request_parts(_: &mut Parts, _: &Files) -> Result<Self, Infallible> {
        Ok(Self { tenant: SessionTenant { org: String::new(), plan: String::new() } })
    }
}

/// It takes both parameters, and only one of them is the organization.
struct Both {
    org: String,
    file: u64,
}

impl ReadsPath for Both {
    const PARAMS: &'static [&'static str] = &["org_id", "file_id"];
}

impl FromRequestParts<Files> for Both {
    type Rejection = Infallible;

    async fn from_request_parts(_: &mut Parts, _: &Files) -> Result<Self, Infallible> {
        Ok(Self { org: String::new(), file: 0 })
    }
}

#[require_org(from = both.org, check = exists(both.file))]
async fn several_in_from(both: Both) {}

#[require_org(from = both.org, check = may(&org, both.file))]
async fn several_in_from_bound(both: Both, org: OrgMember) {}

#[require_org(from = path("org_id"), check = ids[0] == org.id())]
async fn index_unread(Path(ids): Path<[String; 2]>, org: OrgMember) {}

#[require_org(from = path("org_id"), check = { let Ids { org_id, .. } = &ids; org_id == org.id() })]
async fn taken_apart_unread(Path(ids): Path<Ids>, org: OrgMember) -> String {
    ids.file_id.to_string()
}

#[require_org(from = path("org_id"), check = match &ids { Ids { org_id, .. } if org_id == org.id() => known(&org, org_id), _ => false })]
async fn matched_unread(Path(ids): Path<Ids>, org: OrgMember) -> String {
    ids.file_id.to_string()
}

/// A pattern takes the object apart, and it is still the object that was loaded by the id.
#[require_org(from = org_id, load = files.by_id(file_id).await, check = matches!(file, File { org: owner, .. } if owner == org.id()))]
async fn loaded_and_matched(
    State(files): State<Files>,
    Path((org_id, file_id)): Path<(String, u64)>,
    org: OrgMember,
    Loaded(file): Loaded<File>,
) {
}

/// Without an organization, a permission is one of the user.
#[require_permission("p", check = exists(file_id))]
async fn permission_of_nobody(Path((_, file_id)): Path<(String, u64)>) {}

#[require_permission("p", check = owns(&user, "acme", file_id))]
async fn permission_of_user(Path((_, file_id)): Path<(String, u64)>, user: User) {}

#[require_org(from = org_id, check = known(&format!("{{file_id}} {file_id}", file_id = org.id()), &vec!["{file_id}"]))]
async fn text_unread(Path((org_id, file_id)): Path<(String, u64)>, org: OrgMember) -> String {
    file_id.to_string()
}

/// Under `require_org`, the user is not enough, not even if an object was loaded by it.
#[require_user(load = files.by_owner(user.id()).await)]
#[require_org(from = org_id, check = known(&file.owner, &file_id))]
async fn loaded_by_user(
    State(files): State<Files>,
    Path((org_id, file_id)): Path<(String, u64)>,
    user: User,
    Loaded(file): Loaded<File>,
) {
}

/// The permission counts in the organization, so the user is not enough.
#[require_org(from = org_id)]
#[require_permission("p", check = owns(&user, "acme", file_id))]
async fn permission_unbound(Path((org_id, file_id)): Path<(String, u64)>, user: User) {}

/// An array has its items by position, as a tuple has.
#[require_org(from = org_id)]
async fn array_unread(Path([org_id, file_id]): Path<[String; 2]>) -> String {
    format!("{org_id} {file_id}")
}

trait Rows {
    type Id: serde::de::DeserializeOwned + Send + Sync + 'static;
}

struct Numbered;

impl Rows for Numbered {
    type Id = u64;
}

/// The type of its argument has a generic parameter.
#[require_org(from = org_id)]
async fn generic_unread<T: Rows>(Path((org_id, file_id)): Path<(String, T::Id)>) -> String {
    drop(file_id);
    org_id
}

#[require_org(from = org_id, check = known(&org, &file_id))]
async fn generic_read<T: Rows>(Path((org_id, file_id)): Path<(String, T::Id)>, org: OrgMember) {}

#[require_org(from = org_id, check = known(&(), &file_id))]
async fn generic_unbound<T: Rows>(Path((org_id, file_id)): Path<(String, T::Id)>) {}

fn known<C, I>(_: &C, _: &I) -> bool {
    true
}

#[require_org(from = ids.org_id, check = may(&org, ids.file_id))]
async fn struct_read(Path(ids): Path<Ids>, org: OrgMember) {}

#[require_org(from = org_id, check = may(&org, file_id))]
async fn struct_taken_apart(Path(Ids { org_id, file_id }): Path<Ids>, org: OrgMember) {}

#[require_org(from = ids.org_id, check = whole(&ids))]
async fn struct_passed_on(Path(ids): Path<Ids>) {}

fn whole(ids: &Ids) -> bool {
    ids.file_id > 0
}

#[require_org(from = ids.org_id, check = may(&org, ids.file))]
async fn struct_renamed(Path(ids): Path<Renamed>, org: OrgMember) {}

macro_rules! unseen {
    ($($any:tt)*) => {
        true
    };
}

#[require_org(from = org_id, check = unseen!(org, file_id))]
async fn in_a_macro(Path((org_id, file_id)): Path<(String, u64)>, org: OrgMember) {}

#[require_org(from = org_id, check = matches!(file_id, 1 if may(&org, file_id)))]
async fn in_a_known_macro(Path((org_id, file_id)): Path<(String, u64)>, org: OrgMember) {}

#[require_org(from = tenant.org)]
async fn own_extractor(tenant: Tenant) -> String {
    tenant.nth.to_string()
}

#[require_user(check = exists(file_id))]
async fn user_unbound(Path((_, file_id)): Path<(String, u64)>) {}

#[require_user(check = owns(&user, &org_id, file_id))]
async fn user_bound(Path((org_id, file_id)): Path<(String, u64)>, user: User) {}

fn owns(user: &User, org: &str, file: u64) -> bool {
    user.id() != org && file > 0
}

#[optional_user(check = exists(file_id), unrestricted(org_id, reason = "a test"))]
async fn anybody(Path((_, file_id)): Path<(String, u64)>) {}

#[require_org(from = org_id)]
#[require_permission("p", check = may(&org, file_id))]
async fn by_another_attribute(Path((org_id, file_id)): Path<(String, u64)>, org: OrgMember) {}

#[require_org(from = path("org_id"))]
async fn id_alone(Path(ids): Path<std::collections::BTreeMap<String, String>>) -> String {
    ids.len().to_string()
}

#[require_org(from = path("org_id"), check = may_all(&org, &ids))]
async fn id_alone_read(Path(ids): Path<std::collections::BTreeMap<String, String>>, org: OrgMember) {}

fn may_all(_: &OrgMember, ids: &std::collections::BTreeMap<String, String>) -> bool {
    ids.len() == 2
}

#[public(reason = "a test")]
async fn open() {}

#[require_user]
async fn rest() {}

fn mounted(handler: auth_runtime::routing::MethodRouter<Files>) -> GuardedRouter<Files> {
    let file = GuardedRouter::new().route("/{file_id}", handler);
    GuardedRouter::new().nest("/orgs/{org_id}/files", file)
}

/// Paths of every shape, each with the parameters that are not accounted for.
#[test]
fn every_parameter_is_accounted_for() {
    for (name, handler, unread, unbound) in [
        ("tuple_unread", get(tuple_unread), "file_id", ""),
        ("tuple_read", get(tuple_read), "", ""),
        ("tuple_unbound", get(tuple_unbound), "", "file_id"),
        ("tuple_bound_by_source", get(tuple_bound_by_source), "", ""),
        ("tuple_unrestricted", get(tuple_unrestricted), "", ""),
        ("one_unrestricted", get(one_unrestricted), "file_id", ""),
        ("last_item", get(last_item), "org_id", ""),
        ("bound_by_the_parameter", get(bound_by_the_parameter), "", ""),
        ("nothing_read", get(nothing_read), "file_id", ""),
        ("struct_unread", get(struct_unread), "file_id", ""),
        ("struct_unbound", get(struct_unbound), "", "file_id"),
        ("inner_field_unbound", get(inner_field_unbound), "org_id", "file_id"),
        ("inner_field_bound", get(inner_field_bound), "", ""),
        ("several_in_from", get(several_in_from), "", "org_id,file_id"),
        ("several_in_from_bound", get(several_in_from_bound), "", ""),
        ("index_unread", get(index_unread), "file_id", ""),
        ("taken_apart_unread", get(taken_apart_unread), "file_id", ""),
        ("matched_unread", get(matched_unread), "file_id", ""),
        ("loaded_and_matched", get(loaded_and_matched), "", ""),
        ("permission_of_nobody", get(permission_of_nobody), "org_id", "file_id"),
        ("permission_of_user", get(permission_of_user), "org_id", ""),
        ("text_unread", get(text_unread), "file_id", ""),
        ("loaded_by_user", get(loaded_by_user), "", "file_id"),
        ("permission_unbound", get(permission_unbound), "", "file_id"),
        ("array_unread", get(array_unread), "file_id", ""),
        ("generic_unread", get(generic_unread::<Numbered>), "file_id", ""),
        ("generic_read", get(generic_read::<Numbered>), "", ""),
        ("generic_unbound", get(generic_unbound::<Numbered>), "", "file_id"),
        ("struct_read", get(struct_read), "", ""),
        ("struct_taken_apart", get(struct_taken_apart), "", ""),
        ("struct_passed_on", get(struct_passed_on), "", ""),
        ("struct_renamed", get(struct_renamed), "file_id", ""),
        ("in_a_macro", get(in_a_macro), "file_id", ""),
        ("in_a_known_macro", get(in_a_known_macro), "", ""),
        ("own_extractor", get(own_extractor), "file_id", ""),
        ("user_unbound", get(user_unbound), "org_id", "file_id"),
        ("user_bound", get(user_bound), "", ""),
        ("anybody", get(anybody), "", ""),
        ("by_another_attribute", get(by_another_attribute), "", ""),
        ("id_alone", get(id_alone), "file_id", ""),
        ("id_alone_read", get(id_alone_read), "", ""),
        ("open", get(open), "", ""),
        ("rest", get(rest), "org_id,file_id", ""),
    ] {
        let routes = mounted(handler);
        let table = routes.table();
        let row = &table.rows()[0];
        assert_eq!((row.unread.join(","), row.unbound.join(",")), (unread.to_owned(), unbound.to_owned()), "{name}");
        assert!(routes.clone().build().is_ok(), "{name}: only `account_for_parameters` makes it a fault");
        let faults =
            routes.account_for_parameters().build().map_or_else(|errors| errors.faults().to_vec(), |_| Vec::new());
        let expected: Vec<_> = unread.split(',').chain(unbound.split(',')).filter(|name| !name.is_empty()).collect();
        assert_eq!(faults.len(), expected.len(), "{name}: {faults:?}");
        for (fault, parameter) in faults.iter().zip(expected) {
            assert!(fault.problem.contains(&format!("reads `{{{parameter}}}`")), "{name}: {fault}");
            assert!(fault.problem.contains(&format!("unrestricted({parameter}, reason = \"..\")")), "{name}: {fault}");
            assert!(fault.path == "/orgs/{org_id}/files/{file_id}" && fault.file.ends_with("objects.rs"), "{fault}");
            assert!(fault.line > 0 && fault.method == Some("GET"), "{fault}");
        }
        // The text form contains the same, and can be parsed.
        let text = table.text();
        assert_eq!(text.contains(" unread: {"), !unread.is_empty(), "{name}: {text}");
        assert_eq!(text.contains(" unbound: {"), !unbound.is_empty(), "{name}: {text}");
        assert!(table.compare(&text).is_ok(), "{name}: {text}");
        assert_eq!(text.parse::<Table>().unwrap().text(), text, "{name}");
    }
}

#[test]
fn a_field_that_serde_renames_is_reported() {
    let errors = mounted(get(struct_renamed)).account_for_parameters().build().unwrap_err().to_string();
    assert!(errors.contains("serde has another name for the field `file`"), "{errors}");
}

/// With two parameters of one name, an extractor that reads by name could get the other one.
#[test]
fn each_parameter_has_a_name_of_its_own() {
    let told = |path: &str, handler| {
        let routes = GuardedRouter::<Files>::new().route(path, handler);
        let errors =
            routes.account_for_parameters().build().map_or_else(|errors| errors.faults().to_vec(), |_| Vec::new());
        errors
            .iter()
            .filter(|fault| fault.problem.starts_with("the path names `{id}` more than once: rename one"))
            .count()
    };
    for (name, handler) in [
        ("unrestricted", get(one_unrestricted)),
        ("an extractor", get(own_extractor)),
        ("positions", get(tuple_read)),
        ("a map", get(id_alone_read)),
    ] {
        assert_eq!(told("/{id}/{id}", handler.clone()), 1, "{name}");
        assert_eq!(told("/{id}/{file_id}", handler), 0, "{name}");
    }
    assert_eq!(told("/{id}/{id}", get(open)), 0, "a public route");
}

#[test]
fn a_wildcard_is_a_parameter_and_a_nested_router_accounts_for_its_own_routes() {
    let files = || GuardedRouter::<Files>::new().route("/files/{*rest}", get(rest));
    let faults = |routes: GuardedRouter<Files>| routes.build().map_or_else(|errors| errors.faults().len(), |_| 0);
    assert_eq!(faults(files().account_for_parameters()), 1);
    let other = || GuardedRouter::new().route("/other/{id}", get(rest));
    assert_eq!(faults(other().merge(files().account_for_parameters())), 1);
    assert_eq!(faults(other().nest("/{org}", files().account_for_parameters())), 2);
    assert_eq!(faults(other().merge(files()).account_for_parameters()), 2);
    assert_eq!(faults(other().merge(files())), 0);
}

#[require_user(check = may_read(&user, &path))]
async fn rest_read(Path(path): Path<String>, user: User) {}

fn may_read(user: &User, path: &str) -> bool {
    path.starts_with(user.id())
}

#[require_user]
async fn by_id(Path(id): Path<u64>) -> String {
    id.to_string()
}

#[require_user(check = owns(&user, "", id))]
async fn by_id_read(Path(id): Path<u64>, user: User) {}

#[require_org(from = path("org_id"), check = may(&org, id))]
async fn nested_read(Path((_, id)): Path<(String, u64)>, org: OrgMember) {}

/// Each shape of a path that is an error, with a version that is not.
#[test]
fn each_shape_of_a_path_has_a_version_that_is_mounted() {
    type Routes = GuardedRouter<Files>;
    let route = |path: &str, handler| Routes::new().route(path, handler);
    let nested = |handler| route("/{id}", handler);
    for (shape, fault, mended) in [
        ("a tuple", mounted(get(tuple_unread)), mounted(get(tuple_read))),
        ("an id alone", route("/{id}", get(by_id)), route("/{id}", get(by_id_read))),
        (
            "a nested router",
            Routes::new().nest("/{org_id}", nested(get(nothing_read))),
            Routes::new().nest("/{org_id}", nested(get(nested_read))),
        ),
        ("a struct", mounted(get(struct_unread)), mounted(get(struct_read))),
        ("a map", mounted(get(id_alone)), mounted(get(id_alone_read))),
        ("a wildcard", route("/{*path}", get(rest)), route("/{*path}", get(rest_read))),
        ("nothing of the caller", mounted(get(tuple_unbound)), mounted(get(tuple_bound_by_source))),
        ("loaded by its id alone", mounted(get(loaded_by_id)), mounted(get(loaded_in_org))),
    ] {
        let faults = fault.account_for_parameters().build().unwrap_err();
        assert_eq!(faults.faults().len(), 1, "{shape}: {faults}");
        let mended = mended.account_for_parameters().build();
        assert!(mended.is_ok(), "{shape}: {:?}", mended.err());
    }
}

#[require_org(from = org_id)]
async fn one(Path(org_id): Path<String>) {}

/// A `Path` with too few or too many parameters would respond 500 to every request.
#[test]
fn a_path_that_cannot_be_extracted_is_not_mounted() {
    for (path, handler, takes) in [
        ("/{org_id}/{file_id}", get(one), Some("takes one parameter, but the path has 2")),
        ("/{org_id}", get(one), None),
        ("/{org_id}", get(tuple_unread), Some("takes 2 parameters, but the path has 1")),
        ("/{org_id}/{file_id}", get(tuple_unread), None),
    ] {
        let built = GuardedRouter::<Files>::new().route(path, handler).build();
        let error = built.err().map(|errors| errors.to_string());
        match takes {
            Some(takes) => assert!(error.as_deref().is_some_and(|error| error.contains(takes)), "{path}: {error:?}"),
            None => assert_eq!(error, None, "{path}"),
        }
    }
}

#[test]
fn the_table_counts_parameters_that_are_not_accounted_for() {
    let routes = GuardedRouter::<Files>::new()
        .route("/a/{org_id}/{file_id}", get(tuple_unread))
        .route("/b/{org_id}/{file_id}", get(tuple_unbound));
    let table = routes.table().to_string();
    assert!(table.contains(" unread: {file_id}"), "{table}");
    assert!(table.contains(" unbound: {file_id}"), "{table}");
    assert!(table.ends_with("\nparameters: 1 unread, 1 unbound\n2 routes, 0 public"), "{table}");
    assert!(routes.table().text().contains("\n# parameters: 1 unread, 1 unbound\n"));
}

#[require_org(from = org_id, load = files.by_id(file_id).await)]
async fn loaded_by_id(
    State(files): State<Files>,
    Path((org_id, file_id)): Path<(String, u64)>,
    Loaded(file): Loaded<File>,
) -> String {
    file.id.to_string()
}

#[require_org(from = org_id, load = files.in_org(&org_id, file_id).await)]
async fn loaded_in_org(
    State(files): State<Files>,
    Path((org_id, file_id)): Path<(String, u64)>,
    Loaded(file): Loaded<File>,
) -> String {
    file.id.to_string()
}

/// A check of the object can also compare the owner.
#[require_org(from = org_id, load = files.by_id(file_id).await, check = file.org == org.id())]
async fn loaded_by_id_and_checked(
    State(files): State<Files>,
    Path((org_id, file_id)): Path<(String, u64)>,
    org: OrgMember,
    Loaded(file): Loaded<File>,
) {
}

#[require_org(from = org_id, load = files.by_id(file_id).await, check = file.id > 0)]
async fn loaded_by_id_and_checked_alone(
    State(files): State<Files>,
    Path((org_id, file_id)): Path<(String, u64)>,
    Loaded(file): Loaded<File>,
) {
}

/// What is compared with the object is as unbound as the object.
#[require_org(from = active(), load = files.by_id(file_id).await, check = file.org == org_id)]
async fn loaded_by_id_and_compared(
    State(files): State<Files>,
    Path((org_id, file_id)): Path<(String, u64)>,
    Loaded(file): Loaded<File>,
) {
}

#[require_org(from = active(), load = files.in_org(org.id(), file_id).await, check = file.org == org_id)]
async fn loaded_in_org_and_compared(
    State(files): State<Files>,
    Path((org_id, file_id)): Path<(String, u64)>,
    org: OrgMember,
    Loaded(file): Loaded<File>,
) {
}

#[test]
fn an_object_that_is_loaded_by_its_id_alone_is_unbound() {
    for (name, handler, unbound) in [
        ("by its id", get(loaded_by_id), &["file_id"][..]),
        ("in the organization", get(loaded_in_org), &[]),
        ("and checked", get(loaded_by_id_and_checked), &[]),
        ("and checked alone", get(loaded_by_id_and_checked_alone), &["file_id"]),
        ("and compared", get(loaded_by_id_and_compared), &["org_id", "file_id"]),
        ("in the organization, and compared", get(loaded_in_org_and_compared), &[]),
    ] {
        let table = mounted(handler).table();
        assert_eq!(table.rows()[0].unbound, unbound, "{name}");
    }
}

#[derive(serde::Deserialize)]
struct Wanted {
    org_id: Option<String>,
    file_id: u64,
    page: u32,
}

#[derive(serde::Deserialize)]
struct Order {
    id: u64,
    #[serde(rename = "targetIds")]
    targets: Vec<u64>,
    title: String,
}

#[require_org(from = active())]
async fn query_unproven(Query(wanted): Query<Wanted>) -> String {
    format!("{:?} {} {}", wanted.org_id, wanted.file_id, wanted.page)
}

#[require_org(from = active(), load = files.in_org(org.id(), wanted.file_id).await)]
async fn query_proven(
    State(files): State<Files>,
    Query(wanted): Query<Wanted>,
    org: OrgMember,
    Loaded(file): Loaded<File>,
) -> String {
    file.id.to_string()
}

/// Nothing says whose the file must be.
#[require_org(from = active(), load = files.by_id(file_id).await)]
async fn query_unbound(
    State(files): State<Files>,
    Query(Wanted { file_id, .. }): Query<Wanted>,
    Loaded(file): Loaded<File>,
) -> String {
    file.id.to_string()
}

/// The file is read without the organization, which is another field of the same struct.
#[require_org(from = ids.org_id, check = exists(ids.file_id))]
async fn query_of_another_field(Query(ids): Query<Ids>) {}

#[require_org(from = query("org_id"), check = may_read_it(&org, &wanted))]
async fn query_passed_on(_: Result<Query<Wanted>, QueryRejection>, Query(wanted): Query<Wanted>, org: OrgMember) {}

fn may_read_it(_: &OrgMember, _: &Wanted) -> bool {
    true
}

#[require_user]
#[require_org(from = active())]
async fn body_unproven(Json(order): Json<Order>) -> String {
    format!("{} {:?} {}", order.id, order.targets, order.title)
}

#[require_user]
async fn body_untold(Json(order): Json<serde_json::Value>) -> String {
    order.to_string()
}

#[require_user]
async fn body_generic<T: serde::de::DeserializeOwned + Send>(Json(order): Json<T>) {
    drop(order);
}

#[public(reason = "a test")]
async fn body_open(Json(order): Json<Order>) -> String {
    format!("{} {:?} {}", order.id, order.targets, order.title)
}

/// Ids outside the path are shown, and no error.
#[test]
fn ids_outside_the_path_are_unproven_unless_a_guard_binds_them() {
    for (name, handler, unproven) in [
        ("query_unproven", post(query_unproven), &["query org_id", "query file_id"][..]),
        ("query_proven", post(query_proven), &["query org_id"]),
        ("query_unbound", post(query_unbound), &["query org_id", "query file_id"]),
        ("query_passed_on", post(query_passed_on), &[]),
        ("query_of_another_field", post(query_of_another_field), &["query file_id"]),
        ("body_unproven", post(body_unproven), &["body id", "body targetIds"]),
        ("body_untold", post(body_untold), &[]),
        ("body_generic", post(body_generic::<Order>), &[]),
        ("body_open", post(body_open), &[]),
    ] {
        let routes = GuardedRouter::new().route("/files", handler).account_for_parameters();
        let table = routes.table();
        assert_eq!(table.rows()[0].unproven, unproven, "{name}");
        let text = table.text();
        assert_eq!(text.contains(&format!(" unproven: {{{}}}", unproven.join("}, {"))), !unproven.is_empty(), "{text}");
        assert_eq!(text.contains(&format!("0 unbound, {} unproven", unproven.len())), !unproven.is_empty(), "{text}");
        assert!(table.compare(&text).is_ok(), "{name}: {text}");
        assert_eq!(text.parse::<Table>().unwrap().text(), text, "{name}");
        let built = routes.build();
        assert!(built.is_ok(), "{name}: {:?}", built.err());
    }
}

#[test]
fn a_guard_that_reads_less_is_looser() {
    let table = |handler| mounted(handler).table();
    let file = || "file_id".to_owned();
    for (name, before, now, expected) in [
        ("the same", get(tuple_read), get(tuple_read), vec![]),
        ("no check", get(tuple_read), get(tuple_unread), vec![Loosened::Check, Loosened::Parameter { name: file() }]),
        ("the other way", get(tuple_unread), get(tuple_read), vec![Loosened::Check]),
        ("unrestricted", get(tuple_unread), get(tuple_unrestricted), vec![Loosened::Unrestricted { name: file() }]),
        (
            "another load",
            get(loaded_in_org),
            get(loaded_by_id),
            vec![Loosened::Load, Loosened::Parameter { name: file() }],
        ),
        (
            "less than unbound",
            get(tuple_unbound),
            get(tuple_unread),
            vec![Loosened::Check, Loosened::Parameter { name: file() }],
        ),
    ] {
        let (before, now) = (table(before), table(now));
        let found = |old: &Table| now.loosened_since(old).into_iter().map(|change| change.loosened).collect::<Vec<_>>();
        assert_eq!(found(&before), expected, "{name}");
        assert_eq!(found(&before.text().parse().unwrap()), expected, "{name}, as committed");
    }
}
