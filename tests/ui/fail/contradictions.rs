// Contradictions on one handler that the attributes can see.
#![allow(unused)]

use auth_runtime::{optional_user, public, require_org, require_permission, require_user};
use axum::extract::Path;

#[public]
#[require_user]
async fn open_and_closed() {}

#[require_permission("p")]
#[public(reason = "x")]
async fn closed_and_open() {}

#[optional_user]
#[require_org(from = path("org_id"))]
async fn optional_and_required() {}

#[require_user]
#[auth_runtime::optional_user]
async fn required_and_optional() {}

#[public]
#[cfg_attr(all(), optional_user)]
async fn open_and_optional() {}

// Conditions that cannot be true.
#[require_user(permission("p") && !permission("p"))]
async fn itself_and_not_itself() {}

#[require_org(role == "Admin" && !(role >= "Admin"), from = org_id)]
async fn exactly_but_not_at_least(Path(org_id): Path<String>) {}

#[require_permission(("a" || "b") && !"a" && !"b")]
async fn either_and_neither() {}

fn main() {}
