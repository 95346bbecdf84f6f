//! Values that must not be seen, and where they come from.

use crate::profile::environment::Environment;
use std::fmt;
use std::io::{self, Read};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

/// A command that asks a person for a PIN gets this long.
const COMMAND_TIME: Duration = Duration::from_mins(2);
/// No secret is longer; a command that prints without end is stopped by this.
const MOST_BYTES: u64 = 64 * 1024;
const MOST_SHOWN: usize = 1000;

/// A value that can't be printed by accident.
#[derive(Clone, PartialEq, Eq)]
pub struct Redacted<T>(T);

impl<T> Redacted<T> {
    pub fn new(value: T) -> Self {
        Self(value)
    }

    /// The value itself; every call is a place to review.
    pub fn expose(&self) -> &T {
        &self.0
    }
}

impl<T> fmt::Debug for Redacted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("‹redacted›")
    }
}

/// Where a secret is read from, at the last moment.
#[derive(Clone, Debug)]
pub enum SecretSource {
    /// Written in the file. In a profile allowed for loopback targets only; `clouds.yaml` is made for it.
    Inline(Redacted<String>),
    /// An environment variable.
    Env(String),
    /// The first line of a file.
    File(PathBuf),
    /// The first line that a command prints. Run without a shell, with the [`Environment`]'s variables.
    Command(Vec<String>),
}

/// Why a secret could not be read. Never holds any of it.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    #[error("the environment variable `{0}` is not set")]
    Unset(String),
    #[error("`{}` can't be read: {error}", path.display())]
    File { path: PathBuf, error: io::Error },
    #[error("{0} gave an empty first line")]
    Empty(String),
    #[error("{0} gave something that is not text")]
    NotText(String),
    #[error("`{program}` could not be run: {error}")]
    NotRun { program: String, error: io::Error },
    #[error("`{program}` failed ({status}){}", said(stderr))]
    Failed {
        program: String,
        status: ExitStatus,
        /// What it wrote to its standard error, made harmless for a terminal.
        stderr: String,
    },
    #[error("`{program}` was stopped after {} s{}", limit.as_secs(), said(stderr))]
    TooLong {
        program: String,
        limit: Duration,
        stderr: String,
    },
}

fn said(stderr: &str) -> String {
    if stderr.is_empty() {
        ", and wrote no error message".to_owned()
    } else {
        format!(": {stderr}")
    }
}

impl SecretSource {
    /// Reads the secret now. Blocks; a command may take two minutes.
    pub fn read(&self, environment: &Environment) -> Result<Redacted<String>, SecretError> {
        match self {
            Self::Inline(secret) => Ok(secret.clone()),
            Self::Env(name) => match environment.get(name) {
                Some(value) => Ok(Redacted::new(value.to_owned())),
                None => Err(SecretError::Unset(name.clone())),
            },
            Self::File(path) => {
                let bytes = std::fs::read(path).map_err(|error| SecretError::File {
                    path: path.clone(),
                    error,
                })?;
                first_line(&bytes, || format!("`{}`", path.display()))
            }
            Self::Command(words) => run(words, environment, COMMAND_TIME),
        }
    }
}

fn first_line(bytes: &[u8], from: impl Fn() -> String) -> Result<Redacted<String>, SecretError> {
    let line = bytes
        .split(|byte| *byte == b'\n')
        .next()
        .unwrap_or_default();
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    match std::str::from_utf8(line) {
        Ok("") => Err(SecretError::Empty(from())),
        Ok(text) => Ok(Redacted::new(text.to_owned())),
        Err(_) => Err(SecretError::NotText(from())),
    }
}

/// Arguments may hold secrets too: messages name the program only.
fn run(
    words: &[String],
    environment: &Environment,
    limit: Duration,
) -> Result<Redacted<String>, SecretError> {
    let program = words.first().map_or_else(String::new, Clone::clone);
    let not_run = |error| SecretError::NotRun {
        program: program.clone(),
        error,
    };
    let mut child = Command::new(&program)
        .args(words.iter().skip(1))
        .env_clear()
        .envs(&environment.variables)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(not_run)?;
    let stdout = drain(child.stdout.take());
    let stderr = drain(child.stderr.take());
    let deadline = Instant::now() + limit;
    let status = wait(&mut child, deadline).map_err(not_run)?;
    // A grandchild may hold the pipes open: reading ends at the deadline, too.
    let rest = |pipe: &mpsc::Receiver<Vec<u8>>| {
        let left = deadline.saturating_duration_since(Instant::now());
        pipe.recv_timeout(left.max(Duration::from_millis(100)))
            .unwrap_or_default()
    };
    match status {
        Some(status) if status.success() => first_line(&rest(&stdout), || format!("`{program}`")),
        Some(status) => Err(SecretError::Failed {
            program,
            status,
            stderr: harmless(&rest(&stderr)),
        }),
        None => Err(SecretError::TooLong {
            program,
            limit,
            stderr: harmless(&rest(&stderr)),
        }),
    }
}

/// `None`: it ran over the deadline and was killed.
fn wait(child: &mut Child, deadline: Instant) -> io::Result<Option<ExitStatus>> {
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if Instant::now() >= deadline {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        thread::sleep(Duration::from_millis(10));
    }
}

/// Reads a pipe to its end on a thread of its own, so that a full pipe stops nobody.
fn drain(pipe: Option<impl Read + Send + 'static>) -> mpsc::Receiver<Vec<u8>> {
    let (send, receive) = mpsc::channel();
    if let Some(pipe) = pipe {
        thread::spawn(move || {
            let mut bytes = Vec::new();
            let mut pipe = pipe.take(MOST_BYTES);
            // What came before an error is still worth showing.
            let _ = pipe.read_to_end(&mut bytes);
            // Nobody listens after the deadline.
            let _ = send.send(bytes);
            let _ = io::copy(&mut pipe.into_inner(), &mut io::sink());
        });
    }
    receive
}

fn harmless(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let clean: String = text
        .trim()
        .chars()
        .take(MOST_SHOWN)
        .map(|c| match c {
            '\n' => ' ',
            c if c.is_control() => '\u{fffd}',
            c => c,
        })
        .collect();
    clean
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn a_command_that_does_not_end_is_stopped() {
        let environment = Environment {
            variables: [("PATH".to_owned(), std::env::var("PATH").unwrap())].into(),
            home: None,
            directory: Path::new("").to_owned(),
        };
        let words = [
            "sh",
            "-c",
            "echo canary; echo waiting for a card >&2; exec sleep 60",
        ];
        let limit = Duration::from_millis(500);
        let error = run(&words.map(str::to_owned), &environment, limit).unwrap_err();
        assert!(matches!(error, SecretError::TooLong { .. }), "{error}");
        assert!(error.to_string().contains("waiting for a card"), "{error}");
        assert!(!error.to_string().contains("canary"), "{error}");
    }
}
