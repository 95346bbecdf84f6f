//! An S3 server inside this process, on the loopback interface, with its data in a folder that goes with it. Knows
//! nothing of who asks.

#[cfg(not(feature = "embedded"))]
mod absent;
#[cfg(feature = "embedded")]
mod files;
#[cfg(feature = "embedded")]
mod folder;
#[cfg(feature = "embedded")]
mod server;

#[cfg(not(feature = "embedded"))]
pub use absent::Server;
#[cfg(feature = "embedded")]
pub use server::Server;

/// What requests call the server, whatever port it has.
pub const NAMED: &str = "http://s3.embedded.localhost";
