//! From a recorded exchange to what a person needs to see it again: commands, and both texts.

mod chain;
mod command;
mod indent;
mod shell;
mod shown;
mod text;
mod variables;

pub use shown::shown;
