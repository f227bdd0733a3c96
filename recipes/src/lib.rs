//! The programs of docs/recipes.md. Each file is complete in itself; tests/requests.rs sends requests to each.

pub mod files;
pub mod graphql;
pub mod grpc;
pub mod proxy;
pub mod single_page;
