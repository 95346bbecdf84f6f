//! Where a report goes, in which formats: to the terminal, to files, to the standard output.

use super::console::Console;
use super::failure::Failure;
use super::surroundings;
use crate::judge::{Report, Rules};
use crate::report::{self, Colour, GroupBy, Layout, Only, Style};
use clap::{Args, ValueEnum};
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// What was typed about showing a report.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "How to show it")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag as it was typed"
)]
pub struct ShowArguments {
    /// How the report is written to the standard output.
    #[arg(long, value_enum, default_value_t = Format::Terminal)]
    pub format: Format,
    /// Also write the JSON report to this file; `-` is the standard output, in the place of the report for people. So for
    /// the other formats.
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// One HTML file, which needs no network.
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
    /// Markdown for a pull-request comment or a job summary: at most 65,536 characters.
    #[arg(long, value_name = "FILE")]
    pub markdown: Option<PathBuf>,
    /// JUnit XML: a case for each scenario and pair of clouds.
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
    /// SARIF 2.1.0: a result for each finding and pair of clouds.
    #[arg(long, value_name = "FILE")]
    pub sarif: Option<PathBuf>,
    /// CSV (RFC 4180): a row for each finding and pair of clouds.
    #[arg(long, value_name = "FILE")]
    pub csv: Option<PathBuf>,
    /// Also print annotations for a workflow on GitHub.
    #[arg(long)]
    pub github: bool,
    /// Show people only some findings: `impact=breaks`, `direction=on` or `back`, `service=compute`, `rule=field-removed`,
    /// `id=mmniwqyqpn`, `cloud=public`. Of one key any may hold, of several keys all must. Verdict, exit code, JSON, JUnit
    /// and SARIF are of all.
    #[arg(long, value_name = "KEY=VALUE")]
    pub only: Vec<Only>,
    /// What makes the sections of the report.
    #[arg(long, value_enum, default_value_t = GroupArgument::Impact)]
    pub group_by: GroupArgument,
    /// Only the first page.
    #[arg(long, conflicts_with = "full")]
    pub summary: bool,
    /// Every finding at length, not only the first ten of each section.
    #[arg(long)]
    pub full: bool,
    /// Never show a long report in `$PAGER`.
    #[arg(long)]
    pub no_pager: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    Terminal,
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum GroupArgument {
    Impact,
    Service,
    Rule,
    Operation,
    Scenario,
}

impl From<GroupArgument> for GroupBy {
    fn from(argument: GroupArgument) -> Self {
        match argument {
            GroupArgument::Impact => Self::Impact,
            GroupArgument::Service => Self::Service,
            GroupArgument::Rule => Self::Rule,
            GroupArgument::Operation => Self::Operation,
            GroupArgument::Scenario => Self::Scenario,
        }
    }
}

impl ShowArguments {
    /// What is written for machines, with the file that it goes to.
    fn files(&self) -> Vec<(&'static str, &Path)> {
        let json_out = (self.format == Format::Json).then_some(Path::new("-"));
        [
            ("json", self.json.as_deref()),
            ("json", json_out),
            ("html", self.html.as_deref()),
            ("markdown", self.markdown.as_deref()),
            ("junit", self.junit.as_deref()),
            ("sarif", self.sarif.as_deref()),
            ("csv", self.csv.as_deref()),
        ]
        .into_iter()
        .filter_map(|(name, path)| Some((name, path?)))
        .collect()
    }

    /// Before anything is run: two formats in one stream would be neither.
    pub fn check(&self) -> Result<(), Failure> {
        let mut out: Vec<&str> = self
            .files()
            .into_iter()
            .filter(|(_, p)| is_out(p))
            .map(|(n, _)| n)
            .collect();
        if self.github && !out.is_empty() {
            out.push("github");
        }
        if out.len() > 1 {
            return Err(Failure::wrong(format!(
                "error: only one format can go to the standard output, not {}",
                out.join(" and ")
            )));
        }
        Ok(())
    }
}

fn is_out(path: &Path) -> bool {
    path == Path::new("-")
}

/// Writes a report everywhere that was asked for.
pub fn show(report: &Report, arguments: &ShowArguments, console: Console) -> Result<(), Failure> {
    let (part, said) = report::only(report, &arguments.only);
    let files = arguments.files();
    for (format, path) in &files {
        let text = match *format {
            "json" => report::json(report).map_err(failed)?,
            "html" => report::html(report).map_err(failed)?,
            "markdown" => report::markdown(&part).map_err(failed)?,
            "junit" => report::junit(report).map_err(failed)?,
            "sarif" => {
                let rules = Rules::embedded().map_err(failed)?;
                report::sarif(report, &rules).map_err(failed)?
            }
            _ => report::csv(&part).map_err(failed)?,
        };
        if is_out(path) {
            console.out(&text);
        } else {
            write(path, &text)?;
        }
    }
    if files.iter().any(|(_, path)| is_out(path)) {
        return Ok(());
    }
    let text = for_people(&part, said.as_deref(), arguments, style(console))?;
    if arguments.github {
        // the runner must not take what a cloud said for commands
        let token = surroundings::run_id().map_err(failed)?;
        console.out(&format!("::stop-commands::{token}\n{text}\n::{token}::"));
        console.out(&report::annotations(&part).map_err(failed)?);
    } else if arguments.no_pager {
        console.out(&text);
    } else {
        console.page(&text, &surroundings::environment());
    }
    Ok(())
}

fn for_people(
    report: &Report,
    said: Option<&str>,
    arguments: &ShowArguments,
    style: Style,
) -> Result<String, Failure> {
    let layout = Layout {
        at_length: if arguments.full {
            usize::MAX
        } else {
            Layout::default().at_length
        },
        group_by: arguments.group_by.into(),
    };
    let text = if arguments.summary {
        report::first_page(report, style)
    } else {
        report::terminal(report, style, layout)
    };
    let text = text.map_err(failed)?;
    Ok(match said {
        Some(said) => format!("{}\n\n{text}", report::clean(said)),
        None => text,
    })
}

fn failed(error: impl std::fmt::Display) -> Failure {
    Failure::internal(format!("error: {error}"))
}

/// A file that can't be written is named.
pub fn write(path: &Path, text: &str) -> Result<(), Failure> {
    fs::write(path, text)
        .map_err(|error| Failure::wrong(format!("error: can't write {}: {error}", path.display())))
}

/// Makes a file, whole or not at all: it is written under another name beside it. One that is there is left as it is.
pub fn create(path: &Path, text: &str) -> io::Result<()> {
    let name = path.file_name().unwrap_or_default().display();
    let part = path.with_file_name(format!(".{name}.{}", std::process::id()));
    let created = fs::write(&part, text).and_then(|()| place(&part, path));
    // a rename took it away already
    let _ = fs::remove_file(&part);
    created
}

/// A link, other than a rename, never takes the place of what is there; but not all file systems have links.
fn place(part: &Path, path: &Path) -> io::Result<()> {
    match fs::hard_link(part, path) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists && !path.exists() => {
            fs::rename(part, path)
        }
        done => done,
    }
}

/// How wide a report is and whether it has colour.
pub fn style(console: Console) -> Style {
    Style {
        columns: console.width,
        colour: if console.colour {
            Colour::Ansi
        } else {
            Colour::Plain
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_there_is_not_overwritten_and_nothing_stays_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mine.toml");
        create(&path, "mine").unwrap();
        let error = create(&path, "other").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AlreadyExists);
        assert_eq!(fs::read_to_string(&path).unwrap(), "mine");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
