//! Everything that a file makes is taken away again, and nothing else is touched: proven from the
//! text, before any cloud is asked.
//!
//! A request of an unsafe method must have an undo, or say why it needs none, or address something
//! that this execution made (or something that exists nowhere). Creates need an undo, or a reason,
//! whatever they address.

use crate::dialect::query::{self, Act as Does};
use crate::dialect::{names_an_account, names_an_id};
use crate::scenario::model::{
    Argument, Body, Expression, Hazard, Request, RequestStep, Row, StepKind, Template, Undo,
};
use crate::scenario::parse::{Draft, StepDraft};
use crate::scenario::reader::{Reader, Span};
use serde_json::Value;
use std::collections::BTreeSet;

pub(crate) fn safety(reader: &mut Reader, draft: &Draft) {
    let mut check = Safety {
        reader,
        aliases: draft
            .fixtures
            .iter()
            .map(|mark| mark.fixture.alias.as_str())
            .collect(),
        owned: BTreeSet::new(),
        undone: Vec::new(),
        rows: Vec::new(),
        first_undo: None,
    };
    check.steps(&draft.steps);
    if let (Some(span), Hazard::None) = (check.first_undo, draft.about.hazard) {
        let diagnostic = reader
            .mistake(
                span,
                "this makes something, and the file says hazard = \"none\"",
            )
            .label("made here")
            .help("say hazard = \"consumes\" (or what fits better) at the top");
        reader.push(diagnostic);
    }
}

/// A request, and what takes away what it makes.
struct Act<'d> {
    request: &'d Request,
    undo: Option<&'d Undo>,
}

impl<'d> Act<'d> {
    fn of(act: &'d RequestStep) -> Self {
        Self {
            request: &act.request,
            undo: act.undo.as_ref(),
        }
    }
}

/// How a request changes the world, as far as its line shows.
enum Effect {
    Safe,
    /// Makes something new.
    Creates,
    /// Changes or deletes what its path addresses.
    Changes,
}

struct Safety<'r, 'd> {
    reader: &'r mut Reader,
    aliases: BTreeSet<&'d str>,
    /// Captures that name something that this execution made.
    owned: BTreeSet<&'d str>,
    /// Names of things that have an undo by now.
    undone: Vec<Template>,
    /// Rows of the steps around, outermost first.
    rows: Vec<&'d [Row]>,
    first_undo: Option<Span>,
}

impl<'d> Safety<'_, 'd> {
    fn steps(&mut self, steps: &'d [StepDraft]) {
        for step in steps {
            let has_rows = !step.each.is_empty();
            if has_rows {
                self.rows.push(&step.each);
            }
            match &step.kind {
                Some(StepKind::Request(act)) => self.request(step, &Act::of(act)),
                Some(StepKind::Runner(runner)) => self.request(step, &Act::of(&runner.act)),
                Some(StepKind::Boundary(act)) => {
                    let act = Act {
                        request: &act.request,
                        undo: act.undo.as_ref(),
                    };
                    self.request(step, &act);
                    self.told_apart(step, &act);
                }
                Some(StepKind::Poll(act)) => self.read(&act.request, step),
                Some(StepKind::Pages(act)) => self.read(&act.request, step),
                Some(StepKind::Read(act)) => self.read(&act.request, step),
                Some(StepKind::Group(_) | StepKind::Consistency(_)) => self.steps(&step.children),
                Some(StepKind::Race(_) | StepKind::During(_)) => self.at_once(&step.children),
                // What could not be read may well have made what it captures.
                None => self.own_captures(step),
            }
            if has_rows {
                self.rows.pop();
            }
        }
    }

    /// None of these can rely on what another of them makes: whichever is served first may be the one that makes it.
    fn at_once(&mut self, steps: &'d [StepDraft]) {
        let (owned, undone) = (self.owned.clone(), self.undone.clone());
        let (mut all_owned, mut all_undone) = (owned.clone(), undone.clone());
        for step in steps {
            self.owned.clone_from(&owned);
            self.undone.clone_from(&undone);
            self.steps(std::slice::from_ref(step));
            all_owned.extend(&self.owned);
            all_undone.append(&mut self.undone);
        }
        self.owned = all_owned;
        self.undone = all_undone;
    }

    /// What a probe of a search makes is looked for by a name that nobody else could have given.
    fn told_apart(&mut self, step: &StepDraft, act: &Act<'_>) {
        let Some(undo) = act.undo else { return };
        let unguessable = undo.name.holes().any(|hole| {
            hole.paths().iter().any(|path| {
                path.first()
                    .is_some_and(|word| word == "name" || word == "nonce")
            })
        });
        if unguessable || undo.id.is_some() {
            return;
        }
        let span = step.undo.clone().unwrap_or_else(|| step.request.clone());
        let diagnostic = self
            .reader
            .mistake(span, "undo could take away what somebody else made")
            .label(format!("looks for {}, whoever made it", undo.name))
            .help("{{ pad(name, len) }} is a name of this execution in that length");
        self.reader.push(diagnostic);
    }

    /// A read of something owned captures things that belong to it.
    fn read(&mut self, request: &Request, step: &'d StepDraft) {
        let pieces = request.target.split(|c| matches!(c, '/' | '?' | '&' | '='));
        let mut sent = members(request).unwrap_or_default().into_iter();
        if pieces.iter().any(|piece| self.is_owned(piece))
            || sent.any(|(_, value)| self.is_owned(&value))
        {
            self.own_captures(step);
        }
    }

    fn own_captures(&mut self, step: &'d StepDraft) {
        self.owned
            .extend(step.captures.iter().map(|c| c.value.as_str()));
    }

    fn request(&mut self, step: &'d StepDraft, act: &Act<'d>) {
        let effect = self.effect(act.request);
        if let Effect::Safe = effect {
            for (span, what) in [(&step.undo, "undo"), (&step.harmless, "harmless")] {
                if let Some(span) = span {
                    self.reader.wrong(
                        span.clone(),
                        format!("a {} needs no `{what}`", called(act.request)),
                        "it changes nothing",
                    );
                }
            }
            self.read(act.request, step);
            return;
        }
        if let (Some(undo), Some(harmless)) = (&step.undo, &step.harmless) {
            let diagnostic = self
                .reader
                .mistake(
                    harmless.clone(),
                    "a step with an undo that says it needs none",
                )
                .label("expected only one of them")
                .also(undo.clone(), "the undo");
            self.reader.push(diagnostic);
        }
        // Where the key is there and its value is wrong, that was said already.
        if step.undo.is_some() {
            self.first_undo.get_or_insert(step.request.clone());
            if let Some(undo) = act.undo {
                self.findable(step, act.request, undo);
                self.undone.push(undo.name.clone());
            }
        } else if puts_bucket(act.request) && self.is_new_bucket(act.request) {
            self.lacks_undo(step, &act.request.method);
        } else if step.harmless.is_none() {
            match effect {
                Effect::Creates => self.lacks_undo(step, &called(act.request)),
                _ if !self.addresses_owned(act.request) => {
                    self.not_ours(step, act.request);
                }
                _ => {}
            }
        }
        self.own_captures(step);
    }

    fn lacks_undo(&mut self, step: &StepDraft, method: &str) {
        let diagnostic = self
            .reader
            .mistake(
                step.request.clone(),
                format!("a {method} that makes something, without undo"),
            )
            .label(match step.harmless {
                Some(_) => "expected `undo`: some servers make a bucket that isn't there, whatever is asked for",
                None => "expected `undo` or `harmless`",
            })
            .help(
                "undo = \"compute.server\" says how it is found and removed; \
                 harmless = \"…\" says in words why nothing is left",
            );
        self.reader.push(diagnostic);
    }

    fn not_ours(&mut self, step: &StepDraft, request: &Request) {
        let method = called(request);
        let expected = match request.action {
            Some(_) => {
                "expected ids from a step that makes it, from a fixture, or with {{ missing.… }}, and no other ids"
            }
            None => {
                "expected a path with a capture of a step that makes it, a fixture's output, or {{ missing.… }}"
            }
        };
        let diagnostic = self
            .reader
            .mistake(
                step.request.clone(),
                format!("a {method} on something that this scenario did not make"),
            )
            .label(expected)
            .help("harmless = \"…\" says in words why nothing is changed");
        self.reader.push(diagnostic);
    }

    /// Undo looks for the exact name: the request must send it, whole. Where the answer tells the id, it must at least send no
    /// other: the answer may be lost.
    fn findable(&mut self, step: &StepDraft, request: &Request, undo: &Undo) {
        let mut rows = self.rows.iter().flat_map(|rows| rows.iter());
        let in_a_row = rows.any(|row| row.values.values().any(|v| json_sends(v, &undo.name)));
        let sent = sends(request, &undo.name) || in_a_row;
        let other = self.other_name(request, undo);
        if other.is_none() && (sent || undo.id.is_some()) {
            return;
        }
        let span = step.undo.clone().unwrap_or_else(|| step.request.clone());
        let what = match other {
            Some(other) => format!("the request names it {other}"),
            None => "the request never sends that name".to_owned(),
        };
        let diagnostic = self
            .reader
            .mistake(span, "undo could not find what this makes")
            .label(format!("looks for the name {}", undo.name))
            .also(step.request.clone(), what)
            .help(
                "undo = { kind = \"…\", name = \"…\" } says which name it gets; of a thing without a \
                 name, undo = { kind = \"…\", id = \"$.…\" } says where its id is",
            );
        self.reader.push(diagnostic);
    }

    /// A name of this execution that the request, or a row of it, gives to a thing where it doesn't send the one that undo
    /// looks for.
    fn other_name(&self, request: &Request, undo: &Undo) -> Option<Template> {
        let mut written = Vec::new();
        match &request.body {
            Body::Json(value) => names_in(value, &mut written),
            Body::Form(fields) => {
                let named = fields.iter().filter(|(member, _)| member.ends_with("Name"));
                written.extend(named.map(|(_, value)| value.clone()));
            }
            _ => {}
        }
        if written.contains(&undo.name) {
            return None;
        }
        let rows = self.rows.iter().flat_map(|rows| rows.iter());
        let silent = rows.filter(|row| !row.values.values().any(|v| json_sends(v, &undo.name)));
        let mut given = Vec::new();
        for row in silent {
            for (value, held) in &row.values {
                names_in(held, &mut given);
                let of_row = |name: &Template| name.to_string() == format!("{{{{ row.{value} }}}}");
                if written.iter().any(of_row) {
                    given.extend(held.as_str().and_then(|text| Template::parse(text).ok()));
                }
            }
        }
        let is_ours = |name: &Template| {
            let mut variables = name.variables().into_iter();
            variables.any(|variable| variable == "name" || variable.starts_with("name."))
        };
        let mut all = written.into_iter().chain(given);
        all.find(is_ours)
    }

    /// What an action does; where rows say which one it is, the worst of them.
    fn effect_of_action(&self, action: &Template) -> Effect {
        let named = match action.single_hole() {
            Some(Expression::Variable(path)) if path.len() == 2 && path[0] == "row" => {
                self.row_texts(&path[1])
            }
            _ => vec![action.to_string()],
        };
        let acts: Vec<Does> = named.iter().map(|name| query::act(name)).collect();
        if acts.contains(&Does::Creates) {
            Effect::Creates
        } else if acts.is_empty() || acts.iter().any(|act| *act != Does::Reads) {
            Effect::Changes
        } else {
            Effect::Safe
        }
    }

    /// What the innermost rows that have this value hold there.
    fn row_texts(&self, value: &str) -> Vec<String> {
        let mut levels = self.rows.iter().rev();
        let level = levels.find(|rows| rows.iter().any(|row| row.values.contains_key(value)));
        let texts = level.into_iter().flat_map(|rows| rows.iter()).map(|row| {
            let text = row.values.get(value).and_then(Value::as_str);
            text.unwrap_or_default().to_owned()
        });
        texts.collect()
    }

    fn effect(&self, request: &Request) -> Effect {
        if query::version(&request.service).is_some() {
            match action(request) {
                Some(action) => return self.effect_of_action(&action),
                // it may stand in what is filled in
                None if request.target.holes().next().is_some() => return Effect::Changes,
                None => {}
            }
        }
        let pieces = path(request);
        let Some((last, before)) = pieces.split_last() else {
            return match request.method.as_str() {
                "GET" | "HEAD" | "OPTIONS" | "TRACE" | "PROPFIND" => Effect::Safe,
                _ => Effect::Changes,
            };
        };
        let parent_owned = before.iter().any(|piece| self.is_owned(piece));
        match request.method.as_str() {
            "GET" | "HEAD" | "OPTIONS" | "TRACE" | "PROPFIND" => Effect::Safe,
            "POST" if last.holes().next().is_none() => {
                // Below something of ours, a plural is a collection and everything else a verb:
                // `/servers/{{ server }}/os-volume_attachments`, `/servers/{{ server }}/action`.
                if parent_owned && !last.to_string().ends_with('s') {
                    Effect::Changes
                } else {
                    Effect::Creates
                }
            }
            "PUT" if names_something(last) && !parent_owned && !self.was_undone(last) => {
                Effect::Creates
            }
            "PUT" if self.is_new_bucket(request) => Effect::Creates,
            _ => Effect::Changes,
        }
    }

    /// The path leads to or through a bucket that is nowhere: some servers make it.
    fn is_new_bucket(&self, request: &Request) -> bool {
        let pieces = path(request);
        let Some(bucket) = pieces.first().filter(|_| request.service == "s3") else {
            return false;
        };
        !self.was_undone(bucket) && (names_missing(bucket) || self.rows_name_missing(bucket))
    }

    fn rows_name_missing(&self, piece: &Template) -> bool {
        let rows = || self.rows.iter().flat_map(|rows| rows.iter());
        let mut values = piece
            .holes()
            .flat_map(Expression::paths)
            .filter_map(|path| {
                let [row, value] = path else { return None };
                (row == "row").then_some(value)
            });
        values.any(|value| {
            let mut texts = rows().filter_map(|row| row.values.get(value)?.as_str());
            texts.any(|text| Template::parse(text).is_ok_and(|template| names_missing(&template)))
        })
    }

    /// A thing of this name has an undo already: a second PUT changes it.
    fn was_undone(&self, piece: &Template) -> bool {
        self.undone.iter().any(|name| is_name(piece, name))
    }

    fn addresses_owned(&self, request: &Request) -> bool {
        let Some(members) = members(request) else {
            return path(request).iter().any(|piece| self.is_owned(piece));
        };
        // a member that names something of somebody else's would change that, too
        let foreign = |(name, value): &&(String, Template)| {
            names_a_thing(name) && value.holes().next().is_some() && !self.is_owned(value)
        };
        members.iter().any(|(_, value)| self.is_owned(value))
            && !members.iter().any(|m| foreign(&m))
    }

    fn is_owned(&self, piece: &Template) -> bool {
        piece.holes().any(|hole| match hole {
            Expression::Variable(path) => self.owns(path),
            Expression::Call {
                function,
                arguments,
            } => {
                matches!(function.as_str(), "encode" | "lower" | "upper" | "int")
                    && arguments.iter().any(|argument| match argument {
                        Argument::Variable(path) => self.owns(path),
                        Argument::Number(_) | Argument::Text(_) => false,
                    })
            }
        })
    }

    fn owns(&self, path: &[String]) -> bool {
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        match path.as_slice() {
            ["missing", _] => true,
            ["row", value] => self.row_is_owned(value),
            ["name"] | ["name", _] => self.undone.iter().any(|name| {
                name.holes().any(|hole| {
                    hole.paths()
                        .iter()
                        .any(|p| p.iter().map(String::as_str).eq(path.iter().copied()))
                })
            }),
            [alias, _] => self.aliases.contains(alias),
            [capture] => self.owned.contains(capture),
            _ => false,
        }
    }

    /// Every row must hold something of ours.
    fn row_is_owned(&self, value: &str) -> bool {
        let level = self
            .rows
            .iter()
            .rev()
            .find(|rows| rows.iter().any(|row| row.values.contains_key(value)));
        level.is_some_and(|rows| {
            rows.iter().all(|row| {
                let text = row.values.get(value).and_then(Value::as_str);
                text.and_then(|text| Template::parse(text).ok())
                    // A row that reads a row would lead here again.
                    .filter(|t| t.variables().iter().all(|name| !name.starts_with("row.")))
                    .is_some_and(|template| self.is_owned(&template))
            })
        })
    }
}

/// What a request is called in messages.
fn called(request: &Request) -> String {
    let action = request.action.as_ref();
    action.map_or_else(|| request.method.clone(), ToString::to_string)
}

/// The members of a request in the Query protocol, as it is written.
fn members(request: &Request) -> Option<Vec<(String, Template)>> {
    query::version(&request.service)?;
    let mut all = Vec::new();
    let parts = request.target.split(|c| matches!(c, '?' | '&'));
    for pair in parts.iter().skip(1) {
        let mut sides = pair.split(|c| c == '=').into_iter();
        let name = sides.next().unwrap_or_default().to_string();
        all.push((name, sides.next().unwrap_or_default()));
    }
    if let Body::Form(members) = &request.body {
        all.extend(members.iter().cloned());
    }
    Some(all)
}

/// The action of a request in the Query protocol, however it is written.
fn action(request: &Request) -> Option<Template> {
    let mut members = members(request)?.into_iter();
    let named = members.find(|(name, _)| name == "Action");
    named.map(|(_, action)| action)
}

/// Whether a member holds the id of something: `VolumeId`, `InstanceId.1`, `GroupName`. An account is nothing that is
/// changed.
fn names_a_thing(member: &str) -> bool {
    let name = member.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    let last = name.rsplit('.').next().unwrap_or(name);
    (names_an_id(last) && !names_an_account(last))
        || matches!(last, "GroupName" | "KeyName" | "PublicIp")
}

/// The segments of the path, without empty ones and without the query.
fn path(request: &Request) -> Vec<Template> {
    let without_query = request.target.split(|c| c == '?');
    without_query
        .first()
        .map(|path| path.split(|c| c == '/'))
        .unwrap_or_default()
        .into_iter()
        .filter(|piece| !piece.parts.is_empty())
        .collect()
}

/// Whether the bucket itself is addressed, and not what is in it.
fn puts_bucket(request: &Request) -> bool {
    request.service == "s3" && request.method == "PUT" && path(request).len() == 1
}

/// Whether the segment holds a name of what is nowhere.
fn names_missing(piece: &Template) -> bool {
    let mut paths = piece.holes().flat_map(Expression::paths);
    paths.any(|path| path.first().is_some_and(|word| word == "missing"))
}

/// Whether the segment is a name of this execution, so that a PUT of it makes the thing.
fn names_something(piece: &Template) -> bool {
    piece.holes().flat_map(Expression::paths).any(|path| {
        let words: Vec<&str> = path.iter().map(String::as_str).collect();
        matches!(
            words.as_slice(),
            ["name", ..] | ["missing", "name"] | ["row", _] | ["nonce"]
        )
    })
}

/// Whether the request sends this text whole: a path or query segment, a header, a value in the body.
fn sends(request: &Request, name: &Template) -> bool {
    let target = request.target.split(|c| matches!(c, '/' | '?' | '&' | '='));
    let in_body = match &request.body {
        Body::Json(value) => json_sends(value, name),
        Body::Form(fields) => fields.iter().any(|(_, value)| value == name),
        Body::Text(text) | Body::Xml(text) => text.to_string().contains(&name.to_string()),
        Body::Multipart(parts) => parts.iter().any(|part| part.content == *name),
        Body::Empty | Body::Bytes(_) => false,
    };
    in_body
        || target.iter().any(|piece| is_name(piece, name))
        || request.headers.iter().any(|(_, value)| value == name)
}

/// `{{ name }}`, or `{{ encode(name) }}`, which is how a name goes into a path.
fn is_name(piece: &Template, name: &Template) -> bool {
    if piece == name {
        return true;
    }
    match (piece.single_hole(), name.single_hole()) {
        (
            Some(Expression::Call {
                function,
                arguments,
            }),
            Some(Expression::Variable(path)),
        ) => function == "encode" && *arguments == [Argument::Variable(path.clone())],
        _ => false,
    }
}

/// Texts at members called `name`.
fn names_in(value: &Value, into: &mut Vec<Template>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| names_in(item, into)),
        Value::Object(members) => {
            for (member, value) in members {
                match value {
                    Value::String(text) if member == "name" => into.extend(Template::parse(text)),
                    _ => names_in(value, into),
                }
            }
        }
        _ => {}
    }
}

fn json_sends(value: &Value, name: &Template) -> bool {
    match value {
        Value::String(text) => Template::parse(text).is_ok_and(|t| t == *name),
        Value::Array(items) => items.iter().any(|item| json_sends(item, name)),
        Value::Object(members) => members.values().any(|member| json_sends(member, name)),
        _ => false,
    }
}
