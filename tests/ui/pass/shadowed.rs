// Hygiene: generated code keeps its meaning if a user has redefined every name that it could use.
#![allow(non_camel_case_types, unused_macros, unused_imports)]

extern crate core as language;
extern crate std as library;

use auth_runtime::{optional_user, public, require_org, require_permission, require_user};

macro_rules! taken {
    ($($name:ident)*) => {$( macro_rules! $name { ($dollar($any:tt)*) => { compile_error!("the user's own") }; } )*};
    (@types $($name:ident)*) => {$( pub struct $name; )*};
    (@modules $($name:ident)*) => {$( pub mod $name {} )*};
}
macro_rules! include_bytes { ($($any:tt)*) => { compile_error!("the user's own") }; }
macro_rules! file { ($($any:tt)*) => { compile_error!("the user's own") }; }
macro_rules! line { ($($any:tt)*) => { compile_error!("the user's own") }; }
macro_rules! stringify { ($($any:tt)*) => { compile_error!("the user's own") }; }
macro_rules! concat { ($($any:tt)*) => { compile_error!("the user's own") }; }
macro_rules! compile { ($($any:tt)*) => { compile_error!("the user's own") }; }

taken!(@types Ok Err Some None Result Option String Vec Box Future Send Sync Iterator Into From Guard Policy Need Rule And);
taken!(@types Sources Loaded Load More Verdict OrgRef Condition Attribute OrgSource Deny Invalid);
taken!(@modules core std alloc axum auth_runtime_ __private __rt auth_macros);

pub struct bool;
pub struct str;
pub struct u32;
pub struct usize;

fn authorize() -> ! {
    loop {}
}
fn select() -> ! {
    loop {}
}
fn compatible() -> ! {
    loop {}
}
fn org() -> ! {
    loop {}
}
fn check() -> ! {
    loop {}
}
const NEED: () = ();

use ::axum::extract::Path;
type Text = ::std::string::String;

#[public(reason = "probe")]
async fn open() {}

#[optional_user(invalid = reject, deny = not_found)]
async fn optional() {}

#[require_user(role >= "Admin" && !(permission("x") || scope("y")), check = 1 < 2)]
async fn user(claims: ::axum::extract::State<()>, req: ::axum::http::HeaderMap) {
    let _ = (claims, req);
}

#[require_org(role == "Admin", from = org, check = check.len() > 1)]
#[require_permission("x")]
async fn stacked(Path((org, check)): Path<(Text, Text)>, __guard: ::axum::extract::State<()>) {
    let _ = __guard;
}

#[require_org(from = org, check = headers.len() < 9)]
async fn later(headers: ::axum::http::HeaderMap, Path(org): Path<Text>) {}

fn main() {
    let _ = ::auth_runtime::GuardedRouter::new()
        .route("/1", ::auth_runtime::routing::get(open))
        .route("/2", ::auth_runtime::routing::get(optional))
        .route("/3", ::auth_runtime::routing::get(user))
        .route("/4/{a}/{b}", ::auth_runtime::routing::get(stacked))
        .route("/5/{a}", ::auth_runtime::routing::get(later))
        .into_router();
}
