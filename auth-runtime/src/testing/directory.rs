//! A directory in memory, for tests.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::authority::{Directory, DirectoryError, Grants};
use crate::id::Membership;
use crate::user::User;

/// Memberships in memory, for tests of guards with a [`Directory`]. Clones share one directory.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
/// use auth_runtime::Membership;
/// use auth_runtime::testing::TestIssuer;
///
/// let issuer = TestIssuer::new();
/// let verifier = issuer.verifier_with_directory().await;
/// issuer.directory().member("ada", Membership::new("acme", "Admin"));
/// let verified = verifier.verify(&issuer.token().user("ada").build()).await.unwrap();
/// assert!(verified.membership("acme").await.unwrap().unwrap().is_role("Admin"));
/// # })
/// ```
#[derive(Clone, Default)]
pub struct TestDirectory {
    users: Arc<Mutex<BTreeMap<String, Known>>>,
    lookups: Arc<AtomicUsize>,
}

#[derive(Clone, Default)]
struct Known {
    memberships: BTreeMap<String, Membership>,
    grants: Option<Grants>,
}

impl TestDirectory {
    /// Creates an empty directory: no user is a member of any organization.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds or changes a membership of the user with this id.
    pub fn member(&self, user: &str, membership: Membership) {
        self.known().entry(user.to_owned()).or_default().memberships.insert(membership.id.clone(), membership);
    }

    /// Removes a membership.
    pub fn remove(&self, user: &str, org: &str) {
        if let Some(known) = self.known().get_mut(user) {
            known.memberships.remove(org);
        }
    }

    /// Sets the roles and permissions of a user outside organizations. Without this call, the user has none.
    pub fn grant(&self, user: &str, grants: Grants) {
        self.known().entry(user.to_owned()).or_default().grants = Some(grants);
    }

    /// The number of lookups.
    pub fn lookups(&self) -> usize {
        self.lookups.load(Ordering::SeqCst)
    }

    fn known(&self) -> MutexGuard<'_, BTreeMap<String, Known>> {
        self.users.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn of(&self, user: &User) -> Known {
        self.lookups.fetch_add(1, Ordering::SeqCst);
        self.known().get(user.id()).cloned().unwrap_or_default()
    }
}

impl Directory for TestDirectory {
    async fn membership(&self, user: &User, org: &str) -> Result<Option<Membership>, DirectoryError> {
        Ok(self.of(user).memberships.remove(org))
    }

    async fn grants(&self, user: &User) -> Result<Grants, DirectoryError> {
        Ok(self.of(user).grants.unwrap_or_else(Grants::none))
    }
}

impl fmt::Debug for TestDirectory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestDirectory").field("users", &self.known().len()).finish_non_exhaustive()
    }
}
