//! Every order in which our attributes and those of other crates can be on one handler. Each order is mounted, and the
//! guard works. The orders that do not compile are in `ui/fail`, in files that begin with `debug_handler_above`.
//!
//! The letters stand for attributes, from top to bottom: `G` is a guard that selects an organization, `P` and `S` are
//! other guards, `A` is a guard that moves the state into itself, `L` is a guard that moves two arguments into itself and
//! loads a third, `D` is `debug_handler`, `I` is `instrument`, `U` is `utoipa::path`. After a `C`, the attribute is in a
//! `cfg_attr`.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use auth_runtime::testing::TestIssuer;
use auth_runtime::{GuardedRouter, routing};
use axum::Router;
use axum::body::Body;
use axum::http::{Request, header};
use serde_json::{Value, json};

use crate::support::{send, watched};

/// How often a handler ran.
#[derive(Clone, Debug, Default)]
struct App(Arc<AtomicUsize>);

impl App {
    fn is_open(&self) -> bool {
        self.0.load(Ordering::SeqCst) < usize::MAX
    }

    fn loaded(&self, org: &str) -> Option<String> {
        self.is_open().then(|| org.to_owned())
    }
}

/// Puts the attributes of the letters on a handler that reads a body and has the organization as an argument, or on a
/// handler without arguments.
macro_rules! handler {
    ((body $id:ident $app:ident); G $($rest:ident)*; $($done:tt)*) => {
        handler! { (body $id $app); $($rest)*; $($done)* #[auth_runtime::require_org(role >= "Admin", from = $id)] }
    };
    (($kind:ident $id:ident $app:ident $($org:ident)?); A $($rest:ident)*; $($done:tt)*) => {
        handler! { ($kind $id $app $($org)?); $($rest)*; $($done)* #[auth_runtime::require_user(check = $app.is_open())] }
    };
    ((none); G $($rest:ident)*; $($done:tt)*) => {
        handler! { (none); $($rest)*; $($done)* #[auth_runtime::require_org(role >= "Admin", from = path("org_id"))] }
    };
    ($fn:tt; P $($rest:ident)*; $($done:tt)*) => {
        handler! { $fn; $($rest)*; $($done)* #[auth_runtime::require_permission("view")] }
    };
    ($fn:tt; S $($rest:ident)*; $($done:tt)*) => {
        handler! { $fn; $($rest)*; $($done)* #[auth_runtime::require_user(issuer("https://issuer.test"))] }
    };
    ($fn:tt; D $($rest:ident)*; $($done:tt)*) => {
        handler! { $fn; $($rest)*; $($done)* #[axum::debug_handler] }
    };
    ($fn:tt; I $($rest:ident)*; $($done:tt)*) => {
        handler! { $fn; $($rest)*; $($done)* #[tracing::instrument(ret)] }
    };
    ($fn:tt; U $($rest:ident)*; $($done:tt)*) => {
        handler! { $fn; $($rest)*; $($done)* #[utoipa::path(put, path = "/{org_id}", responses((status = 200)))] }
    };
    ((body $id:ident $app:ident); CG $($rest:ident)*; $($done:tt)*) => {
        handler! { (body $id $app); $($rest)*; $($done)*
            #[cfg_attr(all(), auth_runtime::require_org(role >= "Admin", from = $id))] }
    };
    ($fn:tt; CD $($rest:ident)*; $($done:tt)*) => {
        handler! { $fn; $($rest)*; $($done)* #[cfg_attr(all(), axum::debug_handler)] }
    };
    ($fn:tt; CI $($rest:ident)*; $($done:tt)*) => {
        handler! { $fn; $($rest)*; $($done)* #[cfg_attr(all(), doc = "x", tracing::instrument)] }
    };
    ($fn:tt; CU $($rest:ident)*; $($done:tt)*) => {
        handler! { $fn; $($rest)*; $($done)* #[cfg_attr(all(), utoipa::path(put, path = "/{org_id}"))] }
    };
    ((load $id:ident $app:ident $org:ident); L $($rest:ident)*; $($done:tt)*) => {
        handler! { (load $id $app $org); $($rest)*; $($done)*
            #[auth_runtime::require_org(role >= "Admin", from = $id, load = $app.loaded($org.id()))] }
    };
    ((load $id:ident $app:ident $org:ident);; $($done:tt)*) => {
        $($done)*
        pub async fn handler(
            State($app): State<App>,
            Path($id): Path<String>,
            $org: OrgMember,
            Loaded(name): Loaded<String>,
            Json(body): Json<Value>,
        ) -> String {
            $app.0.fetch_add(1, Ordering::SeqCst);
            format!("{} {name} {} {body}", $id, $org.id())
        }
    };
    ((body $id:ident $app:ident);; $($done:tt)*) => {
        $($done)*
        pub async fn handler(
            State($app): State<App>,
            Path($id): Path<String>,
            org: OrgMember,
            Json(body): Json<Value>,
        ) -> String {
            $app.0.fetch_add(1, Ordering::SeqCst);
            format!("{} {} {body}", $id, org.id())
        }
    };
    ((none);; $($done:tt)*) => {
        $($done)*
        pub async fn handler() -> &'static str {
            "entered"
        }
    };
}

/// A module with a handler for each order, and a router with all of them.
macro_rules! cells {
    ($table:ident of $fn:tt: $($name:ident: $($letter:ident)+;)+) => {
        $(mod $name {
            #[allow(unused_imports)]
            use super::{App, Ordering};
            #[allow(unused_imports)]
            use auth_runtime::{Loaded, OrgMember};
            #[allow(unused_imports)]
            use axum::{Json, extract::{Path, State}};
            #[allow(unused_imports)]
            use serde_json::Value;

            handler! { $fn; $($letter)+; }
        })+

        fn $table() -> (GuardedRouter<App>, &'static [&'static str]) {
            let routes = GuardedRouter::new()
                $(.route(concat!("/", stringify!($name), "/{org_id}"), routing::put($name::handler)))+;
            (routes, &[$(stringify!($name)),+])
        }
    };
}

cells! { one_guard of (body org_id app):
    one_g: G;
    one_g_d: G D;
    one_d_g: D G;
    one_g_i: G I;
    one_i_g: I G;
    one_g_u: G U;
    one_u_g: U G;
    one_g_d_i: G D I;
    one_g_i_d: G I D;
    one_d_g_i: D G I;
    one_d_i_g: D I G;
    one_i_g_d: I G D;
    one_i_d_g: I D G;
    one_g_d_u: G D U;
    one_g_u_d: G U D;
    one_d_u_g: D U G;
    one_u_g_d: U G D;
    one_u_d_g: U D G;
    one_g_i_u: G I U;
    one_g_u_i: G U I;
    one_i_g_u: I G U;
    one_i_u_g: I U G;
    one_u_g_i: U G I;
    one_u_i_g: U I G;
    one_g_d_i_u: G D I U;
    one_g_d_u_i: G D U I;
    one_g_i_d_u: G I D U;
    one_g_i_u_d: G I U D;
    one_g_u_d_i: G U D I;
    one_g_u_i_d: G U I D;
    one_d_i_u_g: D I U G;
    one_d_u_g_i: D U G I;
    one_d_u_i_g: D U I G;
    one_i_g_d_u: I G D U;
    one_i_g_u_d: I G U D;
    one_i_d_u_g: I D U G;
    one_i_u_g_d: I U G D;
    one_i_u_d_g: I U D G;
    one_u_g_d_i: U G D I;
    one_u_g_i_d: U G I D;
    one_u_d_g_i: U D G I;
    one_u_d_i_g: U D I G;
    one_u_i_g_d: U I G D;
    one_u_i_d_g: U I D G;
}

cells! { two_guards of (body org_id app):
    two_g_p: G P;
    two_p_g: P G;
    two_g_p_d: G P D;
    two_g_d_p: G D P;
    two_p_g_d: P G D;
    two_p_d_g: P D G;
    two_d_g_p: D G P;
    two_d_p_g: D P G;
    two_g_p_i: G P I;
    two_g_i_p: G I P;
    two_p_g_i: P G I;
    two_p_i_g: P I G;
    two_i_g_p: I G P;
    two_i_p_g: I P G;
    two_g_p_d_i: G P D I;
    two_g_p_i_d: G P I D;
    two_g_d_p_i: G D P I;
    two_g_d_i_p: G D I P;
    two_g_i_p_d: G I P D;
    two_g_i_d_p: G I D P;
    two_p_g_d_i: P G D I;
    two_p_g_i_d: P G I D;
    two_p_d_g_i: P D G I;
    two_p_d_i_g: P D I G;
    two_p_i_g_d: P I G D;
    two_p_i_d_g: P I D G;
    two_d_g_p_i: D G P I;
    two_d_g_i_p: D G I P;
    two_d_p_g_i: D P G I;
    two_d_p_i_g: D P I G;
    two_d_i_g_p: D I G P;
    two_d_i_p_g: D I P G;
    two_i_g_p_d: I G P D;
    two_i_g_d_p: I G D P;
    two_i_p_g_d: I P G D;
    two_i_p_d_g: I P D G;
    two_i_d_g_p: I D G P;
    two_i_d_p_g: I D P G;
}

cells! { three_guards of (body org_id app):
    three_p_g_d_s: P G D S;
    three_u_d_s_g_p_i: U D S G P I;
    three_g_i_p_u_s_d: G I P U S D;
    three_d_g_i_p_s: D G I P S;
}

cells! { conditional of (body org_id app):
    cond_cg: CG;
    cond_cg_d: CG D;
    cond_d_cg: D CG;
    cond_g_cd: G CD;
    cond_cd_g: CD G;
    cond_g_cu: G CU;
    cond_cu_g: CU G;
    cond_g_ci: G CI;
    cond_ci_g: CI G;
    cond_cg_cu_cd: CG CU CD;
    cond_u_cg_p: U CG P;
    cond_p_cg: P CG;
}

cells! { loading of (load org_id app org):
    load_l: L;
    load_l_d: L D;
    load_l_i: L I;
    load_i_l: I L;
    load_l_u: L U;
    load_u_l: U L;
    load_l_d_u: L D U;
    load_u_l_d: U L D;
    load_l_p: L P;
    load_p_l: P L;
    load_p_l_d: P L D;
    load_l_p_d: L P D;
    load_l_i_u_d: L I U D;
    load_u_i_l_d: U I L D;
    load_i_p_u_l_d: I P U L D;
    load_a_l: A L;
    load_l_a: L A;
    load_a_p_l: A P L;
}

cells! { moved of (body org_id app):
    moved_a_g: A G;
    moved_g_a: G A;
    moved_a_g_a: A G A;
    moved_a_p_g: A P G;
    moved_p_a_g_d: P A G D;
    moved_a_i_g_u: A I G U;
}

cells! { no_arguments of (none):
    none_g: G;
    none_g_d: G D;
    none_g_i: G I;
    none_i_g: I G;
    none_g_u: G U;
    none_u_g: U G;
    none_g_d_i: G D I;
    none_g_i_d: G I D;
    none_i_g_d: I G D;
    none_g_d_u: G D U;
    none_g_u_d: G U D;
    none_u_g_d: U G D;
    none_g_i_u: G I U;
    none_g_u_i: G U I;
    none_i_g_u: I G U;
    none_i_u_g: I U G;
    none_u_g_i: U G I;
    none_u_i_g: U I G;
    none_g_d_i_u: G D I U;
    none_g_d_u_i: G D U I;
    none_g_i_d_u: G I D U;
    none_g_i_u_d: G I U D;
    none_g_u_d_i: G U D I;
    none_g_u_i_d: G U I D;
    none_i_g_d_u: I G D U;
    none_i_g_u_d: I G U D;
    none_i_u_g_d: I U G D;
    none_u_g_d_i: U G D I;
    none_u_g_i_d: U G I D;
    none_u_i_g_d: U I G D;
}

#[tokio::test]
async fn guards_enforce_in_every_attribute_order() {
    for (routes, names) in [one_guard(), two_guards(), three_guards(), conditional(), loading(), moved()] {
        let issuer = TestIssuer::new();
        let app = App::default();
        let entered = Arc::clone(&app.0);
        let router = routes.guarded_by(issuer.verifier().await).with_state(app).into_router();
        let admin = issuer.token().org("acme", "Admin").org_permission("acme", "view").build();
        let member = issuer.token().org("acme", "Member").org_permission("acme", "view").build();
        let powerless = issuer.token().org("acme", "Admin").build();
        for name in names {
            // The letters after the first word.
            let needs_permission = name.split('_').skip(1).any(|letter| letter == "p");
            for (token, org, content, status, is_read) in [
                (None, "acme", "not json", 401, false),
                (Some(&member), "acme", "not json", 403, false),
                (Some(&admin), "globex", "not json", 403, false),
                (Some(&powerless), "acme", "{}", if needs_permission { 403 } else { 200 }, !needs_permission),
                (Some(&admin), "acme", "not json", 400, true),
                (Some(&admin), "acme", "{}", 200, true),
            ] {
                let before = entered.load(Ordering::SeqCst);
                let (body, polled) = watched(content);
                let answer = send(&router, put(&format!("/{name}/{org}"), token, body)).await;
                assert_eq!(answer.status, status, "{name}: {answer:?}");
                assert_eq!(polled.load(Ordering::SeqCst), is_read, "{name}: {answer:?}");
                assert_eq!(entered.load(Ordering::SeqCst) - before, usize::from(status == 200), "{name}");
            }
        }
    }
}

#[tokio::test]
async fn guards_enforce_in_every_attribute_order_without_arguments() {
    let issuer = TestIssuer::new();
    let (routes, names) = no_arguments();
    let router = routes.guarded_by(issuer.verifier().await).with_state(App::default()).into_router();
    let admin = issuer.token().org("acme", "Admin").build();
    let member = issuer.token().org("acme", "Member").build();
    for name in names {
        for (token, org, status, text) in [
            (None, "acme", 401, None),
            (Some(&member), "acme", 403, None),
            (Some(&admin), "globex", 403, None),
            (Some(&admin), "acme", 200, Some("entered")),
        ] {
            let answer = send(&router, put(&format!("/{name}/{org}"), token, Body::empty())).await;
            assert_eq!(answer.status, status, "{name}: {answer:?}");
            assert!(text.is_none_or(|text| answer.body == text), "{name}: {answer:?}");
        }
    }
}

#[tokio::test]
async fn guards_enforce_on_a_plain_axum_router() {
    let issuer = TestIssuer::new();
    let plain: Router = Router::new().route("/{org_id}", axum::routing::put(none_g::handler));
    let below = GuardedRouter::new().public_router("test", plain.clone()).guarded_by(issuer.verifier().await);
    let admin = issuer.token().org("acme", "Admin").build();
    let member = issuer.token().org("acme", "Member").build();
    // Without a verifier, which only a `GuardedRouter` or the process can set, no request is admitted.
    for (router, statuses) in [(below.into_router(), [401, 403, 200]), (plain, [500, 500, 500])] {
        for (token, status) in [None, Some(&member), Some(&admin)].into_iter().zip(statuses) {
            let answer = send(&router, put("/acme", token, Body::empty())).await;
            assert_eq!(answer.status, status, "{answer:?}");
        }
    }
}

/// The documentation of a handler keeps the parameters that its patterns bind.
macro_rules! documented {
    ($($name:ident,)+) => {
        vec![$((stringify!($name), <$name::__path_handler as utoipa::Path>::operation())),+]
    };
}

#[test]
fn every_attribute_order_keeps_the_openapi_parameters() {
    for (name, operation) in documented![
        one_g_u,
        one_u_g,
        one_g_d_u,
        one_g_u_d,
        one_d_u_g,
        one_u_g_d,
        one_u_d_g,
        one_g_i_u,
        one_g_u_i,
        one_i_g_u,
        one_i_u_g,
        one_u_g_i,
        one_u_i_g,
        one_g_d_i_u,
        one_g_d_u_i,
        one_g_i_d_u,
        one_g_i_u_d,
        one_g_u_d_i,
        one_g_u_i_d,
        one_d_i_u_g,
        one_d_u_g_i,
        one_d_u_i_g,
        one_i_g_d_u,
        one_i_g_u_d,
        one_i_d_u_g,
        one_i_u_g_d,
        one_i_u_d_g,
        one_u_g_d_i,
        one_u_g_i_d,
        one_u_d_g_i,
        one_u_d_i_g,
        one_u_i_g_d,
        one_u_i_d_g,
        load_l_u,
        load_u_l,
        load_l_d_u,
        load_u_l_d,
        load_l_i_u_d,
        load_u_i_l_d,
        load_i_p_u_l_d,
    ] {
        let parameters: Vec<Value> =
            operation.parameters.iter().flatten().map(|parameter| json!(parameter)["name"].clone()).collect();
        assert_eq!(parameters, ["org_id"], "{name}");
        assert!(operation.request_body.is_some(), "{name}");
    }
}

fn put(uri: &str, token: Option<&String>, body: Body) -> Request<Body> {
    let mut request = Request::put(uri).header(header::CONTENT_TYPE, "application/json");
    if let Some(token) = token {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    request.body(body).unwrap()
}
