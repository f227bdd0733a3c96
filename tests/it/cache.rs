//! The memory of the cache of verified tokens, measured with a counting allocator: it stays within its limit, whatever
//! the tokens contain and whatever handlers ask for.

use allocation_counter::{measure, opt_out};
use auth_runtime::{ClaimMapping, Identity, Issuer, Membership, TokenCache, Verified, Verifier};
use auth_test_support::Signer;
use serde_json::{Map, Value, json};
use tokio::runtime::{Builder, Runtime};

use crate::support::{NOW, clock};

const KIB: usize = 1024;
const CACHE: usize = KIB * KIB;

const SECRET: &[u8] = b"a secret that is long enough for it";

fn verifier(runtime: &Runtime, mapping: Mapping) -> Verifier {
    let issuer = Issuer::fastapi_users(SECRET).danger_any_audience();
    let issuer = match mapping {
        Mapping::Table(table) => issuer.claim_mapping(table),
        Mapping::Own => issuer.claim_mapping(ClaimMapping::none()).map_identity(|claims, _| map(claims)),
    };
    let builder = Verifier::builder().token_cache(TokenCache::bytes(CACHE));
    runtime.block_on(builder.issuer(issuer).clock(clock(NOW)).build()).unwrap()
}

enum Mapping {
    Table(ClaimMapping),
    Own,
}

/// Asks for every string and every value that a handler can ask for.
fn look(verified: &Verified) {
    let user = verified.user();
    let mut strings: usize = [user.roles(), user.scopes()].into_iter().flatten().map(<[String]>::len).sum();
    for org in user.known_orgs() {
        let lists = [org.additional_roles(), org.inherited_roles(), org.permissions()];
        strings += lists.into_iter().flatten().map(<[String]>::len).sum::<usize>();
        assert!(!org.metadata().is_string());
    }
    std::hint::black_box(strings);
}

/// As many short objects as fit into this many bytes. Each takes eight bytes of text, and about a hundred when it is
/// parsed.
fn objects(bytes: usize) -> Value {
    Value::Array(vec![json!({ "a": 1 }); bytes / 8])
}

/// Names of one letter. Each becomes a string when a handler asks for it.
fn letters(bytes: usize) -> Value {
    Value::Array(vec![json!("a"); bytes / 4])
}

fn in_org(member: &str, value: Value) -> Value {
    let mut org = json!({ "user_role": "Admin", "user_permissions": ["read", "write"] });
    org[member] = value;
    json!({ "acme": org })
}

/// Takes everything from the claims.
fn map(claims: &Map<String, Value>) -> Option<Identity> {
    let names: Vec<_> = claims.get("letters")?.as_array()?.iter().filter_map(Value::as_str).collect();
    let org = Membership::new("acme", "Admin").permissions(names.iter().copied());
    let org = org.metadata(claims.get("objects")?.clone());
    Some(Identity::new(claims.get("user_id")?.as_str()?).roles(names).org(org))
}

#[test]
fn holds_no_more_than_it_was_given() {
    let runtime = Builder::new_current_thread().build().unwrap();
    let signer = Signer::with_secret(SECRET, "k");
    let propelauth = || Mapping::Table(ClaimMapping::propelauth());
    let orgs = "org_id_to_org_member_info";
    let both = |objects: Value, letters: Value| json!({ "objects": objects, "letters": letters });
    for (case, mapping, claims) in [
        ("small tokens", propelauth(), json!({})),
        ("organizations", propelauth(), json!({ orgs: in_org("org_name", json!("Acme")) })),
        ("metadata", propelauth(), json!({ orgs: in_org("org_metadata", objects(10 * KIB)) })),
        ("small metadata", propelauth(), json!({ orgs: in_org("org_metadata", json!({ "plan": "gold" })) })),
        ("permissions", propelauth(), json!({ orgs: in_org("user_permissions", letters(4 * KIB)) })),
        ("what is skipped", propelauth(), json!({ "x": objects(10 * KIB) })),
        ("scopes", Mapping::Table(ClaimMapping::oidc()), json!({ "sub": "ada", "scope": "a ".repeat(KIB) })),
        ("a mapping's metadata", Mapping::Own, both(objects(10 * KIB), json!([]))),
        ("a mapping's names", Mapping::Own, both(json!([]), letters(3 * KIB))),
        ("a mapping's little", Mapping::Own, both(json!({ "plan": "gold" }), json!(["read"]))),
    ] {
        let verifier = verifier(&runtime, mapping);
        let mut claims = claims;
        claims["exp"] = json!(NOW + 300);
        claims["user_id"] = json!("NUMBER");
        let (header, payload) = (signer.header().to_string(), claims.to_string());
        let sign = |number: usize| signer.sign(&header, &payload.replace("NUMBER", &format!("{number:06}")));
        let size = sign(0).len();
        // More tokens than fit, even if the cache kept little more than the tokens.
        let tokens = 2 * CACHE / size.max(KIB);
        let held = measure(|| {
            for number in 0..tokens {
                let mut token = String::new();
                opt_out(|| token = sign(number));
                look(&runtime.block_on(verifier.verify(&token)).unwrap());
                // Found in the cache, and asked for everything again.
                look(&runtime.block_on(verifier.verify(&token)).unwrap());
                opt_out(|| drop(token));
            }
        });
        let bytes = usize::try_from(held.bytes_current).unwrap();
        println!("{case}: {tokens} tokens of {size} B: {} KiB held of {}", bytes / KIB, CACHE / KIB);
        assert!(bytes <= CACHE, "{case}: {bytes} B held");
        assert!(bytes >= CACHE / 3, "{case}: {bytes} B held, and room left");
    }
}
