//! Arguments, one file a subcommand, exit codes; the only reader of environment and date.

mod args;
mod calibrate;
mod chosen;
mod cleanup;
mod clouds;
mod console;
mod defect;
mod diff;
mod doctor;
mod explain;
mod failure;
mod generated;
mod history;
mod init;
mod known;
mod learned;
mod live;
mod noise;
mod outputs;
mod planned;
mod progress;
mod questions;
mod rank;
pub mod reading;
mod recorded;
mod reported;
mod repro;
mod rounds;
mod saved;
mod scenarios;
mod shown;
mod sides;
mod signature;
mod sought;
mod surroundings;
mod tries;

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
    defect::hide_what_panics_say(console);
    ExitCode::from(defect::guarded(|| match run(&arguments.command, console) {
        Ok(code) => code,
        Err(failure) => {
            console.err(&failure.message);
            failure.end.code()
        }
    }))
}

fn run(command: &Command, console: Console) -> Result<u8, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| Failure::internal(format!("error: {error}")))?;
    match command {
        Command::Diff(arguments) => runtime.block_on(diff::run(arguments, console)),
        Command::Rank(arguments) => runtime.block_on(rank::run(arguments, console)),
        Command::History(arguments) => history::run(arguments, console),
        Command::Record { what, share } => runtime.block_on(diff::record(what, *share, console)),
        Command::Merge(arguments) => recorded::merged(arguments, console),
        Command::Recording(command) => recorded::run(command, console),
        Command::Calibrate(arguments) => runtime.block_on(calibrate::run(arguments, console)),
        Command::Doctor(arguments) => runtime.block_on(doctor::run(arguments, console)),
        Command::Plan(arguments) => runtime.block_on(planned::run(arguments, console)),
        Command::Cleanup(arguments) => runtime.block_on(cleanup::run(arguments, console)),
        Command::Scenarios(arguments) => scenarios::run(arguments, console),
        Command::Explain(arguments) => explain::run(arguments, console),
        Command::Repro(arguments) => runtime.block_on(repro::run(arguments, console)),
        Command::Report(arguments) => saved::run(arguments, console),
        Command::Init(arguments) => runtime.block_on(init::run(arguments, console)),
        Command::Completions { shell } => Ok(generated::completions(*shell, console)),
        Command::Man { folder } => generated::man(folder, console),
        Command::Schema { of } => explain::schema(*of, console),
    }
}
