// `check` runs before any body is read, and uses only names that the handler's own arguments bind.
#![allow(unused)]

use auth_runtime::{User, require_user};
use axum::Json;
use axum::extract::{Path, Request};

type Multipart = String;

#[require_user(check = valid(&doc) && user.id() == id)]
async fn json(user: User, Path(id): Path<String>, Json(doc): Json<String>) {}

#[require_user(check = form.is_empty())]
async fn text(form: String) {}

#[require_user(check = log!("{request:?}"))]
async fn in_a_macro(request: Request) {}

#[require_user(check = parts.is_some())]
async fn optional(parts: Option<Multipart>) {}

#[require_user(check = id == 1)]
async fn conditional(#[cfg(any())] Path(id): Path<u8>) {}

#[require_user(check = id == 1)]
async fn opaque(id: impl PartialEq<u8>) {}

fn main() {}
