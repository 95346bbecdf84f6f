//! The family of S3: keys, addressing of buckets, signature version 4, and what a service says of itself.
//!
//! In: a profile, its secrets, a wire. Out: a [`Session`] that addresses and signs requests, and a `Discovery`.

mod chunked;
mod form;
mod login;
mod place;
mod session;
mod sign;
mod v2;

use super::{control, error, reading};
pub use session::Session;
