//! The likely cause of a difference, where the evidence allows to say one.

use crate::compare::Difference;
use crate::judge::{Cause, Rule};
use crate::recording::Exchange;
use std::collections::BTreeSet;

/// What a guess stands on.
pub struct Clues<'a> {
    pub rule: &'a Rule,
    pub difference: &'a Difference,
    /// The exchange on each side.
    pub a: Option<&'a Exchange>,
    pub b: Option<&'a Exchange>,
    /// Services whose microversion ranges are not the same on both clouds.
    pub unlike_microversions: &'a BTreeSet<String>,
}

/// Evidence first, then what the rule knows by itself. No evidence: unknown.
pub fn guess(clues: &Clues<'_>) -> Cause {
    if other_microversion(clues) {
        Cause::Microversion
    } else if says_quota(clues.a) || says_quota(clues.b) {
        Cause::Quota
    } else if let Some(cause) = clues.rule.cause {
        cause
    } else if is_page(clues.a) != is_page(clues.b) {
        // services speak JSON; a page of HTML is what a proxy before them says
        Cause::FrontEnd
    } else {
        Cause::Unknown
    }
}

/// The two sides were asked for different microversions, or for one that is relative to a range
/// that is not the same.
fn other_microversion(clues: &Clues<'_>) -> bool {
    let version = |side: Option<&Exchange>| side.and_then(|exchange| exchange.version.clone());
    if let (Some(a), Some(b)) = (version(clues.a), version(clues.b)) {
        return a != b;
    }
    let relative = |row: &String| matches!(row.as_str(), "min" | "latest");
    clues.difference.rows.iter().any(relative)
        && clues
            .unlike_microversions
            .contains(&clues.difference.service)
}

fn says_quota(side: Option<&Exchange>) -> bool {
    let Some(Ok(answer)) = side.map(|exchange| &exchange.answer) else {
        return false;
    };
    matches!(answer.status, 403 | 409 | 413 | 429)
        && answer
            .body
            .text
            .as_ref()
            .is_some_and(|text| text.to_ascii_lowercase().contains("quota"))
}

fn is_page(side: Option<&Exchange>) -> bool {
    let Some(Ok(answer)) = side.map(|exchange| &exchange.answer) else {
        return false;
    };
    answer.status >= 400
        && answer.headers.iter().any(|(name, value)| {
            name.eq_ignore_ascii_case("content-type") && value.starts_with("text/html")
        })
}
