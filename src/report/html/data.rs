//! What a finding opens to, as data: the page's script writes it as text, when it is asked for.

use super::findings::{Section, anchors};
use super::marks::{Marks, marks};
use crate::judge::{Example, Finding, Impact, Report, Shown, readable};
use crate::report::entry::Entry;
use crate::report::words;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Characters of one text; judging has cut bodies before, and says so in them.
const TEXT: usize = 12_000;
/// Steps and consequences named before the rest is counted.
const STEPS: usize = 8;
/// Of clouds that agree in several parts, examples that show all of them.
const EXAMPLES: usize = 4;

#[derive(Serialize)]
struct Data<'a> {
    clouds: Vec<&'a str>,
    scenarios: Vec<&'a str>,
    services: Vec<&'a str>,
    /// Long texts, each once; others name them by their number.
    texts: Vec<String>,
    rows: Vec<Row<'a>>,
}

#[derive(Serialize)]
struct Row<'a> {
    anchor: String,
    group: &'a str,
    id: &'a str,
    values: &'a str,
    rule: &'a str,
    title: &'a str,
    service: usize,
    operation: &'a str,
    place: &'a str,
    summary: &'a str,
    explanation: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    witness: Option<usize>,
    references: &'a [String],
    /// A sentence, or nothing.
    cause: String,
    hits: String,
    notes: Vec<String>,
    parts: Vec<(Vec<&'a str>, usize)>,
    /// Clouds by number, and the impact on who moves and on who comes back, 0 (none) to 4 (breaks).
    moves: Vec<(usize, usize, u8, u8)>,
    seen: String,
    steps: Named<'a>,
    consequences: Named<'a>,
    scenarios: Vec<usize>,
    examples: Vec<Shot<'a>>,
}

/// Some by name, and how many more there are.
#[derive(Serialize)]
struct Named<'a>(&'a [String], usize);

#[derive(Serialize)]
struct Shot<'a> {
    scenario: &'a str,
    step: String,
    place: &'a str,
    sides: [Seen<'a>; 2],
}

#[derive(Serialize)]
struct Seen<'a> {
    cloud: &'a str,
    value: usize,
    request: usize,
    answer: usize,
    marks: Marks,
    curl: Vec<usize>,
    variables: &'a BTreeMap<String, String>,
}

/// JSON that may stand in a `script` element: nothing in it ends one, or opens anything else.
pub fn json(report: &Report, sections: &[Section<'_>]) -> serde_json::Result<String> {
    let entries = sections.iter().flat_map(|section| &section.entries);
    let services: BTreeSet<&str> = entries
        .filter_map(|entry| Some(entry.first()?.service.as_str()))
        .collect();
    let scenarios: Vec<&str> = report.scenarios.iter().map(|s| s.id.as_str()).collect();
    let mut writer = Writer {
        clouds: report.clouds.iter().map(|c| c.name.as_str()).collect(),
        numbers: scenarios
            .iter()
            .enumerate()
            .map(|(n, id)| (*id, n))
            .collect(),
        services: services.into_iter().collect(),
        texts: Texts::default(),
    };
    let mut rows = Vec::new();
    let mut anchors = anchors(sections).into_iter();
    for section in sections {
        for entry in &section.entries {
            if let (Some(anchor), Some(finding)) = (anchors.next(), entry.first()) {
                rows.push(writer.row(section.name, anchor, entry, finding));
            }
        }
    }
    let data = Data {
        clouds: writer.clouds,
        scenarios,
        services: writer.services,
        texts: writer.texts.list,
        rows,
    };
    Ok(calm(&serde_json::to_string(&data)?))
}

/// These stand in strings only, where JSON has another way to write them.
fn calm(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        match c {
            '<' => out.push_str("\\u003c"),
            '>' => out.push_str("\\u003e"),
            '&' => out.push_str("\\u0026"),
            '\u{2028}' => out.push_str("\\u2028"),
            '\u{2029}' => out.push_str("\\u2029"),
            c => out.push(c),
        }
    }
    out
}

#[derive(Default)]
struct Texts {
    list: Vec<String>,
    known: BTreeMap<String, usize>,
}

impl Texts {
    fn add(&mut self, text: &str) -> usize {
        if let Some(n) = self.known.get(text) {
            return *n;
        }
        let n = self.list.len();
        self.known.insert(text.to_owned(), n);
        self.list.push(cut(text));
        n
    }
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(TEXT) {
        None => text.to_owned(),
        Some((at, _)) => format!(
            "{}\n… cut; {} characters in all",
            &text[..at],
            text.chars().count()
        ),
    }
}

struct Writer<'a> {
    clouds: Vec<&'a str>,
    /// Of scenarios.
    numbers: BTreeMap<&'a str, usize>,
    services: Vec<&'a str>,
    texts: Texts,
}

impl<'a> Writer<'a> {
    fn row(
        &mut self,
        group: &'a str,
        anchor: String,
        entry: &Entry<'a>,
        finding: &'a Finding,
    ) -> Row<'a> {
        let number = |list: &[&str], name: &str| list.iter().position(|other| *other == name);
        let moves = entry.findings.iter().filter_map(|f| {
            let of = |cloud: &str| number(&self.clouds, cloud);
            Some((
                of(&f.a.cloud)?,
                of(&f.b.cloud)?,
                level(f.forward),
                level(f.back),
            ))
        });
        let moves = moves.collect();
        let mut scenarios: Vec<usize> = entry
            .findings
            .iter()
            .flat_map(|f| &f.scenarios)
            .filter_map(|id| self.numbers.get(id.as_str()).copied())
            .collect();
        scenarios.sort_unstable();
        scenarios.dedup();
        let mut part = |value: &str| self.texts.add(&readable(value));
        let parts = entry
            .parts
            .iter()
            .map(|p| (p.clouds.clone(), part(p.value)))
            .collect();
        Row {
            anchor,
            group,
            id: &finding.id,
            values: &finding.values,
            rule: &finding.rule,
            title: &finding.title,
            service: number(&self.services, &finding.service).unwrap_or_default(),
            operation: &finding.operation,
            place: &finding.place,
            summary: &finding.summary,
            explanation: self.texts.add(&finding.explanation),
            witness: finding.witness.as_ref().map(|code| self.texts.add(code)),
            references: &finding.references,
            cause: words::likely_cause(finding.cause),
            hits: words::consumers(&finding.consumers),
            notes: notes(finding),
            parts,
            moves,
            seen: seen(entry, finding),
            steps: named(&finding.steps),
            consequences: named(&finding.consequences),
            scenarios,
            examples: examples(entry)
                .into_iter()
                .map(|example| self.shot(example))
                .collect(),
        }
    }

    fn shot(&mut self, example: &'a Example) -> Shot<'a> {
        let difference = &example.difference;
        let [of_a, of_b] = marks(&difference.place, &example.a.answer, &example.b.answer);
        let step = if difference.rows.is_empty() {
            difference.step.clone()
        } else {
            format!("{} [{}]", difference.step, difference.rows.join(", "))
        };
        Shot {
            scenario: &difference.scenario,
            step,
            place: &difference.place,
            sides: [
                self.side(&example.a, &difference.a, of_a),
                self.side(&example.b, &difference.b, of_b),
            ],
        }
    }

    fn side(&mut self, side: &'a Shown, value: &str, marks: Marks) -> Seen<'a> {
        Seen {
            cloud: &side.cloud,
            value: self.texts.add(&readable(value)),
            request: self.texts.add(&side.request),
            answer: self.texts.add(&side.answer),
            marks,
            curl: side
                .curl
                .iter()
                .map(|command| self.texts.add(command))
                .collect(),
            variables: &side.variables,
        }
    }
}

fn level(impact: Impact) -> u8 {
    match impact {
        Impact::None => 0,
        Impact::Cosmetic => 1,
        Impact::Drifts => 2,
        Impact::Degrades => 3,
        Impact::Breaks => 4,
    }
}

fn named(list: &[String]) -> Named<'_> {
    let shown = list.len().min(STEPS);
    Named(&list[..shown], list.len() - shown)
}

/// Whether there is anything to look at on either side.
fn tells(example: &Example) -> bool {
    [&example.a, &example.b]
        .iter()
        .any(|side| !side.request.is_empty() || !side.answer.is_empty() || !side.curl.is_empty())
}

/// All of one pair's; of several pairs those that show a cloud that no earlier one does.
fn examples<'a>(entry: &Entry<'a>) -> Vec<&'a Example> {
    if let [only] = entry.findings.as_slice() {
        return only
            .examples
            .iter()
            .filter(|example| tells(example))
            .collect();
    }
    let mut shown: Vec<&str> = Vec::new();
    let mut chosen = Vec::new();
    for finding in &entry.findings {
        let clouds = [finding.a.cloud.as_str(), finding.b.cloud.as_str()];
        let is_new = clouds.iter().any(|cloud| !shown.contains(cloud));
        if let Some(example) = finding
            .examples
            .iter()
            .find(|example| tells(example))
            .filter(|_| is_new && chosen.len() < EXAMPLES)
        {
            shown.extend(clouds);
            chosen.push(example);
        }
    }
    chosen
}

fn notes(finding: &Finding) -> Vec<String> {
    let mut notes = Vec::new();
    if finding.costs_data {
        notes.push("Can cost data.".to_owned());
    }
    if finding.untested {
        notes.push(
            "The profile of a cloud ships without ever having run: doubt it first.".to_owned(),
        );
    }
    if !finding.unproven.is_empty() {
        let clouds = finding.unproven.join(" or ");
        notes.push(format!(
            "Never run before on a cloud like {clouds}: doubt the scenario first."
        ));
    }
    notes
}

fn seen(entry: &Entry<'_>, finding: &Finding) -> String {
    if finding.steps.is_empty() {
        return "Seen before any scenario ran, in what the clouds say of themselves.".to_owned();
    }
    let repeats = words::repeats(finding.kind);
    format!(
        "Seen in {}, {}; {repeats}, {} on {} and {} on {}.",
        words::count(entry.exchanges() as usize, "exchange"),
        words::count(finding.differences as usize, "difference"),
        finding.repeats.0,
        finding.a.cloud,
        finding.repeats.1,
        finding.b.cloud
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_the_data_ends_its_element_and_it_reads_back() {
        let hostile = "</script><!--<script>\u{2028}&amp;\u{2029}";
        let json = calm(&serde_json::to_string(hostile).unwrap());
        assert!(
            !json.contains(['<', '>', '&', '\u{2028}', '\u{2029}']),
            "{json}"
        );
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), hostile);
    }

    #[test]
    fn a_huge_text_is_cut_and_tells_its_length() {
        let cut = cut(&"é".repeat(TEXT + 5));
        assert!(cut.ends_with(&format!("\n… cut; {} characters in all", TEXT + 5)));
        assert_eq!(super::cut("short"), "short");
    }
}
