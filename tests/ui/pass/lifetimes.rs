// The types of the arguments that an attribute reads may contain lifetimes.
use std::borrow::Cow;

use auth_runtime::require_org;
use axum::extract::{Path, State};

pub struct Config;

impl Config {
    fn allows(&self, org: &str) -> bool {
        !org.is_empty()
    }
}

#[require_org(from = org_id, check = config.allows(&org_id))]
async fn first(Path(org_id): Path<String>, State(config): State<&'static Config>) {}

#[require_org(from = org_id, check = config.allows(&org_id))]
async fn second(State(config): State<&'static Config>, Path(org_id): Path<String>) {}

#[require_org(from = org_id)]
async fn both(Path((org_id, _)): Path<(String, Cow<'static, str>)>) {}

fn main() {
    let routes: auth_runtime::GuardedRouter<&'static Config> = auth_runtime::GuardedRouter::new()
        .route("/first/{org_id}", auth_runtime::routing::get(first))
        .route("/second/{org_id}", auth_runtime::routing::get(second))
        .route("/both/{org_id}/{part}", auth_runtime::routing::get(both));
    let _: auth_runtime::GuardedRouter = routes.with_state(&Config);
}
