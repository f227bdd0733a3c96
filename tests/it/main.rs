//! Guards with real tokens and a real router.
#![allow(
    missing_docs,
    clippy::cast_precision_loss,
    clippy::drop_non_drop,
    clippy::duration_suboptimal_units,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::match_bool,
    clippy::missing_errors_doc,
    clippy::needless_pass_by_value,
    clippy::panic,
    clippy::redundant_closure,
    clippy::redundant_closure_for_method_calls,
    clippy::too_many_lines,
    clippy::type_complexity,
    clippy::unwrap_used,
    unreachable_pub
)]

mod api_keys;
mod architecture;
mod areas;
mod attributes;
mod authenticators;
mod authority;
mod bad_tokens;
mod bounds;
mod cache;
mod caching;
mod checks;
mod claim_mappings;
mod configuration;
mod contract;
mod corpus;
mod credential_shapes;
mod databases;
mod differential;
mod directory;
mod directory_load;
mod documented_routes;
mod documented_security;
mod events;
mod field;
mod for_aide;
mod guards;
mod guide;
mod introspection;
mod matrix;
mod model;
mod new_provider;
mod object_holes;
mod object_matrix;
mod objects;
mod observe;
mod openapi;
mod optional;
mod panics;
mod placement;
mod policies;
mod protected_resource;
mod providers;
mod readiness;
mod real_projects;
mod refinements;
mod removal;
mod replies;
mod revocations;
mod routes;
mod second_reading;
mod secrets;
mod security;
mod service_paths;
mod shared_paths;
#[cfg(unix)]
mod shared_revocations;
mod slow_bodies;
mod sources;
mod step_up;
mod strange_requests;
mod support;
mod table;
mod table_changes;
mod token_locations;
mod ui;
mod user;
mod vectors;
mod vocabulary;
