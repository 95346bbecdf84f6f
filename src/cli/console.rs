//! The two streams that people read.

use super::args::When;
use crate::profile::Environment;
use std::io::{IsTerminal, Write};
use std::process::{Command, Stdio};

/// Where text goes, and how it may look there.
#[derive(Clone, Copy, Debug)]
pub struct Console {
    pub colour: bool,
    /// Standard error may be coloured and redrawn.
    pub live: bool,
    /// Columns.
    pub width: usize,
    /// Lines, where the standard output is a terminal.
    height: Option<usize>,
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
        let size = terminal_size::terminal_size();
        let width = size.map_or(80, |(width, _)| usize::from(width.0));
        let height = size.map(|(_, height)| usize::from(height.0));
        Self {
            colour,
            live: std::io::stderr().is_terminal(),
            width: width.clamp(60, 120),
            height: height.filter(|_| out),
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

    /// To the standard output; through a pager where a person is there and it does not fit.
    pub fn page(self, text: &str, environment: &Environment) {
        let fits = self
            .height
            .is_none_or(|height| text.lines().count() < height);
        let paged = !fits && pager(environment).is_some_and(|mut pager| paged(&mut pager, text));
        if !paged {
            self.out(text);
        }
    }

    /// To the standard error.
    pub fn err(self, text: &str) {
        let mut stream = std::io::stderr().lock();
        let _ = writeln!(stream, "{}", text.trim_end());
    }
}

/// The program that pages, with its arguments. None in CI, on a terminal that can't move, or where `PAGER` is empty.
fn pager(environment: &Environment) -> Option<Command> {
    let is = |name, value| environment.get(name).is_some_and(|found| found == value);
    if environment.get("CI").is_some() || is("TERM", "dumb") {
        return None;
    }
    let named = environment.variables.get("PAGER").map(String::as_str);
    let mut words = named.unwrap_or("less").split_whitespace();
    let mut command = Command::new(words.next()?);
    command.args(words).stdin(Stdio::piped());
    if environment.get("LESS").is_none() {
        // ends at once where it fits, shows colours, leaves the text on the screen
        command.env("LESS", "FRX");
    }
    Some(command)
}

/// Whether a pager took the text. One that ends before the text does is no error: a person has seen enough.
fn paged(pager: &mut Command, text: &str) -> bool {
    let Ok(mut child) = pager.spawn() else {
        return false;
    };
    if let Some(mut stdin) = child.stdin.take() {
        let _ = stdin.write_all(text.as_bytes());
    }
    child.wait().is_ok_and(|status| status.code() != Some(127))
}
