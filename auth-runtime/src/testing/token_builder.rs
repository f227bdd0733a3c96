//! Builds the tokens of a test issuer.

use std::fmt;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use super::TestIssuer;
use super::signing_key::SigningKey;

/// Builds a token. Claims that are not set are omitted.
#[must_use]
pub struct TokenBuilder<'a> {
    issuer: &'a TestIssuer,
    header: Map<String, Value>,
    claims: Map<String, Value>,
    is_strange: bool,
}

impl fmt::Debug for TokenBuilder<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenBuilder").field("claims", &self.claims).finish_non_exhaustive()
    }
}

impl<'a> TokenBuilder<'a> {
    pub(super) fn new(issuer: &'a TestIssuer, header: Map<String, Value>, claims: Map<String, Value>) -> Self {
        Self { issuer, header, claims, is_strange: false }
    }
}

impl TokenBuilder<'_> {
    /// The user's id: claims `user_id` and `sub`.
    pub fn user(self, id: &str) -> Self {
        self.claim("user_id", id).claim("sub", id)
    }

    /// The user's email address: claim `email`.
    pub fn email(self, email: &str) -> Self {
        self.claim("email", email)
    }

    /// Membership in an organization, in this role: an entry of `org_id_to_org_member_info`.
    ///
    /// The token has no list of inherited roles, so `role >= ".."` uses the order in `auth.toml`.
    pub fn org(mut self, id: &str, role: &str) -> Self {
        let entry = self.org_entry(id);
        entry.insert("user_role".to_owned(), role.into());
        self
    }

    /// Selects the active one of several organizations: claim `active_org_id`. The token needs a membership in it, see
    /// [`org`](Self::org); otherwise it is refused.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// use auth_runtime::testing::TestIssuer;
    /// let issuer = TestIssuer::new();
    /// let token = issuer.token().org("acme", "Admin").org("globex", "Member").active_org("globex").build();
    /// let user = issuer.verifier().await.verify(&token).await.unwrap().user();
    /// assert_eq!(user.active_org().unwrap().id(), "globex");
    /// assert!(user.org("acme").unwrap().is_role("Admin"));
    /// # })
    /// ```
    pub fn active_org(self, id: &str) -> Self {
        self.claim("active_org_id", id)
    }

    /// A permission in an organization. If the organization was not added yet, it is added with the role `Member`.
    pub fn org_permission(mut self, org: &str, permission: &str) -> Self {
        let entry = self.org_entry(org);
        entry.entry("user_role").or_insert_with(|| "Member".into());
        push(entry, "user_permissions", permission);
        self
    }

    /// A permission granted directly: claim `permissions`.
    pub fn permission(mut self, permission: &str) -> Self {
        push(&mut self.claims, "permissions", permission);
        self
    }

    /// A role that belongs to no organization: claim `realm_access.roles`.
    pub fn role(mut self, role: &str) -> Self {
        push(object(&mut self.claims, "realm_access"), "roles", role);
        self
    }

    /// An OAuth scope: claim `scope`.
    pub fn scope(mut self, scope: &str) -> Self {
        let scopes = match self.claims.get("scope").and_then(Value::as_str) {
            Some(before) => format!("{before} {scope}"),
            None => scope.to_owned(),
        };
        self.claims.insert("scope".to_owned(), scopes.into());
        self
    }

    /// Any claim.
    pub fn claim(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.claims.insert(name.to_owned(), value.into());
        self
    }

    /// Sets any JOSE header parameter.
    pub fn header(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.header.insert(name.to_owned(), value.into());
        self
    }

    /// Removes a claim.
    pub fn without(mut self, name: &str) -> Self {
        self.claims.remove(name);
        self
    }

    /// Expires after this time, from now.
    pub fn expires_in(self, time: Duration) -> Self {
        let now = self.issuer.now();
        self.claim("exp", now.saturating_add(time.as_secs()))
    }

    /// The token expired an hour ago.
    pub fn expired(self) -> Self {
        let now = self.issuer.now();
        self.claim("exp", now.saturating_sub(3600))
    }

    /// Signs with a key that the issuer does not have.
    pub fn signed_by_stranger(mut self) -> Self {
        self.is_strange = true;
        self
    }

    /// Signs the token.
    ///
    /// # Panics
    /// The back end cannot sign with a key that it made.
    pub fn build(self) -> String {
        let TestIssuer { algorithm, key, stranger, .. } = self.issuer;
        let key = if self.is_strange { stranger.get_or_init(|| SigningKey::new(*algorithm)) } else { key };
        let header = URL_SAFE_NO_PAD.encode(Value::Object(self.header).to_string());
        let claims = URL_SAFE_NO_PAD.encode(Value::Object(self.claims).to_string());
        let message = format!("{header}.{claims}");
        let signature = URL_SAFE_NO_PAD.encode(key.sign(message.as_bytes()));
        format!("{message}.{signature}")
    }

    fn org_entry(&mut self, id: &str) -> &mut Map<String, Value> {
        let entry = object(object(&mut self.claims, "org_id_to_org_member_info"), id);
        entry.entry("org_id").or_insert_with(|| id.into());
        entry
    }
}

/// The object with this name. It is created if it is missing.
#[allow(clippy::expect_used)]
fn object<'a>(map: &'a mut Map<String, Value>, name: &str) -> &'a mut Map<String, Value> {
    let slot = map.entry(name).or_insert_with(|| json!({}));
    if !slot.is_object() {
        *slot = json!({});
    }
    slot.as_object_mut().expect("it was made an object")
}

fn push(map: &mut Map<String, Value>, name: &str, value: &str) {
    let slot = map.entry(name).or_insert_with(|| json!([]));
    if let Some(list) = slot.as_array_mut() {
        list.push(value.into());
    }
}
