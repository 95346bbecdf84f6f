//! `interop recording` and `interop merge`: what is done with recordings besides comparing them.

use super::args::{MergeArguments, RecordingCommand, RedactArguments, VerifyArguments};
use super::clouds;
use super::console::Console;
use super::failure::Failure;
use super::{signature, surroundings};
use crate::profile::secret::Redacted;
use crate::recording::{
    FileVerification, Recording, Redactor, Share, Sum, merge, redact_again, verify_file,
};
use crate::report;
use crate::scenario::Shard;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

pub fn run(command: &RecordingCommand, console: Console) -> Result<u8, Failure> {
    match command {
        RecordingCommand::Show { file } => show(file, console),
        RecordingCommand::Verify(arguments) => verify(arguments, console),
        RecordingCommand::Redact(arguments) => redact(arguments, console),
        RecordingCommand::Sign { file, key } => {
            let read = verified(file)?;
            if !read.is_sound() {
                return Err(Failure::wrong(format!(
                    "error: {}",
                    wrong_with(file, &read)
                )));
            }
            let signature = signature::sign(file, key)?;
            console.out(&signature.display().to_string());
            Ok(0)
        }
    }
}

/// Puts parts together.
pub fn merged(arguments: &MergeArguments, console: Console) -> Result<u8, Failure> {
    let mut parts = Vec::new();
    for path in &arguments.recordings {
        let part = clouds::open(path)?;
        tell_damage(&path.display().to_string(), &part, console);
        parts.push(part);
    }
    let whole = merge(parts).map_err(|error| Failure::wrong(format!("error: {error}")))?;
    write(&whole, &arguments.out)?;
    if let Some(missing) = missing(&whole) {
        console.err(&format!("not all of the suite: {missing}"));
    }
    console.out(&arguments.out.display().to_string());
    Ok(0)
}

/// What is not used of a file.
pub fn tell_damage(name: &str, recording: &Recording, console: Console) {
    for damage in recording.damage() {
        console.err(&format!("warning: {name}: {damage}"));
    }
}

/// Shards that are not in a recording, in words; none where it is of the whole suite.
fn missing(recording: &Recording) -> Option<String> {
    let held = &recording.header().plan.shards;
    let gone = held.first()?.all().filter(|shard| !held.contains(shard));
    let gone: Vec<String> = gone.map(|shard| shard.to_string()).collect();
    let word = if gone.len() == 1 { "shard" } else { "shards" };
    Some(format!("{word} {} missing", gone.join(", ")))
}

fn write(recording: &Recording, out: &Path) -> Result<(), Failure> {
    let written = recording.write_to(out);
    written.map_err(|error| Failure::wrong(format!("error: {error}")))
}

fn verified(file: &Path) -> Result<FileVerification, Failure> {
    verify_file(file).map_err(|error| Failure::wrong(format!("error: {error}")))
}

fn verify(arguments: &VerifyArguments, console: Console) -> Result<u8, Failure> {
    let file = &arguments.file;
    let read = verified(file)?;
    if !read.is_sound() {
        return Err(Failure::wrong(format!(
            "error: {}",
            wrong_with(file, &read)
        )));
    }
    let content = &read.content;
    let mut text = format!(
        "{}: whole, {} executions of {} scenarios and fixtures, {} exchanges\n",
        file.display(),
        content.executions,
        content.scenarios,
        content.exchanges
    );
    let sum = match read.sum {
        Sum::Agrees => "holds what was written",
        Sum::Differs | Sum::Absent => "was written by a version that kept no hash of the content",
    };
    let _ = writeln!(text, "  content     {sum}");
    let _ = writeln!(text, "  sha256      {}", read.sha256);
    let signed = match &arguments.allowed_signers {
        Some(allowed) => signature::verify(file, allowed, arguments.signer.as_deref())?,
        None if signature::path_of(file).exists() => {
            let said = signature::is_of(file)?;
            format!("{said}; whose that is, --allowed-signers tells")
        }
        None => "none".to_owned(),
    };
    let _ = writeln!(text, "  signature   {signed}");
    console.out(&text);
    Ok(0)
}

/// The first thing that is wrong, and where; what else there is, below it.
fn wrong_with(file: &Path, read: &FileVerification) -> String {
    let mut lines: Vec<String> = Vec::new();
    if let Some(at) = read.first_damage {
        lines.push(format!("not as it was written, from byte {at} on"));
    }
    lines.extend(read.content.damage.iter().map(ToString::to_string));
    if read.sum == Sum::Differs {
        lines.push("its content is not the one that its hash is of".to_owned());
    }
    lines.extend(read.content.contradictions.iter().cloned());
    if !read.content.complete {
        lines.push("it ends before the run did".to_owned());
    }
    format!("{}: {}", file.display(), lines.join("\n  "))
}

fn show(file: &Path, console: Console) -> Result<u8, Failure> {
    let recording = clouds::open(file)?;
    tell_damage(&file.display().to_string(), &recording, console);
    let read = verified(file)?;
    let signature = if signature::path_of(file).exists() {
        signature::is_of(file).unwrap_or_else(|failure| failure.message)
    } else {
        "none".to_owned()
    };
    let mut text = String::new();
    for (name, line) in lines(&recording, &read, signature) {
        let _ = writeln!(text, "{name:<12}{}", report::clean(&line));
    }
    console.out(&text);
    Ok(0)
}

fn lines(
    recording: &Recording,
    read: &FileVerification,
    signature: String,
) -> Vec<(&'static str, String)> {
    let (header, content) = (recording.header(), &read.content);
    let (cloud, plan) = (&header.cloud, &header.plan);
    let ran: Vec<&str> = recording
        .scenarios()
        .into_iter()
        .filter(|id| !id.starts_with("fixtures/"))
        .collect();
    let mut lines = vec![
        ("cloud", format!("{} ({})", cloud.name, cloud.family)),
        (
            "target",
            format!(
                "{} region {} project {}",
                cloud.target.endpoint, cloud.target.region, cloud.target.project
            ),
        ),
    ];
    let ended = match recording.trailer() {
        Some(trailer) => format!("to {}, {} requests", trailer.ended, trailer.requests),
        None => "and on: it ends before the run did".to_owned(),
    };
    lines.push(("recorded", format!("{} {ended}", header.started)));
    lines.push((
        "by",
        format!(
            "interop {}, format {}, run {}",
            header.tool_version, header.format, header.run
        ),
    ));
    let shards: Vec<String> = plan.shards.iter().map(Shard::to_string).collect();
    let part = if shards.is_empty() {
        String::new()
    } else {
        format!(", shard {}", shards.join(", "))
    };
    lines.push((
        "suite",
        format!(
            "{} scenarios selected, {} ran, {} left out{part}; {} repeats",
            plan.selected.len(),
            ran.len(),
            plan.skipped.len(),
            plan.repeats
        ),
    ));
    lines.push((
        "holds",
        format!(
            "{} executions, {} exchanges",
            content.executions, content.exchanges
        ),
    ));
    let marks = if header.private {
        "private: names and addresses are in it (interop recording redact --share)"
    } else {
        "shared: names and addresses are replaced"
    };
    lines.push(("marked", marks.to_owned()));
    let hash = match read.sum {
        Sum::Agrees => "the content is what was written",
        Sum::Differs => "the content is NOT what was written",
        Sum::Absent => "no hash of the content",
    };
    lines.push(("sha256", format!("{} ({hash})", read.sha256)));
    lines.push(("signature", signature));
    let left = recording.trailer().map_or(&[][..], |t| &t.left_behind);
    if left.is_empty() {
        lines.push(("left behind", "nothing".to_owned()));
    }
    for thing in left {
        let thing = format!("{} {} {}: {}", thing.kind, thing.name, thing.id, thing.why);
        lines.push(("left behind", thing));
    }
    lines
}

fn redact(arguments: &RedactArguments, console: Console) -> Result<u8, Failure> {
    let recording = clouds::open(&arguments.file)?;
    tell_damage(&arguments.file.display().to_string(), &recording, console);
    if arguments.share {
        share(&recording, &arguments.out)?;
    } else {
        let failed = |error| Failure::wrong(format!("error: {error}"));
        redact_again(&recording, &Redactor::new(key()?), &arguments.out).map_err(failed)?;
    }
    console.out(&arguments.out.display().to_string());
    Ok(0)
}

fn key() -> Result<Redacted<[u8; 32]>, Failure> {
    let key = surroundings::random();
    key.map(Redacted::new)
        .map_err(|error| Failure::internal(error.to_string()))
}

/// Writes a copy that may leave the house.
fn share(recording: &Recording, out: &Path) -> Result<(), Failure> {
    let failed = |error| Failure::wrong(format!("error: {error}"));
    let share = Share::learned(recording, key()?)
        .map_err(|error| Failure::wrong(format!("error: {error}")))?;
    share.write(recording, out).map_err(failed)
}

/// Writes a copy of a recording of a run beside it, `NAME.shared.rec`.
pub fn share_beside(path: &Path) -> Result<PathBuf, Failure> {
    let out = path.with_extension("shared.rec");
    share(&clouds::open(path)?, &out)?;
    Ok(out)
}
