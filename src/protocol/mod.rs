//! How a family speaks: auth, addressing, versions, signing. Knows nothing of comparing.
//!
//! In: a profile, its secrets, a wire. Out: a [`Session`] that addresses and signs requests, whatever the family, and
//! a [`Discovery`](crate::recording::Discovery). Observed requests are sent by the caller over the wire itself; the
//! session only sends what may be repeated.

mod address;
pub mod aws;
mod control;
mod error;
pub mod multipart;
pub mod openstack;
mod reading;
mod session;

pub use address::{Address, AddressError, Trust};
pub use control::{
    ControlBody, ControlCall, ControlError, ControlExchange, Purpose, Retry, USER_AGENT, Witness,
};
pub use error::SessionError;
pub use openstack::{Range, Unfilled, Unoffered, refusal, resolve_version, version_headers};
pub use session::{
    ANONYMOUS, Secrets, Session, Signed, SigningError, access_key_of, session_token_of,
};

/// The user whose project is acted in.
const MAIN: &str = "main";
