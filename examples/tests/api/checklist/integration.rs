//! PropelAuth's integration guide.

use serde_json::{Value, json};

use super::{
    Here::{Checked, OutOfScope, ShownBy},
    Line, PROPELAUTH, PROPELAUTH_URL,
};
use crate::server::{BOB, Server, now};

pub const LINES: &[Line] = &[
    Line {
        says: "optional_user: a missing or invalid token is None; /api/whoami_optional is {}",
        here: Checked(optional),
    },
    Line { says: "require_org_member by path: /api/org/{org_id}/check", here: Checked(member) },
    Line { says: "the text says 403 for a missing token; every library answers 401", here: Checked(no_token) },
    Line { says: "User and OrgMemberInfo: ids, names, roles, permissions", here: Checked(claims) },
    Line { says: "roles Owner > Admin > Member; minimum role, exact role", here: Checked(roles) },
    Line { says: "a permission; permission names are free strings", here: Checked(permission) },
    Line { says: "an active-org token knows one org", here: Checked(active_org) },
    Line { says: "a multi-role org has no order", here: Checked(multi_role) },
    Line {
        says: "all of several permissions",
        here: OutOfScope("of the example: `&&`, and `has_all_permissions`, are the library's, tested there"),
    },
    Line { says: "API docs with an Authorize button", here: OutOfScope("until the routes describe themselves") },
    Line {
        says: "a token from {auth_url}/api/v1/refresh_token; backend API calls",
        here: OutOfScope("PropelAuth's own crate has them; here: /auth/jwt/login, and `token`"),
    },
    Line {
        says: "several tokens, one process",
        here: ShownBy(&["accounts::account_routes_accept_only_the_apis_own_tokens"]),
    },
];

fn optional(server: &Server) {
    let mut expired = server.claims(BOB);
    expired["exp"] = json!(now() - 300);
    let mut stranger = server.claims(BOB);
    stranger["iss"] = json!(PROPELAUTH_URL);
    for authorization in [
        "token X".to_owned(),
        "Bearer".to_owned(),
        "Bearer garbage".to_owned(),
        format!("Bearer {}", server.sign(&expired)),
        format!("Bearer {}", server.sign(&stranger)),
    ] {
        let request = server.request("GET", "/api/whoami_optional").header("authorization", &authorization);
        assert_eq!(request.send().expect(200).json(), json!({}));
    }
}

fn member(server: &Server) {
    let bob = server.token(&["bob"]);
    for (org, name) in [("acme", "Acme"), ("globex", "Globex")] {
        let answer = server.get_as(&bob, &format!("/api/org/{org}/check")).expect(200);
        assert_eq!(answer.json(), json!({ "message": format!("You are in {name}") }));
    }
    let grace = server.token(&["grace"]);
    for org in ["globex", "nowhere", "Acme", "acme%20", "%61cme2"] {
        let answer = server.get_as(&grace, &format!("/api/org/{org}/check")).expect(403);
        assert_eq!(answer.detail(), "Forbidden");
        assert_eq!(answer.challenge(), Some("Bearer error=\"insufficient_scope\""));
    }
    server.get_as(&grace, "/api/org/%61cme/check").expect(200); // `acme`, percent-encoded
    server.get_as(&server.token(&["nobody"]), "/api/org/acme/check").expect(403);
}

fn no_token(server: &Server) {
    for route in ["check", "admin_only", "admin_or_owner", "billing"] {
        server.get(&format!("/api/org/acme/{route}")).expect(401);
        server.get_as("garbage", &format!("/api/org/acme/{route}")).expect(401);
    }
}

/// A token of PropelAuth with these claims.
fn token(claims: &Value) -> String {
    let mut all = json!({ "iss": PROPELAUTH_URL, "user_id": "p" });
    all.as_object_mut().unwrap().extend(claims.as_object().unwrap().clone());
    PROPELAUTH.sign(&all)
}

/// A membership as PropelAuth's tokens state it. A role includes those after it.
fn info(org: &str, roles: &[&str], permissions: &[&str]) -> Value {
    json!({
        "org_id": org, "org_name": "Of PropelAuth", "org_metadata": {}, "url_safe_org_name": org,
        "org_role_structure": "single_role_in_hierarchy", "user_role": roles[0],
        "inherited_user_roles_plus_current_role": roles, "user_permissions": permissions, "additional_roles": [],
    })
}

fn member_token(roles: &[&str], permissions: &[&str]) -> String {
    token(&json!({ "org_id_to_org_member_info": { "acme": info("acme", roles, permissions) } }))
}

fn claims(server: &Server) {
    let token = member_token(&["Member"], &[]);
    let claims = server.get_as(&token, "/api/private").expect(200).json();
    assert_eq!(claims["user_id"], "p");
    assert_eq!(claims["org_id_to_org_member_info"]["acme"], info("acme", &["Member"], &[]));
    let answer = server.get_as(&token, "/api/org/acme/check").expect(200).json();
    assert_eq!(answer["message"], "You are in Of PropelAuth");
    // The database has the memberships of the API's own users; their tokens have none.
    let own = server.get_as(&server.token(&["bob"]), "/api/private").expect(200).json();
    assert_eq!((&own["user_id"], &own["org_id_to_org_member_info"]), (&json!(BOB), &Value::Null));
}

fn roles(server: &Server) {
    for (role, includes, exactly_admin, at_least_admin) in [
        ("Owner", &["Owner", "Admin", "Member"][..], 403, 200),
        ("Admin", &["Admin", "Member"], 200, 200),
        ("Member", &["Member"], 403, 403),
        ("Auditor", &["Auditor"], 403, 403),
        ("admin", &["admin"], 403, 403),
    ] {
        let name = format!("zoe the {role}");
        for token in [member_token(includes, &[]), server.token(&[&name, "--org", "acme", "--role", role])] {
            let status = |route| server.get_as(&token, &format!("/api/org/acme/{route}")).status;
            assert_eq!([status("admin_only"), status("admin_or_owner")], [exactly_admin, at_least_admin], "{role}");
        }
    }
}

fn permission(server: &Server) {
    for (user, status) in [("ada", 200), ("grace", 200), ("bob", 403)] {
        assert_eq!(server.get_as(&server.token(&[user]), "/api/org/acme/billing").status, status, "{user}");
    }
    let billing = |token: &str| server.get_as(token, "/api/org/acme/billing").status;
    for (permission, status) in
        [("can_view_billing", 200), ("Can_View_Billing", 403), ("can_view", 403), ("ProductA::CanCreate", 403)]
    {
        let name = format!("granted {permission}");
        let own = server.token(&[&name, "--org", "acme", "--permission", permission]);
        assert_eq!([billing(&own), billing(&member_token(&["Member"], &[permission]))], [status; 2], "{permission}");
    }
    // A token lists what its user may do, and roles add nothing to it.
    assert_eq!(billing(&member_token(&["Owner", "Admin", "Member"], &[])), 403);
    // Bob's permissions in his own organization do not apply to another one.
    let bob = server.token(&["bob"]);
    server.get_as(&bob, "/api/org/globex/billing").expect(200);
    server.get_as(&bob, "/api/org/acme/billing").expect(403);
}

fn active_org(server: &Server) {
    let (acme, globex) = (info("acme", &["Member"], &[]), info("globex", &["Member"], &[]));
    let active = json!({
        "org_member_info": globex.clone(),
        "org_id_to_org_member_info": { "acme": acme, "globex": globex },
    });
    server.get_as(&token(&active), "/api/org/globex/check").expect(200);
    server.get_as(&token(&active), "/api/org/acme/check").expect(403);
}

fn multi_role(server: &Server) {
    let mut acme = info("acme", &["Owner", "Admin"], &[]);
    acme["org_role_structure"] = json!("multi_role");
    acme["additional_roles"] = json!(["Auditor"]);
    let ask = |acme: &Value, route: &str| {
        let token = token(&json!({ "org_id_to_org_member_info": { "acme": acme } }));
        server.get_as(&token, &format!("/api/org/acme/{route}"))
    };
    ask(&acme, "check").expect(200);
    ask(&acme, "admin_or_owner").expect(403);
    acme["additional_roles"] = json!(["Auditor", "Admin"]);
    ask(&acme, "admin_or_owner").expect(200);
}
