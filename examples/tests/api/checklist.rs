//! The source documents, line by line. Each line is checked here over HTTP, or by a named test, or is out of scope for
//! a stated reason.
//!
//! The documents: PropelAuth's FastAPI quickstart and integration guide, a FastAPI course's API of posts, a
//! walk-through of fastapi-users, and Auth0's article on securing FastAPI.

mod auth0;
mod course;
mod fastapi_users;
mod integration;
mod quickstart;

use std::sync::LazyLock;

use crate::issuer::Standin;
use crate::server::{Directory, Server};

/// One line of a document.
pub struct Line {
    pub says: &'static str,
    pub here: Here,
}

/// How a line is covered here.
pub enum Here {
    /// Checked with a running server.
    Checked(fn(&Server)),
    /// These tests of this program cover it: `module::function`, or a module for all of its tests.
    ShownBy(&'static [&'static str]),
    /// Out of scope.
    OutOfScope(&'static str),
}

/// A project of PropelAuth, whose tokens state the memberships of its users.
pub static PROPELAUTH: LazyLock<Standin> = LazyLock::new(|| Standin::start(""));

pub const PROPELAUTH_URL: &str = "https://auth.example.com";

pub const SHARED: &str = "a secret that this API shares with a FastAPI application";

/// Checks a document with its own server.
fn walk(document: &str, lines: &[Line]) {
    let environment = [
        ("APP_SECRET", SHARED),
        ("PROPELAUTH_AUTH_URL", PROPELAUTH_URL),
        ("PROPELAUTH_API_KEY", "not needed where the key is given"),
        ("PROPELAUTH_VERIFIER_KEY", &PROPELAUTH.public_key),
    ];
    let server = Server::start_with(Directory::used(), &environment);
    for Line { says, here } in lines {
        match here {
            Here::Checked(check) => {
                println!("{document}: {says}");
                check(&server);
            }
            Here::ShownBy(tests) => {
                println!("{document}: {says}: shown by {tests:?}");
                tests.iter().for_each(|test| assert!(exists(test), "{document}: there is no test `{test}`"));
            }
            Here::OutOfScope(why) => println!("{document}: {says}: out of scope, {why}"),
        }
    }
}

fn exists(test: &str) -> bool {
    let (module, function) = test.split_once("::").unwrap_or((test, ""));
    let file = format!("{}/tests/api/{module}.rs", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(file).is_ok_and(|text| text.contains(&format!("#[test]\nfn {function}")))
}

#[test]
fn the_propelauth_quickstart_is_covered() {
    walk("quickstart", quickstart::LINES);
}

#[test]
fn the_propelauth_integration_guide_is_covered() {
    walk("integration", integration::LINES);
}

#[test]
fn the_fastapi_course_is_covered() {
    walk("course", course::LINES);
}

#[test]
fn the_fastapi_users_walkthrough_is_covered() {
    walk("fastapi-users", fastapi_users::LINES);
}

#[test]
fn the_auth0_article_is_covered() {
    walk("Auth0", auth0::LINES);
}
