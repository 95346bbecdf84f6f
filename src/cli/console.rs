//! The two streams that people read.

use super::args::When;
use std::io::{IsTerminal, Write};

/// Where text goes, and how it may look there.
#[derive(Clone, Copy, Debug)]
pub struct Console {
    pub colour: bool,
    /// Standard error may be coloured and redrawn.
    pub live: bool,
    /// Columns.
    pub width: usize,
}

#[expect(clippy::unused_self, reason = "whoever writes holds the console")]
impl Console {
    pub fn new(when: When, no_colour: bool) -> Self {
        let out = std::io::stdout().is_terminal();
        let colour = match when {
            When::Always => true,
            When::Never => false,
            When::Auto => out && !no_colour,
        };
        let width = terminal_size::terminal_size().map_or(80, |(width, _)| usize::from(width.0));
        Self {
            colour,
            live: std::io::stderr().is_terminal(),
            width: width.clamp(60, 120),
        }
    }

    /// To the standard output; a reader that went away is no error.
    pub fn out(self, text: &str) {
        let mut stream = std::io::stdout().lock();
        let _ = stream.write_all(text.as_bytes());
        if !text.ends_with('\n') {
            let _ = stream.write_all(b"\n");
        }
        let _ = stream.flush();
    }

    /// To the standard error.
    pub fn err(self, text: &str) {
        let mut stream = std::io::stderr().lock();
        let _ = writeln!(stream, "{}", text.trim_end());
    }
}
