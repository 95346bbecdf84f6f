//! The scenario language: model, parsing with source spans, checks, selection. Knows no cloud.
//!
//! In: TOML files. Out: checked [`Scenario`]s in a [`Suite`], of which a [`Selection`] picks some; and
//! what is needed to run and read them: [`Template`]s filled from a [`Scope`], [`Source`]s and
//! [`Condition`]s on [`AnswerParts`]. Mistakes are [`Problems`], each at its place in its file.

mod boundary;
mod check;
mod checksum;
mod condition;
mod consistency;
pub mod cut;
mod diagnostic;
mod during;
mod evaluate;
mod function;
mod hash;
mod keys;
mod model;
mod names;
mod observation;
mod parse;
mod parsed;
mod proven;
mod race;
mod reader;
mod resolve;
mod schema;
mod selection;
mod shard;
mod sign;
mod source;
mod suite;
mod template;
mod version;

pub use boundary::{BoundaryStep, Limit, Search, Verdict};
pub use checksum::Checksum;
pub use consistency::{ConsistencyStep, ReadStep};
pub use diagnostic::{Diagnostic, Paint, Problems, SourceFile};
pub use during::{DuringAct, DuringStep};
pub use evaluate::{MissingName, Scope, fill_json};
pub use function::{letters, unicode};
pub use model::*;
pub use names::{missing, seed_of, sent_name};
pub use observation::{Observable, Observation, Unit};
pub use parsed::Word;
pub use proven::Proven;
pub use race::RunnerStep;
pub use schema::schema;
pub use selection::{Selection, SelectionError};
pub use shard::Shard;
pub use sign::{How, PayloadSign, Sign, Wrong};
pub use source::{AnswerParts, SourceError};
pub use suite::{Suite, SuiteError};
pub use template::{TemplateError, json_variables};
pub use version::NotAMicroversion;
