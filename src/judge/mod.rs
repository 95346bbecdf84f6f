//! Differences of compared clouds → a judged report. Rules (data) give each difference impact and
//! direction; waivers silence findings openly. In: pair results, recordings' headers, a way to look
//! up evidence. Out: one [`Report`]. Knows nothing of rendering, the network or the clock.

mod model;
mod pattern;
mod rule;
mod rules;
mod template;

pub use model::*;
pub use rule::{Orientation, Override, Rule};
pub use rules::{KINDS, RuleError, Rules, Verdict};
pub use template::{Filling, fill};
