//! The issuers that arguments describe.

use std::path::{Path, PathBuf};

use auth_runtime::{Algorithm, ClaimMapping, ConfigError, Issuer, TokenType};
use clap::{Args, ValueEnum};

use crate::input;

/// The identity provider whose constructor is used.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum Provider {
    Oidc,
    /// The issuer is the tenant's domain.
    Auth0,
    /// The issuer is the Frontend API, and each audience is an authorized party.
    Clerk,
    /// The issuer is the team.
    CloudflareAccess,
    /// The issuer is the id of the user pool, and the audience is the client id.
    Cognito,
    /// The issuer is the tenant id.
    Entra,
    /// The issuer is one of the tenant ids.
    EntraMultiTenant,
    /// For `explain`, with `--secret-file`.
    FastapiUsers,
    /// The issuer is the project id.
    Firebase,
    /// The audience is the client id.
    Google,
    GoogleIap,
    /// The issuer is the URL of the realm.
    Keycloak,
    Kinde,
    Okta,
    /// The issuer is the auth URL. It needs `--api-key-file` or `--pem`.
    Propelauth,
    /// The issuer is the URL of the project.
    Supabase,
    /// The issuer is the client id.
    Workos,
    /// The audience is the project id.
    Zitadel,
}

impl Provider {
    /// Calls the constructor of the provider, and ignores the values that it does not take.
    fn constructed(self, issuer: &str, audiences: &[String], api_key: &str) -> Issuer {
        let audience = audiences.first().map_or("", String::as_str);
        match self {
            // The caller has read the secret of fastapi-users from a file, because a secret is not fetched.
            Self::Oidc | Self::FastapiUsers => Issuer::oidc(issuer, audience),
            Self::Auth0 => Issuer::auth0(issuer, audience),
            Self::Clerk => Issuer::clerk(issuer).authorized_parties(audiences),
            Self::CloudflareAccess => Issuer::cloudflare_access(issuer, audience),
            // The id of a pool begins with its region.
            Self::Cognito => Issuer::cognito(issuer.split('_').next().unwrap_or_default(), issuer, audience),
            Self::Entra => Issuer::entra(issuer, audience),
            Self::EntraMultiTenant => Issuer::entra_multi_tenant(audience).tenants([issuer]),
            Self::Firebase => Issuer::firebase(issuer),
            Self::Google => Issuer::google(audience),
            Self::GoogleIap => Issuer::google_iap(audience),
            Self::Keycloak => Issuer::keycloak(issuer, audience),
            Self::Kinde => Issuer::kinde(issuer, audience),
            Self::Okta => Issuer::okta(issuer, audience),
            Self::Propelauth => Issuer::propelauth(issuer, api_key),
            Self::Supabase => Issuer::supabase(issuer),
            Self::Workos => Issuer::workos(issuer),
            Self::Zitadel => Issuer::zitadel(issuer, audience),
        }
    }

    /// Whether the constructor takes an issuer. The issuer of the other providers is fixed.
    fn takes_issuer(self) -> bool {
        !matches!(self, Self::FastapiUsers | Self::Google | Self::GoogleIap)
    }

    /// Whether the constructor takes an audience. The other providers have a fixed audience, or none.
    fn takes_audience(self) -> bool {
        !matches!(self, Self::FastapiUsers | Self::Firebase | Self::Propelauth | Self::Supabase | Self::Workos)
    }

    /// Its name on the command line.
    fn name(self) -> String {
        self.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
    }
}

/// The settings of an issuer that concern its keys.
#[derive(Args)]
pub(crate) struct KeySettings {
    /// The identity provider, as the constructor of `Issuer`.
    #[arg(long, value_enum, default_value = "oidc")]
    provider: Provider,
    /// Allows only this algorithm. May be repeated.
    #[arg(long = "algorithm", value_name = "ALG")]
    algorithms: Vec<Algorithm>,
    /// Fetches keys over plain http from this host.
    #[arg(long = "danger-allow-http", value_name = "HOST")]
    plain_hosts: Vec<String>,
    /// The `iss` of tokens, if it is not the one of the constructor.
    #[arg(long, value_name = "ISS")]
    issuer_claim: Option<String>,
    /// The integration API key of PropelAuth.
    #[arg(long, value_name = "FILE")]
    api_key_file: Option<PathBuf>,
}

impl KeySettings {
    /// An issuer whose keys are fetched, for tokens of any audience.
    pub(crate) fn for_any_audience(&self, issuer: Option<&str>) -> Result<Issuer, String> {
        if issuer.is_none() && self.provider.takes_issuer() {
            return Err(format!("--provider {} needs an issuer", self.provider.name()));
        }
        let issuer = issuer.unwrap_or_default();
        match self.provider {
            Provider::FastapiUsers => Err("--provider fastapi-users has a secret, which is not fetched".to_owned()),
            // Only tokens have an audience, so any audience will do. But these constructors check its form.
            Provider::GoogleIap => self.fetched(issuer, &["/projects/1/apps/doctor".to_owned()]),
            Provider::Clerk => self.fetched(issuer, &["https://doctor.invalid".to_owned()]),
            _ => self.fetched(issuer, &["doctor".to_owned()]),
        }
    }

    /// An issuer whose keys are fetched.
    fn fetched(&self, issuer: &str, audiences: &[String]) -> Result<Issuer, String> {
        let api_key = self.api_key_file.as_deref().map(input::text).transpose()?.unwrap_or_default();
        let issuer = self.refined(self.provider.constructed(issuer, audiences, api_key.trim()));
        Ok(if self.plain_hosts.is_empty() { issuer } else { issuer.danger_allow_http(&self.plain_hosts) })
    }

    /// The issuer with the settings that apply to keys from any source.
    fn refined(&self, issuer: Issuer) -> Issuer {
        let issuer = if let Some(iss) = &self.issuer_claim { issuer.issuer_claim(iss) } else { issuer };
        if self.algorithms.is_empty() { issuer } else { issuer.algorithms(self.algorithms.iter().copied()) }
    }
}

/// The settings of an issuer for its tokens.
#[derive(Args)]
pub(crate) struct TokenSettings {
    /// The issuer, as in the constructor of `Issuer`. Only its keys are fetched. `google`, `google-iap` and
    /// `fastapi-users` need none.
    #[arg(long, value_name = "URL")]
    issuer: Option<String>,
    /// An accepted audience. May be repeated. `fastapi-users`, `firebase`, `propelauth`, `supabase` and `workos` need
    /// none.
    #[arg(long = "audience", value_name = "AUDIENCE")]
    audiences: Vec<String>,
    /// Accepts any audience.
    #[arg(long = "danger-any-audience")]
    any_audience: bool,
    #[command(flatten)]
    keys: KeySettings,
    /// The keys of the issuer in a JWK Set. Nothing is fetched.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["pem", "secret_file"])]
    jwks: Option<PathBuf>,
    /// The public key of the issuer in PEM. Nothing is fetched.
    #[arg(long, value_name = "FILE", conflicts_with = "secret_file")]
    pem: Option<PathBuf>,
    /// The shared secret of the issuer, for HS256. All bytes of the file are used, except a final line break.
    #[arg(long, value_name = "FILE")]
    secret_file: Option<PathBuf>,
    /// Accepts only RFC 9068 access tokens.
    #[arg(long)]
    access_jwt: bool,
}

impl TokenSettings {
    pub(crate) fn issuer(&self) -> Result<Issuer, String> {
        let provider = self.keys.provider;
        let needs = |option: &str| Err(format!("--provider {} needs {option}", provider.name()));
        if provider.takes_issuer() && self.issuer.is_none() {
            return needs("--issuer");
        }
        if provider.takes_audience() && self.audiences.is_empty() && !self.any_audience {
            return needs("--audience or --danger-any-audience");
        }
        let issuer = self.keys.refined(self.with_keys(self.issuer.as_deref().unwrap_or_default())?);
        let issuer = if self.any_audience { issuer.danger_any_audience() } else { issuer };
        // The constructor has taken the first audience, and may have completed it. The constructor of Clerk has taken
        // all of them.
        let is_taken = provider == Provider::Clerk || self.audiences.len() <= usize::from(provider.takes_audience());
        let issuer = if is_taken { issuer } else { issuer.audiences(&self.audiences) };
        Ok(if self.access_jwt { issuer.token_type(TokenType::AccessJwt) } else { issuer })
    }

    /// The issuer with keys from a file, or with keys that are fetched.
    fn with_keys(&self, iss: &str) -> Result<Issuer, String> {
        let (provider, audience) = (self.keys.provider, self.audiences.first().map_or("", String::as_str));
        // With keys from a file, the issuer can be any text. If its metadata is fetched, it must be a URL.
        let is_any = provider == Provider::Oidc;
        if let Some(file) = &self.jwks {
            let keys = input::text(file)?;
            return Ok(if is_any {
                of_oidc(Issuer::jwks(iss, audience, keys))
            } else {
                self.keys.fetched(iss, &self.audiences)?.public_keys(keys)
            });
        }
        if let Some(file) = &self.pem {
            let key = input::text(file)?;
            return Ok(if is_any {
                of_oidc(Issuer::pem(iss, audience, key))
            } else {
                self.keys.fetched(iss, &self.audiences)?.public_key_pem(key)
            });
        }
        match (&self.secret_file, provider) {
            (Some(file), Provider::Oidc) => Ok(of_oidc(Issuer::hmac(iss, audience, secret(file)?))),
            (Some(file), Provider::FastapiUsers) => Ok(Issuer::fastapi_users(secret(file)?)),
            (Some(_), _) => Err("--secret-file needs --provider oidc or fastapi-users".to_owned()),
            (None, Provider::FastapiUsers) => Err("--provider fastapi-users needs --secret-file".to_owned()),
            (None, _) => self.keys.fetched(iss, &self.audiences),
        }
    }
}

/// The bytes of a file, without its last line break.
fn secret(file: &Path) -> Result<Vec<u8>, String> {
    let secret = input::bytes(file)?;
    let secret = secret.strip_suffix(b"\n").unwrap_or(&secret);
    Ok(secret.strip_suffix(b"\r").unwrap_or(secret).to_vec())
}

fn of_oidc(issuer: Issuer) -> Issuer {
    issuer.claim_mapping(ClaimMapping::oidc())
}

/// An error in the settings, in terms of the command's arguments.
pub(crate) fn fault(error: &ConfigError) -> String {
    error.to_string()
}
