//! Arguments, one file a subcommand, exit codes; the only reader of environment and date.

mod args;
mod console;
mod failure;
pub mod reading;


use args::{Arguments, Command};
use clap::Parser;
use console::Console;
use failure::Failure;
use std::process::ExitCode;

/// Parses what was typed, does it, and says how it ended.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let no_colour = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let console = Console::new(arguments.color, no_colour);
    match run(&arguments.command, console) {
        Ok(code) => ExitCode::from(code),
        Err(failure) => {
            console.err(&failure.message);
            ExitCode::from(failure.exit.code())
        }
    }
}

fn run(command: &Command, console: Console) -> Result<u8, Failure> {
    match command {

        _ => Err(Failure::internal("not built yet")),
    }
}
