//! Passwords: their length, how they are stored, and where they are hashed.

use std::fmt;
use std::sync::Arc;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use serde::Deserialize;
use tokio::sync::Semaphore;
use utoipa::ToSchema;

use crate::Failure;
use crate::answer::Refusal;

/// A password from a request. It is never printed.
#[derive(Clone, Deserialize, ToSchema)]
#[schema(format = Password)]
pub(crate) struct Password(String);

/// Longer passwords would only make it expensive to hash the input of strangers.
const MAX_BYTES: usize = 1024;
const MIN_CHARS: usize = 8;

impl Password {
    pub(crate) fn new(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// Why it cannot be a new password.
    pub(crate) fn objection(&self) -> Option<&'static str> {
        if self.is_overlong() {
            Some("Password should be at most 1024 bytes")
        } else if self.0.chars().count() < MIN_CHARS {
            Some("Password should be at least 8 characters")
        } else {
            None
        }
    }

    fn is_overlong(&self) -> bool {
        self.0.len() > MAX_BYTES
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(..)")
    }
}

/// The kind of hash that a correct password was checked against.
pub(crate) enum Match {
    Current,
    /// An older kind of hash: store this new hash instead.
    Renew(String),
}

/// Hashes and checks passwords on blocking threads, a few at a time: each needs 64 MiB and a core.
#[derive(Clone)]
pub(crate) struct Passwords {
    queue: Arc<Semaphore>,
    turns: Arc<Semaphore>,
    /// The hash with which the password of an unknown user is compared.
    nobody: Arc<str>,
}

/// If more requests than this are waiting, a request is told to retry later.
const MAX_WAITING: usize = 32;

impl Passwords {
    pub(crate) fn new() -> Result<Self, Failure> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Ok(Self {
            queue: Arc::new(Semaphore::new(MAX_WAITING)),
            turns: Arc::new(Semaphore::new(cores.min(4))),
            nobody: hash(&Password(uuid::Uuid::new_v4().to_string()))?.into(),
        })
    }

    /// The hash of a new password, to be stored.
    pub(crate) async fn hash(&self, password: Password) -> Result<String, Refusal> {
        self.in_turn(move || hash(&password)).await?.map_err(|error| Refusal::internal(&error))
    }

    /// Compares a password with a stored hash. Without a stored hash it takes the same time, and fails.
    pub(crate) async fn verify(&self, password: Password, kept: Option<&str>) -> Result<Option<Match>, Refusal> {
        if password.is_overlong() {
            return Ok(None);
        }
        let exists = kept.is_some();
        let kept = kept.unwrap_or(&self.nobody).to_owned();
        let matched = self.in_turn(move || verify(&password, &kept)).await?;
        Ok(matched.filter(|_| exists))
    }

    async fn in_turn<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Refusal> {
        let place = Arc::clone(&self.queue).try_acquire_owned().map_err(|_| Refusal::unavailable())?;
        let turn = Arc::clone(&self.turns).acquire_owned().await.map_err(|error| Refusal::internal(&error))?;
        // The permit is held until the work is done, even if the client disconnects before.
        let work = move || {
            let done = work();
            drop((turn, place));
            done
        };
        tokio::task::spawn_blocking(work).await.map_err(|error| Refusal::internal(&error))
    }
}

/// argon2id with 64 MiB, 3 passes and 4 lanes, the same as in `pwdlib`.
fn argon2id() -> Result<Argon2<'static>, argon2::Error> {
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(65_536, 3, 4, None)?))
}

/// Hashes a password immediately, on this thread.
pub(crate) fn hash(password: &Password) -> Result<String, argon2::password_hash::Error> {
    Ok(argon2id()?.hash_password(password.0.as_bytes())?.to_string())
}

fn verify(password: &Password, kept: &str) -> Option<Match> {
    if kept.starts_with("$2") {
        // bcrypt, as in older versions of fastapi-users: it uses only the first 72 bytes.
        let matches = bcrypt::verify(password.0.as_bytes(), kept).unwrap_or(false);
        return matches.then(|| renewed(password));
    }
    let kept = PasswordHash::new(kept).ok()?;
    let argon2 = argon2id().ok()?;
    argon2.verify_password(password.0.as_bytes(), &kept).ok()?;
    let is_current = kept.algorithm == Algorithm::Argon2id.ident()
        && Params::try_from(&kept).is_ok_and(|params| {
            (params.m_cost(), params.t_cost(), params.p_cost()) == {
                let ours = argon2.params();
                (ours.m_cost(), ours.t_cost(), ours.p_cost())
            }
        });
    Some(if is_current { Match::Current } else { renewed(password) })
}

fn renewed(password: &Password) -> Match {
    hash(password).map_or(Match::Current, Match::Renew)
}
