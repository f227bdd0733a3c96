//! The callers who ask for objects.

use std::collections::BTreeSet;

use crate::testing::TestIssuer;
use crate::testing::denial_matrix::fixtures::Fixtures;
use crate::verifier::Verifier;

/// A caller of the fixtures, or one without a token.
#[derive(Debug)]
pub(super) struct Party<'a> {
    /// `None` for a caller without a token.
    pub(super) name: Option<&'a str>,
    pub(super) token: Option<&'a str>,
    /// The known organizations of which the caller is a member.
    pub(super) orgs: BTreeSet<String>,
    pub(super) active_org: Option<String>,
}

impl Party<'_> {
    pub(super) fn words(&self) -> String {
        self.name.map_or_else(|| "a caller without a token".to_owned(), |name| format!("{name:?}"))
    }
}

/// The callers, each with its memberships. Fails if a token is not valid, or not for test data.
pub(super) async fn parties<'a>(
    fixtures: &'a Fixtures,
    verifier: &Verifier,
    issuer: &TestIssuer,
) -> Result<Vec<Party<'a>>, String> {
    if let Some(label) = verifier.distant_issuer().filter(|_| !fixtures.allows_real_issuers) {
        return Err(format!(
            "the keys of the issuer {label:?} come from another host: requests of callers are only for test data, so \
             use a verifier that trusts the test issuer"
        ));
    }
    let mut parties = vec![Party { name: None, token: None, orgs: BTreeSet::new(), active_org: None }];
    for caller in &fixtures.callers {
        let name = &caller.name;
        let verified = verifier
            .verify(&caller.token)
            .await
            .map_err(|error| format!("the token of the caller {name:?} is not valid for this router: {error}"))?;
        let user = verified.user();
        let is_for_tests =
            verifier.is_from_loopback(user.issuer()) || issuer.has_signed(&caller.token, user.issuer()).await;
        if !is_for_tests && !fixtures.allows_real_issuers {
            return Err(format!(
                "the token of the caller {name:?} is not signed by the test issuer: requests of callers are only for \
                 test data"
            ));
        }
        let mut orgs: BTreeSet<_> = user.known_orgs().map(|org| org.id().to_owned()).collect();
        // A directory only answers about an organization that it is asked about.
        for org in fixtures.objects.iter().filter_map(|object| object.org.as_ref()) {
            let member = verified.membership(org).await;
            if member.map_err(|denied| format!("the memberships of the caller {name:?}: {denied}"))?.is_some() {
                orgs.insert(org.clone());
            }
        }
        let active_org = user.active_org().map(|org| org.id().to_owned());
        parties.push(Party { name: Some(name), token: Some(&caller.token), orgs, active_org });
    }
    Ok(parties)
}
