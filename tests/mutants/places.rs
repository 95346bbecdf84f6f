//! The denominator: how much of the answers of an operation is compared, and how.

use crate::edit::{Act, Edit};
use crate::score::Cloud;
use crate::sites::Drawn;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Places of an operation's answers.
#[derive(Clone, Copy, Debug, Default)]
pub struct Count {
    /// Another value there is a difference.
    pub exactly: u32,
    /// Its form, type or presence is compared.
    pub by_class: u32,
    pub not_at_all: u32,
}

/// By operation.
pub fn count(cloud: &Cloud, sites: &[Drawn]) -> BTreeMap<String, Count> {
    let mut counts: BTreeMap<String, Count> = BTreeMap::new();
    for site in sites {
        let value = match &site.edit {
            Edit::RemoveHeader(name) => Edit::ChangeHeader(name.clone(), None),
            Edit::At(place, Act::Remove) => Edit::At(place.clone(), Act::Change),
            _ => continue,
        };
        let value = Drawn {
            edit: value,
            ..site.clone()
        };
        let count = counts.entry(site.operation.clone()).or_default();
        if cloud.sees(&value) {
            count.exactly += 1;
        } else if cloud.sees(site) {
            count.by_class += 1;
        } else {
            count.not_at_all += 1;
        }
    }
    counts
}

pub fn table(counts: &BTreeMap<String, Count>) -> String {
    let mut text = String::from(
        "| operation | compared exactly | by class | not at all |\n| --- | --- | --- | --- |\n",
    );
    for (operation, count) in counts {
        let _ = writeln!(
            text,
            "| `{operation}` | {} | {} | {} |",
            count.exactly, count.by_class, count.not_at_all
        );
    }
    text
}
