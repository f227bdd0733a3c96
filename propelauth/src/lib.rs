//! PropelAuth's own crate beside guards. The guards check access tokens, and the crate calls PropelAuth's API: it makes
//! a token for a user, and reads a user and an organization.

use std::sync::Arc;

use auth_runtime::routing::get;
use auth_runtime::{GuardedRouter, OrgMember, User, Verifier, require_org, require_user};
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use propelauth::apis::access_token_service_api::{
    CreateAccessTokenError, CreateAccessTokenV2Params, create_access_token_v2,
};
use propelauth::apis::configuration::Configuration;
use propelauth::apis::org_service_api::{FetchOrgParams, fetch_org};
use propelauth::apis::user_service_api::{FetchUserByIdParams, fetch_user_by_id};
use propelauth::models::CreateAccessTokenV2Request;

/// PropelAuth's API, for the calls that need the API key.
///
/// `propelauth::PropelAuth` has the same calls, always at PropelAuth's own address. These take an address, so that
/// tests need no network.
#[derive(Clone)]
pub struct Management(Arc<Configuration>);

impl Management {
    /// PropelAuth's own address.
    pub const API: &str = "https://propelauth-api.com";

    /// The project with this auth URL, asked at `api`. `None` if the URL has no host.
    pub fn new(api: &str, auth_url: &str, api_key: &str) -> Option<Self> {
        let auth_url: Uri = auth_url.parse().ok()?;
        Some(Self(Arc::new(Configuration {
            base_path: api.to_owned(),
            auth_hostname: auth_url.host()?.to_owned(),
            bearer_access_token: Some(api_key.to_owned()),
            ..Configuration::default()
        })))
    }

    /// An access token for a user, as after a login. With an organization, the token names only that one.
    ///
    /// For tests and support tools: whoever can call this can be any user.
    pub async fn access_token(
        &self,
        user_id: &str,
        active_org_id: Option<&str>,
    ) -> Result<String, propelauth::apis::Error<CreateAccessTokenError>> {
        let mut request = CreateAccessTokenV2Request::new(user_id.to_owned(), 10);
        request.active_org_id = active_org_id.map(str::to_owned);
        let params = CreateAccessTokenV2Params { create_access_token_request: request };
        Ok(create_access_token_v2(&self.0, params).await?.access_token)
    }
}

#[require_user]
async fn whoami(user: User) -> String {
    user.id().to_owned()
}

// The token has the email address as it was when the user logged in. This is the one that PropelAuth has now.
#[require_user]
async fn profile(user: User, State(management): State<Management>) -> Result<String, StatusCode> {
    let params = FetchUserByIdParams { user_id: user.id().to_owned(), include_orgs: None };
    let user = fetch_user_by_id(&management.0, params).await.map_err(|_| StatusCode::BAD_GATEWAY)?;
    Ok(user.email)
}

// The guard compares the id in the path with the token, so the API key cannot be used for another organization.
#[require_org(role >= "Admin", from = path("org_id"))]
async fn organization(org: OrgMember, State(management): State<Management>) -> Result<String, StatusCode> {
    let params = FetchOrgParams { org_id: org.id().to_owned() };
    let org = fetch_org(&management.0, params).await.map_err(|_| StatusCode::BAD_GATEWAY)?;
    Ok(org.max_users.map_or_else(|| org.name.clone(), |users| format!("{}, for at most {users} users", org.name)))
}

/// An API whose guards accept PropelAuth's tokens, and whose handlers read from PropelAuth.
pub fn app(verifier: Verifier, management: Management) -> Router {
    GuardedRouter::new()
        .route("/whoami", get(whoami))
        .route("/profile", get(profile))
        .route("/org/{org_id}", get(organization))
        .with_state(management)
        .guarded_by(verifier)
        .into_router()
}
