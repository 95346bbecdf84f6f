//! From a TOML tree to drafts: everything that can be said of a file by reading it top to bottom.
//!
//! In: a file's text. Out: a [`Draft`], in which the spans that later checks point at are kept, and
//! mistakes. What needs the whole file (names, safety) is in `check`.

mod act;
mod body;
mod boundary;
mod consistency;
mod draft;
mod during;
mod observe;
mod race;
mod reading;
mod rows;
mod step;
mod text;
mod top;

pub(super) use draft::{Draft, Named, RowMarks, StepDraft, Use};
pub(super) use top::read;
