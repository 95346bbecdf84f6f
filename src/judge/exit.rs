//! How a comparison ended, as exit codes. Pure: what a report holds → every end that applies → one
//! code.

use crate::judge::{Finding, Impact, Report};
use crate::recording::SkipKind;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An end, the gravest first: that is the precedence of the exit codes.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum End {
    /// A defect of ours.
    Defect,
    /// Wrong usage, profile or scenario.
    Usage,
    /// Something could not be cleaned up.
    LeftBehind,
    /// A selected scenario could not be observed through our side, the network or a budget; or
    /// nothing was compared at all.
    Unobserved,
    /// Findings at or above `--fail-on`.
    Findings,
    /// Compared, nothing at or above `--fail-on`.
    Compared,
}

impl End {
    pub fn code(self) -> u8 {
        match self {
            Self::Defect => 70,
            Self::Usage => 2,
            Self::LeftBehind => 4,
            Self::Unobserved => 3,
            Self::Findings => 1,
            Self::Compared => 0,
        }
    }
}

/// The exit code of everything that ended at once. Of nothing: 0.
pub fn exit_code(ends: impl IntoIterator<Item = End>) -> u8 {
    ends.into_iter().min().map_or(0, End::code)
}

/// Whether an impact counts as a failure; where `fail_on` is none, nothing does.
pub fn fails(impact: Impact, fail_on: Option<Impact>) -> bool {
    fail_on.is_some_and(|least| impact >= least)
}

/// Whether a finding counts as a failure, whichever way it hurts.
pub fn gates(finding: &Finding, fail_on: Option<Impact>) -> bool {
    fails(finding.worst(), fail_on)
}

impl Report {
    /// The same, where this is the least impact that counts as a failure; where it is none, nothing does.
    #[must_use]
    pub fn failing(mut self, fail_on: Option<Impact>) -> Self {
        self.fail_on = fail_on;
        self.ends = ends(&self);
        self
    }
}

/// Every end of a comparison that applies, the gravest first.
pub fn ends(report: &Report) -> Vec<End> {
    let left_behind = report.clouds.iter().any(|c| !c.left_behind.is_empty());
    let cut_short = report.clouds.iter().any(|cloud| {
        !cloud.complete
            || cloud
                .skipped
                .iter()
                .any(|skipped| matches!(skipped.kind, SkipKind::Unbound | SkipKind::Cut))
    });
    // nothing compared is not success
    let nothing = report.pairs.iter().any(|pair| pair.places == 0);
    let findings = report
        .findings
        .iter()
        .any(|finding| gates(finding, report.fail_on));
    let mut ends = Vec::new();
    if left_behind {
        ends.push(End::LeftBehind);
    }
    if cut_short || nothing {
        ends.push(End::Unobserved);
    }
    if findings {
        ends.push(End::Findings);
    }
    if ends.is_empty() {
        ends.push(End::Compared);
    }
    ends
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gravest_end_gives_the_code() {
        use End::{Compared, Defect, Findings, LeftBehind, Unobserved, Usage};
        assert_eq!(exit_code([]), 0);
        assert_eq!(exit_code([Compared]), 0);
        assert_eq!(exit_code([Findings, Unobserved]), 3);
        assert_eq!(exit_code([Findings, Unobserved, LeftBehind]), 4);
        assert_eq!(exit_code([LeftBehind, Usage]), 2);
        assert_eq!(exit_code([Usage, Defect, Findings]), 70);
    }

    #[test]
    fn the_precedence_is_70_2_4_3_1_0() {
        use End::{Compared, Defect, Findings, LeftBehind, Unobserved, Usage};
        let mut all = [Compared, Unobserved, Defect, LeftBehind, Findings, Usage];
        all.sort();
        assert_eq!(all.map(End::code), [70, 2, 4, 3, 1, 0]);
    }
}
