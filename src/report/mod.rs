//! A judged report → text for people (terminal, HTML, Markdown, explanations, the rule reference) and for machines (JSON and its
//! schema, JUnit, SARIF, CSV, GitHub's annotations). Does not know how a finding came about.

mod absent;
mod annotations;
mod belief;
mod cleaned;
mod csv;
mod detail;
mod entry;
mod explain;
mod history;
mod html;
mod json;
mod junit;
mod letters;
mod level;
mod many;
mod markdown;
mod matrix;
mod only;
mod page;
mod rank;
mod reference;
mod sarif;
mod screen;
mod sections;
mod services;
mod since;
mod style;
mod terminal;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_of_many;
mod unstable;
mod words;

pub use self::csv::{CsvError, csv};
pub use annotations::annotations;
pub use cleaned::cleaned;
pub use explain::{ExplainError, again, explain, findings};
pub use history::{CHANGES, history};
pub use html::html;
pub use json::{history_schema, json, ranking_schema, schema};
pub use junit::{JunitError, junit};
pub use markdown::markdown;
pub use only::{Only, only};
pub use rank::{REASONS, ranking};
pub use reference::rules_reference;
pub use sarif::sarif;
pub use screen::clean_lines as clean;
pub use sections::{GroupBy, Layout};
pub use style::{Colour, Style};
pub use terminal::{first_page, terminal};
pub use unstable::by_answers;
pub use words::in_its_answer;
