//! The guide: the chapters of docs/*.md, as documentation.
//!
//! | you want to | read |
//! |---|---|
//! | start a program, and learn the attributes | [`first_application`] |
//! | keep users and memberships in your database | [`memberships`] |
//! | connect an identity provider | [`providers`] |
//! | read sessions, API keys, cookies or opaque tokens | [`credentials`] |
//! | guard a whole area, files, a proxy, GraphQL or gRPC | [`recipes`] |
//! | guard an MCP server and its tools | [`mcp`] |
//! | prove that an object belongs to the caller | [`objects`] |
//! | test guards | [`testing`] |
//! | describe guards in OpenAPI | [`openapi`] |
//! | operate it: logs, alerts, rotation, outages, leaks | [`operations`] |
//! | write access logs, traces, counters and an audit | [`observing`] |
//! | know what is promised, and what is not | [`security`] |
//! | explain a token, check a key source, make development tokens | [`tool`] |
//! | read a complete program | [`example`] |
//! | understand a compile error, or write `auth.toml` | [`attributes`] |
//! | leave FastAPI | [`from_fastapi`] |
//! | leave another crate | [`migrating`] |

/// A module for each chapter. The first definition of a link label counts, so those of `links.md` replace the
/// definitions at the end of a chapter, which are for readers of the repository.
macro_rules! chapters {
    ($($name:ident = $file:literal,)*) => {
        $(
            #[doc = concat!(include_str!("guide/links.md"), "\n", include_str!(concat!("../docs/", $file)))]
            pub mod $name {}
        )*
    };
}

chapters! {
    first_application = "first-application.md",
    memberships = "memberships.md",
    providers = "providers.md",
    credentials = "credentials.md",
    recipes = "recipes.md",
    mcp = "mcp.md",
    objects = "objects.md",
    testing = "testing.md",
    openapi = "openapi.md",
    operations = "operations.md",
    observing = "observing.md",
    security = "security.md",
    tool = "tool.md",
    example = "example.md",
    attributes = "attributes.md",
    from_fastapi = "from-fastapi.md",
    migrating = "migrating.md",
}
