//! One finding in full: what differs, on which clouds, how often, why it matters, how to see it.

use super::entry::{Entry, Part, partition};
use super::screen::{broken, pad, width, wrap};
use super::style::{Ink, Style};
use super::words;
use crate::judge::{Example, Finding, Shown, readable};
use similar::{ChangeTag, TextDiff};
use std::collections::BTreeMap;

const INDENT: &str = "   ";
/// Steps named before the rest is counted.
const STEPS: usize = 5;
/// Pairs of clouds that are told one by one.
const PAIRS: usize = 6;
/// Lines of a difference of texts.
const DIFF_LINES: usize = 40;

/// How much of an entry is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// A line.
    Line,
    /// And what it is, in a sentence.
    Sentence,
    /// Without values apart and without commands.
    Short,
    /// With values and the commands of the first example.
    Full,
    /// With all examples and what was sent and came.
    Everything,
}

pub fn detail(entry: &Entry<'_>, depth: Depth, why: Why, style: Style, lines: &mut Vec<String>) {
    let Some(finding) = entry.first() else {
        return;
    };
    let mut block = Block { style, lines };
    block.head(entry, finding);
    if depth == Depth::Line {
        return;
    }
    block.text(&finding.summary);
    if depth == Depth::Sentence {
        block.lines.push(String::new());
        return;
    }
    if depth >= Depth::Full {
        block.values(&entry.parts);
    }
    match why {
        Why::Told => block.text(&format!("Why: as above ({}).", finding.rule)),
        Why::Tell => block.text(&finding.explanation),
    }
    block.impacts(entry);
    let cause = words::likely_cause(finding.cause);
    let hits = words::consumers(&finding.consumers);
    let data = if finding.costs_data {
        "Can cost data. "
    } else {
        ""
    };
    block.text(&format!("{data}Hits {hits}.{cause}"));
    if finding.untested {
        block.text("The profile of a cloud ships without ever having run: doubt it first.");
    }
    if !finding.unproven.is_empty() {
        let clouds = finding.unproven.join(" or ");
        block.text(&format!(
            "Never run before on a cloud like {clouds}: doubt the scenario first."
        ));
    }
    block.seen(entry, finding);
    if depth >= Depth::Full {
        block.again(finding, depth);
        if why == Why::Tell {
            block.witness(finding);
            for reference in &finding.references {
                block.line(reference);
            }
        }
    }
    block.lines.push(String::new());
}

/// What differs, and the commands of the first example.
pub fn again(entry: &Entry<'_>, style: Style, lines: &mut Vec<String>) {
    let Some(finding) = entry.first() else {
        return;
    };
    let mut block = Block { style, lines };
    block.head(entry, finding);
    block.text(&finding.summary);
    block.values(&entry.parts);
    block.again(finding, Depth::Full);
}

/// Whether what a rule says in general was said before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    Tell,
    Told,
}

struct Block<'l> {
    style: Style,
    lines: &'l mut Vec<String>,
}

impl Block<'_> {
    fn line(&mut self, text: &str) {
        self.lines.push(format!("{INDENT}{text}"));
    }

    /// A paragraph.
    fn text(&mut self, text: &str) {
        for line in wrap(text, self.style.columns - INDENT.len()) {
            self.line(&line);
        }
    }

    /// A line as it is, broken where it is too long.
    fn long(&mut self, mark: &str, text: &str) {
        let room = self.style.columns - INDENT.len() - mark.len();
        for (n, piece) in broken(text, room).into_iter().enumerate() {
            let blank = " ".repeat(mark.len());
            self.line(&format!("{}{piece}", if n == 0 { mark } else { &blank }));
        }
    }

    /// A paragraph whose further lines are indented.
    fn hanging(&mut self, text: &str) {
        let room = self.style.columns - INDENT.len() - 2;
        for (n, line) in wrap(text, room).iter().enumerate() {
            self.line(&format!("{}{line}", if n == 0 { "" } else { "  " }));
        }
    }

    fn head(&mut self, entry: &Entry<'_>, finding: &Finding) {
        let key = format!("{}/{}", finding.id, finding.values);
        let impact = format!("{} {}", entry.arrow(), words::impact(entry.worst()));
        let place = if finding.is_discovered() {
            format!("{} · {}", finding.service, finding.place)
        } else {
            format!("{} · {}", finding.operation, finding.place)
        };
        let first = format!("{key}  {}", finding.rule);
        let fill = self
            .style
            .columns
            .saturating_sub(width(&first) + width(&impact));
        let impact = self.style.paint(Ink::Of(entry.worst()), &impact);
        let first = self.style.heading(&first);
        self.lines
            .push(format!("{first}{}{impact}", " ".repeat(fill.max(1))));
        self.hanging(&place);
    }

    /// Each side's value; a difference of lines where there are several.
    fn values(&mut self, parts: &[Part<'_>]) {
        self.lines.push(String::new());
        if let [a, b] = parts
            && (a.value.contains('\n') || b.value.contains('\n'))
        {
            self.diff(a, b);
        } else {
            let column = parts
                .iter()
                .map(|part| width(&part.name()))
                .max()
                .unwrap_or(0);
            let column = column.min(self.style.columns / 2);
            let room = self.style.columns - INDENT.len() - column - 4;
            for part in parts {
                let value = readable(part.value).replace('\n', "\\n");
                let value = if value.is_empty() {
                    "(empty)".into()
                } else {
                    value
                };
                for (n, line) in wrap(&value, room).iter().enumerate() {
                    let name = if n == 0 { part.name() } else { String::new() };
                    self.line(&format!("  {}  {line}", pad(&name, column)));
                }
            }
        }
        self.lines.push(String::new());
    }

    fn diff(&mut self, a: &Part<'_>, b: &Part<'_>) {
        self.line(&format!("  - {}", a.name()));
        self.line(&format!("  + {}", b.name()));
        let diff = TextDiff::from_lines(a.value, b.value);
        let mut shown = 0;
        for group in diff.grouped_ops(2) {
            for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
                shown += 1;
                if shown > DIFF_LINES {
                    continue;
                }
                let sign = match change.tag() {
                    ChangeTag::Delete => '-',
                    ChangeTag::Insert => '+',
                    ChangeTag::Equal => ' ',
                };
                let text = change.value().trim_end_matches('\n');
                self.long(&format!("  {sign} "), text);
            }
        }
        if shown > DIFF_LINES {
            let more = words::count(shown - DIFF_LINES, "more line");
            self.line(&format!("  … {more}"));
        }
    }

    fn impacts(&mut self, entry: &Entry<'_>) {
        if entry.findings.len() > 1 {
            self.text(&format!("Clouds: {}", partition(&entry.parts)));
        }
        if entry.findings.len() > PAIRS {
            self.impacts_of_parts(entry);
            return;
        }
        for finding in &entry.findings {
            let (a, b) = (&finding.a.cloud, &finding.b.cloud);
            self.impact(a, b, finding, "");
        }
    }

    /// Of many pairs: what it is for whoever moves from a part to another.
    fn impacts_of_parts(&mut self, entry: &Entry<'_>) {
        let part_of = |cloud: &str| {
            entry
                .parts
                .iter()
                .position(|part| part.clouds.contains(&cloud))
        };
        let mut pairs: BTreeMap<_, (&Finding, usize)> = BTreeMap::new();
        for finding in &entry.findings {
            let parts = (part_of(&finding.a.cloud), part_of(&finding.b.cloud));
            let key = (parts, finding.forward, finding.back);
            pairs.entry(key).or_insert((*finding, 0)).1 += 1;
        }
        let left = pairs.len().saturating_sub(PAIRS);
        for (((a, b), ..), (finding, count)) in pairs.into_iter().take(PAIRS) {
            let name = |part: Option<usize>, cloud: &str| {
                part.map_or_else(|| cloud.to_owned(), |part| entry.parts[part].name())
            };
            let (a, b) = (name(a, &finding.a.cloud), name(b, &finding.b.cloud));
            self.impact(
                &a,
                &b,
                finding,
                &format!(", {}", words::count(count, "pair")),
            );
        }
        if left > 0 {
            self.text(&format!(
                "… and so between {} of them",
                words::count(left, "more part")
            ));
        }
    }

    fn impact(&mut self, a: &str, b: &str, finding: &Finding, more: &str) {
        let text = format!(
            "{a} → {b}: {} · back: {}{more}",
            words::impact(finding.forward),
            words::impact(finding.back)
        );
        self.hanging(&text);
    }

    fn seen(&mut self, entry: &Entry<'_>, finding: &Finding) {
        if finding.steps.is_empty() {
            self.text("Seen before any scenario ran, in what the clouds say of themselves.");
        } else {
            let exchanges = words::count(entry.exchanges() as usize, "exchange");
            let differences = words::count(finding.differences as usize, "difference");
            let repeats = words::repeats(finding.kind);
            self.text(&format!(
                "Seen in {exchanges}, {differences}; {repeats}, {} on {} and {} on {}:",
                finding.repeats.0, finding.a.cloud, finding.repeats.1, finding.b.cloud
            ));
            self.list(&finding.steps);
            self.items(finding);
        }
        if !finding.consequences.is_empty() {
            let steps = words::count(finding.consequences.len(), "step");
            self.text(&format!(
                "Follow from it, or could not be seen because of it, {steps}:"
            ));
            self.list(&finding.consequences);
        }
    }

    /// Of what stands at each item of a list, at which ones it was seen.
    fn items(&mut self, finding: &Finding) {
        let places = finding.examples.iter().map(|e| e.difference.place.as_str());
        let mut places: Vec<&str> = places.filter(|place| *place != finding.place).collect();
        places.dedup();
        if finding.place.contains("[]") && !places.is_empty() {
            self.text(&format!("There at {}", places.join(", ")));
        }
    }

    fn list(&mut self, items: &[String]) {
        for item in items.iter().take(STEPS) {
            self.line(&format!("  {item}"));
        }
        if items.len() > STEPS {
            self.line(&format!("  … and {} more", items.len() - STEPS));
        }
    }

    fn again(&mut self, finding: &Finding, depth: Depth) {
        let shown = if depth == Depth::Everything {
            finding.examples.len()
        } else {
            1
        };
        for example in finding.examples.iter().take(shown) {
            self.commands(example);
            if depth == Depth::Everything {
                for side in [&example.a, &example.b] {
                    self.exchange(side);
                }
            }
        }
    }

    /// The commands of both sides, once where they are the same.
    fn commands(&mut self, example: &Example) {
        let (a, b) = (&example.a, &example.b);
        if a.curl.is_empty() && b.curl.is_empty() {
            return;
        }
        self.lines.push(String::new());
        let d = &example.difference;
        let rows = if d.rows.is_empty() {
            String::new()
        } else {
            format!(", {}", d.rows.join(", "))
        };
        if a.curl == b.curl {
            self.text(&format!("See it again, on each cloud ({}{rows}):", d.step));
            self.script(a);
        } else {
            for side in [a, b].into_iter().filter(|side| !side.curl.is_empty()) {
                self.text(&format!(
                    "See it again, on {} ({}{rows}):",
                    side.cloud, d.step
                ));
                self.script(side);
            }
        }
    }

    fn script(&mut self, side: &Shown) {
        for command in &side.curl {
            for line in command.lines() {
                // never broken: it is to be copied
                self.line(&format!("  {line}"));
            }
        }
    }

    fn exchange(&mut self, side: &Shown) {
        if side.request.is_empty() && side.answer.is_empty() {
            return;
        }
        self.text(&format!("On {}:", side.cloud));
        for line in side.request.lines() {
            self.long("  > ", line);
        }
        for line in side.answer.lines() {
            self.long("  < ", line);
        }
    }

    fn witness(&mut self, finding: &Finding) {
        let Some(code) = &finding.witness else {
            return;
        };
        self.text("A client that meets it:");
        for line in code.lines() {
            self.line(&format!("  {line}"));
        }
    }
}
