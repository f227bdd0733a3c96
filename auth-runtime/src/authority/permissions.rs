//! The permissions of roles, from `[roles.permissions]` in `auth.toml`.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use crate::bounded::Quoted;
use crate::id::{Membership, RolePermissions};

/// The membership with the permissions of its roles, if it has no permissions of its own and the file declares all of
/// its roles. If the file does not declare one of the roles, that role grants nothing, and the permissions are unknown.
pub(super) fn allowed(membership: &Membership, table: RolePermissions) -> Option<Membership> {
    if table.is_empty() {
        return None;
    }
    let mut permissions = BTreeSet::new();
    let mut has_role = false;
    let mut is_known = true;
    for role in membership.roles() {
        has_role = true;
        if let Some((_, allows)) = table.iter().find(|(declared, _)| *declared == role) {
            permissions.extend(allows.iter().copied());
        } else {
            is_known = false;
            log_once(role);
        }
    }
    (has_role && is_known && membership.permissions.is_none()).then(|| membership.clone().permissions(permissions))
}

/// Logs a role that the file does not declare, once for each of the first hundred roles.
fn log_once(role: &str) {
    const MOST: usize = 100;
    static LOGGED: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    let mut logged = LOGGED.lock().unwrap_or_else(PoisonError::into_inner);
    if logged.len() < MOST && !logged.contains(role) {
        logged.insert(role.to_owned());
        drop(logged);
        tracing::error!(
            role = %Quoted(role),
            "`auth.toml` does not declare this role: it grants nothing, and permissions in its organization are unknown"
        );
    }
}
