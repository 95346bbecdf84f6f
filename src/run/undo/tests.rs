//! Undo on an EC2 that ignores filters, or refuses them: nothing of others is touched, and nothing of ours is left.

use super::{Ask, Hands, Identity, Looked, Patience, Removed, Said, Thing, look, remove};
use crate::dialect::query;
use crate::protocol::{ControlBody, Retry};
use crate::run::Cancel;
use bytes::Bytes;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Mutex;
use std::time::Duration;

const NAME: &str = "interop-a-0123456789abcdef";

#[derive(Clone, Copy, PartialEq)]
enum Filtering {
    Ignored,
    Refused,
}

struct Machine {
    id: &'static str,
    token: &'static str,
    terminated: bool,
}

/// Machines, volumes and interfaces of several executions on a server with filters of its own mind.
struct Careless {
    filtering: Filtering,
    machines: Mutex<Vec<Machine>>,
    detached: Mutex<Vec<String>>,
}

impl Careless {
    fn new(filtering: Filtering) -> Self {
        let machine = |id, token| Machine {
            id,
            token,
            terminated: false,
        };
        Self {
            filtering,
            machines: Mutex::new(vec![
                machine("i-1", "somebody"),
                machine("i-2", NAME),
                machine("i-3", NAME),
                machine("i-4", ""),
            ]),
            detached: Mutex::default(),
        }
    }

    fn terminated(&self) -> Vec<&'static str> {
        let machines = self.machines.lock().unwrap();
        let terminated = machines.iter().filter(|machine| machine.terminated);
        terminated.map(|machine| machine.id).collect()
    }

    fn answer(&self, form: &str) -> (u16, String) {
        let members = query::members(form);
        let member = |name: &str| members.iter().find(|(n, _)| n == name).map(|(_, v)| v);
        let filtered = members.iter().any(|(name, _)| name.starts_with("Filter."));
        if filtered && self.filtering == Filtering::Refused {
            return (500, "<html>NotImplementedError</html>".to_owned());
        }
        match member("Action").map_or("", String::as_str) {
            "DescribeInstances" => {
                let mut items = String::new();
                for machine in self.machines.lock().unwrap().iter() {
                    let state = if machine.terminated { "terminated" } else { "running" };
                    let (id, token) = (machine.id, machine.token);
                    let _ = write!(
                        items,
                        "<item><reservationId>r-{id}</reservationId><instancesSet><item>\
                         <instanceId>{id}</instanceId><clientToken>{token}</clientToken>\
                         <instanceState><name>{state}</name></instanceState></item></instancesSet></item>"
                    );
                }
                let root = "DescribeInstancesResponse";
                (200, format!("<{root}><reservationSet>{items}</reservationSet></{root}>"))
            }
            "TerminateInstances" => {
                let id = member("InstanceId.1").unwrap();
                for machine in self.machines.lock().unwrap().iter_mut() {
                    machine.terminated |= machine.id == id;
                }
                (200, "<TerminateInstancesResponse/>".to_owned())
            }
            "DescribeVolumes" => {
                let item = |n: u8| {
                    format!(
                        "<item><volumeId>vol-{n}</volumeId><attachmentSet><item>\
                         <instanceId>i-{n}</instanceId></item></attachmentSet></item>"
                    )
                };
                let root = "DescribeVolumesResponse";
                let items = item(1) + &item(2);
                (200, format!("<{root}><volumeSet>{items}</volumeSet></{root}>"))
            }
            "DetachVolume" | "DeleteVolume" => {
                let id = member("VolumeId").unwrap().clone();
                self.detached.lock().unwrap().push(id);
                (200, "<Done/>".to_owned())
            }
            "DescribeNetworkInterfaces" => {
                let item = |n: u8| {
                    format!(
                        "<item><networkInterfaceId>eni-{n}</networkInterfaceId>\
                         <attachment><attachmentId>eni-attach-{n}</attachmentId></attachment></item>"
                    )
                };
                let root = "DescribeNetworkInterfacesResponse";
                let items = if self.detached.lock().unwrap().len() < 2 {
                    item(1) + &item(2)
                } else {
                    item(2)
                };
                (200, format!("<{root}><networkInterfaceSet>{items}</networkInterfaceSet></{root}>"))
            }
            "DeleteNetworkInterface" if self.detached.lock().unwrap().is_empty() => (
                400,
                "<Response><Errors><Error><Code>InvalidNetworkInterface.InUse</Code></Error></Errors></Response>"
                    .to_owned(),
            ),
            "DetachNetworkInterface" | "DeleteNetworkInterface" => {
                let id = member("AttachmentId").or_else(|| member("NetworkInterfaceId"));
                self.detached.lock().unwrap().push(id.unwrap().clone());
                (200, "<Done/>".to_owned())
            }
            other => panic!("{other}"),
        }
    }
}

impl Hands for Careless {
    async fn ask(&self, ask: &Ask) -> Result<Said, String> {
        let ControlBody::Form(form) = &ask.body else {
            return Err("no action".to_owned());
        };
        let (status, text) = self.answer(form);
        let body = Bytes::from(text);
        Ok(Said { status, body })
    }

    fn identity(&self, _user: &str) -> Option<Identity> {
        None
    }
}

/// A server that answers every question in the same way.
struct Says(&'static str);

impl Hands for Says {
    async fn ask(&self, _ask: &Ask) -> Result<Said, String> {
        let body = Bytes::from_static(self.0.as_bytes());
        Ok(Said { status: 200, body })
    }

    fn identity(&self, _user: &str) -> Option<Identity> {
        None
    }
}

fn thing(kind: &str) -> Thing {
    Thing {
        kind: kind.to_owned(),
        user: "main".to_owned(),
        name: NAME.to_owned(),
        nonce: "0123456789abcdef".to_owned(),
        id: None,
        others: BTreeSet::new(),
    }
}

fn hurry() -> Patience {
    let short = Duration::from_millis(1);
    Patience {
        first_pause: short,
        longest_pause: short * 4,
        between_looks: short,
        retry: Retry::default(),
        ..Patience::default()
    }
}

async fn removed(server: &Careless, kind: &str, id: &str) -> Removed {
    let patience = hurry();
    let turn = (&patience, Duration::from_secs(2));
    remove(server, &thing(kind), id, turn, &Cancel::default()).await
}

#[tokio::test]
async fn machines_of_others_are_not_touched_where_filters_are_ignored_or_refused() {
    for filtering in [Filtering::Ignored, Filtering::Refused] {
        let server = Careless::new(filtering);
        let gone = removed(&server, "ec2.reservation", "i-2,i-3").await;
        assert_eq!(gone, Removed::Gone);
        assert_eq!(server.terminated(), ["i-2", "i-3"]);
        // seen before and after: asked for twice
        let volumes: BTreeSet<String> = server.detached.lock().unwrap().drain(..).collect();
        assert_eq!(volumes, BTreeSet::from(["vol-2".to_owned()]));
    }
}

#[tokio::test]
async fn machines_of_unknown_ids_are_found_by_their_token_and_by_nothing_else() {
    for filtering in [Filtering::Ignored, Filtering::Refused] {
        let server = Careless::new(filtering);
        let find = async |kind| look(&server, &thing(kind), &hurry(), &Cancel::default()).await;
        let found = find("ec2.reservation").await;
        assert_eq!(found, Looked::One("i-2,i-3".to_owned()));
        // a single one would be one of two: none is touched
        let told = find("ec2.instance").await;
        assert!(matches!(told, Looked::Unclear(why) if why.contains("2 things")));
        assert!(server.terminated().is_empty());
    }
}

#[tokio::test]
async fn what_hangs_on_things_of_others_stays_where_an_id_is_ignored() {
    let server = Careless::new(Filtering::Ignored);
    let gone = removed(&server, "ec2.network-interface", "eni-1").await;
    assert_eq!(gone, Removed::Gone);
    let detached = server.detached.lock().unwrap().clone();
    assert_eq!(detached, ["eni-attach-1", "eni-1"]);
}

#[tokio::test]
async fn what_a_list_shows_without_its_id_or_does_not_show_as_a_list_is_not_nothing() {
    for (list, why) in [
        (
            r#"{"volumes": [{"name": "interop-a-0123456789abcdef", "uuid": "7"}]}"#,
            "without its `id`",
        ),
        (r#"{"disks": []}"#, "answers no $.volumes"),
    ] {
        let found = look(
            &Says(list),
            &thing("block-storage.volume"),
            &hurry(),
            &Cancel::default(),
        )
        .await;
        assert!(
            matches!(&found, Looked::Unclear(said) if said.contains(why)),
            "{found:?}"
        );
    }
    let empty = Says(r#"{"volumes": []}"#);
    let found = look(
        &empty,
        &thing("block-storage.volume"),
        &hurry(),
        &Cancel::default(),
    )
    .await;
    assert_eq!(found, Looked::Nothing);
}
