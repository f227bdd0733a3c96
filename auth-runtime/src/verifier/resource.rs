//! A protected resource (RFC 9728): its identifier, and the metadata from which a client learns where to get a token.

use std::fmt;
use std::sync::Arc;

use serde_json::json;

use super::Verifier;
use super::sites::is_secure;
use super::trusted::TrustedIssuer;

const WELL_KNOWN: &str = "/.well-known/oauth-protected-resource";

/// The identifier of a protected resource: an absolute URL (RFC 9728 section 1.2).
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct ResourceId {
    url: String,
    /// The path of the URL.
    path: String,
}

/// A resource that a verifier protects, with its metadata.
pub(crate) struct Resource {
    /// Where the metadata is, for challenges.
    pub(crate) metadata_url: Arc<str>,
    pub(crate) metadata: String,
}

impl ResourceId {
    /// Clients compare the URL byte by byte, and it is sent in quotes. So it must be in its canonical form.
    pub(crate) fn parse(url: &str) -> Result<Self, String> {
        let fault = |fault: &str| Err(format!("`{}` {fault}", url.escape_default()));
        let Some((scheme, rest)) = url.split_once("://") else {
            return fault("is not an absolute URL: write `https://api.example.com`");
        };
        let (authority, path) = match rest.find('/') {
            Some(slash) => rest.split_at(slash),
            None => (rest, ""),
        };
        if !is_secure(scheme, authority) {
            return fault("is not https: plain http is allowed only for loopback");
        }
        if rest.contains(['?', '#', '@']) {
            return fault("has a query, a fragment or credentials: write scheme, host, port and path");
        }
        let is_of_host = |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' | b'[' | b']' | b':');
        if authority.is_empty() || !authority.bytes().all(is_of_host) {
            return fault("has no host in lower case");
        }
        let is_of_path = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~%/!$&'()+,;=:".contains(&byte);
        if !path.bytes().all(is_of_path) || path.contains("//") {
            return fault("has a path that cannot be a route: use letters, digits, `-`, `.`, `_`, `~` and `/`");
        }
        Ok(Self { url: url.to_owned(), path: path.to_owned() })
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The path of the metadata: the well-known path, and then that of the resource (RFC 9728 section 3.1).
    pub(crate) fn metadata_path(&self) -> String {
        format!("{WELL_KNOWN}{}", if self.path == "/" { "" } else { &self.path })
    }

    fn metadata_url(&self) -> String {
        let origin = self.url.strip_suffix(&self.path).unwrap_or(&self.url);
        format!("{origin}{}", self.metadata_path())
    }
}

/// Prints only the URL of the metadata, which is public: every challenge contains it.
impl fmt::Debug for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resource").field("metadata_url", &self.metadata_url).finish_non_exhaustive()
    }
}

impl Verifier {
    /// The same verifier with this protected resource. The guards of the resource ask for these scopes.
    pub(crate) fn protecting(mut self, id: &ResourceId, scopes: &[String]) -> Self {
        let issuers: Vec<&str> =
            self.authorization_servers().filter_map(|issuer| issuer.iss()).map(|iss| &**iss).collect();
        let methods: &[&str] = if self.locations().reads_authorization() { &["header"] } else { &[] };
        let mut metadata = json!({
            "resource": id.url(),
            "authorization_servers": issuers,
            "bearer_methods_supported": methods,
        });
        if let Some(metadata) = metadata.as_object_mut().filter(|_| !scopes.is_empty()) {
            metadata.insert("scopes_supported".to_owned(), scopes.into());
        }
        self.resource =
            Some(Arc::new(Resource { metadata_url: id.metadata_url().into(), metadata: metadata.to_string() }));
        self
    }

    /// Why this verifier cannot protect a resource: an issuer's tokens for it would be refused, or an issuer's tokens
    /// for other resources would be accepted.
    pub(crate) fn faults_of(&self, id: &ResourceId) -> Vec<String> {
        let url = id.url();
        let fault = |issuer: &Arc<TrustedIssuer>| {
            let audience = &issuer.claims.rules().audience;
            let label = issuer.label();
            if audience.is_any {
                Some(format!(
                    "the issuer {label:?} accepts any audience: replace `danger_any_audience()` with `audiences([{url:?}])`"
                ))
            } else if audience.names.iter().any(|name| name == url) {
                None
            } else {
                Some(format!(
                    "{url:?} is not an audience that the issuer {label:?} accepts: add it with `audiences([..])`"
                ))
            }
        };
        if self.authorization_servers().next().is_none() {
            return vec![
                "no issuer of the verifier has a fixed `iss` that is an https URL, so a client could not get a token"
                    .to_owned(),
            ];
        }
        self.authorization_servers().filter_map(fault).collect()
    }

    pub(crate) fn resource(&self) -> Option<&Arc<Resource>> {
        self.resource.as_ref()
    }

    /// The issuers that clients can get tokens from: those with one `iss` that is a URL (RFC 8414 section 2). The
    /// tenants of a provider are customers, which a public document must not list.
    fn authorization_servers(&self) -> impl Iterator<Item = &Arc<TrustedIssuer>> {
        self.inner.issuers.iter().filter(|issuer| {
            let is_fixed = issuer.claims.rules().provider.issuer_of.is_none();
            is_fixed && !issuer.is_local() && issuer.iss().is_some_and(|iss| is_issuer_url(iss))
        })
    }
}

fn is_issuer_url(iss: &str) -> bool {
    let Some((scheme, rest)) = iss.split_once("://") else { return false };
    let authority = rest.split('/').next().unwrap_or_default();
    !authority.is_empty() && is_secure(scheme, authority) && !iss.contains(['?', '#', '{'])
}

#[cfg(test)]
mod tests {
    use super::ResourceId;

    #[test]
    #[allow(clippy::unwrap_used)]
    fn metadata_is_between_host_and_path() {
        for (url, path, metadata_url) in [
            ("https://api.example.com", "", "https://api.example.com/.well-known/oauth-protected-resource"),
            ("https://api.example.com/", "", "https://api.example.com/.well-known/oauth-protected-resource"),
            ("https://api.test:8443/mcp", "/mcp", "https://api.test:8443/.well-known/oauth-protected-resource/mcp"),
            ("https://api.test/a/b/", "/a/b/", "https://api.test/.well-known/oauth-protected-resource/a/b/"),
            ("http://127.0.0.1:3001/mcp", "/mcp", "http://127.0.0.1:3001/.well-known/oauth-protected-resource/mcp"),
            ("http://[::1]:3001", "", "http://[::1]:3001/.well-known/oauth-protected-resource"),
        ] {
            let id = ResourceId::parse(url).unwrap();
            assert_eq!(id.metadata_path(), format!("/.well-known/oauth-protected-resource{path}"));
            assert_eq!(id.metadata_url(), metadata_url);
        }
    }

    #[test]
    fn a_resource_is_an_absolute_https_url() {
        for url in [
            "",
            "api",
            "api.example.com",
            "/mcp",
            "https://",
            "https:///mcp",
            "http://api.example.com",
            "ftp://api.example.com",
            "https://API.example.com",
            "https://user@api.example.com",
            "https://a.test?x=1",
            "https://a.test/#x",
            "https://a.test/{id}",
            "https://a.test/*",
            "https://a.test/ x",
            "https://a.test/\"",
            "https://a.test/\u{e9}",
            "https://a.test//mcp",
            "https://a.test\\mcp",
            "https://a.test/\r\nx",
        ] {
            assert!(ResourceId::parse(url).is_err(), "{url:?}");
        }
    }
}
