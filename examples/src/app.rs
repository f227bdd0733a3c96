//! The state that every handler can use.

use std::sync::{Arc, OnceLock};

use auth_runtime::{Revocations, Verifier};
use sqlx::SqlitePool;

use crate::accounts::{Outbox, Passwords};
use crate::issuers::OwnIssuer;
use crate::settings::Settings;
use crate::{Failure, database};

/// The state of the API. Cloning copies pointers.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) db: SqlitePool,
    pub(crate) own: Arc<OwnIssuer>,
    pub(crate) passwords: Passwords,
    pub(crate) outbox: Arc<Outbox>,
    pub(crate) revocations: Revocations,
    /// Set when the issuers' keys are there, which is after the start.
    verifier: Arc<OnceLock<Verifier>>,
}

impl App {
    pub(crate) async fn open(settings: &Settings, port: u16) -> Result<Self, Failure> {
        Ok(Self {
            db: database::open(settings).await?,
            own: Arc::new(OwnIssuer::load_or_create(settings, port)?),
            passwords: Passwords::new()?,
            outbox: Arc::new(Outbox::new(settings.beside_database("outbox"))),
            revocations: settings.revocations.clone(),
            verifier: Arc::default(),
        })
    }

    /// Sets the verifier that caches memberships. Later calls have no effect.
    pub(crate) fn remember(&self, verifier: &Verifier) {
        self.verifier.get_or_init(|| verifier.clone());
    }

    /// The memberships of this user have changed: the next request reads them again.
    pub(crate) fn forget_user(&self, issuer: &str, id: &str) {
        if let Some(verifier) = self.verifier.get() {
            verifier.forget_user(issuer, id);
        }
    }
}
