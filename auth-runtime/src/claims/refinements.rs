//! The changes of a claim mapping by an issuer's settings.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use super::mapping::{Absent, ClaimMapping};
use super::provider_rules::ProviderRules;
use super::slot::{Allowance, Names, Row, Slot};
use crate::error::ConfigError;

/// The changes of a claim mapping by an issuer's settings. Claims have the syntax of a [`Row`].
#[derive(Clone, Debug, Default)]
pub(crate) struct Refinements {
    sources: Vec<Source>,
    required: Vec<Requirement>,
    /// Claims that users can write and that are allowed nevertheless.
    user_writable: Vec<String>,
    pub(crate) allows_reassignable_id: bool,
    pub(crate) allowed: Vec<Allowance>,
    fault: Option<ConfigError>,
}

/// The part of an identity that a claim sets instead of the mapping.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Part {
    Roles,
    Permissions,
    Scopes,
    Org,
    OrgRole,
    UserId,
}

#[derive(Clone, Debug)]
struct Source {
    part: Part,
    claim: String,
}

/// A claim that is required to have one of these values.
#[derive(Clone, Debug)]
pub(super) struct Requirement {
    pub(super) claim: String,
    pub(super) values: Vec<String>,
}

/// The user's own metadata, recognized by its name at any depth.
const USER_METADATA: &[&str] = &["user_metadata", "unsafe_metadata"];

/// The profile claims of OpenID Connect Core section 5.1 that users can write at most providers.
const PROFILE: &[&str] = &[
    "name",
    "given_name",
    "family_name",
    "middle_name",
    "nickname",
    "preferred_username",
    "profile",
    "picture",
    "website",
    "gender",
    "birthdate",
    "zoneinfo",
    "locale",
    "address",
];

/// What is given to another person when its owner leaves it (OpenID Connect Core section 5.7).
const REASSIGNABLE: &[&str] =
    &["email", "upn", "unique_name", "preferred_username", "username", "phone_number", "name", "nickname"];

/// A higher number is a mistake. The loop over claims counts them in the bits of a word.
const MOST_REQUIREMENTS: usize = 32;

impl Part {
    const fn setting(self) -> &'static str {
        match self {
            Self::Roles => "roles_from",
            Self::Permissions => "permissions_from",
            Self::Scopes => "scopes_from",
            Self::Org => "org_from",
            Self::OrgRole => "org_role_from",
            Self::UserId => "user_id_from",
        }
    }

    const fn slot(self) -> Slot {
        match self {
            Self::Roles => Slot::Roles(Names::ListOrKeys),
            Self::Permissions => Slot::Permissions(Names::List),
            Self::Scopes => Slot::ScopesElsewhere,
            Self::Org => Slot::Orgs,
            Self::OrgRole => Slot::OrgRole,
            Self::UserId => Slot::OtherId,
        }
    }

    /// Whether a row of the mapping is about this part, and is therefore ignored.
    const fn replaces(self, slot: Slot) -> bool {
        match self {
            Self::Roles => matches!(slot, Slot::Roles(_)),
            Self::Permissions => matches!(slot, Slot::Permissions(_)),
            Self::Scopes => matches!(slot, Slot::Scopes | Slot::OtherScopes),
            Self::Org => {
                matches!(slot, Slot::Org | Slot::OrgName | Slot::Orgs | Slot::Memberships(_) | Slot::OnlyMembership(_))
            }
            Self::OrgRole => matches!(slot, Slot::OrgRole),
            Self::UserId => matches!(slot, Slot::Id | Slot::OtherId),
        }
    }
}

impl Refinements {
    /// Reads a part of the identity from this claim.
    pub(crate) fn add(&mut self, part: Part, claim: String) {
        if self.sources.iter().any(|source| source.part == part) {
            self.set_fault(ConfigError::new(part.setting(), "is set twice: use one claim"));
        }
        self.sources.push(Source { part, claim });
    }

    pub(crate) fn require(&mut self, claim: String, values: Vec<String>) {
        self.required.push(Requirement { claim, values });
    }

    pub(crate) fn allow_user_writable(&mut self, claim: String) {
        self.user_writable.push(claim);
    }

    /// Keeps the first error, for [`check`](Self::check).
    pub(crate) fn set_fault(&mut self, fault: ConfigError) {
        self.fault.get_or_insert(fault);
    }

    /// The rows that replace those of the mapping.
    pub(super) fn rows(&self) -> impl Iterator<Item = Row> {
        self.sources.iter().map(|source| (interned(&source.claim), source.part.slot()))
    }

    /// Whether a row of the mapping is ignored.
    pub(super) fn drops(&self, slot: Slot) -> bool {
        let is_allowed = matches!(slot, Slot::Refused(_, allowance) if self.allowed.contains(&allowance));
        is_allowed || self.sources.iter().any(|source| source.part.replaces(slot))
    }

    /// Removes a value that is known if its claim is absent, because another claim sets it now.
    pub(super) fn keeps(&self, absent: Absent) -> bool {
        !matches!(absent, Absent::NoRoles) || !self.sources.iter().any(|source| source.part == Part::Roles)
    }

    pub(super) fn required(&self) -> &[Requirement] {
        &self.required
    }

    /// Checks the settings against the mapping that they refine. `preset` is the mapping of the constructor: the claims that
    /// its users can write are theirs, whatever reads them.
    pub(crate) fn check(
        &self,
        mapping: ClaimMapping,
        preset: ClaimMapping,
        provider: &ProviderRules,
    ) -> Result<(), ConfigError> {
        if let Some(fault) = &self.fault {
            return Err(fault.clone());
        }
        for Source { part, claim } in &self.sources {
            self.check_claim(part.setting(), claim, [mapping, preset])?;
            if *part == Part::UserId && !self.allows_reassignable_id && is_reassignable(claim) {
                let fault = format!(
                    "`{claim}` can be given to another person, who then is this user: name a claim that stays, or say \
                     `.danger_reassignable_id()`"
                );
                return Err(ConfigError::new(part.setting(), fault));
            }
        }
        for Requirement { claim, values } in &self.required {
            const SETTING: &str = "require_claim";
            self.check_claim(SETTING, claim, [mapping, preset])?;
            if values.is_empty() {
                return Err(ConfigError::new(SETTING, format!("`{claim}` has no values: no token would be accepted")));
            }
        }
        if self.required.len() > MOST_REQUIREMENTS {
            return Err(ConfigError::new("require_claim", "is used more than 32 times"));
        }
        for allowance in &self.allowed {
            let refuses = |slot: Slot| matches!(slot, Slot::Refused(_, refused) if refused == *allowance);
            let rows = mapping.mapping().claims.iter().copied().flatten().chain(provider.required);
            if !rows.map(|(_, slot)| *slot).any(refuses) {
                let fault = "the provider's tokens are not refused for this reason: remove it";
                return Err(ConfigError::new(allowance.setting(), fault));
            }
        }
        for claim in &self.user_writable {
            check_name("danger_user_writable", claim)?;
        }
        Ok(())
    }

    fn check_claim(&self, setting: &'static str, claim: &str, mappings: [ClaimMapping; 2]) -> Result<(), ConfigError> {
        check_name(setting, claim)?;
        let is_theirs = mappings.into_iter().any(|mapping| is_user_writable(claim, mapping));
        if is_theirs && !self.user_writable.iter().any(|allowed| allowed == claim) {
            let fault = format!(
                "users can write `{claim}` themselves: read a claim that only the provider writes, or say \
                 `.danger_user_writable({claim:?})`"
            );
            return Err(ConfigError::new(setting, fault));
        }
        Ok(())
    }
}

/// Holds a claim to its form: a name, or a JSON Pointer (RFC 6901 section 3).
fn check_name(setting: &'static str, claim: &str) -> Result<(), ConfigError> {
    let fault = |fault: &str| Err(ConfigError::new(setting, format!("`{claim}` {fault}")));
    if claim.is_empty() {
        return Err(ConfigError::new(setting, "is empty: use the name of a claim"));
    }
    let Some(pointer) = claim.strip_prefix('/') else {
        // Both would be parsed as names, but are surely meant as pointers.
        let starts_like_one = claim.starts_with("#/") || claim.starts_with("./") || claim.starts_with("$.");
        return if starts_like_one { fault("is not a JSON Pointer: begin it with `/`, as in `/a/b`") } else { Ok(()) };
    };
    let is_escaped = |segment: &str| segment.split('~').skip(1).all(|rest| rest.starts_with(['0', '1']));
    if !pointer.split('/').all(is_escaped) {
        return fault("is not a JSON Pointer: write `~` as `~0`, and `/` in a name as `~1`");
    }
    if pointer.split('/').any(str::is_empty) {
        return fault("is not a JSON Pointer to a claim: it contains an empty name");
    }
    if pointer.split('/').count() > 8 {
        return fault("is deeper than 8 levels");
    }
    Ok(())
}

/// The names on the path to a claim.
fn segments(claim: &str) -> Vec<String> {
    match claim.strip_prefix('/') {
        Some(pointer) => pointer.split('/').map(|segment| segment.replace("~1", "/").replace("~0", "~")).collect(),
        None => vec![claim.to_owned()],
    }
}

fn is_user_writable(claim: &str, mapping: ClaimMapping) -> bool {
    let segments = segments(claim);
    let Some(first) = segments.first() else { return false };
    let is_listed = PROFILE.iter().chain(mapping.mapping().user_writable).any(|name| match name.strip_suffix('*') {
        Some(beginning) => first.starts_with(beginning),
        None => first == name,
    });
    is_listed || segments.iter().any(|segment| USER_METADATA.contains(&segment.as_str()))
}

fn is_reassignable(claim: &str) -> bool {
    // Providers write a prefix before names of their own.
    segments(claim).last().is_some_and(|name| name.rsplit(':').next().is_some_and(|name| REASSIGNABLE.contains(&name)))
}

/// The text with a static lifetime, because errors contain the names of claims. Programs use few, so each is kept once.
pub(super) fn interned(text: &str) -> &'static str {
    static KEPT: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = kept.get(text) {
        return known;
    }
    let text: &'static str = Box::leak(text.to_owned().into_boxed_str());
    kept.insert(text);
    text
}
