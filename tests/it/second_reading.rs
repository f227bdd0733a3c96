//! An application can parse verified JSON again: in a mapping, as metadata, as its own type. The second parser must not
//! see anything that the first one did not see.

use std::thread;

use auth_runtime::{
    Algorithm, ClaimMapping, GuardedRouter, Identity, InvalidTokenReason, Issuer, Membership, User, Verifier,
    require_user, routing,
};
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use crate::support::{NOW, Signer, clock, get_with};

const ISS: &str = "https://issuer.test";
const KIB: usize = 1024;

/// `serde_json` parses a string under this name as JSON text.
const RAW: &str = "$serde_json::private::RawValue";

fn signer() -> Signer {
    Signer::new(Algorithm::EdDSA, "k")
}

fn issuer(signer: &Signer) -> Issuer {
    Issuer::jwks(ISS, "api", json!({ "keys": [signer.jwk()] }).to_string())
}

/// Prints the metadata that it has read.
fn mapped(issuer: Issuer) -> Issuer {
    issuer.claim_mapping(ClaimMapping::none()).map_identity(|claims, _| {
        let seen = Membership::new("acme", "Admin").metadata(claims.get("x")?.clone());
        Some(Identity::new("ada").org(seen))
    })
}

fn propelauth(issuer: Issuer) -> Issuer {
    issuer.claim_mapping(ClaimMapping::propelauth())
}

async fn verifier(signer: &Signer, mapped: impl FnOnce(Issuer) -> Issuer) -> Verifier {
    Verifier::builder().issuer(mapped(issuer(signer))).clock(clock(NOW)).build().await.unwrap()
}

/// Claims as text, with these members in addition to the required ones.
fn payload(members: &str) -> String {
    format!(r#"{{"iss":"{ISS}","aud":"api","exp":{},"user_id":"ada",{members}}}"#, NOW + 300)
}

fn nested(levels: usize) -> String {
    format!("{}{}", "[".repeat(levels), "]".repeat(levels))
}

/// An object with one member.
fn object(name: &str, value: impl Into<Value>) -> Value {
    Value::Object(Map::from_iter([(name.to_owned(), value.into())]))
}

/// Values as text, and the value that each reader must see; `None` if the token must be refused.
fn values() -> Vec<(String, Option<Value>)> {
    let refused = [
        r#"{"a":1,"a":2}"#,
        r#"{"a":1,"\u0061":2}"#,
        r#"[{"b":[{"a":1,"c":0,"a":2}]}]"#,
        r#"{"$serde_json::private::RawValue":"{\"a\":1}"}"#,
        r#"{"$serde_json::private::RawValue":"1","a":1}"#,
        r#"{"a":1,"$serde_json::private::RawValue":"1"}"#,
        r#"{"$serde_json::private::RawValue":null}"#,
        r#"{"$serde_json::private::RawValue":{}}"#,
        r#"{"\u0024serde_json::private::RawValue":"[1,2]"}"#,
        r#"{"$serde_json\u003a:private::Raw\u0056alue":"[1,2]"}"#,
        r#"[[{"a":{"$serde_json::private::RawValue":"{\"a\":1,\"a\":2}"}}]]"#,
    ];
    let accepted = [
        (r#""$serde_json::private::RawValue""#, json!(RAW)),
        (r#"{"a":"$serde_json::private::RawValue"}"#, json!({ "a": RAW })),
        (r#"{"$serde_json::private::RawValu":"{}"}"#, object("$serde_json::private::RawValu", "{}")),
        (r#"{"$serde_json::private::RawValue ":"{}"}"#, object("$serde_json::private::RawValue ", "{}")),
        (r#"{"$serde_json::private::rawvalue":"{}"}"#, object("$serde_json::private::rawvalue", "{}")),
        (r#"{"serde_json::private::RawValue":"{}"}"#, object("serde_json::private::RawValue", "{}")),
        (r#"{"$serde_json::private::":"{}"}"#, object("$serde_json::private::", "{}")),
        (r#"{"a":1,"A":2,"\u0061\u0000":3}"#, json!({ "a": 1, "A": 2, "a\u{0}": 3 })),
        (r#"{"a":{"a":[{"a":1}]}}"#, json!({ "a": { "a": [{ "a": 1 }] } })),
        (r"[1.5,-0.25,1e2,-7,18446744073709551615]", json!([1.5, -0.25, 100.0, -7, u64::MAX])),
    ];
    let refused = refused.into_iter().map(|text| (text.to_owned(), None));
    let accepted = accepted.into_iter().map(|(text, value)| (text.to_owned(), Some(value)));
    refused.chain(accepted).collect()
}

/// The claim `x`, as each reader sees it.
async fn read(verifier: &Verifier, token: &str) -> Result<Vec<(&'static str, Value)>, InvalidTokenReason> {
    let verified = verifier.verify(token).await.map_err(|error| match error {
        auth_runtime::VerifyError::Invalid(fault) => fault,
        other => panic!("{other}"),
    })?;
    let user = verified.user();
    let map = verified.claims::<Map<String, Value>>().unwrap();
    let text = user.claim::<Box<RawValue>>("x").unwrap().unwrap();
    let mut seen = vec![
        ("claims as a value", verified.claims::<Value>().unwrap()["x"].clone()),
        ("claims as a map", map["x"].clone()),
        ("the claim as a value", user.claim::<Value>("x").unwrap().unwrap()),
        ("the claim as text", text.get().parse().unwrap()),
    ];
    if let Some(org) = user.org("acme") {
        seen.push(("metadata", org.metadata().clone()));
    }
    Ok(seen)
}

#[tokio::test]
async fn metadata_and_claims_are_read_as_they_were_checked() {
    let signer = signer();
    let header = signer.header().to_string();
    for (mapping, around) in [
        (mapped as fn(Issuer) -> Issuer, ""),
        (propelauth, r#","org_id_to_org_member_info":{"acme":{"user_role":"Admin","org_metadata":METADATA}}"#),
        (propelauth, r#","org_member_info":{"org_id":"acme","user_role":"Admin","org_metadata":METADATA}"#),
    ] {
        let verifier = verifier(&signer, mapping).await;
        for (text, expected) in values() {
            for (text, expected) in [
                (format!(r#"{{"in":[{text}]}}"#), expected.clone().map(|value| json!({ "in": [value] }))),
                (text, expected),
            ] {
                let members = format!(r#""x":{text}{}"#, around.replace("METADATA", &text));
                let seen = read(&verifier, &signer.sign(&header, &payload(&members))).await;
                match (seen, expected) {
                    (Ok(seen), Some(expected)) => {
                        assert_eq!(seen.len(), 5);
                        for (reader, value) in seen {
                            assert_eq!(value, expected, "{reader}: {text}");
                        }
                    }
                    (seen, expected) => {
                        assert_eq!((seen, expected), (Err(InvalidTokenReason::Claims), None), "{text}");
                    }
                }
            }
        }
    }
}

/// Data in only one place is found in that place. The other members of the token are valid.
#[tokio::test]
async fn every_part_of_the_claims_is_read_strictly() {
    let signer = signer();
    let header = signer.header().to_string();
    let org = |metadata: &str| {
        format!(r#""x":1,"org_member_info":{{"org_id":"acme","user_role":"Admin","org_metadata":{metadata}}}"#)
    };
    let deep = |levels: usize| format!(r#""x":{}"#, nested(levels));
    for (place, members, is_good) in [
        ("a claim", format!(r#""x":1,"{RAW}":"{{}}""#), false),
        ("a claim, escaped", r#""x":1,"\u0024serde_json::private::RawValue":"{}""#.to_owned(), false),
        ("a skipped claim", format!(r#""x":1,"y":{{"{RAW}":"{{}}"}}"#), false),
        ("an actor", format!(r#""x":1,"act":{{"sub":"bob","{RAW}":"{{}}"}}"#), false),
        ("the organizations", format!(r#""x":1,"org_id_to_org_member_info":{{"{RAW}":{{"user_role":"a"}}}}"#), false),
        ("an organization", format!(r#""x":1,"org_member_info":{{"{RAW}":"{{}}","user_role":"a"}}"#), false),
        ("metadata", org(&format!(r#"{{"{RAW}":"{{}}"}}"#)), false),
        ("metadata, escaped", org(r#"{"a":[{"\u0024serde_json::private::RawValue":"{}"}]}"#), false),
        ("metadata, a name twice", org(r#"{"a":1,"a":1}"#), false),
        ("metadata at the limit", org(&nested(30)), true),
        ("metadata beyond the limit", org(&nested(31)), false),
        ("a claim at the limit", deep(31), true),
        ("a claim beyond the limit", deep(32), false),
        ("a string", format!(r#""x":"{RAW}","y":["{RAW}"]"#), true),
    ] {
        let token = signer.sign(&header, &payload(&members));
        for mapping in [mapped as fn(Issuer) -> Issuer, propelauth] {
            let verdict = read(&verifier(&signer, mapping).await, &token).await;
            assert_eq!(verdict.is_ok(), is_good, "{place}: {verdict:?}");
        }
    }
    let verifier = verifier(&signer, propelauth).await;
    for (member, fault) in [
        (r#""x":{"a":"$serde_json::private::RawValue"}"#, None),
        (r#""x":{"$serde_json::private::RawValue":"{}"}"#, Some(InvalidTokenReason::Header)),
        (r#""$serde_json::private::RawValue":"{}""#, Some(InvalidTokenReason::Header)),
        (r#""\u0024serde_json::private::RawValue":"{}""#, Some(InvalidTokenReason::Header)),
    ] {
        let header = format!(r#"{{"alg":"EdDSA","kid":"k",{member}}}"#);
        let verdict = read(&verifier, &signer.sign(&header, &payload(r#""x":1"#))).await;
        assert_eq!(verdict.err(), fault, "{header}");
    }
}

/// The metadata of a custom mapping is stored as text.
#[tokio::test]
async fn metadata_of_a_mapping_must_meet_the_rules() {
    let signer = signer();
    let token = signer.sign(&signer.header().to_string(), &payload(r#""x":1"#));
    let deep = |levels: usize| nested(levels).parse::<Value>().unwrap();
    for (stored, is_good) in [
        (json!({ "a": [1, -2, 2.5, "\u{0}\"", null, true] }), true),
        (Value::Null, true),
        (json!("null"), true),
        (deep(32), true),
        (deep(33), false),
        (object(RAW, "{}"), false),
        (json!([{ "a": object(RAW, 1) }]), false),
    ] {
        let metadata = stored.clone();
        let map = move |_: &Map<String, Value>, _| {
            Some(Identity::new("ada").org(Membership::new("acme", "Admin").metadata(metadata.clone())))
        };
        let verdict = verifier(&signer, |issuer| issuer.claim_mapping(ClaimMapping::none()).map_identity(map))
            .await
            .verify(&token)
            .await;
        let seen = verdict.map(|verified| verified.user().org("acme").unwrap().metadata().clone());
        assert_eq!(seen, if is_good { Ok(stored) } else { Err(InvalidTokenReason::Identity.into()) });
    }
}

#[tokio::test]
async fn an_ambiguous_key_set_is_refused() {
    let jwk = signer().jwk().to_string();
    for (member, is_good) in [
        (r#""y":{"a":1}"#.to_owned(), true),
        (r#""y":{"a":1,"a":1}"#.to_owned(), false),
        (format!(r#""{RAW}":"{{}}""#), false),
        (format!(r#""y":{}"#, nested(33)), false),
    ] {
        for set in
            [format!(r#"{{"keys":[{jwk}],{member}}}"#), format!(r#"{{"keys":[{},{member}}}]}}"#, &jwk[..jwk.len() - 1])]
        {
            let built = Verifier::new(Issuer::jwks(ISS, "api", &*set)).await;
            assert_eq!(built.is_ok(), is_good, "{set}: {built:?}");
        }
    }
}

/// Texts inside texts: `serde_json` counts levels from zero in each text. With each text around it, a quote grows by
/// five bytes, because both the quote and its backslash are escaped without a backslash.
fn texts_in_texts(texts: usize, levels: usize) -> String {
    let arrays = levels - 1;
    (0..texts).fold("0".to_owned(), |inner, _| {
        let inner = inner.replace('\\', "\\u005c").replace('"', "\\u0022");
        format!(r#"{}{{"{RAW}":"{inner}"}}{}"#, "[".repeat(arrays), "]".repeat(arrays))
    })
}

#[require_user]
async fn whoami(user: User) -> String {
    user.id().to_owned()
}

/// 2,400 levels in a token of 13 KiB. The claims show only two levels. Without optimization, a reader that follows all
/// of them needs more than the 2 MiB stack of a tokio worker.
#[test]
fn nesting_hidden_in_strings_does_not_overflow_the_stack() {
    let signer = signer();
    let token = |x: &str| signer.sign(&signer.header().to_string(), &payload(&format!(r#""x":{x}"#)));
    let hidden = object(RAW, texts_in_texts(20, 120)).to_string();
    let (good, hostile) = (token("1"), token(&hidden));
    assert!(hostile.len() <= 16 * KIB, "{}", hostile.len());
    let answer = move || {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            for (mapping, token, expected) in
                [(mapped as fn(Issuer) -> Issuer, &good, 200), (mapped, &hostile, 401), (propelauth, &hostile, 401)]
            {
                let verifier = verifier(&signer, mapping).await;
                let app = GuardedRouter::new().route("/", routing::get(whoami)).guarded_by(verifier).into_router();
                assert_eq!(get_with(&app, "/", token).await.status, expected);
            }
        });
    };
    thread::Builder::new().stack_size(2 * KIB * KIB).spawn(answer).unwrap().join().unwrap();
}
