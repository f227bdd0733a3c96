//! How the settings of an issuer change its claim mapping.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use super::mapping::{Absent, ClaimMapping};
use super::provider_rules::ProviderRules;
use super::slot::{Allowance, Names, Row, Slot};
use crate::error::ConfigError;
use crate::id::{UserWritable, segments};

/// How the settings of an issuer change its claim mapping. Claims have the syntax of a [`Row`].
#[derive(Clone, Debug, Default)]
pub(crate) struct Refinements {
    sources: Vec<Source>,
    required: Vec<Requirement>,
    /// Claims that users can write, and that a setting allows anyway.
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

/// Claims whose value can pass from one person to another (OpenID Connect Core section 5.7).
const REASSIGNABLE: &[&str] =
    &["email", "upn", "unique_name", "preferred_username", "username", "phone_number", "name", "nickname"];

/// The maximum number of requirements: the loop over claims counts them in the bits of a word.
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

    /// Each setting by the name of its method, with its values.
    pub(crate) fn settings(&self) -> Vec<(&'static str, Vec<&str>)> {
        let Self { sources, required, user_writable, allows_reassignable_id, allowed, fault: _ } = self;
        let of_sources = sources.iter().map(|Source { part, claim }| (part.setting(), vec![claim.as_str()]));
        let of_required = required.iter().map(|Requirement { claim, values }| {
            let values: BTreeSet<_> = values.iter().map(String::as_str).collect();
            ("require_claim", std::iter::once(claim.as_str()).chain(values).collect())
        });
        let of_writable = user_writable.iter().map(|claim| ("danger_user_writable", vec![claim.as_str()]));
        let of_id = allows_reassignable_id.then(|| ("danger_reassignable_id", Vec::new()));
        let of_allowed = allowed.iter().map(|allowance| (allowance.setting(), Vec::new()));
        of_sources.chain(of_required).chain(of_writable).chain(of_id).chain(of_allowed).collect()
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

    /// Whether the mapping still sets this value if its claim is absent. False if a setting reads the value from
    /// another claim.
    pub(super) fn keeps(&self, absent: Absent) -> bool {
        !matches!(absent, Absent::NoRoles) || !self.sources.iter().any(|source| source.part == Part::Roles)
    }

    pub(super) fn required(&self) -> &[Requirement] {
        &self.required
    }

    /// Checks the settings against the mapping that they refine.
    pub(crate) fn check(
        &self,
        mapping: ClaimMapping,
        preset: ClaimMapping,
        provider: &ProviderRules,
    ) -> Result<(), ConfigError> {
        if let Some(fault) = &self.fault {
            return Err(fault.clone());
        }
        let writable = self.user_writable(mapping, preset);
        for Source { part, claim } in &self.sources {
            check_claim(part.setting(), claim, &writable)?;
            if *part == Part::UserId && !self.allows_reassignable_id && is_reassignable(claim) {
                let fault = format!(
                    "`{claim}` can pass to another person, who would then be this user: use a claim whose value is \
                     never reassigned, or call `.danger_reassignable_id()`"
                );
                return Err(ConfigError::new(part.setting(), fault));
            }
        }
        for Requirement { claim, values } in &self.required {
            const SETTING: &str = "require_claim";
            check_claim(SETTING, claim, &writable)?;
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

    /// The claims that users can write themselves, and that no decision may depend on. `preset` is the mapping of the
    /// constructor: it knows which claims the users can write, even if another mapping reads them.
    pub(crate) fn user_writable(&self, mapping: ClaimMapping, preset: ClaimMapping) -> UserWritable {
        let of_provider = [mapping, preset].into_iter().flat_map(|mapping| mapping.mapping().user_writable);
        UserWritable::new(of_provider.copied().collect(), self.user_writable.clone())
    }
}

fn check_claim(setting: &'static str, claim: &str, writable: &UserWritable) -> Result<(), ConfigError> {
    check_name(setting, claim)?;
    if writable.refuses(claim) {
        let fault = format!(
            "users can write `{claim}` themselves: read a claim that only the provider writes, or call \
             `.danger_user_writable({claim:?})`"
        );
        return Err(ConfigError::new(setting, fault));
    }
    Ok(())
}

/// Checks the form of a claim: a name, or a JSON Pointer (RFC 6901 section 3).
fn check_name(setting: &'static str, claim: &str) -> Result<(), ConfigError> {
    let fault = |fault: &str| Err(ConfigError::new(setting, format!("`{claim}` {fault}")));
    if claim.is_empty() {
        return Err(ConfigError::new(setting, "is empty: use the name of a claim"));
    }
    let Some(pointer) = claim.strip_prefix('/') else {
        // Both would be parsed as names, but are probably meant as pointers.
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

fn is_reassignable(claim: &str) -> bool {
    // Providers write a prefix before custom names.
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
