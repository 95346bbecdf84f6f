//! Taking away what was made. Shared by the run and by `cleanup`.
//!
//! In: a [`Thing`] and [`Hands`] that reach its cloud. Out: what became of it. Touches nothing but the thing of a
//! known id, the one thing of an exact name that nobody else can have, and what hangs on it.

mod ask;
mod find;
mod look;
mod remove;
#[cfg(test)]
mod tests;
mod thing;

pub use ask::{Aim, Ask, Filters, Hands, Identity, Said};
pub use look::{Looked, look};
pub use remove::{Removed, remove};
pub use thing::{Patience, Settled, Thing};
