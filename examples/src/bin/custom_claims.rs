//! Tokens with custom claims: a mapping reads the user, and `Claims` passes the other claims to a handler as a type.
use auth_runtime::{ClaimMapping, Claims, GuardedRouter, Identity, Issuer, Verifier};
use auth_runtime::{require_permission, require_user, routing::get};
use serde_json::{Map, Value};
use tokio::net::TcpListener;

/// The other claims in this application's tokens.
#[derive(serde::Deserialize)]
struct Subscription {
    plan: String,
    seats: u32,
}

/// `{"uid": "..", "mail": "..", "groups": [..], "can": ["read", "write"]}`; any other token is refused.
fn identity(claims: &Map<String, Value>) -> Option<Identity> {
    let strings = |name: &str| -> Option<Vec<String>> {
        claims.get(name)?.as_array()?.iter().map(|item| item.as_str().map(str::to_owned)).collect()
    };
    let identity = Identity::new(claims.get("uid")?.as_str()?)
        .email(claims.get("mail")?.as_str()?, true)
        .roles(strings("groups")?)
        .permissions(strings("can")?);
    Some(identity)
}

#[require_user(role == "staff")]
async fn staff() -> &'static str {
    "staff only"
}

#[require_permission("write")]
async fn drafts() -> &'static str {
    "a draft"
}

// A token without a plan is valid on other routes. Here it gets 401.
#[require_user]
async fn plan(Claims(Subscription { plan, seats }): Claims<Subscription>) -> String {
    format!("{plan} with {seats} seats")
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let issuer = Issuer::hmac("https://id.example.com", "custom-api", std::env::var("APP_SECRET")?)
        .claim_mapping(ClaimMapping::none())
        .map_identity(|claims, _| identity(claims));
    auth_runtime::init(Verifier::new(issuer).await?)?;
    let app = GuardedRouter::new().route("/staff", get(staff)).route("/drafts", get(drafts)).route("/plan", get(plan));
    let port = std::env::var("PORT").map_or(Ok(3005), |port| port.parse())?;
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    println!("Serving on http://{}", listener.local_addr()?);
    Ok(axum::serve(listener, app.into_router()).await?)
}
