//! Capability probes: what a cloud says of itself. A refusal in passing says nothing; only a probe does.

use super::asking::Asker;
use super::reading::status;
use crate::dialect::capabilities::{Probe, ProbeBase, capabilities};
use crate::dialect::services::services;
use crate::recording::{Capability, ServiceInfo};
use crate::scenario::Base;
use crate::transport::RawAnswer;
use std::collections::{BTreeMap, BTreeSet};

/// Every capability of the dialect.
pub(super) async fn ask_capabilities(
    asker: Asker<'_>,
    found: &BTreeMap<String, ServiceInfo>,
) -> BTreeMap<String, Capability> {
    let mut said = BTreeMap::new();
    for name in services().of_family("openstack") {
        let capability = match found.get(name) {
            Some(_) => Capability::Present,
            None => absent_service(name),
        };
        said.insert(format!("service.{name}"), capability);
    }
    for (probe_name, probe) in capabilities().probes() {
        let heard = match found.get(&probe.service) {
            Some(_) => ask(asker, probe).await,
            None => Heard::Nothing(absent_service(&probe.service)),
        };
        for (name, capability) in capabilities().declared() {
            if capability.probe == probe_name {
                said.insert(name.to_owned(), heard.says(&capability.holds, probe));
            }
        }
    }
    said
}

fn absent_service(name: &str) -> Capability {
    Capability::Absent(format!("{name} is not in the catalog"))
}

enum Heard {
    Words(BTreeSet<String>),
    Nothing(Capability),
}

impl Heard {
    fn says(&self, holds: &[String], probe: &Probe) -> Capability {
        match self {
            Self::Nothing(capability) => capability.clone(),
            Self::Words(words) if holds.iter().any(|word| words.contains(word)) => {
                Capability::Present
            }
            Self::Words(_) => Capability::Absent(format!(
                "GET {} of {} does not list {}",
                probe.path,
                probe.service,
                holds.join(" or ")
            )),
        }
    }
}

async fn ask(asker: Asker<'_>, probe: &Probe) -> Heard {
    let base = match probe.base {
        ProbeBase::Root => Base::Root,
        ProbeBase::Endpoint => Base::Endpoint,
    };
    let mut answer = asker.get(&probe.service, base, &probe.path).await;
    // Behind a front end `/info` may be at the prefix of the service or of the host.
    if probe.base == ProbeBase::Root && answer.as_ref().is_ok_and(|a| a.status != 200) {
        let at_host = asker.get(&probe.service, Base::Absolute, &probe.path).await;
        if at_host.as_ref().is_ok_and(|a| a.status == 200) {
            answer = at_host;
        }
    }
    match answer {
        Ok(answer) => hear(&answer, probe),
        Err(why) => Heard::Nothing(Capability::Unknown(why)),
    }
}

fn hear(answer: &RawAnswer, probe: &Probe) -> Heard {
    let asked = format!("GET {} of {}", probe.path, probe.service);
    let unknown = |what: &str| Heard::Nothing(Capability::Unknown(format!("{asked}: {what}")));
    if probe.absent.contains(&answer.status) {
        let why = format!("{asked} answers {}", status(answer));
        return Heard::Nothing(Capability::Absent(why));
    }
    if answer.status != 200 {
        return unknown(&status(answer));
    }
    match super::reading::json(answer) {
        Err(why) => unknown(&why),
        Ok(document) => match probe.words(&document) {
            Some(words) => Heard::Words(words),
            None => unknown("the answer has another form than expected"),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    fn heard(probe: &str, status: u16, body: &'static str, word: &str) -> Capability {
        let (_, probe) = capabilities().probes().find(|(n, _)| *n == probe).unwrap();
        let answer = RawAnswer {
            interim: Vec::new(),
            status,
            reason: String::new(),
            headers: Vec::new(),
            body: Bytes::from_static(body.as_bytes()),
            length: 0,
            md5: String::new(),
            cut: false,
        };
        hear(&answer, probe).says(&[word.to_owned()], probe)
    }

    #[test]
    fn only_an_answer_that_lists_tells_presence_from_absence() {
        let info = |status, body| heard("object-store-info", status, body, "slo");
        assert_eq!(info(200, r#"{"slo": {}}"#), Capability::Present);
        assert!(matches!(
            info(200, r#"{"swift": {}}"#),
            Capability::Absent(_)
        ));
        for (status, body) in [(404, ""), (403, "{}"), (200, "<html>"), (200, "[1]")] {
            let said = info(status, body);
            assert!(matches!(said, Capability::Unknown(_)), "{status}: {said:?}");
        }
    }

    #[test]
    fn a_probe_may_say_which_status_means_absent() {
        let said = heard("image-import", 404, "", "web-download");
        assert!(matches!(said, Capability::Absent(_)), "{said:?}");
    }
}
