// Types: `from` takes an organization id from an extractor that returns the same value twice.
#![allow(unused)]

use auth_runtime::{Claims, require_org};
use axum::extract::{FromRequestParts, Path, Query};
use axum::http::request::Parts;

// 1: not an id.
#[require_org(from = number)]
async fn integer(Path(number): Path<u32>) {}

#[require_org(from = org)]
async fn optional(Query(org): Query<Option<String>>) {}

#[require_org(from = params.page)]
async fn field(params: Query<Params>) {}

#[derive(serde::Deserialize)]
struct Params {
    page: u32,
}

// 2: not known to be repeatable.
#[require_org(from = claims)]
async fn claims(Claims(claims): Claims<String>) {}

struct Counter(String);

impl<S: Send + Sync> FromRequestParts<S> for Counter {
    type Rejection = ();
    async fn from_request_parts(_: &mut Parts, _: &S) -> Result<Self, ()> {
        Ok(Self(String::new()))
    }
}

#[require_org(from = own)]
async fn own(Counter(own): Counter) {}

// 3: no such field.
#[require_org(from = params.org)]
async fn missing(params: Query<Params>) {}

fn main() {}
