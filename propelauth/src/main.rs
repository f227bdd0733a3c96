//! Makes an access token for a user with PropelAuth's crate, and sends it to guarded routes: what a smoke test after a
//! deployment does. It needs an API key that can create access tokens, and a user who is an Admin of the organization.

use std::env::var;
use std::error::Error;

use auth_runtime::{Issuer, Verifier};
use propelauth_example::{Management, app};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let (auth_url, api_key) = (var("PROPELAUTH_AUTH_URL")?, var("PROPELAUTH_API_KEY")?);
    let (user_id, org_id) = (var("PROPELAUTH_USER_ID")?, var("PROPELAUTH_ORG_ID")?);
    // A proxy in front of PropelAuth's API, or the server of a test.
    let api = var("PROPELAUTH_API").unwrap_or_else(|_| Management::API.to_owned());

    let issuer = Issuer::propelauth(&auth_url, &api_key).propelauth_api(&api);
    let verifier = Verifier::new(issuer).await?;
    let management = Management::new(&api, &auth_url, &api_key).ok_or("PROPELAUTH_AUTH_URL has no host")?;
    let token = management.access_token(&user_id, None).await?;

    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?;
    tokio::spawn(axum::serve(listener, app(verifier, management)).into_future());
    let client = reqwest::Client::new();
    for path in ["/whoami".to_owned(), "/profile".to_owned(), format!("/org/{org_id}")] {
        let request = client.get(format!("http://{address}{path}")).bearer_auth(&token);
        println!("{path}: {}", request.send().await?.error_for_status()?.text().await?);
    }
    Ok(())
}
