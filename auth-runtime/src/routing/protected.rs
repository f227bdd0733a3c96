//! The protected resource of a router, and the scopes of its routes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::fault::RouteFault;
use super::mounted::SourceLocation;
use crate::policy::{Deny, Need};
use crate::verifier::{self, ResourceId, Verifier};

/// The settings of a router's protected resource.
#[derive(Clone)]
pub(super) struct Protected {
    /// The resource, or what is wrong with it.
    id: Result<ResourceId, String>,
    /// The scopes to list instead of those that guards ask for.
    scopes: Option<Vec<String>>,
    at: SourceLocation,
}

impl Protected {
    pub(super) fn new(url: &str, at: SourceLocation) -> Self {
        Self { id: ResourceId::parse(url), scopes: None, at }
    }

    /// Lists these scopes instead of those that guards ask for.
    pub(super) fn advertise(&mut self, scopes: Vec<String>) {
        self.scopes = Some(scopes);
    }

    pub(super) fn url(&self) -> Arc<str> {
        self.id.as_ref().map_or("", ResourceId::url).into()
    }

    /// The verifier of the routes, with this resource.
    pub(super) fn behind(&self, verifier: Option<Verifier>, scopes: &Scopes) -> Option<Verifier> {
        let verifier = verifier.or_else(|| verifier::global().cloned())?;
        let Ok(id) = &self.id else { return Some(verifier) };
        let scopes = self.scopes.clone().unwrap_or_else(|| scopes.of(id.url()));
        Some(verifier.protecting(id, &scopes))
    }

    /// The errors in the protected resources. Each resource comes with its verifier.
    pub(super) fn all_faults(all: &[(Self, Option<Verifier>)]) -> Vec<RouteFault> {
        let mut faults = Vec::new();
        for (position, (protected, verifier)) in all.iter().enumerate() {
            faults.extend(protected.faults(verifier.as_ref()));
            let is_same = |other: &Self| other.path().is_some_and(|path| Some(path) == protected.path());
            if let Some((first, _)) = all.iter().take(position).find(|(other, _)| is_same(other)) {
                let (file, line) = first.at;
                let problem =
                    format!("`protected_resource` is called at {file}:{line} for the same path: call it once");
                faults.push(RouteFault::new(None, "", problem, protected.at));
            }
        }
        faults
    }

    /// The path of the metadata, if the identifier is valid.
    pub(super) fn path(&self) -> Option<String> {
        self.id.as_ref().ok().map(ResourceId::metadata_path)
    }

    fn faults(&self, verifier: Option<&Verifier>) -> Vec<RouteFault> {
        let problems = match (&self.id, verifier.or(verifier::global())) {
            (Err(problem), _) => vec![problem.clone()],
            (Ok(_), None) => vec!["needs the verifier: call `guarded_by`, or `init` before `build`".to_owned()],
            (Ok(id), Some(verifier)) => verifier.faults_of(id),
        };
        let of_scopes = self.scopes.iter().flatten().filter(|scope| !is_scope(scope));
        let of_scopes =
            of_scopes.map(|scope| format!("`advertise_scopes`: {scope:?} is not a scope (RFC 6749 section 3.3)"));
        let problems = problems.into_iter().map(|problem| format!("`protected_resource`: {problem}"));
        problems.chain(of_scopes).map(|problem| RouteFault::new(None, "", problem, self.at)).collect()
    }

    /// Clients look for the metadata at the root of the host.
    pub(super) fn fault_below(&self, prefix: &str) -> RouteFault {
        let problem = "`protected_resource` on a router that is nested: clients look for its metadata at the root of the \
                       host, so call it on a router that is served or merged there";
        RouteFault::new(None, prefix, problem, self.at)
    }
}

fn is_scope(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| matches!(byte, b'!' | b'#'..=b'[' | b']'..=b'~'))
}

/// The scopes that the guards of each protected resource ask for.
#[derive(Debug, Default)]
pub(super) struct Scopes(BTreeMap<String, BTreeSet<&'static str>>);

impl Scopes {
    /// Policies that hide their routes are left out: the document is public.
    pub(super) fn add(&mut self, resource: &str, needs: impl Iterator<Item = &'static Need>) {
        let shown = needs.filter(|need| need.deny() != Deny::NotFound);
        self.0.entry(resource.to_owned()).or_default().extend(shown.flat_map(Need::scopes));
    }

    fn of(&self, resource: &str) -> Vec<String> {
        self.0.get(resource).into_iter().flatten().map(|scope| (*scope).to_owned()).collect()
    }
}
