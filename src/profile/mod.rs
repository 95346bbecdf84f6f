//! A cloud as its owner describes it: TOML, `clouds.yaml`, `OS_*`, secrets. Knows no scenario and opens no connection.
//!
//! In: what the user typed for a cloud, and an [`Environment`]. Out: a checked [`Profile`] whose
//! secrets are still unread, or every mistake at its place in the user's file.

mod aws;
mod cloud;
mod clouds;
mod credentials;
mod environment;
mod file;
mod keys;
mod load;
mod mistake;
mod model;
mod schema;
pub mod secret;
mod source;
mod table;
mod url;
mod user;
mod variables;
mod veil;
mod written;
mod yaml;

#[cfg(test)]
mod tests;

pub use clouds::is_yaml;
pub use environment::Environment;
pub use load::cloud_names;
pub use mistake::{LoadError, Look, Mistake, Mistakes, Place};
pub use model::{Addressing, Auth, BindTo, Family, Interface, Limits, Named, Profile, User};
pub use schema::schema;
pub use written::{variable, written};
