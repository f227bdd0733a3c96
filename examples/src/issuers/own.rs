//! The API's own issuer: a key in a file next to the database. Its tokens identify the user. They contain no
//! memberships, which are in the database.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use auth_runtime::{ClaimMapping, Issuer, Verifier, reqwest};
use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use aws_lc_rs::rand;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::RsaKeyPair;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::jwk::{Jwk, JwkSet, PublicKeyUse, ThumbprintHash};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde::Serialize;
use serde_json::{Value, json};

use crate::Failure;
use crate::settings::Settings;

/// The audience of the API's own access tokens.
const AUDIENCE: &str = "example-api";

/// The lifetime of a token from a login or from a mail.
pub(crate) const LIFETIME: Duration = Duration::from_hours(1);

/// How many earlier keys stay published after they signed their last token.
const MAX_RETIRED: usize = 8;

/// The subject of a token to sign.
pub(crate) struct Subject {
    pub(crate) id: String,
    pub(crate) email: Option<String>,
}

/// An issuer whose keys are in files: the signing key, and the public halves of earlier keys.
pub(crate) struct OwnIssuer {
    url: String,
    files: Files,
    /// The keys at the last read. A rotation changes the files while the server is running.
    keys: RwLock<Arc<Keys>>,
}

struct Keys {
    /// The modification time of the signing key's file.
    written: SystemTime,
    key: EncodingKey,
    kid: String,
    published: JwkSet,
}

impl OwnIssuer {
    /// Reads the keys. The first command that needs a key creates it.
    pub(crate) fn load_or_create(settings: &Settings, port: u16) -> Result<Self, Failure> {
        let files = Files::beside_database(settings);
        if !files.key.exists() {
            files.create().map_err(|error| format!("cannot make {}: {error}", files.key.display()))?;
        }
        let keys = RwLock::new(Arc::new(files.read()?));
        Ok(Self { url: format!("http://127.0.0.1:{port}"), files, keys })
    }

    /// The `iss` of this API's own tokens.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The issuer for the verifier: like any other issuer, its keys are found by discovery, and fetched again when a
    /// token has an unknown `kid`.
    pub(crate) fn as_issuer(&self) -> Issuer {
        let issuer = Issuer::oidc(&self.url, AUDIENCE).named("own").claim_mapping(ClaimMapping::propelauth());
        // Requests to ourselves must not go through a proxy, whatever the environment says.
        issuer.http_client(reqwest::ClientBuilder::no_proxy)
    }

    /// The public keys, as a JWK Set.
    pub(crate) fn jwks(&self) -> Value {
        json!(self.keys().published)
    }

    /// The current keys in the files.
    fn keys(&self) -> Arc<Keys> {
        let known = Arc::clone(&self.keys.read().unwrap_or_else(PoisonError::into_inner));
        if self.files.written().is_ok_and(|written| written == known.written) {
            return known;
        }
        match self.files.read() {
            Ok(keys) => {
                let keys = Arc::new(keys);
                *self.keys.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&keys);
                tracing::info!(kid = keys.kid, "another key signs");
                keys
            }
            // The old keys stay in use.
            Err(error) => {
                tracing::warn!(%error, "the key that signs could not be read again");
                known
            }
        }
    }

    /// Signs an access token.
    pub(crate) fn sign_access(&self, subject: &Subject, expires_in: Duration) -> Result<String, Failure> {
        let claims = json!({ "sub": subject.id, "user_id": subject.id, "email": subject.email });
        self.sign(AUDIENCE, claims, expires_in)
    }

    /// Signs a token for a mail.
    pub(crate) fn sign_link(&self, audience: &str, claims: Value) -> Result<String, Failure> {
        self.sign(audience, claims, LIFETIME)
    }

    /// Verifies tokens from mails. They are few, so they are not cached.
    pub(crate) async fn link_verifier(&self, audience: &str) -> Result<Verifier, Failure> {
        let issuer = Issuer::jwks(&self.url, audience, self.jwks().to_string());
        Ok(Verifier::new(issuer.leeway(Duration::ZERO)).await?)
    }

    fn sign(&self, audience: &str, claims: Value, expires_in: Duration) -> Result<String, Failure> {
        #[derive(Serialize)]
        struct Claims<'a> {
            iss: &'a str,
            aud: &'a str,
            iat: u64,
            exp: u64,
            jti: &'a str,
            #[serde(flatten)]
            rest: Value,
        }
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
        let (iat, exp) = (now.as_secs(), now.saturating_add(expires_in).as_secs());
        // Without an id, two logins of a user in the same second would get the same token, and revoking one would
        // revoke both.
        let mut id = [0; 16];
        rand::fill(&mut id)?;
        let jti = &URL_SAFE_NO_PAD.encode(id);
        let claims = Claims { iss: &self.url, aud: audience, iat, exp, jti, rest: claims };
        let keys = self.keys();
        let header = Header { kid: Some(keys.kid.clone()), ..Header::new(Algorithm::RS256) };
        Ok(jsonwebtoken::encode(&header, &claims, &keys.key)?)
    }
}

/// `rotate-key`: a new key signs from now on. The old key stays published, so that its tokens stay valid.
pub(crate) fn rotate_key(settings: &Settings) -> Result<(), Failure> {
    let files = Files::beside_database(settings);
    if files.key.exists() {
        let mut retired = files.read()?.published;
        retired.keys.truncate(MAX_RETIRED);
        // In this order, every key that has signed is published at every moment.
        replace(&files.retired, json!(retired).to_string().as_bytes())?;
        replace(&files.key, new_key()?.as_bytes())?;
    } else {
        files.create()?;
    }
    println!("A new key signs from now on; tokens of the old one stay good until they expire.");
    Ok(())
}

struct Files {
    key: PathBuf,
    retired: PathBuf,
}

impl Files {
    fn beside_database(settings: &Settings) -> Self {
        Self {
            key: settings.beside_database("example-key.pem"),
            retired: settings.beside_database("example-key.retired.json"),
        }
    }

    fn written(&self) -> io::Result<SystemTime> {
        fs::metadata(&self.key)?.modified()
    }

    fn read(&self) -> Result<Keys, Failure> {
        let file = self.key.display();
        let fault = |error| format!("cannot read {file}: {error}");
        // The time is read first: if the file changes in between, the next read notices it.
        let written = self.written().map_err(fault)?;
        let pem = fs::read(&self.key).map_err(fault)?;
        let key = EncodingKey::from_rsa_pem(&pem)
            .map_err(|_| format!("{file} is not an RSA private key: remove it to get a new one"))?;
        let mut jwk = Jwk::from_encoding_key(&key, Algorithm::RS256)?;
        let kid = jwk.thumbprint(ThumbprintHash::SHA256)?;
        jwk.common.key_id = Some(kid.clone());
        jwk.common.public_key_use = Some(PublicKeyUse::Signature);
        let mut published = self.read_retired()?;
        // Between the two steps of a rotation, the key is already in the file.
        published.keys.retain(|known| known.common.key_id != jwk.common.key_id);
        published.keys.insert(0, jwk);
        Ok(Keys { written, key, kid, published })
    }

    fn read_retired(&self) -> Result<JwkSet, Failure> {
        match fs::read(&self.retired) {
            Ok(json) => serde_json::from_slice(&json)
                .map_err(|error| format!("{} is not a JWK Set: {error}", self.retired.display()).into()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(JwkSet { keys: Vec::new() }),
            Err(error) => Err(format!("cannot read {}: {error}", self.retired.display()).into()),
        }
    }

    /// Creates the first key. If two commands do this at the same time, one of them wins.
    fn create(&self) -> Result<(), Failure> {
        let draft = draft(&self.key, new_key()?.as_bytes())?;
        // The link appears with its whole content, or not at all if there is a key already.
        let linked = fs::hard_link(&draft, &self.key);
        fs::remove_file(&draft)?;
        match linked {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error.into()),
            _ => Ok(()),
        }
    }
}

fn new_key() -> Result<String, Failure> {
    let key = RsaKeyPair::generate(KeySize::Rsa2048)?;
    let der: Pkcs8V1Der<'_> = key.as_der()?;
    Ok(format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", STANDARD.encode(der.as_ref())))
}

fn replace(file: &Path, content: &[u8]) -> io::Result<()> {
    fs::rename(draft(file, content)?, file)
}

/// Writes a file next to another one. Only its owner may read it.
fn draft(file: &Path, content: &[u8]) -> io::Result<PathBuf> {
    let draft = file.with_extension(format!("{}.tmp", std::process::id()));
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut open: File = options.open(&draft)?;
    open.write_all(content)?;
    open.sync_all()?;
    Ok(draft)
}
