//! How two labels of one place disagree, and what each side is shown as.

use super::model::Kind;
use super::noise::{self, Class};
use crate::observe::{Held, Label, Part, Place};

/// The order of those items that both lists have equally often; that others are there is said elsewhere.
fn common_order(a: &str, b: &str) -> (String, String) {
    let (in_a, in_b): (Vec<&str>, Vec<&str>) = (a.split(", ").collect(), b.split(", ").collect());
    let count = |list: &[&str], item: &str| list.iter().filter(|other| **other == item).count();
    let kept = |list: &[&str]| {
        let mut kept = list.to_vec();
        kept.retain(|item| count(&in_a, item) == count(&in_b, item));
        kept.join(", ")
    };
    (kept(&in_a), kept(&in_b))
}

/// How two labels disagree, and what each side is shown as.
pub(super) fn disagree(place: &Place, a: &Label, b: &Label) -> Option<(Kind, String, String)> {
    let is_order = place.part == Part::Body && place.path.ends_with("#order");
    match (a.held(), b.held()) {
        // a list of one has no order
        (Held::Never, _) | (_, Held::Never) if is_order => None,
        (Held::Always(in_a), Held::Always(in_b)) if is_order => {
            let (in_a, in_b) = common_order(in_a, in_b);
            let same = in_a == in_b || !a.origins.is_disjoint(&b.origins);
            (!same).then_some((Kind::Order, in_a, in_b))
        }
        (Held::Never, Held::Never) => None,
        (Held::Always(in_a), Held::Always(in_b)) => {
            let class = |label: &Label| label.classes.keys().next().cloned().unwrap_or_default();
            let same_type = json_type(&class(a)) == json_type(&class(b));
            if same_type && (in_a == in_b || !a.origins.is_disjoint(&b.origins)) {
                return None;
            }
            let kind = kind(place, (in_a, &class(a)), (in_b, &class(b)));
            Some((kind, in_a.to_owned(), in_b.to_owned()))
        }
        (Held::Always(value), Held::Never) => {
            Some((gone(place), value.to_owned(), "absent".to_owned()))
        }
        (Held::Never, Held::Always(value)) => Some((
            gone(place).mirrored(),
            "absent".to_owned(),
            value.to_owned(),
        )),
        (Held::Mixed { class: Some(class) }, Held::Never) => {
            Some((gone(place), format!("‹{class}›"), "absent".to_owned()))
        }
        (Held::Never, Held::Mixed { class: Some(class) }) => Some((
            gone(place).mirrored(),
            "absent".to_owned(),
            format!("‹{class}›"),
        )),
        (Held::Always(sent), Held::Mixed { .. }) if echoes(sent) && is_no_echo(b) => {
            let kind = echo_kind(place, (sent, only_class(a)), ("", only_class(b)));
            Some((kind, sent.to_owned(), ELSE.to_owned()))
        }
        (Held::Mixed { .. }, Held::Always(sent)) if echoes(sent) && is_no_echo(a) => {
            let kind = echo_kind(place, ("", only_class(a)), (sent, only_class(b)));
            Some((kind, ELSE.to_owned(), sent.to_owned()))
        }
        (held_a, held_b) => {
            let class = |held: &Held<'_>, label: &Label| match held {
                Held::Always(_) => label.classes.keys().next().cloned(),
                Held::Mixed { class } => class.map(str::to_owned),
                Held::Never => None,
            };
            let (class_a, class_b) = (class(&held_a, a)?, class(&held_b, b)?);
            classes_disagree(place, (a, &class_a), (b, &class_b))
        }
    }
}

/// What stands where something that was sent came back as something else, in each repeat another.
const ELSE: &str = "what was not sent";

/// The kind of a difference where only one cloud says what was sent.
fn echo_kind(place: &Place, a: (&str, &str), b: (&str, &str)) -> Kind {
    match kind(place, a, b) {
        Kind::Value => Kind::Echo,
        other => other,
    }
}

/// The class of a label that has one.
fn only_class(label: &Label) -> &str {
    match label.classes.len() {
        1 => label.classes.keys().next().map_or("", String::as_str),
        _ => "string",
    }
}

/// Whether a value holds what the client made up.
fn echoes(value: &str) -> bool {
    ["‹name.", "‹text(", "‹unicode(", "‹nonce›"]
        .iter()
        .any(|symbol| value.contains(symbol))
}

/// Whether what the client made up came back in no repeat, though something did in each.
fn is_no_echo(label: &Label) -> bool {
    let present: u32 = label.values.values().sum();
    present == label.answered && !label.values.keys().any(|value| echoes(value))
}

/// The same of labels whose values say nothing.
fn classes_disagree(
    place: &Place,
    (a, class_a): (&Label, &str),
    (b, class_b): (&Label, &str),
) -> Option<(Kind, String, String)> {
    if class_a == class_b || !a.origins.is_disjoint(&b.origins) || same_but_noise(class_a, class_b)
    {
        return None;
    }
    let kind = match kind(place, ("", class_a), (" ", class_b)) {
        // of values that vary the form is all there is
        Kind::Value if specific(class_a) || specific(class_b) => Kind::Format,
        kind => kind,
    };
    Some((kind, format!("‹{class_a}›"), format!("‹{class_b}›")))
}

/// How two labels disagree of which one is known to be noise: in class, or in being there where that is not what varies.
pub(super) fn unlike_in_class(
    place: &Place,
    (a, b): (&Label, &Label),
    comes_and_goes: bool,
) -> Option<(Kind, String, String)> {
    let is_order = place.part == Part::Body && place.path.ends_with("#order");
    let absent = || "absent".to_owned();
    match (
        noise::class(a, comes_and_goes),
        noise::class(b, comes_and_goes),
    ) {
        (Class::Is(in_a), Class::Is(in_b)) => classes_disagree(place, (a, in_a), (b, in_b)),
        (Class::Is(_), Class::Never) | (Class::Never, Class::Is(_))
            if comes_and_goes || is_order =>
        {
            None
        }
        (Class::Is(class), Class::Never) => Some((gone(place), format!("‹{class}›"), absent())),
        (Class::Never, Class::Is(class)) => {
            Some((gone(place).mirrored(), absent(), format!("‹{class}›")))
        }
        _ => None,
    }
}

/// Classes that two draws of one random value may have: `word` and `opaque`. What is always of a form of its own on one
/// cloud (a uuid, a time) and never on the other is not one random value.
fn same_but_noise(a: &str, b: &str) -> bool {
    let is_vague = |class: &str| class.starts_with("string") && !specific(class);
    is_vague(a) && is_vague(b)
}

fn gone(place: &Place) -> Kind {
    match place.part {
        Part::Header => Kind::HeaderRemoved,
        Part::Error if place.path == "message" => Kind::ErrorMessage,
        Part::Error if place.path == "code" => Kind::ErrorCode,
        Part::Error => Kind::ErrorEnvelope,
        Part::Malformed => Kind::Malformed,
        Part::Pages => Kind::Paging,
        Part::Limit => Kind::Limit,
        Part::Race => Kind::Race,
        Part::Derived | Part::Named => Kind::Derived,
        Part::Status if !place.path.is_empty() => Kind::Value,
        Part::Wire | Part::Status => Kind::Wire,
        Part::End => Kind::Deadline,
        Part::States => Kind::States,
        Part::Body if place.path.ends_with("#order") => Kind::Order,
        Part::Body if counts_items(&place.path) => Kind::Items,
        Part::Body => Kind::FieldRemoved,
    }
}

/// Whether a place is a measure of a list (`#own`), and not the text beside attributes in XML (`['#text']`).
fn counts_items(path: &str) -> bool {
    path.replace("['#text']", "").contains('#')
}

fn kind(place: &Place, (value_a, class_a): (&str, &str), (value_b, class_b): (&str, &str)) -> Kind {
    match place.part {
        Part::Wire => Kind::Wire,
        Part::End => Kind::Deadline,
        Part::Status if !place.path.is_empty() => Kind::Value,
        Part::Status => status_kind(value_a, value_b),
        Part::Malformed => Kind::Malformed,
        Part::Error if place.path == "code" => Kind::ErrorCode,
        Part::Error if place.path == "message" => Kind::ErrorMessage,
        Part::Error => Kind::ErrorEnvelope,
        Part::States => Kind::States,
        Part::Pages if place.path == STATUSES => walk_kind(value_a, value_b),
        Part::Pages => Kind::Paging,
        Part::Limit => Kind::Limit,
        Part::Race => Kind::Race,
        Part::Named => named_kind((value_a, class_a), (value_b, class_b)),
        Part::Derived => Kind::Derived,
        Part::Header => {
            if class_a == class_b || !(specific(class_a) && specific(class_b)) {
                Kind::HeaderValue
            } else {
                Kind::Format
            }
        }
        Part::Body => body_kind(&place.path, (value_a, class_a), (value_b, class_b)),
    }
}

/// By what kind of observation has the name.
fn named_kind((value_a, class_a): (&str, &str), (value_b, class_b): (&str, &str)) -> Kind {
    const ACCEPTED: &str = "outcome accepted";
    const REFUSED: &str = "outcome refused";
    match (class_a, class_b) {
        (ACCEPTED, REFUSED) => Kind::AcceptedRefused,
        (REFUSED, ACCEPTED) => Kind::RefusedAccepted,
        (ACCEPTED, ACCEPTED) => Kind::SuccessStatus,
        (REFUSED, REFUSED) if (value_a == "failed") != (value_b == "failed") => Kind::ServerError,
        (REFUSED, REFUSED) => Kind::ErrorStatus,
        _ if class_a.ends_with("limit") => Kind::Limit,
        _ if class_a.ends_with("winners") => Kind::Race,
        _ => Kind::Derived,
    }
}

/// Where the statuses of all pages of a walk are shown, `200 400`.
pub(super) const STATUSES: &str = "statuses";

/// A walk on which a page is refused is a refused one.
fn walk_kind(a: &str, b: &str) -> Kind {
    let worst = |statuses: &str| -> Option<u16> {
        let all = statuses.split(' ').map(|status| status.parse().ok());
        all.max().flatten()
    };
    match (worst(a), worst(b)) {
        (Some(a), Some(b)) => status_kind(&a.to_string(), &b.to_string()),
        _ => Kind::Paging,
    }
}

fn status_kind(a: &str, b: &str) -> Kind {
    let class = |status: &str| status.parse::<u16>().map_or(0, |code| code / 100);
    match (class(a), class(b)) {
        (a, b) if a < 4 && b < 4 => Kind::SuccessStatus,
        (a, b) if a < 4 && b >= 4 => Kind::AcceptedRefused,
        (a, b) if a >= 4 && b < 4 => Kind::RefusedAccepted,
        (a, b) if a != b => Kind::ServerError,
        _ => Kind::ErrorStatus,
    }
}

fn body_kind(
    path: &str,
    (value_a, class_a): (&str, &str),
    (value_b, class_b): (&str, &str),
) -> Kind {
    if path.ends_with("#order") {
        return Kind::Order;
    }
    if counts_items(path) {
        return Kind::Items;
    }
    if path == "body" {
        let stored = |value: &str| value.starts_with("‹md5(body of ");
        match (stored(value_a), stored(value_b)) {
            (true, false) => return Kind::DataLost,
            (false, true) => return Kind::DataKept,
            (true, true) => return Kind::Value,
            (false, false) => {}
        }
    }
    let (type_a, type_b) = (json_type(class_a), json_type(class_b));
    if path == "body" && class_a != class_b {
        return Kind::FieldType;
    }
    if type_a == "null" || type_b == "null" {
        return Kind::FieldNull;
    }
    if type_a != type_b {
        return Kind::FieldType;
    }
    let ours = |value: &str| {
        ["‹name.", "‹upper(", "‹recased(", "‹cut("]
            .iter()
            .any(|start| value.contains(start))
    };
    if ours(value_a) || ours(value_b) {
        return Kind::Echo;
    }
    if class_a != class_b && specific(class_a) && specific(class_b) {
        return Kind::Format;
    }
    if let (Ok(number_a), Ok(number_b)) = (value_a.parse::<f64>(), value_b.parse::<f64>())
        && type_a == "number"
        && (number_a - number_b).abs() < f64::EPSILON
    {
        return Kind::Format;
    }
    Kind::Value
}

/// The first word of a class: `string`, `number`, `null`.
fn json_type(class: &str) -> &str {
    class.split(' ').next().unwrap_or("")
}

/// A class that says more than "some string".
fn specific(class: &str) -> bool {
    !["word", "text", "opaque", "empty", "digits"]
        .iter()
        .any(|vague| class.ends_with(vague))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_that_has_seven_of_ours_in_place_of_eight_is_in_no_other_order() {
        let same = |a: &str, b: &str| {
            let (a, b) = common_order(a, b);
            a == b
        };
        assert!(same("own, own", "own, own, own"));
        assert!(same("a, own, b", "a, b, own, own"));
        assert!(!same("a, own, b", "b, own, a, own"));
        assert!(!same("a, b", "b, a"));
    }
}
