//! The paths of a router, held to axum's own rules: where axum would panic, a fault is noted instead.

use std::sync::Arc;

use super::fault::{Place, RouteFault};
use super::template::joined;
use crate::policy::Need;

/// Who answers.
#[derive(Clone, Copy, Debug)]
pub(super) enum Entry {
    /// A guarded handler.
    Guarded(&'static Need),
    /// Something without a guard, let in by a verb of that name.
    Open { verb: &'static str, reason: &'static str },
}

/// One method of a path.
#[derive(Clone, Debug)]
pub(super) struct MethodEntry {
    /// `*` for every method that no other entry of the path names.
    pub(super) method: &'static str,
    pub(super) entry: Entry,
    /// Where it was mounted.
    pub(super) at: Place,
    /// Whose tokens count, if a router below the outermost one has a verifier of its own.
    pub(super) issuers: Option<Arc<[String]>>,
}

impl MethodEntry {
    pub(super) fn new(method: &'static str, entry: Entry, at: Place) -> Self {
        Self { method, entry, at, issuers: None }
    }

    /// Where to look for it: at the attribute, where there is one.
    pub(super) fn place(&self) -> Place {
        let attribute = match self.entry {
            Entry::Guarded(need) => need.find(&mut |rule| Some((rule.file, rule.line))),
            Entry::Open { .. } => None,
        };
        attribute.unwrap_or(self.at)
    }
}

/// One path and who answers there.
#[derive(Clone, Debug)]
pub(super) struct MountedPath {
    pub(super) path: Arc<str>,
    /// A service takes a path whole: no handler can be added to it.
    pub(super) is_service: bool,
    pub(super) handled: Vec<MethodEntry>,
    pub(super) at: Place,
}

/// The paths of a router.
#[derive(Clone, Default)]
pub(super) struct Paths {
    /// What axum asks as well, in the same version.
    tree: matchit::Router<usize>,
    mounted: Vec<MountedPath>,
}

impl Paths {
    pub(super) fn iter(&self) -> std::slice::Iter<'_, MountedPath> {
        self.mounted.iter()
    }

    pub(super) fn iter_mut(&mut self) -> std::slice::IterMut<'_, MountedPath> {
        self.mounted.iter_mut()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.mounted.is_empty()
    }

    /// The template that a path is matched by.
    #[cfg(feature = "testing")]
    pub(super) fn matched(&self, path: &str) -> Option<&str> {
        let found = self.tree.at(path).ok()?;
        self.mounted.get(*found.value).map(|mounted| &*mounted.path)
    }

    /// Adds a path, as `Router::route` and `Router::route_service` do.
    pub(super) fn add(&mut self, new: MountedPath, faults: &mut Vec<RouteFault>) {
        if let Err(problem) = valid(&new.path) {
            faults.push(RouteFault::new(None, &new.path, problem, new.at));
            return;
        }
        let error = match self.tree.insert(&*new.path, self.mounted.len()) {
            Ok(()) => return self.mounted.push(new),
            Err(error) => error,
        };
        if let Some(known) = self.known(&new.path).and_then(|index| self.mounted.get_mut(index)) {
            return join(known, new, faults);
        }
        let mut problem = format!("axum cannot tell it apart or read it: {error}");
        if let matchit::InsertError::Conflict { with } = &error
            && let Some(other) = self.known(with).and_then(|index| self.mounted.get(index))
        {
            problem = format!("it matches the same paths as `{with}` ({}:{})", other.at.0, other.at.1);
        }
        faults.push(RouteFault::new(None, &new.path, problem, new.at));
    }

    /// The place of a template that was added. Read as a path, a template nearly always matches itself, which spares an
    /// index; where it does not, all are looked through.
    fn known(&self, template: &str) -> Option<usize> {
        let is_it = |index: &usize| self.mounted.get(*index).is_some_and(|mounted| *mounted.path == *template);
        let matched = self.tree.at(template).ok().map(|found| *found.value).filter(is_it);
        matched.or_else(|| self.mounted.iter().position(|mounted| *mounted.path == *template))
    }

    /// Adds the paths of another router, below a prefix.
    pub(super) fn add_below(&mut self, prefix: &str, others: Self, at: Place, faults: &mut Vec<RouteFault>) {
        for other in others.mounted {
            self.add(MountedPath { path: joined(prefix, &other.path).into(), at, ..other }, faults);
        }
    }

    /// Adds the paths of another router.
    pub(super) fn add_all(&mut self, others: Self, faults: &mut Vec<RouteFault>) {
        for other in others.mounted {
            self.add(other, faults);
        }
    }
}

/// Joins the methods of one path, as `MethodRouter::merge` does.
fn join(known: &mut MountedPath, new: MountedPath, faults: &mut Vec<RouteFault>) {
    if known.is_service || new.is_service {
        let problem = format!("the path is taken by what was mounted at {}:{}", known.at.0, known.at.1);
        faults.push(RouteFault::new(None, &new.path, problem, new.at));
        return;
    }
    for handled in new.handled {
        if let Some(problem) = twice(&known.handled, &handled) {
            faults.push(RouteFault::new(Some(handled.method), &known.path, problem, handled.place()));
        } else {
            known.handled.push(handled);
        }
    }
}

/// What is wrong with a method that is there already.
pub(super) fn twice(known: &[MethodEntry], new: &MethodEntry) -> Option<String> {
    let (file, line) = known.iter().find(|known| known.method == new.method)?.place();
    Some(format!("two policies for one method and path: the other is at {file}:{line}"))
}

/// The rules of `Router::route` that come before its matcher's.
fn valid(path: &str) -> Result<(), &'static str> {
    if !path.starts_with('/') {
        return Err("a path starts with `/`");
    }
    old_syntax(path)
}

/// The rules of `Router::nest`.
pub(super) fn valid_prefix(prefix: &str) -> Result<(), &'static str> {
    if prefix.is_empty() || prefix == "/" {
        return Err("axum nests nothing at the root: use `merge`");
    }
    valid(prefix)?;
    if prefix.split('/').any(|part| part.starts_with("{*") && part.ends_with('}') && !part.ends_with("}}")) {
        return Err("nothing can be nested below a catch-all");
    }
    Ok(())
}

fn old_syntax(path: &str) -> Result<(), &'static str> {
    for segment in path.split('/') {
        if segment.starts_with(':') {
            return Err("a segment cannot start with `:`: a parameter is written `{name}`");
        }
        if segment.starts_with('*') {
            return Err("a segment cannot start with `*`: a catch-all is written `{*name}`");
        }
    }
    Ok(())
}
