//! Values computed from places of one answer.

use super::answer::{Reader, plain};
use super::execution::answer_parts;
use super::symbols::Rendered;
use crate::recording::{Answer, Mark};
use crate::scenario::{Derive, DeriveFunction, Source};
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

pub fn derive(wanted: &Derive, answer: &Answer, reader: &Reader<'_>) -> Rendered {
    let view = answer_parts(answer);
    let read = |source: &Source| source.read(&view);
    let arguments: Vec<Vec<Value>> = wanted.arguments.iter().map(read).collect();
    let first = arguments.first().map(Vec::as_slice).unwrap_or_default();
    let number = |value: f64| {
        // within its tolerance every value is shown as the same
        if wanted.tolerance > 0.0 {
            let step = wanted.tolerance * 2.0;
            plain(
                &format!("{} ± {}", (value / step).round() * step, wanted.tolerance),
                "number",
            )
            .value
        } else {
            plain(&format!("{value}"), "number").value
        }
    };
    let nothing = || plain("absent", "absent").value;
    #[expect(
        clippy::cast_precision_loss,
        reason = "counts and lengths are far below 2^52"
    )]
    match wanted.function {
        DeriveFunction::Seconds => {
            let at = |values: &[Value]| values.first().and_then(Value::as_str).and_then(seconds);
            match (at(first), arguments.get(1).and_then(|v| at(v))) {
                (Some(from), Some(to)) => number(to - from),
                _ => nothing(),
            }
        }
        DeriveFunction::Count => number(first.len() as f64),
        DeriveFunction::CountOwn => {
            let own = first.iter().filter_map(Value::as_str);
            number(
                own.filter(|text| reader.symbols.is_ours(text) || reader.own.contains(*text))
                    .count() as f64,
            )
        }
        DeriveFunction::Sum => {
            // XML has no numbers but in text
            let value = |value: &Value| value.as_f64().or_else(|| value.as_str()?.parse().ok());
            number(first.iter().filter_map(value).sum())
        }
        // of what is no text the bytes count
        DeriveFunction::Length
            if wanted.arguments.first() == Some(&Source::Text) && answer.body.text.is_none() =>
        {
            number(answer.body.length as f64)
        }
        DeriveFunction::Length => match first.first() {
            Some(Value::String(text)) => number(length(text) as f64),
            Some(Value::Array(items)) => number(items.len() as f64),
            _ => nothing(),
        },
        DeriveFunction::Order => plain(order(first), "order").value,
        DeriveFunction::Equal => match arguments.get(1) {
            Some(second) if !first.is_empty() && !second.is_empty() => {
                plain(
                    if first == second.as_slice() {
                        "equal"
                    } else {
                        "not equal"
                    },
                    "equal",
                )
                .value
            }
            _ => nothing(),
        },
    }
}

/// Characters of a text, with those of its secrets as they came and not those of the marks that stand for them.
fn length(text: &str) -> usize {
    let marks = Mark::find_all(text);
    let (kept, stood): (usize, usize) =
        marks.iter().fold((0, 0), |(kept, stood), (range, mark)| {
            (
                kept + text[range.clone()].chars().count(),
                stood + mark.length,
            )
        });
    text.chars().count() - kept + stood
}

/// Seconds since the epoch; a timestamp without a zone is UTC, as all `OpenStack` services mean it.
fn seconds(text: &str) -> Option<f64> {
    let text = text.replacen(' ', "T", 1);
    let parsed = OffsetDateTime::parse(&text, &Rfc3339)
        .or_else(|_| OffsetDateTime::parse(&format!("{text}Z"), &Rfc3339))
        .or_else(|_| {
            let format = time::macros::format_description!(
                "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
            );
            time::PrimitiveDateTime::parse(&text.replacen('T', " ", 0), &format)
                .map(time::PrimitiveDateTime::assume_utc)
        })
        .ok()?;
    #[expect(clippy::cast_precision_loss, reason = "milliseconds are enough")]
    Some((parsed.unix_timestamp_nanos() / 1_000_000) as f64 / 1000.0)
}

fn order(values: &[Value]) -> &'static str {
    fn compare(a: &Value, b: &Value) -> std::cmp::Ordering {
        match (a, b) {
            (Value::String(a), Value::String(b)) => a.cmp(b),
            (a, b) => a
                .as_f64()
                .partial_cmp(&b.as_f64())
                .unwrap_or(std::cmp::Ordering::Equal),
        }
    }
    if values.len() < 2 {
        return "too few to tell";
    }
    let pairs = || values.windows(2).map(|w| compare(&w[0], &w[1]));
    if pairs().all(std::cmp::Ordering::is_le) {
        "ascending"
    } else if pairs().all(std::cmp::Ordering::is_ge) {
        "descending"
    } else {
        "neither"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_length_of_a_secret_is_its_own_and_not_that_of_its_mark() {
        assert_eq!(length("«secret:password:12:alnum:0123abcd»"), 12);
        assert_eq!(
            length("key=«secret:token:183:base64url:0123abcd»&é"),
            4 + 183 + 2
        );
        assert_eq!(length("a «secret:x» b"), 14);
        assert_eq!(length(""), 0);
    }

    #[test]
    fn timestamps_of_all_services_are_read() {
        let z = seconds("2026-11-23T06:00:00Z").unwrap();
        for same in [
            "2026-11-23T06:00:00.000000",
            "2026-11-23 06:00:00",
            "2026-11-23T06:00:00+00:00",
        ] {
            assert!((seconds(same).unwrap() - z).abs() < 1e-9, "{same}");
        }
    }
}
