//! Auth0's article.

use serde_json::json;

use super::{
    Here::{Checked, OutOfScope, ShownBy},
    Line,
};
use crate::server::{ADA, Server};

pub const LINES: &[Line] = &[
    Line { says: "/api/public is open: {\"status\": \"success\", \"msg\": ..}", here: Checked(public) },
    Line { says: "/api/private is guarded, and returns the token's payload", here: Checked(private) },
    Line { says: "a string that is no token passes until it is verified", here: Checked(any_string) },
    Line {
        says: "AUTH0_DOMAIN, API_AUDIENCE, ALGORITHMS, ISSUER by environment",
        here: ShownBy(&["external::auth0_can_be_restricted_by_issuer_and_algorithms"]),
    },
    Line { says: "an INI file, selected by ENV", here: OutOfScope("the environment and .env hold the same") },
    Line {
        says: "keys from the domain's JWKS by kid; alg, aud, iss, exp are checked",
        here: ShownBy(&["external::auth0_is_configured_by_environment_variables"]),
    },
    Line { says: "errors are JSON with HTTP 400", here: OutOfScope("a bad token is 401 here, as RFC 6750 has it") },
    Line { says: "POST /oauth/token gives client credentials a token", here: OutOfScope("Auth0's own endpoint") },
    Line {
        says: "scopes and permissions, in prose",
        here: ShownBy(&["programs::auth0_verifies_tokens_of_the_tenant"]),
    },
];

fn public(server: &Server) {
    let answer = server.get("/api/public").expect(200).json();
    assert_eq!(answer["status"], "success");
    assert!(answer["msg"].is_string());
    server.get_as("garbage", "/api/public").expect(200);
}

fn private(server: &Server) {
    server.get("/api/private").expect(401);
    let payload = server.get_as(&server.token(&["ada"]), "/api/private").expect(200).json();
    assert_eq!(payload["user_id"], ADA);
    // A claim `status` is an ordinary claim here. In the article, it makes a valid token an error.
    let mut claims = server.claims(ADA);
    claims["status"] = json!("error");
    assert_eq!(server.get_as(&server.sign(&claims), "/api/private").expect(200).json(), claims);
}

fn any_string(server: &Server) {
    let request = server.request("GET", "/api/private").header("authorization", "Bearer FastAPI is awesome");
    request.send().expect(401);
}
