//! The refusal of a tool as the HTTP response, so that a client can get a token with more scopes.
//!
//! The SDK answers with status 200 before a tool has run, and what a tool returns is a message in the body of that
//! response. A client gets new scopes only for a 403 with a challenge. So the response waits until the tool is
//! admitted, or until the first message: a refused tool, like a method that calls no tool, sends only one message.

use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::Request;
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::Response;
use futures_util::{Stream, StreamExt as _, stream};
use rmcp::model::{ClientJsonRpcMessage, GetExtensions as _, ServerJsonRpcMessage};
use rmcp::transport::common::server_side_http::{ServerSseMessage, SessionId};
use rmcp::transport::streamable_http_server::SessionManager;
use rmcp::transport::streamable_http_server::session::RestoreOutcome;
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use tokio::sync::Notify;

/// What was decided about the tool that a request calls.
#[derive(Default)]
pub(crate) struct Verdict {
    refusal: Mutex<Option<Response>>,
    is_admitted: Notify,
}

impl Verdict {
    /// The tool may run.
    pub(crate) fn admit(parts: &Parts) {
        if let Some(verdict) = Self::of(parts) {
            verdict.is_admitted.notify_one();
        }
    }

    /// The tool may not run, and this is the response. The tool must return an error now: it is the message that ends
    /// the wait. Without the wait, a client that sends the request again with the same id could get this error as the
    /// answer.
    pub(crate) fn refuse(parts: &Parts, refusal: Response) {
        if let Some(verdict) = Self::of(parts) {
            *verdict.refusal.lock().unwrap_or_else(PoisonError::into_inner) = Some(refusal);
        }
    }

    fn of(parts: &Parts) -> Option<&Arc<Self>> {
        parts.extensions.get()
    }

    fn of_message(message: &ClientJsonRpcMessage) -> Option<Arc<Self>> {
        let ClientJsonRpcMessage::Request(request) = message else { return None };
        Self::of(request.request.extensions().get()?).cloned()
    }

    fn take_refusal(&self) -> Option<Response> {
        self.refusal.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// A layer around the SDK: if a tool refuses a request, the refusal becomes the response.
pub(crate) async fn refusals(mut request: Request, next: Next) -> Response {
    let verdict = Arc::<Verdict>::default();
    request.extensions_mut().insert(Arc::clone(&verdict));
    let response = next.run(request).await;
    verdict.take_refusal().unwrap_or(response)
}

/// The sessions of the SDK, whose responses wait for the verdict. Without a session, the SDK itself waits for the first
/// message, because `json_response` is set.
#[derive(Default)]
pub(crate) struct WaitingSessions(LocalSessionManager);

type Error = <LocalSessionManager as SessionManager>::Error;

impl SessionManager for WaitingSessions {
    type Error = Error;
    type Transport = <LocalSessionManager as SessionManager>::Transport;

    async fn create_stream(
        &self,
        id: &SessionId,
        message: ClientJsonRpcMessage,
    ) -> Result<impl Stream<Item = ServerSseMessage> + Send + Sync + 'static, Error> {
        let verdict = Verdict::of_message(&message);
        let mut messages = Box::pin(self.0.create_stream(id, message).await?);
        let mut first = Vec::new();
        if let Some(verdict) = verdict {
            loop {
                tokio::select! {
                    () = verdict.is_admitted.notified() => break,
                    next = messages.next() => {
                        let Some(next) = next else { break };
                        // The stream may begin with an event that only has an id.
                        let is_message = next.message.is_some();
                        first.push(next);
                        if is_message {
                            break;
                        }
                    }
                }
            }
        }
        Ok(stream::iter(first).chain(messages))
    }

    async fn create_session(&self) -> Result<(SessionId, Self::Transport), Error> {
        self.0.create_session().await
    }

    async fn initialize_session(
        &self,
        id: &SessionId,
        message: ClientJsonRpcMessage,
    ) -> Result<ServerJsonRpcMessage, Error> {
        self.0.initialize_session(id, message).await
    }

    async fn has_session(&self, id: &SessionId) -> Result<bool, Error> {
        self.0.has_session(id).await
    }

    async fn close_session(&self, id: &SessionId) -> Result<(), Error> {
        self.0.close_session(id).await
    }

    async fn accept_message(&self, id: &SessionId, message: ClientJsonRpcMessage) -> Result<(), Error> {
        self.0.accept_message(id, message).await
    }

    async fn create_standalone_stream(
        &self,
        id: &SessionId,
    ) -> Result<impl Stream<Item = ServerSseMessage> + Send + Sync + 'static, Error> {
        self.0.create_standalone_stream(id).await
    }

    async fn resume(
        &self,
        id: &SessionId,
        last_event_id: String,
    ) -> Result<impl Stream<Item = ServerSseMessage> + Send + Sync + 'static, Error> {
        self.0.resume(id, last_event_id).await
    }

    async fn restore_session(&self, id: SessionId) -> Result<RestoreOutcome<Self::Transport>, Error> {
        self.0.restore_session(id).await
    }
}
