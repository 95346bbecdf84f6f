//! The wire: connections, limits, timings, caps. Does not know what the bytes mean.
//!
//! In: a [`WireRequest`]. Out: a [`RawExchange`], with what came back exactly as it came. One request is one fresh
//! connection; nothing is retried, followed, decompressed or rewritten here.

mod body;
mod connect;
mod fault;
mod head;
mod model;
mod origin;
mod pace;
#[cfg(test)]
pub(crate) mod peer;
mod progress;
mod tap;
#[cfg(test)]
mod tests;
mod wire;

pub use model::{RawAnswer, RawExchange, WireRequest};
pub use origin::{Origin, OriginError};
pub use wire::{TransportError, Wire, WireConfig};
