//! Demo users, inserted once, when the database is created.

use sqlx::SqliteConnection;

use crate::Failure;
use crate::accounts::{Password, hash};

/// The password of all demo users.
const PASSWORD: &str = "password";

const ORGS: [(&str, &str); 2] = [("acme", "Acme"), ("globex", "Globex")];

struct Person {
    name: &'static str,
    id: &'static str,
    is_superuser: bool,
    roles: &'static [(&'static str, &'static str)],
}

const PEOPLE: [Person; 3] = [
    Person { name: "ada", id: "0b7e5a52-6f0e-4f4b-9d2b-1f1d6f3c0a01", is_superuser: true, roles: &[("acme", "Owner")] },
    Person {
        name: "grace",
        id: "0b7e5a52-6f0e-4f4b-9d2b-1f1d6f3c0a02",
        is_superuser: false,
        roles: &[("acme", "Admin")],
    },
    Person {
        name: "bob",
        id: "0b7e5a52-6f0e-4f4b-9d2b-1f1d6f3c0a03",
        is_superuser: false,
        roles: &[("acme", "Member"), ("globex", "Owner")],
    },
];

/// The email address of a user given by name.
pub(crate) fn email(name: &str) -> String {
    format!("{name}@example.com")
}

pub(crate) async fn insert(db: &mut SqliteConnection) -> Result<(), Failure> {
    for (id, name) in ORGS {
        sqlx::query("INSERT INTO org (id, name) VALUES (?, ?)").bind(id).bind(name).execute(&mut *db).await?;
    }
    for person in PEOPLE {
        let sql = "INSERT INTO user (id, email, hashed_password, is_active, is_superuser, is_verified)
                   VALUES (?, ?, ?, TRUE, ?, TRUE)";
        let user = sqlx::query(sql).bind(person.id).bind(email(person.name)).bind(hash(&Password::new(PASSWORD))?);
        user.bind(person.is_superuser).execute(&mut *db).await?;
        for (org, role) in person.roles {
            let sql = "INSERT INTO member (org_id, issuer, user_id, role) VALUES (?, 'own', ?, ?)";
            sqlx::query(sql).bind(org).bind(person.id).bind(role).execute(&mut *db).await?;
        }
    }
    Ok(())
}
