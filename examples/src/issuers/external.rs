//! The issuers in the environment. An invalid value stops the start with an error that names it.

use auth_runtime::{Algorithm, Issuer};

use crate::Failure;
use crate::settings::Environment;

/// The settings of other issuers in the environment.
#[derive(Default)]
pub(crate) struct External {
    app_secret: Option<String>,
    auth0: Option<Auth0>,
    propelauth: Option<PropelAuth>,
    oidc: Option<Oidc>,
}

struct Auth0 {
    domain: String,
    audience: String,
    issuer: Option<String>,
    algorithms: Option<Vec<Algorithm>>,
}

struct PropelAuth {
    auth_url: String,
    api_key: String,
    /// The key itself, if no key is fetched.
    verifier_key: Option<String>,
}

struct Oidc {
    issuer: String,
    audience: String,
}

impl External {
    pub(crate) fn from(environment: &Environment) -> Result<Self, Failure> {
        let get = |name| environment.get(name);
        let needs = |name: &str, other: &str| Failure::from(format!("{name}: is set, so {other} is needed too"));

        let app_secret = get("APP_SECRET")?;
        if app_secret.as_ref().is_some_and(|secret| secret.len() < 32) {
            return Err("APP_SECRET: is shorter than 32 bytes, and so can be guessed".into());
        }
        let audience = get("API_AUDIENCE")?;
        let auth0 = match get("AUTH0_DOMAIN")? {
            None => None,
            Some(domain) => Some(Auth0 {
                domain,
                audience: audience.clone().ok_or_else(|| needs("AUTH0_DOMAIN", "API_AUDIENCE"))?,
                issuer: get("ISSUER")?,
                algorithms: get("ALGORITHMS")?.as_deref().map(algorithms).transpose()?,
            }),
        };
        let oidc = match get("OIDC_ISSUER")? {
            None => None,
            Some(issuer) => {
                Some(Oidc { issuer, audience: audience.clone().ok_or_else(|| needs("OIDC_ISSUER", "API_AUDIENCE"))? })
            }
        };
        if audience.is_some() && auth0.is_none() && oidc.is_none() {
            return Err(needs("API_AUDIENCE", "AUTH0_DOMAIN or OIDC_ISSUER"));
        }
        let propelauth = match (get("PROPELAUTH_AUTH_URL")?, get("PROPELAUTH_API_KEY")?) {
            (Some(auth_url), Some(api_key)) => {
                Some(PropelAuth { auth_url, api_key, verifier_key: get("PROPELAUTH_VERIFIER_KEY")? })
            }
            (None, None) => None,
            (Some(_), None) => return Err(needs("PROPELAUTH_AUTH_URL", "PROPELAUTH_API_KEY")),
            (None, Some(_)) => return Err(needs("PROPELAUTH_API_KEY", "PROPELAUTH_AUTH_URL")),
        };
        Ok(Self { app_secret, auth0, propelauth, oidc })
    }

    /// The issuers to trust in addition to our own.
    pub(crate) fn issuers(&self) -> Vec<Issuer> {
        let app = self.app_secret.as_ref().map(|secret| Issuer::fastapi_users(secret.as_str()));
        let auth0 = self.auth0.as_ref().map(|Auth0 { domain, audience, issuer, algorithms }| {
            let mut auth0 = Issuer::auth0(domain, audience).named("auth0");
            if let Some(issuer) = issuer {
                auth0 = auth0.issuer_claim(issuer);
            }
            if let Some(algorithms) = algorithms {
                auth0 = auth0.algorithms(algorithms.iter().copied());
            }
            auth0
        });
        let propelauth = self.propelauth.as_ref().map(|PropelAuth { auth_url, api_key, verifier_key }| {
            let propelauth = Issuer::propelauth(auth_url, api_key).named("propelauth").memberships_from_tokens();
            match verifier_key {
                Some(pem) => propelauth.public_key_pem(pem),
                None => propelauth,
            }
        });
        let oidc = self.oidc.as_ref().map(|Oidc { issuer, audience }| Issuer::oidc(issuer, audience).named("oidc"));
        [app, auth0, propelauth, oidc].into_iter().flatten().collect()
    }
}

/// The variable that sets this setting of an issuer.
pub(super) fn variable(setting: &str) -> Option<&'static str> {
    Some(match setting {
        "fastapi_users" => "APP_SECRET",
        "auth0" => "AUTH0_DOMAIN",
        "audiences" => "API_AUDIENCE",
        "issuer_claim" => "ISSUER",
        "algorithms" => "ALGORITHMS",
        "auth_url" => "PROPELAUTH_AUTH_URL",
        "api_key" | "propelauth" => "PROPELAUTH_API_KEY",
        "public_key_pem" => "PROPELAUTH_VERIFIER_KEY",
        "oidc" => "OIDC_ISSUER",
        "redis" => "REDIS_URL",
        "secret" => "REVOCATION_SECRET",
        _ => return None,
    })
}

/// `RS256`, or several names, separated by commas or spaces.
fn algorithms(text: &str) -> Result<Vec<Algorithm>, Failure> {
    let names = text.split([',', ' ']).filter(|name| !name.is_empty());
    names.map(|name| name.parse().map_err(|_| format!("ALGORITHMS: `{name}` is not an algorithm").into())).collect()
}
