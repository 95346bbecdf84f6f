//! Differences of compared clouds → a judged report. Rules (data) give each difference impact and
//! direction; waivers silence findings openly. In: pair results, recordings' headers, a way to look
//! up evidence. Out: one [`Report`]. Knows nothing of rendering, the network or the clock.

mod baseline;
mod cause;
mod discovery;
mod evidence;
mod exit;
mod group;
mod history;
mod input;
mod judging;
mod key;
mod latest;
mod measured;
mod model;
mod one_family;
mod pattern;
mod rank;
mod rule;
mod rules;
mod summary;
mod template;
#[cfg(test)]
pub(crate) mod tests;
mod waiver;

pub use baseline::{Baseline, BaselineError, Changed, Past, Since};
pub use exit::{End, ends, exit_code, fails, gates};
pub use group::step_name;
pub use history::{
    Against, Change, CloudHistory, Event, HISTORY_FORMAT, History, LeftOut, Moment, Unfolding, What,
};
pub use input::{CloudInput, Evidence, Inputs, NoEvidence, ScenarioInfo};
pub use judging::{JudgeError, judge};
pub use key::{class, classes, id, readable, values};
pub use model::*;
pub use pattern::Pattern;
pub use rank::{
    Candidate, Compared, Cost, DEFAULT_WEIGHTS, Distance, Known, RANKING_FORMAT, Ranking, Reason,
    Weights, WeightsError, rank,
};
pub use rule::{About, Orientation, Override, Relation, Rule, ValueClass};
pub use rules::{RuleError, Rules, Verdict};
pub use template::{Filling, fill};
pub use waiver::{Waiver, Waivers};
