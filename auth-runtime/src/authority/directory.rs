//! The trait with which an application provides up-to-date memberships.

use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use crate::id::{Membership, OwnNames};
use crate::user::User;

/// The application's up-to-date memberships, from its own tables: which users belong to which organization, and in
/// which role.
///
/// With a directory, everything that a token says about memberships, the active organization, roles and permissions is
/// ignored, in guards and in handlers. Scopes still come only from the credential. If a credential is limited, the
/// limits also apply to what the directory grants.
///
/// | data | source |
/// |---|---|
/// | the user's id, email and names; how the user logged in | the token, by its [`ClaimMapping`](crate::ClaimMapping) |
/// | the scopes that were delegated to the client | the token |
/// | organizations, roles, permissions | the directory |
///
/// Do not read a database in [`Issuer::map_identity`](crate::Issuer::map_identity) instead: it runs once for each
/// token, so a removed member would be admitted until the token expires. If there are several issuers, and the tokens
/// of one of them state memberships, see [`Issuer::memberships_from_tokens`](crate::Issuer::memberships_from_tokens).
///
/// Answers are cached for each issuer, user and organization, for
/// [`directory_fresh_for`](crate::VerifierBuilder::directory_fresh_for). So an answer may depend only on [`User::key`]
/// and the organization id, not on an email address or another claim.
///
/// ```
/// use auth_runtime::{Directory, DirectoryError, Grants, Membership, User};
/// # struct Db;
/// # struct Row { org_id: String, role: String }
/// # impl Db { async fn rows(&self, _: &str, _: (&str, &str), _: &str) -> Result<Vec<Row>, std::io::Error> { Ok(vec![]) } }
///
/// struct Members { db: Db }
///
/// impl Directory for Members {
///     async fn membership(&self, user: &User, org: &str) -> Result<Option<Membership>, DirectoryError> {
///         // Both columns of the key: an id is unique within its issuer only.
///         let sql = "SELECT org_id, role FROM member WHERE issuer = ? AND user_id = ? AND org_id = ?";
///         let rows = self.db.rows(sql, user.key(), org).await?;
///         Membership::at_most_one(rows.into_iter().map(|row| Membership::new(row.org_id, row.role)))
///     }
///
///     async fn grants(&self, _: &User) -> Result<Grants, DirectoryError> {
///         Ok(Grants::none())
///     }
/// }
/// ```
pub trait Directory: Send + Sync + 'static {
    /// The user's membership in this organization; `None` if there is no such membership, or no such organization.
    ///
    /// The membership must have exactly the requested organization id, byte for byte. Otherwise the user does not count
    /// as a member. This matters because a database that ignores case could confirm an id that is unknown elsewhere.
    ///
    /// # Errors
    /// The directory cannot answer. The response is 503.
    fn membership(
        &self,
        user: &User,
        org: &str,
    ) -> impl Future<Output = Result<Option<Membership>, DirectoryError>> + Send;

    /// The user's roles and permissions outside any organization. It is called only if a condition needs them: `role`
    /// in `require_user`, or `permission` without a selected organization.
    ///
    /// # Errors
    /// The directory cannot answer. The response is 503.
    fn grants(&self, user: &User) -> impl Future<Output = Result<Grants, DirectoryError>> + Send;
}

/// Roles and permissions outside any organization, as returned by a [`Directory`].
///
/// ```
/// use auth_runtime::Grants;
/// let nothing = Grants::none();
/// let staff = Grants::none().roles(["staff"]).permissions(["reports:read"]);
/// // The roles and permissions in the token, as without a directory.
/// let token = Grants::of_credentials();
/// ```
#[derive(Clone)]
#[must_use]
pub struct Grants {
    roles: Option<Vec<String>>,
    permissions: Option<Vec<String>>,
}

impl Grants {
    /// No roles and no permissions.
    pub fn none() -> Self {
        Self { roles: Some(Vec::new()), permissions: Some(Vec::new()) }
    }

    /// The roles and permissions of the credential, as without a directory. A removed role then stays valid until the
    /// token expires.
    pub fn of_credentials() -> Self {
        Self { roles: None, permissions: None }
    }

    /// Sets the roles.
    pub fn roles<R: Into<String>>(mut self, roles: impl IntoIterator<Item = R>) -> Self {
        self.roles = Some(roles.into_iter().map(Into::into).collect());
        self
    }

    /// Sets the permissions.
    pub fn permissions<P: Into<String>>(mut self, permissions: impl IntoIterator<Item = P>) -> Self {
        self.permissions = Some(permissions.into_iter().map(Into::into).collect());
        self
    }

    pub(super) fn own(&self) -> (OwnNames<'_>, OwnNames<'_>) {
        (own_names(self.roles.as_deref()), own_names(self.permissions.as_deref()))
    }

    pub(super) fn bytes(&self) -> usize {
        const NAME: usize = 64;
        [&self.roles, &self.permissions].into_iter().flatten().flatten().map(|name| name.len() * 3 + NAME).sum()
    }
}

fn own_names(names: Option<&[String]>) -> OwnNames<'_> {
    names.map_or(OwnNames::OfCredential, OwnNames::These)
}

impl fmt::Debug for Grants {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Grants").finish_non_exhaustive()
    }
}

/// The reason why a [`Directory`] cannot answer. Every error converts into it, so `?` works. The response is 503 with
/// `Retry-After`. The text is logged and not sent to the client.
pub struct DirectoryError(Box<dyn Error + Send + Sync>);

impl<E: Into<Box<dyn Error + Send + Sync>>> From<E> for DirectoryError {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl fmt::Display for DirectoryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for DirectoryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Membership {
    /// The only membership of some rows; `None` if there are no rows.
    ///
    /// # Errors
    /// There are two or more rows. Only the application can decide which one is valid.
    pub fn at_most_one(rows: impl IntoIterator<Item = Self>) -> Result<Option<Self>, DirectoryError> {
        let mut rows = rows.into_iter();
        let first = rows.next();
        if rows.next().is_some() {
            return Err("two rows for one user in one organization: the key of the table is not unique".into());
        }
        Ok(first)
    }
}

type DirectoryFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, DirectoryError>> + Send + 'a>>;

/// A [`Directory`] as a trait object.
pub(crate) trait AnyDirectory: Send + Sync {
    fn membership<'a>(&'a self, user: &'a User, org: &'a str) -> DirectoryFuture<'a, Option<Membership>>;
    fn grants<'a>(&'a self, user: &'a User) -> DirectoryFuture<'a, Grants>;
}

impl<D: Directory> AnyDirectory for D {
    fn membership<'a>(&'a self, user: &'a User, org: &'a str) -> DirectoryFuture<'a, Option<Membership>> {
        Box::pin(Directory::membership(self, user, org))
    }

    fn grants<'a>(&'a self, user: &'a User) -> DirectoryFuture<'a, Grants> {
        Box::pin(Directory::grants(self, user))
    }
}

/// A shared directory, as in tests.
impl<D: Directory> Directory for Arc<D> {
    fn membership(
        &self,
        user: &User,
        org: &str,
    ) -> impl Future<Output = Result<Option<Membership>, DirectoryError>> + Send {
        D::membership(self, user, org)
    }

    fn grants(&self, user: &User) -> impl Future<Output = Result<Grants, DirectoryError>> + Send {
        D::grants(self, user)
    }
}
