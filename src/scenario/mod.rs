//! The scenario language: model, parsing with source spans, checks, selection. Knows no cloud.

mod model;

pub use model::*;
