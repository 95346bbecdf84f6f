//! A cloud as its owner describes it: TOML, `clouds.yaml`, `OS_*`, secrets. Knows no scenario and opens no connection.

mod model;
pub mod secret;

pub use model::{Auth, Family, Interface, Limits, Named, Profile, User};
