//! `interop completions` and `interop man`: made from the arguments themselves.

use super::args::Arguments;
use super::console::Console;
use super::failure::Failure;
use clap::CommandFactory;
use clap_complete::{Shell, generate};
use std::path::Path;

pub fn completions(shell: Shell, console: Console) -> u8 {
    let mut text = Vec::new();
    generate(shell, &mut Arguments::command(), "interop", &mut text);
    console.out(&String::from_utf8_lossy(&text));
    0
}

/// A page for the program and one for each subcommand.
pub fn man(folder: &Path, console: Console) -> Result<u8, Failure> {
    let failed = |error| {
        Failure::wrong(format!(
            "error: can't write manual pages to {}: {error}",
            folder.display()
        ))
    };
    std::fs::create_dir_all(folder).map_err(failed)?;
    clap_mangen::generate_to(Arguments::command(), folder).map_err(failed)?;
    console.out(&format!("manual pages in {}", folder.display()));
    Ok(0)
}
