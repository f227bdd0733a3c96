//! The steps of a verification, in their order.

/// One step of a verification. The order of the variants is the order of the steps.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Step {
    #[default]
    Form,
    Header,
    Encoding,
    Issuer,
    TokenType,
    Key,
    Signature,
    Claims,
    RequiredClaims,
    UserId,
    Iss,
    Expiry,
    Aud,
    SecurityEvent,
    IdToken,
    Bound,
    AccessJwt,
    Identity,
    KeyTrusted,
}

impl Step {
    #[cfg(feature = "testing")]
    pub(crate) const ALL: [Self; 19] = [
        Self::Form,
        Self::Header,
        Self::Encoding,
        Self::Issuer,
        Self::TokenType,
        Self::Key,
        Self::Signature,
        Self::Claims,
        Self::RequiredClaims,
        Self::UserId,
        Self::Iss,
        Self::Expiry,
        Self::Aud,
        Self::SecurityEvent,
        Self::IdToken,
        Self::Bound,
        Self::AccessJwt,
        Self::Identity,
        Self::KeyTrusted,
    ];
}

/// The progress of the verification of one token. The code that verifies updates it, so that `Verifier::diagnose` can
/// tell which steps a refused token passed.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Progress(Step);

impl Progress {
    /// Begins a step: the steps before it were passed.
    pub(crate) fn begin(&mut self, step: Step) {
        self.0 = step;
    }

    /// The step that was begun last.
    #[cfg(feature = "testing")]
    pub(crate) fn step(self) -> Step {
        self.0
    }
}
