//! The methods with which a test adds its callers and objects.

use serde_json::Value;

use super::fixtures::{KnownCaller, Object, ObjectSlot, RequestPart, Watch};
use super::settings::DenialMatrix;

/// Callers and objects.
///
/// With them, the matrix tests the decisions of `load` and `check`. On every route that takes an object, each caller
/// asks for objects that are not theirs. Each such request must be refused: by the guard, or by the handler with 401,
/// 403, 404 or 410. In each request, only one object belongs to someone else; the other values are the caller's own.
/// Otherwise, the first refusal could hide a missing check: if both the post and its comment belonged to someone else,
/// the refused post would hide that the comment is loaded only by its own id.
///
/// An object is *the caller's* if both are true:
///
/// - It has no owner, or the caller is one of its owners.
/// - It has no organization, or the request selects its organization. On a route that selects no organization, the
///   caller must be a member of the object's organization.
///
/// So a second member of an organization asks for objects that the first one owns, and a member of two organizations
/// asks in one of them for objects of the other.
///
/// On `GET` routes, the callers also ask for their own objects: a refusal shows nothing if the owner is refused too. On
/// other routes they do this only if [`send_admitted`](Self::send_admitted) was called. Always use a router over test
/// data: the matrix looks for requests that should be refused but are admitted. Add an object of every name for each
/// caller.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// use auth_runtime::testing::{DenialMatrix, TestIssuer};
/// use auth_runtime::{GuardedRouter, Loaded, OrgMember, require_org, routing::get};
/// use axum::extract::Path;
///
/// async fn file_in(org: &str, id: &str) -> Option<String> {
///     [("acme", "f-of-acme"), ("globex", "f-of-globex")].contains(&(org, id)).then(|| format!("the file {id}"))
/// }
///
/// #[require_org(from = org_id, load = file_in(org.id(), &file_id).await)]
/// async fn file(Path((org_id, file_id)): Path<(String, String)>, org: OrgMember, Loaded(file): Loaded<String>) -> String {
///     file
/// }
///
/// let issuer = TestIssuer::new();
/// let routes = GuardedRouter::new().route("/orgs/{org_id}/files/{file_id}", get(file));
/// let report = DenialMatrix::new()
///     .caller("ada", issuer.token().user("ada").org("acme", "Member").build())
///     .caller("bob", issuer.token().user("bob").org("globex", "Member").build())
///     .object("file_id", "f-of-acme").of_org("acme")
///     .object("file_id", "f-of-globex").of_org("globex")
///     .run(routes, &issuer)
///     .await
///     .unwrap();
/// assert_eq!(report.objects(), ["GET /orgs/{org_id}/files/{file_id}: file_id"]);
/// assert!(report.objects_not_shown().is_empty());
/// # })
/// ```
impl DenialMatrix {
    /// Adds a caller, with a token that the test issuer has signed.
    ///
    /// The token must be valid for the router's verifier. To protect real data, the matrix refuses to run if another
    /// issuer has signed the token, unless that issuer's keys are fetched from loopback. It also refuses if the
    /// verifier fetches keys from a host other than loopback, or asks such a host about tokens.
    #[must_use]
    pub fn caller(mut self, name: impl Into<String>, token: impl Into<String>) -> Self {
        self.fixtures.callers.push(KnownCaller { name: name.into(), token: token.into() });
        self
    }

    /// Adds an object: the name of the path parameter that takes its id, and the id. Set who owns it with
    /// [`of_org`](Self::of_org), [`owned_by`](Self::owned_by), or both.
    ///
    /// If a route has another name for the parameter, or takes the id from another part of the request, use
    /// [`in_path`](Self::in_path), [`in_query`](Self::in_query), [`in_header`](Self::in_header) or
    /// [`in_body`](Self::in_body).
    #[must_use]
    pub fn object(mut self, name: impl Into<String>, id: impl Into<String>) -> Self {
        let (name, id) = (name.into(), id.into());
        self.fixtures.objects.push(Object { name, id, org: None, owners: Vec::new(), parent: None });
        self
    }

    /// The last added object belongs to this organization.
    #[must_use]
    pub fn of_org(self, org: impl Into<String>) -> Self {
        self.change_object("of_org", |object| object.org = Some(org.into()))
    }

    /// This caller owns the last added object. Several calls add several owners. Other callers must be refused, even if
    /// they are members of its organization.
    #[must_use]
    pub fn owned_by(self, caller: impl Into<String>) -> Self {
        self.change_object("owned_by", |object| object.owners.push(caller.into()))
    }

    /// The last added object is inside another one, such as a comment inside a post. A request for the comment with the
    /// id of another post must then be refused, even if the caller owns both.
    #[must_use]
    pub fn inside(self, name: impl Into<String>, id: impl Into<String>) -> Self {
        self.change_object("inside", |object| object.parent = Some((name.into(), id.into())))
    }

    /// On this route, the path parameter `parameter` takes an `object`. A route is given by its path, or by method and
    /// path: `"GET /posts/{id}"`.
    #[must_use]
    pub fn in_path(self, route: &str, parameter: &str, object: &str) -> Self {
        self.place(route, RequestPart::Path, parameter, object)
    }

    /// This route takes an `object` in the query parameter `parameter`. The table of routes does not show this.
    #[must_use]
    pub fn in_query(self, route: &str, parameter: &str, object: &str) -> Self {
        self.place(route, RequestPart::Query, parameter, object)
    }

    /// This route takes an `object` in the header `header`.
    #[must_use]
    pub fn in_header(self, route: &str, header: &str, object: &str) -> Self {
        self.place(route, RequestPart::Header, header, object)
    }

    /// This route takes an `object` in the field `field` of its JSON body. The id is sent as a number if the
    /// [`body`](Self::body) of the route has a number in this field.
    #[must_use]
    pub fn in_body(self, route: &str, field: &str, object: &str) -> Self {
        self.place(route, RequestPart::Body, field, object)
    }

    /// The JSON body of requests to this route, in requests for objects. Without it the body is empty. If the handler
    /// itself decides about the object, set a body that the handler accepts: the responses 400, 415 and 422 do not show
    /// that the object was refused.
    #[must_use]
    pub fn body(mut self, route: &str, json: Value) -> Self {
        self.fixtures.bodies.push((route.to_owned(), json));
        self
    }

    /// Every caller whom this route admits may use any object in its parameter `parameter`. For the matrix,
    /// `unrestricted` in an attribute is not enough.
    #[must_use]
    pub fn unrestricted(mut self, route: &str, parameter: &str) -> Self {
        self.fixtures.unrestricted.push((route.to_owned(), parameter.to_owned()));
        self
    }

    /// Lets the callers ask for their own objects on all routes, not only with `GET`. These requests come last, with
    /// `DELETE` after the others.
    #[must_use]
    pub fn send_admitted(mut self) -> Self {
        self.fixtures.sends_admitted = true;
        self
    }

    /// Sets a function that reads data which a refused request must not change, such as all rows of a table. It is
    /// called before and after each request for someone else's object that is not a `GET`.
    #[must_use]
    pub fn watch<W, F>(mut self, read: W) -> Self
    where
        W: Fn() -> F + Send + Sync + 'static,
        F: Future<Output = String> + Send + 'static,
    {
        self.fixtures.watch = Some(Watch::new(read));
        self
    }

    /// Sends the requests of callers even if the verifier fetches keys from another host, or if an issuer other than
    /// the test issuer signed their tokens. The router may then serve real data, and requests that should be refused
    /// may change it.
    #[must_use]
    pub fn danger_real_issuers(mut self) -> Self {
        self.fixtures.allows_real_issuers = true;
        self
    }

    fn change_object(mut self, setting: &str, change: impl FnOnce(&mut Object)) -> Self {
        if let Some(object) = self.fixtures.objects.last_mut() {
            change(object);
        } else {
            let fault = format!("`{setting}` applies to the last added object, but there is none");
            self.fixtures.fault = Some(fault);
        }
        self
    }

    fn place(mut self, route: &str, part: RequestPart, name: &str, object: &str) -> Self {
        let [route, name, object] = [route, name, object].map(str::to_owned);
        self.fixtures.places.push(ObjectSlot { route, part, name, object });
        self
    }
}
