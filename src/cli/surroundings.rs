//! The environment and the date: read here and nowhere else.

use crate::profile::Environment;
use time::OffsetDateTime;

/// Variables, home and working directory of this process.
pub fn environment() -> Environment {
    let variables = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    Environment {
        variables,
        home: std::env::var_os("HOME").map(Into::into),
        directory: std::env::current_dir().unwrap_or_default(),
    }
}

/// For keys that are never written.
pub fn random() -> Result<[u8; 32], getrandom::Error> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}

/// Today, UTC, as waivers are judged at: `2026-11-23`.
pub fn today() -> String {
    let today = OffsetDateTime::now_utc().date();
    format!(
        "{:04}-{:02}-{:02}",
        today.year(),
        u8::from(today.month()),
        today.day()
    )
}

/// A run's id: `20261123-063716-k3j9`. Sorts by time; the tail tells two of one second apart.
pub fn run_id() -> Result<String, getrandom::Error> {
    let now = OffsetDateTime::now_utc();
    let mut random = [0u8; 4];
    getrandom::fill(&mut random)?;
    let alphabet = b"abcdefghijklmnopqrstuvwxyz0123456789";
    let tail: String = random
        .iter()
        .map(|byte| char::from(alphabet[usize::from(*byte) % alphabet.len()]))
        .collect();
    Ok(format!(
        "{:04}{:02}{:02}-{:02}{:02}{:02}-{tail}",
        now.year(),
        u8::from(now.month()),
        now.day(),
        now.hour(),
        now.minute(),
        now.second()
    ))
}
