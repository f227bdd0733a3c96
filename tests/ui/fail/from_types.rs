// Types: `from` takes an organization's id.
#![allow(unused)]

use auth_runtime::require_org;
use axum::extract::{Path, Query};

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

// 2: no such field.
#[require_org(from = params.org)]
async fn missing(params: Query<Params>) {}

fn main() {}
