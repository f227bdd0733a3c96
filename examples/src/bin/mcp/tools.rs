//! The tools. A tool is declared with its policy, so every tool has one. The list of tools that a caller gets follows
//! the same policies.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use auth_runtime::{Require, User, require_user};
use axum::extract::FromRequestParts as _;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, Implementation, JsonObject, ListToolsResult,
    PaginatedRequestParams, ServerCapabilities, ServerConfig, Tool,
};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer, ServerHandler};
use serde_json::json;

use crate::Caller;
use crate::answers::Verdict;

#[require_user(scope("notes:read"))]
pub(crate) struct ReadNotes;

/// A client asks for exactly the scopes that the challenge names. So this policy also names the scope for reading
/// notes, which the client still needs.
#[require_user(scope("notes:read") && scope("notes:write"))]
pub(crate) struct WriteNotes;

/// The notes of each user, by issuer and id.
#[derive(Clone, Default)]
pub(crate) struct Notes(Arc<Mutex<ByUser>>);

type ByUser = HashMap<(String, String), Vec<String>>;

impl Notes {
    fn of<T>(&self, user: &User, work: impl FnOnce(&mut Vec<String>) -> T) -> T {
        let (issuer, id) = user.key();
        let mut notes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        work(notes.entry((issuer.to_owned(), id.to_owned())).or_default())
    }
}

fn tools() -> [GuardedTool; 3] {
    [
        guarded::<Caller>("whoami", "Says whose notes these are", json!({}), |_, user, _| Ok(user.id().to_owned())),
        guarded::<ReadNotes>("list_notes", "Lists your notes", json!({}), |notes, user, _| {
            Ok(notes.of(user, |notes| notes.join("\n")))
        }),
        guarded::<WriteNotes>(
            "add_note",
            "Adds a note",
            json!({ "text": { "type": "string" } }),
            |notes, user, arguments| {
                let Some(text) = arguments.get("text").and_then(|text| text.as_str()) else {
                    return Err("`text` must be a string".to_owned());
                };
                notes.of(user, |notes| notes.push(text.to_owned()));
                Ok("added".to_owned())
            },
        ),
    ]
}

type Run = fn(&Notes, &User, &JsonObject) -> Result<String, String>;
type Deciding<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// A tool with its policy.
struct GuardedTool {
    tool: Tool,
    would_admit: fn(Parts) -> Deciding<bool>,
    admit: fn(Parts) -> Deciding<Result<User, Response>>,
    run: Run,
}

fn guarded<P: auth_runtime::Requirement>(
    name: &'static str,
    description: &'static str,
    properties: serde_json::Value,
    run: Run,
) -> GuardedTool {
    let required: Vec<String> = properties.as_object().into_iter().flat_map(|all| all.keys().cloned()).collect();
    let schema = [("type", json!("object")), ("properties", properties), ("required", json!(required))];
    let schema: JsonObject = schema.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    GuardedTool {
        tool: Tool::new(name, description, schema),
        would_admit: |parts| Box::pin(async move { Require::<P>::would_admit(&parts).await }),
        admit: |mut parts| {
            Box::pin(async move {
                Require::<P>::from_request_parts(&mut parts, &()).await.map(|admitted| admitted.user().clone())
            })
        },
        run,
    }
}

impl ServerHandler for Notes {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
            .with_server_info(Implementation::new("notes", env!("CARGO_PKG_VERSION")))
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let parts = request(&context)?;
        let mut listed = Vec::new();
        for tool in tools() {
            if (tool.would_admit)(parts.clone()).await {
                listed.push(tool.tool);
            }
        }
        Ok(ListToolsResult::with_all_items(listed))
    }

    /// The SDK has read the name from the body. It does not matter if another parser would read another name.
    async fn call_tool(
        &self,
        call: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let parts = request(&context)?;
        // All that a tool can know of the request, and so all that it can log.
        tracing::trace!(request = ?parts, tool = ?call.name, "a tool is called");
        let unknown = || ErrorData::invalid_params(format!("unknown tool: {}", call.name.escape_debug()), None);
        let tool = tools().into_iter().find(|known| known.tool.name == call.name).ok_or_else(unknown)?;
        let user = match (tool.admit)(parts.clone()).await {
            Ok(user) => user,
            // `deny = not_found`: the tool does not exist for this caller. With status 404, the session would be lost.
            Err(refusal) if refusal.status() == StatusCode::NOT_FOUND => return Err(unknown()),
            Err(refusal) => {
                Verdict::refuse(parts, refusal);
                return Err(ErrorData::invalid_request("refused", None));
            }
        };
        Verdict::admit(parts);
        let result = (tool.run)(self, &user, &call.arguments.unwrap_or_default());
        Ok(match result {
            Ok(text) => CallToolResult::success(vec![ContentBlock::text(text)]).into(),
            Err(problem) => CallToolResult::error(vec![ContentBlock::text(problem)]).into(),
        })
    }
}

/// The HTTP request, without its credentials.
fn request(context: &RequestContext<RoleServer>) -> Result<&Parts, ErrorData> {
    context.extensions.get().ok_or_else(|| ErrorData::internal_error("there is no HTTP request", None))
}
