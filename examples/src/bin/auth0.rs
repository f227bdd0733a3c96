//! Auth0's article with this library: an open route, a route for any token of the tenant, and a route that needs a
//! scope.
use auth_runtime::{Claims, GuardedRouter, Issuer, Verifier, public, require_user, routing::get};
use axum::Json;
use serde_json::{Value, json};
use tokio::net::TcpListener;

#[public(reason = "shows a route without a guard")]
async fn open() -> Json<Value> {
    Json(json!({ "status": "success", "msg": "Hello from a public endpoint" }))
}

#[require_user]
async fn private(Claims(claims): Claims<Value>) -> Json<Value> {
    Json(claims)
}

#[require_user(scope("read:messages"))]
async fn scoped() -> Json<Value> {
    Json(json!({ "msg": "Hello from a private endpoint that needs the scope read:messages" }))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // For example `tenant.eu.auth0.com`, and the identifier of the API in Auth0's dashboard.
    let issuer = Issuer::auth0(&std::env::var("AUTH0_DOMAIN")?, &std::env::var("API_AUDIENCE")?);
    auth_runtime::init(Verifier::new(issuer).await?)?;
    let app = GuardedRouter::new()
        .route("/api/public", get(open))
        .route("/api/private", get(private))
        .route("/api/private-scoped", get(scoped));
    let port = std::env::var("PORT").map_or(Ok(3006), |port| port.parse())?;
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    println!("Serving on http://{}", listener.local_addr()?);
    Ok(axum::serve(listener, app.into_router()).await?)
}
