//! What a family of services means, as data and pure functions. Knows no network.

pub mod capabilities;
pub mod services;
