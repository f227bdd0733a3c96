// Handlers: no argument, fifteen, sixteen; every pattern; private types; names that generated code uses itself.
#![deny(unused)]
#![allow(non_shorthand_field_patterns, unused_parens)]
use auth_runtime::{GuardedRouter, User, require_org, require_user, routing::get};
use axum::Json;
use axum::extract::{Path, Query, Request, State};
use axum::http::HeaderMap;

type S = State<()>;

#[require_user]
async fn none() {}

#[require_user]
async fn fifteen(_: S, _: S, _: S, _: S, _: S, _: S, _: S, _: S, _: S, _: S, _: S, _: S, _: S, _: S, body: String) {
    let _ = body;
}

// Paired with an argument, the guard does not count as one of axum's sixteen.
#[require_user]
async fn sixteen(_: S, _: S, _: S, _: S, _: S, _: S, _: S, _: S, _: S, _: S, _: S, _: S, _: S, _: S, _: S, body: Request) {
    let _ = body;
}

// In its own argument, it leaves fifteen.
#[require_user]
#[axum::debug_handler]
async fn fifteen_and_a_guard(_: S, _: S, _: S, _: S, _: S, _: S, _: S, _: S, _: S, _: S, _: S, _: S, _: S, _: S, body: String) {
    let _ = body;
}

#[derive(Clone, serde::Deserialize)]
struct Private {
    org: String,
    rest: (u8, u8),
}

#[require_org(from = org, check = *a < *b)]
async fn structs(Path(Private { ref org, rest: (ref a, ref b) }): Path<Private>) {}

#[require_org(from = org, check = { a += b; a > 1 })]
async fn renamed_fields(Path(Private { org: mut org, rest: (mut a, b), .. }): Path<Private>) {
    org.clear();
    a += b;
    let _ = a;
}

#[require_org(from = org)]
async fn tuples(Path((org, _, (mut a, ..))): Path<(String, u8, (u8, u8, u8))>) {
    a += 1;
    let _ = a;
}

#[require_org(from = whole.org, check = rest.0 == 1)]
async fn bound_by_at(Path(ref whole @ Private { ref rest, .. }): Path<Private>) {}

#[require_org(from = org)]
async fn parentheses((Path(org)): (Path<String>)) {}

#[require_org(from = id)]
async fn tuple_of_extractors((Path(id), State(())): (Path<String>, State<()>)) {}

#[require_org(from = r#type, check = r#fn == "x")]
async fn r#match(Path((r#type, r#fn)): Path<(String, String)>) {}

#[require_user(check = source.len() > 1 && need.is_empty() && __auth_source.is_empty())]
async fn names_of_generated_code(Path((source, need)): Path<(String, String)>, __auth_source: HeaderMap, __rt: User) {}

#[require_user(check = { let _ = header; true })]
async fn attributed(#[allow(unused_variables)] header: HeaderMap, #[cfg(any())] gone: Nothing, Query(()): Query<()>) {}

#[require_user]
async fn optional_body(body: Option<Json<u8>>) {
    let _ = body;
}

#[require_user]
async fn fallible_body(body: Result<Json<u8>, axum::extract::rejection::JsonRejection>) {
    let _ = body;
}

fn main() {
    let _ = GuardedRouter::<()>::new()
        .route("/1", get(none))
        .route("/2", get(fifteen))
        .route("/3", get(sixteen))
        .route("/4", get(fifteen_and_a_guard))
        .route("/5", get(structs))
        .route("/6", get(renamed_fields))
        .route("/7", get(tuples))
        .route("/8", get(bound_by_at))
        .route("/9", get(parentheses))
        .route("/10", get(tuple_of_extractors))
        .route("/11", get(r#match))
        .route("/12", get(names_of_generated_code))
        .route("/13", get(attributed))
        .route("/14", get(optional_body))
        .route("/15", get(fallible_body));
}
