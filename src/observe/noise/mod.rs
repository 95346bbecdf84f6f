//! What is unstable on one cloud by itself, as a file that a person reviews: its model, reading, writing and merging.
//!
//! In: the text of the file, or what repeats of a cloud were seen to do. Out: entries by operation and place, or the text of
//! the file. Does not know how clouds are compared, and touches no file itself.

mod model;
mod read;
mod words;
mod write;

pub use model::{Entry, Learned, Listed, Noise, Varies};
