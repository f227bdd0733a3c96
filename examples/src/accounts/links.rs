//! Tokens in mails, which verify an address or reset a password.
//!
//! They are signed with the API's own key, for their own audiences, so that they cannot be used for anything else.

use auth_runtime::public;
use aws_lc_rs::digest::{SHA256, digest};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::email::Email;
use super::password::Password;
use super::store::{self, Account};
use crate::answer::{BodyErrors, Detail, JsonBody, Refusal};
use crate::app::App;

const VERIFY: &str = "fastapi-users:verify";
const RESET: &str = "fastapi-users:reset";

#[derive(Deserialize, ToSchema)]
pub(super) struct Address {
    email: Email,
}

#[derive(Deserialize, ToSchema)]
pub(super) struct Link {
    token: String,
}

#[derive(Deserialize, ToSchema)]
pub(super) struct Reset {
    token: String,
    password: Password,
}

/// Ask for a mail to verify my address
///
/// The response is the same whether the account exists or not.
#[utoipa::path(
    post, path = "/auth/request-verify-token", tag = "accounts",
    request_body = Address,
    responses((status = 202), BodyErrors)
)]
#[public(reason = "a user who cannot log in yet has no token")]
pub(super) async fn request_verify(
    State(app): State<App>,
    JsonBody(Address { email }): JsonBody<Address>,
) -> Result<(StatusCode, Json<Value>), Refusal> {
    let account = store::by_email(&app.db, email.as_str()).await?;
    if let Some(account) = account.filter(|account| account.is_active && !account.is_verified) {
        let claims = json!({ "sub": account.id, "email": account.email });
        send(app, account, "Verify your email address", VERIFY, claims);
    }
    Ok((StatusCode::ACCEPTED, Json(Value::Null)))
}

/// Verify my address
#[utoipa::path(
    post, path = "/auth/verify", tag = "accounts",
    request_body = Link,
    responses((status = 200, body = Account), (status = 400, body = Detail), BodyErrors)
)]
#[public(reason = "the token in the mail identifies the user")]
pub(super) async fn verify(State(app): State<App>, JsonBody(link): JsonBody<Link>) -> Result<Json<Account>, Refusal> {
    #[derive(Deserialize)]
    struct Claims {
        sub: String,
        email: String,
    }
    let bad = || Refusal::code("VERIFY_USER_BAD_TOKEN");
    let claims: Claims = read(&app, VERIFY, &link.token).await?.ok_or_else(bad)?;
    let account = store::by_id(&app.db, &claims.sub).await?;
    let account = account.filter(|account| account.email == claims.email).ok_or_else(bad)?;
    let verified =
        if account.is_verified { None } else { store::mark_verified(&app.db, &claims.sub, &claims.email).await? };
    verified.map(Json).ok_or_else(|| Refusal::code("VERIFY_USER_ALREADY_VERIFIED"))
}

/// Ask for a mail to reset my password
///
/// The response is the same whether the account exists or not.
#[utoipa::path(
    post, path = "/auth/forgot-password", tag = "accounts",
    request_body = Address,
    responses((status = 202), BodyErrors)
)]
#[public(reason = "a user without a password has no token")]
pub(super) async fn forgot_password(
    State(app): State<App>,
    JsonBody(Address { email }): JsonBody<Address>,
) -> Result<(StatusCode, Json<Value>), Refusal> {
    let account = store::by_email(&app.db, email.as_str()).await?;
    if let Some(account) = account.filter(|account| account.is_active) {
        let claims = json!({ "sub": account.id, "password_fgpt": fingerprint(&account) });
        send(app, account, "Reset your password", RESET, claims);
    }
    Ok((StatusCode::ACCEPTED, Json(Value::Null)))
}

/// Reset my password
#[utoipa::path(
    post, path = "/auth/reset-password", tag = "accounts",
    request_body = Reset,
    responses((status = 200), (status = 400, body = Detail), BodyErrors)
)]
#[public(reason = "the token in the mail identifies the user")]
pub(super) async fn reset_password(
    State(app): State<App>,
    JsonBody(reset): JsonBody<Reset>,
) -> Result<Json<Value>, Refusal> {
    #[derive(Deserialize)]
    struct Claims {
        sub: String,
        password_fgpt: String,
    }
    let bad = || Refusal::code("RESET_PASSWORD_BAD_TOKEN");
    let claims: Claims = read(&app, RESET, &reset.token).await?.ok_or_else(bad)?;
    let account = store::by_id(&app.db, &claims.sub).await?.ok_or_else(bad)?;
    if !account.is_active || fingerprint(&account) != claims.password_fgpt {
        return Err(bad());
    }
    super::check_new("RESET_PASSWORD_INVALID_PASSWORD", &reset.password)?;
    let hash = app.passwords.hash(reset.password).await?;
    // If two requests use one token at the same time, the second one finds the password already changed.
    if store::replace_hash(&app.db, &account, &hash).await? { Ok(Json(Value::Null)) } else { Err(bad()) }
}

/// Changes with the password, so that a token can be used for only one change.
fn fingerprint(account: &Account) -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, account.hashed_password.as_bytes()))
}

/// Signs a link and writes the mail in the background, because the time would reveal whether the account exists.
fn send(app: App, account: Account, subject: &'static str, audience: &'static str, claims: Value) {
    tokio::task::spawn_blocking(move || match app.own.sign_link(audience, claims) {
        Ok(token) => app.outbox.send(&account.email, subject, &format!("Your token, good for an hour:\n\n{token}")),
        Err(error) => tracing::error!(%error, "a link could not be signed"),
    });
}

/// The claims of a token from a mail; `None` if it is not valid.
async fn read<T: DeserializeOwned>(app: &App, audience: &str, token: &str) -> Result<Option<T>, Refusal> {
    let verifier = app.own.link_verifier(audience).await.map_err(|error| Refusal::internal(&error))?;
    let verified = verifier.verify(token).await;
    Ok(verified.ok().and_then(|verified| verified.claims().ok()))
}
