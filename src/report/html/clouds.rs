//! The clouds side by side: what they are, how they were asked, what was left behind.

use super::mark::number;
use crate::judge::{CloudSummary, Report};
use crate::report::words;
use maud::{Markup, html};
use std::collections::BTreeSet;

pub fn clouds(report: &Report) -> Markup {
    let names = |of: &dyn Fn(&CloudSummary) -> Vec<String>| -> BTreeSet<String> {
        report.clouds.iter().flat_map(of).collect()
    };
    let bindings = names(&|cloud| cloud.bindings.keys().cloned().collect());
    let versions = names(&|cloud| cloud.microversions.keys().cloned().collect());
    let row = |name: &str, of: &dyn Fn(&CloudSummary) -> String| {
        html! { tr { th scope="row" { (name) } @for cloud in &report.clouds { td { bdi { (of(cloud)) } } } } }
    };
    let value = |value: Option<&String>| value.cloned().unwrap_or_else(|| "none".to_owned());
    html! {
        section #clouds {
            h2 { "The clouds" }
            div.wide { table.clouds {
                thead { tr { th {} @for cloud in &report.clouds { th scope="col" { bdi { (cloud.name) } } } } }
                tbody {
                    (row("kind", &|c| if c.kind.is_empty() { c.family.clone() } else { c.kind.clone() }))
                    (row("endpoint", &|c| c.endpoint.clone()))
                    (row("region, project", &|c| format!("{} · {}", c.region, c.project)))
                    (row("roles", &|c| c.roles.join(", ")))
                    (row("run", &|c| format!("{} · {}", c.started, words::duration(c.took_ms))))
                    (row("requests", &|c| format!("{} in {} executions", number(c.requests), number(c.executions))))
                    (row("left behind", &|c| if c.left_behind.is_empty() { "nothing".to_owned() } else { c.left_behind.join("; ") }))
                    @for name in &versions { (row(&format!("{name} microversions"), &|c| value(c.microversions.get(name)))) }
                    @for name in &bindings { (row(name, &|c| value(c.bindings.get(name)))) }
                }
            } }
        }
    }
}
