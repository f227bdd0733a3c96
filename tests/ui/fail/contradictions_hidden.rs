// Contradictions that the attributes cannot see: rustc reports them.
#![allow(unused)]

use auth_runtime::{OrgMember, optional_user as maybe, public as open, require_org, require_permission, require_user};
use axum::extract::Path;

#[open(reason = "x")]
#[require_user]
async fn open_and_closed() {}

#[require_user]
#[open]
async fn closed_and_open() {}

#[maybe]
#[require_permission("p")]
async fn optional_and_required() {}

#[require_org(from = org_id)]
#[require_permission("p", from = active())]
async fn two_organizations(Path(org_id): Path<String>) {}

#[require_org(from = org_id)]
#[require_user]
#[require_org(role >= "Admin", from = org_id)]
async fn the_same_organization_twice(Path(org_id): Path<String>) {}

#[require_user]
#[require_permission("p")]
async fn no_organization(org: OrgMember) {}

fn main() {}
