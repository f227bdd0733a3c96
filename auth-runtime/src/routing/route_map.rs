//! All routes of a router, with their policies.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::contradiction::contradictions;
use super::enclosing::Own;
use super::fault::{RouteFault, of_claims, of_policies};
use super::foreign::Foreign;
use super::mounted::{Entry, MethodEntry, MountedPath, Required, SourceLocation};
use super::parameters;
use super::paths::{Paths, valid_prefix};
use super::protected::{Protected, Scopes};
use crate::policy::{Need, place_of};
use crate::verifier::{self, Verifier};

/// axum's path for requests that match no route.
const REST: &str = "/{*__private__axum_fallback}";

/// Paths, methods, policies and errors, stored next to the `axum::Router` that serves the paths.
#[derive(Clone)]
pub(super) struct RouteMap {
    pub(super) paths: Paths,
    /// As in axum, a separate router with the fallbacks, including those of nested routers.
    fallbacks: Paths,
    /// Public routers whose paths could not be read.
    unread: Vec<MethodEntry>,
    pub(super) faults: Vec<RouteFault>,
    /// Whether each parameter of a path must be accounted for.
    pub(super) accounts: bool,
    /// The location of a layer that counts decisions by the names of their policies.
    pub(super) counted: Option<SourceLocation>,
    /// The protected resources, each with its verifier if it is known.
    protected: Vec<(Protected, Option<Verifier>)>,
}

impl Default for RouteMap {
    fn default() -> Self {
        Self {
            paths: Paths::default(),
            fallbacks: no_fallbacks(),
            unread: Vec::new(),
            faults: Vec::new(),
            accounts: false,
            counted: None,
            protected: Vec::new(),
        }
    }
}

fn warn_of_class((class, (file, line)): (&str, SourceLocation)) {
    tracing::warn!(
        acr = class,
        at = format_args!("{file}:{line}"),
        "several issuers are trusted, and each defines its own `acr`: add `issuer(\"..\")` to the condition"
    );
}

fn no_fallbacks() -> Paths {
    let mut paths = Paths::default();
    for path in ["/", REST] {
        let nothing = MountedPath { path: path.into(), is_service: false, handled: Vec::new(), at: ("", 0) };
        paths.add(nothing, &mut Vec::new());
    }
    paths
}

impl RouteMap {
    /// Every path with every method, including fallbacks.
    pub(super) fn each(&self) -> impl Iterator<Item = (Cow<'_, str>, &MethodEntry)> {
        let routes = self.paths.iter().map(|mounted| (Cow::Borrowed(&*mounted.path), mounted));
        let fallbacks = self
            .fallbacks
            .iter()
            .map(|mounted| (Cow::Owned(mounted.path.replace("{*__private__axum_fallback}", "*")), mounted));
        let read = routes
            .chain(fallbacks)
            .flat_map(|(path, mounted)| mounted.handled.iter().map(move |handled| (path.clone(), handled)));
        read.chain(self.unread.iter().map(|handled| (Cow::Borrowed("?"), handled)))
    }

    /// All errors, including those that depend on the whole path. `verifier` is used for routes without a verifier of
    /// an inner router; `None` if it is not known yet.
    pub(super) fn into_faults(mut self, verifier: Option<&Verifier>) -> Vec<RouteFault> {
        let guards = self.each().flat_map(|(path, handled)| of_policies(&path, handled)).collect::<Vec<_>>();
        self.faults.extend(guards);
        let of_contradictions = |(path, handled): (Cow<'_, str>, &MethodEntry)| {
            let fault = |problem| RouteFault::new(Some(handled.method), &path, problem, handled.place());
            contradictions(&path, handled).into_iter().map(fault).collect::<Vec<_>>()
        };
        let contradictions = self.each().flat_map(of_contradictions).collect::<Vec<_>>();
        self.faults.extend(contradictions);
        let claims = self.each().flat_map(|(path, handled)| of_claims(&path, handled, verifier)).collect::<Vec<_>>();
        self.faults.extend(claims);
        let of_parameters = |(path, handled): (Cow<'_, str>, &MethodEntry)| {
            parameters::faults(&path, handled, self.accounts || handled.accounts)
        };
        let parameters = self.each().flat_map(of_parameters).collect::<Vec<_>>();
        self.faults.extend(parameters);
        self.faults.extend(Protected::all_faults(&self.protected));
        self.faults.extend(self.counted.map(|at| self.faults_of_names(at)).unwrap_or_default());
        self.faults
    }

    /// Two policies with one name, if decisions are counted by name.
    fn faults_of_names(&self, at: SourceLocation) -> Vec<RouteFault> {
        let mut known: BTreeMap<&str, Option<SourceLocation>> = BTreeMap::new();
        let mut faults = Vec::new();
        let around =
            |handled: &MethodEntry| handled.required().iter().map(|required| required.need).collect::<Vec<_>>();
        for (_, handled) in self.each() {
            for need in around(handled).into_iter().chain(handled.need().into_iter().flat_map(Need::each_policy)) {
                let Some(name) = need.name() else { continue };
                let (place, first) = (place_of(need), *known.entry(name).or_insert(place_of(need)));
                if let (Some((file, line)), Some((first_file, first_line)), true) = (place, first, place != first) {
                    let problem = format!(
                        "two policies are named `{name}`, at {first_file}:{first_line} and {file}:{line}, and \
                         `ObserveLayer::counters` counts by name: rename one"
                    );
                    if faults.iter().all(|fault: &RouteFault| fault.problem != problem) {
                        faults.push(RouteFault::new(None, "", problem, at));
                    }
                }
            }
        }
        faults
    }

    /// Records the settings of a router on all its routes, before it is mounted in another router.
    pub(super) fn enclose(&mut self, own: &Own) {
        self.protect(own);
        self.guard_by(own.verifier.as_ref());
        self.require(&own.required);
    }

    /// Records the resource of this router, if it has one, for all routes whose verifier is not an inner router's.
    pub(super) fn protect(&mut self, own: &Own) {
        if let Some(protected) = &own.protected {
            let url = protected.url();
            for handled in self.handled_mut().filter(|handled| handled.verifier.is_none()) {
                handled.resource.get_or_insert_with(|| Arc::clone(&url));
            }
            self.protected.push((protected.clone(), None));
        }
        for (_, verifier) in &mut self.protected {
            *verifier = verifier.take().or_else(|| own.verifier.clone());
        }
    }

    /// The scopes that the guards of each protected resource ask for.
    pub(super) fn scopes(&self) -> Scopes {
        let mut scopes = Scopes::default();
        for (_, handled) in self.each() {
            if let Some(resource) = &handled.resource {
                let needs = handled.required().iter().map(|required| required.need).chain(handled.need());
                scopes.add(resource, needs);
            }
        }
        scopes
    }

    /// Records the verifier of this router, if it has one, for all routes without a verifier of an inner router.
    fn guard_by(&mut self, verifier: Option<&Verifier>) {
        let Some(verifier) = verifier else { return };
        for handled in self.handled_mut() {
            handled.verifier.get_or_insert_with(|| verifier.clone());
        }
    }

    /// Warns of each `acr(..)` that several issuers could answer. The argument is the verifier of the routes without
    /// their own. If it is unknown, the verifier of the process is used, as soon as it is set.
    pub(super) fn warn_of_classes(&self, verifier: Option<&Verifier>) {
        let (mut known, mut of_process) = (BTreeSet::new(), BTreeSet::new());
        for (_, handled) in self.each() {
            let verifier = handled.verifier.as_ref().or(verifier);
            for need in handled.required().iter().map(|required| required.need).chain(handled.need()) {
                let Some(class) = need.class_of_any_issuer().zip(place_of(need)) else { continue };
                match verifier {
                    Some(verifier) if verifier.has_several_sources() && known.insert(class) => warn_of_class(class),
                    Some(_) => {}
                    None => drop(of_process.insert(class)),
                }
            }
        }
        if !of_process.is_empty() {
            verifier::when_initialized(move |verifier| {
                if verifier.has_several_sources() {
                    of_process.into_iter().for_each(warn_of_class);
                }
            });
        }
    }

    /// Records the policy that a router requires for all its routes, outside the policies recorded so far.
    pub(super) fn require(&mut self, required: &[Required]) {
        for handled in self.handled_mut().filter(|_| !required.is_empty()) {
            handled.required.splice(..0, required.iter().copied());
        }
    }

    /// Records `account_for_parameters` on each route, before the router is mounted in another router.
    pub(super) fn note_accounts(&mut self) {
        let accounts = self.accounts;
        self.handled_mut().for_each(|handled| handled.accounts |= accounts);
    }

    fn handled_mut(&mut self) -> impl Iterator<Item = &mut MethodEntry> {
        let mounted = self.paths.iter_mut().chain(self.fallbacks.iter_mut()).flat_map(|mounted| &mut mounted.handled);
        mounted.chain(&mut self.unread)
    }

    pub(super) fn fault(&mut self, path: &str, problem: &str, at: SourceLocation) {
        self.faults.push(RouteFault::new(None, path, problem, at));
    }

    pub(super) fn route(&mut self, mounted: MountedPath) {
        self.paths.add(mounted, &mut self.faults);
    }

    pub(super) fn nest(&mut self, prefix: &str, other: Self, at: SourceLocation) {
        if let Err(problem) = valid_prefix(prefix) {
            self.fault(prefix, problem, at);
            self.faults.extend(other.faults);
            return;
        }
        self.faults.extend(other.faults.iter().cloned().map(|fault| fault.below(prefix)));
        self.faults.extend(other.protected.iter().map(|(protected, _)| protected.fault_below(prefix)));
        self.counted = self.counted.or(other.counted);
        // axum drops the fallbacks inside a nested router that has no fallback itself.
        if other.fallback().is_some() {
            self.fallbacks.add_below(prefix, other.fallbacks, at, &mut self.faults);
        }
        self.paths.add_below(prefix, other.paths, at, &mut self.faults);
        self.unread.extend(other.unread);
    }

    pub(super) fn merge(&mut self, other: Self, at: SourceLocation) {
        self.faults.extend(other.faults.iter().cloned());
        self.protected.extend(other.protected.iter().cloned());
        self.counted = self.counted.or(other.counted);
        if let Some(new) = other.fallback().cloned() {
            match self.fallback() {
                Some(known) => {
                    let (file, line) = known.place();
                    let problem = format!("both routers have a fallback; the other is at {file}:{line}");
                    self.fault("/*", &problem, at);
                }
                None => self.set_fallback(new),
            }
        }
        self.paths.add_all(other.paths, &mut self.faults);
        for mounted in other.fallbacks.iter().filter(|mounted| *mounted.path != *"/" && *mounted.path != *REST) {
            self.fallbacks.add(mounted.clone(), &mut self.faults);
        }
        self.unread.extend(other.unread);
    }

    /// Adds the visible paths of an `axum::Router`, below a path or at the root.
    pub(super) fn add_foreign(
        &mut self,
        prefix: Option<&str>,
        foreign: Option<Foreign>,
        entry: Entry,
        at: SourceLocation,
    ) {
        let Some(foreign) = foreign else {
            self.unread.push(MethodEntry::new("*", entry, at));
            return;
        };
        let handled = |methods: Vec<&'static str>| {
            methods.into_iter().map(|method| MethodEntry::new(method, entry, at)).collect::<Vec<_>>()
        };
        let mounted = |(path, is_service, methods): (String, _, _)| {
            let path = path.into();
            MountedPath { path, is_service, handled: handled(methods), at }
        };
        let mut other = Self::default();
        for route in foreign.routes {
            other.paths.add(mounted(route), &mut other.faults);
        }
        for fallback in foreign.fallbacks {
            let mounted = mounted(fallback);
            if *mounted.path != *"/" && *mounted.path != *REST {
                other.fallbacks.add(mounted, &mut other.faults);
            }
        }
        if foreign.has_fallback {
            other.set_fallback(MethodEntry::new("*", entry, at));
        }
        match prefix {
            Some(prefix) => self.nest(prefix, other, at),
            None => self.merge(other, at),
        }
    }

    /// The paths below which a fallback of the application responds to requests that match no route.
    pub(super) fn rests(&self) -> BTreeSet<String> {
        let used = self.fallbacks.iter().filter(|mounted| !mounted.handled.is_empty());
        used.map(|mounted| mounted.path.trim_end_matches(REST).trim_end_matches('/').to_owned()).collect()
    }

    pub(super) fn fallback(&self) -> Option<&MethodEntry> {
        self.fallbacks.iter().find(|mounted| *mounted.path == *REST)?.handled.first()
    }

    pub(super) fn set_fallback(&mut self, handled: MethodEntry) {
        if let Some(mounted) = self.fallbacks.iter_mut().find(|mounted| *mounted.path == *REST) {
            mounted.handled = vec![handled];
        }
    }

    pub(super) fn reset_fallback(&mut self) {
        self.fallbacks = no_fallbacks();
    }

    /// Sets the handler for methods without a handler, on paths that do not have such a handler yet.
    pub(super) fn method_not_allowed(&mut self, handled: &MethodEntry) {
        for mounted in self.paths.iter_mut().filter(|mounted| !mounted.is_service) {
            if mounted.handled.iter().any(|known| known.method == handled.method) {
                continue;
            }
            // The mounted router applies its policies to its own response for such methods, and axum would replace that
            // response.
            if let Some(Required { need, at: (file, line) }) =
                mounted.handled.iter().find_map(|known| known.required.first())
            {
                let problem = format!(
                    "`method_not_allowed_fallback` would respond here without `{}`, which a router requires at \
                     {file}:{line}: call it before that router is mounted, and on that router",
                    need.name().unwrap_or_default()
                );
                self.faults.push(RouteFault::new(Some(handled.method), &mounted.path, problem, handled.at));
            }
            mounted.handled.push(handled.clone());
        }
    }
}
