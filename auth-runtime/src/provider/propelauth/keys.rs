//! The key of a PropelAuth project: its URL, and the explanation of a failed fetch.

use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;

use crate::claims::ClaimMapping;
use crate::error::ConfigError;
use crate::json;
use crate::keys::{Address, Endpoint, Material, Origin, StartError, read_pem, shown};
use crate::token::Algorithm;
use crate::verifier::{Issuer, KeySource, START_ANYWAY};

pub(super) const API: &str = "https://propelauth-api.com";

/// PropelAuth serves both paths, for clients in different languages.
const PATHS: &[&str] = &["/api/v1/token_verification_metadata", "/api/backend/v1/token_verification_metadata"];

impl Issuer {
    /// A PropelAuth project, with its auth URL and one of its integration API keys.
    ///
    /// `iss` is `https://` and the host of `auth_url`. The algorithm is RS256. Any audience is accepted, because
    /// PropelAuth's tokens have no audience. Claims are read with [`ClaimMapping::propelauth`]. The key is fetched with
    /// `api_key` and refreshed. With [`public_key_pem`](Self::public_key_pem) nothing is fetched, and `api_key` is not
    /// used.
    ///
    /// ```
    /// # use auth_runtime::Issuer;
    /// # let api_key = "";
    /// let issuer = Issuer::propelauth("https://auth.example.com", api_key);
    /// # let pem = "";
    /// let offline = Issuer::propelauth("https://auth.example.com", "").public_key_pem(pem);
    /// ```
    ///
    /// **Send** the access token. The API keys of users are for [`ApiKeys::propelauth`](crate::ApiKeys::propelauth).
    ///
    /// **The tokens do not contain** scopes, or roles and permissions outside organizations.
    ///
    /// **Users can write** `first_name`, `last_name`, `username`, `picture_url` and those `properties` that the project
    /// lets them edit. No decision depends on them.
    ///
    /// **What commonly goes wrong**: `auth_url` belongs to the test environment; the project has a custom domain, which
    /// is then the `iss` of tokens; the API key belongs to another environment.
    ///
    /// PropelAuth's pages: "Backend API Reference", "Access Token", "Organizations", "User Properties". For its
    /// management API, use its own crate, `propelauth`, together with the guards.
    pub fn propelauth(auth_url: &str, api_key: &str) -> Self {
        let issuer = match host_of(auth_url) {
            Ok(host) => {
                let keys = endpoint(&host, api_key)
                    .map(|endpoint| KeySource::remote("propelauth", Origin::Endpoint(endpoint), explain));
                Self::new(Ok(Some(format!("https://{host}"))), "", keys, ClaimMapping::propelauth())
            }
            Err(fault) => {
                Self::faulty(ConfigError::new("auth_url", fault).of(shown(auth_url)), "", ClaimMapping::propelauth())
            }
        };
        issuer.algorithms([Algorithm::RS256]).danger_any_audience()
    }

    /// Fetches the key from this URL instead of PropelAuth's own API: a proxy, or the server of a test. Can only be
    /// used after [`propelauth`](Self::propelauth).
    #[must_use]
    pub fn propelauth_api(self, url: &str) -> Self {
        self.change_origin(|origin| match origin {
            Some(Origin::Endpoint(endpoint)) if endpoint.paths == PATHS => {
                // The API key is sent to it, so no setting allows plain http.
                endpoint.base = Address::parse_issuer(url)
                    .and_then(|address| address.check_plain(&[]).map(|()| address))
                    .map_err(|fault| ConfigError::new("propelauth_api", fault))?;
                Ok(())
            }
            _ => Err(ConfigError::new("propelauth_api", "can only be used with `Issuer::propelauth`")),
        })
    }
}

/// The headers of every request to PropelAuth's API.
pub(super) fn headers(auth_url: &str, api_key: &str) -> Result<HeaderMap, ConfigError> {
    let host = host_of(auth_url).map_err(|fault| ConfigError::new("auth_url", fault))?;
    headers_for(&host, api_key)
}

fn headers_for(host: &str, api_key: &str) -> Result<HeaderMap, ConfigError> {
    let mut headers = HeaderMap::new();
    headers.insert(AUTHORIZATION, bearer(api_key).map_err(|fault| ConfigError::new("api_key", fault))?);
    if let Ok(host) = HeaderValue::from_str(host) {
        headers.insert(HeaderName::from_static("x-propelauth-url"), host);
    }
    Ok(headers)
}

fn endpoint(host: &str, api_key: &str) -> Result<Endpoint, ConfigError> {
    let headers = headers_for(host, api_key)?;
    let base = Address::parse(API).map_err(|fault| ConfigError::new("propelauth", fault))?;
    Ok(Endpoint { base, paths: PATHS, headers, read: public_key })
}

/// The API key as a header, marked as sensitive so that it is not logged.
fn bearer(api_key: &str) -> Result<HeaderValue, &'static str> {
    if api_key.trim().is_empty() {
        return Err("is empty");
    }
    let mut value = HeaderValue::from_str(&format!("Bearer {api_key}"))
        .map_err(|_| "contains characters that a header cannot contain")?;
    value.set_sensitive(true);
    Ok(value)
}

/// The host of the auth URL. The URL only names the project and is never fetched, so `http` is allowed.
fn host_of(auth_url: &str) -> Result<String, String> {
    if auth_url.is_empty() {
        return Err("is empty".to_owned());
    }
    let url = reqwest::Url::parse(auth_url).map_err(|error| format!("is not an absolute URL: {error}"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err("is not an http or https URL".to_owned());
    }
    url.host_str().map(str::to_owned).ok_or_else(|| "has no host".to_owned())
}

/// The public key in a response, under one of its two names.
pub(crate) fn public_key(body: &[u8]) -> Result<Material, String> {
    let document = json::document(body)?;
    let text = |name| document.get(name).and_then(Value::as_str);
    let pem = match (text("verifier_key_pem"), text("public_key_pem")) {
        (Some(one), Some(other)) if one != other => return Err("has two different keys".to_owned()),
        (Some(pem), _) | (None, Some(pem)) => pem,
        (None, None) => return Err("has no `verifier_key_pem` and no `public_key_pem`".to_owned()),
    };
    read_pem(pem).map_err(|why| format!("its key cannot be used: {why}"))
}

/// Explains the status of a failed first fetch.
fn explain(error: &StartError) -> Option<ConfigError> {
    let StartError::Fetch { status: Some(status), error } = error else { return None };
    let (setting, fault) = match status {
        401 => ("api_key", "PropelAuth refused it (401): use an integration API key of this project".to_owned()),
        404 => ("auth_url", "PropelAuth does not know this auth URL (404)".to_owned()),
        400 => ("auth_url", format!("PropelAuth refused the request (400): {error}")),
        429 => (
            "propelauth",
            format!("too many requests to PropelAuth (429): {error}; try again later, or {START_ANYWAY}"),
        ),
        _ => return None,
    };
    Some(ConfigError::new(setting, fault))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_response_has_the_key_under_one_of_two_names() {
        let pem = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n-----END PUBLIC KEY-----\n";
        let read = |document: Value| public_key(document.to_string().as_bytes()).is_ok();
        assert!(read(json!({ "verifier_key_pem": pem })));
        assert!(read(json!({ "public_key_pem": pem })));
        assert!(read(json!({ "public_key_pem": pem, "verifier_key_pem": pem })));
        assert!(!read(json!({ "public_key_pem": pem, "verifier_key_pem": "other" })));
        assert!(!read(json!({ "public_key_pem": "" })));
        assert!(!read(json!({})));
        // Two JSON parsers could read these responses differently.
        let pem = pem.replace('\n', "\\n");
        for (more, is_good) in
            [(r#""x":[1.5]"#, true), (r#""x":{"a":1,"a":1}"#, false), (r#""public_key_pem":"""#, false)]
        {
            let answer = format!(r#"{{"public_key_pem":"{pem}",{more}}}"#);
            assert_eq!(public_key(answer.as_bytes()).is_ok(), is_good, "{answer}");
        }
    }

    #[test]
    fn the_api_key_is_never_shown() {
        assert!(!format!("{:?}", bearer("hunter2")).contains("hunter2"));
        assert_eq!(bearer(" ").err(), Some("is empty"));
        assert!(bearer("a\nb").is_err());
    }

    #[test]
    fn the_auth_url_must_have_a_host() {
        assert_eq!(host_of("https://auth.example.com/").as_deref(), Ok("auth.example.com"));
        assert_eq!(host_of("http://auth.example.com:8080/path").as_deref(), Ok("auth.example.com"));
        assert!(host_of("auth.example.com").is_err());
        assert!(host_of("mailto:a@b").is_err());
    }
}
