//! How loud a finding is to tools that know three levels. An error is what makes the comparison fail, and nothing else is.

use crate::judge::{Impact, fails};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    Error,
    Warning,
    Note,
    None,
}

impl Level {
    pub fn of(impact: Impact, fail_on: Option<Impact>) -> Self {
        match impact {
            _ if fails(impact, fail_on) => Self::Error,
            Impact::Breaks | Impact::Degrades => Self::Warning,
            Impact::Drifts | Impact::Cosmetic => Self::Note,
            Impact::None => Self::None,
        }
    }
}
