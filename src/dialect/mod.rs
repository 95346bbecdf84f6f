//! What a family of services means, as data and pure functions. Knows no network.

pub mod capabilities;
pub mod forms;
pub mod outcomes;
pub mod query;
mod reading;
pub mod resources;
pub mod s3;
pub mod scope;
pub mod services;
pub mod xml;

pub use reading::{
    HeaderMeaning, header_meaning, is_minted_number, is_named_by_clients, is_shared, is_unordered,
    list_key, names_an_account, names_an_id, names_api_version,
};
