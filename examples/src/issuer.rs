//! The API's own issuer: a key in a file, tokens in PropelAuth's shape.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, SystemTime};

use auth_runtime::{Algorithm, Issuer, Profile};
use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::RsaKeyPair;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::jwk::{Jwk, ThumbprintHash};
use jsonwebtoken::{EncodingKey, Header};
use serde_json::{Value, json};

use crate::Failure;
use crate::demo::User;
use crate::settings::Settings;

/// The audience of the API's own tokens.
pub(crate) const AUDIENCE: &str = "example-api";

/// An issuer whose key lies in a file beside the program.
pub(crate) struct OwnIssuer {
    url: String,
    key: EncodingKey,
    jwk: Jwk,
}

impl OwnIssuer {
    /// Reads the key, or makes it where there is none: whichever command comes first.
    pub(crate) fn load_or_create(settings: &Settings) -> Result<Self, Failure> {
        let file = &settings.key_file;
        if !file.exists() {
            create_key(file).map_err(|error| format!("cannot make {}: {error}", file.display()))?;
        }
        let pem = fs::read(file).map_err(|error| format!("cannot read {}: {error}", file.display()))?;
        let key = EncodingKey::from_rsa_pem(&pem)
            .map_err(|_| format!("{} is not an RSA private key: remove it to get a new one", file.display()))?;
        let mut jwk = Jwk::from_encoding_key(&key, Algorithm::RS256)?;
        jwk.common.key_id = Some(jwk.thumbprint(ThumbprintHash::SHA256)?);
        Ok(Self { url: settings.issuer_url(), key, jwk })
    }

    /// What the verifier has to trust.
    pub(crate) fn as_issuer(&self) -> Issuer {
        Issuer::jwks(&self.url, AUDIENCE, self.jwks().to_string()).named("own").profile(Profile::PropelAuth)
    }

    /// The public key, as a JWK Set.
    pub(crate) fn jwks(&self) -> Value {
        json!({ "keys": [self.jwk] })
    }

    /// Signs a token for this user.
    pub(crate) fn sign(&self, user: &User, expires_in: Duration) -> Result<String, Failure> {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
        let mut claims = user.claims();
        claims["iss"] = json!(self.url);
        claims["aud"] = json!(AUDIENCE);
        claims["iat"] = json!(now.as_secs());
        claims["exp"] = json!(now.saturating_add(expires_in).as_secs());
        let header = Header { kid: self.jwk.common.key_id.clone(), ..Header::new(Algorithm::RS256) };
        Ok(jsonwebtoken::encode(&header, &claims, &self.key)?)
    }
}

/// Writes a fresh key that only its owner may read. Of two commands that come first at once, one wins.
fn create_key(file: &Path) -> Result<(), Failure> {
    let key = RsaKeyPair::generate(KeySize::Rsa2048)?;
    let der: Pkcs8V1Der<'_> = key.as_der()?;
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", STANDARD.encode(der.as_ref()));
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let draft = file.with_extension(format!("{}.tmp", std::process::id()));
    options.open(&draft)?.write_all(pem.as_bytes())?;
    // A link appears with its whole content, and not at all where there is a key already.
    let linked = fs::hard_link(&draft, file);
    fs::remove_file(&draft)?;
    match linked {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(error.into()),
        _ => Ok(()),
    }
}
