//! Who is there to try the API with.

use serde_json::{Value, json};

/// The roles of an organisation, highest first.
pub(crate) const ROLES: [&str; 3] = ["Owner", "Admin", "Member"];

/// The organisations, by id and name.
pub(crate) const ORGS: [(&str, &str); 2] = [("acme", "Acme"), ("globex", "Globex")];

const USERS: [(&str, &str, &[(&str, &str)]); 3] = [
    ("ada", "0b7e5a52-6f0e-4f4b-9d2b-1f1d6f3c0a01", &[("acme", "Owner")]),
    ("grace", "0b7e5a52-6f0e-4f4b-9d2b-1f1d6f3c0a02", &[("acme", "Admin")]),
    ("bob", "0b7e5a52-6f0e-4f4b-9d2b-1f1d6f3c0a03", &[("acme", "Member"), ("globex", "Owner")]),
];

/// Somebody to sign a token for.
pub(crate) struct User {
    pub(crate) id: String,
    pub(crate) email: Option<String>,
    pub(crate) memberships: Vec<Membership>,
}

/// A place in an organisation.
pub(crate) struct Membership {
    pub(crate) org: String,
    pub(crate) role: String,
    pub(crate) permissions: Vec<String>,
}

impl Membership {
    /// A membership with the permissions of its role.
    pub(crate) fn of_role(org: &str, role: &str) -> Self {
        let permissions =
            if ["Owner", "Admin"].contains(&role) { vec!["can_view_billing".to_owned()] } else { Vec::new() };
        Self { org: org.to_owned(), role: role.to_owned(), permissions }
    }

    fn claims(&self) -> Value {
        let name = ORGS.iter().find(|(id, _)| *id == self.org).map_or(self.org.as_str(), |(_, name)| name);
        let inherited: Vec<&str> = match ROLES.iter().position(|role| *role == self.role) {
            Some(rank) => ROLES.iter().skip(rank).copied().collect(),
            None => vec![&self.role],
        };
        json!({
            "org_id": self.org,
            "org_name": name,
            "org_metadata": {},
            "url_safe_org_name": self.org,
            "org_role_structure": "single_role_in_hierarchy",
            "user_role": self.role,
            "inherited_user_roles_plus_current_role": inherited,
            "user_permissions": self.permissions,
            "additional_roles": [],
        })
    }
}

impl User {
    /// The user of this name, e-mail address or id; anybody else gets a token as given.
    pub(crate) fn named(name: &str) -> Self {
        let known = USERS.iter().find(|(user, id, _)| name == *user || name == *id || name == email(user));
        match known {
            Some((user, id, orgs)) => Self {
                id: (*id).to_owned(),
                email: Some(email(user)),
                memberships: orgs.iter().map(|(org, role)| Membership::of_role(org, role)).collect(),
            },
            None => Self { id: name.to_owned(), email: None, memberships: Vec::new() },
        }
    }

    /// The claims that say who this is.
    pub(crate) fn claims(&self) -> Value {
        let orgs: serde_json::Map<String, Value> =
            self.memberships.iter().map(|membership| (membership.org.clone(), membership.claims())).collect();
        json!({ "sub": self.id, "user_id": self.id, "email": self.email, "org_id_to_org_member_info": orgs })
    }
}

fn email(user: &str) -> String {
    format!("{user}@example.com")
}
