//! All routes with their policies, to read and to compare.

use std::borrow::Cow;
use std::fmt;

use super::mounted::{Entry, MethodEntry, Required, SourceLocation};
use super::parameters::{self, Account};
use super::policy::Policy;
use super::route_map::RouteMap;
use crate::policy::{Need, OrgSource, Rule, place_of};
use crate::verifier::Verifier;

/// Every route of a [`GuardedRouter`](super::GuardedRouter) with its policy.
///
/// `Display` prints it for people: method, path, policy as written, file and line, and finally the number of public
/// routes. [`text`](Self::text) is the form to commit: it has no file and line, so that moving code does not change it.
/// `parse` reads this form, and [`compare`](Self::compare) compares it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Table {
    pub(super) rows: Vec<Row>,
    /// The router's own verifier as text, for every row without another verifier.
    pub(super) issuers: Vec<String>,
}

/// One route.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Row {
    /// The method; HEAD is included in GET. `*` stands for every method without another row of the path.
    pub method: &'static str,
    /// The full path. For a fallback: its prefix and `/*`. For a public router whose paths could not be read: `?`.
    pub path: String,
    /// The attributes as written, joined by ` + `, or the method that added the route, such as `public_service`. `with`
    /// precedes the handler's arguments that `from`, `load` and `check` use. The policies that surrounding routers
    /// require come first, separated by semicolons. A named policy is printed with its name and location, and with the
    /// location of the router that requires it.
    pub policy: String,
    /// Why a public route is open.
    pub reason: Option<Cow<'static, str>>,
    /// The file of the first attribute; empty in a table that was parsed from text.
    pub file: Cow<'static, str>,
    /// The line of the first attribute; 0 in a table that was parsed from text.
    pub line: u32,
    /// The verifier set by [`guarded_by`](super::GuardedRouter::guarded_by): each issuer with its name, `iss` and
    /// audiences, and every non-default setting that decides which requests are admitted. An issuer's settings follow
    /// it, separated by semicolons. The settings of the whole verifier, such as its token locations, come last. Keys
    /// are left out. Empty for the verifier of the process, and for a public route.
    pub issuers: Vec<String>,
    /// The parameters of the path that no `from`, `load` or `check` reads, unless an attribute has `unrestricted(name,
    /// reason = "..")`. Empty for a public route.
    pub unread: Vec<String>,
    /// The parameters that a `load` or a `check` reads without the organization, or under `require_user` without the
    /// user.
    pub unbound: Vec<String>,
    /// The ids that the handler takes from the query or the body, such as `query file_id`, and that no `load` or
    /// `check` reads together with the organization (under `require_user`: the user). Only fields of `Query<T>`,
    /// `Json<T>` and `Form<T>` are found, if their name is that of an id and serde knows the fields of `T`. They are
    /// not an error, because a table cannot show whether the handler uses the id of an object. Empty for a public
    /// route.
    pub unproven: Vec<String>,
    /// The parameters that contain the organization's id; empty in a table that was parsed from text.
    pub(crate) org_parameters: Vec<String>,
    pub(crate) asks: Policy,
    /// Whether a service handles the route; false in a table that was parsed from text.
    pub(crate) is_service: bool,
}

impl Table {
    pub(super) fn new(known: &RouteMap, verifier: Option<&Verifier>) -> Self {
        let issuers = verifier.map(|verifier| verifier.description().to_vec()).unwrap_or_default();
        let rows = known.each().map(|(path, handled)| row(path.into_owned(), handled, &issuers)).collect();
        Self::of(rows, issuers)
    }

    pub(crate) fn of(mut rows: Vec<Row>, issuers: Vec<String>) -> Self {
        rows.sort_by(|a, b| (&a.path, a.method).cmp(&(&b.path, b.method)));
        Self { rows, issuers }
    }

    /// The verifier of a row, if it is not the usual one.
    pub(super) fn verifier_of(&self, row: &Row) -> String {
        if row.issuers == self.issuers { String::new() } else { row.verifier() }
    }

    /// The number of parameters that are not accounted for.
    pub(super) fn parameters(&self) -> Option<String> {
        let count = |of: fn(&Row) -> &Vec<String>| self.rows.iter().map(|row| of(row).len()).sum();
        parameters::count(count(|row| &row.unread), count(|row| &row.unbound), count(|row| &row.unproven))
    }

    /// The routes, sorted by path and method.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }
}

impl Row {
    /// The policy in its normal form, and the verifier.
    #[cfg(feature = "testing")]
    pub(crate) fn full_policy(&self) -> String {
        format!("{}{}{}", self.asks, self.verifier(), self.parameters())
    }

    /// The parameters that are not accounted for.
    pub(super) fn parameters(&self) -> String {
        parameters::text(&self.unread, &self.unbound, &self.unproven)
    }

    fn verifier(&self) -> String {
        if self.issuers.is_empty() { String::new() } else { format!(" verifier = {:?}", self.issuers) }
    }

    /// Whether a service handles the route, or a router whose routes are not guarded one by one.
    #[cfg(feature = "utoipa")]
    pub(crate) fn is_service(&self) -> bool {
        self.is_service
    }

    /// Whether the route is public: no authentication.
    pub fn is_public(&self) -> bool {
        self.asks.is_public()
    }
}

fn row(path: String, handled: &MethodEntry, usual: &[String]) -> Row {
    let asks = Policy::of(handled);
    let issuers = if asks.is_public() { &[] } else { handled.verifier.as_ref().map_or(usual, |own| own.description()) };
    let (policy, reason) = match handled.entry {
        Entry::Open { reason, .. } => (asks.to_string(), Some(reason)),
        Entry::Guarded(need) | Entry::Service(need) => {
            let around = handled.required().iter().map(|Required { need, at }| written(need, Some(*at)));
            let own = need.each_policy().into_iter().map(|need| written(need, None));
            (around.chain(own).collect::<Vec<_>>().join("; "), need.find(&mut |rule| rule.settings.reason))
        }
    };
    let (file, line) = handled.place();
    let Account { unread, unbound, unproven, of_org, .. } = parameters::account(&path, handled);
    Row {
        method: handled.method,
        path,
        policy,
        reason: reason.map(Cow::Borrowed),
        file: file.into(),
        line,
        issuers: issuers.to_vec(),
        unread,
        unbound,
        unproven,
        org_parameters: of_org,
        asks,
        is_service: !matches!(handled.entry, Entry::Guarded(..)),
    }
}

/// The attributes of a policy as written, with its name and location if it has a name, and the location of the router
/// that requires it.
fn written(need: &Need, required_at: Option<SourceLocation>) -> String {
    let mut texts = Vec::new();
    need.find(&mut |rule| {
        texts.push(text_of(rule));
        None::<()>
    });
    let texts = texts.join(" + ");
    let Some(name) = need.name() else { return texts };
    let place = |(file, line): SourceLocation| format!("{file}:{line}");
    let required = required_at.map(|at| format!("required at {}", place(at)));
    let places: Vec<_> = place_of(need).map(place).into_iter().chain(required).collect();
    format!("{name} ({}): {texts}", places.join(", "))
}

/// An attribute as written, and the arguments that it uses.
fn text_of(rule: &Rule) -> String {
    let of_from = if let OrgSource::Argument { binding, .. } = rule.org { binding } else { "" };
    let [of_load, of_check] =
        [rule.settings.load, rule.settings.check].map(|expression| expression.map_or("", |read| read.bindings));
    let bindings: Vec<_> = [of_from, of_load, of_check].into_iter().filter(|bindings| !bindings.is_empty()).collect();
    if bindings.is_empty() { rule.text.to_owned() } else { format!("{} with {}", rule.text, bindings.join(", ")) }
}

impl fmt::Display for Table {
    /// One line for each route, in columns.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let policy = |row: &Row| format!("{}{}{}", row.policy, self.verifier_of(row), row.parameters());
        let policies: Vec<_> = self.rows.iter().map(policy).collect();
        let widest = |of: &dyn Fn(&Row) -> usize| self.rows.iter().map(of).max().unwrap_or_default();
        let method = widest(&|row| row.method.len());
        let path = widest(&|row| row.path.chars().count());
        let width = policies.iter().map(|policy| policy.chars().count()).max().unwrap_or_default();
        for (row, policy) in self.rows.iter().zip(policies) {
            write!(f, "{:method$}  {:path$}  ", row.method, row.path)?;
            if row.file.is_empty() {
                writeln!(f, "{policy}")?;
            } else {
                writeln!(f, "{policy:width$}  {}:{}", row.file, row.line)?;
            }
        }
        if !self.issuers.is_empty() {
            writeln!(f, "verifier = {:?}", self.issuers)?;
        }
        let public = self.rows.iter().filter(|row| row.is_public()).count();
        if let Some(count) = self.parameters() {
            writeln!(f, "{count}")?;
        }
        write!(f, "{} routes, {public} public", self.rows.len())
    }
}
