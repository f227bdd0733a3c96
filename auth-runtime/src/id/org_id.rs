//! The types that can be organization ids.

use std::borrow::Cow;
use std::sync::Arc;

/// A value that names an organization, for `from = <argument>`.
///
/// The id is compared byte for byte with those in the token: no case folding, no trimming, no normalization.
/// Implement it for your own id type. `Option` and integers are left out on purpose, so that neither a missing value
/// nor a number with several spellings can select an organization.
///
/// ```
/// use std::borrow::Cow;
/// struct OrgId(String);
/// impl auth_runtime::AsOrgId for OrgId {
///     fn as_org_id(&self) -> Cow<'_, str> { Cow::Borrowed(&self.0) }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an organization id",
    label = "not an id",
    note = "use a `String`, `&str`, `Cow<str>`, `Box<str>`, `Arc<str>`, `Uuid` (feature `uuid`), or implement `auth_runtime::AsOrgId` for your own type"
)]
pub trait AsOrgId {
    /// The id, spelled as in the token.
    fn as_org_id(&self) -> Cow<'_, str>;
}

macro_rules! as_str {
    ($($ty:ty),*) => {$(
        impl AsOrgId for $ty {
            fn as_org_id(&self) -> Cow<'_, str> {
                Cow::Borrowed(self)
            }
        }
    )*};
}

as_str!(str, String, Cow<'_, str>, Box<str>, Arc<str>);

impl<T: AsOrgId + ?Sized> AsOrgId for &T {
    fn as_org_id(&self) -> Cow<'_, str> {
        (**self).as_org_id()
    }
}

#[cfg(feature = "uuid")]
impl AsOrgId for uuid::Uuid {
    /// The hyphenated form in lower case, as in tokens.
    fn as_org_id(&self) -> Cow<'_, str> {
        Cow::Owned(self.hyphenated().to_string())
    }
}
