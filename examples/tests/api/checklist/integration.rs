//! PropelAuth's integration guide.

use serde_json::json;

use super::{
    Here::{Checked, OutOfScope, ShownBy},
    Line,
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
    stranger["iss"] = json!("https://auth.example.com");
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

fn claims(server: &Server) {
    let claims = server.get_as(&server.token(&["bob"]), "/api/private").expect(200).json();
    assert_eq!(claims["user_id"], BOB);
    let acme = &claims["org_id_to_org_member_info"]["acme"];
    let expected = json!({
        "org_id": "acme", "org_name": "Acme", "org_metadata": {}, "url_safe_org_name": "acme",
        "org_role_structure": "single_role_in_hierarchy", "user_role": "Member",
        "inherited_user_roles_plus_current_role": ["Member"], "user_permissions": [], "additional_roles": [],
    });
    assert_eq!(*acme, expected);
}

fn roles(server: &Server) {
    for (role, exactly_admin, at_least_admin) in
        [("Owner", 403, 200), ("Admin", 200, 200), ("Member", 403, 403), ("Auditor", 403, 403), ("admin", 403, 403)]
    {
        let token = server.token(&["zoe", "--org", "acme", "--role", role]);
        let status = |route| server.get_as(&token, &format!("/api/org/acme/{route}")).status;
        assert_eq!([status("admin_only"), status("admin_or_owner")], [exactly_admin, at_least_admin], "{role}");
    }
}

fn permission(server: &Server) {
    for (user, status) in [("ada", 200), ("grace", 200), ("bob", 403)] {
        assert_eq!(server.get_as(&server.token(&[user]), "/api/org/acme/billing").status, status, "{user}");
    }
    let granted = server.token(&["bob", "--org", "acme", "--permission", "can_view_billing"]);
    server.get_as(&granted, "/api/org/acme/billing").expect(200);
    for other in ["Can_View_Billing", "can_view", "ProductA::CanCreate"] {
        let token = server.token(&["bob", "--org", "acme", "--permission", other]);
        server.get_as(&token, "/api/org/acme/billing").expect(403);
    }
    // Bob's permissions in his own organization do not apply to another one.
    let bob = server.token(&["bob"]);
    server.get_as(&bob, "/api/org/globex/billing").expect(200);
    server.get_as(&bob, "/api/org/acme/billing").expect(403);
}

fn active_org(server: &Server) {
    let claims = server.get_as(&server.token(&["bob"]), "/api/private").json();
    let mut active = server.claims(BOB);
    active["org_member_info"] = claims["org_id_to_org_member_info"]["globex"].clone();
    active["org_id_to_org_member_info"] = claims["org_id_to_org_member_info"].clone();
    let token = server.sign(&active);
    server.get_as(&token, "/api/org/globex/check").expect(200);
    server.get_as(&token, "/api/org/acme/check").expect(403);
}

fn multi_role(server: &Server) {
    let mut claims = server.claims(BOB);
    claims["org_id_to_org_member_info"] = json!({ "acme": {
        "org_id": "acme", "org_name": "Acme", "org_metadata": {}, "url_safe_org_name": "acme",
        "org_role_structure": "multi_role", "user_role": "Owner",
        "inherited_user_roles_plus_current_role": ["Owner", "Admin"], "user_permissions": [],
        "additional_roles": ["Auditor"],
    }});
    let token = server.sign(&claims);
    server.get_as(&token, "/api/org/acme/check").expect(200);
    server.get_as(&token, "/api/org/acme/admin_or_owner").expect(403);
    claims["org_id_to_org_member_info"]["acme"]["additional_roles"] = json!(["Auditor", "Admin"]);
    server.get_as(&server.sign(&claims), "/api/org/acme/admin_or_owner").expect(200);
}
