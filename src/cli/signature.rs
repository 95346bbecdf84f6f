//! SSH signatures of files, made and checked by `ssh-keygen`, which people who have SSH keys have as well (OpenSSH 8.1; the form is
//! described in its PROTOCOL.sshsig).

use super::failure::Failure;
use std::ffi::OsStr;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// What a signature is for: one that was made for something else doesn't count.
pub const NAMESPACE: &str = "interop-recording";
const PROGRAM: &str = "ssh-keygen";

/// Where the signature of a file is: beside it.
pub fn path_of(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".sig");
    name.into()
}

/// Writes the signature of a file beside it. `key` is a private key, or a public one whose private half an agent holds.
pub fn sign(file: &Path, key: &Path) -> Result<PathBuf, Failure> {
    let signature = path_of(file);
    if signature.exists() {
        return Err(Failure::wrong(format!(
            "error: {} is there already",
            signature.display()
        )));
    }
    let arguments = [
        "-Y".as_ref(),
        "sign".as_ref(),
        "-n".as_ref(),
        NAMESPACE.as_ref(),
        "-f".as_ref(),
        key.as_os_str(),
        file.as_os_str(),
    ];
    let output = run(&arguments, None)?;
    if !output.status.success() || !signature.exists() {
        return Err(Failure::wrong(format!(
            "error: {} could not be signed: {}",
            file.display(),
            last_line(&output)
        )));
    }
    Ok(signature)
}

/// Whether the signature is of this file, by whatever key: what `ssh-keygen` says of it.
pub fn is_of(file: &Path) -> Result<String, Failure> {
    let signature = path_of(file);
    let arguments = [
        "-Y".as_ref(),
        "check-novalidate".as_ref(),
        "-n".as_ref(),
        NAMESPACE.as_ref(),
        "-s".as_ref(),
        signature.as_os_str(),
    ];
    said(file, &run(&arguments, Some(file))?)
}

/// Whether the file was signed by one of those whom `allowed` lists (ssh-keygen(1), ALLOWED SIGNERS), or by the one that is named.
pub fn verify(file: &Path, allowed: &Path, signer: Option<&str>) -> Result<String, Failure> {
    if !allowed.is_file() {
        return Err(Failure::wrong(format!(
            "error: can't read {}: there is no such file",
            allowed.display()
        )));
    }
    let signature = path_of(file);
    let found;
    let signer = if let Some(named) = signer {
        named
    } else {
        found = principal(file, &signature, allowed)?;
        found.as_str()
    };
    let arguments = [
        "-Y".as_ref(),
        "verify".as_ref(),
        "-n".as_ref(),
        NAMESPACE.as_ref(),
        "-f".as_ref(),
        allowed.as_os_str(),
        "-I".as_ref(),
        signer.as_ref(),
        "-s".as_ref(),
        signature.as_os_str(),
    ];
    said(file, &run(&arguments, Some(file))?)
}

/// The first of the allowed signers whose key it is.
fn principal(file: &Path, signature: &Path, allowed: &Path) -> Result<String, Failure> {
    let arguments = [
        "-Y".as_ref(),
        "find-principals".as_ref(),
        "-s".as_ref(),
        signature.as_os_str(),
        "-f".as_ref(),
        allowed.as_os_str(),
    ];
    let output = run(&arguments, None)?;
    let names = String::from_utf8_lossy(&output.stdout);
    match names.lines().next().filter(|name| !name.is_empty()) {
        Some(name) if output.status.success() => Ok(name.to_owned()),
        _ => Err(Failure::wrong(format!(
            "error: {} is signed by none of those in {}: {}",
            file.display(),
            allowed.display(),
            last_line(&output)
        ))),
    }
}

fn said(file: &Path, output: &Output) -> Result<String, Failure> {
    if output.status.success() {
        return Ok(last_line(output));
    }
    Err(Failure::wrong(format!(
        "error: the signature of {} does not hold: {}",
        file.display(),
        last_line(output)
    )))
}

fn run(arguments: &[&OsStr], input: Option<&Path>) -> Result<Output, Failure> {
    let stdin = match input {
        None => Stdio::null(),
        Some(path) => File::open(path)
            .map_err(|error| {
                Failure::wrong(format!("error: can't read {}: {error}", path.display()))
            })?
            .into(),
    };
    let mut command = Command::new(PROGRAM);
    command.args(arguments).stdin(stdin);
    command.output().map_err(|error| {
        Failure::wrong(format!(
            "error: can't run {PROGRAM}, which makes and checks signatures (package openssh-client): {error}"
        ))
    })
}

fn last_line(output: &Output) -> String {
    let of = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes);
        let last = text.lines().rfind(|line| !line.trim().is_empty());
        last.map(|line| crate::report::clean(line.trim()))
    };
    of(&output.stderr)
        .or_else(|| of(&output.stdout))
        .unwrap_or_else(|| output.status.to_string())
}
