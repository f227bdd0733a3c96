// A policy on a struct has no arguments, no check and no object, and the struct has neither fields nor parameters.
use auth_runtime::{optional_user, public, require_org, require_permission, require_user};

#[require_org(from = org_id)]
pub struct Argument;

#[require_user(check = true)]
pub struct Check;

#[require_user(load = row())]
pub struct Load;

#[require_user]
pub struct Field(u8);

#[require_permission("p")]
pub struct Generic<T>(T);

#[public(despite_router)]
pub struct NoReason;

#[public]
#[optional_user]
pub struct Both;

#[require_org(from = path("a"))]
#[cfg_attr(all(), require_permission("p", from = path("b")))]
pub struct TwoOrganizations;

fn main() {}
