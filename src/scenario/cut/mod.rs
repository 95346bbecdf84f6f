//! A scenario cut to the fewest steps and fields that still show something.
//!
//! In: the text of a scenario, and the step that shows it. Out: one shorter text after another; whoever tries them says of each
//! whether it still shows. What a text means for a cloud is not known here.

mod cutting;
mod document;
mod fewer;
mod inline;
mod part;
mod slice;
mod tidy;

pub use cutting::{Cutting, Depth};
pub use document::{Document, DocumentError};
pub use inline::Fixtures;
pub use slice::Spot;
