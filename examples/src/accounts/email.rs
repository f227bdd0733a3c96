//! An email address from a form.

use email_address::{EmailAddress, Options};
use serde::Deserialize;
use utoipa::ToSchema;

/// A well-formed address with its domain in lower case. The local part keeps its case, but is compared without case.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(format = Email)]
#[serde(try_from = "String")]
pub(crate) struct Email(String);

impl Email {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Email {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        const FAULT: &str = "value is not a valid email address";
        let options = Options::default().with_required_tld().without_display_text().without_domain_literal();
        let address = EmailAddress::parse_with_options(text.trim(), options).map_err(|_| FAULT)?;
        Ok(Self(format!("{}@{}", address.local_part(), address.domain().to_lowercase())))
    }
}
