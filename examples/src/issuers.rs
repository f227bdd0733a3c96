//! The trusted issuers: the API's own, and those in the environment.

mod external;
mod own;

use auth_runtime::{GuardedRouter, Verifier, public, routes};
use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use crate::Failure;
use crate::app::App;
use crate::orgs::Members;
pub(crate) use external::External;
pub(crate) use own::{LIFETIME, OwnIssuer, Subject, rotate_key};

/// One verifier for all issuers: a token's `iss` selects the keys and rules. Memberships are in the database for the
/// users of all issuers except PropelAuth, whose tokens state them.
pub(crate) async fn verifier(app: &App, external: &External) -> Result<Verifier, Failure> {
    let mut builder = Verifier::builder().issuer(app.own.as_issuer()).directory(Members { db: app.db.clone() });
    builder = builder.revocations(app.revocations.clone());
    for issuer in external.issuers() {
        builder = builder.issuer(issuer);
    }
    builder.build().await.map_err(|error| match external::variable(error.setting()) {
        Some(variable) => format!("{variable}: {error}").into(),
        None => error.into(),
    })
}

/// Everything that another service needs to verify this API's tokens.
pub(crate) fn routes() -> GuardedRouter<App> {
    GuardedRouter::new().routes(routes!(discovery)).routes(routes!(jwks))
}

/// Discover this issuer
#[utoipa::path(
    get, path = "/.well-known/openid-configuration", tag = "issuer",
    responses((status = 200, body = Value))
)]
#[public(reason = "verifiers fetch this without a token")]
async fn discovery(State(app): State<App>) -> Json<Value> {
    let url = app.own.url();
    Json(json!({
        "issuer": url,
        "jwks_uri": format!("{url}/.well-known/jwks.json"),
        "token_endpoint": format!("{url}/auth/jwt/login"),
        "response_types_supported": ["token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
    }))
}

/// Get the keys of this issuer
#[utoipa::path(get, path = "/.well-known/jwks.json", tag = "issuer", responses((status = 200, body = Value)))]
#[public(reason = "public keys")]
async fn jwks(State(app): State<App>) -> Json<Value> {
    Json(app.own.jwks())
}
