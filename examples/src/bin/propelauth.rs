//! PropelAuth's guards for FastAPI with this library: a user, an optional user, a member, an admin, a permission.
use auth_runtime::{GuardedRouter, Issuer, OrgMember, User, Verifier, routing::get};
use auth_runtime::{optional_user, require_org, require_permission, require_user};
use tokio::net::TcpListener;

#[require_user]
async fn whoami(user: User) -> String {
    user.id().to_owned()
}

#[optional_user]
async fn hello(user: Option<User>) -> String {
    user.and_then(|user| user.email().map(str::to_owned)).unwrap_or_else(|| "stranger".to_owned())
}

#[require_org(from = path("org_id"))]
async fn member(org: OrgMember) -> String {
    format!("{} of {}", org.role().unwrap_or("no role"), org.name().unwrap_or_default())
}

#[require_org(role >= "Admin", from = path("org_id"))]
async fn admin(org: OrgMember) -> String {
    format!("{} may manage {}", org.role().unwrap_or("no role"), org.id())
}

// `active()` is the active organization of the token, so the path needs no id.
#[require_org(from = active())]
#[require_permission("can_view_billing")]
async fn billing(org: OrgMember) -> String {
    format!("bills of {}", org.id())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut issuer = Issuer::propelauth(&std::env::var("PROPELAUTH_AUTH_URL")?, &std::env::var("PROPELAUTH_API_KEY")?);
    // With the key from the dashboard, nothing is fetched.
    if let Ok(pem) = std::env::var("PROPELAUTH_VERIFIER_KEY") {
        issuer = issuer.public_key_pem(pem);
    }
    auth_runtime::init(Verifier::new(issuer).await?)?;
    let app = GuardedRouter::new()
        .route("/whoami", get(whoami))
        .route("/hello", get(hello))
        .route("/org/{org_id}", get(member))
        .route("/org/{org_id}/admin", get(admin))
        .route("/billing", get(billing));
    let port = std::env::var("PORT").map_or(Ok(3007), |port| port.parse())?;
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    println!("Serving on http://{}", listener.local_addr()?);
    Ok(axum::serve(listener, app.into_router()).await?)
}
