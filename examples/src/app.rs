//! The state that every handler can use.

use std::sync::Arc;

use auth_runtime::Revocations;
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
}

impl App {
    pub(crate) async fn open(settings: &Settings, port: u16) -> Result<Self, Failure> {
        Ok(Self {
            db: database::open(settings).await?,
            own: Arc::new(OwnIssuer::load_or_create(settings, port)?),
            passwords: Passwords::new()?,
            outbox: Arc::new(Outbox::new(settings.beside_database("outbox"))),
            revocations: settings.revocations.clone(),
        })
    }
}
