// Location: an attribute must be on a free `async fn`, and reports an error on any other item.
#![allow(unused)]

use auth_runtime::{optional_user, public, require_org, require_permission, require_user};

#[require_user]
fn synchronous() {}

#[require_user]
const fn constant() {}

#[require_user]
async unsafe fn not_safe() {}

#[require_user]
async extern "C" fn foreign() {}

#[public]
struct Struct;

#[public]
pub enum Enum {}

#[require_user]
trait Trait {}

#[require_user]
impl Struct {
    async fn method() {}
}

#[optional_user]
mod module {}

#[require_permission("p")]
const CONST: u8 = 1;

#[require_org(from = path("x"))]
static STATIC: u8 = 1;

#[public]
type Alias = u8;

#[public]
use std::fmt as imported;

#[require_user]
unsafe extern "C" {}

unsafe extern "C" {
    #[require_user]
    fn declared();
}

#[require_user]
macro_rules! made {
    () => {};
}

// Reported once, by the first attribute.
#[require_user]
#[require_permission("p")]
fn synchronous_twice() {}

fn main() {}
