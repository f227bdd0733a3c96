// Objects: every form of `load`, over arguments that can and cannot be cloned, and every order of attributes.
#![deny(unused)]
use auth_runtime::{GuardedRouter, Loaded, OrgMember, User, optional_user, require_org, require_permission, require_user, routing::get};
use axum::Json;
use axum::extract::{FromRequestParts, Path, State};
use axum::http::StatusCode;
use axum::http::request::Parts;

#[derive(Clone)]
struct Db;

// No `Clone`, no `Debug`.
struct Row {
    open: bool,
}

impl Db {
    async fn option(&self, _: &str, _: u64) -> Option<Row> {
        Some(Row { open: true })
    }
    async fn result(&self, _: u64) -> Result<Row, StatusCode> {
        Ok(Row { open: true })
    }
    async fn both(&self, _: u64) -> Result<Option<Row>, StatusCode> {
        Ok(Some(Row { open: true }))
    }
}

#[require_org(from = org_id, load = db.option(org.id(), id).await, check = row.open)]
async fn option(State(db): State<Db>, Path((org_id, id)): Path<(String, u64)>, org: OrgMember, Loaded(row): Loaded<Row>) -> String {
    row.open.to_string()
}

#[require_user(load = db.result(id).await)]
async fn result(State(db): State<Db>, Path(id): Path<u64>, Loaded(row): Loaded<Row>) -> String {
    row.open.to_string()
}

#[require_permission("p", load = db.both(id).await, deny = forbidden)]
async fn both(State(db): State<Db>, Path(id): Path<u64>, Loaded(_row): Loaded<Row>) {}

#[optional_user(load = { let row = db.both(id).await?; if user.is_none() { return Ok(None); } Ok::<_, StatusCode>(row) })]
async fn with_returns(State(db): State<Db>, user: Option<User>, Path(id): Path<u64>, Loaded(row): Loaded<Row>, Json(body): Json<u8>) -> String {
    format!("{} {body}", row.open)
}

#[require_user(load = db.both(id).await)]
#[require_user]
#[require_user(check = row.0.open && user.id() != "x")]
async fn named_below(State(db): State<Db>, Path(id): Path<u64>, user: User, row: Loaded<Row>) -> String {
    row.0.open.to_string()
}

struct Tx(std::cell::Cell<u8>);

impl FromRequestParts<Db> for Tx {
    type Rejection = StatusCode;
    async fn from_request_parts(_: &mut Parts, _: &Db) -> Result<Self, StatusCode> {
        Ok(Self(std::cell::Cell::new(0)))
    }
}

#[require_user(load = { tx.0.set(1); std::future::ready(()).await; Some(tx.0.get()) }, check = { tx.0.set(n); true })]
async fn neither_sync_nor_clone(tx: Tx, Loaded(n): Loaded<u8>) -> String {
    format!("{} {n}", tx.0.get())
}

fn title(id: u64) -> Option<String> {
    (id == 1).then(|| "Minutes".to_owned())
}

// Before the `load`, its value has no name: these names are functions.
#[require_user(load = title(id))]
async fn called_like_its_value(Path(id): Path<u64>, Loaded(title): Loaded<String>) -> String {
    title
}

#[require_user(load = Some(id).and_then(title))]
async fn passed_like_its_value(Path(id): Path<u64>, Loaded(title): Loaded<String>) -> String {
    title
}

#[require_user(check = title(id).is_some())]
#[require_user(load = title(id), check = title.len() > 1)]
async fn checked_above(Path(id): Path<u64>, Loaded(title): Loaded<String>) -> String {
    title
}

#[require_user(load = Some(T::default()))]
async fn generic<T: Default + Send + ToString + 'static>(Loaded(value): Loaded<T>) -> String {
    value.to_string()
}

#[tracing::instrument(skip_all)]
#[require_user(load = db.both(id).await)]
#[utoipa::path(get, path = "/8/{id}", params(("id" = u64, Path)))]
#[require_user(check = row.open)]
#[axum::debug_handler]
async fn foreign(State(db): State<Db>, Path(id): Path<u64>, Loaded(row): Loaded<Row>) -> String {
    row.open.to_string()
}

fn main() {
    let _ = GuardedRouter::<Db>::new()
        .route("/1/{org_id}/{id}", get(option))
        .route("/2/{id}", get(result))
        .route("/3/{id}", get(both))
        .route("/4/{id}", get(with_returns))
        .route("/5/{id}", get(named_below))
        .route("/6", get(neither_sync_nor_clone))
        .route("/7", get(generic::<u64>))
        .route("/8/{id}", get(foreign))
        .route("/9/{id}", get(called_like_its_value))
        .route("/10/{id}", get(passed_like_its_value))
        .route("/11/{id}", get(checked_above))
        .with_state::<()>(Db)
        .into_router();
}
