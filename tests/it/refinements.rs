//! Settings that refine an issuer: each is read from signed tokens, and invalid settings fail to build.

use std::time::{Duration, SystemTime};

use auth_runtime::{Algorithm, ClaimMapping, InvalidTokenReason, Issuer, User, Verifier, VerifyError};
use serde_json::{Value, json};

use crate::support::{NOW, Recorded, Signer, clock};

const ISS: &str = "https://i.test";
const SECRET: &str = "a secret of the present, long enough";
const OLD: &str = "a secret of the past, and long enough";

fn signer() -> Signer {
    Signer::new(Algorithm::EdDSA, "k")
}

fn issuer(signer: &Signer) -> Issuer {
    Issuer::jwks(ISS, "api", json!({ "keys": [signer.jwk()] }).to_string())
}

/// Valid claims, with these added or replaced.
fn claims(more: &Value) -> Value {
    let mut claims = json!({ "iss": ISS, "aud": "api", "sub": "u1", "exp": NOW + 60 });
    claims.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    claims
}

async fn verify(issuer: Issuer, signer: &Signer, more: &Value) -> Result<User, VerifyError> {
    let verifier = Verifier::builder().issuer(issuer).clock(clock(NOW)).build().await.unwrap();
    verifier.verify(&signer.token(&claims(more))).await.map(|verified| verified.user())
}

/// The setting that does not build.
async fn fault(issuer: Issuer) -> (&'static str, String) {
    let error = Verifier::builder().issuer(issuer).clock(clock(NOW)).build().await.unwrap_err();
    (error.setting(), error.to_string())
}

fn in_seconds(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(NOW + seconds)
}

#[tokio::test]
async fn roles_permissions_and_scopes_are_read_from_other_claims() {
    let signer = signer();
    let refined = || {
        issuer(&signer)
            .claim_mapping(ClaimMapping::keycloak())
            .roles_from("https://shop.test/roles")
            .permissions_from("/resource/0/can~1do")
            .scopes_from("allowed")
    };
    let told = |user: &User| {
        let names = |names: Option<&[String]>| names.map(|names| names.join(","));
        (names(user.roles()), user.has_permission("p"), names(user.scopes()))
    };
    for (value, roles) in [
        (json!("editor Admin"), Some("editor,Admin")),
        (json!(["editor", "Shop Manager"]), Some("editor,Shop Manager")),
        (json!({ "Admin": [1], "editor": {} }), Some("Admin,editor")),
        (json!([]), Some("")),
        (Value::Null, None),
    ] {
        // The mapping's own claim is ignored, including its rule about absence.
        let more = json!({
            "typ": "Bearer", "https://shop.test/roles": value, "realm_access": { "roles": ["other"] },
            "resource": [{ "can/do": ["p"] }], "scope": "other", "allowed": ["a", "b c"],
        });
        let user = verify(refined(), &signer, &more).await.unwrap();
        assert_eq!(told(&user), (roles.map(str::to_owned), true, Some("a,b,c".to_owned())), "{more}");
    }
    let user = verify(refined(), &signer, &json!({ "typ": "Bearer" })).await.unwrap();
    assert_eq!((user.roles(), user.scopes(), user.lacks_permission("p")), (None, None, false));
    for (claim, value) in [
        ("https://shop.test/roles", json!(1)),
        ("https://shop.test/roles", json!([1])),
        ("https://shop.test/roles", json!(true)),
        ("resource", json!([{ "can/do": { "p": 1 } }])),
        ("resource", json!("x")),
        ("allowed", json!({})),
    ] {
        let error = verify(refined(), &signer, &json!({ "typ": "Bearer", claim: value })).await.unwrap_err();
        assert_eq!(error, InvalidTokenReason::Claim(claim).into(), "{claim}");
    }
}

#[tokio::test]
async fn organizations_and_their_roles_are_read_from_other_claims() {
    let signer = signer();
    let refined = || issuer(&signer).org_from("/o/ids").org_role_from("/o/role").permissions_from("can");
    for (orgs, known, active) in [
        (json!("Acme Inc"), &["Acme Inc"][..], Some("Acme Inc")),
        (json!(["acme"]), &["acme"], Some("acme")),
        (json!({ "acme": {} }), &["acme"], Some("acme")),
        (json!(["acme", "globex"]), &["acme", "globex"], None),
        (json!([]), &[], None),
    ] {
        let more = json!({ "o": { "ids": orgs, "role": "Admin" }, "can": ["p"] });
        let user = verify(refined(), &signer, &more).await.unwrap();
        let found: Vec<String> = user.known_orgs().map(|org| org.id().to_owned()).collect();
        assert_eq!(
            (found, user.active_org().map(|org| org.id().to_owned()).as_deref()),
            (known.iter().map(|id| (*id).to_owned()).collect(), active)
        );
        for org in user.known_orgs() {
            // A role or a permission cannot belong to two organizations.
            assert_eq!((org.is_role("Admin"), org.has_permission("p")), (active.is_some(), active.is_some()), "{more}");
        }
    }
    let several = json!({ "o": { "ids": "acme", "role": ["a", "b"] } });
    let org = verify(refined(), &signer, &several).await.unwrap().org("acme").unwrap();
    assert!(org.is_role("a") && org.is_role("b") && !org.is_at_least_role("c"));
    for (more, claim) in [
        (json!({ "o": { "ids": 1 } }), "o"),
        (json!({ "o": { "ids": "acme", "role": 1 } }), "o"),
        (json!({ "o": { "ids": "acme", "role": { "Admin": 1 } } }), "o"),
    ] {
        assert_eq!(verify(refined(), &signer, &more).await.unwrap_err(), InvalidTokenReason::Claim(claim).into());
    }
}

#[tokio::test]
async fn the_users_id_is_read_from_another_claim() {
    let signer = signer();
    let refined = || issuer(&signer).user_id_from("oid");
    for (value, id) in [(json!("o1"), Some("o1")), (json!(42), Some("42")), (json!(""), None), (json!(null), None)] {
        let user = verify(refined(), &signer, &json!({ "oid": value })).await;
        assert_eq!(user.as_ref().ok().map(User::id), id, "{value}");
        assert!(id.is_some() || user.unwrap_err() == InvalidTokenReason::Claim("oid").into());
    }
    assert!(verify(refined(), &signer, &json!({})).await.is_err());
    let email = || issuer(&signer).user_id_from("email").danger_reassignable_id();
    let user = verify(email(), &signer, &json!({ "email": "ada@example.com" })).await.unwrap();
    assert_eq!((user.id(), user.email()), ("ada@example.com", Some("ada@example.com")));
}

#[tokio::test]
async fn a_required_claim_must_have_one_of_its_values() {
    let signer = signer();
    let refined = || issuer(&signer).require_claim("azp", ["web", "7", "true"]).require_claim("/org/kind", ["b2b"]);
    for (azp, is_good) in [
        (json!("web"), true),
        (json!(7), true),
        (json!(true), true),
        (json!(["x", "web"]), true),
        (json!([1, 7]), true),
        (json!("w\u{65}b"), true),
        (json!("Web"), false),
        (json!("web "), false),
        (json!("web,7"), false),
        (json!(7.0), false),
        (json!(false), false),
        (json!([]), false),
        (json!([["web"]]), false),
        (json!({ "web": 1 }), false),
        (json!(null), false),
    ] {
        let user = verify(refined(), &signer, &json!({ "azp": azp, "org": { "kind": "b2b" } })).await;
        assert_eq!(user.is_ok(), is_good, "{azp}: {user:?}");
        assert!(is_good || user.unwrap_err() == InvalidTokenReason::ClaimValue("azp").into());
    }
    for more in [
        json!({ "azp": "web" }),
        json!({ "org": { "kind": "b2b" } }),
        json!({ "azp": "web", "org": "b2b" }),
        json!({ "azp": "web", "org": { "kind": "b2c" } }),
    ] {
        assert!(verify(refined(), &signer, &more).await.is_err(), "{more}");
    }
    // Every call must be met.
    let twice = || issuer(&signer).require_claim("aud", ["api"]).require_claim("aud", ["other"]);
    assert!(verify(twice(), &signer, &json!({ "aud": ["api", "other"] })).await.is_ok());
    assert!(verify(twice(), &signer, &json!({})).await.is_err());
}

#[tokio::test]
async fn another_spelling_of_iss_is_the_same_issuer() {
    let signer = signer();
    let refined = || issuer(&signer).also_issuer_claim("i.test").also_issuer_claim("http://i.test/");
    for (iss, is_good) in [(ISS, true), ("i.test", true), ("http://i.test/", true), ("http://i.test", false)] {
        let user = verify(refined(), &signer, &json!({ "iss": iss })).await;
        assert_eq!(user.as_ref().ok().map(User::issuer), is_good.then_some(ISS), "{iss}");
    }
    // Together with other issuers, too.
    let other = Signer::new(Algorithm::ES256, "k");
    let theirs = || Issuer::jwks("https://other.test", "api", json!({ "keys": [other.jwk()] }).to_string());
    let verifier = Verifier::builder().issuer(theirs()).issuer(refined()).clock(clock(NOW)).build().await.unwrap();
    let token = |signer: &Signer, iss: &str| signer.token(&claims(&json!({ "iss": iss })));
    assert!(verifier.verify(&token(&signer, "i.test")).await.is_ok());
    assert!(verifier.verify(&token(&other, "i.test")).await.is_err());
    assert!(verifier.verify(&token(&signer, "https://other.test")).await.is_err());
    for (setting, builder) in [
        ("also_issuer_claim", Verifier::builder().issuer(refined()).issuer(theirs().also_issuer_claim("i.test"))),
        ("also_issuer_claim", Verifier::builder().issuer(refined()).issuer(theirs().also_issuer_claim(ISS))),
        ("named", Verifier::builder().issuer(refined()).issuer(theirs().named("i.test"))),
    ] {
        assert_eq!(builder.build().await.unwrap_err().setting(), setting);
    }
}

#[tokio::test]
async fn bad_refinements_do_not_build_and_name_the_setting() {
    let signer = signer();
    let good = || issuer(&signer);
    let secret = || Issuer::hmac(ISS, "api", SECRET);
    let (soon, far) = (in_seconds(60), in_seconds(367 * 86_400));
    let pem = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n";
    for (setting, issuer) in vec![
        ("roles_from", good().roles_from("")),
        ("roles_from", good().roles_from("/")),
        ("roles_from", good().roles_from("/a//b")),
        ("roles_from", good().roles_from("/a~2b")),
        ("roles_from", good().roles_from("/a~")),
        ("roles_from", good().roles_from("#/a")),
        ("roles_from", good().roles_from("$.a.b")),
        ("roles_from", good().roles_from("/a/b/c/d/e/f/g/h/i")),
        ("require_claim", good().require_claim("/a~x", ["x"])),
        ("require_claim", good().require_claim("azp", [""; 0])),
        ("roles_from", good().roles_from("a").roles_from("b")),
        ("permissions_from", good().permissions_from("a").permissions_from("a")),
        ("scopes_from", good().scopes_from("a").scopes_from("b")),
        ("org_from", good().org_from("a").org_from("b")),
        ("org_role_from", good().org_role_from("a").org_role_from("b")),
        ("user_id_from", good().user_id_from("a").user_id_from("b")),
        ("map_identity", good().map_identity(|_, identity| Some(identity)).map_identity(|_, identity| Some(identity))),
        ("roles_from", good().roles_from("/user_metadata/roles")),
        ("roles_from", good().roles_from("/https:~1~1shop.test/user_metadata/roles")),
        ("roles_from", good().roles_from("nickname")),
        ("org_from", good().org_from("/unsafe_metadata/org")),
        ("permissions_from", good().permissions_from("/address/country")),
        ("scopes_from", good().scopes_from("user_metadata")),
        ("require_claim", good().require_claim("/user_metadata/plan", ["gold"])),
        ("require_claim", good().claim_mapping(ClaimMapping::propelauth()).require_claim("/properties/plan", ["gold"])),
        ("roles_from", good().roles_from("/user_metadata/roles").danger_user_writable("user_metadata")),
        ("danger_user_writable", good().danger_user_writable("")),
        ("user_id_from", good().user_id_from("email")),
        ("user_id_from", good().user_id_from("upn")),
        ("user_id_from", good().user_id_from("cognito:username")),
        ("user_id_from", good().user_id_from("/user/phone_number")),
        ("user_id_from", good().user_id_from("preferred_username").danger_reassignable_id()),
        ("also_issuer_claim", good().also_issuer_claim("")),
        ("also_issuer_claim", good().also_issuer_claim(ISS)),
        ("also_issuer_claim", good().also_issuer_claim("a").also_issuer_claim("a")),
        ("also_issuer_claim", good().named("x").danger_no_issuer_claim().also_issuer_claim("a")),
        ("also_hmac", good().also_hmac(pem, soon)),
        ("also_hmac", good().also_hmac("short", soon)),
        ("also_hmac", good().also_hmac(SECRET, far)),
        ("also_hmac", good().also_hmac(SECRET, soon).also_hmac(OLD, soon)),
        ("also_hmac", secret().also_hmac(OLD, soon)),
        ("also_secret", secret().also_secret(pem, soon)),
        ("also_secret", secret().also_secret(SECRET, soon)),
        ("also_secret", secret().also_secret(OLD, far)),
        ("also_secret", secret().also_secret(&OLD[..31], soon)),
        ("also_secret", secret().also_secret(OLD, soon).also_secret(OLD, soon)),
        ("also_secret", secret().algorithms([Algorithm::HS512]).also_secret(OLD, soon)),
        ("also_secret", good().also_secret(OLD, soon)),
        ("anonymous_users", good().anonymous_users()),
    ] {
        let (found, text) = fault(issuer).await;
        assert!(found == setting || (setting == "also_secret" && found == "hmac"), "{setting}: {text}");
        assert!(!text.contains(OLD) && !text.contains(SECRET), "{text}");
    }
    for issuer in [
        good().roles_from("/user_metadata/roles").danger_user_writable("/user_metadata/roles"),
        good().org_from("/organization/name"),
        good().require_claim("email_verified", ["true"]),
        good().also_hmac(SECRET, in_seconds(365 * 86_400)),
        secret().also_secret(OLD, SystemTime::UNIX_EPOCH),
    ] {
        Verifier::builder().issuer(issuer).clock(clock(NOW)).build().await.unwrap();
    }
}

#[tokio::test]
async fn an_old_secret_is_accepted_until_its_time_has_passed() {
    let now = clock(NOW);
    let (present, old) = (Signer::with_secret(SECRET.as_bytes(), "k"), Signer::with_secret(OLD.as_bytes(), "k"));
    let stranger = Signer::with_secret(b"a secret of a stranger, long enough", "k");
    let issuer = Issuer::hmac(ISS, "api", SECRET).also_secret(OLD, in_seconds(100));
    let verifier = Verifier::builder().issuer(issuer).clock(now.clone()).build().await.unwrap();
    assert_eq!(verifier.health().issuers()[0].key_count, 2);
    let token = |signer: &Signer| signer.token(&claims(&json!({ "exp": NOW + 1000 })));
    let is_good = async |signer: &Signer| verifier.verify(&token(signer)).await.is_ok();
    // Twice; the second time it is cached.
    for _ in 0..2 {
        assert_eq!((is_good(&present).await, is_good(&old).await, is_good(&stranger).await), (true, true, false));
    }
    now.store((NOW + 100) * 1000, std::sync::atomic::Ordering::SeqCst);
    assert_eq!((is_good(&present).await, is_good(&old).await), (true, false));
    assert_eq!(verifier.verify(&token(&old)).await.unwrap_err(), InvalidTokenReason::UnknownKey.into());
}

#[tokio::test]
async fn a_secret_besides_public_keys_is_used_only_with_its_own_algorithm() {
    let now = clock(NOW);
    for algorithm in [Algorithm::ES256, Algorithm::RS256, Algorithm::EdDSA] {
        now.store(NOW * 1000, std::sync::atomic::Ordering::SeqCst);
        let public = Signer::new(algorithm, "k");
        let secret = Signer::with_secret(OLD.as_bytes(), "k");
        let issuer = issuer(&public).also_hmac(OLD, in_seconds(100));
        let verifier = Verifier::builder().issuer(issuer).clock(now.clone()).build().await.unwrap();
        let payload = claims(&json!({ "exp": NOW + 1000 }));
        let is_good = async |token: String| verifier.verify(&token).await.is_ok();
        assert!(is_good(public.token(&payload)).await);
        assert!(is_good(secret.token(&payload)).await);
        // A public key is known to everyone, so its bytes must not be a secret, in any form.
        let jwk = public.jwk();
        let texts = [jwk.to_string(), json!({ "keys": [jwk] }).to_string()];
        let parts = ["n", "x", "y"].into_iter().filter_map(|name| jwk[name].as_str().map(str::to_owned));
        for text in texts.into_iter().chain(parts) {
            let forged = Signer::with_secret(text.as_bytes(), "k");
            assert!(!is_good(forged.token(&payload)).await, "{text}");
        }
        // Secrets with other algorithms are refused.
        let longer = Signer::with_key("HS384", "k", secret.key.clone());
        assert!(!is_good(longer.token(&payload)).await);
        now.store((NOW + 100) * 1000, std::sync::atomic::Ordering::SeqCst);
        assert!(is_good(public.token(&payload)).await && !is_good(secret.token(&payload)).await);
    }
}

#[tokio::test]
async fn a_start_logs_which_secrets_overlap() {
    let recorded = Recorded::default();
    let _guard = tracing::subscriber::set_default(recorded.subscriber());
    for until in [in_seconds(60), in_seconds(0)] {
        let issuer = Issuer::hmac(ISS, "api", SECRET).also_secret(OLD, until);
        let verifier = Verifier::builder().issuer(issuer).clock(clock(NOW)).build().await.unwrap();
        let seconds = until.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
        let health = verifier.health();
        assert_eq!(health.issuers()[0].also_secret_until, Some(seconds));
        assert_eq!(serde_json::to_value(&health).unwrap()["issuers"][0]["also_secret_until"], seconds);
    }
    let alone = Verifier::new(Issuer::hmac(ISS, "api", SECRET)).await.unwrap().health();
    assert_eq!(alone.issuers()[0].also_secret_until, None);
    assert!(!serde_json::to_string(&alone).unwrap().contains("also_secret_until"));
    let entries = recorded.entries();
    let told = |text: &str| entries.iter().filter(|entry| entry.contains(text)).count();
    assert_eq!((told("an additional secret is accepted"), told("an additional secret has expired")), (1, 1));
    assert!(!entries.iter().any(|entry| entry.contains(OLD)), "{entries:?}");
}

#[tokio::test]
async fn claims_that_only_describe_refuse_nothing() {
    let signer = signer();
    for (value, verified) in [
        (json!(true), Some(true)),
        (json!("true"), Some(true)),
        (json!("false"), Some(false)),
        (json!("True"), None),
        (json!(1), None),
        (json!([true]), None),
        (json!({}), None),
        (json!(null), Some(false)),
    ] {
        let user = verify(issuer(&signer), &signer, &json!({ "email_verified": value })).await.unwrap();
        assert_eq!(user.email_verified(), verified, "{value}");
    }
    for value in [json!(1), json!(1.5), json!(-1), json!(true), json!([]), json!({ "a": [1] })] {
        let more = json!({ "email": value, "given_name": value, "family_name": value, "preferred_username": value });
        let user = verify(issuer(&signer), &signer, &more).await.unwrap();
        assert_eq!((user.email(), user.first_name(), user.last_name(), user.username()), (None, None, None, None));
        let more = json!({ "user_id": "u1", "first_name": value, "username": value, "legacy_user_id": value });
        let propelauth = issuer(&signer).claim_mapping(ClaimMapping::propelauth());
        let user = verify(propelauth, &signer, &more).await.unwrap();
        assert_eq!((user.first_name(), user.username(), user.legacy_user_id()), (None, None, None));
    }
}

#[tokio::test]
async fn act_of_every_type_means_impersonated() {
    let signer = signer();
    for (act, impersonated, by) in [
        (json!({ "sub": "admin" }), Some(true), Some("admin")),
        (json!({ "sub": 1 }), Some(true), None),
        (json!({}), Some(true), None),
        (json!("admin@x"), Some(true), None),
        (json!([]), Some(true), None),
        (json!(false), Some(true), None),
        (json!(0), Some(true), None),
        (json!(-1.5), Some(true), None),
        (json!(null), Some(false), None),
    ] {
        for mapping in [ClaimMapping::oidc(), ClaimMapping::auth0(), ClaimMapping::propelauth()] {
            let more = json!({ "act": act, "user_id": "u1" });
            let user = verify(issuer(&signer).claim_mapping(mapping), &signer, &more).await.unwrap();
            assert_eq!((user.is_impersonated(), user.impersonator_user_id()), (impersonated, by), "{act} {mapping:?}");
        }
    }
}
