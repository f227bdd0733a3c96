//! Guarded routes add, change and remove members, and what the members may do changes while they keep the same token.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{Connection as _, SqlSafeStr as _};

use crate::issuer::Standin;
use crate::server::{ADA, BOB, Directory, GRACE, Server, block_on, connect};

/// `PUT`, or `DELETE` without a role.
fn manage(server: &Server, token: &str, member: &str, role: Option<&str>) -> u16 {
    let path = format!("/api/org/acme/members/{member}");
    let request = match role {
        Some(role) => server.request("PUT", &path).json(&json!({ "role": role })),
        None => server.request("DELETE", &path),
    };
    request.bearer(token).send().status
}

/// The access that a token gives: membership, at least `Admin`, the permission of that role.
fn opens(server: &Server, token: &str) -> [u16; 3] {
    ["check", "admin_or_owner", "billing"].map(|route| server.get_as(token, &format!("/api/org/acme/{route}")).status)
}

#[test]
fn members_are_added_changed_and_removed_while_they_use_one_token() {
    let server = Server::start();
    let ada = server.logged_in("ada@example.com", "password");
    let eve = server.token(&["eve"]);
    assert_eq!(opens(&server, &eve), [403; 3]);
    // Each change takes effect with the very next request, although the token and its memberships are cached.
    for round in 0..3 {
        for (role, expected) in [
            (Some("Member"), [200, 403, 403]),
            (Some("Admin"), [200; 3]),
            (Some("Owner"), [200; 3]),
            (Some("Member"), [200, 403, 403]),
            (None, [403; 3]),
        ] {
            assert_eq!(manage(&server, &ada, "own/eve", role), 204, "{round} {role:?}");
            assert_eq!(opens(&server, &eve), expected, "{round} {role:?}");
        }
    }
    // A user who was an administrator a moment ago can no longer manage members.
    assert_eq!(manage(&server, &ada, "own/eve", Some("Admin")), 204);
    assert_eq!(manage(&server, &eve, "own/zoe", Some("Member")), 204);
    assert_eq!(manage(&server, &ada, "own/eve", Some("Member")), 204);
    assert_eq!(manage(&server, &eve, "own/zoe", None), 403);
    let listed = server.get_as(&eve, "/api/org/acme/members").expect(200).json();
    let member = |user: &str, role: &str| json!({ "issuer": "own", "user_id": user, "role": role });
    let expected = [
        member(ADA, "Owner"),
        member(GRACE, "Admin"),
        member(BOB, "Member"),
        member("eve", "Member"),
        member("zoe", "Member"),
    ];
    assert_eq!(listed, Value::from(expected.to_vec()));
}

#[test]
fn members_are_managed_by_administrators_within_their_own_role() {
    let server = Server::start();
    let [ada, grace, bob] = ["ada", "grace", "bob"].map(|name| server.token(&[name]));
    let own = |user: &str| format!("own/{user}");
    for (token, member, role, status) in [
        // A member, a stranger, an owner of another organization.
        (&bob, own("eve"), Some("Member"), 403),
        (&server.token(&["nobody"]), own("eve"), Some("Member"), 403),
        (&bob, own(BOB), Some("Owner"), 403),
        (&bob, own(BOB), None, 403),
        // An administrator cannot assign a role above their own, and cannot change an owner.
        (&grace, own("eve"), Some("Owner"), 403),
        (&grace, own(GRACE), Some("Owner"), 403),
        (&grace, own(ADA), Some("Member"), 403),
        (&grace, own(ADA), None, 403),
        (&grace, own("eve"), Some("Admin"), 204),
        (&grace, own("eve"), None, 204),
        (&grace, own("eve"), None, 404),
        // The last owner cannot be removed or demoted.
        (&ada, own(ADA), Some("Admin"), 409),
        (&ada, own(ADA), None, 409),
        (&ada, own(GRACE), Some("Owner"), 204),
        (&ada, own(ADA), Some("Admin"), 204),
        (&ada, own(GRACE), Some("Member"), 403),
        (&grace, own(GRACE), None, 409),
        // Values that are not roles.
        (&grace, own("eve"), Some("Emperor"), 422),
        (&grace, own("eve"), Some("owner"), 422),
        (&grace, own("eve"), Some(""), 422),
    ] {
        assert_eq!(manage(&server, token, &member, role), status, "{member} {role:?}");
    }
    // The body of a refused request is not read.
    server.request("PUT", "/api/org/acme/members/own/eve").bearer(&bob).send_without_its_body().expect(403);
    server.request("PUT", "/api/org/acme/members/own/eve").send_without_its_body().expect(401);
    server.get("/api/org/acme/members").expect(401);
    server.get_as(&grace, "/api/org/globex/members").expect(403);
    // Ids are compared byte for byte.
    for org in ["ACME", "acme%20", "%61cme%00"] {
        server.get_as(&grace, &format!("/api/org/{org}/members")).expect(403);
    }
}

#[test]
fn users_of_other_issuers_are_members_and_tokens_of_propelauth_speak_for_themselves() {
    let (auth0, propelauth) = (Standin::start("/"), Standin::start(""));
    let server = Server::start_with(
        Directory::used(),
        &[
            ("AUTH0_DOMAIN", auth0.url.trim_end_matches('/')),
            ("API_AUDIENCE", "https://api.example.com"),
            ("PROPELAUTH_AUTH_URL", "https://auth.example.com"),
            ("PROPELAUTH_API_KEY", "not needed where the key is given"),
            ("PROPELAUTH_VERIFIER_KEY", &propelauth.public_key),
        ],
    );
    let ada = server.token(&["ada"]);
    let theirs = auth0.sign(&json!({ "sub": "auth0|7", "aud": "https://api.example.com" }));
    let namesake = server.token(&["auth0|7"]);
    assert_eq!(opens(&server, &theirs), [403; 3]);
    assert_eq!(manage(&server, &ada, "auth0/auth0%7C7", Some("Admin")), 204);
    assert_eq!(opens(&server, &theirs), [200; 3]);
    assert_eq!(opens(&server, &namesake), [403; 3], "another issuer's user of the same id");
    assert_eq!(manage(&server, &ada, "auth0/auth0%7C7", None), 204);
    assert_eq!(opens(&server, &theirs), [403; 3]);
    // A token of PropelAuth states its memberships itself. A row in the database does not change them.
    let token = |user: &str, orgs: &Value| {
        let claims = json!({ "iss": "https://auth.example.com", "user_id": user, "org_id_to_org_member_info": orgs });
        propelauth.sign(&claims)
    };
    let admin = json!({ "acme": {
        "org_id": "acme", "org_name": "Acme", "org_metadata": {}, "url_safe_org_name": "acme",
        "org_role_structure": "single_role_in_hierarchy", "user_role": "Admin",
        "inherited_user_roles_plus_current_role": ["Admin", "Member"], "user_permissions": ["can_view_billing"],
        "additional_roles": [],
    }});
    assert_eq!(opens(&server, &token("p", &admin)), [200; 3]);
    assert_eq!(manage(&server, &token("p", &admin), "own/eve", Some("Member")), 204);
    assert_eq!(manage(&server, &ada, "propelauth/p", Some("Member")), 204);
    assert_eq!(opens(&server, &token("p", &admin)), [200; 3]);
    assert_eq!(opens(&server, &token("p", &json!({}))), [403; 3]);
}

/// Another process changes the database: the command `token`, which does not know this server's cache.
#[test]
fn changes_of_another_process_count_within_five_seconds() {
    let server = Server::start();
    let eve = server.token(&["eve"]);
    assert_eq!(opens(&server, &eve), [403; 3]);
    server.token(&["eve", "--org", "acme", "--role", "Admin"]);
    let changed = Instant::now();
    while opens(&server, &eve) != [200; 3] {
        assert!(changed.elapsed() < Duration::from_secs(7), "later than stated");
        std::thread::yield_now();
    }
}

#[test]
fn an_account_that_is_deleted_is_a_member_of_nothing() {
    let server = Server::start();
    let [ada, grace] = ["ada", "grace"].map(|name| server.token(&[name]));
    assert_eq!(opens(&server, &grace), [200; 3]);
    server.request("DELETE", &format!("/users/{GRACE}")).bearer(&ada).send().expect(204);
    assert_eq!(opens(&server, &grace), [403; 3]);
}

#[test]
fn members_of_a_database_from_before_stay_members() {
    let directory = Directory::new();
    block_on(async {
        let mut connection = connect(&directory.file("example.db")).await;
        let sql = include_str!("../../migrations/0001_start.sql").into_sql_str();
        let first = Migration::new(1, "start".into(), MigrationType::Simple, sql, false);
        Migrator::with_migrations(vec![first]).run_direct(None, &mut connection, false).await.unwrap();
        let rows = "INSERT INTO org VALUES ('acme', 'Acme');
                    INSERT INTO user VALUES ('7', 'linus@example.com', 'no hash', TRUE, FALSE, TRUE);
                    INSERT INTO membership VALUES ('acme', '7', 'Admin');";
        sqlx::raw_sql(rows).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    });
    let server = Server::start_with(directory, &[]);
    assert_eq!(opens(&server, &server.token(&["7"])), [200; 3]);
    assert_eq!(opens(&server, &server.token(&["8"])), [403; 3]);
}
