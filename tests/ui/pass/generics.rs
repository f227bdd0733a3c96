// Handlers that are generic over types, consts, lifetimes and the state, with bounds wherever Rust allows them.
#![deny(unused)]
use std::marker::PhantomData;

use auth_runtime::{AsOrgId, GuardedRouter, User, require_org, require_user, routing::get};
use axum::extract::{FromRef, FromRequestParts, Path, State};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};

trait Repo: Clone + Send + Sync + 'static {
    type Id: AsOrgId + Send + Sync + serde::de::DeserializeOwned + 'static;
    fn holds(&self, user: &User) -> bool;
}

#[derive(Clone)]
struct Db<R>(R);

#[derive(Clone)]
struct Memory;

impl Repo for Memory {
    type Id = String;
    fn holds(&self, user: &User) -> bool {
        user.email_verified() == Some(true)
    }
}

#[require_user]
async fn over_state<R: Repo>(State(db): State<Db<R>>, user: User) -> String {
    db.0.holds(&user).to_string()
}

#[require_user]
async fn over_state_without_sources<R>(State(_db): State<Db<R>>)
where
    R: Repo,
{
}

#[require_user(check = db.0.holds(&user))]
async fn over_state_in_check<R: Repo>(State(db): State<Db<R>>, user: User) {}

#[require_org(from = id, check = db.0.holds(&user))]
async fn projected<R: Repo>(Path(id): Path<R::Id>, State(db): State<Db<R>>, user: User) {}

#[require_user]
async fn answers<T: Default + IntoResponse + Send + 'static>() -> T {
    T::default()
}

#[require_user(check = N > 1)]
async fn sized<const N: usize>() -> String {
    N.to_string()
}

struct Tenant<T>(String, PhantomData<T>);

impl<S: Send + Sync, T: Send> FromRequestParts<S> for Tenant<T>
where
    Memory: FromRef<S>,
{
    type Rejection = Response;
    async fn from_request_parts(_: &mut Parts, state: &S) -> Result<Self, Response> {
        let _ = Memory::from_ref(state);
        Ok(Self("acme".to_owned(), PhantomData))
    }
}

#[require_org(role >= "Admin", from = org)]
async fn own_extractor<T: Send + Sync + 'static>(Tenant(org, _): Tenant<T>) -> String {
    org
}

impl FromRef<Db<Memory>> for Memory {
    fn from_ref(db: &Db<Memory>) -> Self {
        db.0.clone()
    }
}

struct OrgId(String);

impl AsOrgId for OrgId {
    fn as_org_id(&self) -> std::borrow::Cow<'_, str> {
        self.0.as_str().into()
    }
}

impl<'de> serde::Deserialize<'de> for OrgId {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from).map(Self)
    }
}

#[require_org(from = id)]
async fn newtype(Path(id): Path<OrgId>) -> String {
    id.0
}

fn routes<R: Repo>() -> GuardedRouter<Db<R>> {
    GuardedRouter::new()
        .route("/1", get(over_state::<R>))
        .route("/2", get(over_state_without_sources::<R>))
        .route("/3", get(over_state_in_check::<R>))
        .route("/4/{id}", get(projected::<R>))
        .route("/5", get(answers::<String>))
        .route("/6", get(sized::<2>))
        .route("/7/{id}", get(newtype))
}

fn main() {
    let _ = routes::<Memory>().route("/8", get(own_extractor::<u8>)).with_state::<()>(Db(Memory)).into_router();
}
