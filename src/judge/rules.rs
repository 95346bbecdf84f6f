//! All rules: read from their files, proven complete and unambiguous, and asked.

use crate::compare::{Asker, Difference, EvidenceRef, Kind};
use crate::judge::pattern::Pattern;
use crate::judge::rule::{
    About, Family, Orientation, Override, Relation, Rule, Specificity, ValueClass, Witness,
};
use crate::judge::template::unknown_hole;
use crate::judge::{Cause, Consumer, Impact};
use include_dir::{Dir, include_dir};
use serde::Deserialize;
use std::collections::BTreeMap;
use thiserror::Error;

static FILES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/src/judge/rules");

/// A defect in the rules: never the user's.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum RuleError {
    #[error("rule {id}: {why}")]
    Rule { id: String, why: String },
    #[error("rules {0} and {1} are equally narrow and some difference fits both")]
    Ambiguous(String, String),
    #[error("no rule is left for every {0:?} difference")]
    NoFallback(Kind),
}

/// The checked set. Only made by [`Rules::embedded`] and [`Rules::read`].
#[derive(Clone, Debug)]
pub struct Rules {
    rules: Vec<Rule>,
}

/// What the rules say of one difference.
#[derive(Clone, Copy, Debug)]
pub struct Verdict<'a> {
    pub rule: &'a Rule,
    pub orientation: Orientation,
    pub forward: Impact,
    pub back: Impact,
}

impl Rules {
    /// The rules that ship with the tool.
    pub fn embedded() -> Result<Self, RuleError> {
        let mut texts = Vec::new();
        for file in FILES.files() {
            let path = file.path();
            let id = path.file_stem().and_then(|stem| stem.to_str());
            if let (Some(id), Some(text)) = (id, file.contents_utf8())
                && path.extension().is_some_and(|ending| ending == "toml")
            {
                texts.push((id, text));
            }
        }
        Self::read(texts)
    }

    /// Reads rules (id and text) and proves that every kind has one fallback and that no two
    /// equally narrow rules can meet.
    pub fn read<'a>(
        texts: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, RuleError> {
        let mut rules = texts
            .into_iter()
            .map(|(id, text)| read_rule(id, text))
            .collect::<Result<Vec<_>, _>>()?;
        rules.sort_by(|l, r| l.id.cmp(&r.id));
        for (n, left) in rules.iter().enumerate() {
            for right in &rules[n + 1..] {
                let meet = left.about.overlaps(&right.about)
                    || left.about.overlaps(&right.about.mirrored());
                if meet && left.specificity() == right.specificity() {
                    return Err(RuleError::Ambiguous(left.id.clone(), right.id.clone()));
                }
            }
        }
        for kind in Kind::ALL {
            let is_fallback = |rule: &Rule| {
                rule.specificity() == Specificity::FALLBACK
                    && (rule.about.kinds.contains(&kind)
                        || rule.about.kinds.contains(&kind.mirrored()))
            };
            if !rules.iter().any(is_fallback) {
                return Err(RuleError::NoFallback(kind));
            }
        }
        Ok(Self { rules })
    }

    /// In the order of their ids.
    pub fn iter(&self) -> impl Iterator<Item = &Rule> {
        self.rules.iter()
    }

    pub fn get(&self, id: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.id == id)
    }

    /// The narrowest rule that fits, and what it says.
    pub fn judge(&self, difference: &Difference) -> Result<Verdict<'_>, RuleError> {
        let (rule, orientation) = self
            .rules
            .iter()
            .filter_map(|rule| rule.fits(difference).map(|orientation| (rule, orientation)))
            .max_by_key(|(rule, _)| rule.specificity())
            .ok_or(RuleError::NoFallback(difference.kind))?;
        let (forward, back) = rule.impacts(difference, orientation);
        Ok(Verdict {
            rule,
            orientation,
            forward,
            back,
        })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RuleFile {
    title: String,
    kinds: Vec<Kind>,
    #[serde(default)]
    service: Vec<String>,
    #[serde(default)]
    operation: Vec<String>,
    #[serde(default)]
    place: Vec<String>,
    #[serde(default)]
    a: Vec<String>,
    #[serde(default)]
    b: Vec<String>,
    relation: Option<RelationName>,
    asker: Option<Asker>,
    forward: Impact,
    back: Impact,
    #[serde(default)]
    costs_data: bool,
    consumers: Vec<Consumer>,
    cause: Option<Cause>,
    summary: String,
    explanation: String,
    #[serde(default)]
    references: Vec<String>,
    #[serde(default)]
    witness: WitnessFile,
    #[serde(default, rename = "override")]
    overrides: Vec<OverrideFile>,
    #[serde(default)]
    sample: Vec<Sample>,
}

/// Code for all, or for clients of each family.
#[derive(Deserialize)]
#[serde(untagged)]
enum WitnessFile {
    Any(String),
    Each(BTreeMap<Family, String>),
}

impl Default for WitnessFile {
    fn default() -> Self {
        Self::Each(BTreeMap::new())
    }
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum RelationName {
    AAboveB,
    ABelowB,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OverrideFile {
    #[serde(default)]
    service: Vec<String>,
    #[serde(default)]
    operation: Vec<String>,
    #[serde(default)]
    place: Vec<String>,
    forward: Impact,
    back: Impact,
    because: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sample {
    kind: Option<Kind>,
    service: String,
    operation: String,
    place: String,
    #[serde(default)]
    asker: Asker,
    a: String,
    b: String,
}

fn read_rule(id: &str, text: &str) -> Result<Rule, RuleError> {
    let wrong = |why: String| RuleError::Rule {
        id: id.to_owned(),
        why,
    };
    let file: RuleFile = toml::from_str(text).map_err(|error| wrong(error.to_string()))?;
    let Some(&first_kind) = file.kinds.first() else {
        return Err(wrong("no kinds".into()));
    };
    if file.sample.is_empty() {
        return Err(wrong("no sample".into()));
    }
    let witness = match file.witness {
        WitnessFile::Any(code) => Witness::Any(code.trim_matches('\n').to_owned()),
        WitnessFile::Each(codes) => Witness::Each(
            codes
                .into_iter()
                .map(|(family, code)| (family, code.trim_matches('\n').to_owned()))
                .collect(),
        ),
    };
    for text in [&file.summary, &file.explanation]
        .into_iter()
        .chain(witness.all().into_iter().map(|(_, code)| code))
    {
        if let Some(hole) = unknown_hole(text) {
            return Err(wrong(format!("unknown hole {{{hole}}}")));
        }
    }
    let names = |list: &[String]| list.iter().map(|text| Pattern::name(text)).collect();
    let values = |list: &[String]| list.iter().map(|text| ValueClass::parse(text)).collect();
    let about = About {
        kinds: file.kinds,
        services: file.service,
        operations: names(&file.operation),
        places: names(&file.place),
        a: values(&file.a),
        b: values(&file.b),
        relation: file.relation.map(|relation| match relation {
            RelationName::AAboveB => Relation::Above,
            RelationName::ABelowB => Relation::Below,
        }),
        asker: file.asker,
    };
    let overrides: Vec<Override> = file
        .overrides
        .into_iter()
        .map(|o| Override {
            about: About {
                services: o.service,
                operations: names(&o.operation),
                places: names(&o.place),
                ..About::default()
            },
            forward: o.forward,
            back: o.back,
            because: o.because,
        })
        .collect();
    // what looks the same from both sides must hurt the same both ways
    let lopsided = file.forward != file.back || overrides.iter().any(|o| o.forward != o.back);
    if lopsided && about.overlaps(&about.mirrored()) {
        return Err(wrong(
            "fits a difference from both sides, so forward and back must be equal".into(),
        ));
    }
    for (n, left) in overrides.iter().enumerate() {
        if overrides[n + 1..].iter().any(|right| {
            left.about.overlaps(&right.about)
                && left.about.specificity() == right.about.specificity()
        }) {
            return Err(wrong(format!(
                "another override is as narrow as \"{}\"",
                left.because
            )));
        }
    }
    let samples = file
        .sample
        .into_iter()
        .map(|sample| Difference {
            scenario: "sample".into(),
            service: sample.service,
            operation: sample.operation,
            place: sample.place,
            kind: sample.kind.unwrap_or(first_kind),
            asker: sample.asker,
            a: sample.a,
            b: sample.b,
            step: "sample".into(),
            rows: vec![],
            repeats: (3, 3),
            evidence: (EvidenceRef::default(), EvidenceRef::default()),
        })
        .collect();
    Ok(Rule {
        id: id.to_owned(),
        title: file.title,
        about,
        forward: file.forward,
        back: file.back,
        costs_data: file.costs_data,
        consumers: file.consumers,
        cause: file.cause,
        explanation: file.explanation.trim().to_owned(),
        references: file.references,
        summary: file.summary,
        witness,
        overrides,
        samples,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::fmt::Write;

    fn rules() -> Rules {
        Rules::embedded().unwrap()
    }

    /// The same difference seen from the other cloud.
    fn mirrored(difference: &Difference) -> Difference {
        Difference {
            kind: difference.kind.mirrored(),
            a: difference.b.clone(),
            b: difference.a.clone(),
            ..difference.clone()
        }
    }

    const MINIMAL: &str = r#"
        title = "t"
        kinds = ["order"]
        forward = "drifts"
        back = "drifts"
        consumers = ["raw"]
        summary = "s"
        explanation = "e"
        [[sample]]
        service = "image"
        operation = "GET /images"
        place = "$.images"
        a = "x"
        b = "y"
    "#;

    #[test]
    fn the_list_of_kinds_is_whole() {
        let schema = serde_json::to_string(&schemars::schema_for!(Kind)).unwrap();
        let named: BTreeSet<_> = Kind::ALL
            .iter()
            .map(|kind| serde_json::to_string(kind).unwrap())
            .collect();
        assert_eq!(named.len(), Kind::ALL.len());
        assert!(named.iter().all(|name| schema.contains(name)));
        // every variant is either a `const` or in an `enum` list of the schema
        let variants = schema.matches("\"const\":").count()
            + schema
                .split("\"enum\":[")
                .skip(1)
                .map(|list| list.split(']').next().unwrap_or("").split(',').count())
                .sum::<usize>();
        assert_eq!(variants, Kind::ALL.len());
    }

    #[test]
    fn every_kind_has_exactly_one_fallback() {
        let rules = rules();
        for kind in Kind::ALL {
            let fallbacks = rules
                .iter()
                .filter(|rule| rule.specificity() == Specificity::FALLBACK)
                .filter(|rule| {
                    rule.about.kinds.contains(&kind) || rule.about.kinds.contains(&kind.mirrored())
                })
                .count();
            assert_eq!(fallbacks, 1, "{kind:?}");
        }
    }

    #[test]
    fn a_missing_fallback_is_a_defect() {
        assert_eq!(
            Rules::read([("only", MINIMAL)]).unwrap_err(),
            RuleError::NoFallback(Kind::AcceptedRefused)
        );
    }

    #[test]
    fn two_equally_narrow_rules_that_can_meet_are_a_defect() {
        let with = |line: &str| MINIMAL.replace("title", &format!("{line}\ntitle"));
        let (left, right) = (with("place = [\"$.a*\"]"), with("place = [\"$.*b\"]"));
        assert_eq!(
            Rules::read([("left", left.as_str()), ("right", right.as_str())]).unwrap_err(),
            RuleError::Ambiguous("left".into(), "right".into())
        );
    }

    #[test]
    fn a_rule_that_fits_both_ways_cannot_hurt_one_way_only() {
        let lopsided = MINIMAL.replace("forward = \"drifts\"", "forward = \"breaks\"");
        let error = Rules::read([("order", lopsided.as_str())]).unwrap_err();
        assert!(error.to_string().contains("both sides"), "{error}");
    }

    #[test]
    fn a_hole_that_nothing_fills_is_a_defect() {
        let text = MINIMAL.replace("\"s\"", "\"{cloud_c}\"");
        let error = Rules::read([("order", text.as_str())]).unwrap_err();
        assert!(error.to_string().contains("{cloud_c}"), "{error}");
    }

    #[test]
    fn every_rule_wins_its_own_samples() {
        let rules = rules();
        for rule in rules.iter() {
            for sample in &rule.samples {
                let verdict = rules.judge(sample).unwrap();
                assert_eq!(verdict.rule.id, rule.id, "{sample:?}");
            }
        }
    }

    #[test]
    fn from_the_other_side_the_rule_is_the_same_and_the_impacts_are_swapped() {
        let rules = rules();
        for sample in rules.iter().flat_map(|rule| &rule.samples) {
            let here = rules.judge(sample).unwrap();
            let other = mirrored(sample);
            let there = rules.judge(&other).unwrap();
            assert_eq!(here.rule.id, there.rule.id, "{sample:?}");
            assert_eq!(
                (here.forward, here.back),
                (there.back, there.forward),
                "{sample:?}"
            );
        }
    }

    #[test]
    fn which_rule_wins_each_sample() {
        let rules = rules();
        let mut table = String::new();
        for rule in rules.iter() {
            for sample in &rule.samples {
                let verdict = rules.judge(sample).unwrap();
                let others: Vec<_> = rules
                    .iter()
                    .filter(|other| other.id != verdict.rule.id && other.fits(sample).is_some())
                    .map(|other| other.id.as_str())
                    .collect();
                let _ = writeln!(
                    table,
                    "{:<28} {:?}/{:?}, not {others:?}: {} {} {}: {} | {}",
                    verdict.rule.id,
                    verdict.forward,
                    verdict.back,
                    sample.service,
                    sample.operation,
                    sample.place,
                    sample.a,
                    sample.b,
                );
            }
        }
        insta::assert_snapshot!(table);
    }

    #[test]
    fn every_rule_says_enough() {
        for rule in rules().iter() {
            assert!(!rule.consumers.is_empty(), "{}", rule.id);
            assert!(rule.explanation.len() > 40, "{}", rule.id);
            for reference in &rule.references {
                assert!(
                    reference.starts_with("https://"),
                    "{}: {reference}",
                    rule.id
                );
            }
        }
    }
}
