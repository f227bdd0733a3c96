//! The entries of tables of claims: where the value of a claim goes, and which type it must have.

use crate::id::RoleStructure;

/// A claim, and where its value goes.
///
/// The claim is an exact name or, if it begins with `/`, a JSON Pointer (RFC 6901). In a pointer, the segment
/// [`AUDIENCE`] matches each audience that the issuer accepts.
pub(crate) type Row = (&'static str, Slot);

pub(crate) const AUDIENCE: &str = "{audience}";

/// Where the value of a claim goes, and which type it must have.
#[derive(Clone, Copy)]
pub(crate) enum Slot {
    /// The claim `iss`: a string.
    Issuer,
    /// The claim `aud`: a string or an array of strings.
    Audience,
    /// A number of seconds. The next two are the same.
    Expires,
    NotBefore,
    IssuedAt,
    /// The claim `jti`. No decision depends on it, so a value of another type is treated as unknown.
    CredentialId,
    /// The claim `acr`; the next two are `amr` and `auth_time`. A value of another type is treated as unknown.
    Acr,
    Amr,
    AuthTime,
    /// Makes the token sender-constrained, whatever the value.
    Confirmation,
    /// Marks an ID token, whatever the value.
    IdTokenMark,
    /// Marks an ID token if the token has no scopes, whatever the value.
    Nonce,
    /// Marks a security event token (RFC 8417), whatever the value.
    Events,
    /// Shows that the token has scopes, unless the claim is null. A table uses it if it does not read the scopes.
    ScopePresence,
    /// A required string.
    Required,
    /// A required string that must be one of these.
    OneOf(&'static [&'static str]),
    /// A claim that must not have one of these values, compared as text as in [`Issuer::require_claim`], unless a
    /// setting allows it.
    ///
    /// [`Issuer::require_claim`]: crate::Issuer::require_claim
    Refused(&'static [&'static str], Allowance),
    /// The user's id: a string.
    Id,
    /// An alternative user id, a string or an integer. It is used if [`Slot::Id`] is absent, and must not contradict
    /// it.
    OtherId,
    /// The email address. This and the next six describe the user. No decision depends on them, so a value of another
    /// type is unknown.
    Email,
    /// A boolean, or its text.
    EmailVerified,
    FirstName,
    LastName,
    Username,
    LegacyUserId,
    /// The actor who acts for the user: an object with `sub` (RFC 8693 section 4.1). Any other value means that there
    /// is an actor.
    Actor,
    /// The id of the actor who acts for the user.
    Impersonator,
    /// Roles outside any organization. The roles of several claims are combined.
    Roles(Names),
    /// Permissions: in the organization of [`Slot::Org`] if the token has one, otherwise outside any organization.
    Permissions(Names),
    Scopes,
    /// Used if [`Slot::Scopes`] is absent.
    OtherScopes,
    /// The scopes, in a claim with a non-standard name.
    ScopesElsewhere,
    /// The id of the only organization of the token.
    Org,
    OrgName,
    /// Which of the memberships is the active one.
    #[cfg(feature = "testing")]
    ActiveOrg,
    /// The ids of organizations: a string, an array of strings or the keys of an object. A single organization is the
    /// active one, as with [`Slot::Org`].
    Orgs,
    /// The role in the organization of [`Slot::Org`] or [`Slot::Orgs`], if the token has an active one.
    OrgRole,
    /// An object with organization ids as names.
    Memberships(&'static [OrgRow]),
    /// The only organization of the token. [`Slot::Memberships`] is then ignored.
    OnlyMembership(&'static [OrgRow]),
}

/// The form of a list of names.
#[derive(Clone, Copy)]
pub(crate) enum Names {
    /// An array of strings.
    Array,
    /// An array of strings, or one string with spaces (RFC 6749 section 3.3). An element may contain spaces too.
    Words,
    /// An array of names, or one string with spaces. An element of the array is one name.
    List,
    /// Like [`List`](Self::List), or the keys of an object.
    ListOrKeys,
    /// One name, which may contain spaces, an array of names or the keys of an object.
    OneOrKeys,
}

/// A member of an organization's entry, and where its value goes.
pub(crate) type OrgRow = (&'static str, OrgSlot);

/// Where the value goes, and which type it must have.
#[derive(Clone, Copy)]
pub(crate) enum OrgSlot {
    /// The organization's id. It must equal the entry's name, if the entry has one.
    Id,
    Name,
    UrlSafeName,
    /// Any value.
    Metadata,
    /// How many roles a member can have. An entry with an unknown structure states no membership.
    Structure(fn(&str) -> Option<RoleStructure>),
    /// The assigned role. An entry without a role states no membership.
    Role,
    AdditionalRoles,
    InheritedRoles,
    Permissions,
}

/// A reason to refuse a provider's tokens, unless a setting allows them.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Allowance {
    /// Anonymous users.
    AnonymousUsers,
}

impl Allowance {
    /// The method that allows it.
    pub(super) const fn setting(self) -> &'static str {
        match self {
            Self::AnonymousUsers => "anonymous_users",
        }
    }
}
