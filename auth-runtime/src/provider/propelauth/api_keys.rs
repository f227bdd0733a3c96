//! End-user API keys of a PropelAuth project, which its API validates.

use std::sync::Arc;

use reqwest::header::{CONTENT_TYPE, HeaderMap};
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};

use super::keys::{API, headers};
use crate::api_keys::{ApiKey, ApiKeys};
use crate::error::ConfigError;
use crate::id::{Identity, Limit, Membership};
use crate::json;
use crate::keys::{Address, http_client, read_body};

const PATH: &str = "/api/backend/v1/end_user_api_keys/validate";

impl ApiKeys {
    /// Validates keys with the API of a PropelAuth project, instead of [`find`](Self::find): for the keys that the
    /// project's users create for themselves. `auth_url` and `api_key` are as for
    /// [`Issuer::propelauth`](crate::Issuer::propelauth).
    ///
    /// Such keys have no prefix, so they need a separate header. A key that belongs only to an organization has no user
    /// and is refused. The key has the permissions that its user has in the organization of the key. Its
    /// [`credential_id`](crate::User::credential_id) is a part of its SHA-256.
    ///
    /// ```
    /// # use auth_runtime::{ApiKeys, Verifier};
    /// # let integration_key = "k";
    /// let keys = ApiKeys::header("x-api-key").propelauth("https://auth.example.com", integration_key);
    /// let builder = Verifier::builder().authenticator("api-keys", keys);
    /// ```
    #[must_use]
    pub fn propelauth(self, auth_url: &str, api_key: &str) -> Self {
        self.propelauth_at(API, auth_url, api_key)
    }

    /// Like [`propelauth`](Self::propelauth), but sends the requests to this URL instead of PropelAuth's own API: to a
    /// proxy that passes them on, or to the server of a test.
    #[must_use]
    pub fn propelauth_at(self, api: &str, auth_url: &str, api_key: &str) -> Self {
        match Validation::new(api, auth_url, api_key) {
            Ok(validation) => {
                let validation = Arc::new(validation);
                self.validated_by(Ok(Arc::new(move |key, id| {
                    let (validation, key) = (Arc::clone(&validation), key.to_owned());
                    Box::pin(async move { validation.ask(&key, id).await })
                })))
            }
            Err(fault) => self.validated_by(Err(fault)),
        }
    }
}

/// The endpoint that validates keys.
struct Validation {
    client: Client,
    address: Address,
    headers: HeaderMap,
}

impl Validation {
    fn new(api: &str, auth_url: &str, api_key: &str) -> Result<Self, ConfigError> {
        let fault = |fault: String| ConfigError::new("propelauth", fault);
        // Each request contains the API key of the project, so plain http is allowed only for loopback.
        let address = Address::parse(api).map_err(fault)?.with_path(PATH);
        let client = http_client(address.is_loopback(), None).map_err(fault)?;
        Ok(Self { client, address, headers: headers(auth_url, api_key)? })
    }

    async fn ask(&self, key: &str, id: String) -> Result<Option<ApiKey>, String> {
        let request = self.client.post(self.address.url()).headers(self.headers.clone());
        let request = request.header(CONTENT_TYPE, "application/json");
        let sent = request.body(json!({ "api_key_token": key }).to_string()).send().await;
        let response = sent.map_err(|error| error.without_url().to_string())?;
        match response.status() {
            StatusCode::OK => read(&read_body(response).await?, id),
            // PropelAuth's answer about an invalid key.
            StatusCode::BAD_REQUEST => Ok(None),
            status => Err(format!("{}: answered {status}", self.address)),
        }
    }
}

/// The user to whom the key belongs.
fn read(body: &[u8], id: String) -> Result<Option<ApiKey>, String> {
    let answer = json::document(body)?;
    let text = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
    let none = Value::Null;
    let user = answer.get("user").unwrap_or(&none);
    let Some(user_id) = text(user, "user_id").or_else(|| text(&answer, "user_id")) else { return Ok(None) };
    let mut identity = Identity::new(user_id).impersonated_by(None);
    if let Some(email) = text(user, "email") {
        identity = identity.email(email, user.get("email_confirmed").and_then(Value::as_bool));
    }
    let member = answer.get("user_in_org").unwrap_or(&none);
    let org = text(member, "org_id").or_else(|| answer.get("org").and_then(|org| text(org, "org_id")));
    if let (Some(org), Some(role)) = (org, text(member, "user_role")) {
        let names = |name: &str| {
            let names = member.get(name)?.as_array()?.iter();
            names.map(|name| name.as_str().map(str::to_owned)).collect::<Option<Vec<String>>>()
        };
        let mut membership = Membership::new(&org, role);
        if let Some(roles) = names("inherited_user_roles_plus_current_role") {
            membership = membership.inherited_roles(roles);
        }
        if let Some(permissions) = names("user_permissions") {
            membership = membership.permissions(permissions);
        }
        identity = identity.org(membership).active_org(org);
    }
    Ok(Some(ApiKey::new(id, identity, Limit::none())))
}
