// All errors of an attribute are reported at once, and no others: the handler still exists and is still guarded.
#![allow(unused)]

use auth_runtime::{GuardedRouter, OrgMember, User, require_org, require_permission, routing::get};
use axum::extract::Path;

#[require_org(role > "A" && permision("x") || scope(), from = nothing, deny = never, chek = true, crate = x)]
#[require_permission(can_view)]
async fn handler(Path(org_id): Path<String>, user: User, org: OrgMember) -> String {
    format!("{org_id} {} {}", user.id(), org.id())
}

// The handler below is valid, and so is its other attribute.
#[require_org(from = org_ids)]
#[require_permission("p")]
async fn half(Path(org_id): Path<String>, org: OrgMember) -> String {
    format!("{org_id} {}", org.id())
}

fn main() {
    let _: axum::Router = GuardedRouter::new().route("/1/{x}", get(handler)).route("/2/{x}", get(half)).into_router();
}
