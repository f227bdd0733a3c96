//! A realm of Keycloak: roles of the realm and of this client, which belong to no organization.
use auth_runtime::{GuardedRouter, Issuer, User, Verifier, require_user, routing::get};
use tokio::net::TcpListener;

#[require_user]
async fn whoami(user: User) -> String {
    format!("{} {:?}", user.username().unwrap_or(user.id()), user.roles().unwrap_or_default())
}

#[require_user(role == "editor")]
async fn edit() -> &'static str {
    "for editors"
}

// Refuses an actor in an editor's name, and an editor without a verified email address.
#[require_user(role == "editor" && email_verified && !impersonated)]
async fn publish() -> &'static str {
    "for editors themselves"
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // For example `https://sso.example.com/realms/NAME`, and the client of this API. An audience mapper adds it to the
    // tokens of other clients.
    let issuer = Issuer::keycloak(&std::env::var("KEYCLOAK_REALM")?, &std::env::var("API_AUDIENCE")?);
    auth_runtime::init(Verifier::new(issuer).await?)?;
    let app =
        GuardedRouter::new().route("/whoami", get(whoami)).route("/edit", get(edit)).route("/publish", get(publish));
    let port = std::env::var("PORT").map_or(Ok(3008), |port| port.parse())?;
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    println!("Serving on http://{}", listener.local_addr()?);
    Ok(axum::serve(listener, app.into_router()).await?)
}
