//! A small cloud on the loopback interface: keystone, networks with ports, containers with objects, images. It can be told to
//! fail after it did what was asked, to lose answers, and to be slow to delete.

use crate::transport::peer::{peer, read_request};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use tokio::io::AsyncWriteExt;

/// What goes wrong with one create.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Made, and answered 500.
    MadeAnd500,
    /// Made, and the connection is closed without an answer.
    MadeAndLost,
    /// Made, and answered 201 with nothing in it.
    MadeWithoutId,
    /// Two of the name are made, and answered 500.
    MadeTwice,
    /// Not made, and answered 503.
    Busy,
    /// Not made, and the connection is closed.
    Lost,
}

#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fault that a test turns on"
)]
#[derive(Clone, Debug, Default)]
pub struct World {
    /// `networks` → id → document; `ports`, `containers` and `images` alike.
    pub things: BTreeMap<&'static str, BTreeMap<String, Value>>,
    /// Container → objects.
    pub objects: BTreeMap<String, Vec<String>>,
    made: u64,
    pub requests: u64,
    /// Faults of the next creates, in order; `None`: nothing.
    pub faults: Vec<Option<Fault>>,
    /// A deleted thing is still shown this often.
    pub linger: u32,
    lingering: BTreeMap<String, u32>,
    /// A deleted thing is gone at the first look, and back at the next.
    pub flickers: bool,
    /// The next deletes are refused with 409.
    pub conflicts: u32,
    /// A delete works, and is answered with 403.
    pub refuses_what_goes: bool,
    /// Something whose name begins with the first is not deleted while there is one that begins with the second.
    pub holds: Option<(&'static str, &'static str)>,
    /// No image gets its content.
    pub read_only: bool,
    /// A port appears on every network, as a cloud's own machinery makes them.
    pub ports_appear: bool,
    /// Every request from now on is refused at the door.
    pub closed: bool,
    at_work: bool,
    pub deleted: Vec<String>,
    /// Longer names of networks are refused.
    pub longest_name: Option<usize>,
    /// A container's list doesn't show its last object in so many answers.
    pub listing_lag: u32,
    /// Most of our networks that there ever were at once.
    pub most_of_ours: usize,
}

impl World {
    pub fn names(&self, what: &str) -> Vec<String> {
        let things = self.things.get(what).into_iter().flat_map(BTreeMap::values);
        things
            .map(|thing| thing["name"].as_str().unwrap_or_default().to_owned())
            .collect()
    }

    fn make(&mut self, what: &'static str, mut document: Value) -> Value {
        self.made += 1;
        let id = format!("00000000-0000-4000-8000-{:012}", self.made);
        document["id"] = json!(id);
        document["project_id"] = json!("p1");
        self.things
            .entry(what)
            .or_default()
            .insert(id.clone(), document.clone());
        if what == "networks" && self.ports_appear {
            self.make(
                "ports",
                json!({"network_id": id, "device_owner": "", "name": ""}),
            );
        }
        document
    }
}

type Hook = Arc<dyn Fn(&World, bool) + Send + Sync>;

#[derive(Clone)]
pub struct Toy {
    pub world: Arc<Mutex<World>>,
    /// Is shown the world before (false) and after (true) each request from the first create on.
    hook: Arc<Mutex<Option<Hook>>>,
    pub origin: String,
}

impl Toy {
    pub async fn start() -> Self {
        let world = Arc::new(Mutex::new(World::default()));
        let hook: Arc<Mutex<Option<Hook>>> = Arc::default();
        let (in_world, in_hook) = (Arc::clone(&world), Arc::clone(&hook));
        let origin = peer(move |mut stream, _| {
            let (world, hook) = (Arc::clone(&in_world), Arc::clone(&in_hook));
            async move {
                if world.lock().unwrap().closed {
                    return;
                }
                let request = read_request(&mut stream).await;
                let hook = hook.lock().unwrap().clone();
                // what is asked before the first create is discovery
                let create = !request.starts_with("GET") && !request.contains(" /v3/");
                world.lock().unwrap().at_work |= create;
                let work = world.lock().unwrap().at_work;
                let see = |after| {
                    if let (Some(hook), true) = (&hook, work) {
                        hook(&world.lock().unwrap(), after);
                    }
                };
                see(false);
                let answer = answer(&mut world.lock().unwrap(), &request);
                see(true);
                if let Some(bytes) = answer {
                    let _ = stream.write_all(&bytes).await;
                }
            }
        })
        .await;
        Self {
            world,
            hook,
            origin,
        }
    }

    pub fn set(&self, change: impl FnOnce(&mut World)) {
        change(&mut self.world.lock().unwrap());
    }

    pub fn names(&self, what: &str) -> Vec<String> {
        self.world.lock().unwrap().names(what)
    }

    pub fn watch(&self, hook: impl Fn(&World, bool) + Send + Sync + 'static) {
        *self.hook.lock().unwrap() = Some(Arc::new(hook));
    }

    pub fn unwatch(&self) {
        *self.hook.lock().unwrap() = None;
    }

    /// Things that are nobody's business but their owner's.
    pub fn add_decoys(&self) {
        self.set(|world| {
            for name in ["interop-a-decoy", "interop-a-", "production", ""] {
                world.make("networks", json!({"name": name}));
            }
            world.make("containers", json!({"name": "interop-a-decoy"}));
            world.make(
                "images",
                json!({"name": "interop-image-decoy", "status": "active"}),
            );
            world
                .objects
                .insert("interop-a-decoy".to_owned(), vec!["keep".to_owned()]);
        });
    }
}

fn answer(world: &mut World, request: &str) -> Option<Vec<u8>> {
    let (head, body) = request.split_once("\r\n\r\n").unwrap_or((request, ""));
    let mut words = head.split(' ');
    let (method, target) = (words.next()?, words.next()?);
    let host = head
        .lines()
        .find_map(|line| line.strip_prefix("Host: "))
        .unwrap_or_default();
    let path = target.split('?').next()?;
    world.requests += 1;
    if path == "/v3/auth/tokens" && method == "POST" {
        return Some(token(host));
    }
    let document: Value = serde_json::from_str(body).unwrap_or_default();
    if let Some(rest) = path.strip_prefix("/network/v2.0/") {
        return network(world, method, rest, &document);
    }
    if let Some(rest) = path.strip_prefix("/objects/v1/AUTH_p1/") {
        return objects(world, method, rest, target.contains("format=json"));
    }
    if let Some(rest) = path.strip_prefix("/image/v2/images") {
        return images(world, method, rest.trim_start_matches('/'), &document);
    }
    Some(said(404, &json!({"error": "nothing here"})))
}

fn token(host: &str) -> Vec<u8> {
    let endpoint = |kind: &str, path: &str| {
        json!({"type": kind, "name": kind, "endpoints": [
            {"interface": "public", "region": "R", "region_id": "R", "url": format!("http://{host}{path}")}]})
    };
    let body = json!({"token": {
        "user": {"id": "u1", "name": "demo", "domain": {"id": "default"}},
        "project": {"id": "p1", "name": "demo", "domain": {"id": "default"}},
        "roles": [{"name": "member"}],
        "issued_at": "2026-01-01T00:00:00.000000Z", "expires_at": "2026-01-02T00:00:00.000000Z",
        "catalog": [endpoint("identity", "/v3"), endpoint("network", "/network"), endpoint("image", "/image"),
            endpoint("object-store", "/objects/v1/AUTH_p1")]}});
    let text = body.to_string();
    format!(
        "HTTP/1.1 201 Created\r\nX-Subject-Token: toy-token-0123456789\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{text}",
        text.len()
    )
    .into_bytes()
}

/// The fault of this create, if any.
fn fault(world: &mut World) -> Option<Fault> {
    if world.faults.is_empty() {
        None
    } else {
        world.faults.remove(0)
    }
}

fn network(world: &mut World, method: &str, path: &str, body: &Value) -> Option<Vec<u8>> {
    let (collection, id) = path.split_once('/').unwrap_or((path, ""));
    let (what, member) = match collection {
        "networks" => ("networks", "network"),
        "ports" => ("ports", "port"),
        _ => return Some(said(404, &json!({}))),
    };
    match (method, id) {
        ("POST", "") => {
            let fault = fault(world);
            let name = body[member]["name"].as_str().unwrap_or_default();
            if world.longest_name.is_some_and(|most| name.len() > most) {
                let told =
                    json!({"NeutronError": {"type": "HTTPBadRequest", "message": "too long"}});
                return Some(said(400, &told));
            }
            match fault {
                Some(Fault::Busy) => return Some(said(503, &json!({}))),
                Some(Fault::Lost) => return None,
                _ => {}
            }
            if fault == Some(Fault::MadeTwice) {
                world.make(what, body[member].clone());
            }
            let made = world.make(what, body[member].clone());
            let ours = |name: &&String| name.starts_with("interop-") && name.len() >= 30;
            world.most_of_ours = world
                .most_of_ours
                .max(world.names(what).iter().filter(ours).count());
            match fault {
                Some(Fault::MadeAnd500 | Fault::MadeTwice) => Some(said(500, &json!({}))),
                Some(Fault::MadeAndLost) => None,
                Some(Fault::MadeWithoutId) => Some(said(201, &json!({}))),
                _ => Some(said(201, &json!({ member: made }))),
            }
        }
        // whatever the query says: filters are not to be relied on
        ("GET", "") => {
            let known: Vec<String> = world
                .things
                .get(what)
                .into_iter()
                .flat_map(BTreeMap::keys)
                .cloned()
                .collect();
            for id in known {
                fade(world, what, &id);
            }
            let all: Vec<&Value> = world
                .things
                .get(what)
                .into_iter()
                .flat_map(BTreeMap::values)
                .collect();
            Some(said(200, &json!({ collection: all })))
        }
        ("GET", id) => match world
            .things
            .get(what)
            .and_then(|things| things.get(id))
            .cloned()
        {
            Some(thing) => {
                let first = world.lingering.get(id) == Some(&world.linger);
                fade(world, what, id);
                if world.flickers && first {
                    return Some(said(404, &json!({})));
                }
                Some(said(200, &json!({ member: thing })))
            }
            None => Some(said(404, &json!({}))),
        },
        ("DELETE", id) => {
            if !world
                .things
                .get(what)
                .is_some_and(|things| things.contains_key(id))
            {
                return Some(said(404, &json!({})));
            }
            let ports = world
                .things
                .get("ports")
                .into_iter()
                .flat_map(BTreeMap::values);
            let busy = what == "networks" && ports.clone().any(|port| port["network_id"] == id);
            let mine = world.things[what][id]["name"].as_str().unwrap_or_default();
            let held = world.holds.is_some_and(|(one, other)| {
                let ours = |name: &String| name.starts_with(other) && name.len() == 30;
                mine.starts_with(one) && world.names(what).iter().any(ours)
            });
            if busy || held || world.conflicts > 0 {
                world.conflicts = world.conflicts.saturating_sub(1);
                return Some(said(
                    409,
                    &json!({"NeutronError": {"type": "NetworkInUse"}}),
                ));
            }
            if world.refuses_what_goes {
                remove(world, what, id);
                return Some(said(
                    403,
                    &json!({"NeutronError": {"type": "PolicyNotAuthorized"}}),
                ));
            }
            if world.linger > 0 {
                world.lingering.entry(id.to_owned()).or_insert(world.linger);
            } else {
                remove(world, what, id);
            }
            Some(said(204, &Value::Null))
        }
        _ => Some(said(405, &json!({}))),
    }
}

fn images(world: &mut World, method: &str, path: &str, body: &Value) -> Option<Vec<u8>> {
    let (id, file) = path.split_once('/').unwrap_or((path, ""));
    let known = |world: &World| world.things.get("images")?.get(id).cloned();
    match (method, id, file) {
        ("POST", "", "") => {
            let fault = fault(world);
            match fault {
                Some(Fault::Busy) => return Some(said(503, &json!({}))),
                Some(Fault::Lost) => return None,
                _ => {}
            }
            let mut document = body.clone();
            document["status"] = json!("queued");
            if fault == Some(Fault::MadeTwice) {
                world.make("images", document.clone());
            }
            let made = world.make("images", document);
            match fault {
                Some(Fault::MadeAnd500 | Fault::MadeTwice) => Some(said(500, &json!({}))),
                Some(Fault::MadeAndLost) => None,
                Some(Fault::MadeWithoutId) => Some(said(201, &json!({}))),
                _ => Some(said(201, &made)),
            }
        }
        ("PUT", id, "file") => {
            let known = world
                .things
                .get_mut("images")
                .and_then(|images| images.get_mut(id));
            match known {
                None => Some(said(404, &json!({}))),
                Some(_) if world.read_only => {
                    Some(said(403, &json!({"message": "no import here"})))
                }
                Some(image) => {
                    image["status"] = json!("active");
                    image["size"] = json!(1 << 20);
                    Some(said(204, &Value::Null))
                }
            }
        }
        ("GET", "", "") => {
            let images = world
                .things
                .get("images")
                .into_iter()
                .flat_map(BTreeMap::values);
            let images: Vec<&Value> = images.collect();
            Some(said(200, &json!({ "images": images })))
        }
        ("GET", _, "") => Some(match known(world) {
            Some(image) => said(200, &image),
            None => said(404, &json!({})),
        }),
        ("DELETE", id, "") => {
            let there = known(world).is_some();
            remove(world, "images", id);
            Some(said(if there { 204 } else { 404 }, &Value::Null))
        }
        _ => Some(said(405, &json!({}))),
    }
}

/// Something that is being deleted was looked at once more.
fn fade(world: &mut World, what: &'static str, id: &str) {
    if let Some(left) = world.lingering.get_mut(id) {
        *left = left.saturating_sub(1);
        if *left == 0 {
            remove(world, what, id);
        }
    }
}

fn remove(world: &mut World, what: &str, id: &str) {
    if let Some(thing) = world
        .things
        .get_mut(what)
        .and_then(|things| things.remove(id))
    {
        world
            .deleted
            .push(thing["name"].as_str().unwrap_or_default().to_owned());
    }
}

fn objects(world: &mut World, method: &str, path: &str, list: bool) -> Option<Vec<u8>> {
    let (container, object) = path.split_once('/').unwrap_or((path, ""));
    let known = world.names("containers").contains(&container.to_owned());
    match (method, object) {
        ("PUT", "") => {
            let fault = fault(world);
            if fault == Some(Fault::Busy) {
                return Some(said(503, &Value::Null));
            }
            if fault == Some(Fault::Lost) {
                return None;
            }
            if !known {
                let made = world.make("containers", json!({"name": container}));
                let id = made["id"].as_str().unwrap_or_default().to_owned();
                // its name is its id
                if let Some(things) = world.things.get_mut("containers") {
                    things.remove(&id);
                    things.insert(container.to_owned(), json!({"name": container}));
                }
            }
            match fault {
                Some(Fault::MadeAndLost) => None,
                Some(Fault::MadeAnd500 | Fault::MadeTwice) => Some(said(500, &Value::Null)),
                _ => Some(said(201, &Value::Null)),
            }
        }
        ("PUT", object) => {
            world
                .objects
                .entry(container.to_owned())
                .or_default()
                .push(object.to_owned());
            Some(said(201, &Value::Null))
        }
        ("HEAD", "") => Some(said(if known { 204 } else { 404 }, &Value::Null)),
        ("GET", "") if list => {
            let objects = world.objects.get(container).cloned().unwrap_or_default();
            let lag = usize::from(world.listing_lag > 0);
            world.listing_lag = world.listing_lag.saturating_sub(1);
            let objects = &objects[..objects.len().saturating_sub(lag)];
            let items: Vec<Value> = objects.iter().map(|name| json!({"name": name})).collect();
            Some(said(if known { 200 } else { 404 }, &json!(items)))
        }
        ("DELETE", "") => {
            if !known {
                return Some(said(404, &Value::Null));
            }
            if world
                .objects
                .get(container)
                .is_some_and(|objects| !objects.is_empty())
            {
                return Some(said(409, &Value::Null));
            }
            remove(world, "containers", container);
            Some(said(204, &Value::Null))
        }
        ("DELETE", object) => {
            let objects = world.objects.entry(container.to_owned()).or_default();
            let before = objects.len();
            objects.retain(|known| known != object);
            Some(said(
                if objects.len() < before { 204 } else { 404 },
                &Value::Null,
            ))
        }
        _ => Some(said(405, &Value::Null)),
    }
}

fn said(status: u16, body: &Value) -> Vec<u8> {
    let text = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    format!(
        "HTTP/1.1 {status} Toy\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{text}",
        text.len()
    )
    .into_bytes()
}
