//! What was learned → entries, put together with those of an existing file, and the text of the file.

use super::model::{Entry, Learned, Noise};
use super::words::because;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

/// Values kept of one place, where any may come; what is rarer is counted together.
const MOST_VALUES: usize = 8;
const OTHERS: &str = "other values";
/// Characters kept of a value.
const LONGEST: usize = 100;

const ABOUT: &str = "\
# What is unstable on this cloud by itself. `interop calibrate CLOUD --learn` wrote it, for a person to review.
#
# interop finds this file beside the profile or the recording of the cloud, or is given it by --noise FILE. At a place
# that is listed here the cloud's value is never held against another cloud's: only the class (a number, a uuid, a
# time) is compared, and of a status whether it is one of those in `seen`. Every report says how many places were read
# so, and how many would have differed; `--no-noise` compares as if there were no such file.
#
# Take out what you want to be told of. An entry with `until = 2027-01-31` no longer holds after that day. `because`
# and `until` are yours to write: they stay when it is learned again. Comments do not.
";

impl Noise {
    /// What was learned on `date`, put together with what the file said before: what a person wrote stays, counts are the
    /// highest of any time. The same again changes nothing.
    #[must_use]
    pub fn with(&self, learned: &[Learned], date: &str) -> Self {
        let mut fresh: BTreeMap<_, Entry> = BTreeMap::new();
        for one in learned {
            let mut entry = Entry {
                service: one.service.clone(),
                operation: one.operation.clone(),
                place: one.place.clone(),
                varies: [one.varies].into(),
                seen: BTreeMap::new(),
                scenarios: [one.scenario.clone()].into(),
                because: String::new(),
                learned: date.to_owned(),
                until: None,
            };
            let slot = fresh.entry(entry.key()).or_insert_with(|| {
                entry.varies.clear();
                entry.clone()
            });
            slot.varies.insert(one.varies);
            slot.scenarios.insert(one.scenario.clone());
            for (value, n) in &one.seen {
                *slot.seen.entry(short(value)).or_default() += n;
            }
        }
        let mut into = self.clone();
        for (key, mut entry) in fresh {
            cap(&mut entry, Rest::Counted);
            entry.because = because(&entry);
            let merged = match self.entries.get(&key) {
                Some(before) => joined(before, entry),
                None => entry,
            };
            into.entries.insert(key, Arc::new(merged));
        }
        into
    }

    /// The entries of which `other` has none: learned before and not seen again, or new.
    #[must_use]
    pub fn without(&self, other: &Self) -> Vec<&Entry> {
        let only = self.entries.iter();
        only.filter(|(key, _)| !other.entries.contains_key(*key))
            .map(|(_, entry)| entry.as_ref())
            .collect()
    }

    /// The file.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = format!("{ABOUT}\ncloud = {}\n", quoted(&self.cloud));
        for entry in self.entries.values() {
            let _ = write!(text, "\n[[noise]]\n{}", table(entry));
        }
        text
    }
}

fn table(entry: &Entry) -> String {
    let mut text = String::new();
    let list = |items: Vec<String>| format!("[{}]", items.join(", "));
    let mut line = |key: &str, value: &str| {
        let _ = writeln!(text, "{key} = {value}");
    };
    line("service", &quoted(&entry.service));
    line("operation", &quoted(&entry.operation));
    line("place", &quoted(&entry.place));
    let varies = entry.varies.iter().map(|varies| quoted(varies.word()));
    line("varies", &list(varies.collect()));
    if !entry.seen.is_empty() {
        let mut seen: Vec<(&String, &u32)> = entry.seen.iter().collect();
        seen.sort_by(|a, b| b.1.cmp(a.1).then_with(|| a.0.cmp(b.0)));
        let each = seen.iter().map(|(v, n)| format!("{} = {n}", quoted(v)));
        let each: Vec<String> = each.collect();
        line("seen", &format!("{{ {} }}", each.join(", ")));
    }
    let scenarios = entry.scenarios.iter().map(|id| quoted(id));
    line("scenarios", &list(scenarios.collect()));
    line("because", &quoted(&entry.because));
    line("learned", &entry.learned);
    if let Some(until) = &entry.until {
        line("until", until);
    }
    text
}

/// What a person wrote is the old entry's; a sentence that nobody touched is made anew.
fn joined(before: &Entry, now: Entry) -> Entry {
    let mut entry = before.clone();
    entry.varies.extend(now.varies);
    entry.scenarios.extend(now.scenarios);
    for (value, n) in now.seen {
        let slot = entry.seen.entry(value).or_default();
        *slot = n.max(*slot);
    }
    cap(&mut entry, Rest::Dropped);
    if before.because == because(before) {
        entry.because = because(&entry);
    }
    entry
}

/// What becomes of values that are too rare to be kept.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rest {
    Counted,
    /// They are counted already.
    Dropped,
}

/// A place of few words keeps them all: what is not among them is no noise.
fn cap(entry: &mut Entry, rest: Rest) {
    if Entry::is_of_words(&entry.place) {
        return;
    }
    let mut seen: Vec<(String, u32)> = std::mem::take(&mut entry.seen).into_iter().collect();
    let others = seen.iter().position(|(value, _)| value == OTHERS);
    let mut others = others.map_or(0, |at| seen.remove(at).1);
    seen.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    for (value, n) in seen.drain(MOST_VALUES.min(seen.len())..) {
        if rest == Rest::Counted && value != OTHERS {
            others += n;
        }
    }
    entry.seen = seen.into_iter().collect();
    if others > 0 {
        entry.seen.insert(OTHERS.to_owned(), others);
    }
}

impl Entry {
    /// Whether one of a few words stands at a place, all of which are kept.
    fn is_of_words(place: &str) -> bool {
        matches!(place, "status" | "connection" | "end") || place.ends_with(" status")
    }
}

/// A value on one line, as far as it is kept.
fn short(value: &str) -> String {
    let line = value.replace(['\n', '\r'], " ");
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// A basic string of TOML.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => {
                quoted.push('\\');
                quoted.push(c);
            }
            c if c.is_control() => {
                let _ = write!(quoted, "\\u{:04X}", u32::from(c));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::super::model::Varies;
    use super::*;

    fn learned(place: &str, varies: Varies, seen: &[(&str, u32)]) -> Learned {
        Learned {
            scenario: "compute/server/create".to_owned(),
            service: "compute".to_owned(),
            operation: "GET /servers/{}".to_owned(),
            place: place.to_owned(),
            varies,
            seen: seen.iter().map(|(v, n)| ((*v).to_owned(), *n)).collect(),
        }
    }

    fn some() -> Vec<Learned> {
        let many: Vec<(String, u32)> = (10..30).map(|n| (format!("value {n}"), 1)).collect();
        let many: Vec<(&str, u32)> = many.iter().map(|(v, n)| (v.as_str(), *n)).collect();
        vec![
            learned("status", Varies::Value, &[("200", 8), ("500", 2)]),
            learned("$.a", Varies::Value, &[("say \"x\"\n\u{7}\\", 1), ("y", 9)]),
            learned("$.b", Varies::Value, &many),
            learned("header vary", Varies::Presence, &[("absent", 8), ("x", 2)]),
        ]
    }

    #[test]
    fn the_file_is_read_back_as_it_was_written() {
        let noise = Noise::none("private").with(&some(), "2026-11-23");
        insta::assert_snapshot!(noise.text());
        let read = Noise::read("", &noise.text()).unwrap();
        assert_eq!(read, noise);
    }

    #[test]
    fn what_is_learned_twice_changes_no_byte_whatever_the_day() {
        let once = Noise::none("private").with(&some(), "2026-11-23");
        let twice = once.with(&some(), "2026-12-24");
        assert_eq!(once.text(), twice.text());
    }

    #[test]
    fn what_a_person_wrote_stays_and_a_sentence_of_ours_is_made_anew() {
        let first = Noise::none("private").with(&some(), "2026-11-23");
        let text = first.text().replace(
            "because = \"2 of 10 answers were 500 in compute/server/create\"",
            "because = \"the balancer, ticket 7\"\nuntil = 2027-01-31",
        );
        let edited = Noise::read("", &text).unwrap();
        let more = [
            learned("status", Varies::Value, &[("200", 7), ("503", 3)]),
            learned("header vary", Varies::Presence, &[("absent", 9), ("x", 1)]),
        ];
        let again = edited.with(&more, "2026-12-24");
        let status = again.get("compute", "GET /servers/{}", "status").unwrap();
        assert_eq!(status.because, "the balancer, ticket 7");
        assert_eq!(status.until.as_deref(), Some("2027-01-31"));
        assert_eq!(status.learned, "2026-11-23");
        assert_eq!(status.seen.get("503"), Some(&3));
        assert_eq!(status.seen.get("500"), Some(&2));
        let vary = again.get("compute", "GET /servers/{}", "header vary");
        assert!(vary.unwrap().because.contains("absent in 9"), "{vary:?}");
        let of_now = Noise::none("private").with(&more, "2026-12-24");
        let unseen: Vec<_> = again.without(&of_now).iter().map(|e| &e.place).collect();
        assert_eq!(unseen, ["$.a", "$.b"]);
    }

    #[test]
    fn an_entry_holds_on_its_last_day_and_not_after() {
        let noise = Noise::none("private").with(&some(), "2026-11-23");
        let text = noise
            .text()
            .replacen("\nlearned", "\nuntil = 2027-01-31\nlearned", 1);
        let read = Noise::read("", &text).unwrap();
        assert_eq!(read.clone().as_of("2027-01-31").lapsed, 0);
        let after = read.as_of("2027-02-01");
        assert_eq!((after.lapsed, after.len()), (1, 3));
    }
}
