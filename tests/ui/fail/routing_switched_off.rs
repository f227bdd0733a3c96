// A guard whose refusal the handler may ignore is not accepted. Neither is a guard in the second argument.
use auth_runtime::__private::{DenyAll, Guard};
use auth_runtime::routing::{MethodRouter, get};
use axum::http::Method;
use axum::response::Response;

async fn result(_: Result<Guard<DenyAll>, Response>) {}

async fn paired_result(_: (Result<Guard<DenyAll>, Response>, Method)) {}

async fn second(_: Method, _: Guard<DenyAll>) {}

async fn second_of_pair(_: (Method, Guard<DenyAll>)) {}

async fn deeper(_: ((Guard<DenyAll>, Method), Method)) {}

fn main() {
    let _: MethodRouter = get(result);
    let _: MethodRouter = get(paired_result);
    let _: MethodRouter = get(second);
    let _: MethodRouter = get(second_of_pair);
    let _: MethodRouter = get(deeper);
}
