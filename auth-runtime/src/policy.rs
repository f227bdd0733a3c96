//! What is asked of a request, the decision, and its explanation.

mod decide;
mod declared;
mod denied;
mod explain;
mod need;

pub use declared::{NameKind, declared};
pub use denied::{DenialReason, Denied};
pub use explain::{Explanation, Finding};
pub use need::{Attribute, Check, Condition, Deny, Invalid, Need, OrgSource, Rule};

pub(crate) use decide::{Org, decide};
pub(crate) use denied::{OwnResponse, Responder};
pub(crate) use need::Combined;
