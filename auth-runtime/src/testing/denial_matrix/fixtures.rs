//! The callers and objects that a test gives to a denial matrix.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use serde_json::Value;

use crate::routing::Row;

/// The callers, objects and settings that a test gives.
#[derive(Clone, Debug, Default)]
pub(super) struct Fixtures {
    pub(super) callers: Vec<KnownCaller>,
    pub(super) objects: Vec<Object>,
    pub(super) places: Vec<ObjectSlot>,
    pub(super) bodies: Vec<(String, Value)>,
    /// A route, and a parameter that every caller may fill with any object.
    pub(super) unrestricted: Vec<(String, String)>,
    pub(super) sends_admitted: bool,
    pub(super) allows_real_issuers: bool,
    pub(super) watch: Option<Watch>,
    /// What is wrong with the fixtures.
    pub(super) fault: Option<String>,
}

/// A caller with a name and a token.
#[derive(Clone)]
pub(super) struct KnownCaller {
    pub(super) name: String,
    pub(super) token: String,
}

impl fmt::Debug for KnownCaller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KnownCaller").field("name", &self.name).finish_non_exhaustive()
    }
}

/// An object in the application's data.
#[derive(Clone, Debug)]
pub(super) struct Object {
    pub(super) name: String,
    pub(super) id: String,
    pub(super) org: Option<String>,
    /// The names of the only callers who own it.
    pub(super) owners: Vec<String>,
    /// The object that contains it: name and id.
    pub(super) parent: Option<(String, String)>,
}

impl fmt::Display for Object {
    /// `file_id "f-1", of the organization "acme", of "ada"`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, id, org, owners, parent } = self;
        write!(f, "{name} {id:?}")?;
        org.iter().try_for_each(|org| write!(f, ", of the organization {org:?}"))?;
        owners.iter().try_for_each(|owner| write!(f, ", of {owner:?}"))?;
        parent.iter().try_for_each(|(name, id)| write!(f, ", inside {name} {id:?}"))
    }
}

/// The part of a request in which a route takes an object.
#[derive(Clone, Debug)]
pub(super) struct ObjectSlot {
    pub(super) route: String,
    pub(super) part: RequestPart,
    /// The name of the parameter, the header or the field.
    pub(super) name: String,
    /// The name of the object.
    pub(super) object: String,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum RequestPart {
    Path,
    Query,
    Header,
    Body,
}

impl fmt::Display for RequestPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Path => "path",
            Self::Query => "query",
            Self::Header => "header",
            Self::Body => "body",
        })
    }
}

/// Reads what a refused request must not change.
#[derive(Clone)]
pub(super) struct Watch(Arc<dyn Fn() -> Pin<Box<dyn Future<Output = String> + Send>> + Send + Sync>);

impl Watch {
    pub(super) fn new<W, F>(read: W) -> Self
    where
        W: Fn() -> F + Send + Sync + 'static,
        F: Future<Output = String> + Send + 'static,
    {
        Self(Arc::new(move || Box::pin(read())))
    }

    pub(super) async fn read(&self) -> String {
        (self.0)().await
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Watch")
    }
}

/// Whether the text in a test names this route: `/posts/{id}`, or with the method, `GET /posts/{id}`.
pub(super) fn names(route: &str, row: &Row) -> bool {
    match route.split_once(' ') {
        Some((method, path)) => method == row.method && path == row.path,
        None => route == row.path,
    }
}

impl Fixtures {
    pub(super) fn is_empty(&self) -> bool {
        self.callers.is_empty() || self.objects.is_empty()
    }

    /// Contradictions, and names of things that do not exist.
    pub(super) fn check(&self, rows: &[Row]) -> Result<(), String> {
        let Self { callers, objects, places, bodies, unrestricted, fault, .. } = self;
        if let Some(fault) = fault {
            return Err(fault.clone());
        }
        for (index, caller) in callers.iter().enumerate() {
            if callers.iter().take(index).any(|other| other.name == caller.name) {
                return Err(format!("two callers have the name {:?}", caller.name));
            }
        }
        for object in objects {
            if object.org.is_none() && object.owners.is_empty() {
                return Err(format!("the object {object} has no owner: add `of_org` or `owned_by`"));
            }
            if let Some(owner) = object.owners.iter().find(|owner| callers.iter().all(|caller| caller.name != **owner))
            {
                return Err(format!("the object {object} is owned by {owner:?}, but no caller has this name"));
            }
            if let Some((name, id)) = &object.parent
                && !objects.iter().any(|other| (&other.name, &other.id) == (name, id))
            {
                return Err(format!("the object {object} is inside {name} {id:?}, but there is no such object"));
            }
        }
        if let Some(place) = places.iter().find(|place| objects.iter().all(|object| object.name != place.object)) {
            return Err(format!("{:?} takes an object {:?}, but there is none", place.route, place.object));
        }
        let of_places = places.iter().map(|place| &place.route);
        let of_bodies = bodies.iter().map(|(route, _)| route);
        let routes = of_places.chain(of_bodies).chain(unrestricted.iter().map(|(route, _)| route));
        match routes.into_iter().find(|route| rows.iter().all(|row| !names(route, row))) {
            Some(route) => Err(format!("the router has no route {route:?}")),
            None => Ok(()),
        }
    }
}
