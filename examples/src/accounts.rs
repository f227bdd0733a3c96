//! Accounts, modeled on fastapi-users: register, log in, verify the address, reset the password, manage users.

mod email;
mod links;
mod mail;
mod password;
mod store;

use auth_runtime::{GuardedRouter, User, public, require_user, routes};
use axum::Json;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::answer::{BodyErrors, Detail, FormBody, JsonBody, NoAccount, Refusal};
use crate::app::App;
use crate::issuers::{LIFETIME, Subject};
use email::Email;
pub(crate) use mail::Outbox;
use password::Match;
pub(crate) use password::{Password, Passwords, hash};
pub(crate) use store::{Account, by_email, by_id};
use store::{Changes, EmailTaken};

/// Bodies for these routes are short. Longer ones get 413.
const MAX_BODY: usize = 16 * 1024;

pub(crate) fn routes() -> GuardedRouter<App> {
    GuardedRouter::new()
        .routes(routes!(login))
        .routes(routes!(register))
        .routes(routes!(me, update_me))
        .routes(routes!(logout))
        .routes(routes!(links::request_verify))
        .routes(routes!(links::verify))
        .routes(routes!(links::forgot_password))
        .routes(routes!(links::reset_password))
        .routes(routes!(user, update_user, delete_user))
        .routes(routes!(course_login))
        .layer(DefaultBodyLimit::max(MAX_BODY))
}

#[derive(Deserialize, ToSchema)]
struct Registration {
    email: Email,
    password: Password,
    // The body may contain more fields, such as `is_superuser`. They are ignored.
}

/// Register
#[utoipa::path(
    post, path = "/auth/register", tag = "accounts",
    request_body = Registration,
    responses((status = 201, body = Account), (status = 400, body = Detail), BodyErrors)
)]
#[public(reason = "a new user has no token yet")]
async fn register(
    State(app): State<App>,
    JsonBody(new): JsonBody<Registration>,
) -> Result<(StatusCode, Json<Account>), Refusal> {
    const TAKEN: &str = "REGISTER_USER_ALREADY_EXISTS";
    check_new("REGISTER_INVALID_PASSWORD", &new.password)?;
    if by_email(&app.db, new.email.as_str()).await?.is_some() {
        return Err(Refusal::code(TAKEN));
    }
    let hash = app.passwords.hash(new.password).await?;
    let account = store::insert(&app.db, &new.email, &hash).await?.map_err(|EmailTaken| Refusal::code(TAKEN))?;
    Ok((StatusCode::CREATED, Json(account)))
}

/// As in OAuth 2.0 (RFC 6749 section 4.3.2): `username` is the email address.
#[derive(Deserialize, ToSchema)]
struct Credentials {
    username: String,
    password: Password,
    #[expect(dead_code, reason = "other grants are refused here")]
    #[schema(value_type = Option<String>)]
    grant_type: Option<GrantType>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum GrantType {
    Password,
    #[serde(rename = "")]
    Unsaid,
}

/// Log in
///
/// The token endpoint of the password flow (RFC 6749 section 4.3).
#[utoipa::path(
    post, path = "/auth/jwt/login", tag = "accounts",
    request_body(content = Credentials, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, body = Value), (status = 400, body = Detail), BodyErrors)
)]
#[public(reason = "issues tokens")]
async fn login(State(app): State<App>, FormBody(form): FormBody<Credentials>) -> Result<Json<Value>, Refusal> {
    token_for(&app, form).await?.map(Json).ok_or_else(|| Refusal::code("LOGIN_BAD_CREDENTIALS"))
}

/// Log in to the FastAPI course
///
/// The same, except for the response to wrong credentials.
#[utoipa::path(
    post, path = "/login", tag = "accounts",
    request_body(content = Credentials, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, body = Value), (status = 404, body = Detail), BodyErrors)
)]
#[public(reason = "issues tokens")]
async fn course_login(State(app): State<App>, FormBody(form): FormBody<Credentials>) -> Result<Json<Value>, Refusal> {
    let token = token_for(&app, form).await?;
    token.map(Json).ok_or_else(|| Refusal::new(StatusCode::NOT_FOUND, "Invalid Credentials"))
}

/// A token for the right password of an active account. All other cases take the same time and get the same response.
async fn token_for(app: &App, form: Credentials) -> Result<Option<Value>, Refusal> {
    let Credentials { username, password, .. } = form;
    let account = by_email(&app.db, username.trim()).await?;
    let kept = account.as_ref().map(|account| account.hashed_password.as_str());
    let matched = app.passwords.verify(password, kept).await?;
    let (Some(matched), Some(account)) = (matched, account.filter(|account| account.is_active)) else {
        return Ok(None);
    };
    if let Match::Renew(hash) = matched
        && let Err(error) = store::replace_hash(&app.db, &account, &hash).await
    {
        // The password was correct. The next login will renew its hash.
        tracing::warn!(%error, "the hash of a password could not be renewed");
    }
    let subject = Subject { id: account.id, email: Some(account.email) };
    let token = app.own.sign_access(&subject, LIFETIME).map_err(|error| Refusal::internal(&error))?;
    Ok(Some(json!({ "access_token": token, "token_type": "bearer" })))
}

/// Log out
///
/// The server keeps no tokens, so there is nothing to delete. The client drops its token, which stays valid until it
/// expires.
#[utoipa::path(post, path = "/auth/jwt/logout", tag = "accounts", responses((status = 204), NoAccount))]
#[require_user(issuer("own"), check = is_active(&app, &user).await)]
async fn logout(State(app): State<App>, user: User) -> StatusCode {
    StatusCode::NO_CONTENT
}

/// Show my account
#[utoipa::path(get, path = "/users/me", tag = "accounts", responses((status = 200, body = Account), NoAccount))]
#[require_user(issuer("own"))]
async fn me(State(app): State<App>, user: User) -> Result<Json<Account>, Refusal> {
    own_account(&app, &user).await.map(Json)
}

/// The changes that users may make to their own accounts. Only a superuser may change the flags.
#[derive(Deserialize, ToSchema)]
struct Profile {
    email: Option<Email>,
    password: Option<Password>,
}

/// Change my account
#[utoipa::path(
    patch, path = "/users/me", tag = "accounts",
    request_body = Profile,
    responses((status = 200, body = Account), (status = 400, body = Detail), NoAccount, BodyErrors)
)]
#[require_user(issuer("own"), check = is_active(&app, &user).await)]
async fn update_me(
    State(app): State<App>,
    user: User,
    JsonBody(profile): JsonBody<Profile>,
) -> Result<Json<Account>, Refusal> {
    let changes = Changes { email: profile.email, ..Changes::default() };
    update(&app, user.id(), changes, profile.password).await?.map(Json).ok_or_else(Refusal::unauthorized)
}

/// Show an account
#[utoipa::path(
    get, path = "/users/{id}", tag = "accounts",
    params(("id" = String, Path)),
    responses((status = 200, body = Account), (status = 404, body = Detail), NoAccount)
)]
#[require_user(
    issuer("own"),
    check = is_superuser(&app, &caller).await,
    unrestricted(id, reason = "a superuser manages every account")
)]
async fn user(State(app): State<App>, caller: User, Path(id): Path<String>) -> Result<Json<Account>, Refusal> {
    by_id(&app.db, &canonical(&id)?).await?.map(Json).ok_or_else(not_found)
}

#[derive(Deserialize, ToSchema)]
struct Update {
    email: Option<Email>,
    password: Option<Password>,
    is_active: Option<bool>,
    is_superuser: Option<bool>,
    is_verified: Option<bool>,
}

/// Change an account
#[utoipa::path(
    patch, path = "/users/{id}", tag = "accounts",
    params(("id" = String, Path)),
    request_body = Update,
    responses(
        (status = 200, body = Account), (status = 400, body = Detail), (status = 404, body = Detail),
        NoAccount, BodyErrors,
    )
)]
#[require_user(
    issuer("own"),
    check = is_superuser(&app, &caller).await,
    unrestricted(id, reason = "a superuser manages every account")
)]
async fn update_user(
    State(app): State<App>,
    caller: User,
    Path(id): Path<String>,
    JsonBody(new): JsonBody<Update>,
) -> Result<Json<Account>, Refusal> {
    let Update { email, password, is_active, is_superuser, is_verified } = new;
    let changes = Changes { email, hashed_password: None, is_active, is_superuser, is_verified };
    update(&app, &canonical(&id)?, changes, password).await?.map(Json).ok_or_else(not_found)
}

/// Delete an account
#[utoipa::path(
    delete, path = "/users/{id}", tag = "accounts",
    params(("id" = String, Path)),
    responses((status = 204), (status = 404, body = Detail), NoAccount)
)]
#[require_user(
    issuer("own"),
    check = is_superuser(&app, &caller).await,
    unrestricted(id, reason = "a superuser manages every account")
)]
async fn delete_user(State(app): State<App>, caller: User, Path(id): Path<String>) -> Result<StatusCode, Refusal> {
    let id = canonical(&id)?;
    if !store::delete(&app.db, &id).await? {
        return Err(not_found());
    }
    app.forget_user("own", &id);
    Ok(StatusCode::NO_CONTENT)
}

/// `None` if the account is gone.
async fn update(
    app: &App,
    id: &str,
    mut changes: Changes,
    password: Option<Password>,
) -> Result<Option<Account>, Refusal> {
    if let Some(password) = password {
        check_new("UPDATE_USER_INVALID_PASSWORD", &password)?;
        changes.hashed_password = Some(app.passwords.hash(password).await?);
    }
    let updated = store::update(&app.db, id, &changes).await?;
    updated.map_err(|EmailTaken| Refusal::code("UPDATE_USER_EMAIL_ALREADY_EXISTS"))
}

/// The caller's own account. A token can outlive its account, which shows here.
async fn own_account(app: &App, user: &User) -> Result<Account, Refusal> {
    let account = by_id(&app.db, user.id()).await?;
    account.filter(|account| account.is_active).ok_or_else(Refusal::unauthorized)
}

/// For `check`: whether the caller still has an active account.
async fn is_active(app: &App, user: &User) -> Result<(), Refusal> {
    own_account(app, user).await.map(|_| ())
}

/// For `check`: whether the caller may manage accounts.
async fn is_superuser(app: &App, user: &User) -> Result<bool, Refusal> {
    Ok(own_account(app, user).await?.is_superuser)
}

/// Refuses a weak password.
fn check_new(code: &str, password: &Password) -> Result<(), Refusal> {
    match password.objection() {
        None => Ok(()),
        Some(reason) => Err(Refusal::new(StatusCode::BAD_REQUEST, json!({ "code": code, "reason": reason }))),
    }
}

/// The id in the stored form. A text that is not an id belongs to no account.
fn canonical(id: &str) -> Result<String, Refusal> {
    Uuid::try_parse(id).map(|id| id.to_string()).map_err(|_| not_found())
}

fn not_found() -> Refusal {
    Refusal::new(StatusCode::NOT_FOUND, "Not Found")
}
