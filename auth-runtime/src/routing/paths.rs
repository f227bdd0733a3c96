//! The paths of a router, checked against axum's own rules: where axum would panic, an error is recorded.

use super::fault::RouteFault;
use super::mounted::{MethodEntry, MountedPath, SourceLocation};
use super::template::joined;

/// The paths of a router.
#[derive(Clone, Default)]
pub(super) struct Paths {
    /// The same version of the matcher that axum uses.
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

    /// The template that matches a path.
    #[cfg(feature = "testing")]
    pub(super) fn matched(&self, path: &str) -> Option<&str> {
        let found = self.tree.at(path).ok()?;
        self.mounted.get(*found.value).map(|mounted| &*mounted.path)
    }

    /// Adds a path, like `Router::route` and `Router::route_service`.
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
        let mut problem = format!("axum refuses this path: {error}");
        if let matchit::InsertError::Conflict { with } = &error
            && let Some(other) = self.known(with).and_then(|index| self.mounted.get(index))
        {
            problem = format!("it matches the same paths as `{with}` ({}:{})", other.at.0, other.at.1);
        }
        faults.push(RouteFault::new(None, &new.path, problem, new.at));
    }

    /// The position of a template that was added. A template nearly always matches itself as a path, so the matcher
    /// finds it without a second index. If it does not, all templates are searched.
    fn known(&self, template: &str) -> Option<usize> {
        let is_it = |index: &usize| self.mounted.get(*index).is_some_and(|mounted| *mounted.path == *template);
        let matched = self.tree.at(template).ok().map(|found| *found.value).filter(is_it);
        matched.or_else(|| self.mounted.iter().position(|mounted| *mounted.path == *template))
    }

    /// Adds the paths of another router, below a prefix.
    pub(super) fn add_below(&mut self, prefix: &str, others: Self, at: SourceLocation, faults: &mut Vec<RouteFault>) {
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

/// Merges the methods of one path, like `MethodRouter::merge`.
fn join(known: &mut MountedPath, new: MountedPath, faults: &mut Vec<RouteFault>) {
    if known.is_service || new.is_service {
        let problem = format!("the path is already handled by a service or router from {}:{}", known.at.0, known.at.1);
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

/// The error if a method is already there.
pub(super) fn twice(known: &[MethodEntry], new: &MethodEntry) -> Option<String> {
    let (file, line) = known.iter().find(|known| known.method == new.method)?.place();
    Some(format!("two policies for one method and path: the other one is at {file}:{line}"))
}

/// The rules of `Router::route` that apply before those of its matcher.
fn valid(path: &str) -> Result<(), &'static str> {
    if !path.starts_with('/') {
        return Err("a path must start with `/`");
    }
    old_syntax(path)
}

/// The rules of `Router::nest`.
pub(super) fn valid_prefix(prefix: &str) -> Result<(), &'static str> {
    if prefix.is_empty() || prefix == "/" {
        return Err("axum cannot nest at the root: use `merge`");
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
            return Err("a segment cannot start with `:`: write a parameter as `{name}`");
        }
        if segment.starts_with('*') {
            return Err("a segment cannot start with `*`: write a catch-all as `{*name}`");
        }
    }
    Ok(())
}
