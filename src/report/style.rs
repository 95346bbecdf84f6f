//! How wide a rendering is and whether it may use colour. Colour only repeats what words say.

use crate::judge::Impact;

/// Decided by whoever knows the terminal and the environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    Plain,
    Ansi,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// Columns. Commands and links are never broken, whatever their width.
    pub columns: usize,
    pub colour: Colour,
}

impl Default for Style {
    fn default() -> Self {
        Self {
            columns: 80,
            colour: Colour::Plain,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ink {
    Heading,
    Of(Impact),
}

impl Style {
    pub(super) fn paint(self, ink: Ink, text: &str) -> String {
        let code = match (self.colour, ink) {
            (Colour::Plain, _) | (_, Ink::Of(Impact::None | Impact::Drifts)) => {
                return text.to_owned();
            }
            (_, Ink::Heading) => "1",
            (_, Ink::Of(Impact::Cosmetic)) => "2",
            (_, Ink::Of(Impact::Degrades)) => "33",
            (_, Ink::Of(Impact::Breaks)) => "1;31",
        };
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    }

    pub(super) fn heading(self, text: &str) -> String {
        self.paint(Ink::Heading, text)
    }
}
