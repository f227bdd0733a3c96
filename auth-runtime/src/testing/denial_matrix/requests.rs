//! The requests: method, path, query and headers.

use axum::body::Body;
use http::Request;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use serde_json::Value;

use crate::routing::policy::OrgSelector;
use crate::routing::template;
use crate::routing::{GuardedRouter, Row};

const ORG: &str = "0190b1f2-0000-4000-8000-0000000000aa";
/// The values for parameters other than the organization: a number or an id.
const VALUES: [&str; 2] = ["1", "0190b1f2-0000-4000-8000-0000000000bb"];
/// Methods to try if a handler serves every method that has no handler of its own.
const METHODS: [&str; 8] = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "HEAD"];

#[derive(Clone, Debug)]
pub(super) struct Requests {
    method: &'static str,
    org: String,
    uri: String,
    headers: Vec<(String, String)>,
    body: Option<Value>,
    /// Other paths to try, if the handler does not accept the first one.
    others: Vec<String>,
}

/// What the requests contain.
#[derive(Clone, Debug, Default)]
pub(super) struct Content {
    /// The id of the organization; by default a UUID.
    pub(super) org: Option<String>,
    /// Parameters of the path.
    pub(super) values: Vec<(String, String)>,
    pub(super) query: Vec<(String, String)>,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Option<Value>,
}

impl Requests {
    /// `None` if no request reaches the route.
    pub(super) fn new(router: &GuardedRouter, row: &Row, content: &Content) -> Option<Self> {
        let org = content.org.clone().unwrap_or_else(|| ORG.to_owned());
        let mut headers = content.headers.clone();
        let mut query: Vec<(&str, &str)> = Vec::new();
        let params: Vec<_> = template::params(&row.path).collect();
        // The parameters for the organization. All sources must select the same one.
        let mut fields = Vec::new();
        for source in row.asks.orgs() {
            match source {
                // `params.org_id` is a field. Path and query use its name.
                OrgSelector::Argument { name, .. } => fields.push(name.rsplit('.').next().unwrap_or(name)),
                OrgSelector::Path(name) => fields.push(name),
                OrgSelector::Query(name) => query.push((name, &org)),
                OrgSelector::Header(name) => headers.push((name.clone(), org.clone())),
                OrgSelector::None | OrgSelector::Active => {}
            }
        }
        if let Some(field) = fields.iter().find(|field| !params.contains(field)) {
            query.push((field, &org));
        }
        query.extend(content.query.iter().map(|(name, value)| (&**name, &**value)));
        let query = query_of(&query);
        let mut paths = Vec::new();
        for chosen in choices(&params, &fields) {
            for value in VALUES {
                let path = template::fill(row.path.trim_end_matches("/*"), |name| {
                    let own = content.values.iter().find(|(known, _)| known == name);
                    let usual = if chosen.contains(&name) { &org } else { value };
                    own.map_or(usual, |(_, value)| value.as_str())
                });
                let path = if row.path.ends_with("/*") { format!("{path}/no/such/path") } else { path };
                if reaches(router, row, &path) && !paths.contains(&path) {
                    paths.push(path);
                }
            }
        }
        let mut uris = paths.into_iter().map(|path| format!("{path}{query}"));
        let uri = uris.next()?;
        let (method, body, others) = (method_of(router, row)?, content.body.clone(), uris.collect());
        Some(Self { method, org, uri, headers, body, others })
    }

    pub(super) fn with_method(&self, method: &'static str) -> Self {
        Self { method, ..self.clone() }
    }

    /// This request, and the other candidates.
    pub(super) fn candidates(&self) -> impl Iterator<Item = Self> {
        let uris = [&self.uri].into_iter().chain(&self.others);
        uris.map(|uri| Self { uri: uri.clone(), ..self.clone() })
    }

    pub(super) fn method(&self) -> &str {
        self.method
    }

    pub(super) fn uri(&self) -> &str {
        &self.uri
    }

    pub(super) fn org(&self) -> &str {
        &self.org
    }

    pub(super) fn request(&self, token: Option<&str>) -> Result<Request<Body>, http::Error> {
        let mut request = Request::builder().method(self.method).uri(&self.uri);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        if let Some(token) = token {
            request = request.header(AUTHORIZATION, format!("Bearer {token}"));
        }
        match &self.body {
            None => request.body(Body::empty()),
            Some(json) => request.header(CONTENT_TYPE, "application/json").body(Body::from(json.to_string())),
        }
    }
}

fn query_of(pairs: &[(&str, &str)]) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(pairs);
    if pairs.is_empty() { String::new() } else { format!("?{}", query.finish()) }
}

/// The parameters that may contain the organization: those that the sources name. A source may have a name that is not
/// in the path, as in `Path((org_id, id))` on `/{org}/{post}`. Then each of the other parameters is tried alone, and
/// finally all of them together.
fn choices<'a>(params: &[&'a str], fields: &[&'a str]) -> Vec<Vec<&'a str>> {
    let named: Vec<_> = fields.iter().copied().filter(|field| params.contains(field)).collect();
    if named.len() == fields.len() {
        return vec![named];
    }
    let others = params.iter().filter(|param| !named.contains(param));
    let mut choices: Vec<_> = others.map(|param| [named.as_slice(), &[param]].concat()).collect();
    choices.push(params.to_vec());
    choices
}

/// Whether the path matches this route; for a fallback, whether it matches no route.
fn reaches(router: &GuardedRouter, row: &Row, path: &str) -> bool {
    let matched = router.matched(path);
    if row.path.ends_with("/*") { matched.is_none() } else { matched == Some(row.path.as_str()) }
}

/// The method of the requests to a route. `None` if the route is for all other methods, and each of [`METHODS`] has its
/// own handler.
pub(super) fn method_of(router: &GuardedRouter, row: &Row) -> Option<&'static str> {
    if row.method != "*" {
        return Some(row.method);
    }
    let taken = |method: &str| {
        let table = router.table();
        table.rows().iter().any(|other| {
            other.path == row.path && (other.method == method || (method == "HEAD" && other.method == "GET"))
        })
    };
    METHODS.into_iter().find(|method| !taken(method))
}
