// The methods for services have other names here, and require a reason.
use auth_runtime::GuardedRouter;
use auth_runtime::routing::MethodRouter;
use axum::Router;

fn main() {
    let service = Router::<()>::new();
    let _: GuardedRouter = GuardedRouter::new().route_service("/", service.clone());
    let _: GuardedRouter = GuardedRouter::new().nest_service("/a", service.clone());
    let _: GuardedRouter = GuardedRouter::new().fallback_service(service.clone());
    let _: MethodRouter = MethodRouter::new().get_service(service.clone());
    let _: MethodRouter = MethodRouter::new().fallback_service(service.clone());
    let _: GuardedRouter = GuardedRouter::new().public_router(service);
}
