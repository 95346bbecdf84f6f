//! Why a command stopped, as people read it, and which exit code it is.

use crate::profile::LoadError;
use crate::scenario::{Paint, SelectionError, SuiteError};

/// Codes as the README documents them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    Wrong,
    Unobserved,
    Internal,
}

impl Exit {
    pub fn code(self) -> u8 {
        match self {
            Self::Wrong => 2,
            Self::Unobserved => 3,
            Self::Internal => 70,
        }
    }
}

/// A message and a code.
#[derive(Debug)]
pub struct Failure {
    pub exit: Exit,
    pub message: String,
}

impl Failure {
    pub fn wrong(message: impl Into<String>) -> Self {
        Self {
            exit: Exit::Wrong,
            message: message.into(),
        }
    }

    pub fn unobserved(message: impl Into<String>) -> Self {
        Self {
            exit: Exit::Unobserved,
            message: message.into(),
        }
    }

    pub fn internal(message: impl Into<String>) -> Self {
        Self {
            exit: Exit::Internal,
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
