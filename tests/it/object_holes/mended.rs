//! The same application without the holes.

use auth_runtime::routing::{delete, get, post};
use auth_runtime::{GuardedRouter, Loaded, OrgMember, Require, User, optional_user, require_org, require_user};
use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse as _;

use super::store::{Answer, Doc, Draft, Note, Store, found};
use super::{Batch, InOrg, Move, OfQuery, Publish, ids_in};

/// The closure asks for the document itself.
#[require_org(from = path("org_id"), unrestricted(doc_id, reason = "the closure asks"))]
struct InOrgOfDoc;

pub fn routes(store: &Store) -> GuardedRouter {
    let files = store.clone();
    let file = axum::routing::any(|Path((org, path)): Path<(String, String)>| async move {
        found(files.doc_in(&org, &path)).into_response()
    });
    let stats = |guard: Require<InOrgOfDoc>, State(store): State<Store>, Path((_, id)): Path<(String, String)>| async move {
        found(store.doc_in(guard.org().id(), &id))
    };
    let in_org = GuardedRouter::new()
        .nest("/archive", GuardedRouter::new().route("/{doc_id}", get(doc)))
        .route("/docs", get(list))
        .route("/docs/{doc_id}", get(doc).patch(rename).delete(doc))
        .route("/docs/{doc_id}/preview", get(doc))
        .route("/docs/{doc_id}/export", get(field))
        .route("/docs/{doc_id}/print", get(renamed))
        .route("/docs/{doc_id}/history", get(doc))
        .route("/docs/{doc_id}/title", get(doc).put(rename))
        .route("/docs/{doc_id}/links", get(doc))
        .route("/docs/{doc_id}/tags", get(doc))
        .route("/docs/{doc_id}/stats", get(stats))
        .route("/docs/{doc_id}/owner", get(right_way_round))
        .route("/docs/{doc_id}/access", get(doc))
        .route("/docs/{doc_id}/template", get(template))
        .route("/docs/{doc_id}/move", post(moves))
        .route("/docs/{doc_id}/notes/{note_id}", get(note))
        .route("/diff/{doc_id}/{base_id}", get(both))
        .route("/compare/{doc_id}/{base_id}", get(with_any_base))
        .route("/drafts/{draft_id}", get(draft))
        .route("/drafts/{draft_id}/trash", delete(trash))
        .route("/raw/{*doc_id}", get(doc))
        .route("/published/{doc_id}", get(doc))
        .route("/settings", get(settings))
        .route("/download", get(by_query))
        .route("/current", get(by_header))
        .route("/publish", post(by_body))
        .route("/batch", get(batch));
    GuardedRouter::new()
        .nest("/orgs/{org_id}", in_org)
        .route("/docs/{doc_id}", get(outside_orgs))
        .route("/shared/{doc_id}", get(with_or_without_user))
        .route("/users/{user_id}/inbox", get(inbox))
        .guarded_service::<InOrg>("/orgs/{org_id}/files/{*path}", file)
        .with_state(store.clone())
}

#[require_org(from = org_id, load = store.doc_in(org.id(), &doc_id))]
async fn doc(
    State(store): State<Store>,
    Path((org_id, doc_id)): Path<(String, String)>,
    org: OrgMember,
    Loaded(doc): Loaded<Doc>,
) -> Answer {
    found(Some(doc))
}

#[require_org(from = org_id)]
async fn list(State(store): State<Store>, Path(org_id): Path<String>, org: OrgMember) -> String {
    format!("{:?}", store.docs().into_iter().filter(|doc| doc.org == org.id()).collect::<Vec<_>>())
}

/// The statement names both ids again.
#[require_org(from = org_id, load = store.doc_in(org.id(), &doc_id))]
async fn rename(
    State(store): State<Store>,
    Path((org_id, doc_id)): Path<(String, String)>,
    org: OrgMember,
    Loaded(doc): Loaded<Doc>,
    title: String,
) -> Answer {
    store.rename(Some(org.id()), doc.id, title)
}

#[derive(serde::Deserialize)]
struct Ids {
    org_id: String,
    doc_id: String,
}

#[require_org(from = ids.org_id, load = store.doc_in(org.id(), &ids.doc_id))]
async fn field(State(store): State<Store>, Path(ids): Path<Ids>, org: OrgMember, Loaded(doc): Loaded<Doc>) -> Answer {
    found(Some(doc))
}

/// The name of the field is that of the parameter.
#[require_org(from = ids.org_id, check = store.doc_in(org.id(), &ids.doc_id).is_some())]
async fn renamed(State(store): State<Store>, Path(ids): Path<Ids>, org: OrgMember) -> Answer {
    found(store.doc_in(org.id(), &ids.doc_id))
}

#[require_org(from = org_id, load = store.doc(&doc_id), check = doc.org == org.id())]
async fn right_way_round(
    State(store): State<Store>,
    Path((org_id, doc_id)): Path<(String, String)>,
    org: OrgMember,
    Loaded(doc): Loaded<Doc>,
) -> Answer {
    found(Some(doc))
}

#[require_org(from = org_id, load = store.doc_in(org.id(), &doc_id))]
async fn template(
    State(store): State<Store>,
    Path((org_id, doc_id)): Path<(String, String)>,
    org: OrgMember,
    Loaded(doc): Loaded<Doc>,
) -> Answer {
    found(store.doc_in(org.id(), doc.template))
}

#[require_org(from = org_id, load = store.doc_in(org.id(), &doc_id))]
async fn moves(
    State(store): State<Store>,
    Path((org_id, doc_id)): Path<(String, String)>,
    org: OrgMember,
    user: User,
    Loaded(doc): Loaded<Doc>,
    Json(order): Json<Move>,
) -> Answer {
    user.require_org_at_least(&order.to, "Admin").map_err(|_| StatusCode::FORBIDDEN)?;
    Ok(format!("{} to {}", doc.id, order.to))
}

#[require_org(from = org_id, load = store.note_in(org.id(), &note_id), check = note.doc == doc_id)]
async fn note(
    State(store): State<Store>,
    Path((org_id, doc_id, note_id)): Path<(String, String, String)>,
    org: OrgMember,
    Loaded(note): Loaded<Note>,
) -> Answer {
    found(Some(note))
}

#[require_org(from = org_id, load = store.doc_in(org.id(), &doc_id).zip(store.doc_in(org.id(), &base_id)))]
async fn both(
    State(store): State<Store>,
    Path((org_id, doc_id, base_id)): Path<(String, String, String)>,
    org: OrgMember,
    Loaded(docs): Loaded<(Doc, Doc)>,
) -> Answer {
    found(Some(docs))
}

#[require_org(
    from = org_id,
    load = store.doc_in(org.id(), &doc_id),
    unrestricted(base_id, reason = "every document may be the base")
)]
async fn with_any_base(
    State(store): State<Store>,
    Path((org_id, doc_id, base_id)): Path<(String, String, String)>,
    org: OrgMember,
    Loaded(doc): Loaded<Doc>,
) -> String {
    format!("{} {base_id}", doc.id)
}

#[require_org(from = org_id, load = store.draft_in(org.id(), &draft_id), check = draft.owner == user.id())]
async fn draft(
    State(store): State<Store>,
    Path((org_id, draft_id)): Path<(String, String)>,
    org: OrgMember,
    user: User,
    Loaded(draft): Loaded<Draft>,
) -> Answer {
    found(Some(draft))
}

#[require_org(from = org_id, load = store.draft_in(org.id(), &draft_id), check = draft.owner == user.id())]
async fn trash(
    State(store): State<Store>,
    Path((org_id, draft_id)): Path<(String, String)>,
    org: OrgMember,
    user: User,
    Loaded(draft): Loaded<Draft>,
) {
    store.remove_draft(draft.id);
}

#[require_org(from = org_id)]
async fn settings(Path(org_id): Path<String>, org: OrgMember) -> String {
    format!("settings of {}", org.id())
}

#[require_org(from = org_id, load = store.doc_in(org.id(), &query.doc))]
async fn by_query(
    State(store): State<Store>,
    Path(org_id): Path<String>,
    Query(query): Query<OfQuery>,
    org: OrgMember,
    Loaded(doc): Loaded<Doc>,
) -> Answer {
    found(Some(doc))
}

#[require_org(from = org_id, load = headers.get("x-doc").and_then(|id| store.doc_in(org.id(), id.to_str().ok()?)))]
async fn by_header(
    State(store): State<Store>,
    Path(org_id): Path<String>,
    headers: HeaderMap,
    org: OrgMember,
    Loaded(doc): Loaded<Doc>,
) -> Answer {
    found(Some(doc))
}

/// No guard reads the body, so the handler asks.
#[require_org(from = org_id)]
async fn by_body(
    State(store): State<Store>,
    Path(org_id): Path<String>,
    org: OrgMember,
    Json(order): Json<Publish>,
) -> Answer {
    found(store.doc_in(org.id(), &order.doc))
}

#[require_org(from = org_id, check = ids_in(&batch).all(|id| store.doc_in(org.id(), id).is_some()))]
async fn batch(
    State(store): State<Store>,
    Path(org_id): Path<String>,
    Query(batch): Query<Batch>,
    org: OrgMember,
) -> String {
    format!("{:?}", ids_in(&batch).map(|id| store.doc_in(org.id(), id)).collect::<Vec<_>>())
}

#[require_user(load = store.doc(&doc_id), check = user.org(doc.org).is_some())]
async fn outside_orgs(
    State(store): State<Store>,
    Path(doc_id): Path<String>,
    user: User,
    Loaded(doc): Loaded<Doc>,
) -> Answer {
    found(Some(doc))
}

#[optional_user(load = store.doc(&doc_id), check = user.as_ref().is_some_and(|user| user.org(doc.org).is_some()))]
async fn with_or_without_user(
    State(store): State<Store>,
    Path(doc_id): Path<String>,
    user: Option<User>,
    Loaded(doc): Loaded<Doc>,
) -> Answer {
    found(Some(doc))
}

#[require_user(check = user_id == user.id())]
async fn inbox(Path(user_id): Path<String>, user: User) -> String {
    format!("letters to {user_id}")
}
