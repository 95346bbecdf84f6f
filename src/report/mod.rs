//! A judged report → text for people (terminal, HTML, explanations, the rule reference) and for machines
//! (JSON and its schema). Does not know how a finding came about.

mod absent;
mod cleaned;
mod detail;
mod entry;
mod explain;
mod html;
mod json;
mod page;
mod reference;
mod screen;
mod services;
mod style;
mod terminal;
#[cfg(test)]
mod tests;
mod words;

pub use cleaned::cleaned;
pub use explain::{ExplainError, again, explain, findings};
pub use html::html;
pub use json::{json, schema};
pub use reference::rules_reference;
pub use screen::clean_lines as clean;
pub use style::{Colour, Style};
pub use terminal::{AT_LENGTH, first_page, terminal};
