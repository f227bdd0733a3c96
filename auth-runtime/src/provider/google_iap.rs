//! Google Cloud's Identity-Aware Proxy.

use crate::claims::{Absent, ClaimMapping, IdTokens, Mapping, Slot};
use crate::error::ConfigError;
use crate::keys::{Address, Origin};
use crate::token::Algorithm;
use crate::verifier::{Issuer, Proxy};

const GOOGLE_IAP: Mapping = Mapping {
    name: "google_iap",
    claims: &[&[("sub", Slot::Id), ("email", Slot::Email), ("act", Slot::Actor)]],
    if_absent: &[Absent::NotImpersonated],
    id_tokens: IdTokens::ByNonce,
    user_writable: &["email"],
};

const ISS: &str = "https://cloud.google.com/iap";
const KEYS: &str = "https://www.gstatic.com/iap/verify/public_key-jwk";

const PROXY: Proxy = Proxy {
    header: "x-goog-iap-jwt-assertion",
    others: &["x-goog-authenticated-user-email", "x-goog-authenticated-user-id"],
    cookies: &["GCP_IAAP_AUTH_TOKEN", "GCP_IAP_", "__Host-GCP_IAP_"],
};

impl Issuer {
    /// The Identity-Aware Proxy of Google Cloud, which signs the identity of each user. The argument is the audience of
    /// your service.
    ///
    /// The issuer adds the header of its proxy: assertions are read from `x-goog-iap-jwt-assertion`, after every other
    /// location, and other issuers' tokens are not accepted there. A service behind a guard gets neither this header
    /// nor the other headers and cookies of the proxy. `iss` is `https://cloud.google.com/iap`.
    ///
    /// | service | audience |
    /// |---|---|
    /// | App Engine | `/projects/PROJECT_NUMBER/apps/PROJECT_ID` |
    /// | Compute Engine, Kubernetes Engine | `/projects/PROJECT_NUMBER/global/backendServices/SERVICE_ID` |
    /// | Cloud Run | `/projects/PROJECT_NUMBER/locations/REGION/services/SERVICE_NAME` |
    ///
    /// ```
    /// # use auth_runtime::Issuer;
    /// let issuer = Issuer::google_iap("/projects/1234567890/global/backendServices/987654321");
    /// ```
    ///
    /// | part of the identity | claim |
    /// |---|---|
    /// | id | `sub`, such as `accounts.google.com:117...` |
    /// | email | `email` |
    ///
    /// **The tokens do not contain** names, roles, permissions, scopes, organizations, or whether the email address was
    /// verified. Access levels are in the claim `google`: `.roles_from("/google/access_levels")` reads them.
    ///
    /// **Make the service reachable only through the proxy.** A captured assertion is valid until it expires, for at
    /// most ten minutes, and a request that reaches the service directly bypasses all other rules of the proxy.
    ///
    /// **What commonly goes wrong**: the audience has the project's name instead of its number; health checks have no
    /// assertion, so their route must be [public](macro@crate::public); a test sends `x-goog-authenticated-user-email`,
    /// which is not signed and not read.
    ///
    /// Google's pages: "Securing your app with signed headers", "Getting the user's identity".
    pub fn google_iap(audience: &str) -> Self {
        let mapping = ClaimMapping::new(&GOOGLE_IAP);
        if !audience.starts_with("/projects/") {
            let fault = "is not a service's audience: it begins with `/projects/` and the project's number";
            return Self::faulty(ConfigError::new("audience", fault).of(ISS), audience, mapping);
        }
        Self::fetched("google_iap", ISS, Address::parse(KEYS).map(Origin::JwkSet), audience, mapping)
            .algorithms([Algorithm::ES256])
            .behind(&PROXY)
    }
}
