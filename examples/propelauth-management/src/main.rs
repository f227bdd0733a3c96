//! What PropelAuth's own crate does beside the guards: it creates an access token for a user, and reads the user and an
//! organization. A guarded route admits that token.
//!
//! It asks PropelAuth itself. The environment names the project, a user and an organization of the user:
//! `PROPELAUTH_AUTH_URL`, `PROPELAUTH_API_KEY`, `USER_ID`, `ORG_ID`. Its test asks a server on loopback.

#[cfg(test)]
mod tests;

use std::env::var;
use std::error::Error;

use auth_runtime::{GuardedRouter, Issuer, OrgMember, Verifier, require_org, routing::get};
use axum::Json;
use propelauth::apis::access_token_service_api::{CreateAccessTokenV2Params, create_access_token_v2};
use propelauth::apis::configuration::Configuration;
use propelauth::apis::org_service_api::{FetchOrgParams, fetch_org};
use propelauth::apis::user_service_api::{FetchUserByIdParams, fetch_user_by_id};
use propelauth::models::{CreateAccessTokenV2Request, FetchOrgResponse, UserMetadata};
use tokio::net::TcpListener;

/// A project, and where PropelAuth's API is.
struct Project {
    api: String,
    auth_host: String,
    api_key: String,
}

impl Project {
    /// The client for management calls. Its crate has `PropelAuth::fetch_and_init` for the same, if the API is PropelAuth's
    /// own.
    fn management(&self) -> Configuration {
        Configuration {
            base_path: self.api.clone(),
            auth_hostname: self.auth_host.clone(),
            bearer_access_token: Some(self.api_key.clone()),
            ..Configuration::default()
        }
    }

    /// The guards need the public key of the project alone.
    fn issuer(&self) -> Issuer {
        Issuer::propelauth(&format!("https://{}", self.auth_host), &self.api_key).propelauth_api(&self.api)
    }
}

#[require_org(role >= "Admin", from = path("org_id"))]
async fn billing(org: OrgMember) -> Json<String> {
    Json(format!("bills of {}", org.id()))
}

/// Serves the guarded routes on a free port of loopback, and returns their address.
async fn serve(project: &Project) -> Result<String, Box<dyn Error>> {
    let app = GuardedRouter::new().route("/org/{org_id}/billing", get(billing));
    let app = app.guarded_by(Verifier::new(project.issuer()).await?).build()?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = format!("http://{}", listener.local_addr()?);
    tokio::spawn(async move { axum::serve(listener, app).await });
    Ok(address)
}

/// A user and an organization as the management calls read them, and what a guarded route answers to the user's token.
struct Seen {
    user: UserMetadata,
    org: FetchOrgResponse,
    status: u16,
    body: String,
}

async fn run(project: &Project, user_id: &str, org_id: &str) -> Result<Seen, Box<dyn Error>> {
    let management = project.management();
    let api = serve(project).await?;

    let create_access_token_request = CreateAccessTokenV2Request::new(user_id.to_owned(), 10);
    let token = create_access_token_v2(&management, CreateAccessTokenV2Params { create_access_token_request }).await?;
    let request = management.client.get(format!("{api}/org/{org_id}/billing")).bearer_auth(token.access_token);
    let response = request.send().await?;

    let by_id = FetchUserByIdParams { user_id: user_id.to_owned(), include_orgs: Some(true) };
    Ok(Seen {
        user: fetch_user_by_id(&management, by_id).await?,
        org: fetch_org(&management, FetchOrgParams { org_id: org_id.to_owned() }).await?,
        status: response.status().as_u16(),
        body: response.text().await?,
    })
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let auth_url = var("PROPELAUTH_AUTH_URL")?;
    let project = Project {
        api: "https://propelauth-api.com".to_owned(),
        auth_host: auth_url.trim_start_matches("https://").trim_end_matches('/').to_owned(),
        api_key: var("PROPELAUTH_API_KEY")?,
    };
    let seen = run(&project, &var("USER_ID")?, &var("ORG_ID")?).await?;
    println!("{} of {}: {} {}", seen.user.email, seen.org.name, seen.status, seen.body);
    Ok(())
}
