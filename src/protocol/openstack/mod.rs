//! The cloud family of keystone and nova: logins, the catalog, endpoints, microversions, and what a cloud says of itself.
//!
//! In: a profile, its secrets, a wire. Out: a [`Session`] that addresses and signs requests, and a [`Discovery`].
//! Observed requests are sent by the caller over the wire itself; the session only sends what may be repeated.
//!
//! [`Discovery`]: crate::recording::Discovery

mod account;
mod address;
mod asking;
mod bindings;
mod catalog;
mod control;
mod discovery;
mod endpoint;
mod error;
mod flavors;
mod login;
mod offers;
mod own_image;
mod probes;
mod quotas;
mod reading;
mod session;
#[cfg(test)]
mod tests;
mod version;
mod versions;

pub use address::{Address, AddressError, Trust};
pub use control::{
    ControlBody, ControlCall, ControlError, ControlExchange, Purpose, Retry, Witness,
};
pub use discovery::discover;
pub use error::SessionError;
pub use own_image::{Unfilled, refusal};
pub use session::{ANONYMOUS, Secrets, Session, USER_AGENT};
pub use version::{Range, Unoffered, resolve_version, version_headers};
