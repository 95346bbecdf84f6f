//! One cloud's recording → its labelled observations. Does not know that other clouds exist.
//!
//! The way inside: [`tree`] reads a body as written, [`symbols`] takes known origins out of its values, [`answer`] lays
//! one answer out into places, `execution` does so for every step, and [`label`] joins the repeats.

mod addresses;
mod answer;
mod body;
mod boundary;
mod calls;
mod derive;
mod error;
mod execution;
mod forgets;
mod headers;
pub mod label;
mod meaning;
mod named;
mod noise;
mod pages;
mod path;
mod place;
mod prove;
mod race;
mod reviewed;
mod scope;
mod states;
pub mod symbols;
pub mod tree;
mod uploads;
mod walk;
mod window;

pub use calls::{Calls, Pass, calls};
pub use execution::{leaves, observe, parts};
pub use forgets::{Aspect, Change, FORGOTTEN, forgets, is_beside_limit};
pub use label::{Equalities, Held, Label, Labelled, StepKey, StepLabel, counted, label};
pub use noise::{Entry, Learned, Listed, Noise, Varies};
pub use path::{item, member, split};
pub use place::{Observed, Part, Place, StateSeen, StateSequence, StepSeen};
pub use prove::{kind_of_cloud, prove};
pub use reviewed::{FileError, FileMistake, Reviewed};
pub use scope::rows_around;
pub use symbols::Rendered;
pub use window::Window;
