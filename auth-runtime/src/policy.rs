//! What the attributes ask of a request, the decision, and its explanation.

mod classes;
mod combined;
mod decide;
mod declared;
mod denied;
pub(crate) mod duration;
mod explain;
mod formula;
mod label;
mod need;
mod reads;
mod reason;

pub use declared::{NameKind, declared};
pub use denied::Denied;
pub use explain::{Explanation, Finding};
pub use need::{Attribute, Condition, Deny, Expression, Invalid, Need, OrgSource, OutsidePath, Rule, Settings, Takes};
pub use reads::{Part, Read};
pub use reason::DenialReason;

pub(crate) use combined::Combined;
pub(crate) use decide::{Org, decide};
pub(crate) use denied::Challenges;
pub(crate) use explain::{OwnResponse, Responder};
pub(crate) use formula::{Atom, Formula};
pub(crate) use label::{place_of, text_of};
pub(crate) use reads::{Argument, OTHER, Shape, Tell, Who};
