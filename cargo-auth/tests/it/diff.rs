//! `diff`: looser, equal, stricter, and texts that cannot be read.

use crate::support::{file, folder, run};

const ADMIN: &str = "GET /orgs/{org_id}  require_org(role == \"Admin\", from = path(\"org_id\"))\n";
const MEMBER: &str =
    "GET /orgs/{org_id}  require_org(role == \"Member\" || role == \"Admin\", from = path(\"org_id\"))\n";
const OPEN: &str = "GET /orgs/{org_id}  public(reason = \"<img src=x> `code`\")\n";

#[test]
fn only_what_is_looser_ends_with_status_1() {
    let folder = folder("diff");
    let path = |name: &str, text: &str| file(&folder, name, text);
    for (name, old, new, status, expected) in [
        ("equal", ADMIN, ADMIN, 0, "nothing is looser"),
        ("looser", ADMIN, MEMBER, 1, "now admits more callers, for example: `"),
        ("stricter", MEMBER, ADMIN, 0, "nothing is looser"),
        ("public", ADMIN, OPEN, 1, "is now public"),
        ("new", "", OPEN, 1, "new public route"),
        ("removed", OPEN, "", 0, "- removed: `"),
    ] {
        let (old, new) = (path(&format!("{name}-old"), old), path(&format!("{name}-new"), new));
        let text = run(&["diff", &old, &new], "");
        assert_eq!(text.status, status, "{name}: {text:?}");
        assert!(text.out.contains(expected), "{name}: {text:?}");
        let document = run(&["diff", &old, &new, "--json"], "").json();
        assert_eq!(document["looser"].as_array().unwrap().is_empty(), status == 0, "{name}: {document}");
    }
    let newly = run(&["diff", &path("a", ADMIN), &path("b", MEMBER), "--json"], "").json();
    assert!(newly["looser"][0]["newly_admitted"].as_str().is_some_and(|caller| caller.contains("Member")), "{newly}");
    let escaped = run(&["diff", &path("a", ADMIN), &path("b", OPEN)], "").out;
    assert!(escaped.contains("- now: ``public(reason = \"<img src=x> `code`\")``"), "{escaped}");
}

#[test]
fn a_text_that_cannot_be_parsed_is_an_error() {
    let folder = folder("diff-unreadable");
    let good = file(&folder, "good", ADMIN);
    let bad = file(&folder, "bad", "GET /a  require_user(rolle == \"Admin\")\n");
    let binary = file(&folder, "binary", [0xff, 0xfe]);
    let missing = folder.join("missing").to_str().unwrap().to_owned();
    for broken in [&bad, &binary, &missing] {
        for (old, new) in [(&good, broken), (broken, &good), (broken, broken)] {
            let run = run(&["diff", old, new], "");
            assert_eq!(run.status, 2, "{run:?}");
            assert!(run.out.is_empty() && run.err.starts_with("error: "), "{run:?}");
        }
    }
}
