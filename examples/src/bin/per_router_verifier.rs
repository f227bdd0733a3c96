//! Two kinds of users: each router has its own verifier, which refuses the tokens of the other.
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

/// If issuers' tokens have no `iss`, each issuer needs its own verifier. The audience replaces the default of
/// fastapi-users.
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
    // There is no `auth_runtime::init`, so a guarded route outside both routers would respond 500 to every request.
    let app = GuardedRouter::new().route("/health", get(health)).nest("/shop", shop).nest("/office", office);
    let port = std::env::var("PORT").map_or(Ok(3004), |port| port.parse())?;
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    println!("Serving on http://{}", listener.local_addr()?);
    Ok(axum::serve(listener, app.into_router()).await?)
}
