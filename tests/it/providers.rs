//! Every identity provider: tokens as in its documentation, signed with keys that are fetched from its documented URLs.
//! A server on loopback responds at these URLs.

mod entra;
mod older;
mod server;
mod services;
mod start;
mod tokens;

use auth_runtime::{GuardedRouter, Issuer, User, Verifier, require_user, routing};
use axum::Router;
use serde_json::{Value, json};

pub(crate) use server::Server;

/// When every token of these tests was issued: 2025.
pub(crate) const ISSUED: u64 = 1_735_700_000;
pub(crate) const EXPIRES: u64 = 9_999_999_999;

/// What the handler gets about the user.
#[require_user]
async fn me(user: User) -> String {
    describe(&user)
}

/// The user as a line, without unknown values.
pub(crate) fn describe(user: &User) -> String {
    let mut line = user.id().to_owned();
    let mut add = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            line.extend([" ", name, "=", &value]);
        }
    };
    let listed = |names: Option<&[String]>| names.map(|names| names.join(","));
    add("email", user.email().map(str::to_owned));
    add("verified", user.email_verified().map(|verified| verified.to_string()));
    add("first", user.first_name().map(str::to_owned));
    add("last", user.last_name().map(str::to_owned));
    add("login", user.username().map(str::to_owned));
    add("roles", listed(user.roles()));
    add("scopes", listed(user.scopes()));
    add("active", user.active_org().map(|org| org.id().to_owned()));
    for org in user.known_orgs() {
        let roles = org.role().into_iter().chain(org.additional_roles().unwrap_or_default().iter().map(String::as_str));
        let roles = roles.collect::<Vec<_>>().join(",");
        let name = org.name().or(org.url_safe_name()).unwrap_or_default();
        let permissions = listed(org.permissions()).unwrap_or_else(|| "?".to_owned());
        add("org", Some(format!("{}/{name}/{roles}/{permissions}", org.id())));
    }
    if user.is_impersonated() == Some(true) {
        add("actor", Some(user.impersonator_user_id().unwrap_or("?").to_owned()));
    }
    add("application", user.is_application().filter(|is| *is).map(|is| is.to_string()));
    line
}

/// `/me` behind a verifier that trusts this issuer.
pub(crate) async fn app(issuer: Issuer) -> Router {
    app_of(Verifier::new(issuer).await.unwrap_or_else(|error| panic!("{error}")))
}

/// `/me` behind this verifier.
pub(crate) fn app_of(verifier: Verifier) -> Router {
    GuardedRouter::new().route("/me", routing::any(me)).guarded_by(verifier).into_router()
}

/// The claims of a documented payload, with valid times and the changes of a case: `null` removes a claim.
pub(crate) fn claims(documented: &Value, changes: &Value) -> Value {
    let mut claims = documented.clone();
    let object = claims.as_object_mut().unwrap();
    for (name, value) in [("iat", json!(ISSUED)), ("exp", json!(EXPIRES))] {
        object.insert(name.to_owned(), value);
    }
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            object.remove(name);
        } else {
            object.insert(name.clone(), value.clone());
        }
    }
    claims
}
