//! API keys and tokens on the same handlers. Users with a token create keys. A handler can require one kind of
//! credential.
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use auth_runtime::routing::{delete, get, post};
use auth_runtime::{ApiKey, ApiKeys, GuardedRouter, Identity, Issuer, Limit, User, Verifier, require_user};
use axum::extract::{Path, State};
use axum::http::StatusCode;

/// Replaces a database: the owner and the id of each key, by its SHA-256.
type Table = Arc<Mutex<HashMap<[u8; 32], (String, String)>>>;

#[derive(Clone)]
struct App {
    table: Table,
    verifier: Verifier,
}

#[require_user]
async fn me(user: User) -> String {
    format!("{} by {}", user.id(), user.issuer_name())
}

#[require_user(issuer("api-keys"))]
async fn hook(user: User) -> String {
    format!("a machine of {}", user.id())
}

/// The key is shown once; only its digest is stored. A key cannot create keys.
#[require_user(!issuer("api-keys"))]
async fn make_key(State(app): State<App>, user: User) -> String {
    let (new, mut table) = (ApiKey::generate("sk_test_"), app.table.lock().unwrap_or_else(PoisonError::into_inner));
    let id = format!("key-{}", table.len());
    table.insert(new.digest(), (user.id().to_owned(), id));
    new.key().to_owned()
}

#[require_user(!issuer("api-keys"))]
async fn delete_key(State(app): State<App>, user: User, Path(id): Path<String>) -> StatusCode {
    let mut table = app.table.lock().unwrap_or_else(PoisonError::into_inner);
    table.retain(|_, (owner, known)| owner != user.id() || *known != id);
    app.verifier.forget_key(&id);
    StatusCode::NO_CONTENT
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let table = Table::default();
    let rows = Arc::clone(&table);
    let keys = ApiKeys::header("x-api-key").prefix("sk_test_").find(move |digest| {
        let row = rows.lock().map(|rows| rows.get(&digest).cloned()).map_err(|_| "the table is broken");
        async move { row.map(|row| row.map(|(owner, id)| ApiKey::new(id, Identity::new(owner), Limit::none()))) }
    });
    let issuer = Issuer::fastapi_users(std::env::var("APP_SECRET")?);
    let verifier = Verifier::builder().issuer(issuer).authenticator("api-keys", keys).build().await?;
    let app = GuardedRouter::new().route("/me", get(me)).route("/hook", post(hook));
    let app = app.route("/keys", post(make_key)).route("/keys/{id}", delete(delete_key));
    let app = app.guarded_by(verifier.clone()).with_state(App { table, verifier });
    let port = std::env::var("PORT").map_or(Ok(3006), |port| port.parse())?;
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    println!("Serving on http://{}", listener.local_addr()?);
    Ok(axum::serve(listener, app.into_router()).await?)
}
