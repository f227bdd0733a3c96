//! What tables of claims are written in: where the value of a claim goes, and what it must be.

use crate::id::RoleStructure;

/// A claim, and where its value goes.
///
/// The claim is an exact name or, if it begins with `/`, a JSON Pointer (RFC 6901). A segment [`AUDIENCE`] of a pointer
/// stands for each audience that the issuer accepts.
pub(crate) type Row = (&'static str, Slot);

pub(crate) const AUDIENCE: &str = "{audience}";

/// Where the value of a claim goes, and what it must be.
#[derive(Clone, Copy)]
pub(crate) enum Slot {
    /// The claim `iss`: a string.
    Issuer,
    /// The claim `aud`: a string or an array of strings.
    Audience,
    /// A number of seconds, as are the next two.
    Expires,
    NotBefore,
    IssuedAt,
    /// The claim `jti`. It decides nothing, so that a value of another type is unknown and refuses nothing.
    CredentialId,
    /// The claim `acr`, as are the next two. A value of another type is unknown.
    Acr,
    Amr,
    AuthTime,
    /// Binds the token to a key of its holder, whatever the value.
    Confirmation,
    /// Marks an ID token, whatever the value.
    IdTokenMark,
    /// A string that must be there.
    Required,
    /// A string that must be there, and be one of these.
    OneOf(&'static [&'static str]),
    /// The user's id: a string.
    Id,
    /// Also the user's id, a string or an integer: it counts if [`Slot::Id`] is absent, and must not contradict it.
    OtherId,
    Email,
    EmailVerified,
    FirstName,
    LastName,
    Username,
    LegacyUserId,
    /// Who acts for the user: an object with `sub` (RFC 8693 section 4.1).
    Actor,
    /// The id of who acts for the user.
    Impersonator,
    /// Roles outside any organization. Those of several claims add up.
    Roles(Names),
    /// Permissions: in the organization of [`Slot::Org`] if the token names one, else outside any.
    Permissions(Names),
    Scopes,
    /// Counts if [`Slot::Scopes`] is absent.
    OtherScopes,
    /// The id of the one organization that the token is for.
    Org,
    OrgName,
    /// An object of organizations by id.
    Memberships(&'static [OrgRow]),
    /// The one organization that the token is for. [`Slot::Memberships`] then does not count.
    OnlyMembership(&'static [OrgRow]),
}

/// How a list of names is written.
#[derive(Clone, Copy)]
pub(crate) enum Names {
    /// As an array of strings.
    Array,
    /// As an array of strings, or as one string with spaces (RFC 6749 section 3.3).
    Words,
}

/// A member of an organization's entry, and where its value goes.
pub(crate) type OrgRow = (&'static str, OrgSlot);

/// Where the value goes, and what it must be.
#[derive(Clone, Copy)]
pub(crate) enum OrgSlot {
    /// The organization's id. It must be that of the entry's key, if the entry has one.
    Id,
    Name,
    UrlSafeName,
    /// Any value.
    Metadata,
    /// How the organization gives roles. An entry with a structure that is not known states no membership.
    Structure(fn(&str) -> Option<RoleStructure>),
    /// The assigned role. An entry without one states no membership.
    Role,
    AdditionalRoles,
    InheritedRoles,
    Permissions,
}
