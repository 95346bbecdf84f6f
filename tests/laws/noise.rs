//! Noise that says nothing of a cloud, put into its real answers repeat by repeat.

use interop::recording::{Answer, Execution, Outcome, Payload, WireError, WireErrorKind};
use regex::{Captures, Regex};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Noise {
    /// Other ids and dates, wherever the cloud mints them.
    IdsAndDates,
    /// Timings vary, and a third of the repeats fall into a phase in which everything takes thirty seconds longer.
    Slow,
    /// Lists come in any order.
    Order,
    /// Headers and members that are there in 5 to 50 % of answers.
    Presence,
    /// One request in two hundred fails: 500, 503, or a broken connection.
    Failures,
    /// Each answer is of one of two back ends, which say who they are and have other headers.
    BackEnds,
}

/// A pseudorandom sequence (`SplitMix64`).
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, most: usize) -> usize {
        usize::try_from(self.next() % most as u64).unwrap()
    }
}

impl Noise {
    /// Places that have to be listed as unstable: how one is called.
    pub fn unstable(self) -> Option<&'static str> {
        match self {
            Self::IdsAndDates | Self::Slow | Self::Failures => None,
            Self::Order => Some("#"),
            Self::Presence => Some("header x-often"),
            Self::BackEnds => Some("header x-backend"),
        }
    }

    /// The execution with this noise; two where the first try is set aside. `known` is what the cloud had before.
    pub fn on(self, execution: &Execution, known: &Known, random: &mut Random) -> Vec<Execution> {
        let mut execution = execution.clone();
        match self {
            Self::IdsAndDates => return vec![reminted(&execution, known, random)],
            Self::Slow => slow(&mut execution, random),
            Self::Order => each_answer(&mut execution, |answer| reordered(answer, random)),
            Self::Presence => each_answer(&mut execution, |answer| flapping(answer, random)),
            Self::BackEnds => each_answer(&mut execution, |answer| of_a_back_end(answer, random)),
            Self::Failures => return failing(execution, random),
        }
        vec![execution]
    }
}

fn each_answer(execution: &mut Execution, mut change: impl FnMut(&mut Answer)) {
    let exchanges = execution.exchanges.iter_mut();
    exchanges
        .filter_map(|exchange| exchange.answer.as_mut().ok())
        .for_each(&mut change);
}

static MINTED: LazyLock<Regex> = LazyLock::new(|| {
    let uuid = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";
    let date = r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d";
    Regex::new(&format!(r"\b(?:{uuid}|{date})")).unwrap()
});

/// The ids and dates that a cloud had before.
pub struct Known(BTreeSet<String>);

impl Known {
    pub fn of(header: &str) -> Self {
        Self(
            MINTED
                .find_iter(header)
                .map(|id| id.as_str().to_owned())
                .collect(),
        )
    }
}

/// Every id that was not there before and every date is another one, the same wherever it was the same.
fn reminted(execution: &Execution, known: &Known, random: &mut Random) -> Execution {
    let mut minted: BTreeMap<String, String> = BTreeMap::new();
    let text = serde_json::to_string(execution).unwrap();
    let text = MINTED.replace_all(&text, |found: &Captures<'_>| {
        let old = found[0].to_owned();
        if known.0.contains(&old) {
            return old;
        }
        minted
            .entry(old.clone())
            .or_insert_with(|| another(&old, random))
            .clone()
    });
    let mut execution: Execution = serde_json::from_str(&text).unwrap();
    for exchange in &mut execution.exchanges {
        let answered = exchange.answer.as_mut().ok().map(|answer| &mut answer.body);
        for body in answered.into_iter().chain([&mut exchange.request.body]) {
            if let (Some(text), false) = (body.text.clone(), body.cut) {
                *body = Payload::from_bytes(text.as_bytes(), body.length, false);
            }
        }
    }
    execution
}

fn another(old: &str, random: &mut Random) -> String {
    if old.contains('T') {
        // an hour and a minute of the same day: dates that are compared with each other move alike
        let (day, _) = old.split_once('T').unwrap();
        return format!(
            "{day}T{:02}:{:02}:{:02}",
            random.below(24),
            random.below(60),
            random.below(60)
        );
    }
    let digit =
        |random: &mut Random| char::from_digit(u32::try_from(random.below(16)).unwrap(), 16);
    let at = |(index, c): (usize, char)| match (c, index) {
        ('-', _) => '-',
        // the version and variant of a uuid
        (c, 14 | 19) => c,
        _ => digit(random).unwrap(),
    };
    old.chars().enumerate().map(at).collect()
}

fn slow(execution: &mut Execution, random: &mut Random) {
    let extra = if random.below(3) == 0 { 30_000_000 } else { 0 };
    let mut late = 0;
    for exchange in &mut execution.exchanges {
        let timing = &mut exchange.timing;
        let took = timing.done_us * (random.below(20) as u64 + 1) / 4 + extra;
        late += took.saturating_sub(timing.done_us);
        timing.at_us += late;
        timing.first_byte_us += took.saturating_sub(timing.done_us);
        timing.done_us = timing.done_us.max(took);
    }
    execution.took_ms += late / 1000;
}

/// Lists of things, not of plain values: what a request orders is left alone by the caller.
fn reordered(answer: &mut Answer, random: &mut Random) {
    fn inside(value: &mut Value, random: &mut Random) {
        match value {
            Value::Object(members) => members.values_mut().for_each(|v| inside(v, random)),
            Value::Array(items) => {
                for item in items.iter_mut() {
                    inside(item, random);
                }
                if items.iter().all(Value::is_object) {
                    for last in (1..items.len()).rev() {
                        items.swap(last, random.below(last + 1));
                    }
                }
            }
            _ => {}
        }
    }
    change_body(answer, |tree| inside(tree, random));
}

fn change_body(answer: &mut Answer, change: impl FnOnce(&mut Value)) {
    let Some(mut tree) = answer
        .body
        .text
        .as_deref()
        .and_then(|text| serde_json::from_str::<Value>(text).ok())
        .filter(Value::is_object)
    else {
        return;
    };
    change(&mut tree);
    set_body(answer, &tree.to_string());
}

/// A member of the whole, be it JSON or XML.
fn add_member(answer: &mut Answer, name: &str, value: &Value) {
    let xml = answer.body.text.clone();
    let xml = xml.filter(|text| text.trim_start().starts_with('<'));
    let Some((before, end)) = xml.as_deref().and_then(|text| text.rsplit_once("</")) else {
        return change_body(answer, |tree| tree[name] = value.clone());
    };
    let text = value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned);
    set_body(answer, &format!("{before}<{name}>{text}</{name}></{end}"));
}

fn set_body(answer: &mut Answer, text: &str) {
    for (name, value) in &mut answer.headers {
        if name.eq_ignore_ascii_case("content-length") {
            *value = text.len().to_string();
        }
    }
    answer.body = Payload::from_bytes(text.as_bytes(), text.len() as u64, false);
}

fn flapping(answer: &mut Answer, random: &mut Random) {
    for (name, percent) in [("X-Seldom", 5), ("X-Some", 20), ("X-Often", 50)] {
        if random.below(100) < percent {
            answer.headers.push((name.to_owned(), "yes".to_owned()));
        }
    }
    if random.below(100) < 30 {
        answer
            .headers
            .retain(|(name, _)| !name.eq_ignore_ascii_case("vary"));
    }
    let (seldom, often) = (random.below(100) < 10, random.below(100) < 50);
    if seldom {
        add_member(answer, "seldom", &json!("yes"));
    }
    if often {
        add_member(answer, "often", &json!(1));
    }
}

fn of_a_back_end(answer: &mut Answer, random: &mut Random) {
    let one = random.below(2) == 0;
    let name = if one { "one" } else { "other" };
    answer
        .headers
        .push(("X-Backend".to_owned(), name.to_owned()));
    if !one {
        answer
            .headers
            .retain(|(name, _)| !name.eq_ignore_ascii_case("vary"));
        answer
            .headers
            .push(("Via".to_owned(), "1.1 other".to_owned()));
    }
    add_member(answer, "backend", &json!(name));
}

fn failing(mut execution: Execution, random: &mut Random) -> Vec<Execution> {
    let hit = (0..execution.exchanges.len()).find(|_| random.below(200) == 0);
    let Some(index) = hit else {
        return vec![execution];
    };
    let whole = execution.clone();
    let answer = &mut execution.exchanges[index].answer;
    let aside = match random.below(3) {
        0 => {
            let Ok(answer) = answer else {
                return vec![whole];
            };
            answer.status = 500;
            "Internal Server Error".clone_into(&mut answer.reason);
            set_body(
                answer,
                r#"{"error": {"code": 500, "message": "it failed"}}"#,
            );
            return vec![execution];
        }
        1 => {
            if let Ok(answer) = answer {
                answer.status = 503;
            }
            "503"
        }
        _ => {
            *answer = Err(WireError {
                kind: WireErrorKind::Reset,
                detail: "connection reset".to_owned(),
            });
            "connection reset"
        }
    };
    // as the runner does: set aside, and run again
    execution.exchanges.truncate(index + 1);
    execution.outcome = Outcome::SetAside(aside.to_owned());
    let again = Execution {
        attempt: whole.attempt + 1,
        ..whole
    };
    vec![execution, again]
}
