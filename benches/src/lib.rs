//! Shared by the benches: a realistic token, routes with and without a guard, and ratios.
//!
//! All figures are ratios. The speed of a machine changes, so things are compared in the same run, in turns.
#![allow(
    missing_debug_implementations,
    missing_docs,
    clippy::cast_precision_loss,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::missing_errors_doc,
    clippy::unwrap_used
)]

use std::convert::Infallible;
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use auth_runtime::{
    Algorithm, ClaimMapping, Directory, DirectoryError, Grants, GuardedRouter, Issuer, Membership, OrgMember,
    TokenCache, User, Verifier, VerifierBuilder, require_org, require_permission, require_user, routing,
};
use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    self, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, ParsedPublicKey, RsaKeyPair,
    RsaPublicKeyComponents,
};
use axum::Router;
use axum::body::Body;
use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Request, StatusCode, header};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use futures_util::FutureExt as _;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{DecodingKey, EncodingKey, Header, Validation};
use serde::Deserialize;
use serde_json::{Value, json};
use tower::Service as _;

pub const ISS: &str = "https://auth.example.com";
pub const AUD: &str = "api";

/// Checks a signature: message, signature.
type Check = dyn Fn(&[u8], &[u8]);

/// An issuer's key, and everything that is made from it.
pub struct Keys {
    pub algorithm: Algorithm,
    pub signing: EncodingKey,
}

impl Keys {
    pub fn new(algorithm: Algorithm) -> Self {
        let signing = match algorithm {
            // The same secret as in `issuer` and `decoding_key`.
            Algorithm::HS256 => EncodingKey::from_secret(&[7; 32]),
            Algorithm::EdDSA => {
                EncodingKey::from_ed_der(Ed25519KeyPair::generate().unwrap().to_pkcs8v1().unwrap().as_ref())
            }
            Algorithm::ES256 => {
                let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
                EncodingKey::from_ec_der(pair.to_pkcs8v1().unwrap().as_ref())
            }
            _ => {
                let key: Pkcs8V1Der<'_> = RsaKeyPair::generate(KeySize::Rsa2048).unwrap().as_der().unwrap();
                let text = STANDARD.encode(key.as_ref());
                let pem = format!("-----BEGIN PRIVATE KEY-----\n{text}\n-----END PRIVATE KEY-----\n");
                EncodingKey::from_rsa_pem(pem.as_bytes()).unwrap()
            }
        };
        Self { algorithm, signing }
    }

    fn jwk(&self, kid: &str) -> Jwk {
        let mut jwk = Jwk::from_encoding_key(&self.signing, theirs(self.algorithm)).unwrap();
        jwk.common.key_id = Some(kid.to_owned());
        jwk
    }

    /// The issuer, with this number of other keys.
    pub fn issuer(&self, iss: &str, others: usize) -> Issuer {
        if self.algorithm == Algorithm::HS256 {
            return Issuer::hmac(iss, AUD, [7; 32]).claim_mapping(ClaimMapping::propelauth());
        }
        let mut keys = vec![self.jwk("k")];
        keys.extend((0..others).map(|other| Self::new(Algorithm::EdDSA).jwk(&format!("k{other}"))));
        let set = json!({ "keys": keys }).to_string();
        Issuer::jwks(iss, AUD, set)
            .algorithms([self.algorithm, Algorithm::EdDSA])
            .claim_mapping(ClaimMapping::propelauth())
    }

    /// A token with this number of organizations. A different `number` makes a different token.
    pub fn token(&self, orgs: usize, number: usize) -> String {
        let header = Header { kid: Some("k".to_owned()), ..Header::new(theirs(self.algorithm)) };
        jsonwebtoken::encode(&header, &claims(orgs, number), &self.signing).unwrap()
    }

    /// A token with two organizations that is valid for an hour. With revocations, tokens that live for years are
    /// refused.
    pub fn token_for_an_hour(&self) -> String {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
        let mut claims = claims(2, 0);
        claims["iat"] = now.into();
        claims["exp"] = (now + 3600).into();
        let header = Header { kid: Some("k".to_owned()), ..Header::new(theirs(self.algorithm)) };
        jsonwebtoken::encode(&header, &claims, &self.signing).unwrap()
    }

    /// A token with this number of permissions in the organization of [`TEN_PERMISSIONS`]. None of them is one of the
    /// ten.
    pub fn token_with_permissions(&self, count: usize) -> String {
        let mut claims = claims(1, 0);
        let entry = &mut claims["org_id_to_org_member_info"]["1189c444-8a2d-4c41-8b4b-000000000000"];
        entry["user_permissions"] = (0..count).map(|n| format!("can_do_number_{n:05}")).collect();
        let header = Header { kid: Some("k".to_owned()), ..Header::new(theirs(self.algorithm)) };
        jsonwebtoken::encode(&header, &claims, &self.signing).unwrap()
    }

    /// Checks only a signature, with a key that is parsed already.
    pub fn bare_check(&self) -> Box<Check> {
        let jwk = json!(self.jwk_or_none());
        let part = |name: &str| URL_SAFE_NO_PAD.decode(jwk[name].as_str().unwrap()).unwrap();
        let key = match self.algorithm {
            Algorithm::RS256 => RsaPublicKeyComponents { n: part("n"), e: part("e") }
                .to_parsed_public_key(&signature::RSA_PKCS1_2048_8192_SHA256)
                .unwrap(),
            Algorithm::ES256 => {
                let point = [vec![4], part("x"), part("y")].concat();
                ParsedPublicKey::new(&signature::ECDSA_P256_SHA256_FIXED, point).unwrap()
            }
            Algorithm::EdDSA => ParsedPublicKey::new(&signature::ED25519, part("x")).unwrap(),
            _ => return Box::new(|_, _| {}),
        };
        Box::new(move |message, signature| key.verify_sig(message, signature).unwrap())
    }

    fn jwk_or_none(&self) -> Option<Jwk> {
        (self.algorithm != Algorithm::HS256).then(|| self.jwk("k"))
    }

    pub fn decoding_key(&self) -> DecodingKey {
        match self.jwk_or_none() {
            Some(jwk) => DecodingKey::from_jwk(&jwk).unwrap(),
            None => DecodingKey::from_secret(&[7; 32]),
        }
    }
}

/// The signing input of a token, and its signature.
pub fn signed(token: &str) -> (String, Vec<u8>) {
    let (message, signature) = token.rsplit_once('.').unwrap();
    (message.to_owned(), URL_SAFE_NO_PAD.decode(signature).unwrap())
}

/// Claims in the form of `PropelAuth`: a token of about 1.5 kB with two organizations.
fn claims(orgs: usize, number: usize) -> Value {
    let member = |id: &str| {
        json!({
            "org_id": id, "org_name": "Acme Incorporated", "org_metadata": { "plan": "gold" },
            "url_safe_org_name": "acme-incorporated", "org_role_structure": "single_role_in_hierarchy",
            "user_role": "Admin", "inherited_user_roles_plus_current_role": ["Admin", "Member"],
            "user_permissions": ["can_view_billing", "can_edit"], "additional_roles": [],
        })
    };
    let entries: serde_json::Map<String, Value> =
        (0..orgs).map(|org| format!("1189c444-8a2d-4c41-8b4b-{org:012}")).map(|id| (id.clone(), member(&id))).collect();
    json!({
        "iss": ISS, "aud": AUD, "iat": 1_767_225_600, "exp": 9_999_999_999_u64,
        "user_id": format!("31c41c16-c281-44ae-9602-{number:012}"), "email": "ada@example.com",
        "first_name": "Ada", "last_name": "Lovelace", "username": "ada",
        "login_method": { "login_method": "password" }, "properties": { "favourite": "engine" },
        "org_id_to_org_member_info": entries,
    })
}

pub const ORG: &str = "/orgs/1189c444-8a2d-4c41-8b4b-000000000000";

async fn open(Path(org_id): Path<String>) -> StatusCode {
    black_box(org_id);
    StatusCode::OK
}

#[require_org(role >= "Admin", from = org_id)]
async fn guarded(Path(org_id): Path<String>) -> StatusCode {
    black_box(org_id);
    StatusCode::OK
}

async fn open_bare() -> StatusCode {
    StatusCode::OK
}

#[require_user]
async fn guarded_bare() -> StatusCode {
    StatusCode::OK
}

#[require_user]
#[require_org(role >= "Admin", from = org_id)]
#[require_permission("can_view_billing" && permission("can_edit"))]
async fn stacked(Path(org_id): Path<String>, org: OrgMember) -> StatusCode {
    black_box((org_id, org));
    StatusCode::OK
}

/// The path of a route that asks for ten permissions.
pub const TEN_PERMISSIONS: &str = "/ten/1189c444-8a2d-4c41-8b4b-000000000000";

#[require_permission(
    "a" || permission("b") || permission("c") || permission("d") || permission("e")
        || permission("f") || permission("g") || permission("h") || permission("i") || permission("j"),
    from = org_id
)]
async fn ten_permissions(Path(org_id): Path<String>) -> StatusCode {
    black_box(org_id);
    StatusCode::OK
}

/// A hand-written extractor: decodes the token and passes the claims to the handler.
struct ByHand(#[allow(dead_code)] Claims);

#[derive(Deserialize)]
#[allow(dead_code)]
struct Claims {
    user_id: String,
    email: String,
    org_id_to_org_member_info: std::collections::HashMap<String, Member>,
}

#[derive(Deserialize)]
#[allow(dead_code)]
struct Member {
    org_id: String,
    org_name: String,
    user_role: String,
    inherited_user_roles_plus_current_role: Vec<String>,
    user_permissions: Vec<String>,
}

#[derive(Clone)]
pub struct HandState(Arc<(DecodingKey, Validation)>);

impl FromRequestParts<HandState> for ByHand {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, state: &HandState) -> Result<Self, StatusCode> {
        let value = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = value.and_then(|value| value.strip_prefix("Bearer ")).ok_or(StatusCode::UNAUTHORIZED)?;
        let (key, validation) = &*state.0;
        let data = jsonwebtoken::decode::<Claims>(token, key, validation).map_err(|_| StatusCode::UNAUTHORIZED)?;
        Ok(Self(data.claims))
    }
}

async fn by_hand(ByHand(claims): ByHand, Path(org_id): Path<String>) -> StatusCode {
    let member = claims.org_id_to_org_member_info.get(&org_id);
    let admits =
        member.is_some_and(|member| member.inherited_user_roles_plus_current_role.iter().any(|role| role == "Admin"));
    if admits { StatusCode::OK } else { StatusCode::FORBIDDEN }
}

/// The algorithm as a type of `jsonwebtoken`.
fn theirs(algorithm: Algorithm) -> jsonwebtoken::Algorithm {
    algorithm.to_string().parse().unwrap()
}

pub fn validation(algorithm: Algorithm) -> Validation {
    let mut validation = Validation::new(theirs(algorithm));
    validation.set_audience(&[AUD]);
    validation.set_issuer(&[ISS]);
    validation.validate_nbf = true;
    validation
}

/// The route without a guard.
pub fn open_route() -> Router {
    Router::new().route("/orgs/{org_id}", axum::routing::get(open)).route("/bare", axum::routing::get(open_bare))
}

pub fn hand_written_route(keys: &Keys) -> Router {
    let state = HandState(Arc::new((keys.decoding_key(), validation(keys.algorithm))));
    Router::new().route("/orgs/{org_id}", axum::routing::get(by_hand)).with_state(state)
}

pub fn guarded_route(verifier: Verifier) -> Router {
    routes().guarded_by(verifier).into_router()
}

/// The guarded routes, for the verifier of the process.
pub fn guarded_by_the_process() -> Router {
    routes().into_router()
}

fn routes() -> GuardedRouter {
    GuardedRouter::new()
        .route("/orgs/{org_id}", routing::get(guarded))
        .route("/bare", routing::get(guarded_bare))
        .route("/stacked/{org_id}", routing::get(stacked))
        .route("/ten/{org_id}", routing::get(ten_permissions))
}

/// This number of routes, on an axum router.
pub fn open_routes(paths: &[String]) -> Router {
    paths.iter().fold(Router::new(), |router, path| router.route(path, axum::routing::get(open).post(open)))
}

/// The same number of guarded routes.
pub fn guarded_routes(paths: &[String]) -> Router {
    let add = |router: GuardedRouter, path: &String| router.route(path, routing::get(guarded).post(guarded));
    paths.iter().fold(GuardedRouter::new(), add).into_router()
}

pub fn verifier(issuers: impl IntoIterator<Item = Issuer>, cache: TokenCache) -> Verifier {
    verifier_with(issuers, cache, |builder| builder)
}

/// A verifier with further settings.
pub fn verifier_with(
    issuers: impl IntoIterator<Item = Issuer>,
    cache: TokenCache,
    settings: impl FnOnce(VerifierBuilder) -> VerifierBuilder,
) -> Verifier {
    let builder = issuers.into_iter().fold(Verifier::builder(), VerifierBuilder::issuer);
    settings(builder.token_cache(cache).max_token_bytes(65_536)).build().now_or_never().unwrap().unwrap()
}

/// A directory in which every user is an administrator of every organization.
pub struct Administrators;

impl Directory for Administrators {
    async fn membership(&self, _: &User, org: &str) -> Result<Option<Membership>, DirectoryError> {
        Ok(Some(Membership::new(org, "Admin")))
    }

    async fn grants(&self, _: &User) -> Result<Grants, DirectoryError> {
        Ok(Grants::none())
    }
}

pub fn request(path: &str, token: Option<&str>) -> Request<Body> {
    let mut request = Request::get(path);
    if let Some(token) = token {
        request = request.header(header::AUTHORIZATION, HeaderValue::try_from(format!("Bearer {token}")).unwrap());
    }
    request.body(Body::empty()).unwrap()
}

/// Sends one request through a router. It never waits. A profiler finds the function by its name.
#[inline(never)]
pub fn send(router: &mut Router, request: Request<Body>) -> StatusCode {
    let response: Result<_, Infallible> = router.call(request).now_or_never().expect("nothing waits");
    response.unwrap().status()
}

/// A subject of measurement: prepares the input of one call outside the measured time, then calls it.
pub struct Subject<'a> {
    pub name: &'a str,
    pub batch: Box<dyn FnMut(usize) -> Duration + 'a>,
}

impl<'a> Subject<'a> {
    pub fn new<T, R>(name: &'a str, mut prepare: impl FnMut() -> T + 'a, mut call: impl FnMut(T) -> R + 'a) -> Self {
        let batch = Box::new(move |calls: usize| {
            let inputs: Vec<T> = (0..calls).map(|_| prepare()).collect();
            let begin = Instant::now();
            for input in inputs {
                black_box(call(black_box(input)));
            }
            begin.elapsed()
        });
        Self { name, batch }
    }
}

/// The nanoseconds per call of each subject, for each round. In a round, the subjects take turns.
pub struct Rounds<const N: usize>(Vec<[f64; N]>);

impl<const N: usize> Rounds<N> {
    pub fn of(mut subjects: [Subject<'_>; N], rounds: usize, calls: usize) -> Self {
        let mut round = || subjects.each_mut().map(|subject| (subject.batch)(calls).as_secs_f64() * 1e9 / calls as f64);
        // The first round is a warm-up.
        round();
        Self((0..rounds).map(|_| round()).collect())
    }

    /// The median of `figure` over the rounds. A ratio is computed within a round, because the machine's speed may
    /// change between rounds.
    pub fn median(&self, figure: impl Fn([f64; N]) -> f64) -> f64 {
        median(self.0.iter().copied().map(figure).collect())
    }

    /// The median of each subject.
    pub fn medians(&self) -> [f64; N] {
        std::array::from_fn(|subject| self.median(|round| round[subject]))
    }
}

pub fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

/// Whether the benches only have to show that they run.
pub fn is_quick() -> bool {
    std::env::args().any(|argument| argument == "--test" || argument == "--quick")
}

/// This number of rounds, or one if the benches are only tested.
pub fn rounds(rounds: usize) -> usize {
    if is_quick() { 1 } else { rounds }
}

pub fn report(name: &str, ratio: f64, bound: &str) {
    println!("{name:<58} {ratio:>8.3}   {bound}");
}
