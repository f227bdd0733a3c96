//! What the cache of verified tokens holds, counted by the allocator: no more than it was given, whatever is in the
//! tokens and whatever handlers have asked of them.

use allocation_counter::{measure, opt_out};
use auth_runtime::{Algorithm, Identity, Issuer, Membership, Profile, TokenCache, Verified, Verifier};
use jsonwebtoken::EncodingKey;
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};

use crate::support::{NOW, Signer, clock};

const KIB: usize = 1024;
const CACHE: usize = KIB * KIB;

fn signer() -> Signer {
    let key = EncodingKey::from_secret(b"a secret that is long enough for it");
    Signer { algorithm: Algorithm::HS256, kid: "k".to_owned(), key }
}

fn verifier(runtime: &Runtime, profile: Profile) -> Verifier {
    let issuer = Issuer::hmac(b"a secret that is long enough for it").any_audience().profile(profile);
    let builder = Verifier::builder().token_cache(TokenCache::bytes(CACHE));
    runtime.block_on(builder.issuer(issuer).clock(clock(NOW)).build()).unwrap()
}

/// Has each string and each value made that a handler can ask for.
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

/// As many short objects as fit into so many bytes: each takes eight of text, and some hundred when it is parsed.
fn objects(bytes: usize) -> Value {
    Value::Array(vec![json!({ "a": 1 }); bytes / 8])
}

/// Names of one letter, of which each is a string when a handler asks for it.
fn letters(bytes: usize) -> Value {
    Value::Array(vec![json!("a"); bytes / 4])
}

fn in_org(member: &str, value: Value) -> Value {
    let mut org = json!({ "user_role": "Admin", "user_permissions": ["read", "write"] });
    org[member] = value;
    json!({ "acme": org })
}

/// Takes everything from the claims.
fn mapping() -> Profile {
    Profile::custom(|claims| {
        let names: Vec<_> = claims.get("letters")?.as_array()?.iter().filter_map(Value::as_str).collect();
        let org = Membership::new("acme", "Admin").permissions(names.iter().copied());
        let org = org.metadata(claims.get("objects")?.clone());
        Some(Identity::new(claims.get("user_id")?.as_str()?).roles(names).org(org))
    })
}

#[test]
fn holds_no_more_than_it_was_given() {
    let runtime = Builder::new_current_thread().build().unwrap();
    let signer = signer();
    let orgs = "org_id_to_org_member_info";
    let both = |objects: Value, letters: Value| json!({ "objects": objects, "letters": letters });
    for (case, profile, claims) in [
        ("small tokens", Profile::PropelAuth, json!({})),
        ("organizations", Profile::PropelAuth, json!({ orgs: in_org("org_name", json!("Acme")) })),
        ("metadata", Profile::PropelAuth, json!({ orgs: in_org("org_metadata", objects(10 * KIB)) })),
        ("small metadata", Profile::PropelAuth, json!({ orgs: in_org("org_metadata", json!({ "plan": "gold" })) })),
        ("permissions", Profile::PropelAuth, json!({ orgs: in_org("user_permissions", letters(4 * KIB)) })),
        ("what is skipped", Profile::PropelAuth, json!({ "x": objects(10 * KIB) })),
        ("scopes", Profile::Oidc, json!({ "sub": "ada", "scope": "a ".repeat(KIB) })),
        ("a mapping's metadata", mapping(), both(objects(10 * KIB), json!([]))),
        ("a mapping's names", mapping(), both(json!([]), letters(3 * KIB))),
        ("a mapping's little", mapping(), both(json!({ "plan": "gold" }), json!(["read"]))),
    ] {
        let verifier = verifier(&runtime, profile);
        let mut claims = claims;
        claims["exp"] = json!(NOW + 300);
        claims["user_id"] = json!("NUMBER");
        let (header, payload) = (signer.header().to_string(), claims.to_string());
        let sign = |number: usize| signer.sign(&header, &payload.replace("NUMBER", &format!("{number:06}")));
        let size = sign(0).len();
        // More than there is room for, if the cache kept the tokens and little else.
        let tokens = 2 * CACHE / size.max(KIB);
        let held = measure(|| {
            for number in 0..tokens {
                let mut token = String::new();
                opt_out(|| token = sign(number));
                look(&runtime.block_on(verifier.verify(&token)).unwrap());
                // Found again, and asked again.
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
