//! The issuers that arguments describe.

use std::path::PathBuf;

use auth_runtime::{Algorithm, ClaimMapping, ConfigError, Issuer, TokenType};
use clap::{Args, ValueEnum};

use crate::input;

/// The identity provider whose constructor is used.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum Provider {
    Oidc,
    Auth0,
    /// The issuer is the tenant id.
    Entra,
    /// The audience is the client id. The issuer is Google's own, whatever is given.
    Google,
    Keycloak,
    Kinde,
    Okta,
    Supabase,
    /// The audience is the project id.
    Zitadel,
}

impl Provider {
    fn fetched(self, issuer: &str, audience: &str) -> Issuer {
        match self {
            Self::Oidc => Issuer::oidc(issuer, audience),
            Self::Auth0 => Issuer::auth0(issuer, audience),
            Self::Entra => Issuer::entra(issuer, audience),
            Self::Google => Issuer::google(audience),
            Self::Keycloak => Issuer::keycloak(issuer, audience),
            Self::Kinde => Issuer::kinde(issuer, audience),
            Self::Okta => Issuer::okta(issuer, audience),
            Self::Supabase => Issuer::supabase(issuer).audiences([audience]),
            Self::Zitadel => Issuer::zitadel(issuer, audience),
        }
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
}

impl KeySettings {
    /// An issuer whose keys are fetched.
    pub(crate) fn fetched(&self, issuer: &str, audience: &str) -> Issuer {
        let issuer = self.with_algorithms(self.provider.fetched(issuer, audience));
        if self.plain_hosts.is_empty() { issuer } else { issuer.danger_allow_http(&self.plain_hosts) }
    }

    fn with_algorithms(&self, issuer: Issuer) -> Issuer {
        if self.algorithms.is_empty() { issuer } else { issuer.algorithms(self.algorithms.iter().copied()) }
    }
}

/// The settings of an issuer for its tokens.
#[derive(Args)]
pub(crate) struct TokenSettings {
    /// The issuer, as in the constructor of `Issuer`. Only its keys are fetched.
    #[arg(long, value_name = "URL")]
    issuer: String,
    /// An accepted audience. May be repeated.
    #[arg(long = "audience", value_name = "AUDIENCE", required_unless_present = "any_audience")]
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
    /// The shared secret of the issuer, for HS256. All bytes of the file count, except a last line break.
    #[arg(long, value_name = "FILE")]
    secret_file: Option<PathBuf>,
    /// Accepts only RFC 9068 access tokens.
    #[arg(long)]
    access_jwt: bool,
}

impl TokenSettings {
    pub(crate) fn issuer(&self) -> Result<Issuer, String> {
        let (iss, audience) = (self.issuer.as_str(), self.audiences.first().map_or("", String::as_str));
        // Any issuer can have keys from a file. One whose metadata is fetched must be a URL.
        let is_any = self.keys.provider == Provider::Oidc;
        let issuer = match (&self.jwks, &self.pem, &self.secret_file) {
            (Some(file), _, _) if is_any => of_oidc(Issuer::jwks(iss, audience, input::text(file)?)),
            (Some(file), _, _) => self.keys.provider.fetched(iss, audience).public_keys(input::text(file)?),
            (_, Some(file), _) if is_any => of_oidc(Issuer::pem(iss, audience, input::text(file)?)),
            (_, Some(file), _) => self.keys.provider.fetched(iss, audience).public_key_pem(input::text(file)?),
            (_, _, Some(_)) if !is_any => return Err("--secret-file needs --provider oidc".to_owned()),
            (_, _, Some(file)) => {
                let secret = input::bytes(file)?;
                let secret = secret.strip_suffix(b"\n").unwrap_or(&secret);
                of_oidc(Issuer::hmac(iss, audience, secret.strip_suffix(b"\r").unwrap_or(secret)))
            }
            _ => self.keys.fetched(iss, audience),
        };
        let issuer = self.keys.with_algorithms(issuer);
        let issuer = if self.any_audience { issuer.danger_any_audience() } else { issuer };
        // The audience of the constructor may have been completed by the provider.
        let issuer = if self.audiences.len() > 1 { issuer.audiences(&self.audiences) } else { issuer };
        Ok(if self.access_jwt { issuer.token_type(TokenType::AccessJwt) } else { issuer })
    }
}

fn of_oidc(issuer: Issuer) -> Issuer {
    issuer.claim_mapping(ClaimMapping::oidc())
}

/// A fault of the settings, for a person who wrote arguments.
pub(crate) fn fault(error: &ConfigError) -> String {
    error.to_string()
}
