//! The verifier compared with an oracle: `jsonwebtoken::decode`, plus the stricter rules in a slow and simple form.
//!
//! Over 100,000 tokens from a fixed seed: headers and claims in unusual combinations, correctly signed, and then cut,
//! swapped and changed. Both must agree on each token.

use std::collections::BTreeSet;
use std::fmt;

use auth_runtime::{Algorithm, Issuer, Verifier};
use aws_lc_rs::signature::{ECDSA_P521_SHA512_FIXED, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{DecodingKey, Validation, decode};
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Value, json};

use crate::support::{NOW, Signer, clock};

const ISS: &str = "https://issuer.test";
const AUD: &str = "api";
const TOKENS_PER_ALGORITHM: usize = 8_000;

const ALGORITHMS: [Algorithm; 13] = [
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::ES512,
    Algorithm::EdDSA,
    Algorithm::HS256,
    Algorithm::HS384,
    Algorithm::HS512,
];

/// `SplitMix64`: a small seeded generator with the same results on every machine.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).unwrap()
    }

    fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }

    /// True with a chance of one in this number.
    fn once_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }
}

/// Prints an object member by member, so that a name can be repeated.
fn object(members: &[(String, String)]) -> String {
    let members: Vec<_> = members.iter().map(|(name, value)| format!("{name}:{value}")).collect();
    format!("{{{}}}", members.join(","))
}

fn member(name: &str, value: impl fmt::Display) -> (String, String) {
    (format!("\"{name}\""), value.to_string())
}

fn header(random: &mut Random, algorithm: Algorithm) -> String {
    let mut members = vec![member("alg", json!(algorithm.to_string())), member("kid", "\"k\"")];
    if random.once_in(3) {
        return object(&members);
    }
    let odd = [
        member("typ", "\"JWT\""),
        member("typ", "\"at+JWT\""),
        member("typ", "\"JOSE\""),
        member("typ", "\"application/at+jwt\""),
        member("typ", "\"logout+jwt\""),
        member("typ", "\"\""),
        member("kid", "\"other\""),
        member("kid", json!("k".repeat(300))),
        member("alg", "\"none\""),
        member("alg", "\"HS256\""),
        member("alg", "\"ES256\""),
        member("alg", "\"rs256\""),
        member("crit", "[\"exp\"]"),
        member("crit", "[]"),
        member("b64", "false"),
        member("zip", "\"DEF\""),
        member("enc", "\"A128GCM\""),
        member("cty", "\"JWT\""),
        member("x", "{\"a\":1,\"a\":2}"),
        member("x", "{\"a\":[1,{\"b\":null}]}"),
        member("x", format!("{}{}", "[".repeat(40), "]".repeat(40))),
        member("jku", "\"https://evil.test\""),
        ("\"\\u0061lg\"".to_owned(), "\"none\"".to_owned()),
    ];
    let (name, value) = random.pick(&odd).clone();
    if random.once_in(2) {
        members.retain(|(known, _)| *known != name);
    }
    let at = random.below(members.len() + 1);
    members.insert(at, (name, value));
    if random.once_in(12) {
        members.remove(0);
    }
    object(&members)
}

fn claims(random: &mut Random) -> String {
    let base = [
        member("iss", json!(ISS)),
        member("aud", json!(AUD)),
        member("sub", "\"ada\""),
        member("exp", NOW + 300),
        member("iat", NOW),
    ];
    let mut members = base.to_vec();
    for _ in 0..random.below(3) {
        let times = [
            json!(NOW),
            json!(NOW - 59),
            json!(NOW - 60),
            json!(NOW - 61),
            json!(NOW + 59),
            json!(NOW + 60),
            json!(NOW + 61),
            json!(NOW as f64 - 59.5),
            json!(NOW as f64 - 60.5),
            json!(-1),
            json!(0),
            json!(1e300),
            json!(253_402_300_799_u64),
            json!(253_402_300_800_u64),
            json!(u64::MAX),
            json!("1"),
            json!(true),
            json!(null),
            json!([]),
            json!({}),
        ];
        let texts = [json!(""), json!("x"), json!(1), json!(null), json!(["x"]), json!({ "x": 1 })];
        let (name, value) = match random.below(14) {
            0 | 1 => ("exp", random.pick(&times).clone()),
            2 => ("nbf", random.pick(&times).clone()),
            3 => ("iat", random.pick(&times).clone()),
            4 => {
                let odd = [json!(ISS), json!("https://issuer.test/"), json!([ISS]), json!(null), json!(1), json!("")];
                ("iss", random.pick(&odd).clone())
            }
            5 => {
                let odd = [
                    json!([AUD]),
                    json!([AUD, "x"]),
                    json!(["x"]),
                    json!([]),
                    json!([AUD, 1]),
                    json!(["API"]),
                    json!("x"),
                    json!(null),
                    json!({}),
                    json!([[AUD]]),
                ];
                ("aud", random.pick(&odd).clone())
            }
            6 => ("sub", random.pick(&texts).clone()),
            7 => (*random.pick(&["at_hash", "c_hash", "nonce", "cnf", "events"]), random.pick(&texts).clone()),
            8 => ("scope", random.pick(&[json!("a b"), json!(["a"]), json!(1), json!([1]), json!(null)]).clone()),
            9 => (*random.pick(&["email", "given_name"]), random.pick(&texts).clone()),
            10 => ("nonce", random.pick(&texts).clone()),
            11 => (
                *random.pick(&["scp", "scope"]),
                random.pick(&[json!("a b"), json!(["a"]), json!(""), json!(1), json!(null)]).clone(),
            ),
            12 => {
                let odd =
                    [json!("true"), json!("false"), json!("TRUE"), json!(true), json!(false), json!(1), json!(null)];
                ("email_verified", random.pick(&odd).clone())
            }
            13 => {
                ("act", random.pick(&[json!({ "sub": "x" }), json!({}), json!("x"), json!(false), json!(null)]).clone())
            }
            _ => ("else", random.pick(&times).clone()),
        };
        if !random.once_in(6) {
            members.retain(|(known, _)| *known != format!("\"{name}\""));
        }
        let at = random.below(members.len() + 1);
        members.insert(at, member(name, value));
    }
    match random.below(24) {
        0 => {
            members.remove(random.below(members.len()));
        }
        1 => members.push(member("deep", format!("{}{}", "[".repeat(31), "]".repeat(31)))),
        2 => members.push(member("deep", format!("{}{}", "[".repeat(32), "]".repeat(32)))),
        3 => members.push(member("x", "{\"a\":{\"r\":1,\"r\":1}}")),
        4 => return format!("[{NOW}]"),
        5 => return format!("{} ", object(&members)),
        6 => return format!("{}x", object(&members)),
        _ => {}
    }
    object(&members)
}

/// Damages a token without using its key.
fn damaged(random: &mut Random, token: &str, other: &str) -> String {
    let mut bytes = token.as_bytes().to_vec();
    let at = random.below(bytes.len());
    match random.below(8) {
        0 => bytes[at] = *random.pick(b"AQgw_-.=+/ \n~"),
        1 => {
            bytes.remove(at);
        }
        2 => bytes.insert(at, *random.pick(b"Aw.=_")),
        3 => bytes.truncate(at),
        4 => bytes.push(*random.pick(b"A.=")),
        5 => {
            let last = bytes.len() - 1;
            bytes[last] = *random.pick(b"ABCDQRgwxyz0189_-");
        }
        _ => {
            // One part of another token with a signature by the same key.
            let swapped = random.below(3);
            let parts = |text: &str| text.split('.').map(str::to_owned).collect::<Vec<_>>();
            let (mut mine, theirs) = (parts(token), parts(other));
            mine[swapped].clone_from(&theirs[swapped]);
            bytes = mine.join(".").into_bytes();
        }
    }
    String::from_utf8(bytes).unwrap()
}

/// JSON with all members, in order.
enum Tree {
    Scalar,
    Sequence(Vec<Tree>),
    Object(Vec<(String, Tree)>),
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;

        impl<'de> Visitor<'de> for Any {
            type Value = Tree;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("JSON")
            }

            fn visit_bool<E>(self, _: bool) -> Result<Tree, E> {
                Ok(Tree::Scalar)
            }

            fn visit_u64<E>(self, _: u64) -> Result<Tree, E> {
                Ok(Tree::Scalar)
            }

            fn visit_i64<E>(self, _: i64) -> Result<Tree, E> {
                Ok(Tree::Scalar)
            }

            fn visit_f64<E>(self, _: f64) -> Result<Tree, E> {
                Ok(Tree::Scalar)
            }

            fn visit_str<E>(self, _: &str) -> Result<Tree, E> {
                Ok(Tree::Scalar)
            }

            fn visit_unit<E>(self) -> Result<Tree, E> {
                Ok(Tree::Scalar)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Tree, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = seq.next_element()? {
                    items.push(item);
                }
                Ok(Tree::Sequence(items))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Tree, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Tree::Object(members))
            }
        }

        deserializer.deserialize_any(Any)
    }
}

impl Tree {
    fn is_unambiguous(&self, depth: usize) -> bool {
        match self {
            Self::Scalar => true,
            _ if depth == 32 => false,
            Self::Sequence(items) => items.iter().all(|item| item.is_unambiguous(depth + 1)),
            Self::Object(members) => {
                let names: BTreeSet<_> = members.iter().map(|(name, _)| name).collect();
                names.len() == members.len() && members.iter().all(|(_, value)| value.is_unambiguous(depth + 1))
            }
        }
    }
}

/// A part that decodes, is encoded canonically, and contains an unambiguous object.
fn strict_object(part: &str) -> Option<serde_json::Map<String, Value>> {
    let decoded = URL_SAFE_NO_PAD.decode(part).ok()?;
    if URL_SAFE_NO_PAD.encode(&decoded) != part {
        return None;
    }
    let tree: Tree = serde_json::from_slice(&decoded).ok()?;
    if !tree.is_unambiguous(0) {
        return None;
    }
    serde_json::from_slice::<Value>(&decoded).ok()?.as_object().cloned()
}

/// The keys with which the oracle checks signatures.
enum OracleKey {
    Theirs(DecodingKey, jsonwebtoken::Algorithm),
    /// The point of an ES512 key, which `jsonwebtoken` does not support.
    P521(Vec<u8>),
}

impl OracleKey {
    fn new(signer: &Signer) -> Self {
        let jwk = |name: &str| URL_SAFE_NO_PAD.decode(signer.jwk()[name].as_str().unwrap()).unwrap();
        match signer.algorithm.as_str() {
            "ES512" => Self::P521([vec![4], jwk("x"), jwk("y")].concat()),
            name if name.starts_with("HS") => {
                Self::Theirs(DecodingKey::from_secret(signer.key.as_bytes()), name.parse().unwrap())
            }
            name => {
                let jwk = serde_json::from_value(signer.jwk()).unwrap();
                Self::Theirs(DecodingKey::from_jwk(&jwk).unwrap(), name.parse().unwrap())
            }
        }
    }

    fn verifies(&self, token: &str) -> bool {
        match self {
            Self::Theirs(key, algorithm) => {
                let mut validation = Validation::new(*algorithm);
                validation.validate_exp = false; // it uses the wall clock; our rules for time follow above
                validation.set_issuer(&[ISS]);
                validation.set_audience(&[AUD]);
                validation.set_required_spec_claims(&["exp", "iss", "aud"]);
                decode::<Value>(token, key, &validation).is_ok()
            }
            Self::P521(point) => {
                let Some((message, signature)) = token.rsplit_once('.') else { return false };
                let Some(header) = token.split('.').next().and_then(strict_object) else { return false };
                let Ok(signature) = URL_SAFE_NO_PAD.decode(signature) else { return false };
                let key = UnparsedPublicKey::new(&ECDSA_P521_SHA512_FIXED, point);
                header.get("alg") == Some(&json!("ES512")) && key.verify(message.as_bytes(), &signature).is_ok()
            }
        }
    }
}

fn oracle(token: &str, key: &OracleKey) -> bool {
    oracle_header(token).is_some() && oracle_claims(token).is_some() && key.verifies(token)
}

fn oracle_header(token: &str) -> Option<()> {
    let parts: Vec<_> = token.split('.').collect();
    let [header, _, signature] = parts.as_slice() else { return None };
    let decoded = URL_SAFE_NO_PAD.decode(signature).ok()?;
    if URL_SAFE_NO_PAD.encode(decoded) != *signature {
        return None;
    }
    let header = strict_object(header)?;
    if ["crit", "b64", "zip", "enc", "cty"].iter().any(|name| header.contains_key(*name)) {
        return None;
    }
    if let Some(kid) = header.get("kid")
        && kid.as_str()? != "k"
    {
        return None;
    }
    if let Some(typ) = header.get("typ") {
        let typ = typ.as_str()?.to_lowercase();
        if !["jwt", "jose", "at+jwt", "application/at+jwt"].contains(&typ.as_str()) {
            return None;
        }
    }
    Some(())
}

fn oracle_claims(token: &str) -> Option<()> {
    let claims = strict_object(token.split('.').nth(1)?)?;
    let now = NOW as f64;
    let time = |name: &str| claims.get(name).map(|value| value.as_f64().ok_or(()));
    let exp = time("exp")?.ok()?;
    let in_time = (0.0..=253_402_300_799.0).contains(&exp) && now < exp + 60.0;
    let begins = |name: &str| match time(name) {
        None => true,
        Some(Ok(time)) => time <= now + 60.0,
        Some(Err(())) => false,
    };
    let audience = match claims.get("aud")? {
        Value::String(one) => one == AUD,
        Value::Array(many) => many.iter().all(Value::is_string) && many.iter().any(|one| one == AUD),
        _ => false,
    };
    let absent = |name: &&str| !claims.contains_key(*name);
    let has_scopes = ["scope", "scp"].iter().any(|name| claims.get(*name).is_some_and(|value| !value.is_null()));
    let no_other_kind = ["at_hash", "c_hash", "cnf", "events"].iter().all(absent) && (absent(&"nonce") || has_scopes);
    // The rules of the mapping `oidc`.
    let sub = claims.get("sub").and_then(Value::as_str).is_some_and(|sub| !sub.is_empty());
    let scope = ["scope", "scp"].iter().all(|name| match claims.get(*name) {
        None | Some(Value::Null | Value::String(_)) => true,
        Some(Value::Array(scopes)) => scopes.iter().all(Value::is_string),
        Some(_) => false,
    });
    let issuer = claims.get("iss").and_then(Value::as_str) == Some(ISS);
    (in_time && begins("nbf") && begins("iat") && audience && no_other_kind && sub && scope && issuer).then_some(())
}

/// The personal data in a good token: the email address, whether it is verified, whether there is an actor.
fn oracle_person(token: &str) -> (Option<String>, Option<bool>, Option<bool>) {
    let claims = strict_object(token.split('.').nth(1).unwrap()).unwrap();
    let email_verified = match claims.get("email_verified") {
        None | Some(Value::Null) => Some(false),
        Some(Value::Bool(verified)) => Some(*verified),
        Some(Value::String(text)) => text.parse().ok(),
        Some(_) => None,
    };
    let acted = claims.get("act").is_some_and(|act| !act.is_null());
    let email = claims.get("email").and_then(Value::as_str).filter(|email| !email.is_empty());
    (email.map(str::to_owned), email_verified, Some(acted))
}

/// The number of compared tokens, and of tokens that both accept.
async fn compare(algorithm: Algorithm, seed: u64) -> (usize, usize) {
    let random = &mut Random(seed);
    let signer = Signer::new(algorithm, "k");
    let key = OracleKey::new(&signer);
    let is_hmac = signer.algorithm.starts_with("HS");
    let issuer = if is_hmac {
        Issuer::hmac(ISS, AUD, signer.key.as_bytes())
    } else {
        Issuer::jwks(ISS, AUD, json!({ "keys": [signer.jwk()] }).to_string())
    };
    let verifier = Verifier::builder().issuer(issuer.algorithms([algorithm])).clock(clock(NOW)).build().await.unwrap();
    // Signing with RSA costs thirty times as much as verifying.
    let signed = if matches!(
        algorithm,
        Algorithm::RS256 | Algorithm::RS384 | Algorithm::RS512 | Algorithm::PS256 | Algorithm::PS384 | Algorithm::PS512
    ) {
        600
    } else {
        4_000
    };
    let signed: Vec<_> = (0..signed).map(|_| signer.sign(&header(random, algorithm), &claims(random))).collect();
    let (mut compared, mut accepted) = (0, 0);
    for index in 0..TOKENS_PER_ALGORITHM {
        let token = if let Some(token) = signed.get(index) {
            token.clone()
        } else {
            let (one, other) = (random.pick(&signed).clone(), random.pick(&signed).clone());
            damaged(random, &one, &other)
        };
        // A `kid` is ignored if keys have no names. The oracle always compares it.
        if is_hmac && (token_names_other_key(&token)) {
            continue;
        }
        let ours = verifier.verify(&token).await;
        assert_eq!(ours.is_ok(), oracle(&token, &key), "{algorithm:?} {token}: {ours:?}");
        if let Ok(verified) = &ours {
            let user = verified.user();
            let told = (user.email().map(str::to_owned), user.email_verified(), user.is_impersonated());
            assert_eq!(told, oracle_person(&token), "{token}");
        }
        compared += 1;
        accepted += usize::from(ours.is_ok());
    }
    (compared, accepted)
}

fn token_names_other_key(token: &str) -> bool {
    let header = token.split('.').next().and_then(strict_object);
    header
        .and_then(|header| header.get("kid").cloned())
        .is_some_and(|kid| kid != "k" && kid.as_str().is_some_and(|kid| kid.len() <= 256))
}

#[test]
fn the_verifier_agrees_with_the_oracle_on_every_token() {
    let halves: Vec<_> = ALGORITHMS.chunks(7).collect();
    let results: Vec<(usize, usize)> = std::thread::scope(|scope| {
        let threads: Vec<_> = halves
            .iter()
            .enumerate()
            .map(|(half, algorithms)| {
                scope.spawn(move || {
                    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
                    algorithms
                        .iter()
                        .enumerate()
                        .map(|(index, algorithm)| runtime.block_on(compare(*algorithm, (half * 7 + index) as u64)))
                        .collect::<Vec<_>>()
                })
            })
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    let (compared, accepted) = results.iter().fold((0, 0), |(a, b), (c, d)| (a + c, b + d));
    println!("{compared} tokens compared, {accepted} accepted by both");
    assert!(compared >= 100_000);
    assert!(results.iter().all(|(_, accepted)| *accepted >= 50), "every algorithm accepts some: {results:?}");
}
