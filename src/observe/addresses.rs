//! Addresses that a cloud gives its machines, in values and in names made of them (`ip-10-0-0-5.ec2.internal`): told from
//! those that an execution asked for. Pure.

use crate::dialect::query;
use crate::recording::{Execution, Role};
use regex::Regex;
use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::LazyLock;

#[expect(
    clippy::unwrap_used,
    reason = "a constant pattern, compiled by the first test"
)]
static ADDRESS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\b(?:\d{1,3}\.){3}\d{1,3}\b|\b(?:\d{1,3}-){3}\d{1,3}\b").unwrap()
});

fn found(text: &str) -> impl Iterator<Item = (Range<usize>, String)> {
    ADDRESS.find_iter(text).filter_map(|found| {
        let dotted = found.as_str().replace('-', ".");
        let address = dotted.parse::<std::net::Ipv4Addr>().ok()?;
        Some((found.range(), address.to_string()))
    })
}

/// The addresses in a text that nobody asked for, in dots however they are written there.
pub fn given(text: &str, asked: &BTreeSet<String>) -> Vec<(Range<usize>, String)> {
    found(text)
        .filter(|(_, address)| !asked.contains(address))
        .collect()
}

/// The addresses that an execution sent before an answer had named them.
pub fn asked(execution: &Execution) -> BTreeSet<String> {
    let (mut asked, mut seen) = (BTreeSet::new(), BTreeSet::new());
    let observed = execution.exchanges.iter();
    for exchange in observed.filter(|exchange| exchange.role == Role::Observed) {
        let sent = &exchange.request;
        let members = query::sent(&exchange.service, &sent.target, sent.body.text.as_deref());
        for (_, value) in members.into_iter().flatten() {
            let new = found(&value).map(|(_, address)| address);
            asked.extend(new.filter(|address| !seen.contains(address)));
        }
        if let Ok(answer) = &exchange.answer {
            let text = answer.body.text.as_deref().unwrap_or_default();
            seen.extend(found(text).map(|(_, address)| address));
        }
    }
    asked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_found_in_a_name_made_of_it() {
        let none = BTreeSet::new();
        let of = |text: &str| -> Vec<String> {
            given(text, &none).into_iter().map(|(_, a)| a).collect()
        };
        assert_eq!(of("10.0.0.5"), ["10.0.0.5"]);
        assert_eq!(of("ip-10-0-0-5.ec2.internal"), ["10.0.0.5"]);
        assert_eq!(of("ec2-54-214-1-2.compute-1.amazonaws.com"), ["54.214.1.2"]);
        assert!(of("us-east-1.999.1.1.1000").is_empty());
        let asked = BTreeSet::from(["10.0.0.5".to_owned()]);
        assert!(given("ip-10-0-0-5.internal", &asked).is_empty());
    }
}
