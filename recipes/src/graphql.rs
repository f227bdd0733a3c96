//! GraphQL: the guard identifies the caller, and each resolver checks what its object needs.

use async_graphql::{Context, EmptyMutation, EmptySubscription, Error, Object, Request, Response, Schema};
use auth_runtime::routing::post;
use auth_runtime::{GuardedRouter, User, require_user};
use axum::Json;
use axum::extract::State;

pub struct Query;

pub type Api = Schema<Query, EmptyMutation, EmptySubscription>;

#[Object]
impl Query {
    async fn me(&self, ctx: &Context<'_>) -> Result<String, Error> {
        Ok(ctx.data::<User>()?.id().to_owned())
    }

    async fn invoices(&self, ctx: &Context<'_>, org_id: String) -> Result<Vec<String>, Error> {
        let org = ctx.data::<User>()?.require_org_at_least(&org_id, "Admin").map_err(|_| Error::new("forbidden"))?;
        Ok(vec![format!("invoice of {}", org.id())])
    }
}

#[require_user]
async fn graphql(user: User, State(api): State<Api>, Json(request): Json<Request>) -> Json<Response> {
    Json(api.execute(request.data(user)).await)
}

pub fn routes() -> GuardedRouter {
    let api = Schema::build(Query, EmptyMutation, EmptySubscription).limit_depth(8).limit_complexity(200);
    GuardedRouter::new().route("/graphql", post(graphql)).with_state(api.finish())
}
