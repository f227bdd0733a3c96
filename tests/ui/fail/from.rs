// Grammar: `from` contains an argument of the handler or a part of the request.
#![allow(unused)]

use auth_runtime::require_org;
use axum::Json;
use axum::extract::{Path, Query, Request};

#[derive(serde::Deserialize)]
struct Params {
    org: String,
}

#[require_org(from = "org_id")]
async fn quoted(Path(org_id): Path<String>) {}

#[require_org(from = )]
async fn nothing(Path(org_id): Path<String>) {}

#[require_org(from = 5)]
async fn number(Path(org_id): Path<String>) {}

#[require_org(from = orgid)]
async fn slip(Path(org_id): Path<String>) {}

#[require_org(from = tenant)]
async fn unbound(Path(org_id): Path<String>, params: Query<Params>) {}

#[require_org(from = tenant)]
async fn nothing_bound() {}

#[require_org(from = path)]
async fn word_of_a_source(Path(org_id): Path<String>) {}

#[require_org(from = active)]
async fn word_of_the_token(Path(org_id): Path<String>) {}

#[require_org(from = params.org())]
async fn call(params: Query<Params>) {}

#[require_org(from = params.)]
async fn no_field(params: Query<Params>) {}

#[require_org(from = pth("org_id"))]
async fn source_slip() {}

#[require_org(from = cookie("org_id"))]
async fn source_unknown() {}

#[require_org(from = path(org_id))]
async fn source_unquoted() {}

#[require_org(from = query())]
async fn source_empty() {}

#[require_org(from = path("{org_id}"))]
async fn template() {}

#[require_org(from = path("orgs/{org_id}"))]
async fn whole_template() {}

#[require_org(from = query(""))]
async fn empty_name() {}

#[require_org(from = header("x org"))]
async fn no_header() {}

#[require_org(from = active("acme"))]
async fn active_takes_nothing() {}

#[require_org(from = org_id)]
async fn body(Json(org_id): Json<String>) {}

#[require_org(from = request)]
async fn whole_request(request: Request) {}

#[require_org(from = org_id)]
async fn conditional(#[cfg(unix)] Path(org_id): Path<String>) {}

#[require_org(from = org_id)]
async fn opaque(org_id: impl Send) {}

#[require_org(from = org_id)]
async fn twice(Path(org_id): Path<String>, Query(org_id): Query<String>) {}

fn main() {}
