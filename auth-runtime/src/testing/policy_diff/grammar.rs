//! Parses the text form of a [`Policy`].

use std::borrow::Cow;

use crate::policy::{Atom, Attribute, Formula, duration};
use crate::routing::literal;
use crate::routing::policy::{Check, Clause, OrgSelector, Part, Policy};

/// The maximum nesting of conditions. The file belongs to the project, but no file may overflow the stack.
const DEPTH: usize = 64;

type Parsed<T> = Result<T, &'static str>;

/// The part of a line after the path.
pub(super) struct Policed {
    pub(super) policy: Policy,
    pub(super) issuers: Option<Vec<String>>,
    pub(super) unread: Vec<String>,
    pub(super) unbound: Vec<String>,
    pub(super) unproven: Vec<String>,
}

pub(super) struct Grammar<'a> {
    rest: &'a str,
    usual: &'a [String],
    /// Whether `role` asks for the token's roles outside organizations.
    own: bool,
}

impl<'a> Grammar<'a> {
    pub(super) fn new(text: &'a str, usual: &'a [String]) -> Self {
        Self { rest: text, usual, own: false }
    }

    /// A separate line: `roles = ["Owner", "Admin"]`, `verifier = [..]`.
    pub(super) fn list_line(mut self, key: &str) -> Parsed<Vec<String>> {
        self.expect(key)?;
        self.expect("=")?;
        let list = self.list()?;
        self.end()?;
        Ok(list)
    }

    /// A policy, the issuers of its verifier if they are not the usual ones, and the parameters that are not accounted
    /// for.
    pub(super) fn row(mut self) -> Parsed<Policed> {
        let policy = self.policy()?;
        let issuers = if self.takes("verifier") {
            self.expect("=")?;
            Some(self.list()?)
        } else {
            None
        };
        let unread = self.parameters("unread:")?;
        let unbound = self.parameters("unbound:")?;
        let unproven = self.parameters("unproven:")?;
        self.end()?;
        Ok(Policed { policy, issuers, unread, unbound, unproven })
    }

    /// `unread: {file_id}, {post_id}`
    fn parameters(&mut self, mark: &str) -> Parsed<Vec<String>> {
        let mut names = Vec::new();
        if self.takes(mark) {
            loop {
                self.expect("{")?;
                let (name, rest) = self.rest.split_once('}').ok_or("a parameter must be written as `{name}`")?;
                self.rest = rest;
                names.push(name.to_owned());
                if !self.takes(",") {
                    break;
                }
            }
        }
        Ok(names)
    }

    fn policy(&mut self) -> Parsed<Policy> {
        let before = self.rest;
        let name = self.word();
        if name == "deny_all" {
            return Ok(Policy::DenyAll);
        }
        if matches!(name, "public_service" | "public_router") {
            self.expect("(")?;
            self.expect("reason")?;
            self.expect("=")?;
            let reason = self.text()?;
            self.expect(")")?;
            return Ok(Policy::Open { verb: name.to_owned(), reason });
        }
        self.rest = before;
        let mut parts = vec![self.part()?];
        while self.takes(";") {
            parts.push(self.part()?);
        }
        Ok(Policy::Parts(parts))
    }

    /// Attributes that decide together, after the name of their policy if it has one.
    fn part(&mut self) -> Parsed<Part> {
        let before = self.rest;
        let name = self.word();
        let name = if self.takes(":") {
            Some(name.to_owned())
        } else {
            self.rest = before;
            None
        };
        let mut clauses = Vec::new();
        loop {
            let attribute = self.word();
            clauses.push(self.clause(attribute)?);
            if !self.takes("+") {
                return Ok(Part { name, clauses });
            }
        }
    }

    fn clause(&mut self, name: &str) -> Parsed<Clause> {
        let attribute = match name {
            "public" => Attribute::Public,
            "optional_user" => Attribute::OptionalUser,
            "require_user" => Attribute::RequireUser,
            "require_org" => Attribute::RequireOrg,
            "require_permission" => Attribute::RequirePermission,
            _ => return Err("unknown attribute"),
        };
        self.own = attribute == Attribute::RequireUser;
        let mut clause = Clause {
            attribute,
            condition: Formula::Always,
            org: OrgSelector::None,
            load: None,
            check: None,
            unrestricted: Vec::new(),
            denies_not_found: false,
            rejects_invalid: false,
            is_exempt: false,
            is_audited: false,
            reason: None,
            fresh_ms: None,
            order: self.usual.to_vec(),
        };
        if self.takes("(") {
            let mut is_first = true;
            while !self.takes(")") {
                if !is_first {
                    self.expect(",")?;
                }
                if self.takes("despite_router") {
                    clause.is_exempt = true;
                } else if self.takes("audit") {
                    clause.is_audited = true;
                } else if !self.key(&mut clause)? {
                    if !is_first {
                        return Err("the condition must come before the keys");
                    }
                    clause.condition = self.any(0)?;
                }
                is_first = false;
            }
        }
        if !clause.condition.is_ordered() {
            clause.order.clear();
        }
        Ok(clause)
    }

    /// Reads `key = value`; returns false if the text is something else.
    fn key(&mut self, clause: &mut Clause) -> Parsed<bool> {
        let before = self.rest;
        let key = self.word();
        if key == "unrestricted" && self.takes("(") {
            let name = self.until(',')?;
            self.expect("reason")?;
            self.expect("=")?;
            clause.unrestricted.push((name, self.text()?));
            self.expect(")")?;
            return Ok(true);
        }
        if matches!(self.rest.trim_start().as_bytes(), [b'=', b'=', ..]) || !self.takes("=") {
            self.rest = before;
            return Ok(false);
        }
        match key {
            "from" => clause.org = self.source()?,
            "load" => clause.load = Some(Check { expression: self.text()?, bindings: self.bindings()? }),
            "check" => clause.check = Some(Check { expression: self.text()?, bindings: self.bindings()? }),
            "fresh" => clause.fresh_ms = Some(self.duration()? * 1000),
            "reason" => clause.reason = Some(self.text()?),
            "roles" => clause.order = self.list()?,
            "deny" => {
                self.expect("not_found")?;
                clause.denies_not_found = true;
            }
            "invalid" => {
                self.expect("reject")?;
                clause.rejects_invalid = true;
            }
            _ => return Err("unknown key"),
        }
        Ok(true)
    }

    fn source(&mut self) -> Parsed<OrgSelector> {
        let rest = self.rest.trim_start();
        let end = rest.find([',', ')', '(', ' ']).unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        self.rest = after;
        if !self.takes("(") {
            return Ok(OrgSelector::Argument { name: name.to_owned(), binding: self.bindings()? });
        }
        if name == "active" {
            self.expect(")")?;
            return Ok(OrgSelector::Active);
        }
        let of: fn(String) -> OrgSelector = match name {
            "path" => OrgSelector::Path,
            "query" => OrgSelector::Query,
            "header" => OrgSelector::Header,
            _ => return Err("unknown source of an organization"),
        };
        let source = of(self.text()?);
        self.expect(")")?;
        Ok(source)
    }

    fn until(&mut self, mark: char) -> Parsed<String> {
        let (text, rest) = self.rest.split_once(mark).ok_or("something is missing or misspelled in the policy")?;
        self.rest = rest;
        Ok(text.trim().to_owned())
    }

    /// `with "Path(org_id): Path<String>"`
    fn bindings(&mut self) -> Parsed<String> {
        if self.takes("with ") { self.text() } else { Ok(String::new()) }
    }

    fn list(&mut self) -> Parsed<Vec<String>> {
        self.expect("[")?;
        let mut list = Vec::new();
        while !self.takes("]") {
            if !list.is_empty() {
                self.expect(",")?;
            }
            list.push(self.text()?);
        }
        Ok(list)
    }

    fn any(&mut self, depth: usize) -> Parsed<Formula> {
        self.chain(depth, "||", Formula::Any, Self::all)
    }

    fn all(&mut self, depth: usize) -> Parsed<Formula> {
        self.chain(depth, "&&", Formula::All, Self::unary)
    }

    fn chain(
        &mut self,
        depth: usize,
        operator: &str,
        of: fn(Vec<Formula>) -> Formula,
        part: fn(&mut Self, usize) -> Parsed<Formula>,
    ) -> Parsed<Formula> {
        let first = part(self, depth)?;
        if !self.takes(operator) {
            return Ok(first);
        }
        let mut parts = vec![first, part(self, depth)?];
        while self.takes(operator) {
            parts.push(part(self, depth)?);
        }
        Ok(of(parts))
    }

    fn unary(&mut self, depth: usize) -> Parsed<Formula> {
        if depth > DEPTH {
            return Err("the condition nests too deep");
        }
        if self.takes("!") {
            return Ok(Formula::Not(Box::new(self.unary(depth + 1)?)));
        }
        if self.takes("(") {
            let inner = self.any(depth + 1)?;
            self.expect(")")?;
            return Ok(inner);
        }
        self.atom().map(Formula::Atom)
    }

    fn atom(&mut self) -> Parsed<Atom> {
        let of: fn(Cow<'static, str>) -> Atom = match self.word() {
            "email_verified" => return Ok(Atom::EmailVerified),
            "impersonated" => return Ok(Atom::Impersonated),
            "role" => {
                let is_ordered = self.takes(">=");
                if !is_ordered {
                    self.expect("==")?;
                }
                let role = self.text()?.into();
                return Ok(match (is_ordered, self.own) {
                    (true, true) => Atom::OwnRoleAtLeast(role),
                    (false, true) => Atom::OwnRoleIs(role),
                    (true, false) => Atom::RoleAtLeast(role),
                    (false, false) => Atom::RoleIs(role),
                });
            }
            "permission" => Atom::Permission,
            "scope" => Atom::Scope,
            "issuer" => Atom::Issuer,
            "acr" => Atom::Acr,
            "amr" => Atom::Amr,
            "auth_age" => {
                self.expect("<=")?;
                let seconds = self.duration()?;
                return Ok(Atom::AuthAge(u32::try_from(seconds).map_err(|_| "a duration is too long")?));
            }
            "claim" => {
                self.expect("(")?;
                let name = self.text()?.into();
                self.expect(")")?;
                self.expect("==")?;
                return Ok(Atom::Claim(name, self.text()?.into()));
            }
            _ => return Err("unknown condition"),
        };
        self.expect("(")?;
        let atom = of(self.text()?.into());
        self.expect(")")?;
        Ok(atom)
    }

    /// In seconds.
    fn duration(&mut self) -> Parsed<u64> {
        duration::read(&self.text()?).ok_or("not a duration")
    }

    fn text(&mut self) -> Parsed<String> {
        self.expect("\"")?;
        let (text, rest) = literal::read(self.rest).ok_or("a string is not closed")?;
        self.rest = rest;
        Ok(text)
    }

    fn word(&mut self) -> &'a str {
        let rest = self.rest.trim_start();
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
        let (word, rest) = rest.split_at(end);
        self.rest = rest;
        word
    }

    fn takes(&mut self, mark: &str) -> bool {
        let rest = self.rest.trim_start().strip_prefix(mark);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn expect(&mut self, mark: &str) -> Parsed<()> {
        if self.takes(mark) { Ok(()) } else { Err("the policy is incomplete or misspelled") }
    }

    fn end(&self) -> Parsed<()> {
        if self.rest.trim().is_empty() { Ok(()) } else { Err("unexpected text after the policy") }
    }
}
