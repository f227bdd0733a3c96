//! Two kinds of users under one roof: each router has its own verifier, and a token of the one is nothing to the other.
use auth_runtime::{GuardedRouter, Issuer, User, Verifier, public, require_user, routing::get};
use tokio::net::TcpListener;

#[public(reason = "load balancer probe")]
async fn health() -> &'static str {
    "ok"
}

#[require_user]
async fn orders(user: User) -> String {
    format!("orders of customer {}", user.id())
}

#[require_user]
async fn payroll(user: User) -> String {
    format!("payroll, for {} of the staff", user.id())
}

/// Issuers whose tokens carry no `iss` can be told apart only like this: one to a verifier. The audience takes the
/// place of the one that fastapi-users would have.
async fn verifier_of(variable: &str, audience: &str) -> Result<Verifier, Box<dyn std::error::Error>> {
    let secret = std::env::var(variable).map_err(|fault| format!("{variable}: {fault}"))?;
    Ok(Verifier::new(Issuer::fastapi_users(secret).audiences([audience])).await?)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let shop =
        GuardedRouter::new().route("/orders", get(orders)).guarded_by(verifier_of("CUSTOMER_SECRET", "shop").await?);
    let office =
        GuardedRouter::new().route("/payroll", get(payroll)).guarded_by(verifier_of("STAFF_SECRET", "office").await?);
    // No `auth_runtime::init`: a guarded route outside of both would answer 500, and never let anybody in.
    let app = GuardedRouter::new().route("/health", get(health)).nest("/shop", shop).nest("/office", office);
    let port = std::env::var("PORT").map_or(Ok(3004), |port| port.parse())?;
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    println!("Serving on http://{}", listener.local_addr()?);
    Ok(axum::serve(listener, app.into_router()).await?)
}
