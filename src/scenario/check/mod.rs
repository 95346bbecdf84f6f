//! What can only be said of a whole file: which names stand for something, and whether everything
//! that it makes is taken away again; of several realisations, whether they observe the same.

mod meaning;
mod names;
mod safety;

pub(super) use meaning::meaning;
pub(super) use names::{OutputUse, names};
pub(super) use safety::safety;
