//! Whether the guard of a route reads every parameter of its path.
//!
//! *Unread*: no `from`, `load` or `check` reads it. *Unbound*: a `load` or a `check` reads it, but does not read the
//! organization (without one: the user), so it cannot check whose object it is. Or a `from` reads several parameters, and
//! any of them can be the organization. *Read* does not mean checked:
//! what an expression does with a parameter is up to its author.
//!
//! An id in the query or the body is *unproven*, unless a `load` or a `check` reads it together with the organization
//! or the user. The table only shows it: a name does not prove that a field is an id, and serde does not know every
//! field.

use super::fault::{RouteFault, ambiguous};
use super::mounted::{Entry, MethodEntry};
use super::template;
use crate::guard::{Key, Reading, Reads};
use crate::policy::{Argument, Attribute, Combined, Need, OrgSource, OutsidePath, Part, Read, Shape, Who};

/// The parameters of one route that are not accounted for, by name.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Account {
    pub(super) unread: Vec<String>,
    pub(super) unbound: Vec<String>,
    /// The ids that the handler takes from the query and the body: `query file_id`.
    pub(super) unproven: Vec<String>,
    /// The parameters that contain the organization's id.
    pub(super) of_org: Vec<String>,
    /// The names that several parameters have.
    repeated: Vec<String>,
    /// Why a parameter is unread although an argument of the guard contains it.
    hints: Vec<String>,
    /// The key and the attribute that read each unbound parameter.
    by: Vec<(Attribute, Key)>,
    /// Arguments that can never be extracted.
    misfit: Option<String>,
}

/// Compares what the guard of a route reads with the template of its path.
pub(super) fn account(path: &str, handled: &MethodEntry) -> Account {
    let (need, is_service) = match handled.entry {
        Entry::Guarded(need) => (need, false),
        Entry::Service(need) => (need, true),
        Entry::Open { .. } => return Account::default(),
    };
    let combined = Combined::of(need);
    if combined.public || combined.denies_all {
        return Account::default();
    }
    let around = handled.required().iter().map(|required| required.need);
    let needs = around.chain(need.each_policy()).collect();
    // The service itself reads the rest of the path.
    let exempt = if is_service { template::rest(path) } else { None };
    let account = Ledger::new(path, needs, &Reads::of(need)).close(exempt);
    Account { repeated: template::repeated(path).into_iter().map(str::to_owned).collect(), ..account }
}

/// The only parameter with the organization id of a handler, if an argument reads it.
pub(super) fn org_parameter<'a>(path: &'a str, handled: &MethodEntry) -> Option<&'a str> {
    let Entry::Guarded(need) = handled.entry else { return None };
    let ledger = Ledger::new(path, Vec::new(), &Reads::of(need));
    let mut names = ledger.params.iter().zip(&ledger.names_org).filter(|(_, names_org)| **names_org);
    match (names.next(), names.next()) {
        (Some((param, _)), None) => Some(param),
        _ => None,
    }
}

/// What is known about each parameter of a path.
struct Ledger<'a> {
    params: Vec<&'a str>,
    /// The first key and attribute that read it.
    read: Vec<Option<(Attribute, Key)>>,
    bound: Vec<bool>,
    /// What the `load` reads.
    loaded: Vec<Read>,
    /// The parameters that contain the organization's id.
    names_org: Vec<bool>,
    /// The name and the part that `from` reads.
    org: Option<(&'static str, Part)>,
    /// The fields of the query that are read and bound.
    proven: Vec<&'static str>,
    /// The policies that decide about the route.
    needs: Vec<&'a Need>,
    account: Account,
}

impl<'a> Ledger<'a> {
    fn new(path: &'a str, needs: Vec<&'a Need>, reads: &Reads) -> Self {
        let params: Vec<&str> = template::params(path).collect();
        let count = params.len();
        let mut ledger = Self {
            params,
            read: vec![None; count],
            bound: vec![false; count],
            loaded: Vec::new(),
            names_org: vec![false; count],
            org: None,
            proven: Vec::new(),
            needs,
            account: Account::default(),
        };
        ledger.enter_org(reads);
        for reading in reads.each() {
            ledger.enter(reading);
        }
        ledger
    }

    /// Records what contains the organization's id.
    fn enter_org(&mut self, reads: &Reads) {
        for need in &self.needs {
            if let OrgSource::Path(name) = need.org_source() {
                for (names_org, param) in self.names_org.iter_mut().zip(&self.params) {
                    *names_org |= *param == name;
                }
            }
            if let OrgSource::Query(name) = need.org_source() {
                self.proven.push(name);
            }
        }
        for read in reads.each().iter().filter(|reading| reading.key == Key::From).flat_map(|reading| &reading.names) {
            self.org = Some((read.name, read.part));
            // If the argument contains several parameters, any of them can be the organization.
            if let [index] = self.params_of(read)[..]
                && let Some(names_org) = self.names_org.get_mut(index)
            {
                *names_org = true;
            }
        }
        for (bound, names_org) in self.bound.iter_mut().zip(&self.names_org) {
            *bound |= names_org;
        }
    }

    /// Records what one key of an attribute reads.
    fn enter(&mut self, reading: &Reading) {
        let mut names = reading.names.clone();
        if names.iter().any(|read| (read.argument)() == Argument::Loaded) {
            // A `check` of a loaded object also checks what it was loaded by. If that binds the object, another
            // parameter in the same `check` is bound too: it is compared with the object, like a child with its parent.
            names.extend(&self.loaded);
        }
        if reading.key == Key::Load {
            self.loaded.clone_from(&names);
        }
        let (mut params, mut names_org) = (Vec::new(), false);
        for read in &names {
            let found = self.params_of(read);
            // A part of an extractor that lists parameters may be about none of them.
            let is_certain = read.part == Part::All || !matches!((read.argument)(), Argument::Params(_));
            names_org |= is_certain && found.iter().any(|index| self.names_org.get(*index) == Some(&true));
            params.extend(found);
        }
        names_org |= names.iter().any(|read| self.is_org(read));
        let is_bound = if reading.key == Key::From {
            // One of several parameters is the organization, and which one is unknown.
            params.len() <= 1
        } else {
            self.is_bound(reading.attribute, &names, names_org)
        };
        if is_bound {
            self.proven.extend(names.iter().flat_map(fields_of_query));
        }
        for index in params {
            if let (Some(read), Some(bound)) = (self.read.get_mut(index), self.bound.get_mut(index)) {
                read.get_or_insert((reading.attribute, reading.key));
                *bound |= is_bound;
            }
        }
    }

    /// Whether an expression that reads these names also reads the organization or the user.
    fn is_bound(&self, attribute: Attribute, names: &[Read], names_org: bool) -> bool {
        let who = |who: Who| names.iter().any(|read| (read.argument)() == Argument::Caller(who));
        let by_org = who(Who::Member) || names_org;
        match attribute {
            Attribute::RequireOrg => by_org,
            // Permissions count in the organization that any attribute selects.
            Attribute::RequirePermission if self.selects_org() => by_org,
            Attribute::RequirePermission | Attribute::RequireUser => by_org || who(Who::User),
            Attribute::OptionalUser | Attribute::Public => true,
        }
    }

    /// Whether a name contains what `from` reads: another field of the same struct may be the id of something else.
    fn is_org(&self, read: &Read) -> bool {
        self.org.is_some_and(|(name, part)| read.name == name && contains(read.part, part))
    }

    /// Whether an attribute has a `from`.
    fn selects_org(&self) -> bool {
        self.needs.iter().any(|need| need.any(|rule| rule.org.selects()))
    }

    /// The positions of the parameters that a name contains.
    fn params_of(&mut self, read: &Read) -> Vec<usize> {
        let count = self.params.len();
        let all = || (0..count).collect();
        let named = |names: &[&str]| -> Vec<usize> {
            let is_named = |index: &usize| self.params.get(*index).is_some_and(|param| names.contains(param));
            (0..count).filter(is_named).collect()
        };
        match ((read.argument)(), read.part) {
            (Argument::Params(names), _) | (Argument::Path(Shape::Fields(names)), Part::All) => named(names),
            (Argument::Path(Shape::One), _) => {
                if count != 1 {
                    self.misfit(read.name, "one parameter");
                }
                all()
            }
            (Argument::Path(Shape::Tuple(items)), part) => {
                if items != count {
                    self.misfit(read.name, &format!("{items} parameters"));
                }
                let index = match part {
                    Part::All => return all(),
                    Part::Item(index) => Some(index),
                    Part::ItemFromEnd(index) => items.checked_sub(index + 1),
                    Part::Field(_) | Part::Unknown => None,
                };
                index.into_iter().filter(|index| *index < count).collect()
            }
            (Argument::Path(Shape::Fields(names)), Part::Field(chain)) => {
                let field = field_of(chain);
                if !names.contains(&field) {
                    self.hint(field);
                    return Vec::new();
                }
                named(&[field])
            }
            (Argument::Path(Shape::Any), Part::All) => all(),
            (
                Argument::Path(Shape::Fields(_) | Shape::Any | Shape::Unknown)
                | Argument::Other
                | Argument::Loaded
                | Argument::Caller(_)
                | Argument::Fields(_),
                _,
            ) => Vec::new(),
        }
    }

    fn hint(&mut self, field: &str) {
        let hint = format!(
            "serde has another name for the field `{field}`, so it is unknown which parameter it contains: give the \
             field the name of the parameter"
        );
        if !self.account.hints.contains(&hint) {
            self.account.hints.push(hint);
        }
    }

    fn misfit(&mut self, name: &str, takes: &str) {
        let count = self.params.len();
        self.account.misfit.get_or_insert_with(|| {
            format!("the `Path` of `{name}` takes {takes}, but the path has {count}: every request would get 500")
        });
    }

    /// The ids that the handler takes from the query and the body, without those that a guard has bound.
    fn unproven(&self) -> Vec<String> {
        let mut unproven = Vec::new();
        for need in &self.needs {
            need.find(&mut |rule| {
                for takes in rule.takes {
                    let part = match takes.part {
                        OutsidePath::Query => "query",
                        OutsidePath::Body => "body",
                    };
                    for field in (takes.fields)().fields().iter().filter(|field| is_id(field)) {
                        let is_proven = takes.part == OutsidePath::Query && self.proven.contains(field);
                        let name = format!("{part} {field}");
                        if !is_proven && !unproven.contains(&name) {
                            unproven.push(name);
                        }
                    }
                }
                None::<()>
            });
        }
        unproven
    }

    fn close(mut self, exempt: Option<&str>) -> Account {
        let of_org = self.params.iter().zip(&self.names_org).filter(|(_, names_org)| **names_org);
        self.account.of_org = of_org.map(|(param, _)| (*param).to_owned()).collect();
        self.account.unproven = self.unproven();
        let excuses = |need: &Need, param: &str| {
            need.any(|rule| rule.settings.unrestricted.iter().any(|(name, _)| *name == param))
        };
        let is_excused = |param: &str| exempt == Some(param) || self.needs.iter().any(|need| excuses(need, param));
        for ((param, read), is_bound) in self.params.iter().zip(&self.read).zip(&self.bound) {
            if *is_bound || is_excused(param) {
                continue;
            }
            match read {
                Some((attribute, key)) => {
                    // Without an organization, a permission is one of the user.
                    let is_of_user = *attribute == Attribute::RequirePermission && !self.selects_org();
                    let attribute = if is_of_user { Attribute::RequireUser } else { *attribute };
                    self.account.unbound.push((*param).to_owned());
                    self.account.by.push((attribute, *key));
                }
                None => self.account.unread.push((*param).to_owned()),
            }
        }
        self.account
    }
}

/// The fields of the query that a name holds.
fn fields_of_query(read: &Read) -> Vec<&'static str> {
    match ((read.argument)(), read.part) {
        (Argument::Fields(fields), Part::All) => fields.to_vec(),
        (Argument::Fields(fields), Part::Field(field)) => {
            fields.iter().copied().filter(|name| *name == field).collect()
        }
        _ => Vec::new(),
    }
}

/// The first field of a chain.
fn field_of(chain: &str) -> &str {
    chain.split_once('.').map_or(chain, |(field, _)| field)
}

/// Whether a part that is read contains the organization, or is inside it.
fn contains(read: Part, org: Part) -> bool {
    let begins = |chain: &str, start: &str| {
        chain.strip_prefix(start).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    match (read, org) {
        (Part::All, _) => true,
        (Part::Unknown, _) | (_, Part::Unknown) => false,
        // The whole value is the organization, so all of its parts are inside it.
        (_, Part::All) => true,
        (Part::Field(read), Part::Field(org)) => begins(org, read) || begins(read, org),
        (read, org) => read == org,
    }
}

/// Whether a field with this name most likely names an object.
fn is_id(field: &str) -> bool {
    matches!(field, "id" | "ids") || ["_id", "_ids", "Id", "Ids"].iter().any(|end| field.ends_with(end))
}

/// What is wrong with the parameters of a route: a `Path` that can never be extracted, and, if `account_for_parameters`
/// was called, the parameters that are not accounted for.
pub(super) fn faults(path: &str, handled: &MethodEntry, accounts: bool) -> Vec<RouteFault> {
    let account = account(path, handled);
    let fault = |problem| RouteFault::new(Some(handled.method), path, problem, handled.place());
    let hints = account.hints.iter().fold(String::new(), |hints, hint| hints + " (" + hint + ")");
    let unread = account.unread.iter().map(|param| {
        fault(format!(
            "no guard reads `{{{param}}}`{hints}: load the object by it (`load = ..`), read it in `check`, or write \
             `unrestricted({param}, reason = \"..\")`"
        ))
    });
    let unbound = account.unbound.iter().zip(&account.by).map(|(param, (attribute, key))| {
        let mend = match (key, attribute) {
            (Key::From, _) => {
                "and other parameters, so it is unknown which one is the organization: take its id in a pattern or as a \
                 field of axum's `Path`"
            }
            (_, Attribute::RequireUser) => "but nothing of the user: pass `user` too",
            _ => "but nothing of the organization: pass `org` or its id too",
        };
        fault(format!("`{key}` reads `{{{param}}}` {mend}, or write `unrestricted({param}, reason = \"..\")`"))
    });
    let repeated = account.repeated.iter().map(|name| fault(ambiguous(name)));
    let misfit = account.misfit.iter().map(|problem| fault(problem.clone()));
    // Such a `Path` is the first fault to mend.
    let is_read = accounts && account.misfit.is_none();
    misfit.chain(repeated.chain(unread).chain(unbound).filter(|_| is_read)).collect()
}

/// As the table shows them: ` unread: {file_id} unbound: {post_id} unproven: {query file_id}`.
pub(super) fn text(unread: &[String], unbound: &[String], unproven: &[String]) -> String {
    let list = |word: &str, names: &[String]| {
        let names: Vec<_> = names.iter().map(|name| format!("{{{name}}}")).collect();
        if names.is_empty() { String::new() } else { format!(" {word}: {}", names.join(", ")) }
    };
    list("unread", unread) + &list("unbound", unbound) + &list("unproven", unproven)
}

/// As the table counts them; nothing if there are none.
pub(super) fn count(unread: usize, unbound: usize, unproven: usize) -> Option<String> {
    let mut counts = vec![format!("{unread} unread, {unbound} unbound")];
    if unproven > 0 {
        counts.push(format!("{unproven} unproven"));
    }
    (unread + unbound + unproven > 0).then(|| format!("parameters: {}", counts.join(", ")))
}
