//! The report for a pull-request comment or a job summary: Markdown as GitHub and GitLab read it, in a comment's size.

use super::belief;
use super::cleaned::cleaned;
use super::entry::{Entry, ranked, spot, ways};
use super::page::{CAUSES, PAIRS, day, one_line};
use super::screen::cut;
use super::words;
use crate::judge::{Impact, Report, Shown};
use std::collections::BTreeSet;
use std::fmt::Write;

/// Characters that a comment on GitHub may have; a job summary and a note on GitLab may have more.
/// <https://docs.github.com/en/rest/issues/comments>
const MOST: usize = 65_536;
/// Kept for the last lines.
const SPARE: usize = 1_000;
/// Columns of a value in a table, of a line, and of a value or text in the details.
const IN_TABLE: usize = 60;
const LINE: usize = 200;
const AT_LENGTH: usize = 600;
/// Characters of a finding's commands.
const COMMANDS: usize = 4_000;
/// Lines of whether to believe it, and of what could not be compared.
const LINES: usize = 20;

/// Renders a report as Markdown: the verdict, whether to believe it, the top causes, and each finding folded, as many as fit.
pub fn markdown(report: &Report) -> serde_json::Result<String> {
    let report = &cleaned(report)?;
    let entries = ranked(report);
    let mut out = String::new();
    let mut left_out = 0;
    // what does not fit is left out whole: a fold that is cut would swallow what follows
    let blocks = [head(report), causes(&entries), not_compared(report)];
    for block in blocks.into_iter().chain(entries.iter().map(block)) {
        let fits = out.chars().count() + block.chars().count() + SPARE <= MOST;
        if left_out == 0 && fits {
            out.push_str(&block);
        } else {
            left_out += 1;
        }
    }
    if left_out > 0 {
        let _ = writeln!(
            out,
            "\n**Cut here**: {} would not fit into a comment; the JSON report has all.",
            words::count(left_out, "more finding")
        );
    }
    let dates = report.clouds.iter().map(|cloud| day(&cloud.started));
    let _ = writeln!(
        out,
        "\n<sub>suite {} · run {} · judged {} · interop {}</sub>",
        prose(&cut(&report.suite, 12)),
        prose(&cut(
            &dates
                .collect::<BTreeSet<_>>()
                .into_iter()
                .collect::<Vec<_>>()
                .join(", "),
            35
        )),
        prose(&cut(&report.as_of, 10)),
        prose(&cut(&report.tool_version, 20))
    );
    Ok(out)
}

fn head(report: &Report) -> String {
    let mut out = String::new();
    let names: Vec<_> = report.clouds.iter().map(|c| c.name.as_str()).collect();
    let _ = writeln!(
        out,
        "## interop: {}\n",
        prose(&cut(&names.join(" · "), LINE))
    );
    let untested = report.clouds.iter().filter(|cloud| cloud.untested);
    let untested: Vec<_> = untested.map(|cloud| cloud.name.as_str()).collect();
    if !untested.is_empty() {
        let _ = writeln!(
            out,
            "**UNTESTED**: what ships without ever having run: {}  ",
            prose(&cut(&untested.join(", "), LINE))
        );
    }
    for pair in report.pairs.iter().take(PAIRS) {
        let verdict = prose(&cut(&belief::verdict(report, pair), LINE));
        let _ = writeln!(out, "**{verdict}**  ");
    }
    if report.pairs.len() > PAIRS {
        let more = words::count(report.pairs.len() - PAIRS, "more pair");
        let _ = writeln!(out, "… and {more}  ");
    }
    if let Some(beside) = belief::beside(report) {
        let _ = writeln!(out, "beside: {beside}  ");
    }
    let left: usize = report.clouds.iter().map(|c| c.left_behind.len()).sum();
    if left > 0 {
        let _ = writeln!(out, "**LEFT BEHIND: {}**  ", words::count(left, "thing"));
    }
    out.push_str("\n**Whether to believe it**\n\n");
    for line in belief::lines(report).iter().take(LINES) {
        let _ = writeln!(out, "- {}", prose(&cut(line, LINE)));
    }
    out.push('\n');
    out
}

/// One row a place, as on the first page in a terminal.
fn causes(entries: &[Entry<'_>]) -> String {
    let ways = ways(entries);
    let mut out = String::new();
    if ways.is_empty() {
        return out;
    }
    out.push_str(
        "**Top causes** (→ moving on, ← coming back; ×exchanges, +steps blocked by it)\n\n\
         | | id | where | values | hits | seen |\n\
         | --- | --- | --- | --- | --- | --- |\n",
    );
    for (entry, ways) in ways.iter().take(CAUSES) {
        let Some(finding) = entry.first() else {
            continue;
        };
        let more = match ways {
            1 => String::new(),
            ways => format!(", {ways} ways"),
        };
        let values = entry.parts.iter().map(|part| cell(&one_line(part.value)));
        let _ = writeln!(
            out,
            "| {} {} | {} | {}{more} | {} | {} | {} |",
            entry.arrow(),
            words::impact(entry.worst()),
            cell(&finding.id),
            cell(&spot(finding)),
            values.take(PAIRS).collect::<Vec<_>>().join(" · "),
            words::consumers_short(&finding.consumers),
            entry.often()
        );
    }
    if ways.len() > CAUSES {
        let more = words::count(ways.len() - CAUSES, "more cause");
        let _ = writeln!(out, "\n… and {more} below");
    }
    out.push('\n');
    out
}

fn not_compared(report: &Report) -> String {
    // the last line says what this tool never looks at
    let Some((last, others)) = report.not_compared.split_last() else {
        return String::new();
    };
    let mut out = String::from("<details><summary>Not comparable, not looked at</summary>\n\n");
    for line in others.iter().take(LINES) {
        let _ = writeln!(out, "- {}", prose(&cut(line, LINE)));
    }
    if others.len() > LINES {
        let more = words::count(others.len() - LINES, "more line");
        let _ = writeln!(out, "- … and {more} in the JSON report");
    }
    let _ = writeln!(out, "- {}\n\n</details>\n", prose(&cut(last, LINE)));
    out
}

/// A finding, folded.
fn block(entry: &Entry<'_>) -> String {
    let Some(finding) = entry.first() else {
        return String::new();
    };
    let mut out = String::new();
    let _ = writeln!(
        out,
        "<details><summary>{} {} · <code>{}/{}</code> · {} · {}</summary>\n",
        entry.arrow(),
        words::impact(entry.worst()),
        html(&finding.id),
        html(&finding.values),
        html(&cut(&finding.rule, IN_TABLE)),
        html(&cut(&spot(finding), 2 * IN_TABLE))
    );
    let _ = writeln!(out, "{}\n", prose(&cut(&finding.summary, AT_LENGTH)));
    for part in &entry.parts {
        let name = prose(&cut(&part.name(), IN_TABLE));
        let value = span(&cut(&one_line(part.value), AT_LENGTH));
        let _ = writeln!(out, "- {name}: {value}");
    }
    let _ = writeln!(out, "\n{}\n", prose(&cut(&finding.explanation, 1_500)));
    for finding in entry.findings.iter().take(PAIRS) {
        let _ = writeln!(
            out,
            "{} → {}: {} · back: {}  ",
            prose(&cut(&finding.a.cloud, IN_TABLE)),
            prose(&cut(&finding.b.cloud, IN_TABLE)),
            words::impact(finding.forward),
            words::impact(finding.back)
        );
    }
    let data = if finding.costs_data {
        "Can cost data. "
    } else {
        ""
    };
    let _ = writeln!(
        out,
        "{data}Hits {}.{} Seen {} in {}.",
        words::consumers(&finding.consumers),
        words::likely_cause(finding.cause),
        entry.often(),
        seen_in(&finding.scenarios)
    );
    if entry.worst() >= Impact::Degrades {
        for side in shown(entry) {
            commands(side, &mut out);
        }
        for link in finding.references.iter().filter(|link| is_plain_link(link)) {
            let _ = writeln!(out, "\n<{link}>");
        }
    }
    out.push_str("\n</details>\n");
    out
}

fn seen_in(scenarios: &[String]) -> String {
    match scenarios {
        [] => "what the clouds say of themselves".into(),
        [one] => span(one),
        [first, others @ ..] => {
            format!("{} and {} more", span(first), others.len())
        }
    }
}

/// The commands of the first example: of both sides, once where they are the same.
fn shown<'a>(entry: &Entry<'a>) -> Vec<&'a Shown> {
    let Some(example) = entry.first().and_then(|finding| finding.examples.first()) else {
        return Vec::new();
    };
    if example.a.curl == example.b.curl {
        vec![&example.a]
    } else {
        vec![&example.a, &example.b]
    }
}

fn commands(side: &Shown, out: &mut String) {
    let text = side.curl.join("\n");
    if text.is_empty() || text.chars().count() > COMMANDS {
        return;
    }
    let fence = "`".repeat(longest_ticks(&text).max(2) + 1);
    let _ = writeln!(out, "\n{fence}sh\n{text}\n{fence}");
}

/// A value in a table. A pipe would end the cell, and no escape of it is read alike everywhere: it is shown as `¦`.
fn cell(text: &str) -> String {
    span(&cut(text, IN_TABLE)).replace('|', "¦")
}

/// A code span: nothing in it is markup, a link or a mention.
fn span(text: &str) -> String {
    if text.is_empty() {
        return "(empty)".into();
    }
    let text = text.replace('\n', "\\n");
    match longest_ticks(&text) {
        0 if text.trim() == text => format!("`{text}`"),
        ticks => {
            let fence = "`".repeat(ticks + 1);
            format!("{fence} {text} {fence}")
        }
    }
}

fn longest_ticks(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

/// A sentence that may hold what a cloud said: no markup, no HTML, and no mention, reference or link by itself.
fn prose(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\n' => out.push(' '),
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            // a space of no width keeps what follows from being a mention, an issue or an address
            '@' | '#' => {
                let _ = write!(out, "\\{c}&#8203;");
            }
            ':' if rest.peek() == Some(&'/') => out.push_str(":&#8203;"),
            c if "\\`*_[]|~!$".contains(c) => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out.replace("www.", "www&#8203;.")
}

/// Text in a line of HTML; whatever Markdown could see in it is an entity.
fn html(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '@' | '#' | ':' => {
                let _ = write!(out, "&#{};&#8203;", u32::from(c));
            }
            c if c.is_ascii_punctuation() && !"-/._".contains(c) => {
                let _ = write!(out, "&#{};", u32::from(c));
            }
            '_' => out.push_str("&#95;"),
            c => out.push(c),
        }
    }
    out.replace("www.", "www&#8203;.")
}

/// One that ends where it seems to.
fn is_plain_link(link: &str) -> bool {
    link.starts_with("https://")
        && !link.contains(|c: char| c.is_whitespace() || "<>\\".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_cloud_says_is_no_markup() {
        assert_eq!(
            prose("a|b <img> @root #1 https://x [y](z) `c` *d*"),
            "a\\|b &lt;img&gt; \\@&#8203;root \\#&#8203;1 https:&#8203;//x \\[y\\](z) \\`c\\` \\*d\\*"
        );
        assert_eq!(span("a`b"), "`` a`b ``");
        assert_eq!(span("` "), "`` `  ``");
        assert_eq!(span(""), "(empty)");
        assert_eq!(cell("a|b"), "`a¦b`");
        assert_eq!(html("<b>@x"), "&#60;b&#62;&#64;&#8203;x");
        assert!(!is_plain_link("https://a b"));
        assert!(!is_plain_link("javascript:alert(1)"));
    }
}
