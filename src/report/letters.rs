//! Short names of clouds where there are too many for their own: letters, or numbers of more than twenty-six.

use super::entry::Part;
use crate::judge::Report;
use std::collections::BTreeMap;

/// Clouds that have letters.
const MOST: usize = 26;

pub struct Letters<'r> {
    names: Vec<&'r str>,
    position: BTreeMap<&'r str, usize>,
}

impl<'r> Letters<'r> {
    pub fn of(report: &'r Report) -> Self {
        Self::new(report.clouds.iter().map(|cloud| cloud.name.as_str()))
    }

    pub fn new(names: impl Iterator<Item = &'r str>) -> Self {
        let names: Vec<&str> = names.collect();
        let position = names
            .iter()
            .enumerate()
            .map(|(n, name)| (*name, n))
            .collect();
        Self { names, position }
    }

    /// Then they need no letters.
    pub fn are_two(&self) -> bool {
        self.names.len() == 2
    }

    /// `a`, or `1`.
    pub fn at(&self, index: usize) -> String {
        let letter = u8::try_from(index)
            .ok()
            .filter(|_| self.names.len() <= MOST);
        match letter {
            Some(n) => char::from(b'a' + n).to_string(),
            None => (index + 1).to_string(),
        }
    }

    /// `a embedded`, in the order given.
    pub fn legend(&self) -> Vec<String> {
        let named = self.names.iter().enumerate();
        named
            .map(|(n, name)| format!("{} {name}", self.at(n)))
            .collect()
    }

    /// `ade·b·c`; of numbers `1-9,11·10`.
    pub fn partition(&self, parts: &[Part<'_>]) -> String {
        let part = |part: &Part<'_>| {
            let clouds = part.clouds.iter();
            let positions: Vec<usize> = clouds
                .filter_map(|c| self.position.get(c).copied())
                .collect();
            if self.names.len() <= MOST {
                return positions
                    .into_iter()
                    .map(|n| self.at(n))
                    .collect::<String>();
            }
            ranges(&positions)
        };
        parts.iter().map(part).collect::<Vec<_>>().join("·")
    }
}

/// Positions from 0, shown from 1: `1-9,11`.
fn ranges(positions: &[usize]) -> String {
    let runs = positions.chunk_by(|a, b| a + 1 == *b);
    let run = |run: &[usize]| match run {
        [] => String::new(),
        [one] => (one + 1).to_string(),
        [first, .., last] => format!("{}-{}", first + 1, last + 1),
    };
    runs.map(run).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clouds_that_agree_are_letters_side_by_side_and_many_are_ranges() {
        let of = |count: usize| (0..count).map(|n| format!("cloud-{n}")).collect::<Vec<_>>();
        let parts = |names: &[String]| {
            let part = |clouds: Vec<usize>| -> Vec<String> {
                clouds.iter().map(|n| names[*n].clone()).collect()
            };
            [part(vec![0, 1, 2, 4]), part(vec![3])]
        };
        let shown = |count: usize| {
            let names = of(count);
            let parts = parts(&names);
            let parts = parts.each_ref().map(|clouds| Part {
                clouds: clouds.iter().map(String::as_str).collect(),
                value: "",
            });
            Letters::new(names.iter().map(String::as_str)).partition(&parts)
        };
        assert_eq!(shown(5), "abce·d");
        assert_eq!(shown(50), "1-3,5·4");
    }
}
