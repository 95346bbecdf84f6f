//! The program as somebody runs it, in a folder and an environment of its own.

use crate::cloud::Cloud;
use crate::store::Store;
use regex::{Captures, Regex};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A folder with profiles.
pub struct Desk {
    folder: TempDir,
    /// Address → what transcripts call it.
    addresses: Vec<(String, String)>,
}

/// What a run of the program came to.
pub struct Told {
    pub code: i32,
    /// Everything that it said, as a transcript.
    pub text: String,
    pub took: Duration,
}

impl Desk {
    pub fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            addresses: Vec::new(),
        }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// A profile `NAME.toml` of a cloud, at `http://` or `https://`.
    pub fn profile(&mut self, name: &str, scheme: &str, cloud: &Cloud) {
        self.profile_of(name, scheme, cloud, ("right-password", 1));
    }

    /// With a password, and seconds to wait for answers.
    pub fn profile_of(
        &mut self,
        name: &str,
        scheme: &str,
        cloud: &Cloud,
        (password, seconds): (&str, u32),
    ) {
        let address = &cloud.address;
        self.addresses.push((address.clone(), name.to_uppercase()));
        let text = format!(
            "family = \"openstack\"\nauth_url = \"{scheme}://{address}/v3\"\n\
             [users.main]\nusername = \"demo\"\npassword = \"{password}\"\nproject = \"demo\"\n\
             [limits]\nper_second = 5000\nanswer_within = {seconds}\n"
        );
        self.write(&format!("{name}.toml"), text);
    }

    /// Two profiles: `private.toml` of a healthy cloud, and `public.toml` of this one.
    pub fn pair(healthy: &Cloud, other: &Cloud) -> Self {
        let mut desk = Self::new();
        desk.profile("private", "http", healthy);
        desk.profile("public", "http", other);
        desk
    }

    /// A profile `NAME.toml` of an S3 service.
    pub fn profile_of_store(&mut self, name: &str, store: &Store) {
        let address = &store.address;
        self.addresses.push((address.clone(), name.to_uppercase()));
        let text = format!(
            "family = \"s3\"\nendpoint = \"http://{address}\"\n\
             [users.main]\naccess_key = \"AKIDEXAMPLE\"\nsecret_key = \"secret-word\"\n\
             [limits]\nper_second = 5000\nanswer_within = 1\n"
        );
        self.write(&format!("{name}.toml"), text);
    }

    fn command(&self, arguments: &str) -> Command {
        let suite = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts/suite");
        let mut command = Command::new(env!("CARGO_BIN_EXE_interop"));
        command
            .args(arguments.split(' ').map(|word| match word {
                "SUITE" => suite.as_os_str().to_owned(),
                word => word.into(),
            }))
            .current_dir(self.folder.path())
            .env_clear()
            .env("HOME", self.folder.path());
        command
    }

    /// The program, under way.
    pub fn start(&self, arguments: &str) -> Child {
        let mut command = self.command(arguments);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().unwrap()
    }

    pub fn run(&self, arguments: &str) -> Told {
        self.run_as(arguments, &[], "")
    }

    /// With variables of the environment, and what is typed.
    pub fn run_as(&self, arguments: &str, variables: &[(&str, &str)], typed: &str) -> Told {
        let began = Instant::now();
        let mut child = self
            .command(arguments)
            .envs(variables.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // a program that asks for nothing may be gone already
        let _ = child.stdin.take().unwrap().write_all(typed.as_bytes());
        let output = child.wait_with_output().unwrap();
        let took = began.elapsed();
        let code = output.status.code().unwrap_or(-1);
        let said = |bytes: &[u8]| self.steady(std::str::from_utf8(bytes).unwrap());
        let text = format!(
            "$ interop {arguments}\n=== exit code {code}\n=== standard output\n{}=== standard error\n{}",
            said(&output.stdout),
            in_order(&said(&output.stderr))
        );
        Told { code, text, took }
    }

    /// What is another one each time, by what it is.
    fn steady(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (address, name) in &self.addresses {
            text = text.replace(address, name);
        }
        let folder = self.folder.path().display().to_string();
        text = text.replace(&folder, "FOLDER");
        text = text.replace(env!("CARGO_MANIFEST_DIR"), "PROJECT");
        let one_by_one = [
            (r"\b20\d\d-\d\d-\d\dT[0-9:.]+Z", "TIME"),
            (r"\b20\d\d-\d\d-\d\d\b", "YYYY-MM-DD"),
            (r"interop (\d+\.\d+\.\d+)", "interop VERSION"),
            (r"\b(login|discovery) \d+\.\d s", "$1 T s"),
            (r"(private|public) \d+ in \d+ m?s", "$1 N in T"),
            (r"(public): \d+ executions done", "$1: N executions done"),
            // only told where it takes long
            (r"(?m)^[a-z-]+: \d+/\d+, last .*\n", ""),
            (r"suite [0-9a-f]{12}", "suite HASH"),
            (r"interop-([a-z]+)-[a-z0-9]{20}", "interop-$1-NONCE"),
            (r"00000000-0000-4000-8000-\d{12}", "UUID"),
        ];
        for (pattern, by) in one_by_one {
            let pattern = Regex::new(pattern).unwrap();
            text = pattern
                .replace_all(&text, |found: &Captures<'_>| {
                    let mut by_now = String::new();
                    found.expand(by, &mut by_now);
                    by_now
                })
                .into_owned();
        }
        text
    }
}

/// Lines of several clouds come as they please; those of one cloud keep their order.
fn in_order(text: &str) -> String {
    let cloud = |line: &&str| {
        let clouds = ["private: ", "public: "];
        clouds.iter().position(|cloud| line.starts_with(cloud))
    };
    let lines: Vec<&str> = text.lines().collect();
    let mut ordered = Vec::new();
    for run in lines.chunk_by(|a, b| cloud(a).is_some() == cloud(b).is_some()) {
        let mut run = run.to_vec();
        run.sort_by_key(cloud);
        ordered.extend(run);
    }
    ordered
        .iter()
        .fold(String::new(), |all, line| all + line + "\n")
}
