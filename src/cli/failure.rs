//! Why a command stopped, as people read it, and which exit code it is.

use crate::judge::End;
use crate::profile::LoadError;
use crate::scenario::{Paint, SelectionError, SuiteError};

/// A message and a code.
#[derive(Debug)]
pub struct Failure {
    pub end: End,
    pub message: String,
}

impl Failure {
    pub fn wrong(message: impl Into<String>) -> Self {
        Self {
            end: End::Usage,
            message: message.into(),
        }
    }

    pub fn unobserved(message: impl Into<String>) -> Self {
        Self {
            end: End::Unobserved,
            message: message.into(),
        }
    }

    pub fn internal(message: impl Into<String>) -> Self {
        Self {
            end: End::Defect,
            message: message.into(),
        }
    }

    pub fn suite(error: &SuiteError, colour: bool) -> Self {
        Self::wrong(match error {
            SuiteError::Problems(problems) => {
                problems.render(if colour { Paint::Colour } else { Paint::Plain })
            }
            other => format!("error: {other}"),
        })
    }
}

impl From<SelectionError> for Failure {
    fn from(error: SelectionError) -> Self {
        Self::wrong(format!("error: {error}"))
    }
}

impl From<LoadError> for Failure {
    fn from(error: LoadError) -> Self {
        Self::wrong(error.to_string())
    }
}
