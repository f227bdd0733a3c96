//! The smallest program: one guarded route, for tokens signed with a shared secret.
use auth_runtime::{GuardedRouter, Issuer, User, Verifier, require_user, routing::get};

#[require_user]
async fn whoami(user: User) -> String {
    user.id().to_owned()
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    auth_runtime::init(Verifier::new(Issuer::fastapi_users(std::env::var("APP_SECRET")?)).await?)?;
    let app = GuardedRouter::new().route("/whoami", get(whoami)).into_router();
    let address = format!("127.0.0.1:{}", std::env::var("PORT").unwrap_or("3002".into()));
    Ok(axum::serve(tokio::net::TcpListener::bind(address).await?, app).await?)
}
