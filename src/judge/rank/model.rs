//! Candidates in the order of what a move from here costs: what `interop rank` tells, and its JSON.

use super::weights::Weights;
use crate::judge::{Impact, Side};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Version of the JSON.
pub const RANKING_FORMAT: u32 = 1;

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Ranking {
    pub format: u32,
    pub tool_version: String,
    /// Date that waivers were judged at: `2026-11-23`.
    pub as_of: String,
    /// As in a report: which scenarios ran, in which form.
    pub suite: String,
    /// Where you are.
    pub here: String,
    /// Steps that reached what they are about in every repeat here, of services that count.
    pub exercised: u32,
    pub weights: Weights,
    /// The ranked ones first, the cheapest move first; then those that are not comparable enough.
    pub candidates: Vec<Candidate>,
    /// Every two clouds, in the order given.
    pub distances: Vec<Distance>,
    /// As in a report: what can't be compared, and what was not looked at.
    pub not_compared: Vec<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Candidate {
    pub name: String,
    /// From 1; candidates that cost the same share it. None: too little is known to rank it.
    pub rank: Option<u32>,
    /// Why it is not ranked, in words.
    pub why_not: Option<String>,
    pub cost: Cost,
    /// Findings by impact on who moves there, and on who comes back.
    pub there: BTreeMap<Impact, u32>,
    pub back: BTreeMap<Impact, u32>,
    /// Findings that chance could have made: not in the cost.
    pub unconfirmed: u32,
    /// What the unconfirmed findings would add to the cost.
    pub unconfirmed_cost: f64,
    /// Findings that somebody answers for: not in the cost.
    pub waived: u32,
    pub known: Known,
    /// Scenarios that work here and that it does not offer.
    pub unsupported: Vec<String>,
    /// Repeats that count on both, of the scenario with the fewest.
    pub repeats: u32,
    /// Expected false findings are at most this.
    pub error_bound: f64,
    /// What costs something, the dearest first.
    pub reasons: Vec<Reason>,
}

/// What a move costs, by the weights.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Cost {
    /// The sum of the others, each way by its factor.
    pub total: f64,
    /// Findings, moving there; without the direction's factor.
    pub there: f64,
    /// Findings, coming back; without the direction's factor.
    pub back: f64,
    /// Scenarios that it does not offer.
    pub unsupported: f64,
}

/// What became of the steps that were exercised here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Known {
    pub same: u32,
    pub differs: u32,
    /// Not seen there because of a finding.
    pub blocked: u32,
    /// Not offered there.
    pub unsupported: u32,
    /// Seen there, and chance could explain what differs.
    pub unconfirmed: u32,
    /// Not run there, or not to its end: nothing is known.
    pub unknown: u32,
    /// Of all these, the share of which something is known: 0 to 1.
    pub share: f64,
}

/// A finding that costs something.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Reason {
    pub id: String,
    pub values: String,
    pub rule: String,
    pub service: String,
    pub operation: String,
    pub place: String,
    /// Here.
    pub a: Side,
    /// There.
    pub b: Side,
    pub there: Impact,
    pub back: Impact,
    pub costs_data: bool,
    /// Its part of the candidate's cost.
    pub cost: f64,
    /// Scenarios that show it.
    pub scenarios: u32,
    /// Of the candidates, how many have a finding with these keys.
    pub shared_by: u32,
    pub summary: String,
}

/// What stands between two clouds, whichever is here.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Distance {
    pub a: String,
    pub b: String,
    /// Cost of the findings for who moves from `a` to `b`.
    pub forward: f64,
    /// And from `b` to `a`.
    pub back: f64,
    /// The mean of both: the same whichever is first.
    pub mean: f64,
    /// Steps seen on both. 0: the distance says nothing.
    pub seen: u32,
}
