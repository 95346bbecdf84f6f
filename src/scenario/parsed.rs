//! One file, from text to a checked scenario.

use super::check::{self, OutputUse};
use super::diagnostic::{Problems, SourceFile};
use super::hash;
use super::model::{Realises, Requires, Scenario, ScenarioId, Step};
use super::parse::{self, Draft, StepDraft};
use super::reader::{At, Reader};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A scenario and the places that checks beyond its file point at.
#[derive(Clone, Debug)]
pub(super) struct Parsed {
    pub(super) scenario: Scenario,
    pub(super) file: Arc<SourceFile>,
    /// Every fixture that it, or a realisation of it, uses.
    pub(super) fixtures: Vec<At<ScenarioId>>,
    pub(super) output_uses: Vec<OutputUse>,
    pub(super) words: Vec<(Word, At<String>)>,
}

/// Words whose meaning other modules own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Word {
    /// A resource kind of an undo: `compute.server`.
    Kind,
    /// `compute`
    Service,
    /// Of `requires`: `object-store.slo`.
    Capability,
    /// Of `needs`: `flavor.small`.
    Binding,
    /// Of `on`: `openstack`.
    Family,
}

impl Word {
    pub(super) fn called(self) -> &'static str {
        match self {
            Self::Kind => "a resource kind",
            Self::Service => "a service",
            Self::Capability => "a capability",
            Self::Binding => "a binding",
            Self::Family => "a family of clouds",
        }
    }
}

impl ScenarioId {
    /// Fixtures are made for scenarios and are no behaviours themselves.
    #[must_use]
    pub fn is_fixture(&self) -> bool {
        self.0.starts_with("fixtures/")
    }
}

impl Scenario {
    /// A realisation is known by the hashes of the whole.
    pub(super) fn hand_down_hashes(&mut self) {
        for realisation in self.on.values_mut() {
            realisation.request_hash.clone_from(&self.request_hash);
            realisation.reading_hash.clone_from(&self.reading_hash);
        }
    }

    /// One file by itself: its fixtures are not looked up. `file` is its name for messages.
    pub fn parse(id: ScenarioId, file: &str, text: &str) -> Result<Self, Problems> {
        parse_file(id, file, text, Purpose::Run).map(|parsed| parsed.scenario)
    }

    /// One that ran, as its recording kept it: it is not run again, so what was safe enough then is none of our concern.
    pub fn parse_recorded(id: ScenarioId, file: &str, text: &str) -> Result<Self, Problems> {
        parse_file(id, file, text, Purpose::Read).map(|parsed| parsed.scenario)
    }
}

/// What a scenario is parsed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    Run,
    Read,
}

pub(super) fn parse_file(
    id: ScenarioId,
    file: &str,
    text: &str,
    purpose: Purpose,
) -> Result<Parsed, Problems> {
    let file = Arc::new(SourceFile {
        name: file.to_owned(),
        text: text.to_owned(),
    });
    let mut reader = Reader::new(Arc::clone(&file));
    let draft = parse::read(&mut reader, id.is_fixture());
    let Some(draft) = draft else {
        return Err(broken(reader));
    };
    let mut output_uses = Vec::new();
    for acting in draft.acting() {
        output_uses.extend(check::names(&mut reader, acting));
        if purpose == Purpose::Run {
            check::safety(&mut reader, acting);
        }
    }
    if reader.problems.is_empty() {
        check::meaning(&mut reader, &draft);
    }
    if !reader.problems.is_empty() {
        return Err(broken(reader));
    }
    match lower(id, &file, draft, output_uses) {
        Some(parsed) => Ok(parsed),
        None => Err(broken(reader)),
    }
}

/// What was found; a file that can't be lowered and has no mistake would be a defect of ours, and
/// is said to be one rather than taken for fine.
fn broken(mut reader: Reader) -> Problems {
    if reader.problems.is_empty() {
        reader.wrong(0..0, "could not be read (a defect of interop)", "");
    }
    Problems::of(reader.problems)
}

fn lower(
    id: ScenarioId,
    file: &Arc<SourceFile>,
    draft: Draft,
    output_uses: Vec<OutputUse>,
) -> Option<Parsed> {
    let (mut words, mut fixtures) = (Vec::new(), Vec::new());
    for acting in draft.acting() {
        words.push((Word::Service, acting.service.clone()));
        for step in &acting.steps {
            collect_words(step, &mut words);
        }
        words.extend(acting.needs.iter().map(|n| (Word::Binding, n.clone())));
        let capabilities = acting.capabilities.iter();
        words.extend(capabilities.map(|c| (Word::Capability, c.clone())));
        fixtures.extend(acting.fixtures.iter().map(|mark| At {
            value: mark.fixture.fixture.clone(),
            span: mark.span.clone(),
        }));
    }
    let families = draft.realisations.iter();
    words.extend(families.map(|(family, _)| (Word::Family, family.clone())));
    let mut scenario = scenario(id, file, draft)?;
    let alone = |one: &Scenario| hash::request(one, &BTreeMap::new());
    let of_all = scenario.on.iter().map(|(family, one)| (family, alone(one)));
    scenario.request_hash = if scenario.on.is_empty() {
        alone(&scenario)
    } else {
        hash::request_of_all(&of_all.collect())
    };
    scenario.reading_hash = hash::reading(&scenario);
    scenario.hand_down_hashes();
    Some(Parsed {
        scenario,
        file: Arc::clone(file),
        fixtures,
        output_uses,
        words,
    })
}

/// Without its hashes.
fn scenario(id: ScenarioId, file: &SourceFile, draft: Draft) -> Option<Scenario> {
    let mut on = BTreeMap::new();
    for (family, realisation) in draft.realisations {
        let realises = Realises {
            family: family.value.clone(),
            service: draft.service.value.clone(),
        };
        let realised = Scenario {
            realises: Some(realises),
            ..scenario(id.clone(), file, realisation)?
        };
        on.insert(family.value, realised);
    }
    let steps: Vec<Step> = draft
        .steps
        .into_iter()
        .map(|step| step.lower(""))
        .collect::<Option<_>>()?;
    Some(Scenario {
        id,
        title: draft.about.title,
        why: draft.about.why,
        service: draft.service.value,
        guideline: draft.about.guideline,
        refs: draft.about.refs,
        tags: draft.about.tags,
        needs: draft.needs.into_iter().map(|need| need.value).collect(),
        fixtures: draft.fixtures.iter().map(|m| m.fixture.clone()).collect(),
        requires: with_users(draft.requires, &steps),
        locks: draft.locks,
        hazard: draft.about.hazard,
        steps,
        on,
        realises: None,
        outputs: draft.outputs,
        source: file.text.clone(),
        request_hash: String::new(),
        reading_hash: String::new(),
    })
}

fn collect_words(step: &StepDraft, words: &mut Vec<(Word, At<String>)>) {
    words.extend(step.service.iter().map(|s| (Word::Service, s.clone())));
    words.extend(step.undo_kind.iter().map(|k| (Word::Kind, k.clone())));
    for child in &step.children {
        collect_words(child, words);
    }
}

/// Users that steps speak as are required, said or not.
fn with_users(mut requires: Requires, steps: &[Step]) -> Requires {
    let mut users: BTreeSet<String> = requires.users.into_iter().collect();
    for step in steps {
        for request in step.requests() {
            users.insert(request.user.clone());
        }
    }
    users.remove("main");
    users.remove("anonymous");
    requires.users = users.into_iter().collect();
    requires
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::model::{
        Body, ExceptionKind, NextPage, Source, StatusPattern, StepKind, Version, Want,
    };
    use proptest::prelude::*;
    use serde_json::json;

    const HEAD: &str = "title = 'a'\nwhy = 'b'\nservice = 'compute'\nrefs = ['https://example.org']\nhazard = 'consumes'\n";

    fn parse(text: &str) -> Scenario {
        Scenario::parse(
            ScenarioId("a/b".into()),
            "a/b.toml",
            &format!("{HEAD}{text}"),
        )
        .unwrap_or_else(|problems| panic!("{problems}"))
    }

    fn request(step: &Step) -> &crate::scenario::model::RequestStep {
        match &step.kind {
            StepKind::Request(act) => act,
            other => panic!("{other:?}"),
        }
    }

    const EC2: &str = "title = 'a'\nwhy = 'b'\nservice = 'ec2'\nrefs = ['https://example.org']\nhazard = 'consumes'\n";

    fn ec2(text: &str) -> Result<Scenario, String> {
        let text = format!("{EC2}{text}");
        Scenario::parse(ScenarioId("a/b".into()), "a/b.toml", &text)
            .map_err(|problems| problems.to_string())
    }

    #[test]
    fn one_word_is_an_action_and_its_members_follow_in_the_order_written() {
        let scenario = ec2(
            "[[step]]\nid = 'a'\nrequest = 'DescribeVpcs'\nform = { z = '1', 'Filter.1.Name' = 'tag:Name', a = '{{ name }}' }\n\
             [[step]]\nid = 'b'\nrequest = 'DescribeVpcs'\nversion = '2013-10-15'\n\
             [[step]]\nid = 'c'\nrequest = 'DescribeVpcs'\nversion = ['2013-10-15', 'nonsense']\n\
             [[step]]\nid = 'd'\nrequest = 'GET /?Action=DescribeVpcs'\n",
        );
        let scenario = scenario.unwrap();
        let sent = |step: usize| {
            let request = &request(&scenario.steps[step]).request;
            let Body::Form(members) = &request.body else {
                panic!("{:?}", request.body)
            };
            let members = members
                .iter()
                .map(|(name, value)| format!("{name}={value}"));
            (
                request.method.clone(),
                members.collect::<Vec<_>>().join("&"),
            )
        };
        assert_eq!(
            sent(0),
            (
                "POST".to_owned(),
                "Action=DescribeVpcs&Version=2016-11-15&z=1&Filter.1.Name=tag:Name&a={{ name }}"
                    .to_owned()
            )
        );
        assert_eq!(sent(1).1, "Action=DescribeVpcs&Version=2013-10-15");
        assert_eq!(sent(2).1, "Action=DescribeVpcs&Version={{ row.version }}");
        assert_eq!(scenario.steps[2].each[1].id, "nonsense");
        let wire = &request(&scenario.steps[3]).request;
        assert!(wire.action.is_none() && wire.method == "GET");
    }

    #[test]
    fn an_action_that_is_sent_again_and_again_only_reads() {
        let poll = |action: &str| {
            ec2(&format!(
                "[[step]]\nid = 'a'\npoll = '{action}'\nuntil = {{ status = 200 }}\n"
            ))
        };
        poll("DescribeInstances").unwrap();
        assert!(
            poll("TerminateInstances")
                .unwrap_err()
                .contains("again and again")
        );
        assert!(poll("{{ region }}").is_err());
        assert!(ec2("[[step]]\nid = 'a'\nrequest = 'Describe-Vpcs'\n").is_err());
        assert!(ec2("[[step]]\nid = 'a'\nrequest = 'DescribeVpcs'\njson = 1\n").is_err());
    }

    #[test]
    fn actions_are_safe_by_what_they_do_however_they_are_written() {
        let made = "[[step]]\nid = 'make'\nrequest = 'CreateVolume'\nform = { Size = '1', 'TagSpecification.1.Tag.1.Value' = '{{ name }}' }\n\
                    undo = 'ec2.volume'\ncapture = { volume = '$.CreateVolumeResponse.volumeId' }\n";
        let step = |act: &str| format!("[[step]]\nid = 'act'\n{act}\n");
        let used = step("request = 'DescribeVolumes'\nform = { 'VolumeId.1' = '{{ volume }}' }")
            .replace("act", "use");
        for act in [
            "request = 'DeleteVolume'\nform = { VolumeId = '{{ volume }}' }",
            "request = 'AttachVolume'\nform = { VolumeId = '{{ volume }}', InstanceId = 'i-{{ missing.hex17 }}' }",
            "request = 'CreateTags'\nform = { 'ResourceId.1' = '{{ volume }}', 'Tag.1.Key' = 'a' }",
            "request = 'DescribeVpcs'",
            "request = 'GET /?Action=DescribeVpcs'",
            "request = 'POST /'\nform = { Action = 'DescribeVpcs' }",
            "request = '{{ row.a }}'\neach = [{ id = 'x', a = 'DescribeVpcs' }, { id = 'y', a = 'GetConsoleOutput' }]",
        ] {
            ec2(&format!("{made}{used}{}", step(act))).unwrap_or_else(|e| panic!("{act}: {e}"));
        }
        for (act, says) in [
            (
                "request = 'CreateVolume'\nform = { DryRun = 'true' }",
                "without undo",
            ),
            (
                "request = 'RunInstances'\nundo = 'ec2.instance'",
                "undo could not find",
            ),
            (
                "request = 'DeleteVolume'\nform = { VolumeId = 'vol-1' }",
                "did not make",
            ),
            (
                "request = 'GET /?Action=DeleteVolume&VolumeId=vol-1'",
                "did not make",
            ),
            ("request = 'GET /?Action=RunInstances'", "without undo"),
            (
                "request = 'GET /?{{ row.q }}'\neach = [{ id = 'x', q = 'Action=RunInstances' }]",
                "did not make",
            ),
            (
                "request = 'POST /'\nform = { Action = 'RunInstances' }",
                "without undo",
            ),
            (
                "request = '{{ row.a }}'\neach = [{ id = 'x', a = 'DescribeVpcs' }, { id = 'y', a = 'RunInstances' }]",
                "without undo",
            ),
            (
                "request = 'DescribeVpcs'\nharmless = 'x'",
                "needs no `harmless`",
            ),
        ] {
            let refused = ec2(&format!("{made}{used}{}", step(act)));
            let refused = refused.err().unwrap_or_else(|| panic!("{act} was taken"));
            assert!(refused.contains(says), "{act}: {refused}");
        }
        let foreign = "[[step]]\nid = 'list'\nrequest = 'DescribeVolumes'\ncapture = { other = '$..volumeId' }\n";
        let act = step(
            "request = 'ModifyVolume'\nform = { VolumeId = '{{ other }}', 'X' = '{{ volume }}' }",
        );
        assert!(ec2(&format!("{made}{foreign}{act}")).is_err());
        // what a look at something of ours finds is ours
        let ours = foreign.replace(
            "capture",
            "form = { 'Filter.1.Value.1' = '{{ volume }}' }\ncapture",
        );
        ec2(&format!("{made}{ours}{act}")).unwrap();
    }

    #[test]
    fn a_list_of_versions_becomes_rows() {
        let scenario = parse("[[step]]\nid = 'a'\nrequest = 'GET /'\nversion = ['min', '2.37']\n");
        let step = &scenario.steps[0];
        let ids: Vec<&str> = step.each.iter().map(|row| row.id.as_str()).collect();
        assert_eq!(ids, ["min", "2.37"]);
        assert_eq!(step.each[1].values["version"], json!("2.37"));
        assert_eq!(request(step).request.version, Version::Row);
    }

    #[test]
    fn steps_of_a_group_take_its_versions_unless_they_have_their_own() {
        let scenario = parse(
            "[[step]]\nid = 'g'\nversion = ['min', 'latest']\n\
             [[step.step]]\nid = 'a'\nrequest = 'GET /'\n\
             [[step.step]]\nid = 'b'\nrequest = 'GET /{{ row.version }}'\nversion = '2.1'\n\
             [[step.step]]\nid = 'c'\n[[step.step.step]]\nid = 'd'\nrequest = 'GET /'\n",
        );
        let StepKind::Group(steps) = &scenario.steps[0].kind else {
            panic!("no group");
        };
        assert_eq!(steps[0].id, "g.a");
        assert_eq!(request(&steps[0]).request.version, Version::Row);
        assert_eq!(
            request(&steps[1]).request.version,
            Version::Exact("2.1".into())
        );
        let StepKind::Group(inner) = &steps[2].kind else {
            panic!("no group");
        };
        assert_eq!(inner[0].id, "g.c.d");
        assert_eq!(request(&inner[0]).request.version, Version::Row);
    }

    #[test]
    fn defaults_are_filled_in() {
        let scenario = parse(
            "[[step]]\nid = 'make'\nrequest = 'POST /servers'\njson = { name = '{{ name }}' }\nundo = 'compute.server'\n\
             [[step]]\nid = 'poll'\npoll = 'GET /'\nuntil = { status = 200 }\n\
             [[step]]\nid = 'walk'\npages = 'GET /'\nitems = '$.a'\nnext = { marker = '$.a[-1].id', param = 'marker' }\nservice = 'image'\n",
        );
        let make = request(&scenario.steps[0]);
        let undo = make.undo.as_ref().unwrap();
        assert_eq!(
            (undo.kind.as_str(), undo.name.to_string().as_str()),
            ("compute.server", "{{ name }}")
        );
        assert_eq!((make.deadline, make.request.user.as_str()), (60, "main"));
        assert_eq!(make.request.service, "compute");
        let StepKind::Poll(poll) = &scenario.steps[1].kind else {
            panic!("no poll");
        };
        assert_eq!((poll.deadline, poll.every), (300, 1.0));
        let StepKind::Pages(walk) = &scenario.steps[2].kind else {
            panic!("no walk");
        };
        assert_eq!((walk.most, walk.deadline), (20, 120));
        assert_eq!(walk.request.service, "image");
        assert!(matches!(&walk.next, NextPage::Marker { param, .. } if param == "marker"));
    }

    #[test]
    fn headers_and_members_keep_the_order_written() {
        let scenario = parse(
            "[[step]]\nid = 'a'\nrequest = 'POST /x'\nharmless = 'refused'\n\
             headers = { Z = '1', A = ['2', '3'] }\njson = { z = 1, a = { y = true, b = 1.5 } }\n",
        );
        let sent = &request(&scenario.steps[0]).request;
        let headers: Vec<String> = sent
            .headers
            .iter()
            .map(|(n, v)| format!("{n}: {v}"))
            .collect();
        assert_eq!(headers, ["Z: 1", "A: 2", "A: 3"]);
        let Body::Json(body) = &sent.body else {
            panic!("no JSON");
        };
        assert_eq!(body.to_string(), r#"{"z":1,"a":{"y":true,"b":1.5}}"#);
    }

    #[test]
    fn exceptions_of_the_file_reach_every_step() {
        let scenario = parse(
            "ignore = [{ at = '$.a', because = 'x' }]\n\
             [[step]]\nid = 'a'\nrequest = 'GET /'\nunordered = [{ at = '$.b', because = 'y' }]\n",
        );
        let exceptions = &request(&scenario.steps[0]).reading.exceptions;
        let kinds: Vec<ExceptionKind> = exceptions.iter().map(|e| e.how).collect();
        assert_eq!(kinds, [ExceptionKind::Ignore, ExceptionKind::Unordered]);
    }

    #[test]
    fn a_fixture_reaches_success_unless_it_says_otherwise() {
        let text = "title = 'a'\nservice = 'compute'\n[[step]]\nid = 'a'\nrequest = 'GET /'\n\
                    [[step]]\nid = 'b'\nrequest = 'GET /'\nreach = { status = 404 }\n";
        let fixture = Scenario::parse(ScenarioId("fixtures/a".into()), "a.toml", text).unwrap();
        let reach = |i: usize| request(&fixture.steps[i]).reading.reach.clauses[0].clone();
        assert_eq!(reach(0).at, Source::Status);
        assert_eq!(reach(0).wants, [Want::Status(StatusPattern::Class(2))]);
        assert_eq!(reach(1).wants, [Want::Status(StatusPattern::Exact(404))]);
    }

    #[test]
    fn users_that_steps_speak_as_are_required() {
        let scenario = parse(
            "[[step]]\nid = 'a'\nrequest = 'GET /'\nas = 'alt'\n\
             [[step]]\nid = 'b'\nrequest = 'GET /'\nas = 'anonymous'\n",
        );
        assert_eq!(scenario.requires.users, ["alt"]);
    }

    #[test]
    fn what_this_execution_made_may_be_changed() {
        parse(
            "[[step]]\nid = 'box'\nservice = 'object-store'\nrequest = 'PUT /{{ name }}'\nundo = 'object-store.container'\n\
             [[step]]\nid = 'again'\nrequest = 'PUT /{{ name }}'\n\
             [[step]]\nid = 'object'\nrequest = 'PUT /{{ name }}/{{ name.b }}'\nbytes = 10\n\
             [[step]]\nid = 'copy'\nrequest = 'COPY /{{ name }}/{{ name.b }}'\n\
             [[step]]\nid = 'meta'\nrequest = 'POST /{{ name }}'\n\
             [[step]]\nid = 'wrong'\nrequest = 'DELETE /{{ row.value }}'\neach = [{ id = 'a', value = '{{ missing.name }}' }, { id = 'b', value = '{{ name }}' }]\n\
             [[step]]\nid = 'encoded'\nrequest = 'PUT /{{ encode(row.value) }}'\neach = [{ id = 'wide', value = '{{ unicode(20) }}' }]\nundo = { kind = 'object-store.container', name = '{{ row.value }}' }\n\
             [[step]]\nid = 'find'\nrequest = 'GET /?prefix={{ name }}'\ncapture = { found = '$[0].name' }\n\
             [[step]]\nid = 'delete'\nrequest = 'DELETE /{{ found }}'\n",
        );
    }

    /// Some text of the built-in suite, with a part cut out or put in elsewhere.
    fn damaged() -> impl Strategy<Value = String> {
        let suite = crate::scenario::Suite::builtin().unwrap();
        let sources: Vec<String> = suite
            .scenarios()
            .chain(suite.fixtures())
            .map(|s| s.source.clone())
            .collect();
        let cut = (
            any::<prop::sample::Index>(),
            0usize..30,
            any::<prop::sample::Index>(),
        );
        (
            prop::sample::select(sources),
            prop::collection::vec(cut, 1..4),
        )
            .prop_map(|(source, cuts)| {
                let mut characters: Vec<char> = source.chars().collect();
                for (from, length, to) in cuts {
                    let from = from.index(characters.len());
                    let end = (from + length).min(characters.len());
                    let piece: Vec<char> = characters.drain(from..end).collect();
                    let to = to.index(characters.len() + 1);
                    characters.splice(to..to, piece);
                }
                characters.into_iter().collect()
            })
    }

    proptest! {
        #[test]
        fn a_damaged_file_gives_a_scenario_or_mistakes_inside_the_file(text in damaged()) {
            for id in ["a/b", "fixtures/a"] {
                if let Err(problems) = Scenario::parse(ScenarioId(id.into()), "a.toml", &text) {
                    for problem in problems.list() {
                        prop_assert!(text.get(problem.span.clone()).is_some());
                        prop_assert!(!problem.title.contains("defect"), "{}", problem.title);
                        prop_assert!(!problem.render(crate::scenario::Paint::Plain).is_empty());
                    }
                }
            }
        }
    }
}
