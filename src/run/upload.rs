//! The images that a run brings along: made on each cloud before its first execution, and journalled like everything
//! that is made, so that the end of the run, or `cleanup`, takes them away.

use crate::plan::{SidePlan, nonce, with_fixtures};
use crate::profile::{BindTo, Profile};
use crate::protocol::{ControlError, Unfilled, refusal};
use crate::recording::{Binding, WireError, WireErrorKind};
use crate::run::cancel::Stop;
use crate::run::debt::{Creation, Ledger, Made, made};
use crate::run::perform::MOST_ATTEMPTS;
use crate::run::side::Side;
use crate::scenario::{ScenarioId, Template, Undo, sent_name};
use std::collections::{BTreeMap, BTreeSet};

/// Bindings of a profile that are to be uploaded and that what is planned needs.
pub fn wanted(profile: &Profile, planned: &SidePlan) -> BTreeSet<String> {
    let scenarios: BTreeSet<&ScenarioId> = planned.jobs.iter().map(|job| &job.scenario).collect();
    let library = &planned.library;
    let parts = scenarios.into_iter().filter_map(|id| library.get(id));
    let needed: BTreeSet<&String> = parts
        .flat_map(|scenario| with_fixtures(scenario, library))
        .flat_map(|part| &part.needs)
        .collect();
    promised(profile)
        .filter(|name| needed.contains(name))
        .cloned()
        .collect()
}

/// Bindings of a profile that are to be uploaded.
pub fn promised(profile: &Profile) -> impl Iterator<Item = &String> {
    let bindings = profile.bindings.iter();
    bindings
        .filter(|(_, to)| **to == BindTo::Upload)
        .map(|(name, _)| name)
}

/// Uploads them one after the other: what is bound, or why not.
pub async fn upload(
    side: &Side,
    round: u32,
    wanted: &BTreeSet<String>,
) -> BTreeMap<String, Result<Binding, String>> {
    let mut uploaded = BTreeMap::new();
    for binding in wanted {
        uploaded.insert(binding.clone(), one(side, round, binding).await);
    }
    uploaded
}

async fn one(side: &Side, round: u32, binding: &str) -> Result<Binding, String> {
    let mut why = String::new();
    for attempt in 0..MOST_ATTEMPTS {
        // what is under way when somebody stops is journalled, and looked for at the end
        let tried = tokio::select! {
            tried = try_once(side, (round, attempt), binding) => tried,
            () = side.cancel.reached(Stop::Orderly) => return Err("interrupted".to_owned()),
        };
        match tried {
            Ok(bound) => return Ok(bound),
            Err(Unfilled::ForNow(again)) => why = again,
            Err(Unfilled::ForGood(why)) => return Err(why),
        }
    }
    Err(why)
}

/// Each try has a name of its own: of one whose answer was lost, another may be there.
async fn try_once(
    side: &Side,
    (round, attempt): (u32, u32),
    binding: &str,
) -> Result<Binding, Unfilled> {
    let origin = ScenarioId(format!("binding {binding}"));
    let nonce = nonce(&side.seed, &side.name, &origin, (round, 0, attempt), "");
    let name = sent_name("image", &nonce);
    let undo = Undo {
        kind: "image.image".to_owned(),
        name: Template::default(),
        id: None,
    };
    let creation = Creation {
        undo: &undo,
        user: "main",
        name: &name,
        nonce: &nonce,
        scenario: "",
        step: binding,
    };
    let unwritten = |error| Unfilled::ForGood(format!("the journal can't be written: {error}"));
    let number = Ledger::intend(side, &creation).await.map_err(unwritten)?;
    let sent = side.session.create_image(&name).await;
    let answer = match &sent {
        Ok(answer) => Ok(answer.clone()),
        Err(ControlError::Wire { error, .. }) => Err(error.clone()),
        Err(unsent) => Err(WireError {
            kind: WireErrorKind::Unsendable,
            detail: unsent.to_string(),
        }),
    };
    // the journal settles it: at the end of the run, not of an execution
    Ledger::default()
        .answered(side, number, &creation, &answer)
        .map_err(unwritten)?;
    match made(&creation, &answer) {
        Made::Known(id) => side.session.fill_image(&id).await,
        Made::Nothing => match sent {
            Ok(answer) if answer.status != 429 => {
                Err(Unfilled::ForGood(refusal("POST /images", &answer)))
            }
            Ok(answer) => Err(Unfilled::ForNow(refusal("POST /images", &answer))),
            Err(error) => Err(Unfilled::ForNow(error.to_string())),
        },
        Made::Maybe(why) => Err(Unfilled::ForNow(format!("POST /images: {why}"))),
    }
}
