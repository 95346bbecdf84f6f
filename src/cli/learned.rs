//! `interop calibrate --learn`: what a recording shows to be unstable → the noise file, and what is new in it.

use super::console::Console;
use super::failure::Failure;
use super::{noise, reading};
use crate::compare::calibrate;
use crate::observe::{Entry, Noise};
use crate::profile::Environment;
use crate::recording::Recording;
use crate::report;
use std::path::{Path, PathBuf};

/// Entries told by name, of each sort.
const MOST: usize = 20;

/// A file to write to, and what it said before.
pub struct Teacher {
    file: PathBuf,
    path: PathBuf,
    before: Noise,
}

impl Teacher {
    /// `file`, else the one beside what was typed for the cloud. One that is there already must be right, and of this cloud.
    pub fn of(
        file: Option<&Path>,
        typed: &str,
        cloud: &str,
        environment: &Environment,
    ) -> Result<Self, Failure> {
        let file = file.map(Path::to_owned).or_else(|| noise::beside(typed));
        let file = file.ok_or_else(|| {
            Failure::wrong(format!(
                "error: {typed} is no file that a noise file could lie beside; say --learn=FILE"
            ))
        })?;
        let before = match noise::read(&file, environment)? {
            Some(text) => Noise::read_of(&text.file, &text.text, cloud)
                .map_err(|error| Failure::wrong(error.to_string()))?,
            None => Noise::none(cloud),
        };
        Ok(Self {
            path: environment.directory.join(&file),
            file,
            before,
        })
    }

    /// Writes what the recording shows into the file, and tells what is new. Gives what now holds.
    pub fn learn(
        self,
        recording: &Recording,
        today: &str,
        console: Console,
    ) -> Result<Noise, Failure> {
        let cloud = &self.before.cloud;
        let found = calibrate(recording, &Noise::none(cloud), &reading::parse)
            .map_err(|error| Failure::wrong(format!("error: {error}")))?;
        let fresh = Noise::none(cloud).with(&found.learned, today);
        let mut now = self.before.with(&found.learned, today);
        let text = now.text();
        let file = self.file.display().to_string();
        std::fs::write(&self.path, &text)
            .map_err(|error| Failure::wrong(format!("error: can't write {file}: {error}")))?;
        let (new, unseen) = (now.without(&self.before), self.before.without(&fresh));
        let mut told = format!(
            "{file}: {} entries, {} of them new, {} not seen again\n",
            now.len(),
            new.len(),
            unseen.len()
        );
        told += &listed("new", &new);
        told += &listed("not seen again", &unseen);
        if !new.is_empty() {
            told += "review it: what is a defect should not stay there\n";
        }
        console.err(report::clean(&told).trim_end());
        now.file = file;
        Ok(now.as_of(today))
    }
}

fn listed(what: &str, entries: &[&Entry]) -> String {
    let line = |entry: &&Entry| {
        let Entry {
            service,
            operation,
            place,
            because,
            ..
        } = *entry;
        let service = match operation.strip_prefix(service.as_str()) {
            Some(_) => String::new(),
            None => format!("{service} "),
        };
        format!("  {what}: {service}{operation} · {place}: {because}\n")
    };
    let mut lines: String = entries.iter().take(MOST).map(line).collect();
    if entries.len() > MOST {
        let more = format!("  {what}: {} more\n", entries.len() - MOST);
        lines.push_str(&more);
    }
    lines
}
