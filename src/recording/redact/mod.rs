//! Secrets are replaced before anything is kept.
//!
//! First by place (a header's, a member's, a parameter's name says that its value is secret), then
//! by value: everything known to be secret is looked for in every string, however it is encoded.
//! All other bytes stay as they came.

mod edit;
mod exchange;
pub(super) mod json;
pub(super) mod places;
mod redactor;
pub(super) mod sweep;

#[cfg(test)]
mod canaries;

pub use exchange::{ExchangeMeta, UnredactedAnswer, UnredactedRequest};
pub use redactor::{Learned, Redactor};
