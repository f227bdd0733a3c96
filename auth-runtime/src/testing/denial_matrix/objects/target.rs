//! A route, and the objects that its requests name.

use serde_json::{Map, Value};

use super::parties::Party;
use crate::routing::policy::OrgSelector;
use crate::routing::{Row, template};
use crate::testing::denial_matrix::fixtures::{Object, ObjectSlot, RequestPart, names};
use crate::testing::denial_matrix::requests::Content;
use crate::testing::denial_matrix::settings::DenialMatrix;

/// A route, and the objects that its requests name.
#[derive(Debug)]
pub(super) struct Target<'a> {
    pub(super) row: &'a Row,
    pub(super) takes: Vec<Take<'a>>,
    /// The parts of a request that take an id, but for which the test gives no object: parameters of the path, and ids
    /// elsewhere that the table shows.
    pub(super) unnamed: Vec<&'a str>,
    selects: Selects,
}

/// A part of the request for the id of an object.
#[derive(Clone, Copy, Debug)]
pub(super) struct Take<'a> {
    pub(super) part: RequestPart,
    /// The name of the parameter, the header or the field.
    pub(super) name: &'a str,
    /// The name of the objects that it takes.
    pub(super) object: &'a str,
}

/// The organization that a request selects.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Selects {
    None,
    Active,
    Named,
}

impl<'a> Target<'a> {
    pub(super) fn new(row: &'a Row, settings: &'a DenialMatrix) -> Self {
        let fixtures = &settings.fixtures;
        let is_of_row = |place: &&ObjectSlot| names(&place.route, row);
        let is_open =
            |name: &str| fixtures.unrestricted.iter().any(|(route, parameter)| names(route, row) && parameter == name);
        let needs_no_guard = |name: &str| {
            row.asks.clauses().any(|clause| clause.unrestricted.iter().any(|(parameter, _)| parameter == name))
        };
        let (mut takes, mut unnamed) = (Vec::new(), Vec::new());
        let rest = if row.is_service { template::rest(&row.path) } else { None };
        for name in template::params(&row.path) {
            if row.org_parameters.iter().any(|org| org == name) || is_open(name) || rest == Some(name) {
                continue;
            }
            let mut places = fixtures.places.iter().filter(is_of_row).filter(|place| place.part == RequestPart::Path);
            let place = places.find(|place| place.name == name).map(|place| &*place.object);
            let object = place.or_else(|| fixtures.objects.iter().map(|object| &*object.name).find(|it| *it == name));
            match object {
                Some(object) => takes.push(Take { part: RequestPart::Path, name, object }),
                None if needs_no_guard(name) => {}
                None => unnamed.push(name),
            }
        }
        for unproven in &row.unproven {
            let is_named = |place: &ObjectSlot| unproven.split_once(' ').is_some_and(|(_, name)| name == place.name);
            let is_said = unproven.split_once(' ').is_some_and(|(_, name)| is_open(name));
            if !is_said && !fixtures.places.iter().filter(is_of_row).any(is_named) {
                unnamed.push(unproven);
            }
        }
        let elsewhere = fixtures.places.iter().filter(is_of_row).filter(|place| place.part != RequestPart::Path);
        takes.extend(elsewhere.filter(|place| !is_open(&place.name)).map(|place| Take {
            part: place.part,
            name: &place.name,
            object: &place.object,
        }));
        let orgs: Vec<_> = row.asks.orgs().collect();
        let selects = match orgs.as_slice() {
            [] => Selects::None,
            orgs if orgs.iter().any(|org| **org == OrgSelector::Active) => Selects::Active,
            _ => Selects::Named,
        };
        Self { row, takes, unnamed, selects }
    }

    /// `METHOD path`, for reports.
    pub(super) fn route(&self) -> String {
        format!("{} {}", self.row.method, self.row.path)
    }

    /// Whether the policy admits this caller: only `optional_user` admits a caller without a token.
    pub(super) fn is_open_to(&self, party: &Party<'_>) -> bool {
        party.token.is_some() || self.row.asks.admits_anonymous()
    }

    /// The organizations that a request of this caller can select; `None` if the route selects none.
    pub(super) fn orgs_of<'p>(&self, party: &'p Party<'_>) -> Vec<Option<&'p str>> {
        match self.selects {
            Selects::None => vec![None],
            Selects::Active => party.active_org.as_deref().map(Some).into_iter().collect(),
            Selects::Named => party.orgs.iter().map(|org| Some(org.as_str())).collect(),
        }
    }

    /// What a request for these objects contains, one for each place.
    pub(super) fn content(&self, objects: &[&Object], org: Option<&str>, settings: &DenialMatrix) -> Content {
        let mut content =
            Content { org: org.map(str::to_owned).or_else(|| settings.org.clone()), ..Content::default() };
        content.headers.clone_from(&settings.headers);
        let bodies = &settings.fixtures.bodies;
        content.body = bodies.iter().find(|(route, _)| names(route, self.row)).map(|(_, json)| json.clone());
        for (take, object) in self.takes.iter().zip(objects) {
            let pair = (take.name.to_owned(), object.id.clone());
            match take.part {
                RequestPart::Path => content.values.push(pair),
                RequestPart::Query => content.query.push(pair),
                RequestPart::Header => content.headers.push(pair),
                RequestPart::Body => {
                    let body = content.body.get_or_insert_with(|| Value::Object(Map::new()));
                    if let Value::Object(fields) = body {
                        let is_number = fields.get(take.name).is_some_and(Value::is_number);
                        let number = object.id.parse::<i64>().ok().filter(|_| is_number);
                        fields.insert(pair.0, number.map_or(Value::String(pair.1), Value::from));
                    }
                }
            }
        }
        // The objects come first, so that they are used where both have a value.
        content.values.extend(settings.values.iter().cloned());
        content
    }
}
