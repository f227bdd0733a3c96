//! Log in with a form: a session is a row of a table, and its cookie a random key whose SHA-256 the table holds.
use std::time::{Duration, UNIX_EPOCH};

use auth_runtime::routing::{get, post};
use auth_runtime::{
    ApiKey, AuthenticationError, Authenticator, GuardedRouter, Identity, User, Verifier, optional_user, public,
    require_user,
};
use aws_lc_rs::{constant_time::verify_slices_are_equal, digest};
use axum::extract::{Form, State};
use axum::http::{StatusCode, header, request::Parts};
use axum::response::{Html, IntoResponse, Redirect, Response};
use sqlx::{SqlitePool, query, query_as};

struct Sessions(SqlitePool);

impl Authenticator for Sessions {
    async fn authenticate(&self, request: &Parts) -> Result<Option<Identity>, AuthenticationError> {
        let cookies = request.headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut pairs = cookies.flat_map(|value| value.split("; "));
        let Some(key) = pairs.find_map(|pair| pair.strip_prefix("__Host-session=")) else { return Ok(None) };
        let digest = digest::digest(&digest::SHA256, key.as_bytes());
        let row = query_as("SELECT name, expires FROM sessions WHERE digest = ?").bind(digest.as_ref().to_vec());
        let row = row.fetch_optional(&self.0).await.map_err(|_| AuthenticationError::Unavailable)?;
        let (name, expires): (String, u32) = row.ok_or(AuthenticationError::Invalid)?;
        Ok(Some(Identity::new(name).expires_at(UNIX_EPOCH + Duration::from_secs(expires.into()))))
    }
}

#[optional_user]
async fn home(user: Option<User>) -> Html<String> {
    let form = "<form action=/log-in method=post><input name=password type=password><button>Log in</form>";
    let greeting = |user: User| format!("hello {}<form action=/log-out method=post><button>Log out</form>", user.id());
    Html(user.map_or(form.to_owned(), greeting))
}

#[public(reason = "the visitor has no session yet")]
async fn log_in(State(db): State<SqlitePool>, Form(form): Form<Vec<(String, String)>>) -> Result<Response, StatusCode> {
    let expected = std::env::var("APP_PASSWORD").unwrap_or_default();
    let is_right = |(name, value): &(String, String)| {
        name == "password" && verify_slices_are_equal(value.as_bytes(), expected.as_bytes()).is_ok()
    };
    form.iter().find(|field| is_right(field) && !expected.is_empty()).ok_or(StatusCode::UNAUTHORIZED)?;
    let session = ApiKey::generate("");
    let insert = query("INSERT INTO sessions VALUES (?, 'ada', unixepoch() + 3600)").bind(session.digest().to_vec());
    insert.execute(&db).await.map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
    let cookie = format!("__Host-session={}; Path=/; Secure; HttpOnly; SameSite=Lax", session.key());
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to("/")).into_response())
}

/// A page of another site that posts here sends the cookie in vain: the verifier does not ask for its session.
#[require_user]
async fn log_out(State(db): State<SqlitePool>, user: User) -> Result<Redirect, StatusCode> {
    let delete = query("DELETE FROM sessions WHERE name = ?").bind(user.id().to_owned());
    delete.execute(&db).await.map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
    Ok(Redirect::to("/"))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let db =
        SqlitePool::connect(&std::env::var("DATABASE_URL").unwrap_or("sqlite:sessions.sqlite?mode=rwc".into())).await?;
    query("CREATE TABLE IF NOT EXISTS sessions (digest BLOB PRIMARY KEY, name TEXT, expires INTEGER)")
        .execute(&db)
        .await?;
    let verifier = Verifier::builder().authenticator("sessions", Sessions(db.clone())).build().await?;
    let app =
        GuardedRouter::new().route("/", get(home)).route("/log-in", post(log_in)).route("/log-out", post(log_out));
    let app = app.guarded_by(verifier).with_state(db);
    let port = std::env::var("PORT").map_or(Ok(3005), |port| port.parse())?;
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    println!("Serving on http://{}", listener.local_addr()?);
    Ok(axum::serve(listener, app.into_router()).await?)
}
