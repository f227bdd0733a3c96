//! Each handler has one hole, except those that say so.

use std::convert::Infallible;

use auth_runtime::routing::{delete, get, post};
use auth_runtime::{
    GuardedRouter, Loaded, OrgMember, ReadsPath, Require, User, optional_user, require_org, require_user,
};
use axum::Json;
use axum::extract::{FromRequestParts, Path, Query, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};

use super::store::{Answer, Doc, Store, found};
use super::{Batch, InOrg, Move, OfQuery, Publish, ids_in};

pub fn routes(store: &Store) -> GuardedRouter {
    let files = store.clone();
    let file = axum::routing::any(|Path((_, path)): Path<(String, String)>| async move { found(files.doc(&path)) });
    let stats = |_: Require<InOrg>, State(store): State<Store>, Path((_, doc_id)): Path<(String, String)>| async move {
        found(store.doc(&doc_id))
    };
    let in_org = GuardedRouter::new()
        .nest("/archive", GuardedRouter::new().route("/{doc_id}", get(archived)))
        .route("/docs", get(list))
        .route("/docs/{doc_id}", get(unread).patch(race).delete(unrestricted))
        .route("/docs/{doc_id}/preview", get(by_id))
        .route("/docs/{doc_id}/export", get(field))
        .route("/docs/{doc_id}/print", get(renamed))
        .route("/docs/{doc_id}/history", get(nothing_of_the_caller))
        .route("/docs/{doc_id}/title", get(title).put(forgetful))
        .route("/docs/{doc_id}/links", get(own_extractor))
        .route("/docs/{doc_id}/tags", get(claims_to_read))
        .route("/docs/{doc_id}/stats", get(stats))
        .route("/docs/{doc_id}/owner", get(wrong_way_round))
        .route("/docs/{doc_id}/access", get(any_org))
        .route("/docs/{doc_id}/template", get(second_order))
        .route("/docs/{doc_id}/move", post(moves))
        .route("/docs/{doc_id}/notes/{note_id}", get(other_parent))
        .route("/diff/{doc_id}/{base_id}", get(same_twice))
        .route("/compare/{doc_id}/{base_id}", get(swapped))
        .route("/drafts/{draft_id}", get(second_member))
        .route("/drafts/{draft_id}/trash", delete(deletes_first))
        .route("/raw/{*doc_id}", get(wildcard))
        .route("/published/{doc_id}", get(unrestricted_for_the_test))
        .route("/settings", get(active_org))
        .route("/download", get(by_query))
        .route("/current", get(by_header))
        .route("/publish", post(by_body))
        .route("/batch", get(batch));
    GuardedRouter::new()
        .nest("/orgs/{org_id}", in_org)
        .route("/docs/{doc_id}", get(outside_orgs))
        .route("/shared/{doc_id}", get(anonymous))
        .route("/users/{user_id}/inbox", get(inbox))
        .guarded_service::<InOrg>("/orgs/{org_id}/files/{*path}", file)
        .with_state(store.clone())
}

#[require_org(from = path("org_id"))]
async fn archived(State(store): State<Store>, Path((_, doc_id)): Path<(String, String)>) -> Answer {
    found(store.doc(&doc_id))
}

#[require_org(from = org_id)]
async fn list(State(store): State<Store>, Path(org_id): Path<String>) -> String {
    format!("{:?}", store.docs())
}

#[require_org(from = org_id)]
async fn unread(State(store): State<Store>, Path((org_id, doc_id)): Path<(String, String)>) -> Answer {
    found(store.doc(&doc_id))
}

/// The document is in the organization when it is loaded. When it is written, only its id is asked for.
#[require_org(from = org_id, load = store.doc_in(org.id(), &doc_id))]
async fn race(
    State(store): State<Store>,
    Path((org_id, doc_id)): Path<(String, String)>,
    org: OrgMember,
    Loaded(doc): Loaded<Doc>,
    title: String,
) -> Answer {
    store.rename(None, doc.id, title)
}

#[require_org(from = org_id, unrestricted(doc_id, reason = "the handler asks"))]
async fn unrestricted(State(store): State<Store>, Path((org_id, doc_id)): Path<(String, String)>) -> Answer {
    found(store.doc(&doc_id))
}

#[require_org(from = org_id, load = store.doc(&doc_id))]
async fn by_id(
    State(store): State<Store>,
    Path((org_id, doc_id)): Path<(String, String)>,
    Loaded(doc): Loaded<Doc>,
) -> Answer {
    found(Some(doc))
}

#[derive(serde::Deserialize)]
struct Ids {
    org_id: String,
    doc_id: String,
}

#[require_org(from = ids.org_id)]
async fn field(State(store): State<Store>, Path(ids): Path<Ids>) -> Answer {
    found(store.doc(&ids.doc_id))
}

#[derive(serde::Deserialize)]
struct Renamed {
    org_id: String,
    #[serde(rename = "doc_id")]
    doc: String,
}

#[require_org(from = ids.org_id, check = !org.id().is_empty() && store.doc(&ids.doc).is_some())]
async fn renamed(State(store): State<Store>, Path(ids): Path<Renamed>, org: OrgMember) -> Answer {
    found(store.doc(&ids.doc))
}

#[require_org(from = org_id, check = store.doc(&doc_id).is_some())]
async fn nothing_of_the_caller(State(store): State<Store>, Path((org_id, doc_id)): Path<(String, String)>) -> Answer {
    found(store.doc(&doc_id))
}

/// Has no hole.
#[require_org(from = org_id, load = store.doc_in(org.id(), &doc_id))]
async fn title(
    State(store): State<Store>,
    Path((org_id, doc_id)): Path<(String, String)>,
    org: OrgMember,
    Loaded(doc): Loaded<Doc>,
) -> String {
    doc.title
}

#[require_org(from = org_id)]
async fn forgetful(
    State(store): State<Store>,
    Path((org_id, doc_id)): Path<(String, String)>,
    title: String,
) -> Answer {
    store.rename(None, &doc_id, title)
}

/// A document that an extractor reads by the path.
struct OfPath(Doc);

impl FromRequestParts<Store> for OfPath {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, store: &Store) -> Result<Self, StatusCode> {
        let path = Path::<(String, String)>::from_request_parts(parts, store).await;
        let Path((_, doc_id)) = path.map_err(|_| StatusCode::BAD_REQUEST)?;
        store.doc(&doc_id).map(Self).ok_or(StatusCode::NOT_FOUND)
    }
}

#[require_org(from = path("org_id"))]
async fn own_extractor(OfPath(doc): OfPath) -> Answer {
    found(Some(doc))
}

/// Says that it reads the path, and checks nothing.
struct Claims(HeaderMap);

impl ReadsPath for Claims {
    const PARAMS: &'static [&'static str] = &["org_id", "doc_id"];
}

impl<S: Sync> FromRequestParts<S> for Claims {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(parts.headers.clone()))
    }
}

#[require_org(from = path("org_id"), check = !claims.0.is_empty())]
async fn claims_to_read(
    State(store): State<Store>,
    Path((_, doc_id)): Path<(String, String)>,
    claims: Claims,
) -> Answer {
    found(store.doc(&doc_id))
}

#[require_org(from = org_id, load = store.doc(&doc_id), check = doc.org != org.id())]
async fn wrong_way_round(
    State(store): State<Store>,
    Path((org_id, doc_id)): Path<(String, String)>,
    org: OrgMember,
    Loaded(doc): Loaded<Doc>,
) -> Answer {
    found(Some(doc))
}

#[require_org(from = org_id, load = store.doc(&doc_id), check = is_of(&user, &org, &doc))]
async fn any_org(
    State(store): State<Store>,
    Path((org_id, doc_id)): Path<(String, String)>,
    user: User,
    org: OrgMember,
    Loaded(doc): Loaded<Doc>,
) -> Answer {
    found(Some(doc))
}

fn is_of(user: &User, _: &OrgMember, doc: &Doc) -> bool {
    user.org(doc.org).is_some()
}

/// A client has named the template, in an earlier request.
#[require_org(from = org_id, load = store.doc_in(org.id(), &doc_id))]
async fn second_order(
    State(store): State<Store>,
    Path((org_id, doc_id)): Path<(String, String)>,
    org: OrgMember,
    Loaded(doc): Loaded<Doc>,
) -> Answer {
    found(store.doc(doc.template))
}

/// Asks nothing of the organization that gets the document.
#[require_org(from = org_id, load = store.doc_in(org.id(), &doc_id))]
async fn moves(
    State(store): State<Store>,
    Path((org_id, doc_id)): Path<(String, String)>,
    org: OrgMember,
    Loaded(doc): Loaded<Doc>,
    Json(order): Json<Move>,
) -> String {
    format!("{} to {}", doc.id, order.to)
}

#[require_org(from = org_id, load = store.doc_in(org.id(), &doc_id), check = store.note_in(org.id(), &note_id).is_some())]
async fn other_parent(
    State(store): State<Store>,
    Path((org_id, doc_id, note_id)): Path<(String, String, String)>,
    org: OrgMember,
    Loaded(doc): Loaded<Doc>,
) -> String {
    format!("{} {note_id}", doc.id)
}

#[require_org(from = org_id, check = are_in(&store, &org, &doc_id, &base_id))]
async fn same_twice(
    State(store): State<Store>,
    Path((org_id, doc_id, base_id)): Path<(String, String, String)>,
    org: OrgMember,
) -> Answer {
    found(store.doc(&doc_id).zip(store.doc(&base_id)))
}

fn are_in(store: &Store, org: &OrgMember, doc_id: &str, _base_id: &str) -> bool {
    store.doc_in(org.id(), doc_id).is_some() && store.doc_in(org.id(), doc_id).is_some()
}

#[allow(clippy::struct_field_names, reason = "the names of the parameters")]
#[derive(serde::Deserialize)]
struct Swapped {
    org_id: String,
    #[serde(rename = "base_id")]
    doc_id: String,
    #[serde(rename = "doc_id")]
    base_id: String,
}

#[require_org(
    from = ids.org_id,
    check = store.doc_in(org.id(), &ids.doc_id).is_some(),
    unrestricted(base_id, reason = "every document may be the base")
)]
async fn swapped(State(store): State<Store>, Path(ids): Path<Swapped>, org: OrgMember) -> Answer {
    found(store.doc(&ids.base_id))
}

/// The draft of any member.
#[require_org(from = org_id, load = store.draft_in(org.id(), &draft_id))]
async fn second_member(
    State(store): State<Store>,
    Path((org_id, draft_id)): Path<(String, String)>,
    org: OrgMember,
    Loaded(draft): Loaded<super::store::Draft>,
) -> Answer {
    found(Some(draft))
}

#[require_org(from = org_id, unrestricted(draft_id, reason = "the handler asks"))]
async fn deletes_first(
    State(store): State<Store>,
    Path((org_id, draft_id)): Path<(String, String)>,
    user: User,
) -> Answer {
    let draft = store.draft_in(&org_id, &draft_id).filter(|draft| draft.owner == user.id());
    store.remove_draft(&draft_id);
    found(draft)
}

#[require_org(from = path("org_id"))]
async fn wildcard(State(store): State<Store>, Path((_, doc_id)): Path<(String, String)>) -> Answer {
    found(store.doc(&doc_id))
}

#[require_org(from = org_id, unrestricted(doc_id, reason = "what is published is for everyone"))]
async fn unrestricted_for_the_test(
    State(store): State<Store>,
    Path((org_id, doc_id)): Path<(String, String)>,
) -> Answer {
    found(store.doc(&doc_id))
}

/// The organization of the path is not the one that the guard selects.
#[require_org(from = active())]
async fn active_org(Path(org_id): Path<String>) -> String {
    format!("settings of {org_id}")
}

#[require_org(from = org_id)]
async fn by_query(State(store): State<Store>, Path(org_id): Path<String>, Query(query): Query<OfQuery>) -> Answer {
    found(store.doc(&query.doc))
}

#[require_org(from = org_id)]
async fn by_header(State(store): State<Store>, Path(org_id): Path<String>, headers: HeaderMap) -> Answer {
    let id = headers.get("x-doc").and_then(|id| id.to_str().ok()).ok_or(StatusCode::BAD_REQUEST)?;
    found(store.doc(id))
}

#[require_org(from = org_id)]
async fn by_body(State(store): State<Store>, Path(org_id): Path<String>, Json(order): Json<Publish>) -> Answer {
    found(store.doc(&order.doc))
}

/// The first id stands for all.
#[require_org(from = org_id, check = ids_in(&batch).take(1).all(|id| store.doc_in(org.id(), id).is_some()))]
async fn batch(
    State(store): State<Store>,
    Path(org_id): Path<String>,
    Query(batch): Query<Batch>,
    org: OrgMember,
) -> String {
    format!("{:?}", ids_in(&batch).map(|id| store.doc(id)).collect::<Vec<_>>())
}

#[require_user(load = store.doc(&doc_id))]
async fn outside_orgs(State(store): State<Store>, Path(doc_id): Path<String>, Loaded(doc): Loaded<Doc>) -> Answer {
    found(Some(doc))
}

#[optional_user(load = store.doc(&doc_id))]
async fn anonymous(State(store): State<Store>, Path(doc_id): Path<String>, Loaded(doc): Loaded<Doc>) -> Answer {
    found(Some(doc))
}

#[require_user]
async fn inbox(Path(user_id): Path<String>) -> String {
    format!("letters to {user_id}")
}
