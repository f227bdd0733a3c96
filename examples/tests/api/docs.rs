//! The API's description: the document, and the page that shows it.

use std::path::Path;
use std::process::Command;

use serde_json::json;

use crate::server::Server;

#[test]
fn openapi_states_the_access_rule_of_every_operation() {
    let server = Server::start();
    let document = server.get("/openapi.json").expect(200).json();
    let scheme = json!({ "type": "http", "scheme": "bearer", "bearerFormat": "JWT" });
    assert_eq!(document["components"]["securitySchemes"]["bearer"], scheme);
    let mut operations = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let public = operation["security"] == json!([]);
            assert!(public || operation["security"].to_string().contains("bearer"), "{method} {path}: {operation}");
            assert!(operation["description"].as_str().unwrap().contains("Access: "), "{method} {path}");
            assert!(operation["summary"].as_str().is_some_and(|text| !text.ends_with('.')), "{method} {path}");
            operations += 1;
        }
    }
    // The document does not contain the routes that serve it.
    let is_route = |line: &&str| !line.starts_with('#') && !line.starts_with("roles = ");
    let routes = include_str!("../../routes.txt").lines().filter(is_route);
    assert_eq!(operations, routes.filter(|line| !line.contains("  public_router(")).count());
    let billing = &document["paths"]["/api/org/{org_id}/billing"]["get"];
    assert_eq!(billing["security"], json!([{ "bearer": [] }, { "password": [] }]));
    let flow = &document["components"]["securitySchemes"]["password"]["flows"]["password"];
    assert_eq!(flow["tokenUrl"], "/auth/jwt/login");
    assert!(billing["description"].as_str().unwrap().contains("permission `can_view_billing`"), "{billing}");
    assert_eq!(
        document["paths"]["/api/whoami_optional"]["get"]["security"],
        json!([{}, { "bearer": [] }, { "password": [] }])
    );
    assert!(!document.to_string().contains("is_superuser(&"), "the text of a check is nobody's business");
}

#[test]
fn swagger_ui_loads_no_file_from_another_host() {
    let server = Server::start();
    assert_eq!(server.get("/docs").expect(303).header("location"), Some("/docs/"));
    let page = server.get("/docs/").expect(200).body;
    assert!(!page.contains("//"), "nothing comes from another host: {page}");
    let files = page.split('"').filter_map(|text| text.strip_prefix("./"));
    let files: Vec<_> = files.collect();
    for needed in ["swagger-ui.css", "swagger-ui-bundle.js", "swagger-initializer.js"] {
        assert!(files.contains(&needed), "{needed}: {page}");
    }
    // Images are not text, so only the browser test requests them.
    for file in files.iter().filter(|file| !file.contains(".png")) {
        server.get(&format!("/docs/{file}")).expect(200);
    }
    server.get("/docs/no-such-file.js").expect(404);
}

#[test]
#[ignore = "needs Chromium, Node.js 20, and `npm ci` in examples/tests/browser"]
fn swagger_ui_calls_a_guarded_route_with_and_without_a_token() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser");
    assert!(folder.join("node_modules").is_dir(), "run `npm ci` in {}", folder.display());
    let server = Server::start();
    let origin = format!("http://127.0.0.1:{}", server.port);
    let token = server.token(&["ada"]);
    let output = Command::new("node").args(["docs.mjs", &origin, &token]).current_dir(folder).output().unwrap();
    let (said, complaint) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}{complaint}");
    let steps = [
        "opened: operations with a guard have an open lock, the public one has none",
        "in order: what works without a token comes first, and each operation has a summary",
        "authorized: 200",
        "logged out: 401",
        "signed in with username and password: 200",
        "nothing came from another host",
    ];
    assert_eq!(said.lines().collect::<Vec<_>>(), steps);
}
