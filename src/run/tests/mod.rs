//! Law 4 and the order of things, against a cloud that can be made to fail.

mod kills;
mod kinds;
mod leaks;
mod steps;
mod toy;
mod uploads;

use crate::plan::{PlanOptions, library};
use crate::profile::{BindTo, Environment, Profile};
use crate::protocol::{Retry, Secrets};
use crate::recording::{Execution, Recording};
use crate::run::undo::Patience;
use crate::run::{Cancel, CloudRequest, Events, RunOutcome, RunRequest, cleanup, connect, prepare};
use crate::scenario::{ScenarioId, Suite};
use std::path::Path;
use std::time::Duration;
use tempfile::TempDir;
use toy::Toy;

/// Waits that a test can afford.
pub const HURRY: Patience = Patience {
    deadline: Duration::from_secs(6),
    turn: Duration::from_millis(150),
    first_pause: Duration::from_millis(2),
    longest_pause: Duration::from_millis(20),
    between_looks: Duration::from_millis(2),
    looks: 3,
    under_way: Duration::ZERO,
    again: Duration::from_millis(300),
    retry: Retry {
        attempts: 3,
        first_pause: Duration::from_millis(2),
        longest_pause: Duration::from_millis(10),
        give_up: Duration::from_secs(1),
    },
};

pub const NETWORK: &str = r#"
title = "t"
why = "w"
refs = ["https://example.com"]
service = "network"
hazard = "consumes"
[[step]]
id = "create"
request = "POST /networks"
json = { network = { name = "{{ name }}" } }
capture = { network = "$.network.id" }
undo = "network.network"
[[step]]
id = "second"
request = "POST /networks"
json = { network = { name = "{{ name.b }}" } }
undo = { kind = "network.network", name = "{{ name.b }}" }
[[step]]
id = "port"
request = "POST /ports"
json = { port = { name = "{{ name }}", network_id = "{{ network }}", device_owner = "" } }
undo = "network.port"
[[step]]
id = "show"
request = "GET /networks/{{ network }}"
reach = { status = 200 }
"#;

pub const CONTAINER: &str = r#"
title = "t"
why = "w"
refs = ["https://example.com"]
service = "object-store"
hazard = "consumes"
[[step]]
id = "create"
request = "PUT /{{ name }}"
undo = "object-store.container"
[[step]]
id = "object"
request = "PUT /{{ name }}/thing"
text = "x"
"#;

pub fn profile(name: &str, toy: &Toy) -> Profile {
    let text = format!(
        "family = \"openstack\"\nauth_url = \"{}/v3\"\n[limits]\nper_second = 5000\nin_flight = 16\nscenarios = 4\n\
         [users.main]\nusername = \"demo\"\npassword = \"toy-password-1\"\nproject = \"demo\"\n\
         user_domain = \"Default\"\nproject_domain = \"Default\"\n",
        toy.origin
    );
    let environment = Environment {
        variables: std::collections::BTreeMap::default(),
        home: None,
        directory: std::path::PathBuf::new(),
    };
    let path = std::path::PathBuf::from(format!("{name}.toml"));
    let mut profile =
        Profile::parse(&text, &path, &environment).unwrap_or_else(|error| panic!("{error}"));
    name.clone_into(&mut profile.name);
    profile
}

pub fn secrets() -> Secrets {
    let secret = crate::profile::secret::Redacted::new("toy-password-1".to_owned());
    [("main".to_owned(), secret)].into()
}

pub fn suite(texts: &[(&str, &str)]) -> Suite {
    let texts = texts
        .iter()
        .map(|(id, text)| (ScenarioId((*id).to_owned()), (*text).to_owned()));
    Suite::of_texts(texts).unwrap_or_else(|error| panic!("{error}"))
}

/// A run on some toys, each with files of its own in a folder of its own.
pub struct Trial {
    pub folder: TempDir,
    pub clouds: Vec<(String, Toy)>,
    pub suite: Suite,
    pub options: PlanOptions,
    pub cancel: Cancel,
    /// `image.small` is an own image.
    pub uploads: bool,
}

impl Trial {
    pub async fn new(texts: &[(&str, &str)]) -> Self {
        let toy = Toy::start().await;
        toy.add_decoys();
        Self {
            folder: tempfile::tempdir().unwrap(),
            clouds: vec![("toy".to_owned(), toy)],
            suite: suite(texts),
            options: PlanOptions {
                repeats: 1,
                ..PlanOptions::default()
            },
            cancel: Cancel::default(),
            uploads: false,
        }
    }

    pub fn toy(&self) -> &Toy {
        &self.clouds[0].1
    }

    pub fn request(&self) -> RunRequest {
        let file = |name: &str, ending: &str| self.folder.path().join(format!("{name}.{ending}"));
        RunRequest {
            run: "trial".to_owned(),
            clouds: self
                .clouds
                .iter()
                .map(|(name, toy)| CloudRequest {
                    profile: self.profile(name, toy),
                    secrets: secrets(),
                    recording: file(name, "rec"),
                    journal: file(name, "journal"),
                    noise: None,
                    known: None,
                })
                .collect(),
            library: library(&self.suite),
            shard: None,
            selected: self
                .suite
                .scenarios()
                .map(|scenario| scenario.id.clone())
                .collect(),
            options: self.options.clone(),
            patience: HURRY,
        }
    }

    fn profile(&self, name: &str, toy: &Toy) -> Profile {
        let mut profile = profile(name, toy);
        if self.uploads {
            let small = "image.small".to_owned();
            profile.bindings.insert(small, BindTo::Upload);
        }
        profile
    }

    pub async fn run(&self) -> RunOutcome {
        let events = Events::default();
        let prepared = prepare(self.request(), &events, &self.cancel)
            .await
            .unwrap();
        assert!(prepared.failed.is_empty(), "{:?}", prepared.failed);
        prepared.run(&events, &self.cancel).await
    }

    pub fn recording(&self, name: &str) -> Recording {
        Recording::open(&self.folder.path().join(format!("{name}.rec"))).unwrap()
    }

    pub fn executions(&self, scenario: &str) -> Vec<Execution> {
        self.recording("toy").executions(scenario).unwrap()
    }

    /// Cleans up after a journal, as somebody would who finds it.
    pub async fn clean(&self, journal: &Path) -> crate::run::Cleaned {
        let connection = connect(&profile("toy", self.toy()), &secrets())
            .await
            .unwrap();
        cleanup(journal, &connection, &HURRY, &Cancel::default())
            .await
            .unwrap_or_else(|error| panic!("{error}"))
    }

    /// Nothing of ours is there, and everything else is.
    pub fn assert_clean(&self, what: &str) {
        let world = self.toy().world.lock().unwrap().clone();
        assert_eq!(
            world.names("networks"),
            ["interop-a-decoy", "interop-a-", "production", ""],
            "{what}"
        );
        assert_eq!(world.names("ports"), Vec::<String>::new(), "{what}");
        assert_eq!(world.names("containers"), ["interop-a-decoy"], "{what}");
        assert_eq!(world.names("images"), ["interop-image-decoy"], "{what}");
        assert_eq!(world.objects["interop-a-decoy"], ["keep"], "{what}");
        let decoys = [
            "interop-a-decoy",
            "interop-a-",
            "production",
            "interop-image-decoy",
        ];
        assert!(
            !world
                .deleted
                .iter()
                .any(|name| decoys.contains(&name.as_str())),
            "{what}"
        );
    }
}
