//! `interop report`: a saved JSON report, shown again or written in another format.

use super::args::SavedArguments;
use super::console::Console;
use super::failure::Failure;
use super::outputs;
use super::reported;
use crate::judge::exit_code;

/// Ends with 0, or, where it is said what counts as a failure, as the comparison would have.
pub fn run(arguments: &SavedArguments, console: Console) -> Result<u8, Failure> {
    arguments.show.check()?;
    let report = reported::read(&arguments.report)?;
    let Some(asked) = arguments.fail_on else {
        outputs::show(&report, &arguments.show, console)?;
        return Ok(0);
    };
    let report = report.failing(asked.least());
    outputs::show(&report, &arguments.show, console)?;
    Ok(exit_code(report.ends))
}
