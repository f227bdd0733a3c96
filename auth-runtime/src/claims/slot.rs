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
    /// Binds the token to a key of its holder, whatever the value.
    Confirmation,
    /// Marks an ID token, whatever the value.
    IdTokenMark,
    /// Marks an ID token if the token has no scopes, whatever the value.
    Nonce,
    /// Marks a security event token (RFC 8417), whatever the value.
    Events,
    /// Tells that the token has scopes, unless it is null. For a table that does not read them.
    ScopePresence,
    /// A string that must be there.
    Required,
    /// A string that must be there, and be one of these.
    OneOf(&'static [&'static str]),
    /// It must not have one of these values, compared by their text as with [`Issuer::require_claim`], unless a setting
    /// allows it.
    ///
    /// [`Issuer::require_claim`]: crate::Issuer::require_claim
    Refused(&'static [&'static str], Allowance),
    /// The user's id: a string.
    Id,
    /// Also the user's id, a string or an integer: it counts if [`Slot::Id`] is absent, and must not contradict it.
    OtherId,
    /// This and the next six describe the user and decide nothing: a value of another type is unknown.
    Email,
    /// A boolean, or its text.
    EmailVerified,
    FirstName,
    LastName,
    Username,
    LegacyUserId,
    /// Who acts for the user: an object with `sub` (RFC 8693 section 4.1). A value of another type says only that
    /// somebody does.
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
    /// The scopes, in a claim that no standard calls so.
    ScopesElsewhere,
    /// The id of the one organization that the token is for.
    Org,
    OrgName,
    /// The ids of organizations: a string, an array of strings or the keys of an object. If there is one, the token is
    /// for it, as with [`Slot::Org`].
    Orgs,
    /// The role in the organization of [`Slot::Org`] or [`Slot::Orgs`], if the token is for one.
    OrgRole,
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
    /// As an array of strings, or as one string with spaces (RFC 6749 section 3.3). An element can hold spaces too.
    Words,
    /// As an array of names, or as one string with spaces. An element of the array is one name.
    List,
    /// The same, or as the keys of an object.
    ListOrKeys,
    /// As one name, spaces and all, as an array of names or as the keys of an object.
    OneOrKeys,
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

/// What a provider's tokens are refused for unless a setting allows it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Allowance {
    /// Users who signed in without telling who they are.
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
