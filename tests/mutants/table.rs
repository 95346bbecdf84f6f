//! The score as people read it: rows of families and services, with bounds.

use std::collections::BTreeMap;
use std::fmt::Write as _;

/// How a mutant shows in the report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    pub found: bool,
    /// … at the place that it changes.
    pub placed: bool,
    /// … and with the right direction and rule.
    pub directed: bool,
    /// Findings elsewhere.
    pub beside: u32,
    pub findings: u32,
}

/// What became of mutants of one sort.
#[derive(Clone, Debug, Default)]
pub struct Row {
    pub mutants: u32,
    /// Of these no scenario looks at what they change.
    pub unseen: u32,
    pub found: u32,
    pub placed: u32,
    pub directed: u32,
    pub beside: u32,
    /// Findings of each that was judged.
    pub findings: Vec<u32>,
}

impl Row {
    pub fn unseen(&mut self) {
        self.mutants += 1;
        self.unseen += 1;
    }

    pub fn judged(&mut self, verdict: &Verdict) {
        self.mutants += 1;
        self.found += u32::from(verdict.found);
        self.placed += u32::from(verdict.placed);
        self.directed += u32::from(verdict.directed);
        self.beside += verdict.beside;
        self.findings.push(verdict.findings);
    }

    pub fn add(&mut self, other: &Self) {
        self.mutants += other.mutants;
        self.unseen += other.unseen;
        self.found += other.found;
        self.placed += other.placed;
        self.directed += other.directed;
        self.beside += other.beside;
        self.findings.extend(&other.findings);
    }

    fn median(&self) -> u32 {
        let mut all = self.findings.clone();
        all.sort_unstable();
        all.get(all.len() / 2).copied().unwrap_or(0)
    }
}

/// Lower 95 % confidence bound of a share (one-sided, exact: Clopper & Pearson 1934), by bisection.
pub fn lower_bound(successes: u32, of: u32) -> f64 {
    if successes == 0 {
        return 0.0;
    }
    let (mut low, mut high) = (0.0_f64, 1.0_f64);
    for _ in 0..60 {
        let p = f64::midpoint(low, high);
        if at_least(successes, of, p) > 0.05 {
            high = p;
        } else {
            low = p;
        }
    }
    low
}

/// Chance of at least so many successes of `n`, each of chance `p`.
fn at_least(successes: u32, n: u32, p: f64) -> f64 {
    let (mut sum, mut log) = (0.0, f64::from(n) * (1.0 - p).ln());
    for k in 0..=n {
        if k >= successes {
            sum += log.exp();
        }
        log += (f64::from(n - k) / f64::from(k + 1)).ln() + p.ln() - (1.0 - p).ln();
    }
    sum
}

/// A table with a row a key and their sum.
pub fn table(of: &str, rows: &BTreeMap<String, Row>) -> String {
    let mut all = Row::default();
    let mut text = format!(
        "| {of} | mutants | found | right place | right direction | findings beside | median findings | not looked at |\n\
         | --- | --- | --- | --- | --- | --- | --- | --- |\n"
    );
    for (name, row) in rows {
        line(&mut text, name, row);
        all.add(row);
    }
    line(&mut text, "**all**", &all);
    let _ = writeln!(
        text,
        "\nLower 95 % bound: found {:.1} %, right place {:.1} %, right direction {:.1} %; beside {:.2} a mutant.",
        100.0 * lower_bound(all.found, all.mutants),
        100.0 * lower_bound(all.placed, all.mutants),
        100.0 * lower_bound(all.directed, all.mutants),
        f64::from(all.beside) / f64::from(all.mutants.max(1)),
    );
    text
}

fn line(text: &mut String, name: &str, row: &Row) {
    let _ = writeln!(
        text,
        "| {name} | {} | {} | {} | {} | {} | {} | {} |",
        row.mutants,
        row.found,
        row.placed,
        row.directed,
        row.beside,
        row.median(),
        row.unseen
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_is_that_of_tables() {
        // a hundred of a hundred: 0.05^(1/100); nine of ten: Clopper & Pearson's own table
        assert!((lower_bound(100, 100) - 0.970_487).abs() < 1e-5);
        assert!((lower_bound(9, 10) - 0.605_84).abs() < 1e-4);
        assert!(lower_bound(496, 500) > 0.98);
    }
}
