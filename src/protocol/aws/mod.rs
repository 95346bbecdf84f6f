//! The family of AWS's APIs, S3 and EC2: keys, addressing, signature version 4, and what a service says of itself.
//!
//! In: a profile, its secrets, a wire. Out: a [`Session`] that addresses and signs requests, and a `Discovery`.

mod areas;
mod bindings;
mod chunked;
mod form;
mod login;
mod place;
mod query;
mod session;
mod sign;
mod v2;

use super::{control, error, reading};
pub use session::Session;
