//! A judged report → text for people (terminal, explanations, the rule reference) and for machines
//! (JSON and its schema). Does not know how a finding came about.

mod absent;
mod cleaned;
mod detail;
mod entry;
mod explain;
mod history;
mod json;
mod letters;
mod many;
mod matrix;
mod page;
mod rank;
mod reference;
mod screen;
mod services;
mod since;
mod style;
mod terminal;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_of_many;
mod words;

pub use cleaned::cleaned;
pub use explain::{ExplainError, again, explain, findings};
pub use history::{CHANGES, history};
pub use json::{history_schema, json, ranking_schema, schema};
pub use rank::{REASONS, ranking};
pub use reference::rules_reference;
pub use screen::clean_lines as clean;
pub use style::{Colour, Style};
pub use terminal::{AT_LENGTH, first_page, terminal};
