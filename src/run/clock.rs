//! Points in time as recordings write them.

use std::time::SystemTime;
use time::OffsetDateTime;
use time::macros::format_description;

/// RFC 3339, UTC, with milliseconds.
pub fn rfc3339(moment: SystemTime) -> String {
    let format =
        format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");
    // the format can't fail on a date of this age
    OffsetDateTime::from(moment)
        .format(&format)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn moments_have_milliseconds_and_a_z() {
        let moment = SystemTime::UNIX_EPOCH + Duration::from_millis(1_800_000_000_007);
        assert_eq!(rfc3339(moment), "2027-01-15T08:00:00.007Z");
    }
}
